//! Launching a node, whatever it runs on: genesis or what others say of the newest state, who
//! decides, the network, the stack.

use crate::{
    application::now,
    block::SealedBlock,
    chain::{Chain, Stores},
    engine::EngineError,
    epochs::Epochs,
    genesis::{GenesisError, genesis_block, seed, trust_root},
    health::Health,
    joining::{self, Floor, Joining},
    keys::PrivateKey,
    pacing::Pace,
    peers::{PeerBook, Room, Track},
    platform::Platform,
    stack::{self, Network, Stack},
};
use alloy_primitives::Bytes;
use commonware_cryptography::Signer as _;
use commonware_runtime::{Storage as _, Supervisor as _};
use futures::future::BoxFuture;
use qiantang_execution::genesis_changes;
use qiantang_state::{
    databases::{self, Runtime, Sizes},
    history::{FinalizedBlock, Store},
};
use qiantang_types::{ChainSpec, Height, StateChanges, StateCommitment};
use rand_core::CryptoRng;
use std::{num::NonZeroUsize, sync::Arc};

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
    /// Places for validators that are voted in, and as many for those that were voted out last.
    pub spare: usize,
    /// What others say of the newest state, for a node that begins with that.
    pub joining: Option<Joining>,
}

/// A node that talks to others and does nothing else yet.
pub(crate) struct Prepared<P: Platform> {
    pub(crate) config: stack::Config,
    network: Network<P>,
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
    let prepared = Box::pin(prepare(context, launch, spec, stores, connect)).await?;
    Ok(prepared.start(context.child("stack")).await)
}

impl<P: Platform> Prepared<P> {
    /// Starts the stack. It returns as soon as the node has a block to begin with.
    pub(crate) async fn start(self, context: P::Context) -> Node<P> {
        let Self { config, network } = self;
        let stack = stack::start::<P>(context, config.clone(), network).await;
        Node {
            chain: config.chain,
            epochs: config.epochs,
            peers: config.peers,
            health: config.health,
            stack,
        }
    }
}

/// Everything before the stack.
pub(crate) async fn prepare<P: Platform>(
    context: &P::Context,
    launch: Launch,
    spec: Arc<ChainSpec>,
    stores: Stores,
    connect: impl FnOnce(&P::Context, Room, [u8; 32], u32) -> (Network<P>, Track),
) -> Result<Prepared<P>, EngineError> {
    let is_new = stores.store.head().is_none();
    let joining = launch.joining.as_ref().filter(|_| is_new);
    let (genesis, changes) = Box::pin(genesis::<P>(context, &launch, &spec, &stores.store)).await?;
    let root = trust_root(&spec, &genesis);
    let epochs = Epochs::new(&spec, &root, Some(&launch.key))?;
    let floor = match joining {
        Some(joining) => Some(join(context, &epochs, &stores.store, joining)?),
        None => recall(&epochs, &stores.store)?,
    };
    // Only now: a store with a block is not asked again where it begins.
    if let Some(changes) = changes {
        stores.store.append(&FinalizedBlock {
            block: genesis.block(),
            receipts: &[],
            changes: &changes,
            certificate: None,
        })?;
    }
    let me = launch.key.public_key();
    let room = Room::new(epochs.largest(), launch.followers_max, launch.spare);
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
        epochs,
        peers,
        health,
        chain,
        pace: launch.pace,
        cache_pages: launch.cache_pages,
        prefix: launch.prefix,
        floor,
    };
    Ok(Prepared { config, network })
}

/// Checks what others say, and keeps it.
fn join<R: Runtime + CryptoRng>(
    context: &R,
    epochs: &Epochs,
    store: &Store,
    joining: &Joining,
) -> Result<Floor, EngineError> {
    let floor = joining::check(epochs, &mut context.child("join"), joining)?;
    for boundary in &joining.boundaries {
        store.import_boundary(&boundary.header, &boundary.certificate)?;
    }
    store.set_floor(&joining.newest)?;
    Ok(floor)
}

/// Takes over the changes of the validator set that the store knows; the certificate from which it
/// began, if it began with a state.
fn recall(epochs: &Epochs, store: &Store) -> Result<Option<Floor>, EngineError> {
    let Some((head, _)) = store.head() else {
        return Ok(None);
    };
    for header in store.boundary_headers()? {
        epochs.learn(&header)?;
    }
    let next = head.next().unwrap_or(head);
    epochs.know_up_to(epochs.epoch_of(next));
    match store.floor()? {
        None => Ok(None),
        Some(newest) => Ok(Some(joining::begin(epochs, &newest)?)),
    }
}

/// The genesis block from the store, or made now on an empty directory, with what the store is then
/// to begin with.
async fn genesis<P: Platform>(
    context: &P::Context,
    launch: &Launch,
    spec: &ChainSpec,
    store: &Store,
) -> Result<(SealedBlock, Option<StateChanges>), EngineError> {
    if store.head().is_some() {
        let block = store
            .block(Height::GENESIS)?
            .ok_or(EngineError::MissingBlock(Height::GENESIS))?;
        let block = SealedBlock::new(block).map_err(GenesisError::from)?;
        return Ok((block, None));
    }
    let mut changes = genesis_changes(spec).map_err(GenesisError::from)?;
    let cache = stack::page_cache(launch.cache_pages);
    // Where the newest state is taken over, the first one is made only for its roots.
    let prefix = match launch.joining {
        Some(_) => format!("{}-first", launch.prefix),
        None => launch.prefix.clone(),
    };
    let databases_config = databases::config::<P::Context>(&prefix, &Sizes::default(), &cache);
    let (databases, state) = Box::pin(seed(context.child("genesis"), databases_config, &changes))
        .await
        .map_err(GenesisError::from)?;
    drop(databases);
    if launch.joining.is_some() {
        changes = StateChanges::default();
        for partition in databases::partitions(&prefix) {
            // A partition that is not there needs no removing.
            let _ = context.remove(&partition, None).await;
        }
    }
    Ok((genesis_block(spec, state)?, Some(changes)))
}
