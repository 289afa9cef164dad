//! Numbers with a meaning: height and time.

use alloy_rlp::{RlpDecodableWrapper, RlpEncodableWrapper};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares a number with a meaning: encoded and shown as the number that it is.
macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, new: $new:literal, get: $get:literal) => {
        $(#[$doc])*
        #[derive(
            Clone,
            Copy,
            Debug,
            Default,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            Serialize,
            Deserialize,
            RlpEncodableWrapper,
            RlpDecodableWrapper,
        )]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            #[doc = $new]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            #[doc = $get]
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

unit! {
    /// Position of a block in the chain; genesis is 0.
    Height, new: "A height from its number.", get: "The number."
}

unit! {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    TimestampMs, new: "A time from its milliseconds.", get: "The milliseconds."
}

impl Height {
    /// The height of genesis.
    pub const GENESIS: Self = Self(0);

    /// The height after this one, or `None` at the end of the range.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// The height before this one, or `None` at genesis.
    pub fn previous(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

impl TimestampMs {
    /// Whole seconds, as the virtual machine sees time.
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }
}
