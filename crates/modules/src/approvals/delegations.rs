//! Delegation of checking and approving, until a date.

use super::{
    Approvals, DELEGATION_MAX,
    IApprovals::{Delegated, Delegation, InvalidDelegation, Stage},
    StoredDelegation, persons,
};
use crate::{Context, Halt, emit, identity};
use alloy_primitives::Address;

/// Lets another account act in the caller's place, or ends that.
pub(super) fn delegate(
    ctx: &mut dyn Context,
    (stage, account): (Stage, Address),
    until: u64,
) -> Result<(), Halt> {
    let principal = ctx.caller();
    let refuse = |reason: &str| {
        Halt::revert(InvalidDelegation {
            account,
            reason: reason.to_owned(),
        })
    };
    let Some(permission) = persons::permission(stage) else {
        return Err(refuse("only checking and approving are delegated"));
    };
    let now = ctx.time().get();
    let until = if until > now { until } else { 0 };
    if until != 0 {
        let organisation = identity::require_permission(ctx, principal, permission)?;
        if account == principal {
            return Err(refuse("it is the caller"));
        }
        if !persons::holds(ctx, organisation, account, Stage::Make)? {
            return Err(refuse("it is no active account of the organisation"));
        }
        if until > now.saturating_add(DELEGATION_MAX) {
            return Err(refuse("it ends in at most 366 days"));
        }
    }
    let delegations = Approvals::storage().delegations.at(ctx, &principal)?;
    let slot = delegations.at(ctx, &(stage as u8))?;
    let delegation = if until == 0 {
        StoredDelegation::default()
    } else {
        StoredDelegation {
            delegate: account,
            until,
        }
    };
    slot.set(ctx, &delegation)?;
    emit(
        ctx,
        &Delegated {
            principal,
            account,
            stage,
            until,
        },
    )
}

/// To whom an account has delegated a stage.
pub(super) fn of(
    ctx: &mut dyn Context,
    account: Address,
    stage: Stage,
) -> Result<Delegation, Halt> {
    let delegations = Approvals::storage().delegations.at(ctx, &account)?;
    let stored = delegations.at(ctx, &(stage as u8))?.get(ctx)?;
    Ok(Delegation {
        delegate: stored.delegate,
        until: stored.until,
    })
}
