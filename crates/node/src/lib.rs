//! Assemble the crates into a running node: directory, key, chain spec, stores, engine, server.
//! Wiring only.
//!
//! The command line calls [`start()`], [`dev`] and [`replay()`], and [`founding`] before there is a
//! chain. Nothing here decides anything about blocks.

pub mod config;
mod dev;
mod directory;
mod error;
mod faults;
mod follow;
pub mod founding;
mod joining;
mod pruning;
mod replay;
mod running;
mod snapshot;
mod start;
mod status;
pub mod validator_key;

pub use dev::{Config, DEV_ACCOUNTS, Time, dev, dev_accounts, network_spec};
pub use directory::Directory;
pub use error::NodeError;
pub use faults::PARTITION_FILE;
pub use joining::{Observer, Progress};
pub use replay::{ReplayReport, replay};
pub use running::Running;
pub use snapshot::{SnapshotReport, export_snapshot, import_snapshot};
pub use start::start;
