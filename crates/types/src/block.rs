//! Blocks: a header and the transactions it commits to.

use crate::{
    codec::{self, CodecError},
    hash::LedgerHash,
    header::{BLOCK_FORMAT, Header},
    merkle::{leaf_hash, merkle_root},
    transaction::Transaction,
};
use alloy_primitives::Bytes;
use alloy_rlp::{Encodable as _, RlpDecodable, RlpEncodable};

/// Bytes of the largest encoded block.
pub const BLOCK_BYTES_MAX: usize = 8 << 20;

/// Transactions in a block at the most.
pub const BLOCK_TRANSACTIONS_MAX: usize = 100_000;

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The transactions in their order.
    pub transactions: Vec<Transaction>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct Wire {
    header: Header,
    transactions: Vec<Bytes>,
}

impl Block {
    /// Canonical bytes: the format version, then RLP of header and EIP-2718 transactions.
    pub fn to_bytes(&self) -> Vec<u8> {
        let wire = Wire {
            header: self.header.clone(),
            transactions: self
                .transactions
                .iter()
                .map(|t| t.encoded().clone())
                .collect(),
        };
        let mut out = Vec::with_capacity(wire.length().saturating_add(1));
        out.push(BLOCK_FORMAT);
        wire.encode(&mut out);
        out
    }

    /// The block that [`Self::to_bytes`] wrote. The transactions are decoded and compared with the
    /// header's root, but nothing is executed.
    ///
    /// # Errors
    ///
    /// Unknown version, non-canonical bytes, limits, undecodable transactions, a body that the
    /// header does not commit to.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        limit("block bytes", bytes.len(), BLOCK_BYTES_MAX)?;
        let mut rest = codec::strip_version(bytes, BLOCK_FORMAT, "block")?;
        let wire: Wire = codec::decode_exact(&mut rest, "block")?;
        limit(
            "block transactions",
            wire.transactions.len(),
            BLOCK_TRANSACTIONS_MAX,
        )?;
        let mut transactions = Vec::with_capacity(wire.transactions.len());
        for (index, bytes) in wire.transactions.iter().enumerate() {
            transactions.push(
                Transaction::decode(bytes)
                    .map_err(|source| CodecError::Transaction { index, source })?,
            );
        }
        let block = Self {
            header: wire.header,
            transactions,
        };
        if block.transactions_root() != block.header.transactions_root {
            return Err(CodecError::Rlp {
                what: "block",
                source: alloy_rlp::Error::Custom("the header commits to other transactions"),
            });
        }
        Ok(block)
    }

    /// The Merkle root of the transactions.
    pub fn transactions_root(&self) -> LedgerHash {
        merkle_root(&self.transaction_leaves())
    }

    /// Leaf hashes of the transactions, from which proofs are made.
    pub fn transaction_leaves(&self) -> Vec<LedgerHash> {
        self.transactions
            .iter()
            .map(|t| leaf_hash(t.encoded()))
            .collect()
    }

    /// The block's hash.
    pub fn hash(&self) -> LedgerHash {
        self.header.hash()
    }
}

fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), CodecError> {
    if found > limit {
        Err(CodecError::Limit { what, found, limit })
    } else {
        Ok(())
    }
}
