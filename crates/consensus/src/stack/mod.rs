//! The engine's parts in the order in which they must start.
//!
//! The whole generic stack is instantiated in this one file, because each instantiation costs
//! minutes of compile time.

use crate::{
    application::Ledger,
    block::SealedBlock,
    chain::Chain,
    epochs::Epochs,
    gossip,
    health::Health,
    joining::Floor,
    keys::PublicKey,
    orchestrator::{self, Orchestrator},
    outcomes::Outcomes,
    pacing::{Pace, Paced},
    peers::PeerBook,
    platform::{Channels, Platform},
    scheme::Scheme,
};
use commonware_consensus::{
    Heightable as _, Reporters,
    marshal::{
        self,
        core::{Actor as MarshalActor, CommitmentFallback},
        resolver::p2p as marshal_resolver,
        standard::{Deferred, Standard},
    },
    simplex,
};
use commonware_cryptography::{Digested, Digestible as _, sha256::Digest};
use commonware_glue::stateful::{
    Config as StatefulConfig, Mailbox, PruneConfig, Stateful, SyncPlan,
    db::{SyncEngineConfig, p2p as qmdb_resolver},
    probe::{self, Probe},
};
use commonware_p2p::{
    max_message_size,
    utils::mux::{Muxer, prefixed},
};
use commonware_parallel::Sequential;
use commonware_runtime::{
    BLOB_PAGE_SIZE, Handle, Spawner as _, Supervisor as _,
    buffer::paged::{CacheRef, page_size},
};
use commonware_storage::merkle::mmb;
use commonware_utils::{NZU64, NZUsize};
use parts::{
    archives, broadcast, marshal_config, marshal_resolver_config, probe_config,
    state_resolver_config,
};
use qiantang_state::{
    databases::{self, AccountDb, CodeDb, RegistryDb, Sizes, SlotDb},
    set::Each,
};
use std::{
    marker::PhantomData,
    num::{NonZeroU64, NonZeroUsize},
    sync::Arc,
};

mod archive;
mod parts;
pub(crate) use parts::{FETCH_TIMEOUT, Timing};

/// Prefix of all partitions of a node on the operating system.
pub(crate) const PREFIX: &str = "chain";

/// Operations served to a syncing peer in one answer. A larger request is ignored by peers, so all
/// use the same number.
const SERVED_OPERATIONS_MAX: NonZeroU64 = NZU64!(1024);

/// Bytes of the largest operation of any database: a piece of code, its key, and room for tags and
/// keys.
const OPERATION_BYTES_MAX: usize = qiantang_state::code::PIECE_BYTES + 128;

/// Messages that wait for one actor.
pub(crate) const MAILBOX: NonZeroUsize = NZUsize!(1024);

/// Items in one section of the archives.
const ARCHIVE_SECTION: NonZeroU64 = NZU64!(64);

/// Bytes of the buffers that write and replay journals.
pub(crate) const BUFFER: NonZeroUsize = NZUsize!(256 * 1024);

/// Finalized blocks that the engine keeps for peers; older ones come from the local store.
const RETAINED_BLOCKS: usize = 64;

/// Starts one resolver for each database, all on one channel.
macro_rules! state_resolvers {
    ($platform:ident, $context:expr, $config:expr, $network:expr, $channel:expr) => {{
        let (sender, receiver) = $channel;
        let (muxer, mut handle) = Muxer::new($context.child("state_mux"), sender, receiver);
        muxer.start();
        macro_rules! resolver {
            ($db:ident, $name:literal, $number:literal) => {{
                let network = handle
                    .register($number)
                    .await
                    .expect("the channel was just opened");
                let (actor, mailbox) = qmdb_resolver::Actor::<
                    _,
                    PublicKey,
                    _,
                    _,
                    mmb::Family,
                    $db<$platform::Context>,
                >::new(
                    $context.child($name),
                    state_resolver_config::<$platform, _>(&$config.me, $network),
                );
                actor.start(network);
                mailbox
            }};
        }
        Each {
            accounts: resolver!(AccountDb, "sync_accounts", 0),
            slots: resolver!(SlotDb, "sync_slots", 1),
            registry: resolver!(RegistryDb, "sync_registry", 2),
            code: resolver!(CodeDb, "sync_code", 3),
        }
    }};
}

/// What the stack needs to know.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) me: PublicKey,
    pub(crate) epochs: Epochs,
    pub(crate) peers: Arc<PeerBook>,
    pub(crate) health: Health,
    pub(crate) chain: Arc<Chain>,
    pub(crate) pace: Pace,
    pub(crate) cache_pages: NonZeroUsize,
    /// In front of the names of all partitions.
    pub(crate) prefix: String,
    /// What the node began with, if not with the first block.
    pub(crate) floor: Option<Floor>,
}

/// The network as the stack uses it.
pub struct Network<P: Platform> {
    /// Who may connect.
    pub peers: P::Peers,
    /// Who misbehaved.
    pub blocker: P::Blocker,
    /// Its channels.
    pub channels: Channels<P>,
}

/// The running engine.
pub(crate) struct Stack<P: Platform> {
    pub(crate) engine: Handle<()>,
    pub(crate) stateful: Mailbox<P::Context, Ledger>,
}

/// Bytes of the largest message that any part of the stack sends among `n` validators.
pub(crate) fn message_bytes_max(n: u32) -> u32 {
    let served = qmdb_resolver::max_payload_size::<mmb::Family, Digest>(
        SERVED_OPERATIONS_MAX,
        OPERATION_BYTES_MAX,
    );
    max_message_size(&[
        simplex::max_payload_size::<Scheme, Digest>(n),
        marshal::max_payload_size::<Standard<SealedBlock>, Scheme>(n, &()),
        probe::max_payload_size::<Standard<SealedBlock>, Scheme>(n),
        prefixed(served),
    ])
}

/// The page cache that all journals share.
pub(crate) fn page_cache(pages: NonZeroUsize) -> CacheRef {
    CacheRef::new(page_size(BLOB_PAGE_SIZE), pages)
}

/// Starts everything.
#[expect(
    clippy::too_many_lines,
    reason = "the parts start in one order, and the engine's types can be inferred only where they \
              meet"
)]
pub(crate) async fn start<P: Platform>(
    context: P::Context,
    config: Config,
    network: Network<P>,
) -> Stack<P> {
    let cache = page_cache(config.cache_pages);
    let Network {
        peers,
        blocker,
        channels,
    } = network;
    let mut plan = SyncPlan::<P::Context, Scheme, Standard<SealedBlock>>::init(
        context.child("plan"),
        &config.prefix,
    )
    .await;
    if let Some(floor) = &config.floor {
        // Nothing happens here where the state was taken over before.
        plan = plan.set_floor(floor.clone()).await;
    }
    let syncing = plan.floor().cloned();
    let genesis = config.chain.genesis.clone();
    let start = plan.marshal_start(Digested::precomputed(genesis.clone(), genesis.digest()));
    let (finalizations, blocks) =
        archives::<P>(&context, &config.prefix, (&config.chain.store, &cache)).await;
    let (marshal_actor, marshal_mailbox, floor) =
        MarshalActor::<_, Standard<SealedBlock>, _, _, _, _, _>::init(
            context.child("marshal"),
            finalizations,
            blocks,
            marshal_config(&config.prefix, config.epochs.clone(), start, &cache),
        )
        .await;
    let (probe, probe_mailbox) =
        Probe::new(probe_config::<P>(&context, config.epochs.clone(), &blocker));
    probe.start(channels.probe);
    let ledger = Ledger {
        chain: config.chain.clone(),
        epochs: config.epochs.clone(),
        peers: config.peers.clone(),
        health: config.health.clone(),
        outcomes: Arc::new(Outcomes::default()),
        marshal: marshal_mailbox.clone(),
    };
    let resolvers = state_resolvers!(P, context, config, (&peers, &blocker), channels.state);
    let (stateful_actor, stateful) = Stateful::new(
        context.child("stateful"),
        StatefulConfig {
            application: ledger,
            db_config: databases::config::<P::Context>(&config.prefix, &Sizes::default(), &cache),
            provider: (),
            marshal: (marshal_mailbox.clone(), floor),
            mailbox_size: NZUsize!(128),
            plan,
            resolvers,
            sync_config: sync_config(),
            prune_config: Some(PRUNE),
            strategy: Sequential,
        },
    );
    let paced = Paced::<P, _> {
        inner: stateful.clone(),
        chain: config.chain.clone(),
        pace: config.pace,
        platform: PhantomData,
    };
    let automaton = Deferred::new(
        context.child("deferred"),
        paced,
        marshal_mailbox.clone(),
        config.epochs.epocher(),
    );
    let buffer = broadcast::<P>(&context, &config.me, &peers, channels.broadcast);
    let resolver = marshal_resolver::init(
        context.child("marshal_resolver"),
        marshal_resolver_config::<P>(&config.me, (&peers, &blocker)),
        channels.backfill,
    );
    let (reporter, finalized) = orchestrator::mailbox();
    marshal_actor.start(
        Reporters::from((stateful.clone(), reporter)),
        buffer,
        resolver,
    );
    probe_mailbox.attach(marshal_mailbox.clone());
    if let Some(floor) = syncing {
        let first = marshal_mailbox
            .subscribe_by_commitment(floor.proposal.payload, CommitmentFallback::Wait)
            .await;
        if let Ok(block) = first {
            let height = block.height().get();
            tracing::info!(
                height,
                "the state after this block or a later one is taken over"
            );
        }
    }
    stateful_actor.start();
    let local = gossip::Local {
        chain: config.chain.clone(),
        peers: config.peers.clone(),
        health: config.health.clone(),
        epochs: config.epochs.clone(),
        marshal: marshal_mailbox.clone(),
    };
    gossip::start::<P>(&context, local, channels.gossip);
    let orchestrator = Orchestrator::<P, _> {
        context: context.child("orchestrator"),
        chain: config.chain,
        epochs: config.epochs,
        peers: config.peers,
        health: config.health,
        marshal: marshal_mailbox,
        automaton,
        blocker,
        timing: Timing::from(config.pace),
        cache,
        prefix: config.prefix,
        finalized,
        floor: config.floor,
    };
    let engine = context
        .child("engine")
        .spawn(move |_| orchestrator.run(channels.votes, channels.certificates, channels.resolver));
    Stack { engine, stateful }
}

const PRUNE: PruneConfig = PruneConfig {
    maintenance_interval: NZUsize!(64),
    retained_marshal_blocks: RETAINED_BLOCKS,
    retained_qmdb_blocks: 64,
};

const fn sync_config() -> SyncEngineConfig {
    SyncEngineConfig {
        fetch_batch_size: SERVED_OPERATIONS_MAX,
        apply_batch_size: SERVED_OPERATIONS_MAX,
        max_outstanding_requests: NZUsize!(16),
    }
}
