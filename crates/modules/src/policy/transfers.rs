//! Whether a transfer may be made: the token's transfer policy, and the orders on the sender.

use super::{
    ADDRESS,
    IPolicy::{self, OrderKind, TransferRefused},
    Policy, REMITTANCE_BYTES_MAX, Refusal, Sent, Spent, TermsRecord, TransferPolicy, calendar,
    denial::Stop,
    limit_exceeded,
    orders::{Reviewed, in_force},
    registry,
};
use crate::{
    Context, Halt, identity,
    storage::{Set, Slot},
    within,
};
use alloy_primitives::{Address, U256};

/// A kind of reference that any kind satisfies.
const ANY_KIND: u32 = u32::MAX;

/// A transfer of a token.
#[derive(Clone, Copy, Debug)]
pub struct Transfer<'a> {
    /// Number of the token's transfer policy.
    pub policy: u64,
    /// The token.
    pub token: Address,
    /// Who sends; zero for a mint.
    pub from: Address,
    /// Who receives; zero for a burn.
    pub to: Address,
    /// How much, in the token's smallest unit.
    pub amount: U256,
    /// Kind of the reference that it carries: four bytes as in ISO 20022, big-endian; 0 for none.
    pub kind: u32,
    /// The reference.
    pub text: &'a str,
}

/// Whether a transfer may be made now.
///
/// # Errors
/// `UnknownPolicy`; as [`Context::load`]. A refusal is no error.
pub fn check_transfer(
    ctx: &mut dyn Context,
    transfer: &Transfer<'_>,
) -> Result<Result<(), Refusal>, Halt> {
    within(ctx, ADDRESS, |ctx| {
        Ok(Stop::split(check(ctx, transfer))?.map(|_| ()))
    })
}

/// Checks a transfer and counts it against the limits. Whoever calls it says which token it speaks
/// for: modules that keep tokens, and nobody from outside.
///
/// # Errors
/// As [`check_transfer`]; as [`Context::store`].
pub fn record_transfer(
    ctx: &mut dyn Context,
    transfer: &Transfer<'_>,
) -> Result<Result<(), Refusal>, Halt> {
    within(ctx, ADDRESS, |ctx| {
        match Stop::split(check(ctx, transfer))? {
            Ok(counted) => Ok(Ok(counted.write(ctx)?)),
            Err(refusal) => Ok(Err(refusal)),
        }
    })
}

/// What a transfer will have counted.
#[derive(Default)]
struct Counted {
    sent: Option<(Slot<Sent>, Sent)>,
    spent: Vec<(Slot<Spent>, Spent)>,
    approved: Vec<(Slot<u64>, u64)>,
}

impl Counted {
    fn write(self, ctx: &mut dyn Context) -> Result<(), Halt> {
        if let Some((slot, sent)) = self.sent {
            slot.set(ctx, &sent)?;
        }
        for (slot, spent) in self.spent {
            slot.set(ctx, &spent)?;
        }
        for (slot, left) in self.approved {
            slot.set(ctx, &left)?;
        }
        Ok(())
    }
}

fn check(ctx: &mut dyn Context, transfer: &Transfer<'_>) -> Result<Counted, Stop<Refusal>> {
    let (entry, terms) = registry::find(ctx, transfer.policy)?;
    if transfer.text.len() > REMITTANCE_BYTES_MAX {
        let (length, maximum) = (transfer.text.len() as u64, REMITTANCE_BYTES_MAX as u64);
        return Err(limit_exceeded("bytes of remittance", length, maximum).into());
    }
    if !entry.tokens.contains(ctx, &transfer.token)? {
        let token = transfer.token;
        return Err(Stop::Denied(Refusal::TokenNotRegistered { token }));
    }
    let mut counted = Counted::default();
    if transfer.from != Address::ZERO {
        check_orders(ctx, transfer, &mut counted)?;
    }
    for party in [transfer.from, transfer.to] {
        if party != Address::ZERO {
            check_party(ctx, &entry, &terms, party)?;
        }
    }
    let has_kind = match terms.remittance {
        0 => true,
        ANY_KIND => transfer.kind != 0,
        kind => transfer.kind == kind,
    };
    if !has_kind || (terms.remittance != 0 && transfer.text.trim().is_empty()) {
        let kind = terms.remittance;
        return Err(Stop::Denied(Refusal::RemittanceMissing { kind }));
    }
    if transfer.from != Address::ZERO {
        check_amount(ctx, &entry, &terms, (transfer, &mut counted))?;
    }
    Ok(counted)
}

/// Lists and verification level.
fn check_party(
    ctx: &mut dyn Context,
    entry: &TransferPolicy,
    terms: &TermsRecord,
    account: Address,
) -> Result<(), Stop<Refusal>> {
    if !terms.allow_listed && !terms.deny_listed && terms.level == 0 {
        return Ok(());
    }
    let record = identity::account(ctx, account)?;
    let organisation = record.organisation;
    if terms.deny_listed && is_listed(ctx, entry.denied, (account, organisation))? {
        return Err(Stop::Denied(Refusal::OnDenyList { account }));
    }
    if terms.allow_listed && !is_listed(ctx, entry.allowed, (account, organisation))? {
        return Err(Stop::Denied(Refusal::NotOnAllowList { account }));
    }
    let level = match identity::organisation_number(account) {
        // The members themselves have verified whom they admitted.
        Some(number) if identity::is_organisation_active(ctx, number)? => u8::MAX,
        _ => record.level,
    };
    if level < terms.level {
        return Err(Stop::Denied(Refusal::LevelTooLow {
            account,
            level,
            needed: terms.level,
        }));
    }
    Ok(())
}

/// Whether an account is on a list, itself or by its organisation.
fn is_listed(
    ctx: &mut dyn Context,
    list: Set<Address>,
    (account, organisation): (Address, u64),
) -> Result<bool, Halt> {
    if list.contains(ctx, &account)? {
        return Ok(true);
    }
    if organisation == 0 {
        return Ok(false);
    }
    list.contains(ctx, &identity::organisation_address(organisation))
}

/// The policy's own limits of the amount.
fn check_amount(
    ctx: &mut dyn Context,
    entry: &TransferPolicy,
    terms: &TermsRecord,
    (transfer, counted): (&Transfer<'_>, &mut Counted),
) -> Result<(), Stop<Refusal>> {
    // An amount that no limit can hold is above every limit.
    let amount: u128 = transfer.amount.saturating_to();
    let exceeds = |amount: u128, limit: u128| {
        limit != 0 && (amount > limit || transfer.amount > U256::from(u128::MAX))
    };
    if exceeds(amount, terms.per_transfer) {
        let limit = terms.per_transfer;
        return Err(Stop::Denied(Refusal::AboveTransferLimit { limit }));
    }
    if terms.per_day == 0 && terms.per_month == 0 {
        return Ok(());
    }
    let by_token = entry.sent.at(ctx, &transfer.token)?;
    let slot = by_token.at(ctx, &transfer.from)?;
    let mut sent = slot.get(ctx)?.on(calendar::day(ctx.time()));
    let after = sent.in_day.saturating_add(amount);
    if exceeds(after, terms.per_day) {
        let (limit, sent) = (terms.per_day, sent.in_day);
        return Err(Stop::Denied(Refusal::AboveDayLimit { limit, sent }));
    }
    sent.in_day = after;
    let after = sent.in_month.saturating_add(amount);
    if exceeds(after, terms.per_month) {
        let (limit, sent) = (terms.per_month, sent.in_month);
        return Err(Stop::Denied(Refusal::AboveMonthLimit { limit, sent }));
    }
    sent.in_month = after;
    counted.sent = Some((slot, sent));
    Ok(())
}

impl Sent {
    /// What of it counts on a day.
    pub(super) fn on(mut self, day: u64) -> Self {
        let month = calendar::month(day);
        if self.day != day {
            self.in_day = 0;
        }
        if self.month != month {
            self.in_month = 0;
        }
        (self.day, self.month) = (day, month);
        self
    }
}

/// What orders on the sender say. Each of them must let the transfer pass.
fn check_orders(
    ctx: &mut dyn Context,
    transfer: &Transfer<'_>,
    counted: &mut Counted,
) -> Result<(), Stop<Refusal>> {
    let account = transfer.from;
    if !identity::account(ctx, account)?.restricted {
        return Ok(());
    }
    for (id, head) in in_force(ctx, account)? {
        match head.kind {
            OrderKind::FreezeAccount | OrderKind::FreezeContract => {
                return Err(Stop::Denied(Refusal::SenderFrozen {
                    account,
                    order: id,
                    until: head.until,
                }));
            }
            OrderKind::Limit => check_limit(ctx, id, transfer, counted)?,
            OrderKind::Review => check_review(ctx, id, transfer, counted)?,
            OrderKind::ForcedTransfer | OrderKind::None | OrderKind::__Invalid => {}
        }
    }
    Ok(())
}

fn check_limit(
    ctx: &mut dyn Context,
    order: u64,
    transfer: &Transfer<'_>,
    counted: &mut Counted,
) -> Result<(), Stop<Refusal>> {
    let entry = Policy::storage().orders.at(ctx, &order)?;
    let terms = entry.terms.get(ctx)?;
    if terms.token != Address::ZERO && terms.token != transfer.token {
        return Ok(());
    }
    let day = calendar::day(ctx.time());
    let slot = entry.spent.at(ctx, &transfer.token)?;
    let mut spent = slot.get(ctx)?;
    if spent.day != day {
        spent = Spent {
            day,
            amount: U256::ZERO,
        };
    }
    let after = spent.amount.saturating_add(transfer.amount);
    if after > terms.amount {
        return Err(Stop::Denied(Refusal::AboveOrderLimit {
            order,
            limit: terms.amount,
            sent: spent.amount,
        }));
    }
    spent.amount = after;
    counted.spent.push((slot, spent));
    Ok(())
}

fn check_review(
    ctx: &mut dyn Context,
    order: u64,
    transfer: &Transfer<'_>,
    counted: &mut Counted,
) -> Result<(), Stop<Refusal>> {
    let entry = Policy::storage().orders.at(ctx, &order)?;
    let terms = entry.terms.get(ctx)?;
    let is_other = terms.token != Address::ZERO && terms.token != transfer.token;
    if is_other || transfer.amount <= terms.amount {
        return Ok(());
    }
    let reviewed = Reviewed {
        token: transfer.token,
        to: transfer.to,
        amount: transfer.amount,
        kind: transfer.kind,
        text: transfer.text,
    };
    let key = reviewed.key(ctx)?;
    let slot = entry.approved.at(ctx, &key)?;
    let Some(left) = slot.get(ctx)?.checked_sub(1) else {
        return Err(Stop::Denied(Refusal::ReviewNeeded {
            order,
            threshold: terms.amount,
        }));
    };
    counted.approved.push((slot, left));
    Ok(())
}

/// The operations of the interface: the caller is the token.
pub(super) fn check_call(
    ctx: &mut dyn Context,
    call: &IPolicy::checkTransferCall,
) -> Result<(), Halt> {
    let transfer = Transfer {
        policy: call.policy,
        token: ctx.caller(),
        from: call.from,
        to: call.to,
        amount: call.amount,
        kind: u32::from_be_bytes(call.remittance.kind.0),
        text: &call.remittance.text,
    };
    refuse(call.policy, check_transfer(ctx, &transfer)?)
}

pub(super) fn record_call(
    ctx: &mut dyn Context,
    call: &IPolicy::recordTransferCall,
) -> Result<(), Halt> {
    let transfer = Transfer {
        policy: call.policy,
        token: ctx.caller(),
        from: call.from,
        to: call.to,
        amount: call.amount,
        kind: u32::from_be_bytes(call.remittance.kind.0),
        text: &call.remittance.text,
    };
    refuse(call.policy, record_transfer(ctx, &transfer)?)
}

fn refuse(policy: u64, answer: Result<(), Refusal>) -> Result<(), Halt> {
    answer.map_err(|refusal| {
        Halt::revert(TransferRefused {
            policy,
            code: refusal.code(),
            reason: refusal.to_string(),
        })
    })
}

/// The same question as a view, about any token.
pub(super) fn may_transfer(
    ctx: &mut dyn Context,
    call: &IPolicy::mayTransferCall,
) -> Result<IPolicy::mayTransferReturn, Halt> {
    let transfer = Transfer {
        policy: call.policy,
        token: call.token,
        from: call.from,
        to: call.to,
        amount: call.amount,
        kind: u32::from_be_bytes(call.remittance.kind.0),
        text: &call.remittance.text,
    };
    Ok(match check_transfer(ctx, &transfer)? {
        Ok(()) => IPolicy::mayTransferReturn {
            allowed: true,
            code: 0,
            reason: String::new(),
        },
        Err(refusal) => IPolicy::mayTransferReturn {
            allowed: false,
            code: refusal.code(),
            reason: refusal.to_string(),
        },
    })
}
