//! The server over a real chain: blocks executed by the executor, kept by the history store, asked
//! for over HTTP.

mod batches;
mod boundaries;
mod chain;
mod client;
mod conversations;
mod doubles;
mod fuzz;
mod limits;
mod methods;
mod proofs;
mod throughput;
