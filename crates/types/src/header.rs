//! Block headers and what they commit to.

use crate::{
    hash::{LedgerHash, ledger_hash},
    unit::{Height, TimestampMs},
};
use alloy_primitives::{Bytes, keccak256};
use alloy_rlp::{Encodable as _, RlpDecodable, RlpEncodable};

/// Version byte in front of every encoded header and block.
pub const BLOCK_FORMAT: u8 = 1;

/// What a header commits to for one database of the authenticated state.
///
/// The databases are append-only logs of operations: `root` is the canonical root (it also commits
/// to which operations are current), `ops_root` the root of the log alone and `start..end` the
/// operations a node needs to rebuild it.
#[derive(Clone, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct DatabaseCommitment {
    /// Root of the operation log.
    pub ops_root: LedgerHash,
    /// Canonical root, against which proofs of current value are checked.
    pub root: LedgerHash,
    /// First operation that is still needed.
    pub start: u64,
    /// One past the last operation.
    pub end: u64,
}

/// The authenticated state after a block: one commitment for each database.
#[derive(Clone, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct StateCommitment {
    /// Accounts by address.
    pub accounts: DatabaseCommitment,
    /// Storage slots by address and slot.
    pub storage: DatabaseCommitment,
    /// The registry: ordered keys, with proofs of absence.
    pub registry: DatabaseCommitment,
    /// Contract code by its hash, append-only.
    pub code: DatabaseCommitment,
}

impl StateCommitment {
    /// The one hash that stands for all databases; `stateRoot` in JSON.
    pub fn state_root(&self) -> LedgerHash {
        ledger_hash(&[b"qiantang state 1", &alloy_rlp::encode(self)])
    }
}

/// Where in the agreement a block was proposed (commonware simplex: round, leader, parent).
#[derive(Clone, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct ConsensusContext {
    /// Span with one validator set.
    pub epoch: u64,
    /// Attempt to agree in which this block was proposed.
    pub view: u64,
    /// Identity key of the leader that proposed it, as the engine encodes it.
    pub leader: Bytes,
    /// View of the parent.
    pub parent_view: u64,
}

/// A block's header. Its hash is the block's hash and what the validators sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Header {
    /// Consensus context.
    pub context: ConsensusContext,
    /// Hash of the parent; for genesis the hash of the chain parameters.
    pub parent: LedgerHash,
    /// Position in the chain.
    pub height: Height,
    /// Time, strictly greater than the parent's.
    pub time: TimestampMs,
    /// Gas that the transactions may use in all.
    pub gas_limit: u64,
    /// Gas that they used.
    pub gas_used: u64,
    /// Merkle root of the transactions (leaf: EIP-2718 bytes).
    pub transactions_root: LedgerHash,
    /// Merkle root of the receipts (leaf: canonical receipt bytes).
    pub receipts_root: LedgerHash,
    /// State after the transactions.
    pub state: StateCommitment,
    /// In the last header of an epoch after which the validator set is another: that set, as
    /// [`ValidatorKeys`](crate::ValidatorKeys) writes it. Empty in every other header.
    pub extension: Bytes,
}

impl Header {
    /// Canonical bytes: the format version, then RLP.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.length().saturating_add(1));
        out.push(BLOCK_FORMAT);
        self.encode(&mut out);
        out
    }

    /// The header that [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// Unknown version, anything but canonical RLP, trailing bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, crate::CodecError> {
        let mut rest = crate::codec::strip_version(bytes, BLOCK_FORMAT, "header")?;
        crate::codec::decode_exact(&mut rest, "header")
    }

    /// The block's hash: SHA-256 of the canonical bytes.
    pub fn hash(&self) -> LedgerHash {
        ledger_hash(&[&self.to_bytes()])
    }

    /// Address derived from the leader's key, reported as `miner` and seen by contracts as
    /// `COINBASE`.
    pub fn beneficiary(&self) -> alloy_primitives::Address {
        beneficiary(&self.context.leader)
    }
}

/// Address derived from a leader's identity key: the last 20 bytes of its keccak-256.
pub fn beneficiary(leader: &[u8]) -> alloy_primitives::Address {
    alloy_primitives::Address::from_slice(&keccak256(leader)[12..])
}
