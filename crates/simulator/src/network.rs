//! The network as the simulator has it, and what a node's messages pass on their way out.

use crate::{
    context::MachineContext,
    liar::{self, Lies},
    machine::{self, mix},
};
use commonware_actor::{Feedback, Unreliable};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients, simulated};
use commonware_runtime::{
    Clock as _, IoBuf, IoBufs, Spawner as _, Supervisor as _, deterministic::Context,
};
use qiantang_consensus::{CHANNELS, Channels, Epochs, Platform, PublicKey, quota};
use qiantang_types::Block;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

/// Numbers of the channels on which a liar does more than garble.
const VOTES: u64 = 0;
const BACKFILL: u64 = 3;
const BROADCAST: u64 = 4;

/// The deterministic runtime and its network.
pub(crate) struct Simulated;

impl Platform for Simulated {
    type Context = MachineContext;
    type Peers = simulated::SocketManager<PublicKey, Context>;
    type Blocker = simulated::Control<PublicKey, Context>;
    type Sender = Tap;
    type Receiver = simulated::Receiver<PublicKey>;

    fn instead_of(proposal: &Block) -> Option<Block> {
        let machine = machine::current().filter(|machine| machine.lies.blocks)?;
        let random = mix(proposal.header.height.get() ^ machine.now_ms());
        random
            .is_multiple_of(3)
            .then(|| liar::wrong(proposal, random >> 8))
    }
}

/// Handle on the simulated network.
pub(crate) type Oracle = simulated::Oracle<PublicKey, Context>;

/// What happens to messages between all nodes, beyond what links do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weather {
    /// Messages of a thousand that are lost.
    pub(crate) lost: u64,
    /// Messages of a thousand that arrive twice.
    pub(crate) doubled: u64,
    /// Messages of a thousand that are overtaken by others.
    pub(crate) delayed: u64,
    /// How long those take in addition.
    pub(crate) delay: Duration,
}

/// All that a node sends goes through it.
pub(crate) struct Wire {
    context: Context,
    lies: Lies,
    state: Mutex<WireState>,
    bytes: AtomicU64,
    messages: AtomicU64,
    contradictions: AtomicU64,
}

struct WireState {
    weather: Weather,
    random: u64,
    epochs: Option<Epochs>,
}

impl Wire {
    pub(crate) fn new(context: Context, lies: Lies, random: u64) -> Arc<Self> {
        Arc::new(Self {
            context,
            lies,
            state: Mutex::new(WireState {
                weather: Weather::default(),
                random,
                epochs: None,
            }),
            bytes: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            contradictions: AtomicU64::new(0),
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, WireState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// The sets of validators as the node knows them since its last start.
    pub(crate) fn set_epochs(&self, epochs: Epochs) {
        self.state().epochs = Some(epochs);
    }

    /// Bytes and messages to all recipients together.
    pub(crate) fn sent(&self) -> (u64, u64) {
        let bytes = self.bytes.load(Ordering::Relaxed);
        (bytes, self.messages.load(Ordering::Relaxed))
    }

    /// Votes that contradicted others.
    pub(crate) fn contradictions(&self) -> u64 {
        self.contradictions.load(Ordering::Relaxed)
    }

    fn random(&self) -> u64 {
        let mut state = self.state();
        state.random = mix(state.random);
        state.random
    }
}

/// A node's end of the network.
pub(crate) type Links = (
    simulated::SocketManager<PublicKey, Context>,
    simulated::Control<PublicKey, Context>,
    Channels<Simulated>,
);

/// Connects a node under its key; whoever was connected under it before is cut off.
pub(crate) async fn connect(oracle: &Oracle, key: &PublicKey, wire: &Arc<Wire>) -> Links {
    let control = oracle.control(key.clone());
    let mut ends = Vec::new();
    for number in 0..CHANNELS {
        let end = control.register(number, quota(number)).await;
        ends.push(end.expect("the network runs as long as the simulation"));
    }
    let mut ends = ends.into_iter();
    let channels = Channels::register(|channel| {
        let (inner, receiver) = ends.next().expect("one for each number");
        let wire = wire.clone();
        let tap = Tap {
            inner,
            channel,
            wire,
        };
        (tap, receiver)
    });
    (oracle.socket_manager(), control, channels)
}

/// The sending end of a channel.
#[derive(Clone)]
pub(crate) struct Tap {
    inner: simulated::Sender<PublicKey, Context>,
    channel: u64,
    wire: Arc<Wire>,
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").finish_non_exhaustive()
    }
}

impl Tap {
    fn send_now(&self, recipients: Vec<PublicKey>, message: impl Into<IoBufs> + Send) {
        let mut sender = self.inner.clone();
        // What the quota does not let through is lost, as on a busy network.
        if let Ok(checked) = sender.check(Recipients::Some(recipients)) {
            let _ = checked.send(message, false);
        }
    }

    fn send_later(&self, recipients: Vec<PublicKey>, message: IoBuf, delay: Duration) {
        let tap = self.clone();
        let context = self.wire.context.child("delayed");
        context.spawn(move |context| async move {
            context.sleep(delay).await;
            tap.send_now(recipients, message);
        });
    }

    /// What a liar sends besides or instead; whether the message itself is to go out.
    fn lie(&self, recipients: &[PublicKey], message: &IoBuf) -> bool {
        let (wire, random) = (&self.wire, self.wire.random());
        let half = |odd: u64| {
            let chosen = (0u64..).zip(recipients);
            let chosen = chosen.filter(|(number, _)| (random >> (number % 32)) & 1 == odd);
            chosen.map(|(_, key)| key.clone()).collect::<Vec<_>>()
        };
        if wire.lies.votes
            && self.channel == VOTES
            && let Some(epochs) = wire.state().epochs.clone()
            && let Some(lie) = liar::contradiction(&epochs, message.as_ref(), random)
        {
            // To all both, or to each half another one, which nobody can notice.
            if random >> 63 == 0 {
                wire.contradictions.fetch_add(1, Ordering::Relaxed);
                self.send_now(recipients.to_vec(), lie);
                return true;
            }
            self.send_now(half(0), lie);
            self.send_now(half(1), message.clone());
            return false;
        }
        if wire.lies.withholds && matches!(self.channel, BROADCAST | BACKFILL) {
            if random >> 62 == 0 {
                self.send_now(half(0), message.clone());
            }
            return false;
        }
        if wire.lies.garbage && random >> 60 == 0 {
            self.send_now(recipients.to_vec(), liar::garbled(message.as_ref(), random));
            return false;
        }
        true
    }
}

/// A message whose recipients are known.
pub(crate) struct Checked<'a> {
    inner: <simulated::Sender<PublicKey, Context> as LimitedSender>::Checked<'a>,
    tap: Tap,
}

impl LimitedSender for Tap {
    type PublicKey = PublicKey;
    type Checked<'a> = Checked<'a>;

    fn check(&mut self, recipients: Recipients<PublicKey>) -> Result<Checked<'_>, SystemTime> {
        let tap = self.clone();
        let inner = self.inner.check(recipients)?;
        Ok(Checked { inner, tap })
    }
}

impl CheckedSender for Checked<'_> {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        self.inner.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let message = message.into().coalesce();
        let recipients = self.inner.recipients();
        let wire = &self.tap.wire;
        let copies = recipients.len() as u64;
        let bytes = copies.saturating_mul(message.len() as u64);
        wire.bytes.fetch_add(bytes, Ordering::Relaxed);
        wire.messages.fetch_add(copies, Ordering::Relaxed);
        let done = Unreliable::new(Feedback::Ok);
        if wire.lies.any() && !self.tap.lie(&recipients, &message) {
            return done;
        }
        let weather = wire.state().weather;
        if weather == Weather::default() {
            return self.inner.send(message, priority);
        }
        let random = wire.random();
        if random % 1000 < weather.lost {
            return done;
        }
        if (random >> 16) % 1000 < weather.delayed {
            self.tap.send_later(recipients, message, weather.delay);
            return done;
        }
        if (random >> 32) % 1000 < weather.doubled {
            self.tap.send_now(recipients, message.clone());
        }
        self.inner.send(message, priority)
    }
}
