//! What this node sees of the network: who votes, who is heard, whose clock or disk is off. It
//! answers why there is no block.

use crate::{block::SealedBlock, chain::Chain, epochs::Epochs, keys::PublicKey, scheme::Scheme};
use alloy_primitives::Bytes;
use alloy_rlp::{RlpDecodable, RlpEncodable};
use commonware_actor::Feedback;
use commonware_consensus::{Epochable as _, Reporter, Viewable as _, simplex::types::Activity};
use commonware_cryptography::{certificate::Scheme as _, sha256::Digest};
use commonware_utils::Participant;
use event_listener::{Event, EventListener};
use qiantang_types::{Height, TimestampMs};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Peers whose beacons are remembered.
const PEERS_MAX: usize = 2_000;

/// Bytes of a version's text that are kept.
const VERSION_BYTES_MAX: usize = 64;

/// Views without a block of this node's own, behind the latest final one, that say that it lacks
/// final blocks. A few are always on their way through it.
const BEHIND_VIEWS_MAX: u64 = 8;

/// Appends of which the slowest is reported as the disk's time.
const DISK_SAMPLES: usize = 64;

/// What a node tells its peers about itself every second, and more often at first.
#[derive(Clone, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Beacon {
    /// Version of its program.
    pub version: String,
    /// Height of its last block.
    pub height: u64,
    /// Its clock.
    pub time: u64,
    /// Longest time of late in which its disk took a block, in milliseconds.
    pub disk_ms: u64,
}

impl Beacon {
    pub(crate) fn decode(mut bytes: &[u8]) -> Result<Self, String> {
        let beacon = <Self as alloy_rlp::Decodable>::decode(&mut bytes);
        let mut beacon = beacon.map_err(|error| error.to_string())?;
        if !bytes.is_empty() || beacon.version.len() > VERSION_BYTES_MAX {
            return Err("a beacon of another shape".to_owned());
        }
        beacon.version.retain(|letter| !letter.is_control());
        Ok(beacon)
    }
}

/// A vote that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenVote {
    /// Epoch.
    pub epoch: u64,
    /// View in it.
    pub view: u64,
    /// When it came, by this node's clock.
    pub at: TimestampMs,
}

/// A beacon with the time at which it came, by this node's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// What the peer said.
    pub beacon: Beacon,
    /// When it came.
    pub at: TimestampMs,
}

/// What is known of one validator or peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerHealth {
    /// Its key.
    pub key: Bytes,
    /// Whether it is this node.
    pub is_me: bool,
    /// Whether it votes in this epoch.
    pub is_validator: bool,
    /// Its last vote.
    pub vote: Option<SeenVote>,
    /// Its last beacon.
    pub heard: Option<Heard>,
}

/// The whole picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthReport {
    /// This node's clock.
    pub now: TimestampMs,
    /// The present epoch.
    pub epoch: u64,
    /// The latest view of which this node heard.
    pub view: u64,
    /// Votes that a block needs.
    pub quorum: usize,
    /// Whether this node votes.
    pub is_voter: bool,
    /// When this node took over its last block.
    pub last_block: Option<TimestampMs>,
    /// Longest time of late in which this node's disk took a block, in milliseconds.
    pub disk_ms: u64,
    /// Validators in the order of their keys, then other peers.
    pub peers: Vec<PeerHealth>,
}

/// Where observations are kept. Clones share it.
#[derive(Clone)]
pub struct Health {
    me: PublicKey,
    epochs: Epochs,
    chain: Arc<Chain>,
    clock: Arc<dyn Fn() -> TimestampMs + Send + Sync>,
    state: Arc<Mutex<State>>,
    beacons: Arc<Event>,
}

#[derive(Default)]
struct State {
    epoch: u64,
    view: u64,
    /// Latest epoch and view that is known to be final.
    finalized: (u64, u64),
    votes: BTreeMap<PublicKey, SeenVote>,
    heard: BTreeMap<PublicKey, Heard>,
    last_block: Option<TimestampMs>,
    disk: std::collections::VecDeque<u64>,
}

impl Health {
    pub(crate) fn new(
        me: PublicKey,
        epochs: Epochs,
        chain: Arc<Chain>,
        clock: Arc<dyn Fn() -> TimestampMs + Send + Sync>,
    ) -> Self {
        Self {
            me,
            epochs,
            chain,
            clock,
            state: Arc::default(),
            beacons: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block was taken over, and the disk took so long.
    pub(crate) fn on_block(&self, block: &SealedBlock, took: Duration) {
        let now = (self.clock)();
        let mut state = self.state();
        state.epoch = state.epoch.max(block.block().header.context.epoch);
        state.last_block = Some(now);
        state
            .disk
            .push_back(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        if state.disk.len() > DISK_SAMPLES {
            state.disk.pop_front();
        }
    }

    pub(crate) fn on_epoch(&self, epoch: u64) {
        self.state().enter(epoch);
    }

    pub(crate) fn on_beacon(&self, from: PublicKey, beacon: Beacon) {
        let at = (self.clock)();
        let mut state = self.state();
        if state.heard.len() < PEERS_MAX || state.heard.contains_key(&from) {
            state.heard.insert(from, Heard { beacon, at });
        }
        drop(state);
        self.beacons.notify(usize::MAX);
    }

    /// Wakes at the next beacon.
    pub(crate) fn listen_beacons(&self) -> EventListener {
        self.beacons.listen()
    }

    /// Whether this node has heard enough validators of an epoch for a block, itself included.
    pub(crate) fn hears_quorum(&self, epoch: u64) -> bool {
        let scheme = self.epochs.scheme_of(epoch);
        let keys = scheme.iter().flat_map(|scheme| scheme.participants());
        let (mut all, mut heard) = (0_usize, 0_usize);
        let state = self.state();
        for key in keys {
            all = all.saturating_add(1);
            let is_heard = *key == self.me || state.heard.contains_key(key);
            heard = heard.saturating_add(usize::from(is_heard));
        }
        heard >= quorum(all)
    }

    /// What this node tells its peers.
    pub(crate) fn beacon(&self, height: u64) -> Beacon {
        let time = (self.clock)().get();
        Beacon {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            height,
            time,
            disk_ms: slowest(&self.state()),
        }
    }

    fn on_vote(&self, epoch: u64, view: u64, signer: Option<Participant>) {
        let at = (self.clock)();
        let scheme = self.epochs.scheme_of(epoch);
        let key = scheme
            .zip(signer)
            .and_then(|(scheme, signer)| scheme.participants().get(signer.into()).cloned());
        let mut state = self.state();
        if epoch == state.epoch {
            state.view = state.view.max(view);
        }
        if let Some(key) = key {
            state.votes.insert(key, SeenVote { epoch, view, at });
        }
    }

    /// Whether this node lacks many of the blocks of which it knows that they are final.
    pub(crate) fn is_behind(&self) -> bool {
        let height = Height::new(self.chain.taken_over());
        let finalized = self.state().finalized;
        let Ok(Some(head)) = self.chain.store.header(height) else {
            return false;
        };
        let own = (head.context.epoch, head.context.view);
        views_between(own, finalized) > BEHIND_VIEWS_MAX
    }

    /// What is known now.
    pub fn report(&self) -> HealthReport {
        let now = (self.clock)();
        let state = self.state();
        let scheme = self.epochs.scheme_of(state.epoch);
        let validators: Vec<PublicKey> = scheme
            .iter()
            .flat_map(|scheme| scheme.participants().iter().cloned())
            .collect();
        let others = state.heard.keys();
        let others = others.filter(|key| !validators.contains(key) && **key != self.me);
        let peer = |key: &PublicKey, is_validator| PeerHealth {
            key: Bytes::copy_from_slice(key),
            is_me: *key == self.me,
            is_validator,
            vote: state.votes.get(key).copied(),
            heard: state.heard.get(key).cloned(),
        };
        let peers = validators
            .iter()
            .map(|key| peer(key, true))
            .chain(others.map(|key| peer(key, false)));
        HealthReport {
            now,
            epoch: state.epoch,
            view: state.view,
            quorum: quorum(validators.len()),
            is_voter: validators.contains(&self.me),
            last_block: state.last_block,
            disk_ms: slowest(&state),
            peers: peers.collect(),
        }
    }
}

impl State {
    /// Begins an epoch. What was final before says nothing of what this node lacks: the last block
    /// of an epoch is finalized again and again until the next one begins.
    fn enter(&mut self, epoch: u64) {
        self.epoch = epoch;
        self.view = 0;
        self.finalize(epoch, 0);
    }

    fn finalize(&mut self, epoch: u64, view: u64) {
        self.finalized = self.finalized.max((epoch, view));
    }
}

/// Views from one epoch and view to a later one, of other epochs only those of the last.
const fn views_between(from: (u64, u64), to: (u64, u64)) -> u64 {
    if from.0 == to.0 {
        to.1.saturating_sub(from.1)
    } else if from.0 < to.0 {
        to.1
    } else {
        0
    }
}

/// Votes that a block needs among `n` validators: all but the third that may fail.
const fn quorum(n: usize) -> usize {
    n.saturating_sub(n.saturating_sub(1) / 3)
}

fn slowest(state: &State) -> u64 {
    state.disk.iter().copied().max().unwrap_or_default()
}

impl Reporter for Health {
    type Activity = Activity<Scheme, Digest>;

    fn report(&mut self, activity: Activity<Scheme, Digest>) -> Feedback {
        let (epoch, view) = (activity.epoch().get(), activity.view().get());
        let signer = match &activity {
            Activity::Notarize(vote) => Some(vote.attestation.signer),
            Activity::Nullify(vote) => Some(vote.attestation.signer),
            Activity::Finalize(vote) => Some(vote.attestation.signer),
            _ => None,
        };
        if matches!(activity, Activity::Finalization(_)) {
            self.state().finalize(epoch, view);
        }
        self.on_vote(epoch, view, signer);
        let anchor = self.chain.root.fingerprint();
        self.chain.faults.keep(&activity, &self.epochs, &anchor);
        Feedback::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_last_block_of_an_epoch_is_not_behind_in_the_next() {
        let mut state = State::default();
        state.finalize(3, 900);
        // The last block, once more in each view until the engine of the next epoch has started.
        state.finalize(3, 912);
        assert_eq!(views_between((3, 900), state.finalized), 12);
        state.enter(4);
        state.finalize(3, 913);
        assert_eq!(views_between((3, 900), state.finalized), 0);
        state.finalize(4, 9);
        assert_eq!(views_between((3, 900), state.finalized), 9);
    }

    #[test]
    fn views_are_counted_within_an_epoch_and_from_its_start() {
        for (from, to, expected) in [
            ((0, 0), (0, 0), 0),
            ((3, 10), (3, 19), 9),
            ((3, 19), (3, 10), 0),
            ((3, 900), (4, 2), 2),
            ((4, 2), (3, 900), 0),
        ] {
            assert_eq!(views_between(from, to), expected, "{from:?} to {to:?}");
        }
    }
}
