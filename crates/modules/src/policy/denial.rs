//! Why a transaction is not admitted.

use super::calendar::spell;
use crate::Halt;
use alloy_primitives::Address;
use std::fmt;

/// Why an account may not do something now. [`Display`](fmt::Display) says it to a person, with
/// what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The chain is for members only, and the account belongs to no organisation.
    NotMember {
        /// The account.
        account: Address,
    },
    /// The account is suspended.
    AccountSuspended {
        /// The account.
        account: Address,
    },
    /// The account is closed.
    AccountClosed {
        /// The account.
        account: Address,
    },
    /// The key was rotated; another one speaks for the account.
    KeyRevoked {
        /// Address of the key.
        key: Address,
    },
    /// The account's organisation is suspended or removed.
    OrganisationInactive {
        /// The organisation.
        organisation: u64,
    },
    /// An order freezes the account.
    AccountFrozen {
        /// The account.
        account: Address,
        /// The order that ends last.
        order: u64,
        /// When it ends.
        until: u64,
    },
    /// An order freezes what the account calls.
    TargetFrozen {
        /// Contract or account.
        target: Address,
        /// The order that ends last.
        order: u64,
        /// When it ends; the largest number for one of Governance.
        until: u64,
    },
    /// A rule denies it.
    Rule {
        /// Whose rule: 0 for the chain's.
        organisation: u64,
        /// What the rule is about: zero for every target.
        target: Address,
        /// The function that it is about.
        selector: Option<u32>,
    },
    /// The member has used its share.
    QuotaUsed(Excess),
    /// The transaction asks for more than the member's whole share.
    QuotaTooSmall(Excess),
}

/// More than a quota allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The member; 0 for the guests.
    pub organisation: u64,
    /// What is counted.
    pub unit: Unit,
    /// Since when.
    pub span: Span,
    /// Used before.
    pub used: u64,
    /// Asked for.
    pub asked: u64,
    /// The quota.
    pub quota: u64,
}

/// What a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Gas.
    Gas,
    /// Bytes of transactions.
    Bytes,
}

/// Over what a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// One block.
    Block,
    /// One UTC day of block time.
    Day,
}

impl Denial {
    /// Number of the reason, as the view `mayAct` gives it. 0 means that nothing is denied.
    pub const fn code(&self) -> u8 {
        match self {
            Self::NotMember { .. } => 1,
            Self::AccountSuspended { .. } => 2,
            Self::AccountClosed { .. } => 3,
            Self::KeyRevoked { .. } => 4,
            Self::OrganisationInactive { .. } => 5,
            Self::AccountFrozen { .. } => 6,
            Self::TargetFrozen { .. } => 7,
            Self::Rule {
                organisation: 0, ..
            } => 8,
            Self::Rule { .. } => 9,
            Self::QuotaUsed(excess) => match (excess.unit, excess.span) {
                (Unit::Gas, Span::Block) => 10,
                (Unit::Gas, Span::Day) => 11,
                (Unit::Bytes, Span::Block) => 12,
                (Unit::Bytes, Span::Day) => 13,
            },
            Self::QuotaTooSmall(_) => 14,
        }
    }

    /// Whether the same transaction would be denied in the next block too, unless somebody changes
    /// something. A used quota is not: the transaction can wait.
    pub const fn is_lasting(&self) -> bool {
        !matches!(self, Self::QuotaUsed(_))
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMember { account } => write!(
                f,
                "account {account} belongs to no organisation, and this chain is for members only; \
                 an administrator of a member can add it"
            ),
            Self::AccountSuspended { account } => write!(
                f,
                "account {account} is suspended; an administrator of its organisation can restore \
                 it"
            ),
            Self::AccountClosed { account } => {
                write!(f, "account {account} is closed; use another account")
            }
            Self::KeyRevoked { key } => write!(
                f,
                "the key of {key} was replaced; sign with the account's new key"
            ),
            Self::OrganisationInactive { organisation } => write!(
                f,
                "organisation {organisation} is suspended or removed; the members can restore it \
                 by a vote"
            ),
            Self::AccountFrozen {
                account,
                order,
                until,
            } => {
                write!(f, "account {account} is frozen by order {order} ")?;
                ending(f, *until)?;
                f.write_str("; it may still challenge the order and call Governance")
            }
            Self::TargetFrozen {
                target,
                order,
                until,
            } => {
                write!(f, "{target} is frozen by order {order} ")?;
                ending(f, *until)?;
                f.write_str("; the order says who can release it")
            }
            Self::Rule {
                organisation,
                target,
                selector,
            } => rule(f, *organisation, *target, *selector),
            Self::QuotaUsed(excess) => {
                excess.fmt(f)?;
                f.write_str(match excess.span {
                    Span::Block => "; it can wait for the next block",
                    Span::Day => "; it can wait for the next day (UTC)",
                })
            }
            Self::QuotaTooSmall(excess) => {
                excess.fmt(f)?;
                f.write_str("; ask for less, or let the members raise the quota")
            }
        }
    }
}

fn ending(f: &mut fmt::Formatter<'_>, until: u64) -> fmt::Result {
    if until == u64::MAX {
        return f.write_str("until the members unfreeze it");
    }
    write!(f, "until {}", spell(until))
}

fn rule(
    f: &mut fmt::Formatter<'_>,
    organisation: u64,
    target: Address,
    selector: Option<u32>,
) -> fmt::Result {
    match organisation {
        0 => f.write_str("a rule of the chain ")?,
        own => write!(f, "a rule of organisation {own} ")?,
    }
    match target {
        Address::ZERO => f.write_str("about every target ")?,
        target => write!(f, "about {target} ")?,
    }
    if let Some(selector) = selector {
        write!(f, "and function {selector:#010x} ")?;
    }
    f.write_str(match organisation {
        0 => "denies this; the members can change it by a vote",
        _ => "denies this; who has ManagePolicy there can change it",
    })
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.organisation {
            0 => f.write_str("all accounts without an organisation together may use")?,
            organisation => write!(f, "organisation {organisation} may use")?,
        }
        let unit = match self.unit {
            Unit::Gas => "gas",
            Unit::Bytes => "bytes",
        };
        let span = match self.span {
            Span::Block => "block",
            Span::Day => "day",
        };
        write!(
            f,
            " {} {unit} per {span}, {} are used, and this asks for {}",
            self.quota, self.used, self.asked
        )
    }
}

/// Why a check did not pass: it was denied, or it could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop<Reason> {
    /// The answer is no.
    Denied(Reason),
    /// There is no answer.
    Halted(Halt),
}

impl<Reason> From<Halt> for Stop<Reason> {
    fn from(halt: Halt) -> Self {
        Self::Halted(halt)
    }
}

impl<Reason> Stop<Reason> {
    /// Takes an answer apart: what could not be made, and yes or no.
    pub(super) fn split<T>(result: Result<T, Self>) -> Result<Result<T, Reason>, Halt> {
        match result {
            Ok(value) => Ok(Ok(value)),
            Err(Self::Denied(reason)) => Ok(Err(reason)),
            Err(Self::Halted(halt)) => Err(halt),
        }
    }
}
