//! The history store against a model, against crashes and against damage.

#![expect(clippy::unwrap_used, reason = "what a test cannot do, fails the test")]

mod boundaries;
mod crash;
mod damage;
mod folder;
mod idle;
mod ledger;
mod model;
mod prune;
mod refusals;
