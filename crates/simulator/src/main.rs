//! `simulate`: runs simulated networks and says whether they kept their promises.

use anyhow::Context as _;
use clap::Parser;
use qiantang_simulator::{Outcome, Plan, Sabotage, Trace, run};
use std::{
    io::Write as _,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Bytes of the stack of a thread: unoptimized builds keep the engine's large futures there.
const STACK_BYTES: usize = 32 << 20;

/// Run whole networks of nodes in virtual time, where a seed decides everything.
#[derive(Parser)]
struct Arguments {
    /// Run one seed.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Run the seeds from the first number up to the second, which is not among them; or so many.
    #[arg(long, value_name = "FROM..TO", value_parser = seeds, default_value = "0..1")]
    seeds: Range<u64>,
    /// Simulations at the same time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Stop after the first seed that breaks a promise.
    #[arg(long)]
    fail_fast: bool,
    /// Tell what happens.
    #[arg(long)]
    trace: bool,
    /// Break something on purpose, which the simulator must notice.
    #[arg(long, value_enum)]
    sabotage: Option<Sabotage>,
    /// Measure calm networks of these numbers of validators, with 50 ms between any two.
    #[arg(
        long,
        value_name = "VALIDATORS",
        value_delimiter = ',',
        conflicts_with = "seed"
    )]
    measure: Vec<usize>,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    let (from, to) = text.split_once("..").unwrap_or(("0", text));
    Ok(number(from)?..number(to)?)
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    // What the nodes log is of use for one seed only, and panics are part of many.
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::level_filters::LevelFilter::OFF.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    if !arguments.measure.is_empty() {
        return measure(&arguments.measure);
    }
    let trace = if arguments.trace {
        Trace::Print
    } else {
        Trace::Off
    };
    let one = arguments.seed.map(|seed| seed..seed.saturating_add(1));
    let run = Run {
        seeds: one.unwrap_or(arguments.seeds),
        jobs: arguments.jobs.max(1),
        fail_fast: arguments.fail_fast,
        trace,
        sabotage: arguments.sabotage,
    };
    let failed = run.all()?;
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{} seeds FAILED: {failed:?}", failed.len()))?;
    Ok(ExitCode::FAILURE)
}

/// A seed at which the simulator itself panicked, and not a node in it, is one that failed.
fn own_panic(seed: u64) -> anyhow::Result<bool> {
    say(&format!(
        "seed {seed} FAILED: the simulator itself panicked"
    ))?;
    Ok(false)
}

/// Seeds, and how they are run.
struct Run {
    seeds: Range<u64>,
    jobs: usize,
    fail_fast: bool,
    trace: Trace,
    sabotage: Option<Sabotage>,
}

impl Run {
    /// Runs seeds, some at the same time; answers with those that broke a promise.
    fn all(&self) -> anyhow::Result<Vec<u64>> {
        let (next, failed) = (AtomicU64::new(self.seeds.start), Mutex::new(Vec::new()));
        let work = || -> anyhow::Result<()> {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if !self.seeds.contains(&seed) {
                    return Ok(());
                }
                let kept = catch_unwind(AssertUnwindSafe(|| self.one(seed)));
                if kept.unwrap_or_else(|_| own_panic(seed))? {
                    continue;
                }
                failed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(seed);
                if self.fail_fast {
                    next.store(self.seeds.end, Ordering::Relaxed);
                }
            }
        };
        thread::scope(|scope| {
            let threads = (0..self.jobs).map(|_| {
                let builder = thread::Builder::new().stack_size(STACK_BYTES);
                builder.spawn_scoped(scope, work)
            });
            let threads = threads.collect::<Result<Vec<_>, _>>()?;
            for thread in threads {
                let ended = thread.join();
                ended.map_err(|_| anyhow::anyhow!("the simulator itself panicked"))??;
            }
            anyhow::Ok(())
        })?;
        let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.sort_unstable();
        Ok(failed)
    }

    /// Runs a seed and says how it went: whether all promises were kept.
    fn one(&self, seed: u64) -> anyhow::Result<bool> {
        let begun = Instant::now();
        let mut plan = Plan::troubled(seed);
        plan.sabotage = self.sabotage;
        let outcome = run(&plan, self.trace)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("seed {seed} could not be run"))?;
        let seconds = begun.elapsed().as_secs_f64();
        say(&format!(
            "seed {seed}: {} blocks, {} transactions, {} accused, {:.1} s of virtual time in \
             {seconds:.1} s, next block {:.1} s after the trouble, {}",
            outcome.height,
            outcome.transactions,
            outcome.accused,
            outcome.time.as_secs_f64(),
            outcome.resumed.as_secs_f64(),
            outcome.hash,
        ))?;
        let Some(broken) = outcome.broken else {
            return Ok(true);
        };
        say(&format!(
            "seed {seed} FAILED: {broken}\n  {plan}\n  replay: cargo run --bin simulate \
             -- --seed {seed} --trace"
        ))?;
        Ok(false)
    }
}

/// Prints a table of calm networks.
fn measure(sizes: &[usize]) -> anyhow::Result<ExitCode> {
    say(
        "| Validators | Finality p50 | p99 | Blocks | Messages per validator and block | Bytes per \
         validator and block | Real time per block |\n|---|---|---|---|---|---|---|",
    )?;
    for size in sizes {
        let begun = Instant::now();
        let outcome = run(&Plan::sized(*size), Trace::Off).map_err(anyhow::Error::msg)?;
        if let Some(broken) = &outcome.broken {
            anyhow::bail!("{size} validators: {broken}");
        }
        let shares = (*size as u64).saturating_mul(outcome.height).max(1);
        let per_block = begun.elapsed().as_secs_f64() / outcome.height.max(1) as f64;
        say(&format!(
            "| {size} | {} ms | {} ms | {} | {} | {} | {per_block:.2} s |",
            part(&outcome, 50).as_millis(),
            part(&outcome, 99).as_millis(),
            outcome.height,
            outcome.messages / shares,
            outcome.bytes / shares,
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// So many per cent of the transactions are final within this time.
fn part(outcome: &Outcome, percent: usize) -> Duration {
    let place = outcome.latencies.len().saturating_mul(percent) / 100;
    outcome.latencies.get(place).copied().unwrap_or_default()
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    Ok(writeln!(out, "{text}")?)
}
