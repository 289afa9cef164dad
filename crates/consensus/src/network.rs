//! Authenticated, encrypted connections between the validators.

use crate::scheme::{PrivateKey, PublicKey};
use commonware_cryptography::ChaCha20Poly1305;
use commonware_p2p::{
    Address, AddressableManager as _, AddressableTrackedPeers,
    authenticated::lookup::{self, Network},
};
use commonware_runtime::{Quota, Supervisor as _, tokio::Context};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{NZU32, NZUsize, ordered::Map};
use std::{net::SocketAddr, num::NonZeroUsize, time::Duration};

/// Who may connect, and from where.
pub(crate) type Oracle = lookup::Oracle<PublicKey>;

/// One channel: where to send and where messages arrive.
pub(crate) type Channel = (
    lookup::Sender<PublicKey, Context>,
    lookup::Receiver<PublicKey>,
);

/// The channels of the stack, in the order of their numbers on the wire.
pub(crate) struct Channels {
    pub(crate) votes: Channel,
    pub(crate) certificates: Channel,
    pub(crate) resolver: Channel,
    pub(crate) backfill: Channel,
    pub(crate) broadcast: Channel,
    pub(crate) state: Channel,
    pub(crate) probe: Channel,
}

/// What the network needs to know.
pub(crate) struct Config {
    pub(crate) key: PrivateKey,
    pub(crate) namespace: [u8; 32],
    pub(crate) listen: SocketAddr,
    pub(crate) peers: Vec<(PublicKey, SocketAddr)>,
    pub(crate) message_bytes_max: u32,
}

/// Messages per second that one peer may send on a channel. Buffers are allocated for it up front.
const QUOTA: Quota = Quota::per_second(NZU32!(128));

/// Messages that wait for the network.
const MAILBOX: NonZeroUsize = NZUsize!(1024);

/// Opens the network and starts it.
pub(crate) fn start(context: &Context, config: Config) -> (Oracle, Channels) {
    let peers_max = NonZeroUsize::new(config.peers.len()).unwrap_or(NonZeroUsize::MIN);
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: config.key.clone(),
            synchrony_bound: Duration::from_secs(5),
            max_handshake_age: Duration::from_secs(10),
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let mut settings = lookup::Config::local(
        handshake,
        &config.namespace,
        config.listen,
        peers_max,
        config.message_bytes_max,
        MAILBOX,
    );
    settings.tracked_peer_sets = NZUsize!(1);
    let (mut network, mut oracle) = Network::new(context.child("network"), settings);
    let peers: Vec<(PublicKey, Address)> = config
        .peers
        .into_iter()
        .map(|(key, address)| (key, address.into()))
        .collect();
    let peers: Map<PublicKey, Address> = peers
        .try_into()
        .expect("validators are unique: the chain spec was checked");
    oracle.track(0, AddressableTrackedPeers::new(peers, Map::default()));
    let mut register = |channel| network.register(channel, QUOTA);
    let channels = Channels {
        votes: register(0),
        certificates: register(1),
        resolver: register(2),
        backfill: register(3),
        broadcast: register(4),
        state: register(5),
        probe: register(6),
    };
    network.start();
    (oracle, channels)
}
