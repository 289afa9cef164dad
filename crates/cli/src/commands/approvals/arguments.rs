//! What can be typed after `qiantang approvals`.

use crate::{arguments::Rpc, commands::acting::Acting};
use alloy_primitives::{Address, U256};
use clap::{Args, Subcommand};
use humantime::parse_duration as duration;
use std::{str::FromStr, time::Duration};

#[derive(Debug, Subcommand)]
pub(crate) enum Approvals {
    Rules {
        #[arg(value_name = "ORGANISATION")]
        organisation: String,
        #[command(flatten)]
        rpc: Rpc,
    },
    List {
        #[arg(value_name = "ORGANISATION")]
        organisation: String,
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        rpc: Rpc,
    },
    Show {
        #[arg(value_name = "OPERATION")]
        operation: u64,
        #[command(flatten)]
        rpc: Rpc,
    },
    SetRule {
        #[command(flatten)]
        rule: Box<Rule>,
        #[command(flatten)]
        acting: Acting,
    },
    RemoveRule {
        #[command(flatten)]
        about: About,
        #[command(flatten)]
        acting: Acting,
    },
    Propose {
        #[arg(value_name = "MODULE")]
        module: String,
        #[arg(value_name = "FUNCTION|HEX")]
        function: String,
        #[arg(value_name = "ARGUMENT")]
        arguments: Vec<String>,
        #[command(flatten)]
        acting: Acting,
    },
    Check(Passing),
    Approve(Passing),
    Reject {
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        one: One,
    },
    Withdraw(One),
    Expire(One),
    Delegate {
        #[arg(value_name = "STAGE")]
        stage: String,
        #[arg(value_name = "ACCOUNT")]
        delegate: Address,
        #[arg(long, value_name = "TIME")]
        until: String,
        #[command(flatten)]
        acting: Acting,
    },
}

/// An operation that something is done to.
#[derive(Debug, Args)]
pub(crate) struct One {
    #[arg(value_name = "OPERATION")]
    pub(crate) operation: u64,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// An operation that is checked or approved, for oneself or who delegated.
#[derive(Debug, Args)]
pub(crate) struct Passing {
    #[command(flatten)]
    pub(crate) one: One,
    #[arg(long = "for", value_name = "ACCOUNT")]
    pub(crate) principal: Option<Address>,
}

/// What a rule is about.
#[derive(Debug, Args)]
pub(crate) struct About {
    #[arg(value_name = "MODULE")]
    pub(crate) module: String,
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) call: Option<String>,
}

/// A rule.
#[derive(Debug, Args)]
pub(crate) struct Rule {
    #[command(flatten)]
    pub(crate) about: About,
    #[arg(long)]
    pub(crate) checked: bool,
    #[arg(long, value_name = "TIME", default_value = "7days", value_parser = duration)]
    pub(crate) expiry: Duration,
    #[arg(long, value_name = "N", requires = "limits")]
    pub(crate) amount_word: Option<u8>,
    #[arg(
        long = "limit",
        value_name = "STAGE:ROLE:AMOUNT",
        requires = "amount_word"
    )]
    pub(crate) limits: Vec<Limit>,
}

/// Up to which amount a role may act in a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) stage: String,
    pub(crate) role: String,
    pub(crate) amount: U256,
}

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = || {
            let (stage, rest) = text.split_once(':')?;
            // The name of a role may hold a colon.
            let (role, amount) = rest.rsplit_once(':')?;
            Some(Self {
                stage: stage.to_owned(),
                role: role.to_owned(),
                // An empty text would be read as zero.
                amount: amount.parse().ok().filter(|_| !amount.is_empty())?,
            })
        };
        parsed().ok_or("no stage, role and amount with colons between them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_stage_a_role_and_an_amount() {
        let limit = |stage: &str, role: &str, amount| Limit {
            stage: stage.to_owned(),
            role: role.to_owned(),
            amount: U256::from(amount),
        };
        let read = |text: &str| text.parse::<Limit>().ok();
        assert_eq!(
            read("make:operator:900"),
            Some(limit("make", "operator", 900))
        );
        assert_eq!(
            read("approve:desk: 2:0x10"),
            Some(limit("approve", "desk: 2", 16))
        );
        for wrong in ["", "make", "make:1", "make:1:", "make:1:-5", "make:1:x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
