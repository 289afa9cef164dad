//! Keep the authenticated state, its history and its proofs.

pub mod databases;
pub mod history;
pub mod proofs;
