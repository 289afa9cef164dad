//! Approvals: four eyes for every module.
//!
//! An organisation requires that an operation of a module is made by one person, perhaps checked by
//! a second, and approved by a third. [`require`] stands before every call of a module from outside
//! and refuses what the caller's organisation has a rule for; the way is then
//! [`propose`](IApprovals::proposeCall). It judges no operation: whether the maker may do it, the
//! module says when it is executed.
//!
//! # An operation's life
//!
//! The maker proposes the call, byte by byte. Who checks or approves has the permission `Check` or
//! `Approve`, or acts for somebody who has it and has delegated it until a date. With the last
//! approval the module is called in the maker's name with exactly these bytes. Where the module or
//! the policy refuses, the approval does not count and the operation stays pending, so that the
//! approver sees the reason and can try again or reject it.
//!
//! * Nobody acts twice on one operation: not in person and not by delegation. Who acts for another
//!   uses up both.
//! * The rule of the proposal must still hold when somebody acts; a changed rule ends the
//!   operation's chances. Maker and checker must still be active members with their rights at the
//!   end.
//! * A rule can name the amount among the arguments and, by role, up to which amount one may make,
//!   check and approve.
//! * An operation expires at the time that its rule set. Nothing has to run for that.
//!
//! # Rules
//!
//! A rule is for one operation of a module, or for all of them that have no rule of their own. A
//! change of rules is an operation itself, always: it is approved as the stricter of the present
//! and the new rule says. So nobody alone switches four eyes off, and nobody switches them on where
//! not enough persons have the permissions, which would lock the organisation out. Who may grant
//! roles alone can still make a second person of an account of his own: an organisation that wants
//! to be safe from its administrators puts a rule on Identity's operations too.
//!
//! # Who is not asked
//!
//! Approvals itself is under no rule, nor are views, nor what a person does for its own account
//! only ([`PERSONAL`]). A contract that is an account of the organisation is under the same rules
//! as a person. A job of the Scheduler is a call by its owner: under a rule it is refused whenever
//! it runs, also where making the job was approved, because nobody would see the single call. An
//! organisation without rules costs two loads.

mod delegations;
mod dispatch;
mod gate;
#[expect(missing_docs, reason = "the Solidity comments are on the items")]
#[expect(
    clippy::too_many_arguments,
    reason = "an event has as many fields as it needs"
)]
mod interface;
mod operations;
mod persons;
mod rules;
mod views;

pub(crate) use dispatch::call;
pub use gate::{PERSONAL, require};
pub use interface::IApprovals;

use crate::storage::{Data, List, Mapping, Place, Set, Slot, Stored, Text};
use alloy_primitives::{Address, B256, U256, address};

/// Where Approvals is called.
pub const ADDRESS: Address = address!("0x7174000000000000000000000000000000000016");

/// Rules of one organisation.
pub const RULES_MAX: u64 = 128;
/// Limits of one rule.
pub const LIMITS_MAX: usize = 16;
/// Pending operations of one maker.
pub const PENDING_PER_MAKER_MAX: u64 = 64;
/// Bytes of a proposed call.
pub const INPUT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the reason of a rejection.
pub const REASON_BYTES_MAX: usize = 1024;
/// Shortest life of a pending operation.
pub const EXPIRY_MIN: u64 = 60_000;
/// Longest life of a pending operation.
pub const EXPIRY_MAX: u64 = 90 * DAY;
/// Longest delegation.
pub const DELEGATION_MAX: u64 = 366 * DAY;
/// Last word of the arguments that can be an amount.
pub const AMOUNT_WORD_LAST: u8 = 63;
/// In place of a word: there is no amount.
pub const NO_AMOUNT: u8 = 255;

const DAY: u64 = 24 * 3_600_000;

crate::layout! {
    /// The storage of Approvals.
    pub(crate) struct Approvals {
        /// Numbers given so far.
        counters: Slot<Counters>,
        /// Rules and lists of each organisation.
        organisations: Mapping<u64, Organisation>,
        /// Every rule that ever held, by its number.
        rules: Mapping<u64, StoredRule>,
        /// Operations by their number.
        operations: Mapping<u64, Operation>,
        /// Pending operations by their maker.
        made: Mapping<Address, Set<u64>>,
        /// Delegations by who delegated, and by the stage.
        delegations: Mapping<Address, Mapping<u8, Slot<StoredDelegation>>>,
    }
}

crate::record! {
    /// Numbers given so far.
    pub(crate) struct Counters {
        /// To operations.
        operations: u64,
        /// To rules.
        rules: u64,
    }
}

crate::layout! {
    /// Rules and lists of an organisation.
    pub(crate) struct Organisation {
        /// Rules in force. Its length is all that a call without rules reads.
        rules: Set<u64>,
        /// The rule in force by module and selector; zero for none.
        by_target: Mapping<B256, Slot<u64>>,
        /// Pending operations.
        pending: Set<u64>,
        /// All operations, in order.
        operations: List<Slot<u64>>,
    }
}

crate::layout! {
    /// A rule.
    pub(crate) struct StoredRule {
        /// All but the limits.
        head: Slot<RuleHead>,
        /// Limits by role.
        limits: List<Slot<StoredLimit>>,
    }
}

crate::record! {
    /// A rule without its limits.
    pub(crate) struct RuleHead {
        /// What it is for.
        module: Address,
        /// The operation as a number; zero for all.
        selector: u32,
        /// Whether a second person checks.
        checked: bool,
        /// Word of the amount, or [`NO_AMOUNT`].
        amount_word: u8,
        /// Whose.
        organisation: u64,
        /// Milliseconds.
        expiry: u64,
        /// Operation that set it.
        operation: u64,
        /// Block time since which it holds.
        since: u64,
    }
}

crate::record! {
    /// A limit of a rule.
    pub(crate) struct StoredLimit {
        /// Where it holds.
        stage: IApprovals::Stage,
        /// For whom.
        role: u8,
        /// Up to which amount.
        amount: U256,
    }
}

crate::layout! {
    /// An operation.
    pub(crate) struct Operation {
        /// What and when.
        head: Slot<Head>,
        /// Who.
        people: Slot<People>,
        /// The call.
        input: Data,
        /// Why it was rejected.
        reason: Text,
    }
}

crate::record! {
    /// What an operation is, and when.
    pub(crate) struct Head {
        /// Module that is called; Approvals itself for a change of rules.
        module: Address,
        /// Where it is; `None` where there is no such operation.
        state: IApprovals::State,
        /// Whether it must be checked.
        checked: bool,
        /// Whose.
        organisation: u64,
        /// The rule that requires approval; zero for none.
        rule: u64,
        /// Block time of the proposal.
        made: u64,
        /// When it expires.
        expires: u64,
        /// When it became final; zero before.
        closed: u64,
    }
}

crate::record! {
    /// Who acted on an operation; zeros where nobody has.
    pub(crate) struct People {
        /// Who made it.
        maker: Address,
        /// Who checked it.
        checker: Address,
        /// In whose right.
        checker_principal: Address,
        /// Who approved it.
        approver: Address,
        /// In whose right.
        approver_principal: Address,
        /// Who rejected it.
        rejecter: Address,
    }
}

crate::record! {
    /// A delegation.
    pub(crate) struct StoredDelegation {
        /// To whom.
        delegate: Address,
        /// Block time at which it ends.
        until: u64,
    }
}

crate::stored_enum! {
    IApprovals::State => "State",
    IApprovals::Stage => "Stage",
}

impl Approvals {
    /// The storage, from slot 0 on.
    pub(crate) fn storage() -> Self {
        Self::at(Place::slot(U256::ZERO))
    }
}

#[cfg(test)]
mod tests;
