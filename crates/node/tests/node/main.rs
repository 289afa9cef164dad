//! A whole node in one process: it makes blocks, answers, stops, starts again, and replays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that cannot run here says so")]

mod damage;
#[path = "../../../state/tests/history/folder.rs"]
mod folder;

use qiantang_node::{Config, NodeError, Running, dev, replay};
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

fn config(dir: &Path) -> Config {
    Config {
        dir: Some(dir.to_path_buf()),
        http: SocketAddr::from(([127, 0, 0, 1], 0)),
        heartbeat: Duration::from_millis(200),
        ..Config::default()
    }
}

/// One JSON-RPC call over a plain connection; the answer's text.
fn call(rpc: SocketAddr, method: &str, params: &str) -> String {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    let mut stream = TcpStream::connect(rpc).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn height(rpc: SocketAddr) -> u64 {
    let answer = call(rpc, "eth_blockNumber", "[]");
    let digits = answer
        .split("\"0x")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    u64::from_str_radix(&digits, 16).unwrap()
}

/// Waits until the chain reaches `target`; the chain's own heartbeat bounds the wait.
async fn reach(running: &Running, target: u64) -> u64 {
    for _ in 0..300 {
        let now = height(running.rpc);
        if now >= target {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the chain did not reach height {target}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn makes_blocks_restarts_and_replays() {
    let dir = tempfile::tempdir().unwrap();
    let first = dev(config(dir.path())).await.unwrap();
    let anchor = first.anchor;
    let reached = reach(&first, 3).await;
    let busy = dev(config(dir.path())).await;
    assert!(
        matches!(busy, Err(NodeError::InUse { .. })),
        "two processes on one directory"
    );
    first.stop().await.unwrap();

    let second = dev(config(dir.path())).await.unwrap();
    assert_eq!(second.anchor, anchor);
    assert!(
        height(second.rpc) >= reached,
        "finalized blocks are still there"
    );
    reach(&second, reached.saturating_add(3)).await;
    second.stop().await.unwrap();

    for repair in [false, true] {
        let path = dir.path().to_path_buf();
        let report = tokio::task::spawn_blocking(move || replay(&path, repair, |_, _| {}))
            .await
            .unwrap()
            .unwrap();
        assert!(report.height.get() >= reached.saturating_add(3));
        assert_eq!(report.repaired, repair);
    }
    let third = dev(config(dir.path())).await.unwrap();
    assert_eq!(third.anchor, anchor);
    let after = height(third.rpc);
    reach(&third, after.saturating_add(2)).await;
    third.stop().await.unwrap();
}
