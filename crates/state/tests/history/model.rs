//! Whatever was appended is what is read, at every height.

use crate::{
    boundaries,
    ledger::{
        ACCOUNTS, CONTRACTS, Dice, Made, SLOTS, TOPIC_KINDS, account, contract, ledger, slot, topic,
    },
};
use alloy_primitives::{Address, B256, U256};
use proptest::prelude::*;
use qiantang_state::history::{Appended, Config, DIRECTORY, LogEntry, LogFilter, LogsError, Store};
use qiantang_types::{Account, Height, StateKey, StateValue};

/// A configuration whose small buffers make a small test write, flush and compact files.
pub(crate) fn small() -> Config {
    Config {
        durable: false,
        table_buffer_bytes: 16 << 10,
        recent_bytes: 64 << 10,
        free_bytes_min: 0,
        ..Config::default()
    }
}

pub(crate) fn open(dir: &std::path::Path) -> Store {
    Store::open(&dir.join(DIRECTORY), small()).unwrap()
}

/// Everything about a prefix of a ledger that a store can answer.
pub(crate) fn check_blocks(store: &Store, made: &[Made]) {
    let up_to = Height::new(u64::MAX);
    assert_eq!(
        boundaries::found(store, up_to),
        boundaries::expected(made, up_to)
    );
    for one in made {
        check_block(store, one);
    }
}

pub(crate) fn check_block(store: &Store, one: &Made) {
    let height = one.block.header.height;
    let hash = one.block.hash();
    assert_eq!(
        store.header(height).unwrap().as_ref(),
        Some(&one.block.header)
    );
    assert_eq!(store.raw_block(height).unwrap(), Some(one.block.to_bytes()));
    assert_eq!(store.block(height).unwrap().as_ref(), Some(&one.block));
    assert_eq!(
        store.receipts(height).unwrap().as_ref(),
        Some(&one.receipts)
    );
    assert_eq!(store.height_of(hash).unwrap(), Some(height));
    assert_eq!(store.certificate(height).unwrap(), one.certificate);
    let mut first_log = 0;
    for (index, (transaction, receipt)) in
        (0_u32..).zip(one.block.transactions.iter().zip(&one.receipts))
    {
        let location = store.transaction_location(transaction.hash()).unwrap();
        assert_eq!(location, Some((height, index)));
        let found = store.transaction(height, index).unwrap().unwrap();
        assert_eq!(found.encoded(), transaction.encoded());
        let found = store.receipt(height, index).unwrap().unwrap();
        assert_eq!((&found.receipt, found.first_log), (receipt, first_log));
        first_log += receipt.logs.len() as u32;
    }
    let count = one.block.transactions.len() as u32;
    assert!(store.transaction(height, count).unwrap().is_none());
    assert!(store.receipt(height, count).unwrap().is_none());
    for (hash, code) in &one.changes.code {
        assert_eq!(store.code(*hash).unwrap().as_ref(), Some(code));
    }
}

pub(crate) fn check_state(store: &Store, made: &[Made]) {
    check_state_from(store, made, 0);
}

pub(crate) fn check_state_from(store: &Store, made: &[Made], first: usize) {
    for height in first..made.len() {
        let past = &made[..=height];
        let height = Height::new(height as u64);
        let reader = store.reader_at(height).unwrap();
        for address in (0..ACCOUNTS).map(account) {
            let expected = account_in(past, address);
            let read = reader.read(&StateKey::Account(address)).unwrap();
            assert_eq!(read, StateValue::Account(expected), "{address} at {height}");
        }
        for address in (0..CONTRACTS).map(contract) {
            for slot in (0..SLOTS).map(slot) {
                let expected = slot_in(past, address, slot);
                let read = reader.read(&StateKey::Slot(address, slot)).unwrap();
                assert_eq!(
                    read,
                    StateValue::Slot(expected),
                    "{address} {slot} at {height}"
                );
            }
        }
    }
}

pub(crate) fn account_in(past: &[Made], address: Address) -> Option<Account> {
    let mut changes = past
        .iter()
        .rev()
        .filter_map(|one| one.changes.accounts.get(&address));
    changes.next().copied().flatten()
}

pub(crate) fn slot_in(past: &[Made], address: Address, slot: U256) -> U256 {
    let mut changes = past
        .iter()
        .rev()
        .filter_map(|one| one.changes.slots.get(&(address, slot)));
    changes.next().copied().unwrap_or_default()
}

fn logs_in(made: &[Made], filter: &LogFilter) -> Vec<LogEntry> {
    let mut found = Vec::new();
    for one in made {
        let height = one.block.header.height;
        let mut log_index = 0;
        for (index, receipt) in one.receipts.iter().enumerate() {
            for log in &receipt.logs {
                let topics = log.topics();
                let fits = filter.from <= height
                    && height <= filter.to
                    && (filter.addresses.is_empty() || filter.addresses.contains(&log.address))
                    && filter.topics.iter().enumerate().all(|(at, any)| {
                        any.is_empty() || topics.get(at).is_some_and(|topic| any.contains(topic))
                    });
                if fits {
                    found.push(LogEntry {
                        height,
                        block_hash: one.block.hash(),
                        transaction_index: index as u32,
                        transaction_hash: one.block.transactions[index].hash(),
                        log_index,
                        log: log.clone(),
                    });
                }
                log_index += 1;
            }
        }
    }
    found
}

fn some_filter(dice: &mut Dice, blocks: u64) -> LogFilter {
    let from = dice.below(blocks);
    let to = from + dice.below(blocks + 3);
    let mut filter = LogFilter {
        from: Height::new(from),
        to: Height::new(to),
        ..LogFilter::default()
    };
    for _ in 0..dice.below(3) {
        filter.addresses.push(contract(dice.below(CONTRACTS + 1)));
    }
    for topics in &mut filter.topics {
        if dice.below(3) == 0 {
            for _ in 0..=dice.below(2) {
                topics.push(topic(dice.below(TOPIC_KINDS + 1)));
            }
        }
    }
    filter
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_store_answers_as_the_model_does(seed: u64, blocks in 1..40_u64, reopen: bool) {
        let made = ledger(seed, blocks, 90);
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        for one in &made {
            prop_assert_eq!(one.append(&store).unwrap(), Appended::Stored);
        }
        if reopen {
            drop(store);
            store = open(dir.path());
        }
        let last = &made.last().unwrap().block;
        prop_assert_eq!(store.head(), Some((last.header.height, last.hash())));
        check_blocks(&store, &made);
        check_state(&store, &made);
        let mut dice = Dice(seed);
        for _ in 0..60 {
            let filter = some_filter(&mut dice, blocks);
            let expected = logs_in(&made, &filter);
            let found = store.logs(&filter, usize::MAX).unwrap();
            prop_assert_eq!(&found, &expected, "{:?}", filter);
            if let Some(limit) = expected.len().checked_sub(1) {
                let refused = store.logs(&filter, limit).unwrap_err();
                let LogsError::TooManyResults { complete_to, .. } = refused else {
                    panic!("{refused}");
                };
                if let Some(to) = complete_to {
                    let narrower = LogFilter { to, ..filter };
                    prop_assert!(to >= narrower.from);
                    prop_assert!(store.logs(&narrower, limit).is_ok());
                }
            }
        }
        let replayed: Vec<_> = store.blocks_from(Height::GENESIS).map(Result::unwrap).collect();
        let expected: Vec<_> = made.iter().map(|one| one.block.clone()).collect();
        prop_assert_eq!(replayed, expected);
    }
}

#[test]
fn readers_see_whole_blocks_while_others_are_appended() {
    let made = ledger(8, 500, 30);
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    made[0].append(&store).unwrap();
    let last = Height::new(made.len() as u64 - 1);
    let read = |seed: u64| {
        let mut dice = Dice(seed);
        let mut rounds = 0;
        loop {
            let (head, hash) = store.head().unwrap();
            let at = dice.below(head.get() + 1) as usize;
            let (past, one) = (&made[..=at], &made[at]);
            let height = one.block.header.height;
            assert_eq!(made[head.get() as usize].block.hash(), hash);
            assert_eq!(store.height_of(one.block.hash()).unwrap(), Some(height));
            assert_eq!(
                store.receipts(height).unwrap().as_ref(),
                Some(&one.receipts)
            );
            for (index, transaction) in (0..).zip(&one.block.transactions) {
                let location = store.transaction_location(transaction.hash()).unwrap();
                assert_eq!(location, Some((height, index)));
            }
            let address = account(dice.below(ACCOUNTS));
            let found = store.account_at(address, height).unwrap();
            assert_eq!(found, account_in(past, address));
            let (address, slot) = (contract(dice.below(CONTRACTS)), slot(dice.below(SLOTS)));
            let found = store.slot_at(address, slot, height).unwrap();
            assert_eq!(found, slot_in(past, address, slot));
            let filter = some_filter(&mut dice, head.get() + 1);
            let filter = LogFilter {
                to: filter.to.min(head),
                ..filter
            };
            assert_eq!(
                store.logs(&filter, usize::MAX).unwrap(),
                logs_in(&made, &filter)
            );
            rounds += 1;
            if head == last {
                return rounds;
            }
        }
    };
    std::thread::scope(|scope| {
        let readers = [3, 4].map(|seed| scope.spawn(move || read(seed)));
        for one in &made[1..] {
            one.append(&store).unwrap();
        }
        for reader in readers {
            assert!(reader.join().unwrap() > 1);
        }
    });
}

#[test]
fn certificates_arrive_later_and_are_found_by_distance() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut made = ledger(1, 12, 3);
    for one in &mut made {
        one.certificate = None;
        one.append(&store).unwrap();
    }
    let (five, nine) = (Height::new(5), Height::new(9));
    assert_eq!(store.next_certified(Height::GENESIS, 100).unwrap(), None);
    store
        .put_certificate(nine, &b"nine"[..].to_vec().into())
        .unwrap();
    made[5].certificate = Some(b"five"[..].to_vec().into());
    assert_eq!(made[5].append(&store).unwrap(), Appended::AlreadyThere);
    assert_eq!(store.certificate(five).unwrap().unwrap().as_ref(), b"five");
    assert_eq!(store.next_certified(five, 0).unwrap(), Some(five));
    assert_eq!(store.next_certified(Height::new(6), 2).unwrap(), None);
    assert_eq!(store.next_certified(Height::new(6), 3).unwrap(), Some(nine));
    assert_eq!(
        store.next_certified(Height::new(10), u64::MAX).unwrap(),
        None
    );
    assert_eq!(
        store.next_certified(Height::new(99), u64::MAX).unwrap(),
        None
    );
    assert!(
        store
            .put_certificate(Height::new(12), &b"x"[..].to_vec().into())
            .is_err()
    );
}

#[test]
fn a_large_genesis_is_complete_when_it_becomes_visible() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut genesis = ledger(3, 1, 0).remove(0);
    let count = 150_000_u32;
    let address = |index: u32| Address::left_padding_from(&index.to_be_bytes());
    for index in 0..count {
        let funded = Account {
            balance: U256::from(index),
            ..Account::default()
        };
        genesis
            .changes
            .accounts
            .insert(address(index), Some(funded));
    }
    genesis.append(&store).unwrap();
    for index in [0, 1, 65_535, 65_536, 65_537, 131_072, count - 1] {
        let found = store.latest_account(address(index)).unwrap().unwrap();
        assert_eq!(found.balance, U256::from(index));
    }
    assert_eq!(store.latest_account(address(count)).unwrap(), None);
    assert_eq!(
        store.latest_slot(address(1), U256::ZERO).unwrap(),
        U256::ZERO
    );
}

#[test]
fn a_query_over_many_blocks_reads_only_what_matches() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut parent = B256::ZERO;
    let mut made = Vec::new();
    for height in 0..6_000 {
        let mut one = crate::ledger::block(5, Height::new(height), parent, 1);
        for log in one
            .receipts
            .iter_mut()
            .flat_map(|receipt| &mut receipt.logs)
        {
            log.address = contract(0);
            let mut topics = log.topics().to_vec();
            topics.truncate(1);
            // One recipient is rare.
            topics.resize(1, topic(0));
            topics.push(if height % 1_999 == 7 {
                topic(99)
            } else {
                topic(98)
            });
            log.data.set_topics_unchecked(topics);
        }
        parent = one.block.hash();
        one.append(&store).unwrap();
        made.push(one);
    }
    let mut filter = LogFilter {
        to: Height::new(u64::MAX),
        addresses: vec![contract(0)],
        ..LogFilter::default()
    };
    filter.topics[1] = vec![topic(99)];
    assert_eq!(
        store.logs(&filter, 10_000).unwrap(),
        logs_in(&made, &filter)
    );
    filter.topics[1] = vec![topic(97)];
    assert_eq!(store.logs(&filter, 10_000).unwrap(), vec![]);
    filter.topics[1] = vec![topic(98)];
    assert_eq!(
        store.logs(&filter, 10_000).unwrap(),
        logs_in(&made, &filter)
    );
}
