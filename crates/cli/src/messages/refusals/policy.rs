//! The Policy module's refusals.

use super::Table;

pub(super) const TEXTS: Table = &[
    (
        "NotGovernance",
        "only a decision of the members does this, not {caller}",
        "只有成员表决才能执行此操作，{caller} 无权执行",
    ),
    ("InvalidArgument", "{field}: {reason}", "{field}：{reason}"),
    (
        "UnknownOrganisation",
        "there is no organisation {organisation}, or it is no longer active",
        "机构 {organisation} 不存在或已不在正常状态",
    ),
    (
        "UnknownAppointment",
        "there is no appointment {appointment}",
        "不存在任命 {appointment}",
    ),
    (
        "NotAppointed",
        "appointment {appointment} is organisation {organisation}'s, not {caller}'s",
        "任命 {appointment} 属于机构 {organisation}，不属于 {caller}",
    ),
    (
        "AppointmentEnded",
        "appointment {appointment} has ended; it is {time}",
        "任命 {appointment} 已终止，现在是 {time}",
    ),
    (
        "PowerMissing",
        "appointment {appointment} does not give the power {power}",
        "任命 {appointment} 不含权力 {power}",
    ),
    (
        "OutOfScope",
        "{target} is in \"{jurisdiction}\", outside of \"{scope}\", the reach of appointment {appointment}",
        "{target} 属于辖区“{jurisdiction}”，不在任命 {appointment} 的范围“{scope}”内",
    ),
    (
        "ProtectedTarget",
        "no order can be issued on {target}: {reason}",
        "不能对 {target} 发布命令：{reason}",
    ),
    ("UnknownOrder", "there is no order {id}", "不存在命令 {id}"),
    (
        "OrderNotInForce",
        "order {id} is {status}, not in force",
        "命令 {id} {status}，不再有效",
    ),
    (
        "NotIssuer",
        "order {id} was issued under appointment {appointment}, which still holds; only it may do this",
        "命令 {id} 依任命 {appointment} 发布，该任命仍有效，只有它可以执行此操作",
    ),
    (
        "NotConcerned",
        "order {id} does not concern {caller}, so it cannot challenge it",
        "命令 {id} 与 {caller} 无关，不能提出异议",
    ),
    (
        "AlreadyChallenged",
        "order {id} has been challenged; that is done once",
        "命令 {id} 已被提出异议，只能提出一次",
    ),
    (
        "NotChallenged",
        "there is no open challenge of order {id}",
        "命令 {id} 没有待复议的异议",
    ),
    (
        "NotReviewAuthority",
        "organisation {authority} reviews order {id} (0: nobody), not {caller}",
        "命令 {id} 由机构 {authority} 复议（0 表示无），不是 {caller}",
    ),
    (
        "NotTokenOfOrder",
        "order {id} names the token {token}, not {caller}",
        "命令 {id} 指定的代币是 {token}，不是 {caller}",
    ),
    (
        "AlreadyFrozen",
        "the members have frozen {target} already",
        "{target} 已被成员表决冻结",
    ),
    (
        "NotFrozen",
        "the members have not frozen {target}",
        "{target} 未被成员表决冻结",
    ),
    (
        "NotDeployer",
        "{target} was not deployed by {caller} with nonce {nonce}",
        "{target} 不是由 {caller} 以 nonce {nonce} 部署的",
    ),
    (
        "AlreadyRegistered",
        "organisation {organisation} answers for {target}",
        "{target} 已由机构 {organisation} 负责",
    ),
    (
        "UnknownPolicy",
        "there is no transfer policy {policy}",
        "不存在转账策略 {policy}",
    ),
    (
        "NotOwner",
        "transfer policy {policy} is organisation {owner}'s, not {caller}'s",
        "转账策略 {policy} 属于机构 {owner}，不属于 {caller}",
    ),
    (
        "TransferRefused",
        "transfer policy {policy} refuses the transfer ({code}): {reason}",
        "转账策略 {policy} 拒绝该转账（{code}）：{reason}",
    ),
];
