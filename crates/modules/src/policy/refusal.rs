//! Why a transfer is refused.

use super::calendar::spell;
use alloy_primitives::{Address, U256};
use std::fmt;

/// Why a transfer may not be made now. [`Display`](fmt::Display) says it to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The policy's owner has not registered the token.
    TokenNotRegistered {
        /// The token.
        token: Address,
    },
    /// An order freezes the sender.
    SenderFrozen {
        /// The sender.
        account: Address,
        /// The order that ends last.
        order: u64,
        /// When it ends.
        until: u64,
    },
    /// A party is not on the allow list.
    NotOnAllowList {
        /// The party.
        account: Address,
    },
    /// A party is on the deny list.
    OnDenyList {
        /// The party.
        account: Address,
    },
    /// A party is not verified well enough.
    LevelTooLow {
        /// The party.
        account: Address,
        /// Its level.
        level: u8,
        /// The level needed.
        needed: u8,
    },
    /// The reference that the policy requires is missing, or of another kind.
    RemittanceMissing {
        /// The kind needed.
        kind: u32,
    },
    /// One transfer may not move so much.
    AboveTransferLimit {
        /// The limit.
        limit: u128,
    },
    /// The sender may not send so much in a day.
    AboveDayLimit {
        /// The limit.
        limit: u128,
        /// Sent today.
        sent: u128,
    },
    /// The sender may not send so much in a month.
    AboveMonthLimit {
        /// The limit.
        limit: u128,
        /// Sent in this month.
        sent: u128,
    },
    /// An order limits what the sender sends.
    AboveOrderLimit {
        /// The order.
        order: u64,
        /// Its limit of a day.
        limit: U256,
        /// Sent today under it.
        sent: U256,
    },
    /// An order requires that the regulator approves this transfer first.
    ReviewNeeded {
        /// The order.
        order: u64,
        /// Amount above which it is so.
        threshold: U256,
    },
}

impl Refusal {
    /// Number of the reason, as `mayTransfer` and `TransferRefused` give it. 0 means that nothing
    /// is refused; the numbers are apart from those of a denial.
    pub const fn code(&self) -> u8 {
        match self {
            Self::TokenNotRegistered { .. } => 32,
            Self::SenderFrozen { .. } => 33,
            Self::NotOnAllowList { .. } => 34,
            Self::OnDenyList { .. } => 35,
            Self::LevelTooLow { .. } => 36,
            Self::RemittanceMissing { .. } => 37,
            Self::AboveTransferLimit { .. } => 38,
            Self::AboveDayLimit { .. } => 39,
            Self::AboveMonthLimit { .. } => 40,
            Self::AboveOrderLimit { .. } => 41,
            Self::ReviewNeeded { .. } => 42,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TokenNotRegistered { token } => write!(
                f,
                "token {token} is not registered with this policy; the policy's owner can register \
                 it"
            ),
            Self::SenderFrozen {
                account,
                order,
                until,
            } => {
                write!(f, "{account} is frozen by order {order} ")?;
                match *until {
                    u64::MAX => f.write_str("until the members unfreeze it"),
                    until => write!(f, "until {}", spell(until)),
                }
            }
            Self::NotOnAllowList { account } => {
                write!(f, "{account} is not on the allow list of this policy")
            }
            Self::OnDenyList { account } => {
                write!(f, "{account} is on the deny list of this policy")
            }
            Self::LevelTooLow {
                account,
                level,
                needed,
            } => write!(
                f,
                "{account} has verification level {level}, this policy needs {needed}"
            ),
            Self::RemittanceMissing { kind: u32::MAX } => {
                f.write_str("this policy needs a reference with the transfer")
            }
            Self::RemittanceMissing { kind } => write!(
                f,
                "this policy needs a reference of kind {} with the transfer",
                kind.to_be_bytes().escape_ascii()
            ),
            Self::AboveTransferLimit { limit } => {
                write!(f, "one transfer may move {limit} at most")
            }
            Self::AboveDayLimit { limit, sent } => write!(
                f,
                "the sender may send {limit} a day (UTC) and has sent {sent}"
            ),
            Self::AboveMonthLimit { limit, sent } => write!(
                f,
                "the sender may send {limit} a month (UTC) and has sent {sent}"
            ),
            Self::AboveOrderLimit { order, limit, sent } => write!(
                f,
                "order {order} lets the sender send {limit} a day (UTC), and it has sent {sent}"
            ),
            Self::ReviewNeeded { order, threshold } => write!(
                f,
                "order {order} requires that the regulator approves a transfer of more than \
                 {threshold} first"
            ),
        }
    }
}
