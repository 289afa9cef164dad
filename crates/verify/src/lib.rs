//! Check a proof bundle against a trust anchor.
//!
//! A stranger holds two things: a bundle somebody gave them and the chain's fingerprint (the
//! anchor) they got from a source they trust. [`verify`] answers what the bundle proves, or which
//! step failed. The crate does no IO, reads no clock and contains nothing of the consensus and
//! storage engine: it re-implements the few rules it needs ([`certificate`], [`qmdb`]). Callers:
//! the command line, the SDK, modules that check another chain's records. It may not trust anything
//! that it was not given as the anchor.

pub mod bundle;
pub mod certificate;
mod key;
pub mod qmdb;
mod reader;
mod succession;
mod verdict;

pub use bundle::{
    AbsenceFact, AccountFact, Bundle, Fact, FormatError, LogFact, RangeFact, RegistryFact,
    SlotFact, TransactionFact,
};
pub use key::ValidatorKey;
pub use reader::EncodingError;
pub use succession::{BoundaryError, Succession};
pub use verdict::{
    HeaderChainError, ReceiptProofError, TransactionProofError, Uncovered, Verified, VerifiedFact,
    VerifyError, verify,
};
