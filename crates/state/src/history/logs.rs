//! The log index and the queries over it.
//!
//! For each block, each address that logged and each topic at each position has one entry (a
//! posting): the key is a 64-bit digest of what is indexed and the height, the value the indexes of
//! the transactions, or nothing where they are more than [`POSTING_MAX`]. So an account's transfers
//! cost one entry per block however busy the token is, and a filter that matches little reads
//! little. Digests may collide: every match is checked against the receipt.
//!
//! A query walks the blocks in windows. In each window the dimension of the filter (address, topic
//! 0 ... topic 3) that had the fewest postings proposes blocks and the others confirm them; then
//! the receipts decide.

use super::{Store, StoreError, error::LogsError, layout, layout::Kind};
use alloy_primitives::{Address, B256, Log};
use qiantang_types::{Height, LedgerHash, Receipt};
use std::collections::BTreeMap;

/// Topics of a log at the most (LOG0 ... LOG4 of the virtual machine).
pub const TOPICS: usize = 4;

/// Addresses, or topics at one position, that a filter may name.
pub const LOG_ALTERNATIVES_MAX: usize = 256;

/// Index entries that one query may read.
pub const LOG_STEPS_MAX: usize = 250_000;

/// Receipts that one query may decode.
pub const LOG_RECEIPTS_MAX: usize = 250_000;

/// Transactions that a posting names; with more it stands for the whole block.
const POSTING_MAX: usize = 32;

/// Blocks in the first window of a query.
const WINDOW_FIRST: u64 = 1 << 10;

/// A window in which fewer blocks matched is followed by a larger one.
const WINDOW_SPARSE: usize = 64;

/// A window in which more blocks matched is followed by a smaller one.
const WINDOW_DENSE: usize = 1 << 10;

/// Candidates up to which another dimension is asked block by block instead of scanned.
const LOOKUPS_MAX: usize = 32;

/// Which logs a query wants, as `eth_getLogs` means it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// First block.
    pub from: Height,
    /// Last block; above the head it means the head.
    pub to: Height,
    /// Any of these addresses; all where empty.
    pub addresses: Vec<Address>,
    /// At each position any of these topics; all where empty.
    pub topics: [Vec<B256>; TOPICS],
}

/// A log that matched, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Height of its block.
    pub height: Height,
    /// Hash of its block.
    pub block_hash: LedgerHash,
    /// Index of its transaction in the block.
    pub transaction_index: u32,
    /// Hash of its transaction.
    pub transaction_hash: B256,
    /// Its index among the block's logs.
    pub log_index: u32,
    /// The log.
    pub log: Log,
}

impl LogFilter {
    fn matches(&self, log: &Log) -> bool {
        let topics = log.topics();
        (self.addresses.is_empty() || self.addresses.contains(&log.address))
            && self.topics.iter().enumerate().all(|(position, wanted)| {
                wanted.is_empty()
                    || topics
                        .get(position)
                        .is_some_and(|topic| wanted.contains(topic))
            })
    }

    fn check(&self) -> Result<(), LogsError> {
        let topics = self
            .topics
            .iter()
            .map(|topics| ("topics at one position", topics.len()));
        for (what, found) in topics.chain([("addresses", self.addresses.len())]) {
            if found > LOG_ALTERNATIVES_MAX {
                return Err(LogsError::TooManyAlternatives {
                    what,
                    found,
                    limit: LOG_ALTERNATIVES_MAX,
                });
            }
        }
        if self.from > self.to {
            return Err(LogsError::Reversed {
                from: self.from,
                to: self.to,
            });
        }
        Ok(())
    }

    /// For each dimension that the filter restricts, the digests of its alternatives; the postings
    /// of all logs where it restricts none.
    fn dimensions(&self) -> Vec<Dimension> {
        let addresses = self
            .addresses
            .iter()
            .map(|address| digest_address(*address))
            .collect();
        let topics = self.topics.iter().enumerate().map(|(position, topics)| {
            topics
                .iter()
                .map(|topic| digest_topic(position, *topic))
                .collect()
        });
        let mut dimensions: Vec<_> = std::iter::once(addresses)
            .chain(topics)
            .filter(|digests: &Vec<u64>| !digests.is_empty())
            .map(Dimension::new)
            .collect();
        if dimensions.is_empty() {
            dimensions.push(Dimension::new(vec![digest_any()]));
        }
        dimensions
    }
}

impl Store {
    /// The logs that match, in their order, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`LogsError::TooManyResults`] where more than `limit` match, [`LogsError::TooMuchWork`]
    /// where the filter needs more reading than one query may do; both say up to which block to ask
    /// instead. Filters that are too large or reversed; failures of the store.
    pub fn logs(&self, filter: &LogFilter, limit: usize) -> Result<Vec<LogEntry>, LogsError> {
        filter.check()?;
        let Some(head) = self.current() else {
            return Ok(Vec::new());
        };
        let to = filter.to.min(head.height);
        let mut query = Query {
            store: self,
            filter,
            limit,
            dimensions: filter.dimensions(),
            steps: 0,
            receipts: 0,
            measured: false,
            complete_to: None,
            found: Vec::new(),
        };
        let mut from = filter.from;
        let mut width = WINDOW_FIRST;
        while from <= to {
            let last = Height::new(from.get().saturating_add(width.saturating_sub(1))).min(to);
            let candidates = query.candidates(from, last)?;
            width = match candidates.proposed {
                count if count < WINDOW_SPARSE => width.saturating_mul(4),
                count if count > WINDOW_DENSE => (width / 4).max(1),
                _ => width,
            };
            for (height, transactions) in candidates.blocks {
                query.read_block(height, &transactions)?;
                query.complete_to = Some(height);
            }
            query.complete_to = Some(last);
            let Some(next) = last.next() else { break };
            from = next;
        }
        Ok(query.found)
    }
}

impl Store {
    fn posting(&self, key: &[u8; 17]) -> Result<Option<fjall::Slice>, StoreError> {
        match self.0.recent.posting(key) {
            Some(value) => Ok(Some(value)),
            None => {
                let tables = &self.index()?.tables;
                tables.engine.get(&tables.logs, key)
            }
        }
    }
}

/// The index entries of a block, by key.
pub(super) fn postings(height: Height, receipts: &[Receipt]) -> Vec<([u8; 17], fjall::Slice)> {
    let mut pairs = Vec::new();
    for (index, receipt) in receipts.iter().enumerate() {
        // Blocks hold at most `BLOCK_TRANSACTIONS_MAX` transactions, far below the end of the
        // range.
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        for log in &receipt.logs {
            pairs.push((digest_any(), index));
            pairs.push((digest_address(log.address), index));
            for (position, topic) in log.topics().iter().enumerate() {
                pairs.push((digest_topic(position, *topic), index));
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let groups = pairs.chunk_by(|a, b| a.0 == b.0).filter_map(|group| {
        let (digest, _) = group.first()?;
        let value = if group.len() > POSTING_MAX {
            Vec::new()
        } else {
            encode_indexes(group.iter().map(|(_, index)| *index))
        };
        Some((layout::posting_key(*digest, height), value.into()))
    });
    groups.collect()
}

/// Transactions of a block that may match.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Transactions {
    /// Any of the block.
    All,
    /// These, ascending.
    Some(Vec<u32>),
}

impl Transactions {
    fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some(mut a), Self::Some(b)) => {
                a.extend(b);
                a.sort_unstable();
                a.dedup();
                Self::Some(a)
            }
            _ => Self::All,
        }
    }

    fn intersection(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, other) => other,
            (this, Self::All) => this,
            (Self::Some(mut a), Self::Some(b)) => {
                a.retain(|index| b.binary_search(index).is_ok());
                Self::Some(a)
            }
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Some(indexes) if indexes.is_empty())
    }
}

struct Dimension {
    digests: Vec<u64>,
    /// Blocks with a posting in the window where it was counted last.
    count: usize,
}

impl Dimension {
    fn new(digests: Vec<u64>) -> Self {
        Self { digests, count: 0 }
    }
}

struct Candidates {
    /// Blocks that the leading dimension proposed.
    proposed: usize,
    /// Those that all dimensions confirmed.
    blocks: BTreeMap<Height, Transactions>,
}

struct Query<'a> {
    store: &'a Store,
    filter: &'a LogFilter,
    limit: usize,
    dimensions: Vec<Dimension>,
    steps: usize,
    receipts: usize,
    /// Whether the dimensions were counted, all in the same window.
    measured: bool,
    complete_to: Option<Height>,
    found: Vec<LogEntry>,
}

impl Query<'_> {
    fn candidates(&mut self, from: Height, to: Height) -> Result<Candidates, LogsError> {
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

    fn read_block(&mut self, height: Height, transactions: &Transactions) -> Result<(), LogsError> {
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

fn encode_indexes(indexes: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut previous = 0_u32;
    for index in indexes {
        let mut delta = index.saturating_sub(previous);
        previous = index;
        // LEB128: seven bits a byte, the lowest first.
        while delta >= 0x80 {
            out.push((delta & 0x7f) as u8 | 0x80);
            delta >>= 7;
        }
        out.push(delta as u8);
    }
    out
}

fn decode_indexes(value: &[u8]) -> Option<Transactions> {
    if value.is_empty() {
        return Some(Transactions::All);
    }
    let mut indexes = Vec::new();
    let (mut index, mut delta, mut shift) = (0_u32, 0_u32, 0_u32);
    for byte in value {
        let bits = u32::from(byte & 0x7f);
        delta |= bits
            .checked_shl(shift)
            .filter(|shifted| shifted >> shift == bits)?;
        if byte & 0x80 == 0 {
            index = index.checked_add(delta)?;
            indexes.push(index);
            (delta, shift) = (0, 0);
        } else {
            shift = shift.checked_add(7)?;
        }
    }
    (shift == 0).then_some(Transactions::Some(indexes))
}

fn digest_any() -> u64 {
    digest(0, [0; 32])
}

fn digest_address(address: Address) -> u64 {
    digest(1, address.into_word().0)
}

fn digest_topic(position: usize, topic: B256) -> u64 {
    digest((position as u64).saturating_add(2), topic.0)
}

/// Mixes 32 bytes to 64 bits: multiply, fold the halves, word by word. Part of the store's format.
/// It need not resist attackers: a collision costs a query one more receipt, and the query's work
/// is bounded.
fn digest(dimension: u64, value: [u8; 32]) -> u64 {
    const FACTORS: [u64; 4] = [
        0x9e37_79b9_7f4a_7c15,
        0xbf58_476d_1ce4_e5b9,
        0x94d0_49bb_1331_11eb,
        0xd6e8_feb8_6659_fd93,
    ];
    let mut state = dimension.wrapping_mul(0xa076_1d64_78bd_642f) ^ 0xe703_7ed1_a0b4_28db;
    let (words, _) = value.as_chunks::<8>();
    for (word, factor) in words.iter().zip(FACTORS) {
        let mixed = state ^ u64::from_le_bytes(*word);
        let product = u128::from(mixed).wrapping_mul(u128::from(factor));
        state = (product as u64) ^ ((product >> 64) as u64) ^ state.rotate_left(29);
    }
    state
}
