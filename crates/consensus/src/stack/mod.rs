//! The engine's parts in the order in which they must start.
//!
//! The whole generic stack is instantiated in this one file, because each instantiation costs
//! minutes of compile time.

use crate::{
    application::Ledger,
    block::SealedBlock,
    chain::Chain,
    network::{Channels, Oracle},
    outcomes::Outcomes,
    pacing::{Pace, Paced},
    scheme::{PublicKey, Scheme},
};
use commonware_consensus::{
    marshal::{
        self,
        core::Actor as MarshalActor,
        resolver::p2p as marshal_resolver,
        standard::{Deferred, Standard},
    },
    simplex,
    types::FixedEpocher,
};
use commonware_cryptography::{
    Digested, Digestible as _, certificate::ConstantProvider, sha256::Digest,
};
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
    BLOB_PAGE_SIZE, Handle, Supervisor as _,
    buffer::paged::{CacheRef, page_size},
    tokio::Context,
};
use commonware_storage::merkle::mmb;
use commonware_utils::{NZU64, NZUsize};
use parts::{
    archives, broadcast, engine_config, marshal_config, marshal_resolver_config, probe_config,
    state_resolver_config,
};
use qiantang_state::databases::{self, AccountDb, CodeDb, RegistryDb, Sizes, SlotDb};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    sync::Arc,
};

mod parts;

/// Prefix of all partitions of the stack.
pub(crate) const PREFIX: &str = "chain";

/// Operations served to a syncing peer in one answer. A larger request is ignored by peers, so all
/// use the same number.
const SERVED_OPERATIONS_MAX: NonZeroU64 = NZU64!(1024);

/// Bytes of the largest operation of any database: a piece of code, its key, and room for tags and
/// keys.
const OPERATION_BYTES_MAX: usize = qiantang_state::code::PIECE_BYTES + 128;

/// Messages that wait for one actor.
const MAILBOX: NonZeroUsize = NZUsize!(1024);

/// Items in one section of the archives.
const ARCHIVE_SECTION: NonZeroU64 = NZU64!(1024);

/// Bytes of the buffers that write and replay journals.
const BUFFER: NonZeroUsize = NZUsize!(256 * 1024);

/// Finalized blocks that the engine keeps for peers; older ones come from the local store.
const RETAINED_BLOCKS: usize = 512;

/// Starts one resolver for each database, all on one channel.
macro_rules! state_resolvers {
    ($context:expr, $config:expr, $oracle:expr, $channel:expr) => {{
        let (sender, receiver) = $channel;
        let (muxer, mut handle) = Muxer::new($context.child("state_mux"), sender, receiver);
        muxer.start();
        macro_rules! resolver {
            ($db:ident, $name:literal, $number:literal) => {{
                let network = handle
                    .register($number)
                    .await
                    .expect("the channel was just opened");
                let (actor, mailbox) =
                    qmdb_resolver::Actor::<_, PublicKey, _, _, mmb::Family, $db<Context>>::new(
                        $context.child($name),
                        state_resolver_config(&$config.me, &$oracle),
                    );
                actor.start(network);
                mailbox
            }};
        }
        (
            resolver!(AccountDb, "sync_accounts", 0),
            resolver!(SlotDb, "sync_slots", 1),
            resolver!(RegistryDb, "sync_registry", 2),
            resolver!(CodeDb, "sync_code", 3),
        )
    }};
}

/// What the stack needs to know.
pub(crate) struct Config {
    pub(crate) me: PublicKey,
    pub(crate) scheme: Scheme,
    pub(crate) chain: Arc<Chain>,
    pub(crate) pace: Pace,
    pub(crate) cache_pages: NonZeroUsize,
}

/// The running engine.
pub(crate) struct Stack {
    pub(crate) engine: Handle<()>,
    pub(crate) stateful: Mailbox<Context, Ledger>,
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
pub(crate) async fn start(
    context: Context,
    config: Config,
    oracle: Oracle,
    channels: Channels,
) -> Stack {
    let cache = page_cache(config.cache_pages);
    let provider = ConstantProvider::new(config.scheme.clone());
    let epocher = FixedEpocher::new(NZU64!(u64::MAX));
    let plan =
        SyncPlan::<Context, Scheme, Standard<SealedBlock>>::init(context.child("plan"), PREFIX)
            .await;
    let genesis = config.chain.genesis.clone();
    let start = plan.marshal_start(Digested::precomputed(genesis.clone(), genesis.digest()));
    let (finalizations, blocks) = archives(&context, &cache).await;
    let (marshal_actor, marshal_mailbox, floor) =
        MarshalActor::<_, Standard<SealedBlock>, _, _, _, _, _>::init(
            context.child("marshal"),
            finalizations,
            blocks,
            marshal_config(provider.clone(), epocher.clone(), start, &cache),
        )
        .await;
    let (probe, probe_mailbox) = Probe::new(probe_config(&context, provider, &oracle));
    probe.start(channels.probe);
    let ledger = Ledger {
        chain: config.chain.clone(),
        outcomes: Arc::new(Outcomes::default()),
        marshal: marshal_mailbox.clone(),
    };
    let resolvers = state_resolvers!(context, config, oracle, channels.state);
    let (stateful_actor, stateful) = Stateful::new(
        context.child("stateful"),
        StatefulConfig {
            application: ledger,
            db_config: databases::config::<Context>(PREFIX, &Sizes::default(), &cache),
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
    let paced = Paced {
        inner: stateful.clone(),
        chain: config.chain.clone(),
        pace: config.pace,
    };
    let automaton = Deferred::new(
        context.child("deferred"),
        paced,
        marshal_mailbox.clone(),
        epocher,
    );
    let buffer = broadcast(&context, &config.me, &oracle, channels.broadcast);
    let resolver = marshal_resolver::init(
        context.child("marshal_resolver"),
        marshal_resolver_config(&config.me, &oracle),
        channels.backfill,
    );
    marshal_actor.start(stateful.clone(), buffer, resolver);
    probe_mailbox.attach(marshal_mailbox);
    stateful_actor.start();
    let engine = simplex::Engine::new(
        context,
        engine_config(&config, genesis.digest(), oracle, automaton, cache),
    );
    let engine = engine.start(channels.votes, channels.certificates, channels.resolver);
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
