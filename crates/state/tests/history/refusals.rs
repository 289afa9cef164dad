//! What the store refuses, and what it says.

use crate::{
    ledger::{Made, ledger},
    model::{check_blocks, open, small},
};
use alloy_primitives::{Address, B256, U256};
use qiantang_state::history::{
    Appended, Config, DIRECTORY, LOG_ALTERNATIVES_MAX, LogFilter, LogsError, Store, StoreError,
};
use qiantang_types::{Height, StateKey};
use std::{fs, os::unix::fs::PermissionsExt as _, os::unix::process::CommandExt as _};

fn filled(made: &[Made]) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for one in made {
        one.append(&store).unwrap();
    }
    (dir, store)
}

#[test]
fn the_same_block_again_changes_nothing() {
    let made = ledger(2, 8, 20);
    let (_dir, store) = filled(&made);
    for one in made.iter().rev() {
        assert_eq!(one.append(&store).unwrap(), Appended::AlreadyThere);
    }
    check_blocks(&store, &made);
    assert_eq!(store.head().unwrap().0, Height::new(7));
}

#[test]
fn a_gap_is_refused() {
    let made = ledger(2, 8, 5);
    let (_dir, store) = filled(&made[..5]);
    let refused = made[6].append(&store).unwrap_err();
    assert!(
        matches!(refused, StoreError::Gap { expected, offered }
            if expected == Height::new(5) && offered == Height::new(6)),
        "{refused}"
    );
    made[5].append(&store).unwrap();
    made[6].append(&store).unwrap();

    let dir = tempfile::tempdir().unwrap();
    let refused = made[1].append(&open(dir.path())).unwrap_err();
    assert!(matches!(refused, StoreError::Gap { .. }), "{refused}");
}

#[test]
fn a_fork_is_refused() {
    let made = ledger(2, 8, 5);
    let (_dir, store) = filled(&made);
    let mut other = made[4].clone();
    other.block.header.gas_limit += 1;
    let refused = other.append(&store).unwrap_err();
    assert!(
        matches!(&refused, StoreError::Forked { height, offered, .. }
            if *height == Height::new(4) && *offered == other.block.hash()),
        "{refused}"
    );
    assert!(
        refused
            .to_string()
            .contains("the ledger forked at height 4")
    );

    let stranger = ledger(2, 9, 5).pop().unwrap();
    let mut orphan = stranger.clone();
    orphan.block.header.parent = B256::repeat_byte(1);
    let refused = orphan.append(&store).unwrap_err();
    assert!(
        matches!(refused, StoreError::Forked { height, .. } if height == Height::new(7)),
        "{refused}"
    );
    stranger.append(&store).unwrap();
}

#[test]
fn receipts_must_fit_the_transactions() {
    let mut made = ledger(2, 40, 5);
    let at = made
        .iter()
        .position(|one| !one.receipts.is_empty())
        .unwrap();
    let (_dir, store) = filled(&made[..at]);
    let receipt = made[at].receipts.pop().unwrap();
    let refused = made[at].append(&store).unwrap_err();
    assert!(matches!(refused, StoreError::Unfit { .. }), "{refused}");
    made[at].receipts.push(receipt);
    made[at].append(&store).unwrap();
}

#[test]
fn the_future_has_no_state() {
    let made = ledger(2, 4, 5);
    let (_dir, store) = filled(&made);
    let future = Height::new(4);
    for refused in [
        store.account_at(Address::ZERO, future).unwrap_err(),
        store
            .slot_at(Address::ZERO, U256::ZERO, future)
            .unwrap_err(),
        store.reader_at(future).unwrap_err(),
    ] {
        assert_eq!(
            refused.to_string(),
            "there is no state at height 4: the history ends at block 3"
        );
    }
    assert!(store.block(future).unwrap().is_none());
    assert!(store.receipts(future).unwrap().is_none());
    assert!(store.certificate(future).unwrap().is_none());
    let unknown = StateKey::Code(B256::repeat_byte(3));
    let refused = store
        .reader_at(Height::new(1))
        .unwrap()
        .read(&unknown)
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::UnknownCode { .. }),
        "{refused}"
    );
}

#[test]
fn an_empty_store_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert_eq!(store.head(), None);
    assert_eq!(store.latest_account(Address::ZERO).unwrap(), None);
    assert_eq!(store.logs(&LogFilter::default(), 1).unwrap(), vec![]);
    assert_eq!(store.blocks_from(Height::GENESIS).count(), 0);
    let refused = store
        .account_at(Address::ZERO, Height::GENESIS)
        .unwrap_err();
    assert!(
        refused.to_string().ends_with("the history is empty"),
        "{refused}"
    );
}

#[test]
fn filters_are_bounded() {
    let made = ledger(2, 4, 5);
    let (_dir, store) = filled(&made);
    let mut filter = LogFilter {
        to: Height::new(3),
        ..LogFilter::default()
    };
    filter.topics[2] = vec![B256::ZERO; LOG_ALTERNATIVES_MAX + 1];
    let refused = store.logs(&filter, 1).unwrap_err();
    assert!(
        matches!(refused, LogsError::TooManyAlternatives { .. }),
        "{refused}"
    );
    let reversed = LogFilter {
        from: Height::new(2),
        to: Height::new(1),
        ..LogFilter::default()
    };
    let refused = store.logs(&reversed, 1).unwrap_err();
    assert!(matches!(refused, LogsError::Reversed { .. }), "{refused}");
}

#[test]
fn a_second_opening_is_refused_while_the_first_lives() {
    let made = ledger(2, 4, 5);
    let (dir, store) = filled(&made);
    let refused = Store::open(&dir.path().join(DIRECTORY), small()).unwrap_err();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    let path = dir.path().join(DIRECTORY);
    assert!(
        refused.to_string().contains(&path.display().to_string()),
        "{refused}"
    );
    drop(store);
    open(dir.path());
}

#[test]
fn a_disk_without_its_reserve_is_left_alone() {
    let made = ledger(2, 4, 5);
    let (dir, store) = filled(&made[..2]);
    drop(store);
    let config = Config {
        free_bytes_min: u64::MAX,
        ..small()
    };
    let store = Store::open(&dir.path().join(DIRECTORY), config).unwrap();
    let refused = made[2].append(&store).unwrap_err();
    assert!(matches!(refused, StoreError::DiskFull { .. }), "{refused}");
    assert_eq!(store.head().unwrap().0, Height::new(1));
    check_blocks(&store, &made[..2]);
    drop(store);
    made[2].append(&open(dir.path())).unwrap();
}

#[test]
fn a_file_in_the_place_of_the_directory_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DIRECTORY);
    fs::write(&path, b"not a directory").unwrap();
    let refused = Store::open(&dir.path().join(DIRECTORY), small()).unwrap_err();
    assert!(
        refused.to_string().contains(&path.display().to_string()),
        "{refused}"
    );
}

/// Runs itself as a user who may not write, because the superuser may always.
#[test]
fn a_directory_that_cannot_be_written_is_named_with_the_way_out() {
    let made = ledger(2, 4, 5);
    let (dir, store) = filled(&made);
    drop(store);
    let path = dir.path().join(DIRECTORY);
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).unwrap();
    let probe = path.join("probe");
    let privileged = fs::write(&probe, b"").is_ok();
    let said = if privileged {
        fs::remove_file(&probe).unwrap();
        // The test binary may lie where others cannot go, so a copy runs.
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let binary = place.path().join("test");
        fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
        let output = std::process::Command::new(&binary)
            .args([
                "--exact",
                "refusals::opens_what_it_is_told",
                "--ignored",
                "--nocapture",
            ])
            .env("QIANTANG_TEST_OPEN", &path)
            .uid(65_534)
            .gid(65_534)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    } else {
        Store::open(&dir.path().join(DIRECTORY), small())
            .unwrap_err()
            .to_string()
    };
    assert!(said.contains(&path.display().to_string()), "{said}");
    assert!(said.contains("write access"), "{said}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    check_blocks(&open(dir.path()), &made);
}

#[test]
#[ignore = "the other half of the test above"]
fn opens_what_it_is_told() {
    let dir = std::env::var_os("QIANTANG_TEST_OPEN").expect("run by the test above");
    let refused = Store::open(dir.as_ref(), small()).unwrap_err();
    println!("{refused}");
}
