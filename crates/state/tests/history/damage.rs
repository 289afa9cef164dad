//! Changes bytes in the store's files: a read gives the right value or an error that names a file,
//! never another value.

use crate::{
    folder::{copy, files},
    ledger::{CONTRACTS, Dice, Made, SLOTS, account, contract, ledger, slot},
    model::{account_in, open, slot_in, small},
};
use qiantang_state::history::{Config, DIRECTORY, LogFilter, LogsError, Store, StoreError};
use qiantang_types::Height;
use std::{fs, path::Path};

const SEED: u64 = 21;
const BLOCKS: u64 = 60;
const FLIPS: u64 = 160;

/// A store with journals and tables, closed.
fn stored(made: &[Made]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (sorted, journaled) = made.split_at(made.len() - 5);
    let store = open(dir.path());
    for one in sorted {
        one.append(&store).unwrap();
    }
    drop(store);
    // The last blocks stay in the journal.
    let large = Config {
        table_buffer_bytes: 8 << 20,
        recent_bytes: 8 << 20,
        ..small()
    };
    let store = Store::open(&dir.path().join(DIRECTORY), large).unwrap();
    for one in journaled {
        one.append(&store).unwrap();
    }
    drop(store);
    // Opening cuts off the zeros after the journal's end.
    drop(open(dir.path()));
    dir
}

/// What the store told of damage; all it said besides must be true.
fn told(dir: &Path, made: &[Made]) -> Vec<String> {
    let store = match Store::open(&dir.join(DIRECTORY), small()) {
        Ok(store) => store,
        Err(error) => return vec![damage_in(&error, dir)],
    };
    let head = store.head().expect("the store was not empty").0;
    // Only what the process would have lost by ending within the last write may be missing.
    assert!(
        head.get() + 2 >= made.len() as u64,
        "the head went back to {head}"
    );
    let made = &made[..=head.get() as usize];
    let mut answers = block_answers(&store, made);
    answers.extend(state_answers(&store, made));
    answers.push(log_answer(&store, made));
    let mut told = Vec::new();
    for answer in answers {
        match answer {
            Ok(right) => assert!(right, "a wrong answer"),
            Err(error) => told.push(damage_in(&error, dir)),
        }
    }
    told
}

/// Whether an answer is the right one.
type Answer = Result<bool, StoreError>;

fn block_answers(store: &Store, made: &[Made]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for one in made {
        let height = one.block.header.height;
        let header = store.header(height);
        answers.push(header.map(|found| found.as_ref() == Some(&one.block.header)));
        let block = store.block(height);
        answers.push(block.map(|found| found.as_ref() == Some(&one.block)));
        let receipts = store.receipts(height);
        answers.push(receipts.map(|found| found.as_ref() == Some(&one.receipts)));
        let certificate = store.certificate(height);
        answers.push(certificate.map(|found| found == one.certificate));
        let of_hash = store.height_of(one.block.hash());
        answers.push(of_hash.map(|found| found == Some(height)));
        for (index, transaction) in (0..).zip(&one.block.transactions) {
            let location = store.transaction_location(transaction.hash());
            answers.push(location.map(|found| found == Some((height, index))));
        }
        for (hash, code) in &one.changes.code {
            let found = store.code(*hash);
            answers.push(found.map(|found| found.as_ref() == Some(code)));
        }
    }
    answers
}

fn state_answers(store: &Store, made: &[Made]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for count in [made.len(), made.len() / 2] {
        let past = &made[..count];
        let height = Height::new(count as u64 - 1);
        for address in (0..4).map(account) {
            let expected = account_in(past, address);
            let found = store.account_at(address, height);
            answers.push(found.map(|found| found == expected));
        }
        for address in (0..CONTRACTS).map(contract) {
            for slot in (0..SLOTS).map(slot) {
                let expected = slot_in(past, address, slot);
                let found = store.slot_at(address, slot, height);
                answers.push(found.map(|found| found == expected));
            }
        }
    }
    answers
}

fn log_answer(store: &Store, made: &[Made]) -> Answer {
    let filter = LogFilter {
        to: Height::new(made.len() as u64 - 1),
        addresses: vec![contract(1)],
        ..LogFilter::default()
    };
    let receipts = made.iter().flat_map(|one| &one.receipts);
    let logs = receipts.flat_map(|receipt| &receipt.logs);
    let expected = logs.filter(|log| log.address == contract(1));
    match store.logs(&filter, usize::MAX) {
        Ok(found) => Ok(found.iter().map(|entry| &entry.log).eq(expected)),
        Err(LogsError::Store(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

fn damage_in(error: &StoreError, dir: &Path) -> String {
    let said = error.to_string();
    assert!(
        matches!(
            error,
            StoreError::Corrupt { .. } | StoreError::Format { .. }
        ),
        "not told as damage: {said}"
    );
    assert!(
        said.contains(&dir.join(DIRECTORY).display().to_string()),
        "no path: {said}"
    );
    let command = format!("qiantang replay --dir {} --repair`", dir.display());
    assert!(said.contains(&command), "no way out: {said}");
    said
}

#[test]
fn a_changed_byte_is_told_or_harmless_but_never_a_wrong_answer() {
    let made = ledger(SEED, BLOCKS, 30);
    let whole = stored(&made);
    assert_eq!(told(whole.path(), &made), Vec::<String>::new());
    let files = files(whole.path());
    assert!(
        files
            .iter()
            .any(|path| path.parent().unwrap().ends_with("tables"))
    );
    let mut dice = Dice(SEED);
    let mut heard = 0;
    for _ in 0..FLIPS {
        let file = &files[dice.below(files.len() as u64) as usize];
        let mut bytes = fs::read(file).unwrap();
        if bytes.is_empty() {
            continue;
        }
        let at = dice.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << dice.below(8);
        let dir = tempfile::tempdir().unwrap();
        copy(whole.path(), dir.path());
        let changed = dir.path().join(file.strip_prefix(whole.path()).unwrap());
        fs::write(&changed, bytes).unwrap();
        eprintln!("byte {at} of {}", changed.display());
        heard += u64::from(!told(dir.path(), &made).is_empty());
    }
    assert!(
        heard > FLIPS / 2,
        "only {heard} of {FLIPS} changes were told"
    );
}

#[test]
fn a_damaged_table_is_named() {
    let made = ledger(SEED, BLOCKS, 30);
    let whole = stored(&made);
    let mut named = 0;
    for file in files(whole.path()) {
        if !file.parent().unwrap().ends_with("tables") {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        copy(whole.path(), dir.path());
        let changed = dir.path().join(file.strip_prefix(whole.path()).unwrap());
        let mut bytes = fs::read(&changed).unwrap();
        let end = bytes.len() / 2;
        bytes[50..end].fill(0xaa);
        fs::write(&changed, bytes).unwrap();
        let name = changed.display().to_string();
        for error in told(dir.path(), &made) {
            assert!(error.contains(&name), "{error} does not name {name}");
            named += 1;
        }
    }
    assert!(named > 0, "no damage was told");
}

#[test]
fn a_missing_or_cut_file_is_told() {
    let made = ledger(SEED, BLOCKS, 30);
    let whole = stored(&made);
    for file in files(whole.path()) {
        if file.ends_with("lock") {
            continue;
        }
        for cut in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            copy(whole.path(), dir.path());
            let changed = dir.path().join(file.strip_prefix(whole.path()).unwrap());
            let length = fs::metadata(&changed).unwrap().len();
            if cut {
                let opened = fs::OpenOptions::new().write(true).open(&changed).unwrap();
                opened.set_len(length / 2).unwrap();
            } else {
                fs::remove_file(&changed).unwrap();
            }
            if file.extension().is_some_and(|extension| extension == "jnl") {
                continue;
            }
            assert!(
                !told(dir.path(), &made).is_empty(),
                "{} cut: {cut}",
                changed.display()
            );
        }
    }
}

#[test]
fn a_store_whose_making_was_cut_off_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let path = dir.path().join(DIRECTORY).join("blocks");
    fs::remove_dir_all(path.join("keyspaces")).unwrap();
    for version in [None, Some(&b""[..]), Some(&b"FJ"[..])] {
        match version {
            None => fs::remove_file(path.join("version")).unwrap(),
            Some(bytes) => fs::write(path.join("version"), bytes).unwrap(),
        }
        let store = open(dir.path());
        assert_eq!(store.head(), None);
        drop(store);
        fs::remove_dir_all(path.join("keyspaces")).unwrap();
    }
}

#[test]
fn blocks_are_read_without_their_indexes() {
    let made = ledger(SEED, BLOCKS, 30);
    let dir = stored(&made);
    let path = dir.path().join(DIRECTORY);
    fs::remove_dir_all(path.join("index")).unwrap();
    let refused = Store::open(&path, small()).unwrap_err();
    damage_in(&refused, dir.path());
    let store = Store::open_blocks(&path, small()).unwrap();
    let blocks: Vec<_> = store
        .blocks_from(Height::GENESIS)
        .map(Result::unwrap)
        .collect();
    assert!(
        blocks
            .iter()
            .zip(&made)
            .all(|(block, one)| *block == one.block)
    );
    assert_eq!(blocks.len(), made.len());
    let last = &made.last().unwrap().block;
    assert_eq!(store.head().unwrap(), (last.header.height, last.hash()));
    let answers = [
        made[0].append(&store).err(),
        store.latest_account(account(0)).err(),
        store.height_of(last.hash()).err(),
    ];
    // Appending the same block again changes nothing, so it is no error.
    assert!(answers[0].is_none());
    for answer in &answers[1..] {
        assert!(
            matches!(answer, Some(StoreError::BlocksOnly { .. })),
            "{answer:?}"
        );
    }
}

#[test]
fn blocks_before_a_damaged_journal_are_read() {
    let made = ledger(SEED, BLOCKS, 30);
    let dir = stored(&made);
    let path = dir.path().join(DIRECTORY);
    let journal = files(&path.join("blocks"))
        .into_iter()
        .rfind(|path| path.extension().is_some_and(|extension| extension == "jnl"))
        .unwrap();
    let whole = fs::read(&journal).unwrap();
    // The third block from the end: its batch does not begin as one any more.
    let needle = made[made.len() - 3].block.header.to_bytes();
    let at = whole
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap();
    let mut bytes = whole;
    bytes[at + 20] ^= 1;
    fs::write(&journal, &bytes).unwrap();
    let refused = Store::open(&path, small()).unwrap_err();
    let said = damage_in(&refused, dir.path());
    assert!(said.contains(&journal.display().to_string()), "{said}");
    assert_eq!(
        fs::read(&journal).unwrap(),
        bytes,
        "refusing must not change it"
    );
    let store = Store::open_blocks(&path, small()).unwrap();
    let head = store.head().unwrap().0;
    assert_eq!(head.get() + 1, made.len() as u64 - 3);
    let blocks = store.blocks_from(Height::GENESIS).map(Result::unwrap);
    assert!(blocks.zip(&made).all(|(block, one)| block == one.block));
    let copy = journal.with_extension("jnl.damaged");
    assert_eq!(fs::read(copy).unwrap(), bytes);
}
