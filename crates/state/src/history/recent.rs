//! The index entries of recent blocks, in memory.
//!
//! Indexes and histories have keys in random order. Written one by one, each would pay for a
//! journal, a buffer and a first sorting by the engine; together that is most of the cost of a
//! block. So they gather here, sorted, and go to the disk as one sorted file per table when they
//! are many (`sorter`). The journaled batch of each block holds everything from which they are made
//! again when the store opens: its body, its receipts and its changes.
//!
//! There are at most two runs: the active one, which takes new blocks, and the one that is being
//! written. A run's blocks are all newer than those of the next: active, sealed, files. So the
//! first of them that knows a key at or before a height knows the newest.

use super::{
    FinalizedBlock, Head, StoreError, layout, logs,
    sorted::{Row, Sorted},
};
use alloy_primitives::B256;
use fjall::Slice;
use qiantang_types::{Height, LedgerHash};
use std::{
    ops::RangeInclusive,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Bytes that a row is counted with beside its key: the value and the map's own.
const ROW_BYTES: usize = 48;

/// Blocks in a run at the most: making it again from their bodies must not delay opening.
const RUN_BLOCKS_MAX: usize = 1 << 12;

/// Rows of several blocks, each table's sorted by key.
#[derive(Default)]
pub(super) struct Run {
    pub(super) heights: Option<RangeInclusive<u64>>,
    pub(super) accounts: Sorted<29>,
    pub(super) slots: Sorted<61>,
    pub(super) hashes: Sorted<32>,
    pub(super) postings: Sorted<17>,
    bytes: usize,
    blocks: usize,
}

/// The rows of one block, ready to be put into a run.
pub(super) struct Rows {
    head: Head,
    accounts: Vec<Row<29>>,
    slots: Vec<Row<61>>,
    hashes: Vec<Row<32>>,
    postings: Vec<Row<17>>,
}

/// The head and the runs, which change together.
#[derive(Default)]
pub(super) struct Recent {
    runs: RwLock<Runs>,
}

#[derive(Default)]
pub(super) struct Runs {
    pub(super) head: Option<Head>,
    /// First height that is kept, but for genesis.
    pub(super) first: Height,
    /// Height at which a state was taken over.
    pub(super) began: Option<Height>,
    pub(super) active: Run,
    pub(super) sealed: Option<Arc<Run>>,
}

impl Rows {
    /// The index entries that a block leads to; those of its changes too unless they went to the
    /// disk already.
    pub(super) fn of(
        finalized: &FinalizedBlock<'_>,
        hash: LedgerHash,
        with_changes: bool,
    ) -> Result<Self, StoreError> {
        let height = finalized.block.header.height;
        let transactions = &finalized.block.transactions;
        let mut hashes = Vec::with_capacity(transactions.len().saturating_add(1));
        hashes.push((hash.0, layout::height_value(height).into()));
        for (index, transaction) in transactions.iter().enumerate() {
            let index = u32::try_from(index).map_err(|_| StoreError::Unfit {
                height,
                what: "it has more than 2^32 transactions".to_owned(),
            })?;
            hashes.push((
                transaction.hash().0,
                layout::location_value(height, index).into(),
            ));
        }
        let mut rows = Self {
            head: Head { height, hash },
            accounts: Vec::new(),
            slots: Vec::new(),
            hashes,
            postings: logs::postings(height, finalized.receipts),
        };
        if with_changes {
            let changes = finalized.changes;
            rows.accounts
                .extend(changes.accounts.iter().map(|(address, account)| {
                    (
                        layout::account_key(*address, height),
                        layout::account_value(account.as_ref()),
                    )
                }));
            rows.slots
                .extend(changes.slots.iter().map(|((address, slot), word)| {
                    (
                        layout::slot_key(*address, *slot, height),
                        layout::word_value(*word),
                    )
                }));
        }
        Ok(rows)
    }
}

impl Run {
    pub(super) fn add(&mut self, rows: Rows) {
        let height = rows.head.height.get();
        let first = self
            .heights
            .as_ref()
            .map_or(height, |heights| *heights.start());
        self.heights = Some(first..=height);
        self.blocks = self.blocks.saturating_add(1);
        let count = |rows: usize, key: usize| rows.saturating_mul(key.saturating_add(ROW_BYTES));
        self.bytes = self
            .bytes
            .saturating_add(count(rows.accounts.len(), 29))
            .saturating_add(count(rows.slots.len(), 61))
            .saturating_add(count(rows.hashes.len(), 32))
            .saturating_add(count(rows.postings.len(), 17));
        self.accounts.add(rows.accounts);
        self.slots.add(rows.slots);
        self.hashes.add(rows.hashes);
        self.postings.add(rows.postings);
    }

    /// Whether the run should be written out, given the bytes that it may have.
    pub(super) fn is_full(&self, bytes_max: usize) -> bool {
        self.bytes >= bytes_max || self.blocks >= RUN_BLOCKS_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks == 0
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Runs {
    fn newest_first(&self) -> impl Iterator<Item = &Run> {
        std::iter::once(&self.active).chain(self.sealed.as_deref())
    }

    pub(super) fn add(&mut self, rows: Rows) {
        self.head = Some(rows.head);
        self.active.add(rows);
    }

    pub(super) fn bytes(&self) -> usize {
        self.newest_first().map(Run::bytes).sum()
    }
}

impl Recent {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Runs> {
        self.runs.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Runs> {
        self.runs.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the block's rows and makes it the head, in one step for readers.
    pub(super) fn add(&self, rows: Rows) {
        self.write().add(rows);
    }

    /// The first value in a range of accounts, as stored.
    pub(super) fn account(&self, from: [u8; 29], to: [u8; 29]) -> Option<Slice> {
        self.newest(|run| run.accounts.first(&(from..=to)).map(|(_, value)| value))
    }

    /// The first value in a range of slots, as stored.
    pub(super) fn slot(&self, from: [u8; 61], to: [u8; 61]) -> Option<Slice> {
        self.newest(|run| run.slots.first(&(from..=to)).map(|(_, value)| value))
    }

    /// What is stored under a block's or a transaction's hash.
    pub(super) fn hash(&self, hash: B256) -> Option<Slice> {
        self.newest(|run| run.hashes.get(&hash.0))
    }

    /// The posting of a digest at a height.
    pub(super) fn posting(&self, key: &[u8; 17]) -> Option<Slice> {
        self.newest(|run| run.postings.get(key))
    }

    /// The postings in a range of keys, in no order, bounded in proportion to `limit`.
    pub(super) fn postings(&self, range: &RangeInclusive<[u8; 17]>, limit: usize) -> Vec<Row<17>> {
        let runs = self.read();
        let rows = runs
            .newest_first()
            .flat_map(|run| run.postings.range(range, limit));
        rows.cloned().collect()
    }

    fn newest(&self, find: impl Fn(&Run) -> Option<&Slice>) -> Option<Slice> {
        let runs = self.read();
        runs.newest_first().find_map(find).cloned()
    }
}
