//! A node from start to stop.

use crate::{
    Directory, NodeError, Time, directory::make_dir, status::Status, validator_key::ValidatorKey,
};
use qiantang_api::{Backend, HeadState, Limits, RecentBlocks, Server};
use qiantang_consensus::{Admit, Engine, EngineConfig, EngineError, Pace, Stores};
use qiantang_state::history::{self, Store};
use qiantang_txpool::Pool;
use qiantang_types::{ChainSpec, Fingerprint, Height};
use std::{net::SocketAddr, num::NonZeroUsize, sync::Arc};

/// Pages (4 KiB) of the cache in front of the authenticated databases; its memory is taken at the
/// start. The operating system's own cache stands behind it.
const CACHE_PAGES: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

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
}

/// A running node.
pub struct Running {
    /// Where JSON-RPC is served.
    pub rpc: SocketAddr,
    /// The chain's fingerprint.
    pub anchor: Fingerprint,
    /// The chain spec.
    pub spec: Arc<ChainSpec>,
    engine: Engine,
    server: Server,
    // Released last: the lock outlives everything that writes.
    directory: Directory,
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
    } = parts;
    let spec = Arc::new(spec);
    let store = Store::open(&directory.history(), history::Config::default())?;
    check_spec(&directory, &spec, &store)?;
    directory.prepare(store.head().is_some())?;
    let pool = open_pool(&directory, &spec, &time)?;
    let recent = RecentBlocks::default();
    let observer = {
        let recent = recent.clone();
        Arc::new(move |block: &_, receipts| recent.push(Clone::clone(block), receipts))
    };
    let config = EngineConfig {
        dir: directory.engine(),
        key: key.private(),
        pace,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        bootstrap: Vec::new(),
        followers_max: 0,
        cache_pages: CACHE_PAGES,
        threads: ENGINE_THREADS,
    };
    let stores = Stores {
        clock: time.clock(&store)?,
        store: store.clone(),
        pool: pool.clone(),
        observer,
        admit: admit(&pool, &store, &spec),
    };
    let engine = Engine::start(config, spec.clone(), stores).await?;
    directory.prepared()?;
    restore_pool(&pool, &store, &spec)?;
    let chain = engine.chain().clone();
    let anchor = chain.root.fingerprint();
    let status = Status::new(&engine, pace, store.clone(), directory.root().to_path_buf());
    let backend = Backend {
        store,
        recent,
        pool,
        spec: spec.clone(),
        trust_root: Arc::new(chain.root.clone()),
        proofs: engine.proofs(),
        status: Arc::new(status),
        metrics: engine.metrics(),
    };
    let config = qiantang_api::Config {
        address: http,
        limits: Limits::default(),
    };
    match qiantang_api::serve(config, backend).await {
        Ok(server) => Ok(Running {
            rpc: server.address(),
            anchor,
            spec,
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

/// Takes transactions of peers into the pool, as those of clients are.
fn admit(pool: &Pool, store: &Store, spec: &Arc<ChainSpec>) -> Admit {
    let (pool, store, spec) = (pool.clone(), store.clone(), spec.clone());
    Arc::new(move |transactions, announce| {
        let head = HeadState {
            store: &store,
            spec: &spec,
        };
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

fn restore_pool(pool: &Pool, store: &Store, spec: &ChainSpec) -> Result<(), NodeError> {
    match pool.restore(&HeadState { store, spec }) {
        Ok(_) => Ok(()),
        Err(error) => Err(NodeError::Pool(error.to_string())),
    }
}

impl Running {
    /// Waits until the node can no longer go on. While all is well it never returns.
    pub async fn failed(&self) {
        self.engine.ended().await;
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
        self.server.stop().await;
        stop_engine(self.engine).await
    }
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
