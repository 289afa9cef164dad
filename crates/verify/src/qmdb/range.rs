//! "These are all entries of the registry between two slots", by the chain of next keys.
//!
//! Every current update of the registry names the next key, so its entries form one ring in the
//! order of their keys, closed by the link from the greatest key to the smallest. A range is proved
//! by a stretch of that ring without a hole:
//!
//! ```text
//!   before     the gap that `first` lies in, where no entry stands at `first`
//!     |        its next key is the first entry's slot
//!   entry 0    next key = slot of entry 1
//!     ...
//!   entry n    next key above `last`, or around the end of the ring
//! ```
//!
//! Without entries the gap of `first` must reach beyond `last`.

use super::{StateProofError, verify_entry, verify_exclusion};
use crate::bundle::RangeFact;
use alloy_primitives::U256;
use qiantang_types::LedgerHash;

/// Why a range's entries are not proved to be all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeProofError {
    /// The last slot is below the first.
    #[error("the range ends at {last:#x}, before it begins at {first:#x}")]
    Bounds {
        /// First slot of the range.
        first: U256,
        /// Last slot of the range.
        last: U256,
    },
    /// An entry stands at the first slot, and yet something shows the slot to be empty.
    #[error("an entry stands at the first slot, so nothing may show a gap before it")]
    Superfluous,
    /// The proof that the first slot is empty does not hold.
    #[error("the gap before the first entry: {0}")]
    Before(StateProofError),
    /// An entry's own proof does not hold.
    #[error("entry {index}: {source}")]
    Entry {
        /// Position of the entry, from 0.
        index: usize,
        /// What is wrong.
        source: StateProofError,
    },
    /// An entry below the first slot, above the last one, or not above the entry before it.
    #[error("entry {index}: slot {slot:#x} is outside the range or not above the entry before it")]
    Order {
        /// Position of the entry, from 0.
        index: usize,
        /// Its slot.
        slot: U256,
    },
    /// The link before it leads past the entry.
    #[error("entry {index}: the registry has nothing at slot {slot:#x}")]
    Unlinked {
        /// Position of the entry, from 0.
        index: usize,
        /// Its slot.
        slot: U256,
    },
    /// The registry has an entry that the fact leaves out.
    #[error("the registry has an entry at {next:#x}, which the range leaves out at place {index}")]
    Missing {
        /// Position that the entry would have, from 0.
        index: usize,
        /// Its slot.
        next: U256,
    },
}

/// Checks against the canonical `root` of the registry that a range has just these entries.
///
/// # Errors
///
/// Malformed evidence, evidence of anything else, entries out of order, and entries left out.
pub fn verify_registry_range(root: &LedgerHash, fact: &RangeFact) -> Result<(), RangeProofError> {
    let (first, last) = (fact.first, fact.last);
    if last < first {
        return Err(RangeProofError::Bounds { first, last });
    }
    check_order(fact)?;
    let starts_with_entry = fact
        .entries
        .first()
        .is_some_and(|entry| entry.slot == first);
    let mut expected = if starts_with_entry {
        if !fact.before.is_empty() {
            return Err(RangeProofError::Superfluous);
        }
        Some(first)
    } else {
        let next = verify_exclusion(root, &first, &fact.before).map_err(RangeProofError::Before)?;
        inside(next, &first, &last)
    };
    for (index, entry) in fact.entries.iter().enumerate() {
        // The link of the entry before, or the gap, must lead just here.
        if expected != Some(entry.slot) {
            return Err(unlinked(index, expected, entry.slot));
        }
        let next =
            verify_entry(root, entry).map_err(|source| RangeProofError::Entry { index, source })?;
        expected = inside(Some(next), &entry.slot, &last);
    }
    let index = fact.entries.len();
    expected.map_or(Ok(()), |next| Err(RangeProofError::Missing { index, next }))
}

/// The key after `slot` where it belongs to the range: the link from the greatest key leads back
/// to the smallest, and a single key is its own neighbour.
fn inside(next: Option<U256>, slot: &U256, last: &U256) -> Option<U256> {
    next.filter(|next| slot < next && next <= last)
}

/// An entry that the link before it does not lead to: one is left out, or this one is none.
fn unlinked(index: usize, expected: Option<U256>, slot: U256) -> RangeProofError {
    match expected {
        Some(next) if next < slot => RangeProofError::Missing { index, next },
        _ => RangeProofError::Unlinked { index, slot },
    }
}

fn check_order(fact: &RangeFact) -> Result<(), RangeProofError> {
    let mut previous: Option<U256> = None;
    for (index, entry) in fact.entries.iter().enumerate() {
        let slot = entry.slot;
        let above = previous.is_none_or(|previous| previous < slot);
        if !above || slot < fact.first || slot > fact.last {
            return Err(RangeProofError::Order { index, slot });
        }
        previous = Some(slot);
    }
    Ok(())
}
