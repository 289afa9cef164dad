//! Random and damaged bodies: the server never panics, never fails inside, and always answers in
//! JSON-RPC.

use super::chain::{COUNTER_ADDRESS, TestChain};
use crate::{Limits, http::router};
use alloy_primitives::{Address, B256};
use axum::{Router, body::Body, http::Request};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tower::ServiceExt as _;

/// Bodies that are right, one for each method, as the ground for damage.
fn seeds(chain: &TestChain) -> Vec<Value> {
    let account = COUNTER_ADDRESS;
    let transaction = chain.transfer(1, Address::ZERO, 1);
    let call = json!({"from": chain.sender(), "to": account, "data": "0x01", "gas": "0x100000"});
    let filter = json!({
        "fromBlock": "0x0",
        "toBlock": "latest",
        "address": [account],
        "topics": [null, [B256::ZERO]],
    });
    let calls = [
        ("eth_blockNumber", json!([])),
        ("eth_call", json!([call, {"blockNumber": "0x1"}])),
        ("eth_chainId", json!(null)),
        ("eth_estimateGas", json!([call])),
        ("eth_feeHistory", json!(["0x2", "latest", [10, 20.5]])),
        ("eth_gasPrice", json!([])),
        ("eth_getBalance", json!([account, "latest"])),
        ("eth_getBlockByHash", json!([chain.head.hash(), true])),
        ("eth_getBlockByNumber", json!(["0x1", true])),
        ("eth_getBlockReceipts", json!(["0x1"])),
        ("eth_getCode", json!([account, "earliest"])),
        ("eth_getLogs", json!([filter])),
        ("eth_getProof", json!([account, [], "latest"])),
        ("eth_getStorageAt", json!([account, "0x0", "latest"])),
        ("eth_getTransactionByHash", json!([transaction.hash()])),
        ("eth_getTransactionCount", json!([account, "pending"])),
        ("eth_getTransactionReceipt", json!([transaction.hash()])),
        ("eth_maxPriorityFeePerGas", json!([])),
        ("eth_sendRawTransaction", json!([transaction.encoded()])),
        ("eth_syncing", json!([])),
        ("net_listening", json!([])),
        ("net_version", json!([])),
        ("qiantang_anchor", json!([])),
        (
            "qiantang_follow",
            json!([{ "key": format!("0x{}", "02".repeat(33)) }]),
        ),
        ("qiantang_chainSpec", json!([])),
        ("qiantang_getBoundaries", json!([3])),
        ("qiantang_getFinalized", json!([])),
        (
            "qiantang_getProof",
            json!([{"slot": {"address": account, "slot": "0x0"}}]),
        ),
        (
            "qiantang_getProof",
            json!([{"transaction": transaction.hash(), "log": 0}]),
        ),
        (
            "qiantang_getProof",
            json!([{"registry": {"first": "0x0", "last": "0xff"}}]),
        ),
        ("qiantang_status", json!([])),
        ("web3_clientVersion", json!([])),
    ];
    calls
        .into_iter()
        .map(|(method, params)| {
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        })
        .collect()
}

/// Values that break assumptions where they stand in for others.
fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!("0x")),
        Just(json!(
            "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        )),
        Just(json!("0xffffffffffffffff")),
        Just(json!("0x1ffffffffffffffff")),
        Just(json!("-0x1")),
        Just(json!("latest")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[], {}, "0x0"])),
        "\\PC{0,20}".prop_map(Value::from),
        "0x[0-9a-fA-F]{0,200}".prop_map(Value::from),
    ]
}

/// One damage to a body.
#[derive(Clone, Debug)]
enum Damage {
    /// The value at this place of a walk through the document becomes another.
    Replace(usize, Value),
    /// The value at this place goes.
    Remove(usize),
    /// This byte becomes another.
    Flip(usize, u8),
    /// The text ends here.
    Cut(usize),
    /// These bytes stand here too.
    Insert(usize, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || 0..400_usize;
    prop_oneof![
        5 => (place(), odd_value()).prop_map(|(at, value)| Damage::Replace(at, value)),
        1 => place().prop_map(Damage::Remove),
        2 => (place(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        1 => place().prop_map(Damage::Cut),
        1 => (place(), prop::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ]
}

/// Counts down through all values of a document and answers the one where the count ends.
fn walk<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| walk(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| walk(field, left)),
        _ => None,
    }
}

fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(places).sum(),
        Value::Object(fields) => fields.values().map(places).sum(),
        _ => 0,
    }
}

fn damaged(mut document: Value, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let (at, value) = match damage {
            Damage::Replace(at, value) => (at, Some(value)),
            Damage::Remove(at) => (at, None),
            _ => continue,
        };
        let mut left = at % places(&document);
        if let Some(found) = walk(&mut document, &mut left) {
            match (value, found) {
                (Some(value), found) => *found = value.clone(),
                (None, Value::Object(fields)) => {
                    let first = fields.keys().next().cloned();
                    first.map(|name| fields.remove(&name));
                }
                (None, Value::Array(items)) => drop(items.pop()),
                (None, found) => *found = Value::Null,
            }
        }
    }
    let mut bytes = document.to_string().into_bytes();
    for damage in damages {
        let length = bytes.len().max(1);
        match damage {
            Damage::Flip(at, byte) => {
                if let Some(found) = bytes.get_mut(at % length) {
                    *found = *byte;
                }
            }
            Damage::Cut(at) => bytes.truncate(at % length),
            Damage::Insert(at, more) => {
                let at = (at % length).min(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Damage::Replace(..) | Damage::Remove(_) => {}
        }
    }
    bytes
}

/// An answer is one response, or a list of them, or `null` where all were notifications.
fn check_answer(body: &[u8], status: u16, answer: &[u8]) {
    let shown = || {
        (
            String::from_utf8_lossy(body).into_owned(),
            String::from_utf8_lossy(answer).into_owned(),
        )
    };
    assert!(
        matches!(status, 200 | 400 | 413),
        "status {status}: {:?}",
        shown()
    );
    let answer: Value =
        serde_json::from_slice(answer).unwrap_or_else(|_| panic!("no JSON: {:?}", shown()));
    if answer.is_null() {
        return;
    }
    let single = std::slice::from_ref(&answer);
    for response in answer.as_array().map_or(single, Vec::as_slice) {
        assert_eq!(response["jsonrpc"], "2.0", "{:?}", shown());
        assert!(response.get("id").is_some(), "{:?}", shown());
        let error = response.get("error");
        assert_ne!(
            error.is_some(),
            response.get("result").is_some(),
            "{:?}",
            shown()
        );
        if let Some(error) = error {
            let code = error["code"].as_i64();
            assert!(
                code.is_some_and(|code| code != -32603),
                "failed inside: {:?}",
                shown()
            );
            assert!(error["message"].is_string(), "{:?}", shown());
        }
    }
}

async fn send(router: Router, body: Vec<u8>) -> (u16, Vec<u8>) {
    let request = Request::post("/").header("content-type", "application/json");
    let response = router
        .oneshot(request.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    (status, bytes.into())
}

#[test]
fn damaged_and_random_bodies_are_answered() {
    let mut chain = TestChain::new(&[]);
    chain.block(vec![chain.count(0, [B256::ZERO; 2])]);
    let limits = Limits {
        call_gas: 200_000,
        batch_entries: 20,
        ..Limits::default()
    };
    let router = router(chain.backend.clone(), limits);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let seeds = seeds(&chain);
    let check = |body: Vec<u8>| {
        let (status, answer) = runtime.block_on(send(router.clone(), body.clone()));
        let checked = catch_unwind(AssertUnwindSafe(|| check_answer(&body, status, &answer)));
        checked.map_err(|panic| {
            let reason = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            TestCaseError::fail(reason)
        })
    };
    for seed in &seeds {
        check(seed.to_string().into_bytes()).unwrap();
    }
    let config = || Config {
        cases: 1500,
        failure_persistence: None,
        ..Config::default()
    };
    let single = (0..seeds.len(), prop::collection::vec(damage(), 1..4));
    TestRunner::new_with_rng(config(), fixed_rng())
        .run(&single, |(seed, damages)| {
            check(damaged(seeds[seed].clone(), &damages))
        })
        .unwrap();
    let batch = (
        prop::collection::vec(0..seeds.len(), 0..6),
        prop::collection::vec(damage(), 0..6),
    );
    TestRunner::new_with_rng(config(), fixed_rng())
        .run(&batch, |(picked, damages)| {
            let batch: Value = picked.into_iter().map(|seed| seeds[seed].clone()).collect();
            check(damaged(batch, &damages))
        })
        .unwrap();
    let noise = prop::collection::vec(any::<u8>(), 0..300);
    TestRunner::new_with_rng(config(), fixed_rng())
        .run(&noise, check)
        .unwrap();
}

/// The same cases at every run, so that a failure is a failure of the change that caused it.
fn fixed_rng() -> proptest::test_runner::TestRng {
    let algorithm = proptest::test_runner::RngAlgorithm::ChaCha;
    proptest::test_runner::TestRng::deterministic_rng(algorithm)
}
