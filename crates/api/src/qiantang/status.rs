//! The anchor, the chain spec and the node's status.

use crate::{
    eth::{head, header},
    rpc::{Args, Context, Reply, json},
};
use alloy_primitives::B256;
use qiantang_types::health::DiskSpace;
use serde::Serialize;

/// `qiantang_anchor`: the fingerprint that proofs are checked against. A stranger must get it from
/// a source they trust; a server that could forge blocks could forge this too.
pub(crate) fn anchor(context: &Context, _: &Args<'_>) -> Reply {
    json(&context.backend.trust_root.fingerprint().to_string())
}

/// `qiantang_chainSpec`: `chain.json` as the members agreed on it.
pub(crate) fn chain_spec(context: &Context, _: &Args<'_>) -> Reply {
    json(&*context.backend.spec)
}

/// What `qiantang_status` answers. Numbers are plain JSON numbers, times are milliseconds since
/// 1970.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusResponse<'a> {
    chain_id: u64,
    chain_name: &'a str,
    anchor: String,
    /// The newest block, and its hash.
    height: u64,
    digest: B256,
    state_root: B256,
    /// Its time.
    time: u64,
    validators: usize,
    peers: u64,
    version: String,
    pid: u32,
    started: u64,
    pool: PoolStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    disk_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disk: Option<DiskSpace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// Pending transactions: executable now, waiting for earlier ones, and their bytes; with what the
/// pool takes at the most.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PoolStatus {
    ready: usize,
    waiting: usize,
    senders: usize,
    bytes: usize,
    transactions_max: usize,
    bytes_max: usize,
}

/// `qiantang_health`: what this node sees of the network.
pub(crate) fn health(context: &Context, _: &Args<'_>) -> Reply {
    json(&context.backend.status.health())
}

/// `qiantang_status`.
pub(crate) fn status(context: &Context, _: &Args<'_>) -> Reply {
    let backend = &context.backend;
    let (height, digest) = head(context)?;
    let (header, _) = header(context, height)?
        .ok_or_else(|| crate::error::internal("reading the history", "the head has no header"))?;
    let node = backend.status.status();
    let (pool, limits) = (backend.pool.stats(), backend.pool.limits());
    json(&StatusResponse {
        chain_id: backend.spec.chain_id,
        chain_name: &backend.spec.name,
        anchor: backend.trust_root.fingerprint().to_string(),
        height: height.get(),
        digest,
        state_root: header.state.state_root(),
        time: header.time.get(),
        validators: backend.spec.validators.len(),
        peers: node.peers,
        version: node.version,
        pid: std::process::id(),
        started: node.started.get(),
        pool: PoolStatus {
            ready: pool.ready,
            waiting: pool.transactions.saturating_sub(pool.ready),
            senders: pool.senders,
            bytes: pool.bytes,
            transactions_max: limits.transactions,
            bytes_max: limits.bytes,
        },
        disk_bytes: node.disk_bytes,
        disk: node.disk,
        fault: node.fault,
    })
}
