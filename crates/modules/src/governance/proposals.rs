//! Making proposals, withdrawing them, and letting them take effect.

use super::{
    FAILURE_BYTES_MAX, Governance, Head,
    IGovernance::{
        IGovernanceCalls as Calls, Kind, NoMembers, NobodyDecides, NotPassed, NotProposer,
        NotVoting, ProposalExecuted, ProposalFailed, ProposalMade, ProposalWithdrawn, State,
        TooEarly, UnknownProposal,
    },
    OPEN_PER_ORGANISATION_MAX, Proposal, StoredBallot, actions, checks, jobs, members, rules,
    rules::StoredRule,
};
use crate::{
    Context, Halt, emit, gas,
    identity::{self, Permission},
};
use alloy_sol_types::SolInterface;

/// Makes a proposal of a call, and says its number.
pub(super) fn propose(ctx: &mut dyn Context, call: &Calls, input: &[u8]) -> Result<u64, Halt> {
    let governance = Governance::storage();
    if governance.members.len(ctx)? == 0 {
        return Err(Halt::revert(NoMembers {}));
    }
    let caller = ctx.caller();
    let organisation = identity::require_permission(ctx, caller, Permission::Propose)?;
    let Some((kind, reason)) = actions::subject(call) else {
        return Err(Halt::Fatal(
            "a call that proposes nothing was proposed".to_owned(),
        ));
    };
    checks::check_texts(input, reason)?;
    actions::check(ctx, call)?;

    let open = count_open(ctx, organisation)?;
    checks::limit(
        "open proposals of one organisation",
        u64::from(open).saturating_add(1),
        OPEN_PER_ORGANISATION_MAX.into(),
    )?;
    let id = governance.count.get(ctx)?.saturating_add(1);
    governance.count.set(ctx, &id)?;
    let rule = rules::of_kind(ctx, kind)?;
    let proposal = governance.proposals.at(ctx, &id)?;
    proposal.rule.set(ctx, &rule)?;
    proposal.action.set(ctx, input)?;
    summon(ctx, &proposal, (kind, rule), actions::barred(call))?;

    let ends = ctx.time().get().saturating_add(rule.voting_period);
    let head = Head {
        proposer: caller,
        kind,
        state: State::Voting,
        organisation,
        made: ctx.time().get(),
        height: ctx.height().get(),
        ends,
        due: 0,
        closed: 0,
        close_job: jobs::close_at(ctx, id, ends)?,
    };
    proposal.head.set(ctx, &head)?;
    governance.open.insert(ctx, &id)?;
    let open_of = governance.open_of.at(ctx, &organisation)?;
    open_of.set(ctx, &open.saturating_add(1))?;
    emit(
        ctx,
        &ProposalMade {
            id,
            kind,
            organisation,
            proposer: caller,
            ends,
            action: input.to_vec().into(),
        },
    )?;
    Ok(id)
}

/// Writes down the electorate of a proposal.
fn summon(
    ctx: &mut dyn Context,
    proposal: &Proposal,
    (kind, rule): (Kind, StoredRule),
    barred: Option<u64>,
) -> Result<(), Halt> {
    let mut is_empty = true;
    for member in members::all(ctx)? {
        ctx.charge(gas::STEP)?;
        let weight = member.weight_under(&rule);
        if weight == 0 || barred == Some(member.organisation) {
            continue;
        }
        is_empty = false;
        proposal
            .electors
            .push(ctx)?
            .set(ctx, &member.organisation)?;
        let ballot = StoredBallot {
            weight,
            ..StoredBallot::default()
        };
        let slot = proposal.ballots.at(ctx, &member.organisation)?;
        slot.set(ctx, &ballot)?;
    }
    if is_empty {
        return Err(Halt::revert(NobodyDecides { kind }));
    }
    Ok(())
}

/// A proposal that there is.
pub(super) fn find(ctx: &mut dyn Context, id: u64) -> Result<(Proposal, Head), Halt> {
    let proposal = Governance::storage().proposals.at(ctx, &id)?;
    let head = proposal.head.get(ctx)?;
    if head.state == State::None {
        return Err(Halt::revert(UnknownProposal { id }));
    }
    Ok((proposal, head))
}

/// Withdraws a proposal in the name of the organisation that made it.
pub(super) fn withdraw(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let account = ctx.caller();
    let organisation = identity::require_permission(ctx, account, Permission::Propose)?;
    let (proposal, head) = find(ctx, id)?;
    if head.organisation != organisation {
        return Err(Halt::revert(NotProposer {
            id,
            proposer: head.organisation,
            organisation,
        }));
    }
    if head.state != State::Voting {
        return Err(Halt::revert(NotVoting {
            id,
            state: head.state,
        }));
    }
    jobs::cancel(ctx, head.close_job)?;
    finish(ctx, id, &proposal, (head, State::Withdrawn))?;
    emit(ctx, &ProposalWithdrawn { id, account })
}

/// Gives a proposal its final state.
pub(super) fn finish(
    ctx: &mut dyn Context,
    id: u64,
    proposal: &Proposal,
    (head, state): (Head, State),
) -> Result<(), Halt> {
    let governance = Governance::storage();
    let closed = ctx.time().get();
    let head = Head {
        state,
        closed,
        ..head
    };
    proposal.head.set(ctx, &head)?;
    governance.open.remove(ctx, &id)?;
    let open = count_open(ctx, head.organisation)?;
    let open_of = governance.open_of.at(ctx, &head.organisation)?;
    open_of.set(ctx, &open.saturating_sub(1))
}

fn count_open(ctx: &mut dyn Context, organisation: u64) -> Result<u32, Halt> {
    let open_of = Governance::storage().open_of.at(ctx, &organisation)?;
    open_of.get(ctx)
}

/// Lets a passed proposal take effect.
pub(super) fn execute(ctx: &mut dyn Context, id: u64) -> Result<State, Halt> {
    let (proposal, head) = find(ctx, id)?;
    if head.state != State::Passed {
        if jobs::is_own_call(ctx) {
            return Ok(head.state);
        }
        return Err(Halt::revert(NotPassed {
            id,
            state: head.state,
        }));
    }
    let time = ctx.time().get();
    if time < head.due {
        return Err(Halt::revert(TooEarly {
            id,
            due: head.due,
            time,
        }));
    }
    let action = proposal.action.get(ctx)?;
    let call = Calls::abi_decode(&action).map_err(|error| {
        Halt::Fatal(format!(
            "the action of proposal {id} does not decode ({error}); the state is damaged: run \
             `qiantang replay`"
        ))
    })?;
    match actions::apply(ctx, &call) {
        Ok(()) => {
            finish(ctx, id, &proposal, (head, State::Executed))?;
            let kind = head.kind;
            emit(ctx, &ProposalExecuted { id, kind })?;
            Ok(State::Executed)
        }
        Err(Halt::Revert(failure)) => {
            let failure = failure.get(..FAILURE_BYTES_MAX).unwrap_or(&failure);
            proposal.failure.set(ctx, failure)?;
            finish(ctx, id, &proposal, (head, State::Failed))?;
            emit(
                ctx,
                &ProposalFailed {
                    id,
                    kind: head.kind,
                    failure: failure.to_vec().into(),
                },
            )?;
            Ok(State::Failed)
        }
        Err(other) => Err(other),
    }
}
