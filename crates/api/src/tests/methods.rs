//! Every method against blocks that were really executed.

use super::{
    chain::{CHAIN_ID, COUNTER, COUNTER_ADDRESS, LOOPER_ADDRESS, REVERTER_ADDRESS, TestChain},
    client::Client,
};
use crate::Limits;
use alloy_primitives::{Address, B256, Bloom, Bytes, U256};
use alloy_rpc_types_eth::{Block, Log, Transaction as RpcTransaction, TransactionReceipt};
use qiantang_types::{Height, Transaction};
use serde_json::{Value, json};

const TOPICS: [B256; 2] = [B256::repeat_byte(0xaa), B256::repeat_byte(0xbb)];

/// Block 1: create, transfer; block 2: access list, count, revert; block 3: delegation; blocks 4
/// and 5: empty.
fn story() -> (TestChain, Vec<Transaction>) {
    let mut chain = TestChain::new(&[]);
    let transactions = vec![
        chain.create(0),
        chain.transfer(1, Address::repeat_byte(5), 77),
        chain.with_access_list(2),
        chain.count(3, TOPICS),
        chain.reverting(4),
        chain.delegating(5),
    ];
    chain.block(transactions[..2].to_vec());
    chain.block(transactions[2..5].to_vec());
    chain.block(transactions[5..].to_vec());
    chain.block(Vec::new());
    chain.block(Vec::new());
    (chain, transactions)
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_transactions_and_receipts_read_back_as_alloys_types() {
    for recent in [true, false] {
        let (chain, sent) = story();
        let chain = if recent {
            chain
        } else {
            chain.without_recent()
        };
        let (_server, client) = chain.serve(Limits::default()).await;
        for (height, range) in [(1, 0..2), (2, 2..5), (3, 5..6), (4, 6..6)] {
            check_block(&chain, &client, height, &sent[range]).await;
        }
    }
}

async fn check_block(chain: &TestChain, client: &Client, height: u64, sent: &[Transaction]) {
    let number = format!("{height:#x}");
    let full = client
        .call("eth_getBlockByNumber", json!([number, true]))
        .await;
    let hashes = client
        .call("eth_getBlockByHash", json!([full["hash"], false]))
        .await;
    let stored = chain
        .backend
        .store
        .block(Height::new(height))
        .unwrap()
        .unwrap();
    let header = &stored.header;
    assert_eq!(full["size"], format!("{:#x}", stored.to_bytes().len()));
    assert_eq!(full["timestampMs"], format!("{:#x}", header.time.get()));
    let block: Block = serde_json::from_value(full.clone()).unwrap();
    assert_eq!(block.header.hash, stored.hash());
    assert_eq!(block.header.inner.timestamp, header.time.seconds());
    assert_eq!(block.header.inner.state_root, header.state.state_root());
    let listed: Vec<B256> = serde_json::from_value(hashes["transactions"].clone()).unwrap();
    assert_eq!(
        listed,
        sent.iter().map(Transaction::hash).collect::<Vec<_>>()
    );

    let receipts = client
        .call("eth_getBlockReceipts", json!([full["hash"]]))
        .await;
    let receipts: Vec<TransactionReceipt> = serde_json::from_value(receipts).unwrap();
    let shown: Vec<RpcTransaction> = block.transactions.into_transactions_vec();
    assert_eq!((shown.len(), receipts.len()), (sent.len(), sent.len()));
    let (mut bloom, mut logs) = (Bloom::ZERO, 0);
    for (index, transaction) in sent.iter().enumerate() {
        let receipt = &receipts[index];
        assert_eq!(shown[index].inner.inner(), transaction.signed().unwrap());
        assert_eq!(shown[index].inner.signer(), chain.sender());
        assert_eq!(receipt.from, chain.sender());
        for place in [shown[index].transaction_index, receipt.transaction_index] {
            assert_eq!(place, Some(index as u64));
        }
        let hash = json!([transaction.hash()]);
        let one = client.call("eth_getTransactionReceipt", hash.clone()).await;
        assert_eq!(
            &serde_json::from_value::<TransactionReceipt>(one).unwrap(),
            receipt
        );
        let one = client.call("eth_getTransactionByHash", hash).await;
        assert_eq!(one, full["transactions"][index]);
        for log in receipt.inner.logs() {
            assert_eq!(log.log_index, Some(logs));
            logs += 1;
        }
        bloom |= *receipt.inner.logs_bloom();
    }
    assert_eq!(block.header.inner.logs_bloom, bloom);
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_tell_success_creation_and_revert() {
    let (chain, sent) = story();
    let (_server, client) = chain.serve(Limits::default()).await;
    let mut receipts = Vec::new();
    for transaction in &sent {
        receipts.push(
            client
                .call("eth_getTransactionReceipt", json!([transaction.hash()]))
                .await,
        );
    }
    let created = chain.sender().create(0);
    assert_eq!(receipts[0]["contractAddress"], json!(created));
    assert_eq!(receipts[0]["to"], Value::Null);
    assert_eq!(receipts[1]["to"], json!(Address::repeat_byte(5)));
    assert_eq!(receipts[1]["gasUsed"], "0x5208");
    let types: Vec<_> = receipts
        .iter()
        .map(|receipt| receipt["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["0x0", "0x0", "0x1", "0x2", "0x2", "0x4"]);
    let status: Vec<_> = receipts
        .iter()
        .map(|r| r["status"].as_str().unwrap())
        .collect();
    assert_eq!(status, ["0x1", "0x1", "0x1", "0x1", "0x0", "0x1"]);
    assert_eq!(receipts[3]["logs"][0]["topics"], json!(TOPICS));
    assert_eq!(
        receipts[3]["logs"][0]["logIndex"], "0x1",
        "one log stands before it in the block"
    );
    assert_eq!(receipts[3]["effectiveGasPrice"], "0x0");
    let code = client.call("eth_getCode", json!([created, "latest"])).await;
    assert_eq!(code, json!(COUNTER));
}

#[tokio::test(flavor = "multi_thread")]
async fn state_is_answered_at_every_past_height() {
    let (chain, _) = story();
    let (_server, client) = chain.serve(Limits::default()).await;
    let receiver = Address::repeat_byte(5);
    let hash_of = |block: &Value| block["hash"].clone();
    let first = client
        .call("eth_getBlockByNumber", json!(["0x1", false]))
        .await;
    for (block, balance, count, nonce) in [
        (json!("earliest"), "0x0", 0, "0x0"),
        (json!("0x1"), "0x4d", 0, "0x2"),
        (hash_of(&first), "0x4d", 0, "0x2"),
        (json!({"blockHash": first["hash"]}), "0x4d", 0, "0x2"),
        (
            json!({"blockHash": first["hash"], "requireCanonical": true}),
            "0x4d",
            0,
            "0x2",
        ),
        (json!({"blockNumber": "0x2"}), "0x4d", 2, "0x5"),
        (json!("latest"), "0x4d", 2, "0x6"),
        (json!("pending"), "0x4d", 2, "0x6"),
        (json!("safe"), "0x4d", 2, "0x6"),
        (json!("finalized"), "0x4d", 2, "0x6"),
    ] {
        let balance_found = client
            .call("eth_getBalance", json!([receiver, block]))
            .await;
        assert_eq!(balance_found, balance, "{block}");
        let slot = client
            .call("eth_getStorageAt", json!([COUNTER_ADDRESS, "0x0", block]))
            .await;
        assert_eq!(slot, json!(B256::from(U256::from(count))), "{block}");
        let params = json!([chain.sender(), block]);
        assert_eq!(
            client.call("eth_getTransactionCount", params).await,
            nonce,
            "{block}"
        );
        let request = json!({"to": COUNTER_ADDRESS, "input": Bytes::from(vec![1; 64])});
        let next = client.call("eth_call", json!([request, block])).await;
        assert_eq!(next, json!(B256::from(U256::from(count + 1))), "{block}");
    }
    for (block, words) in [
        (json!("0x99"), "header not found"),
        (json!(B256::repeat_byte(3)), "header for hash not found"),
    ] {
        let (code, message) = client
            .refused("eth_getBalance", json!([receiver, block]))
            .await;
        assert_eq!(code, -32000);
        assert!(message.starts_with(words), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_revert_halt_and_estimate_as_elsewhere() {
    let (chain, _) = story();
    let limits = Limits {
        call_gas: 1_000_000,
        ..Limits::default()
    };
    let (_server, client) = chain.serve(limits).await;
    let call = |to: Address, data: &'static str| json!([{"to": to, "data": data}, "latest"]);
    for method in ["eth_call", "eth_estimateGas"] {
        let answer = client.request(method, call(COUNTER_ADDRESS, "0x")).await;
        assert_eq!(answer["error"]["code"], 3);
        assert_eq!(answer["error"]["message"], "execution reverted: user error");
        assert!(
            answer["error"]["data"]
                .as_str()
                .unwrap()
                .starts_with("0x08c379a0")
        );
        let (_, message) = client.refused(method, call(REVERTER_ADDRESS, "0x00")).await;
        assert_eq!(message, "execution reverted: assert(false)");
        let both = json!([{"to": COUNTER_ADDRESS, "data": "0x01", "input": "0x02"}]);
        assert_eq!(client.refused(method, both).await.0, -32602);
        let overridden =
            json!([{"to": COUNTER_ADDRESS}, "latest", {COUNTER_ADDRESS.to_string(): {}}]);
        assert_eq!(client.refused(method, overridden).await.0, -32602);
        let poor =
            json!([{"from": Address::repeat_byte(4), "to": COUNTER_ADDRESS, "value": "0x1"}]);
        let (code, message) = client.refused(method, poor).await;
        assert_eq!(code, -32000);
        assert!(message.starts_with("insufficient funds"), "{message}");
    }
    let (code, message) = client.refused("eth_call", call(LOOPER_ADDRESS, "0x")).await;
    assert_eq!((code, message.as_str()), (-32000, "out of gas"));
    let (code, message) = client
        .refused("eth_estimateGas", call(LOOPER_ADDRESS, "0x"))
        .await;
    assert_eq!(
        (code, message.as_str()),
        (-32000, "gas required exceeds allowance (1000000)")
    );
    let transfer = json!([{"from": chain.sender(), "to": Address::repeat_byte(6), "value": "0x1"}]);
    assert_eq!(client.call("eth_estimateGas", transfer).await, "0x5208");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_go_through_the_pool_into_a_receipt() {
    let (mut chain, _) = story();
    let (_server, client) = chain.serve(Limits::default()).await;
    let (next, later) = (
        chain.transfer(6, Address::repeat_byte(8), 1),
        chain.transfer(9, Address::ZERO, 1),
    );
    for transaction in [&next, &later] {
        let hash = client
            .call("eth_sendRawTransaction", json!([transaction.encoded()]))
            .await;
        assert_eq!(hash, json!(transaction.hash()));
    }
    let again = client
        .refused("eth_sendRawTransaction", json!([next.encoded()]))
        .await;
    assert_eq!(again, (-32000, "already known".to_owned()));
    let used = chain.transfer(5, Address::ZERO, 9);
    let (code, message) = client
        .refused("eth_sendRawTransaction", json!([used.encoded()]))
        .await;
    assert_eq!(code, -32000);
    assert!(
        message.starts_with("nonce too low: next nonce 6, tx nonce 5"),
        "{message}"
    );
    let garbage = client
        .refused("eth_sendRawTransaction", json!(["0xdeadbeef"]))
        .await;
    assert_eq!(garbage.0, -32000, "{garbage:?}");

    let by_hash = client
        .call("eth_getTransactionByHash", json!([next.hash()]))
        .await;
    let pending: RpcTransaction = serde_json::from_value(by_hash).unwrap();
    assert_eq!(
        (pending.block_hash, pending.inner.signer()),
        (None, chain.sender())
    );
    assert_eq!(
        client
            .call("eth_getTransactionReceipt", json!([next.hash()]))
            .await,
        Value::Null
    );
    let count = |tag: &'static str| json!([chain.sender(), tag]);
    let (latest, all) = (count("latest"), count("pending"));
    assert_eq!(client.call("eth_getTransactionCount", latest).await, "0x6");
    assert_eq!(client.call("eth_getTransactionCount", all).await, "0x7");
    let status = client.call("qiantang_status", json!([])).await;
    assert_eq!(
        (&status["pool"]["ready"], &status["pool"]["waiting"]),
        (&json!(1), &json!(1))
    );

    chain.block_from_pool();
    let receipt = client
        .call("eth_getTransactionReceipt", json!([next.hash()]))
        .await;
    assert_eq!(
        (&receipt["status"], &receipt["blockNumber"]),
        (&json!("0x1"), &json!("0x6"))
    );
    assert_eq!(
        client
            .call("eth_getTransactionReceipt", json!([later.hash()]))
            .await,
        Value::Null
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_found_by_block_address_and_topic() {
    let (mut chain, sent) = story();
    let other = [B256::repeat_byte(1), B256::repeat_byte(2)];
    chain.block(vec![chain.count(6, TOPICS), chain.count(7, other)]);
    let limits = Limits {
        logs: 3,
        log_blocks: 5,
        ..Limits::default()
    };
    let (_server, client) = chain.serve(limits).await;
    let logs = async |filter: Value| -> Vec<Log> {
        serde_json::from_value(client.call("eth_getLogs", json!([filter])).await).unwrap()
    };
    let found = logs(json!({"fromBlock": "0x2", "toBlock": "0x6", "topics": [TOPICS[0]]})).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].transaction_hash, Some(sent[3].hash()));
    assert_eq!(
        (found[0].block_number, found[0].log_index),
        (Some(2), Some(1))
    );
    assert_eq!(
        (found[1].block_number, found[1].log_index),
        (Some(6), Some(0))
    );
    assert!(found[0].block_timestamp < found[1].block_timestamp);
    let second =
        json!({"fromBlock": "0x3", "toBlock": "0x6", "topics": [null, [other[1], TOPICS[0]]]});
    assert_eq!(logs(second).await.len(), 1);
    assert_eq!(
        logs(json!({"address": COUNTER_ADDRESS})).await.len(),
        2,
        "latest only"
    );
    assert_eq!(logs(json!({"address": [Address::ZERO]})).await.len(), 0);
    let block = client
        .call("eth_getBlockByNumber", json!(["0x6", false]))
        .await;
    assert_eq!(
        logs(json!({"blockHash": block["hash"], "topics": [[], TOPICS[1]]}))
            .await
            .len(),
        1
    );
    for (filter, code) in [
        (json!({"fromBlock": "0x1", "toBlock": "0x6"}), -32005),
        (json!({"fromBlock": "0x2", "toBlock": "0x6"}), -32005),
        (json!({"fromBlock": "0x3", "toBlock": "0x2"}), -32602),
        (json!({"fromBlock": "0x3", "toBlock": "0x7"}), -32602),
        (json!({"blockHash": B256::ZERO}), -32000),
        (
            json!({"blockHash": block["hash"], "fromBlock": "0x1"}),
            -32602,
        ),
        (json!({"topics": [[], [], [], [], []]}), -32602),
        (json!({"topic": []}), -32602),
        (json!([]), -32602),
    ] {
        let refused = client.refused("eth_getLogs", json!([filter])).await;
        assert_eq!(refused.0, code, "{filter}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_tells_who_it_is() {
    let (chain, _) = story();
    let (_server, client) = chain.serve(Limits::default()).await;
    let id = format!("{CHAIN_ID:#x}");
    let none = || json!([]);
    assert_eq!(client.call("eth_chainId", none()).await, id);
    assert_eq!(
        client.call("net_version", none()).await,
        CHAIN_ID.to_string()
    );
    assert_eq!(client.call("net_listening", none()).await, true);
    assert_eq!(client.call("eth_syncing", none()).await, false);
    assert_eq!(client.call("eth_blockNumber", none()).await, "0x5");
    assert_eq!(client.call("eth_gasPrice", none()).await, "0x0");
    assert_eq!(client.call("eth_maxPriorityFeePerGas", none()).await, "0x0");
    let version = client.call("web3_clientVersion", none()).await;
    assert!(
        version.as_str().unwrap().starts_with("qiantang/v1.2.3/"),
        "{version}"
    );
    let anchor = client.call("qiantang_anchor", none()).await;
    assert_eq!(anchor, chain.backend.trust_root.fingerprint().to_string());
    let spec = client.call("qiantang_chainSpec", none()).await;
    let spec: qiantang_types::ChainSpec = serde_json::from_value(spec).unwrap();
    assert_eq!(spec, *chain.backend.spec);
    let status = client.call("qiantang_status", none()).await;
    assert_eq!(status["height"], 5);
    assert_eq!(status["digest"], json!(chain.head.hash()));
    assert_eq!(status["stateRoot"], json!(chain.head.state.state_root()));
    assert_eq!(
        (&status["pid"], &status["anchor"]),
        (&json!(std::process::id()), &anchor)
    );
    let (code, message) = client
        .refused("eth_getProof", json!([Address::ZERO, [], "latest"]))
        .await;
    assert_eq!(code, -32601);
    assert!(message.contains("qiantang_getProof"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fee_history_is_zero_and_bounded() {
    let (chain, _) = story();
    let limits = Limits {
        fee_history_blocks: 3,
        fee_history_percentiles: 2,
        ..Limits::default()
    };
    let (_server, client) = chain.serve(limits).await;
    let history = client
        .call("eth_feeHistory", json!(["0x2", "0x2", [25.5, 75]]))
        .await;
    assert_eq!(history["oldestBlock"], "0x1");
    assert_eq!(history["baseFeePerGas"], json!(["0x0", "0x0", "0x0"]));
    assert_eq!(history["reward"], json!([["0x0", "0x0"], ["0x0", "0x0"]]));
    let ratios: Vec<f64> = serde_json::from_value(history["gasUsedRatio"].clone()).unwrap();
    assert!(
        ratios.iter().all(|ratio| *ratio > 0.0 && *ratio < 1.0),
        "{ratios:?}"
    );
    let all = client.call("eth_feeHistory", json!([1024, "latest"])).await;
    assert_eq!(
        (
            &all["oldestBlock"],
            all["gasUsedRatio"].as_array().unwrap().len()
        ),
        (&json!("0x3"), 3)
    );
    let none = client
        .call("eth_feeHistory", json!(["0x0", "0x0", []]))
        .await;
    assert_eq!(
        (&none["oldestBlock"], &none["gasUsedRatio"]),
        (&json!("0x1"), &json!([]))
    );
    for params in [
        json!(["0x1", "0x99"]),
        json!(["0x1", "latest", [1, 2, 3]]),
        json!(["0x1", "latest", [2, 1]]),
        json!(["0x1", "latest", [101]]),
        json!(["0x1"]),
    ] {
        client.refused("eth_feeHistory", params).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_plain_http() {
    let (chain, _) = story();
    let (_server, client) = chain.serve(Limits::default()).await;
    client.call("eth_chainId", json!([])).await;
    client.refused("eth_getBalance", json!([])).await;
    let health = client.get("/health").await;
    assert_eq!(
        (health.status, health.json()["status"].as_str()),
        (200, Some("ok"))
    );
    let metrics = client.get("/metrics").await;
    assert!(
        metrics
            .head
            .contains("content-type: text/plain; version=0.0.4")
    );
    for line in [
        "qiantang_rpc_calls_total{method=\"eth_chainId\"} 1",
        "qiantang_rpc_requests_total 2",
        "qiantang_rpc_errors_total 1",
        "node_height 7",
        "qiantang_disk_free_bytes 250",
        "qiantang_pool_transactions 0",
        "qiantang_pool_transactions_max 200000",
    ] {
        assert!(
            metrics.body.lines().any(|found| found == line),
            "{line} in {}",
            metrics.body
        );
    }
    let sick = TestChain::new(&[]).with_fault("the disk is full");
    let (_server, client) = sick.serve(Limits::default()).await;
    let health = client.get("/health").await;
    assert_eq!(
        (health.status, health.json()["fault"].as_str()),
        (503, Some("the disk is full"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_wallets_may_call() {
    let (chain, _) = story();
    let (_server, client) = chain.serve(Limits::default()).await;
    let preflight = "OPTIONS / HTTP/1.1\r\nhost: a\r\norigin: https://wallet.example\r\n\
        access-control-request-method: POST\r\naccess-control-request-headers: content-type\r\n\
        connection: close\r\n\r\n";
    let answer = client.raw(preflight.as_bytes()).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.head.contains("access-control-allow-origin: *"),
        "{}",
        answer.head
    );
    assert!(
        answer
            .head
            .contains("access-control-allow-headers: content-type"),
        "{}",
        answer.head
    );
    assert_eq!(client.get("/").await.status, 405);
    assert_eq!(client.get("/nothing").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_is_let_in_or_learns_why_not() {
    let (_server, client) = TestChain::new(&[]).serve(Limits::default()).await;
    let key = |first: u8, count: usize| {
        let key = Bytes::from(vec![first; count]);
        json!([{ "key": key, "time": 9, "signature": "0x01" }])
    };
    let feeder = client.call("qiantang_follow", key(2, 33)).await;
    assert_eq!(
        feeder,
        json!({ "key": Bytes::from(vec![3; 33]), "address": "192.0.2.1:26656" })
    );
    for (parameters, code, message) in [
        (key(3, 33), -32000, "full"),
        (key(2, 32), -32602, "invalid argument 0: 32 bytes"),
        (json!([{}]), -32602, "missing field `key`"),
        (json!([{ "key": "0x02" }]), -32602, "missing field `time`"),
        (
            json!([{ "key": "0x02", "time": 9, "signature": "0x", "name": 1 }]),
            -32602,
            "unknown field",
        ),
        (json!([]), -32602, "missing value"),
    ] {
        let (found, said) = client.refused("qiantang_follow", parameters).await;
        assert_eq!(found, code);
        assert!(said.contains(message), "{said}");
    }
}
