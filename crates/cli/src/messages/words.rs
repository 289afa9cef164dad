//! The enumerations of the institutions' modules as words, in the order of their numbers.

use super::Lang;

/// What numbers of the chain mean, in each language: English, Chinese.
pub(crate) struct Words(pub(crate) &'static [(&'static str, &'static str)]);

impl Words {
    /// The word for a number.
    pub(crate) fn say(&self, lang: Lang, number: u8) -> &'static str {
        let (en, zh) = self
            .0
            .get(usize::from(number))
            .copied()
            .unwrap_or(("unknown", "未知"));
        match lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }

    /// The word as it is typed and as JSON has it.
    pub(crate) fn key(&self, number: u8) -> String {
        self.say(Lang::En, number).replace(' ', "-")
    }

    /// The number of a typed word, other than the first, which means that there is none.
    pub(crate) fn find(&self, text: &str) -> Option<u8> {
        let numbers = 1..=u8::try_from(self.0.len()).ok()?;
        numbers
            .filter(|number| usize::from(*number) < self.0.len())
            .find(|number| self.key(*number) == text || self.say(Lang::Zh, *number) == text)
    }

    /// What can be typed.
    pub(crate) fn keys(&self) -> Vec<String> {
        let numbers = 1..u8::try_from(self.0.len()).unwrap_or(u8::MAX);
        numbers.map(|number| self.key(number)).collect()
    }
}

/// Kinds of organisations.
pub(crate) const ORGANISATION_KIND: Words = Words(&[
    ("none", "无"),
    ("bank", "银行"),
    ("enterprise", "企业"),
    ("hospital", "医院"),
    ("university", "高校"),
    ("court", "法院"),
    ("regulator", "监管机构"),
    ("government", "政府"),
    ("insurer", "保险公司"),
    ("association", "协会"),
    ("other", "其他"),
]);

/// Status of an organisation.
pub(crate) const ORGANISATION_STATUS: Words = Words(&[
    ("unknown", "未知"),
    ("active", "正常"),
    ("suspended", "已暂停"),
    ("removed", "已除名"),
]);

/// Status of an account.
pub(crate) const ACCOUNT_STATUS: Words = Words(&[
    ("of no organisation", "不属于任何机构"),
    ("active", "正常"),
    ("suspended", "已暂停"),
    ("closed", "已注销"),
]);

/// Who signs for an account.
pub(crate) const KEY_STATE: Words = Words(&[
    ("own key", "自有密钥"),
    ("replaced key", "密钥已更换"),
    ("key of another account", "其他账户的密钥"),
]);

/// Permissions by their bit. The first has a number too, so it can be typed: see
/// [`permission`].
pub(crate) const PERMISSION: Words = Words(&[
    ("manage members", "管理成员"),
    ("manage roles", "管理角色"),
    ("recover accounts", "恢复账户"),
    ("submit", "代表机构办理业务"),
    ("check", "复核"),
    ("approve", "审批"),
    ("schedule", "安排定时任务"),
    ("propose", "提案"),
    ("vote", "表决"),
    ("audit", "审计"),
    ("regulate", "监管"),
    ("operate validator", "运维验证者"),
    ("manage policy", "管理策略"),
    ("deploy", "部署合约"),
    ("manage allowances", "管理额度"),
]);

/// The number of a permission that was typed: its word, or a number.
pub(crate) fn permission(text: &str) -> Option<u8> {
    if PERMISSION.key(0) == text {
        return Some(0);
    }
    PERMISSION.find(text).or_else(|| text.parse().ok())
}

/// Names of the built-in roles by their number.
pub(crate) const ROLE: Words = Words(&[
    ("none", "无"),
    ("administrator", "管理员"),
    ("operator", "业务员"),
    ("auditor", "审计员"),
    ("regulator", "监管员"),
    ("validator operator", "验证者运维员"),
]);

/// Kinds of proposals.
pub(crate) const PROPOSAL_KIND: Words = Words(&[
    ("none", "无"),
    ("admission", "接纳机构"),
    ("suspension", "暂停机构"),
    ("restoration", "恢复机构"),
    ("removal", "除名机构"),
    ("validator addition", "增加验证者"),
    ("validator removal", "移除验证者"),
    ("validator rotation", "更换验证者密钥"),
    ("parameter", "修改参数"),
    ("regulator appointment", "任命监管机构"),
    ("regulator dismissal", "解除监管机构"),
    ("review authority", "指定复议机构"),
    ("contract freeze", "冻结合约"),
    ("contract release", "解冻合约"),
    ("quota", "设定配额"),
    ("allowance", "设定任务额度"),
    ("calendar year", "设定工作日历"),
    ("time zone", "设定时区"),
    ("upgrade", "协议升级"),
    ("rule", "修改表决规则"),
    ("weight", "设定表决权重"),
    ("policy rule", "设定链规则"),
    ("contract organisation", "指定合约负责机构"),
]);

/// Kinds of validators' faults.
pub(crate) const FAULT_KIND: Words = Words(&[
    ("none", "无"),
    ("two notarize votes", "重复公证投票"),
    ("two finalize votes", "重复最终确认投票"),
    ("nullify and finalize votes", "既作废又最终确认"),
]);

/// Where a proposal is.
pub(crate) const PROPOSAL_STATE: Words = Words(&[
    ("none", "无"),
    ("voting", "表决中"),
    ("passed", "已通过"),
    ("executed", "已生效"),
    ("rejected", "未通过"),
    ("expired", "已过期"),
    ("vetoed", "被否决"),
    ("failed", "执行失败"),
    ("withdrawn", "已撤回"),
]);

/// Votes.
pub(crate) const CHOICE: Words = Words(&[
    ("not voted", "未表决"),
    ("yes", "赞成"),
    ("no", "反对"),
    ("abstain", "弃权"),
    ("veto", "否决"),
]);

/// The chain's parameters.
pub(crate) const PARAMETER: Words = Words(&[
    ("none", "无"),
    ("block gas limit", "区块 gas 上限"),
    ("transaction gas limit", "交易 gas 上限"),
    ("trace strict", "追溯严格模式"),
    ("members only", "仅限成员"),
    ("member gas per block", "成员每区块 gas"),
    ("member gas per day", "成员每日 gas"),
    ("member bytes per block", "成员每区块字节"),
    ("member bytes per day", "成员每日字节"),
    ("job gas per block", "任务每区块 gas"),
    ("job gas per day", "任务每日 gas"),
]);

/// Whom a rule is about.
pub(crate) const SUBJECT: Words = Words(&[
    ("none", "无"),
    ("everyone", "所有人"),
    ("guests", "非成员"),
    ("members", "成员"),
    ("role", "角色"),
    ("organisation", "机构"),
    ("organisation role", "机构内角色"),
]);

/// What an order does.
pub(crate) const ORDER_KIND: Words = Words(&[
    ("none", "无"),
    ("freeze account", "冻结账户"),
    ("freeze contract", "冻结合约"),
    ("limit", "限额"),
    ("review", "逐笔审查"),
    ("forced transfer", "强制划转"),
]);

/// Where an order is in its life.
pub(crate) const ORDER_STATUS: Words = Words(&[
    ("none", "无"),
    ("in force", "有效"),
    ("released", "已解除"),
    ("lifted", "经复议撤销"),
    ("used", "已执行"),
    ("expired", "已到期"),
]);

/// What became of a challenge.
pub(crate) const CHALLENGE_STATUS: Words = Words(&[
    ("none", "无"),
    ("open", "待复议"),
    ("upheld", "维持"),
    ("lifted", "撤销"),
]);

/// Lists of a transfer policy.
pub(crate) const LIST_KIND: Words =
    Words(&[("none", "无"), ("allow", "白名单"), ("deny", "黑名单")]);

/// Powers of a regulator; the bit is the number less one.
pub(crate) const POWER: Words = Words(&[
    ("none", "无"),
    ("freeze accounts", "冻结账户"),
    ("freeze contracts", "冻结合约"),
    ("limit", "限额"),
    ("require review", "逐笔审查"),
    ("force transfers", "强制划转"),
]);

/// Actions that a rule allows or denies; the bit is the number less one.
pub(crate) const ACTION: Words = Words(&[
    ("none", "无"),
    ("send", "转账"),
    ("deploy", "部署"),
    ("call", "调用"),
]);

/// When a job is due.
pub(crate) const SCHEDULE_KIND: Words = Words(&[
    ("none", "无"),
    ("once", "一次"),
    ("at height", "指定高度"),
    ("every milliseconds", "按时长"),
    ("every blocks", "按区块"),
    ("daily", "每日"),
    ("weekly", "每周"),
    ("monthly", "每月"),
    ("business days", "工作日"),
]);

/// What happens on a day that is no working day.
pub(crate) const ADJUSTMENT: Words = Words(&[
    ("none", "不调整"),
    ("following", "顺延至下一工作日"),
    ("preceding", "提前至上一工作日"),
    ("modified following", "修正顺延"),
]);

/// Where a job is in its life.
pub(crate) const JOB_STATUS: Words = Words(&[
    ("none", "无"),
    ("active", "等待执行"),
    ("waiting for its calendar", "等待日历"),
    ("frozen", "被冻结"),
    ("paused", "已暂停"),
    ("dead", "已失败"),
    ("done", "已完成"),
    ("cancelled", "已取消"),
]);

/// What a person does for an operation that others approve.
pub(crate) const STAGE: Words = Words(&[
    ("none", "无"),
    ("make", "经办"),
    ("check", "复核"),
    ("approve", "审批"),
]);

/// Where an operation is that others approve.
pub(crate) const OPERATION_STATE: Words = Words(&[
    ("none", "无"),
    ("pending", "待审批"),
    ("executed", "已执行"),
    ("rejected", "已驳回"),
    ("withdrawn", "已撤回"),
    ("expired", "已过期"),
]);

/// Days of the week; the bit is the number less one.
pub(crate) const WEEKDAY: Words = Words(&[
    ("none", "无"),
    ("monday", "周一"),
    ("tuesday", "周二"),
    ("wednesday", "周三"),
    ("thursday", "周四"),
    ("friday", "周五"),
    ("saturday", "周六"),
    ("sunday", "周日"),
]);
