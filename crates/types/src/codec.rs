//! What all canonical codecs share: a version byte, then RLP, then nothing.

use alloy_rlp::Decodable;

/// Why bytes are not the canonical form of a structure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Nothing to read.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A version this build does not know.
    #[error("{what} has format version {found}, this build reads {expected}; use a newer build")]
    Version {
        /// The structure.
        what: &'static str,
        /// Version byte found.
        found: u8,
        /// Version byte this build reads.
        expected: u8,
    },
    /// Not canonical RLP, or fields that do not fit.
    #[error("{what} is not canonical: {source}")]
    Rlp {
        /// The structure.
        what: &'static str,
        /// What the decoder said.
        source: alloy_rlp::Error,
    },
    /// Bytes after the end.
    #[error("{what} is followed by {count} bytes that do not belong to it")]
    Trailing {
        /// The structure.
        what: &'static str,
        /// Number of bytes left over.
        count: usize,
    },
    /// A transaction in a block that cannot be there.
    #[error("transaction {index} of the block: {source}")]
    Transaction {
        /// Its position.
        index: usize,
        /// What is wrong with it.
        source: crate::TransactionError,
    },
    /// Keys that are no validator set.
    #[error(transparent)]
    ValidatorKeys(crate::ValidatorKeysError),
    /// More than a named limit allows.
    #[error("{what} has {found}, the limit is {limit}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The count.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

pub(crate) fn strip_version<'a>(
    bytes: &'a [u8],
    expected: u8,
    what: &'static str,
) -> Result<&'a [u8], CodecError> {
    match bytes.split_first() {
        None => Err(CodecError::Empty(what)),
        Some((version, rest)) if *version == expected => Ok(rest),
        Some((version, _)) => Err(CodecError::Version {
            what,
            found: *version,
            expected,
        }),
    }
}

pub(crate) fn decode_exact<T: Decodable>(
    rest: &mut &[u8],
    what: &'static str,
) -> Result<T, CodecError> {
    let value = T::decode(rest).map_err(|source| CodecError::Rlp { what, source })?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(CodecError::Trailing {
            what,
            count: rest.len(),
        })
    }
}
