//! Accounts of an organisation: how they come and go, rest and close.

use super::{
    ADMINISTRATOR, Account, AccountRecord, AccountStatus, Grants,
    IIdentity::{
        AccountAdded, AccountRemoved, AccountStatusChanged, AttributesSet, BeyondAuthority,
        LastAdministrator, LevelSet, Membership, NotMember, NotPermitted, WrongAccountStatus,
        addAccountCall,
    },
    Identity, OrganisationHead, OrganisationStatus, Permission, access, consent, keys,
    organisations::{check_reason, enrol},
    permission::{allowed, holds},
    recovery, roles,
};
use crate::{Context, Halt, emit};
use alloy_primitives::{Address, B256, U256};

/// Somebody who acts for its organisation by one of the permissions to manage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authority {
    pub(super) account: Address,
    pub(super) organisation: u64,
    is_administrator: bool,
    permissions: U256,
}

impl Authority {
    /// The caller, who must have this permission.
    pub(super) fn of_caller(ctx: &mut dyn Context, permission: Permission) -> Result<Self, Halt> {
        let account = ctx.caller();
        Self::find(ctx, account, permission)?.ok_or_else(|| {
            Halt::revert(NotPermitted {
                account,
                permission: permission as u8,
            })
        })
    }

    /// An account, if it is active and has this permission.
    pub(super) fn find(
        ctx: &mut dyn Context,
        account: Address,
        permission: Permission,
    ) -> Result<Option<Self>, Halt> {
        let Some(organisation) = access::permitted(ctx, account, permission.set())? else {
            return Ok(None);
        };
        let entry = Identity::storage().accounts.at(ctx, &account)?;
        let roles = entry.grants.get(ctx)?.roles;
        let is_administrator = holds(roles, ADMINISTRATOR);
        let permissions = match is_administrator {
            true => U256::MAX,
            false => allowed(ctx, organisation, roles, U256::MAX)?,
        };
        Ok(Some(Self {
            account,
            organisation,
            is_administrator,
            permissions,
        }))
    }

    /// Whether it may rule over an account with these permissions.
    pub(super) fn covers(&self, permissions: U256) -> bool {
        self.is_administrator || (permissions & !self.permissions).is_zero()
    }

    /// Refuses what would give, take or rule permissions that the caller lacks.
    pub(super) fn require_over(&self, permissions: U256) -> Result<(), Halt> {
        if self.covers(permissions) {
            return Ok(());
        }
        Err(Halt::revert(BeyondAuthority {
            caller: self.account,
            permissions: permissions & !self.permissions,
        }))
    }
}

/// A member in the hands of an operation.
pub(super) struct Member {
    pub(super) account: Address,
    pub(super) entry: Account,
    pub(super) record: AccountRecord,
    pub(super) grants: Grants,
}

impl Member {
    /// An account of this organisation that is not closed.
    pub(super) fn of(
        ctx: &mut dyn Context,
        organisation: u64,
        account: Address,
    ) -> Result<Self, Halt> {
        let entry = Identity::storage().accounts.at(ctx, &account)?;
        let record = entry.record.get(ctx)?;
        if organisation == 0 || record.organisation != organisation {
            return Err(Halt::revert(NotMember {
                account,
                organisation,
            }));
        }
        if record.status == AccountStatus::Closed {
            return Err(Halt::revert(WrongAccountStatus {
                account,
                status: record.status,
            }));
        }
        let grants = entry.grants.get(ctx)?;
        Ok(Self {
            account,
            entry,
            record,
            grants,
        })
    }

    /// What its roles allow.
    pub(super) fn permissions(&self, ctx: &mut dyn Context) -> Result<U256, Halt> {
        allowed(ctx, self.record.organisation, self.grants.roles, U256::MAX)
    }

    /// A member that the caller may rule over.
    pub(super) fn under(
        ctx: &mut dyn Context,
        authority: &Authority,
        account: Address,
    ) -> Result<Self, Halt> {
        let member = Self::of(ctx, authority.organisation, account)?;
        authority.require_over(member.permissions(ctx)?)?;
        Ok(member)
    }

    /// Writes the record and the roles, and keeps the count of active administrators.
    pub(super) fn write(
        &self,
        ctx: &mut dyn Context,
        record: AccountRecord,
        roles: u128,
    ) -> Result<(), Halt> {
        let changed = ctx.time().get();
        if record != self.record {
            self.entry.record.set(ctx, &record)?;
        }
        self.entry.grants.set(
            ctx,
            &Grants {
                roles,
                changed,
                ..self.grants
            },
        )?;
        self.count_administrator(ctx, (&record, roles))
    }

    fn count_administrator(
        &self,
        ctx: &mut dyn Context,
        (record, roles): (&AccountRecord, u128),
    ) -> Result<(), Halt> {
        let organisation = self.record.organisation;
        let entry = Identity::storage().organisations.at(ctx, &organisation)?;
        let has_role = record.organisation == organisation && holds(roles, ADMINISTRATOR);
        match (holds(self.grants.roles, ADMINISTRATOR), has_role) {
            (false, true) => entry.administrators.insert(ctx, &self.account)?,
            (true, false) => entry.administrators.remove(ctx, &self.account)?,
            _ => false,
        };
        let counted = is_active(&self.record) && holds(self.grants.roles, ADMINISTRATOR);
        let counts = is_active(record) && has_role;
        if counted == counts {
            return Ok(());
        }
        let head = entry.head.get(ctx)?;
        let administrators = match counts {
            true => head.administrators.saturating_add(1),
            false => head.administrators.saturating_sub(1),
        };
        // In an organisation that is removed nobody acts any more.
        if administrators == 0 && head.status != OrganisationStatus::Removed {
            return Err(Halt::revert(LastAdministrator {
                organisation,
                account: self.account,
            }));
        }
        let changed = ctx.time().get();
        entry.head.set(
            ctx,
            &OrganisationHead {
                administrators,
                changed,
                ..head
            },
        )
    }
}

fn is_active(record: &AccountRecord) -> bool {
    record.status == AccountStatus::Active
}

/// Takes an account with its consent into the caller's organisation.
pub(super) fn add(ctx: &mut dyn Context, call: &addAccountCall) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageMembers)?;
    let (account, organisation) = (call.account, authority.organisation);
    consent::require_current(ctx, call.deadline)?;
    let book = Identity::storage()
        .accounts
        .at(ctx, &account)?
        .keys
        .get(ctx)?;
    let digest = consent::membership_digest(
        ctx.chain_id(),
        &Membership {
            organisation,
            account,
            nonce: book.nonce,
            deadline: call.deadline,
        },
    );
    let key = keys::current(account, &book);
    consent::require_signature(ctx, key, digest, &call.signature)?;
    enrol(ctx, organisation, account)?;
    let by = authority.account;
    emit(
        ctx,
        &AccountAdded {
            organisation,
            account,
            by,
            level: call.level,
        },
    )?;
    let member = Member::of(ctx, organisation, account)?;
    let level = call.level;
    let record = AccountRecord {
        level,
        ..member.record
    };
    member.write(ctx, record, member.grants.roles)?;
    for role in &call.roles {
        let member = Member::of(ctx, organisation, account)?;
        roles::give(ctx, &authority, &member, *role)?;
    }
    Ok(())
}

/// Lets an account go.
pub(super) fn remove(ctx: &mut dyn Context, account: Address) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageMembers)?;
    let member = Member::under(ctx, &authority, account)?;
    dismiss(ctx, &member, authority.account)
}

/// The caller leaves.
pub(super) fn leave(ctx: &mut dyn Context) -> Result<(), Halt> {
    let account = ctx.caller();
    let organisation = access::record(ctx, account)?.organisation;
    let member = Member::of(ctx, organisation, account)?;
    // A suspended account would get rid of its suspension.
    require_status(&member, AccountStatus::Active)?;
    dismiss(ctx, &member, account)
}

/// Ends a membership.
pub(super) fn dismiss(ctx: &mut dyn Context, member: &Member, by: Address) -> Result<(), Halt> {
    let organisation = member.record.organisation;
    let account = member.account;
    recovery::void(ctx, member, by)?;
    roles::release(ctx, organisation, member.grants.roles)?;
    let record = AccountRecord {
        organisation: 0,
        status: AccountStatus::None,
        level: 0,
        ..member.record
    };
    member.write(ctx, record, 0)?;
    if !member.entry.attributes.get(ctx)?.is_zero() {
        member.entry.attributes.set(ctx, &B256::ZERO)?;
    }
    let members = Identity::storage()
        .organisations
        .at(ctx, &organisation)?
        .members;
    members.remove(ctx, &account)?;
    emit(
        ctx,
        &AccountRemoved {
            organisation,
            account,
            by,
        },
    )
}

/// Suspends, restores or closes an account.
pub(super) fn set_status(
    ctx: &mut dyn Context,
    account: Address,
    status: AccountStatus,
    reason: &str,
) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageMembers)?;
    if status != AccountStatus::Active {
        check_reason(reason)?;
    }
    let member = Member::under(ctx, &authority, account)?;
    match status {
        AccountStatus::Active => require_status(&member, AccountStatus::Suspended)?,
        AccountStatus::Suspended => require_status(&member, AccountStatus::Active)?,
        _ => {}
    }
    let by = authority.account;
    let mut roles = member.grants.roles;
    if status == AccountStatus::Closed {
        recovery::void(ctx, &member, by)?;
        // It never acts again; its roles would keep the organisation from removing them.
        roles::release(ctx, authority.organisation, roles)?;
        roles = 0;
    }
    let record = AccountRecord {
        status,
        ..member.record
    };
    member.write(ctx, record, roles)?;
    emit(
        ctx,
        &AccountStatusChanged {
            organisation: authority.organisation,
            account,
            by,
            status,
            reason: reason.to_owned(),
        },
    )
}

/// Sets the verification level of an account.
pub(super) fn set_level(ctx: &mut dyn Context, account: Address, level: u8) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageMembers)?;
    let member = Member::under(ctx, &authority, account)?;
    let record = AccountRecord {
        level,
        ..member.record
    };
    member.write(ctx, record, member.grants.roles)?;
    emit(
        ctx,
        &LevelSet {
            organisation: authority.organisation,
            account,
            by: authority.account,
            level,
        },
    )
}

/// Sets the hash of an account's attributes.
pub(super) fn set_attributes(
    ctx: &mut dyn Context,
    account: Address,
    hash: B256,
) -> Result<(), Halt> {
    let authority = Authority::of_caller(ctx, Permission::ManageMembers)?;
    let member = Member::under(ctx, &authority, account)?;
    member.entry.attributes.set(ctx, &hash)?;
    member.write(ctx, member.record, member.grants.roles)?;
    emit(
        ctx,
        &AttributesSet {
            organisation: authority.organisation,
            account,
            by: authority.account,
            attributesHash: hash,
        },
    )
}

fn require_status(member: &Member, status: AccountStatus) -> Result<(), Halt> {
    if member.record.status == status {
        return Ok(());
    }
    Err(Halt::revert(WrongAccountStatus {
        account: member.account,
        status: member.record.status,
    }))
}
