//! The network as the simulator has it, and what a node's messages pass on their way out.

use crate::context::MachineContext;
use commonware_actor::{Feedback, Unreliable};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients, simulated};
use commonware_runtime::{IoBufs, deterministic};
use qiantang_consensus::{CHANNELS, Channels, Platform, PublicKey, QUOTA};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

/// The deterministic runtime and its network.
pub(crate) struct Simulated;

impl Platform for Simulated {
    type Context = MachineContext;
    type Peers = simulated::SocketManager<PublicKey, deterministic::Context>;
    type Blocker = simulated::Control<PublicKey, deterministic::Context>;
    type Sender = Tap;
    type Receiver = simulated::Receiver<PublicKey>;
}

/// Handle on the simulated network.
pub(crate) type Oracle = simulated::Oracle<PublicKey, deterministic::Context>;

/// What a node has sent.
#[derive(Default)]
pub(crate) struct Traffic {
    bytes: AtomicU64,
}

impl Traffic {
    /// Bytes to all recipients together.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// A node's end of the network.
pub(crate) type Links = (
    simulated::SocketManager<PublicKey, deterministic::Context>,
    simulated::Control<PublicKey, deterministic::Context>,
    Channels<Simulated>,
);

/// Connects a node under its key; whoever was connected under it before is cut off.
pub(crate) async fn connect(oracle: &Oracle, key: &PublicKey, traffic: &Arc<Traffic>) -> Links {
    let control = oracle.control(key.clone());
    let mut ends = Vec::new();
    for number in 0..CHANNELS {
        let end = control.register(number, QUOTA).await;
        ends.push(end.expect("the network runs as long as the simulation"));
    }
    let mut ends = ends.into_iter();
    let channels = Channels::register(|_| {
        let (inner, receiver) = ends.next().expect("one for each number");
        let traffic = traffic.clone();
        (Tap { inner, traffic }, receiver)
    });
    (oracle.socket_manager(), control, channels)
}

/// The sending end of a channel.
#[derive(Clone)]
pub(crate) struct Tap {
    inner: simulated::Sender<PublicKey, deterministic::Context>,
    traffic: Arc<Traffic>,
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").finish_non_exhaustive()
    }
}

/// A message whose recipients are known.
pub(crate) struct Checked<'a> {
    inner: <simulated::Sender<PublicKey, deterministic::Context> as LimitedSender>::Checked<'a>,
    traffic: &'a Traffic,
}

impl LimitedSender for Tap {
    type PublicKey = PublicKey;
    type Checked<'a> = Checked<'a>;

    fn check(&mut self, recipients: Recipients<PublicKey>) -> Result<Checked<'_>, SystemTime> {
        Ok(Checked {
            inner: self.inner.check(recipients)?,
            traffic: &self.traffic,
        })
    }
}

impl CheckedSender for Checked<'_> {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        self.inner.recipients()
    }

    fn send(self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let message = message.into().coalesce();
        let copies = self.inner.recipients().len() as u64;
        let bytes = copies.saturating_mul(message.len() as u64);
        self.traffic.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.inner.send(message, priority)
    }
}
