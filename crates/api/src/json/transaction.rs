//! Transactions, in the shape that alloy's clients read back.

use super::Place;
use alloy_consensus::{Transaction as _, transaction::Recovered};
use alloy_primitives::Address;
use alloy_rpc_types_eth::Transaction as TransactionResponse;
use qiantang_types::Transaction;

/// A transaction of a block.
pub(crate) fn mined(
    transaction: &Transaction,
    sender: Address,
    place: Place,
    index: u32,
) -> TransactionResponse {
    TransactionResponse {
        block_hash: Some(place.block),
        block_number: Some(place.height),
        transaction_index: Some(index.into()),
        block_timestamp: Some(place.seconds),
        ..pending(transaction, sender)
    }
}

/// A transaction that waits in the pool.
pub(crate) fn pending(transaction: &Transaction, sender: Address) -> TransactionResponse {
    let envelope = transaction.envelope();
    TransactionResponse {
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
