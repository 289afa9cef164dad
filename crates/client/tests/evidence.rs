//! Evidence bundles that a development chain made: every file is proved, everything altered fails.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use alloy_primitives::{Address, B256};
use qiantang_client::{
    KeyFile,
    evidence::{Algorithm, EvidenceBundle, EvidenceError, IEvidence::Content, Subject},
};
use qiantang_types::{Fingerprint, Opening};
use std::{fs, path::PathBuf};

/// What makes the fixtures again; see the folder's README.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evidence")
}

fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn anchor() -> Fingerprint {
    let text = String::from_utf8(read("anchor.txt")).unwrap();
    text.trim().parse().unwrap()
}

fn digest(algorithm: Algorithm, name: &str) -> B256 {
    let bytes = read(name);
    algorithm.digest(&mut bytes.as_slice(), &|_| {}).unwrap()
}

const FILES: [&str; 4] = [
    "case/photos/scene.svg",
    "case/weigh log.txt",
    "case/合同.txt",
    "case/鑫睿𠮷.txt",
];

/// Checks a bundle and a file with it; the names that the file has.
fn check(
    bytes: &[u8],
    digest: &B256,
    opening: Option<Opening>,
) -> Result<Vec<String>, EvidenceError> {
    let bundle = EvidenceBundle::decode(bytes)?;
    let checked = bundle.check(opening, &anchor())?;
    let found = checked.file(digest)?;
    Ok(found.iter().map(|(_, entry)| entry.name.clone()).collect())
}

const STEPS: [&str; 15] = [
    "evidence-format",
    "format",
    "anchor",
    "boundary",
    "certificate",
    "header-chain",
    "transaction-proof",
    "receipt-proof",
    "state-proof",
    "seal",
    "evidence-deposit",
    "evidence-tree",
    "evidence-opening",
    "evidence-seal",
    "evidence-digest",
];

#[test]
fn every_file_of_a_folder_is_proved_by_the_one_bundle() {
    let bytes = read("case.json");
    for name in FILES {
        let digest = digest(Algorithm::Sha256, name);
        assert_eq!(check(&bytes, &digest, None).unwrap(), [name]);
    }
    let bundle = EvidenceBundle::decode(&bytes).unwrap();
    assert_eq!(bundle.encode().unwrap(), bytes);
    let checked = bundle.check(None, &anchor()).unwrap();
    let deposit = &checked.deposit;
    assert_eq!((deposit.content, deposit.count), (Content::Batch, 4));
    assert_eq!(
        (deposit.kind.as_str(), deposit.ownReference.as_str()),
        ("case", "2026-0017")
    );
    assert_eq!(deposit.submitter, checked.sender);
    assert_ne!(deposit.submitter, Address::ZERO);
    assert!(checked.proof.time.get() > 1_700_000_000_000);
}

#[test]
fn a_leaf_proves_its_file_and_names_no_other() {
    let bundle = EvidenceBundle::decode(&read("case.json")).unwrap();
    for (index, entry) in bundle.subject().entries() {
        let leaf = bundle.leaf(index).unwrap().encode().unwrap();
        assert_eq!(
            check(&leaf, &entry.digest, None).unwrap(),
            [entry.name.as_str()]
        );
        let text = String::from_utf8(leaf.clone()).unwrap();
        for other in FILES.iter().filter(|name| **name != entry.name) {
            assert!(!text.contains(*other));
            let error = check(&leaf, &digest(Algorithm::Sha256, other), None).unwrap_err();
            assert_eq!(error.step(), "evidence-digest");
        }
    }
    assert!(bundle.leaf(4).is_err());
}

#[test]
fn one_document_and_sm3_are_proved_too() {
    let bytes = read("contract.json");
    let contract = digest(Algorithm::Sm3, "case/合同.txt");
    assert_eq!(check(&bytes, &contract, None).unwrap(), [""; 0]);
    let bundle = EvidenceBundle::decode(&bytes).unwrap();
    assert_eq!(bundle.algorithm(), Algorithm::Sm3);
    assert_eq!(*bundle.subject(), Subject::Document);
    let other = digest(Algorithm::Sm3, "case/weigh log.txt");
    assert_eq!(
        check(&bytes, &other, None).unwrap_err().step(),
        "evidence-digest"
    );
    let wrong_way = digest(Algorithm::Sha256, "case/合同.txt");
    assert_eq!(
        check(&bytes, &wrong_way, None).unwrap_err().step(),
        "evidence-digest"
    );
}

#[test]
fn a_private_deposit_needs_its_key() {
    let key = KeyFile::open(&folder().join("private.json.key")).unwrap();
    let bytes = read("private.json");
    let file = digest(Algorithm::Sha256, FILES[0]);
    assert_eq!(check(&bytes, &file, Some(key.opening)).unwrap(), [FILES[0]]);
    let missing = check(&bytes, &file, None).unwrap_err();
    assert_eq!(
        (&missing, missing.step()),
        (&EvidenceError::KeyMissing, "evidence-opening")
    );
    for other in [
        Opening {
            key: B256::repeat_byte(1),
            ..key.opening
        },
        Opening {
            salt: B256::repeat_byte(1),
            ..key.opening
        },
    ] {
        let error = check(&bytes, &file, Some(other)).unwrap_err();
        assert_eq!(error.step(), "evidence-opening");
    }
    let stranger = check(&bytes, &B256::repeat_byte(5), Some(key.opening)).unwrap_err();
    assert_eq!(stranger.step(), "evidence-digest");
    // The chain says nothing about the files.
    let bundle = EvidenceBundle::decode(&bytes).unwrap();
    let root = bundle.subject().root().unwrap().root;
    assert!(!bundle.proof().contains(&format!("{root:x}")));
}

#[test]
fn every_changed_byte_fails_with_the_step_named() {
    let file = digest(Algorithm::Sha256, FILES[0]);
    let key = KeyFile::open(&folder().join("private.json.key")).unwrap();
    let mut met = std::collections::BTreeSet::new();
    for (name, opening) in [("case.json", None), ("private.json", Some(key.opening))] {
        let good = read(name);
        for position in 0..good.len() {
            for flip in [0x01, 0x20] {
                let mut bytes = good.clone();
                bytes[position] ^= flip;
                let error = check(&bytes, &file, opening).unwrap_err();
                assert!(STEPS.contains(&error.step()), "{error}");
                let named = error
                    .to_string()
                    .starts_with(&format!("{}: ", error.step()));
                assert!(named, "{position}: {error}");
                met.insert(error.step());
            }
        }
    }
    for step in [
        "evidence-format",
        "evidence-tree",
        "certificate",
        "receipt-proof",
    ] {
        assert!(met.contains(step), "{met:?}");
    }
}

#[test]
fn a_bundle_has_one_spelling() {
    let good = String::from_utf8(read("case.json")).unwrap();
    let file = digest(Algorithm::Sha256, FILES[0]);
    let entry = good.split("\"entries\":[").nth(1).unwrap();
    let first = entry.split("},").next().unwrap();
    let doubled = good.replacen(first, &format!("{first}}},{first}"), 1);
    let cases = [
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!(" {good}"),
        good.replacen(':', ": ", 1),
        good.replacen("\"version\":1", "\"version\":2", 1),
        good.replacen("\"version\":1", "\"version\":01", 1),
        good.replacen("evidence-bundle", "evidence-bundles", 1),
        good.replacen("\"algorithm\":\"sha256\"", "\"algorithm\":\"md5\"", 1),
        good.replacen("合同", "\\u5408\\u540c", 1),
        good.replacen("{\"format\"", "{\"extra\":1,\"format\"", 1),
        good.replacen("\"kind\":\"list\"", "\"kind\":\"tree\"", 1),
        doubled,
        String::new(),
        "{}".to_owned(),
    ];
    for bytes in cases {
        let error = check(bytes.as_bytes(), &file, None).unwrap_err();
        assert_eq!(error.step(), "evidence-format", "{error}");
    }
    let sm3 = good.replacen("\"algorithm\":\"sha256\"", "\"algorithm\":\"sm3\"", 1);
    assert_eq!(
        check(sm3.as_bytes(), &file, None).unwrap_err().step(),
        "evidence-deposit"
    );
}

#[test]
fn another_chain_and_another_fact_are_refused() {
    let bundle = EvidenceBundle::decode(&read("case.json")).unwrap();
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../verify/tests/fixtures");
    let stranger = fs::read_to_string(fixtures.join("anchor.txt")).unwrap();
    let stranger: Fingerprint = stranger.trim().parse().unwrap();
    let error = bundle.check(None, &stranger).unwrap_err();
    assert_eq!(error.step(), "anchor");
    // The proof of one deposit under the subject of another.
    let other = EvidenceBundle::decode(&read("contract.json")).unwrap();
    let proof = qiantang_verify::Bundle::decode(other.proof().as_bytes()).unwrap();
    let joined = EvidenceBundle::new(Algorithm::Sm3, bundle.subject().clone(), &proof).unwrap();
    let error = joined.check(None, &anchor()).unwrap_err();
    assert_eq!(error.step(), "evidence-deposit");
    // A true proof of something that is no deposit.
    let proof = fs::read(fixtures.join("bundle.bin")).unwrap();
    let proof = qiantang_verify::Bundle::decode(&proof).unwrap();
    let joined = EvidenceBundle::new(Algorithm::Sha256, Subject::Document, &proof).unwrap();
    let error = joined.check(None, &stranger).unwrap_err();
    assert_eq!(error.step(), "evidence-deposit");
}
