//! What the server needs of the node.

use crate::{admission::HeadState, recent::RecentBlocks};
use alloy_primitives::Bytes;
use qiantang_state::{history::Store, proofs::ProofSource};
use qiantang_txpool::Pool;
use qiantang_types::{
    ChainSpec, TimestampMs, TrustRoot,
    health::{DiskSpace, NetworkHealth},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything that answers are made from. Cloning is cheap.
#[derive(Clone)]
pub struct Backend {
    /// Blocks, receipts, indexes and past state.
    pub store: Store,
    /// The newest blocks in memory; the node pushes each finalized block after the store has it.
    pub recent: RecentBlocks,
    /// Pending transactions.
    pub pool: Pool,
    /// The head as the pool sees it.
    pub head: HeadState,
    /// The chain's parameters.
    pub spec: Arc<ChainSpec>,
    /// What the anchor stands for.
    pub trust_root: Arc<TrustRoot>,
    /// Proofs of the newest finalized state.
    pub proofs: Arc<dyn ProofSource>,
    /// How the node is doing.
    pub status: Arc<dyn StatusSource>,
    /// Who lets followers in.
    pub door: Arc<dyn Door>,
    /// The node's metrics in Prometheus text format; the server's own come before them.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Where the server asks how the node is doing. Called on every `qiantang_status` and `/health`: it
/// must be quick.
pub trait StatusSource: Send + Sync {
    /// The node's present state.
    fn status(&self) -> NodeStatus;

    /// What the node sees of the network.
    fn health(&self) -> NetworkHealth;
}

/// What only the node itself knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// Version of the program.
    pub version: String,
    /// When the process started.
    pub started: TimestampMs,
    /// Bytes of the node's directory on disk; `None` where it keeps nothing there.
    pub disk_bytes: Option<u64>,
    /// The disk that they are on.
    pub disk: Option<DiskSpace>,
    /// Peers connected.
    pub peers: u64,
    /// Why the node does not work, in words; `None` while it does.
    pub fault: Option<String>,
}

/// Where a follower asks to be let in. It must be quick.
pub trait Door: Send + Sync {
    /// Lets the node that signed this request connect for a while; it asks again before that is
    /// over.
    ///
    /// # Errors
    ///
    /// A request that its key did not sign, or not now; no room.
    fn admit(&self, request: &FollowRequest) -> Result<Feeder, DoorError>;
}

/// A follower that asks to be let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowRequest {
    /// The key that it has towards other nodes, 33 bytes.
    pub key: Bytes,
    /// When it asks, in milliseconds since 1970 by its clock.
    pub time: u64,
    /// The key's signature over the chain's anchor, the key and the time, 64 bytes.
    pub signature: Bytes,
}

/// Where an admitted follower connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feeder {
    /// The key that this node has towards other nodes, 33 bytes.
    pub key: Bytes,
    /// Where it listens for them, `host:port`. An unspecified host stands for the one at which
    /// JSON-RPC was reached.
    pub address: String,
}

/// Why a follower is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// The request is not of its key, or not of now; what is wrong with it.
    #[error("{0}")]
    Request(String),
    /// There is no room; where else to ask.
    #[error("{0}")]
    Full(String),
}
