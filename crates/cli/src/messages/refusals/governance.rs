//! The Governance module's refusals.

use super::Table;

pub(super) const TEXTS: Table = &[
    (
        "NoMembers",
        "the chain has no member organisations, so nothing can be proposed: the chain spec names the first ones",
        "链上没有成员机构，无法提案：首批成员须写在链规格中",
    ),
    (
        "UnknownProposal",
        "there is no proposal {id}",
        "不存在提案 {id}",
    ),
    (
        "NotVoting",
        "proposal {id} is {state}, not being voted on",
        "提案 {id} {state}，不在表决中",
    ),
    (
        "VotingEnded",
        "the vote on proposal {id} ended at {ends}; it is {time}",
        "提案 {id} 的表决已于 {ends} 结束，现在是 {time}",
    ),
    (
        "AlreadyVoted",
        "organisation {organisation} has voted {choice} on proposal {id}; a vote stands",
        "机构 {organisation} 已对提案 {id} 投{choice}，投票不可更改",
    ),
    (
        "NotElector",
        "organisation {organisation} has no vote on proposal {id}",
        "机构 {organisation} 对提案 {id} 没有表决权",
    ),
    (
        "ChoiceMissing",
        "a vote on proposal {id} is yes, no, abstain or veto",
        "对提案 {id} 应投赞成、反对、弃权或否决",
    ),
    (
        "NoVeto",
        "organisation {organisation} has no veto on proposal {id}: vote no",
        "机构 {organisation} 对提案 {id} 没有否决权，请投反对",
    ),
    (
        "TooEarly",
        "too early for proposal {id}: this happens at {due}; it is {time}",
        "提案 {id} 尚未到时间：应在 {due}，现在是 {time}",
    ),
    (
        "NotPassed",
        "proposal {id} is {state}; only a passed one takes effect",
        "提案 {id} {state}，只有已通过的提案才能生效",
    ),
    (
        "NotProposer",
        "proposal {id} was made by organisation {proposer}; organisation {organisation} cannot withdraw it",
        "提案 {id} 由机构 {proposer} 提出，机构 {organisation} 不能撤回",
    ),
    ("ReasonMissing", "this needs a reason", "必须说明原因"),
    (
        "NotMember",
        "organisation {organisation} is not a member, or not in the state that the proposal needs",
        "机构 {organisation} 不是成员，或其状态不符合提案要求",
    ),
    (
        "AlreadySuspended",
        "organisation {organisation} is suspended already",
        "机构 {organisation} 已被暂停",
    ),
    (
        "NotSuspended",
        "organisation {organisation} is not suspended",
        "机构 {organisation} 未被暂停",
    ),
    (
        "NobodyDecides",
        "refused: nobody could decide a proposal of the kind \"{kind}\" any more",
        "拒绝：此后将无人能表决“{kind}”类提案",
    ),
    (
        "RuleOutOfBounds",
        "the rule for \"{kind}\": {field} is {value}, not between {minimum} and {maximum}",
        "“{kind}”的规则：{field} 为 {value}，不在 {minimum} 与 {maximum} 之间",
    ),
    (
        "ParameterOutOfBounds",
        "{parameter} cannot be {value}: it must be between {minimum} and {maximum}",
        "{parameter} 不能为 {value}：须在 {minimum} 与 {maximum} 之间",
    ),
    (
        "NothingNamed",
        "there is no such kind or parameter",
        "没有这样的类别或参数",
    ),
    ("Unchanged", "this changes nothing", "没有改变任何内容"),
    (
        "LastValidator",
        "the chain would have no validator left",
        "链上将没有任何验证者",
    ),
    (
        "InvalidKey",
        "{key} is no public key of this chain: {reason}",
        "{key} 不是本链的公钥：{reason}",
    ),
    (
        "ValidatorExists",
        "{key} is a validator of organisation {organisation} already",
        "{key} 已是机构 {organisation} 的验证者",
    ),
    (
        "UnknownValidator",
        "no validator has the key {key}",
        "没有公钥为 {key} 的验证者",
    ),
    (
        "NotOperator",
        "organisation {organisation} operates the validator {key}, and only it may do this; for organisation 0, propose a rotation of the key",
        "验证者 {key} 由机构 {organisation} 运行，只有该机构可以这样做；若机构为 0，请提议更换密钥",
    ),
    (
        "InvalidPeerAddress",
        "\"{peerAddress}\" is no address for peers: {reason}; write host:port, such as node.example.com:30303",
        "“{peerAddress}”不是节点地址：{reason}；请写成 主机:端口，例如 node.example.com:30303",
    ),
    (
        "InvalidFaultEvidence",
        "the evidence proves no fault: {reason}",
        "该证据不能证明过错：{reason}",
    ),
    (
        "FaultKnown",
        "this fault of the validator {key} is recorded: {kind} in epoch {epoch}, view {viewNumber}",
        "验证者 {key} 的该过错已有记录：{kind}，epoch {epoch}，view {viewNumber}",
    ),
    (
        "NoAnchor",
        "the chain does not know its own fingerprint: it has no block, or began before faults were recorded",
        "链尚不知自身指纹：还没有区块，或创建于支持记录过错之前",
    ),
    (
        "VersionOutOfOrder",
        "version {version} does not follow: the next one is {expected}",
        "版本 {version} 不连续：下一版本应为 {expected}",
    ),
    (
        "UpgradeTooSoon",
        "height {height} is too soon for an upgrade: {earliest} at the earliest",
        "高度 {height} 对升级而言过早：最早为 {earliest}",
    ),
    (
        "NoSuchModule",
        "the module {module} does not exist on this chain, or not yet",
        "本链没有（或尚未启用）模块 {module}",
    ),
    (
        "NotFreezable",
        "{target} is a module and cannot be frozen: the chain could not decide any more",
        "{target} 是系统模块，不能冻结：否则链将无法再作决定",
    ),
];
