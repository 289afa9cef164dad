//! Nodes of one network, each with its own directory, key and port: who joins knows what the
//! others know.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod followers;
mod joining;
mod world;
