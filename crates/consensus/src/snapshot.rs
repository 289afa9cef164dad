//! A state by file: databases that were copied are brought to a certified block, and databases that
//! came from elsewhere are compared with one.

use crate::{
    engine::{EngineError, STACK_BYTES},
    epochs::Epochs,
    joining::{self, Joining},
    panics,
    stack::{self, PREFIX},
};
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::{Runner as _, Supervisor as _, tokio};
use qiantang_state::databases::{self, Databases, Sizes};
use qiantang_types::{ChainSpec, Header, StateCommitment, TrustRoot};
use std::{num::NonZeroUsize, path::Path};

/// Pages of the cache in front of the databases.
const CACHE_PAGES: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// Names of the directories of the databases, in the engine's.
pub fn state_directories() -> Vec<String> {
    databases::partitions(PREFIX)
}

/// Takes databases in `dir`, a copy that is the caller's, back to the state of a block that they
/// have passed. Call it where blocking is allowed.
///
/// # Errors
///
/// Databases that are not on the way from that block, or damaged.
pub fn rewind(dir: &Path, header: &Header) -> Result<(), EngineError> {
    let state = header.state.clone();
    run(dir, move |context| {
        Box::pin(async move {
            let cache = stack::page_cache(CACHE_PAGES);
            let config = databases::config::<tokio::Context>(PREFIX, &Sizes::default(), &cache);
            let targets = databases::targets::<tokio::Context>(&state);
            let context = context.child("snapshot");
            let databases = Databases::<tokio::Context>::init(context, config, targets).await;
            Box::pin(databases.finalize()).await.durable().await;
            let found = databases::committed::<tokio::Context>(&databases).await;
            compare(&found, &state);
            Ok(())
        })
    })
}

/// Checks what a snapshot says of the sets and of its block from the first validators on, and that
/// the databases in `dir` hold exactly the state that the block's header commits to. Call it where
/// blocking is allowed.
///
/// # Errors
///
/// What is not proved, or does not fit.
pub fn check(
    spec: &ChainSpec,
    root: &TrustRoot,
    joining: &Joining,
    dir: &Path,
) -> Result<(), EngineError> {
    let epochs = Epochs::new(spec, root, None)?;
    let joining = joining.clone();
    run(dir, move |context| {
        Box::pin(async move {
            joining::check(&epochs, &mut context.child("certificates"), &joining)?;
            let cache = stack::page_cache(CACHE_PAGES);
            let config = databases::config::<tokio::Context>(PREFIX, &Sizes::default(), &cache);
            let context = context.child("snapshot");
            let databases = Databases::<tokio::Context>::init(context, config, None).await;
            let found = databases::committed::<tokio::Context>(&databases).await;
            compare(&found, &joining.newest.header.state);
            Ok(())
        })
    })
}

/// The engine itself panics about databases that it cannot use, so this does too; [`run`] turns
/// both into an error.
fn compare(found: &StateCommitment, expected: &StateCommitment) {
    assert!(
        found == expected,
        "the databases hold state {}, the block's header says {}",
        found.state_root(),
        expected.state_root()
    );
}

type Body = futures::future::BoxFuture<'static, Result<(), EngineError>>;

fn run(
    dir: &Path,
    body: impl FnOnce(tokio::Context) -> Body + Send + 'static,
) -> Result<(), EngineError> {
    panics::keep();
    let config = tokio::Config::new()
        .with_worker_threads(1)
        .with_storage_directory(dir);
    let thread = std::thread::Builder::new()
        .name("snapshot".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || tokio::Runner::new(config).start(body))
        .map_err(EngineError::Thread)?;
    thread.join().unwrap_or_else(|panic| {
        Err(EngineError::Stopped {
            dir: dir.to_path_buf(),
            cause: panics::first().unwrap_or_else(|| panics::panic_text(panic.as_ref())),
        })
    })
}
