//! Configuration of the engine's parts.

use super::{ARCHIVE_SECTION, BUFFER, Config, MAILBOX, PREFIX, SERVED_OPERATIONS_MAX};
use crate::{
    block::{BlockContext, SealedBlock},
    network::{Channel, Oracle},
    scheme::{PublicKey, Scheme},
};
use commonware_broadcast::buffered;
use commonware_consensus::{
    CertifiableAutomaton, Relay, Reporter,
    marshal::{self, resolver::p2p as marshal_resolver},
    simplex::{
        self, ForwardPolicy, Plan, SkipBudget, SkipPolicy, elector,
        types::{Activity, Finalization},
    },
    types::{Epoch, FixedEpocher, ViewDelta},
};
use commonware_cryptography::{
    Digested, Sha256,
    certificate::{ConstantProvider, Verifier as _},
    sha256::Digest,
};
use commonware_glue::stateful::{db::p2p as qmdb_resolver, probe::Config as ProbeConfig};
use commonware_parallel::Sequential;
use commonware_runtime::{Supervisor as _, buffer::paged::CacheRef, tokio::Context};
use commonware_storage::{archive::prunable, translator::TwoCap};
use commonware_utils::{NZDuration, NZUsize};
use std::{sync::Arc, time::Duration};

/// Certificates by height.
pub(super) type Certificates =
    prunable::Archive<TwoCap, Context, Digest, Finalization<Scheme, Digest>>;

/// Blocks by height.
pub(super) type Blocks = prunable::Archive<TwoCap, Context, Digest, Arc<SealedBlock>>;

/// Time after which a fetch from one peer is tried with another.
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);

/// Pause before a failed fetch is tried again.
const FETCH_RETRY: Duration = Duration::from_millis(100);

fn archive_config<C>(name: &str, codec: C, cache: &CacheRef) -> prunable::Config<TwoCap, C> {
    prunable::Config {
        translator: TwoCap,
        metadata_partition: format!("{PREFIX}-{name}-metadata"),
        key_partition: format!("{PREFIX}-{name}-key"),
        key_page_cache: cache.clone(),
        value_partition: format!("{PREFIX}-{name}-value"),
        compression: None,
        codec_config: codec,
        items_per_section: ARCHIVE_SECTION,
        key_write_buffer: BUFFER,
        value_write_buffer: BUFFER,
        replay_buffer: BUFFER,
    }
}

/// Opens the engine's archives of finalized blocks and their certificates.
pub(super) async fn archives(context: &Context, cache: &CacheRef) -> (Certificates, Blocks) {
    let codec = Scheme::certificate_codec_config_unbounded();
    let certificates = Certificates::init(
        context.child("finalizations"),
        archive_config("finalizations", codec, cache),
    )
    .await
    .unwrap_or_else(|error| panic!("the archive of certificates cannot be opened: {error}"));
    let blocks = Blocks::init(context.child("blocks"), archive_config("blocks", (), cache))
        .await
        .unwrap_or_else(|error| panic!("the archive of blocks cannot be opened: {error}"));
    (certificates, blocks)
}

type Provider = ConstantProvider<Scheme, Epoch>;

type MarshalConfig =
    marshal::Config<Provider, FixedEpocher, Sequential, SealedBlock, Digested<SealedBlock>, Digest>;

pub(super) fn marshal_config(
    provider: Provider,
    epocher: FixedEpocher,
    start: marshal::Start<Scheme, Digest, Digested<SealedBlock>>,
    cache: &CacheRef,
) -> MarshalConfig {
    marshal::Config {
        provider,
        epocher,
        start,
        partition_prefix: format!("{PREFIX}-marshal"),
        mailbox_size: MAILBOX,
        view_retention: ViewDelta::new(64),
        prunable_items_per_section: ARCHIVE_SECTION,
        page_cache: cache.clone(),
        replay_buffer: BUFFER,
        key_write_buffer: BUFFER,
        value_write_buffer: BUFFER,
        block_codec_config: (),
        max_repair: NZUsize!(16),
        max_pending_acks: NZUsize!(8),
        strategy: Sequential,
    }
}

pub(super) fn probe_config(
    context: &Context,
    provider: Provider,
    oracle: &Oracle,
) -> ProbeConfig<Context, Provider, Sequential, PublicKey, Oracle> {
    ProbeConfig {
        context: context.child("probe"),
        provider,
        strategy: Sequential,
        mailbox_size: NZUsize!(128),
        blocker: oracle.clone(),
        minimum_epoch: Epoch::zero(),
        retry_timeout: NZDuration!(Duration::from_millis(500)),
    }
}

pub(super) fn marshal_resolver_config(
    me: &PublicKey,
    oracle: &Oracle,
) -> marshal_resolver::Config<PublicKey, Oracle, Oracle> {
    marshal_resolver::Config {
        public_key: me.clone(),
        peer_provider: oracle.clone(),
        blocker: oracle.clone(),
        mailbox_size: MAILBOX,
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: FETCH_RETRY,
        priority_requests: false,
        priority_responses: false,
    }
}

/// Starts the dissemination of blocks.
pub(super) fn broadcast(
    context: &Context,
    me: &PublicKey,
    oracle: &Oracle,
    channel: Channel,
) -> buffered::Mailbox<PublicKey, SealedBlock> {
    let (engine, mailbox) = buffered::Engine::new(
        context.child("broadcast"),
        buffered::Config {
            public_key: me.clone(),
            mailbox_size: MAILBOX,
            deque_size: 16,
            priority: false,
            codec_config: (),
            peer_provider: oracle.clone(),
            strategy: Sequential,
        },
    );
    engine.start(channel);
    mailbox
}

pub(super) fn state_resolver_config<D>(
    me: &PublicKey,
    oracle: &Oracle,
) -> qmdb_resolver::Config<PublicKey, Oracle, Oracle, D> {
    qmdb_resolver::Config {
        peer_provider: oracle.clone(),
        blocker: oracle.clone(),
        database: None,
        mailbox_size: NZUsize!(256),
        me: Some(me.clone()),
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: FETCH_RETRY,
        max_serve_ops: SERVED_OPERATIONS_MAX,
        priority_requests: false,
        priority_responses: false,
    }
}

type EngineConfig<A> =
    simplex::Config<Scheme, elector::RoundRobin<Sha256>, Oracle, Digest, A, A, A, Sequential>;

pub(super) fn engine_config<A>(
    config: &Config,
    genesis: Digest,
    oracle: Oracle,
    automaton: A,
    cache: CacheRef,
) -> EngineConfig<A>
where
    A: CertifiableAutomaton<Context = BlockContext, Digest = Digest>
        + Relay<Digest = Digest, PublicKey = PublicKey, Plan = Plan<PublicKey>>
        + Reporter<Activity = Activity<Scheme, Digest>>,
{
    let leader = config.pace.leader_timeout();
    simplex::Config {
        scheme: config.scheme.clone(),
        elector: elector::RoundRobin::default(),
        blocker: oracle,
        automaton: automaton.clone(),
        relay: automaton.clone(),
        reporter: automaton,
        strategy: Sequential,
        partition: format!("{PREFIX}-simplex"),
        mailbox_size: MAILBOX,
        epoch: Epoch::zero(),
        floor: simplex::Floor::Genesis(genesis),
        replay_buffer: BUFFER,
        write_buffer: BUFFER,
        page_cache: cache,
        leader_timeout: leader,
        certification_timeout: config.pace.certification_timeout(),
        timeout_retry: leader,
        view_retention: ViewDelta::new(64),
        skip: SkipPolicy::Enabled {
            timeout: leader.saturating_mul(4),
            budget: SkipBudget::Participants,
        },
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: Duration::from_millis(500),
        forward: ForwardPolicy::Disabled,
        track_historical_votes: false,
    }
}
