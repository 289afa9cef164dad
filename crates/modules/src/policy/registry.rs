//! The registry of transfer policies: conditions, lists and tokens, kept by an organisation.

use super::{
    IPolicy::{self, ListKind, Listed, NotOwner, PolicySet, TokenSet, UnknownPolicy},
    LISTED_PER_CALL_MAX, NAME_BYTES_MAX, Policy, TermsRecord, TransferPolicy, calendar, invalid,
    limit_exceeded, listing, require_text,
};
use crate::{Context, Halt, emit, identity, identity::Permission, page::Page, storage::Set};
use alloy_primitives::{Address, FixedBytes, U256};

/// Makes a transfer policy of the caller's organisation.
pub(super) fn create(
    ctx: &mut dyn Context,
    name: String,
    terms: IPolicy::Terms,
) -> Result<u64, Halt> {
    let caller = ctx.caller();
    let owner = identity::require_permission(ctx, caller, Permission::ManagePolicy)?;
    require_text("name", &name, NAME_BYTES_MAX)?;
    let record = checked(owner, &terms)?;
    let policy = Policy::storage();
    let mut numbers = policy.numbers.get(ctx)?;
    numbers.policies = numbers.policies.saturating_add(1);
    policy.numbers.set(ctx, &numbers)?;
    let id = numbers.policies;
    let entry = policy.policies.at(ctx, &id)?;
    entry.terms.set(ctx, &record)?;
    entry.name.set(ctx, &name)?;
    emit(
        ctx,
        &PolicySet {
            policy: id,
            owner,
            name,
            terms,
        },
    )?;
    Ok(id)
}

/// Changes the conditions.
pub(super) fn change(ctx: &mut dyn Context, id: u64, terms: IPolicy::Terms) -> Result<(), Halt> {
    let (entry, owner) = require_owner(ctx, id)?;
    entry.terms.set(ctx, &checked(owner, &terms)?)?;
    let name = entry.name.get(ctx)?;
    emit(
        ctx,
        &PolicySet {
            policy: id,
            owner,
            name,
            terms,
        },
    )
}

/// The record of conditions that can be met.
fn checked(owner: u64, terms: &IPolicy::Terms) -> Result<TermsRecord, Halt> {
    let exceeds = |small: u128, large: u128| large != 0 && small > large;
    if exceeds(terms.perTransfer, terms.perDay) || exceeds(terms.perTransfer, terms.perMonth) {
        let reason = "one transfer cannot move more than a day or a month";
        return Err(invalid("perTransfer", reason));
    }
    if exceeds(terms.perDay, terms.perMonth) {
        return Err(invalid("perDay", "a day cannot move more than a month"));
    }
    Ok(TermsRecord {
        owner,
        allow_listed: terms.allowListed,
        deny_listed: terms.denyListed,
        level: terms.level,
        remittance: u32::from_be_bytes(terms.remittance.0),
        per_transfer: terms.perTransfer,
        per_day: terms.perDay,
        per_month: terms.perMonth,
    })
}

/// Puts accounts on a list or takes them off.
pub(super) fn set_listed(ctx: &mut dyn Context, call: IPolicy::setListedCall) -> Result<(), Halt> {
    let (entry, _) = require_owner(ctx, call.policy)?;
    let list = list(&entry, call.list)?;
    let count = call.accounts.len();
    if count > LISTED_PER_CALL_MAX {
        let maximum = LISTED_PER_CALL_MAX as u64;
        return Err(limit_exceeded("accounts", count as u64, maximum));
    }
    for account in &call.accounts {
        if *account == Address::ZERO {
            return Err(invalid("accounts", "the zero address is nobody"));
        }
        // Whoever is on the list already, or off it, stays so.
        if call.listed {
            list.insert(ctx, account)?;
        } else {
            list.remove(ctx, account)?;
        }
    }
    emit(
        ctx,
        &Listed {
            policy: call.policy,
            list: call.list,
            listed: call.listed,
            accounts: call.accounts,
        },
    )
}

/// Says whether a token may use the policy.
pub(super) fn set_token(ctx: &mut dyn Context, call: &IPolicy::setTokenCall) -> Result<(), Halt> {
    let (entry, _) = require_owner(ctx, call.policy)?;
    if call.token == Address::ZERO {
        return Err(invalid("token", "the zero address is no token"));
    }
    let changed = if call.registered {
        entry.tokens.insert(ctx, &call.token)?
    } else {
        entry.tokens.remove(ctx, &call.token)?
    };
    if !changed {
        let reason = "the token is registered already, or is not";
        return Err(invalid("registered", reason));
    }
    emit(
        ctx,
        &TokenSet {
            policy: call.policy,
            token: call.token,
            registered: call.registered,
        },
    )
}

fn list(entry: &TransferPolicy, kind: ListKind) -> Result<Set<Address>, Halt> {
    match kind {
        ListKind::Allow => Ok(entry.allowed),
        ListKind::Deny => Ok(entry.denied),
        ListKind::None | ListKind::__Invalid => Err(invalid("list", "it must be one of the kinds")),
    }
}

/// A policy of the caller's organisation.
fn require_owner(ctx: &mut dyn Context, id: u64) -> Result<(TransferPolicy, u64), Halt> {
    let caller = ctx.caller();
    let (entry, terms) = find(ctx, id)?;
    let organisation = identity::require_permission(ctx, caller, Permission::ManagePolicy)?;
    if organisation != terms.owner {
        return Err(Halt::revert(NotOwner {
            policy: id,
            owner: terms.owner,
            caller,
        }));
    }
    Ok((entry, organisation))
}

/// A policy and its conditions.
pub(super) fn find(ctx: &mut dyn Context, id: u64) -> Result<(TransferPolicy, TermsRecord), Halt> {
    let entry = Policy::storage().policies.at(ctx, &id)?;
    let terms = entry.terms.get(ctx)?;
    if terms.owner == 0 {
        return Err(Halt::revert(UnknownPolicy { policy: id }));
    }
    Ok((entry, terms))
}

/// A policy, for the view.
pub(super) fn view(ctx: &mut dyn Context, id: u64) -> Result<IPolicy::TransferPolicy, Halt> {
    let (entry, terms) = find(ctx, id)?;
    Ok(IPolicy::TransferPolicy {
        id,
        owner: terms.owner,
        name: entry.name.get(ctx)?,
        terms: IPolicy::Terms {
            allowListed: terms.allow_listed,
            denyListed: terms.deny_listed,
            level: terms.level,
            perTransfer: terms.per_transfer,
            perDay: terms.per_day,
            perMonth: terms.per_month,
            remittance: FixedBytes(terms.remittance.to_be_bytes()),
        },
    })
}

/// Accounts on a list, for the view.
pub(super) fn view_listed(
    ctx: &mut dyn Context,
    call: &IPolicy::listedCall,
) -> Result<IPolicy::listedReturn, Halt> {
    let (entry, _) = find(ctx, call.policy)?;
    let list = list(&entry, call.list)?;
    let (accounts, next) = listing::addresses(ctx, list, Page::new(call.cursor, call.limit))?;
    Ok(IPolicy::listedReturn { accounts, next })
}

/// Tokens that may use a policy, for the view.
pub(super) fn view_tokens(
    ctx: &mut dyn Context,
    call: &IPolicy::tokensCall,
) -> Result<IPolicy::tokensReturn, Halt> {
    let (entry, _) = find(ctx, call.policy)?;
    let page = Page::new(call.cursor, call.limit);
    let (list, next) = listing::addresses(ctx, entry.tokens, page)?;
    Ok(IPolicy::tokensReturn { list, next })
}

/// What an account has sent, for the view.
pub(super) fn view_spent(
    ctx: &mut dyn Context,
    call: &IPolicy::spentCall,
) -> Result<IPolicy::spentReturn, Halt> {
    let (entry, _) = find(ctx, call.policy)?;
    let day = calendar::day(ctx.time());
    let by_token = entry.sent.at(ctx, &call.token)?;
    let sent = by_token.at(ctx, &call.account)?.get(ctx)?.on(day);
    Ok(IPolicy::spentReturn {
        today: U256::from(sent.in_day),
        thisMonth: U256::from(sent.in_month),
    })
}
