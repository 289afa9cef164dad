//! Check a proof bundle against a trust anchor.
