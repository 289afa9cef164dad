//! What can go wrong between a program and a node.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolError as _;
use jsonrpsee::{core::ClientError as TransportError, types::ErrorObjectOwned};
use qiantang_verify::VerifyError;

alloy_sol_types::sol! {
    /// What every module answers where one of its limits is exceeded.
    #[derive(Debug, PartialEq, Eq)]
    error LimitExceeded(string limit, uint256 value, uint256 maximum);
}

/// Why a call did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers at the address.
    #[error("no answer from {url}: {reason}")]
    Unreachable {
        /// The address.
        url: String,
        /// What the transport said.
        reason: String,
    },
    /// The node answered with an error.
    #[error("{method}: {message} (code {code})")]
    Rpc {
        /// Method that was called.
        method: String,
        /// JSON-RPC error code.
        code: i32,
        /// The node's words.
        message: String,
    },
    /// The contract or module refused.
    #[error("{method}: execution reverted{}", shown(.data))]
    Reverted {
        /// Method that was called.
        method: String,
        /// What was returned: ABI-encoded.
        data: Bytes,
    },
    /// The answer is not what the method promises.
    #[error("{method} answered something unexpected: {reason}")]
    Unexpected {
        /// Method that was called.
        method: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The transaction is in a block, and failed there.
    #[error("transaction {0} was included and failed")]
    Failed(B256),
    /// The transaction was not included in time.
    #[error("transaction {hash} is not final after {seconds} s; it may still be included later")]
    NotFinal {
        /// The transaction.
        hash: B256,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Another transaction of the account with the same nonce is in a block.
    #[error(
        "transaction {hash} is void: another one of the same account with nonce {nonce} is final"
    )]
    NonceTaken {
        /// The transaction.
        hash: B256,
        /// Its nonce.
        nonce: u64,
    },
    /// The key cannot sign.
    #[error("the key cannot sign: {0}")]
    Signature(String),
    /// A proof does not hold.
    #[error("the proof of {what} does not hold: {source}")]
    Proof {
        /// What it should prove.
        what: String,
        /// Which step failed.
        source: Box<VerifyError>,
    },
    /// A proof holds, but proves something else.
    #[error("the proof of {what} proves something else: {reason}")]
    OtherFact {
        /// What it should prove.
        what: String,
        /// What differs.
        reason: String,
    },
}

fn shown(data: &Bytes) -> String {
    match alloy_sol_types::decode_revert_reason(data) {
        Some(reason) => format!(": {reason}"),
        None if data.is_empty() => String::new(),
        None => format!(" with {data}"),
    }
}

impl ClientError {
    /// The limit of a module that was exceeded, where that is why it refused.
    pub fn exceeded(&self) -> Option<LimitExceeded> {
        match self {
            Self::Reverted { data, .. } => LimitExceeded::abi_decode(data).ok(),
            _ => None,
        }
    }

    pub(crate) fn of_transport(url: &str, method: &str, error: TransportError) -> Self {
        match error {
            TransportError::Call(error) => Self::of_object(method, &error),
            TransportError::ParseError(error) => Self::Unexpected {
                method: method.to_owned(),
                reason: error.to_string(),
            },
            other => Self::Unreachable {
                url: url.to_owned(),
                reason: with_causes(&other),
            },
        }
    }

    /// An error object, where an execution that reverted carries its data (EIP-1474, code 3).
    pub(crate) fn of_object(method: &str, error: &ErrorObjectOwned) -> Self {
        let data = error
            .data()
            .and_then(|data| serde_json::from_str::<Bytes>(data.get()).ok());
        match data {
            Some(data) if error.message().contains("revert") => Self::Reverted {
                method: method.to_owned(),
                data,
            },
            _ => Self::Rpc {
                method: method.to_owned(),
                code: error.code(),
                message: error.message().to_owned(),
            },
        }
    }

    pub(crate) fn unexpected(method: &str, reason: impl ToString) -> Self {
        Self::Unexpected {
            method: method.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// The messages of an error and of all its causes, each said once.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}
