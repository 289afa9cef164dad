//! What execution asks: which job is due, and what became of it.

use super::{
    Account, BOOKKEEPING_GAS, Call, FINISH_GAS, Failure,
    IScheduler::{
        AllowanceSet, AllowanceUsed, GasAboveAllowance, GasAboveBlock, JobChanged, JobDead, JobRan,
        Status,
    },
    Job, Moment, PROBE_BLOCKS, PROBE_MS, Plan, Progress, REASON_BYTES_MAX, RUNS_KEPT, RunRecord,
    STEP_GAS, Scheduler, State, authority,
    calendar::{DAY_MS, Next},
    jobs, plan,
    queue::{self, Entry, Turn, Unit},
    rules,
};
use crate::{Context, Halt, emit, within};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolError;

/// Gas of reading one byte of a job's input, at most.
const INPUT_BYTE_GAS: u64 = 8;

/// A job that runs now: execution calls `target` in the name of `caller`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Number of the job.
    pub job: u64,
    /// The occurrence: a time in milliseconds, or a height.
    pub due: u64,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Owner of the job.
    pub caller: Address,
    /// What is called.
    pub target: Address,
    /// Input of the call.
    pub input: Bytes,
    /// Gas limit of the call.
    pub gas: u64,
    pub(super) entry: Entry,
    pub(super) turn: Turn,
}

/// What became of a call.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Whether it succeeded.
    pub success: bool,
    /// Gas used.
    pub gas_used: u64,
    /// What it returned, or the reason of its failure.
    pub output: &'a [u8],
}

/// The job that runs next in this block, if one is due and fits into `gas_left`. Jobs that must
/// not run are dealt with on the way. Where nothing is due this is one read.
///
/// The queue changes with [`finish_run`] only: asked again before, it names the same job.
///
/// # Errors
/// As [`Context::load`] and [`Context::store`]. Where the context's gas ends, nothing has changed
/// and no job is named.
pub fn next_due(ctx: &mut dyn Context, gas_left: u64) -> Result<Option<Due>, Halt> {
    let named = within(ctx, super::ADDRESS, |ctx| {
        let mut gas = gas_left;
        while let Some(rest) = gas.checked_sub(STEP_GAS) {
            let Some(turn) = queue::next_turn(ctx)? else {
                return Ok(None);
            };
            match look(ctx, turn, rest)? {
                Look::Run(due) => return Ok(Some(due)),
                Look::Full => return Ok(None),
                Look::Again => gas = rest,
            }
        }
        Ok(None)
    });
    match named {
        Err(Halt::OutOfGas) => Ok(None),
        named => named,
    }
}

/// Records what became of a job that [`next_due`] named, and plans what comes next.
///
/// # Errors
/// As [`Context::load`] and [`Context::store`]. Of gas it needs at most [`FINISH_GAS`].
pub fn finish_run(ctx: &mut dyn Context, due: &Due, run: &Run<'_>) -> Result<(), Halt> {
    within(ctx, super::ADDRESS, |ctx| {
        if due.turn.top(ctx)? != Some(due.entry) {
            return Err(Halt::Fatal(format!(
                "job {} ran without being first in its queue",
                due.job
            )));
        }
        let gas = run.gas_used.saturating_add(BOOKKEEPING_GAS);
        pay(ctx, due.turn, gas)?;
        let job = Scheduler::storage().jobs.at(ctx, &due.job)?;
        record(ctx, &job, due, run)?;
        let state = job.state.get(ctx)?;
        let moment = job.moment.get(ctx)?;
        // A job that changed itself while it ran is in the queue again, or rests.
        if moment.version != due.entry.version || !jobs::is_queued(state.status) {
            return due.turn.serve(ctx, None);
        }
        let subject = Subject {
            id: due.job,
            job,
            state,
            moment,
            turn: due.turn,
        };
        if run.success {
            subject.succeed(ctx)
        } else {
            subject.fail(ctx, run.output)
        }
    })
}

enum Look {
    /// This one.
    Run(Due),
    /// It does not fit into what is left of the block.
    Full,
    /// Look at the next.
    Again,
}

/// A job whose turn it is.
struct Subject {
    id: u64,
    job: Job,
    state: State,
    moment: Moment,
    turn: Turn,
}

fn look(ctx: &mut dyn Context, turn: Turn, gas: u64) -> Result<Look, Halt> {
    let top = turn.top(ctx)?;
    let now = turn.unit.now(ctx);
    let Some(entry) = top.filter(|entry| entry.at <= now) else {
        turn.stand(ctx)?;
        return Ok(Look::Again);
    };
    let budget = Budget::of(ctx, turn)?;
    if budget.left < BOOKKEEPING_GAS {
        return budget.rest(ctx, turn);
    }
    if is_void(ctx, entry)? {
        pay(ctx, turn, BOOKKEEPING_GAS)?;
        turn.sweep(ctx, &mut is_void)?;
        return Ok(Look::Again);
    }
    let job = Scheduler::storage().jobs.at(ctx, &entry.job)?;
    let subject = Subject {
        id: entry.job,
        state: job.state.get(ctx)?,
        moment: job.moment.get(ctx)?,
        job,
        turn,
    };
    subject.look(ctx, &budget, gas)
}

/// Whether an entry is left over from before a change.
fn is_void(ctx: &mut dyn Context, entry: Entry) -> Result<bool, Halt> {
    let job = Scheduler::storage().jobs.at(ctx, &entry.job)?;
    if job.moment.get(ctx)?.version != entry.version {
        return Ok(true);
    }
    Ok(!jobs::is_queued(job.state.get(ctx)?.status))
}

impl Subject {
    fn look(self, ctx: &mut dyn Context, budget: &Budget, gas: u64) -> Result<Look, Halt> {
        let mut subject = self;
        if !subject.is_planned(ctx)? || !subject.may_run(ctx)? {
            return Ok(Look::Again);
        }
        let job_gas = subject.moment.gas;
        let input_gas = INPUT_BYTE_GAS.saturating_mul(subject.state.input_bytes.into());
        let own = job_gas.saturating_add(FINISH_GAS).saturating_add(input_gas);
        let block = ctx.parameters().job_gas_per_block;
        if own.saturating_add(STEP_GAS) > block {
            let reason = GasAboveBlock {
                gasLimit: job_gas,
                maximum: block,
            };
            subject.bury(ctx, &reason.abi_encode())?;
            return Ok(Look::Again);
        }
        let paid = job_gas.saturating_add(BOOKKEEPING_GAS);
        if paid > budget.per_day {
            let reason = GasAboveAllowance {
                gasLimit: job_gas,
                gasPerDay: budget.per_day,
            };
            subject.bury(ctx, &reason.abi_encode())?;
            return Ok(Look::Again);
        }
        if paid > budget.left {
            return budget.rest(ctx, subject.turn);
        }
        if own > gas {
            return Ok(Look::Full);
        }
        subject.due(ctx).map(Look::Run)
    }

    fn due(self, ctx: &mut dyn Context) -> Result<Due, Halt> {
        let call = self.job.call.get(ctx)?;
        Ok(Due {
            job: self.id,
            due: self.moment.due,
            attempt: u32::from(call.attempt).saturating_add(1),
            caller: self.state.owner,
            target: call.target,
            input: self.job.input.get(ctx)?.into(),
            gas: self.moment.gas,
            entry: Entry {
                at: self.moment.at,
                job: self.id,
                version: self.moment.version,
            },
            turn: self.turn,
        })
    }

    /// Plans the occurrence again where calendars or zones have changed since; false where it is
    /// not due after all.
    fn is_planned(&mut self, ctx: &mut dyn Context) -> Result<bool, Halt> {
        if !plan::is_local(self.state.kind) {
            return Ok(true);
        }
        let is_waiting = self.state.status == Status::WaitingForCalendar;
        let planned = self.job.plan.get(ctx)?;
        let rules = rules::version(ctx)?;
        if !is_waiting && (planned.rules == rules || self.job.call.get(ctx)?.attempt > 0) {
            return Ok(true);
        }
        self.job.plan.set(ctx, &Plan { rules, ..planned })?;
        let previous = self.job.progress.get(ctx)?.previous;
        let draft = jobs::draft(ctx, &self.job, self.state.kind)?;
        let now = self.turn.unit.now(ctx);
        match draft.next(ctx, previous)? {
            Next::At(due) if due <= now => {
                self.moment.due = due;
                self.job.moment.set(ctx, &self.moment)?;
                if is_waiting {
                    self.become_status(ctx, Status::Active)?;
                }
                Ok(true)
            }
            next => {
                pay(ctx, self.turn, BOOKKEEPING_GAS)?;
                self.plan(ctx, next)?;
                Ok(false)
            }
        }
    }

    /// Whether the owner may call; else the job is looked at later.
    fn may_run(&mut self, ctx: &mut dyn Context) -> Result<bool, Halt> {
        let is_frozen = self.state.status == Status::Frozen;
        let call = self.job.call.get(ctx)?;
        if authority::may_run(ctx, &self.state, &call)? {
            if is_frozen {
                self.become_status(ctx, Status::Active)?;
            }
            return Ok(true);
        }
        pay(ctx, self.turn, BOOKKEEPING_GAS)?;
        if !is_frozen {
            self.become_status(ctx, Status::Frozen)?;
        }
        let later = self.probe(ctx);
        self.wait_until(ctx, later)?;
        Ok(false)
    }

    fn probe(&self, ctx: &dyn Context) -> u64 {
        let pause = match self.turn.unit {
            Unit::Time => PROBE_MS,
            Unit::Height => PROBE_BLOCKS,
        };
        self.turn.unit.now(ctx).saturating_add(pause)
    }

    fn become_status(&mut self, ctx: &mut dyn Context, status: Status) -> Result<(), Halt> {
        self.state.status = status;
        self.job.state.set(ctx, &self.state)?;
        let (job, due) = (self.id, self.moment.due);
        emit(ctx, &JobChanged { job, status, due })
    }

    /// Moves the job's entry, which is the first of its queue.
    fn wait_until(&mut self, ctx: &mut dyn Context, at: u64) -> Result<(), Halt> {
        self.moment.at = at;
        self.job.moment.set(ctx, &self.moment)?;
        let entry = Entry {
            at,
            job: self.id,
            version: self.moment.version,
        };
        self.turn.serve(ctx, Some(entry))
    }

    /// The occurrence is over: plans the next.
    fn succeed(mut self, ctx: &mut dyn Context) -> Result<(), Halt> {
        let due = self.moment.due;
        let mut progress = self.job.progress.get(ctx)?;
        progress.done = progress.done.saturating_add(1);
        progress.previous = if self.state.skip_missed {
            due.max(self.turn.unit.now(ctx))
        } else {
            due
        };
        self.job.progress.set(ctx, &progress)?;
        let call = self.job.call.get(ctx)?;
        if call.attempt != 0 {
            self.job.call.set(ctx, &Call { attempt: 0, ..call })?;
        }
        let next = self.after(ctx, &progress)?;
        self.plan(ctx, next)
    }

    fn after(&self, ctx: &mut dyn Context, progress: &Progress) -> Result<Next, Halt> {
        if progress.count != 0 && progress.done >= progress.count {
            return Ok(Next::Never);
        }
        let draft = jobs::draft(ctx, &self.job, self.state.kind)?;
        let rules = rules::version(ctx)?;
        if draft.plan.rules != rules {
            self.job.plan.set(
                ctx,
                &Plan {
                    rules,
                    ..draft.plan
                },
            )?;
        }
        draft.next(ctx, progress.previous)
    }

    /// Puts the next occurrence in the place of this one.
    fn plan(&mut self, ctx: &mut dyn Context, next: Next) -> Result<(), Halt> {
        match next {
            Next::At(due) => {
                self.moment.due = due;
                if self.state.status != Status::Active {
                    self.become_status(ctx, Status::Active)?;
                }
                self.wait_until(ctx, due)
            }
            Next::Lacks { until, .. } => {
                self.moment.due = 0;
                if self.state.status != Status::WaitingForCalendar {
                    self.become_status(ctx, Status::WaitingForCalendar)?;
                }
                let now = self.turn.unit.now(ctx);
                // Until the year begins to matter; from then on every so often.
                let at = if until > now { until } else { self.probe(ctx) };
                self.wait_until(ctx, at)
            }
            Next::Never => {
                (self.moment.due, self.moment.at) = (0, 0);
                self.job.moment.set(ctx, &self.moment)?;
                self.become_status(ctx, Status::Done)?;
                jobs::count_live(ctx, self.state.organisation, -1)?;
                self.turn.serve(ctx, None)
            }
        }
    }

    fn fail(mut self, ctx: &mut dyn Context, output: &[u8]) -> Result<(), Halt> {
        let call = self.job.call.get(ctx)?;
        let attempt = call.attempt.saturating_add(1);
        self.job.call.set(ctx, &Call { attempt, ..call })?;
        if attempt >= call.attempts {
            return self.bury(ctx, output);
        }
        let now = self.turn.unit.now(ctx);
        self.wait_until(ctx, now.saturating_add(call.retry_after.max(1).into()))
    }

    /// Lays the job among the dead ones.
    fn bury(mut self, ctx: &mut dyn Context, output: &[u8]) -> Result<(), Halt> {
        self.moment.at = 0;
        self.job.moment.set(ctx, &self.moment)?;
        self.state.status = Status::Dead;
        self.job.state.set(ctx, &self.state)?;
        let reason = output.get(..REASON_BYTES_MAX).unwrap_or(output);
        self.job.reason.set(ctx, reason)?;
        let failure = Failure {
            time: ctx.time().get(),
            height: ctx.height().get(),
        };
        self.job.failed.set(ctx, &failure)?;
        let organisation = queue::organisation(ctx, self.state.organisation)?;
        organisation.dead.insert(ctx, &self.id)?;
        let event = JobDead {
            job: self.id,
            due: self.moment.due,
            attempts: self.job.call.get(ctx)?.attempt.into(),
            reason: reason.to_vec().into(),
        };
        emit(ctx, &event)?;
        self.turn.serve(ctx, None)
    }
}

/// Gas of an organisation's jobs.
pub(super) struct Budget {
    pub(super) per_day: u64,
    pub(super) left: u64,
}

impl Budget {
    fn of(ctx: &mut dyn Context, turn: Turn) -> Result<Self, Halt> {
        // Governance's own jobs are the chain's business.
        if turn.organisation == 0 {
            return Ok(Self {
                per_day: u64::MAX,
                left: u64::MAX,
            });
        }
        let account = queue::organisation(ctx, turn.organisation)?
            .account
            .get(ctx)?;
        Ok(Self::from(&account, ctx))
    }

    pub(super) fn from(account: &Account, ctx: &dyn Context) -> Self {
        let per_day = if account.has_allowance {
            account.allowance
        } else {
            ctx.parameters().job_gas_per_day
        };
        let left = per_day.saturating_sub(used(account, ctx));
        Self { per_day, left }
    }

    /// Lets the organisation's queue rest until the next day.
    fn rest(&self, ctx: &mut dyn Context, turn: Turn) -> Result<Look, Halt> {
        let tomorrow = u64::from(today(ctx)).saturating_add(1);
        let until = tomorrow.saturating_mul(DAY_MS.unsigned_abs());
        turn.defer(ctx, until)?;
        let event = AllowanceUsed {
            organisation: turn.organisation.into(),
            until,
        };
        emit(ctx, &event)?;
        Ok(Look::Again)
    }
}

/// Gives an organisation's jobs another allowance; what rested for want of one is looked at again.
pub(super) fn set_allowance(
    ctx: &mut dyn Context,
    organisation: u64,
    gas_per_day: u64,
) -> Result<(), Halt> {
    authority::require_governance(ctx)?;
    let number = authority::number(organisation)?;
    let slot = queue::organisation(ctx, number)?.account;
    let account = Account {
        allowance: gas_per_day,
        has_allowance: true,
        ..slot.get(ctx)?
    };
    slot.set(ctx, &account)?;
    for unit in [Unit::Time, Unit::Height] {
        let turn = Turn {
            organisation: number,
            unit,
        };
        turn.stand(ctx)?;
    }
    let event = AllowanceSet {
        organisation,
        gasPerDay: gas_per_day,
    };
    emit(ctx, &event)
}

/// Gas that an organisation has used today.
pub(super) fn used(account: &Account, ctx: &dyn Context) -> u64 {
    if account.day == today(ctx) {
        account.used
    } else {
        0
    }
}

fn today(ctx: &dyn Context) -> u32 {
    let days = ctx.time().get().checked_div(DAY_MS.unsigned_abs());
    days.and_then(|days| days.try_into().ok())
        .unwrap_or(u32::MAX)
}

/// Takes gas from an organisation's allowance.
fn pay(ctx: &mut dyn Context, turn: Turn, gas: u64) -> Result<(), Halt> {
    if turn.organisation == 0 {
        return Ok(());
    }
    let slot = queue::organisation(ctx, turn.organisation)?.account;
    let account = slot.get(ctx)?;
    let used = used(&account, ctx).saturating_add(gas);
    let day = today(ctx);
    slot.set(
        ctx,
        &Account {
            day,
            used,
            ..account
        },
    )
}

/// Keeps a run in the ring of the last ones and writes it into the log.
fn record(ctx: &mut dyn Context, job: &Job, due: &Due, run: &Run<'_>) -> Result<(), Halt> {
    let mut progress = job.progress.get(ctx)?;
    let index = progress.runs % RUNS_KEPT;
    progress.runs = progress.runs.saturating_add(1);
    job.progress.set(ctx, &progress)?;
    let slot = match job.runs.get(ctx, index)? {
        Some(slot) => slot,
        None => job.runs.push(ctx)?,
    };
    let kept = RunRecord {
        due: due.due,
        time: ctx.time().get(),
        height: ctx.height().get(),
        gas_used: u32::try_from(run.gas_used).unwrap_or(u32::MAX),
        attempt: u16::try_from(due.attempt).unwrap_or(u16::MAX),
        success: run.success,
    };
    slot.set(ctx, &kept)?;
    // The call has paid for the memory of its answer, which costs more than hashing it.
    let output_hash: B256 = keccak256(run.output);
    let event = JobRan {
        job: due.job,
        due: due.due,
        success: run.success,
        attempt: due.attempt,
        gasUsed: run.gas_used,
        outputHash: output_hash,
    };
    emit(ctx, &event)
}
