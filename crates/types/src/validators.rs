//! A validator set as the chain carries it from one epoch to the next.

use crate::{CodecError, Header, SignatureScheme, codec::decode_exact};
use alloy_primitives::Bytes;

/// Validators in a set at the most, in every format that carries one.
pub const VALIDATORS_MAX: usize = 1_000;

/// Bytes of a validator's public key, whatever its scheme.
pub const VALIDATOR_KEY_BYTES: usize = 33;

/// Bytes of an encoded set at the most: the keys, each behind its length, behind theirs.
const ENCODED_BYTES_MAX: usize = VALIDATORS_MAX * (VALIDATOR_KEY_BYTES + 1) + 9;

/// First byte of an Ed25519 key, behind which its 32 bytes follow; no P-256 key begins with it.
const ED25519_PREFIX: u8 = 0xed;

/// The public keys of a validator set: some, at most [`VALIDATORS_MAX`], each
/// [`VALIDATOR_KEY_BYTES`] long, strictly ascending.
///
/// A header's extension carries the next epoch's set as the RLP list of these keys. That a key has
/// the form of the chain's scheme is asked of [`SignatureScheme::has_key_form`], and that it is a
/// point of the curve of whoever checks signatures with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorKeys(Vec<Bytes>);

/// The last header of an epoch after which the validator set is another, and what proves it. What
/// is in it is proved only once somebody has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// The header, whose extension is the next epoch's set.
    pub header: Header,
    /// Finalization certificate of that header by the set before, in the engine's encoding.
    pub certificate: Bytes,
}

/// Why keys are not a validator set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorKeysError {
    /// No key, or too many.
    #[error("a validator set has between 1 and {VALIDATORS_MAX} keys, this one has {0}")]
    Count(usize),
    /// A key of another length.
    #[error("the key of validator {position} has {found} bytes, not {VALIDATOR_KEY_BYTES}")]
    Length {
        /// Position in the set, from 0.
        position: usize,
        /// Its bytes.
        found: usize,
    },
    /// Keys out of order, or one twice.
    #[error("the key of validator {0} is not greater than the one before it")]
    Order(usize),
}

impl ValidatorKeys {
    /// The set of these keys.
    ///
    /// # Errors
    ///
    /// No or too many keys, keys of another length, keys that are not strictly ascending.
    pub fn new(keys: Vec<Bytes>) -> Result<Self, ValidatorKeysError> {
        if keys.is_empty() || keys.len() > VALIDATORS_MAX {
            return Err(ValidatorKeysError::Count(keys.len()));
        }
        let mut previous: Option<&Bytes> = None;
        for (position, key) in keys.iter().enumerate() {
            if key.len() != VALIDATOR_KEY_BYTES {
                let found = key.len();
                return Err(ValidatorKeysError::Length { position, found });
            }
            if previous.is_some_and(|previous| previous >= key) {
                return Err(ValidatorKeysError::Order(position));
            }
            previous = Some(key);
        }
        Ok(Self(keys))
    }

    /// The keys, ascending.
    pub fn as_slice(&self) -> &[Bytes] {
        &self.0
    }

    /// The keys, ascending.
    pub fn into_inner(self) -> Vec<Bytes> {
        self.0
    }

    /// The RLP list of the keys: what the last header of an epoch carries as its extension where
    /// the next epoch has another set.
    pub fn to_bytes(&self) -> Bytes {
        alloy_rlp::encode(&self.0).into()
    }

    /// The set that [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// Anything but canonical RLP, trailing bytes, keys that [`Self::new`] refuses.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        const WHAT: &str = "validator set";
        if bytes.is_empty() {
            return Err(CodecError::Empty(WHAT));
        }
        if bytes.len() > ENCODED_BYTES_MAX {
            return Err(CodecError::Limit {
                what: "the encoded validator set",
                found: bytes.len(),
                limit: ENCODED_BYTES_MAX,
            });
        }
        let keys = decode_exact(&mut &*bytes, WHAT)?;
        Self::new(keys).map_err(CodecError::ValidatorKeys)
    }
}

impl Header {
    /// The validator set from the next epoch on where this header, the last of its epoch, changes
    /// it; `None` where the set stays.
    ///
    /// # Errors
    ///
    /// An extension that is neither empty nor a validator set.
    pub fn next_validators(&self) -> Result<Option<ValidatorKeys>, CodecError> {
        if self.extension.is_empty() {
            Ok(None)
        } else {
            ValidatorKeys::from_bytes(&self.extension).map(Some)
        }
    }
}

impl SignatureScheme {
    /// Every scheme.
    pub const ALL: [Self; 2] = [Self::P256, Self::Ed25519];

    /// Code of the scheme in a [`TrustRoot`](crate::TrustRoot).
    pub const fn code(self) -> u8 {
        match self {
            Self::P256 => 1,
            Self::Ed25519 => 2,
        }
    }

    /// The scheme with a code, where there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.code() == code)
    }

    /// Whether bytes have the length and the first byte of the scheme's public keys: 33 bytes that
    /// begin with 2 or 3 (P-256, SEC 1 compressed) or with 0xed (Ed25519). Whether a point of the
    /// curve follows is not said.
    pub fn has_key_form(self, key: &[u8]) -> bool {
        let [first, ..] = key else { return false };
        let known = match self {
            Self::P256 => matches!(first, 2 | 3),
            Self::Ed25519 => *first == ED25519_PREFIX,
        };
        known && key.len() == VALIDATOR_KEY_BYTES
    }
}
