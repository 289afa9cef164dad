//! What owners do with their jobs.

use super::{
    ATTEMPTS_MAX, Account, Call, GAS_MIN, INPUT_BYTES_MAX,
    IScheduler::{
        ChangedTooOften, InvalidGasLimit, InvalidSchedule, JobChanged, JobCreated, Kind, NewJob,
        NothingDue, Status, UnknownJob, WrongStatus,
    },
    JOBS_MAX, Job, Moment, Plan, Progress, RETRY_BLOCKS_MAX, RETRY_MS_MAX, Scheduler, State,
    authority,
    calendar::Next,
    plan::Draft,
    queue::{self, Entry, Turn, Unit},
};
use crate::{Context, Halt, IModule::LimitExceeded, emit};
use alloy_primitives::U256;

/// Makes a job.
pub(super) fn create(ctx: &mut dyn Context, new: &NewJob) -> Result<u64, Halt> {
    let organisation = authority::organisation_of_maker(ctx)?;
    count_live(ctx, organisation, 1)?;
    let storage = Scheduler::storage();
    let id = storage.sequence.get(ctx)?.saturating_add(1);
    limit("jobs", id, queue::NUMBER_MAX)?;
    storage.sequence.set(ctx, &id)?;
    let owner = ctx.caller();
    let owned = storage.owned.at(ctx, &owner)?;
    owned.push(ctx)?.set(ctx, &id)?;
    let state = State {
        owner,
        organisation,
        ..State::default()
    };
    let job = storage.jobs.at(ctx, &id)?;
    let due = put(ctx, &job, new, state, (id, 0))?;
    let event = JobCreated {
        job: id,
        owner,
        organisation: organisation.into(),
        due,
    };
    emit(ctx, &event).map(|()| id)
}

/// Gives a job another call and schedule.
pub(super) fn change(ctx: &mut dyn Context, id: u64, new: &NewJob) -> Result<(), Halt> {
    let (job, state) = find(ctx, id)?;
    authority::require_owner(ctx, id, &state)?;
    require_open(id, &state)?;
    // Who has left the organisation gives it no other work.
    if authority::organisation_of_maker(ctx)? != state.organisation {
        return Err(wrong(id, &state));
    }
    if state.status == Status::Dead {
        bring_back(ctx, &job, id, &state)?;
    }
    let version = next_version(ctx, &job, id)?;
    let due = put(ctx, &job, new, state, (id, version))?;
    let status = job.state.get(ctx)?.status;
    emit(
        ctx,
        &JobChanged {
            job: id,
            status,
            due,
        },
    )
}

/// Ends a job.
pub(super) fn cancel(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let (job, state) = find(ctx, id)?;
    authority::require_owner_or_manager(ctx, id, &state)?;
    require_open(id, &state)?;
    if state.status == Status::Dead {
        bring_back(ctx, &job, id, &state)?;
    }
    rest(ctx, &job, id, Status::Cancelled)?;
    count_live(ctx, state.organisation, -1)
}

/// Stops a job until it is resumed.
pub(super) fn pause(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let (job, state) = find(ctx, id)?;
    authority::require_owner_or_manager(ctx, id, &state)?;
    if !is_queued(state.status) {
        return Err(wrong(id, &state));
    }
    rest(ctx, &job, id, Status::Paused)
}

/// Goes on with a job that rests.
pub(super) fn resume(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let (job, state) = find(ctx, id)?;
    authority::require_owner(ctx, id, &state)?;
    match state.status {
        Status::Frozen | Status::WaitingForCalendar => {
            let due = job.moment.get(ctx)?.due;
            enqueue(ctx, &job, id, (state.status, due), due)
        }
        Status::Paused => {
            let now = Unit::of(state.kind).now(ctx);
            go_on(ctx, &job, id, now)
        }
        _ => Err(wrong(id, &state)),
    }
}

/// Runs the occurrence of a dead job again.
pub(super) fn retry(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let (job, state) = find(ctx, id)?;
    authority::require_owner(ctx, id, &state)?;
    if state.status != Status::Dead {
        return Err(wrong(id, &state));
    }
    bring_back(ctx, &job, id, &state)?;
    let due = job.moment.get(ctx)?.due;
    enqueue(ctx, &job, id, (Status::Active, due), due)
}

/// Leaves the occurrence of a dead job out.
pub(super) fn skip(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let (job, state) = find(ctx, id)?;
    authority::require_owner(ctx, id, &state)?;
    if state.status != Status::Dead {
        return Err(wrong(id, &state));
    }
    bring_back(ctx, &job, id, &state)?;
    let due = job.moment.get(ctx)?.due;
    let mut progress = job.progress.get(ctx)?;
    progress.done = progress.done.saturating_add(1);
    job.progress.set(ctx, &progress)?;
    let after = if state.skip_missed {
        due.max(Unit::of(state.kind).now(ctx))
    } else {
        due
    };
    go_on(ctx, &job, id, after)
}

/// A job, if there is one.
pub(super) fn find(ctx: &mut dyn Context, id: u64) -> Result<(Job, State), Halt> {
    let job = Scheduler::storage().jobs.at(ctx, &id)?;
    let state = job.state.get(ctx)?;
    if state.status == Status::None {
        return Err(Halt::revert(UnknownJob { job: id }));
    }
    Ok((job, state))
}

/// Whether a job in this status has an entry in its queue.
pub(super) const fn is_queued(status: Status) -> bool {
    matches!(
        status,
        Status::Active | Status::WaitingForCalendar | Status::Frozen
    )
}

/// Changes the number of an organisation's jobs that have not ended.
pub(super) fn count_live(ctx: &mut dyn Context, organisation: u32, by: i32) -> Result<(), Halt> {
    let slot = queue::organisation(ctx, organisation)?.account;
    let account = slot.get(ctx)?;
    let live = account.live.saturating_add_signed(by);
    limit("jobs of an organisation", live.into(), JOBS_MAX.into())?;
    slot.set(ctx, &Account { live, ..account })
}

/// The schedule of a job as it is kept.
pub(super) fn draft(ctx: &mut dyn Context, job: &Job, kind: Kind) -> Result<Draft, Halt> {
    let Progress { until, count, .. } = job.progress.get(ctx)?;
    let (zone, calendar) = if super::plan::is_local(kind) {
        (job.zone.get(ctx)?, job.calendar.get(ctx)?)
    } else {
        (String::new(), String::new())
    };
    Ok(Draft {
        kind,
        plan: job.plan.get(ctx)?,
        until,
        count,
        zone,
        calendar,
    })
}

/// Writes call and schedule of a job and puts it into the queue, unless it is paused. Gives the
/// first occurrence.
fn put(
    ctx: &mut dyn Context,
    job: &Job,
    new: &NewJob,
    state: State,
    (id, version): (u64, u64),
) -> Result<u64, Halt> {
    check_call(ctx, new)?;
    let draft = Draft::new(ctx, &new.schedule)?;
    let now = Unit::of(draft.kind).now(ctx);
    let is_paused = state.status == Status::Paused;
    let (due, at, planned) = match draft.next(ctx, now)? {
        Next::At(_) | Next::Lacks { .. } if is_paused => (0, 0, Status::Paused),
        Next::At(due) => (due, due, Status::Active),
        Next::Lacks { until, .. } => (0, until, Status::WaitingForCalendar),
        Next::Never => return Err(Halt::revert(NothingDue {})),
    };
    let state = State {
        input_bytes: new.input.len() as u32,
        status: planned,
        kind: draft.kind,
        skip_missed: new.skipMissed,
        ..state
    };
    job.state.set(ctx, &state)?;
    job.moment.set(
        ctx,
        &Moment {
            due,
            at,
            version,
            gas: new.gasLimit,
        },
    )?;
    job.call.set(
        ctx,
        &Call {
            target: new.target,
            attempt: 0,
            attempts: new.attempts.max(1),
            // Checked: both limits are below 2^32.
            retry_after: new.retryAfter as u32,
            selector: selector(&new.input),
        },
    )?;
    let runs = job.progress.get(ctx)?.runs;
    job.progress.set(
        ctx,
        &Progress {
            until: draft.until,
            previous: now,
            count: draft.count,
            done: 0,
            runs,
        },
    )?;
    job.plan.set(ctx, &draft.plan)?;
    job.input.set(ctx, &new.input)?;
    job.zone.set(ctx, &draft.zone)?;
    job.calendar.set(ctx, &draft.calendar)?;
    if !is_paused {
        let turn = Turn::new(state.organisation, state.kind);
        turn.add(
            ctx,
            Entry {
                at,
                job: id,
                version,
            },
        )?;
    }
    Ok(due)
}

fn selector(input: &[u8]) -> u32 {
    let selector = input.first_chunk::<4>().copied();
    u32::from_be_bytes(selector.unwrap_or_default())
}

fn check_call(ctx: &dyn Context, new: &NewJob) -> Result<(), Halt> {
    limit(
        "bytes of a job's input",
        new.input.len() as u64,
        INPUT_BYTES_MAX as u64,
    )?;
    limit(
        "attempts of a job",
        new.attempts.into(),
        ATTEMPTS_MAX.into(),
    )?;
    let retry_max = match Unit::of(new.schedule.kind) {
        Unit::Time => RETRY_MS_MAX,
        Unit::Height => RETRY_BLOCKS_MAX,
    };
    limit("time between attempts", new.retryAfter, retry_max)?;
    let maximum = ctx.parameters().job_gas_per_block / 4;
    if !(GAS_MIN..=maximum).contains(&new.gasLimit) {
        return Err(Halt::revert(InvalidGasLimit {
            gasLimit: new.gasLimit,
            minimum: GAS_MIN,
            maximum,
        }));
    }
    if new.schedule.count > 1 && matches!(new.schedule.kind, Kind::Once | Kind::AtHeight) {
        return Err(Halt::revert(InvalidSchedule {
            field: "count".to_owned(),
            value: U256::from(new.schedule.count),
            reason: "it is due once: 0 or 1".to_owned(),
        }));
    }
    Ok(())
}

/// Plans the occurrence after a moment, under the present calendars and zones.
fn go_on(ctx: &mut dyn Context, job: &Job, id: u64, after: u64) -> Result<(), Halt> {
    let state = job.state.get(ctx)?;
    let mut progress = job.progress.get(ctx)?;
    progress.previous = after;
    job.progress.set(ctx, &progress)?;
    let draft = draft(ctx, job, state.kind)?;
    let rules = super::rules::version(ctx)?;
    job.plan.set(
        ctx,
        &Plan {
            rules,
            ..draft.plan
        },
    )?;
    let is_counted_out = progress.count != 0 && progress.done >= progress.count;
    let next = if is_counted_out {
        Next::Never
    } else {
        draft.next(ctx, after)?
    };
    match next {
        Next::At(due) => enqueue(ctx, job, id, (Status::Active, due), due),
        Next::Lacks { until, .. } => enqueue(ctx, job, id, (Status::WaitingForCalendar, 0), until),
        Next::Never => {
            rest(ctx, job, id, Status::Done)?;
            count_live(ctx, state.organisation, -1)
        }
    }
}

/// Puts a job into the queue anew, in a later block at the earliest.
fn enqueue(
    ctx: &mut dyn Context,
    job: &Job,
    id: u64,
    (status, due): (Status, u64),
    at: u64,
) -> Result<(), Halt> {
    let state = job.state.get(ctx)?;
    job.state.set(ctx, &State { status, ..state })?;
    let call = job.call.get(ctx)?;
    if call.attempt != 0 {
        job.call.set(ctx, &Call { attempt: 0, ..call })?;
    }
    let version = next_version(ctx, job, id)?;
    let later = Unit::of(state.kind).now(ctx).saturating_add(1);
    let at = at.max(later);
    let moment = job.moment.get(ctx)?;
    job.moment.set(
        ctx,
        &Moment {
            due,
            at,
            version,
            ..moment
        },
    )?;
    let turn = Turn::new(state.organisation, state.kind);
    turn.add(
        ctx,
        Entry {
            at,
            job: id,
            version,
        },
    )?;
    emit(
        ctx,
        &JobChanged {
            job: id,
            status,
            due,
        },
    )
}

/// Takes a job out of the queue: its entry is void from now on.
fn rest(ctx: &mut dyn Context, job: &Job, id: u64, status: Status) -> Result<(), Halt> {
    let state = job.state.get(ctx)?;
    job.state.set(ctx, &State { status, ..state })?;
    let version = next_version(ctx, job, id)?;
    let moment = job.moment.get(ctx)?;
    job.moment.set(
        ctx,
        &Moment {
            due: 0,
            at: 0,
            version,
            ..moment
        },
    )?;
    emit(
        ctx,
        &JobChanged {
            job: id,
            status,
            due: 0,
        },
    )
}

/// Takes a job off the list of dead ones.
fn bring_back(ctx: &mut dyn Context, job: &Job, id: u64, state: &State) -> Result<(), Halt> {
    let organisation = queue::organisation(ctx, state.organisation)?;
    organisation.dead.remove(ctx, &id)?;
    job.reason.set(ctx, &[])
}

fn next_version(ctx: &mut dyn Context, job: &Job, id: u64) -> Result<u64, Halt> {
    let version = job.moment.get(ctx)?.version.saturating_add(1);
    if version > queue::NUMBER_MAX {
        return Err(Halt::revert(ChangedTooOften { job: id }));
    }
    Ok(version)
}

fn require_open(id: u64, state: &State) -> Result<(), Halt> {
    match state.status {
        Status::Done | Status::Cancelled => Err(wrong(id, state)),
        _ => Ok(()),
    }
}

fn wrong(id: u64, state: &State) -> Halt {
    Halt::revert(WrongStatus {
        job: id,
        status: state.status,
    })
}

fn limit(name: &str, value: u64, maximum: u64) -> Result<(), Halt> {
    if value <= maximum {
        return Ok(());
    }
    Err(Halt::revert(LimitExceeded {
        limit: name.to_owned(),
        value: U256::from(value),
        maximum: U256::from(maximum),
    }))
}
