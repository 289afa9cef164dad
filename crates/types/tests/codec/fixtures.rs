//! Bytes that may never change: an encoding that does is a new version, not an edit.
//!
//! `QIANTANG_BLESS=1 cargo test -p qiantang-types` writes the file anew; a change in it is a change
//! of the protocol and must be reviewed as one.

use crate::instances::{block, header, receipt, transactions, trust_root};
use alloy_primitives::{B256, Bytes, keccak256};
use qiantang_types::{
    Account, Block, ChainSpec, DatabaseCommitment, Header, Parameters, Receipt, SignatureScheme,
    StateCommitment, TimestampMs, Transaction, VALIDATOR_KEY_BYTES, ValidatorKeys, leaf_hash,
    ledger_hash, merkle_proof, merkle_root,
};
use std::{collections::BTreeMap, fs, path::PathBuf, sync::LazyLock};

/// Name of an instance, then its bytes and hashes by name.
type Fixtures = BTreeMap<String, BTreeMap<String, Bytes>>;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire.json")
}

fn entry<const N: usize>(fields: [(&str, Bytes); N]) -> BTreeMap<String, Bytes> {
    fields
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
}

fn bytes(hash: B256) -> Bytes {
    Bytes::copy_from_slice(hash.as_slice())
}

fn chain_spec() -> ChainSpec {
    ChainSpec {
        chain_id: 571_571,
        name: "钱塘".to_owned(),
        genesis_time: TimestampMs::new(1_795_000_000_000),
        scheme: SignatureScheme::P256,
        validators: trust_root().validators,
        addresses: BTreeMap::new(),
        parameters: Parameters {
            trace_strict: true,
            ..Parameters::default()
        },
        organisations: Vec::new(),
        alloc: BTreeMap::new(),
    }
}

fn current() -> Fixtures {
    let mut all: Fixtures = [ledger_instances(), chain_instances()]
        .into_iter()
        .flatten()
        .collect();
    for (kind, transaction) in ["0", "1", "2", "4", "71"].into_iter().zip(transactions()) {
        let fields = [
            ("bytes", transaction.encoded().clone()),
            ("hash", bytes(transaction.hash())),
        ];
        all.insert(format!("transactionType{kind}"), entry(fields));
    }
    all
}

fn ledger_instances() -> Fixtures {
    let (header, block, receipt) = (header(), block(), receipt());
    let account = Account {
        nonce: 7,
        ..Account::default()
    };
    let leaves: Vec<B256> = (0..13u8).map(|n| leaf_hash(&[n])).collect();
    let header = [
        ("bytes", header.to_bytes().into()),
        ("hash", bytes(header.hash())),
        ("stateRoot", bytes(header.state.state_root())),
    ];
    let block = [
        ("bytes", block.to_bytes().into()),
        ("hash", bytes(block.hash())),
    ];
    let receipt = [
        ("bytes", receipt.to_bytes().into()),
        ("leaf", bytes(receipt.leaf())),
    ];
    let account = [("bytes", Bytes::copy_from_slice(&account.to_bytes()))];
    let merkle = [
        ("empty", bytes(merkle_root(&[]))),
        ("one", bytes(merkle_root(&leaves[..1]))),
        ("thirteen", bytes(merkle_root(&leaves))),
        (
            "proofOfFive",
            alloy_rlp::encode(merkle_proof(&leaves, 5).unwrap()).into(),
        ),
    ];
    BTreeMap::from([
        ("header".to_owned(), entry(header)),
        ("block".to_owned(), entry(block)),
        ("receipt".to_owned(), entry(receipt)),
        ("account".to_owned(), entry(account)),
        ("merkle".to_owned(), entry(merkle)),
    ])
}

fn chain_instances() -> Fixtures {
    let fingerprint = trust_root().fingerprint();
    let trust_root = [
        ("bytes", alloy_rlp::encode(trust_root()).into()),
        (
            "fingerprint",
            Bytes::copy_from_slice(fingerprint.as_bytes()),
        ),
        ("anchor", fingerprint.to_string().into_bytes().into()),
    ];
    let empty_state = [
        ("stateRoot", bytes(StateCommitment::default().state_root())),
        (
            "database",
            alloy_rlp::encode(DatabaseCommitment::default()).into(),
        ),
    ];
    let chain_spec = [
        (
            "parameters",
            alloy_rlp::encode(chain_spec().parameters).into(),
        ),
        ("hash", bytes(chain_spec().parameters_hash())),
    ];
    let keys = (1..=3u8).map(|n| [n; VALIDATOR_KEY_BYTES].into()).collect();
    let keys = ValidatorKeys::new(keys).unwrap();
    let validator_keys = [("bytes", keys.to_bytes())];
    BTreeMap::from([
        ("validatorKeys".to_owned(), entry(validator_keys)),
        ("trustRoot".to_owned(), entry(trust_root)),
        ("emptyState".to_owned(), entry(empty_state)),
        ("chainSpec".to_owned(), entry(chain_spec)),
    ])
}

#[expect(
    clippy::disallowed_methods,
    reason = "the only switch of a test that writes its fixture"
)]
fn blessed() -> bool {
    std::env::var("QIANTANG_BLESS").is_ok_and(|value| value == "1")
}

/// The committed file, written first where the caller asked for that.
static COMMITTED: LazyLock<Fixtures> = LazyLock::new(|| {
    if blessed() {
        fs::write(
            path(),
            serde_json::to_string_pretty(&current()).unwrap() + "\n",
        )
        .unwrap();
    }
    serde_json::from_slice(&fs::read(path()).unwrap()).unwrap()
});

#[test]
fn encodings_are_frozen() {
    let current = current();
    for (name, fields) in COMMITTED.iter() {
        assert_eq!(
            current.get(name),
            Some(fields),
            "the encoding of `{name}` changed"
        );
    }
    assert_eq!(
        COMMITTED.len(),
        current.len(),
        "an instance has no committed bytes"
    );
}

/// The committed bytes are read, and their hashes follow from them without our encoders.
#[test]
fn committed_bytes_are_read() {
    let field = |name: &str, field: &str| COMMITTED[name][field].clone();
    assert_eq!(Header::from_bytes(&field("header", "bytes")), Ok(header()));
    assert_eq!(Block::from_bytes(&field("block", "bytes")), Ok(block()));
    assert_eq!(
        Receipt::from_bytes(&field("receipt", "bytes")),
        Ok(receipt())
    );
    assert_eq!(
        bytes(ledger_hash(&[&field("header", "bytes")])),
        field("header", "hash")
    );
    assert_eq!(
        bytes(ledger_hash(&[&[0], &field("receipt", "bytes")])),
        field("receipt", "leaf")
    );
    for (kind, expected) in ["0", "1", "2", "4", "71"].into_iter().zip(transactions()) {
        let name = format!("transactionType{kind}");
        assert_eq!(Transaction::decode(&field(&name, "bytes")), Ok(expected));
        assert_eq!(
            bytes(keccak256(field(&name, "bytes"))),
            field(&name, "hash")
        );
    }
}
