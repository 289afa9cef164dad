//! What the engine runs on: a runtime and a network. A node has the operating system's; the
//! simulator has its own, whose every step a seed decides.

use crate::keys::PublicKey;
use commonware_p2p::{AddressableManager, Blocker, Receiver, Sender};
use commonware_runtime::Metrics;
use qiantang_state::databases::Runtime;
use qiantang_types::Block;
use rand_core::CryptoRng;

/// A runtime and a network for one node.
pub trait Platform: Sized + Send + Sync + 'static {
    /// Tasks, files, clock and randomness.
    type Context: Runtime + Metrics + CryptoRng;
    /// Who may connect, and from where.
    type Peers: AddressableManager<PublicKey = PublicKey>;
    /// Who misbehaved.
    type Blocker: Blocker<PublicKey = PublicKey>;
    /// The sending end of a channel.
    type Sender: Sender<PublicKey = PublicKey>;
    /// The receiving end of a channel.
    type Receiver: Receiver<PublicKey = PublicKey>;

    /// What this node proposes instead of the block that it built. A node has nothing else to
    /// propose; a simulated liar has.
    fn instead_of(_: &Block) -> Option<Block> {
        None
    }
}

/// One channel: where to send and where messages arrive.
pub type Channel<P> = (<P as Platform>::Sender, <P as Platform>::Receiver);

/// The channels of a node, in the order of their numbers on the wire.
pub struct Channels<P: Platform> {
    pub(crate) votes: Channel<P>,
    pub(crate) certificates: Channel<P>,
    pub(crate) resolver: Channel<P>,
    pub(crate) backfill: Channel<P>,
    pub(crate) broadcast: Channel<P>,
    pub(crate) state: Channel<P>,
    pub(crate) probe: Channel<P>,
    pub(crate) gossip: Channel<P>,
}

/// Number of channels.
pub const CHANNELS: u64 = 8;

impl<P: Platform> Channels<P> {
    /// Registers each channel by its number.
    pub fn register(mut channel: impl FnMut(u64) -> Channel<P>) -> Self {
        Self {
            votes: channel(0),
            certificates: channel(1),
            resolver: channel(2),
            backfill: channel(3),
            broadcast: channel(4),
            state: channel(5),
            probe: channel(6),
            gossip: channel(7),
        }
    }
}
