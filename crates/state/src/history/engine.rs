//! One database of the storage engine, and the place where its errors and panics become ours.

use super::{
    StoreError,
    error::Place,
    prune::{self, First},
};
use fjall::{CompressionType, Database, Keyspace, KvPair, PersistMode, Slice};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// Bytes of the engine's journals after which tables that lag behind are written out: it bounds
/// what opening reads.
const JOURNAL_BYTES_MAX: u64 = 64 << 20;

/// Full buffers of one table that may wait to be written out.
const SEALED_MAX: usize = 2;

/// Files on a table's first level with which writes wait for compaction: each is searched by every
/// read.
const FIRST_LEVEL_FILES_MAX: usize = 12;

/// How often a writer looks whether the engine caught up; it gives no signal.
const CATCH_UP_POLL: Duration = Duration::from_millis(10);

/// How often it looks whether compaction caught up, before it goes on regardless.
const FIRST_LEVEL_POLLS: u32 = 50;

/// A database and where it lies.
pub(super) struct Engine {
    pub(super) place: Place,
    pub(super) database: Database,
}

impl Engine {
    /// Opens the database and what `tables` makes of it.
    pub(super) fn open<T>(
        place: Place,
        (cache_bytes, first): (u64, &First),
        tables: impl FnOnce(&Database) -> fjall::Result<T>,
    ) -> Result<(Self, T), StoreError> {
        // The engine asserts on some damage that no check before it sees; that is no reason to
        // abort.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let database = Database::builder(&place.store)
                .cache_size(cache_bytes)
                .max_journaling_size(JOURNAL_BYTES_MAX)
                .journal_compression(CompressionType::None)
                // With two, one spins while the other compacts.
                .worker_threads(1)
                .with_compaction_filter_factories(prune::filters(first))
                .open()?;
            let tables = tables(&database)?;
            Ok((database, tables))
        }));
        match opened {
            Ok(Ok((database, tables))) => Ok((Self { place, database }, tables)),
            Ok(Err(error)) => Err(place.engine("open", error)),
            Err(_) => Err(place.panicked("open")),
        }
    }

    pub(super) fn get(&self, table: &Keyspace, key: &[u8]) -> Result<Option<Slice>, StoreError> {
        self.guarded("read a value in", || table.get(key))
    }

    /// The first key and value in a range.
    pub(super) fn first(
        &self,
        table: &Keyspace,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<KvPair>, StoreError> {
        self.guarded("search in", || {
            let mut range = table.range(from..=to);
            range.next().map(fjall::Guard::into_inner).transpose()
        })
    }

    /// The last key and value in a range.
    pub(super) fn last(
        &self,
        table: &Keyspace,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<KvPair>, StoreError> {
        self.guarded("search in", || {
            let mut range = table.range(from..=to);
            range.next_back().map(fjall::Guard::into_inner).transpose()
        })
    }

    /// Waits while the engine is behind with a table: for its buffers until they are written; for
    /// compaction a while only, because the engine compacts when something is written, so that
    /// waiting until it did might be waiting for itself.
    #[expect(clippy::disallowed_methods, reason = "the engine gives no signal")]
    pub(super) fn catch_up(&self, table: &Keyspace) -> Result<(), StoreError> {
        let mut patience = FIRST_LEVEL_POLLS;
        while table.sealed_memtable_count() >= SEALED_MAX
            || (table.l0_table_count() >= FIRST_LEVEL_FILES_MAX && patience > 0)
        {
            // This fails when the engine's own thread has failed, which would never catch up.
            self.guarded("write to", || self.database.persist(PersistMode::Buffer))?;
            std::thread::sleep(CATCH_UP_POLL);
            patience = patience.saturating_sub(1);
        }
        Ok(())
    }

    /// Runs an operation of the engine; an error or a panic of it names this database.
    pub(super) fn guarded<T>(
        &self,
        action: &'static str,
        operation: impl FnOnce() -> fjall::Result<T>,
    ) -> Result<T, StoreError> {
        match catch_unwind(AssertUnwindSafe(operation)) {
            Ok(outcome) => outcome.map_err(|error| self.place.engine(action, error)),
            Err(_) => Err(self.place.panicked(action)),
        }
    }
}
