//! Whom this node talks to: the validators of this epoch and the next, those that were voted out of
//! late, the followers that it let in, and the nodes that it follows.

use crate::{epochs::Epochs, keys::PublicKey};
use commonware_p2p::{Address, AddressableTrackedPeers, Ingress};
use commonware_utils::{Hostname, ordered::Map};
use event_listener::{Event, EventListener};
use qiantang_execution::{ReadError, StateReader, validators};
use qiantang_state::history::{HistoryReader, Store, StoreError};
use qiantang_types::{StateKey, StateValue, TimestampMs};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Connections that a node of a network keeps free for validators that are voted in, and for those
/// that were voted out last: they are still let in and follow without being told how.
pub const SPARE_VALIDATORS: usize = 8;

/// Where a node without a known address is: nowhere. It can still connect by itself.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

/// Tells the network who may connect. The number grows with each call.
pub type Track = Box<dyn FnMut(u64, AddressableTrackedPeers<PublicKey>) + Send>;

/// How many peers a node has room for. Their buffers are allocated at the start.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    validators: usize,
    former: usize,
    followers: usize,
}

impl Room {
    /// Room for a set of validators, so many followers, and `spare` validators that come or went.
    pub(crate) const fn new(validators: usize, followers: usize, spare: usize) -> Self {
        Self {
            validators: validators.saturating_add(spare),
            former: spare,
            followers,
        }
    }

    /// All of them, and the node itself.
    pub const fn all(self) -> usize {
        let peers = self.validators.saturating_add(self.followers);
        peers.saturating_add(self.former).saturating_add(1)
    }
}

/// The peers of a node.
pub struct PeerBook {
    epochs: Epochs,
    me: PublicKey,
    room: Room,
    state: Mutex<State>,
    entered: Event,
}

struct State {
    track: Track,
    version: u64,
    epoch: u64,
    /// Where validators listen, as the ledger says.
    addresses: BTreeMap<PublicKey, Address>,
    /// Who decides from the next epoch on, as far as the members have decided by now.
    elected: BTreeSet<PublicKey>,
    /// Nodes that the operator or an upstream named.
    named: BTreeMap<PublicKey, Address>,
    /// Followers with the time until which they may stay.
    followers: BTreeMap<PublicKey, TimestampMs>,
    blocked: BTreeSet<PublicKey>,
}

/// Why a follower was not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// Not a key.
    #[error("the follower's key is not a public key of 33 bytes: {0}")]
    Key(String),
    /// All places are taken.
    #[error("{}", no_room(*room, elsewhere))]
    Full {
        /// Followers that there is room for.
        room: usize,
        /// Where the validators listen, as far as that is known.
        elsewhere: Vec<String>,
    },
}

fn no_room(room: usize, elsewhere: &[String]) -> String {
    let full = match room {
        0 => "this node lets no followers in (`[followers] max` is 0)".to_owned(),
        _ => format!("this node already feeds {room} followers"),
    };
    let others = match elsewhere {
        [] => String::new(),
        _ => format!(
            ", or ask the operators of the validators for JSON-RPC where these listen for their \
             peers: {}",
            elsewhere.join(", ")
        ),
    };
    format!("{full}; follow another node, for instance one of its followers{others}")
}

impl PeerBook {
    pub(crate) fn new(epochs: Epochs, me: PublicKey, room: Room, track: Track) -> Arc<Self> {
        Arc::new(Self {
            epochs,
            me,
            room,
            state: Mutex::new(State {
                track,
                version: 0,
                epoch: 0,
                addresses: BTreeMap::new(),
                elected: BTreeSet::new(),
                named: BTreeMap::new(),
                followers: BTreeMap::new(),
                blocked: BTreeSet::new(),
            }),
            entered: Event::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The node takes part in an epoch from now on.
    pub(crate) fn enter(&self, epoch: u64) {
        let mut state = self.state();
        state.epoch = epoch;
        self.publish(&mut state);
        drop(state);
        self.entered.notify(usize::MAX);
    }

    /// Wakes when the node enters an epoch, in which it may vote or no longer vote.
    pub fn listen_epoch(&self) -> EventListener {
        self.entered.listen()
    }

    /// Where this node listens, as the ledger says; only validators are known there.
    pub fn own_address(&self) -> Option<String> {
        self.state().addresses.get(&self.me).and_then(text)
    }

    /// Where the validators listen, `host:port` by key. What cannot be read is passed over. Who is
    /// no longer in the registry keeps its address while it may connect.
    pub fn set_addresses<'a>(&self, addresses: impl IntoIterator<Item = (&'a [u8], &'a str)>) {
        let mut state = self.state();
        let registry = addresses.into_iter();
        let registry = registry.filter_map(|(key, text)| Some((PublicKey::parse(key).ok()?, text)));
        let registry: BTreeMap<PublicKey, &str> = registry.collect();
        let known = registry.iter();
        let known = known.filter_map(|(key, text)| Some((key.clone(), address(text)?)));
        let mut addresses: BTreeMap<PublicKey, Address> = known.collect();
        let elected: BTreeSet<PublicKey> = registry.into_keys().collect();
        let mut connected = self.validators(state.epoch);
        connected.extend(self.former_validators(state.epoch));
        for (key, address) in &state.addresses {
            if connected.contains(key) {
                let entry = addresses.entry(key.clone());
                entry.or_insert_with(|| address.clone());
            }
        }
        if state.addresses != addresses || state.elected != elected {
            state.addresses = addresses;
            state.elected = elected;
            self.publish(&mut state);
        }
    }

    /// Takes over where the validators listen from the newest state.
    ///
    /// # Errors
    ///
    /// A store that cannot be read.
    pub(crate) fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let Some((head, _)) = store.head() else {
            return Ok(());
        };
        match validators(HeadReader(store.reader_at(head)?)) {
            Ok(found) => {
                let known = found.iter();
                self.set_addresses(known.map(|one| (one.key.as_ref(), one.address.as_str())));
            }
            Err(error) => tracing::error!(%error, "the validators' addresses cannot be read"),
        }
        Ok(())
    }

    /// A node to connect to, besides the validators.
    ///
    /// # Errors
    ///
    /// Bytes that are no key.
    pub fn name(&self, key: &[u8], text: &str) -> Result<(), FollowError> {
        let key = decode(key)?;
        let address = address(text).unwrap_or(Address::Symmetric(NOWHERE));
        let mut state = self.state();
        if state.named.get(&key) != Some(&address) {
            state.named.insert(key, address);
            self.publish(&mut state);
        }
        Ok(())
    }

    /// Forgets the named nodes but for those in `keep`.
    pub fn keep_named(&self, keep: &[alloy_primitives::Bytes]) {
        let mut state = self.state();
        let before = state.named.len();
        state
            .named
            .retain(|key, _| keep.iter().any(|kept| **kept == **key));
        if state.named.len() != before {
            self.publish(&mut state);
        }
    }

    /// Lets a follower in until a time, or longer if it asks again before.
    ///
    /// # Errors
    ///
    /// Bytes that are no key, and no room.
    pub fn admit_follower(
        &self,
        key: &[u8],
        now: TimestampMs,
        until: TimestampMs,
    ) -> Result<(), FollowError> {
        let key = decode(key)?;
        let mut state = self.state();
        let before = state.followers.len();
        state.followers.retain(|_, end| *end > now);
        let mut changed = state.followers.len() != before;
        // These are let in anyway.
        if self.validators(state.epoch).contains(&key)
            || self.former_validators(state.epoch).contains(&key)
        {
            state.followers.remove(&key);
            return Ok(());
        }
        if !state.followers.contains_key(&key) {
            if state.followers.len() >= self.room.followers {
                let elsewhere = state.addresses.iter().filter(|(key, _)| **key != self.me);
                return Err(FollowError::Full {
                    room: self.room.followers,
                    elsewhere: elsewhere.filter_map(|(_, address)| text(address)).collect(),
                });
            }
            changed = true;
        }
        state.followers.insert(key, until);
        if changed {
            self.publish(&mut state);
        }
        Ok(())
    }

    /// Peers that this node must not talk to; only for tests of a network's behaviour.
    pub fn set_blocked<'a>(&self, keys: impl IntoIterator<Item = &'a [u8]>) {
        let keys = keys.into_iter();
        let mut state = self.state();
        state.blocked = keys.filter_map(|key| PublicKey::parse(key).ok()).collect();
        self.publish(&mut state);
    }

    /// Whether a peer votes in this epoch or the next.
    pub(crate) fn is_validator(&self, key: &PublicKey) -> bool {
        let epoch = self.state().epoch;
        self.validators(epoch).contains(key)
    }

    /// Who is told of transactions: the other validators. A node that does not vote also tells
    /// those that it follows, because it may be connected to no validator.
    pub(crate) fn gossip_targets(&self) -> Vec<PublicKey> {
        let state = self.state();
        let mut keys = self.hosts(state.epoch);
        if !self.validators_of(state.epoch).any(|key| key == self.me) {
            keys.extend(state.named.keys().cloned());
        }
        keys.remove(&self.me);
        keys.into_iter().collect()
    }

    /// Whether this node votes in this epoch.
    pub fn is_voter(&self) -> bool {
        let epoch = self.state().epoch;
        self.validators_of(epoch).any(|key| key == self.me)
    }

    fn validators_of(&self, epoch: u64) -> impl Iterator<Item = PublicKey> + use<> {
        use commonware_cryptography::certificate::Scheme as _;
        let scheme = self.epochs.scheme_of(epoch);
        let keys = scheme.map(|scheme| scheme.participants().clone());
        keys.into_iter().flatten()
    }

    fn validators(&self, epoch: u64) -> BTreeSet<PublicKey> {
        let next = self.validators_of(epoch.saturating_add(1));
        self.validators_of(epoch).chain(next).collect()
    }

    /// The validators that were voted out last.
    fn former_validators(&self, epoch: u64) -> Vec<PublicKey> {
        self.epochs.former(epoch, self.room.former)
    }

    /// The validators, where they let this node in: it is one of them, or was of late.
    fn hosts(&self, epoch: u64) -> BTreeSet<PublicKey> {
        let validators = self.validators(epoch);
        if validators.contains(&self.me) || self.former_validators(epoch).contains(&self.me) {
            return validators;
        }
        BTreeSet::new()
    }

    /// The validators that let this node in, then who is voted in for the next epoch. These are
    /// connected before it begins: else one of them that missed the last block before it would know
    /// nobody to ask. Empty where nobody lets this node in.
    fn hosts_and_elected(&self, state: &State) -> Vec<PublicKey> {
        let hosts = match state.elected.contains(&self.me) {
            true => self.validators(state.epoch),
            false => self.hosts(state.epoch),
        };
        if hosts.is_empty() {
            return Vec::new();
        }
        hosts.into_iter().chain(state.elected.clone()).collect()
    }

    /// Tells the network. Validators come first, then who becomes one, then named nodes, then who
    /// was a validator, then followers, as far as there is room. Validators let in nobody else, so
    /// that another node turns to those only that were named to it.
    fn publish(&self, state: &mut State) {
        let mut primary: BTreeMap<PublicKey, Address> = BTreeMap::new();
        let hosts = self.hosts_and_elected(state);
        let is_let_in = !hosts.is_empty();
        for key in hosts.into_iter().chain(state.named.keys().cloned()) {
            if state.blocked.contains(&key) {
                continue;
            }
            if primary.len() >= self.room.validators && !primary.contains_key(&key) {
                tracing::error!(
                    room = self.room.validators,
                    "there are more validators than this node made room for; start it again"
                );
                break;
            }
            let address = address_of(state, &key);
            primary.insert(key, address);
        }
        // They are not dialled. But a change of its address ends a peer's connection, so who
        // becomes or was a validator has the same one before and after. A follower hears the
        // validators where they turn to it: they may know sooner that it became one of them.
        let former = self.former_validators(state.epoch);
        let hosts = self.validators(state.epoch);
        let hosts = hosts.iter().filter(|_| !is_let_in);
        let secondary: BTreeMap<PublicKey, Address> = (former.iter())
            .chain(state.followers.keys())
            .chain(hosts)
            .filter(|key| !primary.contains_key(*key) && !state.blocked.contains(*key))
            .filter(|key| **key != self.me)
            .map(|key| (key.clone(), address_of(state, key)))
            .collect();
        let peers = AddressableTrackedPeers::new(map(primary), map(secondary));
        let version = state.version;
        state.version = version.saturating_add(1);
        (state.track)(version, peers);
    }
}

fn address_of(state: &State, key: &PublicKey) -> Address {
    let known = state.addresses.get(key).or_else(|| state.named.get(key));
    known.cloned().unwrap_or(Address::Symmetric(NOWHERE))
}

fn map(peers: BTreeMap<PublicKey, Address>) -> Map<PublicKey, Address> {
    Map::from_iter_dedup(peers)
}

fn decode(key: &[u8]) -> Result<PublicKey, FollowError> {
    PublicKey::parse(key).map_err(|error| FollowError::Key(error.to_string()))
}

/// The newest state as the executor reads it.
struct HeadReader(HistoryReader);

impl StateReader for HeadReader {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        let value = self.0.read(&key);
        value.map_err(|error| ReadError::Failed(error.to_string()))
    }
}

/// What [`address`] reads.
fn text(address: &Address) -> Option<String> {
    match address {
        Address::Symmetric(NOWHERE) => None,
        Address::Symmetric(socket) => Some(socket.to_string()),
        Address::Asymmetric { ingress, .. } => Some(match ingress {
            Ingress::Socket(socket) => socket.to_string(),
            Ingress::Dns { host, port } => format!("{host}:{port}"),
        }),
    }
}

/// An address and port, or a name and port.
fn address(text: &str) -> Option<Address> {
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some(Address::Symmetric(socket));
    }
    let (host, port) = text.rsplit_once(':')?;
    Some(Address::Asymmetric {
        ingress: Ingress::Dns {
            host: Hostname::new(host).ok()?,
            port: port.parse().ok()?,
        },
        egress: NOWHERE,
    })
}

#[cfg(test)]
mod tests;
