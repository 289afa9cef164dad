//! Proof bundles. Facts about transactions and logs are verified whole; for state facts there are
//! no databases here, so what the server puts together is compared, and the node's tests verify it.

use super::{
    chain::{COUNTER_ADDRESS, TestChain},
    client::Client,
};
use crate::Limits;
use alloy_primitives::{B256, Bytes, U256};
use qiantang_state::proofs::StateProof;
use qiantang_types::{Fingerprint, Height, REGISTRY_ADDRESS, leaf_hash};
use qiantang_verify::{Bundle, Fact, Verified, VerifiedFact, bundle::RANGE_ENTRIES_MAX, verify};
use serde_json::{Value, json};

async fn bundle(client: &Client, wanted: Value) -> Bundle {
    let answer = client.call("qiantang_getProof", json!([wanted])).await;
    serde_json::from_value(answer).unwrap()
}

/// Asks for a proof and verifies the very text of the result against the anchor that the server
/// names.
pub(super) async fn verified(client: &Client, wanted: Value) -> Verified {
    let anchor = client.call("qiantang_anchor", json!([])).await;
    let anchor: Fingerprint = anchor.as_str().unwrap().parse().unwrap();
    let request =
        json!({"jsonrpc": "2.0", "id": 1, "method": "qiantang_getProof", "params": [wanted]});
    let answer = client.post(request.to_string()).await.body;
    let (_, result) = answer.split_once("\"result\":").unwrap();
    verify(result.strip_suffix('}').unwrap().as_bytes(), &anchor).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_and_logs_lead_to_their_header_and_a_certificate() {
    for recent in [true, false] {
        let mut chain = TestChain::new(&[]);
        let topics = [B256::repeat_byte(1), B256::repeat_byte(2)];
        let sent = [
            chain.count(0, topics),
            chain.reverting(1),
            chain.count(2, topics),
        ];
        chain.block(sent.to_vec());
        for _ in 0..3 {
            chain.block(Vec::new());
        }
        let chain = if recent {
            chain
        } else {
            chain.without_recent()
        };
        let (_server, client) = chain.serve(Limits::default()).await;
        for (index, transaction) in sent.iter().enumerate() {
            let found = bundle(&client, json!({"transaction": transaction.hash()})).await;
            assert_eq!(&found.root, &*chain.backend.trust_root);
            // The block is at 1; the next certificate is that of block 3.
            let heights: Vec<u64> = found.headers.iter().map(|h| h.height.get()).collect();
            assert_eq!(heights, [1, 2, 3]);
            let certificate = chain.backend.store.certificate(Height::new(3)).unwrap();
            assert_eq!(Some(&found.certificate), certificate.as_ref());
            for pair in found.headers.windows(2) {
                assert_eq!(pair[1].parent, pair[0].hash());
            }
            let [Fact::Transaction(fact)] = found.facts.as_slice() else {
                panic!("another fact: {:?}", found.facts);
            };
            assert_eq!(&fact.transaction, transaction.encoded());
            assert_eq!(fact.proof.index, index as u64);
            let root = fact.proof.root(leaf_hash(&fact.transaction));
            assert_eq!(root, Some(found.headers[0].transactions_root));
            let verified = verified(&client, json!({"transaction": transaction.hash()})).await;
            assert_eq!(
                (verified.height.get(), verified.certified_height.get()),
                (1, 3)
            );
            let [VerifiedFact::Transaction { sender, hash, .. }] = verified.facts.as_slice() else {
                panic!("another fact: {:?}", verified.facts);
            };
            assert_eq!((*sender, *hash), (chain.sender(), transaction.hash()));
        }
        let verified = verified(&client, json!({"transaction": sent[2].hash(), "log": 0})).await;
        let [VerifiedFact::Log { index, log, .. }] = verified.facts.as_slice() else {
            panic!("another fact: {:?}", verified.facts);
        };
        assert_eq!((*index, log.topics()), (2, topics.as_slice()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn state_proofs_come_with_the_header_of_their_root() {
    let mut chain = TestChain::new(&[]);
    for _ in 0..6 {
        chain.block(Vec::new());
    }
    let (_server, client) = chain.serve(Limits::default()).await;
    let header_at = |height| {
        chain
            .backend
            .store
            .header(Height::new(height))
            .unwrap()
            .unwrap()
    };
    let slot = json!({"slot": {"address": COUNTER_ADDRESS, "slot": "0x05"}});
    for (height, certified) in [(6, 6), (5, 6), (3, 3)] {
        let root = header_at(height).state.storage.root;
        let proof = Bytes::from(vec![9; 100]);
        chain.proofs.set(StateProof {
            value: U256::from(42),
            root,
            proof: proof.clone(),
        });
        let found = bundle(&client, slot.clone()).await;
        assert_eq!(found.headers[0], header_at(height));
        assert_eq!(found.headers.last(), Some(&header_at(certified)));
        let [Fact::Slot(fact)] = found.facts.as_slice() else {
            panic!("another fact: {:?}", found.facts);
        };
        assert_eq!(
            (fact.address, fact.slot, fact.value),
            (COUNTER_ADDRESS, U256::from(5), U256::from(42))
        );
        assert_eq!(fact.proof, proof);
    }
    let root = header_at(6).state.registry.root;
    for (value, is_there) in [(7_u64, true), (0, false)] {
        let proof = Bytes::from(vec![1; 50]);
        chain.proofs.set(StateProof {
            value: U256::from(value),
            root,
            proof,
        });
        let wanted = json!({"slot": {"address": REGISTRY_ADDRESS, "slot": "0x1"}});
        let found = bundle(&client, wanted).await;
        assert_eq!(matches!(found.facts[0], Fact::RegistryEntry(_)), is_there);
        assert_eq!(
            matches!(found.facts[0], Fact::RegistryAbsence(_)),
            !is_there
        );
    }
    let root = header_at(6).state.accounts.root;
    chain.proofs.set(StateProof {
        value: U256::from(8),
        root,
        proof: Bytes::new(),
    });
    let found = bundle(&client, json!({"account": COUNTER_ADDRESS})).await;
    assert!(matches!(&found.facts[0], Fact::Account(fact) if fact.balance == U256::from(8)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_the_registry_comes_in_facts_that_follow_each_other() {
    let mut chain = TestChain::new(&[]);
    for _ in 0..6 {
        chain.block(Vec::new());
    }
    let (_server, client) = chain.serve(Limits::default()).await;
    let header = chain.backend.store.header(Height::new(6)).unwrap().unwrap();
    let per_fact = RANGE_ENTRIES_MAX as u64;
    // Entries in the registry, and how many each fact has.
    for (entries, expected) in [
        (0, vec![0]),
        (1, vec![1]),
        (per_fact, vec![per_fact]),
        (per_fact + 1, vec![per_fact, 1]),
        (3 * per_fact + 7, vec![per_fact, per_fact, per_fact, 7]),
        (4 * per_fact, vec![per_fact; 4]),
        (5 * per_fact, vec![per_fact; 4]),
    ] {
        chain.proofs.set(StateProof {
            value: U256::from(entries),
            root: header.state.registry.root,
            proof: Bytes::from(vec![3; 40]),
        });
        let wanted = json!({"registry": {"first": "0x64", "last": U256::MAX}});
        let found = bundle(&client, wanted).await;
        assert_eq!(found.headers[0], header);
        let (mut counts, mut from, mut next) = (Vec::new(), U256::from(100), 0);
        for fact in &found.facts {
            let Fact::RegistryRange(fact) = fact else {
                panic!("another fact: {fact:?}");
            };
            assert_eq!((fact.first, fact.before.is_empty()), (from, entries > 0));
            for entry in &fact.entries {
                next += 1;
                assert_eq!(entry.value, U256::from(next));
                assert!(fact.first <= entry.slot && entry.slot <= fact.last);
            }
            counts.push(fact.entries.len() as u64);
            from = fact.last.wrapping_add(U256::ONE);
        }
        assert_eq!(counts, expected, "{entries} entries");
        let more = (entries > next).then(|| U256::from(100 + next * 10));
        assert_eq!(
            from,
            more.unwrap_or_default(),
            "where the next proof begins"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_proved_is_refused_with_the_reason() {
    let mut chain = TestChain::new(&[]);
    let (first, waiting) = (chain.reverting(0), chain.reverting(1));
    chain.block(vec![first.clone()]);
    let (_server, client) = chain.serve(Limits::default()).await;
    client
        .call("eth_sendRawTransaction", json!([waiting.encoded()]))
        .await;
    let at_genesis = B256::repeat_byte(1);
    for (wanted, code, words) in [
        (
            json!({"transaction": first.hash()}),
            -32000,
            "no finalization certificate",
        ),
        (
            json!({"transaction": waiting.hash()}),
            -32000,
            "is not final yet",
        ),
        (json!({"transaction": B256::ZERO}), -32000, "is not known"),
        (
            json!({"transaction": first.hash(), "log": 0}),
            -32602,
            "has 0 logs",
        ),
        (
            json!({"account": COUNTER_ADDRESS}),
            -32000,
            "absence is provable only",
        ),
        (
            json!({"account": COUNTER_ADDRESS, "log": 1}),
            -32602,
            "exactly one",
        ),
        (json!({}), -32602, "exactly one"),
        (json!({"log": 1}), -32602, "exactly one"),
        (
            json!({"slot": {"address": COUNTER_ADDRESS, "slot": "0xzz"}}),
            -32602,
            "invalid hex",
        ),
        (json!({"block": "0x1"}), -32602, "unknown field"),
        (json!("0x1"), -32602, "invalid argument 0"),
    ] {
        let refused = client.refused("qiantang_getProof", json!([wanted])).await;
        assert_eq!(refused.0, code, "{wanted}: {refused:?}");
        assert!(refused.1.contains(words), "{wanted}: {refused:?}");
    }
    // A root that no header has: the state moved on, or was never there.
    chain.proofs.set(StateProof {
        value: U256::ONE,
        root: at_genesis,
        proof: Bytes::new(),
    });
    let wanted = json!([{"account": COUNTER_ADDRESS}]);
    let (code, message) = client.refused("qiantang_getProof", wanted).await;
    assert_eq!(code, -32000);
    assert!(message.contains("moves faster"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_that_are_none_are_refused_with_the_reason() {
    let chain = TestChain::new(&[]);
    let (_server, client) = chain.serve(Limits::default()).await;
    let range = |first: &str, last: &str| json!({"first": first, "last": last});
    for (wanted, words) in [
        (
            json!({"registry": range("0x1", "0x2"), "log": 1}),
            "exactly one",
        ),
        (
            json!({"registry": range("0x1", "0x2"), "account": COUNTER_ADDRESS}),
            "exactly one",
        ),
        (json!({"registry": {"first": "0x1"}}), "missing field"),
        (json!({"registry": range("0x1", "0xzz")}), "invalid hex"),
        (json!({"registry": range("0x1", "")}), "swap them"),
    ] {
        let refused = client.refused("qiantang_getProof", json!([wanted])).await;
        assert_eq!(refused.0, -32602, "{wanted}: {refused:?}");
        assert!(refused.1.contains(words), "{wanted}: {refused:?}");
    }
}
