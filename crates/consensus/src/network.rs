//! The operating system's runtime and network: authenticated, encrypted connections between nodes.

use crate::{
    keys::{PrivateKey, PublicKey},
    peers::{Room, Track},
    platform::{Channels, Platform},
};
use commonware_cryptography::ChaCha20Poly1305;
use commonware_p2p::{
    AddressableManager as _,
    authenticated::lookup::{self, Network},
};
use commonware_runtime::{Quota, Supervisor as _, tokio::Context};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{NZU32, NZUsize};
use std::{net::SocketAddr, num::NonZeroUsize, time::Duration};

/// A node on the operating system.
pub(crate) struct System;

impl Platform for System {
    type Context = Context;
    type Peers = lookup::Oracle<PublicKey>;
    type Blocker = lookup::Oracle<PublicKey>;
    type Sender = lookup::Sender<PublicKey, Context>;
    type Receiver = lookup::Receiver<PublicKey>;
}

/// What the network needs to know.
pub(crate) struct Config {
    pub(crate) key: PrivateKey,
    pub(crate) namespace: [u8; 32],
    pub(crate) listen: SocketAddr,
    pub(crate) room: Room,
    pub(crate) message_bytes_max: u32,
}

/// Messages per second that one peer may send on a channel, by its number in [`Channels`]. Buffers
/// are allocated for them up front, so rare messages have less.
pub const fn quota(channel: u64) -> Quota {
    Quota::per_second(match channel {
        // Requests for certificates that were missed.
        2 => NZU32!(32),
        // Blocks, and pieces of state.
        4 | 5 => NZU32!(64),
        // Questions for a block to begin with.
        6 => NZU32!(4),
        _ => NZU32!(128),
    })
}

/// Messages that wait for the network.
const MAILBOX: NonZeroUsize = NZUsize!(1024);

/// Opens the network and starts it.
pub(crate) fn start(
    context: &Context,
    config: Config,
) -> (lookup::Oracle<PublicKey>, Channels<System>) {
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
        NonZeroUsize::new(config.room.all()).unwrap_or(NonZeroUsize::MIN),
        config.message_bytes_max,
        MAILBOX,
    );
    settings.tracked_peer_sets = NZUsize!(1);
    // A peer is who holds its key, wherever it connects from.
    settings.bypass_ip_check = true;
    settings.allow_private_ips = true;
    settings.allow_dns = true;
    let (mut network, oracle) = Network::new(context.child("network"), settings);
    let channels = Channels::register(|channel| network.register(channel, quota(channel)));
    network.start();
    (oracle, channels)
}

/// How the network is told who may connect.
pub(crate) fn track(mut oracle: lookup::Oracle<PublicKey>) -> Track {
    Box::new(move |version, peers| {
        let _ = oracle.track(version, peers);
    })
}
