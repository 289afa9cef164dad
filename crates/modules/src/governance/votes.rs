//! Voting and deciding.

use super::{
    Head,
    IGovernance::{
        AlreadyVoted, Choice, ChoiceMissing, NoVeto, NotElector, NotVoting, ProposalDecided, State,
        TooEarly, VoteCast, VotingEnded,
    },
    Proposal, StoredBallot, StoredTally, jobs, proposals,
    rules::StoredRule,
    tally::{Count, Presence, Voter},
};
use crate::{
    Context, Halt, emit, gas,
    identity::{self, OrganisationStatus, Permission},
};

/// Votes in the name of the caller's organisation, and decides where that settles the outcome.
pub(super) fn vote(ctx: &mut dyn Context, id: u64, choice: Choice) -> Result<State, Halt> {
    let voter = ctx.caller();
    let organisation = identity::require_permission(ctx, voter, Permission::Vote)?;
    let (proposal, head) = proposals::find(ctx, id)?;
    let time = ctx.time().get();
    if head.state == State::Voting && time >= head.ends {
        return Err(Halt::revert(VotingEnded {
            id,
            ends: head.ends,
            time,
        }));
    }
    if head.state != State::Voting {
        return Err(Halt::revert(NotVoting {
            id,
            state: head.state,
        }));
    }
    let slot = proposal.ballots.at(ctx, &organisation)?;
    let ballot = slot.get(ctx)?;
    if ballot.weight == 0 {
        return Err(Halt::revert(NotElector { id, organisation }));
    }
    if ballot.choice != Choice::None {
        return Err(Halt::revert(AlreadyVoted {
            id,
            organisation,
            choice: ballot.choice,
        }));
    }
    let rule = proposal.rule.get(ctx)?;
    check_choice(ctx, (id, organisation), choice, &rule)?;
    slot.set(
        ctx,
        &StoredBallot {
            voter,
            choice,
            time,
            ..ballot
        },
    )?;
    emit(
        ctx,
        &VoteCast {
            id,
            organisation,
            voter,
            choice,
            weight: ballot.weight,
        },
    )?;
    let count = count(ctx, &proposal, &rule)?;
    match count.settled(&rule) {
        Some(state) => {
            jobs::cancel(ctx, head.close_job)?;
            decide(ctx, (id, &proposal), (head, rule), (count, state))
        }
        None => Ok(State::Voting),
    }
}

fn check_choice(
    ctx: &mut dyn Context,
    (id, organisation): (u64, u64),
    choice: Choice,
    rule: &StoredRule,
) -> Result<(), Halt> {
    match choice {
        Choice::Yes | Choice::No | Choice::Abstain => Ok(()),
        Choice::Veto => {
            let kind = identity::organisation(ctx, organisation)?.kind;
            if rule.has_veto(kind as u8) {
                return Ok(());
            }
            Err(Halt::revert(NoVeto { id, organisation }))
        }
        Choice::None | Choice::__Invalid => Err(Halt::revert(ChoiceMissing { id })),
    }
}

/// Decides a proposal whose voting period is over.
pub(super) fn close(ctx: &mut dyn Context, id: u64) -> Result<State, Halt> {
    let (proposal, head) = proposals::find(ctx, id)?;
    if head.state != State::Voting {
        if jobs::is_own_call(ctx) {
            return Ok(head.state);
        }
        return Err(Halt::revert(NotVoting {
            id,
            state: head.state,
        }));
    }
    let time = ctx.time().get();
    if time < head.ends {
        return Err(Halt::revert(TooEarly {
            id,
            due: head.ends,
            time,
        }));
    }
    if !jobs::is_own_call(ctx) {
        jobs::cancel(ctx, head.close_job)?;
    }
    let rule = proposal.rule.get(ctx)?;
    let count = count(ctx, &proposal, &rule)?;
    let state = count.outcome(&rule);
    decide(ctx, (id, &proposal), (head, rule), (count, state))
}

/// Writes a decision down, and plans its effect.
fn decide(
    ctx: &mut dyn Context,
    (id, proposal): (u64, &Proposal),
    (head, rule): (Head, StoredRule),
    (count, state): (Count, State),
) -> Result<State, Halt> {
    let tally = StoredTally {
        electorate: count.electorate,
        yes: count.yes,
        no: count.no,
        abstain: count.abstain,
        vetoes: count.vetoes,
    };
    proposal.tally.set(ctx, &tally)?;
    let mut due = 0;
    if state == State::Passed {
        due = ctx.time().get().saturating_add(rule.delay);
        let head = Head { state, due, ..head };
        proposal.head.set(ctx, &head)?;
        jobs::execute_at(ctx, id, due)?;
    } else {
        proposals::finish(ctx, id, proposal, (head, state))?;
    }
    let tally = count.into();
    emit(
        ctx,
        &ProposalDecided {
            id,
            state,
            tally,
            due,
        },
    )?;
    Ok(state)
}

/// Counts the votes as they stand now.
pub(super) fn count(
    ctx: &mut dyn Context,
    proposal: &Proposal,
    rule: &StoredRule,
) -> Result<Count, Halt> {
    let mut voters = Vec::new();
    for index in 0..proposal.electors.len(ctx)? {
        ctx.charge(gas::STEP)?;
        let Some(slot) = proposal.electors.get(ctx, index)? else {
            continue;
        };
        let organisation = slot.get(ctx)?;
        let ballot = proposal.ballots.at(ctx, &organisation)?.get(ctx)?;
        let head = identity::organisation(ctx, organisation)?;
        voters.push(Voter {
            weight: ballot.weight,
            choice: ballot.choice,
            presence: presence(head.status),
            has_veto: rule.has_veto(head.kind as u8),
        });
    }
    Ok(Count::of(&voters))
}

pub(super) const fn presence(status: OrganisationStatus) -> Presence {
    match status {
        OrganisationStatus::Active => Presence::Active,
        OrganisationStatus::Suspended => Presence::Suspended,
        _ => Presence::Gone,
    }
}
