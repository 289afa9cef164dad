//! A node from start to stop.

use crate::{
    Directory, NodeError, Time,
    config::{StoreMode, SyncMode},
    directory::make_dir,
    faults,
    follow::{Follow, FollowDoor, Following},
    joining::{self, Observer},
    pruning::{self, Pruning},
    status::Status,
    validator_key::ValidatorKey,
};
use alloy_primitives::Bytes;
use qiantang_api::{Backend, HeadState, Limits, RecentBlocks, Server};
use qiantang_consensus::{Admit, Engine, EngineConfig, EngineError, Pace, Stores};
use qiantang_state::{
    history::{self, Store},
    proofs::ProofSource,
};
use qiantang_txpool::Pool;
use qiantang_types::{ChainSpec, Fingerprint, Height};
use std::{net::SocketAddr, num::NonZeroUsize, sync::Arc};

/// Pages (4 KiB) of the cache in front of the authenticated databases; its memory is taken at the
/// start. The operating system's own cache stands behind it.
const CACHE_PAGES: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// Hashes of slots and topics that are remembered: 128 bytes each.
const HASHES: usize = 1 << 14;

/// Threads of the engine's runtime: one to execute, one for files and network.
const ENGINE_THREADS: usize = 2;

/// What a node is made of.
pub(crate) struct Parts {
    pub(crate) directory: Directory,
    pub(crate) spec: ChainSpec,
    pub(crate) key: ValidatorKey,
    pub(crate) pace: Pace,
    pub(crate) time: Time,
    pub(crate) http: SocketAddr,
    pub(crate) network: Network,
    /// How a new node gets the state.
    pub(crate) sync: SyncMode,
    /// What it keeps of the past.
    pub(crate) store: StoreMode,
    /// Who is told how far that is.
    pub(crate) observer: Option<Observer>,
}

/// How it meets other nodes.
pub(crate) struct Network {
    pub(crate) listen: SocketAddr,
    /// Nodes to connect to besides those that the chain names: key and `host:port`.
    pub(crate) bootstrap: Vec<(Bytes, String)>,
    /// Addresses of JSON-RPC of the nodes to follow while it does not vote.
    pub(crate) upstream: Vec<String>,
    pub(crate) followers_max: usize,
    /// Places for validators that are voted in or were voted out.
    pub(crate) spare: usize,
    pub(crate) inject_faults: bool,
}

/// A running node.
pub struct Running {
    /// Where JSON-RPC is served.
    pub rpc: SocketAddr,
    /// The chain's fingerprint.
    pub anchor: Fingerprint,
    /// The chain spec.
    pub spec: Arc<ChainSpec>,
    /// This node's public key.
    pub public_key: Bytes,
    inject_faults: bool,
    following: Following,
    pruning: Pruning,
    engine: Engine,
    server: Server,
    // Released last: the lock outlives everything that writes.
    directory: Directory,
}

/// What the engine fills and the server reads.
struct Shared {
    head: HeadState,
    spec: Arc<ChainSpec>,
    store: Store,
    pool: Pool,
    recent: RecentBlocks,
}

/// Opens the stores, starts the engine, then the server.
pub(crate) async fn start(parts: Parts) -> Result<Running, NodeError> {
    let Parts {
        directory,
        spec,
        key,
        pace,
        time,
        http,
        network,
        sync,
        store,
        observer,
    } = parts;
    let inject_faults = network.inject_faults;
    let partition = partition(&directory, inject_faults)?;
    let shared = open(&directory, spec, &time)?;
    let public_key = key.public_key();
    let joining = joining::ask(sync, &network.upstream, &shared.store).await;
    let config = EngineConfig {
        joining,
        ..engine_config(&directory, &key, pace, &network)
    };
    let stores = shared.stores(&time)?;
    let engine = Engine::start(config, shared.spec.clone(), stores).await?;
    if !partition.is_empty() {
        block(&engine, &partition);
    }
    let peers = engine.peers().clone();
    let anchor = engine.chain().root.fingerprint();
    let following = Follow {
        bootstrap: network.bootstrap.into_iter().map(|(key, _)| key).collect(),
        upstream: network.upstream,
        key: key.private(),
        anchor,
        peers: peers.clone(),
        store: shared.store.clone(),
        heartbeat: pace.heartbeat,
    };
    // The state comes from those that let this node in.
    let following = following.start();
    let (engine, following, proofs) = opened(engine, following, observer).await?;
    let pruning = pruning::start(store, shared.store.clone());
    directory.prepared()?;
    restore_pool(&shared.pool, &shared.head)?;
    let dir = directory.root().to_path_buf();
    let status = Status::new(&engine, pace, shared.store.clone(), dir);
    let spec = shared.spec.clone();
    let door = FollowDoor::new(public_key.clone(), anchor, network.listen, peers);
    let config = qiantang_api::Config {
        address: http,
        limits: Limits::default(),
    };
    match qiantang_api::serve(config, shared.backend(&engine, proofs, (status, door))).await {
        Ok(server) => Ok(Running {
            rpc: server.address(),
            anchor,
            spec,
            public_key,
            inject_faults,
            following,
            pruning,
            engine,
            server,
            directory,
        }),
        Err(error) => {
            stop_engine(engine).await?;
            Err(error.into())
        }
    }
}

/// Waits until the engine has its state. A task that still held the store would be in the way of
/// whoever starts again.
async fn opened(
    engine: Engine,
    following: Following,
    observer: Option<Observer>,
) -> Result<(Engine, Following, Arc<dyn ProofSource>), NodeError> {
    match joining::opened(engine, observer).await {
        Ok((engine, proofs)) => Ok((engine, following, proofs)),
        Err(error) => {
            following.stop().await;
            Err(error.into())
        }
    }
}

/// Bounds the cache of hashes of slots and topics. It belongs to the process: what another node in
/// it chose first holds.
fn limit_hashes() {
    let _is_first = alloy_primitives::init_keccak_cache(HASHES);
}

/// The peers that this node is cut off from on purpose.
fn partition(directory: &Directory, inject_faults: bool) -> Result<Vec<Bytes>, NodeError> {
    match inject_faults {
        true => faults::read_partition(directory.root()),
        false => Ok(Vec::new()),
    }
}

fn engine_config(
    directory: &Directory,
    key: &ValidatorKey,
    pace: Pace,
    network: &Network,
) -> EngineConfig {
    EngineConfig {
        dir: directory.engine(),
        key: key.private(),
        pace,
        listen: network.listen,
        bootstrap: network.bootstrap.clone(),
        followers_max: network.followers_max,
        spare: network.spare,
        cache_pages: CACHE_PAGES,
        threads: ENGINE_THREADS,
        joining: None,
    }
}

/// Opens the stores of a chain.
fn open(directory: &Directory, spec: ChainSpec, time: &Time) -> Result<Shared, NodeError> {
    limit_hashes();
    let store = Store::open(&directory.history(), history::Config::default())?;
    check_spec(directory, &spec, &store)?;
    directory.prepare(store.head().is_some())?;
    let pool = open_pool(directory, &spec, time)?;
    let spec = Arc::new(spec);
    Ok(Shared {
        head: HeadState::new(store.clone(), Arc::clone(&spec)),
        spec,
        store,
        pool,
        recent: RecentBlocks::default(),
    })
}

impl Shared {
    /// What the engine fills.
    fn stores(&self, time: &Time) -> Result<Stores, NodeError> {
        let recent = self.recent.clone();
        Ok(Stores {
            clock: time.clock(&self.store)?,
            store: self.store.clone(),
            pool: self.pool.clone(),
            observer: Arc::new(move |block: &_, receipts| {
                recent.push(Clone::clone(block), receipts);
            }),
            admit: admit(&self.pool, &self.head),
        })
    }

    /// What the server reads.
    fn backend(
        self,
        engine: &Engine,
        proofs: Arc<dyn ProofSource>,
        (status, door): (Status, FollowDoor),
    ) -> Backend {
        Backend {
            store: self.store,
            recent: self.recent,
            pool: self.pool,
            head: self.head,
            spec: self.spec,
            trust_root: Arc::new(engine.chain().root.clone()),
            proofs,
            status: Arc::new(status),
            door: Arc::new(door),
            metrics: engine.metrics(),
        }
    }
}

/// Takes transactions of peers into the pool, as those of clients are.
fn admit(pool: &Pool, head: &HeadState) -> Admit {
    let (pool, head) = (pool.clone(), head.clone());
    Arc::new(move |transactions, announce| {
        if announce {
            pool.admit(transactions, &head);
        } else {
            pool.admit_heard(transactions, &head);
        }
    })
}

fn open_pool(directory: &Directory, spec: &ChainSpec, time: &Time) -> Result<Pool, NodeError> {
    let mut config = qiantang_txpool::Config::new(spec.chain_id, &spec.parameters);
    // Transactions wait as long as ever by the wall clock.
    config.lifetime_ms = config.lifetime_ms.saturating_mul(time.factor.into());
    make_dir(&directory.pool())?;
    Pool::open(config, Some(&directory.pool())).map_err(|error| NodeError::Pool(error.to_string()))
}

fn restore_pool(pool: &Pool, head: &HeadState) -> Result<(), NodeError> {
    match pool.restore(head) {
        Ok(_) => Ok(()),
        Err(error) => Err(NodeError::Pool(error.to_string())),
    }
}

impl Running {
    /// Waits until the node can no longer go on. While all is well it never returns.
    pub async fn failed(&self) {
        self.engine.ended().await;
    }

    /// Whether the node's key is in the validator set of the present epoch: it votes. Otherwise it
    /// follows.
    pub fn is_validator(&self) -> bool {
        let chain = self.engine.chain();
        let head = chain.store.head().map(|(height, _)| height);
        let next = head.and_then(|height| height.next());
        let epochs = self.engine.epochs();
        let epoch = epochs.epoch_of(next.unwrap_or(Height::GENESIS));
        epochs.keys_of(epoch).contains(&self.public_key)
    }

    /// Whether faults may be injected.
    pub const fn injects_faults(&self) -> bool {
        self.inject_faults
    }

    /// Cuts the node off from the peers that the file of injected faults names, and from no others.
    /// Answers how many these are.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn partition(&self) -> Result<usize, NodeError> {
        let keys = faults::read_partition(self.directory.root())?;
        block(&self.engine, &keys);
        Ok(keys.len())
    }

    /// Where the node keeps its data.
    pub fn dir(&self) -> &std::path::Path {
        self.directory.root()
    }

    /// Whether the data goes away with the process.
    pub const fn is_temporary(&self) -> bool {
        self.directory.is_temporary()
    }

    /// Stops the server, then the engine, and closes all files.
    ///
    /// # Errors
    ///
    /// Why the node could not go on, if that was so.
    pub async fn stop(self) -> Result<(), NodeError> {
        self.following.stop().await;
        self.pruning.stop().await;
        self.server.stop().await;
        stop_engine(self.engine).await
    }
}

fn block(engine: &Engine, keys: &[Bytes]) {
    engine.peers().set_blocked(keys.iter().map(AsRef::as_ref));
}

async fn stop_engine(engine: Engine) -> Result<(), NodeError> {
    let stopped = tokio::task::spawn_blocking(move || engine.stop()).await;
    stopped.unwrap_or_else(|error| {
        let dir = std::path::PathBuf::new();
        Err(EngineError::Stopped {
            dir,
            cause: error.to_string(),
        })
    })?;
    Ok(())
}

/// Compares the chain spec with the genesis block that is there already.
pub(crate) fn check_spec(
    directory: &Directory,
    spec: &ChainSpec,
    store: &Store,
) -> Result<(), NodeError> {
    let Some(header) = store.header(Height::GENESIS)? else {
        return Ok(());
    };
    let reason = if header.parent != spec.parameters_hash() {
        "its parameters differ from those of the genesis block"
    } else if Some(&header.context.leader) != spec.validators.first() {
        "its validators differ from those of the genesis block"
    } else {
        return Ok(());
    };
    Err(NodeError::ForeignSpec {
        path: directory.spec(),
        reason: reason.to_owned(),
    })
}
