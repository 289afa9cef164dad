//! Policy: what may be done on the chain, by whom, how much, and on whose order not.
//!
//! The pool and execution ask [`admit`] about every transaction; tokens ask about every regulated
//! transfer through [`IPolicy`]; regulators issue their orders there. It judges neither the law
//! behind an order nor the goods behind a transfer, it never moves money itself, and nothing in it
//! can do more than its own interface says: a regulator is a role with a reach, not a back door.
//!
//! # Admission
//!
//! A transaction is admitted when, in this order, the key that signed it still speaks for its
//! account; account and organisation are active (and, on a members-only chain, there is an
//! organisation); no order freezes the account or what it calls; the rules of the chain and those
//! of its organisation allow it; and the quota of its organisation has room for it. [`Denial`] says
//! which of these fails and what to do.
//!
//! There are two layers of rules, those of the chain and those of the account's own organisation,
//! and both must allow. In a layer only the narrowest rules that match count: a rule about one
//! target before one about all, about one function before all, then a role of one organisation, an
//! organisation, a role of any, members or guests, everyone. If one of those denies, it is denied;
//! where no rule matches, it is allowed.
//!
//! The gas that a transaction asks for and its bytes must fit into what is left of its member's
//! share of the block and of the day; afterwards what it used is counted. So a flood ends where its
//! sender's share ends.
//!
//! No rule reaches the institutions by which members change rules (Identity, Policy, Governance,
//! Approvals), so nobody can be locked out by a rule. What a contract does inside a transaction is
//! not asked of the rules again; frozen contracts and accounts are: execution refuses every call
//! into the code of one ([`is_frozen`]).
//!
//! # Transfer policies
//!
//! An organisation keeps a transfer policy, and any number of tokens refer to it by its number.
//! Amounts are counted for each policy, token and sender by themselves, and a token counts only
//! after the policy's owner has registered it: so nobody can use up another's limit by calls of
//! their own making. Days and months are those of UTC.
//!
//! # Regulators and orders
//!
//! The members appoint an organisation for a jurisdiction, a set of powers and a time. Its members
//! with the permission `Regulate` then issue orders on accounts and contracts whose organisation's
//! jurisdiction begins with the appointment's; accounts and contracts without an organisation
//! belong to appointments for the whole chain only. No order reaches a module, an appointed
//! regulator or a review authority.
//!
//! * An order takes effect at once and ends by itself: whether it is in force is asked of block
//!   time whenever it matters. Orders that overlap hold each by itself.
//! * A frozen account sends nothing and nothing moves out of it, but it still receives. It may
//!   challenge the order, and it keeps its part in the members' decisions.
//! * The order stands while a challenge is open. The review authority of the target's jurisdiction
//!   (the one named for the longest part of it that is not the regulator itself) upholds or lifts.
//! * The dismissal of a regulator lifts nothing. Its orders end by their dates, by the review
//!   authority, or by another regulator whose reach and powers cover them.
//! * A forced transfer is recorded here and made by the token that it names, once.

mod appointments;
mod calendar;
mod challenges;
mod contracts;
mod denial;
mod dispatch;
mod gate;
#[expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the Solidity comments are on the items; an event has as many fields as it needs"
)]
mod interface;
mod listing;
mod orders;
mod quota;
mod refusal;
mod registry;
mod rules;
mod transfers;
mod views;

pub use denial::{Denial, Excess, Span, Unit};
pub(crate) use dispatch::call;
pub use gate::{Admission, Candidate, admit, is_frozen, may_run, record_usage};
pub use interface::IPolicy;
pub use refusal::Refusal;
pub use transfers::{Transfer, check_transfer, record_transfer};

use crate::{
    Context, Halt,
    IModule::LimitExceeded,
    governance::ADDRESS as GOVERNANCE,
    identity,
    storage::{List, Mapping, Place, Set, Slot, Stored, Text},
};
use alloy_primitives::{Address, B256, U256, address};

/// Where Policy is called.
pub const ADDRESS: Address = address!("0x7174000000000000000000000000000000000012");

/// The module of the four eyes. It asks [`may_run`] itself before it executes what was proposed.
const APPROVALS: Address = address!("0x7174000000000000000000000000000000000016");
/// Modules that no rule closes.
const INSTITUTIONS: [Address; 4] = [identity::ADDRESS, ADDRESS, GOVERNANCE, APPROVALS];

/// Rules of one layer about one target.
pub const RULES_PER_TARGET_MAX: u64 = 32;
/// Rules of one layer.
pub const RULES_MAX: u64 = 4_096;
/// Bytes of a legal basis, of grounds or of a reason.
pub const TEXT_BYTES_MAX: usize = 1024;
/// Bytes of the name of a transfer policy.
pub const NAME_BYTES_MAX: usize = 128;
/// Bytes of a reference, as ISO 20022's longest unstructured remittance line.
pub const REMITTANCE_BYTES_MAX: usize = 140;
/// Accounts that one call puts on a list or takes off.
pub const LISTED_PER_CALL_MAX: usize = 256;
/// Appointments that serve at one time.
pub const SERVING_MAX: u64 = 64;
/// Orders in force on one target.
pub const ORDERS_PER_TARGET_MAX: usize = 32;
/// Orders in force on one target by one appointment.
pub const ORDERS_PER_APPOINTMENT_MAX: usize = 8;
/// Longest time from an order to its end: five years of 366 days, in milliseconds.
pub const ORDER_MS_MAX: u64 = 5 * 366 * 86_400_000;

crate::layout! {
    /// The storage of Policy.
    pub(crate) struct Policy {
        /// What there is at all, so that an admission need not look for more.
        settings: Slot<Settings>,
        /// Numbers given so far.
        numbers: Slot<Numbers>,
        /// Rules by their layer: 0 for the chain, else an organisation.
        rules: Mapping<u64, RuleBook>,
        /// Quotas that Governance set, by organisation.
        quotas: Mapping<u64, Slot<QuotaRecord>>,
        /// What members have used, by organisation.
        usage: Mapping<u64, Slot<UsageRecord>>,
        /// What orders say about an account or contract.
        targets: Mapping<Address, Target>,
        /// Appointments by their number.
        appointments: Mapping<u64, Appointment>,
        /// Numbers of the appointments that may still serve.
        serving: List<Slot<u64>>,
        /// Review authorities by their jurisdiction.
        authorities: Mapping<String, Slot<u64>>,
        /// For how many jurisdictions an organisation is review authority.
        authority_of: Mapping<u64, Slot<u32>>,
        /// Orders by their number.
        orders: Mapping<u64, Order>,
        /// Transfer policies by their number.
        policies: Mapping<u64, TransferPolicy>,
    }
}

crate::record! {
    /// What there is at all: one slot, read for every transaction.
    pub(crate) struct Settings {
        /// Rules of the chain.
        chain_rules: u32,
        /// Rules of all organisations for their own accounts.
        own_rules: u32,
        /// Accounts and contracts that an order may freeze now.
        frozen: u32,
        /// Members with a quota of their own.
        quotas: u32,
    }
}

crate::record! {
    /// Numbers given so far.
    pub(crate) struct Numbers {
        /// Appointments.
        appointments: u64,
        /// Orders.
        orders: u64,
        /// Transfer policies.
        policies: u64,
    }
}

crate::layout! {
    /// The rules of one layer.
    pub(crate) struct RuleBook {
        /// How many there are.
        counts: Slot<RuleCounts>,
        /// Rules by their target; zero for those about every target.
        targets: Mapping<Address, List<Slot<RuleRow>>>,
    }
}

crate::record! {
    /// How many rules a layer has.
    pub(crate) struct RuleCounts {
        /// About every target.
        everywhere: u32,
        /// About one target.
        on_targets: u32,
    }
}

crate::record! {
    /// A rule.
    pub(crate) struct RuleRow {
        /// Whom it is about.
        subject: IPolicy::Subject,
        /// The organisation, where the subject names one.
        organisation: u64,
        /// The role, where the subject names one.
        role: u8,
        /// Whether it is about one function only.
        has_selector: bool,
        /// That function.
        selector: u32,
        /// Actions that it allows.
        allow: u8,
        /// Actions that it denies.
        deny: u8,
    }
}

crate::record! {
    /// A member's quota; 0 is the chain's parameter, the largest number no limit.
    pub(crate) struct QuotaRecord {
        /// Gas in one block.
        gas_per_block: u64,
        /// Gas in one day.
        gas_per_day: u64,
        /// Bytes in one block.
        bytes_per_block: u64,
        /// Bytes in one day.
        bytes_per_day: u64,
    }
}

crate::record! {
    /// What a member has used.
    pub(crate) struct UsageRecord {
        /// Height of the block that the first figures are about.
        height: u64,
        /// Gas in that block.
        gas_in_block: u64,
        /// Bytes in that block.
        bytes_in_block: u64,
        /// Day that the last figures are about.
        day: u64,
        /// Gas on that day.
        gas_in_day: u64,
        /// Bytes on that day.
        bytes_in_day: u64,
    }
}

crate::layout! {
    /// What orders say about an account or contract.
    pub(crate) struct Target {
        /// Until when it is frozen: first, because admission reads it.
        freeze: Slot<Freeze>,
        /// The organisation that answers for the contract.
        organisation: Slot<u64>,
        /// Numbers of its orders that may be in force.
        in_force: List<Slot<u64>>,
        /// Numbers of all its orders.
        history: List<Slot<u64>>,
    }
}

crate::record! {
    /// Until when an address is frozen, in milliseconds, and by the order that ends last.
    pub(crate) struct Freeze {
        /// As an account.
        account_until: u64,
        /// By this order.
        account_order: u64,
        /// As a contract.
        contract_until: u64,
        /// By this order.
        contract_order: u64,
    }
}

crate::layout! {
    /// The appointment of a regulator.
    pub(crate) struct Appointment {
        /// Who, and for how long.
        head: Slot<AppointmentHead>,
        /// Set of powers.
        powers: Slot<U256>,
        /// What its jurisdictions begin with.
        jurisdiction: Text,
    }
}

crate::record! {
    /// Who is appointed, and for how long.
    pub(crate) struct AppointmentHead {
        /// The organisation; 0 where there is no such appointment.
        organisation: u64,
        /// Block time of the appointment, in milliseconds.
        since: u64,
        /// Its end date.
        until: u64,
        /// When it was dismissed, or 0.
        dismissed: u64,
    }
}

crate::layout! {
    /// An order.
    pub(crate) struct Order {
        /// What every check needs.
        head: Slot<OrderHead>,
        /// What it says about money.
        terms: Slot<OrderTerms>,
        /// Jurisdiction of the target when it was issued.
        jurisdiction: Text,
        /// The law and the decision that it stands on.
        legal_basis: Text,
        /// Why it ended before its date.
        end_reason: Text,
        /// Its challenge.
        challenge: Challenge,
        /// What a limit has let out, by token.
        spent: Mapping<Address, Slot<Spent>>,
        /// How often a reviewed transfer may still be made, by its hash.
        approved: Mapping<B256, Slot<u64>>,
    }
}

crate::record! {
    /// What every check needs of an order.
    pub(crate) struct OrderHead {
        /// The account or contract.
        target: Address,
        /// What it does; `None` where there is no such order.
        kind: IPolicy::OrderKind,
        /// `Expired` is never stored: block time says it.
        status: IPolicy::OrderStatus,
        /// Its appointment; 0 for Governance.
        appointment: u64,
        /// The organisation that issued it; 0 for Governance.
        organisation: u64,
        /// Block time of its issue, in milliseconds.
        issued: u64,
        /// When it ends by itself.
        until: u64,
        /// When it ended before, or 0.
        ended: u64,
    }
}

crate::record! {
    /// What an order says about money, and its document.
    pub(crate) struct OrderTerms {
        /// The token; zero for every token.
        token: Address,
        /// Who receives a forced transfer.
        to: Address,
        /// Limit, threshold or amount.
        amount: U256,
        /// Hash of the decision's document.
        document_hash: B256,
    }
}

crate::layout! {
    /// A challenge.
    pub(crate) struct Challenge {
        /// Who challenged and who decided.
        head: Slot<ChallengeHead>,
        /// Why it was challenged.
        grounds: Text,
        /// Why it was decided so.
        reason: Text,
    }
}

crate::record! {
    /// Who challenged an order, and who decided.
    pub(crate) struct ChallengeHead {
        /// What became of it.
        status: IPolicy::ChallengeStatus,
        /// Who challenged.
        by: Address,
        /// When.
        time: u64,
        /// The organisation that decided.
        authority: u64,
        /// When it decided.
        decided: u64,
    }
}

crate::record! {
    /// What has moved on the last day that anything moved.
    pub(crate) struct Spent {
        /// The day.
        day: u64,
        /// The amount of that day.
        amount: U256,
    }
}

crate::layout! {
    /// A transfer policy.
    pub(crate) struct TransferPolicy {
        /// Its conditions.
        terms: Slot<TermsRecord>,
        /// Its name.
        name: Text,
        /// Accounts of the allow list.
        allowed: Set<Address>,
        /// Accounts of the deny list.
        denied: Set<Address>,
        /// Tokens that may use it.
        tokens: Set<Address>,
        /// What accounts have sent, by token and account.
        sent: Mapping<Address, Mapping<Address, Slot<Sent>>>,
    }
}

crate::record! {
    /// The conditions of a transfer policy.
    pub(crate) struct TermsRecord {
        /// The organisation that owns it; 0 where there is no such policy.
        owner: u64,
        /// Whether both parties must be on the allow list.
        allow_listed: bool,
        /// Whether neither party may be on the deny list.
        deny_listed: bool,
        /// Verification level that both parties need.
        level: u8,
        /// Kind of reference that is needed; 0 for none.
        remittance: u32,
        /// Most that one transfer moves; 0 for no limit.
        per_transfer: u128,
        /// Most that one account sends of one token in a day; 0 for no limit.
        per_day: u128,
        /// Most that one account sends of one token in a month; 0 for no limit.
        per_month: u128,
    }
}

crate::record! {
    /// What an account has sent of a token, on the last day and in the last month that it sent any.
    pub(crate) struct Sent {
        /// The day, since 1970-01-01.
        day: u64,
        /// The month, since the year 0.
        month: u64,
        /// Sent on that day.
        in_day: u128,
        /// Sent in that month.
        in_month: u128,
    }
}

crate::stored_enum! {
    IPolicy::Subject => "Subject",
    IPolicy::OrderKind => "OrderKind",
    IPolicy::OrderStatus => "OrderStatus",
    IPolicy::ChallengeStatus => "ChallengeStatus",
}

impl Policy {
    /// The storage, from slot 0 on.
    pub(crate) fn storage() -> Self {
        Self::at(Place::slot(U256::ZERO))
    }
}

/// Refuses everybody but Governance.
fn require_governance(ctx: &mut dyn Context) -> Result<(), Halt> {
    let caller = ctx.caller();
    if caller != GOVERNANCE {
        return Err(Halt::revert(IPolicy::NotGovernance { caller }));
    }
    Ok(())
}

/// Refuses the number of an organisation that is not active.
fn require_organisation(ctx: &mut dyn Context, organisation: u64) -> Result<(), Halt> {
    if !identity::is_organisation_active(ctx, organisation)? {
        return Err(Halt::revert(IPolicy::UnknownOrganisation { organisation }));
    }
    Ok(())
}

/// Refuses a text that is empty or too long.
fn require_text(field: &str, text: &str, maximum: usize) -> Result<(), Halt> {
    if text.trim().is_empty() {
        return Err(invalid(field, "it must say something"));
    }
    if text.len() > maximum {
        let limit = format!("bytes of {field}");
        return Err(limit_exceeded(&limit, text.len() as u64, maximum as u64));
    }
    Ok(())
}

fn invalid(field: &str, reason: &str) -> Halt {
    Halt::revert(IPolicy::InvalidArgument {
        field: field.to_owned(),
        reason: reason.to_owned(),
    })
}

fn limit_exceeded(limit: &str, value: u64, maximum: u64) -> Halt {
    Halt::revert(LimitExceeded {
        limit: limit.to_owned(),
        value: U256::from(value),
        maximum: U256::from(maximum),
    })
}

#[cfg(test)]
mod tests;
