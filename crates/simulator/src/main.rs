//! `simulate`: runs simulated networks and says whether they kept their promises.

use anyhow::Context as _;
use clap::Parser;
use qiantang_simulator::{Plan, Trace, run};
use std::{io::Write as _, ops::Range, process::ExitCode, time::Instant};

/// Run whole networks of nodes in virtual time, where a seed decides everything.
#[derive(Parser)]
struct Arguments {
    /// Run one seed.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Run the seeds from the first number up to the second, which is not among them.
    #[arg(long, value_name = "FROM..TO", value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Tell what happens.
    #[arg(long)]
    trace: bool,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    let (from, to) = text.split_once("..").unwrap_or(("0", text));
    Ok(number(from)?..number(to)?)
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let trace = if arguments.trace {
        Trace::Print
    } else {
        Trace::Off
    };
    let one = arguments.seed.map(|seed| seed..seed.saturating_add(1));
    let mut failed = 0u64;
    for seed in one.or(arguments.seeds).unwrap_or(0..1) {
        failed = failed.saturating_add(u64::from(!simulate(seed, trace)?));
    }
    let all_well = if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    Ok(all_well)
}

/// Runs a seed and says how it went: whether all promises were kept.
fn simulate(seed: u64, trace: Trace) -> anyhow::Result<bool> {
    let plan = Plan::calm(seed);
    let begun = Instant::now();
    let outcome = run(&plan, trace)
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("seed {seed} could not be run"))?;
    let seconds = begun.elapsed().as_secs_f64();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "seed {seed}: height {}, {} transactions, {} bytes, {:.1} s of virtual time in {seconds:.1} s, \
         {}",
        outcome.height,
        outcome.transactions,
        outcome.bytes,
        outcome.time.as_secs_f64(),
        outcome.hash,
    )?;
    let Some(broken) = outcome.broken else {
        return Ok(true);
    };
    writeln!(out, "seed {seed} FAILED: {broken}")?;
    writeln!(
        out,
        "  replay: cargo run -p qiantang-simulator -- --seed {seed} --trace"
    )?;
    Ok(false)
}
