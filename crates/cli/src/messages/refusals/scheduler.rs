//! The Scheduler's refusals.

use super::Table;

pub(super) const TEXTS: Table = &[
    ("UnknownJob", "there is no job {job}", "不存在任务 {job}"),
    (
        "NotOwner",
        "job {job} belongs to {owner}, not to {caller}",
        "任务 {job} 属于 {owner}，不属于 {caller}",
    ),
    (
        "WrongStatus",
        "job {job} is {status}, which does not allow this",
        "任务 {job} 的状态为{status}，不能执行此操作",
    ),
    (
        "NotGovernance",
        "only a decision of the members does this, not {caller}",
        "只有成员表决才能执行此操作，{caller} 无权执行",
    ),
    (
        "InvalidSchedule",
        "the schedule's {field} cannot be {value}: {reason}",
        "计划的 {field} 不能为 {value}：{reason}",
    ),
    (
        "ScheduleInThePast",
        "the schedule begins or ends at {start}, in the past; it is {now}",
        "计划的起止时间 {start} 已过，现在是 {now}",
    ),
    (
        "NothingDue",
        "nothing would ever be due by this schedule",
        "按此计划不会有任何一次执行",
    ),
    (
        "UnknownTimeZone",
        "there is no time zone {zone}",
        "不存在时区 {zone}",
    ),
    (
        "UnknownCalendar",
        "there is no calendar {calendar}",
        "不存在日历 {calendar}",
    ),
    (
        "InvalidTimeZone",
        "{name} with the rule {posixRule} is no time zone",
        "{name} 及其规则 {posixRule} 不是有效时区",
    ),
    (
        "InvalidCalendarYear",
        "these are no working days of {year} in a calendar {calendar}",
        "不是日历 {calendar} 中 {year} 年的有效工作日",
    ),
    (
        "InvalidGasLimit",
        "a job's gas limit of {gasLimit} is not between {minimum} and {maximum}",
        "任务的 gas 上限 {gasLimit} 不在 {minimum} 与 {maximum} 之间",
    ),
    (
        "ChangedTooOften",
        "job {job} was changed too often: make a new one",
        "任务 {job} 修改次数过多，请新建任务",
    ),
    (
        "GasAboveBlock",
        "the job's gas of {gasLimit} is above the {maximum} of all jobs in a block",
        "任务的 gas {gasLimit} 超过每区块全部任务的上限 {maximum}",
    ),
    (
        "GasAboveAllowance",
        "the job's gas of {gasLimit} is above the {gasPerDay} of a whole day",
        "任务的 gas {gasLimit} 超过全天额度 {gasPerDay}",
    ),
];
