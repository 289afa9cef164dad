//! The engine on its own thread and runtime, behind a handle that ordinary code can hold.

use crate::{
    block::SealedBlock,
    chain::{Chain, Stores},
    damage,
    genesis::{GenesisError, genesis_block, seed, trust_root},
    network,
    pacing::Pace,
    panics,
    scheme::{KeyError, PrivateKey, signer, validators},
    stack::{self, PREFIX},
};
use commonware_cryptography::Signer as _;
use commonware_runtime::{Metrics as _, Runner as _, Spawner as _, Supervisor as _, tokio};
use event_listener::Event;
use futures::{channel::oneshot, future::select_all};
use qiantang_execution::genesis_changes;
use qiantang_state::{
    databases::{self, Sizes},
    history::{FinalizedBlock, Store, StoreError},
    proofs::{DatabaseProofs, ProofSource},
};
use qiantang_types::{ChainSpec, Height};
use std::{
    net::SocketAddr,
    num::NonZeroUsize,
    path::PathBuf,
    sync::{Arc, OnceLock},
    thread::JoinHandle,
    time::Duration,
};

/// Time that the engine's tasks get to end after a stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of the stack of the thread that starts the engine: unoptimized builds keep its large
/// futures there.
pub(crate) const STACK_BYTES: usize = 32 << 20;

/// How to run the engine.
#[derive(Clone)]
pub struct EngineConfig {
    /// Directory of the engine's own files.
    pub dir: PathBuf,
    /// This validator's key.
    pub key: PrivateKey,
    /// Pace of the chain.
    pub pace: Pace,
    /// Address for other validators; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Pages of the cache in front of the databases' files.
    pub cache_pages: NonZeroUsize,
    /// Threads of the engine's runtime.
    pub threads: usize,
}

/// Why the engine did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The local store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The validator's key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The thread.
    #[error("the engine's thread cannot be started: {0}")]
    Thread(std::io::Error),
    /// The engine gave up while it started or ran: its own files are damaged, or the disk fails.
    #[error(
        "the engine in {} stopped: {cause}. Check that the disk is healthy, writable and not full, \
         then start again; if it stops again, rebuild with `qiantang replay --repair`",
        dir.display()
    )]
    Stopped {
        /// Directory of its files.
        dir: PathBuf,
        /// What it said last.
        cause: String,
    },
    /// A file of the engine is damaged.
    #[error(
        "{} is damaged ({reason}; the engine said: {cause}); nothing in it was used. Rebuild the \
         state with `qiantang replay --repair`, or restore the directory from a backup",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What the engine said.
        cause: String,
    },
    /// The store has blocks, the engine's files are gone.
    #[error("block {0} is not in the local store")]
    MissingBlock(Height),
}

/// A running engine.
pub struct Engine {
    chain: Arc<Chain>,
    proofs: Arc<dyn ProofSource>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), EngineError>>>,
    ended: Arc<Event>,
    end: Arc<OnceLock<()>>,
    dir: PathBuf,
}

struct Ready {
    chain: Arc<Chain>,
    proofs: Arc<dyn ProofSource>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Marks the thread's end even when it panics.
struct EndMark(Arc<OnceLock<()>>, Arc<Event>);

impl Drop for EndMark {
    fn drop(&mut self) {
        let _ = self.0.set(());
        self.1.notify(usize::MAX);
    }
}

impl Engine {
    /// Starts the engine and waits until its databases are open.
    ///
    /// # Errors
    ///
    /// A spec, key or directory with which it cannot run.
    pub async fn start(
        config: EngineConfig,
        spec: Arc<ChainSpec>,
        stores: Stores,
    ) -> Result<Self, EngineError> {
        panics::keep();
        let dir = config.dir.clone();
        let (ended, end) = (Arc::new(Event::new()), Arc::new(OnceLock::new()));
        let mark = EndMark(end.clone(), ended.clone());
        let (ready_sender, ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = spawn(config, spec, stores, (ready_sender, stopped), mark)?;
        let mut engine = Starting {
            thread: Some(thread),
            dir,
        };
        match ready.await {
            Ok(ready) => Ok(Self {
                chain: ready.chain,
                proofs: ready.proofs,
                metrics: ready.metrics,
                stop: Some(stop),
                thread: engine.thread.take(),
                ended,
                end,
                dir: engine.dir,
            }),
            Err(_) => Err(engine.cause()),
        }
    }

    /// The chain it keeps.
    pub const fn chain(&self) -> &Arc<Chain> {
        &self.chain
    }

    /// Proofs of the newest finalized state.
    pub fn proofs(&self) -> Arc<dyn ProofSource> {
        self.proofs.clone()
    }

    /// Metrics in OpenMetrics text.
    pub fn metrics(&self) -> Arc<dyn Fn() -> String + Send + Sync> {
        self.metrics.clone()
    }

    /// Waits until the engine ends by itself, which is always a failure.
    pub async fn ended(&self) {
        loop {
            let listener = self.ended.listen();
            if self.end.get().is_some() {
                return;
            }
            listener.await;
        }
    }

    /// Stops the engine and waits for its thread. Call it where blocking is allowed.
    ///
    /// # Errors
    ///
    /// Why it ended before it was told to.
    pub fn stop(mut self) -> Result<(), EngineError> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let joined = join(self.thread.take(), &self.dir);
        match self.chain.failure() {
            Some(failure) => Err(EngineError::Stopped {
                dir: self.dir.clone(),
                cause: failure.to_string(),
            }),
            None => joined,
        }
    }
}

struct Starting {
    thread: Option<JoinHandle<Result<(), EngineError>>>,
    dir: PathBuf,
}

impl Starting {
    fn cause(&mut self) -> EngineError {
        match join(self.thread.take(), &self.dir) {
            Err(error) => error,
            Ok(()) => EngineError::Stopped {
                dir: self.dir.clone(),
                cause: "it ended before it was ready".to_owned(),
            },
        }
    }
}

fn join(
    thread: Option<JoinHandle<Result<(), EngineError>>>,
    dir: &std::path::Path,
) -> Result<(), EngineError> {
    let Some(thread) = thread else { return Ok(()) };
    thread.join().unwrap_or_else(|panic| {
        let cause = panics::first().unwrap_or_else(|| panics::panic_text(panic.as_ref()));
        Err(match damage::find(dir) {
            Some((file, reason)) => EngineError::Damaged {
                file,
                reason,
                cause,
            },
            None => EngineError::Stopped {
                dir: dir.to_path_buf(),
                cause,
            },
        })
    })
}

/// Starts the engine's thread.
///
/// This is an ordinary function so that the whole stack is compiled in this crate: the body of an
/// asynchronous one is compiled again in each crate that awaits it.
fn spawn(
    config: EngineConfig,
    spec: Arc<ChainSpec>,
    stores: Stores,
    signals: (oneshot::Sender<Ready>, oneshot::Receiver<()>),
    mark: EndMark,
) -> Result<JoinHandle<Result<(), EngineError>>, EngineError> {
    let body = move || {
        let _mark = mark;
        let runtime = tokio::Config::new()
            .with_worker_threads(config.threads)
            .with_tcp_nodelay(Some(true))
            .with_storage_directory(&config.dir);
        tokio::Runner::new(runtime)
            .start(|context| Box::pin(run(context, config, spec, stores, signals)))
    };
    std::thread::Builder::new()
        .name("engine".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(body)
        .map_err(EngineError::Thread)
}

async fn run(
    context: tokio::Context,
    config: EngineConfig,
    spec: Arc<ChainSpec>,
    stores: Stores,
    (ready, stopped): (oneshot::Sender<Ready>, oneshot::Receiver<()>),
) -> Result<(), EngineError> {
    let genesis = Box::pin(genesis(&context, &config, &spec, &stores.store)).await?;
    let root = trust_root(&spec, &genesis);
    let scheme = signer(&root, &config.key)?;
    let me = config.key.public_key();
    let keys = validators(&root)?;
    let n = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    let namespace = *root.fingerprint().as_bytes();
    let chain = Arc::new(Chain::new(spec, root, genesis, stores));
    let (oracle, channels) = network::start(
        &context,
        network::Config {
            key: config.key.clone(),
            namespace,
            listen: config.listen,
            peers: keys.into_iter().map(|key| (key, config.listen)).collect(),
            message_bytes_max: stack::message_bytes_max(n),
        },
    );
    let stack_config = stack::Config {
        me,
        scheme,
        chain: chain.clone(),
        pace: config.pace,
        cache_pages: config.cache_pages,
    };
    let failed = chain.listen_failure();
    let stack = stack::start(context.child("stack"), stack_config, oracle, channels).await;
    let databases = stack.stateful.subscribe_databases().await;
    let encoder = context.child("metrics");
    let ready_now = Ready {
        chain,
        proofs: Arc::new(DatabaseProofs::new(databases)),
        metrics: Arc::new(move || encoder.encode()),
    };
    let _ = ready.send(ready_now);
    let engine = async move {
        let _ = stack.engine.await;
    };
    let stop = async move {
        let _ = stopped.await;
    };
    select_all([
        Box::pin(stop) as futures::future::BoxFuture<'_, ()>,
        Box::pin(engine),
        Box::pin(failed),
    ])
    .await;
    let _ = context.stop(0, Some(STOP_TIMEOUT)).await;
    Ok(())
}

/// The genesis block from the store, or made now on an empty directory.
async fn genesis(
    context: &tokio::Context,
    config: &EngineConfig,
    spec: &ChainSpec,
    store: &Store,
) -> Result<SealedBlock, EngineError> {
    if store.head().is_some() {
        let block = store
            .block(Height::GENESIS)?
            .ok_or(EngineError::MissingBlock(Height::GENESIS))?;
        return Ok(SealedBlock::new(block).map_err(GenesisError::from)?);
    }
    let changes = genesis_changes(spec).map_err(GenesisError::from)?;
    let cache = stack::page_cache(config.cache_pages);
    let databases_config = databases::config::<tokio::Context>(PREFIX, &Sizes::default(), &cache);
    let (databases, state) = Box::pin(seed(context.child("genesis"), databases_config, &changes))
        .await
        .map_err(GenesisError::from)?;
    drop(databases);
    let genesis = genesis_block(spec, state)?;
    store.append(&FinalizedBlock {
        block: genesis.block(),
        receipts: &[],
        changes: &changes,
        certificate: None,
    })?;
    Ok(genesis)
}
