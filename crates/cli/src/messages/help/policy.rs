//! Help for `qiantang policy`.

use super::Help;

pub(super) const HELP: Help = &[
    (
        "qiantang policy",
        "What may be done: rules, quotas, orders and policies for transfers",
        "可为之事：规则、配额、监管命令与转账策略",
    ),
    (
        "qiantang policy may",
        "May an account do this now, and if not, why",
        "账户现在能否执行某操作，不能则说明原因",
    ),
    (
        "qiantang policy may-transfer",
        "May this transfer of a token be made now, and if not, why",
        "某笔代币转账现在能否进行，不能则说明原因",
    ),
    (
        "qiantang policy rules",
        "List the rules of the chain or of an organisation",
        "列出全链或机构的规则",
    ),
    (
        "qiantang policy quota",
        "Show what a member may use, and has used",
        "显示成员的配额与已用量",
    ),
    (
        "qiantang policy regulators",
        "List the appointments of regulators",
        "列出监管任命",
    ),
    (
        "qiantang policy orders",
        "List the orders on an account or contract",
        "列出针对账户或合约的命令",
    ),
    (
        "qiantang policy show",
        "Show a transfer policy with its lists",
        "显示转账策略及其名单",
    ),
    (
        "qiantang policy set-rule",
        "Set a rule for your organisation's own accounts",
        "为本机构账户设定规则",
    ),
    (
        "qiantang policy register",
        "Answer for a contract that your account deployed",
        "对本账户部署的合约负责",
    ),
    ("qiantang policy order", "Orders of regulators", "监管命令"),
    (
        "qiantang policy order show",
        "Show an order and its challenge",
        "显示命令及其异议",
    ),
    ("qiantang policy order issue", "Issue an order", "发布命令"),
    ("qiantang policy order release", "End an order", "解除命令"),
    (
        "qiantang policy order approve",
        "Let one transfer pass a review order",
        "准许一笔转账通过审查命令",
    ),
    (
        "qiantang policy order challenge",
        "Challenge an order that concerns you",
        "对涉及自己的命令提出异议",
    ),
    (
        "qiantang policy order uphold",
        "As review authority: uphold a challenged order",
        "作为复议机构维持命令",
    ),
    (
        "qiantang policy order lift",
        "As review authority: lift a challenged order",
        "作为复议机构撤销命令",
    ),
    (
        "qiantang policy transfers",
        "Transfer policies that your organisation keeps",
        "本机构管理的转账策略",
    ),
    (
        "qiantang policy transfers create",
        "Make a transfer policy",
        "建立转账策略",
    ),
    (
        "qiantang policy transfers change",
        "Replace the conditions of a transfer policy",
        "替换转账策略的条件",
    ),
    (
        "qiantang policy transfers list",
        "Put accounts on a list",
        "将账户列入名单",
    ),
    (
        "qiantang policy transfers unlist",
        "Take accounts off a list",
        "将账户移出名单",
    ),
    (
        "qiantang policy transfers token",
        "Let a token use the policy",
        "准许代币使用该策略",
    ),
    (
        "to",
        "Contract or account that is called or receives",
        "被调用或接收的合约或账户",
    ),
    (
        "call",
        "Function: its selector or its signature, such as transfer(address,uint256)",
        "函数：选择器或签名，例如 transfer(address,uint256)",
    ),
    (
        "qiantang policy may gas",
        "Gas limit of the transaction [100000]",
        "交易的 gas 上限 [100000]",
    ),
    (
        "size",
        "Bytes of the transaction [200]",
        "交易的字节数 [200]",
    ),
    ("policy", "Number of the transfer policy", "转账策略编号"),
    ("token", "Address of the token", "代币地址"),
    ("sender", "Who sends", "转出方"),
    ("receiver", "Who receives", "转入方"),
    (
        "amount",
        "Amount in the token's smallest unit",
        "以代币最小单位计的金额",
    ),
    (
        "reference",
        "What the transfer refers to: a kind of 4 letters, a colon and a text",
        "转账所附参考：4 个字母的类别、冒号和文字",
    ),
    (
        "target",
        "Contract or account; everything otherwise",
        "合约或账户；不填则为一切对象",
    ),
    (
        "qiantang policy orders target",
        "Account or contract",
        "账户或合约",
    ),
    (
        "qiantang policy order issue target",
        "Account or contract that it concerns",
        "命令针对的账户或合约",
    ),
    (
        "of",
        "The rules of this organisation, not of the chain",
        "该机构的规则，而非全链规则",
    ),
    (
        "subject",
        "Whom it is about: everyone, guests, members, role, organisation, organisation-role",
        "规则对象：everyone、guests、members、role、organisation、organisation-role",
    ),
    (
        "inside",
        "Organisation, for the subjects organisation and organisation-role",
        "机构，用于对象 organisation 与 organisation-role",
    ),
    (
        "role_number",
        "Number of the role, for the subjects role and organisation-role",
        "角色编号，用于对象 role 与 organisation-role",
    ),
    (
        "allow",
        "Action to allow: send, deploy, call; may be repeated",
        "允许的操作：send、deploy、call，可重复",
    ),
    (
        "deny",
        "Action to deny: send, deploy, call; may be repeated",
        "禁止的操作：send、deploy、call，可重复",
    ),
    (
        "nonce",
        "Nonce of the transaction that deployed it",
        "部署交易的 nonce",
    ),
    ("order", "Number of the order", "命令编号"),
    (
        "order_kind",
        "freeze-account, freeze-contract, limit, review or forced-transfer",
        "freeze-account、freeze-contract、limit、review 或 forced-transfer",
    ),
    (
        "basis",
        "The law and the decision that it stands on",
        "所依据的法律与决定",
    ),
    (
        "document",
        "Hash of the decision's document",
        "决定文件的哈希",
    ),
    (
        "allow_listed",
        "Both parties must be on the allow list",
        "双方必须在白名单",
    ),
    (
        "deny_listed",
        "Neither party may be on the deny list",
        "双方不得在黑名单",
    ),
    (
        "qiantang policy transfers create level",
        "Verification level that both parties need [0]",
        "双方所需的核验等级 [0]",
    ),
    (
        "qiantang policy transfers change level",
        "Verification level that both parties need [0]",
        "双方所需的核验等级 [0]",
    ),
    (
        "per_transfer",
        "Most that one transfer moves; 0 for no limit [0]",
        "单笔上限，0 表示不限 [0]",
    ),
    (
        "per_day",
        "Most that an account sends in a day; 0 for no limit [0]",
        "每日上限，0 表示不限 [0]",
    ),
    (
        "per_month",
        "Most that an account sends in a month; 0 for no limit [0]",
        "每月上限，0 表示不限 [0]",
    ),
    (
        "with_reference",
        "Kind of reference that a transfer must carry: 4 letters, or any",
        "转账必须附带的参考类别：4 个字母，或 any",
    ),
    (
        "qiantang policy transfers create name",
        "Name of the policy",
        "策略名称",
    ),
    ("list", "allow or deny", "allow 或 deny"),
    (
        "listed",
        "Account, or the address of an organisation",
        "账户，或机构的地址",
    ),
    ("off", "Stop the token from using it", "停止该代币使用"),
];
