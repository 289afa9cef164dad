//! What the pool itself costs: admission beyond the signature check, selection, finalization.
//!
//! `cargo run --release -p qiantang-txpool --example throughput [senders] [transactions]`

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use alloy_consensus::{SignableTransaction as _, TxEip1559, crypto::secp256k1::sign_message};
use alloy_primitives::{Address, B256, TxKind, U256};
use qiantang_txpool::{AccountReader, BestLimits, Config, Pool};
use qiantang_types::{Account, Parameters, TimestampMs, Transaction};
use rayon::prelude::*;
use std::{collections::BTreeMap, error::Error, time::Instant};

const CHAIN_ID: u64 = 571_571;
const BATCH: usize = 100;
const BLOCK: usize = 5_000;

struct Fresh;

impl AccountReader for Fresh {
    fn account(&self, _address: &Address) -> Result<Account, String> {
        Ok(Account::default())
    }
}

fn transfer(sender: u64, nonce: u64) -> Result<Transaction, String> {
    let unsigned = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 60_000,
        to: TxKind::Call(Address::repeat_byte(0xee)),
        input: vec![1; 68].into(),
        ..TxEip1559::default()
    };
    let key = B256::from(U256::from(sender).saturating_add(U256::ONE));
    let signature =
        sign_message(key, unsigned.signature_hash()).map_err(|error| error.to_string())?;
    Transaction::from_envelope(unsigned.into_signed(signature).into())
        .map_err(|error| error.to_string())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let senders: u64 = arguments.next().map_or(Ok(80), |text| text.parse())?;
    let total: u64 = arguments.next().map_or(Ok(50_000), |text| text.parse())?;
    let transactions: Vec<Transaction> = (0..total)
        .into_par_iter()
        .map(|index| transfer(index % senders, index / senders))
        .collect::<Result<_, _>>()?;

    let started = Instant::now();
    transactions
        .par_iter()
        .try_for_each(|transaction| transaction.sender().map(drop))?;
    let report = |what: &str, started: Instant, count: u64| {
        let micros = started.elapsed().as_secs_f64() * 1e6;
        println!(
            "{what:<42} {:>9.2} ms {:>8.3} µs each",
            micros / 1e3,
            micros / count as f64
        );
    };
    report("recover senders (all cores, wall)", started, total);

    let directory = std::env::temp_dir().join(format!("qiantang-txpool-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    for journal in [None, Some(directory.as_path())] {
        let pool = Pool::open(Config::new(CHAIN_ID, &Parameters::default()), journal)?;
        let started = Instant::now();
        let mut refused = 0;
        for batch in transactions.chunks(BATCH) {
            let results = pool.admit(batch.to_vec(), &Fresh);
            refused += results.iter().filter(|result| result.is_err()).count();
        }
        let with = if journal.is_some() { "with" } else { "without" };
        report(&format!("admit, {with} journal"), started, total);
        if refused > 0 {
            return Err(format!("{refused} transactions were refused").into());
        }
        drain(&pool, &report);
    }
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

fn drain(pool: &Pool, report: &dyn Fn(&str, Instant, u64)) {
    let limits = BestLimits {
        transactions: BLOCK,
        bytes: 8 << 20,
        gas: u64::MAX,
        member_gas: 0,
    };
    let mut first = true;
    while !pool.is_ready_empty() {
        let started = Instant::now();
        let block = pool.best(limits, &BTreeMap::new());
        if first {
            report("best, one block", started, block.len() as u64);
        }
        let mut after = BTreeMap::new();
        for transaction in &block {
            use alloy_consensus::Transaction as _;
            let Ok(sender) = transaction.sender() else {
                continue;
            };
            let nonce = transaction
                .signed()
                .map_or(0, |envelope| envelope.nonce())
                .saturating_add(1);
            after.insert(
                sender,
                Account {
                    nonce,
                    ..Account::default()
                },
            );
        }
        let started = Instant::now();
        pool.on_finalized(&block, after.into_iter(), TimestampMs::new(1));
        if first {
            report("on_finalized, one block", started, block.len() as u64);
        }
        first = false;
    }
}
