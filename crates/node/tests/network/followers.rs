//! Nodes that do not vote: they follow others, check everything and pass transactions on.

use crate::world::{World, client, pay, reach, stop};
use alloy_primitives::Address;
use serde_json::{Value, json};

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
    let ask = async |key: &str| {
        let client = client(&nodes[0]);
        let answer = client.request::<Value>("qiantang_follow", json!([{ "key": key }]));
        answer.await.map_err(|error| error.to_string())
    };
    let key = |last: u8| {
        world
            .follower(&last.to_string(), &nodes[0])
            .key
            .public_key()
            .to_string()
    };
    for number in 0..2 {
        let answer = ask(&key(number)).await.unwrap();
        let own = world.validators[0].key.public_key();
        assert_eq!(answer["key"], json!(own));
        assert_eq!(
            answer["address"],
            json!(world.validators[0].config.p2p.to_string())
        );
    }
    let full = ask(&key(2)).await.unwrap_err();
    assert!(full.contains("already feeds 2 followers"), "{full}");
    assert!(
        full.contains(&world.validators[1].config.p2p.to_string()),
        "{full}"
    );
    let no_key = ask(&format!("0x{}", "05".repeat(33))).await.unwrap_err();
    assert!(no_key.contains("not a public key"), "{no_key}");
    stop(nodes).await;
}
