//! Run whole networks of nodes in virtual time, where a seed decides everything.
//!
//! Each node is the real one: consensus, state, execution, modules, pool and history. Only the
//! runtime, the network, the disk and the clients are simulated, so any run can be repeated to the
//! bit from its seed.

mod clients;
mod context;
mod ledger;
mod machine;
mod network;
mod node;
mod plan;
mod simulation;
mod trace;

pub use plan::{Latency, Plan};
pub use simulation::{Outcome, run};
pub use trace::Trace;
