//! Each named limit refuses what is above it and lets pass what is at it.

use super::{
    chain::{COUNTER_ADDRESS, TestChain},
    client::Client,
};
use crate::Limits;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const CHAIN_ID: &str = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;

async fn served(limits: Limits) -> (TestChain, crate::Server, Client) {
    let chain = TestChain::new(&[]);
    let (server, client) = chain.serve(limits).await;
    (chain, server, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_measured_whether_they_tell_their_length_or_not() {
    let limits = Limits {
        body_bytes: 1000,
        ..Limits::default()
    };
    let (_chain, _server, client) = served(limits).await;
    let fits = format!("{CHAIN_ID}{}", " ".repeat(1000 - CHAIN_ID.len()));
    assert_eq!(client.post(&fits).await.status, 200);
    let answer = client.post(format!("{fits} ")).await;
    assert_eq!((answer.status, answer.error_code()), (413, -32007));
    let chunked = |body: &str| {
        format!(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
    };
    assert_eq!(client.raw(chunked(&fits).as_bytes()).await.status, 200);
    let answer = client.raw(chunked(&format!("{fits} ")).as_bytes()).await;
    assert_eq!((answer.status, answer.error_code()), (413, -32007));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_together_have_a_size() {
    let limits = Limits {
        bodies_bytes: 100,
        ..Limits::default()
    };
    let (_chain, server, client) = served(limits).await;
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
        content-length: 99\r\n\r\n";
    let part = format!("{head}{}", " ".repeat(90));
    // The part may meet one of the requests below and be what is refused: then it is sent again.
    let full = async {
        loop {
            let mut unfinished = tokio::net::TcpStream::connect(server.address())
                .await
                .unwrap();
            unfinished.write_all(part.as_bytes()).await.unwrap();
            for _ in 0..50 {
                if client.post(CHAIN_ID).await.status == 503 {
                    return unfinished;
                }
                tokio::task::yield_now().await;
            }
        }
    };
    let unfinished = tokio::time::timeout(Duration::from_secs(10), full)
        .await
        .unwrap();
    drop(unfinished);
    let free = async {
        while client.post(CHAIN_ID).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), free)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_have_a_number_of_entries() {
    let limits = Limits {
        batch_entries: 3,
        ..Limits::default()
    };
    let (_chain, _server, client) = served(limits).await;
    let batch = |entries: usize| format!("[{}]", vec![CHAIN_ID; entries].join(","));
    assert_eq!(
        client.post(batch(3)).await.json().as_array().unwrap().len(),
        3
    );
    assert_eq!(client.post(batch(4)).await.error_code(), -32010);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_has_a_depth() {
    let limits = Limits {
        json_depth: 10,
        ..Limits::default()
    };
    let (_chain, _server, client) = served(limits).await;
    // The request object and its parameters are two levels.
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":{open}{close}}}"#)
    };
    assert_eq!(client.post(nested(9)).await.error_code(), -32602);
    let answer = client.post(nested(10)).await;
    assert_eq!((answer.status, answer.error_code()), (400, -32700));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_depth_limit_the_parsers_own_limit_still_holds() {
    let limits = Limits {
        json_depth: usize::MAX,
        ..Limits::default()
    };
    let (_chain, _server, client) = served(limits).await;
    for depth in [200, 1_000_000] {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        for body in [
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{open}{close}]}}"#
            ),
            format!(r#"{{"jsonrpc":"2.0","id":{open}{close},"method":"eth_getLogs"}}"#),
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{{"x":{open}{close}}}]}}"#
            ),
            format!("[{open}{close}]"),
            open.clone(),
        ] {
            let answer = client.post(&body).await.json();
            let first = answer.get(0).unwrap_or(&answer);
            let refused = first["error"]["code"].as_i64();
            // A deep value under an unknown name is skipped, which needs no recursion; and
            // jsonrpsee takes a request whose id is none for a notification.
            let is_skipped = body.contains("eth_call") || answer.is_null();
            assert!(refused.is_some() || is_skipped, "{depth}: {answer}");
        }
    }
    assert_eq!(
        client.post(CHAIN_ID).await.status,
        200,
        "the server is still there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_have_a_size() {
    let limits = Limits {
        response_bytes: 500,
        ..Limits::default()
    };
    let (_chain, _server, client) = served(limits).await;
    let (code, _) = client
        .refused("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(code, -32008);
    let batch = format!("[{}]", vec![CHAIN_ID; 20].join(","));
    assert_eq!(client.post(batch).await.error_code(), -32011);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let (_chain, server, client) = served(limits).await;
    let address = server.address();
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    let mut third = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    drop(held);
    // The server notices a closed connection when its task runs; until then the answer is 503
    // again.
    let freed = async {
        while client.get("/health").await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_cut_off() {
    let limits = Limits {
        header_time: Duration::from_millis(50),
        body_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let (_chain, _server, client) = served(limits).await;
    let idle = client.raw(b"").await;
    assert_eq!(idle.head, "", "an idle connection is closed");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{CHAIN_ID}",
        CHAIN_ID.len()
    );
    let kept_alive = client.raw(request.as_bytes()).await;
    assert_eq!(
        kept_alive.status, 200,
        "it is closed after the answer, when nothing follows"
    );
    let partial = client.raw(b"POST / HTTP/1.1\r\nhost: a\r\n").await;
    assert!(matches!(partial.status, 0 | 408), "{}", partial.head);
    let no_body = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
        content-length: 10\r\nconnection: close\r\n\r\n{";
    assert_eq!(client.raw(no_body).await.status, 408);
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_are_counted_apart_from_other_requests() {
    let limits = Limits {
        executions: 0,
        ..Limits::default()
    };
    let (_chain, _server, client) = served(limits).await;
    for method in ["eth_call", "eth_estimateGas"] {
        let (code, _) = client
            .refused(method, json!([{"to": COUNTER_ADDRESS}]))
            .await;
        assert_eq!(code, -32009, "{method}");
    }
    client
        .call("eth_getBalance", json!([COUNTER_ADDRESS]))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_requests_than_are_worked_on_at_once_wait_and_are_answered() {
    let limits = Limits {
        requests: 2,
        ..Limits::default()
    };
    let (_chain, _server, client) = served(limits).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        tasks.spawn(async move { client.post(CHAIN_ID).await.status });
    }
    while let Some(status) = tasks.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_frees_its_port() {
    let chain = TestChain::new(&[]);
    let (server, client) = chain.serve(Limits::default()).await;
    let address = server.address();
    assert_eq!(client.post(CHAIN_ID).await.status, 200);
    server.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    let config = crate::Config {
        address,
        limits: Limits::default(),
    };
    let again = crate::serve(config.clone(), chain.backend.clone())
        .await
        .unwrap();
    let refused = crate::serve(config, chain.backend.clone())
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains(&address.to_string()),
        "{refused}"
    );
    again.stop().await;
}
