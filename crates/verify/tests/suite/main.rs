//! The crate from outside: compared with the engine it re-implements, and attacked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod bundle;
mod certificate;
mod chain;
mod database;
mod ed25519;
mod range;
mod signers;
mod state;
mod succession;
mod votes;
