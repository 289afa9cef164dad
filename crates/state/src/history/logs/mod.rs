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

mod index;
mod query;

pub(super) use index::postings;

use super::{Store, StoreError, error::LogsError};
use alloy_primitives::{Address, B256, Log};
use index::{digest_address, digest_any, digest_topic};
use qiantang_types::{Height, LedgerHash};
use query::{Dimension, Query};

/// Topics of a log at the most (LOG0 ... LOG4 of the virtual machine).
pub const TOPICS: usize = 4;

/// Addresses, or topics at one position, that a filter may name.
pub const LOG_ALTERNATIVES_MAX: usize = 256;

/// Index entries that one query may read.
pub const LOG_STEPS_MAX: usize = 250_000;

/// Receipts that one query may decode.
pub const LOG_RECEIPTS_MAX: usize = 250_000;

/// Blocks in the first window of a query.
const WINDOW_FIRST: u64 = 1 << 10;

/// A window in which fewer blocks matched is followed by a larger one.
const WINDOW_SPARSE: usize = 64;

/// A window in which more blocks matched is followed by a smaller one.
const WINDOW_DENSE: usize = 1 << 10;

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
        let first = self.first();
        if filter.from < first {
            let height = filter.from;
            return Err(StoreError::Pruned { height, first }.into());
        }
        let to = filter.to.min(head.height);
        let mut query = Query::new(self, filter, limit);
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
