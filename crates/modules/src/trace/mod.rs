//! Trace.

#[expect(missing_docs, unreachable_pub, reason = "the Solidity comments are on the items")]
mod interface;
pub mod epcis;

pub use interface::ITrace;

use crate::{Context, Halt};
use alloy_primitives::{Address, Bytes, address};

/// Where Trace is called.
pub const ADDRESS: Address = address!("0x7174000000000000000000000000000000000010");

pub(crate) fn call(ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    let _call: ITrace::ITraceCalls = crate::dispatch::decode(ctx, input)?;
    Err(Halt::Fatal("".into()))
}
