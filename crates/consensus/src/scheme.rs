//! Votes and certificates: attributable multi-signatures, so that a certificate names who signed.
//!
//! The wire format is that of commonware's `secp256r1` and `ed25519` schemes, which differ in
//! nothing but the algorithm; `qiantang-verify` checks it without the engine.

use crate::keys::{KeyError, PrivateKey, PublicKey, Signature};
use bytes::BufMut;
use commonware_codec::{
    Buf, EncodeSize, Error, FixedSize as _, Read, ReadRangeExt as _, Write, types::lazy::Lazy,
};
use commonware_consensus::simplex::{scheme::Namespace, types::Subject};
use commonware_cryptography::{
    Digest, Signer as _, Verifier as _,
    certificate::{
        self, AssemblyError, Attestation, Membership, Namespace as _, Signers, Subject as _,
        Verification, verify_then_assemble,
    },
};
use commonware_parallel::Strategy;
use commonware_utils::{
    N3f1, Participant, Widen,
    iter::NonEmpty,
    ordered::{Quorum as _, Set},
};
use qiantang_types::{SignatureScheme, TrustRoot};
use rand_core::CryptoRng;

/// The validators of one epoch, and the key with which this node votes among them.
#[derive(Clone, Debug)]
pub struct Scheme {
    participants: Set<PublicKey>,
    namespace: Namespace,
    signer: Option<(Participant, PrivateKey)>,
}

impl Scheme {
    /// The scheme of a set. A key that is in it votes; any other only checks.
    pub(crate) fn new(
        namespace: &[u8],
        participants: Set<PublicKey>,
        key: Option<&PrivateKey>,
    ) -> Self {
        let signer = key.and_then(|key| {
            let index = participants.position(&key.public_key())?;
            Some((Participant::from_usize(index), key.clone()))
        });
        Self {
            participants,
            namespace: Namespace::derive(namespace),
            signer,
        }
    }

    /// The validators of the set without the one whose key this is.
    pub(crate) fn others(&self) -> impl Iterator<Item = PublicKey> {
        let me = self.signer.as_ref().map(|(_, key)| key.public_key());
        let keys = self.participants.iter().cloned();
        keys.filter(move |key| me.as_ref() != Some(key))
    }

    fn holds<D: Digest>(
        &self,
        subject: &Subject<'_, D>,
        signer: Participant,
        signature: &Lazy<Signature>,
    ) -> bool {
        let key = self.participants.key(signer);
        key.zip(signature.get()).is_some_and(|(key, signature)| {
            key.verify(
                subject.namespace(&self.namespace),
                &subject.message(),
                signature,
            )
        })
    }

    fn quorum(&self) -> u32 {
        self.participants.quorum::<N3f1>()
    }
}

/// Bytes of the two lengths in a certificate: the bitmap's, fixed, and the signatures', varying.
const LENGTHS_BYTES: usize = 8 + 5;

/// Who signed, and the signatures in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Certificate {
    signers: Signers,
    signatures: Vec<Lazy<Signature>>,
}

impl Write for Certificate {
    fn write(&self, buf: &mut impl BufMut) {
        self.signers.write(buf);
        self.signatures.write(buf);
    }
}

impl EncodeSize for Certificate {
    fn encode_size(&self) -> usize {
        let signatures = self.signatures.encode_size();
        self.signers.encode_size().saturating_add(signatures)
    }
}

impl Read for Certificate {
    type Cfg = usize;

    fn read_cfg(buf: &mut impl Buf, participants: &usize) -> Result<Self, Error> {
        let signers = Signers::read_cfg(buf, participants)?;
        let signatures = Vec::<Lazy<Signature>>::read_range(buf, ..=*participants)?;
        if signers.count() == 0 || signers.count() != signatures.len() {
            return Err(Error::Invalid(
                "certificate",
                "it needs as many signatures as signers, and one at least",
            ));
        }
        Ok(Self {
            signers,
            signatures,
        })
    }
}

impl certificate::Verifier for Scheme {
    type Subject<'a, D: Digest> = Subject<'a, D>;
    type Faults = N3f1;
    type PublicKey = PublicKey;
    type Certificate = Certificate;

    fn verify_certificate<R, D>(
        &self,
        _: &mut R,
        subject: Subject<'_, D>,
        certificate: &Certificate,
        _: &impl Strategy,
    ) -> bool
    where
        R: CryptoRng,
        D: Digest,
    {
        let Certificate {
            signers,
            signatures,
        } = certificate;
        signers.len() == self.participants.len()
            && signers.count() == signatures.len()
            && signers.count() >= Widen::widen(self.quorum())
            && signers
                .iter()
                .zip(signatures)
                .all(|(signer, signature)| self.holds(&subject, signer, signature))
    }

    fn is_batchable() -> bool {
        false
    }

    fn max_certificate_size(participants: u32) -> usize {
        let n: usize = Widen::widen(participants);
        let signatures = n.saturating_mul(Signature::SIZE);
        let bitmap = n.div_ceil(8);
        LENGTHS_BYTES
            .saturating_add(bitmap)
            .saturating_add(signatures)
    }

    fn certificate_codec_config(&self) -> usize {
        self.participants.len()
    }

    fn certificate_codec_config_unbounded() -> usize {
        u32::MAX as usize
    }
}

impl certificate::Scheme for Scheme {
    type Signature = Signature;

    fn me(&self) -> Option<Membership> {
        let (index, _) = self.signer.as_ref()?;
        Some(Membership::Signer(*index))
    }

    fn participants(&self) -> &Set<PublicKey> {
        &self.participants
    }

    fn sign<D: Digest>(&self, subject: Subject<'_, D>) -> Option<Attestation<Self>> {
        let (signer, key) = self.signer.as_ref()?;
        let namespace = subject.namespace(&self.namespace);
        let signature = commonware_cryptography::Signer::sign(key, namespace, &subject.message());
        Some(Attestation {
            signer: *signer,
            signature: signature.into(),
        })
    }

    fn verify_attestation<R, D>(
        &self,
        _: &mut R,
        subject: Subject<'_, D>,
        attestation: &Attestation<Self>,
        _: &impl Strategy,
    ) -> bool
    where
        R: CryptoRng,
        D: Digest,
    {
        self.holds(&subject, attestation.signer, &attestation.signature)
    }

    fn optimistic_assemble<'a, R, D, I, J>(
        &self,
        rng: &mut R,
        subject: Subject<'_, D>,
        pending: I,
        verified: J,
        strategy: &impl Strategy,
    ) -> Result<Certificate, Verification<Self>>
    where
        R: CryptoRng,
        D: Digest,
        I: IntoIterator<Item = Attestation<Self>>,
        I::IntoIter: ExactSizeIterator + Send,
        J: IntoIterator<Item = &'a Attestation<Self>>,
        J::IntoIter: Send,
    {
        verify_then_assemble::<Self, _, D, _, _>(self, rng, subject, pending, verified, strategy)
    }

    fn assemble<I>(
        &self,
        attestations: NonEmpty<I>,
        _: &impl Strategy,
    ) -> Result<Certificate, AssemblyError>
    where
        I: Iterator<Item = Attestation<Self>> + Send,
    {
        let mut entries = Vec::new();
        for Attestation { signer, signature } in attestations {
            if self.participants.key(signer).is_none() {
                return Err(AssemblyError::UnknownSigner(signer));
            }
            if signature.get().is_none() {
                return Err(AssemblyError::MalformedSignature(signer));
            }
            entries.push((signer, signature));
        }
        entries.sort_by_key(|(signer, _)| *signer);
        let (signers, signatures): (Vec<Participant>, Vec<_>) = entries.into_iter().unzip();
        let signers = Signers::try_from((&self.participants, signers))?;
        let found = u32::try_from(signers.count()).unwrap_or(u32::MAX);
        if found < self.quorum() {
            return Err(AssemblyError::InsufficientAttestations(
                self.quorum(),
                found,
            ));
        }
        Ok(Certificate {
            signers,
            signatures,
        })
    }

    fn is_attributable() -> bool {
        true
    }
}

/// Decodes a set of validators: ascending, of one algorithm.
pub(crate) fn key_set<'a>(
    scheme: SignatureScheme,
    keys: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Set<PublicKey>, KeyError> {
    let mut set: Vec<PublicKey> = Vec::new();
    for (index, bytes) in keys.into_iter().enumerate() {
        let refused = |cause: String| KeyError::Public {
            index,
            scheme,
            cause,
        };
        let key = PublicKey::parse(bytes).map_err(|error| refused(error.to_string()))?;
        if key.scheme() != scheme {
            return Err(refused("it belongs to another algorithm".to_owned()));
        }
        if set.last().is_some_and(|last| *last >= key) {
            return Err(KeyError::Order);
        }
        set.push(key);
    }
    Ok(Set::from_iter_dedup(set))
}

/// The validators of a trust root.
pub(crate) fn validators(root: &TrustRoot) -> Result<Set<PublicKey>, KeyError> {
    let scheme = SignatureScheme::from_code(root.scheme)
        .ok_or_else(|| KeyError::Private(format!("unknown scheme {}", root.scheme)))?;
    key_set(scheme, root.validators.iter().map(|key| key.as_ref()))
}
