//! Help for `qiantang approvals`.

use super::Help;

pub(super) const HELP: Help = &[
    (
        "qiantang approvals",
        "Operations that take more than one person of an organisation",
        "须由机构内多人经办的操作",
    ),
    (
        "qiantang approvals rules",
        "Show what an organisation requires approval for",
        "显示机构要求审批的事项",
    ),
    (
        "qiantang approvals list",
        "List the operations of an organisation that wait",
        "列出机构待审批的操作",
    ),
    (
        "qiantang approvals show",
        "Show an operation and everybody who acted on it",
        "显示操作及其经办、复核、审批人",
    ),
    (
        "qiantang approvals set-rule",
        "Propose to require approval for a module or one of its operations",
        "提议对模块或其某项操作要求审批",
    ),
    (
        "qiantang approvals remove-rule",
        "Propose to require approval no longer",
        "提议不再要求审批",
    ),
    (
        "qiantang approvals propose",
        "Propose a call of a module; other commands do it with --for-approval",
        "提交对模块的调用以待审批；其他命令可用 --for-approval",
    ),
    ("qiantang approvals check", "Check an operation", "复核操作"),
    (
        "qiantang approvals approve",
        "Approve an operation, which is done at once",
        "批准操作，随即执行",
    ),
    (
        "qiantang approvals reject",
        "Reject an operation",
        "驳回操作",
    ),
    (
        "qiantang approvals withdraw",
        "Withdraw an operation that you made",
        "撤回自己经办的操作",
    ),
    (
        "qiantang approvals expire",
        "Take an expired operation off the lists",
        "将过期的操作移出列表",
    ),
    (
        "qiantang approvals delegate",
        "Let another account check or approve in your place for a time",
        "准许其他账户在一段时间内代为复核或审批",
    ),
    (
        "all",
        "Those that are done, rejected, withdrawn or expired too",
        "包括已执行、已驳回、已撤回与已过期的操作",
    ),
    ("operation", "Number of the operation", "操作编号"),
    ("module", "Module: its name or address", "模块：名称或地址"),
    (
        "qiantang approvals set-rule call",
        "Operation: its name, signature or selector; otherwise all that have no rule of their own",
        "操作：名称、签名或选择器；不填则为没有单独规则的全部操作",
    ),
    (
        "qiantang approvals remove-rule call",
        "Operation that the rule is for; otherwise the rule for all of the module",
        "规则针对的操作；不填则为针对整个模块的规则",
    ),
    (
        "checked",
        "A second person checks it before a third one approves it",
        "审批前须由第二人复核",
    ),
    (
        "expiry",
        "How long it may wait, from 1min to 90days [7days]",
        "等待期限，1min 到 90days [7days]",
    ),
    (
        "amount_word",
        "Which word of 32 bytes of the arguments is the amount, from 0; needs --call and --limit",
        "参数中第几个 32 字节的字是金额，从 0 起；须同时使用 --call 与 --limit",
    ),
    (
        "limits",
        "Up to which amount a role may make, check or approve it, such as approve:administrator:900",
        "角色在某一环节可处理的最高金额，例如 approve:administrator:900",
    ),
    (
        "function",
        "Operation: its name, signature or selector; or the whole call in hexadecimal digits",
        "操作：名称、签名或选择器；或整个调用的十六进制数据",
    ),
    (
        "arguments",
        "Arguments as Solidity spells them: lists in [], structs in (), enumerations by number",
        "按 Solidity 写法的参数：列表用 []，结构用 ()，枚举用编号",
    ),
    (
        "principal",
        "In the place of this account, which delegated it",
        "代该委托账户办理",
    ),
    ("stage", "check or approve", "check 复核或 approve 审批"),
    (
        "delegate",
        "Account that acts in your place",
        "代为办理的账户",
    ),
    (
        "for_approval",
        "Do not do it, but propose it to others of the organisation (`qiantang approvals`)",
        "不直接执行，而是提交机构内其他人员审批（`qiantang approvals`）",
    ),
];
