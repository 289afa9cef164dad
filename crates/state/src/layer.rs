//! Batches of one database that cost nothing where nothing is written.
//!
//! An engine's batch appends operations and their tree even where it is empty. A [`Draft`] into
//! which nothing was written is sealed as its parent instead. That is a pure function of the
//! changes, so all nodes agree on it.

use crate::{
    code::Piece,
    databases::{AccountDb, AccountValue, CodeDb, Family, RegistryDb, Runtime, SlotDb, Word},
};
use alloy_primitives::B256;
use commonware_cryptography::{Sha256, sha256::Digest};
use commonware_glue::stateful::db::{ManagedDb, Shared};
use commonware_storage::qmdb::{self, floor::Proportional};
use qiantang_types::DatabaseCommitment;
use std::{future::Future, ops::Deref, sync::Arc};

/// Why a database does not answer.
pub type Failure = qmdb::Error<Family>;

/// The engine's batches of one database, by one name for all kinds of databases.
pub trait Layered<E>: ManagedDb<E, Error = Failure> + 'static {
    /// Keys.
    type Key: Send + Sync;
    /// Values.
    type Value: Send;
    /// A batch without roots.
    type Open: Send + Sync;
    /// A batch with roots, which may be shared.
    type Closed: Clone + Send + Sync;

    /// The applied state as a batch without operations.
    fn tip(&self) -> Self::Closed;

    /// A batch over the state that `parent` leads to.
    fn child(parent: &Self::Closed) -> Self::Open;

    /// Reads through a batch.
    fn get_many(
        &self,
        batch: &Self::Open,
        keys: &[&Self::Key],
    ) -> impl Future<Output = Result<Vec<Option<Self::Value>>, Failure>> + Send;

    /// Writes into a batch; `None` deletes.
    fn put(batch: Self::Open, key: Self::Key, value: Option<Self::Value>) -> Self::Open;

    /// Computes the roots.
    fn close(
        &self,
        batch: Self::Open,
    ) -> impl Future<Output = Result<Self::Closed, Failure>> + Send;

    /// Applies a batch.
    fn take(self, batch: Self::Closed) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// What a header commits to for the state that a batch leads to.
    fn promise(batch: &Self::Closed) -> DatabaseCommitment;

    /// What a header commits to for the applied state.
    fn commitment(&self) -> DatabaseCommitment;
}

type OpenOf<E, D> = <<D as ManagedDb<E>>::Unmerkleized as Deref>::Target;
type ClosedOf<E, D> = Arc<<<D as ManagedDb<E>>::Merkleized as Deref>::Target>;

/// What databases of all kinds do alike.
macro_rules! layered_alike {
    ($key:ty, $value:ty) => {
        type Key = $key;
        type Value = $value;
        type Open = OpenOf<E, Self>;
        type Closed = ClosedOf<E, Self>;

        fn tip(&self) -> Self::Closed {
            self.to_batch()
        }

        fn child(parent: &Self::Closed) -> Self::Open {
            parent.new_batch::<Sha256>()
        }

        async fn get_many(
            &self,
            batch: &Self::Open,
            keys: &[&Self::Key],
        ) -> Result<Vec<Option<Self::Value>>, Failure> {
            batch.get_many(keys, self).await
        }

        async fn take(self, batch: Self::Closed) -> Result<Self, Failure> {
            self.apply_batch(batch).await
        }
    };
}

macro_rules! layered_current {
    ($database:ident, $key:ty, $value:ty) => {
        impl<E: Runtime> Layered<E> for $database<E> {
            layered_alike!($key, $value);

            fn put(batch: Self::Open, key: Self::Key, value: Option<Self::Value>) -> Self::Open {
                batch.write(key, value)
            }

            async fn close(&self, batch: Self::Open) -> Result<Self::Closed, Failure> {
                batch.merkleize(self, None, &mut Proportional).await
            }

            fn promise(batch: &Self::Closed) -> DatabaseCommitment {
                DatabaseCommitment {
                    ops_root: B256::from(batch.ops_root().0),
                    root: B256::from(batch.root().0),
                    start: *batch.sync_boundary(),
                    end: *batch.bounds().tip.size,
                }
            }

            fn commitment(&self) -> DatabaseCommitment {
                DatabaseCommitment {
                    ops_root: B256::from(self.ops_root().0),
                    root: B256::from(self.root().0),
                    start: *self.sync_boundary(),
                    end: *self.bounds().end,
                }
            }
        }
    };
}

layered_current!(AccountDb, Digest, AccountValue);
layered_current!(SlotDb, Digest, Word);
layered_current!(RegistryDb, Word, Word);

/// A database that only grows has one root, and nothing is deleted.
impl<E: Runtime> Layered<E> for CodeDb<E> {
    layered_alike!(Digest, Piece);

    fn put(batch: Self::Open, key: Self::Key, value: Option<Self::Value>) -> Self::Open {
        match value {
            Some(value) => batch.set(key, value),
            None => batch,
        }
    }

    async fn close(&self, batch: Self::Open) -> Result<Self::Closed, Failure> {
        batch.merkleize(self, None, Default::default()).await
    }

    fn promise(batch: &Self::Closed) -> DatabaseCommitment {
        let root = B256::from(batch.root().0);
        DatabaseCommitment {
            ops_root: root,
            root,
            start: *batch.bounds().inactivity_floor,
            end: *batch.bounds().tip.size,
        }
    }

    fn commitment(&self) -> DatabaseCommitment {
        let root = B256::from(self.root().0);
        DatabaseCommitment {
            ops_root: root,
            root,
            start: *self.sync_boundary(),
            end: *self.bounds().end,
        }
    }
}

/// Reads and writes of one database over a parent state.
pub struct Draft<E, D: Layered<E>> {
    database: Shared<D>,
    parent: D::Closed,
    batch: D::Open,
    is_written: bool,
}

impl<E, D: Layered<E>> Draft<E, D> {
    /// Over the applied state.
    pub(crate) async fn at_tip(database: &Shared<D>) -> Self {
        let tip = database.read().await.tip();
        Self::over(database.clone(), tip)
    }

    fn over(database: Shared<D>, parent: D::Closed) -> Self {
        Self {
            batch: D::child(&parent),
            database,
            parent,
            is_written: false,
        }
    }

    /// Reads values in the order of their keys.
    ///
    /// # Errors
    ///
    /// A database that cannot be read, or that went another way meanwhile.
    pub async fn get_many(&self, keys: &[&D::Key]) -> Result<Vec<Option<D::Value>>, Failure> {
        self.database.read().await.get_many(&self.batch, keys).await
    }

    /// Writes a value; `None` deletes.
    #[must_use]
    pub(crate) fn write(mut self, key: D::Key, value: Option<D::Value>) -> Self {
        self.batch = D::put(self.batch, key, value);
        self.is_written = true;
        self
    }

    /// Computes the roots. What was not written into stays what its parent was.
    ///
    /// # Errors
    ///
    /// A database that cannot be read, or that went another way meanwhile.
    pub(crate) async fn seal(self) -> Result<Sealed<E, D>, Failure> {
        let batch = match self.is_written {
            true => self.database.read().await.close(self.batch).await?,
            false => self.parent,
        };
        Ok(Sealed {
            database: self.database,
            batch,
        })
    }
}

/// A state of one database that is not applied yet.
pub struct Sealed<E, D: Layered<E>> {
    database: Shared<D>,
    batch: D::Closed,
}

impl<E, D: Layered<E>> Clone for Sealed<E, D> {
    fn clone(&self) -> Self {
        Self {
            database: self.database.clone(),
            batch: self.batch.clone(),
        }
    }
}

impl<E, D: Layered<E>> Sealed<E, D> {
    /// What a header commits to.
    pub(crate) fn commitment(&self) -> DatabaseCommitment {
        D::promise(&self.batch)
    }

    pub(crate) fn fork(&self) -> Draft<E, D> {
        Draft::over(self.database.clone(), self.batch.clone())
    }

    /// Panics where the database fails, as the engine demands.
    pub(crate) async fn apply(self) {
        let (slot, mut database) = self.database.write().await;
        if database.commitment() != D::promise(&self.batch) {
            database = match database.take(self.batch).await {
                Ok(database) => database,
                Err(error) => panic!("the state of a block cannot be applied: {error}"),
            };
        }
        slot.put(database);
    }
}
