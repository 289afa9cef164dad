//! Who may do what with jobs.

use super::{
    Call,
    IScheduler::{NotGovernance, NotOwner},
    State, queue,
};
use crate::{
    Context, Halt,
    IModule::LimitExceeded,
    identity::{self, Permission},
    policy,
};
use alloy_primitives::{Address, U256, address};

// It stands above the Scheduler.
pub(super) const GOVERNANCE: Address = address!("0x7174000000000000000000000000000000000014");

/// The organisation whose jobs the caller may make; 0 for governance.
pub(super) fn organisation_of_maker(ctx: &mut dyn Context) -> Result<u32, Halt> {
    let caller = ctx.caller();
    if caller == GOVERNANCE {
        return Ok(0);
    }
    let organisation = identity::require_permission(ctx, caller, Permission::Schedule)?;
    number(organisation)
}

/// The number of an organisation as queues keep it.
pub(super) fn number(organisation: u64) -> Result<u32, Halt> {
    if organisation > queue::ORGANISATION_MAX {
        return Err(Halt::revert(LimitExceeded {
            limit: "number of an organisation with jobs".to_owned(),
            value: U256::from(organisation),
            maximum: U256::from(queue::ORGANISATION_MAX),
        }));
    }
    Ok(organisation as u32)
}

/// Refuses everybody but the owner.
pub(super) fn require_owner(ctx: &dyn Context, job: u64, state: &State) -> Result<(), Halt> {
    let caller = ctx.caller();
    if caller == state.owner {
        return Ok(());
    }
    Err(Halt::revert(NotOwner {
        job,
        owner: state.owner,
        caller,
    }))
}

/// Refuses everybody but the owner and who manages the members of its organisation.
pub(super) fn require_owner_or_manager(
    ctx: &mut dyn Context,
    job: u64,
    state: &State,
) -> Result<(), Halt> {
    let caller = ctx.caller();
    let organisation = u64::from(state.organisation);
    if caller != state.owner
        && organisation != 0
        && identity::organisation_of(ctx, caller)? == organisation
        && identity::has_permission(ctx, caller, Permission::ManageMembers)?
    {
        return Ok(());
    }
    require_owner(ctx, job, state)
}

/// Refuses everybody but governance.
pub(super) fn require_governance(ctx: &dyn Context) -> Result<(), Halt> {
    if ctx.caller() == GOVERNANCE {
        return Ok(());
    }
    Err(Halt::revert(NotGovernance {
        caller: ctx.caller(),
    }))
}

/// Whether a job may run now: its owner still schedules for the organisation that pays, and no rule
/// or order is against the call.
pub(super) fn may_run(ctx: &mut dyn Context, state: &State, call: &Call) -> Result<bool, Halt> {
    if state.owner == GOVERNANCE {
        return Ok(true);
    }
    let organisation = identity::organisation_of(ctx, state.owner)?;
    if organisation != u64::from(state.organisation)
        || !identity::has_permission(ctx, state.owner, Permission::Schedule)?
    {
        return Ok(false);
    }
    let selector = call.selector.to_be_bytes();
    Ok(policy::may_run(ctx, state.owner, call.target, selector)?.is_ok())
}
