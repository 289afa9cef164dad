//! What other modules ask: who an account is, and what it may do.

use super::{
    ADDRESS, AccountRecord, AccountStatus,
    IIdentity::{NotPermitted, NotPolicy, Restricted},
    Identity, KeyState, OrganisationHead, OrganisationStatus, Permission, organisation_address,
    organisation_number,
    permission::{allowed, holds},
};
use crate::{Context, Halt, emit, within};
use alloy_primitives::{Address, U256};

/// The record of an account or key; zeros where Identity knows nothing about it.
///
/// # Errors
/// As [`Context::load`].
pub fn account(ctx: &mut dyn Context, account: Address) -> Result<AccountRecord, Halt> {
    within(ctx, ADDRESS, |ctx| record(ctx, account))
}

/// The slot of Identity that holds an account's record, for who reads it beforehand.
pub fn account_slot(account: Address) -> alloy_primitives::U256 {
    Identity::storage().accounts.slot_of(&account)
}

/// The organisation of an account; zero for none.
///
/// # Errors
/// As [`Context::load`].
pub fn organisation_of(ctx: &mut dyn Context, account: Address) -> Result<u64, Halt> {
    within(ctx, ADDRESS, |ctx| Ok(record(ctx, account)?.organisation))
}

/// Whether an account and its organisation are active.
///
/// # Errors
/// As [`Context::load`].
pub fn is_active(ctx: &mut dyn Context, account: Address) -> Result<bool, Halt> {
    within(ctx, ADDRESS, |ctx| {
        let record = record(ctx, account)?;
        acts(ctx, &record)
    })
}

/// Whether an account is active and one of its roles allows this.
///
/// # Errors
/// As [`Context::load`].
pub fn has_permission(
    ctx: &mut dyn Context,
    account: Address,
    permission: Permission,
) -> Result<bool, Halt> {
    within(ctx, ADDRESS, |ctx| {
        Ok(permitted(ctx, account, permission.set())?.is_some())
    })
}

/// Whether an account is active and holds a role of its organisation.
///
/// # Errors
/// As [`Context::load`].
pub fn has_role(ctx: &mut dyn Context, account: Address, role: u8) -> Result<bool, Halt> {
    within(ctx, ADDRESS, |ctx| {
        let entry = Identity::storage().accounts.at(ctx, &account)?;
        let record = entry.record.get(ctx)?;
        Ok(acts(ctx, &record)? && holds(entry.grants.get(ctx)?.roles, role))
    })
}

/// The organisation of an account that is active and may do this.
///
/// # Errors
/// [`NotPermitted`]; as [`Context::load`].
pub fn require_permission(
    ctx: &mut dyn Context,
    account: Address,
    permission: Permission,
) -> Result<u64, Halt> {
    within(ctx, ADDRESS, |ctx| {
        permitted(ctx, account, permission.set())?.ok_or_else(|| {
            Halt::revert(NotPermitted {
                account,
                permission: permission as u8,
            })
        })
    })
}

/// Whom an account acts for in business modules: its organisation's address where it is active and
/// may submit, else itself.
///
/// # Errors
/// As [`Context::load`].
pub fn actor(ctx: &mut dyn Context, account: Address) -> Result<Address, Halt> {
    within(ctx, ADDRESS, |ctx| {
        let organisation = permitted(ctx, account, Permission::Submit.set())?;
        Ok(organisation.map_or(account, organisation_address))
    })
}

/// Whether an account may act as a party: as itself, or as its organisation where it is active and
/// may submit.
///
/// # Errors
/// As [`Context::load`].
pub fn speaks_for(ctx: &mut dyn Context, account: Address, party: Address) -> Result<bool, Halt> {
    if account == party {
        return Ok(true);
    }
    // Most questions are answered here, without reading anything.
    let Some(number) = organisation_number(party) else {
        return Ok(false);
    };
    within(ctx, ADDRESS, |ctx| {
        Ok(permitted(ctx, account, Permission::Submit.set())? == Some(number))
    })
}

/// What most questions about an organisation need; status `None` where there is none.
///
/// # Errors
/// As [`Context::load`].
pub fn organisation(ctx: &mut dyn Context, number: u64) -> Result<OrganisationHead, Halt> {
    within(ctx, ADDRESS, |ctx| head(ctx, number))
}

/// Whether an organisation is active. While every organisation that was ever admitted is, one slot
/// answers it for all of them, which is the same for every transaction.
///
/// # Errors
/// As [`Context::load`].
pub fn is_organisation_active(ctx: &mut dyn Context, number: u64) -> Result<bool, Halt> {
    within(ctx, ADDRESS, |ctx| {
        let totals = Identity::storage().totals.get(ctx)?;
        if totals.active == totals.admitted {
            return Ok((1..=totals.admitted).contains(&number));
        }
        Ok(head(ctx, number)?.status == OrganisationStatus::Active)
    })
}

/// The jurisdiction of an organisation, such as `CN-330100`; empty where there is none.
///
/// # Errors
/// As [`Context::load`].
pub fn jurisdiction(ctx: &mut dyn Context, number: u64) -> Result<String, Halt> {
    within(ctx, ADDRESS, |ctx| {
        let entry = Identity::storage().organisations.at(ctx, &number)?;
        entry.jurisdiction.get(ctx)
    })
}

/// The name of an organisation; empty where there is none.
///
/// # Errors
/// As [`Context::load`].
pub fn organisation_name(ctx: &mut dyn Context, number: u64) -> Result<String, Halt> {
    within(ctx, ADDRESS, |ctx| {
        let entry = Identity::storage().organisations.at(ctx, &number)?;
        entry.name.get(ctx)
    })
}

/// How many organisations were ever admitted: the highest number.
///
/// # Errors
/// As [`Context::load`].
pub fn organisation_count(ctx: &mut dyn Context) -> Result<u64, Halt> {
    within(ctx, ADDRESS, |ctx| {
        Ok(Identity::storage().totals.get(ctx)?.admitted)
    })
}

/// How many organisations are active.
///
/// # Errors
/// As [`Context::load`].
pub fn active_organisations(ctx: &mut dyn Context) -> Result<u64, Halt> {
    within(ctx, ADDRESS, |ctx| {
        Ok(Identity::storage().totals.get(ctx)?.active)
    })
}

/// Marks an account that an order of a regulator concerns, or takes the mark away.
///
/// # Errors
/// [`NotPolicy`] where another module asks; as [`Context::store`].
pub fn set_restricted(
    ctx: &mut dyn Context,
    account: Address,
    restricted: bool,
) -> Result<(), Halt> {
    within(ctx, ADDRESS, |ctx| {
        if ctx.caller() != super::POLICY {
            let caller = ctx.caller();
            return Err(Halt::revert(NotPolicy { caller }));
        }
        let slot = Identity::storage().accounts.at(ctx, &account)?.record;
        let record = slot.get(ctx)?;
        if record.restricted == restricted {
            return Ok(());
        }
        slot.set(
            ctx,
            &AccountRecord {
                restricted,
                ..record
            },
        )?;
        emit(
            ctx,
            &Restricted {
                account,
                restricted,
            },
        )
    })
}

/// The record of an account, within Identity.
pub(super) fn record(ctx: &mut dyn Context, account: Address) -> Result<AccountRecord, Halt> {
    Identity::storage()
        .accounts
        .at(ctx, &account)?
        .record
        .get(ctx)
}

/// The head of an organisation, within Identity.
pub(super) fn head(ctx: &mut dyn Context, number: u64) -> Result<OrganisationHead, Halt> {
    Identity::storage()
        .organisations
        .at(ctx, &number)?
        .head
        .get(ctx)
}

/// Whether an account with this record and its organisation are active.
pub(super) fn acts(ctx: &mut dyn Context, record: &AccountRecord) -> Result<bool, Halt> {
    if record.status != AccountStatus::Active || record.key == KeyState::Signer {
        return Ok(false);
    }
    Ok(head(ctx, record.organisation)?.status == OrganisationStatus::Active)
}

/// The organisation of an account that is active and whose roles allow all of this.
pub(super) fn permitted(
    ctx: &mut dyn Context,
    account: Address,
    wanted: U256,
) -> Result<Option<u64>, Halt> {
    let entry = Identity::storage().accounts.at(ctx, &account)?;
    let record = entry.record.get(ctx)?;
    if !acts(ctx, &record)? {
        return Ok(None);
    }
    let roles = entry.grants.get(ctx)?.roles;
    let all = allowed(ctx, record.organisation, roles, wanted)?;
    Ok((wanted & !all).is_zero().then_some(record.organisation))
}
