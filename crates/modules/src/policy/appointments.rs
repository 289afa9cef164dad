//! Who is appointed as regulator, for what, and who decides challenges.

use super::{
    Appointment, AppointmentHead,
    IPolicy::{
        self, AppointmentEnded, NotAppointed, OutOfScope, PowerMissing, RegulatorAppointed,
        RegulatorDismissed, ReviewAuthoritySet, UnknownAppointment,
    },
    Policy, SERVING_MAX,
    contracts::Place,
    invalid, limit_exceeded, require_governance, require_organisation,
};
use crate::{Context, Halt, emit, gas, identity, identity::Permission, page::Page};
use alloy_primitives::{Address, U256};

/// Power to freeze accounts.
pub(super) const FREEZE_ACCOUNT: u64 = 1;
/// Power to freeze contracts.
pub(super) const FREEZE_CONTRACT: u64 = 2;
/// Power to limit what moves out of an account.
pub(super) const LIMIT: u64 = 4;
/// Power to require review.
pub(super) const REVIEW: u64 = 8;
/// Power to force transfers.
pub(super) const FORCE_TRANSFER: u64 = 16;
/// Every power.
const POWERS: u64 = FREEZE_ACCOUNT | FREEZE_CONTRACT | LIMIT | REVIEW | FORCE_TRANSFER;

impl AppointmentHead {
    /// Whether the appointment holds at a time.
    pub(super) const fn is_serving(&self, now: u64) -> bool {
        self.organisation != 0 && self.dismissed == 0 && now < self.until
    }
}

/// Whether an appointment for `scope` reaches a place: every place for the whole chain, else the
/// places of organisations whose jurisdiction begins with it.
pub(super) fn covers(scope: &str, place: &Place) -> bool {
    scope.is_empty() || (place.organisation != 0 && place.jurisdiction.starts_with(scope))
}

/// Appoints a regulator.
pub(super) fn appoint(
    ctx: &mut dyn Context,
    call: IPolicy::appointRegulatorCall,
) -> Result<u64, Halt> {
    require_governance(ctx)?;
    require_organisation(ctx, call.organisation)?;
    check_jurisdiction(&call.jurisdiction)?;
    let now = ctx.time().get();
    if call.until <= now {
        return Err(invalid("until", "an appointment ends in the future"));
    }
    if call.powers.is_zero() || call.powers > U256::from(POWERS) {
        return Err(invalid("powers", "they are a set of 1, 2, 4, 8 and 16"));
    }
    let policy = Policy::storage();
    let serving = prune_serving(ctx, now)?;
    if serving >= SERVING_MAX {
        let count = serving.saturating_add(1);
        return Err(limit_exceeded("serving regulators", count, SERVING_MAX));
    }
    let mut numbers = policy.numbers.get(ctx)?;
    numbers.appointments = numbers.appointments.saturating_add(1);
    policy.numbers.set(ctx, &numbers)?;
    let id = numbers.appointments;
    let entry = policy.appointments.at(ctx, &id)?;
    entry.head.set(
        ctx,
        &AppointmentHead {
            organisation: call.organisation,
            since: now,
            until: call.until,
            dismissed: 0,
        },
    )?;
    entry.powers.set(ctx, &call.powers)?;
    entry.jurisdiction.set(ctx, &call.jurisdiction)?;
    policy.serving.push(ctx)?.set(ctx, &id)?;
    emit(
        ctx,
        &RegulatorAppointed {
            appointment: id,
            organisation: call.organisation,
            jurisdiction: call.jurisdiction,
            powers: call.powers,
            until: call.until,
        },
    )?;
    Ok(id)
}

/// Dismisses a regulator.
pub(super) fn dismiss(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    require_governance(ctx)?;
    let now = ctx.time().get();
    let (entry, mut head) = find(ctx, id)?;
    require_serving(id, &head, now)?;
    head.dismissed = now;
    entry.head.set(ctx, &head)?;
    prune_serving(ctx, now)?;
    emit(
        ctx,
        &RegulatorDismissed {
            appointment: id,
            organisation: head.organisation,
        },
    )
}

/// Takes appointments that have ended off the list of those that serve, and counts the rest.
fn prune_serving(ctx: &mut dyn Context, now: u64) -> Result<u64, Halt> {
    let policy = Policy::storage();
    let mut length = policy.serving.len(ctx)?;
    let mut index = 0;
    while index < length {
        ctx.charge(gas::STEP)?;
        let last = length.saturating_sub(1);
        let (Some(slot), Some(end)) = (
            policy.serving.get(ctx, index)?,
            policy.serving.get(ctx, last)?,
        ) else {
            break;
        };
        let id = slot.get(ctx)?;
        if policy
            .appointments
            .at(ctx, &id)?
            .head
            .get(ctx)?
            .is_serving(now)
        {
            index = index.saturating_add(1);
            continue;
        }
        let moved = end.get(ctx)?;
        slot.set(ctx, &moved)?;
        end.set(ctx, &0)?;
        policy.serving.shrink(ctx)?;
        length = last;
    }
    Ok(length)
}

/// Whether an organisation is a regulator or a review authority now: no order reaches it.
pub(super) fn is_protected(ctx: &mut dyn Context, organisation: u64) -> Result<bool, Halt> {
    let (policy, now) = (Policy::storage(), ctx.time().get());
    if policy.authority_of.at(ctx, &organisation)?.get(ctx)? > 0 {
        return Ok(true);
    }
    for slot in policy.serving.first(ctx, SERVING_MAX)? {
        ctx.charge(gas::STEP)?;
        let id = slot.get(ctx)?;
        let head = policy.appointments.at(ctx, &id)?.head.get(ctx)?;
        if head.organisation == organisation && head.is_serving(now) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The appointment that the caller acts under: it holds, it is of the caller's organisation, the
/// caller may regulate there, and it gives the power.
pub(super) fn require_power(
    ctx: &mut dyn Context,
    id: u64,
    power: u64,
) -> Result<AppointmentHead, Halt> {
    let caller = ctx.caller();
    let (entry, head) = find(ctx, id)?;
    require_serving(id, &head, ctx.time().get())?;
    let organisation = identity::require_permission(ctx, caller, Permission::Regulate)?;
    if organisation != head.organisation {
        return Err(Halt::revert(NotAppointed {
            appointment: id,
            organisation: head.organisation,
            caller,
        }));
    }
    let power = U256::from(power);
    if (entry.powers.get(ctx)? & power).is_zero() {
        return Err(Halt::revert(PowerMissing {
            appointment: id,
            power,
        }));
    }
    Ok(head)
}

/// Refuses a target outside of the reach of an appointment.
pub(super) fn require_reach(
    ctx: &mut dyn Context,
    id: u64,
    target: Address,
    place: &Place,
) -> Result<(), Halt> {
    let entry = Policy::storage().appointments.at(ctx, &id)?;
    let scope = entry.jurisdiction.get(ctx)?;
    if covers(&scope, place) {
        return Ok(());
    }
    Err(Halt::revert(OutOfScope {
        appointment: id,
        target,
        scope,
        jurisdiction: place.jurisdiction.clone(),
    }))
}

/// Whether an appointment holds now.
pub(super) fn is_serving(ctx: &mut dyn Context, id: u64) -> Result<bool, Halt> {
    let now = ctx.time().get();
    let entry = Policy::storage().appointments.at(ctx, &id)?;
    Ok(entry.head.get(ctx)?.is_serving(now))
}

fn require_serving(id: u64, head: &AppointmentHead, now: u64) -> Result<(), Halt> {
    if head.is_serving(now) {
        return Ok(());
    }
    let time = match head.dismissed {
        0 => head.until,
        dismissed => dismissed,
    };
    Err(Halt::revert(AppointmentEnded {
        appointment: id,
        time,
    }))
}

fn find(ctx: &mut dyn Context, id: u64) -> Result<(Appointment, AppointmentHead), Halt> {
    let entry = Policy::storage().appointments.at(ctx, &id)?;
    let head = entry.head.get(ctx)?;
    if head.organisation == 0 {
        return Err(Halt::revert(UnknownAppointment { appointment: id }));
    }
    Ok((entry, head))
}

fn check_jurisdiction(jurisdiction: &str) -> Result<(), Halt> {
    let length = jurisdiction.len();
    if length > identity::JURISDICTION_BYTES_MAX {
        let maximum = identity::JURISDICTION_BYTES_MAX as u64;
        return Err(limit_exceeded(
            "bytes of jurisdiction",
            length as u64,
            maximum,
        ));
    }
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    if !jurisdiction.bytes().all(is_code) {
        let reason = "it is an ISO 3166 code or its beginning, such as CN-33";
        return Err(invalid("jurisdiction", reason));
    }
    Ok(())
}

/// Names the review authority of a jurisdiction.
pub(super) fn set_authority(
    ctx: &mut dyn Context,
    call: IPolicy::setReviewAuthorityCall,
) -> Result<(), Halt> {
    require_governance(ctx)?;
    check_jurisdiction(&call.jurisdiction)?;
    let (policy, organisation) = (Policy::storage(), call.organisation);
    if organisation != 0 {
        require_organisation(ctx, organisation)?;
    }
    let slot = policy.authorities.at(ctx, &call.jurisdiction)?;
    let before = slot.get(ctx)?;
    slot.set(ctx, &organisation)?;
    if before != 0 {
        let count = policy.authority_of.at(ctx, &before)?;
        let left = count.get(ctx)?.saturating_sub(1);
        count.set(ctx, &left)?;
    }
    if organisation != 0 {
        let count = policy.authority_of.at(ctx, &organisation)?;
        let more = count.get(ctx)?.saturating_add(1);
        count.set(ctx, &more)?;
    }
    emit(
        ctx,
        &ReviewAuthoritySet {
            organisation,
            jurisdiction: call.jurisdiction,
        },
    )
}

/// Who decides about a jurisdiction, but for one organisation: the authority named for the longest
/// part of it; 0 for nobody.
pub(super) fn authority(ctx: &mut dyn Context, jurisdiction: &str, but: u64) -> Result<u64, Halt> {
    let policy = Policy::storage();
    let longest = jurisdiction.len().min(identity::JURISDICTION_BYTES_MAX);
    for length in (0..=longest).rev() {
        ctx.charge(gas::STEP)?;
        let Some(part) = jurisdiction.get(..length) else {
            continue;
        };
        let organisation = policy.authorities.at(ctx, &part.to_owned())?.get(ctx)?;
        if organisation != 0 && organisation != but {
            return Ok(organisation);
        }
    }
    Ok(0)
}

/// An appointment, for the view.
pub(super) fn view(ctx: &mut dyn Context, id: u64) -> Result<IPolicy::Appointment, Halt> {
    let now = ctx.time().get();
    let (entry, head) = find(ctx, id)?;
    Ok(IPolicy::Appointment {
        id,
        organisation: head.organisation,
        jurisdiction: entry.jurisdiction.get(ctx)?,
        powers: entry.powers.get(ctx)?,
        since: head.since,
        until: head.until,
        dismissed: head.dismissed,
        serving: head.is_serving(now),
    })
}

/// Every appointment, for the view.
pub(super) fn view_all(
    ctx: &mut dyn Context,
    page: Page,
) -> Result<IPolicy::appointmentsReturn, Halt> {
    let count = Policy::storage().numbers.get(ctx)?.appointments;
    let mut list = Vec::new();
    for index in page.range(count) {
        list.push(view(ctx, index.saturating_add(1))?);
    }
    Ok(IPolicy::appointmentsReturn {
        list,
        next: page.next(count),
    })
}
