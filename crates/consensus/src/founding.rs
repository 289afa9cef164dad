//! What members need before there is a chain: to know the anchor that a chain spec leads to.

use crate::{
    block::SealedBlock,
    engine::{EngineError, STACK_BYTES},
    genesis::{GenesisError, genesis_block, seed, trust_root},
    panics,
    stack::{self, PREFIX},
};
use commonware_runtime::{Runner as _, Supervisor as _, tokio};
use qiantang_execution::genesis_changes;
use qiantang_state::databases::{self, Sizes};
use qiantang_types::{ChainSpec, TrustRoot};
use std::{num::NonZeroUsize, path::Path, sync::Arc};

/// Pages of the cache in front of the databases, which are written once and thrown away.
const CACHE_PAGES: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// The trust root of the chain that a spec describes. It makes the genesis state in `dir`, an empty
/// directory that is the caller's to remove. Call it where blocking is allowed.
///
/// # Errors
///
/// A spec that makes no genesis, and a directory that cannot be written.
pub fn found(spec: Arc<ChainSpec>, dir: &Path) -> Result<TrustRoot, EngineError> {
    first_block(spec, dir).map(|(_, root)| root)
}

/// The first block of the chain that a spec describes, and the trust root; as [`found`].
///
/// # Errors
///
/// As [`found`].
pub fn first_block(
    spec: Arc<ChainSpec>,
    dir: &Path,
) -> Result<(SealedBlock, TrustRoot), EngineError> {
    let config = tokio::Config::new()
        .with_worker_threads(1)
        .with_storage_directory(dir);
    let run = move || tokio::Runner::new(config).start(|context| Box::pin(make(context, spec)));
    let thread = std::thread::Builder::new()
        .name("genesis".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(run)
        .map_err(EngineError::Thread)?;
    thread.join().unwrap_or_else(|panic| {
        Err(EngineError::Stopped {
            dir: dir.to_path_buf(),
            cause: panics::first().unwrap_or_else(|| panics::panic_text(panic.as_ref())),
        })
    })
}

async fn make(
    context: tokio::Context,
    spec: Arc<ChainSpec>,
) -> Result<(SealedBlock, TrustRoot), EngineError> {
    let changes = genesis_changes(&spec).map_err(GenesisError::from)?;
    let cache = stack::page_cache(CACHE_PAGES);
    let config = databases::config::<tokio::Context>(PREFIX, &Sizes::default(), &cache);
    let (_, state) = Box::pin(seed(context.child("genesis"), config, &changes))
        .await
        .map_err(GenesisError::from)?;
    let genesis = genesis_block(&spec, state)?;
    let root = trust_root(&spec, &genesis);
    Ok((genesis, root))
}
