//! The member organisations and their weights.

use super::{
    Governance,
    IGovernance::{NotMember, Unchanged, WeightChanged},
    Weight,
    rules::Member,
};
use crate::{
    Context, Halt, emit, gas,
    identity::{self, OrganisationStatus},
};

/// Every member, suspended ones included, with what it counts for now.
pub(super) fn all(ctx: &mut dyn Context) -> Result<Vec<Member>, Halt> {
    let members = Governance::storage().members;
    let mut all = Vec::new();
    for index in 0..members.len(ctx)? {
        ctx.charge(gas::STEP)?;
        if let Some(organisation) = members.get(ctx, index)? {
            all.push(one(ctx, organisation)?);
        }
    }
    Ok(all)
}

/// What an organisation counts for now.
pub(super) fn one(ctx: &mut dyn Context, organisation: u64) -> Result<Member, Halt> {
    let head = identity::organisation(ctx, organisation)?;
    Ok(Member {
        organisation,
        kind: head.kind as u8,
        weight: weight(ctx, organisation)?,
        is_active: head.status == OrganisationStatus::Active,
    })
}

/// Refuses an organisation that is no member.
pub(super) fn require(ctx: &mut dyn Context, organisation: u64) -> Result<Member, Halt> {
    if !Governance::storage().members.contains(ctx, &organisation)? {
        return Err(Halt::revert(NotMember { organisation }));
    }
    one(ctx, organisation)
}

fn weight(ctx: &mut dyn Context, organisation: u64) -> Result<u32, Halt> {
    let stored = Governance::storage()
        .weights
        .at(ctx, &organisation)?
        .get(ctx)?;
    Ok(if stored.is_set { stored.weight } else { 1 })
}

/// Refuses a weight that holds already.
pub(super) fn check_weight(ctx: &mut dyn Context, member: &Member, new: u32) -> Result<(), Halt> {
    if member.weight == new {
        return Err(Halt::revert(Unchanged {}));
    }
    super::checks::limit(
        "weight of an organisation",
        new.into(),
        super::WEIGHT_MAX.into(),
    )?;
    ctx.charge(gas::STEP)
}

/// Writes a weight that was checked.
pub(super) fn set_weight(ctx: &mut dyn Context, organisation: u64, new: u32) -> Result<(), Halt> {
    let before = weight(ctx, organisation)?;
    let slot = Governance::storage().weights.at(ctx, &organisation)?;
    slot.set(
        ctx,
        &Weight {
            is_set: true,
            weight: new,
        },
    )?;
    emit(
        ctx,
        &WeightChanged {
            organisation,
            before,
            weight: new,
        },
    )
}
