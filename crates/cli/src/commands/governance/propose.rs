//! Making a proposal.

use super::{
    arguments::{About, Propose, Rule, Why},
    describe,
};
use crate::{
    commands::{acting::Actor, of_client, read_file, typed},
    failure::Failure,
    messages::{GovernanceAct as Act, Message, words},
    output::Output,
};
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use qiantang_client::{
    Module,
    governance::{Governance, IGovernance},
};
use qiantang_types::PeerAddress;
use std::time::Duration;

/// Bytes of the largest list of days.
const DAYS_BYTES_MAX: u64 = 64 << 10;

/// Who proposes.
struct Proposer {
    actor: Actor,
    reason: String,
}

impl Proposer {
    async fn open(output: Output, why: Why) -> Result<Self, Failure> {
        Ok(Self {
            actor: Actor::open(output, &why.acting).await?,
            reason: why.reason,
        })
    }

    async fn about(output: Output, about: About) -> Result<(Self, u64, String), Failure> {
        let by = Self::open(output, about.why).await?;
        let number = by.actor.names.find(&about.organisation).await?;
        let reason = by.reason.clone();
        Ok((by, number, reason))
    }

    /// Says what is proposed and why, and proposes it.
    async fn propose(self, call: impl SolCall) -> Result<(), Failure> {
        let Self { actor, reason } = self;
        let action = Bytes::from(call.abi_encode());
        let (what, _) = describe::action(actor.output, &actor.names, &action).await?;
        let said: [&dyn std::fmt::Display; 2] = [&what, &reason];
        let acted = actor.act::<Governance>(&call, Act::Propose, &said).await?;
        let made: Vec<IGovernance::ProposalMade> = Module::<Governance>::events(acted.receipt());
        acted.made(Act::WhatProposal, made.first().map(|made| made.id))
    }
}

/// Makes the proposal that was typed.
pub(super) async fn run(output: Output, what: Propose) -> Result<(), Failure> {
    match what {
        Propose::Admission {
            name,
            kind,
            jurisdiction,
            administrators,
            why,
        } => {
            let kind = typed::number(output, &words::ORGANISATION_KIND, &kind)?;
            let by = Proposer::open(output, why).await?;
            let call = IGovernance::proposeAdmissionCall {
                name,
                organisationKind: kind,
                jurisdiction,
                administrators,
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        Propose::Suspension(about) => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeSuspensionCall {
                organisation,
                reason,
            };
            by.propose(call).await
        }
        Propose::Restoration(about) => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeRestorationCall {
                organisation,
                reason,
            };
            by.propose(call).await
        }
        Propose::Removal(about) => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeRemovalCall {
                organisation,
                reason,
            };
            by.propose(call).await
        }
        other => validators(output, other).await,
    }
}

/// The text of an address in a call, where none is empty.
pub(super) fn text_of(address: Option<PeerAddress>) -> String {
    address
        .map(|address| address.to_string())
        .unwrap_or_default()
}

/// Proposals about validators and the parameters.
async fn validators(output: Output, what: Propose) -> Result<(), Failure> {
    match what {
        Propose::Validator {
            about,
            validator_key: key,
            peer_address,
        } => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeValidatorCall {
                organisation,
                key,
                peerAddress: text_of(peer_address),
                reason,
            };
            by.propose(call).await
        }
        Propose::ValidatorRemoval { validator_key, why } => {
            let by = Proposer::open(output, why).await?;
            let (key, reason) = (validator_key, by.reason.clone());
            let call = IGovernance::proposeValidatorRemovalCall { key, reason };
            by.propose(call).await
        }
        Propose::ValidatorRotation {
            old_key,
            validator_key,
            peer_address,
            why,
        } => {
            let by = Proposer::open(output, why).await?;
            let call = IGovernance::proposeValidatorRotationCall {
                oldKey: old_key,
                newKey: validator_key,
                peerAddress: text_of(peer_address),
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        Propose::Parameter {
            parameter,
            value,
            why,
        } => {
            let parameter = typed::number(output, &words::PARAMETER, &parameter)?;
            let by = Proposer::open(output, why).await?;
            let call = IGovernance::proposeParameterCall {
                parameter: IGovernance::Parameter::try_from(parameter)
                    .unwrap_or(IGovernance::Parameter::None),
                value,
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        Propose::Upgrade {
            protocol,
            height,
            why,
        } => {
            let by = Proposer::open(output, why).await?;
            let call = IGovernance::proposeUpgradeCall {
                version: protocol,
                height,
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        other => supervision(output, other).await,
    }
}

/// Proposals about regulators and contracts.
async fn supervision(output: Output, what: Propose) -> Result<(), Failure> {
    match what {
        Propose::Regulator {
            about,
            jurisdiction,
            powers,
            until,
        } => {
            let powers = U256::from(typed::set(output, &words::POWER, &powers)?);
            let until = typed::moment(output, &until)?;
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeRegulatorCall {
                organisation,
                jurisdiction,
                powers,
                until,
                reason,
            };
            by.propose(call).await
        }
        Propose::RegulatorDismissal { appointment, why } => {
            let by = Proposer::open(output, why).await?;
            let call = IGovernance::proposeRegulatorDismissalCall {
                regulator: appointment,
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        Propose::ReviewAuthority {
            about,
            jurisdiction,
        } => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeReviewAuthorityCall {
                organisation,
                jurisdiction,
                reason,
            };
            by.propose(call).await
        }
        Propose::Freeze(contract) => {
            let by = Proposer::open(output, contract.why).await?;
            let call = IGovernance::proposeContractFreezeCall {
                target: contract.contract,
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        Propose::Release(contract) => {
            let by = Proposer::open(output, contract.why).await?;
            let call = IGovernance::proposeContractReleaseCall {
                target: contract.contract,
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        other => ruling(output, other).await,
    }
}

/// Proposals about rules of the chain and who answers for contracts.
async fn ruling(output: Output, what: Propose) -> Result<(), Failure> {
    match what {
        Propose::PolicyRule { rule, why } => {
            let by = Proposer::open(output, why).await?;
            let rule = crate::commands::policy::rule_of(&by.actor, rule, 0).await?;
            let rule = IGovernance::PolicyRule {
                target: rule.target,
                hasSelector: rule.hasSelector,
                selector: rule.selector,
                subject: rule.subject as u8,
                organisation: rule.organisation,
                role: rule.role,
                allow: rule.allow,
                deny: rule.deny,
            };
            let reason = by.reason.clone();
            by.propose(IGovernance::proposePolicyRuleCall { rule, reason })
                .await
        }
        Propose::ContractOrganisation { about, contract } => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeContractOrganisationCall {
                target: contract,
                organisation,
                reason,
            };
            by.propose(call).await
        }
        other => shares(output, other).await,
    }
}

/// Proposals about what members may use, and how they decide.
async fn shares(output: Output, what: Propose) -> Result<(), Failure> {
    match what {
        Propose::Quota {
            about,
            gas_per_block,
            gas_per_day,
            bytes_per_block,
            bytes_per_day,
        } => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeQuotaCall {
                organisation,
                gasPerBlock: gas_per_block,
                gasPerDay: gas_per_day,
                bytesPerBlock: bytes_per_block,
                bytesPerDay: bytes_per_day,
                reason,
            };
            by.propose(call).await
        }
        Propose::Allowance { about, gas } => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeAllowanceCall {
                organisation,
                gasPerDay: gas,
                reason,
            };
            by.propose(call).await
        }
        Propose::Weight { about, weight } => {
            let (by, organisation, reason) = Proposer::about(output, about).await?;
            let call = IGovernance::proposeWeightCall {
                organisation,
                weight,
                reason,
            };
            by.propose(call).await
        }
        Propose::Rule(change) => rule(output, change).await,
        other => times(output, other).await,
    }
}

/// Proposals about calendars and time zones.
async fn times(output: Output, what: Propose) -> Result<(), Failure> {
    match what {
        Propose::CalendarYear {
            calendar,
            year,
            days,
            why,
        } => {
            let working_days = working_days(output, &days)?;
            let by = Proposer::open(output, why).await?;
            let call = IGovernance::proposeCalendarYearCall {
                calendar,
                year,
                workingDays: working_days,
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        Propose::TimeZone {
            zone,
            rule,
            from,
            why,
        } => {
            let from = typed::moment(output, &from)?;
            let by = Proposer::open(output, why).await?;
            let call = IGovernance::proposeTimeZoneCall {
                name: zone,
                posixRule: rule,
                from,
                reason: by.reason.clone(),
            };
            by.propose(call).await
        }
        _ => unreachable!("every other proposal has its own place above"),
    }
}

/// Reads the working days of a year: one digit for each day from 1 January on, 1 for a working
/// day; white space does not count.
fn working_days(output: Output, path: &std::path::Path) -> Result<[U256; 2], Failure> {
    let bytes = read_file(output, path, DAYS_BYTES_MAX)?;
    let days: Vec<u8> = bytes
        .into_iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let shaped = matches!(days.len(), 365 | 366) && days.iter().all(|d| matches!(d, b'0' | b'1'));
    if !shaped {
        return Err(output.failure(Message::WorkingDays, &[&path.display(), &days.len()]));
    }
    let mut words = [U256::ZERO; 2];
    for (day, digit) in days.into_iter().enumerate() {
        if let Some(word) = words.get_mut(day / 256) {
            word.set_bit(day % 256, digit == b'1');
        }
    }
    Ok(words)
}

/// Proposes a rule: the present one with what was named changed.
async fn rule(output: Output, change: Rule) -> Result<(), Failure> {
    let number = typed::number(output, &words::PROPOSAL_KIND, &change.kind)?;
    let kind = IGovernance::Kind::try_from(number).unwrap_or(IGovernance::Kind::None);
    let by = Proposer::open(output, change.why).await?;
    let present = by
        .actor
        .module::<Governance>()
        .view(&IGovernance::ruleCall { kind })
        .await;
    let mut rule = present.map_err(of_client(output))?;
    if let Some(text) = change.quorum {
        rule.quorum = points(output, &text)?;
    }
    if let Some(text) = change.threshold {
        rule.threshold = points(output, &text)?;
    }
    rule.votingPeriod = change.voting_period.map_or(rule.votingPeriod, milliseconds);
    rule.delay = change.delay.map_or(rule.delay, milliseconds);
    rule.vetoes = change.vetoes.unwrap_or(rule.vetoes);
    rule.weighted = change.weighted.unwrap_or(rule.weighted);
    if let Some(kinds) = change.voters {
        rule.voterKinds = kind_set(output, &kinds)?;
    }
    if let Some(kinds) = change.veto_by {
        rule.vetoKinds = kind_set(output, &kinds)?;
    }
    let reason = by.reason.clone();
    by.propose(IGovernance::proposeRuleCall { kind, rule, reason })
        .await
}

/// Kinds of organisations as a set: bit n is kind n.
fn kind_set(output: Output, kinds: &[String]) -> Result<u16, Failure> {
    let set = typed::set(output, &words::ORGANISATION_KIND, kinds)?;
    Ok(u16::try_from(set.saturating_mul(2)).unwrap_or(u16::MAX))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A percentage with at most two decimals, as basis points.
fn points(output: Output, text: &str) -> Result<u16, Failure> {
    let parsed = || -> Option<u16> {
        let text = text.trim_end_matches('%');
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let rest = match rest.len() {
            1 => rest.parse::<u16>().ok()?.checked_mul(10)?,
            2 => rest.parse().ok()?,
            _ => return None,
        };
        let whole = whole.parse::<u16>().ok()?.checked_mul(100)?;
        whole.checked_add(rest).filter(|points| *points <= 10_000)
    };
    parsed().ok_or_else(|| {
        let kind = output.lang.text(Message::WordPercent);
        output.failure(Message::HashInvalid, &[&text, &kind])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Lang;

    const OUTPUT: Output = Output {
        lang: Lang::En,
        json: false,
    };

    #[test]
    fn percentages_are_exact() {
        let read = |text| points(OUTPUT, text).ok();
        assert_eq!(read("50"), Some(5000));
        assert_eq!(read("66.67%"), Some(6667));
        assert_eq!(read("0.5"), Some(50));
        assert_eq!(read("100%"), Some(10_000));
        for wrong in ["100.01", "1.234", "", "x", "-1", "700"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn kinds_are_bits_by_their_number() {
        let kinds = ["bank".to_owned(), "court".to_owned()];
        assert_eq!(kind_set(OUTPUT, &kinds).ok(), Some(0b10_0010));
        assert!(kind_set(OUTPUT, &["shop".to_owned()]).is_err());
    }
}
