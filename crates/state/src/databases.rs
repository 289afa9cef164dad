//! The authenticated state: four QMDB databases behind Ethereum's view of accounts, slots and code.
//!
//! Consensus owns the databases and their speculative batches; this module knows how a [`StateKey`]
//! becomes a database key, how [`StateChanges`] become a batch, and what a header commits to. It
//! knows no business rule.

use crate::{
    code::{Piece, count, cut, join, piece_key},
    index::WholeWord,
    layer::{Draft, Layered as _},
    set::Each,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use commonware_cryptography::{Sha256, sha256::Digest};
use commonware_glue::stateful::db::DatabaseSet;
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Spawner, buffer::paged::CacheRef};
use commonware_storage::{
    Context,
    journal::contiguous::fixed,
    merkle::{Location, full, mmb},
    qmdb::{
        current::{self, FixedConfig},
        immutable,
        sync::Target,
    },
    translator::{EightCap, Translator},
};
use commonware_utils::{NZU64, NZUsize, non_empty_range, sequence::FixedBytes};
use qiantang_types::{
    ACCOUNT_BYTES, Account, DatabaseCommitment, LedgerHash, REGISTRY_ADDRESS, StateChanges,
    StateCommitment, StateKey, StateValue, ledger_hash,
};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    ops::Range,
};

pub use crate::set::{Batches, Databases, Merkleized};

/// Bytes of bitmap hashed into one leaf of a `current` database; part of every state proof's
/// format.
pub const BITMAP_CHUNK_BYTES: usize = 64;

/// Merkle family of all databases: a mountain belt whose peaks merge late.
pub type Family = mmb::Family;

/// Encoded account, see [`Account::to_bytes`].
pub type AccountValue = FixedBytes<ACCOUNT_BYTES>;

/// A 32-byte word.
pub type Word = FixedBytes<32>;

/// Accounts by hash of the address.
pub type AccountDb<E> = current::unordered::fixed::Db<
    Family,
    E,
    Digest,
    AccountValue,
    Sha256,
    EightCap,
    BITMAP_CHUNK_BYTES,
    Sequential,
>;

/// Storage slots by hash of address and slot.
pub type SlotDb<E> = current::unordered::fixed::Db<
    Family,
    E,
    Digest,
    Word,
    Sha256,
    EightCap,
    BITMAP_CHUNK_BYTES,
    Sequential,
>;

/// The registry: slots of [`REGISTRY_ADDRESS`] by their own order, with proofs of absence.
pub type RegistryDb<E> = current::ordered::fixed::Db<
    Family,
    E,
    Word,
    Word,
    Sha256,
    WholeWord,
    BITMAP_CHUNK_BYTES,
    Sequential,
>;

/// Contract code in pieces, see [`crate::code`]; append-only.
pub type CodeDb<E> = immutable::fixed::Db<Family, E, Digest, Piece, Sha256, EightCap, Sequential>;

/// What the databases must reach to be at some block.
pub type Targets<E> = <Databases<E> as DatabaseSet<E>>::SyncTargets;

/// Configuration of the databases.
pub type DatabasesConfig<E> = <Databases<E> as DatabaseSet<E>>::Config;

/// What the state needs of the runtime that executes it.
pub trait Runtime: Spawner + Context + Clock {}

impl<E: Spawner + Context + Clock> Runtime for E {}

/// A database could not be read or written. The node must stop: its own data is damaged or the disk
/// is gone.
#[derive(Debug, thiserror::Error)]
#[error(
    "the {database} database failed: {cause}; check the disk, then rebuild with `qiantang replay`"
)]
pub struct StateError {
    database: &'static str,
    cause: String,
}

impl StateError {
    /// A failure of the named database.
    pub fn new(database: &'static str, cause: impl std::fmt::Display) -> Self {
        Self {
            database,
            cause: cause.to_string(),
        }
    }
}

/// Sizes of files and buffers of the databases.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Merkle nodes in one file.
    pub nodes_per_file: NonZeroU64,
    /// Operations in one file.
    pub operations_per_file: NonZeroU64,
    /// Bytes of each write buffer.
    pub write_buffer: NonZeroUsize,
    /// Bytes of each buffer that replays a log at start.
    pub replay_buffer: NonZeroUsize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            nodes_per_file: NZU64!(1_000_000),
            operations_per_file: NZU64!(500_000),
            write_buffer: NZUsize!(256 * 1024),
            replay_buffer: NZUsize!(1 << 20),
        }
    }
}

/// Configuration of the databases under `prefix`.
pub fn config<E: Runtime>(prefix: &str, sizes: &Sizes, cache: &CacheRef) -> DatabasesConfig<E> {
    (
        current_config(&format!("{prefix}-accounts"), sizes, cache),
        current_config(&format!("{prefix}-slots"), sizes, cache),
        current_config(&format!("{prefix}-registry"), sizes, cache),
        code_config(&format!("{prefix}-code"), sizes, cache),
    )
}

fn merkle_config(prefix: &str, sizes: &Sizes, cache: &CacheRef) -> full::Config<Sequential> {
    full::Config {
        journal_partition: format!("{prefix}-nodes"),
        metadata_partition: format!("{prefix}-nodes-meta"),
        items_per_blob: sizes.nodes_per_file,
        write_buffer: sizes.write_buffer,
        replay_buffer: sizes.replay_buffer,
        strategy: Sequential,
        page_cache: cache.clone(),
    }
}

fn current_config<T: Translator + Default>(
    prefix: &str,
    sizes: &Sizes,
    cache: &CacheRef,
) -> FixedConfig<T, Sequential> {
    FixedConfig {
        merkle_config: merkle_config(prefix, sizes, cache),
        journal_config: log_config(prefix, sizes, cache),
        grafted_metadata_partition: format!("{prefix}-graft"),
        translator: T::default(),
        init_cache: Some(NZUsize!(1 << 16)),
        init_buffer: sizes.replay_buffer,
        init_concurrency: (),
    }
}

fn log_config(prefix: &str, sizes: &Sizes, cache: &CacheRef) -> fixed::Config {
    fixed::Config {
        partition: format!("{prefix}-log"),
        items_per_blob: sizes.operations_per_file,
        page_cache: cache.clone(),
        write_buffer: sizes.write_buffer,
        replay_buffer: sizes.replay_buffer,
    }
}

fn code_config(
    prefix: &str,
    sizes: &Sizes,
    cache: &CacheRef,
) -> immutable::fixed::Config<EightCap, Sequential> {
    immutable::Config {
        merkle_config: merkle_config(prefix, sizes, cache),
        log: log_config(prefix, sizes, cache),
        translator: EightCap,
        init_buffer: sizes.replay_buffer,
    }
}

/// Names of all partitions of the databases under `prefix`, for removing them.
pub fn partitions(prefix: &str) -> Vec<String> {
    const PARTS: [&str; 6] = [
        "log-blobs",
        "log-metadata",
        "nodes-blobs",
        "nodes-meta",
        "nodes-metadata",
        "graft",
    ];
    let databases = ["accounts", "slots", "registry", "code"].into_iter();
    databases
        .flat_map(|database| PARTS.map(|part| format!("{prefix}-{database}-{part}")))
        .collect()
}

/// Database key of an account.
pub fn account_key(address: &Address) -> LedgerHash {
    ledger_hash(&[address.as_slice()])
}

/// Database key of a slot outside the registry.
pub fn slot_key(address: &Address, slot: &U256) -> LedgerHash {
    ledger_hash(&[address.as_slice(), &slot.to_be_bytes::<32>()])
}

pub(crate) fn digest(hash: LedgerHash) -> Digest {
    Digest(hash.0)
}

pub(crate) fn word(value: &U256) -> Word {
    Word::new(value.to_be_bytes::<32>())
}

pub(crate) fn word_value(word: &Word) -> U256 {
    U256::from_be_slice(word.as_ref())
}

fn account_value(account: &Account) -> AccountValue {
    AccountValue::new(account.to_bytes())
}

pub(crate) fn account_of(value: &AccountValue) -> Account {
    let mut bytes = [0; ACCOUNT_BYTES];
    bytes.copy_from_slice(value.as_ref());
    Account::from_bytes(&bytes)
}

/// Reads `keys` from `batches`, in the order of the keys.
///
/// # Errors
///
/// A database that cannot be read, and code that the state names but does not hold.
pub async fn read<E: Runtime>(
    batches: &Batches<E>,
    keys: &[StateKey],
) -> Result<Vec<StateValue>, StateError> {
    let mut plan = ReadPlan::default();
    for (position, key) in keys.iter().enumerate() {
        plan.add(position, key);
    }
    let mut values = vec![StateValue::Account(None); keys.len()];
    plan.accounts
        .fetch(
            &mut values,
            "accounts",
            async |keys| batches.accounts.get_many(keys).await,
            |v| StateValue::Account(v.map(|v| account_of(&v))),
        )
        .await?;
    plan.slots
        .fetch(
            &mut values,
            "storage",
            async |keys| batches.slots.get_many(keys).await,
            slot_value,
        )
        .await?;
    plan.registry
        .fetch(
            &mut values,
            "registry",
            async |keys| batches.registry.get_many(keys).await,
            slot_value,
        )
        .await?;
    for (position, hash) in plan.code {
        if let Some(place) = values.get_mut(position) {
            *place = StateValue::Code(read_code::<E>(&batches.code, &hash).await?);
        }
    }
    Ok(values)
}

fn slot_value(word: Option<Word>) -> StateValue {
    StateValue::Slot(word.map(|w| word_value(&w)).unwrap_or_default())
}

async fn read_code<E: Runtime>(
    batch: &Draft<E, CodeDb<E>>,
    hash: &B256,
) -> Result<Bytes, StateError> {
    let missing = || StateError::new("code", format!("code {hash} is missing or damaged"));
    let mut pieces = read_pieces::<E>(batch, hash, 0..1).await?;
    let first = pieces
        .first()
        .and_then(Option::as_ref)
        .ok_or_else(missing)?;
    let count = count(first).ok_or_else(missing)?;
    pieces.extend(read_pieces::<E>(batch, hash, 1..count).await?);
    let pieces: Option<Vec<_>> = pieces.into_iter().collect();
    let code = pieces.and_then(|pieces| join(&pieces));
    code.map(Bytes::from).ok_or_else(missing)
}

async fn read_pieces<E: Runtime>(
    batch: &Draft<E, CodeDb<E>>,
    hash: &B256,
    numbers: Range<u32>,
) -> Result<Vec<Option<Piece>>, StateError> {
    let keys = numbers.map(|number| digest(piece_key(hash, number)));
    let keys: Vec<Digest> = keys.collect();
    let keys: Vec<&Digest> = keys.iter().collect();
    let pieces = batch.get_many(&keys).await;
    pieces.map_err(|error| StateError::new("code", error))
}

/// The keys of one read, sorted by the database that answers them.
#[derive(Default)]
struct ReadPlan {
    accounts: Lookups<Digest>,
    slots: Lookups<Digest>,
    registry: Lookups<Word>,
    code: Vec<(usize, B256)>,
}

impl ReadPlan {
    fn add(&mut self, position: usize, key: &StateKey) {
        match key {
            StateKey::Account(address) => {
                self.accounts.add(position, digest(account_key(address)));
            }
            StateKey::Slot(address, slot) if *address == REGISTRY_ADDRESS => {
                self.registry.add(position, word(slot));
            }
            StateKey::Slot(address, slot) => {
                self.slots.add(position, digest(slot_key(address, slot)));
            }
            StateKey::Code(hash) => self.code.push((position, *hash)),
        }
    }
}

struct Lookups<K> {
    positions: Vec<usize>,
    keys: Vec<K>,
}

impl<K> Default for Lookups<K> {
    fn default() -> Self {
        Self {
            positions: Vec::new(),
            keys: Vec::new(),
        }
    }
}

impl<K> Lookups<K> {
    fn add(&mut self, position: usize, key: K) {
        self.positions.push(position);
        self.keys.push(key);
    }

    async fn fetch<V, X: std::fmt::Display>(
        self,
        values: &mut [StateValue],
        database: &'static str,
        get_many: impl AsyncFnOnce(&[&K]) -> Result<Vec<Option<V>>, X>,
        convert: impl Fn(Option<V>) -> StateValue,
    ) -> Result<(), StateError> {
        if self.keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<&K> = self.keys.iter().collect();
        let found = get_many(&keys)
            .await
            .map_err(|error| StateError::new(database, error))?;
        for (position, value) in self.positions.into_iter().zip(found) {
            if let Some(place) = values.get_mut(position) {
                *place = convert(value);
            }
        }
        Ok(())
    }
}

/// Writes `changes` into `batches` and computes the roots. Nothing reaches a disk.
///
/// # Errors
///
/// A database that cannot be read.
pub async fn write<E: Runtime>(
    batches: Batches<E>,
    changes: &StateChanges,
) -> Result<Merkleized<E>, StateError> {
    let Each {
        mut accounts,
        mut slots,
        mut registry,
        mut code,
    } = batches;
    for (address, account) in &changes.accounts {
        accounts = accounts.write(
            digest(account_key(address)),
            account.as_ref().map(account_value),
        );
    }
    for ((address, slot), value) in &changes.slots {
        let written = (!value.is_zero()).then(|| word(value));
        if *address == REGISTRY_ADDRESS {
            registry = registry.write(word(slot), written);
        } else {
            slots = slots.write(digest(slot_key(address, slot)), written);
        }
    }
    for (hash, bytes) in &changes.code {
        // The same code may be deployed again; an append-only database takes each key once.
        let known = read_pieces::<E>(&code, hash, 0..1).await?;
        if known.iter().all(Option::is_none) {
            for (number, piece) in (0u32..).zip(cut(bytes)) {
                code = code.write(digest(piece_key(hash, number)), Some(piece));
            }
        }
    }
    let failed = |database| move |error| StateError::new(database, error);
    Ok(Each {
        accounts: accounts.seal().await.map_err(failed("accounts"))?,
        slots: slots.seal().await.map_err(failed("storage"))?,
        registry: registry.seal().await.map_err(failed("registry"))?,
        code: code.seal().await.map_err(failed("code"))?,
    })
}

/// What a header commits to for a computed state.
pub fn commitment<E: Runtime>(merkleized: &Merkleized<E>) -> StateCommitment {
    StateCommitment {
        accounts: merkleized.accounts.commitment(),
        storage: merkleized.slots.commitment(),
        registry: merkleized.registry.commitment(),
        code: merkleized.code.commitment(),
    }
}

/// The commitment of databases at rest.
pub async fn committed<E: Runtime>(databases: &Databases<E>) -> StateCommitment {
    StateCommitment {
        accounts: databases.accounts.read().await.commitment(),
        storage: databases.slots.read().await.commitment(),
        registry: databases.registry.read().await.commitment(),
        code: databases.code.read().await.commitment(),
    }
}

/// The targets that databases at `commitment` have; `None` where a range is empty, which no honest
/// header has.
pub fn targets<E: Runtime>(commitment: &StateCommitment) -> Option<Targets<E>> {
    let target = |c: &DatabaseCommitment| {
        let (start, end) = (
            Location::<Family>::new(c.start),
            Location::<Family>::new(c.end),
        );
        (start < end).then(|| Target::new(digest(c.ops_root), non_empty_range!(start, end)))
    };
    Some((
        target(&commitment.accounts)?,
        target(&commitment.storage)?,
        target(&commitment.registry)?,
        target(&commitment.code)?,
    ))
}
