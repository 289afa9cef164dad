//! The journal: restarts, torn ends, failing disks.

use super::*;
use std::{fs, path::Path};

const FILE: &str = "txpool.journal";

fn open(directory: &Path) -> Pool {
    Pool::open(config(), Some(directory)).unwrap()
}

fn filled(directory: &Path, world: &World) -> Vec<(Address, u64)> {
    let pool = open(directory);
    for nonce in [0, 1, 2, 5] {
        admit(&pool, world, &transfer(0, nonce)).unwrap();
    }
    admit(&pool, world, &transfer(1, 0)).unwrap();
    best(&pool)
}

#[test]
fn pending_transactions_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::default();
    let before = filled(directory.path(), &world);
    // The pool was dropped without any farewell, as by kill -9.
    let pool = open(directory.path());
    assert!(pool.is_empty());
    let restored = pool.restore(&world).unwrap();
    assert_eq!((restored.admitted, restored.dropped), (5, 0));
    assert_eq!(best(&pool), before);
    assert_eq!(pool.len(), 5);
    assert_eq!(pool.stats().journal_errors, 0);
}

#[test]
fn restoring_checks_everything_anew() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::default();
    filled(directory.path(), &world);
    world.set(address(0), 2, 0);
    let pool = open(directory.path());
    let size = pool.stats().journal_bytes;
    let restored = pool.restore(&world).unwrap();
    assert_eq!((restored.admitted, restored.dropped), (3, 2));
    assert_eq!(best(&pool), [(address(0), 2), (address(1), 0)]);
    assert!(
        pool.stats().journal_bytes < size,
        "the file holds only what is pending"
    );
    drop(pool);
    let again = open(directory.path());
    assert_eq!(again.restore(&world).unwrap().admitted, 3);
}

#[test]
fn every_torn_end_leaves_the_whole_frames_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::default();
    filled(directory.path(), &world);
    let path = directory.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    let mut counts = Vec::new();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let pool = open(directory.path());
        let restored = pool.restore(&world).unwrap();
        assert_eq!(restored.dropped, 0);
        counts.push(restored.admitted);
        // What is admitted after a torn end is found at the next start.
        admit(&pool, &world, &transfer(7, 0)).unwrap();
        drop(pool);
        let again = open(directory.path()).restore(&world).unwrap();
        assert_eq!(again.admitted, restored.admitted + 1, "cut at {length}");
    }
    assert!(counts.is_sorted());
    assert_eq!(
        (counts[0], counts[whole.len() - 1], counts[whole.len()]),
        (0, 4, 5)
    );
}

#[test]
fn a_flipped_byte_ends_the_reading_without_a_panic() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::default();
    filled(directory.path(), &world);
    let path = directory.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    for position in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        let restored = open(directory.path()).restore(&world).unwrap();
        assert!(restored.admitted < 5, "byte {position}");
    }
}

#[test]
fn the_file_does_not_grow_with_what_passed_through() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::default();
    let pool = open(directory.path());
    let mut passed = 0;
    for nonce in 0..60 {
        let mut large = transfer(0, nonce);
        (large.input, large.gas) = (vec![0; 200_000].into(), 3_000_000);
        let transaction = large.sign();
        passed += transaction.encoded().len();
        assert!(pool.admit(vec![transaction.clone()], &world)[0].is_ok());
        finalize(&pool, &world, &[transaction], nonce + 1);
    }
    assert!(passed > 11 << 20);
    let length = fs::metadata(directory.path().join(FILE)).unwrap().len();
    assert_eq!(length, pool.stats().journal_bytes);
    assert!(length <= 5 << 20, "{length}");
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("nowhere");
    let error = Pool::open(config(), Some(&missing)).unwrap_err();
    assert!(
        error.to_string().contains("nowhere/txpool.journal"),
        "{error}"
    );
}

#[test]
fn a_failing_disk_costs_the_journal_and_nothing_else() {
    // Writes to this device fail with "no space left".
    let full = Path::new("/dev/full");
    if !full.exists() {
        assert!(std::env::var_os("CI").is_none(), "no /dev/full here");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let pool = open(directory.path());
    pool.break_journal(fs::OpenOptions::new().write(true).open(full).unwrap());
    let world = World::default();
    admit(&pool, &world, &transfer(0, 0)).unwrap();
    admit(&pool, &world, &transfer(0, 1)).unwrap();
    assert_eq!((pool.len(), pool.stats().journal_errors), (2, 1));
}
