//! Ranges of the registry: whole ranges are accepted, and nothing is left out, joined or stretched.

use crate::database::{Context, Registry, word};
use alloy_primitives::{Bytes, U256};
use commonware_runtime::{Runner as _, deterministic};
use proptest::prelude::*;
use qiantang_types::LedgerHash;
use qiantang_verify::{
    RangeFact, RegistryFact,
    qmdb::{RangeProofError, StateProofError, verify_registry_range},
};
use std::collections::BTreeMap;

fn slot(n: u64) -> U256 {
    U256::from(n)
}

/// Runs `check` on a registry with an entry `n -> n + 1` for each of `slots`.
fn with_registry<C, F>(slots: &[u64], check: C)
where
    C: FnOnce(Registry) -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let slots = slots.to_vec();
    deterministic::Runner::default().start(|context| async move {
        let mut registry = Registry::open(&context, "registry").await;
        for n in slots {
            registry.put(slot(n), Some(slot(n + 1)));
        }
        check(registry.seal().await).await;
    });
}

fn slots_of(fact: &RangeFact) -> Vec<u64> {
    fact.entries.iter().map(|entry| entry.slot.to()).collect()
}

#[test]
fn a_range_has_all_its_entries() {
    with_registry(&[10, 20, 30, 40], |registry| async move {
        let root = registry.root();
        let all: &[u64] = &[10, 20, 30, 40];
        let max = U256::MAX;
        for (first, last, expected) in [
            (slot(0), max, all),
            (slot(10), slot(40), all),
            (slot(10), slot(39), &[10, 20, 30]),
            (slot(11), slot(30), &[20, 30]),
            (slot(20), slot(20), &[20]),
            // Before all, between two, after all; a single empty slot.
            (slot(0), slot(9), &[]),
            (slot(21), slot(29), &[]),
            (slot(25), slot(25), &[]),
            (slot(41), max, &[]),
            (max, max, &[]),
        ] {
            let fact = registry.range(first, last, 100).await;
            assert_eq!(slots_of(&fact), expected, "{first} to {last}");
            assert_eq!(verify_registry_range(&root, &fact), Ok(()), "{fact:?}");
        }
    });
}

#[test]
fn an_empty_registry_and_a_single_entry_have_ranges_too() {
    let whole = (U256::ZERO, U256::MAX);
    with_registry(&[], move |registry| async move {
        let fact = registry.range(whole.0, whole.1, 100).await;
        assert_eq!(verify_registry_range(&registry.root(), &fact), Ok(()));
        let point = registry.range(slot(5), slot(5), 100).await;
        assert_eq!(verify_registry_range(&registry.root(), &point), Ok(()));
    });
    // A single key is its own neighbour, on both sides.
    for (first, last, expected) in [
        (whole.0, whole.1, &[7u64][..]),
        (slot(7), whole.1, &[7]),
        (whole.0, slot(7), &[7]),
        (slot(8), whole.1, &[]),
        (whole.0, slot(6), &[]),
    ] {
        with_registry(&[7], move |registry| async move {
            let fact = registry.range(first, last, 100).await;
            assert_eq!(slots_of(&fact), expected);
            assert_eq!(verify_registry_range(&registry.root(), &fact), Ok(()));
        });
    }
}

#[test]
fn the_ends_of_the_key_space_are_slots_like_others() {
    deterministic::Runner::default().start(|context| async move {
        let mut registry = Registry::open(&context, "registry").await;
        for n in [U256::ZERO, slot(5), U256::MAX] {
            registry.put(n, Some(slot(1)));
        }
        let registry = registry.seal().await;
        for (first, last, count) in [
            (U256::ZERO, U256::MAX, 3),
            (slot(1), U256::MAX, 2),
            (slot(6), U256::MAX, 1),
            (U256::MAX, U256::MAX, 1),
            (U256::ZERO, U256::ZERO, 1),
            (slot(6), U256::MAX - slot(1), 0),
        ] {
            let fact = registry.range(first, last, 100).await;
            assert_eq!(fact.entries.len(), count, "{first} to {last}");
            assert_eq!(verify_registry_range(&registry.root(), &fact), Ok(()));
        }
    });
}

/// A forgery: what is done to the honest fact of 11 to 45, and how it must fail.
type Forgery = (fn(&mut RangeFact, &Pieces), RangeProofError);

/// Honest evidence that a forger can put together differently.
struct Pieces {
    /// 10, outside the range.
    ten: RegistryFact,
    /// 50, outside the range.
    fifty: RegistryFact,
    /// That nothing stands at 21.
    gap: Bytes,
    /// 30 as it was before it changed.
    stale: RegistryFact,
}

fn order(index: usize, n: u64) -> RangeProofError {
    let slot = slot(n);
    RangeProofError::Order { index, slot }
}

fn missing(index: usize, next: u64) -> RangeProofError {
    let next = slot(next);
    RangeProofError::Missing { index, next }
}

fn forgeries() -> Vec<Forgery> {
    let gap = RangeProofError::Before(StateProofError::Gap);
    vec![
        // An entry left out: the first, one in the middle, the last, all of them.
        (|f, _| drop(f.entries.remove(0)), missing(0, 20)),
        (|f, _| drop(f.entries.remove(1)), missing(1, 30)),
        (|f, _| drop(f.entries.pop()), missing(2, 40)),
        (|f, _| f.entries.clear(), missing(0, 20)),
        // Another gap before the first entry, which then seems to be the first.
        (
            |f, p| {
                f.entries.remove(0);
                f.before = p.gap.clone();
            },
            gap,
        ),
        // A range stretched over an entry that is not there.
        (|f, _| f.last = slot(50), missing(3, 50)),
        (|f, _| f.last = U256::MAX, missing(3, 50)),
        (|f, _| f.first = slot(9), gap),
        (|f, _| f.first = U256::ZERO, gap),
        (|f, _| f.first = slot(10), gap),
        // A range cut so that an entry lies outside.
        (|f, _| f.last = slot(39), order(2, 40)),
        (|f, _| f.first = slot(21), order(0, 20)),
        // Two ranges joined without what lies between.
        (
            |f, p| {
                f.last = slot(55);
                f.entries.remove(2);
                f.entries.push(p.fifty.clone());
            },
            missing(2, 40),
        ),
        // Order, and an entry twice.
        (|f, _| f.entries.swap(0, 1), order(1, 20)),
        (|f, _| f.entries.reverse(), order(1, 30)),
        (|f, _| f.entries[1] = f.entries[0].clone(), order(1, 20)),
        (|f, p| f.entries.insert(0, p.ten.clone()), order(0, 10)),
        // An entry that is none: a made-up slot with another's proof.
        (
            |f, _| {
                let mut entry = f.entries[0].clone();
                entry.slot = slot(25);
                f.entries.insert(1, entry);
            },
            RangeProofError::Unlinked {
                index: 1,
                slot: slot(25),
            },
        ),
        (
            |f, _| {
                let mut entry = f.entries[2].clone();
                entry.slot = slot(44);
                f.entries.push(entry);
            },
            RangeProofError::Unlinked {
                index: 3,
                slot: slot(44),
            },
        ),
        (
            |f, _| (f.first, f.last) = (f.last, f.first),
            RangeProofError::Bounds {
                first: slot(45),
                last: slot(11),
            },
        ),
    ]
}

#[test]
fn no_forged_range_is_accepted() {
    deterministic::Runner::default().start(|context| async move {
        let mut registry = Registry::open(&context, "registry").await;
        for n in [10, 20, 30, 40, 50, 60] {
            registry.put(slot(n), Some(slot(n + 2)));
        }
        let mut registry = registry.seal().await;
        let stale = registry.entry(slot(30), slot(32)).await;
        registry.put(slot(30), Some(slot(31)));
        let registry = registry.seal().await;
        let root = registry.root();
        let pieces = Pieces {
            ten: registry.entry(slot(10), slot(12)).await,
            fifty: registry.entry(slot(50), slot(52)).await,
            gap: registry.exclude(&word(slot(21))).await,
            stale,
        };
        let honest = registry.range(slot(11), slot(45), 100).await;
        assert_eq!(slots_of(&honest), [20, 30, 40]);
        assert_eq!(verify_registry_range(&root, &honest), Ok(()));
        for (at, (forge, expected)) in forgeries().into_iter().enumerate() {
            let mut fact = honest.clone();
            forge(&mut fact, &pieces);
            assert_eq!(
                verify_registry_range(&root, &fact),
                Err(expected),
                "forgery {at}"
            );
        }
        let refused = |change: &dyn Fn(&mut RangeFact)| {
            let mut fact = honest.clone();
            change(&mut fact);
            verify_registry_range(&root, &fact).unwrap_err()
        };
        // An entry's own proof: another value, an older value, none.
        for change in [
            &(|f: &mut RangeFact| f.entries[1].value = slot(32)) as &dyn Fn(&mut RangeFact),
            &|f| f.entries[1] = pieces.stale.clone(),
            &|f| f.entries[1].proof = Bytes::new(),
            &|f| f.entries[1].proof = f.entries[2].proof.clone(),
        ] {
            let error = refused(change);
            assert!(
                matches!(error, RangeProofError::Entry { index: 1, .. }),
                "{error}"
            );
        }
        let error = refused(&|f| f.before = Bytes::new());
        assert!(matches!(error, RangeProofError::Before(_)), "{error}");
        // Where an entry stands at the first slot, the place of the gap must be empty.
        let mut at_entry = registry.range(slot(20), slot(45), 100).await;
        assert_eq!(verify_registry_range(&root, &at_entry), Ok(()));
        at_entry.before = honest.before.clone();
        assert_eq!(
            verify_registry_range(&root, &at_entry),
            Err(RangeProofError::Superfluous)
        );
    });
}

/// Evidence of another registry, empty or not, proves nothing about this one.
#[test]
fn a_range_of_another_registry_is_refused() {
    with_registry(&[10, 20], |registry| async move {
        let root = registry.root();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for slots in [&[][..], &[10], &[10, 20, 30]] {
                let sender = sender.clone();
                with_registry(slots, |other| async move {
                    let fact = other.range(slot(0), slot(100), 100).await;
                    sender.send(fact).unwrap();
                });
            }
        })
        .join()
        .unwrap();
        let others: Vec<RangeFact> = receiver.try_iter().collect();
        assert_eq!(others.len(), 3);
        for fact in others {
            let error = verify_registry_range(&root, &fact).unwrap_err();
            let source = match error {
                RangeProofError::Before(source) | RangeProofError::Entry { source, .. } => source,
                other => panic!("{other}"),
            };
            assert!(matches!(source, StateProofError::Root { .. }), "{source}");
        }
    });
}

/// A range cut into facts of a few entries: each begins where the one before it ends.
async fn pieces(registry: &Registry, first: U256, last: U256, limit: usize) -> Vec<RangeFact> {
    let mut facts = vec![registry.range(first, last, limit).await];
    while facts.last().unwrap().last < last {
        let from = facts.last().unwrap().last + slot(1);
        facts.push(registry.range(from, last, limit).await);
    }
    facts
}

/// Compares a random range with a model, whole and in pieces, and with one entry left out.
async fn compare(
    registry: &Registry,
    model: &BTreeMap<u64, u64>,
    (first, last): (u64, u64),
) -> Result<(), TestCaseError> {
    let root: LedgerHash = registry.root();
    let expected: Vec<(U256, U256)> = model
        .range(first..=last)
        .map(|(n, value)| (slot(*n), slot(*value)))
        .collect();
    let fact = registry.range(slot(first), slot(last), 1000).await;
    prop_assert_eq!(verify_registry_range(&root, &fact), Ok(()));
    let entries = |fact: &RangeFact| -> Vec<(U256, U256)> {
        let entries = fact.entries.iter();
        entries.map(|entry| (entry.slot, entry.value)).collect()
    };
    prop_assert_eq!(&entries(&fact), &expected);
    let mut joined = Vec::new();
    for piece in pieces(registry, slot(first), slot(last), 3).await {
        prop_assert!(piece.entries.len() <= 3);
        prop_assert_eq!(verify_registry_range(&root, &piece), Ok(()));
        joined.extend(entries(&piece));
    }
    prop_assert_eq!(&joined, &expected);
    for at in 0..fact.entries.len() {
        let mut short = fact.clone();
        short.entries.remove(at);
        prop_assert!(verify_registry_range(&root, &short).is_err());
    }
    Ok(())
}

async fn random_registry(
    context: Context,
    batches: Vec<Vec<(u64, Option<u64>)>>,
    ranges: Vec<(u64, u64)>,
) -> Result<(), TestCaseError> {
    let mut registry = Registry::open(&context, "registry").await;
    let mut model = BTreeMap::new();
    for batch in batches {
        for (n, value) in batch {
            registry.put(slot(n), value.map(slot));
            match value {
                Some(value) => model.insert(n, value),
                None => model.remove(&n),
            };
        }
        registry = registry.seal().await;
    }
    for (a, b) in ranges {
        compare(&registry, &model, (a.min(b), a.max(b))).await?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_ranges_agree_with_a_map(
        batches in prop::collection::vec(
            prop::collection::vec((0u64..60, prop::option::weighted(0.7, 1u64..9)), 0..20), 0..6),
        ranges in prop::collection::vec((0u64..64, 0u64..64), 1..6),
    ) {
        deterministic::Runner::default()
            .start(|context| random_registry(context, batches, ranges))?;
    }
}
