//! Configuration of the engine's parts.

use super::archive::{Blocks, Certificates};
use super::{ARCHIVE_SECTION, BUFFER, MAILBOX, SERVED_OPERATIONS_MAX};
use crate::{
    block::SealedBlock,
    epochs::Epochs,
    keys::PublicKey,
    pacing::Pace,
    platform::{Channel, Platform},
    scheme::Scheme,
};
use commonware_broadcast::buffered;
use commonware_consensus::{
    marshal::{self, resolver::p2p as marshal_resolver},
    types::{Epoch, FixedEpocher, ViewDelta},
};
use commonware_cryptography::{Digested, certificate::Verifier as _, sha256::Digest};
use commonware_glue::stateful::{db::p2p as qmdb_resolver, probe::Config as ProbeConfig};
use commonware_parallel::Sequential;
use commonware_runtime::{Supervisor as _, buffer::paged::CacheRef};
use commonware_storage::{archive::prunable, translator::TwoCap};
use commonware_utils::{NZDuration, NZUsize};
use qiantang_state::history::Store;
use std::time::Duration;

/// Time after which a fetch from one peer is tried with another.
pub(crate) const FETCH_TIMEOUT: Duration = Duration::from_secs(2);

/// Pause before a failed fetch is tried again.
const FETCH_RETRY: Duration = Duration::from_millis(100);

fn archive_config<C>(
    (prefix, name): (&str, &str),
    codec: C,
    cache: &CacheRef,
) -> prunable::Config<TwoCap, C> {
    prunable::Config {
        translator: TwoCap,
        metadata_partition: format!("{prefix}-{name}-metadata"),
        key_partition: format!("{prefix}-{name}-key"),
        key_page_cache: cache.clone(),
        value_partition: format!("{prefix}-{name}-value"),
        compression: None,
        codec_config: codec,
        items_per_section: ARCHIVE_SECTION,
        key_write_buffer: BUFFER,
        value_write_buffer: BUFFER,
        replay_buffer: BUFFER,
    }
}

/// Opens the engine's archives of finalized blocks and their certificates, in front of the store.
pub(super) async fn archives<P: Platform>(
    context: &P::Context,
    prefix: &str,
    (store, cache): (&Store, &CacheRef),
) -> (Certificates<P::Context>, Blocks<P::Context>) {
    let codec = Scheme::certificate_codec_config_unbounded();
    let certificates = prunable::Archive::init(
        context.child("finalizations"),
        archive_config((prefix, "finalizations"), codec, cache),
    )
    .await
    .unwrap_or_else(|error| panic!("the archive of certificates cannot be opened: {error}"));
    let blocks = prunable::Archive::init(
        context.child("blocks"),
        archive_config((prefix, "blocks"), (), cache),
    )
    .await
    .unwrap_or_else(|error| panic!("the archive of blocks cannot be opened: {error}"));
    (
        Certificates::new(
            certificates,
            context.child("past_finalizations"),
            store.clone(),
        ),
        Blocks::new(blocks, context.child("past_blocks"), store.clone()),
    )
}

type MarshalConfig =
    marshal::Config<Epochs, FixedEpocher, Sequential, SealedBlock, Digested<SealedBlock>, Digest>;

pub(super) fn marshal_config(
    prefix: &str,
    epochs: Epochs,
    start: marshal::Start<Scheme, Digest, Digested<SealedBlock>>,
    cache: &CacheRef,
) -> MarshalConfig {
    marshal::Config {
        epocher: epochs.epocher(),
        provider: epochs,
        start,
        partition_prefix: format!("{prefix}-marshal"),
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

pub(super) fn probe_config<P: Platform>(
    context: &P::Context,
    provider: Epochs,
    blocker: &P::Blocker,
) -> ProbeConfig<P::Context, Epochs, Sequential, PublicKey, P::Blocker> {
    ProbeConfig {
        context: context.child("probe"),
        provider,
        strategy: Sequential,
        mailbox_size: NZUsize!(128),
        blocker: blocker.clone(),
        minimum_epoch: Epoch::zero(),
        retry_timeout: NZDuration!(Duration::from_millis(500)),
    }
}

pub(super) fn marshal_resolver_config<P: Platform>(
    me: &PublicKey,
    (peers, blocker): (&P::Peers, &P::Blocker),
) -> marshal_resolver::Config<PublicKey, P::Peers, P::Blocker> {
    marshal_resolver::Config {
        public_key: me.clone(),
        peer_provider: peers.clone(),
        blocker: blocker.clone(),
        mailbox_size: MAILBOX,
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: FETCH_RETRY,
        priority_requests: false,
        priority_responses: false,
    }
}

/// Starts the dissemination of blocks.
pub(super) fn broadcast<P: Platform>(
    context: &P::Context,
    me: &PublicKey,
    peers: &P::Peers,
    channel: Channel<P>,
) -> buffered::Mailbox<PublicKey, SealedBlock> {
    let (engine, mailbox) = buffered::Engine::new(
        context.child("broadcast"),
        buffered::Config {
            public_key: me.clone(),
            mailbox_size: MAILBOX,
            deque_size: 16,
            priority: false,
            codec_config: (),
            peer_provider: peers.clone(),
            strategy: Sequential,
        },
    );
    engine.start(channel);
    mailbox
}

pub(super) fn state_resolver_config<P: Platform, D>(
    me: &PublicKey,
    (peers, blocker): (&P::Peers, &P::Blocker),
) -> qmdb_resolver::Config<PublicKey, P::Peers, P::Blocker, D> {
    qmdb_resolver::Config {
        peer_provider: peers.clone(),
        blocker: blocker.clone(),
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

/// How long the engine waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) leader: Duration,
    pub(crate) certification: Duration,
    pub(crate) skip: Duration,
}

impl From<Pace> for Timing {
    fn from(pace: Pace) -> Self {
        Self {
            leader: pace.leader_timeout(),
            certification: pace.certification_timeout(),
            skip: pace.skip_timeout(),
        }
    }
}
