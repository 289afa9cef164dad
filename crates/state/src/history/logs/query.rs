//! One query over the log index: candidates window by window, then the receipts.

use super::{
    super::{LogsError, Store, StoreError, layout, layout::Kind},
    LOG_RECEIPTS_MAX, LOG_STEPS_MAX, LogEntry, LogFilter, WINDOW_DENSE,
    index::{Transactions, decode_indexes},
};
use qiantang_types::{Height, LedgerHash, Receipt};
use std::collections::BTreeMap;

/// Candidates up to which another dimension is asked block by block instead of scanned.
const LOOKUPS_MAX: usize = 32;

pub(super) struct Dimension {
    digests: Vec<u64>,
    /// Blocks with a posting in the window where it was counted last.
    count: usize,
}

impl Dimension {
    pub(super) fn new(digests: Vec<u64>) -> Self {
        Self { digests, count: 0 }
    }
}

pub(super) struct Candidates {
    /// Blocks that the leading dimension proposed.
    pub(super) proposed: usize,
    /// Those that all dimensions confirmed.
    pub(super) blocks: BTreeMap<Height, Transactions>,
}

pub(super) struct Query<'a> {
    store: &'a Store,
    filter: &'a LogFilter,
    limit: usize,
    dimensions: Vec<Dimension>,
    steps: usize,
    receipts: usize,
    /// Whether the dimensions were counted, all in the same window.
    measured: bool,
    pub(super) complete_to: Option<Height>,
    pub(super) found: Vec<LogEntry>,
}

impl<'a> Query<'a> {
    pub(super) fn new(store: &'a Store, filter: &'a LogFilter, limit: usize) -> Self {
        Self {
            store,
            filter,
            limit,
            dimensions: filter.dimensions(),
            steps: 0,
            receipts: 0,
            measured: false,
            complete_to: None,
            found: Vec::new(),
        }
    }

    pub(super) fn candidates(&mut self, from: Height, to: Height) -> Result<Candidates, LogsError> {
        let mut dimensions = std::mem::take(&mut self.dimensions);
        let mut blocks: Option<BTreeMap<Height, Transactions>> = None;
        let mut proposed = 0;
        for dimension in &mut dimensions {
            let confirmed = match &blocks {
                Some(blocks) if self.measured && blocks.is_empty() => break,
                Some(blocks) if self.measured && blocks.len() <= LOOKUPS_MAX => {
                    self.look_up(dimension, blocks)?
                }
                _ => {
                    let scanned = self.scan(dimension, from, to)?;
                    dimension.count = scanned.len();
                    scanned
                }
            };
            blocks = Some(match blocks {
                None => {
                    proposed = confirmed.len();
                    confirmed
                }
                Some(blocks) => intersect(blocks, confirmed),
            });
        }
        if !self.measured || proposed > WINDOW_DENSE {
            // The sparsest proposes from now on. Where it is dense after all, the next window
            // counts them anew.
            dimensions.sort_by_key(|dimension| dimension.count);
            self.measured = proposed <= WINDOW_DENSE;
        }
        self.dimensions = dimensions;
        Ok(Candidates {
            proposed,
            blocks: blocks.unwrap_or_default(),
        })
    }

    /// All postings of a dimension in a window.
    fn scan(
        &mut self,
        dimension: &Dimension,
        from: Height,
        to: Height,
    ) -> Result<BTreeMap<Height, Transactions>, LogsError> {
        let mut blocks = BTreeMap::new();
        let tables = &self.store.index()?.tables;
        for digest in &dimension.digests {
            self.step()?;
            let from = layout::posting_key(*digest, from);
            let to = layout::posting_key(*digest, to);
            let rest = LOG_STEPS_MAX.saturating_sub(self.steps).saturating_add(1);
            for (key, value) in self.store.0.recent.postings(&(from..=to), rest) {
                self.take(&mut blocks, &key, &value)?;
            }
            // Asked after memory: rows move from there to the files, so none is missed.
            let mut range = tables.logs.range(from..=to);
            while let Some((key, value)) = tables.engine.guarded("search the logs in", || {
                range.next().map(fjall::Guard::into_inner).transpose()
            })? {
                self.take(&mut blocks, &key, &value)?;
            }
        }
        Ok(blocks)
    }

    fn take(
        &mut self,
        blocks: &mut BTreeMap<Height, Transactions>,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), LogsError> {
        self.step()?;
        let height = layout::trailing_height(key).ok_or_else(|| self.damaged())?;
        let transactions = self.decode(value)?;
        merge(blocks, height, transactions);
        Ok(())
    }

    /// The postings of a dimension at the blocks that others proposed.
    fn look_up(
        &mut self,
        dimension: &Dimension,
        proposed: &BTreeMap<Height, Transactions>,
    ) -> Result<BTreeMap<Height, Transactions>, LogsError> {
        let mut blocks = BTreeMap::new();
        for height in proposed.keys() {
            for digest in &dimension.digests {
                self.step()?;
                let key = layout::posting_key(*digest, *height);
                if let Some(value) = self.store.posting(&key)? {
                    let transactions = self.decode(&value)?;
                    merge(&mut blocks, *height, transactions);
                }
            }
        }
        Ok(blocks)
    }

    pub(super) fn read_block(
        &mut self,
        height: Height,
        transactions: &Transactions,
    ) -> Result<(), LogsError> {
        let mut hash = None;
        match transactions {
            Transactions::Some(indexes) => {
                for index in indexes {
                    let Some(chunk) = self.store.chunk_with(height, Kind::Receipts, *index)? else {
                        return Err(self.damaged().into());
                    };
                    let Some(found) = self.store.receipt_in(&chunk, height, *index)? else {
                        return Err(self.damaged().into());
                    };
                    self.count_receipts(1)?;
                    self.read_receipt(
                        (height, *index),
                        &found.receipt,
                        found.first_log,
                        &mut hash,
                    )?;
                }
            }
            Transactions::All => {
                let receipts = self.store.receipts(height)?.unwrap_or_default();
                self.count_receipts(receipts.len())?;
                let mut first_log = 0_u32;
                for (index, receipt) in (0_u32..).zip(&receipts) {
                    self.read_receipt((height, index), receipt, first_log, &mut hash)?;
                    let count = u32::try_from(receipt.logs.len()).unwrap_or(u32::MAX);
                    first_log = first_log.saturating_add(count);
                }
            }
        }
        Ok(())
    }

    fn read_receipt(
        &mut self,
        (height, index): (Height, u32),
        receipt: &Receipt,
        first_log: u32,
        block_hash: &mut Option<LedgerHash>,
    ) -> Result<(), LogsError> {
        let mut transaction_hash = None;
        for (log_index, log) in (first_log..).zip(&receipt.logs) {
            if !self.filter.matches(log) {
                continue;
            }
            if self.found.len() >= self.limit {
                return Err(LogsError::TooManyResults {
                    limit: self.limit,
                    from: self.filter.from,
                    complete_to: self.complete_to,
                });
            }
            let hash = match *block_hash {
                Some(hash) => hash,
                None => {
                    let header = self.store.header(height)?;
                    let hash = header.ok_or_else(|| self.damaged())?.hash();
                    *block_hash = Some(hash);
                    hash
                }
            };
            let transaction = match transaction_hash {
                Some(hash) => hash,
                None => {
                    let found = self.store.transaction(height, index)?;
                    let hash = found.ok_or_else(|| self.damaged())?.hash();
                    transaction_hash = Some(hash);
                    hash
                }
            };
            self.found.push(LogEntry {
                height,
                block_hash: hash,
                transaction_index: index,
                transaction_hash: transaction,
                log_index,
                log: log.clone(),
            });
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), LogsError> {
        self.steps = self.steps.saturating_add(1);
        self.bound(self.steps, LOG_STEPS_MAX, "index entries")
    }

    fn count_receipts(&mut self, count: usize) -> Result<(), LogsError> {
        self.receipts = self.receipts.saturating_add(count);
        self.bound(self.receipts, LOG_RECEIPTS_MAX, "receipts")
    }

    fn bound(&self, count: usize, limit: usize, what: &'static str) -> Result<(), LogsError> {
        if count <= limit {
            return Ok(());
        }
        Err(LogsError::TooMuchWork {
            what,
            limit,
            from: self.filter.from,
            complete_to: self.complete_to,
        })
    }

    fn decode(&self, value: &[u8]) -> Result<Transactions, StoreError> {
        decode_indexes(value).ok_or_else(|| self.damaged())
    }

    fn damaged(&self) -> StoreError {
        self.store
            .place()
            .corrupt("an entry of the log index does not fit its block")
    }
}

fn merge(blocks: &mut BTreeMap<Height, Transactions>, height: Height, more: Transactions) {
    let merged = match blocks.remove(&height) {
        None => more,
        Some(before) => before.union(more),
    };
    blocks.insert(height, merged);
}

fn intersect(
    blocks: BTreeMap<Height, Transactions>,
    mut others: BTreeMap<Height, Transactions>,
) -> BTreeMap<Height, Transactions> {
    blocks
        .into_iter()
        .filter_map(|(height, transactions)| {
            let other = others.remove(&height)?;
            let both = transactions.intersection(other);
            (!both.is_empty()).then_some((height, both))
        })
        .collect()
}
