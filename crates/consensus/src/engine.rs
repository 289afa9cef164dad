//! The engine on its own thread and runtime, behind a handle that ordinary code can hold.

use crate::{
    chain::{Chain, Stores},
    damage,
    epochs::Epochs,
    genesis::GenesisError,
    health::Health,
    joining::{JoinError, Joining},
    keys::{KeyError, PrivateKey},
    launch::{Launch, prepare},
    network::{self, System},
    pacing::Pace,
    panics,
    peers::{FollowError, PeerBook},
    stack::{Network, PREFIX},
};
use alloy_primitives::Bytes;
use commonware_runtime::{Metrics as _, Runner as _, Spawner as _, Supervisor as _, tokio};
use event_listener::Event;
use futures::{
    channel::oneshot,
    future::{BoxFuture, select_all},
};
use qiantang_state::{
    history::StoreError,
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
    /// Address for peers; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Nodes to connect to, besides the validators: key and `host:port`.
    pub bootstrap: Vec<(Bytes, String)>,
    /// Followers that may connect at the same time.
    pub followers_max: usize,
    /// Places for validators that are voted in, and as many for those that were voted out last.
    pub spare: usize,
    /// Pages of the cache in front of the databases' files.
    pub cache_pages: NonZeroUsize,
    /// Threads of the engine's runtime.
    pub threads: usize,
    /// What others say of the newest state, for a node that begins with that.
    pub joining: Option<Joining>,
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
    /// What others said of the chain.
    #[error("the newest state is not taken over: {0}; name other nodes in `[follow] upstream`")]
    Join(#[from] JoinError),
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
    opened: Option<oneshot::Receiver<Arc<dyn ProofSource>>>,
}

struct Ready {
    chain: Arc<Chain>,
    epochs: Epochs,
    peers: Arc<PeerBook>,
    health: Health,
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
    /// Starts the engine and waits until its databases are open, or, where it gets the state from
    /// others, until it talks to them: its databases are then open after [`Self::opened`].
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
        let (opened_sender, opened) = oneshot::channel();
        let signals = Signals {
            ready: ready_sender,
            opened: opened_sender,
            stopped,
        };
        let thread = spawn(config, spec, stores, signals, mark)?;
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
                opened: Some(opened),
            }),
            Err(_) => Err(engine.cause()),
        }
    }

    /// Waits until the databases are open, which takes as long as it takes to get the state where
    /// the node joins by it; proofs of the newest finalized state.
    ///
    /// # Errors
    ///
    /// Why the engine ended before.
    pub async fn opened(mut self) -> Result<(Self, Arc<dyn ProofSource>), EngineError> {
        if let Some(opened) = self.opened.take()
            && let Ok(proofs) = opened.await
        {
            return Ok((self, proofs));
        }
        let Self {
            parts, thread, dir, ..
        } = self;
        // They hold the runtime, and that holds the directory, which is looked at for damage.
        drop(parts);
        Err(Starting { thread, dir }.cause())
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
        let Self {
            parts, thread, dir, ..
        } = self;
        let chain = parts.chain.clone();
        // They hold the runtime, and that holds the directory, which may be looked at for damage.
        drop(parts);
        let joined = join(thread, &dir);
        match chain.failure() {
            Some(failure) => Err(EngineError::Stopped {
                dir,
                cause: failure.to_string(),
            }),
            None => joined,
        }
    }
}

/// How the engine's thread and its owner talk.
struct Signals {
    ready: oneshot::Sender<Ready>,
    opened: oneshot::Sender<Arc<dyn ProofSource>>,
    stopped: oneshot::Receiver<()>,
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
    signals: Signals,
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
    signals: Signals,
) -> Result<(), EngineError> {
    let launch = Launch {
        prefix: PREFIX.to_owned(),
        key: config.key.clone(),
        pace: config.pace,
        cache_pages: config.cache_pages,
        bootstrap: config.bootstrap.clone(),
        followers_max: config.followers_max,
        spare: config.spare,
        joining: config.joining.clone(),
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
    let prepared = Box::pin(prepare::<System>(&context, launch, spec, stores, connect)).await?;
    let shared = &prepared.config;
    let failed = shared.chain.listen_failure();
    let encoder = context.child("metrics");
    let ready = Ready {
        chain: shared.chain.clone(),
        epochs: shared.epochs.clone(),
        peers: shared.peers.clone(),
        health: shared.health.clone(),
        metrics: Arc::new(move || encoder.encode()),
    };
    // Only a node that gets its state from others has something to do before it has that: whoever
    // lets it in is asked by the one who started it.
    let later = match shared.floor {
        Some(_) => {
            let _ = signals.ready.send(ready);
            None
        }
        None => Some((signals.ready, ready)),
    };
    let (opened, stopped) = (signals.opened, signals.stopped);
    let stack_context = context.child("stack");
    let engine = async move {
        let mut node = Box::pin(prepared.start(stack_context)).await;
        let databases = node.stack.stateful.subscribe_databases().await;
        let proofs: Arc<dyn ProofSource> = Arc::new(DatabaseProofs::new(databases));
        if let Some((sender, ready)) = later {
            let _ = sender.send(ready);
        }
        let _ = opened.send(proofs);
        node.ended().await;
    };
    let stop = async move {
        let _ = stopped.await;
    };
    select_all([
        Box::pin(stop) as BoxFuture<'_, ()>,
        Box::pin(engine),
        Box::pin(failed),
    ])
    .await;
    let _ = context.stop(0, Some(STOP_TIMEOUT)).await;
    Ok(())
}
