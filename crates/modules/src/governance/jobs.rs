//! The calls of Governance that the Scheduler makes.
//!
//! They are a convenience of the chain, never a condition of a decision: whatever becomes of a job,
//! anybody can close and execute what is due.

use super::{ADDRESS, IGovernance};
use crate::{
    Context, Halt, invoke,
    scheduler::{
        self,
        IScheduler::{self, NewJob, Schedule},
    },
};
use alloy_sol_types::SolCall;

/// Gas of closing or executing any proposal, with as many members as there may be.
pub const JOB_GAS: u64 = 25_000_000;

/// Attempts of a job.
const ATTEMPTS: u16 = 3;
/// Milliseconds between them.
const RETRY_AFTER: u64 = 60_000;

/// Whether the chain itself calls. Its call of what is done already is no error.
pub(super) fn is_own_call(ctx: &dyn Context) -> bool {
    ctx.caller() == ADDRESS
}

/// Plans the end of a vote, and gives the job's number.
pub(super) fn close_at(ctx: &mut dyn Context, id: u64, time: u64) -> Result<u64, Halt> {
    plan(ctx, &IGovernance::closeCall { id }, time)
}

/// Plans the effect of a decision.
pub(super) fn execute_at(ctx: &mut dyn Context, id: u64, time: u64) -> Result<u64, Halt> {
    plan(ctx, &IGovernance::executeCall { id }, time)
}

/// Ends a job that is not needed any more.
pub(super) fn cancel(ctx: &mut dyn Context, job: u64) -> Result<(), Halt> {
    if job == 0 {
        return Ok(());
    }
    pardon(invoke(
        ctx,
        scheduler::ADDRESS,
        &IScheduler::cancelJobCall { job },
    ))
    .map(|_| ())
}

fn plan(ctx: &mut dyn Context, call: &impl SolCall, time: u64) -> Result<u64, Halt> {
    let soonest = ctx.time().get().saturating_add(1);
    let gas = JOB_GAS.min(ctx.parameters().job_gas_per_block / 4);
    let schedule = Schedule {
        start: time.max(soonest),
        ..Schedule::of(IScheduler::Kind::Once)
    };
    let call = NewJob {
        attempts: ATTEMPTS,
        retryAfter: RETRY_AFTER,
        ..NewJob::new(ADDRESS, call.abi_encode().into(), gas, schedule)
    };
    let created = invoke(ctx, scheduler::ADDRESS, &IScheduler::createJobCall { call });
    Ok(pardon(created)?.unwrap_or_default())
}

/// A refusal of the Scheduler is no refusal of the decision.
fn pardon<T>(result: Result<T, Halt>) -> Result<Option<T>, Halt> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Halt::Revert(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
