//! The Merkle mountain belt under a database's log, and the path from one leaf to its root.
//!
//! A belt of `n` leaves is a row of perfect binary trees ("peaks"), oldest first, of heights that
//! never grow. With `m = n + 1` and `p = floor(log2 m)` there are `p` peaks; for `i` from `p - 1`
//! down to 0 the next one has height `i + (bit i of m)`. Nodes are numbered in the order of their
//! birth, each leaf giving birth to at most one parent: the node of height `h > 0` over the leaves
//! `s .. s + 2^h` is born with leaf `s + 3 * 2^(h-1) - 2`, right after that leaf.
//!
//! ```text
//! number of leaf l = 2 l - floor(log2(l + 1))
//! leaf             = hash(number | operation)
//! node             = hash(number | left | right)
//! root             = hash(family | bagging | n [| inactive peaks] | folded peaks)
//! ```
//!
//! The oldest, finished ("inactive") peaks fold forward, `hash(hash(a | b) | c)`, the others
//! backward, `hash(a | hash(b | c))`; the result of the first is the leftmost of the second.

use super::{StateProofError, operation::CHUNK_HEIGHT};
use qiantang_types::{LedgerHash, ledger_hash};

/// Domain bytes of a root: the family "mountain belt", peaks bagged backward.
const ROOT_DOMAIN: [u8; 2] = [1, 1];

/// The way from a leaf to the root.
pub(super) struct Path<'a> {
    /// The leaf, from 0.
    pub(super) location: u64,
    /// Leaves in all; more than `location`.
    pub(super) leaves: u64,
    /// Oldest peaks that hold nothing current; they are folded forward.
    pub(super) inactive_peaks: u64,
    /// Folded older peaks, older peaks, newer peaks, folded newer peaks, siblings on the path.
    pub(super) hashes: &'a [LedgerHash],
    /// Bitmap chunk to graft where the path crosses the chunk's node.
    pub(super) graft: Option<&'a [u8; 64]>,
}

/// A perfect tree of the belt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Peak {
    /// Its first leaf.
    start: u64,
    height: u32,
}

/// Where the hashes of a path stand in a proof.
struct Layout {
    /// Peaks before the leaf's, folded into one hash.
    folded_before: usize,
    /// Peaks before the leaf's, each with its hash.
    before: usize,
    /// Peaks after the leaf's, each with its hash.
    after: usize,
    /// Whether the peaks after those are folded into one hash.
    has_suffix: bool,
    /// The leaf's peak.
    own: Peak,
}

impl Path<'_> {
    /// The root that the path leads to from the leaf whose data is the concatenation of `parts`.
    pub(super) fn root(&self, parts: &[&[u8]]) -> Result<LedgerHash, StateProofError> {
        let layout = self.layout()?;
        let heads = usize::from(layout.folded_before > 0).saturating_add(layout.before);
        let tails = layout.after.saturating_add(usize::from(layout.has_suffix));
        let wrong = |needed| StateProofError::Hashes {
            found: self.hashes.len(),
            needed,
        };
        let needed = heads
            .saturating_add(tails)
            .saturating_add(layout.own.height as usize);
        if self.hashes.len() != needed {
            return Err(wrong(needed));
        }
        let (heads, rest) = self.hashes.split_at_checked(heads).ok_or(wrong(needed))?;
        let (tails, siblings) = rest.split_at_checked(tails).ok_or(wrong(needed))?;
        let own = self
            .peak(layout.own, parts, siblings)
            .ok_or(wrong(needed))?;
        let peaks: Vec<LedgerHash> = heads
            .iter()
            .chain(std::iter::once(&own))
            .chain(tails)
            .copied()
            .collect();
        let folded_before = layout.folded_before as u64;
        let forward = if folded_before == 0 {
            self.inactive_peaks
        } else {
            self.inactive_peaks
                .saturating_sub(folded_before)
                .saturating_add(1)
        };
        let folded = fold(&peaks, forward).ok_or(wrong(needed))?;
        let leaves = self.leaves.to_be_bytes();
        let inactive = self.inactive_peaks.to_be_bytes();
        // The number of inactive peaks is committed where there are any.
        let inactive = if self.inactive_peaks == 0 {
            &[][..]
        } else {
            &inactive[..]
        };
        Ok(ledger_hash(&[
            &ROOT_DOMAIN,
            &leaves,
            inactive,
            folded.as_slice(),
        ]))
    }

    fn layout(&self) -> Result<Layout, StateProofError> {
        let peaks = peaks(self.leaves);
        let outside = StateProofError::Outside {
            location: self.location,
            leaves: self.leaves,
        };
        let at = peaks
            .iter()
            .rposition(|peak| peak.start <= self.location)
            .ok_or(outside)?;
        let own = *peaks.get(at).ok_or(outside)?;
        let too_many = StateProofError::Peaks {
            found: self.inactive_peaks,
            peaks: peaks.len(),
        };
        let inactive = usize::try_from(self.inactive_peaks).map_err(|_| too_many)?;
        if inactive > peaks.len() {
            return Err(too_many);
        }
        let folded_before = inactive.min(at);
        let first_after = at.saturating_add(1);
        let total_after = peaks.len().saturating_sub(first_after);
        let after = inactive.saturating_sub(first_after).min(total_after);
        Ok(Layout {
            folded_before,
            before: at.saturating_sub(folded_before),
            after,
            has_suffix: after < total_after,
            own,
        })
    }

    /// Hash of the leaf's peak. `siblings` are in the order in which a walk from the left meets
    /// them: those left of the path from the top down, then those right of it from the bottom up.
    fn peak(&self, own: Peak, parts: &[&[u8]], siblings: &[LedgerHash]) -> Option<LedgerHash> {
        let offset = self.location.checked_sub(own.start)?;
        let (left, right) = siblings.split_at_checked(offset.count_ones() as usize)?;
        let (mut left, mut right) = (left.iter().rev(), right.iter());
        let number = node_number(self.location, 0).to_be_bytes();
        let mut hash = {
            let mut all: Vec<&[u8]> = vec![&number];
            all.extend_from_slice(parts);
            ledger_hash(&all)
        };
        for height in 1..=own.height {
            let start = own.start.checked_add((offset >> height) << height)?;
            let number = node_number(start, height).to_be_bytes();
            hash = if (offset >> height.saturating_sub(1)) & 1 == 1 {
                ledger_hash(&[&number, left.next()?.as_slice(), hash.as_slice()])
            } else {
                ledger_hash(&[&number, hash.as_slice(), right.next()?.as_slice()])
            };
            // The chunk is never all zero here: the operation's own bit is set.
            if height == CHUNK_HEIGHT
                && let Some(chunk) = self.graft
            {
                hash = ledger_hash(&[chunk, hash.as_slice()]);
            }
        }
        // A chunk that is part of the tree and was not met would leave its bits unproved.
        (self.graft.is_none() || own.height >= CHUNK_HEIGHT).then_some(hash)
    }
}

/// Folds peaks to one hash: the first `forward` forward, the result and the others backward.
fn fold(peaks: &[LedgerHash], forward: u64) -> Option<LedgerHash> {
    let join = |a: &LedgerHash, b: &LedgerHash| ledger_hash(&[a.as_slice(), b.as_slice()]);
    let forward = usize::try_from(forward.max(1)).ok()?;
    let (head, tail) = peaks.split_at_checked(forward)?;
    let (first, rest) = head.split_first()?;
    let acc = rest.iter().fold(*first, |acc, peak| join(&acc, peak));
    let bag = tail
        .iter()
        .rev()
        .copied()
        .reduce(|bag, peak| join(&peak, &bag));
    Some(bag.map_or(acc, |bag| join(&acc, &bag)))
}

/// The peaks of a belt, oldest first.
fn peaks(leaves: u64) -> Vec<Peak> {
    let m = leaves.saturating_add(1);
    let mut start = 0u64;
    (0..m.ilog2())
        .rev()
        .map(|i| {
            let height = i.saturating_add(((m >> i) & 1) as u32);
            let peak = Peak { start, height };
            start = start.saturating_add(1 << height);
            peak
        })
        .collect()
}

/// Number of the node of `height` whose first leaf is `start`. The log's limit keeps all terms
/// below 2^52.
const fn node_number(start: u64, height: u32) -> u64 {
    if height == 0 {
        return leaf_number(start);
    }
    let birth = start.saturating_add(3 << (height - 1)).saturating_sub(2);
    leaf_number(birth).saturating_add(1)
}

const fn leaf_number(leaf: u64) -> u64 {
    let ones = leaf.saturating_add(1).ilog2();
    leaf.saturating_mul(2).saturating_sub(ones as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The belt as its definition grows it: each leaf merges the newest two peaks of equal height.
    fn grown(count: u64) -> Vec<(u64, u32, u64)> {
        let mut peaks: Vec<(u64, u32, u64)> = Vec::new();
        let mut number = 0;
        for leaf in 0..count {
            peaks.push((leaf, 0, number));
            number += 1;
            let pair = (1..peaks.len())
                .rev()
                .find(|at| peaks[at - 1].1 == peaks[*at].1);
            if let Some(at) = pair {
                let (start, height, _) = peaks[at - 1];
                peaks.splice(at - 1..=at, [(start, height + 1, number)]);
                number += 1;
            }
        }
        peaks
    }

    #[test]
    fn peaks_and_numbers_follow_the_growth_of_the_belt() {
        for count in 1..3000 {
            let expected: Vec<_> = grown(count);
            let found: Vec<_> = peaks(count)
                .into_iter()
                .map(|peak| {
                    (
                        peak.start,
                        peak.height,
                        node_number(peak.start, peak.height),
                    )
                })
                .collect();
            assert_eq!(found, expected, "{count} leaves");
        }
    }

    #[test]
    fn folding_goes_forward_then_backward() {
        let hash = |n: u8| LedgerHash::repeat_byte(n);
        let join = |a: LedgerHash, b: LedgerHash| ledger_hash(&[a.as_slice(), b.as_slice()]);
        let peaks = [hash(1), hash(2), hash(3), hash(4)];
        let backward = join(hash(1), join(hash(2), join(hash(3), hash(4))));
        let split = join(join(hash(1), hash(2)), join(hash(3), hash(4)));
        assert_eq!(fold(&peaks, 0), Some(backward));
        assert_eq!(fold(&peaks, 1), Some(backward));
        assert_eq!(fold(&peaks, 2), Some(split));
        assert_eq!(
            fold(&peaks, 4),
            Some(join(join(join(hash(1), hash(2)), hash(3)), hash(4)))
        );
        assert_eq!(fold(&peaks, 5), None);
        assert_eq!(fold(&[], 0), None);
    }
}
