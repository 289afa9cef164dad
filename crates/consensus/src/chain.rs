//! What all parts of consensus share: the chain's identity, the local stores, and how to stop.

use crate::{block::SealedBlock, clock::ChainClock, faults::Faults};
use event_listener::{Event, EventListener};
use qiantang_execution::Fatal;
use qiantang_state::{
    databases::StateError,
    history::{Store, StoreError},
};
use qiantang_txpool::Pool;
use qiantang_types::{Block, ChainSpec, Receipt, Transaction, TrustRoot};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// A failure after which this node must stop. Nothing finalized is lost: the block is taken over
/// again at the next start.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The authenticated state.
    #[error(transparent)]
    State(StateError),
    /// The local store of blocks and history.
    #[error(transparent)]
    Store(StoreError),
    /// Execution met something that is not a transaction's fault.
    #[error(transparent)]
    Execution(#[from] Fatal),
    /// A block is finalized here only after it was built or processed here.
    #[error("block {0} was finalized but never executed here; start the node again")]
    Unexecuted(u64),
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Who is told of each finalized block after it was stored; called in the order of heights, on a
/// thread that may block.
pub type Observer = Arc<dyn Fn(&Block, Vec<Receipt>) + Send + Sync>;

/// Takes transactions that a peer told of into the pool; the flag says whether other peers are to
/// be told of them. It may block.
pub type Admit = Arc<dyn Fn(Vec<Transaction>, bool) + Send + Sync>;

/// The node's own stores, which the engine fills, and the chain's clock.
pub struct Stores {
    /// What time it is on the chain.
    pub clock: ChainClock,
    /// Blocks, receipts, indexes and history.
    pub store: Store,
    /// Pending transactions.
    pub pool: Pool,
    /// Who is told of each finalized block.
    pub observer: Observer,
    /// What takes peers' transactions.
    pub admit: Admit,
}

/// The chain as one node keeps it.
pub struct Chain {
    /// Parameters.
    pub spec: Arc<ChainSpec>,
    /// What proofs are anchored in.
    pub root: TrustRoot,
    /// The first block.
    pub genesis: SealedBlock,
    /// What time it is on the chain.
    pub(crate) clock: ChainClock,
    /// Blocks, receipts, indexes and history.
    pub store: Store,
    /// Pending transactions.
    pub pool: Pool,
    observer: Observer,
    pub(crate) admit: Admit,
    pub(crate) faults: Faults,
    taken_over: AtomicU64,
    failure: Arc<OnceLock<Failure>>,
    failed: Event,
}

impl Chain {
    /// Puts the parts together.
    pub fn new(
        spec: Arc<ChainSpec>,
        root: TrustRoot,
        genesis: SealedBlock,
        stores: Stores,
    ) -> Self {
        let Stores {
            clock,
            store,
            pool,
            observer,
            admit,
        } = stores;
        let head = store.head().map_or(0, |(height, _)| height.get());
        Self {
            spec,
            root,
            genesis,
            clock,
            store,
            pool,
            observer,
            admit,
            faults: Faults::default(),
            taken_over: AtomicU64::new(head),
            failure: Arc::default(),
            failed: Event::new(),
        }
    }

    /// Records why the node must stop and never returns: the engine is torn down while this waits,
    /// so that nothing is acknowledged that was not stored.
    pub(crate) async fn fail<T>(&self, failure: Failure) -> T {
        tracing::error!(%failure, "the node must stop");
        if self.failure.set(failure).is_err() {
            tracing::error!("an earlier failure is being handled");
        }
        self.failed.notify(usize::MAX);
        futures::future::pending().await
    }

    /// Why the node must stop, if it must.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.get()
    }

    /// Wakes when the node must stop.
    pub fn listen_failure(&self) -> EventListener {
        self.failed.listen()
    }

    /// Height up to which the pool has dropped what the finalized blocks include.
    pub(crate) fn taken_over(&self) -> u64 {
        self.taken_over.load(Ordering::Acquire)
    }

    /// Tells everybody that `block` is final, stored and out of the pool.
    pub(crate) fn announce(&self, block: &Block, receipts: Vec<Receipt>) {
        tracing::debug!(height = %block.header.height, "finalized");
        self.taken_over
            .store(block.header.height.get(), Ordering::Release);
        (self.observer)(block, receipts);
    }
}
