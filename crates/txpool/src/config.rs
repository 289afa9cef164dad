//! The pool's limits.

use qiantang_types::{Parameters, TRANSACTION_BYTES_MAX};

/// Limits of a pool. Every one is a bound on memory or on work.
#[derive(Clone, Debug)]
pub struct Config {
    /// EIP-155 chain id that transactions must name.
    pub chain_id: u64,
    /// Gas that a block may use; a transaction that asks for more can never be included.
    pub block_gas_limit: u64,
    /// Gas that a transaction may ask for.
    pub transaction_gas_limit: u64,
    /// Gas that the transactions of one member may ask for in one block; 0 for no limit.
    pub member_gas_limit: u64,
    /// Bytes of one encoded transaction.
    pub transaction_bytes: usize,
    /// Transactions in all.
    pub transactions: usize,
    /// Bytes of encoded transactions in all.
    pub bytes: usize,
    /// Transactions of one sender.
    pub sender_transactions: usize,
    /// Bytes of encoded transactions of one sender.
    pub sender_bytes: usize,
    /// How far a nonce may be ahead of the account's.
    pub nonce_distance: u64,
    /// Milliseconds of block time after which a transaction that was not included is dropped.
    pub lifetime_ms: u64,
}

impl Config {
    /// The default limits for a chain.
    pub fn new(chain_id: u64, parameters: &Parameters) -> Self {
        Self {
            chain_id,
            block_gas_limit: parameters.block_gas_limit,
            transaction_gas_limit: parameters.transaction_gas_limit,
            member_gas_limit: parameters.member_gas_per_block,
            transaction_bytes: TRANSACTION_BYTES_MAX,
            transactions: 200_000,
            bytes: 256 << 20,
            sender_transactions: 4096,
            sender_bytes: 32 << 20,
            nonce_distance: 4096,
            lifetime_ms: 3 * 60 * 60 * 1000,
        }
    }
}
