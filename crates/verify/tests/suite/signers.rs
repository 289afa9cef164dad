//! Validators of either scheme, with their secrets; what they sign, the engine makes and judges.

use crate::chain::{self, EngineFinalization, EngineScheme, participants};
use alloy_primitives::Bytes;
use commonware_codec::{Decode as _, Encode as _};
use commonware_consensus::simplex::{
    scheme::ed25519::Scheme,
    types::{Finalization, Finalize, Proposal},
};
use commonware_cryptography::{
    Signer as _, ed25519, ed25519::PublicKey, secp256r1::standard, sha256::Digest,
};
use commonware_parallel::Sequential;
use commonware_utils::{TryFromIterator as _, non_empty, ordered::Set, test_rng};
use qiantang_types::{Fingerprint, LedgerHash, SignatureScheme, TrustRoot};

/// A validator set whose secrets are known, in the order of the public keys.
#[derive(Clone)]
pub(crate) enum Signers {
    P256(Vec<standard::PrivateKey>),
    Ed25519(Vec<ed25519::PrivateKey>),
}

impl Signers {
    pub(crate) fn new(scheme: SignatureScheme, seeds: impl IntoIterator<Item = u64>) -> Self {
        let seeds = seeds.into_iter();
        match scheme {
            SignatureScheme::P256 => {
                let mut keys: Vec<_> = seeds.map(standard::PrivateKey::from_seed).collect();
                keys.sort_by_key(|key| key.public_key());
                Self::P256(keys)
            }
            SignatureScheme::Ed25519 => {
                let mut keys: Vec<_> = seeds.map(ed25519::PrivateKey::from_seed).collect();
                keys.sort_by_key(|key| key.public_key());
                Self::Ed25519(keys)
            }
        }
    }

    /// The public keys as a validator set holds them.
    pub(crate) fn keys(&self) -> Vec<Bytes> {
        match self {
            Self::P256(keys) => keys
                .iter()
                .map(|key| key.public_key().encode().into())
                .collect(),
            Self::Ed25519(keys) => keys
                .iter()
                .map(|key| [&[0xed], key.public_key().as_ref()].concat().into())
                .collect(),
        }
    }

    pub(crate) fn trust_root(&self) -> TrustRoot {
        let scheme = match self {
            Self::P256(_) => SignatureScheme::P256,
            Self::Ed25519(_) => SignatureScheme::Ed25519,
        };
        TrustRoot {
            chain_id: 571_571,
            genesis: LedgerHash::repeat_byte(7),
            scheme: scheme.code(),
            validators: self.keys(),
        }
    }

    /// Positions of the last members that make just a quorum.
    pub(crate) fn quorum(&self) -> Vec<usize> {
        let count = self.keys().len();
        ((count - 1) / 3..count).collect()
    }

    /// A certificate over `proposal` by the members at `signers`.
    pub(crate) fn finalize(
        &self,
        signers: &[usize],
        namespace: &Fingerprint,
        proposal: Proposal<Digest>,
    ) -> Bytes {
        match self {
            Self::P256(keys) => chain::finalize(keys, signers, namespace, proposal)
                .encode()
                .into(),
            Self::Ed25519(keys) => {
                let namespace = namespace.as_bytes();
                let scheme = |at: usize| {
                    Scheme::signer(namespace, ed25519_participants(keys), keys[at].clone()).unwrap()
                };
                let votes: Vec<Finalize<Scheme, Digest>> = signers
                    .iter()
                    .map(|at| Finalize::sign(&scheme(*at), proposal.clone()).unwrap())
                    .collect();
                let votes = non_empty![@votes.into_iter()];
                Finalization::from_owned_finalizes(&scheme(0), votes, &Sequential)
                    .unwrap()
                    .encode()
                    .into()
            }
        }
    }

    /// Whether the engine takes the bytes for this set's certificate.
    pub(crate) fn engine_accepts(&self, namespace: &Fingerprint, bytes: &[u8]) -> bool {
        let count = self.keys().len();
        let (namespace, bytes) = (namespace.as_bytes(), Bytes::copy_from_slice(bytes).0);
        match self {
            Self::P256(keys) => {
                let scheme = EngineScheme::verifier(namespace, participants(keys));
                EngineFinalization::decode_cfg(bytes, &count)
                    .is_ok_and(|found| found.verify(&mut test_rng(), &scheme, &Sequential))
            }
            Self::Ed25519(keys) => {
                let scheme = Scheme::verifier(namespace, ed25519_participants(keys));
                Finalization::<Scheme, Digest>::decode_cfg(bytes, &count)
                    .is_ok_and(|found| found.verify(&mut test_rng(), &scheme, &Sequential))
            }
        }
    }
}

fn ed25519_participants(keys: &[ed25519::PrivateKey]) -> Set<PublicKey> {
    Set::try_from_iter(keys.iter().map(|key| key.public_key())).unwrap()
}
