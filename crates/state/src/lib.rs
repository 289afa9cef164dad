//! Keep the authenticated state, its history and its proofs.

pub mod base;
pub mod code;
pub mod databases;
pub mod history;
pub mod index;
pub mod layer;
pub mod proofs;
pub mod set;
