//! The refusals of Approvals.

use super::Table;

pub(super) const TEXTS: Table = &[
    (
        "ApprovalNeeded",
        "organisation {organisation} requires approval for operation {selector} of {module}, by \
         rule {rule}",
        "机构 {organisation} 按规则 {rule} 要求对 {module} 的操作 {selector} 进行审批",
    ),
    (
        "NoRule",
        "organisation {organisation} requires no approval for operation {selector} of {module}: \
         call the module itself",
        "机构 {organisation} 不要求对 {module} 的操作 {selector} 进行审批：请直接调用该模块",
    ),
    (
        "NotMember",
        "{account} is no active member of an organisation",
        "{account} 不是任何机构的有效成员",
    ),
    (
        "OtherOrganisation",
        "operation {id} is organisation {organisation}'s",
        "操作 {id} 属于机构 {organisation}",
    ),
    (
        "UnknownOperation",
        "there is no operation {id}",
        "不存在操作 {id}",
    ),
    (
        "NotPending",
        "operation {id} waits no longer: it is {state}",
        "操作 {id} 不再等待审批：{state}",
    ),
    (
        "Expired",
        "operation {id} expired at {expires}, it is {time}: propose it again",
        "操作 {id} 已于 {expires} 过期，现在是 {time}：请重新提交",
    ),
    (
        "NotExpired",
        "operation {id} expires at {expires}, it is {time}",
        "操作 {id} 于 {expires} 过期，现在是 {time}",
    ),
    (
        "SamePerson",
        "{account} acted on operation {id} before: another person must",
        "{account} 已办理过操作 {id}：须由另一人办理",
    ),
    (
        "NotChecked",
        "operation {id} must be checked first",
        "操作 {id} 须先复核",
    ),
    (
        "NothingToCheck",
        "operation {id} needs no check, or has one",
        "操作 {id} 不需要复核，或已复核",
    ),
    (
        "RuleChanged",
        "the rule for operation {id} was {rule} and is {present} now: propose it again",
        "操作 {id} 的规则原为 {rule}，现为 {present}：请重新提交",
    ),
    (
        "AboveLimit",
        "no role of {account} reaches the amount {amount} (stage: {stage})",
        "{account} 的角色均达不到金额 {amount}（环节：{stage}）",
    ),
    (
        "NotDelegate",
        "{principal} has not delegated this to {account} (stage: {stage})",
        "{principal} 未委托 {account} 办理（环节：{stage}）",
    ),
    (
        "RightLost",
        "{account} made or checked operation {id} and has lost the right to it since",
        "{account} 经办或复核操作 {id} 后已失去相应权限",
    ),
    (
        "NotMaker",
        "operation {id} was made by {maker}, not by {account}",
        "操作 {id} 由 {maker} 经办，而非 {account}",
    ),
    (
        "NotModule",
        "{module} is no module that approval can be required for",
        "{module} 不是可要求审批的模块",
    ),
    (
        "InputTooShort",
        "the call has {length} bytes, {needed} are needed",
        "调用只有 {length} 字节，至少需要 {needed} 字节",
    ),
    (
        "InvalidRule",
        "the rule contradicts itself in {field}: {reason}",
        "规则的 {field} 自相矛盾：{reason}",
    ),
    (
        "ReasonMissing",
        "a rejection needs a reason",
        "驳回须说明理由",
    ),
    (
        "InvalidDelegation",
        "the right cannot be delegated to {account}: {reason}",
        "不能委托给 {account}：{reason}",
    ),
    (
        "PolicyRefuses",
        "policy refuses the call ({code}): {reason}",
        "策略不允许此调用（{code}）：{reason}",
    ),
];
