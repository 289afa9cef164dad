//! Blocks.

use super::{Place, quantity, transaction::TransactionResponse};
use alloy_consensus::EMPTY_OMMER_ROOT_HASH;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U64};
use qiantang_types::{Header, Receipt};
use serde::Serialize;

/// A block as `eth_getBlockByHash` shows it.
///
/// Fields that only proof of work or fee markets give a meaning have the values that Ethereum
/// itself gives them since the Merge. There are no withdrawals, blobs or beacon blocks, so the
/// optional fields for them are left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockResponse {
    hash: B256,
    parent_hash: B256,
    sha3_uncles: B256,
    miner: Address,
    state_root: B256,
    transactions_root: B256,
    receipts_root: B256,
    logs_bloom: Bloom,
    difficulty: U64,
    number: U64,
    gas_limit: U64,
    gas_used: U64,
    timestamp: U64,
    /// Ours: the header's exact time.
    timestamp_ms: U64,
    extra_data: Bytes,
    mix_hash: B256,
    nonce: B64,
    base_fee_per_gas: U64,
    size: U64,
    uncles: [B256; 0],
    transactions: Transactions,
}

/// The transactions of a block: their hashes, or all of them.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Transactions {
    Hashes(Vec<B256>),
    Full(Vec<TransactionResponse>),
}

impl BlockResponse {
    /// The shape of the block with `header`; `size` counts its encoded bytes.
    pub(crate) fn new(
        header: &Header,
        place: Place,
        logs_bloom: Bloom,
        size: usize,
        transactions: Transactions,
    ) -> Self {
        Self {
            hash: place.block,
            parent_hash: header.parent,
            sha3_uncles: EMPTY_OMMER_ROOT_HASH,
            miner: header.beneficiary(),
            state_root: header.state.state_root(),
            transactions_root: header.transactions_root,
            receipts_root: header.receipts_root,
            logs_bloom,
            difficulty: U64::ZERO,
            number: quantity(place.height),
            gas_limit: quantity(header.gas_limit),
            gas_used: quantity(header.gas_used),
            timestamp: quantity(place.seconds),
            timestamp_ms: quantity(header.time.get()),
            extra_data: Bytes::new(),
            // What contracts see as PREVRANDAO.
            mix_hash: header.parent,
            nonce: B64::ZERO,
            base_fee_per_gas: U64::ZERO,
            size: quantity(size),
            uncles: [],
            transactions,
        }
    }
}

/// The bloom filter over the logs of receipts (yellow paper, section 4.3.1).
pub(crate) fn bloom<'a>(receipts: impl IntoIterator<Item = &'a Receipt>) -> Bloom {
    let mut bloom = Bloom::ZERO;
    for log in receipts.into_iter().flat_map(|receipt| &receipt.logs) {
        bloom.accrue_log(log);
    }
    bloom
}
