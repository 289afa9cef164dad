//! Scheduler: calls that the chain makes by itself when they are due.
//!
//! Accounts with the permission to schedule, and Governance, make jobs through [`IScheduler`].
//! `execution` asks [`next_due`] at the beginning of every block, runs what it names as a system
//! transaction of the job's owner, and tells [`finish_run`] the outcome, until nothing is due or
//! the block's gas for jobs is used. The Scheduler runs nothing itself and knows no virtual
//! machine.
//!
//! # Order
//!
//! Every organisation has its own queue, ordered by time and then by the job's number. The queues
//! take turns: the one that was served longest ago is next. So a flood of one organisation's jobs
//! delays its own. Jobs by height have queues of their own, and the two kinds take turns as well. A
//! job that does not fit into what is left of the block's gas is first in the next block.
//!
//! # Occurrences
//!
//! Occurrences of a job run one after the other, each exactly once: the next is planned when one
//! has succeeded. What an outage has missed runs in order when the chain goes on, or, with
//! `skipMissed`, as one. A failed occurrence is tried again by the job's rule; after the last
//! attempt the job rests as a dead letter until its owner retries or skips the occurrence. A job
//! may change or cancel itself while it runs; that takes effect if the run succeeds.
//!
//! When governance changes a calendar or a time zone, occurrences planned before are planned again
//! when their time comes: one that moves later waits, and one that should have been earlier runs at
//! once.
//!
//! # Rest
//!
//! A job whose owner may not act or may not call the target is `Frozen`. It keeps its occurrence
//! and asks again every [`PROBE_MS`], which its organisation pays; `resumeJob` asks at once. An
//! organisation that has used its gas of the day rests until the next UTC day, as a whole, in one
//! entry. A job whose calendar lacks a year rests until the first moment that the year could matter
//! and then asks like a frozen one.

mod authority;
pub(crate) mod calendar;
mod defaults;
mod dispatch;
mod heap;
#[expect(missing_docs, reason = "the Solidity comments are on the items")]
#[expect(
    clippy::too_many_arguments,
    reason = "an event has as many fields as it needs"
)]
mod interface;
mod jobs;
mod plan;
mod queue;
mod rules;
mod run;
mod views;

pub(crate) use dispatch::call;
pub use interface::IScheduler;
pub(crate) use rules::genesis;
pub use run::{Due, Run, finish_run, next_due};

use crate::storage::{Data, List, Mapping, Place, Set, Slot, Stored, Text};
use alloy_primitives::{Address, U256, address};
use heap::Heap;

/// Where the Scheduler is called.
pub const ADDRESS: Address = address!("0x7174000000000000000000000000000000000013");

/// Bytes of a job's input.
pub const INPUT_BYTES_MAX: usize = 16_384;
/// Jobs of one organisation that have not ended.
pub const JOBS_MAX: u32 = 1_000_000;
/// Entries of one queue: those of live jobs, and those that changes have left behind.
pub const QUEUE_ENTRIES_MAX: u64 = 4_000_000;
/// Least gas of a job: what an empty call costs.
pub const GAS_MIN: u64 = 21_000;
/// Attempts of one occurrence.
pub const ATTEMPTS_MAX: u16 = 16;
/// Longest time between attempts.
pub const RETRY_MS_MAX: u64 = 30 * 86_400_000;
/// Most blocks between attempts.
pub const RETRY_BLOCKS_MAX: u64 = 1_000_000;
/// Shortest interval.
pub const INTERVAL_MS_MIN: u64 = 1_000;
/// Longest interval of days, weeks or months.
pub const PERIODS_MAX: u64 = 1_200;
/// Bytes of a failed call's answer that are kept.
pub const REASON_BYTES_MAX: usize = 256;
/// Runs of a job that are kept besides the log.
pub const RUNS_KEPT: u64 = 16;
/// Moments of a preview.
pub const PREVIEW_MAX: usize = 64;
/// Bytes of the name of a calendar or a time zone.
pub const NAME_BYTES_MAX: usize = 40;
/// Rules that governance gives one time zone.
pub const ZONE_RULES_MAX: u64 = 64;
/// How often a job that rests is looked at.
pub const PROBE_MS: u64 = 15 * 60_000;
/// How often a job by height that rests is looked at.
pub const PROBE_BLOCKS: u64 = 1_024;

/// Gas of one step of bookkeeping, at most, apart from the job's input.
pub const STEP_GAS: u64 = 250_000;
/// Gas of bookkeeping after a run, at most.
pub const FINISH_GAS: u64 = 300_000;
/// What an organisation pays for the bookkeeping of a run, or of a look at a job that rests.
pub const BOOKKEEPING_GAS: u64 = 30_000;

crate::layout! {
    /// The storage of the Scheduler.
    pub(crate) struct Scheduler {
        /// What every block reads.
        head: Slot<Head>,
        /// Number of jobs ever made.
        sequence: Slot<u64>,
        /// Queues of organisations by time: the 48 bits of their next moment, 48 of a counter, 32
        /// of the queue.
        clock: Heap,
        /// Queues of organisations by height.
        height: Heap,
        /// Organisations by number; 0 is governance.
        organisations: Mapping<u64, Organisation>,
        /// Jobs by number, from 1.
        jobs: Mapping<u64, Job>,
        /// Jobs of an account, in the order in which it made them.
        owned: Mapping<Address, List<Slot<u64>>>,
        /// Calendars by name.
        calendars: Mapping<String, Calendar>,
        /// Rules that governance has given time zones, in order.
        zones: Mapping<String, List<ZoneRule>>,
    }
}

crate::record! {
    /// What every block reads: whether anything is due.
    pub(crate) struct Head {
        /// Least moment in `clock`; zero where it is empty.
        clock: u64,
        /// Least height in `height`; zero where it is empty.
        height: u64,
        /// Counts what is put into the two heaps.
        counter: u64,
        /// Counts changes of calendars and time zones.
        rules: u32,
        /// Whether heights are next where both are due.
        is_turn_of_heights: bool,
    }
}

crate::layout! {
    /// An organisation's jobs.
    pub(crate) struct Organisation {
        /// Its gas.
        account: Slot<Account>,
        /// Jobs by time.
        clock: Queue,
        /// Jobs by height.
        height: Queue,
        /// Dead jobs.
        dead: Set<u64>,
    }
}

crate::record! {
    /// What an organisation has and uses.
    pub(crate) struct Account {
        /// Jobs that have not ended.
        live: u32,
        /// UTC day of `used`.
        day: u32,
        /// Gas used on that day.
        used: u64,
        /// Gas of a day.
        allowance: u64,
        /// Whether `allowance` stands, and not the chain's parameter.
        has_allowance: bool,
    }
}

crate::layout! {
    /// A queue of jobs.
    pub(crate) struct Queue {
        /// Where it stands among the queues.
        head: Slot<QueueHead>,
        /// Entries: 48 bits of the moment, 40 of the job, 40 of its version. An entry of another
        /// version than the job's is void.
        entries: Heap,
    }
}

crate::record! {
    /// Where a queue stands among the queues.
    pub(crate) struct QueueHead {
        /// Its place in a heap of queues, plus one; zero where it is in none.
        position: u64,
        /// When it was served last.
        served: u64,
        /// The moment that it stands at.
        key: u64,
        /// Whether it stands in the heap by time.
        is_in_clock: bool,
    }
}

crate::layout! {
    /// A job.
    pub(crate) struct Job {
        /// Who and how.
        state: Slot<State>,
        /// When.
        moment: Slot<Moment>,
        /// What, and how often it is tried.
        call: Slot<Call>,
        /// How far it is.
        progress: Slot<Progress>,
        /// Its schedule.
        plan: Slot<Plan>,
        /// Input of the call.
        input: Data,
        /// Name of the time zone.
        zone: Text,
        /// Name of the calendar.
        calendar: Text,
        /// The last runs, in a ring.
        runs: List<Slot<RunRecord>>,
        /// When the last attempt of a dead job was.
        failed: Slot<Failure>,
        /// The beginning of what it answered.
        reason: Data,
    }
}

crate::record! {
    /// Who and how.
    pub(crate) struct State {
        /// Who made it.
        owner: Address,
        /// Who pays.
        organisation: u32,
        /// Bytes of the input.
        input_bytes: u32,
        /// How it is.
        status: IScheduler::Status,
        /// When it is due.
        kind: IScheduler::Kind,
        /// Whether missed occurrences run as one.
        skip_missed: bool,
    }
}

crate::record! {
    /// When.
    pub(crate) struct Moment {
        /// The next occurrence.
        due: u64,
        /// The moment of its entry.
        at: u64,
        /// Version of its entry.
        version: u64,
        /// Gas of the call.
        gas: u64,
    }
}

crate::record! {
    /// What, and how often it is tried.
    pub(crate) struct Call {
        /// Who is called.
        target: Address,
        /// Failed attempts of the next occurrence.
        attempt: u16,
        /// Attempts of one occurrence.
        attempts: u16,
        /// Time between attempts.
        retry_after: u32,
        /// First four bytes of the input.
        selector: u32,
    }
}

crate::record! {
    /// How far a job is.
    pub(crate) struct Progress {
        /// Nothing is due after it; zero for no end.
        until: u64,
        /// The occurrence before, or when the job was planned.
        previous: u64,
        /// Occurrences; zero for no end.
        count: u32,
        /// Occurrences that are over.
        done: u32,
        /// Attempts of all occurrences.
        runs: u64,
    }
}

crate::record! {
    /// A schedule, without its names.
    pub(crate) struct Plan {
        /// The first moment that counts.
        start: u64,
        /// Interval.
        every: u64,
        /// Local time, in milliseconds.
        time_of_day: u32,
        /// Days of the week, or day of the month.
        day: u8,
        /// What happens on days that are no working days.
        adjustment: IScheduler::Adjustment,
        /// Count of changes of calendars and time zones under which `due` was planned.
        rules: u32,
    }
}

crate::record! {
    /// A run.
    pub(crate) struct RunRecord {
        /// The occurrence.
        due: u64,
        /// Block time.
        time: u64,
        /// Block height.
        height: u64,
        /// Gas used.
        gas_used: u32,
        /// Number of the attempt, from 1.
        attempt: u16,
        /// Whether it succeeded.
        success: bool,
    }
}

crate::record! {
    /// When the last attempt of a dead job was.
    pub(crate) struct Failure {
        /// Block time.
        time: u64,
        /// Block height.
        height: u64,
    }
}

crate::layout! {
    /// A calendar.
    pub(crate) struct Calendar {
        /// Number of years.
        count: Slot<u64>,
        /// Years.
        years: Mapping<u16, Slot<CalendarYear>>,
    }
}

crate::record! {
    /// Working days of a year.
    pub(crate) struct CalendarYear {
        /// Days 0 to 255.
        first: U256,
        /// The other days.
        rest: U256,
    }
}

crate::layout! {
    /// A rule of a time zone.
    pub(crate) struct ZoneRule {
        /// From when on.
        from: Slot<u64>,
        /// As POSIX TZ spells it.
        rule: Text,
    }
}

crate::stored_enum! {
    IScheduler::Kind => "Kind",
    IScheduler::Status => "Status",
    IScheduler::Adjustment => "Adjustment",
}

impl Scheduler {
    /// The storage, from slot 0 on.
    pub(crate) fn storage() -> Self {
        Self::at(Place::slot(U256::ZERO))
    }
}

#[cfg(test)]
mod tests;
