//! What the interface itself costs for each transaction of a batch. It measures and asserts
//! nothing, so it runs only when it is asked for:
//!
//! ```sh
//! cargo test --release -p qiantang-api throughput -- --ignored --nocapture
//! ```

use super::chain::TestChain;
use crate::{Limits, http::router};
use alloy_primitives::{Address, B256};
use alloy_signer_local::PrivateKeySigner;
use axum::{body::Body, http::Request};
use qiantang_txpool::{AccountReader, Config, Pool};
use qiantang_types::{Account, Transaction};
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt as _;

const SENDERS: u64 = 80;
const ROUNDS: u64 = 100;

struct Rich;

impl AccountReader for Rich {
    fn account(&self, _: &Address) -> Result<Account, String> {
        Ok(Account {
            balance: alloy_primitives::U256::MAX,
            ..Account::default()
        })
    }
}

/// Processor time of this process so far, in clock ticks of 10 ms.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks = after_name.split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.map(|t| t.parse::<u64>().unwrap() * 10).sum())
}

fn measured(what: &str, entries: u64, work: impl FnOnce()) {
    let before = processor_time();
    work();
    let spent = processor_time().saturating_sub(before);
    let each = spent.as_secs_f64() * 1e6 / entries as f64;
    println!("{what}: {each:.2} µs of processor time for each of {entries}");
}

fn batches(entries: &[Value]) -> Vec<String> {
    entries
        .chunks(100)
        .map(|chunk| json!(chunk).to_string())
        .collect()
}

fn entry(id: usize, method: &str, param: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": [param]})
}

#[test]
#[ignore = "a measurement"]
fn throughput_of_transactions_and_receipts() {
    let signers: Vec<PrivateKeySigner> = (1..=SENDERS)
        .map(|n| PrivateKeySigner::from_bytes(&B256::left_padding_from(&n.to_be_bytes())).unwrap())
        .collect();
    let addresses: Vec<Address> = signers.iter().map(PrivateKeySigner::address).collect();
    let mut chain = TestChain::new(&addresses);
    let sent: Vec<Transaction> = (0..ROUNDS)
        .flat_map(|nonce| signers.iter().map(move |signer| (nonce, signer)))
        .map(|(nonce, signer)| TestChain::count_by(signer, nonce, [B256::ZERO; 2]))
        .collect();
    let count = sent.len() as u64;
    let bytes: Vec<_> = sent
        .iter()
        .map(|transaction| transaction.encoded().clone())
        .collect();

    // What decoding, recovery and the pool cost without the interface.
    let config = Config::new(chain.backend.spec.chain_id, &chain.backend.spec.parameters);
    let pool = Pool::open(config, None).unwrap();
    measured("decoding and admission alone", count, || {
        for chunk in bytes.chunks(100) {
            let decoded = chunk
                .iter()
                .map(|bytes| Transaction::decode(bytes).unwrap())
                .collect();
            assert!(pool.admit(decoded, &Rich).iter().all(Result::is_ok));
        }
    });

    let numbered = || sent.iter().enumerate();
    let sends: Vec<Value> = numbered()
        .map(|(id, transaction)| entry(id, "eth_sendRawTransaction", json!(transaction.encoded())))
        .collect();
    let receipts: Vec<Value> = numbered()
        .map(|(id, transaction)| entry(id, "eth_getTransactionReceipt", json!(transaction.hash())))
        .collect();
    let (sends, receipts) = (batches(&sends), batches(&receipts));
    let router = router(chain.backend.clone(), Limits::default());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let post = |bodies: &[String], mark: &str| {
        for body in bodies {
            let request = Request::post("/").header("content-type", "application/json");
            let request = request.body(Body::from(body.clone())).unwrap();
            let response = runtime.block_on(router.clone().oneshot(request)).unwrap();
            let read = axum::body::to_bytes(response.into_body(), usize::MAX);
            let answer = String::from_utf8(runtime.block_on(read).unwrap().into()).unwrap();
            assert_eq!(answer.matches(mark).count(), 100, "{answer}");
        }
    };
    measured("eth_sendRawTransaction in batches", count, || {
        post(&sends, "\"result\":\"0x")
    });
    measured(
        "eth_sendRawTransaction again (already known)",
        count,
        || post(&sends, "already known"),
    );
    measured("execution and history", count, || {
        for chunk in sent.chunks(2000) {
            chain.block(chunk.to_vec());
        }
    });
    measured("eth_getTransactionReceipt of recent blocks", count, || {
        post(&receipts, "\"status\":\"0x1\"");
    });
}
