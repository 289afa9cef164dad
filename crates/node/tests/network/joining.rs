//! Joining by the newest state.

use crate::world::{World, client, pay, reach, stop};
use alloy_primitives::{Address, U256};
use qiantang_node::config::SyncMode;

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
}
