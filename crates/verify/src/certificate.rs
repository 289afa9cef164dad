//! Finalization certificates: a quorum of validators' signatures over one proposal.
//!
//! Re-implements what commonware-consensus 2026.10 (simplex, schemes `secp256r1` and `ed25519`)
//! signs and encodes, so that a certificate is checked without the engine:
//!
//! ```text
//! proposal    = epoch | view | parent view (LEB128 each) | payload (32 bytes)
//! certificate = validators (u64) | bitmap, one bit per validator, lowest bit first
//!             | count (LEB128) | signatures (64 bytes each) in the validators' order
//! signed      = length of namespace (LEB128) | namespace | proposal
//! namespace   = the chain's fingerprint (32 bytes) | "_FINALIZE"
//! ```
//!
//! What a signature is, depends on the chain's scheme: ECDSA on P-256 or Ed25519. A quorum is
//! `n - f` of `n` validators with `f = (n - 1) / 3`.

use crate::{
    key::{SIGNATURE_BYTES, ValidatorKey},
    reader::{EncodingError, Reader},
};
use alloy_primitives::Bytes;
use qiantang_types::{
    Fingerprint, LedgerHash, SignatureScheme, TrustRoot, VALIDATORS_MAX, ValidatorKeys,
    ValidatorKeysError,
};

/// Bytes of an encoded certificate at the most: the proposal, the bitmap, one signature each.
pub const CERTIFICATE_BYTES_MAX: usize = 128 + VALIDATORS_MAX.div_ceil(8) + VALIDATORS_MAX * 64;

/// What the engine appends to the chain's namespace for votes that finalize.
const FINALIZE_SUFFIX: &[u8] = b"_FINALIZE";

/// A decoded certificate. Nothing in it is proved before [`ValidatorSet::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalization {
    /// Span with one validator set.
    pub epoch: u64,
    /// Attempt to agree in which the block was finalized.
    pub view: u64,
    /// View of the block's parent.
    pub parent_view: u64,
    /// Hash of the finalized block.
    pub payload: LedgerHash,
    /// Size of the set whose members may sign.
    pub validators: usize,
    /// Who signed, by position in the set, ascending, each with its signature.
    pub signatures: Vec<(usize, [u8; SIGNATURE_BYTES])>,
}

/// Who may sign, and for which chain.
#[derive(Clone, Debug)]
pub struct ValidatorSet {
    scheme: SignatureScheme,
    keys: Vec<(Bytes, ValidatorKey)>,
    namespace: Vec<u8>,
}

/// Why a certificate proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not the engine's encoding of a certificate.
    #[error("not a finalization certificate: {0}")]
    Encoding(#[from] EncodingError),
    /// A signature scheme this build does not know.
    #[error("the chain's validators sign with scheme {0}, which this build does not know")]
    Scheme(u8),
    /// Keys that are no set.
    #[error(transparent)]
    Keys(#[from] ValidatorKeysError),
    /// A validator's key that is not a point of the scheme's curve in its one form.
    #[error("the key of validator {0} is not a public key of the chain's signature scheme")]
    Key(usize),
    /// The bitmap is for a set of another size.
    #[error("the certificate is for {found} validators, the set has {expected}")]
    OtherSet {
        /// Validators in the bitmap.
        found: usize,
        /// Validators of the set.
        expected: usize,
    },
    /// Bits behind the last validator.
    #[error("the certificate marks signers behind the last validator")]
    BitmapTail,
    /// As many signatures as signers are needed.
    #[error("the certificate names {signers} signers and holds {signatures} signatures")]
    Count {
        /// Signers in the bitmap.
        signers: usize,
        /// Signatures that follow.
        signatures: usize,
    },
    /// Too few signed.
    #[error("{found} of {validators} validators signed, {quorum} are needed")]
    Quorum {
        /// Signers.
        found: usize,
        /// Size of the set.
        validators: usize,
        /// Signers needed.
        quorum: usize,
    },
    /// An epoch before the first in which the set holds.
    #[error("the certificate is of epoch {found}, the validator set holds from epoch {first} on")]
    Epoch {
        /// Epoch of the certificate.
        found: u64,
        /// First epoch of the set.
        first: u64,
    },
    /// A signature that is not the signer's over this proposal.
    #[error("the signature of validator {0} is invalid")]
    Signature(usize),
}

impl Finalization {
    /// Decodes the engine's encoding of a finalization.
    ///
    /// # Errors
    ///
    /// Anything but the one canonical encoding, and more than [`VALIDATORS_MAX`] validators.
    pub fn decode(bytes: &[u8]) -> Result<Self, CertificateError> {
        let mut reader = Reader::new(bytes);
        let epoch = reader.varint("epoch")?;
        let view = reader.varint("view")?;
        let parent_view = reader.varint("parent view")?;
        let payload = LedgerHash::from(reader.array::<32>("payload")?);
        let (validators, signers) = read_signers(&mut reader)?;
        let count = reader.count(VALIDATORS_MAX, "signatures")?;
        if count != signers.len() {
            return Err(CertificateError::Count {
                signers: signers.len(),
                signatures: count,
            });
        }
        let mut signatures = Vec::with_capacity(count);
        for signer in signers {
            signatures.push((signer, reader.array("signature")?));
        }
        reader.finish()?;
        Ok(Self {
            epoch,
            view,
            parent_view,
            payload,
            validators,
            signatures,
        })
    }

    /// The bytes that finalizing votes sign, without the namespace.
    fn proposal(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(62);
        for number in [self.epoch, self.view, self.parent_view] {
            write_varint(number, &mut out);
        }
        out.extend_from_slice(self.payload.as_slice());
        out
    }
}

impl ValidatorSet {
    /// The first validator set of the chain that `root` describes. Its signatures are bound to the
    /// chain by the root's fingerprint.
    ///
    /// # Errors
    ///
    /// An unknown scheme, no or too many keys, malformed keys, keys out of order.
    pub fn of(root: &TrustRoot) -> Result<Self, CertificateError> {
        let scheme =
            SignatureScheme::from_code(root.scheme).ok_or(CertificateError::Scheme(root.scheme))?;
        let keys = ValidatorKeys::new(root.validators.clone())?;
        Ok(Self {
            scheme,
            keys: decode_keys(scheme, &keys)?,
            namespace: namespace(&root.fingerprint()),
        })
    }

    /// Another set of the same chain.
    ///
    /// # Errors
    ///
    /// A key that is not one of the chain's scheme.
    pub fn with_keys(&self, keys: &ValidatorKeys) -> Result<Self, CertificateError> {
        Ok(Self {
            scheme: self.scheme,
            keys: decode_keys(self.scheme, keys)?,
            namespace: self.namespace.clone(),
        })
    }

    /// Number of validators.
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no validator, which no constructor allows.
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Signatures that make a certificate: `n - f` where `n = 3f + 1` tolerates `f` faults.
    pub const fn quorum(&self) -> usize {
        let validators = self.keys.len();
        validators.saturating_sub(validators.saturating_sub(1) / 3)
    }

    /// Checks every signature and returns the signers' keys. In which epochs the set holds, the
    /// caller knows; see [`Succession`](crate::Succession).
    ///
    /// # Errors
    ///
    /// Another set's certificate, too few signers, any invalid signature.
    pub fn verify(&self, finalization: &Finalization) -> Result<Vec<Bytes>, CertificateError> {
        if finalization.validators != self.len() {
            return Err(CertificateError::OtherSet {
                found: finalization.validators,
                expected: self.len(),
            });
        }
        if finalization.signatures.len() < self.quorum() {
            return Err(CertificateError::Quorum {
                found: finalization.signatures.len(),
                validators: self.len(),
                quorum: self.quorum(),
            });
        }
        let mut message = Vec::with_capacity(128);
        write_varint(self.namespace.len() as u64, &mut message);
        message.extend_from_slice(&self.namespace);
        message.extend_from_slice(&finalization.proposal());
        let mut signers = Vec::with_capacity(finalization.signatures.len());
        for (position, bytes) in &finalization.signatures {
            let refuse = CertificateError::Signature(*position);
            let Some((name, key)) = self.keys.get(*position) else {
                return Err(refuse);
            };
            if !key.signed(&message, bytes) {
                return Err(refuse);
            }
            signers.push(name.clone());
        }
        Ok(signers)
    }
}

/// The namespace under which the engine signs votes that finalize blocks of a chain.
fn namespace(fingerprint: &Fingerprint) -> Vec<u8> {
    [fingerprint.as_bytes().as_slice(), FINALIZE_SUFFIX].concat()
}

fn decode_keys(
    scheme: SignatureScheme,
    keys: &ValidatorKeys,
) -> Result<Vec<(Bytes, ValidatorKey)>, CertificateError> {
    let decode = |(position, bytes): (usize, &Bytes)| {
        let key = ValidatorKey::decode(scheme, bytes).ok_or(CertificateError::Key(position))?;
        Ok((bytes.clone(), key))
    };
    keys.as_slice().iter().enumerate().map(decode).collect()
}

/// Reads the bitmap: the size of the set and the positions of the signers, ascending.
fn read_signers(reader: &mut Reader<'_>) -> Result<(usize, Vec<usize>), CertificateError> {
    let found = reader.fixed_u64("validators")?;
    let limit = VALIDATORS_MAX as u64;
    let validators = usize::try_from(found)
        .ok()
        .filter(|count| *count <= VALIDATORS_MAX)
        .ok_or(EncodingError::Limit {
            what: "validators",
            found,
            limit,
        })?;
    let bitmap = reader.slice(validators.div_ceil(8), "signers")?;
    let mut signers = Vec::new();
    for (byte, base) in bitmap.iter().zip((0..).step_by(8)) {
        for bit in (0..8usize).filter(|bit| byte & (1 << bit) != 0) {
            signers.push(bit.saturating_add(base));
        }
    }
    if signers.last().is_some_and(|last| *last >= validators) {
        return Err(CertificateError::BitmapTail);
    }
    Ok((validators, signers))
}

fn write_varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
