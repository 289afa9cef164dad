//! The history of the ledger in an ordinary local store: blocks, receipts, indexes, and every account and slot at every
//! height.
//!
//! Consensus neither reads nor waits for it: after finalization the node appends each block with [`Store::append`], and
//! the API answers from it. It can always be rebuilt by executing the blocks again, so a damaged store is an error that
//! names the command (`qiantang replay`), never a wrong answer.
//!
//! All calls are synchronous and may touch the disk; callers put them on threads that may block. Appends are serialized
//! inside; reads never wait for them. A block becomes visible to readers all at once, when [`Store::head`] moves to it.
//!
//! The module knows keys and bytes, no business rule: whether a block is valid is decided before it comes here.

mod append;
mod chain;
mod error;
mod integrity;
mod layout;
mod logs;
mod state;

pub use append::{Appended, FinalizedBlock};
pub use chain::{Blocks, IndexedReceipt};
pub use error::{LogsError, StoreError};
pub use logs::{
    LOG_ALTERNATIVES_MAX, LOG_RECEIPTS_MAX, LOG_STEPS_MAX, LogEntry, LogFilter, TOPICS,
};
pub use state::HistoryReader;

use error::Place;
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions,
    config::{BlockSizePolicy, CompressionPolicy, FilterPolicy},
};
use qiantang_types::{Height, LedgerHash};
use std::{
    os::unix::fs::MetadataExt as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

/// Name of the store's directory inside the node's.
pub const DIRECTORY: &str = "history";

/// Directories below the store's that [`Store::bytes_on_disk`] descends.
const DEPTH_MAX: usize = 8;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Config {
    /// Bytes of blocks of the store's files that are kept in memory.
    pub cache_bytes: u64,
    /// Whether [`Store::append`] returns only when the block is on the disk (`fdatasync`). Without it a block that was
    /// appended survives the end of the process, but not that of the machine.
    pub durable: bool,
    /// Bytes that must stay free on the disk; an append that finds less is refused before it writes.
    pub free_bytes_min: u64,
    /// Bytes of recent writes that each table keeps in memory before it writes them out sorted.
    pub table_buffer_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cache_bytes: 16 << 20,
            durable: true,
            free_bytes_min: 256 << 20,
            table_buffer_bytes: 8 << 20,
        }
    }
}

/// The last block of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    height: Height,
    hash: LedgerHash,
}

/// The history store. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    place: Place,
    config: Config,
    database: Database,
    tables: Tables,
    head: RwLock<Option<Head>>,
    writing: Mutex<()>,
}

/// The keyspaces, as `layout` describes them.
struct Tables {
    chain: Keyspace,
    bodies: Keyspace,
    hashes: Keyspace,
    state: Keyspace,
    logs: Keyspace,
}

/// Figures about a store, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of the block cache in use.
    pub cache_bytes: u64,
    /// Bytes of writes that are in memory and in the journal, but not yet in sorted files.
    pub buffered_bytes: u64,
    /// Journal files.
    pub journals: usize,
    /// Sorted files.
    pub files: usize,
    /// Compactions that ran since the store was opened.
    pub compactions: usize,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.0.place.store)
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the history of the node whose directory is `dir` (what `--dir` says), in [`DIRECTORY`] inside it; creates it
    /// where there is none.
    ///
    /// # Errors
    ///
    /// No right to write, another process that has it open, another format, damaged files: each names the path and what
    /// to do.
    pub fn open(dir: &Path, config: Config) -> Result<Self, StoreError> {
        let place = Place {
            node: dir.to_owned(),
            store: dir.join(DIRECTORY),
        };
        std::fs::create_dir_all(&place.store)
            .map_err(|source| place.io("create the directory", &place.store, source))?;
        integrity::check_writable(&place)?;
        let lock = integrity::check_files(&place)?;
        drop(lock);
        // The engine asserts on some damage that the checks above cannot see; that is no reason to abort.
        let opened = catch_unwind(AssertUnwindSafe(|| open_tables(&place, &config)));
        let (database, tables) =
            opened.unwrap_or_else(|_| Err(place.corrupt("the storage engine cannot read it")))?;
        let store = Self(Arc::new(Inner {
            place,
            config,
            database,
            tables,
            head: RwLock::new(None),
            writing: Mutex::new(()),
        }));
        let head = store.recover_head()?;
        *store.0.head.write().unwrap_or_else(PoisonError::into_inner) = head;
        Ok(store)
    }

    /// Height and hash of the last block, or `None` in an empty store. Reads memory only.
    pub fn head(&self) -> Option<(Height, LedgerHash)> {
        self.current().map(|head| (head.height, head.hash))
    }

    /// Bytes that the store occupies on its disk.
    ///
    /// # Errors
    ///
    /// A directory that cannot be read.
    pub fn bytes_on_disk(&self) -> Result<u64, StoreError> {
        self.measure(&self.0.place.store, 0)
    }

    /// Figures for metrics.
    pub fn stats(&self) -> Stats {
        let inner = &self.0;
        Stats {
            cache_bytes: inner.database.cache_size(),
            buffered_bytes: inner.database.write_buffer_size(),
            journals: inner.database.journal_count(),
            files: inner
                .tables
                .all()
                .iter()
                .map(|table| table.table_count())
                .sum(),
            compactions: inner.database.compactions_completed(),
        }
    }

    fn current(&self) -> Option<Head> {
        *self.0.head.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the block at `height` is stored.
    fn holds(&self, height: Height) -> bool {
        self.current().is_some_and(|head| height <= head.height)
    }

    /// The head that the markers agree on.
    fn recover_head(&self) -> Result<Option<Head>, StoreError> {
        let place = &self.0.place;
        let mut marks = Vec::new();
        for table in self.0.tables.all() {
            let mark = match self.get(table, &layout::MARKER)? {
                None => None,
                Some(value) => Some(
                    layout::read_height(&value)
                        .ok_or_else(|| place.corrupt("a marker does not decode"))?,
                ),
            };
            marks.push((table.name().to_string(), mark));
        }
        let (_, first) = &marks[0];
        if marks.iter().any(|(_, mark)| mark != first) {
            let ends: Vec<_> = marks
                .iter()
                .map(|(name, mark)| match mark {
                    Some(height) => format!("{name} ends at block {height}"),
                    None => format!("{name} is empty"),
                })
                .collect();
            return Err(place.corrupt(format!("its tables disagree: {}", ends.join(", "))));
        }
        let Some(height) = *first else {
            return Ok(None);
        };
        let header = self.stored_header(height)?.ok_or_else(|| {
            place.corrupt(format!("the header of its last block {height} is missing"))
        })?;
        Ok(Some(Head {
            height,
            hash: header.hash(),
        }))
    }

    fn get(&self, table: &Keyspace, key: &[u8]) -> Result<Option<fjall::Slice>, StoreError> {
        self.guarded("read a value in", || table.get(key))
    }

    /// The first key and value in a range.
    fn first(
        &self,
        table: &Keyspace,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<fjall::KvPair>, StoreError> {
        self.guarded("search in", || {
            table
                .range(from..=to)
                .next()
                .map(fjall::Guard::into_inner)
                .transpose()
        })
    }

    /// Runs an operation of the engine; an error or a panic of it names this store.
    fn guarded<T>(
        &self,
        action: &'static str,
        operation: impl FnOnce() -> fjall::Result<T>,
    ) -> Result<T, StoreError> {
        let place = &self.0.place;
        match catch_unwind(AssertUnwindSafe(operation)) {
            Ok(outcome) => outcome.map_err(|error| place.engine(action, error)),
            Err(_) => Err(place.corrupt("the storage engine cannot read a file of it")),
        }
    }

    fn measure(&self, directory: &Path, depth: usize) -> Result<u64, StoreError> {
        let fail = |source| self.0.place.io("measure", directory, source);
        let mut total = 0_u64;
        for entry in std::fs::read_dir(directory).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let bytes = match entry.metadata() {
                Ok(meta) if meta.is_dir() && depth < DEPTH_MAX => {
                    self.measure(&entry.path(), depth.saturating_add(1))?
                }
                // The journal is allocated ahead, so its length is not what it occupies (POSIX: units of 512 bytes).
                Ok(meta) => meta.blocks().saturating_mul(512),
                // Compaction removes files at any time.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
                Err(error) => return Err(fail(error)),
            };
            total = total.saturating_add(bytes);
        }
        Ok(total)
    }
}

impl Tables {
    fn all(&self) -> [&Keyspace; 5] {
        [
            &self.chain,
            &self.bodies,
            &self.hashes,
            &self.state,
            &self.logs,
        ]
    }
}

fn open_tables(place: &Place, config: &Config) -> Result<(Database, Tables), StoreError> {
    let fail = |error| place.engine("open the history in", error);
    let database = Database::builder(&place.store)
        .cache_size(config.cache_bytes)
        .worker_threads(1)
        .open()
        .map_err(fail)?;
    // Options are stored when a keyspace is created and read from there afterwards.
    let options = || KeyspaceCreateOptions::default().max_memtable_size(config.table_buffer_bytes);
    let scanned = || options().filter_policy(FilterPolicy::disabled());
    let tables = Tables {
        chain: database.keyspace("chain", options).map_err(fail)?,
        // Keys only grow, so files of bodies move down the levels without being rewritten: they are compressed at once.
        bodies: database
            .keyspace("bodies", || {
                scanned()
                    .data_block_size_policy(BlockSizePolicy::all(16 << 10))
                    .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
            })
            .map_err(fail)?,
        // Hashes do not compress.
        hashes: database
            .keyspace("hashes", || {
                options().data_block_compression_policy(CompressionPolicy::disabled())
            })
            .map_err(fail)?,
        state: database.keyspace("state", scanned).map_err(fail)?,
        logs: database.keyspace("logs", options).map_err(fail)?,
    };
    check_format(place, &database, &tables.chain)?;
    Ok((database, tables))
}

fn check_format(place: &Place, database: &Database, chain: &Keyspace) -> Result<(), StoreError> {
    let fail = |error| place.engine("read the format of", error);
    let found = chain.get(layout::FORMAT_KEY).map_err(fail)?;
    match found.as_deref() {
        Some([layout::FORMAT]) => Ok(()),
        Some(other) => Err(StoreError::Format {
            path: place.store.clone(),
            node_dir: place.node.clone(),
            found: alloy_primitives::hex::encode(other),
            expected: layout::FORMAT,
        }),
        None => {
            let mut batch = database
                .batch()
                .durability(Some(fjall::PersistMode::SyncAll));
            batch.insert(chain, layout::FORMAT_KEY, [layout::FORMAT]);
            batch.commit().map_err(fail)
        }
    }
}

/// Where a store inside `dir` lies.
pub fn path_in(dir: &Path) -> PathBuf {
    dir.join(DIRECTORY)
}
