//! One operation of a database's log, its place, and the bit that says that it is current.
//!
//! The bitmap has one bit per operation, in chunks of 512 bits. It is not a tree of its own: a
//! chunk is grafted onto the log's tree at the node that covers the chunk's 512 operations,
//!
//! ```text
//! grafted = hash(chunk | node)          (node, where the chunk is all zero)
//! ```
//!
//! and the canonical root is
//!
//! ```text
//! hash(log root | grafted root [| hash of pending chunk] [| bits in the last chunk | its hash])
//! ```
//!
//! where the *pending* chunk is full but its node is not born yet (the belt merges late), and the
//! last chunk is there while the number of operations is no multiple of 512.

use super::{StateProofError, belt};
use crate::reader::{EncodingError, Reader};
use qiantang_types::{LedgerHash, ledger_hash};

/// Bytes of a bitmap chunk.
const CHUNK_BYTES: usize = 64;

/// Operations that a chunk covers.
const CHUNK_BITS: u64 = 512;

/// Height of the node that covers a chunk's operations.
pub(super) const CHUNK_HEIGHT: u32 = CHUNK_BITS.trailing_zeros();

/// Operations in the log when the node of the first chunk is born: the belt creates a node of
/// height `h` `2^(h-1) - 1` operations after its last leaf.
const FIRST_BIRTH: u64 = CHUNK_BITS + CHUNK_BITS / 2 - 1;

/// Operations in a log at the most. Positions of nodes stay far below the end of `u64`.
const OPERATIONS_MAX: u64 = 1 << 48;

/// Hashes in a proof at the most: the path and the peaks of the largest log.
const HASHES_MAX: usize = 122;

/// Evidence that an operation stands at a place of the log and is current.
#[derive(Clone, Debug)]
pub(super) struct OperationProof {
    /// Place in the log, from 0.
    pub(super) location: u64,
    chunk: [u8; CHUNK_BYTES],
    leaves: u64,
    inactive_peaks: u64,
    hashes: Vec<LedgerHash>,
    pending: Option<LedgerHash>,
    partial: Option<LedgerHash>,
    ops_root: LedgerHash,
}

impl OperationProof {
    /// Reads the engine's encoding of an operation proof.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        let location = reader.varint("location")?;
        let chunk = reader.array("bitmap chunk")?;
        let leaves = reader.varint("operations")?;
        if leaves > OPERATIONS_MAX {
            let (what, limit) = ("operations", OPERATIONS_MAX);
            return Err(EncodingError::Limit {
                what,
                found: leaves,
                limit,
            });
        }
        let inactive_peaks = reader.varint("inactive peaks")?;
        let count = reader.count(HASHES_MAX, "hashes")?;
        let mut hashes = Vec::with_capacity(count);
        for _ in 0..count {
            hashes.push(LedgerHash::from(reader.array::<32>("hash")?));
        }
        Ok(Self {
            location,
            chunk,
            leaves,
            inactive_peaks,
            hashes,
            pending: reader
                .optional_digest("pending chunk")?
                .map(LedgerHash::from),
            partial: reader.optional_digest("last chunk")?.map(LedgerHash::from),
            ops_root: LedgerHash::from(reader.array::<32>("log root")?),
        })
    }

    /// Checks that the operation whose encoding is the concatenation of `parts` is current in the
    /// database with the canonical root `expected`.
    pub(super) fn verify(
        &self,
        expected: &LedgerHash,
        parts: &[&[u8]],
    ) -> Result<(), StateProofError> {
        let (location, leaves) = (self.location, self.leaves);
        if location >= leaves {
            return Err(StateProofError::Outside { location, leaves });
        }
        if !self.is_active() {
            return Err(StateProofError::Inactive(location));
        }
        let grafted = self.check_chunks()?;
        let path = belt::Path {
            location,
            leaves,
            inactive_peaks: self.inactive_peaks,
            hashes: &self.hashes,
            graft: grafted.then_some(&self.chunk),
        };
        let found = self.canonical_root(&path.root(parts)?);
        if found == *expected {
            Ok(())
        } else {
            Err(StateProofError::Root {
                found,
                expected: *expected,
            })
        }
    }

    fn is_active(&self) -> bool {
        let bit = self.location % CHUNK_BITS;
        let byte = self
            .chunk
            .get((bit / 8) as usize)
            .copied()
            .unwrap_or_default();
        byte & (1 << (bit % 8)) != 0
    }

    /// Checks the hashes of chunks that are outside the tree, and answers whether the operation's
    /// own chunk is inside.
    fn check_chunks(&self) -> Result<bool, StateProofError> {
        let own = self.location / CHUNK_BITS;
        let complete = self.leaves / CHUNK_BITS;
        let grafted = graftable_chunks(self.leaves).min(complete);
        let own_hash = Some(ledger_hash(&[&self.chunk]));
        if self.pending.is_some() != (grafted < complete)
            || (self.pending.is_some() && own == grafted && self.pending != own_hash)
        {
            return Err(StateProofError::Chunk("pending"));
        }
        if self.partial.is_some() != (self.bits_in_last_chunk() != 0)
            || (own == complete && self.partial != own_hash)
        {
            return Err(StateProofError::Chunk("last"));
        }
        Ok(own < grafted)
    }

    const fn bits_in_last_chunk(&self) -> u64 {
        self.leaves % CHUNK_BITS
    }

    fn canonical_root(&self, grafted_root: &LedgerHash) -> LedgerHash {
        let bits = self.bits_in_last_chunk().to_be_bytes();
        let mut parts: Vec<&[u8]> = vec![self.ops_root.as_slice(), grafted_root.as_slice()];
        parts.extend(self.pending.as_ref().map(|hash| hash.as_slice()));
        if let Some(hash) = &self.partial {
            parts.extend([bits.as_slice(), hash.as_slice()]);
        }
        ledger_hash(&parts)
    }
}

/// Chunks whose node is born in a log of `leaves` operations.
const fn graftable_chunks(leaves: u64) -> u64 {
    match leaves.checked_sub(FIRST_BIRTH) {
        None => 0,
        Some(after) => (after / CHUNK_BITS).saturating_add(1),
    }
}
