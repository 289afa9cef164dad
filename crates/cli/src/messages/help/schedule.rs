//! Help for `qiantang schedule`.

use super::Help;

pub(super) const HELP: Help = &[
    (
        "qiantang schedule",
        "Calls that the chain makes by itself when they are due",
        "链到期自动执行的任务",
    ),
    (
        "qiantang schedule list",
        "List the jobs that an account made",
        "列出账户建立的任务",
    ),
    (
        "qiantang schedule show",
        "Show a job and its last runs",
        "显示任务及最近的执行",
    ),
    (
        "qiantang schedule dead",
        "List an organisation's occurrences that failed for the last time",
        "列出机构最终失败的任务",
    ),
    (
        "qiantang schedule allowance",
        "Show the gas of an organisation's jobs",
        "显示机构任务的 gas 额度",
    ),
    (
        "qiantang schedule preview",
        "Show when something would be due",
        "预览执行时间",
    ),
    (
        "qiantang schedule calendar",
        "Show the working days of a year",
        "显示一年的工作日",
    ),
    (
        "qiantang schedule zone",
        "Show the offset of a time zone",
        "显示时区的偏移",
    ),
    ("qiantang schedule create", "Make a job", "建立任务"),
    (
        "qiantang schedule change",
        "Give a job another call and schedule",
        "修改任务的调用与计划",
    ),
    ("qiantang schedule cancel", "End a job", "取消任务"),
    (
        "qiantang schedule pause",
        "Stop a job until it is resumed",
        "暂停任务",
    ),
    ("qiantang schedule resume", "Go on with a job", "继续任务"),
    (
        "qiantang schedule retry",
        "Run a dead job's occurrence again",
        "重新执行失败的一次",
    ),
    (
        "qiantang schedule skip",
        "Leave a dead job's occurrence out",
        "略过失败的一次",
    ),
    ("owner", "Account that made the jobs", "建立任务的账户"),
    ("job", "Number of the job", "任务编号"),
    (
        "moment",
        "Time, such as 2026-12-31T16:00:00Z",
        "时间，例如 2026-12-31T16:00:00Z",
    ),
    (
        "schedule_kind",
        "once, at-height, every-milliseconds, every-blocks, daily, weekly, monthly or business-days",
        "once、at-height、every-milliseconds、every-blocks、daily、weekly、monthly 或 business-days",
    ),
    (
        "start",
        "When it is due or begins: a time, or a height for kinds by block",
        "执行或开始的时间；按区块的类别填高度",
    ),
    (
        "every",
        "Every so many days, weeks, months or blocks, or a duration",
        "间隔：天、周、月或区块数，或时长",
    ),
    ("at", "Local time [00:00]", "当地时间 [00:00]"),
    (
        "day",
        "weekly: monday and so on, may be repeated; monthly: 1 to 31",
        "weekly：monday 等，可重复；monthly：1 到 31",
    ),
    (
        "qiantang schedule preview zone",
        "Time zone [UTC]",
        "时区 [UTC]",
    ),
    (
        "qiantang schedule create zone",
        "Time zone [UTC]",
        "时区 [UTC]",
    ),
    (
        "qiantang schedule change zone",
        "Time zone [UTC]",
        "时区 [UTC]",
    ),
    (
        "adjustment",
        "On a day that is no working day: following, preceding, modified-following",
        "遇非工作日：following 顺延、preceding 提前、modified-following 修正顺延",
    ),
    (
        "count",
        "So many occurrences; 0 for no end [0]",
        "次数，0 表示不限 [0]",
    ),
    (
        "qiantang schedule create target",
        "Module or contract that is called",
        "被调用的模块或合约",
    ),
    (
        "qiantang schedule change target",
        "Module or contract that is called",
        "被调用的模块或合约",
    ),
    (
        "input",
        "Call data in hexadecimal digits [0x]",
        "调用数据（十六进制）[0x]",
    ),
    (
        "qiantang schedule create gas",
        "Gas limit of a run [1000000]",
        "每次执行的 gas 上限 [1000000]",
    ),
    (
        "qiantang schedule change gas",
        "Gas limit of a run [1000000]",
        "每次执行的 gas 上限 [1000000]",
    ),
    (
        "attempts",
        "Attempts of one occurrence, 1 to 16 [1]",
        "每次的尝试次数，1 到 16 [1]",
    ),
    (
        "retry_after",
        "Time or blocks between attempts",
        "两次尝试之间的时长或区块数",
    ),
    (
        "skip_missed",
        "Of occurrences that were missed, run one",
        "错过的多次只补执行一次",
    ),
];
