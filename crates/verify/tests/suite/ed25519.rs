//! Certificates under Ed25519: made and judged by the engine, and judged here.

use crate::{chain::proposal, signers::Signers};
use alloy_primitives::Bytes;
use commonware_codec::{DecodeExt as _, Encode as _, FixedSize as _};
use commonware_cryptography::{
    Verifier as _,
    ed25519::{PublicKey, Signature},
};
use curve25519_dalek::{
    constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
    scalar::Scalar,
};
use proptest::prelude::*;
use qiantang_types::{LedgerHash, SignatureScheme, TrustRoot, VALIDATOR_KEY_BYTES};
use qiantang_verify::certificate::{CertificateError, Finalization, ValidatorSet};

fn signers(count: u64) -> Signers {
    Signers::new(SignatureScheme::Ed25519, 0..count)
}

fn ours(root: &TrustRoot, bytes: &[u8]) -> Result<usize, CertificateError> {
    let set = ValidatorSet::of(root)?;
    Ok(set.verify(&Finalization::decode(bytes)?)?.len())
}

#[test]
fn agrees_with_the_engine_on_every_set_of_signers() {
    for (count, quorum) in [(1, 1), (4, 3), (7, 5)] {
        let signers = signers(count);
        let root = signers.trust_root();
        let anchor = root.fingerprint();
        assert_eq!(ValidatorSet::of(&root).unwrap().quorum(), quorum);
        for mask in (1u32..1 << count).filter(|mask| mask.count_ones() as usize >= quorum) {
            let chosen: Vec<usize> = (0..count as usize)
                .filter(|at| mask & (1 << at) != 0)
                .collect();
            let proposal = proposal(3, 300, LedgerHash::repeat_byte(mask as u8));
            let bytes = signers.finalize(&chosen, &anchor, proposal);
            assert!(signers.engine_accepts(&anchor, &bytes), "{chosen:?}");
            assert_eq!(ours(&root, &bytes), Ok(chosen.len()), "{chosen:?}");
        }
    }
}

#[test]
fn agrees_with_the_engine_on_every_altered_bit() {
    let signers = signers(4);
    let root = signers.trust_root();
    let anchor = root.fingerprint();
    let bytes = signers.finalize(&[0, 2, 3], &anchor, proposal(0, 300, LedgerHash::ZERO));
    assert_eq!(ours(&root, &bytes), Ok(3));
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.to_vec();
            altered[at] ^= 1 << bit;
            assert!(ours(&root, &altered).is_err(), "bit {bit} of byte {at}");
            assert!(!signers.engine_accepts(&anchor, &altered));
        }
    }
}

/// Points whose order divides eight in all their encodings, also those that are not canonical, and
/// encodings of no point.
fn odd_points() -> Vec<[u8; 32]> {
    let mut points: Vec<[u8; 32]> = EIGHT_TORSION
        .iter()
        .map(|point| point.compress().0)
        .collect();
    // 2^255 - 19 + n stands for n; so do both signs of points whose x is 0.
    for n in 0..19 {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed + n;
        bytes[31] = 0x7f;
        points.push(bytes);
        let mut small = [0; 32];
        small[0] = n;
        points.push(small);
    }
    let signs: Vec<[u8; 32]> = points
        .iter()
        .map(|point| {
            let mut other = *point;
            other[31] ^= 0x80;
            other
        })
        .collect();
    points.extend(signs);
    points.sort_unstable();
    points.dedup();
    points
}

/// A certificate of one validator with any key and any signature.
fn judged(key: &[u8; 32], signature: &[u8; 64]) -> (bool, bool) {
    let mut name = [0xed; VALIDATOR_KEY_BYTES];
    name[1..].copy_from_slice(key);
    let root = TrustRoot {
        validators: vec![Bytes::copy_from_slice(&name)],
        ..signers(1).trust_root()
    };
    let proposal = proposal(1, 2, LedgerHash::repeat_byte(9));
    let mut bytes = proposal.encode().to_vec();
    bytes.extend_from_slice(&1u64.to_be_bytes());
    bytes.extend_from_slice(&[1, 1]);
    bytes.extend_from_slice(signature);
    let namespace = [root.fingerprint().as_bytes().as_slice(), b"_FINALIZE"].concat();
    let engines = PublicKey::decode(Bytes::copy_from_slice(key).0).is_ok_and(|key| {
        let signature = Signature::decode(Bytes::copy_from_slice(signature).0).unwrap();
        key.verify(&namespace, &proposal.encode(), &signature)
    });
    (ours(&root, &bytes) == Ok(1), engines)
}

fn signature(nonce: &[u8; 32], s: &[u8; 32]) -> [u8; Signature::SIZE] {
    let mut bytes = [0; Signature::SIZE];
    bytes[..32].copy_from_slice(nonce);
    bytes[32..].copy_from_slice(s);
    bytes
}

/// Where implementations of Ed25519 differ: small order, encodings that are not canonical, and `s`
/// that is not below the order.
#[test]
fn agrees_with_the_engine_where_implementations_differ() {
    let points = odd_points();
    // The order of the group, which stands for 0, and itself minus one.
    let mut order = (-Scalar::ONE).to_bytes();
    order[0] += 1;
    let [mut accepted, mut refused] = [0, 0];
    for key in &points {
        for nonce in &points {
            for s in [[0; 32], order, (-Scalar::ONE).to_bytes()] {
                let (ours, engines) = judged(key, &signature(nonce, &s));
                assert_eq!(
                    ours, engines,
                    "key {key:02x?} nonce {nonce:02x?} s {s:02x?}"
                );
                accepted += usize::from(ours);
                refused += usize::from(!ours);
            }
        }
    }
    // ZIP-215 names 14 encodings of points of small order: every pair of them is a signature.
    assert_eq!(accepted, 14 * 14);
    assert!(refused > accepted);
}

proptest! {
    /// Signatures that hold only because the equation is multiplied by eight, and such that do not.
    #[test]
    fn agrees_with_the_engine_on_points_of_mixed_order(
        secret: [u8; 32],
        nonce: [u8; 32],
        [key_torsion, nonce_torsion] in [0usize..8, 0usize..8],
        off in 0u8..2,
    ) {
        let [secret, nonce] = [secret, nonce].map(Scalar::from_bytes_mod_order);
        let key = (ED25519_BASEPOINT_POINT * secret + EIGHT_TORSION[key_torsion]).compress().0;
        let nonce_point = ED25519_BASEPOINT_POINT * nonce + EIGHT_TORSION[nonce_torsion];
        let nonce_point = nonce_point.compress().0;
        let k = challenge(&key, &nonce_point);
        let s = nonce + k * secret + Scalar::from(off);
        let (ours, engines) = judged(&key, &signature(&nonce_point, &s.to_bytes()));
        prop_assert_eq!(ours, engines);
        prop_assert_eq!(ours, off == 0);
    }
}

/// What the signature of [`judged`] is over, hashed as RFC 8032 does.
fn challenge(key: &[u8; 32], nonce: &[u8; 32]) -> Scalar {
    use sha2::{Digest as _, Sha512};
    let mut name = [0xed; VALIDATOR_KEY_BYTES];
    name[1..].copy_from_slice(key);
    let root = TrustRoot {
        validators: vec![Bytes::copy_from_slice(&name)],
        ..signers(1).trust_root()
    };
    let hash = Sha512::new()
        .chain_update(nonce)
        .chain_update(key)
        .chain_update([41])
        .chain_update(root.fingerprint().as_bytes())
        .chain_update(b"_FINALIZE")
        .chain_update(proposal(1, 2, LedgerHash::repeat_byte(9)).encode());
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}
