//! Shapes of what the server answers, as Ethereum's execution APIs define them.
//!
//! Quantities are `0x` and hexadecimal without leading zeros, data are `0x` and two digits for each
//! byte. Times that Ethereum knows are in seconds; ours, in milliseconds, stand beside them under
//! names of their own.

mod block;
mod log;
mod receipt;
mod transaction;

pub(crate) use block::{BlockResponse, Transactions, bloom};
pub(crate) use log::LogResponse;
pub(crate) use receipt::ReceiptResponse;
pub(crate) use transaction::{TransactionResponse, mined, pending};

use alloy_primitives::{B256, U64};
use qiantang_types::Header;

/// Where something stands in the chain, as most shapes repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) block: B256,
    pub(crate) height: u64,
    /// Time of the block in seconds.
    pub(crate) seconds: u64,
}

impl Place {
    /// The place of the block with this header.
    pub(crate) fn of(header: &Header) -> Self {
        Self::with_hash(header, header.hash())
    }

    /// The same where the hash is known.
    pub(crate) const fn with_hash(header: &Header, block: B256) -> Self {
        Self {
            block,
            height: header.height.get(),
            seconds: header.time.seconds(),
        }
    }
}

/// A number as a quantity.
pub(crate) fn quantity(number: impl TryInto<u64>) -> U64 {
    U64::from(number.try_into().unwrap_or(u64::MAX))
}
