//! Named limits of the public interface.
//!
//! Whatever a client can make the server hold, read or compute is bounded by one of these.

use std::time::Duration;

/// Bounds on what clients may ask. The defaults suit one machine that serves wallets and enterprise
/// systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body. Above: HTTP 413 with JSON-RPC error -32007.
    pub body_bytes: u32,
    /// Bytes of the bodies of all requests that are read, wait or are worked on. Above: HTTP 503.
    pub bodies_bytes: usize,
    /// Requests in one batch. Above: error -32010.
    pub batch_entries: u32,
    /// Levels of nested arrays and objects in a body. Above: error -32700.
    pub json_depth: usize,
    /// Bytes of a response's body, for a batch in all. Above: error -32008 or -32011.
    pub response_bytes: u32,
    /// Open connections. Above: HTTP 503, then the connection is closed.
    pub connections: usize,
    /// Requests (a batch is one) that are worked on at the same time; others wait in their
    /// connections.
    pub requests: usize,
    /// Executions (`eth_call`, `eth_estimateGas`) at the same time. Above: error -32009.
    pub executions: usize,
    /// Gas of one `eth_call` or `eth_estimateGas`; a request for more is cut to it.
    pub call_gas: u64,
    /// Blocks that one `eth_getLogs` may span. Above: error -32005. The history store bounds the
    /// work within the range.
    pub log_blocks: u64,
    /// Logs that one `eth_getLogs` may return. Above: error -32005.
    pub logs: usize,
    /// Changes of the validator set that one `qiantang_getBoundaries` returns; fewer where they
    /// would fill more than half of `response_bytes`.
    pub boundaries: usize,
    /// Blocks that one `eth_feeHistory` covers; a request for more is cut to it.
    pub fee_history_blocks: u64,
    /// Percentiles in one `eth_feeHistory`. Above: error -32602.
    pub fee_history_percentiles: usize,
    /// Time for a request's header to arrive; also how long an idle connection is kept.
    pub header_time: Duration,
    /// Time for a request's body to arrive. After it: HTTP 408.
    pub body_time: Duration,
    /// Time after which the rest of a batch is refused with error -32002.
    pub batch_time: Duration,
    /// Time that open requests get when the server stops.
    pub stop_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 5 << 20,
            bodies_bytes: 128 << 20,
            batch_entries: 1000,
            json_depth: 64,
            response_bytes: 25 << 20,
            connections: 1024,
            requests: 32,
            executions: 16,
            call_gas: 50_000_000,
            log_blocks: 1_000_000,
            logs: 10_000,
            boundaries: 256,
            fee_history_blocks: 128,
            fee_history_percentiles: 100,
            header_time: Duration::from_secs(60),
            body_time: Duration::from_secs(30),
            batch_time: Duration::from_secs(20),
            stop_time: Duration::from_secs(5),
        }
    }
}
