//! Rebuild every database from the blocks alone and compare every root.

use crate::{
    application::{check_extension, check_outcome, drive},
    block::SealedBlock,
    chain::Failure,
    epochs::Epochs,
    genesis::{seed, trust_root},
    keys::KeyError,
    panics,
    stack::{self, PREFIX},
};
use alloy_primitives::Bytes;
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::{Runner as _, Supervisor as _, tokio};
use qiantang_execution::{BlockError, BlockInput, Fiber, Rules, genesis_changes};
use qiantang_state::{
    databases::{self, Databases, Sizes},
    history::{FinalizedBlock, Store, StoreError},
};
use qiantang_types::{Block, ChainSpec, Height, LedgerHash, Transaction, beneficiary};
use std::{num::NonZeroUsize, path::PathBuf, sync::Arc};

/// Blocks between two points at which the rebuilt databases are made durable.
const DURABLE_EVERY: u64 = 256;

/// Pages of the cache while replaying.
const CACHE_PAGES: NonZeroUsize = NonZeroUsize::new(16_384).expect("not zero");

/// What to replay.
pub struct Replay {
    /// The chain.
    pub spec: Arc<ChainSpec>,
    /// Where the blocks are.
    pub source: Store,
    /// Where history and indexes are rebuilt.
    pub rebuilt: Store,
    /// Empty directory for the rebuilt databases.
    pub dir: PathBuf,
}

/// Why a replay ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The store of blocks or the rebuilt one.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rebuilt databases, or execution.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The chain spec.
    #[error(transparent)]
    Genesis(#[from] qiantang_execution::GenesisError),
    /// The validators' keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Nothing to replay.
    #[error("there is no block in the store; start the node once, then replay")]
    Empty,
    /// A block that the chain cannot have finalized.
    #[error("block {height} is not what the chain finalized: {reason}")]
    Mismatch {
        /// Height of the block.
        height: Height,
        /// What differs.
        reason: String,
    },
    /// The databases gave up.
    #[error("the rebuilt databases stopped: {0}")]
    Stopped(String),
}

/// Replays all blocks, calling `progress` with the height reached and the last one. Call it where
/// blocking is allowed.
///
/// Returns the last block's height and state root, which equal those of its header.
///
/// # Errors
///
/// The first block whose outcome or roots differ from its header, and stores or databases that
/// fail.
pub fn replay(
    what: Replay,
    progress: Box<dyn Fn(Height, Height) + Send>,
) -> Result<(Height, LedgerHash), ReplayError> {
    let config = tokio::Config::new()
        .with_worker_threads(1)
        .with_storage_directory(&what.dir);
    let thread = std::thread::Builder::new()
        .name("replay".to_owned())
        .stack_size(crate::engine::STACK_BYTES);
    let run =
        move || tokio::Runner::new(config).start(|context| Box::pin(run(context, what, progress)));
    let thread = thread
        .spawn(run)
        .map_err(|error| ReplayError::Stopped(error.to_string()))?;
    thread.join().unwrap_or_else(|panic| {
        let cause = panics::first().unwrap_or_else(|| panics::panic_text(panic.as_ref()));
        Err(ReplayError::Stopped(cause))
    })
}

async fn run(
    context: tokio::Context,
    what: Replay,
    progress: Box<dyn Fn(Height, Height) + Send>,
) -> Result<(Height, LedgerHash), ReplayError> {
    let (last, _) = what.source.head().ok_or(ReplayError::Empty)?;
    let changes = genesis_changes(&what.spec)?;
    let cache = stack::page_cache(CACHE_PAGES);
    let config = databases::config::<tokio::Context>(PREFIX, &Sizes::default(), &cache);
    let (databases, state) = Box::pin(seed(context.child("state"), config, &changes))
        .await
        .map_err(Failure::from)?;
    let genesis = block_at(&what.source, Height::GENESIS)?;
    if genesis.header.state != state {
        let reason = format!(
            "the chain spec leads to state root {}, its header says {}",
            state.state_root(),
            genesis.header.state.state_root()
        );
        return Err(ReplayError::Mismatch {
            height: Height::GENESIS,
            reason,
        });
    }
    let record = FinalizedBlock {
        block: &genesis,
        receipts: &[],
        changes: &changes,
        certificate: None,
    };
    what.rebuilt.append(&record)?;
    let sealed = SealedBlock::new(genesis.clone()).map_err(|error| ReplayError::Mismatch {
        height: Height::GENESIS,
        reason: error.to_string(),
    })?;
    let epochs = Epochs::new(&what.spec, &trust_root(&what.spec, &sealed), None)?;
    let mut parent = genesis;
    while let Some(height) = parent.header.height.next().filter(|height| *height <= last) {
        let block = block_at(&what.source, height)?;
        let certificate = what.source.certificate(height)?;
        Box::pin(replay_block(
            &what,
            (&databases, &epochs),
            (&parent, &block),
            certificate,
        ))
        .await?;
        if height.get().is_multiple_of(DURABLE_EVERY) {
            Box::pin(databases.finalize()).await.durable().await;
        }
        progress(height, last);
        parent = block;
    }
    Box::pin(databases.finalize()).await.durable().await;
    Ok((parent.header.height, parent.header.state.state_root()))
}

fn block_at(store: &Store, height: Height) -> Result<Block, ReplayError> {
    store.block(height)?.ok_or_else(|| ReplayError::Mismatch {
        height,
        reason: "it is missing from the store".to_owned(),
    })
}

async fn replay_block(
    what: &Replay,
    (databases, epochs): (&Databases<tokio::Context>, &Epochs),
    (parent, block): (&Block, &Block),
    certificate: Option<Bytes>,
) -> Result<(), ReplayError> {
    let height = block.header.height;
    let mismatch = |reason: String| ReplayError::Mismatch { height, reason };
    if block.header.parent != parent.hash() {
        return Err(mismatch(format!(
            "its parent is {}, not {}",
            block.header.parent,
            parent.hash()
        )));
    }
    let input = BlockInput {
        height,
        time: block.header.time,
        gas_limit: block.header.gas_limit,
        beneficiary: beneficiary(&block.header.context.leader),
        parent_hash: block.header.parent,
        chain_id: what.spec.chain_id,
        parameters: what.spec.parameters.clone(),
        last_of_epoch: epochs.is_boundary(height),
        faults: Vec::new(),
        rules: Rules::QIANTANG,
    };
    let transactions: Arc<[Transaction]> = block.transactions.as_slice().into();
    let batches = databases.new_batches().await;
    let fiber = Fiber::run(input, transactions).map_err(Failure::from)?;
    let outcome = match drive::<tokio::Context, _>(fiber, &batches).await? {
        Ok(outcome) => outcome,
        Err(BlockError::Fatal(fatal)) => return Err(Failure::from(fatal).into()),
        Err(invalid) => return Err(mismatch(invalid.to_string())),
    };
    let merkleized = databases::write::<tokio::Context>(batches, &outcome.changes)
        .await
        .map_err(Failure::from)?;
    let state = databases::commitment::<tokio::Context>(&merkleized);
    check_outcome(&block.header, &outcome, &state)
        .and_then(|()| check_extension(&block.header, epochs, &outcome))
        .map_err(mismatch)?;
    if epochs.is_boundary(height) {
        epochs
            .learn(&block.header)
            .map_err(|error| mismatch(error.to_string()))?;
    }
    Box::pin(databases.apply(merkleized)).await;
    what.rebuilt.append(&FinalizedBlock {
        block,
        receipts: &outcome.receipts,
        changes: &outcome.changes,
        certificate,
    })?;
    Ok(())
}
