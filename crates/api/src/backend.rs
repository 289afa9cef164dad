//! What the server needs of the node.

use crate::recent::RecentBlocks;
use qiantang_state::{history::Store, proofs::ProofSource};
use qiantang_txpool::Pool;
use qiantang_types::{ChainSpec, TimestampMs, TrustRoot};
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
    /// The chain's parameters.
    pub spec: Arc<ChainSpec>,
    /// What the anchor stands for.
    pub trust_root: Arc<TrustRoot>,
    /// Proofs of the newest finalized state.
    pub proofs: Arc<dyn ProofSource>,
    /// How the node is doing.
    pub status: Arc<dyn StatusSource>,
    /// The node's metrics in Prometheus text format; the server's own come before them.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Where the server asks how the node is doing. Called on every `qiantang_status` and `/health`: it
/// must be quick.
pub trait StatusSource: Send + Sync {
    /// The node's present state.
    fn status(&self) -> NodeStatus;
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
    /// Peers connected.
    pub peers: u64,
    /// Why the node does not work, in words; `None` while it does.
    pub fault: Option<String>,
}
