//! What can be typed. Help texts are not here: they come from the message table in the reader's
//! language.

use clap::{Args, Parser, Subcommand, builder::RangedU64ValueParser};
use humantime::parse_duration as duration;
use qiantang_types::TimestampMs;
use std::{
    net::SocketAddr,
    ops::RangeInclusive,
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};

/// The node of the development chain.
pub(crate) const DEFAULT_RPC: &str = "http://127.0.0.1:8545";

/// Accepts whole numbers of a range.
fn within(range: RangeInclusive<u64>) -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(range)
}

#[derive(Debug, Parser)]
#[command(name = "qiantang", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true, value_parser = ["zh", "en"], value_name = "zh|en")]
    pub(crate) lang: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Dev(Dev),
    Init(crate::commands::init::Init),
    #[command(subcommand)]
    Genesis(crate::commands::genesis::Genesis),
    Start(crate::commands::start::Start),
    #[command(subcommand)]
    Network(crate::commands::network::Network),
    #[command(subcommand)]
    Config(crate::commands::config::Config),
    #[command(subcommand)]
    Keys(Keys),
    #[command(subcommand)]
    Trace(Trace),
    #[command(subcommand)]
    Evidence(Evidence),
    #[command(subcommand)]
    Identity(crate::commands::identity::arguments::Identity),
    #[command(subcommand)]
    Governance(crate::commands::governance::arguments::Governance),
    #[command(subcommand)]
    Policy(crate::commands::policy::arguments::Policy),
    #[command(subcommand)]
    Schedule(crate::commands::schedule::arguments::Schedule),
    #[command(subcommand)]
    Approvals(crate::commands::approvals::arguments::Approvals),
    #[command(subcommand)]
    Proof(Proof),
    #[command(subcommand)]
    Bench(Bench),
    Doctor(crate::commands::doctor::Doctor),
    Replay(Replay),
    #[command(subcommand)]
    Snapshot(crate::commands::snapshot::Snapshot),
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8545")]
    pub(crate) http: SocketAddr,
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration)]
    pub(crate) heartbeat: Duration,
    #[arg(long)]
    pub(crate) fresh: bool,
    #[arg(long)]
    pub(crate) trace_strict: bool,
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub(crate) time: Option<TimestampMs>,
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) time_factor: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    New {
        #[arg(value_name = "NAME", default_value = "default")]
        name: String,
        #[arg(
            long,
            value_name = "TEXT",
            env = "QIANTANG_PASSPHRASE",
            hide_env_values = true
        )]
        passphrase: Option<String>,
    },
    List,
    Show {
        #[arg(value_name = "KEY", default_value = "default")]
        key: String,
    },
}

/// Where the node is.
#[derive(Clone, Debug, Args)]
pub(crate) struct Rpc {
    #[arg(long, value_name = "URL", default_value = DEFAULT_RPC, env = "QIANTANG_RPC")]
    pub(crate) rpc: String,
}

/// Whose signature it gets.
#[derive(Clone, Debug, Args)]
pub(crate) struct Signing {
    #[arg(long, value_name = "KEY", env = "QIANTANG_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
    #[arg(
        long,
        value_name = "TEXT",
        env = "QIANTANG_PASSPHRASE",
        hide_env_values = true
    )]
    pub(crate) passphrase: Option<String>,
}

/// How a signature is agreed to, and whose it is.
#[derive(Clone, Debug, Args)]
pub(crate) struct Agreeing {
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Trace {
    Capture {
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        agreeing: Agreeing,
    },
    Register {
        #[arg(value_name = "PARTY", required = true)]
        parties: Vec<String>,
        #[command(flatten)]
        agreeing: Agreeing,
    },
    Show {
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Lineage {
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Recall {
        #[arg(value_name = "ID")]
        id: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        agreeing: Agreeing,
    },
    Verify {
        #[arg(value_name = "ID")]
        id: String,
        #[arg(long, value_name = "FINGERPRINT")]
        anchor: Option<String>,
        #[command(flatten)]
        rpc: Rpc,
    },
}

/// What is deposited, and what is said about it.
#[derive(Debug, Args)]
pub(crate) struct Depositing {
    #[arg(value_name = "FILE|DIR", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[arg(long, value_name = "TEXT", default_value = "file")]
    pub(crate) kind: String,
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reference: String,
    #[arg(long, value_name = "ADDRESS|N")]
    pub(crate) party: Vec<String>,
    #[arg(long, value_name = "ID", default_value_t = 0)]
    pub(crate) previous: u64,
    #[arg(long, value_name = "NAME", default_value = "sha256", value_parser = ["sha256", "sm3"])]
    pub(crate) algorithm: String,
    #[arg(long)]
    pub(crate) private: bool,
    #[arg(long)]
    pub(crate) skip_unreadable: bool,
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

/// A bundle with what it is checked against.
#[derive(Debug, Args)]
pub(crate) struct Checking {
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    #[arg(long, value_name = "FILE")]
    pub(crate) opening: Option<PathBuf>,
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) anchor: Option<String>,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["bundle", "deposit"]))]
pub(crate) struct Proving {
    #[arg(value_name = "FILE|DIR", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    #[arg(long, value_name = "ID")]
    pub(crate) deposit: Option<u64>,
    #[arg(long, value_name = "NAME", default_value = "sha256", value_parser = ["sha256", "sm3"])]
    pub(crate) algorithm: String,
    #[arg(long, value_name = "FILE")]
    pub(crate) opening: Option<PathBuf>,
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
}

#[derive(Debug, Args)]
pub(crate) struct Listing {
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) submitter: Option<String>,
    #[arg(long, value_name = "N")]
    pub(crate) organisation: Option<u64>,
    #[arg(long, value_name = "ADDRESS|N")]
    pub(crate) party: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub(crate) of: Option<PathBuf>,
    #[arg(long, value_name = "NAME", default_value = "sha256", value_parser = ["sha256", "sm3"])]
    pub(crate) algorithm: String,
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = within(1..=10_000))]
    pub(crate) limit: u64,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Evidence {
    Add(Depositing),
    Verify {
        #[arg(value_name = "FILE|DIR", required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        checking: Checking,
    },
    Proof(Proving),
    Report {
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        checking: Checking,
    },
    List(Listing),
    Show {
        #[arg(value_name = "ID")]
        id: u64,
        #[command(flatten)]
        rpc: Rpc,
    },
    Withdraw {
        #[arg(value_name = "ID")]
        id: u64,
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        rpc: Rpc,
        #[command(flatten)]
        signing: Signing,
    },
    Erase {
        #[arg(value_name = "ID")]
        id: u64,
        #[arg(long, value_name = "FILE")]
        opening: Option<PathBuf>,
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        rpc: Rpc,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Proof {
    #[command(group = clap::ArgGroup::new("what").required(true).args(["tx", "slot", "registry"]))]
    Get {
        #[arg(long, value_name = "HASH")]
        tx: Option<String>,
        #[arg(long, value_name = "N", requires = "tx")]
        log: Option<u64>,
        #[arg(long, num_args = 2, value_names = ["ADDRESS", "SLOT"])]
        slot: Option<Vec<String>>,
        #[arg(long, num_args = 2, value_names = ["FIRST", "LAST"])]
        registry: Option<Vec<String>>,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[arg(long)]
        binary: bool,
        #[command(flatten)]
        rpc: Rpc,
    },
    Verify {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "FINGERPRINT")]
        anchor: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    Transfers(Transfers),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Transfers {
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = within(1..=10_000_000))]
    pub(crate) transactions: u64,
    #[arg(long, value_name = "N", default_value_t = 80, value_parser = within(1..=100_000))]
    pub(crate) accounts: u64,
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = within(1..=1_000_000))]
    pub(crate) recipients: u64,
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = within(1..=256))]
    pub(crate) connections: u64,
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = within(1..=1000))]
    pub(crate) batch: u64,
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) prefill: u64,
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = within(1..=u64::MAX))]
    pub(crate) window: u64,
    #[arg(long, visible_alias = "server-pid", value_name = "PID")]
    pub(crate) pid: Option<u32>,
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    #[arg(long)]
    pub(crate) repair: bool,
}

/// A date, or a date and time in UTC.
pub(crate) fn moment(text: &str) -> Result<TimestampMs, String> {
    let whole = if text.contains(['T', ' ']) {
        text.to_owned()
    } else {
        format!("{text}T00:00:00Z")
    };
    let time = humantime::parse_rfc3339_weak(&whole).map_err(|error| error.to_string())?;
    let since = time
        .duration_since(UNIX_EPOCH)
        .map_err(|_| "a date before 1970".to_owned())?;
    Ok(TimestampMs::new(
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
    ))
}
