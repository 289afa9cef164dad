//! The gate: may this transaction be made now?
//!
//! The pool asks before it takes a transaction and execution before it runs one; both ask the same
//! function. A plain transfer on a chain without rules costs two loads: the sender's record in
//! Identity, which tells at once whether an order concerns it, and the settings here, which tell
//! whether there is anything else to read.

use super::{
    ADDRESS, Denial, GOVERNANCE, IPolicy, Policy, Settings,
    denial::Stop,
    quota::{self, Asked},
    rules::{self, CALL, DEPLOY, Deed, SEND, Who},
};
use crate::{
    Context, Halt, identity,
    identity::{AccountRecord, AccountStatus, KeyState},
    within,
};
use alloy_primitives::{Address, FixedBytes};
use alloy_sol_types::SolCall as _;

/// A transaction that asks to be admitted.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Address of the key that signed it.
    pub sender: Address,
    /// What it calls; `None` for a deployment.
    pub to: Option<Address>,
    /// Its input.
    pub input: &'a [u8],
    /// Gas that it asks for.
    pub gas_limit: u64,
    /// Bytes of its encoding.
    pub bytes: u64,
}

/// In whose name a transaction is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The account that acts: the sender, or the account that the sender is a key of.
    pub account: Address,
    /// Its organisation, whose quota is used; 0 for the guests.
    pub organisation: u64,
}

/// Whether a transaction may be made now, and in whose name.
///
/// # Errors
/// As [`Context::load`]. A denial is no error.
pub fn admit(
    ctx: &mut dyn Context,
    candidate: &Candidate<'_>,
) -> Result<Result<Admission, Denial>, Halt> {
    within(ctx, ADDRESS, |ctx| Stop::split(decide(ctx, candidate)))
}

/// Counts what a transaction used, after it ran. Does nothing where nothing limits its member.
///
/// # Errors
/// As [`Context::store`].
pub fn record_usage(
    ctx: &mut dyn Context,
    organisation: u64,
    gas_used: u64,
    bytes: u64,
) -> Result<(), Halt> {
    within(ctx, ADDRESS, |ctx| {
        let has_overrides = Policy::storage().settings.get(ctx)?.quotas > 0;
        let used = Asked {
            gas: gas_used,
            bytes,
        };
        quota::count(ctx, has_overrides, organisation, used)
    })
}

/// Whether a job of this owner may call this function now. Approvals asks the same before it
/// executes what was proposed. Quotas do not count here: jobs have their own allowance.
///
/// # Errors
/// As [`Context::load`]. A denial is no error.
pub fn may_run(
    ctx: &mut dyn Context,
    owner: Address,
    target: Address,
    selector: [u8; 4],
) -> Result<Result<(), Denial>, Halt> {
    within(ctx, ADDRESS, |ctx| {
        Stop::split(decide_run(ctx, owner, target, selector))
    })
}

/// Whether code at this address must not run now, because an order freezes the contract or the
/// account. Execution asks it for each call that would run code.
///
/// # Errors
/// As [`Context::load`].
pub fn is_frozen(ctx: &mut dyn Context, target: Address) -> Result<bool, Halt> {
    within(ctx, ADDRESS, |ctx| {
        let settings = Policy::storage().settings.get(ctx)?;
        let deed = Deed {
            action: CALL,
            target,
            selector: None,
        };
        let answer = Stop::split(check_target(ctx, &settings, &deed))?;
        Ok(answer.is_err())
    })
}

fn decide(ctx: &mut dyn Context, candidate: &Candidate<'_>) -> Result<Admission, Stop<Denial>> {
    let (account, record) = acting(ctx, candidate.sender)?;
    let settings = Policy::storage().settings.get(ctx)?;
    check_standing(ctx, account, &record)?;
    let deed = Deed::of(candidate);
    if record.restricted && !is_always_open(&deed) {
        check_account(ctx, account)?;
    }
    check_target(ctx, &settings, &deed)?;
    let organisation = record.organisation;
    let who = Who {
        account,
        organisation,
    };
    check_rules(ctx, &settings, who, &deed)?;
    let asked = Asked {
        gas: candidate.gas_limit,
        bytes: candidate.bytes,
    };
    quota::check(ctx, settings.quotas > 0, organisation, asked)?;
    Ok(Admission {
        account,
        organisation,
    })
}

fn decide_run(
    ctx: &mut dyn Context,
    owner: Address,
    target: Address,
    selector: [u8; 4],
) -> Result<(), Stop<Denial>> {
    let settings = Policy::storage().settings.get(ctx)?;
    let deed = Deed {
        action: CALL,
        target,
        selector: Some(u32::from_be_bytes(selector)),
    };
    check_target(ctx, &settings, &deed)?;
    if owner == GOVERNANCE {
        // The members' own decisions are not subject to the rules that they make.
        return Ok(());
    }
    let record = identity::account(ctx, owner)?;
    check_standing(ctx, owner, &record)?;
    if record.restricted {
        check_account(ctx, owner)?;
    }
    let who = Who {
        account: owner,
        organisation: record.organisation,
    };
    check_rules(ctx, &settings, who, &deed)
}

impl Deed {
    fn of(candidate: &Candidate<'_>) -> Self {
        let selector = candidate.input.first_chunk::<4>();
        let action = match candidate.to {
            None => DEPLOY,
            Some(_) if candidate.input.is_empty() => SEND,
            Some(_) => CALL,
        };
        Self {
            action,
            target: candidate.to.unwrap_or_default(),
            // The first bytes of a deployment are code.
            selector: selector
                .filter(|_| action == CALL)
                .map(|bytes| u32::from_be_bytes(*bytes)),
        }
    }
}

/// The account that a key acts as, and its record.
fn acting(ctx: &mut dyn Context, key: Address) -> Result<(Address, AccountRecord), Stop<Denial>> {
    let record = identity::account(ctx, key)?;
    match record.key {
        KeyState::Own => Ok((key, record)),
        KeyState::Signer => {
            let account = record.signer_for;
            Ok((account, identity::account(ctx, account)?))
        }
        KeyState::Revoked | KeyState::__Invalid => Err(Stop::Denied(Denial::KeyRevoked { key })),
    }
}

/// Whether the account and its organisation may act at all.
fn check_standing(
    ctx: &mut dyn Context,
    account: Address,
    record: &AccountRecord,
) -> Result<(), Stop<Denial>> {
    match record.status {
        AccountStatus::Suspended => return Err(Stop::Denied(Denial::AccountSuspended { account })),
        AccountStatus::Closed => return Err(Stop::Denied(Denial::AccountClosed { account })),
        AccountStatus::None | AccountStatus::Active | AccountStatus::__Invalid => {}
    }
    let organisation = record.organisation;
    if organisation == 0 {
        if ctx.parameters().members_only {
            return Err(Stop::Denied(Denial::NotMember { account }));
        }
        return Ok(());
    }
    if !identity::is_organisation_active(ctx, organisation)? {
        return Err(Stop::Denied(Denial::OrganisationInactive { organisation }));
    }
    Ok(())
}

/// What a frozen account may still do: challenge the order, and take part in the members'
/// decisions, so that no regulator can take away a member's vote.
fn is_always_open(deed: &Deed) -> bool {
    let challenge = u32::from_be_bytes(IPolicy::challengeOrderCall::SELECTOR);
    deed.target == GOVERNANCE || (deed.target == ADDRESS && deed.selector == Some(challenge))
}

fn check_account(ctx: &mut dyn Context, account: Address) -> Result<(), Stop<Denial>> {
    let freeze = Policy::storage()
        .targets
        .at(ctx, &account)?
        .freeze
        .get(ctx)?;
    if freeze.account_until > ctx.time().get() {
        return Err(Stop::Denied(Denial::AccountFrozen {
            account,
            order: freeze.account_order,
            until: freeze.account_until,
        }));
    }
    Ok(())
}

/// Whether the target may be called: not a frozen contract, nor the code of a frozen account.
/// Value without a call still reaches a frozen account.
fn check_target(
    ctx: &mut dyn Context,
    settings: &Settings,
    deed: &Deed,
) -> Result<(), Stop<Denial>> {
    if settings.frozen == 0 || deed.action == DEPLOY {
        return Ok(());
    }
    let target = deed.target;
    let (freeze, now) = (
        Policy::storage()
            .targets
            .at(ctx, &target)?
            .freeze
            .get(ctx)?,
        ctx.time().get(),
    );
    let (until, order) = if freeze.contract_until > now {
        (freeze.contract_until, freeze.contract_order)
    } else if deed.action == CALL && freeze.account_until > now {
        (freeze.account_until, freeze.account_order)
    } else {
        return Ok(());
    };
    Err(Stop::Denied(Denial::TargetFrozen {
        target,
        order,
        until,
    }))
}

fn check_rules(
    ctx: &mut dyn Context,
    settings: &Settings,
    who: Who,
    deed: &Deed,
) -> Result<(), Stop<Denial>> {
    if settings.chain_rules > 0 {
        rules::check(ctx, 0, who, deed)?;
    }
    if settings.own_rules > 0 && who.organisation != 0 {
        rules::check(ctx, who.organisation, who, deed)?;
    }
    Ok(())
}

/// The same question as a view: zero words stand for a deployment and for sending.
pub(super) fn may_act(
    ctx: &mut dyn Context,
    call: &IPolicy::mayActCall,
) -> Result<IPolicy::mayActReturn, Halt> {
    let FixedBytes(selector) = call.selector;
    let to = (call.target != Address::ZERO).then_some(call.target);
    let is_call = to.is_some() && selector != [0; 4];
    let candidate = Candidate {
        sender: call.account,
        to,
        input: if is_call { &selector } else { &[] },
        gas_limit: call.gas,
        bytes: call.size,
    };
    Ok(match Stop::split(decide(ctx, &candidate))? {
        Ok(_) => IPolicy::mayActReturn {
            allowed: true,
            code: 0,
            reason: String::new(),
        },
        Err(denial) => IPolicy::mayActReturn {
            allowed: false,
            code: denial.code(),
            reason: denial.to_string(),
        },
    })
}
