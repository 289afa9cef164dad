//! The whole state at one block, read from the databases: what the history of a node begins with
//! that took over a state instead of executing every block.

use crate::databases::{CodeDb, Databases, Family, Runtime, StateError, account_of, word_value};
use alloy_primitives::U256;
use commonware_glue::stateful::db::{DatabaseSet, Reader};
use commonware_storage::{
    merkle::Location,
    qmdb::{
        any::operation::{Operation, Update as _},
        immutable::Operation as Append,
    },
};
use commonware_utils::NZU64;
use qiantang_types::{Account, DatabaseCommitment, StateCommitment};
use std::num::NonZeroU64;

/// Shared read access to the databases.
pub type Readers<E> = <Databases<E> as DatabaseSet<E>>::Readers;

/// Operations read at a time.
const OPERATIONS: NonZeroU64 = NZU64!(8192);

/// All entries of the state by the keys of the databases, ascending.
#[derive(Debug, Default)]
pub struct Base {
    /// Accounts by hash of the address.
    pub accounts: Vec<([u8; 32], Account)>,
    /// Slots outside the registry by hash of address and slot.
    pub slots: Vec<([u8; 32], U256)>,
    /// Slots of the registry by slot.
    pub registry: Vec<([u8; 32], U256)>,
    /// Pieces of code by their key, see [`crate::code`].
    pub code: Vec<([u8; 32], Vec<u8>)>,
}

/// Reads the operations of a database between the locations that a commitment names.
macro_rules! each_operation {
    ($reader:expr, $commitment:expr, $name:literal, $read:ident, $each:expr) => {{
        let commitment: &DatabaseCommitment = $commitment;
        let size = Location::<Family>::new(commitment.end);
        let mut next = commitment.start;
        while next < commitment.end {
            let start = Location::<Family>::new(next);
            let database = $reader.read().await;
            let (_, operations) = database
                .$read(size, start, OPERATIONS)
                .await
                .map_err(|error| StateError::new($name, error))?;
            drop(database);
            if operations.is_empty() {
                let lost = format!("it has no operation {next} of {}", commitment.end);
                return Err(StateError::new($name, lost));
            }
            next = next.saturating_add(operations.len() as u64);
            operations.into_iter().for_each($each);
        }
    }};
}

/// The entries of a database that knows which operations are current.
macro_rules! current {
    ($reader:expr, $commitment:expr, $name:literal, $convert:expr) => {{
        let mut newest = Newest::default();
        each_operation!(
            $reader,
            &$commitment,
            $name,
            ops_historical_proof,
            |operation| match operation {
                Operation::Update(update) =>
                    newest.see(update.key(), Some($convert(update.value()))),
                Operation::Delete(key) => newest.see(&key, None),
                Operation::CommitFloor(..) => {}
            }
        );
        newest.entries()
    }};
}

/// Reads the state that a header commits to. The databases may be ahead of it, as long as they have
/// not pruned what it needs.
///
/// # Errors
///
/// A database that cannot be read.
pub async fn read<E: Runtime>(
    readers: &Readers<E>,
    state: &StateCommitment,
) -> Result<Base, StateError> {
    let (accounts, slots, registry, code) = readers;
    Ok(Base {
        accounts: current!(accounts, state.accounts, "accounts", account_of),
        slots: current!(slots, state.storage, "storage", word_value),
        registry: current!(registry, state.registry, "registry", word_value),
        code: pieces(code, &state.code).await?,
    })
}

async fn pieces<E: Runtime>(
    reader: &Reader<CodeDb<E>>,
    commitment: &DatabaseCommitment,
) -> Result<Vec<([u8; 32], Vec<u8>)>, StateError> {
    let mut newest = Newest::default();
    each_operation!(reader, commitment, "code", historical_proof, |operation| {
        if let Append::Set(key, piece) = operation {
            newest.see(&key, Some(piece.as_ref().to_vec()));
        }
    });
    Ok(newest.entries())
}

/// The newest operation on each key, in the order in which they are found: `None` deletes.
struct Newest<V> {
    found: Vec<([u8; 32], Option<V>)>,
}

impl<V> Default for Newest<V> {
    fn default() -> Self {
        Self { found: Vec::new() }
    }
}

impl<V> Newest<V> {
    fn see(&mut self, key: &[u8], value: Option<V>) {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(key);
        self.found.push((bytes, value));
    }

    /// What is there at the end, by key.
    fn entries(self) -> Vec<([u8; 32], V)> {
        let mut found = self.found;
        // A stable sort from the last to the first, so that the newest of a key comes first.
        found.reverse();
        found.sort_by_key(|(key, _)| *key);
        found.dedup_by_key(|(key, _)| *key);
        let there = found.into_iter();
        there
            .filter_map(|(key, value)| value.map(|value| (key, value)))
            .collect()
    }
}
