//! The engine on its own thread and runtime, behind a handle that ordinary code can hold.

use crate::{
    application::now,
    block::SealedBlock,
    chain::{Chain, Stores},
    damage,
    epochs::Epochs,
    genesis::{GenesisError, genesis_block, seed, trust_root},
    health::Health,
    keys::{KeyError, PrivateKey},
    network::{self, System},
    pacing::Pace,
    panics,
    peers::{FollowError, PeerBook, Room, Track},
    platform::Platform,
    stack::{self, Network, PREFIX, Stack},
};
use alloy_primitives::Bytes;
use commonware_cryptography::Signer as _;
use commonware_runtime::{Metrics as _, Runner as _, Spawner as _, Supervisor as _, tokio};
use event_listener::Event;
use futures::{
    channel::oneshot,
    future::{BoxFuture, select_all},
};
use qiantang_execution::genesis_changes;
use qiantang_state::{
    databases::{self, Sizes},
    history::{FinalizedBlock, Store, StoreError},
    proofs::{DatabaseProofs, ProofSource},
};
use qiantang_types::{ChainSpec, Height, StateCommitment};
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
    /// Address for peers; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Nodes to connect to, besides the validators: key and `host:port`.
    pub bootstrap: Vec<(Bytes, String)>,
    /// Followers that may connect at the same time.
    pub followers_max: usize,
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
    /// A node to connect to.
    #[error("a bootstrap entry of the configuration is unusable: {0}")]
    Bootstrap(#[from] FollowError),
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
    parts: Ready,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), EngineError>>>,
    ended: Arc<Event>,
    end: Arc<OnceLock<()>>,
    dir: PathBuf,
}

struct Ready {
    chain: Arc<Chain>,
    epochs: Epochs,
    peers: Arc<PeerBook>,
    health: Health,
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
                parts: ready,
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
        &self.parts.chain
    }

    /// The validator sets of its epochs.
    pub const fn epochs(&self) -> &Epochs {
        &self.parts.epochs
    }

    /// Whom it talks to.
    pub const fn peers(&self) -> &Arc<PeerBook> {
        &self.parts.peers
    }

    /// What it sees of the network.
    pub const fn health(&self) -> &Health {
        &self.parts.health
    }

    /// Proofs of the newest finalized state.
    pub fn proofs(&self) -> Arc<dyn ProofSource> {
        self.parts.proofs.clone()
    }

    /// Metrics in OpenMetrics text.
    pub fn metrics(&self) -> Arc<dyn Fn() -> String + Send + Sync> {
        self.parts.metrics.clone()
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
        match self.parts.chain.failure() {
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
    let launch = Launch {
        prefix: PREFIX.to_owned(),
        key: config.key.clone(),
        pace: config.pace,
        cache_pages: config.cache_pages,
        bootstrap: config.bootstrap.clone(),
        followers_max: config.followers_max,
    };
    let connect = |context: &tokio::Context, room, namespace, message_bytes_max| {
        let config = network::Config {
            key: config.key.clone(),
            namespace,
            listen: config.listen,
            room,
            message_bytes_max,
        };
        let (oracle, channels) = network::start(context, config);
        let network = Network {
            peers: oracle.clone(),
            blocker: oracle.clone(),
            channels,
        };
        (network, network::track(oracle))
    };
    let node = Box::pin(launch_node::<System>(
        &context, launch, spec, stores, connect,
    ))
    .await?;
    let failed = node.chain.listen_failure();
    let databases = node.stack.stateful.subscribe_databases().await;
    let encoder = context.child("metrics");
    let ready_now = Ready {
        chain: node.chain,
        epochs: node.epochs,
        peers: node.peers,
        health: node.health,
        proofs: Arc::new(DatabaseProofs::new(databases)),
        metrics: Arc::new(move || encoder.encode()),
    };
    let _ = ready.send(ready_now);
    let engine = async move {
        let _ = node.stack.engine.await;
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

/// What a node is started with, whatever it runs on.
pub struct Launch {
    /// In front of the names of all its partitions.
    pub prefix: String,
    /// Its key.
    pub key: PrivateKey,
    /// Pace of the chain.
    pub pace: Pace,
    /// Pages of the cache in front of the databases' files.
    pub cache_pages: NonZeroUsize,
    /// Nodes to connect to, besides the validators: key and `host:port`.
    pub bootstrap: Vec<(Bytes, String)>,
    /// Followers that may connect at the same time.
    pub followers_max: usize,
}

/// A node that runs.
pub struct Node<P: Platform> {
    /// The chain it keeps.
    pub chain: Arc<Chain>,
    /// The validator sets of its epochs.
    pub epochs: Epochs,
    /// Whom it talks to.
    pub peers: Arc<PeerBook>,
    /// What it sees of the network.
    pub health: Health,
    pub(crate) stack: Stack<P>,
}

impl<P: Platform> Node<P> {
    /// Waits until its engine ends, which it never does by itself.
    pub async fn ended(&mut self) {
        let _ = (&mut self.stack.engine).await;
    }

    /// Reads what its databases hold at the time of each call.
    pub fn state_reader(
        &self,
    ) -> impl Fn() -> BoxFuture<'static, StateCommitment> + Send + Sync + 'static {
        let stateful = self.stack.stateful.clone();
        move || {
            let stateful = stateful.clone();
            Box::pin(async move {
                let databases = stateful.subscribe_databases().await;
                databases::committed::<P::Context>(&databases).await
            })
        }
    }
}

/// Starts a node: genesis, who decides, the network (`connect`, given the room for peers, the
/// namespace of the chain and the largest message), then the engine.
///
/// # Errors
///
/// A spec, key or store with which it cannot run.
pub async fn launch_node<P: Platform>(
    context: &P::Context,
    launch: Launch,
    spec: Arc<ChainSpec>,
    stores: Stores,
    connect: impl FnOnce(&P::Context, Room, [u8; 32], u32) -> (Network<P>, Track),
) -> Result<Node<P>, EngineError> {
    let genesis = Box::pin(genesis::<P>(context, &launch, &spec, &stores.store)).await?;
    let root = trust_root(&spec, &genesis);
    let epochs = Epochs::new(&spec, &root, Some(&launch.key))?;
    recall(&epochs, &stores.store)?;
    let me = launch.key.public_key();
    let head = stores
        .store
        .head()
        .map_or(Height::GENESIS, |(head, _)| head);
    let validators = epochs.keys_of(epochs.epoch_of(head)).len();
    let validators = validators.max(root.validators.len());
    let room = Room::new(validators, launch.followers_max);
    let chain = Arc::new(Chain::new(spec, root, genesis, stores));
    let validators = u32::try_from(room.all()).unwrap_or(u32::MAX);
    let namespace = *chain.root.fingerprint().as_bytes();
    let largest = stack::message_bytes_max(validators);
    let (network, track) = connect(context, room, namespace, largest);
    let peers = PeerBook::new(epochs.clone(), me.clone(), room, track);
    for (key, text) in &launch.bootstrap {
        peers.name(key, text)?;
    }
    peers.refresh(&chain.store)?;
    let wall = context.child("health");
    let clock = Arc::new(move || now(&wall));
    let health = Health::new(me.clone(), epochs.clone(), chain.clone(), clock);
    let config = stack::Config {
        me,
        epochs: epochs.clone(),
        peers: peers.clone(),
        health: health.clone(),
        chain: chain.clone(),
        pace: launch.pace,
        cache_pages: launch.cache_pages,
        prefix: launch.prefix,
    };
    let stack = stack::start::<P>(context.child("stack"), config, network).await;
    Ok(Node {
        chain,
        epochs,
        peers,
        health,
        stack,
    })
}

/// Takes over the changes of the validator set that the store knows.
fn recall(epochs: &Epochs, store: &Store) -> Result<(), EngineError> {
    let Some((head, _)) = store.head() else {
        return Ok(());
    };
    let next = head.next().unwrap_or(head);
    let current = epochs.epoch_of(next);
    for boundary in store.boundaries(head)? {
        epochs.learn(&boundary.header)?;
    }
    epochs.know_up_to(current);
    Ok(())
}

/// The genesis block from the store, or made now on an empty directory.
async fn genesis<P: Platform>(
    context: &P::Context,
    launch: &Launch,
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
    let cache = stack::page_cache(launch.cache_pages);
    let databases_config =
        databases::config::<P::Context>(&launch.prefix, &Sizes::default(), &cache);
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
