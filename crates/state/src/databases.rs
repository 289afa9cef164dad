//! The authenticated state: four QMDB databases behind Ethereum's view of accounts, slots and code.
//!
//! Consensus owns the databases and their speculative batches; this module knows how a [`StateKey`]
//! becomes a database key, how [`StateChanges`] become a batch, and what a header commits to. It
//! knows no business rule.

use crate::{
    code::{Piece, count, cut, join, piece_key},
    index::WholeWord,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use commonware_cryptography::{Sha256, sha256::Digest};
use commonware_glue::stateful::db::{DatabaseSet, ManagedDb, Shared, Unmerkleized as _};
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
use std::num::{NonZeroU64, NonZeroUsize};

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

/// All databases of the state, as consensus drives them.
pub type Databases<E> = (
    Shared<AccountDb<E>>,
    Shared<SlotDb<E>>,
    Shared<RegistryDb<E>>,
    Shared<CodeDb<E>>,
);

/// A batch of reads and writes over some parent state.
pub type Batches<E> = <Databases<E> as DatabaseSet<E>>::Unmerkleized;

/// A batch with computed roots.
pub type Merkleized<E> = <Databases<E> as DatabaseSet<E>>::Merkleized;

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
            async |keys| batches.0.get_many(keys).await,
            |v| StateValue::Account(v.map(|v| account_of(&v))),
        )
        .await?;
    plan.slots
        .fetch(
            &mut values,
            "storage",
            async |keys| batches.1.get_many(keys).await,
            slot_value,
        )
        .await?;
    plan.registry
        .fetch(
            &mut values,
            "registry",
            async |keys| batches.2.get_many(keys).await,
            slot_value,
        )
        .await?;
    for (position, hash) in plan.code {
        if let Some(place) = values.get_mut(position) {
            *place = StateValue::Code(read_code::<E>(&batches.3, &hash).await?);
        }
    }
    Ok(values)
}

fn slot_value(word: Option<Word>) -> StateValue {
    StateValue::Slot(word.map(|w| word_value(&w)).unwrap_or_default())
}

type CodeBatch<E> = <CodeDb<E> as ManagedDb<E>>::Unmerkleized;

async fn read_code<E: Runtime>(batch: &CodeBatch<E>, hash: &B256) -> Result<Bytes, StateError> {
    let failed = |error| StateError::new("code", error);
    let first = batch
        .get(&digest(piece_key(hash, 0)))
        .await
        .map_err(failed)?;
    let missing = || StateError::new("code", format!("code {hash} is missing or damaged"));
    let first = first.ok_or_else(missing)?;
    let count = count(&first).ok_or_else(missing)?;
    let keys: Vec<Digest> = (1..count)
        .map(|number| digest(piece_key(hash, number)))
        .collect();
    let keys: Vec<&Digest> = keys.iter().collect();
    let mut pieces = vec![first];
    for piece in batch.get_many(&keys).await.map_err(failed)? {
        pieces.push(piece.ok_or_else(missing)?);
    }
    join(&pieces).map(Bytes::from).ok_or_else(missing)
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
    let (mut accounts, mut slots, mut registry, mut code) = batches;
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
        let first = digest(piece_key(hash, 0));
        let known = code
            .get(&first)
            .await
            .map_err(|error| StateError::new("code", error))?;
        if known.is_none() {
            for (number, piece) in (0u32..).zip(cut(bytes)) {
                code = code.set(digest(piece_key(hash, number)), piece);
            }
        }
    }
    let accounts = accounts
        .merkleize()
        .await
        .map_err(|e| StateError::new("accounts", e))?;
    let slots = slots
        .merkleize()
        .await
        .map_err(|e| StateError::new("storage", e))?;
    let registry = registry
        .merkleize()
        .await
        .map_err(|e| StateError::new("registry", e))?;
    let code = code
        .merkleize()
        .await
        .map_err(|e| StateError::new("code", e))?;
    Ok((accounts, slots, registry, code))
}

/// What a header commits to for a computed state.
pub fn commitment<E: Runtime>(merkleized: &Merkleized<E>) -> StateCommitment {
    let (accounts, slots, registry, code) = merkleized;
    macro_rules! current {
        ($batch:expr) => {
            DatabaseCommitment {
                ops_root: B256::from($batch.ops_root().0),
                root: B256::from($batch.root().0),
                start: *$batch.sync_boundary(),
                end: *$batch.bounds().tip.size,
            }
        };
    }
    let code_root = B256::from(code.root().0);
    StateCommitment {
        accounts: current!(accounts),
        storage: current!(slots),
        registry: current!(registry),
        code: DatabaseCommitment {
            ops_root: code_root,
            root: code_root,
            start: *code.bounds().inactivity_floor,
            end: *code.bounds().tip.size,
        },
    }
}

/// The commitment of databases at rest.
pub async fn committed<E: Runtime>(databases: &Databases<E>) -> StateCommitment {
    macro_rules! current {
        ($db:expr) => {{
            let db = $db.read().await;
            DatabaseCommitment {
                ops_root: B256::from(db.ops_root().0),
                root: B256::from(db.root().0),
                start: *db.sync_boundary(),
                end: *db.bounds().end,
            }
        }};
    }
    let code = {
        let db = databases.3.read().await;
        let root = B256::from(db.root().0);
        DatabaseCommitment {
            ops_root: root,
            root,
            start: *db.sync_boundary(),
            end: *db.bounds().end,
        }
    };
    StateCommitment {
        accounts: current!(databases.0),
        storage: current!(databases.1),
        registry: current!(databases.2),
        code,
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
