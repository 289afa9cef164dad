//! The conversations of `ethereum/execution-apis` (`.io` files): their requests are sent to our
//! chain, and the answers are compared in shape: which fields there are, of which kind, and for
//! errors the code and the words.

use super::{chain::TestChain, client::Client};
use crate::Limits;
use alloy_primitives::{Address, B256, address, b256};
use qiantang_types::Transaction;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Methods whose conversations are held.
const METHODS: &[&str] = &[
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getBlockReceipts",
    "eth_getCode",
    "eth_getLogs",
    "eth_getStorageAt",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_sendRawTransaction",
    "eth_syncing",
    "net_version",
];

/// Conversations that are about what this chain does not have.
const NOT_HERE: &[(&str, &str)] = &[
    (
        "eth_estimateGas/estimate-with-eip4844",
        "no blob transactions",
    ),
    (
        "eth_getTransactionByHash/get-blob-tx",
        "no blob transactions",
    ),
    (
        "eth_getTransactionReceipt/get-blob-tx",
        "no blob transactions",
    ),
    (
        "eth_sendRawTransaction/send-blob-tx",
        "no blob transactions",
    ),
    (
        "eth_getBlockByHash/get-block-by-empty-hash",
        "kept where it exists",
    ),
];

/// Fields of blobs, withdrawals, beacon blocks and proof of work.
const FIELDS_NOT_HERE: &[&str] = &[
    "baseFeePerBlobGas",
    "blobGasPrice",
    "blobGasUsed",
    "blobGasUsedRatio",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
    // Of receipts before Byzantium; `status` stands in its place.
    "root",
    "totalDifficulty",
    "withdrawals",
    "withdrawalsRoot",
];

/// The folder with the conversations, or `None` where the test data are not there, which CI does
/// not allow.
fn folder() -> Option<PathBuf> {
    let data = std::env::var_os("QIANTANG_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = data.join("ethereum/execution-apis/tests");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{} is missing",
        folder.display()
    );
    println!("skipped: {} is missing", folder.display());
    None
}

/// Requests and expected responses of one file.
fn conversation(path: &Path) -> Vec<(Value, Value)> {
    let text = std::fs::read_to_string(path).unwrap();
    let line = |mark: &str| -> Vec<Value> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(mark));
        lines
            .map(|json| serde_json::from_str(json).unwrap())
            .collect()
    };
    line(">>").into_iter().zip(line("<<")).collect()
}

/// Everything in the folder of a method, by `method/name`.
fn conversations(folder: &Path, method: &str) -> BTreeMap<String, Vec<(Value, Value)>> {
    let files = std::fs::read_dir(folder.join(method)).unwrap();
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "io"))
        .map(|path| {
            let name = format!("{method}/{}", path.file_stem().unwrap().to_str().unwrap());
            (name, conversation(&path))
        })
        .collect()
}

/// A chain with what the conversations ask for: 54 blocks, each kind of transaction, logs in blocks
/// 2 to 6.
struct Fixture {
    chain: TestChain,
    kinds: BTreeMap<&'static str, B256>,
    with_logs: B256,
}

fn fixture(folder: &Path) -> Fixture {
    let mut senders: Vec<Address> = conversations(folder, "eth_sendRawTransaction")
        .values()
        .flatten()
        .filter_map(|(request, _)| {
            let bytes: alloy_primitives::Bytes =
                serde_json::from_value(request["params"][0].clone()).unwrap();
            Transaction::decode(&bytes).ok()?.sender().ok()
        })
        .collect();
    assert!(senders.len() >= 4, "the conversations changed: {senders:?}");
    // Sends value in a call.
    senders.push(address!("0x14e46043e63d0e3cdcf2530519f4cfaf35058cb2"));
    let mut chain = TestChain::new(&senders);
    let topics = [
        b256!("0x00000000000000000000000000000000000000000000000000000000656d6974"),
        b256!("0x95b7276947f6331672b0c63eca28c1d39f25286d5e2793d6a487837ff1475ba0"),
    ];
    let blocks = [
        vec![chain.create(0), chain.transfer(1, Address::ZERO, 1)],
        vec![chain.with_access_list(2)],
        vec![chain.count(3, topics)],
        vec![chain.delegating(4), chain.count(5, topics)],
        vec![chain.count(6, topics)],
        vec![chain.count(7, topics)],
    ];
    let kinds = [
        ("create", blocks[0][0].hash()),
        ("legacy-contract", blocks[0][0].hash()),
        ("legacy-input", blocks[0][0].hash()),
        ("legacy", blocks[0][1].hash()),
        ("access-list", blocks[1][0].hash()),
        ("dynamic-fee", blocks[2][0].hash()),
        ("setcode", blocks[3][0].hash()),
    ];
    let mut with_logs = B256::ZERO;
    for block in blocks {
        chain.block(block);
        if chain.head.height.get() == 3 {
            with_logs = chain.head.hash();
        }
    }
    for _ in chain.head.height.get()..0x35 {
        chain.block(Vec::new());
    }
    chain.block(vec![chain.count(8, topics)]);
    Fixture {
        chain,
        kinds: kinds.into(),
        with_logs,
    }
}

impl Fixture {
    /// The request with hashes that mean the same here.
    fn translate(&self, name: &str, request: &Value, expected: &Value) -> Value {
        let mut request = request.clone();
        let is_hash = |value: &Value| value.as_str().is_some_and(|text| text.len() == 66);
        let Some(params) = request.get_mut("params").and_then(Value::as_array_mut) else {
            return request;
        };
        if expected.get("error").is_some() || expected["result"].is_null() {
            return request;
        }
        let (method, case) = name.split_once('/').unwrap();
        for (index, param) in params.iter_mut().enumerate() {
            if method.starts_with("eth_getTransaction") && is_hash(param) {
                let longest = self.kinds.iter().filter(|(kind, _)| case.contains(*kind));
                let found = longest.max_by_key(|(kind, _)| kind.len());
                let (_, hash) = found.unwrap_or_else(|| panic!("no transaction for {name}"));
                *param = serde_json::json!(hash);
            } else if is_hash(param)
                && method != "eth_getStorageAt"
                && (index == 0 || method == "eth_getBalance")
            {
                *param = serde_json::json!(self.with_logs);
            } else if let Some(hash) = param.get_mut("blockHash") {
                *hash = serde_json::json!(self.with_logs);
            }
        }
        request
    }
}

/// What kind of thing a string is.
fn kind(text: &str) -> &'static str {
    let Some(digits) = text.strip_prefix("0x") else {
        return "text";
    };
    match digits.len() {
        40 => "address",
        64 => "word",
        512 => "bloom",
        0 => "data",
        _ if digits.len() <= 16 && (digits == "0" || !digits.starts_with('0')) => "quantity",
        _ if digits.len().is_multiple_of(2) => "data",
        _ => "malformed",
    }
}

/// Compares shapes and answers the first difference.
fn differs(path: &str, expected: &Value, found: &Value) -> Option<String> {
    let name = path.rsplit('.').next().unwrap_or_default();
    let loose = |a: &str, b: &str| {
        matches!(
            (a, b),
            ("data", "quantity" | "word" | "address") | ("quantity" | "word" | "address", "data")
        )
    };
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (field, value) in expected {
                let path = format!("{path}.{field}");
                match found.get(field) {
                    None if FIELDS_NOT_HERE.contains(&field.as_str()) => {}
                    None => return Some(format!("{path} is missing")),
                    Some(there) => {
                        let difference = differs(&path, value, there);
                        if difference.is_some() {
                            return difference;
                        }
                    }
                }
            }
            None
        }
        (Value::Array(expected), Value::Array(found)) => {
            let first = expected.first().zip(found.first());
            first.and_then(|(expected, found)| differs(&format!("{path}.0"), expected, found))
        }
        (Value::String(expected), Value::String(found)) => {
            let (expected, found) = (kind(expected), kind(found));
            let same = expected == found
                || loose(expected, found) && matches!(name, "input" | "result" | "data");
            // Words of a signature are quantities: leading zeros go.
            let same = same || matches!(name, "r" | "s" | "v");
            (!same).then(|| format!("{path} is {found}, not {expected}"))
        }
        // A creation has no recipient, a call creates nothing.
        (Value::Null, Value::String(_)) | (Value::String(_), Value::Null)
            if matches!(name, "to" | "contractAddress") =>
        {
            None
        }
        _ if std::mem::discriminant(expected) == std::mem::discriminant(found) => None,
        _ => Some(format!("{path} is {found}, not {expected}")),
    }
}

async fn hold(client: &Client, request: &Value) -> Value {
    client.post(request.to_string()).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn our_answers_have_the_shapes_of_the_execution_apis() {
    let Some(folder) = folder() else {
        return;
    };
    let fixture = fixture(&folder);
    let (_server, client) = fixture.chain.serve(Limits::default()).await;
    let (mut held, mut differences) = (0, Vec::new());
    for method in METHODS {
        for (name, exchanges) in conversations(&folder, method) {
            if NOT_HERE.iter().any(|(skipped, _)| *skipped == name) {
                continue;
            }
            for (request, expected) in exchanges {
                let request = fixture.translate(&name, &request, &expected);
                let found = hold(&client, &request).await;
                held += 1;
                let difference = match (expected.get("error"), found.get("error")) {
                    (Some(expected), Some(found)) => {
                        let same = expected["code"] == found["code"]
                            && expected["data"] == found["data"]
                            && same_words(&expected["message"], &found["message"]);
                        (!same).then(|| format!("{found}, not {expected}"))
                    }
                    (None, None) => differs("result", &expected["result"], &found["result"]),
                    _ => Some(format!("{found}, not {expected}")),
                };
                differences.extend(difference.map(|difference| format!("{name}: {difference}")));
                let is_list = expected["result"]
                    .as_array()
                    .is_some_and(|list| !list.is_empty());
                if is_list && found["result"].as_array().is_none_or(Vec::is_empty) {
                    differences.push(format!("{name}: nothing to compare in {found}"));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(held >= 70, "only {held} exchanges were found");
}

/// Messages are equal but for what a parser adds, in the one case where the parser words it.
fn same_words(expected: &Value, found: &Value) -> bool {
    let lower = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    let (expected, found) = (lower(expected), lower(found));
    expected == found
        || expected.starts_with("invalid argument 0: cannot specify both")
            && found.starts_with("invalid argument 0: cannot specify both")
}
