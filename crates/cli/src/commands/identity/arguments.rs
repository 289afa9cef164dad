//! What can be typed after `qiantang identity`.

use crate::{
    arguments::{Rpc, Signing},
    commands::acting::Acting,
};
use alloy_primitives::{Address, B256};
use clap::{Args, Subcommand};
use humantime::parse_duration as duration;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Identity {
    List {
        #[command(flatten)]
        rpc: Rpc,
    },
    Show {
        #[arg(value_name = "WHO")]
        who: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Members {
        #[arg(value_name = "ORGANISATION")]
        organisation: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Roles {
        #[arg(value_name = "ORGANISATION")]
        organisation: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Did {
        #[arg(value_name = "WHO")]
        who: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    #[command(subcommand)]
    Consent(Consenting),
    #[command(subcommand)]
    Member(Member),
    #[command(subcommand)]
    Role(Role),
    #[command(subcommand)]
    Key(Key),
    #[command(subcommand)]
    Recovery(Recovery),
}

/// What a key agrees to, off the chain.
#[derive(Debug, Subcommand)]
pub(crate) enum Consenting {
    Join {
        #[arg(value_name = "ORGANISATION")]
        organisation: String,
        #[command(flatten)]
        terms: Terms,
    },
    Key {
        #[arg(value_name = "ACCOUNT")]
        account: Address,
        #[command(flatten)]
        terms: Terms,
    },
    Object {
        #[command(flatten)]
        terms: Terms,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Terms {
    #[arg(long = "for", value_name = "TIME", default_value = "1day", value_parser = duration)]
    pub(crate) within: Duration,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

/// An account that something is done to.
#[derive(Debug, Args)]
pub(crate) struct Target {
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: Address,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Member {
    Add {
        #[arg(long, value_name = "CONSENT")]
        consent: String,
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        #[arg(long, value_name = "N", default_value_t = 0)]
        level: u8,
        #[command(flatten)]
        target: Target,
    },
    Remove(Target),
    Leave {
        #[command(flatten)]
        acting: Acting,
    },
    Suspend {
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        target: Target,
    },
    Restore(Target),
    Close {
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        target: Target,
    },
    Level {
        #[command(flatten)]
        target: Target,
        #[arg(value_name = "N")]
        level: u8,
    },
    Attributes {
        #[command(flatten)]
        target: Target,
        #[arg(value_name = "HASH")]
        hash: B256,
    },
    Grant {
        #[command(flatten)]
        target: Target,
        #[arg(value_name = "ROLE")]
        role: String,
    },
    Revoke {
        #[command(flatten)]
        target: Target,
        #[arg(value_name = "ROLE")]
        role: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    Create {
        #[arg(value_name = "NAME")]
        name: String,
        #[arg(long = "may", value_name = "PERMISSION", required = true)]
        permissions: Vec<String>,
        #[command(flatten)]
        acting: Acting,
    },
    Change {
        #[arg(value_name = "ROLE")]
        role: String,
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        #[arg(long = "may", value_name = "PERMISSION")]
        permissions: Vec<String>,
        #[command(flatten)]
        acting: Acting,
    },
    Remove {
        #[arg(value_name = "ROLE")]
        role: String,
        #[command(flatten)]
        acting: Acting,
    },
    NamePermission {
        #[arg(value_name = "N")]
        permission: u8,
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    Rotate {
        #[arg(value_name = "KEY")]
        new_key: Address,
        #[arg(long, value_name = "CONSENT")]
        consent: String,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Recovery {
    Show {
        #[arg(value_name = "ACCOUNT")]
        account: Address,
        #[command(flatten)]
        rpc: Rpc,
    },
    Rules {
        #[arg(long, value_name = "N", default_value_t = 0)]
        votes: u8,
        #[arg(long, value_name = "TIME", value_parser = duration)]
        delay: Duration,
        #[command(flatten)]
        acting: Acting,
    },
    Propose {
        #[command(flatten)]
        target: Target,
        #[arg(value_name = "KEY")]
        new_key: Address,
        #[arg(long, value_name = "CONSENT")]
        consent: String,
    },
    Approve(Target),
    Withdraw(Target),
    Object {
        #[command(flatten)]
        target: Target,
        #[arg(long, value_name = "CONSENT")]
        consent: Option<String>,
    },
    Finish(Target),
}
