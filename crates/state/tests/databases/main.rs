//! The authenticated databases: what is written is read, and proved to a stranger, present or
//! absent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
// The databases' futures nest deeply.
#![recursion_limit = "256"]

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::{
    BLOB_PAGE_SIZE, Runner as _, Supervisor as _,
    buffer::paged::{CacheRef, page_size},
    deterministic::{self, Context},
};
use commonware_utils::NZUsize;
use proptest::prelude::*;
use qiantang_state::{
    databases::{self, Databases, Sizes},
    proofs::{DatabaseProofs, EntryProof, ProofError, ProofSource as _},
};
use qiantang_types::{
    Account, LedgerHash, REGISTRY_ADDRESS, StateChanges, StateCommitment, StateKey, StateValue,
};
use qiantang_verify::{
    AbsenceFact, AccountFact, RangeFact, RegistryFact, SlotFact,
    qmdb::{
        verify_account, verify_registry_absence, verify_registry_entry, verify_registry_range,
        verify_slot,
    },
};
use std::collections::{BTreeMap, VecDeque};

async fn open(context: &Context) -> Databases<Context> {
    let cache = CacheRef::new(page_size(BLOB_PAGE_SIZE), NZUsize!(64));
    let config = databases::config::<Context>("test", &Sizes::default(), &cache);
    Databases::<Context>::init(context.child("state"), config, None).await
}

async fn apply(databases: &Databases<Context>, changes: &StateChanges) -> StateCommitment {
    let batches = databases.new_batches().await;
    let merkleized = databases::write::<Context>(batches, changes).await.unwrap();
    let promised = databases::commitment::<Context>(&merkleized);
    Box::pin(databases.apply(merkleized)).await;
    let kept = databases::committed::<Context>(databases).await;
    assert_eq!(
        promised, kept,
        "the header commits to what the databases become"
    );
    promised
}

fn address(i: u8) -> Address {
    Address::repeat_byte(i)
}

#[test]
fn every_kind_of_entry_is_read_back_and_proved() {
    deterministic::Runner::default().start(|context| async move {
        let databases = open(&context).await;
        let account = Account {
            nonce: 3,
            balance: U256::from(77),
            ..Account::default()
        };
        let code = Bytes::from(vec![0x60; 3000]);
        let code_hash = keccak256(&code);
        let mut changes = StateChanges::default();
        changes.accounts.insert(address(1), Some(account));
        changes
            .slots
            .insert((address(1), U256::from(5)), U256::from(6));
        for key in [10u64, 20, 30] {
            changes
                .slots
                .insert((REGISTRY_ADDRESS, U256::from(key)), U256::from(key + 1));
        }
        changes.code.insert(code_hash, code.clone());
        apply(&databases, &changes).await;
        // The same code deployed again must not fail.
        let again = StateChanges {
            code: changes.code.clone(),
            ..StateChanges::default()
        };
        let state = apply(&databases, &again).await;

        let keys = [
            StateKey::Code(code_hash),
            StateKey::Slot(REGISTRY_ADDRESS, U256::from(20)),
            StateKey::Account(address(1)),
            StateKey::Slot(address(1), U256::from(5)),
            StateKey::Account(address(2)),
            StateKey::Slot(address(1), U256::from(9)),
        ];
        let values = databases::read::<Context>(&databases.new_batches().await, &keys).await;
        assert_eq!(
            values.unwrap(),
            [
                StateValue::Code(code),
                StateValue::Slot(U256::from(21)),
                StateValue::Account(Some(account)),
                StateValue::Slot(U256::from(6)),
                StateValue::Account(None),
                StateValue::Slot(U256::ZERO),
            ]
        );
        let missing = [StateKey::Code(B256::repeat_byte(1))];
        let read = databases::read::<Context>(&databases.new_batches().await, &missing).await;
        assert!(read.unwrap_err().to_string().contains("code"));
        prove(&databases, &state).await;
    });
}

async fn prove(databases: &Databases<Context>, state: &StateCommitment) {
    let proofs = DatabaseProofs::new(databases.clone());
    let proved = proofs.account_proof(address(1)).await.unwrap();
    assert_eq!(proved.root, state.accounts.root);
    let Account {
        nonce,
        balance,
        code_hash,
    } = proved.value;
    let fact = AccountFact {
        address: address(1),
        nonce,
        balance,
        code_hash,
        proof: proved.proof,
    };
    verify_account(&state.accounts.root, &fact).unwrap();

    let proved = proofs.slot_proof(address(1), U256::from(5)).await.unwrap();
    let fact = SlotFact {
        address: address(1),
        slot: U256::from(5),
        value: proved.value,
        proof: proved.proof,
    };
    verify_slot(&state.storage.root, &fact).unwrap();
    let lie = SlotFact {
        value: U256::from(7),
        ..fact
    };
    verify_slot(&state.storage.root, &lie).unwrap_err();

    let absent = proofs.slot_proof(address(1), U256::from(9)).await;
    assert!(matches!(absent, Err(ProofError::Absent(_))));

    for key in [5u64, 10, 15, 20, 25, 30, 35] {
        let slot = U256::from(key);
        let proved = proofs.slot_proof(REGISTRY_ADDRESS, slot).await.unwrap();
        assert_eq!(proved.root, state.registry.root);
        if proved.value.is_zero() {
            let fact = AbsenceFact {
                slot,
                proof: proved.proof,
            };
            verify_registry_absence(&state.registry.root, &fact).unwrap();
            let lie = AbsenceFact {
                slot: U256::from(20),
                ..fact
            };
            verify_registry_absence(&state.registry.root, &lie).unwrap_err();
        } else {
            assert_eq!(proved.value, slot + U256::from(1));
            let fact = RegistryFact {
                slot,
                value: proved.value,
                proof: proved.proof,
            };
            verify_registry_entry(&state.registry.root, &fact).unwrap();
        }
    }
}

#[test]
fn an_empty_registry_proves_that_nothing_is_there() {
    deterministic::Runner::default().start(|context| async move {
        let databases = open(&context).await;
        let mut changes = StateChanges::default();
        changes
            .accounts
            .insert(address(1), Some(Account::default()));
        let state = apply(&databases, &changes).await;
        let proofs = DatabaseProofs::new(databases);
        let proved = proofs
            .slot_proof(REGISTRY_ADDRESS, U256::from(1))
            .await
            .unwrap();
        let fact = AbsenceFact {
            slot: U256::from(1),
            proof: proved.proof,
        };
        verify_registry_absence(&state.registry.root, &fact).unwrap();
    });
}

/// A registry with `key -> key + 1` for each of the keys.
async fn registry_of(context: &Context, keys: &[U256]) -> (DatabaseProofs<Context>, LedgerHash) {
    let databases = open(context).await;
    let mut changes = StateChanges::default();
    for key in keys {
        changes
            .slots
            .insert((REGISTRY_ADDRESS, *key), key.wrapping_add(U256::from(2)));
    }
    let state = apply(&databases, &changes).await;
    (DatabaseProofs::new(databases), state.registry.root)
}

/// Takes a range's proof, checks it, and returns its slots and where it ends.
async fn proved_range(
    (proofs, root): &(DatabaseProofs<Context>, LedgerHash),
    (first, last, limit): (U256, U256, usize),
) -> (Vec<U256>, U256) {
    let proved = proofs.range_proof(first, last, limit).await.unwrap();
    assert_eq!(proved.root, *root);
    let entry = |entry: EntryProof| RegistryFact {
        slot: entry.slot,
        value: entry.value,
        proof: entry.proof,
    };
    let fact = RangeFact {
        first,
        last: proved.last,
        before: proved.before,
        entries: proved.entries.into_iter().map(entry).collect(),
    };
    verify_registry_range(root, &fact).unwrap();
    let slots = fact.entries.iter().map(|entry| {
        assert_eq!(entry.value, entry.slot.wrapping_add(U256::from(2)));
        entry.slot
    });
    (slots.collect(), fact.last)
}

#[test]
fn ranges_of_the_registry_are_proved_in_pieces() {
    deterministic::Runner::default().start(|context| async move {
        let keys: Vec<U256> = (1..=50u64).map(|n| U256::from(n * 10)).collect();
        let registry = registry_of(&context, &keys).await;
        let slot = |n: u64| U256::from(n);
        for ((first, last, limit), expected, end) in [
            ((slot(0), U256::MAX, 100), &keys[..], U256::MAX),
            ((slot(10), slot(500), 50), &keys[..], slot(500)),
            ((slot(10), slot(500), 49), &keys[..49], slot(499)),
            ((slot(15), slot(40), 100), &keys[1..4], slot(40)),
            ((slot(20), slot(20), 100), &keys[1..2], slot(20)),
            ((slot(21), slot(29), 100), &[], slot(29)),
            ((slot(501), U256::MAX, 100), &[], U256::MAX),
            // Every proof gets somewhere.
            ((slot(15), slot(40), 0), &keys[1..2], slot(29)),
            ((slot(10), slot(40), 0), &keys[..1], slot(19)),
        ] {
            let found = proved_range(&registry, (first, last, limit)).await;
            assert_eq!(found, (expected.to_vec(), end), "{first} to {last}");
        }
        let (mut from, mut all) = (U256::ZERO, Vec::new());
        loop {
            let (slots, end) = proved_range(&registry, (from, U256::MAX, 7)).await;
            all.extend(slots);
            match end.checked_add(U256::ONE) {
                Some(next) => from = next,
                None => break,
            }
        }
        assert_eq!(all, keys);
        let reversed = registry.0.range_proof(slot(2), slot(1), 9).await;
        assert!(matches!(reversed, Err(ProofError::Range { .. })));
    });
    deterministic::Runner::default().start(|context| async move {
        let empty = registry_of(&context, &[]).await;
        let found = proved_range(&empty, (U256::ZERO, U256::MAX, 1)).await;
        assert_eq!(found, (vec![], U256::MAX));
    });
}

/// Writes the batches, compares the result with a map, and returns what a header would commit to.
async fn written(context: Context, batches: Vec<Vec<(u8, u64, u64)>>) -> StateCommitment {
    let databases = open(&context).await;
    let mut model = BTreeMap::new();
    let mut state = StateCommitment::default();
    for batch in batches {
        let mut changes = StateChanges::default();
        for (who, slot, value) in batch {
            let who = registry_or(who);
            changes
                .slots
                .insert((who, U256::from(slot)), U256::from(value));
            model.insert((who, U256::from(slot)), U256::from(value));
        }
        state = apply(&databases, &changes).await;
    }
    let keys: Vec<_> = model
        .keys()
        .map(|(who, slot)| StateKey::Slot(*who, *slot))
        .collect();
    let values = databases::read::<Context>(&databases.new_batches().await, &keys).await;
    let expected: Vec<_> = model
        .values()
        .map(|value| StateValue::Slot(*value))
        .collect();
    assert_eq!(values.unwrap(), expected);
    state
}

fn registry_or(who: u8) -> Address {
    match who {
        0 => REGISTRY_ADDRESS,
        who => address(who),
    }
}

/// What a block of slots and accounts changes; a value of zero deletes.
fn block_of(entries: &[(u8, u64, u64)]) -> StateChanges {
    let mut changes = StateChanges::default();
    for (who, slot, value) in entries.iter().copied() {
        let (who, value) = (registry_or(who), U256::from(value));
        match slot {
            0 => {
                let account = Account {
                    balance: value,
                    ..Account::default()
                };
                changes.accounts.insert(who, Some(account));
            }
            slot => {
                changes.slots.insert((who, U256::from(slot)), value);
            }
        }
    }
    changes
}

/// Builds blocks on pending parents, at most so many ahead of what is applied, and returns what
/// the last header commits to.
async fn pipelined(context: Context, blocks: Vec<StateChanges>, ahead: usize) -> StateCommitment {
    let databases = open(&context).await;
    let mut pending = VecDeque::new();
    let mut state = databases::committed::<Context>(&databases).await;
    for changes in &blocks {
        let batches = match pending.back() {
            Some(parent) => Databases::<Context>::fork_batches(parent),
            None => databases.new_batches().await,
        };
        let block = databases::write::<Context>(batches, changes).await.unwrap();
        let promised = databases::commitment::<Context>(&block);
        let is_empty = changes.accounts.is_empty() && changes.slots.is_empty();
        assert_eq!(
            promised == state,
            is_empty,
            "only what changes is committed"
        );
        state = promised;
        let targets = databases::targets::<Context>(&state).unwrap();
        assert!(Databases::<Context>::matches_sync_targets(&block, &targets));
        pending.push_back(block);
        if pending.len() > ahead {
            Box::pin(databases.apply(pending.pop_front().unwrap())).await;
        }
    }
    for block in pending {
        Box::pin(databases.apply(block)).await;
    }
    assert_eq!(state, databases::committed::<Context>(&databases).await);
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Blocks of which some change nothing, or only one database: the state does not depend on
    /// how many are pending when one is built.
    #[test]
    fn pending_blocks_lead_to_the_same_state(
        blocks in prop::collection::vec(
            prop::collection::vec((0u8..3, 0u64..4, 0u64..3), 0..3), 1..16)
    ) {
        let blocks: Vec<StateChanges> = blocks.iter().map(|block| block_of(block)).collect();
        let run = |ahead| {
            let blocks = blocks.clone();
            deterministic::Runner::default().start(|context| pipelined(context, blocks, ahead))
        };
        let alone = run(0);
        prop_assert_eq!(&alone, &run(1));
        prop_assert_eq!(&alone, &run(4));
    }

    /// Batches of random writes and deletions: the databases equal a map, on two nodes with equal
    /// roots.
    #[test]
    fn the_databases_equal_a_map(
        batches in prop::collection::vec(
            prop::collection::vec((0u8..6, 0u64..12, 0u64..4), 0..20), 1..8)
    ) {
        let run = |batches| {
            deterministic::Runner::default().start(|context| written(context, batches))
        };
        prop_assert_eq!(run(batches.clone()), run(batches));
    }
}
