//! Identity: organisations, their accounts, and what each account may do.
//!
//! Accounts and contracts call it through [`IIdentity`]; other modules ask it by the functions at
//! the crate path `identity`. It keeps keys, roles and salted hashes. It never keeps personal data:
//! names are names of organisations and roles, and every text is bounded.
//!
//! # Organisations
//!
//! The members admit, suspend, restore and remove organisations: only Governance calls those
//! operations. An organisation has a number, and an address made of it
//! ([`organisation_address`]) that has neither key nor code: business modules record it where the
//! organisation, not one of its accounts, is the party. No two organisations that are not removed
//! have the same name.
//!
//! # Accounts
//!
//! An account belongs to one organisation at most. It joins with its own consent, which its key
//! signs (EIP-712) and an administrator submits: so nobody captures another's account, and an
//! account that a members-only chain does not let send anything can still join. Founders are named
//! by the members' vote instead. The last active administrator of an organisation cannot be
//! removed, suspended or closed and cannot lose the role, so an organisation can always act. A
//! closed account stays where it is, for ever; a removed one is an account like any other.
//!
//! # Permissions
//!
//! A role is a set of 256 permissions ([`Permission`]). Five roles are built in; an organisation
//! makes at most 64 of its own, and an account holds at most 16. Who gives, takes or changes a
//! role, or acts on an account, must have every permission concerned; administrators need not, so
//! that they can appoint who regulates without being regulators.
//!
//! # Keys
//!
//! An account keeps its address when its key changes. The new key's own record then says for whom
//! it signs ([`KeyState::Signer`]): what it sends is sent by the account. The old key's record says
//! [`KeyState::Revoked`], and nothing that it signed is accepted any more, transactions that are
//! waiting included. A new key consents by a signature and must never have been an account of
//! Identity or the key of another one; the account's earlier keys, its original one first of all,
//! may come back.
//!
//! # Recovery
//!
//! Who lost the key gets another by the administrators: one proposes, others approve, and when k of
//! n have, a delay begins in which the owner objects by the present key, as the sender or by a
//! signature that anybody submits (so also while suspended). After it anybody finishes. The account
//! itself counts neither as approver nor in n; k is at most the number of the other administrators.
//! Who approves must be able to rule over the account, also at the end. Rules that protect owners
//! less begin only after the present delay, unless the organisation has one account only.

mod access;
mod consent;
mod did;
mod dispatch;
#[expect(missing_docs, reason = "the Solidity comments are on the items")]
mod interface;
mod keys;
mod members;
mod organisations;
mod permission;
mod recovery;
mod roles;
mod views;

pub use access::{
    account, account_slot, active_organisations, actor, has_permission, has_role, is_active,
    is_organisation_active, jurisdiction, organisation, organisation_count, organisation_name,
    organisation_of, require_permission, set_restricted, speaks_for,
};
pub use consent::{membership_digest, new_key_digest, objection_digest};
pub use did::{did, parse_did};
pub(crate) use dispatch::call;
pub use interface::{
    IIdentity,
    IIdentity::{AccountStatus, KeyState, OrganisationKind, OrganisationStatus},
};
pub(crate) use organisations::genesis;
pub use organisations::kind_named;
pub use permission::{
    ADMINISTRATOR, AUDITOR, BUILT_IN_ROLES, BuiltInRole, OPERATOR, Permission, REGULATOR,
    VALIDATOR_OPERATOR,
};

// They stand above Identity, and each has one thing to tell it.
use crate::{governance::ADDRESS as GOVERNANCE, policy::ADDRESS as POLICY};

use crate::storage::{List, Mapping, Place, Set, Slot, Stored, Text};
use alloy_primitives::{Address, B256, U256, address};

/// Where Identity is called.
pub const ADDRESS: Address = address!("0x7174000000000000000000000000000000000011");

/// Bytes of the name of an organisation, a role or a permission.
pub const NAME_BYTES_MAX: usize = 128;
/// Bytes of a jurisdiction.
pub const JURISDICTION_BYTES_MAX: usize = 32;
/// Bytes of a reason.
pub const REASON_BYTES_MAX: usize = 1024;
/// Administrators of one organisation.
pub const ADMINISTRATORS_MAX: u32 = 64;
/// Accounts of one organisation.
pub const MEMBERS_MAX: u64 = 1_000_000;
/// Roles that one organisation makes.
pub const ROLES_MAX: u32 = 64;
/// Number of the first role that an organisation makes.
pub const FIRST_ROLE: u8 = 16;
/// Roles of one account.
pub const ROLES_PER_ACCOUNT_MAX: u32 = 16;
/// Approvals that are kept of one recovery.
pub const APPROVALS_MAX: u64 = 64;
/// Shortest delay of a recovery.
pub const RECOVERY_DELAY_MIN_MS: u64 = 3_600_000;
/// Delay of a recovery unless the organisation sets another.
pub const RECOVERY_DELAY_MS: u64 = 48 * 3_600_000;
/// Longest delay of a recovery.
pub const RECOVERY_DELAY_MAX_MS: u64 = 90 * 24 * 3_600_000;
/// How long approvals of a recovery are waited for, and then how long its end.
pub const RECOVERY_EXPIRY_MS: u64 = 30 * 24 * 3_600_000;

/// What the addresses of organisations begin with: "qtorg" and zeros.
const ORGANISATION_PREFIX: [u8; 12] = *b"qtorg\0\0\0\0\0\0\0";

/// The address that stands for an organisation in business modules.
pub const fn organisation_address(number: u64) -> Address {
    let mut bytes = [0; 20];
    let (prefix, tail) = bytes.split_at_mut(12);
    prefix.copy_from_slice(&ORGANISATION_PREFIX);
    tail.copy_from_slice(&number.to_be_bytes());
    Address::new(bytes)
}

/// The organisation that an address stands for, whether or not there is one with that number; none
/// for an ordinary address.
pub fn organisation_number(address: Address) -> Option<u64> {
    let number = address.strip_prefix(ORGANISATION_PREFIX.as_slice())?;
    let number = u64::from_be_bytes(number.try_into().ok()?);
    (number != 0).then_some(number)
}

crate::layout! {
    /// The storage of Identity.
    pub(crate) struct Identity {
        /// How many organisations there are.
        totals: Slot<Totals>,
        /// Organisations by their number.
        organisations: Mapping<u64, Organisation>,
        /// Numbers of organisations that are not removed, by their name.
        names: Mapping<String, Slot<u64>>,
        /// Accounts, and the keys of accounts.
        accounts: Mapping<Address, Account>,
    }
}

crate::record! {
    /// How many organisations there are.
    pub(crate) struct Totals {
        /// Ever admitted: the highest number.
        admitted: u64,
        /// Active now.
        active: u64,
    }
}

crate::layout! {
    /// An organisation.
    pub(crate) struct Organisation {
        /// What every question about it needs.
        head: Slot<OrganisationHead>,
        /// How its accounts are recovered.
        recovery: Slot<RecoveryRules>,
        /// Its name.
        name: Text,
        /// ISO 3166 code.
        jurisdiction: Text,
        /// Its accounts.
        members: Set<Address>,
        /// Those with the role administrator, active or not.
        administrators: Set<Address>,
        /// The roles that it made, by number.
        roles: Mapping<u8, Role>,
        /// Names of its permissions.
        permissions: Mapping<u8, Text>,
    }
}

crate::record! {
    /// The slot of an organisation that most questions read.
    pub struct OrganisationHead {
        /// What it is.
        kind: OrganisationKind,
        /// Whether it may act.
        status: OrganisationStatus,
        /// Active accounts with the role administrator.
        administrators: u32,
        /// Which roles it has made: bit n is role 16 + n.
        roles: u64,
        /// When it was admitted, in milliseconds.
        admitted: u64,
        /// When its status, its roles or the number of its administrators last changed.
        changed: u64,
    }
}

crate::record! {
    /// How the accounts of an organisation are recovered.
    pub(crate) struct RecoveryRules {
        /// Approvals needed; zero for a majority.
        votes: u8,
        /// Milliseconds in which the owner can object; zero for the default.
        delay: u64,
        /// The votes from `next_from` on.
        next_votes: u8,
        /// The delay from `next_from` on.
        next_delay: u64,
        /// Block time from which on weaker rules hold; zero where none are announced.
        next_from: u64,
    }
}

crate::layout! {
    /// A role made by an organisation.
    pub(crate) struct Role {
        /// What it allows.
        permissions: Slot<U256>,
        /// How many accounts hold it.
        holders: Slot<u32>,
        /// Its name.
        name: Text,
    }
}

crate::layout! {
    /// An account, or the key of one.
    pub(crate) struct Account {
        /// What every transaction needs.
        record: Slot<AccountRecord>,
        /// What it may do, and since when.
        grants: Slot<Grants>,
        /// Which key signs for it.
        keys: Slot<Keys>,
        /// Salted hash of attributes that are kept off the chain.
        attributes: Slot<B256>,
        /// Its recovery.
        recovery: Slot<Recovery>,
        /// Who approved the recovery.
        approvals: List<Slot<Address>>,
    }
}

crate::record! {
    /// The slot of an account that every transaction reads. All zeros are an account of no
    /// organisation.
    pub struct AccountRecord {
        /// Its organisation; zero for none.
        organisation: u64,
        /// Whether it may act.
        status: AccountStatus,
        /// How well its organisation has verified who uses it.
        level: u8,
        /// What a signature by this address is worth.
        key: KeyState,
        /// Whether an order of a regulator concerns it; only Policy sets it.
        restricted: bool,
        /// The account that this address is or was a key of.
        signer_for: Address,
    }
}

crate::record! {
    /// What an account may do, and since when.
    pub(crate) struct Grants {
        /// Its roles: bit n is role n.
        roles: u128,
        /// When it joined, in milliseconds.
        joined: u64,
        /// When anything about it last changed, in milliseconds.
        changed: u64,
    }
}

crate::record! {
    /// Which key signs for an account.
    pub(crate) struct Keys {
        /// The key's address; zero for the account's own.
        current: Address,
        /// What the next consent must say, so that none is used twice. It is zero only where
        /// Identity has never changed anything about the account.
        nonce: u64,
    }
}

crate::record! {
    /// A recovery under way; the new key is zero where there is none.
    pub(crate) struct Recovery {
        /// The key that will sign.
        new_key: Address,
        /// Approvals needed.
        needed: u8,
        /// Block time from which on it can be finished; zero while approvals are missing.
        ready: u64,
        /// Block time of the proposal.
        proposed: u64,
        /// Block time from which on it is void.
        expires: u64,
    }
}

crate::stored_enum! {
    OrganisationKind => "OrganisationKind",
    OrganisationStatus => "OrganisationStatus",
    AccountStatus => "AccountStatus",
    KeyState => "KeyState" from Own,
}

impl Identity {
    /// The storage, from slot 0 on.
    pub(crate) fn storage() -> Self {
        Self::at(Place::slot(U256::ZERO))
    }
}

#[cfg(test)]
mod tests;
