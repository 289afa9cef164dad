//! Who may act on an operation, and in whose right.

use super::{
    Approvals,
    IApprovals::{
        AboveLimit, NotDelegate, NotMember, OtherOrganisation, RightLost, SamePerson, Stage,
    },
    People, StoredLimit,
};
use crate::{
    Context, Halt, gas,
    identity::{self, Permission},
};
use alloy_primitives::{Address, U256};

/// The organisation of an active member.
pub(super) fn organisation_of(ctx: &mut dyn Context, account: Address) -> Result<u64, Halt> {
    let organisation = identity::organisation_of(ctx, account)?;
    if organisation == 0 || !identity::is_active(ctx, account)? {
        return Err(Halt::revert(NotMember { account }));
    }
    Ok(organisation)
}

/// Refuses a caller who is no active member of an operation's organisation.
pub(super) fn require_member(
    ctx: &mut dyn Context,
    (id, organisation): (u64, u64),
) -> Result<Address, Halt> {
    let account = ctx.caller();
    if organisation_of(ctx, account)? != organisation {
        return Err(Halt::revert(OtherOrganisation { id, organisation }));
    }
    Ok(account)
}

/// The permission of a stage; making needs none here, because the module asks.
pub(super) const fn permission(stage: Stage) -> Option<Permission> {
    match stage {
        Stage::Check => Some(Permission::Check),
        Stage::Approve => Some(Permission::Approve),
        Stage::Make | Stage::None | Stage::__Invalid => None,
    }
}

/// In whose right an active member of an organisation acts in a stage: in its own, or in that of a
/// person who has delegated it.
pub(super) fn principal_of(
    ctx: &mut dyn Context,
    organisation: u64,
    (account, named): (Address, Address),
    stage: Stage,
) -> Result<Address, Halt> {
    if named == Address::ZERO || named == account {
        if let Some(permission) = permission(stage) {
            identity::require_permission(ctx, account, permission)?;
        }
        return Ok(account);
    }
    let delegations = Approvals::storage().delegations.at(ctx, &named)?;
    let delegation = delegations.at(ctx, &(stage as u8))?.get(ctx)?;
    let is_delegate = delegation.delegate == account && ctx.time().get() < delegation.until;
    if !is_delegate || !holds(ctx, organisation, named, stage)? {
        return Err(Halt::revert(NotDelegate {
            account,
            principal: named,
            stage,
        }));
    }
    Ok(named)
}

/// Whether an account is an active member of an organisation with the right to a stage.
pub(super) fn holds(
    ctx: &mut dyn Context,
    organisation: u64,
    account: Address,
    stage: Stage,
) -> Result<bool, Halt> {
    if identity::organisation_of(ctx, account)? != organisation {
        return Ok(false);
    }
    match permission(stage) {
        Some(permission) => identity::has_permission(ctx, account, permission),
        None => identity::is_active(ctx, account),
    }
}

/// Refuses a person who has acted on the operation, in person or by delegation.
pub(super) fn require_new(id: u64, people: &People, acting: [Address; 2]) -> Result<(), Halt> {
    let before = [people.maker, people.checker, people.checker_principal];
    for account in acting {
        if before.contains(&account) {
            return Err(Halt::revert(SamePerson { id, account }));
        }
    }
    Ok(())
}

/// Refuses a person none of whose roles reaches an amount, where the stage has limits.
pub(super) fn require_reach(
    ctx: &mut dyn Context,
    limits: &[StoredLimit],
    (account, stage): (Address, Stage),
    amount: U256,
) -> Result<(), Halt> {
    let mut is_limited = false;
    for limit in limits.iter().filter(|limit| limit.stage == stage) {
        ctx.charge(gas::STEP)?;
        is_limited = true;
        if limit.amount >= amount && identity::has_role(ctx, account, limit.role)? {
            return Ok(());
        }
    }
    if !is_limited {
        return Ok(());
    }
    Err(Halt::revert(AboveLimit {
        account,
        stage,
        amount,
    }))
}

/// Refuses the end of an operation whose maker or checker has lost the right to it since.
pub(super) fn require_lasting(
    ctx: &mut dyn Context,
    (id, organisation): (u64, u64),
    people: &People,
) -> Result<(), Halt> {
    let rights = [
        (people.maker, Stage::Make),
        (people.checker, Stage::Make),
        (people.checker_principal, Stage::Check),
    ];
    for (account, stage) in rights {
        if account != Address::ZERO && !holds(ctx, organisation, account, stage)? {
            return Err(Halt::revert(RightLost { id, account }));
        }
    }
    Ok(())
}
