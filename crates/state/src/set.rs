//! The databases as consensus drives them: a block costs only those that it changes, see
//! [`crate::layer`]. A block without transactions leaves three of the four as they are.

use crate::{
    databases::{self, AccountDb, CodeDb, RegistryDb, Runtime, SlotDb},
    layer::{Draft, Sealed},
};
use commonware_cryptography::Digest;
use commonware_glue::stateful::db::{
    Anchor, AttachableResolver, AttachableResolverSet, Barrier, DatabaseSet, Shared, StateSyncDb,
    StateSyncSet, SyncEngineConfig, TipUpdate,
};
use commonware_utils::channel::ring;
use futures::join;

/// One thing for each database of the state.
#[derive(Clone)]
pub struct Each<A, S, R, C> {
    /// Accounts.
    pub accounts: A,
    /// Slots outside the registry.
    pub slots: S,
    /// The registry.
    pub registry: R,
    /// Code.
    pub code: C,
}

/// All databases of the state.
pub type Databases<E> =
    Each<Shared<AccountDb<E>>, Shared<SlotDb<E>>, Shared<RegistryDb<E>>, Shared<CodeDb<E>>>;

/// A batch of reads and writes over some parent state.
pub type Batches<E> =
    Each<Draft<E, AccountDb<E>>, Draft<E, SlotDb<E>>, Draft<E, RegistryDb<E>>, Draft<E, CodeDb<E>>>;

/// A batch with computed roots.
pub type Merkleized<E> = Each<
    Sealed<E, AccountDb<E>>,
    Sealed<E, SlotDb<E>>,
    Sealed<E, RegistryDb<E>>,
    Sealed<E, CodeDb<E>>,
>;

/// The engine's own set of the same databases, which opens, syncs, prunes and serves them.
type EngineSet<E> = (
    Shared<AccountDb<E>>,
    Shared<SlotDb<E>>,
    Shared<RegistryDb<E>>,
    Shared<CodeDb<E>>,
);

impl<E: Runtime> Databases<E> {
    fn of((accounts, slots, registry, code): EngineSet<E>) -> Self {
        Self {
            accounts,
            slots,
            registry,
            code,
        }
    }

    fn engine_set(&self) -> EngineSet<E> {
        (
            self.accounts.clone(),
            self.slots.clone(),
            self.registry.clone(),
            self.code.clone(),
        )
    }
}

impl<E: Runtime> DatabaseSet<E> for Databases<E> {
    type Unmerkleized = Batches<E>;
    type Merkleized = Merkleized<E>;
    type Readers = <EngineSet<E> as DatabaseSet<E>>::Readers;
    type Config = <EngineSet<E> as DatabaseSet<E>>::Config;
    type SyncTargets = <EngineSet<E> as DatabaseSet<E>>::SyncTargets;

    async fn init(context: E, config: Self::Config, expected: Option<Self::SyncTargets>) -> Self {
        Self::of(EngineSet::<E>::init(context, config, expected).await)
    }

    fn initial_sync_targets() -> Self::SyncTargets {
        EngineSet::<E>::initial_sync_targets()
    }

    async fn new_batches(&self) -> Self::Unmerkleized {
        let (accounts, slots, registry, code) = join!(
            Draft::at_tip(&self.accounts),
            Draft::at_tip(&self.slots),
            Draft::at_tip(&self.registry),
            Draft::at_tip(&self.code),
        );
        Each {
            accounts,
            slots,
            registry,
            code,
        }
    }

    fn fork_batches(parent: &Self::Merkleized) -> Self::Unmerkleized {
        Each {
            accounts: parent.accounts.fork(),
            slots: parent.slots.fork(),
            registry: parent.registry.fork(),
            code: parent.code.fork(),
        }
    }

    fn matches_sync_targets(batches: &Self::Merkleized, targets: &Self::SyncTargets) -> bool {
        databases::targets::<E>(&databases::commitment::<E>(batches)).as_ref() == Some(targets)
    }

    fn readers(&self) -> Self::Readers {
        DatabaseSet::<E>::readers(&self.engine_set())
    }

    async fn apply(&self, batches: Self::Merkleized) {
        join!(
            batches.accounts.apply(),
            batches.slots.apply(),
            batches.registry.apply(),
            batches.code.apply(),
        );
    }

    async fn finalize(&self) -> Barrier {
        DatabaseSet::<E>::finalize(&self.engine_set()).await
    }

    async fn prune(&self, targets: &Self::SyncTargets) {
        DatabaseSet::<E>::prune(&self.engine_set(), targets).await;
    }

    async fn committed_targets(&self) -> Self::SyncTargets {
        DatabaseSet::<E>::committed_targets(&self.engine_set()).await
    }
}

impl<E, A, S, R, C> StateSyncSet<E, Each<A, S, R, C>> for Databases<E>
where
    E: Runtime,
    A: Send + 'static,
    S: Send + 'static,
    R: Send + 'static,
    C: Send + 'static,
    AccountDb<E>: StateSyncDb<E, A>,
    SlotDb<E>: StateSyncDb<E, S>,
    RegistryDb<E>: StateSyncDb<E, R>,
    CodeDb<E>: StateSyncDb<E, C>,
{
    type Error = String;

    async fn sync<D: Digest>(
        context: E,
        config: Self::Config,
        sources: Each<A, S, R, C>,
        anchor: Anchor<D>,
        targets: Self::SyncTargets,
        tip_updates: ring::Receiver<TipUpdate<D, Self::SyncTargets>>,
        sync_config: SyncEngineConfig,
    ) -> Result<(Self, Anchor<D>), Self::Error> {
        let synced = EngineSet::<E>::sync(
            context,
            config,
            (
                sources.accounts,
                sources.slots,
                sources.registry,
                sources.code,
            ),
            anchor,
            targets,
            tip_updates,
            sync_config,
        );
        let (databases, anchor) = synced.await?;
        Ok((Self::of(databases), anchor))
    }
}

impl<E, A, S, R, C> AttachableResolverSet<Databases<E>> for Each<A, S, R, C>
where
    E: Runtime,
    A: AttachableResolver<AccountDb<E>>,
    S: AttachableResolver<SlotDb<E>>,
    R: AttachableResolver<RegistryDb<E>>,
    C: AttachableResolver<CodeDb<E>>,
{
    async fn attach_databases(&self, databases: Databases<E>) {
        join!(
            self.accounts.attach_database(databases.accounts),
            self.slots.attach_database(databases.slots),
            self.registry.attach_database(databases.registry),
            self.code.attach_database(databases.code),
        );
    }
}
