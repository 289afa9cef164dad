//! Joining by the newest state.

use crate::world::{World, client, pay, reach, stop};
use alloy_primitives::{Address, U256};
use qiantang_node::{config::SyncMode, export_snapshot, import_snapshot};

/// Blocks before the node joins, of several epochs.
const BLOCKS: u64 = 90;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_node_takes_over_the_newest_state() {
    let world = World::new(1, 40);
    let nodes = world.start().await;
    let validator = &nodes[0];
    let (early, late) = (Address::repeat_byte(0x11), Address::repeat_byte(0x22));
    let (paid, _) = pay(validator, early).await;
    while pay(validator, early).await.0 < BLOCKS {}

    let mut joiner = world.follower("joiner", validator);
    joiner.config.sync = SyncMode::State;
    let mut joined = joiner.start().await.unwrap();
    for _ in 0..2 {
        let (height, _) = pay(validator, late).await;
        let theirs = client(validator).block(height).await.unwrap().unwrap();
        let own = reach(&joined, height).await;
        assert_eq!(own, theirs);
        for address in [early, late] {
            let balance = client(validator).balance(address).await.unwrap();
            assert!(balance > U256::ZERO);
            assert_eq!(client(&joined).balance(address).await.unwrap(), balance);
        }
        // What was before is refused, not guessed.
        let refused = client(&joined).block(paid).await.unwrap_err();
        assert!(
            refused.to_string().contains("is not kept here"),
            "{refused}"
        );
        // It goes on where it was after a restart.
        stop(vec![joined]).await;
        joined = joiner.start().await.unwrap();
    }
    stop(vec![joined]).await;
    stop(nodes).await;

    // The state by file, from the validator to a node that nobody knows yet.
    let file = world.folder("state.snapshot");
    let exported = export_snapshot(&world.validators[0].config.dir, &file).unwrap();
    let nodes = world.start().await;
    let mut reader = world.follower("reader", &nodes[0]);
    reader.config.sync = SyncMode::State;
    let imported = import_snapshot(&file, &reader.config.dir).unwrap();
    assert_eq!(imported, exported);
    assert!(imported.height.get() >= BLOCKS);
    let again = import_snapshot(&file, &reader.config.dir).unwrap_err();
    assert!(again.to_string().contains("has a chain already"), "{again}");
    let (height, hash) = pay(&nodes[0], late).await;
    let joined = reader.start().await.unwrap();
    assert_eq!(reach(&joined, height).await.hash, hash);
    for address in [early, late] {
        let balance = client(&nodes[0]).balance(address).await.unwrap();
        assert_eq!(client(&joined).balance(address).await.unwrap(), balance);
    }
    stop(vec![joined]).await;
    stop(nodes).await;
}
