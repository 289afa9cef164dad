//! Votes as the engine signs them, for whoever must recognise them without the engine.
//!
//! `tests/fixtures/votes.json` has, for each scheme, a trust root with four validators, its
//! fingerprint, and the votes of one of them that contradict each other. The tests of Governance,
//! which records such faults, read it.

use crate::{
    chain::{participants, proposal},
    signers::Signers,
};
use alloy_primitives::{Bytes, hex};
use commonware_codec::Encode as _;
use commonware_consensus::{
    simplex::{
        scheme::{Scheme, ed25519, secp256r1},
        types::{
            ConflictingFinalize, ConflictingNotarize, Finalize, Notarize, Nullify, NullifyFinalize,
        },
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{Signer as _, certificate::Attestation, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_utils::{TryFromIterator as _, ordered::Set, test_rng};
use qiantang_types::{LedgerHash, SignatureScheme};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Numbers that take more than one byte.
const EPOCH: u64 = 4_660;
const VIEW: u64 = 300;

fn signature<S: Scheme<Digest>>(attestation: &Attestation<S>) -> Bytes {
    attestation.signature.get().unwrap().encode().into()
}

/// What a validator signs who is at fault in every way.
fn votes<S: Scheme<Digest>>(scheme: &S) -> Value {
    let round = Round::new(Epoch::new(EPOCH), View::new(VIEW));
    let proposals = [0x22, 0x11].map(|n| proposal(EPOCH, VIEW, LedgerHash::repeat_byte(n)));
    let notarize = proposals
        .clone()
        .map(|proposal| Notarize::sign(scheme, proposal).unwrap());
    let finalize = proposals.map(|proposal| Finalize::sign(scheme, proposal).unwrap());
    let nullify = Nullify::sign::<Digest>(scheme, round).unwrap();

    let rng = &mut test_rng();
    let [first, second] = notarize.clone();
    assert!(ConflictingNotarize::new(first, second).verify(rng, scheme, &Sequential));
    let [first, second] = finalize.clone();
    assert!(NullifyFinalize::new(nullify.clone(), first.clone()).verify(rng, scheme, &Sequential));
    assert!(ConflictingFinalize::new(first, second).verify(rng, scheme, &Sequential));

    json!({
        "notarize": notarize.map(|vote| json!({
            "parentView": vote.proposal.parent.get(),
            "payload": hex::encode_prefixed(vote.proposal.payload.as_ref()),
            "signature": signature(&vote.attestation),
        })),
        "finalize": finalize.map(|vote| json!({
            "parentView": vote.proposal.parent.get(),
            "payload": hex::encode_prefixed(vote.proposal.payload.as_ref()),
            "signature": signature(&vote.attestation),
        })),
        "nullify": signature(&nullify.attestation),
    })
}

/// The votes of the third of four validators.
fn case(scheme: SignatureScheme) -> Value {
    let signers = Signers::new(scheme, 0..4);
    let root = signers.trust_root();
    let anchor = root.fingerprint();
    let votes = match &signers {
        Signers::P256(keys) => votes(
            &secp256r1::Scheme::signer(anchor.as_bytes(), participants(keys), keys[2].clone())
                .unwrap(),
        ),
        Signers::Ed25519(keys) => {
            let set = Set::try_from_iter(keys.iter().map(|key| key.public_key())).unwrap();
            votes(&ed25519::Scheme::signer(anchor.as_bytes(), set, keys[2].clone()).unwrap())
        }
    };
    json!({
        "chainId": root.chain_id,
        "genesis": root.genesis,
        "scheme": root.scheme,
        "validators": root.validators,
        "anchor": anchor.to_string(),
        "signer": 2,
        "epoch": EPOCH,
        "view": VIEW,
        "votes": votes,
    })
}

/// `QIANTANG_BLESS=1 cargo test -p qiantang-verify` writes them anew; a change in them is a change
/// of what the engine signs.
#[test]
fn the_engine_signs_votes_as_before() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/votes.json");
    let cases: Vec<Value> = SignatureScheme::ALL.into_iter().map(case).collect();
    if std::env::var("QIANTANG_BLESS").is_ok_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(&cases).unwrap() + "\n";
        fs::write(&path, &text).unwrap();
    }
    // The order of names depends on how the JSON library was built, so values are compared.
    let kept: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept, cases);
}
