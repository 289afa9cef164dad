//! The canonical codecs from outside: round trips, refusals, and bytes that may never change.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod fixtures;
mod instances;
mod properties;
mod validators;
