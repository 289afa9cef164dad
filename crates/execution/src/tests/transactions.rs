//! Every envelope, every refusal, and what gas costs.

use super::{
    CHAIN, GWEI, STORE, WEALTH, Watched, address, authorize, eip1559, genesis, input, key, sign,
    transfer, words,
};
use crate::{BlockExecutor, MemoryState, Refusal, TransactionError, tests::Signable};
use alloy_consensus::{TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::{eip2930::AccessList, eip2930::AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use qiantang_types::{GenesisAccount, StateKey, Transaction};

const TO: Address = Address::repeat_byte(0x70);
const CONTRACT: Address = Address::repeat_byte(0xcc);

/// The refusal of a transaction that comes after the given ones.
fn refusal(state: &MemoryState, before: &[Transaction], transaction: &Transaction) -> Refusal {
    let mut executor = BlockExecutor::new(state.clone(), &input(1)).unwrap();
    for transaction in before {
        executor.execute(transaction).unwrap();
    }
    match executor.execute(transaction) {
        Err(TransactionError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn all_four_envelopes_execute() {
    let state = genesis(&[(CONTRACT, STORE.to_vec())]);
    let legacy = TxLegacy {
        chain_id: Some(CHAIN),
        gas_limit: 21_000,
        to: TxKind::Call(TO),
        value: U256::from(1),
        ..TxLegacy::default()
    };
    let access_list = AccessList(vec![AccessListItem {
        address: CONTRACT,
        storage_keys: vec![B256::with_last_byte(7)],
    }]);
    let with_list = TxEip2930 {
        chain_id: CHAIN,
        nonce: 1,
        gas_limit: 100_000,
        to: TxKind::Call(CONTRACT),
        access_list,
        input: words(&[7, 8]).into(),
        ..TxEip2930::default()
    };
    let mut creation = eip1559(2, TO);
    creation.to = TxKind::Create;
    // Init code that returns the one byte STOP.
    creation.input = Bytes::from_static(&[0x60, 0x01, 0x5f, 0xf3]);
    let delegation = TxEip7702 {
        chain_id: CHAIN,
        nonce: 3,
        gas_limit: 200_000,
        to: address(1),
        authorization_list: vec![authorize(1, 0, CONTRACT)],
        input: words(&[9, 5]).into(),
        ..TxEip7702::default()
    };
    let transactions = [
        sign(0, legacy),
        sign(0, with_list),
        sign(0, creation),
        sign(0, delegation),
    ];
    let outcome = crate::run_block(state.clone(), &input(1), &transactions).unwrap();
    let types: Vec<_> = outcome
        .receipts
        .iter()
        .map(|r| r.transaction_type)
        .collect();
    assert_eq!(types, [0, 1, 2, 4]);
    assert!(outcome.receipts.iter().all(|receipt| receipt.success));
    assert_eq!(outcome.receipts[0].gas_used, 21_000);
    let created = address(0).create(2);
    assert_eq!(outcome.receipts[2].created(), Some(created));
    assert_eq!(outcome.receipts[0].created(), None);
    let total: u64 = outcome.receipts.iter().map(|r| r.gas_used).sum();
    assert_eq!(outcome.gas_used, total);
    assert_eq!(outcome.receipts[3].cumulative_gas_used, total);

    let mut state = state;
    state.apply(outcome.changes);
    assert_eq!(state.account(TO).unwrap().balance, U256::from(1));
    assert_eq!(state.slot(CONTRACT, U256::from(7)), U256::from(8));
    assert_eq!(state.account(created).unwrap().nonce, 1);
    // The delegated account ran the contract's code on its own storage.
    assert_eq!(state.slot(address(1), U256::from(9)), U256::from(5));
    assert_eq!(state.account(address(1)).unwrap().nonce, 1);
    assert_eq!(state.account(address(0)).unwrap().nonce, 4);
}

#[test]
fn blob_transactions_are_refused() {
    let blob = TxEip4844 {
        chain_id: CHAIN,
        gas_limit: 100_000,
        to: TO,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        ..TxEip4844::default()
    };
    let envelope = blob.envelope(&key(0));
    let mut executor = BlockExecutor::new(genesis(&[]), &input(1)).unwrap();
    let refused = executor
        .execute_envelope(&envelope, address(0))
        .unwrap_err();
    assert_eq!(refused, TransactionError::Refused(Refusal::Blob));
}

#[test]
fn an_envelope_without_chain_id_is_refused() {
    let unprotected = TxLegacy {
        gas_limit: 21_000,
        to: TxKind::Call(TO),
        ..TxLegacy::default()
    };
    let envelope = unprotected.envelope(&key(0));
    let mut executor = BlockExecutor::new(genesis(&[]), &input(1)).unwrap();
    let refused = executor
        .execute_envelope(&envelope, address(0))
        .unwrap_err();
    assert_eq!(refused, TransactionError::Refused(Refusal::ChainId(CHAIN)));
}

/// Asserts why a transaction of the first account is refused after its first transfer.
fn check(transaction: &Transaction, expected: Refusal) {
    let first = transfer(0, 0, TO, 1);
    assert_eq!(refusal(&genesis(&[]), &[first], transaction), expected);
}

fn changed(change: fn(&mut TxEip1559)) -> Transaction {
    let mut tx = eip1559(1, TO);
    change(&mut tx);
    sign(0, tx)
}

#[test]
fn nonce_and_funds_are_checked() {
    check(
        &transfer(0, 0, TO, 2),
        Refusal::NonceTooLow {
            transaction: 0,
            account: 1,
        },
    );
    check(
        &transfer(0, 3, TO, 2),
        Refusal::NonceTooHigh {
            transaction: 3,
            account: 1,
        },
    );
    check(
        &transfer(0, 1, TO, WEALTH),
        Refusal::InsufficientFunds {
            needed: U256::from(WEALTH),
            balance: U256::from(WEALTH - 1),
        },
    );
}

#[test]
fn gas_limits_are_checked() {
    check(
        &changed(|tx| tx.gas_limit = 20_999),
        Refusal::IntrinsicGas {
            limit: 20_999,
            needed: 21_000,
        },
    );
    // EIP-7623: 1000 bytes other than zero cost at least 40 each.
    check(
        &changed(|tx| {
            tx.input = vec![1; 1000].into();
            tx.gas_limit = 60_999;
        }),
        Refusal::IntrinsicGas {
            limit: 60_999,
            needed: 61_000,
        },
    );
    check(
        &changed(|tx| tx.gas_limit = 100_000_001),
        Refusal::GasOverCap {
            limit: 100_000_001,
            cap: 100_000_000,
        },
    );
    check(
        &changed(|tx| tx.gas_limit = 1_000_000_000),
        Refusal::BlockGas {
            limit: 1_000_000_000,
            left: 999_979_000,
        },
    );
}

#[test]
fn the_form_is_checked() {
    check(&changed(|tx| tx.chain_id = 1), Refusal::ChainId(CHAIN));
    check(
        &changed(|tx| tx.max_priority_fee_per_gas = 1),
        Refusal::PriorityFee,
    );
    check(
        &changed(|tx| {
            tx.to = TxKind::Create;
            tx.input = vec![0; 49_153].into();
        }),
        Refusal::InitCodeSize,
    );
    let delegation = TxEip7702 {
        chain_id: CHAIN,
        nonce: 1,
        gas_limit: 100_000,
        to: TO,
        ..TxEip7702::default()
    };
    check(&sign(0, delegation), Refusal::NoAuthorization);
}

#[test]
fn a_contract_cannot_send_but_a_delegated_account_can() {
    let mut spec = super::spec(&[]);
    let contract = GenesisAccount {
        code: Bytes::from_static(STORE),
        ..GenesisAccount::default()
    };
    spec.alloc.insert(address(9), contract);
    let state = MemoryState::new(crate::genesis_changes(&spec).unwrap());
    let refused = refusal(&state, &[], &transfer(9, 0, TO, 0));
    assert_eq!(refused, Refusal::SenderIsContract);

    let delegation = TxEip7702 {
        chain_id: CHAIN,
        gas_limit: 100_000,
        to: TO,
        authorization_list: vec![authorize(1, 0, CONTRACT)],
        ..TxEip7702::default()
    };
    let block = [sign(0, delegation), transfer(1, 1, TO, 1)];
    let outcome = crate::run_block(state, &input(1), &block).unwrap();
    assert!(outcome.receipts[1].success);
}

#[test]
fn a_price_is_accepted_and_not_charged() {
    // GASPRICE and BASEFEE into slots 0 and 1.
    let prices = vec![0x3a, 0x5f, 0x55, 0x48, 0x60, 0x01, 0x55, 0x00];
    let mut state = genesis(&[(CONTRACT, prices)]);
    let legacy = TxLegacy {
        chain_id: Some(CHAIN),
        gas_price: 7 * GWEI,
        gas_limit: 100_000,
        to: TxKind::Call(CONTRACT),
        value: U256::from(5),
        ..TxLegacy::default()
    };
    let mut priced = eip1559(1, CONTRACT);
    priced.max_fee_per_gas = 100 * GWEI;
    priced.max_priority_fee_per_gas = 2 * GWEI;
    let block = [sign(0, legacy), sign(0, priced)];
    let outcome = crate::run_block(state.clone(), &input(1), &block).unwrap();
    assert!(outcome.receipts.iter().all(|receipt| receipt.success));
    let beneficiary = input(1).beneficiary;
    assert!(!outcome.changes.accounts.contains_key(&beneficiary));
    state.apply(outcome.changes);
    let balance = state.account(address(0)).unwrap().balance;
    assert_eq!(balance, U256::from(WEALTH - 5));
    assert_eq!(state.storage(CONTRACT).count(), 0);
}

#[test]
fn a_refused_transaction_leaves_no_trace() {
    let state = genesis(&[]);
    let good = [transfer(0, 0, TO, 1), transfer(0, 1, TO, 2)];
    let expected = crate::run_block(state.clone(), &input(1), &good).unwrap();
    let mut executor = BlockExecutor::new(state, &input(1)).unwrap();
    executor.execute(&good[0]).unwrap();
    executor.execute(&transfer(3, 9, TO, 1)).unwrap_err();
    executor
        .execute(&transfer(1, 0, TO, WEALTH * 2))
        .unwrap_err();
    executor.execute(&good[1]).unwrap();
    assert_eq!(executor.finish().unwrap(), expected);
}

#[test]
fn a_failed_transaction_keeps_nonce_and_gas_only() {
    // INVALID takes all gas.
    let state = genesis(&[(CONTRACT, vec![0xfe])]);
    let mut tx = eip1559(0, CONTRACT);
    tx.value = U256::from(9);
    tx.gas_limit = 100_000_000;
    let outcome = crate::run_block(state, &input(1), &[sign(0, tx)]).unwrap();
    let receipt = &outcome.receipts[0];
    assert!(!receipt.success && receipt.logs.is_empty() && receipt.created().is_none());
    assert_eq!(
        receipt.gas_used, 100_000_000,
        "EIP-7825's cap does not hold here"
    );
    let sender = outcome.changes.accounts[&address(0)].unwrap();
    assert_eq!((sender.nonce, sender.balance), (1, U256::from(WEALTH)));
    assert!(!outcome.changes.accounts.contains_key(&CONTRACT));
}

#[test]
fn what_is_known_beforehand_is_read_in_two_requests() {
    let mut watched = Watched::new(genesis(&[(CONTRACT, STORE.to_vec())]));
    let block = [
        super::contract_call(0, 0, CONTRACT, &words(&[1, 2])),
        transfer(1, 0, TO, 1),
    ];
    crate::run_block(&mut watched, &input(1), &block).unwrap();
    let mut sorted = watched.reads.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), watched.reads.len(), "nothing is read twice");
    let slot = StateKey::Slot(CONTRACT, U256::from(1));
    assert!(watched.reads.contains(&slot), "{:?}", watched.reads);
}
