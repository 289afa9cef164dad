//! Which organisation answers for an address.
//!
//! An order's reach is decided by it, so nobody may choose it freely: Governance names it, or the
//! account that deployed the contract shows that the contract's address comes from it (its address
//! and nonce give it), and names its own organisation.

use super::{
    INSTITUTIONS,
    IPolicy::{AlreadyRegistered, ContractOrganisationSet, NotDeployer, ProtectedTarget},
    Policy, require_governance, require_organisation,
};
use crate::{Context, Halt, MODULES, emit, identity, identity::Permission};
use alloy_primitives::Address;
use qiantang_types::REGISTRY_ADDRESS;

/// Where an account or contract belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The organisation that answers for it; 0 for none.
    pub(super) organisation: u64,
    /// That organisation's jurisdiction.
    pub(super) jurisdiction: String,
}

/// Where an address belongs: a member's account and an organisation's own address to the
/// organisation, a contract to the organisation that answers for it.
pub(super) fn place(ctx: &mut dyn Context, target: Address) -> Result<Place, Halt> {
    let organisation = organisation_of(ctx, target)?;
    let jurisdiction = match organisation {
        0 => String::new(),
        organisation => identity::jurisdiction(ctx, organisation)?,
    };
    Ok(Place {
        organisation,
        jurisdiction,
    })
}

pub(super) fn organisation_of(ctx: &mut dyn Context, target: Address) -> Result<u64, Halt> {
    if let Some(number) = identity::organisation_number(target) {
        return Ok(number);
    }
    match identity::organisation_of(ctx, target)? {
        0 => of_contract(ctx, target),
        organisation => Ok(organisation),
    }
}

/// The organisation that was named for a contract.
pub(super) fn of_contract(ctx: &mut dyn Context, target: Address) -> Result<u64, Halt> {
    let entry = Policy::storage().targets.at(ctx, &target)?;
    entry.organisation.get(ctx)
}

/// The account that an address stands for: the keys of an account are that account.
pub(super) fn account_of(ctx: &mut dyn Context, address: Address) -> Result<Address, Halt> {
    let record = identity::account(ctx, address)?;
    Ok(match record.signer_for {
        Address::ZERO => address,
        account => account,
    })
}

/// Refuses what the chain itself consists of.
pub(super) fn require_no_module(target: Address) -> Result<(), Halt> {
    let is_module =
        INSTITUTIONS.contains(&target) || MODULES.iter().any(|module| module.address == target);
    let reason = match target {
        Address::ZERO => "it is nobody",
        REGISTRY_ADDRESS => "it is the registry of the chain",
        _ if is_module => "it is a module of the chain",
        _ => return Ok(()),
    };
    Err(Halt::revert(ProtectedTarget {
        target,
        reason: reason.to_owned(),
    }))
}

/// Names an organisation in the name of the members.
pub(super) fn set(ctx: &mut dyn Context, target: Address, organisation: u64) -> Result<(), Halt> {
    require_governance(ctx)?;
    require_no_module(target)?;
    if organisation != 0 {
        require_organisation(ctx, organisation)?;
    }
    write(ctx, target, organisation)
}

/// Names the caller's organisation for a contract that the caller deployed.
pub(super) fn register(ctx: &mut dyn Context, target: Address, nonce: u64) -> Result<(), Halt> {
    let caller = ctx.caller();
    let organisation = identity::require_permission(ctx, caller, Permission::Deploy)?;
    if caller.create(nonce) != target {
        return Err(Halt::revert(NotDeployer {
            target,
            caller,
            nonce,
        }));
    }
    let before = of_contract(ctx, target)?;
    if before != 0 {
        return Err(Halt::revert(AlreadyRegistered {
            target,
            organisation: before,
        }));
    }
    write(ctx, target, organisation)
}

fn write(ctx: &mut dyn Context, target: Address, organisation: u64) -> Result<(), Halt> {
    let entry = Policy::storage().targets.at(ctx, &target)?;
    entry.organisation.set(ctx, &organisation)?;
    emit(
        ctx,
        &ContractOrganisationSet {
            target,
            organisation,
        },
    )
}
