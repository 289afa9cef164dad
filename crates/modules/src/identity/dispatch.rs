//! Selector to operation, nothing else.

use super::{
    AccountStatus,
    IIdentity::{self, IIdentityCalls as Calls},
    Identity, OrganisationStatus, access, did, keys, members, organisation_address, organisations,
    recovery, roles, views,
};
use crate::{
    Context, Halt,
    dispatch::{answer, decode},
    page::Page,
};
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolInterface;

/// Runs one call of the module.
pub(crate) fn call(ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    let call = decode::<Calls>(ctx, input)?;
    Ok(match call {
        Calls::admitOrganisation(call) => {
            organisations::require_governance(ctx)?;
            let number = organisations::admit(ctx, &call)?;
            answer::<IIdentity::admitOrganisationCall>(&number)
        }
        Calls::suspendOrganisation(call) => {
            let status = OrganisationStatus::Suspended;
            organisations::decide(ctx, call.organisation, status, Some(&call.reason))?;
            Bytes::new()
        }
        Calls::restoreOrganisation(call) => {
            let status = OrganisationStatus::Active;
            organisations::decide(ctx, call.organisation, status, None)?;
            Bytes::new()
        }
        Calls::removeOrganisation(call) => {
            let status = OrganisationStatus::Removed;
            organisations::decide(ctx, call.organisation, status, Some(&call.reason))?;
            Bytes::new()
        }
        other => return call_members(ctx, other),
    })
}

/// The operations on members and roles.
fn call_members(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    match call {
        Calls::addAccount(call) => members::add(ctx, &call)?,
        Calls::removeAccount(call) => members::remove(ctx, call.account)?,
        Calls::leaveOrganisation(_) => members::leave(ctx)?,
        Calls::suspendAccount(call) => {
            members::set_status(ctx, call.account, AccountStatus::Suspended, &call.reason)?;
        }
        Calls::restoreAccount(call) => {
            members::set_status(ctx, call.account, AccountStatus::Active, "")?;
        }
        Calls::closeAccount(call) => {
            members::set_status(ctx, call.account, AccountStatus::Closed, &call.reason)?;
        }
        Calls::setLevel(call) => members::set_level(ctx, call.account, call.level)?,
        Calls::setAttributes(call) => {
            members::set_attributes(ctx, call.account, call.attributesHash)?;
        }
        Calls::grantRole(call) => roles::grant(ctx, call.account, call.role)?,
        Calls::revokeRole(call) => roles::revoke(ctx, call.account, call.role)?,
        Calls::createRole(call) => {
            let role = roles::create(ctx, &call.name, call.permissions)?;
            return Ok(answer::<IIdentity::createRoleCall>(&role));
        }
        Calls::changeRole(call) => roles::change(ctx, call.role, &call.name, call.permissions)?,
        Calls::removeRole(call) => roles::remove(ctx, call.role)?,
        Calls::namePermission(call) => roles::name_permission(ctx, call.permission, &call.name)?,
        other => return call_keys(ctx, other),
    }
    Ok(Bytes::new())
}

/// The operations on keys.
fn call_keys(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    match call {
        Calls::rotateKey(call) => keys::rotate(ctx, &call)?,
        Calls::setRecovery(call) => recovery::set_rules(ctx, call.votes, call.delay)?,
        Calls::proposeRecovery(call) => recovery::propose(ctx, &call)?,
        Calls::approveRecovery(call) => recovery::approve(ctx, call.account)?,
        Calls::withdrawRecovery(call) => recovery::withdraw(ctx, call.account)?,
        Calls::objectToRecovery(call) => recovery::object(ctx, call.account, &call.signature)?,
        Calls::finishRecovery(call) => recovery::finish(ctx, call.account)?,
        other => return call_question(ctx, other),
    }
    Ok(Bytes::new())
}

/// The questions of contracts.
fn call_question(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    Ok(match call {
        Calls::hasPermission(call) => {
            let wanted = U256::ONE << usize::from(call.permission);
            let organisation = access::permitted(ctx, call.account, wanted)?;
            answer::<IIdentity::hasPermissionCall>(&organisation.is_some())
        }
        Calls::organisationOf(call) => {
            let number = access::organisation_of(ctx, call.account)?;
            answer::<IIdentity::organisationOfCall>(&number)
        }
        Calls::isActive(call) => {
            answer::<IIdentity::isActiveCall>(&access::is_active(ctx, call.account)?)
        }
        Calls::actorOf(call) => {
            answer::<IIdentity::actorOfCall>(&access::actor(ctx, call.account)?)
        }
        Calls::speaksFor(call) => {
            let yes = access::speaks_for(ctx, call.account, call.party)?;
            answer::<IIdentity::speaksForCall>(&yes)
        }
        Calls::organisationAddress(call) => {
            let address = organisation_address(call.organisation);
            answer::<IIdentity::organisationAddressCall>(&address)
        }
        other => return call_view(ctx, other),
    })
}

/// The views.
fn call_view(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    Ok(match call {
        Calls::organisation(call) => {
            answer::<IIdentity::organisationCall>(&views::organisation(ctx, call.number)?)
        }
        Calls::organisationNamed(call) => {
            let number = Identity::storage().names.at(ctx, &call.name)?.get(ctx)?;
            answer::<IIdentity::organisationNamedCall>(&number)
        }
        Calls::organisations(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next) = views::organisations(ctx, page)?;
            answer::<IIdentity::organisationsCall>(&IIdentity::organisationsReturn { list, next })
        }
        Calls::account(call) => {
            answer::<IIdentity::accountCall>(&views::account(ctx, call.account)?)
        }
        Calls::members(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next) = views::members(ctx, call.organisation, page)?;
            answer::<IIdentity::membersCall>(&IIdentity::membersReturn { list, next })
        }
        Calls::roles(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next) = views::roles(ctx, call.organisation, page)?;
            answer::<IIdentity::rolesCall>(&IIdentity::rolesReturn { list, next })
        }
        Calls::permissionName(call) => {
            let name = roles::permission_name(ctx, call.organisation, call.permission)?;
            answer::<IIdentity::permissionNameCall>(&name)
        }
        Calls::recovery(call) => {
            answer::<IIdentity::recoveryCall>(&views::recovery(ctx, call.account)?)
        }
        Calls::resolve(call) => answer::<IIdentity::resolveCall>(&did::resolve(ctx, call.subject)?),
        other => {
            let name = Calls::name_by_selector(SolInterface::selector(&other));
            return Err(Halt::Fatal(format!(
                "operation {name:?} of Identity has no dispatch"
            )));
        }
    })
}
