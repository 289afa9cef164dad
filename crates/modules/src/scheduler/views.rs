//! What anybody may read.

use super::{
    IScheduler::{
        self, DeadLetter, allowanceReturn, calendarYearReturn, deadLettersReturn, jobsOfReturn,
        nextDueReturn, previewReturn,
    },
    PREVIEW_MAX, RUNS_KEPT, Scheduler, authority,
    calendar::Next,
    jobs::{self, find},
    plan::Draft,
    queue::{self, Turn, Unit},
    rules,
    run::{self, Budget},
};
use crate::{Context, Halt, page::Page};
use alloy_primitives::{Address, U256};

/// A job.
pub(super) fn job(ctx: &mut dyn Context, id: u64) -> Result<IScheduler::Job, Halt> {
    let (job, state) = find(ctx, id)?;
    let moment = job.moment.get(ctx)?;
    let call = job.call.get(ctx)?;
    let progress = job.progress.get(ctx)?;
    let draft = jobs::draft(ctx, &job, state.kind)?;
    Ok(IScheduler::Job {
        id,
        owner: state.owner,
        organisation: state.organisation.into(),
        status: state.status,
        call: IScheduler::NewJob {
            target: call.target,
            input: job.input.get(ctx)?.into(),
            gasLimit: moment.gas,
            schedule: IScheduler::Schedule {
                kind: state.kind,
                start: draft.plan.start,
                every: draft.plan.every,
                timeOfDay: draft.plan.time_of_day,
                day: draft.plan.day,
                zone: draft.zone,
                calendar: draft.calendar,
                adjustment: draft.plan.adjustment,
                until: draft.until,
                count: draft.count,
            },
            attempts: call.attempts,
            retryAfter: call.retry_after.into(),
            skipMissed: state.skip_missed,
        },
        due: moment.due,
        queuedAt: moment.at,
        attempt: call.attempt.into(),
        done: progress.done,
        runs: progress.runs,
    })
}

/// The jobs that an account made.
pub(super) fn jobs_of(
    ctx: &mut dyn Context,
    owner: Address,
    page: Page,
) -> Result<jobsOfReturn, Halt> {
    let owned = Scheduler::storage().owned.at(ctx, &owner)?;
    let count = owned.len(ctx)?;
    let mut jobs = Vec::new();
    for index in page.range(count) {
        if let Some(slot) = owned.get(ctx, index)? {
            jobs.push(slot.get(ctx)?);
        }
    }
    let next = page.next(count);
    Ok(jobsOfReturn { jobs, next })
}

/// The last runs of a job, newest first.
pub(super) fn runs_of(ctx: &mut dyn Context, id: u64) -> Result<Vec<IScheduler::Run>, Halt> {
    let (job, _) = find(ctx, id)?;
    let count = job.progress.get(ctx)?.runs;
    let mut runs = Vec::new();
    for number in (count.saturating_sub(RUNS_KEPT)..count).rev() {
        let Some(slot) = job.runs.get(ctx, number % RUNS_KEPT)? else {
            break;
        };
        let kept = slot.get(ctx)?;
        runs.push(IScheduler::Run {
            due: kept.due,
            time: kept.time,
            height: kept.height,
            attempt: kept.attempt.into(),
            gasUsed: kept.gas_used.into(),
            success: kept.success,
        });
    }
    Ok(runs)
}

/// Dead jobs of an organisation.
pub(super) fn dead_letters(
    ctx: &mut dyn Context,
    organisation: u64,
    page: Page,
) -> Result<deadLettersReturn, Halt> {
    let number = authority::number(organisation)?;
    let dead = queue::organisation(ctx, number)?.dead;
    let count = dead.len(ctx)?;
    let mut letters = Vec::new();
    for index in page.range(count) {
        let Some(id) = dead.get(ctx, index)? else {
            break;
        };
        let (job, _) = find(ctx, id)?;
        let failed = job.failed.get(ctx)?;
        letters.push(DeadLetter {
            job: id,
            due: job.moment.get(ctx)?.due,
            attempts: job.call.get(ctx)?.attempt.into(),
            time: failed.time,
            height: failed.height,
            reason: job.reason.get(ctx)?.into(),
        });
    }
    let next = page.next(count);
    Ok(deadLettersReturn { letters, next })
}

/// When the first jobs of an organisation are looked at.
pub(super) fn next_due(ctx: &mut dyn Context, organisation: u64) -> Result<nextDueReturn, Halt> {
    let organisation = authority::number(organisation)?;
    let mut first = |unit| {
        let top = Turn { organisation, unit }.top(ctx)?;
        Ok::<_, Halt>(top.map_or(0, |entry| entry.at))
    };
    Ok(nextDueReturn {
        time: first(Unit::Time)?,
        height: first(Unit::Height)?,
    })
}

/// Gas and number of an organisation's jobs.
pub(super) fn allowance(ctx: &mut dyn Context, organisation: u64) -> Result<allowanceReturn, Halt> {
    let number = authority::number(organisation)?;
    let account = queue::organisation(ctx, number)?.account.get(ctx)?;
    Ok(allowanceReturn {
        gasPerDay: Budget::from(&account, ctx).per_day,
        usedToday: run::used(&account, ctx),
        jobs: account.live.into(),
    })
}

/// What a schedule would give.
pub(super) fn preview(
    ctx: &mut dyn Context,
    schedule: &IScheduler::Schedule,
    limit: U256,
) -> Result<previewReturn, Halt> {
    let draft = Draft::new(ctx, schedule)?;
    let limit = match limit.saturating_to() {
        0 => PREVIEW_MAX,
        limit => PREVIEW_MAX.min(limit),
    };
    let mut moment = Unit::of(draft.kind).now(ctx);
    let mut due = Vec::new();
    loop {
        if draft.count != 0 && due.len() as u64 >= draft.count.into() {
            return Ok(previewReturn {
                due,
                complete: true,
            });
        }
        match draft.next(ctx, moment)? {
            Next::Never => {
                return Ok(previewReturn {
                    due,
                    complete: true,
                });
            }
            Next::At(at) if due.len() < limit => {
                due.push(at);
                moment = at;
            }
            _ => {
                return Ok(previewReturn {
                    due,
                    complete: false,
                });
            }
        }
    }
}

/// The working days of a year.
pub(super) fn calendar_year(
    ctx: &mut dyn Context,
    calendar: &str,
    year: u16,
) -> Result<calendarYearReturn, Halt> {
    let days = rules::year(ctx, calendar, year)?;
    Ok(calendarYearReturn {
        workingDays: days.unwrap_or_default().0,
        known: days.is_some(),
    })
}

/// The offset of a zone at a time, in seconds.
pub(super) fn time_zone(ctx: &mut dyn Context, name: &str, time: u64) -> Result<i32, Halt> {
    let zone = rules::zone(ctx, name)?;
    let time = time.min(super::calendar::INSTANT_MAX) as i64;
    let seconds = zone.offset(time).checked_div(1_000);
    Ok(seconds
        .and_then(|seconds| seconds.try_into().ok())
        .unwrap_or_default())
}
