//! One engine of votes for each epoch: it starts where the boundary block of the epoch before is
//! final, and ends when the next one starts.

use crate::{
    block::{BlockContext, SealedBlock},
    chain::Chain,
    epochs::Epochs,
    health::Health,
    keys::PublicKey,
    peers::PeerBook,
    platform::{Channel, Platform},
    scheme::Scheme,
    stack::{BUFFER, FETCH_TIMEOUT, MAILBOX, Timing},
    turns::Turns,
};
use commonware_actor::Feedback;
use commonware_consensus::{
    CertifiableAutomaton, Epochable as _, Heightable as _, Relay, Reporter, Reporters,
    marshal::{Update, core::Mailbox as MarshalMailbox, standard::Standard},
    simplex::{
        self, Floor, ForwardPolicy, Plan, SkipBudget, SkipPolicy, elector,
        types::{Activity, Finalization},
    },
    types::{Epoch, Epocher as _, Height as EngineHeight, ViewDelta},
};
use commonware_cryptography::{Sha256, sha256::Digest};
use commonware_p2p::{
    Message,
    utils::mux::{Builder as _, MuxHandle, Muxer},
};
use commonware_parallel::Sequential;
use commonware_runtime::{
    Clock as _, Handle, Storage as _, Supervisor as _, buffer::paged::CacheRef,
};
use commonware_utils::{
    Acknowledgement as _, NZDuration, acknowledgement::Exact, channel::mpsc, vec::NonEmptyVec,
};
use futures::{
    FutureExt as _, StreamExt as _,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    future::Either,
    pin_mut,
};
use qiantang_types::Height;
use std::{sync::Arc, time::Duration};

/// A finalized block, and the promise to say when the node is ready for the next epoch.
type Finalized = (SealedBlock, Exact);

/// Tells the orchestrator of finalized blocks.
#[derive(Clone)]
pub(crate) struct Mailbox(UnboundedSender<Finalized>);

impl Reporter for Mailbox {
    type Activity = Update<SealedBlock>;

    fn report(&mut self, update: Update<SealedBlock>) -> Feedback {
        let Update::Block(block, acknowledgement) = update else {
            return Feedback::Ok;
        };
        // How many may wait is bounded by the blocks that marshal leaves unacknowledged.
        let finalized = (block.inner().clone(), acknowledgement);
        match self.0.unbounded_send(finalized) {
            Ok(()) => Feedback::Ok,
            Err(_) => Feedback::Closed,
        }
    }
}

/// The mailbox and its other end.
pub(crate) fn mailbox() -> (Mailbox, UnboundedReceiver<Finalized>) {
    let (sender, receiver) = unbounded();
    (Mailbox(sender), receiver)
}

/// What the engines of all epochs share.
pub(crate) struct Orchestrator<P: Platform, A> {
    pub(crate) context: P::Context,
    pub(crate) chain: Arc<Chain>,
    pub(crate) epochs: Epochs,
    pub(crate) peers: Arc<PeerBook>,
    pub(crate) health: Health,
    pub(crate) marshal: MarshalMailbox<Scheme, Standard<SealedBlock>>,
    pub(crate) automaton: A,
    pub(crate) blocker: P::Blocker,
    pub(crate) timing: Timing,
    pub(crate) cache: CacheRef,
    /// In front of the names of all partitions.
    pub(crate) prefix: String,
    pub(crate) finalized: UnboundedReceiver<Finalized>,
    /// What a state sync started from, where its epoch may still run.
    pub(crate) floor: Option<Finalization<Scheme, Digest>>,
}

/// Views below the final one of which an engine keeps the votes. A node that starts reads them all
/// again, and each takes as long as it takes to read its block, before the node can propose.
const VIEWS_RETAINED: u64 = 10;

/// How long a node that starts waits for the others before it votes.
const GATHER_MAX: Duration = Duration::from_secs(3);

/// How an epoch's engine of votes is configured.
type EngineConfig<P, A> = simplex::Config<
    Scheme,
    elector::RoundRobin<Sha256>,
    <P as Platform>::Blocker,
    Digest,
    Turns<<P as Platform>::Context, A>,
    A,
    Reporters<A, Health>,
    Sequential,
>;

/// Messages of an epoch that no engine here runs.
type Stray = mpsc::Receiver<(u64, Message<PublicKey>)>;

struct Links<P: Platform> {
    votes: MuxHandle<P::Sender>,
    certificates: MuxHandle<P::Sender>,
    resolver: MuxHandle<P::Sender>,
    stray_votes: Stray,
    stray_certificates: Stray,
}

/// The engine of one epoch; dropping it ends its tasks.
struct Active {
    epoch: Epoch,
    handle: Handle<()>,
}

impl Drop for Active {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

enum Event {
    Finalized(Option<Finalized>),
    /// The epoch of a message, and its sender.
    Stray(Option<(u64, Box<PublicKey>)>),
    Ended,
}

impl<P, A> Orchestrator<P, A>
where
    P: Platform,
    A: CertifiableAutomaton<Context = BlockContext, Digest = Digest>
        + Relay<Digest = Digest, PublicKey = PublicKey, Plan = Plan<PublicKey>>
        + Reporter<Activity = Activity<Scheme, Digest>>,
{
    /// Runs until the engine of an epoch ends, which it never does by itself.
    pub(crate) async fn run(
        mut self,
        votes: Channel<P>,
        certificates: Channel<P>,
        resolver: Channel<P>,
    ) {
        let mut links = self.links(votes, certificates, resolver);
        let Some((epoch, floor)) = self.resume().await else {
            return;
        };
        self.arrive(epoch);
        self.gather(epoch).await;
        let Some(mut active) = self.enter(epoch, floor, &mut links).await else {
            return;
        };
        loop {
            match next_event(&mut self.finalized, &mut links, &mut active).await {
                Event::Finalized(Some((block, acknowledgement))) => {
                    if self.is_last_of(active.epoch, &block) {
                        let header = &block.block().header;
                        if let Err(error) = self.epochs.learn(header) {
                            tracing::error!(%error, height = %header.height, "unusable boundary");
                            return;
                        }
                        // A node that takes over a later state does not store this block.
                        if let Err(error) = self.chain.store.set_epoch_end(header) {
                            return self.chain.fail(error.into()).await;
                        }
                        let floor = Floor::Genesis(Digest(block.hash().0));
                        let next = active.epoch.next();
                        self.arrive(next);
                        let Some(entered) = self.enter(next, floor, &mut links).await else {
                            return;
                        };
                        active = entered;
                    }
                    acknowledgement.acknowledge();
                }
                Event::Stray(Some((epoch, from))) => self.catch_up(&active, epoch, *from),
                Event::Finalized(None) | Event::Stray(None) | Event::Ended => return,
            }
        }
    }

    fn links(&self, votes: Channel<P>, certificates: Channel<P>, resolver: Channel<P>) -> Links<P> {
        let (mux, votes, stray_votes) =
            Muxer::builder(self.context.child("votes"), votes.0, votes.1)
                .with_backup()
                .build();
        mux.start();
        let (mux, certificates, stray_certificates) = Muxer::builder(
            self.context.child("certificates"),
            certificates.0,
            certificates.1,
        )
        .with_backup()
        .build();
        mux.start();
        let (mux, resolver) = Muxer::new(self.context.child("resolver"), resolver.0, resolver.1);
        mux.start();
        Links {
            votes,
            certificates,
            resolver,
            stray_votes,
            stray_certificates,
        }
    }

    /// The epoch in which the node goes on, and what it builds on there.
    async fn resume(&mut self) -> Option<(Epoch, Floor<Scheme, Digest>)> {
        let processed = self.marshal.get_processed().await;
        let height = processed.map_or_else(EngineHeight::zero, |processed| processed.height());
        let epocher = self.epochs.epocher();
        let epoch = epocher.containing(height.next())?.epoch();
        if let Some(floor) = &self.floor
            && floor.epoch() >= epoch
        {
            return Some((floor.epoch(), Floor::Finalized(floor.clone())));
        }
        let Some(boundary) = epoch.previous().and_then(|previous| epocher.last(previous)) else {
            return Some((epoch, Floor::Genesis(Digest(self.chain.genesis.hash().0))));
        };
        if let Ok(Some(header)) = self.chain.store.epoch_end(Height::new(boundary.get())) {
            return Some((epoch, Floor::Genesis(Digest(header.hash().0))));
        }
        tracing::error!(%boundary, %epoch, "the block before this epoch is missing");
        None
    }

    /// Tells the other parts which epoch it is.
    fn arrive(&self, epoch: Epoch) {
        self.peers.enter(epoch.get());
        self.health.on_epoch(epoch.get());
    }

    /// Waits until a quorum is connected, so that the first proposal and the votes for it are not
    /// said to nobody: where all start at once, that costs timeouts before the first block.
    async fn gather(&mut self, epoch: Epoch) {
        let scheme = self.epochs.scheme_of(epoch.get());
        if !scheme.is_some_and(|scheme| is_voter(&scheme)) {
            return;
        }
        let patience = self.context.sleep(GATHER_MAX).fuse();
        pin_mut!(patience);
        loop {
            let heard = self.health.listen_beacons();
            if self.health.hears_quorum(epoch.get()) {
                return;
            }
            if let Either::Right(_) = futures::future::select(heard, &mut patience).await {
                tracing::info!(%epoch, "too few validators are connected for a block");
                return;
            }
        }
    }

    fn is_last_of(&self, epoch: Epoch, block: &SealedBlock) -> bool {
        self.epochs.epocher().last(epoch) == Some(block.height())
    }

    /// Asks a peer that is in a later epoch for the end of this one.
    fn catch_up(&self, active: &Active, epoch: u64, from: PublicKey) {
        if epoch <= active.epoch.get() {
            return;
        }
        if let Some(last) = self.epochs.epocher().last(active.epoch) {
            self.marshal.hint_finalized(last, NonEmptyVec::new(from));
        }
    }

    async fn enter(
        &mut self,
        epoch: Epoch,
        floor: Floor<Scheme, Digest>,
        links: &mut Links<P>,
    ) -> Option<Active> {
        let scheme = self.epochs.scheme_of(epoch.get())?;
        let context = self.context.child("epoch").with_attribute("epoch", epoch);
        let config = self.config(scheme.as_ref().clone(), epoch, floor);
        let engine = simplex::Engine::new(context, config);
        let votes = links.votes.register(epoch.get()).await.ok()?;
        let certificates = links.certificates.register(epoch.get()).await.ok()?;
        let resolver = links.resolver.register(epoch.get()).await.ok()?;
        let handle = engine.start(votes, certificates, resolver);
        self.forget(epoch).await;
        tracing::info!(%epoch, votes = is_voter(&scheme), "entered an epoch");
        Some(Active { epoch, handle })
    }

    fn config(
        &self,
        scheme: Scheme,
        epoch: Epoch,
        floor: Floor<Scheme, Digest>,
    ) -> EngineConfig<P, A> {
        let health = self.health.clone();
        simplex::Config {
            scheme,
            elector: elector::RoundRobin::default(),
            blocker: self.blocker.clone(),
            automaton: Turns {
                inner: self.automaton.clone(),
                is_behind: Arc::new(move || health.is_behind()),
                context: Arc::new(self.context.child("turns")),
            },
            relay: self.automaton.clone(),
            reporter: Reporters::from((self.automaton.clone(), self.health.clone())),
            strategy: Sequential,
            partition: self.partition(epoch),
            mailbox_size: MAILBOX,
            epoch,
            floor,
            replay_buffer: BUFFER,
            write_buffer: BUFFER,
            page_cache: self.cache.clone(),
            leader_timeout: self.timing.leader,
            certification_timeout: self.timing.certification,
            timeout_retry: self.timing.leader,
            view_retention: ViewDelta::new(VIEWS_RETAINED),
            skip: SkipPolicy::Enabled {
                timeout: self.timing.skip,
                budget: SkipBudget::Participants,
            },
            fetch_timeout: NZDuration!(FETCH_TIMEOUT),
            fetch_retry_delay: Duration::from_millis(500),
            forward: ForwardPolicy::Disabled,
            track_historical_votes: false,
        }
    }

    /// Where the engine of an epoch keeps what it signed.
    fn partition(&self, epoch: Epoch) -> String {
        format!("{}-simplex-{epoch}", self.prefix)
    }

    /// Removes what this node signed two epochs ago: nobody accepts a vote of then any more.
    async fn forget(&mut self, epoch: Epoch) {
        if let Some(old) = epoch.previous().and_then(Epoch::previous) {
            // It is not there on a node that joined later.
            let _ = self.context.remove(&self.partition(old), None).await;
        }
    }
}

fn is_voter(scheme: &Scheme) -> bool {
    use commonware_cryptography::certificate::Scheme as _;
    scheme.me().is_some()
}

async fn next_event<P: Platform>(
    finalized: &mut UnboundedReceiver<Finalized>,
    links: &mut Links<P>,
    active: &mut Active,
) -> Event {
    let blocks = finalized.next();
    let stray_votes = links.stray_votes.recv();
    let stray_certificates = links.stray_certificates.recv();
    let ended = &mut active.handle;
    pin_mut!(blocks, stray_votes, stray_certificates);
    let strays = futures::future::select(stray_votes, stray_certificates);
    let network = futures::future::select(strays, ended);
    match futures::future::select(blocks, network).await {
        Either::Left((block, _)) => Event::Finalized(block),
        Either::Right((Either::Left((Either::Left((stray, _)), _)), _))
        | Either::Right((Either::Left((Either::Right((stray, _)), _)), _)) => {
            Event::Stray(stray.map(|(epoch, (from, _))| (epoch, Box::new(from))))
        }
        Either::Right((Either::Right(_), _)) => Event::Ended,
    }
}
