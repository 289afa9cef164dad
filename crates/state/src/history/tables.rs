//! The storage engine's keyspaces, and the one place where its errors and panics become ours.
//!
//! The engine's own rule for writing out full buffers is switched off: each commit over the limit
//! sends a message to the engine's thread, and a thread that is busy for a thousand commits then
//! waits for itself for ever (fjall 3.1.13: `inner_rotate_memtable` sends to the queue that only
//! its caller empties). [`Tables::commit`] does it instead.

use super::{Config, StoreError, error::Place, layout};
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvPair, OwnedWriteBatch,
    PersistMode, Slice,
    config::{BlockSizePolicy, CompressionPolicy, FilterPolicy, PartitioningPolicy},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Bytes of the engine's journals after which tables that lag behind are written out: it bounds
/// what opening reads.
const JOURNAL_BYTES_MAX: u64 = 64 << 20;

/// Bytes of a block in the files of bodies: it holds one chunk.
const BODY_BLOCK_BYTES: u32 = 16 << 10;

/// Full buffers of one table that may wait to be written out.
const SEALED_MAX: usize = 2;

/// Files on a table's first level with which writes wait for compaction: each is searched by every
/// read.
const FIRST_LEVEL_FILES_MAX: usize = 12;

/// How often a writer looks whether the engine caught up; it gives no signal.
const CATCH_UP_POLL: Duration = Duration::from_millis(10);

/// How often it looks whether compaction caught up, before it goes on regardless.
const FIRST_LEVEL_POLLS: u32 = 50;

/// Bytes by which a row is larger in a buffer than its key and value, about.
const ROW_BYTES: usize = 64;

/// A keyspace that goes through journal and buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Journaled {
    Chain = 0,
    Bodies = 1,
    Recent = 2,
}

impl Journaled {
    pub(super) const ALL: [Self; 3] = [Self::Chain, Self::Bodies, Self::Recent];
}

/// The keyspaces, as `layout` describes them.
pub(super) struct Tables {
    pub(super) place: Place,
    pub(super) database: Database,
    pub(super) chain: Keyspace,
    pub(super) bodies: Keyspace,
    pub(super) recent: Keyspace,
    pub(super) hashes: Keyspace,
    pub(super) state: Keyspace,
    pub(super) logs: Keyspace,
    durability: PersistMode,
    buffer_bytes_max: u64,
    /// Bytes in the buffers of the journaled keyspaces.
    buffered: [AtomicU64; 3],
}

/// Rows that become visible and durable together.
pub(super) struct Batch<'a> {
    tables: &'a Tables,
    rows: OwnedWriteBatch,
    bytes: [usize; 3],
}

impl Batch<'_> {
    pub(super) fn insert(
        &mut self,
        table: Journaled,
        key: impl Into<Slice>,
        value: impl Into<Slice>,
    ) {
        let (key, value) = (key.into(), value.into());
        self.count(table, key.len().saturating_add(value.len()));
        self.rows.insert(self.tables.journaled(table), key, value);
    }

    pub(super) fn remove(&mut self, table: Journaled, key: impl Into<Slice>) {
        self.count(table, 0);
        self.rows.remove(self.tables.journaled(table), key);
    }

    fn count(&mut self, table: Journaled, bytes: usize) {
        let sum = &mut self.bytes[table as usize];
        *sum = sum.saturating_add(bytes).saturating_add(ROW_BYTES);
    }
}

impl Tables {
    pub(super) fn open(place: Place, config: &Config) -> Result<Self, StoreError> {
        // The engine asserts on some damage that no check before it sees; that is no reason to
        // abort.
        match catch_unwind(AssertUnwindSafe(|| open(&place, config))) {
            Ok(opened) => opened,
            Err(_) => Err(place.panicked("open")),
        }
    }

    pub(super) fn journaled(&self, table: Journaled) -> &Keyspace {
        match table {
            Journaled::Chain => &self.chain,
            Journaled::Bodies => &self.bodies,
            Journaled::Recent => &self.recent,
        }
    }

    pub(super) fn all(&self) -> [&Keyspace; 6] {
        let [chain, bodies, recent] = Journaled::ALL.map(|table| self.journaled(table));
        [chain, bodies, recent, &self.hashes, &self.state, &self.logs]
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

    /// An empty batch.
    pub(super) fn batch(&self) -> Batch<'_> {
        Batch {
            tables: self,
            rows: OwnedWriteBatch::with_capacity(self.database.clone(), 0),
            bytes: [0; 3],
        }
    }

    /// Commits a batch, durably if the configuration says so.
    pub(super) fn commit(&self, action: &'static str, batch: Batch<'_>) -> Result<(), StoreError> {
        self.commit_with(action, batch, self.durability)
    }

    /// Commits a batch that a crash of the machine may undo, if it undoes all that follow too.
    pub(super) fn commit_lazily(
        &self,
        action: &'static str,
        batch: Batch<'_>,
    ) -> Result<(), StoreError> {
        self.commit_with(action, batch, PersistMode::Buffer)
    }

    fn commit_with(
        &self,
        action: &'static str,
        batch: Batch<'_>,
        durability: PersistMode,
    ) -> Result<(), StoreError> {
        for table in Journaled::ALL.map(|table| self.journaled(table)) {
            self.catch_up(table)?;
        }
        let Batch { rows, bytes, .. } = batch;
        self.guarded(action, || rows.durability(Some(durability)).commit())?;
        for table in Journaled::ALL {
            let buffered = &self.buffered[table as usize];
            let added = bytes[table as usize] as u64;
            let sum = buffered
                .fetch_add(added, Ordering::Relaxed)
                .saturating_add(added);
            if sum >= self.buffer_bytes_max {
                buffered.store(0, Ordering::Relaxed);
                self.guarded("write out a buffer of", || {
                    self.journaled(table).rotate_memtable()
                })?;
            }
        }
        Ok(())
    }

    /// Waits while the engine is behind with a table: for its buffers until they are written; for
    /// compaction a while only, because the engine compacts when something is written, so that
    /// waiting until it did might be waiting for itself.
    #[expect(clippy::disallowed_methods, reason = "the engine gives no signal")]
    fn catch_up(&self, table: &Keyspace) -> Result<(), StoreError> {
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

    /// Writes rows, which ascend, into sorted files at once, past journal and buffers. They are on
    /// the disk afterwards.
    pub(super) fn ingest<K: Into<Slice>, V: Into<Slice>>(
        &self,
        table: &Keyspace,
        rows: impl Iterator<Item = (K, V)>,
    ) -> Result<(), StoreError> {
        self.catch_up(table)?;
        self.guarded("write sorted files to", || {
            let mut ingestion = table.start_ingestion()?;
            for (key, value) in rows {
                ingestion.write(key, value)?;
            }
            ingestion.finish()
        })
    }

    /// Runs an operation of the engine; an error or a panic of it names this store.
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

fn open(place: &Place, config: &Config) -> Result<Tables, StoreError> {
    let fail = |error| place.engine("open", error);
    let database = Database::builder(&place.store)
        .cache_size(config.cache_bytes)
        .max_journaling_size(JOURNAL_BYTES_MAX)
        .journal_compression(CompressionType::None)
        // With two, one spins while the other compacts.
        .worker_threads(1)
        .open()
        .map_err(fail)?;
    // Options are stored when a keyspace is created and read from there afterwards. Indexes and
    // filters of large files are split, because one piece of them would be larger than the cache
    // takes.
    let options = || {
        KeyspaceCreateOptions::default()
            .max_memtable_size(u64::MAX)
            .index_block_partitioning_policy(PartitioningPolicy::all(true))
            .filter_block_partitioning_policy(PartitioningPolicy::all(true))
    };
    let packed = || CompressionPolicy::all(CompressionType::Lz4);
    let tables = Tables {
        chain: database.keyspace("chain", options).map_err(fail)?,
        // Keys only grow, so files of bodies move down the levels without being rewritten: they are
        // compressed at once.
        bodies: database
            .keyspace("bodies", || {
                options()
                    .filter_policy(FilterPolicy::disabled())
                    .data_block_size_policy(BlockSizePolicy::all(BODY_BLOCK_BYTES))
                    .data_block_compression_policy(packed())
            })
            .map_err(fail)?,
        recent: database.keyspace("recent", options).map_err(fail)?,
        // Hashes do not compress.
        hashes: database
            .keyspace("hashes", || {
                options().data_block_compression_policy(CompressionPolicy::disabled())
            })
            .map_err(fail)?,
        state: database
            .keyspace("state", || {
                options()
                    .filter_policy(FilterPolicy::disabled())
                    .data_block_compression_policy(packed())
            })
            .map_err(fail)?,
        logs: database
            .keyspace("logs", || options().data_block_compression_policy(packed()))
            .map_err(fail)?,
        place: place.clone(),
        database,
        durability: if config.durable {
            PersistMode::SyncData
        } else {
            PersistMode::Buffer
        },
        buffer_bytes_max: config.table_buffer_bytes,
        buffered: Default::default(),
    };
    check_format(&tables)?;
    Ok(tables)
}

fn check_format(tables: &Tables) -> Result<(), StoreError> {
    let place = &tables.place;
    let found = tables.get(&tables.chain, &layout::FORMAT_KEY)?;
    match found.as_deref() {
        Some([layout::FORMAT]) => Ok(()),
        Some(other) => Err(StoreError::Format {
            path: place.store.clone(),
            node_dir: place.node.clone(),
            found: alloy_primitives::hex::encode(other),
            expected: layout::FORMAT,
        }),
        None if tables.get(&tables.chain, &layout::MARKER)?.is_some() => {
            Err(place.corrupt("its format is missing"))
        }
        None => {
            let mut batch = tables.batch();
            batch.insert(Journaled::Chain, layout::FORMAT_KEY, [layout::FORMAT]);
            tables.commit("write the format of", batch)
        }
    }
}
