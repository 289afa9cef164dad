//! Logs.

use super::{Place, quantity};
use alloy_primitives::{Address, B256, Bytes, Log, U64};
use serde::Serialize;

/// A log as receipts and `eth_getLogs` show it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogResponse {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    block_hash: B256,
    block_number: U64,
    block_timestamp: U64,
    transaction_hash: B256,
    transaction_index: U64,
    log_index: U64,
    removed: bool,
}

impl LogResponse {
    /// The shape of a log of the transaction with `hash` at `index`; `position` counts the logs of
    /// the block before it.
    pub(crate) fn new(log: &Log, place: Place, hash: B256, index: u32, position: u32) -> Self {
        Self {
            address: log.address,
            topics: log.topics().to_vec(),
            data: log.data.data.clone(),
            block_hash: place.block,
            block_number: quantity(place.height),
            block_timestamp: quantity(place.seconds),
            transaction_hash: hash,
            transaction_index: quantity(index),
            log_index: quantity(position),
            // Only finalized blocks are shown, and those stay.
            removed: false,
        }
    }
}
