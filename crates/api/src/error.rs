//! Errors: of the server itself, and the JSON-RPC error objects that clients see.
//!
//! Codes follow JSON-RPC 2.0 section 5.1 and Ethereum's execution APIs; the words are those that
//! wallets and libraries know from other Ethereum nodes.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{Panic, Revert, SolError as _};
use jsonrpsee::types::{
    ErrorObjectOwned,
    error::{INTERNAL_ERROR_CODE, INVALID_PARAMS_CODE, METHOD_NOT_FOUND_CODE, SERVER_IS_BUSY_CODE},
};
use qiantang_state::history::StoreError;
use std::{fmt::Display, net::SocketAddr};

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address could not be bound.
    #[error(
        "cannot listen on {address}: {source}; choose another address or stop the program that \
         uses it"
    )]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The error object of a response.
pub(crate) type RpcError = ErrorObjectOwned;

/// Code of a failed request that has no code of its own, as Ethereum nodes use it.
const SERVER_ERROR_CODE: i32 = -32000;

/// Code of a request that took too long, as Ethereum nodes use it.
const TIMED_OUT_CODE: i32 = -32002;

/// Code of a query beyond a limit (EIP-1474).
const LIMIT_EXCEEDED_CODE: i32 = -32005;

/// Code of a query for history that the node does not keep (EIP-4444).
const PRUNED_CODE: i32 = 4444;

/// Code of a reverted execution; the error's data are the revert data.
const REVERT_CODE: i32 = 3;

/// A parameter is wrong: -32602.
pub(crate) fn invalid_params(message: impl Into<String>) -> RpcError {
    ErrorObjectOwned::owned::<()>(INVALID_PARAMS_CODE, message, None)
}

/// The answer is larger, or costs more, than a limit allows: -32005 (EIP-1474). The message says
/// what to ask instead.
pub(crate) fn limit_exceeded(message: impl Display) -> RpcError {
    ErrorObjectOwned::owned::<()>(LIMIT_EXCEEDED_CODE, message.to_string(), None)
}

/// The request is understood and cannot be served: -32000.
pub(crate) fn refused(message: impl Display) -> RpcError {
    ErrorObjectOwned::owned::<()>(SERVER_ERROR_CODE, message.to_string(), None)
}

/// The node failed: -32603. What happened is logged; the client learns only where. What the node
/// does not keep is no failure: 4444, as other nodes of Ethereum answer for pruned history.
pub(crate) fn internal(what: &'static str, error: impl Display + 'static) -> RpcError {
    let cause: &dyn std::any::Any = &error;
    if let Some(StoreError::Pruned { .. }) = cause.downcast_ref() {
        return ErrorObjectOwned::owned::<()>(PRUNED_CODE, error.to_string(), None);
    }
    tracing::error!(%error, what, "a request failed");
    ErrorObjectOwned::owned::<()>(
        INTERNAL_ERROR_CODE,
        format!("internal error: {what}: {error}"),
        None,
    )
}

/// No such method: -32601.
pub(crate) fn unknown_method(name: &str) -> RpcError {
    let shown: String = name.chars().take(64).collect();
    ErrorObjectOwned::owned::<()>(
        METHOD_NOT_FOUND_CODE,
        format!("the method {shown} does not exist/is not available"),
        None,
    )
}

/// The method exists elsewhere, and here something else does its work: -32601.
pub(crate) fn unsupported(message: &'static str) -> RpcError {
    ErrorObjectOwned::owned::<()>(METHOD_NOT_FOUND_CODE, message, None)
}

/// Too much work of this kind at once: -32009.
pub(crate) fn busy(limit: usize) -> RpcError {
    ErrorObjectOwned::owned::<()>(
        SERVER_IS_BUSY_CODE,
        format!("the server is busy with {limit} executions; try again later"),
        None,
    )
}

/// The batch took too long: -32002.
pub(crate) fn timed_out() -> RpcError {
    ErrorObjectOwned::owned::<()>(
        TIMED_OUT_CODE,
        "request timed out: the entries of this batch before it took too long; \
         send smaller batches",
        None,
    )
}

/// An execution reverted: 3, with the reason in words and the revert data.
pub(crate) fn reverted(output: &Bytes) -> RpcError {
    let message = match revert_reason(output) {
        Some(reason) => format!("execution reverted: {reason}"),
        None => "execution reverted".to_owned(),
    };
    ErrorObjectOwned::owned(REVERT_CODE, message, Some(output))
}

/// The reason in Solidity's `Error(string)` or `Panic(uint256)`.
fn revert_reason(output: &[u8]) -> Option<String> {
    if let Ok(Panic { code }) = Panic::abi_decode(output) {
        return Some(panic_reason(code));
    }
    // Hand-written contracts leave the last word unpadded; padding more than there should be does
    // no harm.
    let mut padded = output.to_vec();
    padded.resize(output.len().checked_add(32)?, 0);
    Revert::abi_decode(&padded).ok().map(|revert| revert.reason)
}

/// Words for Solidity's panic codes ("Panic via assert and Error via require" in its
/// documentation).
fn panic_reason(code: U256) -> String {
    let words = match u64::try_from(code) {
        Ok(0x00) => "generic panic",
        Ok(0x01) => "assert(false)",
        Ok(0x11) => "arithmetic underflow or overflow",
        Ok(0x12) => "division or modulo by zero",
        Ok(0x21) => "enum overflow",
        Ok(0x22) => "invalid encoded storage byte array accessed",
        Ok(0x31) => "out-of-bounds array access; popping on an empty array",
        Ok(0x32) => "out-of-bounds access of an array or bytesN",
        Ok(0x41) => "out of memory",
        Ok(0x51) => "uninitialized function",
        _ => return format!("unknown panic code: {code:#x}"),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::bytes;

    #[test]
    fn reverts_are_told_as_other_nodes_tell_them() {
        let error = bytes!(
            "08c379a00000000000000000000000000000000000000000000000000000000000000020"
            "000000000000000000000000000000000000000000000000000000000000000a75736572206572726f72"
            "00000000000000000000000000000000000000000000"
        );
        let panic =
            bytes!("4e487b710000000000000000000000000000000000000000000000000000000000000001");
        let other = bytes!("77726f6e672d63616c6c6461746173697a65");
        for (data, message) in [
            (&error, "execution reverted: user error"),
            (&panic, "execution reverted: assert(false)"),
            (&other, "execution reverted"),
            (&Bytes::new(), "execution reverted"),
        ] {
            let object = reverted(data);
            assert_eq!((object.code(), object.message()), (3, message));
            assert_eq!(
                object.data().map(|d| d.get().to_owned()),
                Some(format!("\"{data}\""))
            );
        }
    }

    #[test]
    fn reasons_need_no_padding() {
        let unpadded = bytes!(
            "08c379a00000000000000000000000000000000000000000000000000000000000000020"
            "000000000000000000000000000000000000000000000000000000000000000a75736572206572726f72"
        );
        assert_eq!(
            reverted(&unpadded).message(),
            "execution reverted: user error"
        );
    }
}
