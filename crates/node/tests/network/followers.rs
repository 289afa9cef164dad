//! Nodes that do not vote: they follow others, check everything and pass transactions on.

use crate::world::{World, client, pay, reach, stop};
use alloy_primitives::{Address, Bytes};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_of_a_follower_has_the_same_chain_and_takes_transactions() {
    let world = World::new(2, 1_000);
    let mut nodes = world.start().await;
    let first = world.follower("first", &nodes[1]);
    nodes.push(first.start().await.unwrap());
    let second = world.follower("second", &nodes[2]);
    nodes.push(second.start().await.unwrap());
    for node in &nodes[2..] {
        assert!(!node.is_validator());
    }
    let (receiver, mut last) = (Address::repeat_byte(0x55), 0);
    for node in [&nodes[3], &nodes[2], &nodes[0], &nodes[3]] {
        let (height, hash) = pay(node, receiver).await;
        assert!(height > last);
        last = height;
        for other in &nodes {
            assert_eq!(reach(other, height).await.hash, hash);
        }
    }
    for node in &nodes {
        let balance = client(node).balance(receiver).await.unwrap();
        assert_eq!(balance.to::<u64>(), 4);
    }
    stop(nodes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_room_names_others() {
    let world = World::new(2, 1_000);
    let nodes = world.start().await;
    let ask = async |request: Value| {
        let client = client(&nodes[0]);
        let answer = client.request::<Value>("qiantang_follow", json!([request]));
        answer.await.map_err(|error| error.to_string())
    };
    // As docs/reference/json-rpc.md has it.
    let request = |name: u8, ahead_ms: i64| {
        let key = world.follower(&name.to_string(), &nodes[0]).key;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let time = (now.as_millis() as u64).saturating_add_signed(ahead_ms);
        let signed = [
            nodes[0].anchor.as_bytes(),
            &key.public_key()[..],
            &time.to_be_bytes(),
        ];
        let signature = Bytes::from(key.sign(b"qiantang follow request", &signed.concat()));
        json!({ "key": key.public_key(), "time": time, "signature": signature })
    };
    let mut other = request(0, 0);
    other["key"] = request(1, 0)["key"].clone();
    let refused = ask(other).await.unwrap_err();
    assert!(refused.contains("`signature` is not of `key`"), "{refused}");
    for (ahead_ms, side) in [(-90_000, "behind"), (90_000, "ahead of")] {
        let refused = ask(request(0, ahead_ms)).await.unwrap_err();
        assert!(refused.contains(side), "{refused}");
    }
    for number in 0..2 {
        let answer = ask(request(number, 0)).await.unwrap();
        let own = world.validators[0].key.public_key();
        assert_eq!(answer["key"], json!(own));
        assert_eq!(
            answer["address"],
            json!(world.validators[0].config.p2p.to_string())
        );
    }
    let full = ask(request(2, 0)).await.unwrap_err();
    assert!(full.contains("already feeds 2 followers"), "{full}");
    assert!(
        full.contains(&world.validators[1].config.p2p.to_string()),
        "{full}"
    );
    let mut other = request(0, 0);
    other["key"] = format!("0x{}", "05".repeat(33)).into();
    let no_key = ask(other).await.unwrap_err();
    assert!(no_key.contains("not a public key"), "{no_key}");
    stop(nodes).await;
}
