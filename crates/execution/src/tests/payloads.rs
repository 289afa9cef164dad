//! Building blocks.

use super::{address, contract_call, eip1559, genesis, input, sign, spec, transfer};
use crate::{BuildLimits, Built, MemoryState, Refusal, build_block, genesis_changes, run_block};
use alloy_primitives::Address;
use qiantang_modules::governance;
use qiantang_types::Transaction;

const TO: Address = Address::repeat_byte(0x70);

fn build(gas_limit: u64, limits: BuildLimits, candidates: &[Transaction]) -> Built {
    let mut input = input(1);
    input.gas_limit = gas_limit;
    // Where the members decided nothing, the block's own limit holds.
    let mut changes = genesis_changes(&spec(&[])).unwrap();
    changes
        .slots
        .retain(|(owner, _), _| *owner != governance::ADDRESS);
    let state = MemoryState::new(changes);
    let built = build_block(state.clone(), &input, candidates.to_vec(), limits, || true).unwrap();
    // Whoever verifies the block comes to the same outcome.
    let outcome = run_block(state, &input, &built.included);
    assert_eq!(outcome.as_ref(), Ok(&built.outcome));
    built
}

#[test]
fn the_refused_are_named_and_the_rest_goes_on() {
    let candidates = [
        transfer(0, 0, TO, 1),
        transfer(0, 0, TO, 2), // used nonce
        transfer(0, 1, TO, 3),
        transfer(1, 5, TO, 4), // gap
        transfer(1, 6, TO, 5), // behind the gap: neither included nor refused
        transfer(2, 0, TO, 6),
    ];
    let built = build(1_000_000_000, BuildLimits::default(), &candidates);
    let expected = [0, 2, 5].map(|index: usize| candidates[index].clone());
    assert_eq!(built.included, expected);
    let refused: Vec<_> = built.refused.iter().map(|(hash, _)| *hash).collect();
    assert_eq!(refused, [candidates[1].hash(), candidates[3].hash()]);
    assert!(built.refused[0].1.is_permanent());
    assert!(!built.refused[1].1.is_permanent());
}

#[test]
fn one_that_does_not_fit_holds_back_its_sender_only() {
    let mut large = eip1559(0, TO);
    large.gas_limit = 90_000;
    let candidates = [
        transfer(1, 0, TO, 1),
        sign(0, large),
        transfer(0, 1, TO, 1),
        transfer(1, 1, TO, 1),
    ];
    let built = build(100_000, BuildLimits::default(), &candidates);
    assert_eq!(
        built.included,
        [candidates[0].clone(), candidates[3].clone()]
    );
    assert!(built.refused.is_empty(), "they may fit into the next block");
}

#[test]
fn bytes_and_number_are_limited() {
    let big = contract_call(0, 0, TO, &[1; 1000]);
    let small = transfer(1, 0, TO, 1);
    let limits = BuildLimits {
        bytes: big.encoded().len() + small.encoded().len() - 1,
        ..BuildLimits::default()
    };
    let built = build(1_000_000_000, limits, &[big.clone(), small.clone()]);
    assert_eq!(built.included, std::slice::from_ref(&big));
    let limits = BuildLimits {
        transactions: 1,
        ..BuildLimits::default()
    };
    let built = build(1_000_000_000, limits, &[small.clone(), big]);
    assert_eq!(built.included, [small]);
}

#[test]
fn building_stops_when_told() {
    let candidates: Vec<_> = (0..10).map(|nonce| transfer(0, nonce, TO, 1)).collect();
    let mut asked = 0;
    let keep_going = || {
        asked += 1;
        asked <= 4
    };
    let limits = BuildLimits::default();
    let built = build_block(genesis(&[]), &input(1), candidates, limits, keep_going).unwrap();
    assert_eq!(built.included.len(), 4);
    assert_eq!(built.outcome.receipts.len(), 4);
}

#[test]
fn a_permanent_refusal_is_told_from_a_passing_one() {
    let mut over = eip1559(0, TO);
    over.gas_limit = 100_000_001;
    let candidates = [sign(0, over), transfer(3, 0, address(0), super::WEALTH + 1)];
    let built = build(1_000_000_000, BuildLimits::default(), &candidates);
    assert!(matches!(built.refused[0].1, Refusal::GasOverCap { .. }));
    assert!(built.refused[0].1.is_permanent());
    assert!(matches!(
        built.refused[1].1,
        Refusal::InsufficientFunds { .. }
    ));
    assert!(!built.refused[1].1.is_permanent());
}
