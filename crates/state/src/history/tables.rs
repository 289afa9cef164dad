//! The two databases of a store and their tables.
//!
//! The blocks are what the others are made from, so they have a database of their own: where an
//! index is damaged, the blocks can be opened without it and replayed.

use super::{Config, StoreError, engine::Engine, error::Place, journal, layout, prune::First};
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode,
    Slice,
    config::{BlockSizePolicy, CompressionPolicy, FilterPolicy, PartitioningPolicy},
};
use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Name of the directory of the blocks.
pub(super) const BLOCKS_DIRECTORY: &str = "blocks";

/// Name of the directory of the indexes.
pub(super) const INDEX_DIRECTORY: &str = "index";

/// Bytes of a block in the files of bodies: it holds one chunk.
const BODY_BLOCK_BYTES: u32 = 16 << 10;

/// Bytes by which a row is larger in a buffer than its key and value, about.
const ROW_BYTES: usize = 64;

/// A table of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Journaled {
    /// Headers, certificates, code.
    Chain = 0,
    /// Transactions and receipts.
    Bodies = 1,
    /// Changes of recent blocks.
    Recent = 2,
}

impl Journaled {
    pub(super) const ALL: [Self; 3] = [Self::Chain, Self::Bodies, Self::Recent];
}

/// The tables of the blocks. They are written through the engine's journal.
///
/// The engine's own rule for writing out full buffers is switched off: each commit over the limit
/// sends a message to the engine's thread, and a thread that is busy for a thousand commits then
/// waits for itself for ever (fjall 3.1.13: `inner_rotate_memtable` sends to the queue that only
/// its caller empties). [`Self::commit`] does it instead.
pub(super) struct BlockTables {
    pub(super) engine: Engine,
    pub(super) chain: Keyspace,
    pub(super) bodies: Keyspace,
    pub(super) recent: Keyspace,
    durability: PersistMode,
    buffer_bytes_max: u64,
    /// Bytes in the tables' buffers.
    buffered: [AtomicU64; 3],
    free_bytes_min: u64,
    /// The journal whose space was taken last.
    reserved: Mutex<Option<PathBuf>>,
}

/// The tables of the indexes. They are written in sorted files, see `sorter`.
pub(super) struct IndexTables {
    pub(super) engine: Engine,
    pub(super) hashes: Keyspace,
    pub(super) state: Keyspace,
    pub(super) logs: Keyspace,
}

/// Rows of blocks that become visible and durable together.
pub(super) struct Batch<'a> {
    tables: &'a BlockTables,
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
        self.rows.insert(self.tables.table(table), key, value);
    }

    pub(super) fn remove(&mut self, table: Journaled, key: impl Into<Slice>) {
        self.count(table, 0);
        self.rows.remove(self.tables.table(table), key);
    }

    fn count(&mut self, table: Journaled, bytes: usize) {
        let sum = &mut self.bytes[table as usize];
        *sum = sum.saturating_add(bytes).saturating_add(ROW_BYTES);
    }
}

impl BlockTables {
    pub(super) fn open(place: Place, config: &Config, first: &First) -> Result<Self, StoreError> {
        let (engine, [chain, bodies, recent]) =
            Engine::open(place, (config.cache_bytes / 3, first), |database| {
                Ok([
                    // Neighbouring headers say much the same of a state that rests.
                    database.keyspace("chain", packed)?,
                    // Keys only grow, so files of bodies move down the levels without being
                    // rewritten: they are compressed at once.
                    database.keyspace("bodies", || {
                        packed()
                            .filter_policy(FilterPolicy::disabled())
                            .data_block_size_policy(BlockSizePolicy::all(BODY_BLOCK_BYTES))
                    })?,
                    database.keyspace("recent", options)?,
                ])
            })?;
        let tables = Self {
            engine,
            chain,
            bodies,
            recent,
            durability: if config.durable {
                PersistMode::SyncData
            } else {
                PersistMode::Buffer
            },
            buffer_bytes_max: config.table_buffer_bytes,
            buffered: Default::default(),
            free_bytes_min: config.free_bytes_min,
            reserved: Mutex::default(),
        };
        let is_new = tables
            .engine
            .get(&tables.chain, &layout::HEAD_KEY)?
            .is_none();
        check_format(&tables.engine, &tables.chain, is_new)?;
        Ok(tables)
    }

    pub(super) fn table(&self, table: Journaled) -> &Keyspace {
        match table {
            Journaled::Chain => &self.chain,
            Journaled::Bodies => &self.bodies,
            Journaled::Recent => &self.recent,
        }
    }

    /// An empty batch.
    pub(super) fn batch(&self) -> Batch<'_> {
        Batch {
            tables: self,
            rows: OwnedWriteBatch::with_capacity(self.engine.database.clone(), 0),
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
        for table in Journaled::ALL {
            self.engine.catch_up(self.table(table))?;
        }
        let Batch { rows, bytes, .. } = batch;
        self.engine
            .guarded(action, || rows.durability(Some(durability)).commit())?;
        for table in Journaled::ALL {
            let buffered = &self.buffered[table as usize];
            let added = bytes[table as usize] as u64;
            let sum = buffered
                .fetch_add(added, Ordering::Relaxed)
                .saturating_add(added);
            if sum >= self.buffer_bytes_max {
                buffered.store(0, Ordering::Relaxed);
                self.engine.guarded("write out a buffer of", || {
                    self.table(table).rotate_memtable()
                })?;
            }
        }
        if self.durability != PersistMode::Buffer {
            self.reserve_journal();
        }
        Ok(())
    }

    /// Takes the space of the active journal, once. The engine begins another at any time.
    fn reserve_journal(&self) {
        let place = &self.engine.place;
        let active = journal::files(place).ok().and_then(|mut paths| paths.pop());
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(active) = active
            && reserved.as_ref() != Some(&active)
        {
            journal::reserve(place, &active, self.free_bytes_min);
            *reserved = Some(active);
        }
    }
}

impl IndexTables {
    /// Opens the indexes; `is_new` says that there are no blocks yet, so that there may be none.
    pub(super) fn open(
        place: Place,
        (config, first): (&Config, &First),
        is_new: bool,
    ) -> Result<Self, StoreError> {
        let cache_bytes = config.cache_bytes.saturating_sub(config.cache_bytes / 3);
        let (engine, [hashes, state, logs]) =
            Engine::open(place, (cache_bytes, first), |database| {
                Ok([
                    // Hashes do not compress.
                    database.keyspace("hashes", || {
                        options().data_block_compression_policy(CompressionPolicy::disabled())
                    })?,
                    database
                        .keyspace("state", || packed().filter_policy(FilterPolicy::disabled()))?,
                    database.keyspace("logs", packed)?,
                ])
            })?;
        let tables = Self {
            engine,
            hashes,
            state,
            logs,
        };
        check_format(&tables.engine, &tables.state, is_new)?;
        Ok(tables)
    }

    /// Writes rows, which ascend, into sorted files. They are on the disk afterwards.
    pub(super) fn ingest<K: Into<Slice>, V: Into<Slice>>(
        &self,
        table: &Keyspace,
        rows: impl Iterator<Item = (K, V)>,
    ) -> Result<(), StoreError> {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        self.engine.catch_up(table)?;
        self.engine.guarded("write sorted files to", || {
            let mut ingestion = table.start_ingestion()?;
            for (key, value) in rows {
                ingestion.write(key, value)?;
            }
            ingestion.finish()
        })
    }
}

/// Options of every table. They are stored when a table is created and read from there afterwards.
fn options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(u64::MAX)
        // Indexes and filters of large files are split, because one piece of them would be larger
        // than the cache takes.
        .index_block_partitioning_policy(PartitioningPolicy::all(true))
        .filter_block_partitioning_policy(PartitioningPolicy::all(true))
}

fn packed() -> KeyspaceCreateOptions {
    options().data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
}

/// Compares the format in a database's first table; writes it into one that may be new.
fn check_format(engine: &Engine, table: &Keyspace, may_be_new: bool) -> Result<(), StoreError> {
    let place = &engine.place;
    match engine.get(table, &layout::FORMAT_KEY)?.as_deref() {
        Some([layout::FORMAT]) => Ok(()),
        Some(other) => Err(StoreError::Format {
            path: place.store.clone(),
            node_dir: place.node.clone(),
            found: alloy_primitives::hex::encode(other),
            expected: layout::FORMAT,
        }),
        None if may_be_new => engine.guarded("write the format of", || {
            let database: &Database = &engine.database;
            let mut batch = database.batch().durability(Some(PersistMode::SyncAll));
            batch.insert(table, layout::FORMAT_KEY, [layout::FORMAT]);
            batch.commit()
        }),
        None => Err(place.corrupt("there are blocks, but its tables are missing or empty")),
    }
}
