//! What can be typed after `qiantang schedule`.

use crate::{arguments::Rpc, commands::acting::Acting};
use alloy_primitives::{Address, Bytes};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    List {
        #[arg(value_name = "OWNER")]
        owner: Address,
        #[command(flatten)]
        rpc: Rpc,
    },
    Show {
        #[arg(value_name = "JOB")]
        job: u64,
        #[command(flatten)]
        rpc: Rpc,
    },
    Dead {
        #[arg(value_name = "ORGANISATION")]
        organisation: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Allowance {
        #[arg(value_name = "ORGANISATION")]
        organisation: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Preview {
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        rpc: Rpc,
    },
    Calendar {
        #[arg(value_name = "CALENDAR")]
        calendar: String,
        #[arg(value_name = "YEAR")]
        year: u16,
        #[command(flatten)]
        rpc: Rpc,
    },
    Zone {
        #[arg(value_name = "ZONE")]
        zone: String,
        #[arg(value_name = "TIME")]
        moment: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Create {
        #[command(flatten)]
        call: Box<Call>,
        #[command(flatten)]
        acting: Acting,
    },
    Change {
        #[arg(value_name = "JOB")]
        job: u64,
        #[command(flatten)]
        call: Box<Call>,
        #[command(flatten)]
        acting: Acting,
    },
    Cancel(One),
    Pause(One),
    Resume(One),
    Retry(One),
    Skip(One),
}

/// A job that something is done to.
#[derive(Debug, Args)]
pub(crate) struct One {
    #[arg(value_name = "JOB")]
    pub(crate) job: u64,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// When something is due.
#[derive(Debug, Args)]
pub(crate) struct When {
    #[arg(long = "when", value_name = "KIND")]
    pub(crate) schedule_kind: String,
    #[arg(long, value_name = "TIME|HEIGHT")]
    pub(crate) start: Option<String>,
    #[arg(long, value_name = "N|TIME")]
    pub(crate) every: Option<String>,
    #[arg(long, value_name = "HH:MM", default_value = "00:00")]
    pub(crate) at: String,
    #[arg(long = "day", value_name = "DAY")]
    pub(crate) day: Vec<String>,
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) zone: String,
    #[arg(long, value_name = "CALENDAR", default_value = "")]
    pub(crate) calendar: String,
    #[arg(long, value_name = "RULE")]
    pub(crate) adjustment: Option<String>,
    #[arg(long, value_name = "TIME|HEIGHT")]
    pub(crate) until: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) count: u32,
}

/// What is called when it is due.
#[derive(Debug, Args)]
pub(crate) struct Call {
    #[arg(value_name = "TARGET")]
    pub(crate) target: Address,
    #[arg(long, value_name = "HEX", default_value = "0x")]
    pub(crate) input: Bytes,
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) gas: u64,
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) attempts: u16,
    #[arg(long, value_name = "N|TIME")]
    pub(crate) retry_after: Option<String>,
    #[arg(long)]
    pub(crate) skip_missed: bool,
    #[command(flatten)]
    pub(crate) when: When,
}
