//! The validators that a state names, at an epoch's last block and in between.

use super::{input, spec, transfer};
use crate::{
    BlockInput, BuildLimits, Fatal, Fiber, MemoryState, ReadError, StateReader, Step, build_block,
    genesis_changes, run_block, validators,
};
use alloy_primitives::{Address, Bytes};
use qiantang_modules::governance::Validator;
use qiantang_types::{ChainSpec, StateKey, StateValue};

/// The point of P-256 with this number.
fn key(x: u8) -> Bytes {
    let mut key = [0; 33];
    (key[0], key[32]) = (2, x);
    Bytes::copy_from_slice(&key)
}

fn two_validators() -> ChainSpec {
    let mut spec = spec(&[]);
    spec.validators = vec![key(5), key(6)];
    spec.addresses
        .insert(key(6), "Node.Example.com:30303".to_owned());
    spec
}

fn chain() -> MemoryState {
    MemoryState::new(genesis_changes(&two_validators()).unwrap())
}

fn expected() -> Vec<Validator> {
    [(5, ""), (6, "node.example.com:30303")]
        .map(|(x, address)| Validator {
            key: key(x),
            organisation: 0,
            address: address.to_owned(),
        })
        .to_vec()
}

#[test]
fn the_last_block_of_an_epoch_names_the_validators_of_the_next_one() {
    let block = vec![transfer(0, 0, Address::repeat_byte(0x70), 5)];
    let within = input(1);
    let last = BlockInput {
        last_of_epoch: true,
        ..input(1)
    };
    let plain = run_block(chain(), &within, &block).unwrap();
    assert_eq!(plain.next_validators, None);
    let outcome = run_block(chain(), &last, &block).unwrap();
    assert_eq!(outcome.next_validators, Some(expected()));
    // Asking leaves no trace, and nobody pays for it.
    assert_eq!(outcome.changes, plain.changes);
    assert_eq!(outcome.receipts, plain.receipts);

    let limits = BuildLimits::default();
    let built = build_block(chain(), &last, block.clone(), limits, || true).unwrap();
    assert_eq!(built.outcome, outcome);
    let fiber = Fiber::run(last, block.into()).unwrap();
    assert_eq!(drive(fiber), Ok(outcome));
}

#[test]
fn the_validators_can_be_asked_at_any_time() {
    assert_eq!(validators(chain()), Ok(expected()));
    assert_eq!(drive(Fiber::validators().unwrap()), Ok(expected()));
    assert_eq!(validators(MemoryState::default()), Ok(Vec::new()));
    let failure = ReadError::Failed("the disk".to_owned());
    assert_eq!(validators(Broken), Err(Fatal::Read(failure)));
}

#[test]
fn a_spec_with_a_wrong_address_makes_no_genesis() {
    for (key, address, reason) in [
        (key(8), "node.example.com:30303", "not in `validators`"),
        (key(5), "node.example.com", "the port is missing"),
        (key(5), "", "the port is missing"),
    ] {
        let mut spec = two_validators();
        spec.addresses.insert(key, address.to_owned());
        let error = genesis_changes(&spec).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

struct Broken;

impl StateReader for Broken {
    fn read(&mut self, _: StateKey) -> Result<StateValue, ReadError> {
        Err(ReadError::Failed("the disk".to_owned()))
    }
}

fn drive<T: Send + 'static>(mut fiber: Fiber<T>) -> T {
    let mut state = chain();
    let mut values = Vec::new();
    loop {
        match fiber.resume(values).unwrap() {
            Step::Need(keys) => values = state.read_many(&keys).unwrap(),
            Step::Done(result) => return result,
        }
    }
}
