//! What can be typed after `qiantang policy`.

use crate::{arguments::Rpc, commands::acting::Acting};
use alloy_primitives::{Address, B256, U256};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    May(May),
    MayTransfer(MayTransfer),
    Rules {
        #[arg(value_name = "TARGET")]
        target: Option<Address>,
        #[arg(long, value_name = "ORGANISATION")]
        of: Option<String>,
        #[command(flatten)]
        rpc: Rpc,
    },
    Quota {
        #[arg(value_name = "ORGANISATION")]
        organisation: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    Regulators {
        #[command(flatten)]
        rpc: Rpc,
    },
    Orders {
        #[arg(value_name = "TARGET")]
        target: Address,
        #[command(flatten)]
        rpc: Rpc,
    },
    Show {
        #[arg(value_name = "POLICY")]
        policy: u64,
        #[command(flatten)]
        rpc: Rpc,
    },
    SetRule {
        #[command(flatten)]
        rule: Rule,
        #[command(flatten)]
        acting: Acting,
    },
    Register {
        #[arg(value_name = "CONTRACT")]
        contract: Address,
        #[arg(long, value_name = "N")]
        nonce: u64,
        #[command(flatten)]
        acting: Acting,
    },
    #[command(subcommand)]
    Order(Box<Order>),
    #[command(subcommand)]
    Transfers(Box<Transfers>),
}

/// May an account do this now?
#[derive(Debug, Args)]
pub(crate) struct May {
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: Address,
    #[arg(long, value_name = "TARGET")]
    pub(crate) to: Option<Address>,
    #[arg(long, value_name = "FUNCTION", requires = "to")]
    pub(crate) call: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) gas: u64,
    #[arg(long, value_name = "BYTES", default_value_t = 200)]
    pub(crate) size: u64,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
}

/// May this transfer of a token be made now?
#[derive(Debug, Args)]
pub(crate) struct MayTransfer {
    #[arg(value_name = "POLICY")]
    pub(crate) policy: u64,
    #[arg(value_name = "TOKEN")]
    pub(crate) token: Address,
    #[arg(value_name = "FROM")]
    pub(crate) sender: Address,
    #[arg(value_name = "TO")]
    pub(crate) receiver: Address,
    #[arg(value_name = "AMOUNT")]
    pub(crate) amount: U256,
    #[arg(long, value_name = "KIND:TEXT")]
    pub(crate) reference: Option<String>,
    #[command(flatten)]
    pub(crate) rpc: Rpc,
}

/// A rule.
#[derive(Debug, Args)]
pub(crate) struct Rule {
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<Address>,
    #[arg(long, value_name = "FUNCTION", requires = "target")]
    pub(crate) call: Option<String>,
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) subject: Option<String>,
    #[arg(long = "in", value_name = "ORGANISATION")]
    pub(crate) inside: Option<String>,
    #[arg(long = "role-number", value_name = "N", default_value_t = 0)]
    pub(crate) role_number: u8,
    #[arg(long, value_name = "ACTION")]
    pub(crate) allow: Vec<String>,
    #[arg(long, value_name = "ACTION")]
    pub(crate) deny: Vec<String>,
}

/// An order that something is done to.
#[derive(Debug, Args)]
pub(crate) struct One {
    #[arg(value_name = "ORDER")]
    pub(crate) order: u64,
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    Show {
        #[arg(value_name = "ORDER")]
        order: u64,
        #[command(flatten)]
        rpc: Rpc,
    },
    Issue(Issue),
    Release {
        #[command(flatten)]
        one: One,
        #[arg(long, value_name = "N")]
        appointment: u64,
    },
    Approve {
        #[arg(value_name = "ORDER")]
        order: u64,
        #[arg(long, value_name = "N")]
        appointment: u64,
        #[arg(long, value_name = "TOKEN")]
        token: Address,
        #[arg(long, value_name = "ACCOUNT")]
        to: Address,
        #[arg(long, value_name = "AMOUNT")]
        amount: U256,
        #[arg(long, value_name = "KIND:TEXT")]
        reference: Option<String>,
        #[command(flatten)]
        acting: Acting,
    },
    Challenge(One),
    Uphold(One),
    Lift(One),
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    #[arg(value_name = "KIND")]
    pub(crate) order_kind: String,
    #[arg(value_name = "TARGET")]
    pub(crate) target: Address,
    #[arg(long, value_name = "N")]
    pub(crate) appointment: u64,
    #[arg(long, value_name = "TIME")]
    pub(crate) until: String,
    #[arg(long, value_name = "TEXT")]
    pub(crate) basis: String,
    #[arg(long, value_name = "HASH")]
    pub(crate) document: B256,
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub(crate) amount: U256,
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<Address>,
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) to: Option<Address>,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// Conditions of a transfer policy.
#[derive(Debug, Args)]
pub(crate) struct Terms {
    #[arg(long)]
    pub(crate) allow_listed: bool,
    #[arg(long)]
    pub(crate) deny_listed: bool,
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) level: u8,
    #[arg(long, value_name = "AMOUNT", default_value_t = 0)]
    pub(crate) per_transfer: u128,
    #[arg(long, value_name = "AMOUNT", default_value_t = 0)]
    pub(crate) per_day: u128,
    #[arg(long, value_name = "AMOUNT", default_value_t = 0)]
    pub(crate) per_month: u128,
    #[arg(long, value_name = "KIND")]
    pub(crate) with_reference: Option<String>,
}

/// Accounts on a list.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    #[arg(value_name = "POLICY")]
    pub(crate) policy: u64,
    #[arg(value_name = "LIST")]
    pub(crate) list: String,
    #[arg(value_name = "ACCOUNT", required = true)]
    pub(crate) listed: Vec<Address>,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Transfers {
    Create {
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        terms: Terms,
        #[command(flatten)]
        acting: Acting,
    },
    Change {
        #[arg(value_name = "POLICY")]
        policy: u64,
        #[command(flatten)]
        terms: Terms,
        #[command(flatten)]
        acting: Acting,
    },
    List(Listing),
    Unlist(Listing),
    Token {
        #[arg(value_name = "POLICY")]
        policy: u64,
        #[arg(value_name = "TOKEN")]
        token: Address,
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        acting: Acting,
    },
}
