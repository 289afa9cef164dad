//! Challenges: the second opinion about an order.

use super::{
    Challenge, ChallengeHead,
    IPolicy::{
        self, AlreadyChallenged, ChallengeDecided, ChallengeStatus, NotChallenged, NotConcerned,
        NotReviewAuthority, OrderChallenged, OrderStatus,
    },
    TEXT_BYTES_MAX, appointments,
    contracts::organisation_of,
    invalid,
    orders::{end, require_in_force},
    require_text,
};
use crate::{Context, Halt, emit, identity, identity::Permission};
use alloy_primitives::Address;

/// Challenges an order in the name of whom it concerns.
pub(super) fn challenge(ctx: &mut dyn Context, id: u64, grounds: String) -> Result<(), Halt> {
    require_text("grounds", &grounds, TEXT_BYTES_MAX)?;
    let (order, head) = require_in_force(ctx, id)?;
    let by = ctx.caller();
    if !is_concerned(ctx, by, head.target)? {
        return Err(Halt::revert(NotConcerned { id, caller: by }));
    }
    if head.appointment == 0 {
        return Err(invalid("id", "what the members voted for ends by a vote"));
    }
    let slot = order.challenge.head;
    if slot.get(ctx)?.status != ChallengeStatus::None {
        return Err(Halt::revert(AlreadyChallenged { id }));
    }
    let challenge = ChallengeHead {
        status: ChallengeStatus::Open,
        by,
        time: ctx.time().get(),
        ..ChallengeHead::default()
    };
    slot.set(ctx, &challenge)?;
    order.challenge.grounds.set(ctx, &grounds)?;
    emit(
        ctx,
        &OrderChallenged {
            id,
            target: head.target,
            by,
            grounds,
        },
    )
}

/// Whether an order on `target` is `caller`'s concern: it is the target, or it manages the policy
/// of the organisation that the target belongs to.
fn is_concerned(ctx: &mut dyn Context, caller: Address, target: Address) -> Result<bool, Halt> {
    if caller == target {
        return Ok(true);
    }
    let organisation = organisation_of(ctx, target)?;
    if organisation == 0 || identity::organisation_of(ctx, caller)? != organisation {
        return Ok(false);
    }
    identity::has_permission(ctx, caller, Permission::ManagePolicy)
}

/// Upholds or lifts a challenged order in the name of the review authority.
pub(super) fn decide(
    ctx: &mut dyn Context,
    call: IPolicy::decideChallengeCall,
) -> Result<(), Halt> {
    let IPolicy::decideChallengeCall { id, lift, reason } = call;
    require_text("reason", &reason, TEXT_BYTES_MAX)?;
    let (order, head) = require_in_force(ctx, id)?;
    let Challenge {
        head: slot,
        reason: why,
        ..
    } = order.challenge;
    let mut challenge = slot.get(ctx)?;
    if challenge.status != ChallengeStatus::Open {
        return Err(Halt::revert(NotChallenged { id }));
    }
    let jurisdiction = order.jurisdiction.get(ctx)?;
    let authority = appointments::authority(ctx, &jurisdiction, head.organisation)?;
    let caller = ctx.caller();
    let organisation = identity::require_permission(ctx, caller, Permission::Regulate)?;
    if authority == 0 || organisation != authority {
        return Err(Halt::revert(NotReviewAuthority {
            id,
            authority,
            caller,
        }));
    }
    challenge.status = if lift {
        ChallengeStatus::Lifted
    } else {
        ChallengeStatus::Upheld
    };
    (challenge.authority, challenge.decided) = (authority, ctx.time().get());
    slot.set(ctx, &challenge)?;
    why.set(ctx, &reason)?;
    emit(
        ctx,
        &ChallengeDecided {
            id,
            target: head.target,
            authority,
            lifted: lift,
            reason: reason.clone(),
        },
    )?;
    if lift {
        end(ctx, id, OrderStatus::Lifted, &reason)?;
    }
    Ok(())
}
