//! The binary Merkle tree over a block's transactions and over its receipts.
//!
//! The shape is that of RFC 6962 section 2.1: a leaf is `H(0x00 || data)`, a node
//! `H(0x01 || left || right)`, and a list of n leaves splits at the largest power of two below n.
//! The published root is `H(0x02 || n as u64 || tree)`, which binds the number of leaves, so that
//! "there is no leaf after this one" is as certain as the leaf itself.

use crate::hash::{LedgerHash, ledger_hash};
use alloy_rlp::{RlpDecodable, RlpEncodable};

/// Sibling hashes a proof may hold: a tree of 2^32 leaves is far above any block's limit.
pub const MERKLE_PATH_MAX: usize = 32;

/// Evidence that a leaf stands at an index of a tree with a published root.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct MerkleProof {
    /// Position of the leaf, from 0.
    pub index: u64,
    /// Number of leaves in the tree.
    pub count: u64,
    /// Sibling hashes from the leaf up to the root.
    pub path: Vec<LedgerHash>,
}

/// The hash of one leaf.
pub fn leaf_hash(data: &[u8]) -> LedgerHash {
    ledger_hash(&[&[0], data])
}

/// The published root of `leaves` (each made by [`leaf_hash`]).
pub fn merkle_root(leaves: &[LedgerHash]) -> LedgerHash {
    seal(leaves.len() as u64, subtree(leaves))
}

/// The proof of the leaf at `index`, or `None` where there is no such leaf.
pub fn merkle_proof(leaves: &[LedgerHash], index: usize) -> Option<MerkleProof> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let (mut rest, mut at) = (leaves, index);
    while rest.len() > 1 {
        let (left, right) = rest.split_at(split(rest.len()));
        if at < left.len() {
            path.push(subtree(right));
            rest = left;
        } else {
            path.push(subtree(left));
            at = at.saturating_sub(left.len());
            rest = right;
        }
    }
    path.reverse();
    Some(MerkleProof {
        index: index as u64,
        count: leaves.len() as u64,
        path,
    })
}

impl MerkleProof {
    /// The published root that this proof leads to from `leaf`, or `None` where index, count and
    /// path length contradict each other.
    pub fn root(&self, leaf: LedgerHash) -> Option<LedgerHash> {
        if self.index >= self.count || self.path.len() > MERKLE_PATH_MAX {
            return None;
        }
        let mut sides = Vec::with_capacity(self.path.len());
        let (mut at, mut size) = (self.index, self.count);
        while size > 1 {
            let left = split_u64(size);
            let is_left = at < left;
            sides.push(is_left);
            (at, size) = if is_left {
                (at, left)
            } else {
                (at.checked_sub(left)?, size.checked_sub(left)?)
            };
        }
        if sides.len() != self.path.len() {
            return None;
        }
        let mut hash = leaf;
        for (sibling, is_left) in self.path.iter().zip(sides.into_iter().rev()) {
            hash = if is_left {
                node(&hash, sibling)
            } else {
                node(sibling, &hash)
            };
        }
        Some(seal(self.count, hash))
    }
}

fn seal(count: u64, tree: LedgerHash) -> LedgerHash {
    ledger_hash(&[&[2], &count.to_be_bytes(), tree.as_slice()])
}

fn node(left: &LedgerHash, right: &LedgerHash) -> LedgerHash {
    ledger_hash(&[&[1], left.as_slice(), right.as_slice()])
}

fn subtree(leaves: &[LedgerHash]) -> LedgerHash {
    match leaves {
        [] => LedgerHash::ZERO,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&subtree(left), &subtree(right))
        }
    }
}

/// The largest power of two strictly below `count`, and 1 where there is none. The count may come
/// from a hostile proof, so rounding up to a power of two, which overflows, is no way to get it.
const fn split_u64(count: u64) -> u64 {
    match count.saturating_sub(1).checked_ilog2() {
        Some(height) => 1 << height,
        None => 1,
    }
}

const fn split(count: usize) -> usize {
    match count.saturating_sub(1).checked_ilog2() {
        Some(height) => 1 << height,
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<LedgerHash> {
        (0..count)
            .map(|i| leaf_hash(&(i as u64).to_be_bytes()))
            .collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proved() {
        for count in 1..70 {
            let leaves = leaves(count);
            let root = merkle_root(&leaves);
            for (index, leaf) in leaves.iter().enumerate() {
                let proof = merkle_proof(&leaves, index).expect("the leaf is there");
                assert_eq!(proof.root(*leaf), Some(root), "leaf {index} of {count}");
            }
            assert!(merkle_proof(&leaves, count).is_none());
        }
    }

    #[test]
    fn a_proof_moved_to_another_index_or_count_fails() {
        let leaves = leaves(13);
        let root = merkle_root(&leaves);
        let proof = merkle_proof(&leaves, 5).expect("the leaf is there");
        for index in (0..16).filter(|i| *i != 5) {
            assert_ne!(
                MerkleProof {
                    index,
                    ..proof.clone()
                }
                .root(leaves[5]),
                Some(root)
            );
        }
        for count in (0..40).filter(|c| *c != 13) {
            assert_ne!(
                MerkleProof {
                    count,
                    ..proof.clone()
                }
                .root(leaves[5]),
                Some(root)
            );
        }
    }

    #[test]
    fn roots_of_different_lists_differ() {
        let mut seen = std::collections::BTreeSet::new();
        for count in 0..50 {
            assert!(seen.insert(merkle_root(&leaves(count))));
        }
    }
}
