//! From the bytes of a call to an operation, and back.

use crate::{
    Context, Halt, gas,
    interface::IModule::{MalformedInput, NotPayable, UnknownSelector},
};
use alloy_primitives::{Bytes, FixedBytes};
use alloy_sol_types::{SolCall, SolInterface};

/// Decodes a call. The one place that refuses value, unknown selectors and malformed input, for
/// every module.
///
/// # Errors
/// [`NotPayable`], [`UnknownSelector`] or [`MalformedInput`] as a revert; out of gas.
pub(crate) fn decode<Calls: SolInterface>(
    ctx: &mut dyn Context,
    input: &[u8],
) -> Result<Calls, Halt> {
    ctx.charge(gas::bytes(input.len(), gas::DECODE_BYTE))?;
    if !ctx.value().is_zero() {
        return Err(Halt::revert(NotPayable { value: ctx.value() }));
    }
    let selector = input.first_chunk::<4>().copied();
    let Some(selector) = selector.filter(|selector| Calls::valid_selector(*selector)) else {
        let shown = selector.unwrap_or_default();
        return Err(Halt::revert(UnknownSelector {
            selector: FixedBytes(shown),
        }));
    };
    // A contract can read the reason, so it must not be a library's wording, which changes with its
    // version.
    Calls::abi_decode_validate(input).map_err(|_| {
        Halt::revert(MalformedInput {
            selector: FixedBytes(selector),
            reason: "the input is not the ABI encoding of the arguments".to_owned(),
        })
    })
}

/// Encodes the answer of an operation.
pub(crate) fn answer<Call: SolCall>(result: &Call::Return) -> Bytes {
    Call::abi_encode_returns(result).into()
}
