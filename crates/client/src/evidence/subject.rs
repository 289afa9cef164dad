//! What a deposit is about, off the chain: one document, a list of them, or one of a list.

use super::Algorithm;
use alloy_primitives::{B256, Bytes};
use qiantang_types::{LedgerHash, MerkleProof, leaf_hash, merkle_proof, merkle_root};
use serde::{Deserialize, Serialize};

/// Documents in one list at the most.
pub const LIST_ENTRIES_MAX: usize = 1_000_000;

/// A document of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name: a path with `/`, or empty.
    pub name: String,
    /// Its digest.
    pub digest: B256,
}

impl Entry {
    /// Its leaf in the tree: `sha256(0x00 || digest || name)`.
    pub fn leaf(&self) -> LedgerHash {
        leaf_hash(&[self.digest.as_slice(), self.name.as_bytes()].concat())
    }
}

/// What a bundle says about the documents that its deposit is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Subject {
    /// One document; the deposit itself holds its digest.
    Document,
    /// All documents of a batch, by name in ascending order of bytes.
    List {
        /// The documents.
        entries: Vec<Entry>,
    },
    /// One document of a batch, with its path to the root.
    Leaf {
        /// The document.
        entry: Entry,
        /// Its position in the list, from 0.
        index: u64,
        /// Documents in the list.
        count: u64,
        /// Sibling hashes from the leaf up to the root.
        path: Vec<LedgerHash>,
    },
}

/// The root of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// Root of the tree.
    pub root: LedgerHash,
    /// Leaves of the tree.
    pub count: u64,
}

impl Subject {
    /// A list of documents in the one order.
    ///
    /// # Errors
    ///
    /// The name that two documents have.
    pub fn list(mut entries: Vec<Entry>) -> Result<Self, String> {
        entries.sort();
        let twice = entries.windows(2).find(|pair| pair[0].name == pair[1].name);
        match twice {
            Some(pair) => Err(pair[0].name.clone()),
            None => Ok(Self::List { entries }),
        }
    }

    /// The root of a batch that it leads to; `None` for one document, and for a leaf whose path
    /// contradicts itself.
    pub fn root(&self) -> Option<Root> {
        match self {
            Self::Document => None,
            Self::List { entries } => {
                let leaves: Vec<LedgerHash> = entries.iter().map(Entry::leaf).collect();
                let (root, count) = (merkle_root(&leaves), leaves.len() as u64);
                Some(Root { root, count })
            }
            Self::Leaf {
                entry,
                index,
                count,
                path,
            } => {
                let proof = MerkleProof {
                    index: *index,
                    count: *count,
                    path: path.clone(),
                };
                let root = proof.root(entry.leaf())?;
                let count = *count;
                Some(Root { root, count })
            }
        }
    }

    /// The documents that it names, with their positions in the list.
    pub fn entries(&self) -> Vec<(u64, &Entry)> {
        match self {
            Self::Document => Vec::new(),
            Self::List { entries } => (0..).zip(entries).collect(),
            Self::Leaf { entry, index, .. } => vec![(*index, entry)],
        }
    }

    /// One document of a list, by its position.
    pub fn leaf(&self, index: u64) -> Option<Self> {
        let Self::List { entries } = self else {
            return None;
        };
        let at = usize::try_from(index).ok()?;
        let entry = entries.get(at)?.clone();
        let leaves: Vec<LedgerHash> = entries.iter().map(Entry::leaf).collect();
        let MerkleProof { index, count, path } = merkle_proof(&leaves, at)?;
        Some(Self::Leaf {
            entry,
            index,
            count,
            path,
        })
    }

    /// Whether names ascend and the list is not too long.
    pub(super) fn is_in_order(&self) -> bool {
        match self {
            Self::Document | Self::Leaf { .. } => true,
            Self::List { entries } => {
                entries.len() <= LIST_ENTRIES_MAX
                    && entries.windows(2).all(|pair| pair[0].name < pair[1].name)
            }
        }
    }
}

/// What a commitment to one document commits to.
pub fn committed_document(algorithm: Algorithm, digest: &B256) -> Bytes {
    [&[1, code(algorithm)], digest.as_slice()].concat().into()
}

/// What a commitment to a batch commits to.
pub fn committed_batch(algorithm: Algorithm, batch: &Root) -> Bytes {
    let head = [2, code(algorithm)];
    [&head[..], &batch.count.to_be_bytes(), batch.root.as_slice()]
        .concat()
        .into()
}

const fn code(algorithm: Algorithm) -> u8 {
    match algorithm {
        Algorithm::Sha256 => 1,
        Algorithm::Sm3 => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;

    fn entries(count: usize) -> Vec<Entry> {
        let entry = |index: usize| Entry {
            name: format!("folder/{index:03}.txt"),
            digest: keccak256(index.to_be_bytes()),
        };
        (0..count).map(entry).collect()
    }

    #[test]
    fn every_document_of_a_list_leads_to_the_same_root() {
        for count in [1, 2, 3, 8, 13] {
            let list = Subject::list(entries(count)).unwrap();
            let root = list.root().unwrap();
            assert_eq!(root.count, count as u64);
            for (index, entry) in (0..).zip(entries(count)) {
                let leaf = list.leaf(index).unwrap();
                assert_eq!(leaf.root(), Some(root), "{index} of {count}");
                assert_eq!(leaf.entries(), [(index, &entry)]);
                assert_eq!(list.entries()[index as usize], (index, &entry));
            }
            assert_eq!(list.leaf(count as u64), None);
        }
    }

    #[test]
    fn order_does_not_matter_and_names_are_unique() {
        let mut shuffled = entries(9);
        shuffled.reverse();
        let (one, other) = (Subject::list(entries(9)), Subject::list(shuffled.clone()));
        assert_eq!(one, other);
        shuffled[3].name = shuffled[5].name.clone();
        assert_eq!(Subject::list(shuffled), Err("folder/003.txt".to_owned()));
    }

    #[test]
    fn a_name_is_part_of_the_leaf() {
        let entry = entries(1).remove(0);
        let leaf = entry.leaf();
        let renamed = Entry {
            name: "folder/000.tx".to_owned(),
            ..entry
        };
        assert_ne!(leaf, renamed.leaf());
        let nameless = Entry {
            name: String::new(),
            ..renamed
        };
        assert_eq!(nameless.leaf(), leaf_hash(nameless.digest.as_slice()));
    }

    #[test]
    fn committed_bytes_are_as_the_interface_says() {
        let digest = B256::repeat_byte(9);
        let document = committed_document(Algorithm::Sm3, &digest);
        assert_eq!(document[..3], [1, 2, 9]);
        assert_eq!(document.len(), 34);
        let batch = Root {
            root: digest,
            count: 258,
        };
        let bytes = committed_batch(Algorithm::Sha256, &batch);
        assert_eq!(bytes[..11], [2, 1, 0, 0, 0, 0, 0, 0, 1, 2, 9]);
        assert_eq!(bytes.len(), 42);
    }
}
