//! Transactions, in the shape that alloy's clients read back.

use super::{Place, quantity};
use alloy_consensus::{Transaction as _, TxEnvelope, transaction::Recovered};
use alloy_primitives::{Address, B256, Bytes, U64};
use alloy_rpc_types_eth::Transaction as SignedResponse;
use qiantang_types::{Content, SYSTEM_TRANSACTION_TYPE, SystemTransaction, Transaction};
use serde::Serialize;

/// A transaction as `eth_getTransactionByHash` shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum TransactionResponse {
    Signed(Box<SignedResponse>),
    System(Box<SystemResponse>),
}

/// A run of a scheduled job. Clients find every field that they expect of a transaction; who reads
/// the type sees that nobody signed it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SystemResponse {
    #[serde(rename = "type")]
    kind: U64,
    hash: B256,
    from: Address,
    to: Address,
    input: Bytes,
    gas: U64,
    nonce: U64,
    value: U64,
    gas_price: U64,
    r: U64,
    s: U64,
    v: U64,
    block_hash: B256,
    block_number: U64,
    transaction_index: U64,
    block_timestamp: U64,
    /// Ours: the job, when it was due, and how often this occurrence was tried before.
    job: U64,
    due: U64,
    attempt: U64,
}

/// A transaction of a block.
pub(crate) fn mined(
    transaction: &Transaction,
    sender: Address,
    place: Place,
    index: u32,
) -> TransactionResponse {
    match transaction.content() {
        Content::Signed(envelope) => TransactionResponse::Signed(Box::new(SignedResponse {
            block_hash: Some(place.block),
            block_number: Some(place.height),
            transaction_index: Some(index.into()),
            block_timestamp: Some(place.seconds),
            ..pending(envelope, sender)
        })),
        Content::System(run) => {
            let response = system(run, transaction.hash(), place, index);
            TransactionResponse::System(Box::new(response))
        }
    }
}

/// A transaction that waits in the pool.
pub(crate) fn pending(envelope: &TxEnvelope, sender: Address) -> SignedResponse {
    SignedResponse {
        inner: Recovered::new_unchecked(envelope.clone(), sender),
        block_hash: None,
        block_number: None,
        transaction_index: None,
        // Shown as `gasPrice`: what a legacy transaction signed, and for the others the price that
        // they offer. What was paid is in the receipt.
        effective_gas_price: Some(envelope.effective_gas_price(Some(0))),
        block_timestamp: None,
    }
}

fn system(run: &SystemTransaction, hash: B256, place: Place, index: u32) -> SystemResponse {
    SystemResponse {
        kind: quantity(SYSTEM_TRANSACTION_TYPE),
        hash,
        from: run.caller,
        to: run.target,
        input: run.input.clone(),
        gas: quantity(run.gas),
        nonce: U64::ZERO,
        value: U64::ZERO,
        gas_price: U64::ZERO,
        r: U64::ZERO,
        s: U64::ZERO,
        v: U64::ZERO,
        block_hash: place.block,
        block_number: quantity(place.height),
        transaction_index: quantity(index),
        block_timestamp: quantity(place.seconds),
        job: quantity(run.job),
        due: quantity(run.due),
        attempt: quantity(run.attempt),
    }
}
