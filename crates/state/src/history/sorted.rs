//! Rows sorted by key in memory, cheap to add a block's worth of.
//!
//! A few sorted vectors, the newer the shorter: vectors of like length are merged, so that each row
//! is copied a few times in sequence instead of finding its place in a tree. Where a key was added
//! twice, the later row counts.

use fjall::Slice;
use std::{cmp::Ordering, ops::RangeInclusive};

/// Rows that a merged vector may have: it bounds what merging takes in memory and time.
const MERGED_ROWS_MAX: usize = 1 << 16;

/// A key and its value.
pub(super) type Row<const N: usize> = ([u8; N], Slice);

/// Sorted rows with keys of `N` bytes.
#[derive(Debug, Default)]
pub(super) struct Sorted<const N: usize> {
    /// Older ones first; each ascends strictly.
    parts: Vec<Vec<Row<N>>>,
}

impl<const N: usize> Sorted<N> {
    /// Adds rows in any order.
    pub(super) fn add(&mut self, mut rows: Vec<Row<N>>) {
        if !rows.is_sorted_by(|a, b| a.0 < b.0) {
            // The sort is stable, so that of equal keys the last stays.
            rows.sort_by_key(|row| row.0);
            rows.reverse();
            rows.dedup_by(|a, b| a.0 == b.0);
            rows.reverse();
        }
        if rows.is_empty() {
            return;
        }
        while let Some(last) = self.parts.pop() {
            let merged = last.len().saturating_add(rows.len());
            if merged > MERGED_ROWS_MAX || last.len() / 2 > rows.len() {
                self.parts.push(last);
                break;
            }
            rows = merge(last, rows);
        }
        self.parts.push(rows);
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8; N]) -> Option<&Slice> {
        self.parts.iter().rev().find_map(|part| {
            let at = part.binary_search_by(|row| row.0.cmp(key)).ok()?;
            part.get(at).map(|(_, value)| value)
        })
    }

    /// The first row in a range of keys.
    pub(super) fn first(&self, range: &RangeInclusive<[u8; N]>) -> Option<&Row<N>> {
        let firsts = self
            .parts
            .iter()
            .rev()
            .filter_map(|part| within(part, range).first());
        firsts.min_by(|a, b| a.0.cmp(&b.0))
    }

    /// All rows in a range of keys, not in order, at most `limit` of each part.
    pub(super) fn range(
        &self,
        range: &RangeInclusive<[u8; N]>,
        limit: usize,
    ) -> impl Iterator<Item = &Row<N>> {
        self.parts
            .iter()
            .flat_map(move |part| within(part, range).iter().take(limit))
    }

    /// All rows, ascending strictly.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Row<N>> {
        Ascending {
            parts: self.parts.iter().rev().map(Vec::as_slice).collect(),
        }
    }
}

struct Ascending<'a, const N: usize> {
    /// What is left of each part, newer ones first.
    parts: Vec<&'a [Row<N>]>,
}

impl<'a, const N: usize> Iterator for Ascending<'a, N> {
    type Item = &'a Row<N>;

    fn next(&mut self) -> Option<Self::Item> {
        // The first of equal minima, which is the newest.
        let firsts = self.parts.iter().filter_map(|part| part.first());
        let least = firsts.min_by(|a, b| a.0.cmp(&b.0))?;
        for part in &mut self.parts {
            if let Some((first, rest)) = part.split_first()
                && first.0 == least.0
            {
                *part = rest;
            }
        }
        self.parts.retain(|part| !part.is_empty());
        Some(least)
    }
}

fn within<'a, const N: usize>(part: &'a [Row<N>], range: &RangeInclusive<[u8; N]>) -> &'a [Row<N>] {
    let from = part.partition_point(|row| row.0 < *range.start());
    let rest = part.get(from..).unwrap_or_default();
    let to = rest.partition_point(|row| row.0 <= *range.end());
    rest.get(..to).unwrap_or_default()
}

fn merge<const N: usize>(older: Vec<Row<N>>, newer: Vec<Row<N>>) -> Vec<Row<N>> {
    let mut merged = Vec::with_capacity(older.len().saturating_add(newer.len()));
    let (mut older, mut newer) = (older.into_iter().peekable(), newer.into_iter().peekable());
    loop {
        let order = match (older.peek(), newer.peek()) {
            (Some(old), Some(new)) => old.0.cmp(&new.0),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return merged,
        };
        if order == Ordering::Equal {
            older.next();
        }
        merged.extend(if order == Ordering::Less {
            older.next()
        } else {
            newer.next()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_answers_as_a_map_does(
            additions: Vec<Vec<([u8; 2], u32)>>,
            a: [u8; 2],
            b: [u8; 2],
        ) {
            let mut map = BTreeMap::new();
            let mut sorted = Sorted::default();
            for rows in additions {
                map.extend(rows.clone());
                let rows = rows.into_iter().map(|(key, n)| (key, Slice::from(n.to_be_bytes())));
                sorted.add(rows.collect());
            }
            let map: BTreeMap<[u8; 2], Slice> =
                map.into_iter().map(|(key, n)| (key, n.to_be_bytes().into())).collect();
            let all: Vec<_> = sorted.iter().map(|(key, value)| (key, value)).collect();
            prop_assert_eq!(all, map.iter().collect::<Vec<_>>());
            let range = a.min(b)..=a.max(b);
            let first = sorted.first(&range).map(|(key, value)| (key, value));
            prop_assert_eq!(first, map.range(range.clone()).next());
            let within: BTreeMap<_, _> =
                sorted.range(&range, usize::MAX).map(|row| (row.0, ())).collect();
            prop_assert!(within.keys().eq(map.range(range).map(|(key, _)| key)));
            prop_assert_eq!(sorted.get(&a), map.get(&a));
        }
    }
}
