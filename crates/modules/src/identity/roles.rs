//! Roles: built-in ones, and those that an organisation makes.

use super::{
    ADMINISTRATOR, ADMINISTRATORS_MAX, BUILT_IN_ROLES, FIRST_ROLE, IIdentity,
    IIdentity::{
        AlreadyGranted, BuiltInRole as BuiltInRoleError, NotGranted, PermissionNamed,
        ReservedPermission, ReservedPermissions, RoleGranted, RoleHeld, RoleRemoved, RoleRevoked,
        RoleSet, UnknownRole,
    },
    Identity, OrganisationHead, Permission, ROLES_MAX, ROLES_PER_ACCOUNT_MAX, Role, access,
    members::{Authority, Member},
    organisations::{check_name, within_limit},
    permission::{self, bit, holds, made},
};
use crate::emit;
use crate::{Context, Halt, gas};
use alloy_primitives::{Address, U256};

/// First permission that an organisation may name.
const FIRST_OWN_PERMISSION: u8 = 128;

/// Makes a role and gives its number.
pub(super) fn create(ctx: &mut dyn Context, name: &str, permissions: U256) -> Result<u8, Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageRoles)?;
    check(&authority, name, permissions)?;
    let organisation = authority.organisation;
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    let head = entry.head.get(ctx)?;
    let free = head.roles.trailing_ones();
    within_limit(
        "roles of an organisation",
        free as usize + 1,
        ROLES_MAX as usize,
    )?;
    let number = FIRST_ROLE.saturating_add(free as u8);
    let changed = ctx.time().get();
    entry.head.set(
        ctx,
        &OrganisationHead {
            roles: head.roles | 1_u64.checked_shl(free).unwrap_or_default(),
            changed,
            ..head
        },
    )?;
    write(ctx, &authority, number, (name, permissions))?;
    Ok(number)
}

/// Changes the name and the permissions of a role.
pub(super) fn change(
    ctx: &mut dyn Context,
    role: u8,
    name: &str,
    permissions: U256,
) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageRoles)?;
    let before = own_role(ctx, authority.organisation, role)?
        .permissions
        .get(ctx)?;
    authority.require_over(before)?;
    check(&authority, name, permissions)?;
    write(ctx, &authority, role, (name, permissions))
}

/// Removes a role that nobody holds.
pub(super) fn remove(ctx: &mut dyn Context, role: u8) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageRoles)?;
    let organisation = authority.organisation;
    let entry = own_role(ctx, organisation, role)?;
    authority.require_over(entry.permissions.get(ctx)?)?;
    let holders = entry.holders.get(ctx)?;
    if holders > 0 {
        return Err(Halt::revert(RoleHeld { role, holders }));
    }
    entry.permissions.set(ctx, &U256::ZERO)?;
    entry.name.set(ctx, "")?;
    let slot = Identity::storage()
        .organisations
        .at(ctx, &organisation)?
        .head;
    let head = slot.get(ctx)?;
    let changed = ctx.time().get();
    slot.set(
        ctx,
        &OrganisationHead {
            roles: head.roles & !own_bit(role),
            changed,
            ..head
        },
    )?;
    let by = authority.account;
    emit(
        ctx,
        &RoleRemoved {
            organisation,
            by,
            role,
        },
    )
}

/// Names a permission of the organisation.
pub(super) fn name_permission(
    ctx: &mut dyn Context,
    permission: u8,
    name: &str,
) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageRoles)?;
    if permission < FIRST_OWN_PERMISSION {
        return Err(Halt::revert(ReservedPermission { permission }));
    }
    check_name(name)?;
    let organisation = authority.organisation;
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    entry.permissions.at(ctx, &permission)?.set(ctx, name)?;
    emit(
        ctx,
        &PermissionNamed {
            organisation,
            by: authority.account,
            permission,
            name: name.to_owned(),
        },
    )
}

/// Gives a role to an account of the caller's organisation.
pub(super) fn grant(ctx: &mut dyn Context, account: Address, role: u8) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageMembers)?;
    let member = Member::of(ctx, authority.organisation, account)?;
    give(ctx, &authority, &member, role)
}

/// Gives a role to a member.
pub(super) fn give(
    ctx: &mut dyn Context,
    authority: &Authority,
    member: &Member,
    role: u8,
) -> Result<(), Halt> {
    let (organisation, account) = (authority.organisation, member.account);
    authority.require_over(permissions(ctx, organisation, role)?)?;
    if holds(member.grants.roles, role) {
        return Err(Halt::revert(AlreadyGranted { account, role }));
    }
    let roles = member.grants.roles | bit(role);
    let count = roles.count_ones() as usize;
    within_limit("roles of an account", count, ROLES_PER_ACCOUNT_MAX as usize)?;
    if role == ADMINISTRATOR {
        let entry = Identity::storage().organisations.at(ctx, &organisation)?;
        let count = entry.administrators.len(ctx)?.saturating_add(1);
        within_limit(
            "administrators",
            count as usize,
            ADMINISTRATORS_MAX as usize,
        )?;
    }
    count_holder(ctx, organisation, role, u32::checked_add)?;
    member.write(ctx, member.record, roles)?;
    emit(
        ctx,
        &RoleGranted {
            organisation,
            account,
            by: authority.account,
            role,
        },
    )
}

/// Takes a role from an account of the caller's organisation.
pub(super) fn revoke(ctx: &mut dyn Context, account: Address, role: u8) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageMembers)?;
    let organisation = authority.organisation;
    let member = Member::of(ctx, organisation, account)?;
    authority.require_over(permissions(ctx, organisation, role)?)?;
    if !holds(member.grants.roles, role) {
        return Err(Halt::revert(NotGranted { account, role }));
    }
    count_holder(ctx, organisation, role, u32::checked_sub)?;
    member.write(ctx, member.record, member.grants.roles & !bit(role))?;
    emit(
        ctx,
        &RoleRevoked {
            organisation,
            account,
            by: authority.account,
            role,
        },
    )
}

/// Counts an account that loses all of its roles.
pub(super) fn release(ctx: &mut dyn Context, organisation: u64, roles: u128) -> Result<(), Halt> {
    for role in made(roles) {
        count_holder(ctx, organisation, role, u32::checked_sub)?;
    }
    Ok(())
}

/// The name of a role; empty where the organisation has none with this number.
pub(super) fn name(ctx: &mut dyn Context, organisation: u64, role: u8) -> Result<String, Halt> {
    if let Some(built_in) = BUILT_IN_ROLES.iter().find(|known| known.number == role) {
        return Ok(built_in.name.to_owned());
    }
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    entry.roles.at(ctx, &role)?.name.get(ctx)
}

/// The organisation's name of a permission; empty where it has none.
pub(super) fn permission_name(
    ctx: &mut dyn Context,
    organisation: u64,
    permission: u8,
) -> Result<String, Halt> {
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    entry.permissions.at(ctx, &permission)?.get(ctx)
}

/// Numbers of all roles of an organisation, in order.
pub(super) fn numbers(head: &OrganisationHead) -> Vec<u8> {
    let mut roles = u128::from(head.roles) << FIRST_ROLE;
    for built_in in &BUILT_IN_ROLES {
        roles |= bit(built_in.number);
    }
    permission::numbers(roles).collect()
}

/// A role as the views show it.
pub(super) fn shown(
    ctx: &mut dyn Context,
    organisation: u64,
    role: u8,
) -> Result<IIdentity::Role, Halt> {
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    Ok(IIdentity::Role {
        number: role,
        name: name(ctx, organisation, role)?,
        permissions: permissions(ctx, organisation, role)?,
        holders: entry.roles.at(ctx, &role)?.holders.get(ctx)?,
    })
}

/// What a role allows; refuses one that the organisation does not have.
fn permissions(ctx: &mut dyn Context, organisation: u64, role: u8) -> Result<U256, Halt> {
    if let Some(built_in) = BUILT_IN_ROLES.iter().find(|known| known.number == role) {
        return Ok(built_in.permissions);
    }
    own_role(ctx, organisation, role)?.permissions.get(ctx)
}

/// A role that the organisation made.
fn own_role(ctx: &mut dyn Context, organisation: u64, role: u8) -> Result<Role, Halt> {
    if BUILT_IN_ROLES.iter().any(|known| known.number == role) {
        return Err(Halt::revert(BuiltInRoleError { role }));
    }
    let head = access::head(ctx, organisation)?;
    if head.roles & own_bit(role) == 0 {
        return Err(Halt::revert(UnknownRole { organisation, role }));
    }
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    entry.roles.at(ctx, &role)
}

/// The bit of a role among those that the organisation made.
fn own_bit(role: u8) -> u64 {
    let distance = role.checked_sub(FIRST_ROLE).map(u32::from);
    distance
        .and_then(|distance| 1_u64.checked_shl(distance))
        .unwrap_or_default()
}

fn check(authority: &Authority, name: &str, permissions: U256) -> Result<(), Halt> {
    check_name(name)?;
    let reserved = permission::reserved(permissions);
    if !reserved.is_zero() {
        return Err(Halt::revert(ReservedPermissions {
            permissions: reserved,
        }));
    }
    authority.require_over(permissions)
}

fn write(
    ctx: &mut dyn Context,
    authority: &Authority,
    role: u8,
    (name, permissions): (&str, U256),
) -> Result<(), Halt> {
    let organisation = authority.organisation;
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    let entry = entry.roles.at(ctx, &role)?;
    entry.permissions.set(ctx, &permissions)?;
    entry.name.set(ctx, name)?;
    emit(
        ctx,
        &RoleSet {
            organisation,
            by: authority.account,
            role,
            name: name.to_owned(),
            permissions,
        },
    )
}

/// Keeps the number of accounts that hold a role made by the organisation.
fn count_holder(
    ctx: &mut dyn Context,
    organisation: u64,
    role: u8,
    change: fn(u32, u32) -> Option<u32>,
) -> Result<(), Halt> {
    if role < FIRST_ROLE {
        return Ok(());
    }
    ctx.charge(gas::STEP)?;
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    let slot = entry.roles.at(ctx, &role)?.holders;
    let count = slot.get(ctx)?;
    let count = change(count, 1).ok_or_else(|| {
        Halt::Fatal(format!(
            "role {role} of organisation {organisation} is held by {count} accounts and one less; \
             the state is damaged: run `qiantang replay`"
        ))
    })?;
    slot.set(ctx, &count)
}
