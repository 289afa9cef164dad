//! Pages of long answers: the same cursors and limits in every module.

use alloy_primitives::U256;

/// Things that one page of an answer holds at most.
pub const PAGE_MAX: u64 = 256;

/// Which part of a long answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Index of the first thing.
    pub cursor: u64,
    /// How many things at most.
    pub limit: u64,
}

impl Page {
    /// From the arguments of a call; zero and too much mean [`PAGE_MAX`].
    pub fn new(cursor: U256, limit: U256) -> Self {
        let limit: u64 = limit.saturating_to();
        Self {
            cursor: cursor.saturating_to(),
            limit: if limit == 0 {
                PAGE_MAX
            } else {
                limit.min(PAGE_MAX)
            },
        }
    }

    /// The cursor after this page of `count` things, or zero after the last.
    pub fn next(self, count: u64) -> U256 {
        let end = self.cursor.saturating_add(self.limit);
        if end < count {
            U256::from(end)
        } else {
            U256::ZERO
        }
    }

    /// Indices of the page among `count` things.
    pub fn range(self, count: u64) -> std::ops::Range<u64> {
        self.cursor.min(count)..self.cursor.saturating_add(self.limit).min(count)
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE_MAX, Page};
    use alloy_primitives::U256;

    #[test]
    fn pages_follow_each_other_and_end() {
        // Cursor and limit of the call, number of things: indices and next cursor.
        let cases = [
            ((0, 0, 3), (0..3, 0)),
            ((0, 2, 3), (0..2, 2)),
            ((2, 2, 3), (2..3, 0)),
            ((0, 3, 3), (0..3, 0)),
            ((9, 2, 3), (3..3, 0)),
            ((0, 1000, 300), (0..PAGE_MAX, PAGE_MAX)),
            ((u64::MAX, 5, 3), (3..3, 0)),
        ];
        for ((cursor, limit, count), (range, next)) in cases {
            let page = Page::new(U256::from(cursor), U256::from(limit));
            assert_eq!(page.range(count), range, "{cursor} {limit} {count}");
            assert_eq!(
                page.next(count),
                U256::from(next),
                "{cursor} {limit} {count}"
            );
        }
        assert_eq!(Page::new(U256::MAX, U256::MAX).limit, PAGE_MAX);
    }
}
