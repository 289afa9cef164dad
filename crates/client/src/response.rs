//! What nodes answer: the parts of Ethereum's objects that this SDK uses, and our own.

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use qiantang_types::health::DiskSpace;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A block, with the hashes of its transactions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockResponse<T = B256> {
    /// Height.
    #[serde(with = "quantity")]
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Hash of the parent.
    pub parent_hash: B256,
    /// Time in seconds since 1970.
    #[serde(with = "quantity")]
    pub timestamp: u64,
    /// Gas used.
    #[serde(with = "quantity")]
    pub gas_used: u64,
    /// Gas that the block may use.
    #[serde(with = "quantity")]
    pub gas_limit: u64,
    /// The transactions in their order, by default their hashes.
    pub transactions: Vec<T>,
}

/// A transaction, as far as clients here look at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionResponse {
    /// Its hash.
    pub hash: B256,
    /// Who signed it.
    pub from: Address,
    /// How many transactions of the sender came before it.
    #[serde(with = "quantity")]
    pub nonce: u64,
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptResponse {
    /// The transaction.
    pub transaction_hash: B256,
    /// Its place in the block.
    #[serde(with = "quantity")]
    pub transaction_index: u64,
    /// The block's hash.
    pub block_hash: B256,
    /// The block's height.
    #[serde(with = "quantity")]
    pub block_number: u64,
    /// 1 where it succeeded.
    #[serde(with = "quantity")]
    pub status: u64,
    /// Gas it used.
    #[serde(with = "quantity")]
    pub gas_used: u64,
    /// The contract it created.
    #[serde(default)]
    pub contract_address: Option<Address>,
    /// Its logs.
    pub logs: Vec<LogResponse>,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogResponse {
    /// Who emitted it.
    pub address: Address,
    /// Indexed parts.
    pub topics: Vec<B256>,
    /// The rest.
    pub data: Bytes,
    /// The block's height.
    #[serde(with = "quantity")]
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: B256,
    /// Its place among all logs of the block.
    #[serde(with = "quantity")]
    pub log_index: u64,
}

/// How a node of ours is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusResponse {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The chain's fingerprint, as this node says.
    pub anchor: String,
    /// The newest finalized block.
    pub height: u64,
    /// Its hash.
    #[serde(default)]
    pub digest: B256,
    /// Root of the state after it.
    #[serde(default)]
    pub state_root: B256,
    /// Its time in milliseconds since 1970.
    pub time: u64,
    /// Nodes that it is connected to.
    #[serde(default)]
    pub peers: u64,
    /// Version of the program.
    pub version: String,
    /// Process id on its machine.
    pub pid: u32,
    /// When it started, in milliseconds since 1970.
    #[serde(default)]
    pub started: u64,
    /// Pending transactions.
    pub pool: PoolStatus,
    /// Bytes on disk, where the node keeps any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_bytes: Option<u64>,
    /// The disk that they are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<DiskSpace>,
    /// Why the node does not work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The pending transactions of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolStatus {
    /// Executable now.
    pub ready: u64,
    /// Waiting for earlier ones of their senders.
    pub waiting: u64,
    /// Their bytes.
    #[serde(default)]
    pub bytes: u64,
    /// How many the pool takes; 0 where the node does not say.
    #[serde(default)]
    pub transactions_max: u64,
    /// How many bytes it takes; 0 where the node does not say.
    #[serde(default)]
    pub bytes_max: u64,
}

/// Ethereum's hexadecimal quantities.
pub(crate) mod quantity {
    use super::*;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        U64::deserialize(deserializer).map(|value| value.to())
    }

    pub(crate) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        U256::from(*value).serialize(serializer)
    }
}

impl ReceiptResponse {
    /// Whether the transaction succeeded.
    pub const fn success(&self) -> bool {
        self.status == 1
    }
}
