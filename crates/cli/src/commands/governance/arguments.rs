//! What can be typed after `qiantang governance`.

use crate::{arguments::Rpc, commands::acting::Acting};
use alloy_primitives::{Address, Bytes};
use clap::{Args, Subcommand};
use humantime::parse_duration as duration;
use qiantang_types::PeerAddress;
use std::{path::PathBuf, time::Duration};

#[derive(Debug, Subcommand)]
pub(crate) enum Governance {
    List {
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        #[command(flatten)]
        rpc: Rpc,
    },
    Show {
        #[arg(value_name = "PROPOSAL")]
        proposal: u64,
        #[command(flatten)]
        rpc: Rpc,
    },
    Members {
        #[command(flatten)]
        rpc: Rpc,
    },
    Validators {
        #[command(flatten)]
        rpc: Rpc,
    },
    Faults {
        #[command(flatten)]
        rpc: Rpc,
    },
    Parameters {
        #[command(flatten)]
        rpc: Rpc,
    },
    Rules {
        #[command(flatten)]
        rpc: Rpc,
    },
    #[command(subcommand)]
    Propose(Box<Propose>),
    Vote {
        #[arg(value_name = "PROPOSAL")]
        proposal: u64,
        #[arg(value_name = "CHOICE")]
        choice: String,
        #[command(flatten)]
        acting: Acting,
    },
    ValidatorAddress {
        #[arg(value_name = "KEY")]
        validator_key: Bytes,
        #[arg(value_name = "HOST:PORT", required_unless_present = "nowhere")]
        peer_address: Option<PeerAddress>,
        #[arg(long, conflicts_with = "peer_address")]
        nowhere: bool,
        #[command(flatten)]
        acting: Acting,
    },
    Withdraw(One),
    Close(One),
    Execute(One),
}

/// A proposal that something is done to.
#[derive(Debug, Args)]
pub(crate) struct One {
    #[arg(value_name = "PROPOSAL")]
    pub(crate) proposal: u64,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// Why, and by whom.
#[derive(Debug, Args)]
pub(crate) struct Why {
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// An organisation that a proposal is about.
#[derive(Debug, Args)]
pub(crate) struct About {
    #[arg(value_name = "ORGANISATION")]
    pub(crate) organisation: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// A contract that a proposal is about.
#[derive(Debug, Args)]
pub(crate) struct Contract {
    #[arg(value_name = "CONTRACT")]
    pub(crate) contract: Address,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Propose {
    Admission {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(long, value_name = "KIND")]
        kind: String,
        #[arg(long, value_name = "CODE")]
        jurisdiction: String,
        #[arg(long = "administrator", value_name = "ACCOUNT", required = true)]
        administrators: Vec<Address>,
        #[command(flatten)]
        why: Why,
    },
    Suspension(About),
    Restoration(About),
    Removal(About),
    Validator {
        #[command(flatten)]
        about: About,
        #[arg(value_name = "KEY")]
        validator_key: Bytes,
        #[arg(long = "address", value_name = "HOST:PORT")]
        peer_address: Option<PeerAddress>,
    },
    ValidatorRemoval {
        #[arg(value_name = "KEY")]
        validator_key: Bytes,
        #[command(flatten)]
        why: Why,
    },
    ValidatorRotation {
        #[arg(value_name = "OLD_KEY")]
        old_key: Bytes,
        #[arg(value_name = "NEW_KEY")]
        validator_key: Bytes,
        #[arg(long = "address", value_name = "HOST:PORT")]
        peer_address: Option<PeerAddress>,
        #[command(flatten)]
        why: Why,
    },
    Parameter {
        #[arg(value_name = "PARAMETER")]
        parameter: String,
        #[arg(value_name = "N")]
        value: u64,
        #[command(flatten)]
        why: Why,
    },
    Regulator {
        #[command(flatten)]
        about: About,
        #[arg(long, value_name = "CODE", default_value = "")]
        jurisdiction: String,
        #[arg(long = "power", value_name = "POWER", required = true)]
        powers: Vec<String>,
        #[arg(long, value_name = "TIME")]
        until: String,
    },
    RegulatorDismissal {
        #[arg(value_name = "APPOINTMENT")]
        appointment: u64,
        #[command(flatten)]
        why: Why,
    },
    ReviewAuthority {
        #[command(flatten)]
        about: About,
        #[arg(long, value_name = "CODE", default_value = "")]
        jurisdiction: String,
    },
    Freeze(Contract),
    Release(Contract),
    Quota {
        #[command(flatten)]
        about: About,
        #[arg(long, value_name = "N", default_value_t = 0)]
        gas_per_block: u64,
        #[arg(long, value_name = "N", default_value_t = 0)]
        gas_per_day: u64,
        #[arg(long, value_name = "N", default_value_t = 0)]
        bytes_per_block: u64,
        #[arg(long, value_name = "N", default_value_t = 0)]
        bytes_per_day: u64,
    },
    Allowance {
        #[command(flatten)]
        about: About,
        #[arg(value_name = "GAS")]
        gas: u64,
    },
    CalendarYear {
        #[arg(value_name = "CALENDAR")]
        calendar: String,
        #[arg(value_name = "YEAR")]
        year: u16,
        #[arg(value_name = "FILE")]
        days: PathBuf,
        #[command(flatten)]
        why: Why,
    },
    TimeZone {
        #[arg(value_name = "ZONE")]
        zone: String,
        #[arg(value_name = "RULE")]
        rule: String,
        #[arg(long, value_name = "TIME")]
        from: String,
        #[command(flatten)]
        why: Why,
    },
    PolicyRule {
        #[command(flatten)]
        rule: crate::commands::policy::arguments::Rule,
        #[command(flatten)]
        why: Why,
    },
    ContractOrganisation {
        #[command(flatten)]
        about: About,
        #[arg(value_name = "CONTRACT")]
        contract: Address,
    },
    Upgrade {
        #[arg(value_name = "VERSION")]
        protocol: u32,
        #[arg(value_name = "HEIGHT")]
        height: u64,
        #[command(flatten)]
        why: Why,
    },
    Rule(Rule),
    Weight {
        #[command(flatten)]
        about: About,
        #[arg(value_name = "N")]
        weight: u32,
    },
}

/// Changes of a rule; what is not named stays.
#[derive(Debug, Args)]
pub(crate) struct Rule {
    #[arg(value_name = "KIND")]
    pub(crate) kind: String,
    #[arg(long, value_name = "PERCENT")]
    pub(crate) quorum: Option<String>,
    #[arg(long, value_name = "PERCENT")]
    pub(crate) threshold: Option<String>,
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) voting_period: Option<Duration>,
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) delay: Option<Duration>,
    #[arg(long, value_name = "N")]
    pub(crate) vetoes: Option<u16>,
    #[arg(long, value_name = "true|false")]
    pub(crate) weighted: Option<bool>,
    #[arg(long = "voters", value_name = "KIND")]
    pub(crate) voters: Option<Vec<String>>,
    #[arg(long = "veto-by", value_name = "KIND")]
    pub(crate) veto_by: Option<Vec<String>>,
    #[command(flatten)]
    pub(crate) why: Why,
}
