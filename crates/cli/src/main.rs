//! The one binary, `qiantang`.
//!
//! It parses, calls and prints: data on stdout, everything else on stderr. What is said stands in
//! the message table ([`messages`]); what is done is in the libraries.

/// Gives memory that is not used back to the system, and keeps little for each thread.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

mod arguments;
mod commands;
mod failure;
mod keys;
mod memory;
mod messages;
mod output;
mod usage;

use crate::{
    arguments::Command,
    failure::Failure,
    messages::{Lang, Message},
    output::Output,
};
use std::{ffi::OsString, process::ExitCode};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    memory::give_back();
    let words: Vec<OsString> = std::env::args_os().collect();
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        console::set_colors_enabled(false);
        console::set_colors_enabled_stderr(false);
    }
    let lang = Lang::detect(&words);
    let arguments = match usage::parse(&words, lang) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let json = arguments.global.json;
    let output = Output { lang, json };
    match run(output, arguments.command) {
        Ok(code) => code,
        Err(failure) => {
            output.fail(&failure);
            ExitCode::FAILURE
        }
    }
}

fn run(output: Output, command: Command) -> Result<ExitCode, Failure> {
    log();
    let failed = |error: std::io::Error| output.failure(Message::NodeFailed, &[&error]);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let done = match command {
        Command::Dev(arguments) => runtime.block_on(commands::dev::run(output, arguments)),
        Command::Init(arguments) => commands::init::run(output, arguments),
        Command::Genesis(arguments) => commands::genesis::run(output, arguments),
        Command::Start(arguments) => runtime.block_on(commands::start::run(output, arguments)),
        Command::Network(arguments) => runtime.block_on(commands::network::run(output, arguments)),
        Command::Config(arguments) => commands::config::run(output, arguments),
        Command::Keys(arguments) => commands::keys::run(output, arguments),
        Command::Trace(arguments) => runtime.block_on(commands::trace::run(output, arguments)),
        Command::Evidence(arguments) => {
            return runtime.block_on(commands::evidence::run(output, arguments));
        }
        Command::Identity(arguments) => {
            runtime.block_on(commands::identity::run(output, arguments))
        }
        Command::Governance(arguments) => {
            runtime.block_on(commands::governance::run(output, arguments))
        }
        Command::Policy(arguments) => runtime.block_on(commands::policy::run(output, arguments)),
        Command::Schedule(arguments) => {
            runtime.block_on(commands::schedule::run(output, arguments))
        }
        Command::Approvals(arguments) => {
            runtime.block_on(commands::approvals::run(output, arguments))
        }
        Command::Proof(arguments) => {
            return runtime.block_on(commands::proof::run(output, arguments));
        }
        Command::Bench(arguments) => runtime.block_on(commands::bench::run(output, arguments)),
        Command::Doctor(arguments) => {
            return runtime.block_on(commands::doctor::run(output, arguments));
        }
        Command::Replay(arguments) => commands::replay::run(output, &arguments),
        Command::Snapshot(command) => commands::snapshot::run(output, &command),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// What is said without `QIANTANG_LOG`: warnings, but not those of the storage engine, which warns
/// of every new and empty file.
const LOG_DEFAULT: &str = "warn,commonware_storage=error";

/// What the libraries have to say goes to stderr; `QIANTANG_LOG` chooses how much.
fn log() {
    let filter = EnvFilter::try_from_env("QIANTANG_LOG");
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(LOG_DEFAULT));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(console::colors_enabled_stderr())
        .init();
}
