//! Modules behind their addresses.

use super::{
    CALL, CALLCODE, CHAIN, DELEGATECALL, STATICCALL, Watched, address, authorize, calling,
    contract_call, eip1559, forwarder, genesis, input, sign, with_module, words,
};
use crate::{
    BlockExecutor, BlockOutcome, BuildLimits, Fatal, MemoryState, ReadError, Refusal, StateReader,
    TransactionError, payload::fill,
};
use alloy_consensus::TxEip7702;
use alloy_primitives::{Address, B256, Bytes, LogData, U256};
use alloy_sol_types::{Revert, SolError as _};
use qiantang_modules::{
    Context, Halt,
    IModule::{Faulty, StaticCall},
    Module, no_genesis,
};
use qiantang_types::{Height, StateKey, Transaction};

pub(super) const MODULE: Address = Address::repeat_byte(0x77);
const LATER: Address = Address::repeat_byte(0x78);
const CONTRACT: Address = Address::repeat_byte(0xcc);

/// A module whose call data is an instruction and its operands, in words.
pub(super) static TEST_MODULES: &[Module] = &[
    Module {
        name: "Test",
        address: MODULE,
        activation: Height::GENESIS,
        call: run,
        genesis: no_genesis,
    },
    Module {
        name: "Later",
        address: LATER,
        activation: Height::new(5),
        call: run,
        genesis: no_genesis,
    },
];

pub(super) const LOAD: u64 = 0;
pub(super) const WRITE: u64 = 1;
pub(super) const REVERT: u64 = 2;
pub(super) const SWALLOW: u64 = 3;
pub(super) const PANIC: u64 = 4;
pub(super) const SPEND: u64 = 5;
pub(super) const WORLD: u64 = 6;
pub(super) const EMIT: u64 = 7;
pub(super) const FATAL: u64 = 8;
const ENTER: u64 = 9;

fn run(context: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    let word = |index: usize| U256::from_be_slice(&input[index * 32..index * 32 + 32]);
    match word(0).to::<u64>() {
        LOAD => Ok(context.load(word(1))?.to_be_bytes_vec().into()),
        WRITE => {
            context.store(word(1), word(2))?;
            Ok(Bytes::new())
        }
        REVERT => {
            context.store(word(1), word(2))?;
            context.emit(LogData::new_unchecked(Vec::new(), Bytes::new()))?;
            Err(Halt::revert(Revert::from("no")))
        }
        // A module that hides the failure of a read.
        SWALLOW => {
            let _hidden = context.load(word(1));
            Ok(Bytes::new())
        }
        PANIC => panic!("the module is broken"),
        SPEND => context.charge(word(1).to()).map(|()| Bytes::new()),
        WORLD => {
            let world = words(&[
                context.height().get(),
                context.time().get(),
                context.chain_id(),
                context.value().to(),
                context.parameters().transaction_gas_limit,
                u64::from(context.caller() == CONTRACT),
                u64::from(context.address() == MODULE),
            ]);
            context.emit(LogData::new_unchecked(Vec::new(), world.into()))?;
            Ok(Bytes::new())
        }
        EMIT => {
            let topics = vec![B256::with_last_byte(1), B256::with_last_byte(2)];
            context.emit(LogData::new_unchecked(topics, vec![3; 10].into()))?;
            Ok(Bytes::new())
        }
        // Writes in another module's name, ends there as the third operand says, and keeps whether
        // that went well.
        ENTER => {
            let inside = context.enter(LATER, MODULE, &mut |context| {
                context.store(word(1), word(2))?;
                context.emit(LogData::new_unchecked(Vec::new(), Bytes::new()))?;
                match word(3).to::<u64>() {
                    0 => Ok(()),
                    1 => Err(Halt::revert(Revert::from("no"))),
                    _ => panic!("the module inside is broken"),
                }
            });
            context.store(U256::from(7), U256::from(1 + u64::from(inside.is_ok())))?;
            Ok(Bytes::new())
        }
        _ => Err(Halt::Fatal("the module's data is damaged".into())),
    }
}

fn state(contract: &[u8]) -> MemoryState {
    with_module(genesis(&[(CONTRACT, contract.to_vec())]), MODULE)
}

fn executor<'a>(state: impl StateReader + 'a) -> BlockExecutor<'a> {
    BlockExecutor::with_modules(state, &input(1), TEST_MODULES).unwrap()
}

fn execute(state: &MemoryState, transactions: &[Transaction]) -> BlockOutcome {
    let mut executor = executor(state.clone());
    for transaction in transactions {
        executor.execute(transaction).unwrap();
    }
    executor.finish().unwrap()
}

/// Code that calls the module with the call data and keeps what came back: its first word in slot
/// 0, its size in slot 1 and the outcome in slot 2.
fn keeping(instruction: u8) -> Vec<u8> {
    let mut code = calling(instruction, MODULE);
    // PUSH1 2 SSTORE; RETURNDATASIZE PUSH0 PUSH1 128 RETURNDATACOPY
    code.extend_from_slice(&[0x60, 2, 0x55, 0x3d, 0x5f, 0x60, 128, 0x3e]);
    // PUSH1 128 MLOAD PUSH0 SSTORE; RETURNDATASIZE PUSH1 1 SSTORE
    code.extend_from_slice(&[0x60, 128, 0x51, 0x5f, 0x55, 0x3d, 0x60, 1, 0x55, 0x00]);
    code
}

fn first_word(bytes: &[u8]) -> U256 {
    let mut word = [0; 32];
    let length = bytes.len().min(32);
    word[..length].copy_from_slice(&bytes[..length]);
    U256::from_be_bytes(word)
}

#[test]
fn accounts_and_contracts_call_a_module() {
    let state = state(&forwarder(CALL, MODULE));
    let block = [
        contract_call(0, 0, MODULE, &words(&[WRITE, 1, 10])),
        contract_call(0, 1, CONTRACT, &words(&[WRITE, 2, 20])),
        contract_call(0, 2, CONTRACT, &words(&[EMIT])),
    ];
    let outcome = execute(&state, &block);
    assert!(outcome.receipts.iter().all(|receipt| receipt.success));
    assert_eq!(
        outcome.changes.slots[&(MODULE, U256::from(1))],
        U256::from(10)
    );
    assert_eq!(
        outcome.changes.slots[&(MODULE, U256::from(2))],
        U256::from(20)
    );
    let log = &outcome.receipts[2].logs[0];
    assert_eq!(
        (log.address, log.topics().len(), log.data.data.len()),
        (MODULE, 2, 10)
    );
}

#[test]
fn a_module_sees_its_block_and_its_caller() {
    let state = state(&forwarder(CALL, MODULE));
    let mut paid = eip1559(1, MODULE);
    paid.value = U256::from(5);
    paid.input = words(&[WORLD]).into();
    let block = [
        contract_call(0, 0, CONTRACT, &words(&[WORLD])),
        sign(0, paid),
    ];
    let outcome = execute(&state, &block);
    let time = input(1).time.get();
    let seen = |index: usize| outcome.receipts[index].logs[0].data.data.to_vec();
    assert_eq!(seen(0), words(&[1, time, CHAIN, 0, 100_000_000, 1, 1]));
    assert_eq!(seen(1), words(&[1, time, CHAIN, 5, 100_000_000, 0, 1]));
    // The value is the module's to refuse; this one keeps it.
    let account = outcome.changes.accounts[&MODULE].unwrap();
    assert_eq!(account.balance, U256::from(5));
}

#[test]
fn static_calls_read_and_do_not_write() {
    let mut state = state(&keeping(STATICCALL));
    let write = contract_call(0, 0, MODULE, &words(&[WRITE, 1, 10]));
    state.apply(execute(&state, &[write]).changes);
    for (data, expected) in [
        (words(&[LOAD, 1]), (U256::from(1), U256::from(10))),
        (
            words(&[WRITE, 1, 11]),
            (U256::ZERO, first_word(&StaticCall {}.abi_encode())),
        ),
        (
            words(&[EMIT]),
            (U256::ZERO, first_word(&StaticCall {}.abi_encode())),
        ),
    ] {
        let outcome = execute(&state, &[contract_call(0, 1, CONTRACT, &data)]);
        assert!(outcome.receipts[0].success);
        let slot = |index: u64| {
            let key = (CONTRACT, U256::from(index));
            outcome.changes.slots.get(&key).copied().unwrap_or_default()
        };
        assert_eq!((slot(2), slot(0)), expected);
        assert!(!outcome.changes.slots.contains_key(&(MODULE, U256::from(1))));
        assert!(outcome.receipts[0].logs.is_empty());
    }
}

#[test]
fn delegate_calls_are_refused() {
    for instruction in [DELEGATECALL, CALLCODE] {
        let state = state(&keeping(instruction));
        let call = contract_call(0, 0, CONTRACT, &words(&[WRITE, 9, 9]));
        let outcome = execute(&state, &[call]);
        let slot = |index: u64| outcome.changes.slots.get(&(CONTRACT, U256::from(index)));
        assert_eq!(slot(2), None, "the call failed");
        assert_eq!(slot(9), None, "nothing was written to the caller");
        let reason = Revert::from("").abi_encode();
        assert_eq!(slot(0).unwrap().to_be_bytes::<32>()[..4], reason[..4]);
    }
}

#[test]
fn a_revert_undoes_writes_and_logs() {
    let state = state(&forwarder(CALL, MODULE));
    for to in [MODULE, CONTRACT] {
        let outcome = execute(&state, &[contract_call(0, 0, to, &words(&[REVERT, 1, 10]))]);
        let receipt = &outcome.receipts[0];
        assert!(!receipt.success && receipt.logs.is_empty());
        assert!(receipt.gas_used < 100_000, "a revert keeps the gas");
        assert!(!outcome.changes.slots.contains_key(&(MODULE, U256::from(1))));
    }
}

#[test]
fn storage_costs_what_the_virtual_machine_asks() {
    let state = state(&[]);
    let gas = |data: &[u64]| {
        let outcome = execute(&state, &[contract_call(0, 0, MODULE, &words(data))]);
        let data = words(data);
        let zeros = data.iter().filter(|byte| **byte == 0).count() as u64;
        let intrinsic = 21_000 + zeros * 4 + (data.len() as u64 - zeros) * 16;
        outcome.receipts[0].gas_used - intrinsic
    };
    // Whether the caller's organisation wants approvals is one cold slot of Identity, with its hash
    // and two calls.
    let asked = 2_100 + 42 + 2 * 100;
    assert_eq!(gas(&[SPEND, 0]), asked);
    assert_eq!(gas(&[LOAD, 1]), asked + 2_100);
    assert_eq!(gas(&[WRITE, 1, 1]), asked + 22_100);
    assert_eq!(gas(&[WRITE, 1, 0]), asked + 2_200);
    assert_eq!(gas(&[EMIT]), asked + 375 * 3 + 8 * 10);
    assert_eq!(gas(&[SPEND, 1234]), asked + 1234);
}

#[test]
fn out_of_gas_takes_all_and_reads_nothing() {
    let mut watched = Watched::new(state(&[]));
    let mut load = eip1559(0, MODULE);
    load.input = words(&[LOAD, 1]).into();
    // 21,000, the call data, and one less than a cold read.
    load.gas_limit = 21_000 + 63 * 4 + 16 + 2_099;
    let limit = load.gas_limit;
    let outcome = {
        let mut executor = executor(&mut watched);
        executor.execute(&sign(0, load)).unwrap();
        executor.finish().unwrap()
    };
    assert!(!outcome.receipts[0].success);
    assert_eq!(outcome.receipts[0].gas_used, limit);
    let slot = StateKey::Slot(MODULE, U256::from(1));
    assert!(!watched.reads.contains(&slot));
}

#[test]
fn a_failed_read_is_fatal_even_where_the_module_hides_it() {
    for data in [
        words(&[LOAD, 1]),
        words(&[WRITE, 1, 1]),
        words(&[SWALLOW, 1]),
    ] {
        let mut watched = Watched::new(state(&forwarder(CALL, MODULE)));
        watched.fails_at = Some(StateKey::Slot(MODULE, U256::from(1)));
        let mut executor = executor(&mut watched);
        let error = executor
            .execute(&contract_call(0, 0, CONTRACT, &data))
            .unwrap_err();
        let expected = ReadError::Failed("the disk is gone".into());
        assert_eq!(error, TransactionError::Fatal(Fatal::Read(expected)));
    }
}

#[test]
fn damage_in_a_module_is_fatal_and_leaves_no_trace() {
    let state = state(&forwarder(CALL, MODULE));
    let good = contract_call(0, 0, CONTRACT, &words(&[WRITE, 1, 10]));
    let expected = execute(&state, std::slice::from_ref(&good));
    let mut executor = executor(state);
    let bad = contract_call(1, 0, CONTRACT, &words(&[FATAL]));
    let error = executor.execute(&bad).unwrap_err();
    assert!(matches!(error, TransactionError::Fatal(_)));
    let message = "module Test: the module's data is damaged";
    assert!(error.to_string().ends_with(message), "{error}");
    executor.execute(&good).unwrap();
    assert_eq!(executor.finish().unwrap(), expected);
}

#[test]
fn a_panic_in_a_module_reverts_the_transaction_and_nothing_else() {
    let state = state(&keeping(CALL));
    let panics = [&words(&[PANIC])[..], &words(&[ENTER, 1, 10, 2])];
    for data in panics {
        let calls = [
            contract_call(0, 0, CONTRACT, data),
            contract_call(0, 1, CONTRACT, &words(&[WRITE, 1, 10])),
        ];
        let outcome = execute(&state, &calls[..1]);
        assert!(outcome.receipts[0].logs.is_empty());
        let slot = |slot: u64| outcome.changes.slots[&(CONTRACT, U256::from(slot))];
        assert_eq!(slot(1), U256::from(36), "the refusal has one argument");
        let expected = Faulty { module: MODULE }.abi_encode();
        assert_eq!(slot(0), U256::from_be_slice(&expected[..32]));
        assert!(!outcome.changes.slots.keys().any(|key| key.0 == LATER));
        let outcome = execute(&state, &calls);
        assert_eq!(outcome.changes.slots[&(MODULE, U256::ONE)], U256::from(10));
    }
}

#[test]
fn a_module_works_in_another_ones_storage_until_it_fails_there() {
    let seven = U256::from(7);
    for (ends, kept) in [(0, true), (1, false)] {
        let data = words(&[ENTER, 1, 10, ends]);
        let outcome = execute(&state(&[]), &[contract_call(0, 0, MODULE, &data)]);
        assert!(outcome.receipts[0].success);
        let inside = outcome.changes.slots.get(&(LATER, U256::ONE));
        assert_eq!(inside.is_some(), kept);
        let said = outcome.changes.slots[&(MODULE, seven)];
        assert_eq!(said, U256::from(1 + u64::from(kept)));
        let logs = outcome.receipts[0].logs.iter().map(|log| log.address);
        assert_eq!(logs.collect::<Vec<_>>(), vec![LATER; usize::from(kept)]);
    }
}

#[test]
fn a_block_is_built_without_what_breaks_a_module() {
    let candidates = vec![
        contract_call(0, 0, MODULE, &words(&[WRITE, 1, 10])),
        contract_call(2, 0, MODULE, &words(&[FATAL])),
        contract_call(2, 1, MODULE, &words(&[WRITE, 2, 20])),
        contract_call(0, 1, MODULE, &words(&[WRITE, 3, 30])),
    ];
    let expected = [candidates[0].clone(), candidates[3].clone()];
    let state = state(&[]);
    let limits = BuildLimits::default();
    let built = fill(executor(state.clone()), &[], candidates, limits, || true).unwrap();
    assert_eq!(built.included, expected);
    assert_eq!(built.outcome, execute(&state, &expected));
    assert_eq!(built.refused.len(), 1);
    for (_, refusal) in built.refused {
        assert!(matches!(refusal, Refusal::Faulty(_)) && refusal.is_permanent());
    }
}

#[test]
fn an_account_that_delegates_to_a_module_is_none() {
    let delegation = TxEip7702 {
        chain_id: CHAIN,
        gas_limit: 100_000,
        to: address(1),
        authorization_list: vec![authorize(1, 0, MODULE)],
        input: words(&[WRITE, 1, 10]).into(),
        ..TxEip7702::default()
    };
    let outcome = execute(&state(&[]), &[sign(0, delegation)]);
    assert!(!outcome.receipts[0].success, "INVALID runs in its place");
    assert!(
        outcome
            .changes
            .slots
            .keys()
            .all(|(owner, _)| *owner != address(1) && *owner != MODULE)
    );
}

#[test]
fn a_module_begins_at_its_height() {
    let mut state = state(&[]);
    let call = contract_call(0, 0, LATER, &words(&[WRITE, 1, 10]));
    let at = |state: &MemoryState, height: u64| {
        let input = input(height);
        let mut executor =
            BlockExecutor::with_modules(state.clone(), &input, TEST_MODULES).unwrap();
        executor.execute(&call).unwrap();
        executor.finish().unwrap().changes
    };
    let slot = (LATER, U256::from(1));
    assert!(!at(&state, 4).slots.contains_key(&slot));
    let changes = at(&state, 5);
    assert_eq!(changes.slots[&slot], U256::from(10));
    let account = changes.accounts[&LATER].unwrap();
    assert_eq!((account.nonce, account.is_empty()), (1, false));
    state.apply(changes);
    let outcome = BlockExecutor::with_modules(state, &input(6), TEST_MODULES)
        .unwrap()
        .finish()
        .unwrap();
    assert!(outcome.changes.accounts.is_empty(), "it is created once");
}
