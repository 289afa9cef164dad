//! Answers: organisations, accounts, roles and recoveries, in pages.

use super::{
    IIdentity::{self, UnknownOrganisation},
    Identity, OrganisationStatus, access, keys, organisation_address, permission, recovery, roles,
};
use crate::{Context, Halt, gas, page::Page};
use alloy_primitives::{Address, U256};

pub(super) fn organisation(
    ctx: &mut dyn Context,
    number: u64,
) -> Result<IIdentity::Organisation, Halt> {
    let entry = Identity::storage().organisations.at(ctx, &number)?;
    let head = entry.head.get(ctx)?;
    if head.status == OrganisationStatus::None {
        return Err(Halt::revert(UnknownOrganisation {
            organisation: number,
        }));
    }
    let rules = entry.recovery.get(ctx)?;
    let time = ctx.time().get();
    let (votes, delay) = rules.now(time);
    let is_announced = rules.next_from > time;
    let announced = |value: u64| if is_announced { value } else { 0 };
    Ok(IIdentity::Organisation {
        number,
        party: organisation_address(number),
        name: entry.name.get(ctx)?,
        kind: head.kind,
        jurisdiction: entry.jurisdiction.get(ctx)?,
        status: head.status,
        members: entry.members.len(ctx)?,
        administrators: head.administrators,
        admitted: head.admitted,
        recoveryVotes: votes,
        recoveryDelay: delay,
        nextRecoveryVotes: if is_announced { rules.next_votes } else { 0 },
        nextRecoveryDelay: announced(rules.next_delay),
        nextRecoveryFrom: announced(rules.next_from),
    })
}

pub(super) fn organisations(
    ctx: &mut dyn Context,
    page: Page,
) -> Result<(Vec<IIdentity::Organisation>, U256), Halt> {
    let count = Identity::storage().totals.get(ctx)?.admitted;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        list.push(organisation(ctx, index.saturating_add(1))?);
    }
    Ok((list, page.next(count)))
}

pub(super) fn account(ctx: &mut dyn Context, account: Address) -> Result<IIdentity::Account, Halt> {
    let entry = Identity::storage().accounts.at(ctx, &account)?;
    let record = entry.record.get(ctx)?;
    let grants = entry.grants.get(ctx)?;
    let book = entry.keys.get(ctx)?;
    let organisation = record.organisation;
    Ok(IIdentity::Account {
        account,
        organisation,
        status: record.status,
        active: access::acts(ctx, &record)?,
        level: record.level,
        restricted: record.restricted,
        key: record.key,
        signerFor: record.signer_for,
        currentKey: keys::current(account, &book),
        roles: permission::numbers(grants.roles).collect(),
        permissions: permission::allowed(ctx, organisation, grants.roles, U256::MAX)?,
        attributesHash: entry.attributes.get(ctx)?,
        joined: grants.joined,
        changed: grants.changed,
        consentNonce: book.nonce,
    })
}

pub(super) fn members(
    ctx: &mut dyn Context,
    number: u64,
    page: Page,
) -> Result<(Vec<IIdentity::Account>, U256), Halt> {
    let members = Identity::storage().organisations.at(ctx, &number)?.members;
    let count = members.len(ctx)?;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        if let Some(member) = members.get(ctx, index)? {
            list.push(account(ctx, member)?);
        }
    }
    Ok((list, page.next(count)))
}

pub(super) fn roles(
    ctx: &mut dyn Context,
    number: u64,
    page: Page,
) -> Result<(Vec<IIdentity::Role>, U256), Halt> {
    let head = access::head(ctx, number)?;
    if head.status == OrganisationStatus::None {
        return Err(Halt::revert(UnknownOrganisation {
            organisation: number,
        }));
    }
    let all = roles::numbers(&head);
    let count = all.len() as u64;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        if let Some(role) = all.get(index as usize) {
            list.push(roles::shown(ctx, number, *role)?);
        }
    }
    Ok((list, page.next(count)))
}

pub(super) fn recovery(
    ctx: &mut dyn Context,
    account: Address,
) -> Result<IIdentity::Recovery, Halt> {
    let entry = Identity::storage().accounts.at(ctx, &account)?;
    let recovery = entry.recovery.get(ctx)?;
    Ok(IIdentity::Recovery {
        account,
        newKey: recovery.new_key,
        approvals: recovery::approvals(ctx, &entry)?,
        needed: recovery.needed,
        proposed: recovery.proposed,
        ready: recovery.ready,
        expires: recovery.expires,
    })
}
