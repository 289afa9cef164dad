//! What an account may do: permissions, and the roles that are built in.

use super::{FIRST_ROLE, Identity, ROLES_MAX};
use crate::{Context, Halt, gas};
use alloy_primitives::U256;

/// One thing that a role can allow; its number is the bit in a set of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Permission {
    /// Add, remove, suspend and close accounts, grant and revoke roles.
    ManageMembers = 0,
    /// Make, change and remove roles.
    ManageRoles = 1,
    /// Recover accounts whose key is lost.
    RecoverAccounts = 2,
    /// Act for the organisation in business modules.
    Submit = 3,
    /// Check what another has made.
    Check = 4,
    /// Approve what another has checked.
    Approve = 5,
    /// Create and change jobs.
    Schedule = 6,
    /// Propose decisions of the members.
    Propose = 7,
    /// Vote on decisions of the members.
    Vote = 8,
    /// Read what is reserved for auditors.
    Audit = 9,
    /// Issue orders of a regulator, within its scope.
    Regulate = 10,
    /// Run a validator.
    OperateValidator = 11,
    /// Make rules for the organisation's own accounts.
    ManagePolicy = 12,
    /// Deploy contracts.
    Deploy = 13,
    /// Hand out the organisation's allowances.
    ManageAllowances = 14,
}

/// Permissions that have a meaning: the named ones, and the organisation's own.
const KNOWN: U256 = U256::from_limbs([(1 << 15) - 1, 0, u64::MAX, u64::MAX]);

impl Permission {
    /// The set with this permission only.
    pub const fn set(self) -> U256 {
        U256::from_limbs([1 << (self as u8), 0, 0, 0])
    }
}

/// A role that every organisation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltInRole {
    /// Its number.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// What it allows.
    pub permissions: U256,
}

/// Number of the role that may do everything but regulate.
pub const ADMINISTRATOR: u8 = 1;
/// Number of the role for daily business.
pub const OPERATOR: u8 = 2;
/// Number of the role that reads.
pub const AUDITOR: u8 = 3;
/// Number of the role that issues orders, in an organisation that the members appointed.
pub const REGULATOR: u8 = 4;
/// Number of the role that runs a validator.
pub const VALIDATOR_OPERATOR: u8 = 5;

const fn of(permissions: &[Permission]) -> U256 {
    let (mut bits, mut index) = (0, 0);
    while index < permissions.len() {
        bits |= 1 << (permissions[index] as u8);
        index += 1;
    }
    U256::from_limbs([bits, 0, 0, 0])
}

/// The roles that every organisation has, in the order of their numbers.
pub static BUILT_IN_ROLES: [BuiltInRole; 5] = [
    BuiltInRole {
        number: ADMINISTRATOR,
        name: "administrator",
        permissions: {
            let [low, reserved, third, fourth] = KNOWN.into_limbs();
            let low = low & !(1 << (Permission::Regulate as u8));
            U256::from_limbs([low, reserved, third, fourth])
        },
    },
    BuiltInRole {
        number: OPERATOR,
        name: "operator",
        permissions: of(&[Permission::Submit, Permission::Schedule, Permission::Deploy]),
    },
    BuiltInRole {
        number: AUDITOR,
        name: "auditor",
        permissions: of(&[Permission::Audit]),
    },
    BuiltInRole {
        number: REGULATOR,
        name: "regulator",
        permissions: of(&[Permission::Regulate, Permission::Audit]),
    },
    BuiltInRole {
        number: VALIDATOR_OPERATOR,
        name: "validator operator",
        permissions: of(&[Permission::OperateValidator]),
    },
];

/// The permissions among these that no role of an organisation may hold.
pub(super) fn reserved(permissions: U256) -> U256 {
    permissions & !KNOWN
}

/// Whether a set of roles holds this one.
pub(super) fn holds(roles: u128, role: u8) -> bool {
    roles & bit(role) != 0
}

/// The set with this role only; empty for a number that no role has.
pub(super) fn bit(role: u8) -> u128 {
    1_u128.checked_shl(u32::from(role)).unwrap_or_default()
}

/// What the built-in roles among these allow.
pub(super) fn built_in(roles: u128) -> U256 {
    BUILT_IN_ROLES
        .iter()
        .filter(|role| holds(roles, role.number))
        .fold(U256::ZERO, |all, role| all | role.permissions)
}

/// Numbers of the roles in a set, in order.
pub(super) fn numbers(roles: u128) -> impl Iterator<Item = u8> {
    (0..=127_u8).filter(move |role| holds(roles, *role))
}

/// Numbers of those that an organisation made.
pub(super) fn made(roles: u128) -> impl Iterator<Item = u8> {
    let last = u32::from(FIRST_ROLE).saturating_add(ROLES_MAX);
    numbers(roles).filter(move |role| (u32::from(FIRST_ROLE)..last).contains(&u32::from(*role)))
}

/// What a set of roles of an organisation allows, as far as `wanted` asks: the roles that it made
/// are read only until nothing of `wanted` is missing.
pub(super) fn allowed(
    ctx: &mut dyn Context,
    organisation: u64,
    roles: u128,
    wanted: U256,
) -> Result<U256, Halt> {
    let mut all = built_in(roles);
    if (wanted & !all).is_zero() {
        return Ok(all);
    }
    let entry = Identity::storage().organisations.at(ctx, &organisation)?;
    for role in made(roles) {
        ctx.charge(gas::STEP)?;
        all |= entry.roles.at(ctx, &role)?.permissions.get(ctx)?;
        if (wanted & !all).is_zero() {
            break;
        }
    }
    Ok(all)
}
