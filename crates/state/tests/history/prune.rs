//! Forgetting the oldest blocks: what is kept stays as it was, the rest is refused and its bytes
//! are given back.

use crate::{
    folder::files,
    ledger::{Made, ledger},
    model::{check_block, check_state_from, open},
};
use alloy_primitives::Address;
use proptest::prelude::*;
use qiantang_state::history::{LogFilter, Store, StoreError};
use qiantang_types::Height;
use std::path::Path;

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>, first: u64) {
    match result {
        Err(StoreError::Pruned { first: told, .. }) => assert_eq!(told.get(), first),
        other => panic!("{other:?}"),
    }
}

fn check(store: &Store, made: &[Made], first: u64) {
    for one in &made[first as usize..] {
        check_block(store, one);
    }
    check_block(store, &made[0]);
    check_state_from(store, made, first as usize);
    for height in [1, first - 1].map(Height::new) {
        refused(store.header(height), first);
        refused(store.block(height), first);
        refused(store.receipts(height), first);
        refused(store.account_at(Address::ZERO, height), first);
        assert!(store.reader_at(height).is_err());
    }
    let everything = LogFilter {
        to: Height::new(u64::MAX),
        ..LogFilter::default()
    };
    assert!(store.logs(&everything, 10).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_stays_as_it_was(
        seed: u64,
        blocks in 4..90_u64,
        cut in 2..80_u64,
        again: bool,
    ) {
        let made = ledger(seed, blocks, 4);
        let first = cut.min(made.len() as u64 - 1);
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        for one in &made {
            one.append(&store).unwrap();
        }
        store.prune(Height::new(first)).unwrap();
        check(&store, &made, first);
        if again {
            drop(store);
            store = open(dir.path());
            check(&store, &made, first);
        }
        // Less is never known again.
        store.prune(Height::new(1)).unwrap();
        check(&store, &made, first);
        assert!(store.prune(Height::new(made.len() as u64)).is_err());
    }
}

#[test]
fn its_bytes_are_given_back() {
    let made = ledger(7, 3_000, 30);
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for one in &made {
        one.append(&store).unwrap();
    }
    drop(store);
    let store = open(dir.path());
    let before = bytes(dir.path());
    let first = made.len() as u64 - 300;
    store.prune(Height::new(first)).unwrap();
    check(&store, &made, first);
    drop(store);
    drop(open(dir.path()));
    let after = bytes(dir.path());
    assert!(after * 6 < before, "{after} of {before} bytes are left");
}

/// Bytes of all files but the journals, which the storage engine cuts when they are large.
fn bytes(dir: &Path) -> u64 {
    let files = files(dir).into_iter();
    let kept = files.filter(|file| file.extension().is_none_or(|extension| extension != "jnl"));
    kept.map(|file| std::fs::metadata(file).unwrap().len())
        .sum()
}
