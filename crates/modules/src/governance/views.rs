//! Answers: what is recorded, in pages.

use super::{
    Governance, Head,
    IGovernance::{
        self, Ballot, Member, Parameters, Rule, State, Summary, Tally, protocolVersionReturn,
    },
    SCAN_MAX, StoredTally, members, proposals, rules,
    tally::Presence,
    upgrade,
    validators::all_entries,
    votes,
};
use crate::{Context, Halt, gas, identity, page::Page};
use alloy_primitives::U256;

pub(super) fn proposal(ctx: &mut dyn Context, id: u64) -> Result<IGovernance::Proposal, Halt> {
    let (proposal, head) = proposals::find(ctx, id)?;
    let rule = proposal.rule.get(ctx)?;
    let tally = if head.state == State::Voting {
        votes::count(ctx, &proposal, &rule)?.into()
    } else {
        proposal.tally.get(ctx)?.into()
    };
    Ok(IGovernance::Proposal {
        summary: summary(id, &head),
        action: proposal.action.get(ctx)?.into(),
        rule: rule.into(),
        tally,
        failure: proposal.failure.get(ctx)?.into(),
    })
}

fn summary(id: u64, head: &Head) -> Summary {
    Summary {
        id,
        kind: head.kind,
        state: head.state,
        organisation: head.organisation,
        proposer: head.proposer,
        made: head.made,
        height: head.height,
        ends: head.ends,
        due: head.due,
        closed: head.closed,
    }
}

impl From<StoredTally> for Tally {
    fn from(tally: StoredTally) -> Self {
        Self {
            electorate: tally.electorate,
            yes: tally.yes,
            no: tally.no,
            abstain: tally.abstain,
            vetoes: tally.vetoes,
        }
    }
}

/// Proposals from the newest on; the cursor is how many were looked at.
pub(super) fn proposals(
    ctx: &mut dyn Context,
    state: State,
    page: Page,
) -> Result<(Vec<Summary>, U256), Halt> {
    let count = Governance::storage().count.get(ctx)?;
    let mut list = Vec::new();
    let mut looked = page.cursor.min(count);
    let stop = looked.saturating_add(SCAN_MAX).min(count);
    while looked < stop && (list.len() as u64) < page.limit {
        ctx.charge(gas::STEP)?;
        let id = count.saturating_sub(looked);
        let (_, head) = proposals::find(ctx, id)?;
        if state == State::None || head.state == state {
            list.push(summary(id, &head));
        }
        looked = looked.saturating_add(1);
    }
    let next = if looked < count { looked } else { 0 };
    Ok((list, U256::from(next)))
}

pub(super) fn open(ctx: &mut dyn Context, page: Page) -> Result<(Vec<Summary>, U256), Halt> {
    let open = Governance::storage().open;
    let count = open.len(ctx)?;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        if let Some(id) = open.get(ctx, index)? {
            let (_, head) = proposals::find(ctx, id)?;
            list.push(summary(id, &head));
        }
    }
    Ok((list, page.next(count)))
}

pub(super) fn ballots(
    ctx: &mut dyn Context,
    id: u64,
    page: Page,
) -> Result<(Vec<Ballot>, U256), Halt> {
    let (proposal, _) = proposals::find(ctx, id)?;
    let count = proposal.electors.len(ctx)?;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        let Some(slot) = proposal.electors.get(ctx, index)? else {
            continue;
        };
        let organisation = slot.get(ctx)?;
        let ballot = proposal.ballots.at(ctx, &organisation)?.get(ctx)?;
        let status = identity::organisation(ctx, organisation)?.status;
        list.push(Ballot {
            organisation,
            weight: ballot.weight,
            choice: ballot.choice,
            voter: ballot.voter,
            time: ballot.time,
            counts: votes::presence(status) == Presence::Active,
        });
    }
    Ok((list, page.next(count)))
}

pub(super) fn rule(ctx: &mut dyn Context, kind: IGovernance::Kind) -> Result<Rule, Halt> {
    rules::of_kind(ctx, kind).map(Rule::from)
}

pub(super) fn members(ctx: &mut dyn Context, page: Page) -> Result<(Vec<Member>, U256), Halt> {
    let members = Governance::storage().members;
    let count = members.len(ctx)?;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        if let Some(organisation) = members.get(ctx, index)? {
            let member = members::one(ctx, organisation)?;
            list.push(Member {
                organisation,
                weight: member.weight,
                active: member.is_active,
            });
        }
    }
    Ok((list, page.next(count)))
}

pub(super) fn validators(
    ctx: &mut dyn Context,
    page: Page,
) -> Result<(Vec<IGovernance::Validator>, U256), Halt> {
    let all = all_entries(ctx)?;
    let count = all.len() as u64;
    let mut list = Vec::new();
    for entry in all
        .iter()
        .skip(page.cursor as usize)
        .take(page.limit as usize)
    {
        list.push(IGovernance::Validator {
            key: entry.stored.key.get(ctx)?.into(),
            organisation: entry.head.organisation,
            since: entry.head.since,
            active: entry.is_active,
            peerAddress: entry.stored.peer_address.get(ctx)?,
        });
    }
    Ok((list, page.next(count)))
}

pub(super) fn parameters(ctx: &mut dyn Context) -> Result<Parameters, Halt> {
    Governance::storage()
        .parameters
        .get(ctx)
        .map(Parameters::from)
}

pub(super) fn version(ctx: &mut dyn Context) -> Result<protocolVersionReturn, Halt> {
    let now = upgrade::now(ctx)?;
    Ok(protocolVersionReturn {
        version: now.version,
        next: now.next,
        height: now.height,
    })
}
