//! What a proposal does: the call that proposed it, read again.

use super::{
    Governance,
    IGovernance::{
        IGovernanceCalls as Calls, Kind, NoSuchModule, NothingNamed, PolicyRule, RuleChanged,
    },
    checks, keys, members, parameters, rules,
    rules::StoredRule,
    upgrade, validators,
};
use crate::{
    Context, Halt, Module, emit,
    identity::{self, IIdentity},
    module_at,
    policy::{self, IPolicy},
    scheduler::{self, IScheduler},
    within,
};
use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;

/// What a call proposes, and why; `None` for a call that proposes nothing.
pub(super) fn subject(call: &Calls) -> Option<(Kind, &str)> {
    Some(match call {
        Calls::proposeAdmission(call) => (Kind::Admission, &call.reason),
        Calls::proposeSuspension(call) => (Kind::Suspension, &call.reason),
        Calls::proposeRestoration(call) => (Kind::Restoration, &call.reason),
        Calls::proposeRemoval(call) => (Kind::Removal, &call.reason),
        Calls::proposeValidator(call) => (Kind::ValidatorAddition, &call.reason),
        Calls::proposeValidatorRemoval(call) => (Kind::ValidatorRemoval, &call.reason),
        Calls::proposeValidatorRotation(call) => (Kind::ValidatorRotation, &call.reason),
        Calls::proposeParameter(call) => (Kind::Parameter, &call.reason),
        Calls::proposeRegulator(call) => (Kind::RegulatorAppointment, &call.reason),
        Calls::proposeRegulatorDismissal(call) => (Kind::RegulatorDismissal, &call.reason),
        Calls::proposeReviewAuthority(call) => (Kind::ReviewAuthority, &call.reason),
        Calls::proposeContractFreeze(call) => (Kind::ContractFreeze, &call.reason),
        Calls::proposeContractRelease(call) => (Kind::ContractRelease, &call.reason),
        Calls::proposeQuota(call) => (Kind::Quota, &call.reason),
        Calls::proposePolicyRule(call) => (Kind::PolicyRule, &call.reason),
        Calls::proposeContractOrganisation(call) => (Kind::ContractOrganisation, &call.reason),
        Calls::proposeAllowance(call) => (Kind::Allowance, &call.reason),
        Calls::proposeCalendarYear(call) => (Kind::CalendarYear, &call.reason),
        Calls::proposeTimeZone(call) => (Kind::TimeZone, &call.reason),
        Calls::proposeUpgrade(call) => (Kind::Upgrade, &call.reason),
        Calls::proposeRule(call) => (Kind::Rule, &call.reason),
        Calls::proposeWeight(call) => (Kind::Weight, &call.reason),
        _ => return None,
    })
}

/// The organisation that a proposal would bar, which does not vote on it.
pub(super) const fn barred(call: &Calls) -> Option<u64> {
    match call {
        Calls::proposeSuspension(call) => Some(call.organisation),
        Calls::proposeRemoval(call) => Some(call.organisation),
        _ => None,
    }
}

/// Refuses what could not take effect now: Governance's own checks, then a rehearsal of the other
/// module's operation.
pub(super) fn check(ctx: &mut dyn Context, call: &Calls) -> Result<(), Halt> {
    checks::check(ctx, call)?;
    match foreign(call)? {
        Some((module, input)) => rehearse(ctx, module, &input),
        None => Ok(()),
    }
}

/// Lets a proposal take effect, after the checks. A refusal of the other module comes before any
/// write of Governance's own.
pub(super) fn apply(ctx: &mut dyn Context, call: &Calls) -> Result<(), Halt> {
    checks::check(ctx, call)?;
    let output = match foreign(call)? {
        Some((module, input)) => act(ctx, module, &input)?,
        None => Bytes::new(),
    };
    let governance = Governance::storage();
    match call {
        Calls::proposeAdmission(_) => {
            let number = IIdentity::admitOrganisationCall::abi_decode_returns(&output)
                .map_err(|error| Halt::Fatal(format!("answer of admitOrganisation: {error}")))?;
            governance.members.insert(ctx, &number)?;
            Ok(())
        }
        Calls::proposeRemoval(call) => {
            governance.members.remove(ctx, &call.organisation)?;
            validators::remove_all(ctx, call.organisation)
        }
        Calls::proposeValidator(call) => {
            let address = validators::peer_address(&call.peerAddress)?;
            validators::add(ctx, call.organisation, &call.key, address.as_ref())
        }
        Calls::proposeValidatorRemoval(call) => {
            let id = keys::key_id(ctx, &call.key)?;
            validators::remove(ctx, id)
        }
        Calls::proposeValidatorRotation(call) => {
            let (id, head) = validators::require(ctx, &call.oldKey)?;
            let address = match validators::peer_address(&call.peerAddress)? {
                None => validators::present_address(ctx, id)?,
                new => new,
            };
            validators::remove(ctx, id)?;
            validators::add(ctx, head.organisation, &call.newKey, address.as_ref())
        }
        Calls::proposeParameter(call) => parameters::set(ctx, call.parameter, call.value),
        Calls::proposeUpgrade(call) => upgrade::set(ctx, call.version, call.height),
        Calls::proposeRule(call) => {
            rules::set(ctx, call.kind, &StoredRule::from(&call.rule))?;
            emit(
                ctx,
                &RuleChanged {
                    kind: call.kind,
                    rule: call.rule.clone(),
                },
            )
        }
        Calls::proposeWeight(call) => members::set_weight(ctx, call.organisation, call.weight),
        _ => Ok(()),
    }
}

/// The operation of another module that a proposal is for.
fn foreign(call: &Calls) -> Result<Option<(Address, Vec<u8>)>, Halt> {
    Ok(Some(match call {
        Calls::proposeAdmission(call) => (
            identity::ADDRESS,
            IIdentity::admitOrganisationCall {
                name: call.name.clone(),
                kind: checks::organisation_kind(call.organisationKind)?,
                jurisdiction: call.jurisdiction.clone(),
                administrators: call.administrators.clone(),
            }
            .abi_encode(),
        ),
        Calls::proposeSuspension(call) => (
            identity::ADDRESS,
            IIdentity::suspendOrganisationCall {
                organisation: call.organisation,
                reason: call.reason.clone(),
            }
            .abi_encode(),
        ),
        Calls::proposeRestoration(call) => (
            identity::ADDRESS,
            IIdentity::restoreOrganisationCall {
                organisation: call.organisation,
            }
            .abi_encode(),
        ),
        Calls::proposeRemoval(call) => (
            identity::ADDRESS,
            IIdentity::removeOrganisationCall {
                organisation: call.organisation,
                reason: call.reason.clone(),
            }
            .abi_encode(),
        ),
        Calls::proposePolicyRule(call) => (policy::ADDRESS, set_rule(&call.rule)?.abi_encode()),
        other => return Ok(foreign_policy(other).or_else(|| foreign_schedule(other))),
    }))
}

/// The operation of Policy that sets a rule of the whole chain.
fn set_rule(rule: &PolicyRule) -> Result<IPolicy::setRuleCall, Halt> {
    let subject =
        IPolicy::Subject::try_from(rule.subject).map_err(|_| Halt::revert(NothingNamed {}))?;
    Ok(IPolicy::setRuleCall {
        rule: IPolicy::Rule {
            target: rule.target,
            hasSelector: rule.hasSelector,
            selector: rule.selector,
            subject,
            organisation: rule.organisation,
            role: rule.role,
            allow: rule.allow,
            deny: rule.deny,
        },
    })
}

/// The operation of Policy that a proposal is for.
fn foreign_policy(call: &Calls) -> Option<(Address, Vec<u8>)> {
    let input = match call {
        Calls::proposeRegulator(call) => IPolicy::appointRegulatorCall {
            organisation: call.organisation,
            jurisdiction: call.jurisdiction.clone(),
            powers: call.powers,
            until: call.until,
        }
        .abi_encode(),
        Calls::proposeRegulatorDismissal(call) => IPolicy::dismissRegulatorCall {
            appointment: call.regulator,
        }
        .abi_encode(),
        Calls::proposeReviewAuthority(call) => IPolicy::setReviewAuthorityCall {
            organisation: call.organisation,
            jurisdiction: call.jurisdiction.clone(),
        }
        .abi_encode(),
        Calls::proposeContractFreeze(call) => IPolicy::freezeContractCall {
            target: call.target,
            reason: call.reason.clone(),
        }
        .abi_encode(),
        Calls::proposeContractRelease(call) => IPolicy::unfreezeContractCall {
            target: call.target,
        }
        .abi_encode(),
        Calls::proposeContractOrganisation(call) => IPolicy::setContractOrganisationCall {
            target: call.target,
            organisation: call.organisation,
        }
        .abi_encode(),
        Calls::proposeQuota(call) => IPolicy::setQuotaCall {
            organisation: call.organisation,
            quota: IPolicy::Quota {
                gasPerBlock: call.gasPerBlock,
                gasPerDay: call.gasPerDay,
                bytesPerBlock: call.bytesPerBlock,
                bytesPerDay: call.bytesPerDay,
            },
        }
        .abi_encode(),
        _ => return None,
    };
    Some((policy::ADDRESS, input))
}

/// The operation of the Scheduler that a proposal is for.
fn foreign_schedule(call: &Calls) -> Option<(Address, Vec<u8>)> {
    let input = match call {
        Calls::proposeAllowance(call) => IScheduler::setAllowanceCall {
            organisation: call.organisation,
            gasPerDay: call.gasPerDay,
        }
        .abi_encode(),
        Calls::proposeCalendarYear(call) => IScheduler::setCalendarYearCall {
            calendar: call.calendar.clone(),
            year: call.year,
            workingDays: call.workingDays,
        }
        .abi_encode(),
        Calls::proposeTimeZone(call) => IScheduler::setTimeZoneCall {
            name: call.name.clone(),
            posixRule: call.posixRule.clone(),
            from: call.from,
        }
        .abi_encode(),
        _ => return None,
    };
    Some((scheduler::ADDRESS, input))
}

/// Calls an operation of another module as Governance.
fn act(ctx: &mut dyn Context, module: Address, input: &[u8]) -> Result<Bytes, Halt> {
    let found = find(ctx, module)?;
    within(ctx, module, |ctx| (found.call)(ctx, input))
}

/// Runs an operation of another module and undoes it, so that its refusal is known today.
fn rehearse(ctx: &mut dyn Context, module: Address, input: &[u8]) -> Result<(), Halt> {
    let found = find(ctx, module)?;
    let mut is_fine = false;
    let undone = within(ctx, module, |ctx| {
        (found.call)(ctx, input)?;
        is_fine = true;
        // An error undoes what the operation wrote.
        Err::<(), Halt>(Halt::Revert(Bytes::new()))
    });
    if is_fine { Ok(()) } else { undone }
}

/// The module at an address, which may come only at a later height.
fn find(ctx: &dyn Context, module: Address) -> Result<&'static Module, Halt> {
    module_at(module, ctx.height()).ok_or_else(|| Halt::revert(NoSuchModule { module }))
}
