//! The history store against a model, against crashes and against damage.

mod crash;
mod damage;
mod ledger;
mod model;
mod refusals;
