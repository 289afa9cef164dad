//! Calls and estimates.

use super::{
    CALL, STORE, WEALTH, address, contract_call, eip1559, forwarder, genesis, input, sign, words,
};
use crate::{
    CallOutcome, CallRequest, EstimateError, Refusal, TransactionError, call, estimate_gas,
    run_block,
};
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{Revert, SolError as _};

const CONTRACT: Address = Address::repeat_byte(0xcc);
const OUTER: Address = Address::repeat_byte(0xcd);

fn request(to: Address, data: Vec<u8>) -> CallRequest {
    CallRequest {
        from: address(0),
        to: Some(to),
        data: data.into(),
        ..CallRequest::default()
    }
}

#[test]
fn a_call_ends_in_output_revert_or_halt() {
    // Returns, or reverts with, the call data.
    let echo = |end: u8| vec![0x36, 0x5f, 0x5f, 0x37, 0x36, 0x5f, end];
    let run = |code: Vec<u8>, gas: Option<u64>| {
        let mut request = request(CONTRACT, vec![1, 2, 3]);
        request.gas = gas;
        call(genesis(&[(CONTRACT, code)]), &input(1), &request).unwrap()
    };
    let data = Bytes::from_static(&[1, 2, 3]);
    let outcome = run(echo(0xf3), None);
    assert!(matches!(outcome, CallOutcome::Success { output, .. } if output == data));
    let outcome = run(echo(0xfd), None);
    assert!(matches!(outcome, CallOutcome::Revert { output, .. } if output == data));
    let outcome = run(vec![0xfe], None);
    assert!(
        matches!(outcome, CallOutcome::Halt { is_out_of_gas: false, reason, .. }
        if reason == "invalid opcode: INVALID")
    );
    // An endless loop: JUMPDEST PUSH0 JUMP.
    let outcome = run(vec![0x5b, 0x5f, 0x56], Some(50_000));
    assert!(matches!(
        outcome,
        CallOutcome::Halt {
            is_out_of_gas: true,
            gas_used: 50_000,
            ..
        }
    ));
    // More gas than a transaction may have is as much as it may have.
    let outcome = run(vec![0xfe], Some(u64::MAX));
    assert!(matches!(
        outcome,
        CallOutcome::Halt {
            gas_used: 100_000_000,
            ..
        }
    ));
}

#[test]
fn a_call_needs_funds_and_no_signature() {
    let state = genesis(&[(CONTRACT, STORE.to_vec())]);
    let mut from_contract = request(address(1), Vec::new());
    from_contract.from = CONTRACT;
    let outcome = call(state.clone(), &input(1), &from_contract).unwrap();
    assert!(matches!(
        outcome,
        CallOutcome::Success {
            gas_used: 21_000,
            ..
        }
    ));

    let mut poor = request(address(1), Vec::new());
    poor.value = U256::from(WEALTH + 1);
    let refused = call(state.clone(), &input(1), &poor).unwrap_err();
    assert!(matches!(
        refused,
        TransactionError::Refused(Refusal::InsufficientFunds { .. })
    ));
    let mut starved = request(address(1), Vec::new());
    starved.gas = Some(20_000);
    let refused = call(state, &input(1), &starved).unwrap_err();
    assert!(matches!(
        refused,
        TransactionError::Refused(Refusal::IntrinsicGas { .. })
    ));
}

#[test]
fn a_call_can_create() {
    let mut request = request(CONTRACT, vec![0x60, 0x01, 0x5f, 0xf3]);
    request.to = None;
    let outcome = call(genesis(&[]), &input(1), &request).unwrap();
    assert!(matches!(outcome, CallOutcome::Success { output, .. } if output == [0_u8][..]));
}

#[test]
fn an_estimate_is_enough_and_hardly_more() {
    let contracts = [
        (CONTRACT, STORE.to_vec()),
        (OUTER, forwarder(CALL, CONTRACT)),
    ];
    let state = genesis(&contracts);
    for (to, data) in [
        (address(1), vec![]),
        (address(1), vec![1; 300]),
        (CONTRACT, words(&[1, 2])),
        (OUTER, words(&[1, 2])),
    ] {
        let estimate = estimate_gas(state.clone(), &input(1), &request(to, data.clone())).unwrap();
        let run = |gas: u64| {
            let mut tx = eip1559(0, to);
            tx.input = data.clone().into();
            tx.gas_limit = gas;
            run_block(state.clone(), &input(1), &[sign(0, tx)])
                .is_ok_and(|outcome| outcome.receipts[0].success)
        };
        assert!(run(estimate), "{to} {estimate}");
        assert!(!run(estimate - estimate / 500 - 1), "{to} {estimate}");
    }
    let plain = estimate_gas(state, &input(1), &request(address(1), vec![]));
    assert_eq!(plain, Ok(21_000));
}

#[test]
fn an_estimate_that_cannot_be_says_why() {
    let reason = Revert::from("closed on Sundays").abi_encode();
    // Reverts with its own tail.
    let length = u8::try_from(reason.len()).unwrap();
    let mut reverting = vec![
        0x60, length, 0x60, 12, 0x5f, 0x39, 0x60, length, 0x5f, 0xfd, 0, 0,
    ];
    reverting.extend_from_slice(&reason);
    let estimate = |code: Vec<u8>, gas: Option<u64>| {
        let mut request = request(CONTRACT, words(&[1, 2]));
        request.gas = gas;
        estimate_gas(genesis(&[(CONTRACT, code)]), &input(1), &request)
    };
    assert_eq!(
        estimate(reverting, None),
        Err(EstimateError::Revert(reason.into()))
    );
    assert_eq!(
        estimate(vec![0xfe], None),
        Err(EstimateError::Halt("invalid opcode: INVALID".into()))
    );
    assert_eq!(
        estimate(STORE.to_vec(), Some(30_000)),
        Err(EstimateError::GasRequired(30_000))
    );
    let endless = vec![0x5b, 0x5f, 0x56];
    assert_eq!(
        estimate(endless, None),
        Err(EstimateError::GasRequired(100_000_000))
    );
}

#[test]
fn a_call_sees_the_block_it_runs_in() {
    // NUMBER TIMESTAMP COINBASE CHAINID PREVRANDAO GASLIMIT, a word each.
    let mut code = Vec::new();
    for (index, instruction) in [0x43, 0x42, 0x41, 0x46, 0x44, 0x45].into_iter().enumerate() {
        code.extend_from_slice(&[instruction, 0x60, u8::try_from(index * 32).unwrap(), 0x52]);
    }
    code.extend_from_slice(&[0x60, 192, 0x5f, 0xf3]);
    let input = input(12);
    let outcome = call(
        genesis(&[(CONTRACT, code)]),
        &input,
        &request(CONTRACT, vec![]),
    )
    .unwrap();
    let CallOutcome::Success { output, .. } = outcome else {
        panic!("{outcome:?}")
    };
    let word = |index: usize| U256::from_be_slice(&output[index * 32..index * 32 + 32]);
    assert_eq!(word(0), U256::from(12));
    assert_eq!(word(1), U256::from(1_700_000_012), "whole seconds");
    assert_eq!(word(2), U256::from_be_slice(input.beneficiary.as_slice()));
    assert_eq!(word(3), U256::from(input.chain_id));
    assert_eq!(word(4), U256::from_be_bytes(input.parent_hash.0));
    assert_eq!(word(5), U256::from(input.gas_limit));
    // And keeps nothing.
    let block = [contract_call(0, 0, address(1), &[])];
    assert!(run_block(genesis(&[]), &input, &block).is_ok());
}
