//! Validators' keys and the scheme of votes and certificates.

use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_consensus::simplex::scheme::secp256r1;
use commonware_cryptography::{Signer as _, secp256r1::standard};
use commonware_utils::{TryCollect as _, ordered::BiMap};
use qiantang_types::TrustRoot;

/// A validator's public key: P-256, compressed (SEC 1, 33 bytes).
pub type PublicKey = standard::PublicKey;

/// A validator's private key: P-256, 32 bytes.
pub type PrivateKey = standard::PrivateKey;

/// Attributable multi-signatures: a certificate names who signed.
pub(crate) type Scheme = secp256r1::Scheme<PublicKey>;

/// Why a validator cannot take part with its key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes of a valid scalar.
    #[error("the validator key is damaged: {0}; restore it from its backup")]
    Private(String),
    /// A key in the chain spec.
    #[error("validator {index} of the chain spec has no P-256 public key: {cause}")]
    Public {
        /// Position in the list.
        index: usize,
        /// What the decoder said.
        cause: String,
    },
    /// The same key twice, or not in ascending order.
    #[error("the validators of the chain spec must be in ascending order, without duplicates")]
    Order,
    /// The key belongs to no validator.
    #[error("this node's key {0} is not among the validators of the chain spec")]
    Stranger(String),
}

/// The private key in 32 bytes.
///
/// # Errors
///
/// Bytes that are no P-256 scalar.
pub fn private_key(bytes: &[u8]) -> Result<PrivateKey, KeyError> {
    PrivateKey::decode(bytes::Bytes::copy_from_slice(bytes))
        .map_err(|error| KeyError::Private(error.to_string()))
}

/// The public key of a private key, as the chain spec lists it.
pub fn public_key(key: &PrivateKey) -> alloy_primitives::Bytes {
    key.public_key().encode().into()
}

/// Decodes the validators of a trust root.
pub(crate) fn validators(root: &TrustRoot) -> Result<Vec<PublicKey>, KeyError> {
    let mut keys: Vec<PublicKey> = Vec::with_capacity(root.validators.len());
    for (index, bytes) in root.validators.iter().enumerate() {
        let key = PublicKey::decode(bytes.0.clone()).map_err(|error| KeyError::Public {
            index,
            cause: error.to_string(),
        })?;
        if keys.last().is_some_and(|last| *last >= key) {
            return Err(KeyError::Order);
        }
        keys.push(key);
    }
    Ok(keys)
}

/// The scheme with which this validator votes. Every signature is bound to the chain by the anchor.
pub(crate) fn signer(root: &TrustRoot, key: &PrivateKey) -> Result<Scheme, KeyError> {
    let keys = validators(root)?;
    let members: BiMap<PublicKey, PublicKey> = keys
        .into_iter()
        .map(|key| (key.clone(), key))
        .try_collect()
        .map_err(|_| KeyError::Order)?;
    let namespace = root.fingerprint();
    Scheme::signer(namespace.as_bytes(), members, key.clone())
        .ok_or_else(|| KeyError::Stranger(key.public_key().to_string()))
}
