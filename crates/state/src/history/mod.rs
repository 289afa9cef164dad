//! The history of the ledger in an ordinary local store: blocks, receipts, indexes, and every
//! account and slot at every height.
//!
//! Consensus neither reads nor waits for it: after finalization the node appends each block with
//! [`Store::append`], and the API answers from it. It can always be rebuilt by executing the blocks
//! again, so a damaged store is an error that names the command (`qiantang replay`), never a wrong
//! answer.
//!
//! All calls are synchronous and may touch the disk; callers put them on threads that may block.
//! Appends are serialized inside; reads never wait for them. A block becomes visible to readers all
//! at once, when [`Store::head`] moves to it.
//!
//! There are two databases: the blocks (headers, bodies, receipts, certificates, code), written in
//! one batch per block, and the indexes (hashes, logs, histories of accounts and slots), which
//! gather in memory (`recent`) and reach the disk as sorted files (`sorter`). The indexes of blocks
//! that have not reached it yet are made again when the store opens.
//!
//! The module knows keys and bytes, no business rule: whether a block is valid is decided before it
//! comes here.

mod append;
mod base;
mod boundaries;
mod chain;
mod changes;
mod engine;
mod error;
mod integrity;
mod journal;
mod layout;
mod logs;
mod prune;
mod recent;
mod sorted;
mod sorter;
mod state;
mod tables;

pub use append::{Appended, FinalizedBlock};
pub use chain::{Blocks, IndexedReceipt};
pub use error::{LogsError, StoreError};
pub use logs::{
    LOG_ALTERNATIVES_MAX, LOG_RECEIPTS_MAX, LOG_STEPS_MAX, LogEntry, LogFilter, TOPICS,
};
pub use state::HistoryReader;

use error::Place;
use integrity::Journals;
use qiantang_types::{Header, Height, LedgerHash};
use recent::{Recent, Rows};
use sorter::Sorter;
use std::{
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Arc, Mutex, atomic::Ordering},
};
use tables::{BLOCKS_DIRECTORY, BlockTables, INDEX_DIRECTORY, IndexTables, Journaled};

/// Name that the store's directory should have inside the node's.
pub const DIRECTORY: &str = "history";

/// Directories below the store's that [`Store::bytes_on_disk`] descends.
const DEPTH_MAX: usize = 8;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Config {
    /// Bytes of blocks of the store's files that are kept in memory.
    pub cache_bytes: u64,
    /// Whether [`Store::append`] returns only when the block is on the disk (`fdatasync`). Without
    /// it a block that was appended survives the end of the process, but not that of the machine.
    pub durable: bool,
    /// Bytes that must stay free on the disk; an append that finds less is refused before it
    /// writes.
    pub free_bytes_min: u64,
    /// Bytes of recent blocks that a table keeps in memory before it writes them out.
    pub table_buffer_bytes: u64,
    /// Bytes of recent index entries that are kept in memory before they are written out sorted. Up
    /// to twice as much is used while they are.
    pub recent_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cache_bytes: 24 << 20,
            durable: true,
            free_bytes_min: 256 << 20,
            table_buffer_bytes: 8 << 20,
            recent_bytes: 32 << 20,
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
    recent: Arc<Recent>,
    /// Absent where only the blocks were opened. Declared before the blocks: its thread has let go
    /// of them when they close.
    index: Option<Index>,
    blocks: Arc<BlockTables>,
    writing: Mutex<()>,
    /// First height that is kept, as compactions see it.
    pruned: prune::First,
}

struct Index {
    sorter: Sorter,
    tables: Arc<IndexTables>,
}

/// Figures about a store, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of the block cache in use.
    pub cache_bytes: u64,
    /// Bytes of recent blocks in memory.
    pub buffered_bytes: u64,
    /// Bytes of recent index entries in memory, about.
    pub recent_bytes: usize,
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
            .field("path", &self.place().store)
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in `dir`; creates it where there is none. `dir` lies in the node's directory
    /// (what `--dir` says), which errors name in the command that repairs; see [`DIRECTORY`].
    ///
    /// # Errors
    ///
    /// No right to write, another process that has it open, another format, damaged files: each
    /// names the path and what to do.
    pub fn open(dir: &Path, config: Config) -> Result<Self, StoreError> {
        let place = Place::new(dir);
        let pruned = prune::First::default();
        let blocks = database(&place, BLOCKS_DIRECTORY, Journals::Check)?;
        let index = database(&place, INDEX_DIRECTORY, Journals::Check)?;
        let blocks = Arc::new(BlockTables::open(blocks, &config, &pruned)?);
        let head = stored_head(&blocks, Tables::All)?;
        let tables = Arc::new(IndexTables::open(
            index,
            (&config, &pruned),
            head.is_none(),
        )?);
        let recent = Arc::new(Recent::default());
        let sorter = Sorter::start(blocks.clone(), tables.clone(), recent.clone())?;
        let store = Self(Arc::new(Inner {
            place,
            config,
            recent,
            index: Some(Index { sorter, tables }),
            blocks,
            writing: Mutex::new(()),
            pruned,
        }));
        if let Some(head) = head {
            store.read_beginning()?;
            store.recover(head)?;
        }
        Ok(store)
    }

    /// Opens the blocks in `dir` alone, to replay them where the rest is damaged: their headers,
    /// bodies, receipts and certificates are read, everything else is refused. Journals that are
    /// damaged are cut, so the last blocks may be missing; copies of them stay.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], but for damage in what is not opened.
    pub fn open_blocks(dir: &Path, config: Config) -> Result<Self, StoreError> {
        let place = Place::new(dir);
        let pruned = prune::First::default();
        let blocks = database(&place, BLOCKS_DIRECTORY, Journals::Mend)?;
        let blocks = Arc::new(BlockTables::open(blocks, &config, &pruned)?);
        let head = stored_head(&blocks, Tables::Some)?;
        let recent = Arc::new(Recent::default());
        recent.write().head = head;
        let store = Self(Arc::new(Inner {
            place,
            config,
            recent,
            index: None,
            blocks,
            writing: Mutex::new(()),
            pruned,
        }));
        store.read_beginning()?;
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
        self.measure(&self.place().store, 0)
    }

    /// Figures for metrics.
    pub fn stats(&self) -> Stats {
        let blocks = &self.0.blocks;
        let index = self.0.index.as_ref().map(|index| &index.tables);
        let databases = || {
            let index = index.map(|index| &index.engine.database);
            std::iter::once(&blocks.engine.database).chain(index)
        };
        let indexes = index.map(|index| [&index.hashes, &index.state, &index.logs]);
        let tables = Journaled::ALL.map(|table| blocks.table(table)).into_iter();
        let tables = tables.chain(indexes.into_iter().flatten());
        Stats {
            cache_bytes: databases().map(|database| database.cache_size()).sum(),
            buffered_bytes: databases()
                .map(|database| database.write_buffer_size())
                .sum(),
            recent_bytes: self.0.recent.read().bytes(),
            journals: databases().map(|database| database.journal_count()).sum(),
            files: tables.map(|table| table.table_count()).sum(),
            compactions: databases()
                .map(|database| database.compactions_completed())
                .sum(),
        }
    }

    fn place(&self) -> &Place {
        &self.0.place
    }

    fn index(&self) -> Result<&Index, StoreError> {
        self.0.index.as_ref().ok_or_else(|| StoreError::BlocksOnly {
            path: self.place().store.clone(),
        })
    }

    fn current(&self) -> Option<Head> {
        self.0.recent.read().head
    }

    /// Whether there is a block at `height`; it may have been pruned.
    fn holds(&self, height: Height) -> bool {
        self.current().is_some_and(|head| height <= head.height)
    }

    /// Finds out where the history begins.
    fn read_beginning(&self) -> Result<(), StoreError> {
        let blocks = &self.0.blocks;
        let first = height_under(blocks, &blocks.chain, &layout::FIRST_KEY)?;
        let began = height_under(blocks, &blocks.chain, &layout::BEGAN_KEY)?;
        let mut runs = self.0.recent.write();
        runs.first = first.unwrap_or(Height::GENESIS);
        self.0.pruned.store(runs.first.get(), Ordering::Release);
        runs.began = began;
        Ok(())
    }

    /// Makes the index entries again that were only in memory.
    fn recover(&self, head: Head) -> Result<(), StoreError> {
        // From here on reads of blocks answer; nobody else has the store yet.
        self.0.recent.write().head = Some(head);
        let blocks = &self.0.blocks;
        let sorted = height_under(blocks, &blocks.chain, &layout::SORTED_KEY)?;
        let mut next = match sorted {
            None => Some(Height::GENESIS),
            Some(height) if height <= head.height => height.next(),
            Some(height) => {
                return Err(self.place().corrupt(format!(
                    "its indexes go to block {height} and its blocks to {}",
                    head.height
                )));
            }
        };
        while let Some(height) = next.filter(|height| *height <= head.height) {
            let rows = self.rows_again(height)?;
            self.0.recent.write().active.add(rows);
            next = height.next();
        }
        Ok(())
    }

    fn rows_again(&self, height: Height) -> Result<Rows, StoreError> {
        let lost = |what| {
            self.place()
                .corrupt(format!("the {what} of block {height} are missing"))
        };
        let block = self.block(height)?.ok_or_else(|| lost("bytes"))?;
        let receipts = self.receipts(height)?.ok_or_else(|| lost("receipts"))?;
        let blocks = &self.0.blocks;
        let changes = blocks
            .engine
            .get(&blocks.recent, &layout::changes_key(height))?
            .and_then(|bytes| changes::decode(&bytes))
            .ok_or_else(|| lost("changes"))?;
        let finalized = FinalizedBlock {
            block: &block,
            receipts: &receipts,
            changes: &changes,
            certificate: None,
        };
        Rows::of(&finalized, block.hash(), true)
    }

    fn measure(&self, directory: &Path, depth: usize) -> Result<u64, StoreError> {
        let fail = |source| self.place().io("measure", directory, source);
        let mut total = 0_u64;
        for entry in std::fs::read_dir(directory).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let bytes = match entry.metadata() {
                Ok(meta) if meta.is_dir() && depth < DEPTH_MAX => {
                    self.measure(&entry.path(), depth.saturating_add(1))?
                }
                // The journal is allocated ahead, so its length is not what it occupies (POSIX:
                // units of 512 bytes).
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

/// Makes a database's directory ready to be opened.
fn database(place: &Place, name: &str, journals: Journals) -> Result<Place, StoreError> {
    let place = place.within(name);
    std::fs::create_dir_all(&place.store)
        .map_err(|source| place.io("create the directory", &place.store, source))?;
    integrity::check_writable(&place)?;
    integrity::check_files(&place, journals)?;
    Ok(place)
}

/// How far the tables of the blocks have to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tables {
    /// All have the last block.
    All,
    /// The last block is the last that the tables have which replay reads.
    Some,
}

/// The last block.
fn stored_head(blocks: &BlockTables, tables: Tables) -> Result<Option<Head>, StoreError> {
    let engine = &blocks.engine;
    let place = &engine.place;
    let chain = height_under(blocks, &blocks.chain, &layout::HEAD_KEY)?;
    let [bodies, recent] = [&blocks.bodies, &blocks.recent].map(|table| {
        let key = engine.guarded("search in", || {
            table.last_key_value().map(fjall::Guard::key).transpose()
        })?;
        Ok::<_, StoreError>(key.and_then(|key| layout::leading_height(&key)))
    });
    let (bodies, recent) = (bodies?, recent?);
    if tables == Tables::All && (chain != bodies || recent > chain) {
        let end = |name: &str, height: Option<Height>| match height {
            Some(height) => format!("{name} ends at block {height}"),
            None => format!("{name} is empty"),
        };
        let ends = [
            end("chain", chain),
            end("bodies", bodies),
            end("recent", recent),
        ];
        return Err(place.corrupt(format!("its tables disagree: {}", ends.join(", "))));
    }
    let Some(height) = chain.min(bodies) else {
        return Ok(None);
    };
    let bytes = blocks
        .engine
        .get(&blocks.chain, &layout::header_key(height))?;
    let header = bytes.and_then(|bytes| Header::from_bytes(&bytes).ok());
    let header = header.ok_or_else(|| {
        place.corrupt(format!(
            "the header of its last block {height} does not read"
        ))
    })?;
    Ok(Some(Head {
        height,
        hash: header.hash(),
    }))
}

fn height_under(
    blocks: &BlockTables,
    table: &fjall::Keyspace,
    key: &[u8],
) -> Result<Option<Height>, StoreError> {
    let Some(value) = blocks.engine.get(table, key)? else {
        return Ok(None);
    };
    let height = layout::read_height(&value);
    let damaged = || {
        blocks
            .engine
            .place
            .corrupt("a height in it does not decode")
    };
    height.map(Some).ok_or_else(damaged)
}
