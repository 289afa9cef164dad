//! Validators' keys and signatures: one type for every algorithm.
//!
//! ```text
//! public key   33 bytes   P-256: SEC 1 compressed (02 or 03, then x)
//!                         Ed25519: ed, then the key of RFC 8032
//! signature    64 bytes   P-256: r | s with s in the lower half (FIPS 186-5)
//!                         Ed25519: as RFC 8032
//! ```
//!
//! The first byte of a key names its algorithm. SM2 takes a byte of its own when its build comes.

use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, DecodeExt as _, Encode as _, Error, FixedSize, Read, ReadExt, Write};
use commonware_cryptography::{Signer, Verifier, ed25519, secp256r1::standard as p256};
use commonware_formatting::Hex;
use commonware_math::algebra::Random;
use commonware_utils::{Array, Span, union_unique};
use qiantang_types::SignatureScheme;
use rand_core::CryptoRng;
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

/// Bytes of a public key.
const PUBLIC_KEY_BYTES: usize = 33;

/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 64;

/// First byte of an Ed25519 key.
const ED25519: u8 = 0xed;

/// A validator's public key: what names it among its peers and what its votes are checked with.
#[derive(Clone)]
pub struct PublicKey {
    bytes: [u8; PUBLIC_KEY_BYTES],
    point: Point,
}

#[derive(Clone)]
enum Point {
    P256(p256::PublicKey),
    Ed25519(ed25519::PublicKey),
}

/// A signature over a message, 64 bytes. Whose, and whether it holds, only a key can tell.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; SIGNATURE_BYTES]);

/// A validator's private key, or the way to where it is kept.
#[derive(Clone)]
pub struct PrivateKey(Secret);

#[derive(Clone)]
enum Secret {
    P256(p256::PrivateKey),
    Ed25519(ed25519::PrivateKey),
    Outside(PublicKey, Arc<dyn OutsideSigner>),
}

/// Signs outside of this process, such as in a hardware security module.
///
/// The same payload must always give the same signature: peers take two signatures of one vote for
/// two votes.
pub trait OutsideSigner: Send + Sync {
    /// The public key, as [`PrivateKey::public_bytes`] gives it.
    fn public_key(&self) -> Bytes;

    /// Signs a payload with the key's algorithm; 64 bytes.
    fn sign(&self, payload: &[u8]) -> [u8; SIGNATURE_BYTES];
}

/// Bytes that are no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a private key.
    #[error("the validator key is damaged: {0}; restore it from its backup")]
    Private(String),
    /// A key in the chain spec.
    #[error("validator {index} of the chain spec has no {scheme:?} public key: {cause}")]
    Public {
        /// Position in the list.
        index: usize,
        /// The chain's scheme.
        scheme: SignatureScheme,
        /// What the decoder said.
        cause: String,
    },
    /// Not a public key.
    #[error("these bytes are not a public key: {0}")]
    Bytes(String),
    /// A key with which anybody signs.
    #[error("{0} is no public key: its point is of small order, so anybody signs with it")]
    Weak(String),
    /// The same key twice, or not in ascending order.
    #[error("the validators of the chain spec must be in ascending order, without duplicates")]
    Order,
    /// A key of an algorithm that the chain does not use.
    #[error(
        "this node's key {key} is no {scheme:?} key, which this chain's validators sign with; make \
         one with `qiantang init`"
    )]
    Scheme {
        /// The public key.
        key: String,
        /// The chain's scheme.
        scheme: SignatureScheme,
    },
}

impl PrivateKey {
    /// The key in 32 bytes: a P-256 scalar or an Ed25519 seed (RFC 8032).
    ///
    /// # Errors
    ///
    /// Bytes that are no such key.
    pub fn from_bytes(scheme: SignatureScheme, bytes: &[u8]) -> Result<Self, KeyError> {
        let damaged = |error: Error| KeyError::Private(error.to_string());
        let bytes = Bytes::copy_from_slice(bytes);
        Ok(Self(match scheme {
            SignatureScheme::P256 => {
                Secret::P256(p256::PrivateKey::decode(bytes).map_err(damaged)?)
            }
            SignatureScheme::Ed25519 => {
                Secret::Ed25519(ed25519::PrivateKey::decode(bytes).map_err(damaged)?)
            }
        }))
    }

    /// A key that signs elsewhere.
    ///
    /// # Errors
    ///
    /// A signer whose public key is none.
    pub fn outside(signer: Arc<dyn OutsideSigner>) -> Result<Self, KeyError> {
        let key = PublicKey::decode(signer.public_key())
            .map_err(|error| KeyError::Private(error.to_string()))?;
        Ok(Self(Secret::Outside(key, signer)))
    }

    /// Signs a message under a namespace. It shows that the signer holds the key, for instance in
    /// a request to join.
    pub fn sign(&self, namespace: &[u8], message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        Signer::sign(self, namespace, message).0
    }

    /// The public key, 33 bytes, as the chain spec lists it.
    pub fn public_bytes(&self) -> alloy_primitives::Bytes {
        Signer::public_key(self).encode().into()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", Signer::public_key(self))
    }
}

/// Whether `signature` is `key`'s over a message under a namespace.
///
/// # Errors
///
/// Bytes that are no key, and keys with which anybody signs.
pub fn verify(
    key: &[u8],
    namespace: &[u8],
    message: &[u8],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<bool, KeyError> {
    let key = PublicKey::parse(key).map_err(|error| KeyError::Bytes(error.to_string()))?;
    if key.is_weak() {
        return Err(KeyError::Weak(format!("0x{key}")));
    }
    Ok(key.verify(namespace, message, &Signature(*signature)))
}

impl PublicKey {
    /// The key in 33 bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::decode(Bytes::copy_from_slice(bytes))
    }

    /// Whether anybody signs with the key: its point is one of Ed25519 whose order divides eight.
    /// Verifiers by ZIP-215 take this signature of everything from such a key, and from no other.
    pub(crate) fn is_weak(&self) -> bool {
        // The neutral point, and zero.
        let mut of_everything = [0; SIGNATURE_BYTES];
        of_everything[0] = 1;
        self.scheme() == SignatureScheme::Ed25519
            && self.verify(&[], &[], &Signature(of_everything))
    }

    /// The scheme that the key belongs to.
    pub(crate) const fn scheme(&self) -> SignatureScheme {
        match self.point {
            Point::P256(_) => SignatureScheme::P256,
            Point::Ed25519(_) => SignatureScheme::Ed25519,
        }
    }
}

impl From<p256::PublicKey> for PublicKey {
    fn from(key: p256::PublicKey) -> Self {
        let mut bytes = [0; PUBLIC_KEY_BYTES];
        bytes.copy_from_slice(&key);
        Self {
            bytes,
            point: Point::P256(key),
        }
    }
}

impl From<ed25519::PublicKey> for PublicKey {
    fn from(key: ed25519::PublicKey) -> Self {
        let mut bytes = [ED25519; PUBLIC_KEY_BYTES];
        if let Some(rest) = bytes.get_mut(1..) {
            rest.copy_from_slice(&key);
        }
        Self {
            bytes,
            point: Point::Ed25519(key),
        }
    }
}

impl Signer for PrivateKey {
    type Signature = Signature;
    type PublicKey = PublicKey;

    fn public_key(&self) -> PublicKey {
        match &self.0 {
            Secret::P256(key) => key.public_key().into(),
            Secret::Ed25519(key) => key.public_key().into(),
            Secret::Outside(key, _) => key.clone(),
        }
    }

    fn sign(&self, namespace: &[u8], message: &[u8]) -> Signature {
        let mut bytes = [0; SIGNATURE_BYTES];
        match &self.0 {
            Secret::P256(key) => bytes.copy_from_slice(&key.sign(namespace, message)),
            Secret::Ed25519(key) => bytes.copy_from_slice(&key.sign(namespace, message)),
            Secret::Outside(_, signer) => bytes = signer.sign(&union_unique(namespace, message)),
        }
        Signature(bytes)
    }
}

impl Random for PrivateKey {
    fn random(rng: impl CryptoRng) -> Self {
        Self(Secret::P256(p256::PrivateKey::random(rng)))
    }
}

impl Verifier for PublicKey {
    type Signature = Signature;

    fn verify(&self, namespace: &[u8], message: &[u8], signature: &Signature) -> bool {
        match &self.point {
            Point::P256(key) => p256::Signature::decode(owned(&signature.0))
                .is_ok_and(|signature| key.verify(namespace, message, &signature)),
            Point::Ed25519(key) => ed25519::Signature::decode(owned(&signature.0))
                .is_ok_and(|signature| key.verify(namespace, message, &signature)),
        }
    }
}

impl commonware_cryptography::PublicKey for PublicKey {}

impl commonware_cryptography::Signature for Signature {}

impl Read for PublicKey {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, Error> {
        let bytes = <[u8; PUBLIC_KEY_BYTES]>::read(buf)?;
        match bytes {
            [ED25519, rest @ ..] => ed25519::PublicKey::decode(owned(&rest)).map(Self::from),
            // The curve's library reads other forms of a point too; a key has one form only.
            _ if SignatureScheme::P256.has_key_form(&bytes) => {
                p256::PublicKey::decode(owned(&bytes)).map(Self::from)
            }
            _ => Err(Error::Invalid("PublicKey", "another form of a point")),
        }
    }
}

impl Read for Signature {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, Error> {
        <[u8; SIGNATURE_BYTES]>::read(buf).map(Self)
    }
}

fn owned(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

/// What the engine asks of every value that is an array of bytes.
macro_rules! array {
    ($type:ty, $field:tt, $size:expr) => {
        impl Write for $type {
            fn write(&self, buf: &mut impl BufMut) {
                self.$field.write(buf);
            }
        }

        impl FixedSize for $type {
            const SIZE: usize = $size;
        }

        impl Span for $type {}

        impl Array for $type {}

        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                &self.$field
            }
        }

        impl Deref for $type {
            type Target = [u8];

            fn deref(&self) -> &[u8] {
                &self.$field
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", Hex(&self.$field))
            }
        }
    };
}

array!(PublicKey, bytes, PUBLIC_KEY_BYTES);
array!(Signature, 0, SIGNATURE_BYTES);

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

#[cfg(test)]
mod tests;
