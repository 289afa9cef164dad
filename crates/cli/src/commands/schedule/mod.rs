//! `qiantang schedule`: calls that the chain makes by itself.

pub(crate) mod arguments;
mod show;
mod when;

use super::{acting::Actor, of_client};
use crate::{failure::Failure, messages::ScheduleAct as Act, output::Output};
use alloy_sol_types::SolCall;
use arguments::{Call, One, Schedule as Arguments};
use qiantang_client::{
    Module,
    schedule::{
        IScheduler::{self, NewJob},
        Scheduler,
    },
};
use show::Asked;

/// Runs one of the commands about jobs.
pub(crate) async fn run(output: Output, arguments: Arguments) -> Result<(), Failure> {
    match arguments {
        Arguments::List { owner, rpc } => show::list(&Asked::new(output, &rpc)?, owner).await,
        Arguments::Show { job, rpc } => show::show(&Asked::new(output, &rpc)?, job).await,
        Arguments::Dead { organisation, rpc } => {
            show::dead(&Asked::new(output, &rpc)?, &organisation).await
        }
        Arguments::Allowance { organisation, rpc } => {
            show::allowance(&Asked::new(output, &rpc)?, &organisation).await
        }
        Arguments::Preview { when, rpc } => show::preview(&Asked::new(output, &rpc)?, &when).await,
        Arguments::Calendar {
            calendar,
            year,
            rpc,
        } => show::calendar(&Asked::new(output, &rpc)?, calendar, year).await,
        Arguments::Zone { zone, moment, rpc } => {
            show::zone(&Asked::new(output, &rpc)?, zone, &moment).await
        }
        Arguments::Create { call, acting } => {
            let call = job_of(output, &call)?;
            let actor = Actor::open(output, &acting).await?;
            let what = called(&actor, &call).await?;
            let when = when::text(output, &call.schedule);
            let said: [&dyn std::fmt::Display; 3] = [&what, &when, &call.gasLimit.clone()];
            let call = IScheduler::createJobCall { call };
            let acted = actor.act::<Scheduler>(&call, Act::Create, &said).await?;
            let made: Vec<IScheduler::JobCreated> = Module::<Scheduler>::events(acted.receipt());
            acted.made(Act::WhatJob, made.first().map(|made| made.job))
        }
        Arguments::Change { job, call, acting } => {
            let call = job_of(output, &call)?;
            let actor = Actor::open(output, &acting).await?;
            let what = called(&actor, &call).await?;
            let when = when::text(output, &call.schedule);
            let said: [&dyn std::fmt::Display; 4] = [&job, &what, &when, &call.gasLimit.clone()];
            let call = IScheduler::changeJobCall { job, call };
            actor
                .act::<Scheduler>(&call, Act::Change, &said)
                .await?
                .done()
        }
        Arguments::Cancel(one) => {
            let call = IScheduler::cancelJobCall { job: one.job };
            on(output, &one, call, Act::Cancel).await
        }
        Arguments::Pause(one) => {
            let call = IScheduler::pauseJobCall { job: one.job };
            on(output, &one, call, Act::Pause).await
        }
        Arguments::Resume(one) => {
            let call = IScheduler::resumeJobCall { job: one.job };
            on(output, &one, call, Act::Resume).await
        }
        Arguments::Retry(one) => {
            let call = IScheduler::retryDeadCall { job: one.job };
            on(output, &one, call, Act::Retry).await
        }
        Arguments::Skip(one) => {
            let call = IScheduler::skipDeadCall { job: one.job };
            on(output, &one, call, Act::Skip).await
        }
    }
}

/// The job that was typed.
fn job_of(output: Output, call: &Call) -> Result<NewJob, Failure> {
    let schedule = when::schedule_of(output, &call.when)?;
    // Retries of a job by time wait for a time, those of one by height for blocks.
    let counted = match when::is_by_height(schedule.kind) {
        true => IScheduler::Kind::EveryBlocks,
        false => IScheduler::Kind::EveryMilliseconds,
    };
    Ok(NewJob {
        target: call.target,
        input: call.input.clone(),
        gasLimit: call.gas,
        schedule,
        attempts: call.attempts,
        retryAfter: when::every(output, counted, call.retry_after.as_deref())?,
        skipMissed: call.skip_missed,
    })
}

/// What a job calls: the target's name, and the function's selector where there is one.
async fn called(actor: &Actor, call: &NewJob) -> Result<String, Failure> {
    let target = actor.names.address(call.target).await?;
    Ok(show::target_text(&target, &call.input))
}

/// Does something to a job.
async fn on(output: Output, one: &One, call: impl SolCall, act: Act) -> Result<(), Failure> {
    let actor = Actor::open(output, &one.acting).await?;
    let job = actor.module::<Scheduler>().job(one.job).await;
    let job = job.map_err(of_client(output))?;
    let what = called(&actor, &job.call).await?;
    let said: [&dyn std::fmt::Display; 2] = [&one.job, &what];
    actor.act::<Scheduler>(&call, act, &said).await?.done()
}
