//! Help for `qiantang governance`.

use super::Help;

pub(super) const HELP: Help = &[
    (
        "qiantang governance",
        "What the members decide: proposals and votes",
        "成员共同决定：提案与表决",
    ),
    (
        "qiantang governance list",
        "List the proposals, newest first",
        "列出提案，新的在前",
    ),
    (
        "qiantang governance show",
        "Show a proposal and its votes",
        "显示提案与投票",
    ),
    (
        "qiantang governance members",
        "List the member organisations and their weights",
        "列出成员机构及其权重",
    ),
    (
        "qiantang governance validators",
        "List the validators that the members decided",
        "列出成员决定的验证者",
    ),
    (
        "qiantang governance faults",
        "List the faults of validators that are proved on chain; nothing follows but what the members vote",
        "列出链上已证实的验证者过错；如何处置由成员表决",
    ),
    (
        "qiantang governance validator-address",
        "Say where a validator of your organisation listens for its peers",
        "登记本机构验证者的节点监听地址",
    ),
    (
        "qiantang governance parameters",
        "Show the chain's parameters and protocol version",
        "显示链参数与协议版本",
    ),
    (
        "qiantang governance rules",
        "Show how each kind of proposal is decided",
        "显示各类提案的表决规则",
    ),
    (
        "qiantang governance vote",
        "Vote for your organisation",
        "代表本机构投票",
    ),
    (
        "qiantang governance withdraw",
        "Withdraw your organisation's proposal",
        "撤回本机构的提案",
    ),
    (
        "qiantang governance close",
        "Have the votes counted (the chain does it by itself)",
        "计票（链会自动执行）",
    ),
    (
        "qiantang governance execute",
        "Let a passed proposal take effect (the chain does it by itself)",
        "使通过的提案生效（链会自动执行）",
    ),
    ("qiantang governance propose", "Make a proposal", "提出提案"),
    (
        "qiantang governance propose admission",
        "Admit an organisation",
        "接纳机构",
    ),
    (
        "qiantang governance propose suspension",
        "Suspend an organisation",
        "暂停机构",
    ),
    (
        "qiantang governance propose restoration",
        "Restore a suspended organisation",
        "恢复被暂停的机构",
    ),
    (
        "qiantang governance propose removal",
        "Remove an organisation for ever",
        "将机构永久除名",
    ),
    (
        "qiantang governance propose validator",
        "Add a validator",
        "增加验证者",
    ),
    (
        "qiantang governance propose validator-removal",
        "Remove a validator",
        "移除验证者",
    ),
    (
        "qiantang governance propose validator-rotation",
        "Replace a validator's key",
        "更换验证者密钥",
    ),
    (
        "qiantang governance propose parameter",
        "Change a parameter of the chain",
        "修改链参数",
    ),
    (
        "qiantang governance propose regulator",
        "Appoint a regulator",
        "任命监管机构",
    ),
    (
        "qiantang governance propose regulator-dismissal",
        "End an appointment",
        "解除任命",
    ),
    (
        "qiantang governance propose review-authority",
        "Name who reviews challenged orders",
        "指定复议机构",
    ),
    (
        "qiantang governance propose freeze",
        "Freeze a contract",
        "冻结合约",
    ),
    (
        "qiantang governance propose release",
        "Release a frozen contract",
        "解冻合约",
    ),
    (
        "qiantang governance propose quota",
        "Give a member a quota of its own",
        "为成员单独设定配额",
    ),
    (
        "qiantang governance propose allowance",
        "Give a member's jobs gas per day",
        "设定成员任务的每日 gas",
    ),
    (
        "qiantang governance propose calendar-year",
        "Set the working days of a year",
        "设定一年的工作日",
    ),
    (
        "qiantang governance propose time-zone",
        "Give a time zone another rule",
        "修改时区规则",
    ),
    (
        "qiantang governance propose policy-rule",
        "Set a rule of the whole chain",
        "设定全链规则",
    ),
    (
        "qiantang governance propose contract-organisation",
        "Say which organisation answers for a contract",
        "指定对合约负责的机构",
    ),
    (
        "qiantang governance propose upgrade",
        "Activate a protocol version at a height",
        "在指定高度启用协议版本",
    ),
    (
        "qiantang governance propose rule",
        "Change how a kind of proposal is decided",
        "修改某类提案的表决规则",
    ),
    (
        "qiantang governance propose weight",
        "Give a member another weight",
        "设定成员的表决权重",
    ),
    (
        "state",
        "Only proposals in this state: voting, passed, executed, rejected, expired, vetoed, failed, withdrawn",
        "只列出该状态：voting、passed、executed、rejected、expired、vetoed、failed、withdrawn",
    ),
    ("proposal", "Number of the proposal", "提案编号"),
    (
        "choice",
        "yes, no, abstain or veto",
        "赞成 yes、反对 no、弃权 abstain、否决 veto",
    ),
    (
        "qiantang governance propose admission name",
        "Name of the organisation",
        "机构名称",
    ),
    (
        "kind",
        "Kind of organisation: bank, enterprise, hospital, university, court, regulator, government, insurer, association, other",
        "机构类别：bank、enterprise、hospital、university、court、regulator、government、insurer、association、other",
    ),
    (
        "qiantang governance propose rule kind",
        "Kind of proposal, as `qiantang governance rules` names it",
        "提案类别，见 `qiantang governance rules`",
    ),
    (
        "jurisdiction",
        "ISO 3166 code, such as CN or CN-330100",
        "ISO 3166 代码，例如 CN 或 CN-330100",
    ),
    (
        "administrators",
        "Account of an administrator; may be repeated",
        "管理员账户，可重复",
    ),
    (
        "validator_key",
        "Public key of the validator, in hexadecimal digits",
        "验证者公钥（十六进制）",
    ),
    (
        "peer_address",
        "Where the validator listens for its peers, such as node.example.com:30303",
        "验证者监听其他节点的地址，例如 node.example.com:30303",
    ),
    (
        "nowhere",
        "Take back what was said: the chain names no address of the validator",
        "撤销登记：链上不再记录该验证者的地址",
    ),
    (
        "old_key",
        "Present public key of the validator",
        "验证者的现有公钥",
    ),
    (
        "parameter",
        "Parameter, as `qiantang governance parameters` names it",
        "参数名，见 `qiantang governance parameters`",
    ),
    (
        "value",
        "The new value; 0 or 1 for a flag",
        "新值；开关为 0 或 1",
    ),
    (
        "powers",
        "Power: freeze-accounts, freeze-contracts, limit, require-review, force-transfers; may be repeated",
        "权力：freeze-accounts、freeze-contracts、limit、require-review、force-transfers，可重复",
    ),
    (
        "until",
        "When it ends, such as 2027-12-31T16:00:00Z",
        "截止时间，例如 2027-12-31T16:00:00Z",
    ),
    (
        "appointment",
        "Number of the regulator's appointment",
        "监管任命编号",
    ),
    ("contract", "Address of the contract", "合约地址"),
    (
        "gas_per_block",
        "Gas per block; 0 is the chain's parameter [0]",
        "每区块 gas，0 表示链参数 [0]",
    ),
    (
        "gas_per_day",
        "Gas per day; 0 is the chain's parameter [0]",
        "每日 gas，0 表示链参数 [0]",
    ),
    (
        "bytes_per_block",
        "Bytes per block; 0 is the chain's parameter [0]",
        "每区块字节，0 表示链参数 [0]",
    ),
    (
        "bytes_per_day",
        "Bytes per day; 0 is the chain's parameter [0]",
        "每日字节，0 表示链参数 [0]",
    ),
    ("gas", "Gas", "gas 数量"),
    (
        "calendar",
        "Name of the calendar, such as CN",
        "日历名称，例如 CN",
    ),
    ("year", "The year", "年份"),
    (
        "days",
        "File with a digit for each day of the year: 1 is a working day",
        "每天一个数字的文件：1 表示工作日",
    ),
    (
        "zone",
        "Time zone, such as Asia/Shanghai",
        "时区，例如 Asia/Shanghai",
    ),
    (
        "rule",
        "POSIX TZ rule, such as CST-8",
        "POSIX TZ 规则，例如 CST-8",
    ),
    (
        "from",
        "From when on, such as 2027-01-01T00:00:00Z",
        "起始时间，例如 2027-01-01T00:00:00Z",
    ),
    ("protocol", "The present version plus 1", "现有版本加 1"),
    ("height", "First block", "起始区块高度"),
    (
        "quorum",
        "Share of the electorate that must have voted, in percent",
        "法定投票比例（百分比）",
    ),
    (
        "threshold",
        "Share of yes in yes and no, in percent",
        "赞成票比例（百分比）",
    ),
    (
        "voting_period",
        "How long the vote is open, such as 7days",
        "表决期，例如 7days",
    ),
    (
        "qiantang governance propose rule delay",
        "How long after the decision it takes effect",
        "通过后多久生效",
    ),
    (
        "vetoes",
        "Vetoes that defeat a proposal; 0 for no veto",
        "否决提案所需票数，0 表示无否决权",
    ),
    (
        "weighted",
        "Whether the members' weights count",
        "是否按权重计票",
    ),
    (
        "voters",
        "Kind of organisations that vote; may be repeated",
        "有表决权的机构类别，可重复",
    ),
    (
        "veto_by",
        "Kind of organisations that may veto; may be repeated",
        "有否决权的机构类别，可重复",
    ),
    (
        "weight",
        "Weight; 0 takes it out of weighted votes",
        "权重，0 表示不参加加权表决",
    ),
];
