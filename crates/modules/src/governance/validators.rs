//! The registry of validators.

use super::{
    ADDRESS, Governance,
    IGovernance::{
        InvalidPeerAddress, LastValidator, NotOperator, Unchanged, UnknownValidator,
        ValidatorAdded, ValidatorAddressChanged, ValidatorExists, ValidatorRemoved,
    },
    StoredValidator, VALIDATORS_MAX, ValidatorHead, checks, keys,
};
use crate::{
    Context, Halt, emit, gas,
    identity::{self, OrganisationStatus, Permission},
    within,
};
use alloy_primitives::{B256, Bytes};
use qiantang_types::{PeerAddress, PeerAddressError};
use std::collections::BTreeMap;

/// A validator that the members decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Validator {
    /// Public key as the chain's signature scheme encodes it.
    pub key: Bytes,
    /// Organisation that operates it; zero where the chain spec named none.
    pub organisation: u64,
    /// Where it listens for its peers, a [`PeerAddress`]; empty where nobody said.
    pub address: String,
}

/// The validators that consensus takes at the next epoch boundary, in the order of their keys:
/// those of active organisations, and those of organisation 0.
///
/// # Errors
/// As [`Context::load`].
pub fn validators(ctx: &mut dyn Context) -> Result<Vec<Validator>, Halt> {
    within(ctx, ADDRESS, |ctx| {
        let mut all = Vec::new();
        for entry in all_entries(ctx)? {
            if entry.is_active {
                all.push(Validator {
                    key: entry.stored.key.get(ctx)?.into(),
                    organisation: entry.head.organisation,
                    address: entry.stored.peer_address.get(ctx)?,
                });
            }
        }
        all.sort();
        Ok(all)
    })
}

/// A validator with the place of its key.
pub(super) struct Entry {
    pub(super) id: B256,
    pub(super) stored: StoredValidator,
    pub(super) head: ValidatorHead,
    /// Whether its organisation is active.
    pub(super) is_active: bool,
}

/// Every validator of the registry.
pub(super) fn all_entries(ctx: &mut dyn Context) -> Result<Vec<Entry>, Halt> {
    let registry = Governance::storage();
    let mut actives = BTreeMap::new();
    let mut all = Vec::new();
    for index in 0..registry.keys.len(ctx)? {
        ctx.charge(gas::STEP)?;
        let Some(id) = registry.keys.get(ctx, index)? else {
            continue;
        };
        let stored = registry.validators.at(ctx, &id)?;
        let head = stored.head.get(ctx)?;
        let is_active = match actives.get(&head.organisation) {
            Some(known) => *known,
            None => {
                let is_active = is_active(ctx, head.organisation)?;
                actives.insert(head.organisation, is_active);
                is_active
            }
        };
        all.push(Entry {
            id,
            stored,
            head,
            is_active,
        });
    }
    Ok(all)
}

fn is_active(ctx: &mut dyn Context, organisation: u64) -> Result<bool, Halt> {
    if organisation == 0 {
        return Ok(true);
    }
    let status = identity::organisation(ctx, organisation)?.status;
    Ok(status == OrganisationStatus::Active)
}

/// Refuses a change after which no active validator is left. `keeps` says which stay.
pub(super) fn require_some(
    ctx: &mut dyn Context,
    keeps: impl Fn(&Entry) -> bool,
) -> Result<(), Halt> {
    let entries = all_entries(ctx)?;
    if entries.iter().any(|entry| entry.is_active && keeps(entry)) {
        return Ok(());
    }
    Err(Halt::revert(LastValidator {}))
}

/// The validator with a key.
pub(super) fn find(
    ctx: &mut dyn Context,
    key: &[u8],
) -> Result<Option<(B256, ValidatorHead)>, Halt> {
    let registry = Governance::storage();
    let id = keys::key_id(ctx, key)?;
    if !registry.keys.contains(ctx, &id)? {
        return Ok(None);
    }
    let head = registry.validators.at(ctx, &id)?.head.get(ctx)?;
    Ok(Some((id, head)))
}

/// The validator with a key, which must be there.
pub(super) fn require(ctx: &mut dyn Context, key: &[u8]) -> Result<(B256, ValidatorHead), Halt> {
    find(ctx, key)?.ok_or_else(|| {
        Halt::revert(UnknownValidator {
            key: keys::shown(key).into(),
        })
    })
}

/// Refuses bytes that are no key, and the key of a validator.
pub(super) fn check_new(ctx: &mut dyn Context, key: &[u8]) -> Result<(), Halt> {
    let scheme = Governance::storage().upgrade.get(ctx)?.scheme;
    keys::check(ctx, scheme, key)?;
    match find(ctx, key)? {
        None => Ok(()),
        Some((_, head)) => Err(Halt::revert(ValidatorExists {
            key: key.to_vec().into(),
            organisation: head.organisation,
        })),
    }
}

/// Refuses one validator more than there may be.
pub(super) fn check_room(ctx: &mut dyn Context) -> Result<(), Halt> {
    let count = Governance::storage().keys.len(ctx)?;
    checks::limit("validators", count.saturating_add(1), VALIDATORS_MAX)
}

/// Writes a validator that was checked.
pub(super) fn add(
    ctx: &mut dyn Context,
    organisation: u64,
    key: &[u8],
    address: Option<&PeerAddress>,
) -> Result<(), Halt> {
    let registry = Governance::storage();
    let id = keys::key_id(ctx, key)?;
    registry.keys.insert(ctx, &id)?;
    let stored = registry.validators.at(ctx, &id)?;
    let since = ctx.height().get();
    stored.head.set(
        ctx,
        &ValidatorHead {
            organisation,
            since,
            until: 0,
            is_known: true,
        },
    )?;
    stored.key.set(ctx, key)?;
    let added = ValidatorAdded {
        organisation,
        key: key.to_vec().into(),
    };
    emit(ctx, &added)?;
    match address {
        Some(address) => write_address(ctx, &stored, &address.to_string()),
        None => Ok(()),
    }
}

/// What a text says of where a validator listens; `None` where it is empty.
pub(super) fn peer_address(text: &str) -> Result<Option<PeerAddress>, Halt> {
    if text.is_empty() {
        return Ok(None);
    }
    let refuse = |error: PeerAddressError| {
        Halt::revert(InvalidPeerAddress {
            peerAddress: error.text,
            reason: error.reason.to_owned(),
        })
    };
    text.parse().map(Some).map_err(refuse)
}

/// Where a validator listens, as far as somebody said.
pub(super) fn present_address(
    ctx: &mut dyn Context,
    id: B256,
) -> Result<Option<PeerAddress>, Halt> {
    let stored = Governance::storage().validators.at(ctx, &id)?;
    let text = stored.peer_address.get(ctx)?;
    peer_address(&text)
}

/// Changes where a validator listens, for its organisation.
pub(super) fn set_address(ctx: &mut dyn Context, key: &[u8], text: &str) -> Result<(), Halt> {
    let (id, head) = require(ctx, key)?;
    let caller = ctx.caller();
    let organisation = identity::require_permission(ctx, caller, Permission::OperateValidator)?;
    if organisation != head.organisation {
        return Err(Halt::revert(NotOperator {
            key: key.to_vec().into(),
            organisation: head.organisation,
        }));
    }
    let new = peer_address(text)?;
    if new == present_address(ctx, id)? {
        return Err(Halt::revert(Unchanged {}));
    }
    let stored = Governance::storage().validators.at(ctx, &id)?;
    let text = new.map(|address| address.to_string()).unwrap_or_default();
    write_address(ctx, &stored, &text)
}

fn write_address(ctx: &mut dyn Context, stored: &StoredValidator, text: &str) -> Result<(), Halt> {
    stored.peer_address.set(ctx, text)?;
    let changed = ValidatorAddressChanged {
        organisation: stored.head.get(ctx)?.organisation,
        key: stored.key.get(ctx)?.into(),
        peerAddress: text.to_owned(),
    };
    emit(ctx, &changed)
}

/// Removes a validator that is there. Whose it was stays known.
pub(super) fn remove(ctx: &mut dyn Context, id: B256) -> Result<(), Halt> {
    let registry = Governance::storage();
    let stored = registry.validators.at(ctx, &id)?;
    let head = stored.head.get(ctx)?;
    let (organisation, key) = (head.organisation, stored.key.get(ctx)?.into());
    let until = ctx.height().get();
    registry.keys.remove(ctx, &id)?;
    stored.head.set(ctx, &ValidatorHead { until, ..head })?;
    stored.key.set(ctx, &[])?;
    stored.peer_address.set(ctx, "")?;
    emit(ctx, &ValidatorRemoved { organisation, key })
}

/// Removes every validator of an organisation.
pub(super) fn remove_all(ctx: &mut dyn Context, organisation: u64) -> Result<(), Halt> {
    for entry in all_entries(ctx)? {
        if entry.head.organisation == organisation {
            remove(ctx, entry.id)?;
        }
    }
    Ok(())
}
