//! Jobs, calendars and time zones, as the chain knows them.

use super::{
    arguments::When,
    when::{moment_text, schedule_of, text},
};
use crate::{
    arguments::Rpc,
    commands::{connect, names::Names, of_client, typed},
    failure::Failure,
    messages::{Message, ScheduleAct as Act, refusals, words},
    output::{Output, shown, table, time},
};
use alloy_primitives::{Address, Bytes, U256};
use qiantang_client::{
    Module, Refusal,
    schedule::{
        IScheduler::{self, Job},
        Scheduler,
    },
};
use serde::Serialize;

/// Where the chain is asked.
pub(super) struct Asked {
    output: Output,
    names: Names,
    module: Module<Scheduler>,
}

impl Asked {
    pub(super) fn new(output: Output, rpc: &Rpc) -> Result<Self, Failure> {
        let client = connect(output, &rpc.rpc)?;
        Ok(Self {
            output,
            names: Names::new(output, client.clone()),
            module: Module::new(client),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobView {
    job: u64,
    #[serde(serialize_with = "shown")]
    owner: Address,
    organisation: u64,
    status: String,
    #[serde(serialize_with = "shown")]
    target: Address,
    input: Bytes,
    gas_limit: u64,
    kind: String,
    when: String,
    due: u64,
    queued_at: u64,
    attempt: u32,
    done: u32,
    runs: Vec<RunView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunView {
    due: u64,
    time: u64,
    height: u64,
    attempt: u32,
    gas_used: u64,
    success: bool,
}

fn job_view(output: Output, job: &Job, runs: &[IScheduler::Run]) -> JobView {
    JobView {
        job: job.id,
        owner: job.owner,
        organisation: job.organisation,
        status: words::JOB_STATUS.key(job.status as u8),
        target: job.call.target,
        input: job.call.input.clone(),
        gas_limit: job.call.gasLimit,
        kind: words::SCHEDULE_KIND.key(job.call.schedule.kind as u8),
        when: text(output, &job.call.schedule),
        due: job.due,
        queued_at: job.queuedAt,
        attempt: job.attempt,
        done: job.done,
        runs: runs
            .iter()
            .map(|run| RunView {
                due: run.due,
                time: run.time,
                height: run.height,
                attempt: run.attempt,
                gas_used: run.gasUsed,
                success: run.success,
            })
            .collect(),
    }
}

/// A target's name, and the function's selector where there is one.
pub(super) fn target_text(target: &str, input: &Bytes) -> String {
    match input.get(..4) {
        Some(selector) => {
            let selector = alloy_primitives::hex::encode_prefixed(selector);
            format!("{target} {selector}")
        }
        None => target.to_owned(),
    }
}

/// The jobs that an account made.
pub(super) async fn list(asked: &Asked, owner: Address) -> Result<(), Failure> {
    let output = asked.output;
    let found = asked.module.jobs_of(owner).await;
    let found = found.map_err(of_client(output))?;
    let name = asked.names.address(owner).await?;
    let (mut views, mut rows) = (Vec::new(), Vec::new());
    for number in &found.entries {
        let job = asked.module.job(*number).await.map_err(of_client(output))?;
        let status = words::JOB_STATUS.say(output.lang, job.status as u8);
        let due = moment_text(output, job.call.schedule.kind, job.due);
        let view = job_view(output, &job, &[]);
        rows.push((
            number.to_string(),
            output.say(Act::JobLine, &[&status, &due, &view.when]),
        ));
        views.push(view);
    }
    output.data(&views, || {
        let rows: Vec<(&str, String)> = rows
            .iter()
            .map(|(number, text)| (number.as_str(), text.clone()))
            .collect();
        let mut text = table(&output.say(Act::Jobs, &[&name, &views.len()]), &rows);
        if !found.complete {
            text.push_str(output.lang.text(Message::ListCut));
        }
        text
    })
}

/// A job and its last runs.
pub(super) async fn show(asked: &Asked, number: u64) -> Result<(), Failure> {
    let output = asked.output;
    let job = asked.module.job(number).await.map_err(of_client(output))?;
    let runs = asked
        .module
        .view(&IScheduler::runsOfCall { job: number })
        .await;
    let runs = runs.map_err(of_client(output))?;
    let owner = asked.names.address(job.owner).await?;
    let target = asked.names.address(job.call.target).await?;
    let view = job_view(output, &job, &runs);
    output.data(&view, || {
        let word = |text| output.lang.text(text);
        let kind = job.call.schedule.kind;
        let status = words::JOB_STATUS.say(output.lang, job.status as u8);
        let rows = [
            (word(Act::Status), status.to_owned()),
            (word(Act::Owner), owner),
            (word(Act::Due), moment_text(output, kind, job.due)),
            (word(Act::Attempt), job.attempt.to_string()),
            (word(Act::Finished), job.done.to_string()),
        ];
        let what = target_text(&target, &job.call.input);
        let mut text = table(&output.say(Act::Job, &[&number, &what, &view.when]), &rows);
        text.push_str(word(Act::Runs));
        for run in &runs {
            let due = moment_text(output, kind, run.due);
            let result = word(if run.success {
                Act::Succeeded
            } else {
                Act::Failed
            });
            let said: [&dyn std::fmt::Display; 4] = [&due, &run.height, &run.gasUsed, &result];
            text.push_str(&format!("\n  {}", output.say(Act::RunText, &said)));
        }
        text
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeadView {
    job: u64,
    due: u64,
    attempts: u32,
    height: u64,
    reason: String,
}

/// Occurrences of an organisation's jobs that failed for the last time.
pub(super) async fn dead(asked: &Asked, organisation: &str) -> Result<(), Failure> {
    let output = asked.output;
    let number = asked.names.find(organisation).await?;
    let name = asked.names.organisation(number).await?;
    let found = asked.module.dead_letters(number).await;
    let found = found.map_err(of_client(output))?;
    let views: Vec<DeadView> = found
        .entries
        .iter()
        .map(|letter| DeadView {
            job: letter.job,
            due: letter.due,
            attempts: letter.attempts,
            height: letter.height,
            reason: Refusal::decode(&letter.reason)
                .and_then(|refusal| refusals::explain(output.lang, &refusal))
                .unwrap_or_else(|| letter.reason.to_string()),
        })
        .collect();
    output.data(&views, || {
        let numbers: Vec<String> = views.iter().map(|view| view.job.to_string()).collect();
        let line = |view: &DeadView| {
            let said: [&dyn std::fmt::Display; 4] =
                [&view.due, &view.attempts, &view.height, &view.reason];
            output.say(Act::DeadText, &said)
        };
        let rows: Vec<(&str, String)> = numbers
            .iter()
            .zip(&views)
            .map(|(number, view)| (number.as_str(), line(view)))
            .collect();
        let mut text = table(&output.say(Act::Dead, &[&name, &views.len()]), &rows);
        if !found.complete {
            text.push_str(output.lang.text(Message::ListCut));
        }
        text
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AllowanceView {
    organisation: u64,
    gas_per_day: u64,
    used_today: u64,
    jobs: u64,
    next_due: u64,
    next_height: u64,
}

/// Gas of an organisation's jobs.
pub(super) async fn allowance(asked: &Asked, organisation: &str) -> Result<(), Failure> {
    let output = asked.output;
    let organisation = asked.names.find(organisation).await?;
    let name = asked.names.organisation(organisation).await?;
    let found = asked
        .module
        .view(&IScheduler::allowanceCall { organisation })
        .await;
    let found = found.map_err(of_client(output))?;
    let next = asked
        .module
        .view(&IScheduler::nextDueCall { organisation })
        .await;
    let next = next.map_err(of_client(output))?;
    let view = AllowanceView {
        organisation,
        gas_per_day: found.gasPerDay,
        used_today: found.usedToday,
        jobs: found.jobs,
        next_due: next.time,
        next_height: next.height,
    };
    output.data(&view, || {
        let word = |text| output.lang.text(text);
        let rows = [
            (word(Act::GasPerDay), view.gas_per_day.to_string()),
            (word(Act::UsedToday), view.used_today.to_string()),
            (word(Act::JobCount), view.jobs.to_string()),
            (
                word(Act::NextDue),
                moment_text(output, IScheduler::Kind::Once, view.next_due),
            ),
        ];
        table(&output.say(Act::Allowance, &[&name]), &rows)
    })
}

#[derive(Serialize)]
struct PreviewView {
    due: Vec<u64>,
    complete: bool,
}

/// What a schedule made now would give.
pub(super) async fn preview(asked: &Asked, when: &When) -> Result<(), Failure> {
    let output = asked.output;
    let schedule = schedule_of(output, when)?;
    let kind = schedule.kind;
    let title = text(output, &schedule);
    let call = IScheduler::previewCall {
        schedule,
        limit: U256::ZERO,
    };
    let found = asked.module.view(&call).await.map_err(of_client(output))?;
    let view = PreviewView {
        due: found.due,
        complete: found.complete,
    };
    output.data(&view, || {
        let lines: Vec<String> = view
            .due
            .iter()
            .map(|due| format!("  {}", moment_text(output, kind, *due)))
            .collect();
        let mut text = format!("{title}\n{}\n", lines.join("\n"));
        if !view.complete {
            text.push_str(output.lang.text(Act::PreviewMore));
        }
        text
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CalendarView {
    calendar: String,
    year: u16,
    working_days: usize,
    /// A digit for each of 366 days from 1 January on: 1 is a working day.
    days: String,
}

/// The working days of a year.
pub(super) async fn calendar(asked: &Asked, calendar: String, year: u16) -> Result<(), Failure> {
    let output = asked.output;
    let call = IScheduler::calendarYearCall {
        calendar: calendar.clone(),
        year,
    };
    let found = asked.module.view(&call).await.map_err(of_client(output))?;
    if !found.known {
        let failure = output.failure(Act::CalendarUnknown, &[&calendar, &year]);
        return Err(failure.hint(output.lang, Act::CalendarHint));
    }
    let bit = |day: usize| -> char {
        let word = found
            .workingDays
            .get(day / 256)
            .copied()
            .unwrap_or_default();
        if word.bit(day % 256) { '1' } else { '0' }
    };
    let days: String = (0..366).map(bit).collect();
    let view = CalendarView {
        calendar,
        year,
        working_days: days.matches('1').count(),
        days,
    };
    output.data(&view, || {
        let said: [&dyn std::fmt::Display; 3] = [&view.calendar, &year, &view.working_days];
        format!("{}\n{}", output.say(Act::Calendar, &said), view.days)
    })
}

#[derive(Serialize)]
struct ZoneView {
    zone: String,
    time: u64,
    offset: i32,
}

/// The offset of a time zone at a time.
pub(super) async fn zone(asked: &Asked, zone: String, moment: &str) -> Result<(), Failure> {
    let output = asked.output;
    let at = typed::moment(output, moment)?;
    let call = IScheduler::timeZoneCall {
        name: zone.clone(),
        time: at,
    };
    let offset = asked.module.view(&call).await.map_err(of_client(output))?;
    let view = ZoneView {
        zone,
        time: at,
        offset,
    };
    output.data(&view, || {
        output.say(Act::Zone, &[&view.zone, &view.offset, &time(at)])
    })
}
