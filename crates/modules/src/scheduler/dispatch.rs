//! Selector to operation, nothing else.

use super::{
    IScheduler::{self, ISchedulerCalls as Calls},
    jobs, rules, run, views,
};
use crate::{
    Context, Halt,
    dispatch::{answer, decode},
    page::Page,
};
use alloy_primitives::Bytes;

/// Runs one call of the module.
pub(crate) fn call(ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    let done = match decode::<Calls>(ctx, input)? {
        Calls::createJob(call) => {
            let id = jobs::create(ctx, &call.call)?;
            return Ok(answer::<IScheduler::createJobCall>(&id));
        }
        Calls::changeJob(call) => jobs::change(ctx, call.job, &call.call),
        Calls::cancelJob(call) => jobs::cancel(ctx, call.job),
        Calls::pauseJob(call) => jobs::pause(ctx, call.job),
        Calls::resumeJob(call) => jobs::resume(ctx, call.job),
        Calls::retryDead(call) => jobs::retry(ctx, call.job),
        Calls::skipDead(call) => jobs::skip(ctx, call.job),
        Calls::setCalendarYear(call) => {
            rules::set_calendar_year(ctx, &call.calendar, call.year, call.workingDays)
        }
        Calls::setTimeZone(call) => {
            rules::set_time_zone(ctx, &call.name, &call.posixRule, call.from)
        }
        Calls::setAllowance(call) => run::set_allowance(ctx, call.organisation, call.gasPerDay),
        view => return call_view(ctx, view),
    };
    done.map(|()| Bytes::new())
}

/// The operations that only read.
fn call_view(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    Ok(match call {
        Calls::job(call) => answer::<IScheduler::jobCall>(&views::job(ctx, call.job)?),
        Calls::jobsOf(call) => {
            let page = Page::new(call.cursor, call.limit);
            answer::<IScheduler::jobsOfCall>(&views::jobs_of(ctx, call.owner, page)?)
        }
        Calls::runsOf(call) => answer::<IScheduler::runsOfCall>(&views::runs_of(ctx, call.job)?),
        Calls::deadLetters(call) => {
            let page = Page::new(call.cursor, call.limit);
            let letters = views::dead_letters(ctx, call.organisation, page)?;
            answer::<IScheduler::deadLettersCall>(&letters)
        }
        Calls::nextDue(call) => {
            answer::<IScheduler::nextDueCall>(&views::next_due(ctx, call.organisation)?)
        }
        Calls::allowance(call) => {
            answer::<IScheduler::allowanceCall>(&views::allowance(ctx, call.organisation)?)
        }
        Calls::preview(call) => {
            answer::<IScheduler::previewCall>(&views::preview(ctx, &call.schedule, call.limit)?)
        }
        Calls::calendarYear(call) => {
            let year = views::calendar_year(ctx, &call.calendar, call.year)?;
            answer::<IScheduler::calendarYearCall>(&year)
        }
        Calls::timeZone(call) => {
            answer::<IScheduler::timeZoneCall>(&views::time_zone(ctx, &call.name, call.time)?)
        }
        other => {
            let name = IScheduler::ISchedulerCalls::name_by_selector(
                alloy_sol_types::SolInterface::selector(&other),
            );
            return Err(Halt::Fatal(format!(
                "operation {name:?} of Scheduler has no dispatch"
            )));
        }
    })
}
