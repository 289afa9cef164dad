//! EPCIS 2.0 and CBV 2.0: reads what enterprise systems emit and says what it means.
//!
//! [`parse`] takes the bytes of a document in the JSON-LD binding, checks them against the standard
//! and gives the [`Event`]s with their standard hashes. [`canonical_id`] brings the spellings of
//! one GS1 identifier to one form.
//!
//! The Trace module calls this while a block executes, so the same bytes give the same result on
//! every machine: no clock, no floating point, no network (remote contexts are never fetched), no
//! state; every size has a named limit and no input can panic.

mod check;
mod decimal;
mod error;
mod event;
mod hash;
mod identifier;
mod json;
mod namespace;
mod read;
mod schema;
mod time;
mod uri;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use decimal::{MAX_DECIMAL_DIGITS, canonical_decimal};
pub use error::{EpcisError, MAX_QUOTED_CHARS};
pub use event::{
    Action, Document, DocumentKind, ErrorDeclaration, Event, EventKind, Party, Quantity,
};
pub use hash::{MAX_PREHASH_BYTES, event_hash, hash_uri, prehash_string};
pub use identifier::canonical_id;
pub use json::{Json, MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_NODES};
pub use namespace::{MAX_NAMESPACE_BYTES, Namespaces};
pub use read::{parse, prehash_strings};
pub use time::{format_time_ms, parse_time_ms};
