//! Ends a process that appends, at any moment, and reads what it left.

use crate::{
    ledger::{Dice, ledger},
    model::{check_blocks, check_state, small},
};
use qiantang_state::history::{Config, Store};
use qiantang_types::Height;
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

const SEED: u64 = 11;
const BLOCKS: u64 = 400;
const TRANSACTIONS_MAX: u64 = 40;
const KILLS: u64 = 25;

fn config() -> Config {
    Config {
        durable: true,
        ..small()
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let made = ledger(SEED, BLOCKS, TRANSACTIONS_MAX);
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(SEED);
    let mut acknowledged = 0;
    for kill in 0..KILLS {
        let mut child = start(dir.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Some kills hit the opening, the others an append.
        let patience = if kill == 0 {
            0
        } else {
            dice.below(BLOCKS / KILLS * 2)
        };
        for line in lines.by_ref().take(patience as usize) {
            acknowledged = acknowledged.max(number(&line.unwrap()));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            acknowledged = acknowledged.max(number(&line.unwrap()));
        }
        let store = Store::open(dir.path(), config()).unwrap();
        let stored = store.head().map_or(0, |(height, _)| height.get() + 1);
        assert!(
            stored >= acknowledged,
            "{stored} blocks after {acknowledged} were acknowledged"
        );
        check_blocks(&store, &made[..stored as usize]);
        if kill % 8 == 7 {
            check_state(&store, &made[..stored as usize]);
        }
        if stored == BLOCKS {
            drop(store);
            std::fs::remove_dir_all(dir.path()).unwrap();
            std::fs::create_dir(dir.path()).unwrap();
            acknowledged = 0;
        }
    }
}

/// The count of blocks that a line acknowledges; the runner's own lines acknowledge none.
fn number(line: &str) -> u64 {
    line.strip_prefix("stored ")
        .map_or(0, |count| count.parse().unwrap_or_default())
}

fn start(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::appends_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env("QIANTANG_TEST_APPEND", dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the other half of the test above"]
fn appends_until_it_is_killed() {
    let dir = std::env::var_os("QIANTANG_TEST_APPEND").expect("run by the test above");
    let store = Store::open(dir.as_ref(), config()).unwrap();
    let next = store
        .head()
        .map_or(Height::GENESIS, |(height, _)| height.next().unwrap());
    for one in ledger(SEED, BLOCKS, TRANSACTIONS_MAX)
        .iter()
        .skip(next.get() as usize)
    {
        one.append(&store).unwrap();
        println!("stored {}", one.block.header.height.get() + 1);
    }
}
