//! Changes of the validator set: in the proofs of what came after them, and by themselves.

use super::{chain::TestChain, client::Client, proofs::verified};
use crate::Limits;
use alloy_primitives::Bytes;
use qiantang_types::{Boundary, Header};
use qiantang_verify::Succession;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    header: Bytes,
    certificate: Bytes,
}

async fn page(client: &Client, from_epoch: u64) -> Vec<Boundary> {
    let answer = client
        .call("qiantang_getBoundaries", json!([from_epoch]))
        .await;
    let found: Vec<Found> = serde_json::from_value(answer).unwrap();
    let boundary = |found: Found| Boundary {
        header: Header::from_bytes(&found.header).unwrap(),
        certificate: found.certificate,
    };
    found.into_iter().map(boundary).collect()
}

/// A chain whose set changes after the epochs 0, 2, 4, … up to `changes` of them.
fn changing(changes: u64) -> TestChain {
    let mut chain = TestChain::new(&[]);
    for _ in 0..changes {
        chain.block(Vec::new());
        chain.end_epoch(true);
        chain.end_epoch(false);
    }
    chain
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_cross_every_change_before_their_certificate() {
    let mut chain = TestChain::new(&[]);
    let mut sent = Vec::new();
    for (nonce, changes) in [(0, true), (1, false), (2, true), (3, true), (4, false)] {
        let transaction = chain.reverting(nonce);
        sent.push(transaction.hash());
        chain.block(vec![transaction]);
        chain.end_epoch(changes);
    }
    // Without a change the epoch's last block is certified no sooner than others are.
    for _ in 0..3 {
        chain.block(Vec::new());
    }
    let (_server, client) = chain.serve(Limits::default()).await;
    let expected = [
        (1, 2, 0, 0),
        (3, 3, 1, 1),
        (5, 6, 2, 1),
        (7, 8, 3, 2),
        (9, 9, 4, 3),
    ];
    for (hash, expected) in sent.into_iter().zip(expected) {
        let verified = verified(&client, json!({"transaction": hash})).await;
        let found = (
            verified.height.get(),
            verified.certified_height.get(),
            verified.epoch,
            verified.set_changes,
        );
        assert_eq!(found, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_the_first_set_follows_the_others_page_by_page() {
    let chain = changing(9);
    let limits = Limits {
        boundaries: 4,
        ..Limits::default()
    };
    let (_server, client) = chain.serve(limits).await;
    let mut succession = Succession::of(&chain.backend.trust_root).unwrap();
    let mut pages = Vec::new();
    loop {
        let page = page(&client, succession.first_epoch()).await;
        for boundary in &page {
            succession.follow(boundary).unwrap();
        }
        pages.push(page.len());
        if page.is_empty() {
            break;
        }
    }
    assert_eq!(pages, [4, 4, 1, 0]);
    assert_eq!((succession.changes(), succession.first_epoch()), (9, 17));
    assert_eq!(page(&client, 3).await[0].header.context.epoch, 4);
    assert_eq!(page(&client, u64::MAX).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_fits_into_a_response() {
    let chain = changing(5);
    let one = page(&chain.serve(Limits::default()).await.1, 0).await;
    let bytes = one[0].header.to_bytes().len() + one[0].certificate.len();
    for (room, expected) in [(4, 2), (2, 1)] {
        let limits = Limits {
            response_bytes: (room * (bytes * 2 + 100)) as u32 + 200,
            ..Limits::default()
        };
        let (_server, client) = chain.serve(limits).await;
        assert_eq!(page(&client, 0).await.len(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_is_a_number() {
    let chain = changing(1);
    let (_server, client) = chain.serve(Limits::default()).await;
    for (arguments, words) in [
        (json!([]), "missing value for required argument 0"),
        (json!(["0x0"]), "invalid argument 0"),
        (json!([-1]), "invalid argument 0"),
        (json!([0, 1]), "too many arguments"),
    ] {
        let (code, message) = client.refused("qiantang_getBoundaries", arguments).await;
        assert_eq!(code, -32602);
        assert!(message.contains(words), "{message}");
    }
}
