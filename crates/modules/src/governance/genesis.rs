//! What Governance has in the genesis state.

use super::{
    FIRST_VERSION, Governance, MEMBERS_MAX, VALIDATORS_MAX,
    parameters::{self, StoredParameters},
    rules::{self, KINDS, StoredRule},
    upgrade::Upgrade,
    validators,
};
use crate::{Context, Halt};
use alloy_primitives::Bytes;
use qiantang_types::{ChainSpec, PeerAddress};
use std::collections::BTreeMap;

/// Writes parameters, version, rules, members and validators of a chain spec. The organisations
/// have the numbers 1, 2, … in its order, as Identity gives them.
///
/// # Errors
/// Fatal where the spec contradicts itself.
pub(crate) fn genesis(ctx: &mut dyn Context, spec: &ChainSpec) -> Result<(), Halt> {
    let governance = Governance::storage();
    let stored = StoredParameters::from(&spec.parameters);
    governance.parameters.set(ctx, &stored)?;
    let upgrade = Upgrade {
        version: FIRST_VERSION,
        scheme: spec.scheme.code(),
        ..Upgrade::default()
    };
    governance.upgrade.set(ctx, &upgrade)?;
    if !spec.organisations.is_empty() {
        parameters::check_first(&spec.parameters).map_err(|_| {
            refuse(
                "with these gas limits the organisations could not decide: a transaction needs \
                 50,000,000, jobs 100,000,000, and a block both together"
                    .to_owned(),
            )
        })?;
    }
    for kind in KINDS {
        rules::set(ctx, *kind, &StoredRule::first(*kind))?;
    }
    let count = spec.organisations.len() as u64;
    if count > MEMBERS_MAX {
        return Err(refuse(format!(
            "{count} organisations, at most {MEMBERS_MAX}"
        )));
    }
    for organisation in 1..=count {
        governance.members.insert(ctx, &organisation)?;
    }
    let addresses = addresses(spec)?;
    for (key, organisation) in owners(spec)? {
        validators::add(ctx, organisation, key, addresses.get(key))?;
    }
    Ok(())
}

/// Where the validators of a spec listen, by key.
fn addresses(spec: &ChainSpec) -> Result<BTreeMap<&Bytes, PeerAddress>, Halt> {
    let mut addresses = BTreeMap::new();
    for (key, text) in &spec.addresses {
        if !spec.validators.contains(key) {
            return Err(refuse(format!(
                "`addresses` names {key}, which is not in `validators`"
            )));
        }
        let address = text
            .parse()
            .map_err(|error| refuse(format!("`addresses` of validator {key}: {error}")))?;
        addresses.insert(key, address);
    }
    Ok(addresses)
}

/// The organisation of each validator of a spec, by key.
fn owners(spec: &ChainSpec) -> Result<BTreeMap<&Bytes, u64>, Halt> {
    let mut owners: BTreeMap<&Bytes, u64> = spec.validators.iter().map(|key| (key, 0)).collect();
    if owners.len() as u64 > VALIDATORS_MAX {
        let count = owners.len();
        return Err(refuse(format!(
            "{count} validators, at most {VALIDATORS_MAX}"
        )));
    }
    for (number, organisation) in (1..).zip(&spec.organisations) {
        for key in &organisation.validators {
            let name = &organisation.name;
            match owners.get_mut(key) {
                Some(owner) if *owner == 0 => *owner = number,
                Some(owner) => {
                    return Err(refuse(format!(
                        "organisations {owner} and {number} (`{name}`) both name validator {key}"
                    )));
                }
                None => {
                    return Err(refuse(format!(
                        "`{name}` names validator {key}, which is not in `validators`"
                    )));
                }
            }
        }
    }
    Ok(owners)
}

fn refuse(problem: String) -> Halt {
    Halt::Fatal(format!("chain spec: {problem}; correct the spec"))
}
