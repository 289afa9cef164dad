//! Batches: order, mixed entries, and one admission for all transactions.

use super::chain::TestChain;
use crate::Limits;
use alloy_primitives::Address;
use serde_json::{Value, json};
use std::time::Duration;

fn entry(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_transactions_are_admitted_in_order_with_their_answers() {
    let mut chain = TestChain::new(&[]);
    let (_server, client) = chain.serve(Limits::default()).await;
    let sent: Vec<_> = (0..100)
        .map(|nonce| chain.transfer(nonce, Address::ZERO, 1))
        .collect();
    let entries = sent.iter().zip(0..);
    let batch: Vec<_> = entries
        .map(|(transaction, id)| {
            entry(id, "eth_sendRawTransaction", json!([transaction.encoded()]))
        })
        .collect();
    let answers = client.post(json!(batch).to_string()).await.json();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 100);
    for ((answer, transaction), id) in answers.iter().zip(&sent).zip(0..) {
        assert_eq!(
            (&answer["id"], &answer["result"]),
            (&json!(id), &json!(transaction.hash()))
        );
    }
    assert_eq!(chain.backend.pool.stats().ready, 100);
    assert_eq!(chain.block_from_pool().len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_all_kinds_keep_their_places() {
    let chain = TestChain::new(&[]);
    let (_server, client) = chain.serve(Limits::default()).await;
    let first = chain.transfer(0, Address::ZERO, 1);
    let batch = json!([
        entry(1, "eth_blockNumber", json!([])),
        entry(2, "eth_sendRawTransaction", json!(["0xzz"])),
        entry(3, "eth_sendRawTransaction", json!([first.encoded()])),
        {"jsonrpc": "2.0", "method": "eth_chainId"},
        7,
        {"jsonrpc": "2.0", "id": 4, "method": 9},
        entry(5, "eth_sendRawTransaction", json!([first.encoded()])),
        entry(6, "no_such", json!([])),
        entry(7, "eth_getTransactionCount", json!([chain.sender(), "pending"])),
        entry(8, "eth_sendRawTransaction", json!([])),
    ]);
    let answers = client.post(batch.to_string()).await.json();
    let answers = answers.as_array().unwrap();
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(json!(ids), json!([1, 2, 3, null, 4, 5, 6, 7, 8]));
    let codes: Vec<_> = answers
        .iter()
        .map(|answer| answer["error"]["code"].clone())
        .collect();
    let expected = json!([
        null, -32602, null, -32600, -32600, -32000, -32601, null, -32602
    ]);
    assert_eq!(json!(codes), expected);
    assert_eq!(answers[2]["result"], json!(first.hash()));
    assert_eq!(answers[5]["error"]["message"], "already known");
    assert_eq!(
        answers[6]["error"]["message"],
        "the method no_such does not exist/is not available"
    );
    assert_eq!(
        answers[7]["result"], "0x1",
        "transactions of a batch are sent before it reads"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_told_so() {
    let chain = TestChain::new(&[]);
    let (_server, client) = chain.serve(Limits::default()).await;
    for (body, status, code) in [
        ("", 400, -32700),
        ("hello", 400, -32700),
        ("{", 200, -32700),
        ("[", 200, -32700),
        ("[]", 200, -32600),
        ("{}", 200, -32700),
        ("{\"id\": 1}", 200, -32600),
        (
            "{\"jsonrpc\": \"1.0\", \"id\": 1, \"method\": \"eth_chainId\"}",
            200,
            -32600,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"eth_chainId\"",
            200,
            -32700,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"eth_chainId\", \"params\": 3}",
            200,
            -32602,
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"eth_chainId\", \"params\": [3]}",
            200,
            -32602,
        ),
    ] {
        let answer = client.post(body).await;
        assert_eq!(
            (answer.status, answer.error_code()),
            (status, code),
            "{body}"
        );
    }
    let form = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    assert_eq!(client.raw(form.as_bytes()).await.status, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_takes_too_long_is_cut() {
    let chain = TestChain::new(&[]);
    let limits = Limits {
        batch_time: Duration::ZERO,
        ..Limits::default()
    };
    let (_server, client) = chain.serve(limits).await;
    let sent = chain.transfer(0, Address::ZERO, 1);
    let batch = json!([
        entry(1, "eth_sendRawTransaction", json!([sent.encoded()])),
        entry(2, "eth_chainId", json!([])),
    ]);
    let answers = client.post(batch.to_string()).await.json();
    assert_eq!(
        answers[0]["result"],
        json!(sent.hash()),
        "what was admitted is told in any case"
    );
    assert_eq!(answers[1]["error"]["code"], -32002);
}
