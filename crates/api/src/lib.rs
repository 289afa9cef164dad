//! Serve JSON-RPC; own the request and response types.
//!
//! The node hands a [`Backend`] to [`serve`] and wallets, libraries and the command line talk to
//! it: Ethereum's methods for blocks, state, calls and transactions, and `qiantang_*` for the
//! anchor, the chain spec, proofs and status. The crate reads the history store, hands transactions
//! to the pool and calls the executor. It keeps no state of its own but caches, knows nothing of
//! consensus, and never lets a request panic the node: whatever a client sends ends in a result or
//! in an error object, within the named [`Limits`].
//!
//! A request's way: [`server`](serve) accepts the connection, `http` reads the body, `rpc`
//! dispatches the entries (all `eth_sendRawTransaction` of a batch go to the pool together), `eth`
//! and `qiantang` answer, `json` gives the shape.

mod admission;
mod backend;
mod error;
mod eth;
mod http;
mod json;
mod limits;
mod metrics;
mod qiantang;
mod recent;
mod rpc;
mod server;
#[cfg(test)]
mod tests;

pub use admission::HeadState;
pub use backend::{Backend, Door, DoorError, Feeder, FollowRequest, NodeStatus, StatusSource};
pub use error::ApiError;
pub use limits::Limits;
pub use recent::RecentBlocks;
pub use server::{Config, Server, serve};
