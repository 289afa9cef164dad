//! Rules, orders of regulators, and policies for transfers.

sentences! {
    PolicyAct;
    SetRule: "{0} sets a rule for its own accounts: {1}", "{0}为本机构账户设定规则：{1}";
    RuleText: "{0}, {1}: allow {2}, deny {3}", "{0}，{1}：允许{2}，禁止{3}";
    Everything: "everything", "一切对象";
    Nothing: "nothing", "无";
    Issue: "{0} orders under appointment {1}: {2} {3} until {4}, on the basis of {5}", "{0}依任命 {1} 发布命令：{2} {3}，至 {4}，依据：{5}";
    IssueAmount: "{0} (amount {1})", "{0}（金额 {1}）";
    IssueForced: "{0} {1} of {2} to {3} from", "{0} {1}（代币 {2}）至 {3}，划出方";
    Release: "{0} releases order {1} ({2} {3}): {4}", "{0}解除命令 {1}（{2} {3}）：{4}";
    Approve: "{0} lets {1} send {2} of {3} to {4} once, under order {5}", "{0}依命令 {5} 准许 {1} 向 {4} 转出 {3} 代币 {2}，仅一次";
    Challenge: "{0} challenges order {1} ({2} {3}): {4}", "{0}对命令 {1}（{2} {3}）提出异议：{4}";
    Uphold: "{0} upholds order {1} ({2} {3}): {4}", "{0}维持命令 {1}（{2} {3}）：{4}";
    Lift: "{0} lifts order {1} ({2} {3}): {4}", "{0}撤销命令 {1}（{2} {3}）：{4}";
    Create: "{0} makes the transfer policy \"{1}\": {2}", "{0}建立转账策略“{1}”：{2}";
    Change: "{0} changes the transfer policy {1} \"{2}\" to: {3}", "{0}将转账策略 {1}“{2}”改为：{3}";
    List: "{0} puts {1} on the {2} list of transfer policy {3}", "{0}将 {1} 列入转账策略 {3} 的{2}";
    Unlist: "{0} takes {1} off the {2} list of transfer policy {3}", "{0}将 {1} 移出转账策略 {3} 的{2}";
    Token: "{0} lets the token {1} use transfer policy {2}", "{0}准许代币 {1} 使用转账策略 {2}";
    TokenOff: "{0} stops the token {1} from using transfer policy {2}", "{0}停止代币 {1} 使用转账策略 {2}";
    Register: "{0} answers for the contract {1}, which it deployed with nonce {2}", "{0}对其以 nonce {2} 部署的合约 {1} 负责";
    WhatOrder: "order", "命令";
    WhatPolicy: "transfer policy", "转账策略";
    TermAllowListed: "both parties on the allow list", "双方均在白名单";
    TermDenyListed: "neither party on the deny list", "双方均不在黑名单";
    TermLevel: "verification level {0} at least", "核验等级至少 {0}";
    TermPerTransfer: "at most {0} a transfer", "单笔不超过 {0}";
    TermPerDay: "at most {0} a day", "每日不超过 {0}";
    TermPerMonth: "at most {0} a month", "每月不超过 {0}";
    TermReference: "with a reference of the kind {0}", "须附 {0} 类参考";
    TermAnyReference: "with a reference", "须附参考";
    TermNone: "no conditions", "无条件";
    Orders: "Orders on {0} ({1})", "针对 {0} 的命令（{1}）";
    Order: "Order {0}: {1} {2}", "命令 {0}：{1} {2}";
    OrderLine: "{0}, {1}, until {2}", "{0}，{1}，至 {2}";
    Status: "Status", "状态";
    Issuer: "Issued by", "发布方";
    ByMembers: "the members' vote", "成员表决";
    UnderAppointment: "{0}, appointment {1}", "{0}，任命 {1}";
    Basis: "Legal basis", "法律依据";
    Document: "Document", "文件哈希";
    Issued: "Issued", "发布时间";
    Until: "Ends", "截止时间";
    Ended: "Ended", "结束时间";
    Amount: "Amount", "金额";
    ChallengeWord: "Challenge", "异议";
    ChallengeText: "{0}: {1}", "{0}：{1}";
    Regulators: "Regulators ({0})", "监管机构（{0}）";
    RegulatorText: "{0}, {1}, {2} until {3}: {4}", "{0}，{1}，{2}，至 {3}：{4}";
    Serving: "serving", "在任";
    NotServing: "ended", "已终止";
    QuotaOf: "Quota of {0}", "{0} 的配额";
    QuotaText: "{0} used of {1}", "已用 {0}，上限 {1}";
    NoLimit: "no limit", "不限";
    GasPerBlock: "gas per block", "每区块 gas";
    GasPerDay: "gas per day", "每日 gas";
    BytesPerBlock: "bytes per block", "每区块字节";
    BytesPerDay: "bytes per day", "每日字节";
    Rules: "Rules of {0} on {1} ({2})", "{0} 关于 {1} 的规则（{2}）";
    TheChain: "the chain", "全链";
    Terms: "Conditions", "条件";
    Owner: "Kept by", "管理机构";
    Tokens: "Tokens", "代币";
    AllowList: "Allow list", "白名单";
    DenyList: "Deny list", "黑名单";
    MayCall: "yes: {0} may {1} now", "可以：{0} 现在可以{1}";
    MayNot: "no ({2}): {0} may not {1} now: {3}", "不可以（{2}）：{0} 现在不能{1}：{3}";
    DoCall: "call {0} of {1}", "调用 {1} 的 {0}";
    DoSend: "send to {0}", "向 {0} 转账";
    DoDeploy: "deploy a contract", "部署合约";
    DoTransfer: "transfer {0} to {1}", "向 {1} 转出 {0}";
}

/// Why something is denied, in Chinese, by the number that the chain gives; English reasons come
/// from the chain itself.
const DENIALS_ZH: &[&str] = &[
    "",
    "本链仅限成员，该账户不属于任何机构；成员机构的管理员可以接纳它",
    "账户已被暂停；其机构的管理员可以恢复",
    "账户已注销，请使用其他账户",
    "该密钥已被更换，请用账户的新密钥签名",
    "账户所属机构已被暂停或除名；成员可表决恢复",
    "账户被监管命令冻结；仍可提出异议",
    "调用的合约或账户已被冻结",
    "全链规则禁止此操作",
    "本机构规则禁止此操作",
    "机构本区块的 gas 配额已用完，请稍后再试",
    "机构今日的 gas 配额已用完",
    "机构本区块的字节配额已用完，请稍后再试",
    "机构今日的字节配额已用完",
    "该交易超出机构的全部配额",
];

/// The reason of a denial in the reader's language: a sentence for its number, with what the chain
/// says in English where the sentence is not all of it.
pub(crate) fn denial(lang: crate::messages::Lang, code: u8, reason: &str) -> String {
    let known = DENIALS_ZH
        .get(usize::from(code))
        .filter(|text| !text.is_empty());
    match (lang, known) {
        (crate::messages::Lang::Zh, Some(text)) => format!("{text}（{reason}）"),
        _ => reason.to_owned(),
    }
}
