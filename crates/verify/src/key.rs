//! Validators' public keys, and whether a signature is theirs.
//!
//! Exactly what the engine accepts, because a certificate that it accepted must prove the same
//! here, and nothing else may:
//!
//! - **P-256**: ECDSA with SHA-256 (FIPS 186-5), the signature as `r | s` with `s` in the lower
//!   half of the order, so that nobody but its maker can give it a second form.
//! - **Ed25519**: RFC 8032 with the rules of [ZIP-215](https://zips.z.cash/zip-0215), which leave
//!   no choice to an implementation: points may be encoded in any way that decodes, `s` must be
//!   below the group's order, and the equation is checked multiplied by the cofactor.

use curve25519_dalek::{
    edwards::{CompressedEdwardsY, EdwardsPoint},
    scalar::Scalar,
    traits::IsIdentity as _,
};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use qiantang_types::SignatureScheme;
use sha2::{Digest as _, Sha512};

/// Bytes of a signature of either scheme.
pub(crate) const SIGNATURE_BYTES: usize = 64;

/// A validator's public key, with which votes can be verified.
#[derive(Clone, Debug)]
pub struct ValidatorKey(Curve);

#[derive(Clone, Debug)]
enum Curve {
    P256(VerifyingKey),
    Ed25519 {
        /// The key as it is hashed.
        bytes: [u8; 32],
        /// The point, negated.
        minus: EdwardsPoint,
    },
}

impl ValidatorKey {
    /// The key that a validator set holds as `bytes`; `None` for what is no point of the scheme's
    /// curve or not in its one form.
    pub fn decode(scheme: SignatureScheme, bytes: &[u8]) -> Option<Self> {
        if !scheme.has_key_form(bytes) {
            return None;
        }
        match scheme {
            SignatureScheme::P256 => VerifyingKey::from_sec1_bytes(bytes).ok().map(Curve::P256),
            SignatureScheme::Ed25519 => {
                let bytes: [u8; 32] = bytes.get(1..)?.try_into().ok()?;
                let minus = -CompressedEdwardsY(bytes).decompress()?;
                Some(Curve::Ed25519 { bytes, minus })
            }
        }
        .map(Self)
    }

    /// Whether a private key is needed to sign, and the key has no second form. With a point of
    /// Ed25519 whose order divides eight anybody signs anything, and some points have encodings
    /// that are not canonical; ZIP-215 takes both, so they must stay out of validator sets.
    pub fn is_safe(&self) -> bool {
        match &self.0 {
            Curve::P256(_) => true,
            Curve::Ed25519 { bytes, minus } => {
                !minus.is_small_order() && (-minus).compress().0 == *bytes
            }
        }
    }

    /// Whether the key's owner signed the message.
    pub fn signed(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        match &self.0 {
            Curve::P256(key) => Signature::from_slice(signature).is_ok_and(|signature| {
                // `normalize_s` leaves a signature alone exactly where `s` is in the lower half.
                signature.normalize_s() == signature && key.verify(message, &signature).is_ok()
            }),
            Curve::Ed25519 { bytes, minus } => {
                zip_215(bytes, minus, message, signature).unwrap_or(false)
            }
        }
    }
}

/// Whether `[8][s]B = [8]R + [8][k]A`; `None` for bytes that are no signature at all.
fn zip_215(
    key: &[u8; 32],
    minus_key: &EdwardsPoint,
    message: &[u8],
    signature: &[u8; SIGNATURE_BYTES],
) -> Option<bool> {
    let (nonce, s) = signature.split_first_chunk::<32>()?;
    let s: Option<Scalar> = Scalar::from_canonical_bytes(s.try_into().ok()?).into();
    let s = s?;
    let nonce_point = CompressedEdwardsY(*nonce).decompress()?;
    let hash = Sha512::new()
        .chain_update(nonce)
        .chain_update(key)
        .chain_update(message);
    let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, minus_key, &s);
    Some((nonce_point - expected).mul_by_cofactor().is_identity())
}
