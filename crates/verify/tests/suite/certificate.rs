//! Certificates made and judged by the engine, and judged here.

use crate::chain::{
    EngineFinalization, EngineScheme, finalize, participants, proposal, trust_root, validators,
};
use alloy_primitives::Bytes;
use commonware_codec::{Decode as _, Encode as _};
use commonware_cryptography::{Signer as _, secp256r1::standard::PrivateKey};
use commonware_parallel::Sequential;
use commonware_utils::test_rng;
use qiantang_types::{Fingerprint, LedgerHash, TrustRoot, ValidatorKeysError};
use qiantang_verify::certificate::{CertificateError, Finalization, ValidatorSet};

fn ours(root: &TrustRoot, bytes: &[u8]) -> Result<usize, CertificateError> {
    let set = ValidatorSet::of(root)?;
    Ok(set.verify(&Finalization::decode(bytes)?)?.len())
}

fn engines(keys: &[PrivateKey], anchor: &Fingerprint, bytes: &[u8]) -> bool {
    let scheme = EngineScheme::verifier(anchor.as_bytes(), participants(keys));
    EngineFinalization::decode_cfg(Bytes::copy_from_slice(bytes).0, &keys.len())
        .is_ok_and(|certificate| certificate.verify(&mut test_rng(), &scheme, &Sequential))
}

#[test]
fn agrees_with_the_engine_on_every_set_of_signers() {
    for count in [1usize, 4, 7] {
        let keys = validators(count as u64);
        let root = trust_root(&keys, LedgerHash::repeat_byte(1));
        let anchor = root.fingerprint();
        let quorum = ValidatorSet::of(&root).unwrap().quorum();
        assert_eq!(
            quorum,
            [(1, 1), (4, 3), (7, 5)]
                .iter()
                .find(|q| q.0 == count)
                .unwrap()
                .1
        );
        for mask in 1u32..1 << count {
            let signers: Vec<usize> = (0..count).filter(|at| mask & (1 << at) != 0).collect();
            if signers.len() < quorum {
                continue; // The engine refuses to assemble these; see the next test.
            }
            let proposal = proposal(0, 300, LedgerHash::repeat_byte(mask as u8));
            let bytes = finalize(&keys, &signers, &anchor, proposal).encode();
            assert!(engines(&keys, &anchor, &bytes), "{signers:?} of {count}");
            assert_eq!(
                ours(&root, &bytes),
                Ok(signers.len()),
                "{signers:?} of {count}"
            );
        }
    }
}

#[test]
fn agrees_with_the_engine_on_every_altered_bit() {
    let keys = validators(4);
    let root = trust_root(&keys, LedgerHash::repeat_byte(1));
    let anchor = root.fingerprint();
    let bytes = finalize(
        &keys,
        &[0, 2, 3],
        &anchor,
        proposal(0, 300, LedgerHash::ZERO),
    )
    .encode();
    assert_eq!(ours(&root, &bytes), Ok(3));
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.to_vec();
            altered[at] ^= 1 << bit;
            assert!(ours(&root, &altered).is_err(), "bit {bit} of byte {at}");
            assert!(!engines(&keys, &anchor, &altered), "bit {bit} of byte {at}");
        }
    }
    for end in 0..bytes.len() {
        assert!(ours(&root, &bytes[..end]).is_err(), "the first {end} bytes");
    }
    let longer = [bytes.as_ref(), &[0]].concat();
    assert!(ours(&root, &longer).is_err());
}

#[test]
fn refuses_what_is_not_this_chains_quorum() {
    let keys = validators(4);
    let root = trust_root(&keys, LedgerHash::repeat_byte(1));
    let anchor = root.fingerprint();
    let good = finalize(&keys, &[0, 1, 2], &anchor, proposal(0, 5, LedgerHash::ZERO)).encode();

    let other_chain = TrustRoot {
        chain_id: 1,
        ..root.clone()
    };
    assert_eq!(
        ours(&other_chain, &good),
        Err(CertificateError::Signature(0))
    );

    let fewer = trust_root(&keys[..3], LedgerHash::repeat_byte(1));
    let expected = CertificateError::OtherSet {
        found: 4,
        expected: 3,
    };
    assert_eq!(ours(&fewer, &good), Err(expected));

    // Two of four: the engine cannot be made to write this, so the bytes are put together here.
    // After 3 numbers, the payload and the set's size come the bitmap and the signatures' count.
    let head = 3 + 32 + 8;
    let mut two = good[..head].to_vec();
    two.extend_from_slice(&[0b0011, 2]);
    two.extend_from_slice(&good[head + 2..head + 2 + 128]);
    let expected = CertificateError::Quorum {
        found: 2,
        validators: 4,
        quorum: 3,
    };
    assert_eq!(ours(&root, &two), Err(expected));
    assert!(!engines(&keys, &anchor, &two));

    let mut tail = good.to_vec();
    tail[head] |= 0b1_0000;
    assert_eq!(ours(&root, &tail), Err(CertificateError::BitmapTail));
}

#[test]
fn refuses_the_second_form_of_a_signature() {
    let keys = validators(1);
    let root = trust_root(&keys, LedgerHash::ZERO);
    let anchor = root.fingerprint();
    let bytes = finalize(&keys, &[0], &anchor, proposal(0, 5, LedgerHash::ZERO)).encode();
    let at = bytes.len() - 64;
    let low = p256::ecdsa::Signature::from_slice(&bytes[at..]).unwrap();
    let high = p256::ecdsa::Signature::from_scalars(low.r().to_bytes(), (-*low.s()).to_bytes());
    let mut altered = bytes.to_vec();
    altered[at..].copy_from_slice(&high.unwrap().to_bytes());
    assert_ne!(altered, bytes.to_vec());
    assert_eq!(ours(&root, &altered), Err(CertificateError::Signature(0)));
    assert!(!engines(&keys, &anchor, &altered));
}

#[test]
fn refuses_trust_roots_that_are_not_a_set() {
    let keys = validators(4);
    let good = trust_root(&keys, LedgerHash::ZERO);
    assert!(ValidatorSet::of(&good).is_ok());
    let refusal = |change: &dyn Fn(&mut TrustRoot)| {
        let mut root = good.clone();
        change(&mut root);
        ValidatorSet::of(&root).err()
    };
    let key = |at: usize| keys[at].public_key().encode();
    assert_eq!(
        refusal(&|r| r.scheme = 9),
        Some(CertificateError::Scheme(9))
    );
    assert_eq!(
        refusal(&|r| r.validators.clear()),
        Some(CertificateError::Keys(ValidatorKeysError::Count(0)))
    );
    assert_eq!(
        refusal(&|r| r.validators.swap(1, 2)),
        Some(CertificateError::Keys(ValidatorKeysError::Order(2)))
    );
    let doubled = |r: &mut TrustRoot| r.validators[1] = key(0).into();
    let order = CertificateError::Keys(ValidatorKeysError::Order(1));
    assert_eq!(refusal(&doubled), Some(order));
    let short = |r: &mut TrustRoot| r.validators[3] = vec![9].into();
    let length = ValidatorKeysError::Length {
        position: 3,
        found: 1,
    };
    assert_eq!(refusal(&short), Some(CertificateError::Keys(length)));
    // No point of the curve, another form of a point, another scheme's key.
    for (first, rest) in [(3, 0xff), (9, 9), (0xed, 1)] {
        let mut wrong = vec![rest; 33];
        wrong[0] = first;
        let wrong = |r: &mut TrustRoot| r.validators[3] = wrong.clone().into();
        assert_eq!(refusal(&wrong), Some(CertificateError::Key(3)));
    }
    assert_eq!(refusal(&|r| r.scheme = 2), Some(CertificateError::Key(0)));
}
