//! What a proposal would do, in words.

use crate::{
    commands::{names::Names, policy::rule_text, typed},
    failure::Failure,
    messages::{GovernanceAct as Act, words},
    output::{Output, time},
};
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolInterface as _;
use qiantang_client::{
    governance::IGovernance::{self, IGovernanceCalls as Calls, Rule},
    policy::IPolicy,
};
use std::time::Duration;

/// What the call that made a proposal would do, and the reason given. A call that another version
/// of the module made is shown as it is.
pub(crate) async fn action(
    output: Output,
    names: &Names,
    action: &Bytes,
) -> Result<(String, String), Failure> {
    let Ok(call) = Calls::abi_decode(action) else {
        return Ok((output.say(Act::Unreadable, &[action]), String::new()));
    };
    match about_organisations(output, names, &call).await? {
        Some(found) => Ok(found),
        None => Ok(about_the_chain(output, names, (call, action)).await?),
    }
}

/// Proposals about one organisation.
async fn about_organisations(
    output: Output,
    names: &Names,
    call: &Calls,
) -> Result<Option<(String, String)>, Failure> {
    macro_rules! say {
        ($call:expr, $act:expr $(, $more:expr)*) => {{
            let name = names.organisation($call.organisation).await?;
            (output.say($act, &[&name $(, &$more)*]), $call.reason.clone())
        }};
    }
    Ok(Some(match call {
        Calls::proposeSuspension(c) => say!(c, Act::Suspension),
        Calls::proposeRestoration(c) => say!(c, Act::Restoration),
        Calls::proposeRemoval(c) => say!(c, Act::Removal),
        Calls::proposeValidator(c) if c.peerAddress.is_empty() => {
            say!(c, Act::ValidatorAddition, c.key)
        }
        Calls::proposeValidator(c) => say!(c, Act::ValidatorAdditionAt, c.key, c.peerAddress),
        Calls::proposeRegulator(c) => {
            let reach = reach(output, &c.jurisdiction);
            let powers = typed::set_text(output, &words::POWER, c.powers);
            say!(c, Act::RegulatorAppointment, reach, powers, time(c.until))
        }
        Calls::proposeReviewAuthority(c) => {
            say!(c, Act::ReviewAuthority, reach(output, &c.jurisdiction))
        }
        Calls::proposeQuota(c) => say!(
            c,
            Act::Quota,
            c.gasPerBlock,
            c.gasPerDay,
            c.bytesPerBlock,
            c.bytesPerDay
        ),
        Calls::proposeAllowance(c) => say!(c, Act::Allowance, c.gasPerDay),
        Calls::proposeWeight(c) => say!(c, Act::Weight, c.weight),
        _ => return Ok(None),
    }))
}

/// All other proposals.
async fn about_the_chain(
    output: Output,
    names: &Names,
    (call, action): (Calls, &Bytes),
) -> Result<(String, String), Failure> {
    Ok(match call {
        Calls::proposeAdmission(c) => {
            let kind = words::ORGANISATION_KIND.say(output.lang, c.organisationKind);
            let who: Vec<String> = c.administrators.iter().map(ToString::to_string).collect();
            let said: [&dyn std::fmt::Display; 4] =
                [&c.name, &kind, &c.jurisdiction, &who.join(", ")];
            (output.say(Act::Admission, &said), c.reason)
        }
        Calls::proposeValidatorRemoval(c) => {
            (output.say(Act::ValidatorRemoval, &[&c.key]), c.reason)
        }
        Calls::proposeValidatorRotation(c) => {
            let said: [&dyn std::fmt::Display; 3] = [&c.oldKey, &c.newKey, &c.peerAddress];
            let act = match c.peerAddress.is_empty() {
                true => Act::ValidatorRotation,
                false => Act::ValidatorRotationAt,
            };
            (output.say(act, &said), c.reason)
        }
        Calls::proposeParameter(c) => {
            let parameter = words::PARAMETER.say(output.lang, c.parameter as u8);
            (
                output.say(Act::Parameter, &[&parameter, &c.value]),
                c.reason,
            )
        }
        Calls::proposeRegulatorDismissal(c) => (
            output.say(Act::RegulatorDismissal, &[&c.regulator]),
            c.reason,
        ),
        Calls::proposeContractFreeze(c) => {
            let target = names.address(c.target).await?;
            (output.say(Act::ContractFreeze, &[&target]), c.reason)
        }
        Calls::proposeContractRelease(c) => {
            let target = names.address(c.target).await?;
            (output.say(Act::ContractRelease, &[&target]), c.reason)
        }
        Calls::proposeCalendarYear(c) => {
            let days: usize = c.workingDays.iter().map(U256::count_ones).sum();
            let said: [&dyn std::fmt::Display; 3] = [&c.calendar, &c.year, &days];
            (output.say(Act::CalendarYear, &said), c.reason)
        }
        Calls::proposeTimeZone(c) => {
            let said: [&dyn std::fmt::Display; 3] = [&c.name, &c.posixRule, &time(c.from)];
            (output.say(Act::TimeZone, &said), c.reason)
        }
        Calls::proposeUpgrade(c) => (output.say(Act::Upgrade, &[&c.version, &c.height]), c.reason),
        Calls::proposePolicyRule(c) => {
            let rule = rule_text(output, names, &chain_rule(&c.rule)).await?;
            (output.say(Act::PolicyRule, &[&rule]), c.reason)
        }
        Calls::proposeContractOrganisation(c) => {
            let target = names.address(c.target).await?;
            let organisation = match c.organisation {
                0 => output.lang.text(Act::NoOrganisation).to_owned(),
                number => names.organisation(number).await?,
            };
            let said: [&dyn std::fmt::Display; 2] = [&target, &organisation];
            (output.say(Act::ContractOrganisation, &said), c.reason)
        }
        Calls::proposeRule(c) => (rule(output, c.kind, &c.rule), c.reason),
        _ => (output.say(Act::Unreadable, &[action]), String::new()),
    })
}

/// The rule as Policy has it.
fn chain_rule(rule: &IGovernance::PolicyRule) -> IPolicy::Rule {
    IPolicy::Rule {
        target: rule.target,
        hasSelector: rule.hasSelector,
        selector: rule.selector,
        subject: IPolicy::Subject::try_from(rule.subject).unwrap_or(IPolicy::Subject::None),
        organisation: rule.organisation,
        role: rule.role,
        allow: rule.allow,
        deny: rule.deny,
    }
}

fn rule(output: Output, kind: IGovernance::Kind, rule: &Rule) -> String {
    let kind = words::PROPOSAL_KIND.say(output.lang, kind as u8);
    let said: [&dyn std::fmt::Display; 5] = [
        &kind,
        &percent(rule.quorum),
        &percent(rule.threshold),
        &lasting(rule.votingPeriod),
        &lasting(rule.delay),
    ];
    output.say(Act::Rule, &said)
}

fn reach(output: Output, jurisdiction: &str) -> String {
    match jurisdiction {
        "" => output.lang.text(Act::WholeChain).to_owned(),
        code => code.to_owned(),
    }
}

/// Basis points as a percentage.
pub(super) fn percent(points: u16) -> String {
    match points % 100 {
        0 => format!("{}%", points / 100),
        rest => format!("{}.{rest:02}%", points / 100),
    }
}

/// Milliseconds as people say them.
pub(super) fn lasting(milliseconds: u64) -> String {
    humantime::format_duration(Duration::from_millis(milliseconds)).to_string()
}
