//! Measures the history store: CPU and bytes for writing blocks of ERC-20 transfers, and the time
//! of reads.
//!
//! `cargo run --release -p qiantang-state --example history_write -- [--accounts N] [--blocks N]
//! [--per-block N] [--senders N] [--not-durable] [--no-reads] [--dir DIR]`; with the directory of a
//! store that it made before, it opens that and only reads.

use alloy_consensus::{SignableTransaction as _, TxLegacy};
use alloy_primitives::{Address, B256, Log, LogData, Signature, TxKind, U256, keccak256};
use anyhow::{Context as _, bail};
use qiantang_state::history::{Config, FinalizedBlock, LogFilter, Store};
use qiantang_types::{
    Account, Block, Header, Height, Receipt, StateChanges, TimestampMs, Transaction, leaf_hash,
    merkle_root,
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

const TOKEN: Address = Address::repeat_byte(0xee);
const READS: u64 = 20_000;

struct Options {
    accounts: u64,
    blocks: u64,
    per_block: u64,
    senders: u64,
    durable: bool,
    reads: bool,
    dir: Option<PathBuf>,
}

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn main() -> anyhow::Result<()> {
    let options = options()?;
    let scratch = tempfile::tempdir()?;
    let dir = options
        .dir
        .clone()
        .unwrap_or_else(|| scratch.path().to_owned());
    let config = Config {
        durable: options.durable,
        ..Config::default()
    };
    println!(
        "{} accounts, {} blocks of {} transfers by {} senders, durable: {}",
        options.accounts, options.blocks, options.per_block, options.senders, options.durable
    );
    if dir
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        return reopened(&dir, config, &options);
    }
    let store = Store::open(&dir, config.clone())?;
    let begin = (Instant::now(), cpu_seconds()?);
    let genesis = genesis(options.accounts);
    let made = (Instant::now(), cpu_seconds()?);
    append(&store, &genesis.0, &[], &genesis.1)?;
    println!(
        "genesis: made in {:.2} s, written in {:.2} s, {:.2} s of CPU, {} kB resident",
        (made.0 - begin.0).as_secs_f64(),
        made.0.elapsed().as_secs_f64(),
        cpu_seconds()? - made.1,
        resident_kb()?
    );
    drop(genesis.1);
    let before = store.bytes_on_disk()?;
    write(&store, &options, genesis.0.hash())?;
    let count = options.blocks * options.per_block;
    println!(
        "{:.0} bytes on disk per transfer before all is sorted, {:?}",
        (store.bytes_on_disk()? as f64 - before as f64) / count as f64,
        store.stats()
    );
    reads(&store, &options)?;
    drop(store);
    reopened(&dir, config, &options)
}

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn reopened(dir: &Path, config: Config, options: &Options) -> anyhow::Result<()> {
    let opening = Instant::now();
    let store = Store::open(dir, config)?;
    println!(
        "opened again in {:.0} ms, {} kB resident",
        opening.elapsed().as_secs_f64() * 1e3,
        resident_kb()?
    );
    reads(&store, options)?;
    println!(
        "{} kB resident after reading, {:?}",
        resident_kb()?,
        store.stats()
    );
    Ok(())
}

fn options() -> anyhow::Result<Options> {
    let mut options = Options {
        accounts: 10_000,
        blocks: 200,
        per_block: 1_000,
        senders: 10_000,
        durable: true,
        reads: true,
        dir: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .with_context(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--accounts" => options.accounts = value()?.parse()?,
            "--blocks" => options.blocks = value()?.parse()?,
            "--per-block" => options.per_block = value()?.parse()?,
            "--senders" => options.senders = value()?.parse()?,
            "--dir" => options.dir = Some(value()?.into()),
            "--not-durable" => options.durable = false,
            "--no-reads" => options.reads = false,
            other => bail!("unknown argument {other}"),
        }
    }
    Ok(options)
}

fn account(index: u64) -> Address {
    Address::from_slice(&keccak256(index.to_be_bytes())[12..])
}

fn slot(index: u64) -> U256 {
    keccak256([account(index).into_word(), B256::ZERO].concat()).into()
}

fn genesis(accounts: u64) -> (Block, StateChanges) {
    let mut changes = StateChanges::default();
    for index in 0..accounts {
        let funded = Account {
            balance: U256::from(10).pow(U256::from(22)),
            ..Account::default()
        };
        changes.accounts.insert(account(index), Some(funded));
        changes
            .slots
            .insert((TOKEN, slot(index)), U256::from(10).pow(U256::from(24)));
    }
    let block = Block {
        header: Header {
            transactions_root: merkle_root(&[]),
            receipts_root: merkle_root(&[]),
            time: TimestampMs::new(1),
            ..Header::default()
        },
        transactions: Vec::new(),
    };
    (block, changes)
}

fn append(
    store: &Store,
    block: &Block,
    receipts: &[Receipt],
    changes: &StateChanges,
) -> anyhow::Result<()> {
    store.append(&FinalizedBlock {
        block,
        receipts,
        changes,
        certificate: Some(vec![0xce; 241].into()),
    })?;
    Ok(())
}

/// Makes the blocks one by one and counts only the CPU (of all threads) and the time of appending
/// them, and of the engine's work in the background after that.
#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn write(store: &Store, options: &Options, mut parent: B256) -> anyhow::Result<()> {
    let (mut making, mut wall) = (0.0, Vec::new());
    let begin = cpu_seconds()?;
    for height in 1..=options.blocks {
        // One thread makes while another may compact: only this thread's time is taken off.
        let before = thread_seconds()?;
        let (block, receipts, changes) = make(height, parent, options);
        parent = block.hash();
        making += thread_seconds()? - before;
        let started = Instant::now();
        append(store, &block, &receipts, &changes)?;
        wall.push(started.elapsed().as_secs_f64() * 1e3);
    }
    settle(store);
    let cpu = cpu_seconds()? - begin - making;
    wall.sort_by(f64::total_cmp);
    println!(
        "written: {:.2} us of CPU per transfer; a block takes {:.1} ms p50, {:.1} ms p99; \
         {} kB resident",
        cpu * 1e6 / (options.blocks * options.per_block) as f64,
        wall[wall.len() / 2],
        wall[wall.len() * 99 / 100],
        resident_kb()?
    );
    Ok(())
}

/// Waits until the engine has no more work: its figures stay the same for half a second.
#[expect(clippy::disallowed_methods, reason = "the engine gives no signal")]
fn settle(store: &Store) {
    let mut last = None;
    for _ in 0..120 {
        let stats = store.stats();
        if last == Some(stats) {
            break;
        }
        last = Some(stats);
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
}

fn make(height: u64, parent: B256, options: &Options) -> (Block, Vec<Receipt>, StateChanges) {
    let mut changes = StateChanges::default();
    let (mut transactions, mut receipts) = (Vec::new(), Vec::new());
    for index in 0..options.per_block {
        let serial = height * options.per_block + index;
        let from = serial % options.senders.min(options.accounts);
        let to = serial.wrapping_mul(0x9e37_79b9_7f4a_7c15) % options.accounts;
        let mut input = vec![0xa9, 0x05, 0x9c, 0xbb];
        input.extend_from_slice(account(to).into_word().as_slice());
        input.extend_from_slice(&U256::from(serial).to_be_bytes::<32>());
        let unsigned = TxLegacy {
            chain_id: Some(571_571),
            nonce: height,
            gas_limit: 60_000,
            to: TxKind::Call(TOKEN),
            input: input.into(),
            ..TxLegacy::default()
        };
        let noise = keccak256(serial.to_le_bytes());
        let signature = Signature::new(noise.into(), keccak256(noise).into(), false);
        let transaction = Transaction::from_envelope(unsigned.into_signed(signature).into())
            .expect("it names its chain and is small");
        transactions.push(transaction);
        receipts.push(Receipt {
            transaction_type: 0,
            success: true,
            gas_used: 34_000,
            cumulative_gas_used: 34_000 * (index + 1),
            contract: Address::ZERO,
            logs: vec![Log {
                address: TOKEN,
                data: LogData::new_unchecked(
                    vec![
                        keccak256("Transfer(address,address,uint256)"),
                        account(from).into_word(),
                        account(to).into_word(),
                    ],
                    U256::from(serial).to_be_bytes_vec().into(),
                ),
            }],
        });
        let sender = Account {
            nonce: height,
            balance: U256::from(10).pow(U256::from(22)),
            ..Account::default()
        };
        changes.accounts.insert(account(from), Some(sender));
        let rest = U256::from(10).pow(U256::from(24)) - U256::from(serial);
        changes.slots.insert((TOKEN, slot(from)), rest);
        changes.slots.insert((TOKEN, slot(to)), rest);
    }
    let leaves: Vec<_> = transactions
        .iter()
        .map(|t| leaf_hash(t.encoded()))
        .collect();
    let block = Block {
        header: Header {
            parent,
            height: Height::new(height),
            time: TimestampMs::new(height * 1_000),
            transactions_root: merkle_root(&leaves),
            ..Header::default()
        },
        transactions,
    };
    (block, receipts, changes)
}

fn reads(store: &Store, options: &Options) -> anyhow::Result<()> {
    if !options.reads {
        return Ok(());
    }
    let head = store.head().context("blocks were written")?.0;
    let mix = |n: u64| {
        let hash = keccak256(n.to_le_bytes());
        u64::from_le_bytes(hash[..8].try_into().expect("8 of 32 bytes"))
    };
    for round in ["first", "again"] {
        timed(&format!("latest account, {round}"), READS, |n| {
            Ok(store
                .latest_account(account(mix(n) % options.accounts))?
                .is_some())
        })?;
        timed(&format!("latest slot, {round}"), READS, |n| {
            Ok(!store
                .latest_slot(TOKEN, slot(mix(n) % options.accounts))?
                .is_zero())
        })?;
        timed(&format!("slot at a past height, {round}"), READS, |n| {
            let height = Height::new(mix(n + READS) % (head.get() + 1));
            Ok(!store
                .slot_at(TOKEN, slot(mix(n) % options.accounts), height)?
                .is_zero())
        })?;
    }
    let last = store.block(head)?.context("the head is stored")?;
    timed("hot slot", READS, |n| {
        Ok(!store.latest_slot(TOKEN, slot(n % 16))?.is_zero())
    })?;
    timed("header", READS / 10, |n| {
        Ok(store
            .header(Height::new(mix(n) % (head.get() + 1)))?
            .is_some())
    })?;
    timed("receipt by transaction hash", READS / 10, |n| {
        let hash = last.transactions[n as usize % last.transactions.len()].hash();
        let Some((height, index)) = store.transaction_location(hash)? else {
            return Ok(false);
        };
        Ok(store.receipt(height, index)?.is_some())
    })?;
    timed("block", 20, |n| {
        Ok(store
            .block(Height::new(mix(n) % (head.get() + 1)))?
            .is_some())
    })?;
    timed("logs of one account in all blocks", 200, |n| {
        let mut filter = LogFilter {
            to: head,
            addresses: vec![TOKEN],
            ..LogFilter::default()
        };
        filter.topics[2] = vec![account(mix(n) % options.accounts).into_word()];
        store.logs(&filter, 10_000)?;
        Ok(true)
    })
}

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn timed(
    what: &str,
    count: u64,
    mut read: impl FnMut(u64) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for n in 0..count {
        let started = Instant::now();
        if !read(n)? {
            bail!("{what}: number {n} found nothing");
        }
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{what}: {:.1} us p50, {:.1} us p99",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
    Ok(())
}

fn cpu_seconds() -> anyhow::Result<f64> {
    ticks("/proc/self/stat")
}

fn thread_seconds() -> anyhow::Result<f64> {
    // Nanoseconds on the processor come first (Linux, Documentation/scheduler/sched-stats).
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text
        .split(' ')
        .next()
        .context("schedstat is empty")?
        .parse()?;
    Ok(nanoseconds / 1e9)
}

/// User and system time, fields 14 and 15 of proc(5) stat, in ticks of 10 ms.
fn ticks(path: &str) -> anyhow::Result<f64> {
    let text = fs::read_to_string(path)?;
    let (_, fields) = text.rsplit_once(')').context("stat has no name")?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks / 100.0)
}

fn resident_kb() -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .context("no VmRSS")?;
    Ok(line
        .split_whitespace()
        .nth(1)
        .context("VmRSS is empty")?
        .parse()?)
}
