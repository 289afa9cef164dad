//! Proposals, members and rules, as the chain knows them.

use super::describe::{action, lasting, percent};
use crate::{
    commands::{names::Names, of_client, typed},
    failure::Failure,
    messages::{GovernanceAct as Act, Lang, Message, refusals, words},
    output::{Output, table, time},
};
use alloy_primitives::{Address, Bytes};
use qiantang_client::{
    Client, List, Module, Refusal,
    governance::{
        Governance,
        IGovernance::{self, Ballot, Proposal, Summary},
    },
};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryView {
    proposal: u64,
    kind: String,
    state: String,
    organisation: u64,
    organisation_name: String,
    made: u64,
    ends: u64,
    due: u64,
    closed: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProposalView {
    #[serde(flatten)]
    summary: SummaryView,
    what: String,
    reason: String,
    electorate: u64,
    yes: u64,
    no: u64,
    abstain: u64,
    vetoes: u32,
    /// Why it was refused when it was to take effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    ballots: Vec<BallotView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BallotView {
    organisation: u64,
    name: String,
    weight: u32,
    choice: String,
    counts: bool,
}

/// Where the chain is asked.
struct Asked {
    names: Names,
    module: Module<Governance>,
}

impl Asked {
    fn new(output: Output, client: Client) -> Self {
        Self {
            names: Names::new(output, client.clone()),
            module: Module::new(client),
        }
    }

    async fn summary(&self, found: &Summary) -> Result<SummaryView, Failure> {
        Ok(SummaryView {
            proposal: found.id,
            kind: words::PROPOSAL_KIND.key(found.kind as u8),
            state: words::PROPOSAL_STATE.key(found.state as u8),
            organisation: found.organisation,
            organisation_name: self.names.organisation(found.organisation).await?,
            made: found.made,
            ends: found.ends,
            due: found.due,
            closed: found.closed,
        })
    }

    /// Whose a validator is.
    async fn validator_of(&self, output: Output, organisation: u64) -> Result<String, Failure> {
        Ok(match organisation {
            0 => output.lang.text(Act::ValidatorOfNobody).to_owned(),
            number => {
                let name = self.names.organisation(number).await?;
                output.say(Act::ValidatorOf, &[&name])
            }
        })
    }

    async fn ballots(&self, found: &[Ballot]) -> Result<Vec<BallotView>, Failure> {
        let mut views = Vec::new();
        for ballot in found {
            views.push(BallotView {
                organisation: ballot.organisation,
                name: self.names.organisation(ballot.organisation).await?,
                weight: ballot.weight,
                choice: words::CHOICE.key(ballot.choice as u8),
                counts: ballot.counts,
            });
        }
        Ok(views)
    }
}

/// Prints a title and rows, and whether the list was cut.
fn print<T: Serialize, E>(
    output: Output,
    views: &[T],
    list: &List<E>,
    (title, rows): (&str, Vec<(String, String)>),
) -> Result<(), Failure> {
    output.data(&views, || {
        let rows: Vec<(&str, String)> = rows
            .iter()
            .map(|(name, text)| (name.as_str(), text.clone()))
            .collect();
        let mut text = table(title, &rows);
        if !list.complete {
            text.push_str(output.lang.text(Message::ListCut));
        }
        text
    })
}

/// Proposals, newest first.
pub(super) async fn list(
    output: Output,
    client: Client,
    state: Option<String>,
) -> Result<(), Failure> {
    let number = match &state {
        Some(text) => typed::number(output, &words::PROPOSAL_STATE, text)?,
        None => 0,
    };
    let state = IGovernance::State::try_from(number).unwrap_or(IGovernance::State::None);
    let asked = Asked::new(output, client);
    let found = asked.module.proposals(state).await;
    let found = found.map_err(of_client(output))?;
    let (mut views, mut rows) = (Vec::new(), Vec::new());
    for entry in &found.entries {
        let proposal = asked.module.proposal(entry.id).await;
        let proposal = proposal.map_err(of_client(output))?;
        let (what, _) = action(output, &asked.names, &proposal.action).await?;
        let state = words::PROPOSAL_STATE.say(output.lang, entry.state as u8);
        rows.push((entry.id.to_string(), format!("{state}: {what}")));
        views.push(asked.summary(entry).await?);
    }
    let title = output.say(Act::Proposals, &[&views.len()]);
    print(output, &views, &found, (&title, rows))
}

/// Everything about a proposal.
pub(super) async fn show(output: Output, client: Client, id: u64) -> Result<(), Failure> {
    let asked = Asked::new(output, client);
    let found = asked.module.proposal(id).await.map_err(of_client(output))?;
    let ballots = asked.module.ballots(id).await.map_err(of_client(output))?;
    let (what, reason) = action(output, &asked.names, &found.action).await?;
    let view = ProposalView {
        summary: asked.summary(&found.summary).await?,
        what,
        reason,
        electorate: found.tally.electorate,
        yes: found.tally.yes,
        no: found.tally.no,
        abstain: found.tally.abstain,
        vetoes: found.tally.vetoes,
        failure: failure(output.lang, &found.failure),
        ballots: asked.ballots(&ballots.entries).await?,
    };
    output.data(&view, || text(output, (&found, &view), &ballots.entries))
}

/// The error of a proposal that failed, in words.
fn failure(lang: Lang, data: &Bytes) -> Option<String> {
    if data.is_empty() {
        return None;
    }
    let refusal = Refusal::decode(data);
    let said = refusal.and_then(|refusal| refusals::explain(lang, &refusal));
    Some(said.unwrap_or_else(|| data.to_string()))
}

fn text(output: Output, (found, view): (&Proposal, &ProposalView), ballots: &[Ballot]) -> String {
    let word = |text| output.lang.text(text);
    let summary = &found.summary;
    let at = |moment| match moment {
        0 => "-".to_owned(),
        moment => time(moment),
    };
    let tally = &found.tally;
    let votes: [&dyn std::fmt::Display; 5] = [
        &tally.yes,
        &tally.no,
        &tally.abstain,
        &tally.vetoes,
        &tally.electorate,
    ];
    let state = words::PROPOSAL_STATE.say(output.lang, summary.state as u8);
    let mut rows = vec![
        (word(Act::State), state.to_owned()),
        (word(Act::By), view.summary.organisation_name.clone()),
        (word(Act::Reason), view.reason.clone()),
        (word(Act::Made), at(summary.made)),
        (word(Act::Ends), at(summary.ends)),
        (word(Act::Due), at(summary.due)),
        (word(Act::Closed), at(summary.closed)),
        (word(Act::RuleWord), rule_text(output, &found.rule)),
        (word(Act::Votes), output.say(Act::VotesText, &votes)),
    ];
    if let Some(failure) = &view.failure {
        rows.push((word(Act::Failure), failure.clone()));
    }
    let title = output.say(Act::Proposal, &[&summary.id, &view.what]);
    let rows_of_ballots: Vec<(&str, String)> = view
        .ballots
        .iter()
        .zip(ballots)
        .map(|(view, ballot)| {
            let choice = words::CHOICE.say(output.lang, ballot.choice as u8);
            let act = match ballot.counts {
                true => Act::BallotText,
                false => Act::BallotIdle,
            };
            (
                view.name.as_str(),
                output.say(act, &[&choice, &ballot.weight]),
            )
        })
        .collect();
    let ballots = table(word(Act::Ballots), &rows_of_ballots);
    format!("{}{ballots}", table(&title, &rows))
}

fn rule_text(output: Output, rule: &IGovernance::Rule) -> String {
    let said: [&dyn std::fmt::Display; 5] = [
        &percent(rule.quorum),
        &percent(rule.threshold),
        &lasting(rule.votingPeriod),
        &lasting(rule.delay),
        &rule.vetoes,
    ];
    output.say(Act::RuleText, &said)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MemberView {
    organisation: u64,
    name: String,
    weight: u32,
    active: bool,
}

/// Member organisations.
pub(super) async fn members(output: Output, client: Client) -> Result<(), Failure> {
    let asked = Asked::new(output, client);
    let found = asked.module.members().await.map_err(of_client(output))?;
    let (mut views, mut rows) = (Vec::new(), Vec::new());
    for member in &found.entries {
        let name = asked.names.organisation(member.organisation).await?;
        let state = output.lang.text(match member.active {
            true => Act::Active,
            false => Act::Inactive,
        });
        let text = output.say(Act::MemberText, &[&state, &member.weight]);
        rows.push((name.clone(), text));
        views.push(MemberView {
            organisation: member.organisation,
            name,
            weight: member.weight,
            active: member.active,
        });
    }
    let title = output.say(Act::Members, &[&views.len()]);
    print(output, &views, &found, (&title, rows))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidatorView {
    key: Bytes,
    organisation: u64,
    since: u64,
    active: bool,
    peer_address: String,
}

/// Validators that the members decided.
pub(super) async fn validators(output: Output, client: Client) -> Result<(), Failure> {
    let asked = Asked::new(output, client);
    let found = asked.module.validators().await.map_err(of_client(output))?;
    let (mut views, mut rows) = (Vec::new(), Vec::new());
    for validator in &found.entries {
        let of = asked.validator_of(output, validator.organisation).await?;
        let state = output.lang.text(match validator.active {
            true => Act::Active,
            false => Act::Inactive,
        });
        let mut text = output.say(Act::ValidatorText, &[&of, &validator.since, &state]);
        if !validator.peerAddress.is_empty() {
            text = output.say(Act::ValidatorAt, &[&text, &validator.peerAddress]);
        }
        rows.push((validator.key.to_string(), text));
        views.push(ValidatorView {
            key: validator.key.clone(),
            organisation: validator.organisation,
            since: validator.since,
            active: validator.active,
            peer_address: validator.peerAddress.clone(),
        });
    }
    let title = output.say(Act::Validators, &[&views.len()]);
    print(output, &views, &found, (&title, rows))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FaultView {
    key: Bytes,
    organisation: u64,
    kind: String,
    epoch: u64,
    view: u64,
    reporter: Address,
    height: u64,
    time: u64,
    evidence: Bytes,
}

/// Faults of validators, and who reported them.
pub(super) async fn faults(output: Output, client: Client) -> Result<(), Failure> {
    let asked = Asked::new(output, client);
    let found = asked.module.faults().await.map_err(of_client(output))?;
    let (mut views, mut rows) = (Vec::new(), Vec::new());
    for fault in &found.entries {
        let of = asked.validator_of(output, fault.organisation).await?;
        let kind = words::FAULT_KIND.say(output.lang, fault.kind as u8);
        let reported = time(fault.time);
        let said: [&dyn std::fmt::Display; 7] = [
            &of,
            &kind,
            &fault.epoch,
            &fault.viewNumber,
            &fault.reporter,
            &fault.height,
            &reported,
        ];
        rows.push((fault.key.to_string(), output.say(Act::FaultText, &said)));
        views.push(FaultView {
            key: fault.key.clone(),
            organisation: fault.organisation,
            kind: words::FAULT_KIND.key(fault.kind as u8),
            epoch: fault.epoch,
            view: fault.viewNumber,
            reporter: fault.reporter,
            height: fault.height,
            time: fault.time,
            evidence: fault.evidence.clone(),
        });
    }
    let title = output.say(Act::Faults, &[&views.len()]);
    print(output, &views, &found, (&title, rows))
}

/// The chain's parameters and its version.
pub(super) async fn parameters(output: Output, client: Client) -> Result<(), Failure> {
    let asked = Asked::new(output, client);
    let found = asked.module.view(&IGovernance::parametersCall {}).await;
    let found = found.map_err(of_client(output))?;
    let version = asked
        .module
        .view(&IGovernance::protocolVersionCall {})
        .await;
    let version = version.map_err(of_client(output))?;
    let values = [
        found.blockGasLimit,
        found.transactionGasLimit,
        found.traceStrict.into(),
        found.membersOnly.into(),
        found.memberGasPerBlock,
        found.memberGasPerDay,
        found.memberBytesPerBlock,
        found.memberBytesPerDay,
        found.jobGasPerBlock,
        found.jobGasPerDay,
    ];
    let mut json = serde_json::Map::new();
    for (number, value) in (1..).zip(values) {
        json.insert(words::PARAMETER.key(number), value.into());
    }
    json.insert("epoch-length".to_owned(), found.epochLength.into());
    json.insert("protocol-version".to_owned(), version.version.into());
    if version.height != 0 {
        json.insert("next-version".to_owned(), version.next.into());
        json.insert("next-version-height".to_owned(), version.height.into());
    }
    output.data(&json, || {
        let word = |number| words::PARAMETER.say(output.lang, number);
        let mut rows: Vec<(&str, String)> = (1..)
            .zip(values)
            .map(|(number, value)| (word(number), value.to_string()))
            .collect();
        let epoch = output.lang.text(Act::EpochLength);
        rows.push((epoch, found.epochLength.to_string()));
        let shown = match version.height {
            0 => version.version.to_string(),
            height => output.say(
                Act::VersionNext,
                &[&version.version, &version.next, &height],
            ),
        };
        rows.push((output.lang.text(Act::Version), shown));
        table(output.lang.text(Act::Parameters), &rows)
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleView {
    kind: String,
    quorum: u16,
    threshold: u16,
    voting_period: u64,
    delay: u64,
    vetoes: u16,
    weighted: bool,
    voter_kinds: u16,
    veto_kinds: u16,
}

/// How each kind of proposal is decided.
pub(super) async fn rules(output: Output, client: Client) -> Result<(), Failure> {
    let asked = Asked::new(output, client);
    let (mut views, mut rows) = (Vec::new(), Vec::new());
    for number in 1..u8::try_from(words::PROPOSAL_KIND.0.len()).unwrap_or(u8::MAX) {
        let kind = IGovernance::Kind::try_from(number).unwrap_or(IGovernance::Kind::None);
        let rule = asked.module.view(&IGovernance::ruleCall { kind }).await;
        let rule = rule.map_err(of_client(output))?;
        let name = words::PROPOSAL_KIND.say(output.lang, number);
        rows.push((name, rule_text(output, &rule)));
        views.push(RuleView {
            kind: words::PROPOSAL_KIND.key(number),
            quorum: rule.quorum,
            threshold: rule.threshold,
            voting_period: rule.votingPeriod,
            delay: rule.delay,
            vetoes: rule.vetoes,
            weighted: rule.weighted,
            voter_kinds: rule.voterKinds,
            veto_kinds: rule.vetoKinds,
        });
    }
    output.data(&views, || table(output.lang.text(Act::Rules), &rows))
}
