//! Assemble the crates into a running node: directory, key, chain spec, stores, engine, server.
//! Wiring only.
//!
//! The command line calls [`dev`] and [`replay()`]. Nothing here decides anything about blocks.

pub mod config;
mod dev;
mod directory;
mod error;
mod replay;
mod running;
mod status;
pub mod validator_key;

pub use dev::{Config, DEV_ACCOUNTS, Time, dev, dev_accounts};
pub use directory::Directory;
pub use error::NodeError;
pub use replay::{ReplayReport, replay};
pub use running::Running;
