//! What is refused at proposal and again at effect, so that the members can always decide.

use super::{
    ACTION_BYTES_MAX, Governance,
    IGovernance::{
        AlreadySuspended, IGovernanceCalls as Calls, NotFreezable, NotMember, NotSuspended,
        NothingNamed, Parameter, ReasonMissing, Unchanged,
    },
    REASON_BYTES_MAX, members, parameters, rules,
    rules::{Member, StoredRule},
    upgrade, validators,
};
use crate::{Context, Halt, IModule::LimitExceeded, MODULES, identity::OrganisationKind};
use alloy_primitives::{Address, U256};
use qiantang_types::REGISTRY_ADDRESS;

/// Refuses a proposal that could not take effect now as far as Governance knows.
pub(super) fn check(ctx: &mut dyn Context, call: &Calls) -> Result<(), Halt> {
    match call {
        Calls::proposeAdmission(call) => {
            organisation_kind(call.organisationKind)?;
            let count = Governance::storage().members.len(ctx)?;
            limit(
                "member organisations",
                count.saturating_add(1),
                super::MEMBERS_MAX,
            )
        }
        Calls::proposeSuspension(call) => {
            let member = members::require(ctx, call.organisation)?;
            if !member.is_active {
                let organisation = call.organisation;
                return Err(Halt::revert(AlreadySuspended { organisation }));
            }
            check_absence(ctx, call.organisation)
        }
        Calls::proposeRestoration(call) => {
            let member = members::require(ctx, call.organisation)?;
            if member.is_active {
                let organisation = call.organisation;
                return Err(Halt::revert(NotSuspended { organisation }));
            }
            Ok(())
        }
        Calls::proposeRemoval(call) => {
            members::require(ctx, call.organisation)?;
            check_absence(ctx, call.organisation)
        }
        Calls::proposeRule(call) => {
            let now = rules::of_kind(ctx, call.kind)?;
            let rule = StoredRule::from(&call.rule);
            if rule == now {
                return Err(Halt::revert(Unchanged {}));
            }
            rule.check(call.kind)?;
            let members = members::all(ctx)?;
            rules::require_decidable(&members, &[(call.kind, rule)])?;
            rules::require_spare(&members, &[(call.kind, rule)])
        }
        Calls::proposeWeight(call) => check_weight(ctx, call.organisation, call.weight),
        Calls::proposeParameter(call) => parameters::check(ctx, call.parameter, call.value),
        Calls::proposeUpgrade(call) => upgrade::check(ctx, call.version, call.height),
        Calls::proposeContractFreeze(call) => check_target(call.target),
        Calls::proposeQuota(call) => [
            (Parameter::MemberGasPerBlock, call.gasPerBlock),
            (Parameter::MemberGasPerDay, call.gasPerDay),
            (Parameter::MemberBytesPerBlock, call.bytesPerBlock),
            (Parameter::MemberBytesPerDay, call.bytesPerDay),
        ]
        .into_iter()
        .try_for_each(|(quota, value)| parameters::check_limit(quota, value)),
        other => check_validators(ctx, other),
    }
}

fn check_validators(ctx: &mut dyn Context, call: &Calls) -> Result<(), Halt> {
    match call {
        Calls::proposeValidator(call) => {
            let organisation = call.organisation;
            if !members::require(ctx, organisation)?.is_active {
                return Err(Halt::revert(NotMember { organisation }));
            }
            validators::peer_address(&call.peerAddress)?;
            validators::check_room(ctx)?;
            validators::check_new(ctx, &call.key)
        }
        Calls::proposeValidatorRemoval(call) => {
            let (gone, _) = validators::require(ctx, &call.key)?;
            validators::require_some(ctx, |entry| entry.id != gone)
        }
        Calls::proposeValidatorRotation(call) => {
            validators::require(ctx, &call.oldKey)?;
            validators::peer_address(&call.peerAddress)?;
            validators::check_new(ctx, &call.newKey)
        }
        _ => Ok(()),
    }
}

/// Refuses the absence of an organisation without which a kind, or the chain, could not go on.
fn check_absence(ctx: &mut dyn Context, organisation: u64) -> Result<(), Halt> {
    let mut rest = members::all(ctx)?;
    rest.retain(|member| member.organisation != organisation);
    rules::require_decidable(&rest, &rules::all(ctx)?)?;
    validators::require_some(ctx, |entry| entry.head.organisation != organisation)
}

fn check_weight(ctx: &mut dyn Context, organisation: u64, weight: u32) -> Result<(), Halt> {
    let member = members::require(ctx, organisation)?;
    members::check_weight(ctx, &member, weight)?;
    let changed = |member: Member| {
        if member.organisation == organisation {
            Member { weight, ..member }
        } else {
            member
        }
    };
    let all: Vec<Member> = members::all(ctx)?.into_iter().map(changed).collect();
    let rules = rules::all(ctx)?;
    rules::require_decidable(&all, &rules)?;
    rules::require_spare(&all, &rules)
}

fn check_target(target: Address) -> Result<(), Halt> {
    let is_module = MODULES.iter().any(|module| module.address == target);
    if is_module || target == REGISTRY_ADDRESS {
        return Err(Halt::revert(NotFreezable { target }));
    }
    Ok(())
}

/// The kind of an organisation, by its number.
pub(super) fn organisation_kind(number: u8) -> Result<OrganisationKind, Halt> {
    match OrganisationKind::try_from(number) {
        Ok(OrganisationKind::None | OrganisationKind::__Invalid) | Err(_) => {
            Err(Halt::revert(NothingNamed {}))
        }
        Ok(kind) => Ok(kind),
    }
}

/// Refuses a proposal without a reason, and one that is too long.
pub(super) fn check_texts(action: &[u8], reason: &str) -> Result<(), Halt> {
    if reason.trim().is_empty() {
        return Err(Halt::revert(ReasonMissing {}));
    }
    limit(
        "bytes of a reason",
        reason.len() as u64,
        REASON_BYTES_MAX as u64,
    )?;
    limit(
        "bytes of a proposal",
        action.len() as u64,
        ACTION_BYTES_MAX as u64,
    )
}

/// Refuses a value above a limit.
pub(super) fn limit(name: &str, value: u64, maximum: u64) -> Result<(), Halt> {
    if value <= maximum {
        return Ok(());
    }
    Err(Halt::revert(LimitExceeded {
        limit: name.to_owned(),
        value: U256::from(value),
        maximum: U256::from(maximum),
    }))
}
