//! What one node sees of the network, as JSON-RPC carries it from a node to a client.
//!
//! Not part of consensus: nothing here is hashed or signed.

use alloy_primitives::Bytes;
use serde::{Deserialize, Serialize};

/// What `qiantang_health` answers: what one node sees of the network. Times are milliseconds since
/// 1970 by that node's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkHealth {
    /// The node's clock.
    pub now: u64,
    /// Version of its program.
    pub version: String,
    /// Its last block.
    pub height: u64,
    /// When it took over its last block; absent before the first since it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_block: Option<u64>,
    /// Longest time of late in which its disk took a block, in milliseconds.
    pub disk_ms: u64,
    /// Whether it votes in the present epoch.
    pub voter: bool,
    /// The present epoch.
    pub epoch: u64,
    /// The latest view of which it heard.
    pub view: u64,
    /// Votes that a block needs.
    pub quorum: usize,
    /// Time between blocks of an idle chain, in milliseconds.
    pub heartbeat: u64,
    /// The validators of the epoch, in the order of their keys.
    pub validators: Vec<PeerView>,
    /// Other peers that were heard.
    pub peers: Vec<PeerView>,
}

/// One node as another sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerView {
    /// Its key.
    pub key: Bytes,
    /// Whether it is the answering node itself.
    pub me: bool,
    /// The view and time of its last vote in this epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vote: Option<VoteView>,
    /// What it said of itself last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<HeardView>,
}

/// A vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteView {
    /// Epoch.
    pub epoch: u64,
    /// View.
    pub view: u64,
    /// When it came.
    pub at: u64,
}

/// What a node says of itself every second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeardView {
    /// When it came.
    pub at: u64,
    /// Version of its program.
    pub version: String,
    /// Its last block.
    pub height: u64,
    /// How far its clock is ahead of the answering node's, in milliseconds; below zero if behind.
    /// The time on the way counts as behind.
    pub clock_ahead_ms: i64,
    /// Longest time of late in which its disk took a block, in milliseconds.
    pub disk_ms: u64,
}

/// The disk that a node writes to, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskSpace {
    /// What the node may still use.
    pub free: u64,
    /// Its size.
    pub size: u64,
}
