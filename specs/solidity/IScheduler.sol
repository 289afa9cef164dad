// SPDX-License-Identifier: Apache-2.0
// Generated from crates/modules; do not edit.
pragma solidity ^0.8.24;

/// Calls that the chain makes by itself when they are due.
///
/// Times are milliseconds since 1970-01-01T00:00:00Z. A job by height counts everything in
/// blocks instead: `start`, `every`, `until`, `retryAfter` and `due`. Cursors begin at 0; the
/// `next` of a page is the cursor of the next one, and 0 after the last. A `limit` of 0, or one
/// above 256, means 256.
interface IScheduler {
    /// When a job is due. `Once` at the time `start`; `AtHeight` at the height `start`;
    /// `EveryMilliseconds` and `EveryBlocks` from `start` on; `Daily`, `Weekly`, `Monthly` and
    /// `BusinessDays` at a local time.
    enum Kind {
        None, Once, AtHeight, EveryMilliseconds, EveryBlocks, Daily, Weekly, Monthly,
        BusinessDays
    }

    /// What happens on a day that is no working day of the calendar: nothing; the next working
    /// day; the one before; the next, or the one before where the next is in another month.
    enum Adjustment { None, Following, Preceding, ModifiedFollowing }

    /// `Active`: waits until it is due. `WaitingForCalendar`: its calendar lacks a year; it
    /// goes on by itself when governance has added it. `Frozen`: it may not run now and is
    /// asked again every 15 minutes (by height: every 1024 blocks), or at once when its owner
    /// resumes it. `Dead`: an occurrence has failed as often as it may; the job rests until its
    /// owner retries or skips it. `Done`: nothing more is due.
    enum Status { None, Active, WaitingForCalendar, Frozen, Paused, Dead, Done, Cancelled }

    /// When a job is due.
    struct Schedule {
        Kind kind;
        /// `Once`, `AtHeight`: when. Else the first moment that counts; 0 for now, and for
        /// `EveryMilliseconds` and `EveryBlocks` for one interval from now. Must not be past.
        uint64 start;
        /// `EveryMilliseconds`, `EveryBlocks`: the interval, at least a second or a block.
        /// `Daily`, `Weekly`, `Monthly`: every so many days, weeks or months from `start` on; 0
        /// is 1.
        uint64 every;
        /// Local time, in milliseconds from midnight. An hour that a clock change skips ends at
        /// once; of an hour that it repeats, the first counts.
        uint32 timeOfDay;
        /// `Weekly`: the days as bits, Monday 1 to Sunday 64. `Monthly`: the day, 1 to 31; a
        /// shorter month has its last day instead.
        uint8 day;
        /// Time zone in IANA's spelling, such as `Asia/Shanghai`; empty is `UTC`.
        string zone;
        /// Calendar of working days, such as `CN`; needed for `BusinessDays` and adjustments.
        string calendar;
        Adjustment adjustment;
        /// Nothing is due after it; 0 for no end.
        uint64 until;
        /// So many occurrences; 0 for no end.
        uint32 count;
    }

    /// A call, and when it is due.
    struct NewJob {
        address target;
        /// At most 16,384 bytes.
        bytes input;
        /// At least 21,000, at most a quarter of the gas of a block's jobs.
        uint64 gasLimit;
        Schedule schedule;
        /// Attempts of one occurrence, 1 to 16; 0 is 1.
        uint16 attempts;
        /// Time between attempts, at most 30 days or 1,000,000 blocks.
        uint64 retryAfter;
        /// Of occurrences that were missed, as in an outage, run one instead of all.
        bool skipMissed;
    }

    /// A job.
    struct Job {
        uint64 id;
        /// Who made it, and calls when it is due.
        address owner;
        /// Whose gas it uses; 0 for governance.
        uint64 organisation;
        Status status;
        NewJob call;
        /// The occurrence that is next, or that failed; 0 where nothing is due.
        uint64 due;
        /// When it is looked at next: later than `due` after a failed attempt, or while frozen.
        uint64 queuedAt;
        /// Failed attempts of this occurrence.
        uint32 attempt;
        /// Occurrences that succeeded or were skipped.
        uint32 done;
        uint64 runs;
    }

    /// An attempt.
    struct Run {
        uint64 due;
        uint64 time;
        uint64 height;
        uint32 attempt;
        uint64 gasUsed;
        bool success;
    }

    /// An occurrence that failed as often as it may. `reason` is the beginning of what the call
    /// answered, at most 256 bytes.
    struct DeadLetter {
        uint64 job;
        uint64 due;
        uint32 attempts;
        uint64 time;
        uint64 height;
        bytes reason;
    }

    /// Makes a job of the caller, who needs the permission to schedule. It is due in a later
    /// block at the earliest.
    function createJob(NewJob calldata call) external returns (uint64 job);

    /// Gives a job another call and schedule, counted anew. Only by its owner.
    function changeJob(uint64 job, NewJob calldata call) external;

    /// Ends a job. By its owner, or who manages the members of the organisation.
    function cancelJob(uint64 job) external;

    /// Stops a job until it is resumed. By its owner, or who manages the members of the
    /// organisation.
    function pauseJob(uint64 job) external;

    /// Goes on with a paused job; what was due in between is left out. A job that is frozen or
    /// waits for its calendar is looked at in the next block. Only by its owner.
    function resumeJob(uint64 job) external;

    /// Runs the occurrence of a dead job again, with all its attempts. Only by its owner.
    function retryDead(uint64 job) external;

    /// Leaves the occurrence of a dead job out. Only by its owner.
    function skipDead(uint64 job) external;

    /// Sets the working days of a year: bit n of `workingDays`, from the lowest of the first
    /// word on, is the day n of the year, 1 January being 0. Only governance.
    function setCalendarYear(
        string calldata calendar, uint16 year, uint256[2] calldata workingDays
    ) external;

    /// Gives a time zone another rule, as POSIX TZ spells it, from a time on. A new name is a
    /// new zone. Only governance.
    function setTimeZone(string calldata name, string calldata posixRule, uint64 from) external;

    /// Gives the jobs of an organisation so much gas in a UTC day, instead of the chain's
    /// parameter. Only governance.
    function setAllowance(uint64 organisation, uint64 gasPerDay) external;

    /// A job.
    function job(uint64 job) external view returns (Job memory job_);

    /// The jobs that an account made, in order, ended ones too.
    function jobsOf(address owner, uint256 cursor, uint256 limit)
        external view returns (uint64[] memory jobs, uint256 next);

    /// The last runs of a job, newest first, at most 16; all of them are in the log.
    function runsOf(uint64 job) external view returns (Run[] memory runs);

    /// Dead jobs of an organisation, in no order.
    function deadLetters(uint64 organisation, uint256 cursor, uint256 limit)
        external view returns (DeadLetter[] memory letters, uint256 next);

    /// When the first job of an organisation is looked at next, by time and by height; 0 for
    /// none. A moment that has passed is a delay.
    function nextDue(uint64 organisation) external view returns (uint64 time, uint64 height);

    /// Gas of an organisation's jobs: per UTC day, used today, and the number of its jobs that
    /// have not ended.
    function allowance(uint64 organisation)
        external view returns (uint64 gasPerDay, uint64 usedToday, uint64 jobs);

    /// What a schedule made now would give: at most 64 moments. `complete` is false where more
    /// follow or the calendar lacks a year.
    function preview(Schedule calldata schedule, uint256 limit)
        external view returns (uint64[] memory due, bool complete);

    /// The working days of a year; `known` is false where the calendar lacks it.
    function calendarYear(string calldata calendar, uint16 year)
        external view returns (uint256[2] memory workingDays, bool known);

    /// The offset of a time zone at a time, in seconds east of Greenwich.
    function timeZone(string calldata name, uint64 time)
        external view returns (int32 offset);

    /// A job was made.
    event JobCreated(
        uint64 indexed job, address indexed owner, uint64 indexed organisation, uint64 due
    );
    /// A job has another status or schedule; `due` is its next occurrence.
    event JobChanged(uint64 indexed job, Status status, uint64 due);
    /// The occurrence `due` was attempted. `outputHash` is the keccak-256 of the answer.
    event JobRan(
        uint64 indexed job, uint64 indexed due, bool success, uint32 attempt, uint64 gasUsed,
        bytes32 outputHash
    );
    /// An occurrence failed for the last time, and the job rests.
    event JobDead(uint64 indexed job, uint64 indexed due, uint32 attempts, bytes reason);
    /// The jobs of an organisation rest until that time: the gas of the day is used.
    event AllowanceUsed(uint64 indexed organisation, uint64 until);
    /// An organisation has another allowance.
    event AllowanceSet(uint64 indexed organisation, uint64 gasPerDay);
    /// A year of a calendar was set.
    event CalendarYearSet(string calendar, uint16 year);
    /// A time zone has another rule from a time on.
    event TimeZoneSet(string name, string posixRule, uint64 from);

    /// No job has this number.
    error UnknownJob(uint64 job);
    /// The job belongs to somebody else.
    error NotOwner(uint64 job, address owner, address caller);
    /// The operation does not fit the job's status.
    error WrongStatus(uint64 job, Status status);
    /// Only governance may do this.
    error NotGovernance(address caller);
    /// A field of the schedule makes no sense.
    error InvalidSchedule(string field, uint256 value, string reason);
    /// The schedule begins or ends in the past.
    error ScheduleInThePast(uint64 start, uint64 now);
    /// No occurrence comes of the schedule.
    error NothingDue();
    /// There is no such time zone.
    error UnknownTimeZone(string zone);
    /// There is no such calendar.
    error UnknownCalendar(string calendar);
    /// The text is no POSIX TZ rule, or the name no name.
    error InvalidTimeZone(string name, string posixRule);
    /// The bits are no days of this year, or the name no name.
    error InvalidCalendarYear(string calendar, uint16 year);
    /// The gas limit is out of bounds.
    error InvalidGasLimit(uint64 gasLimit, uint64 minimum, uint64 maximum);
    /// A job that was changed too often: make a new one.
    error ChangedTooOften(uint64 job);
    /// The reason in a dead letter: the job's gas is above what all jobs of a block may use.
    error GasAboveBlock(uint64 gasLimit, uint64 maximum);
    /// The reason in a dead letter: the job's gas is above the allowance of a whole day.
    error GasAboveAllowance(uint64 gasLimit, uint64 gasPerDay);
}
