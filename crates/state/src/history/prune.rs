//! Forgetting the oldest blocks, so that the history keeps to a number of bytes.
//!
//! First the beginning moves: reads before it are refused from then on. Then the storage engine
//! compacts its tables, and leaves out the rows that nobody can ask for any more: everything about
//! blocks before the beginning, and values of accounts and slots that a later one replaced by then.
//! A crash in between loses nothing; what was left is left out by a later compaction.

use super::{Store, StoreError, layout, tables::Journaled};
use fjall::{
    AbstractTree as _, Keyspace,
    compaction::filter::{
        CompactionFilter, CompactionFilterResult, Context, Factory, ItemAccessor, Verdict,
    },
};
use qiantang_types::Height;
use std::sync::{
    Arc, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// The first height that is kept, as compactions see it.
pub(super) type First = Arc<AtomicU64>;

impl Store {
    /// Forgets the blocks before `first`, but for genesis, and gives their bytes back. The state at
    /// `first` stays known. It takes as long as writing the indexes anew.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownHeight`] above the head; failures of the disk.
    pub fn prune(&self, first: Height) -> Result<(), StoreError> {
        if first <= self.first() {
            return Ok(());
        }
        self.check_height(first)?;
        // What is in memory only is made again from blocks that are not kept then.
        self.index()?.sorter.drain()?;
        self.move_beginning(first)?;
        let (blocks, index) = (&self.0.blocks, &self.index()?.tables);
        // Files of bodies follow each other, so most can go without being written anew.
        let (from, to) = (Height::new(1), Height::new(first.get().saturating_sub(1)));
        let from = layout::chunk_key(from, layout::Kind::Presence, 0);
        let to = layout::chunk_key(to, layout::Kind::Receipts, u32::MAX);
        blocks.engine.guarded("drop files of", || {
            Ok(blocks.bodies.tree.drop_range(from..=to)?)
        })?;
        for table in [&blocks.chain, &index.hashes, &index.state, &index.logs] {
            blocks.engine.guarded("compact", || compact(table))?;
        }
        Ok(())
    }

    fn move_beginning(&self, first: Height) -> Result<(), StoreError> {
        let _writing = self
            .0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut batch = self.0.blocks.batch();
        let value = layout::height_value(first);
        batch.insert(Journaled::Chain, layout::FIRST_KEY, value);
        self.0.blocks.commit("move the beginning of", batch)?;
        self.0.recent.write().first = first;
        self.0.pruned.store(first.get(), Ordering::Release);
        Ok(())
    }
}

fn compact(table: &Keyspace) -> fjall::Result<()> {
    table.rotate_memtable_and_wait()?;
    table.major_compact()
}

/// Which rows of a table a compaction leaves out.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// Headers and certificates, by the height in their keys.
    Chain,
    /// Bodies, by the height in their keys.
    Bodies,
    /// Hashes, by the height in their values.
    Hashes,
    /// Postings, by the height in their keys.
    Logs,
    /// Values that a later one replaced.
    State,
}

/// The filter of a table, by its name.
type Assign = dyn Fn(&str) -> Option<Arc<dyn Factory>> + Send + Sync;

/// The filters of all tables.
pub(super) fn filters(first: &First) -> Arc<Assign> {
    let first = first.clone();
    Arc::new(move |table| {
        let rule = match table {
            "chain" => Rule::Chain,
            "bodies" => Rule::Bodies,
            "hashes" => Rule::Hashes,
            "logs" => Rule::Logs,
            "state" => Rule::State,
            _ => return None,
        };
        let first = first.clone();
        Some(Arc::new(Filters { rule, first }))
    })
}

struct Filters {
    rule: Rule,
    first: First,
}

impl Factory for Filters {
    fn name(&self) -> &'static str {
        "pruned history"
    }

    fn make_filter(&self, _: &Context) -> Box<dyn CompactionFilter> {
        Box::new(Filter {
            rule: self.rule,
            first: self.first.load(Ordering::Acquire),
            replaced: Vec::new(),
        })
    }
}

struct Filter {
    rule: Rule,
    first: u64,
    /// Account or slot of which a value was seen that holds at `first`: older ones are replaced.
    replaced: Vec<u8>,
}

impl CompactionFilter for Filter {
    fn filter_item(&mut self, item: ItemAccessor<'_>, _: &Context) -> CompactionFilterResult {
        if self.first == 0 {
            return Ok(Verdict::Keep);
        }
        let key = item.key();
        let gone = match self.rule {
            Rule::Chain => layout::is_of_block(key) && self.is_before(layout::leading_height(key)),
            Rule::Bodies => self.is_before(layout::leading_height(key)),
            Rule::Logs => self.is_before(layout::trailing_height(key)),
            Rule::Hashes => {
                let value = item.value()?;
                self.is_before(value.get(..8).and_then(layout::read_height))
            }
            Rule::State => self.is_replaced(key),
        };
        // Every row was written once, or always the same.
        Ok(if gone {
            Verdict::Destroy
        } else {
            Verdict::Keep
        })
    }
}

impl Filter {
    /// Genesis is kept.
    fn is_before(&self, height: Option<Height>) -> bool {
        height.is_some_and(|height| height.get() > 0 && height.get() < self.first)
    }

    fn is_replaced(&mut self, key: &[u8]) -> bool {
        let Some((what, height)) = layout::historical(key) else {
            return false;
        };
        if height.get() > self.first {
            return false;
        }
        if self.replaced == what {
            return true;
        }
        self.replaced.clear();
        self.replaced.extend_from_slice(what);
        false
    }
}
