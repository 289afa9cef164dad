use super::*;
use axum::{Json, Router, extract::State, routing::post};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

#[test]
fn development_accounts_are_the_well_known_ones() {
    let first = dev_signer(0).unwrap().address();
    assert_eq!(
        first.to_string(),
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    );
    let last = dev_signer(9).unwrap().address();
    assert_eq!(
        last.to_string(),
        "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"
    );
}

/// The fate of the one transaction that a node is given.
#[derive(Clone, Copy)]
enum Fate {
    /// It is final at once.
    Final,
    /// Another one with its nonce is in block [`HEIGHT`].
    Overtaken,
    /// It is in block [`HEIGHT`], but its receipt comes only after so many questions.
    Late(u32),
}

/// A node that does what a test tells it to.
struct Script {
    fate: Fate,
    sent: Vec<B256>,
}

/// Height of the block in which the nonce is used.
const HEIGHT: u64 = 13;

impl Script {
    fn answer(&mut self, method: &str, params: &Value) -> Value {
        let quantity = |number: u64| json!(format!("{number:#x}"));
        match method {
            "eth_chainId" | "eth_gasPrice" => quantity(7),
            "eth_estimateGas" => quantity(21_000),
            "eth_blockNumber" if self.sent.is_empty() => quantity(HEIGHT - 3),
            "eth_blockNumber" => quantity(HEIGHT + 8),
            "eth_getTransactionCount" if params[1] == "pending" => quantity(0),
            "eth_getTransactionCount" => quantity(u64::from(number(&params[1]) >= HEIGHT)),
            "eth_sendRawTransaction" => {
                let bytes: Bytes = serde_json::from_value(params[0].clone()).unwrap();
                let hash = Transaction::decode(&bytes).unwrap().hash();
                self.sent.push(hash);
                json!(hash)
            }
            "eth_getTransactionReceipt" => self.receipt(),
            "eth_getBlockByNumber" => self.block(number(&params[0])),
            _ => panic!("{method} is not in the script"),
        }
    }

    fn receipt(&mut self) -> Value {
        match &mut self.fate {
            Fate::Overtaken => return Value::Null,
            Fate::Late(left) if *left > 0 => {
                *left -= 1;
                return Value::Null;
            }
            Fate::Late(_) | Fate::Final => {}
        }
        json!({
            "transactionHash": self.sent[0], "transactionIndex": "0x0",
            "blockHash": B256::ZERO, "blockNumber": "0xd", "status": "0x1", "gasUsed": "0x5208",
            "logs": [],
        })
    }

    fn block(&self, height: u64) -> Value {
        assert_eq!(height, HEIGHT);
        let hash = match self.fate {
            Fate::Overtaken => B256::repeat_byte(9),
            Fate::Late(_) | Fate::Final => self.sent[0],
        };
        let from = dev_signer(0).unwrap().address();
        json!({
            "number": "0xd", "hash": B256::ZERO, "parentHash": B256::ZERO, "timestamp": "0x0",
            "gasUsed": "0x0", "gasLimit": "0x0",
            "transactions": [
                { "hash": B256::ZERO, "from": Address::ZERO, "nonce": "0x0" },
                { "hash": hash, "from": from, "nonce": "0x0" },
            ],
        })
    }
}

fn number(quantity: &Value) -> u64 {
    let digits = quantity.as_str().unwrap().trim_start_matches("0x");
    u64::from_str_radix(digits, 16).unwrap()
}

async fn serve(State(script): State<Arc<Mutex<Script>>>, Json(call): Json<Value>) -> Json<Value> {
    let method = call["method"].as_str().unwrap();
    let result = script.lock().unwrap().answer(method, &call["params"]);
    Json(json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
}

/// Sends a call to a node with a script; the answer, and the hash of what was sent.
async fn send(fate: Fate) -> (Result<ReceiptResponse, ClientError>, B256) {
    let sent = Vec::new();
    let script = Arc::new(Mutex::new(Script { fate, sent }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(serve));
    let server = axum::serve(listener, router.with_state(script.clone()));
    let server = tokio::spawn(server.into_future());
    let account = Account::new(Client::new(&url).unwrap(), dev_signer(0).unwrap());
    let answer = account.send(Call::default()).await;
    server.abort();
    let sent = script.lock().unwrap().sent.clone();
    assert_eq!(sent.len(), 1, "it is signed once");
    (answer, sent[0])
}

#[tokio::test]
async fn a_transaction_whose_nonce_another_one_took_is_void() {
    let (answer, sent) = send(Fate::Overtaken).await;
    let taken = matches!(&answer, Err(ClientError::NonceTaken { hash, nonce: 0 }) if *hash == sent);
    assert!(taken, "{answer:?}");
}

#[tokio::test]
async fn a_transaction_is_waited_for_where_only_its_receipt_is_late() {
    for fate in [Fate::Final, Fate::Late(9)] {
        let (answer, sent) = send(fate).await;
        assert_eq!(answer.unwrap().transaction_hash, sent);
    }
}
