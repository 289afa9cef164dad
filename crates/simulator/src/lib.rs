//! Run whole networks of nodes in virtual time, where a seed decides everything.
//!
//! Each node is the real one: consensus, state, execution, modules, pool and history. Only the
//! runtime, the network, the disk and the clients are simulated, so any run can be repeated to the
//! bit from its seed.
//!
//! A run has two parts. In the first the plan's [trouble](Plan::trouble) happens: crashes, power
//! cuts, partitions, weather, disks, liars, votes about the validators. Then everything works
//! again, and within a bound there are new blocks, all that was acknowledged is final, and every
//! honest node has everything.

mod checks;
mod clients;
mod context;
mod council;
mod disk;
mod events;
mod ledger;
mod liar;
mod machine;
mod network;
mod node;
mod plan;
mod simulation;
mod trace;

pub use plan::{Latency, Plan, Sabotage};
pub use simulation::{Outcome, run};
pub use trace::Trace;
