//! Order blocks among the validators and finalize them. The only crate that names the consensus
//! engine.
//!
//! The engine (commonware simplex with marshal and the stateful glue) decides the order;
//! [`qiantang_execution`] decides what a block does; this crate is the bridge. It knows no business
//! rule and no JSON. `node` starts it.

// The engine's futures nest deeply: its layers are generic over each other.
#![recursion_limit = "256"]

mod application;
mod block;
mod chain;
mod clock;
mod damage;
mod engine;
mod epochs;
mod faults;
mod founding;
mod genesis;
mod gossip;
mod health;
mod joining;
mod keys;
mod launch;
mod network;
mod orchestrator;
mod outcomes;
mod pacing;
mod panics;
mod peers;
mod platform;
mod replay;
mod scheme;
pub mod snapshot;
mod stack;
mod turns;

pub use block::{SealError, SealedBlock};
pub use chain::{Admit, Chain, Failure, Observer, Stores};
pub use clock::ChainClock;
pub use engine::{Engine, EngineConfig, EngineError};
pub use epochs::Epochs;
pub use founding::{first_block, found};
pub use genesis::{GenesisError, genesis_block, trust_root};
pub use health::{Beacon, Health, HealthReport, Heard, PeerHealth, SeenVote};
pub use joining::{JoinError, Joining};
pub use keys::{KeyError, OutsideSigner, PrivateKey, PublicKey, Signature, verify};
pub use launch::{Launch, Node, launch_node};
pub use network::quota;
pub use pacing::Pace;
pub use peers::{FollowError, PeerBook, SPARE_VALIDATORS, Track};
pub use platform::{CHANNELS, Channel, Channels, Platform};
pub use replay::{Replay, ReplayError, replay};
pub use scheme::{Certificate, Scheme};
pub use stack::Network;
