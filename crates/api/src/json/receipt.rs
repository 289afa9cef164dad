//! Receipts.

use super::{LogResponse, Place, bloom, quantity};
use alloy_primitives::{Address, B256, Bloom, U64};
use qiantang_types::{Receipt, Transaction};
use serde::Serialize;

/// A receipt as `eth_getTransactionReceipt` shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptResponse {
    transaction_hash: B256,
    transaction_index: U64,
    block_hash: B256,
    block_number: U64,
    from: Address,
    to: Option<Address>,
    contract_address: Option<Address>,
    cumulative_gas_used: U64,
    gas_used: U64,
    /// Zero: nobody pays for gas.
    effective_gas_price: U64,
    logs: Vec<LogResponse>,
    logs_bloom: Bloom,
    status: U64,
    #[serde(rename = "type")]
    kind: U64,
}

impl ReceiptResponse {
    /// The shape of the receipt at `index` of its block; `logs_before` counts the logs of earlier
    /// transactions.
    pub(crate) fn new(
        receipt: &Receipt,
        (transaction, sender): (&Transaction, Address),
        place: Place,
        index: u32,
        logs_before: u32,
    ) -> Self {
        let hash = transaction.hash();
        let positions = logs_before..;
        let logs = receipt.logs.iter().zip(positions);
        Self {
            transaction_hash: hash,
            transaction_index: quantity(index),
            block_hash: place.block,
            block_number: quantity(place.height),
            from: sender,
            to: transaction.to(),
            contract_address: receipt.created(),
            cumulative_gas_used: quantity(receipt.cumulative_gas_used),
            gas_used: quantity(receipt.gas_used),
            effective_gas_price: U64::ZERO,
            logs: logs
                .map(|(log, position)| LogResponse::new(log, place, hash, index, position))
                .collect(),
            logs_bloom: bloom([receipt]),
            status: quantity(u64::from(receipt.success)),
            kind: quantity(receipt.transaction_type),
        }
    }
}
