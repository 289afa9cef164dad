//! The Identity module's refusals.

use super::Table;

pub(super) const TEXTS: Table = &[
    (
        "NotPermitted",
        "account {account} is not active, or none of its roles allows it to {permission}",
        "账户 {account} 未处于正常状态，或其角色均无“{permission}”权限",
    ),
    (
        "NotGovernance",
        "only a decision of the members does this, not {caller}",
        "只有成员表决才能执行此操作，{caller} 无权执行",
    ),
    (
        "NotPolicy",
        "only the Policy module does this, not {caller}",
        "只有 Policy 模块能执行此操作，{caller} 无权执行",
    ),
    (
        "UnknownOrganisation",
        "there is no organisation {organisation}",
        "不存在机构 {organisation}",
    ),
    (
        "WrongOrganisationStatus",
        "organisation {organisation} is {status}, which does not allow this",
        "机构 {organisation} 的状态为{status}，不能执行此操作",
    ),
    (
        "NameTaken",
        "the name \"{name}\" belongs to organisation {organisation}",
        "名称“{name}”已属于机构 {organisation}",
    ),
    (
        "InvalidName",
        "\"{name}\" is no name: 1 to 128 bytes, no control characters, no white space at the ends",
        "“{name}”不能用作名称：须为 1 到 128 字节，不含控制字符，首尾无空白",
    ),
    (
        "InvalidKind",
        "the kind of the organisation is missing",
        "缺少机构类别",
    ),
    (
        "InvalidJurisdiction",
        "\"{jurisdiction}\" is no jurisdiction: an ISO 3166 code such as CN or CN-330100",
        "“{jurisdiction}”不是有效辖区：应为 ISO 3166 代码，例如 CN 或 CN-330100",
    ),
    (
        "NoAdministrators",
        "an organisation needs an administrator",
        "机构至少需要一名管理员",
    ),
    (
        "LastAdministrator",
        "{account} is the last administrator of organisation {organisation}",
        "{account} 是机构 {organisation} 的最后一名管理员",
    ),
    (
        "LastOrganisation",
        "organisation {organisation} is the last active one",
        "机构 {organisation} 是最后一个正常机构",
    ),
    (
        "AlreadyMember",
        "account {account} belongs to organisation {organisation} already",
        "账户 {account} 已属于机构 {organisation}",
    ),
    (
        "NotMember",
        "account {account} does not belong to organisation {organisation}",
        "账户 {account} 不属于机构 {organisation}",
    ),
    (
        "WrongAccountStatus",
        "account {account} is {status}, which does not allow this",
        "账户 {account} 的状态为{status}，不能执行此操作",
    ),
    (
        "BeyondAuthority",
        "{caller} lacks the permissions {permissions} itself",
        "{caller} 自身没有权限 {permissions}",
    ),
    (
        "UnknownRole",
        "organisation {organisation} has no role {role}",
        "机构 {organisation} 没有角色 {role}",
    ),
    (
        "BuiltInRole",
        "role {role} is built in and stays as it is",
        "角色 {role} 是内置角色，不能修改",
    ),
    (
        "RoleHeld",
        "role {role} is held by {holders} accounts: revoke it first",
        "角色 {role} 仍由 {holders} 个账户持有，请先收回",
    ),
    (
        "AlreadyGranted",
        "account {account} has role {role} already",
        "账户 {account} 已有角色 {role}",
    ),
    (
        "NotGranted",
        "account {account} does not have role {role}",
        "账户 {account} 没有角色 {role}",
    ),
    (
        "ReservedPermissions",
        "a role made by an organisation may not hold the permissions {permissions}",
        "机构自建角色不能包含权限 {permissions}",
    ),
    (
        "ReservedPermission",
        "permission {permission} has its meaning already: name one of 128 to 255",
        "权限 {permission} 已有固定含义，请命名 128 到 255 之间的权限",
    ),
    ("ReasonMissing", "this needs a reason", "必须说明原因"),
    (
        "KeyInUse",
        "{key} is an account or the key of one: a new key must be unused",
        "{key} 已是账户或其他账户的密钥，新密钥必须未被使用",
    ),
    (
        "SameKey",
        "{key} is the account's key already",
        "{key} 已是该账户的密钥",
    ),
    (
        "WrongSignature",
        "the consent is signed by {recovered}, not by {expected}",
        "同意书由 {recovered} 签名，而不是 {expected}",
    ),
    (
        "ConsentExpired",
        "the consent held until {deadline}; it is {time}",
        "同意书有效期至 {deadline}，现在是 {time}",
    ),
    (
        "DelayOutOfBounds",
        "a delay of {delay} ms is not between {minimum} and {maximum}",
        "等待期 {delay} 毫秒不在 {minimum} 与 {maximum} 之间",
    ),
    (
        "NoRecovery",
        "no recovery of account {account} is under way",
        "账户 {account} 没有进行中的恢复",
    ),
    (
        "RecoveryPending",
        "a recovery of account {account} is under way until {expires}",
        "账户 {account} 的恢复正在进行，至 {expires}",
    ),
    (
        "AlreadyApproved",
        "{administrator} has approved the recovery of {account} already",
        "{administrator} 已同意恢复 {account}",
    ),
    (
        "OwnRecovery",
        "{account} cannot take part in its own recovery",
        "{account} 不能参与恢复自己的账户",
    ),
    (
        "NobodyToApprove",
        "the organisation has no other administrator to recover {account}",
        "机构没有其他管理员可以恢复 {account}",
    ),
    (
        "RecoveryNotReady",
        "the recovery of {account} can be finished at {ready} (0: approvals are missing); it is {time}",
        "账户 {account} 的恢复可在 {ready} 完成（0 表示同意数不足），现在是 {time}",
    ),
    (
        "RecoveryExpired",
        "the recovery of {account} had to be finished until {expires}; it is {time}",
        "账户 {account} 的恢复须在 {expires} 前完成，现在是 {time}",
    ),
    (
        "ApprovalsMissing",
        "the recovery of {account} has {approvals} approvals that count, and needs {needed}",
        "账户 {account} 的恢复有 {approvals} 个有效同意，需要 {needed} 个",
    ),
];
