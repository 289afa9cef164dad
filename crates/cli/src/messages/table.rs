//! The message table: key, English, Chinese.

crate::messages::sentences! { Message;
    // Words.
    Error: "error", "错误";
    Hint: "hint", "提示";
    Height: "block {0}", "区块 {0}";

    // Before signing.
    ConsentAsk: "sign this?", "确认签名？";
    ConsentRefused: "not signed; nothing was sent", "未签名，未发送任何内容";

    // The command line itself.
    UnknownArgument: "unknown argument `{0}`", "未知参数 `{0}`";
    UnknownCommand: "unknown command `{0}`", "未知命令 `{0}`";
    MissingArgument: "an argument is missing: {0}", "缺少参数：{0}";
    InvalidValue: "`{0}` is not a value for {1}", "`{0}` 不是 {1} 的有效取值";
    MissingCommand: "a command is missing", "缺少命令";
    SeeHelp: "`{0} --help` shows what is possible", "`{0} --help` 列出可用的命令和参数";
    DidYouMean: "did you mean `{0}`?", "您是不是想输入 `{0}`？";

    // Connection.
    Unreachable: "no answer from {0}: {1}", "{0} 没有应答：{1}";
    UnreachableHint:
        "start a chain with `qiantang dev`, or name another node with --rpc URL",
        "用 `qiantang dev` 启动一条链，或用 --rpc URL 指定其他节点";
    NodeRefused: "the node refused: {0}", "节点拒绝：{0}";
    NodeUnexpected: "{0} answered something unexpected: {1}", "{0} 的应答不符合约定：{1}";
    NodeUnexpectedHint:
        "check that the URL is a qiantang node of the same version",
        "请确认该地址是同一版本的 qiantang 节点";
    Reverted: "the chain refused: {0}", "链上拒绝：{0}";
    LimitExceeded: "{0}: {1}, the limit is {2}", "{0}：{1}，上限为 {2}";
    TransactionFailed: "transaction {0} was included and failed", "交易 {0} 已入块但执行失败";
    TransactionFailedHint:
        "the state changed between the estimate and the block; try again",
        "估算与入块之间状态有变化，请重试";
    NotFinal: "transaction {0} is not final after {1} s", "交易 {0} 在 {1} 秒后仍未最终确认";
    NotFinalHint:
        "it may still be included; look whether the chain makes blocks",
        "它仍可能入块；请检查链是否在出块";
    NonceTaken:
        "transaction {0} is void: another one of the same account with nonce {1} is final",
        "交易 {0} 已作废：同一账户的另一笔交易已占用 nonce {1} 并最终确认";
    NonceTakenHint:
        "another program uses the same key, or the node was a block behind; look at what is on the chain, then try again",
        "可能有其他程序在使用同一密钥，或该节点落后了一个区块；请先查看链上结果，再重试";
    ProofFails: "the proof of {0} does not hold: {1}", "{0} 的证明不成立：{1}";
    ProofFailsHint:
        "do not trust what this node tells; ask another one, and compare the anchor with a source you trust",
        "不要相信该节点的说法；请换一个节点，并用可信来源核对锚";
    Signature: "the key cannot sign: {0}", "该密钥无法签名：{0}";

    // Dev.
    DevReady: "Qiantang development chain {0} is ready", "钱塘开发链 {0} 已就绪";
    DevUrl: "RPC", "RPC 地址";
    DevAnchor: "Anchor", "锚";
    DevDirectory: "Directory", "数据目录";
    DevMemory: "temporary, gone at the end", "临时目录，退出即删除";
    DevAccounts:
        "Accounts with {0} ether each (known to everybody: for development only)",
        "各有 {0} 以太的账户（密钥人人皆知，只用于开发）";
    DevTry:
        "Try in another terminal: qiantang trace capture samples/longjing/01-garden-harvest.jsonld --key dev:0",
        "在另一个终端试试：qiantang trace capture samples/longjing/01-garden-harvest.jsonld --key dev:0";
    DevStop: "Ctrl-C stops it", "按 Ctrl-C 停止";
    DevStopping: "stopping", "正在停止";
    DevStopped: "stopped; nothing finalized is lost", "已停止；已最终确认的数据不会丢失";
    NodeStopped: "the node stopped: {0}", "节点停止：{0}";
    NodeFailed: "the node cannot start: {0}", "节点无法启动：{0}";
    NodeInUse: "{0} is in use by another process", "{0} 正被另一个进程使用";
    NodeInUseHint: "stop that process, or choose another directory with --dir", "请停止该进程，或用 --dir 指定其他目录";
    NodeNoChain: "{0} holds no chain", "{0} 中没有链";
    NodeNoChainHint: "start one with `qiantang dev --dir DIR`", "可用 `qiantang dev --dir DIR` 建立一条链";
    NodeFile: "{0}: {1}", "{0}：{1}";
    NodeFileHint: "check the path, its permissions and the free space", "请检查路径、权限和剩余空间";
    FreshNeedsDir:
        "--fresh needs --dir DIR: without a directory every start is fresh",
        "--fresh 需要 --dir DIR：没有目录时每次启动本来就是新的";

    // Keys.
    KeyMade: "a new key", "新密钥";
    KeyName: "Name", "名称";
    KeyAddress: "Address", "地址";
    KeyFile: "File", "文件";
    KeyKept:
        "keep the file and the passphrase apart and safe: without both the account is lost",
        "请将文件与口令分开妥善保存：缺一不可，丢失则账户无法恢复";
    KeysNone:
        "no keys in {0}; `qiantang keys new` makes one",
        "{0} 中没有密钥；可用 `qiantang keys new` 生成";
    KeyExists: "a key named `{0}` exists already: {1}", "名为 `{0}` 的密钥已存在：{1}";
    KeyExistsHint: "choose another name", "请换一个名称";
    KeyNameInvalid: "`{0}` is not a name for a key", "`{0}` 不能用作密钥名称";
    KeyNameHint: "use up to 64 letters, digits, `-` and `_`", "请使用不超过 64 个字母、数字、`-` 或 `_`";
    KeyUnknown:
        "no key `{0}`: not a private key in hex, not a file, not a name in {1}, not dev:0 to dev:9",
        "没有密钥 `{0}`：既不是十六进制私钥，也不是文件、{1} 中的名称或 dev:0 到 dev:9";
    KeyUnknownHint: "`qiantang keys list` shows the names", "`qiantang keys list` 列出已有名称";
    KeyMissing:
        "chain {0} is not the development chain, so the key must be named",
        "链 {0} 不是开发链，必须指定密钥";
    KeyMissingHint:
        "add --key NAME; `qiantang keys new` makes a key",
        "请加上 --key 名称；`qiantang keys new` 可生成密钥";
    KeyUnreadable: "the key in {0} cannot be opened: {1}", "无法打开 {0} 中的密钥：{1}";
    KeyPassphraseHint:
        "check the passphrase (--passphrase or QIANTANG_PASSPHRASE)",
        "请检查口令（--passphrase 或环境变量 QIANTANG_PASSPHRASE）";
    PassphraseAsk: "Passphrase", "口令";
    PassphraseAgain: "Passphrase again", "再次输入口令";
    PassphraseDiffers: "the two passphrases differ", "两次输入的口令不同";
    PassphraseMissing:
        "a passphrase is needed, and there is no terminal to ask at",
        "需要口令，但没有可以询问的终端";
    PassphraseMissingHint:
        "set QIANTANG_PASSPHRASE, or give --passphrase (an empty one is allowed)",
        "请设置 QIANTANG_PASSPHRASE，或使用 --passphrase（可以为空）";

    // Files.
    FileRead: "{0} cannot be read: {1}", "无法读取 {0}：{1}";
    FileWrite: "{0} cannot be written: {1}", "无法写入 {0}：{1}";

    // Trace.
    Capturing: "capturing", "正在记录";
    CapturedNew: "new events: {0}", "新事件：{0}";
    CapturedKnown: "there before: {0}", "此前已有：{0}";
    CapturedDeclared: "declared to be errors: {0}", "声明为错误：{0}";
    CaptureDone: "documents: {0}, new events: {1}, known events: {2}", "文件：{0}，新事件：{1}，已有事件：{2}";
    Registered: "{0} now speaks for {1}", "{0} 现在代表 {1}";
    Recalled: "{0} is recalled with everything that came from it", "{0} 及由其产生的一切已召回";
    Verifying: "checking proofs", "正在核验证明";
    VerifiedAll: "every step holds: {0} events proved against {1}", "每一步都成立：{0} 个事件已对照 {1} 得到证明";
    VerifiedLimit:
        "proved: what was recorded, by whom and when. Not proved: that the records are true, or that none is missing",
        "已证明：记录了什么、由谁、何时。未证明：记录的内容属实，或没有遗漏";
    AnchorFromNode:
        "the anchor was asked from the same node ({0}); name one from a source you trust with --anchor",
        "锚来自同一节点（{0}）；请用 --anchor 指定可信来源的锚";
    Signers: "signed by {0} of {1} validators", "{1} 个验证者中有 {0} 个签名";
    SignersAfter:
        "signed by {0} of {1} validators, whose set follows from the first by {2} proved changes",
        "{1} 个验证者中有 {0} 个签名；该验证者集合由初始集合经 {2} 次已证明的变更而来";
    StoryIncomplete: "the story is longer than what is shown", "完整履历比此处显示的更长";
    ItemStatus: "Status", "状态";
    ItemOrigin: "Origin", "来源";
    ItemLevel: "Kind of id", "标识类别";
    ItemCustodian: "Custodian", "保管方";
    ItemCommissioner: "Made by", "创建方";
    ItemContainer: "Inside", "所在容器";
    ItemReceiver: "On its way to", "运往";
    ItemEvents: "Events", "事件数";
    ItemRecalled: "RECALLED: {0} ({1})", "已召回：{0}（{1}）";
    ItemUncertain:
        "the search stopped at its limit: that nothing is recalled is not certain",
        "查询到达上限：不能确定没有召回";
    OriginVerified: "recorded from the beginning, with all it was made from", "自始即有记录，包括其全部原料";
    OriginUnverified:
        "origin unverified: it, or something it was made from, entered the chain mid-journey",
        "来源未经核实：它或其原料是中途上链的";
    StepBy: "by {0}", "提交方 {0}";
    StepRecorded: "recorded {0} in block {1}", "{0} 记录于区块 {1}";
    StepError: "declared to be an error", "已声明为错误";
    Lineage: "Lineage of {0}", "{0} 的谱系";
    LineageFrom: "Made from, or containing ({0})", "原料与内容（{0}）";
    LineageTo: "Went into ({0})", "去向（{0}）";
    LineageRecalls: "Recalls that reach it ({0})", "影响它的召回（{0}）";
    LineageIncomplete: "the list is cut at its limit", "列表到达上限，未完整显示";
    LineageNone: "nothing", "无";
    RelativeInside: "inside", "仍在其中";
    RelativeRecalled: "recalled", "已召回";

    // Words of the Trace module.
    StatusUnknown: "unknown", "未知";
    StatusActive: "active", "在用";
    StatusInTransit: "in transit", "运输中";
    StatusConsumed: "consumed", "已用于加工";
    StatusDecommissioned: "decommissioned", "已停用";
    StatusDestroyed: "destroyed", "已销毁";
    LevelInstance: "one thing", "单件";
    LevelLot: "lot", "批次";
    LevelKind: "class", "类别";
    KindObject: "object event", "对象事件";
    KindAggregation: "aggregation", "聚合";
    KindTransaction: "transaction", "交易关联";
    KindTransformation: "transformation", "加工转化";
    KindAssociation: "association", "关联";
    KindExtended: "extended event", "扩展事件";
    RelationTransformation: "transformed", "加工";
    RelationAggregation: "packed", "装箱";
    RelationAssociation: "associated", "关联";

    // What the module says.
    TraceInvalidDocument: "field {0}: {1}", "字段 {0}：{1}";
    TraceNotCustodian: "{0} is held by {1}, not by {2}", "{0} 由 {1} 保管，不是 {2}";
    TraceNotHolder: "lot {0} is not held by {1}", "批次 {0} 不在 {1} 手中";
    TraceNotReceiver: "{0} is on its way to {1}, not to {2}", "{0} 正运往 {1}，不是 {2}";
    TraceAggregated: "{0} is inside {1} and moves only with it", "{0} 在 {1} 之中，只能随之移动";
    TraceMixedCustody: "{0} is held by {1} and {2} by {3}: ship and receive one of them first", "{0} 由 {1} 保管，而 {2} 由 {3} 保管：请先发运并接收其中之一";
    TraceNotInside: "{0} is not inside {1}", "{0} 不在 {1} 之中";
    TraceNotEmpty: "{0} still contains {1} items", "{0} 中仍有 {1} 件物品";
    TraceEnded: "{0} has ended ({1}) and accepts nothing more", "{0} 已终结（{1}），不再接受任何事件";
    TraceAlreadyCommissioned: "{0} was commissioned before, by {1}", "{0} 已由 {1} 创建";
    TraceOriginUnverified:
        "this chain is strict, and {0} was never commissioned on it",
        "本链为严格模式，而 {0} 从未在链上创建";
    TraceContainerDepth:
        "{0} cannot go into {1}: too deep, or into itself",
        "{0} 不能放入 {1}：嵌套过深或放入自身";
    TraceNotTransformer: "transformation {0} belongs to {1}, not to {2}", "加工过程 {0} 属于 {1}，不属于 {2}";
    TraceNotSubmitter:
        "event {0} was submitted by {1}; only that account may declare it to be an error",
        "事件 {0} 由 {1} 提交，只有该账户可以声明其错误";
    TraceNotCommissioner:
        "{0} was commissioned by {1}; only that account may recall it",
        "{0} 由 {1} 创建，只有该账户可以召回";
    TraceAlreadyRecalled: "{0} is recalled already", "{0} 已被召回";
    TraceUnknownItem: "nothing is recorded under {0}", "没有关于 {0} 的记录";
    TraceUnknownEvent: "no event {0} was captured", "没有记录事件 {0}";
    TraceInvalidId: "`{0}` is not an id", "`{0}` 不是有效标识";
    TraceReasonMissing: "a recall needs a reason", "召回必须说明原因";
    TracePartyTaken: "{0} is bound to {1}", "{0} 已绑定到 {1}";
    TraceUnknownHint:
        "ids are EPC URNs or GS1 Digital Links, e.g. https://id.gs1.org/01/09521101001020/21/7",
        "标识为 EPC URN 或 GS1 Digital Link，例如 https://id.gs1.org/01/09521101001020/21/7";
    TraceKeyHint: "name the account that may do this with --key", "请用 --key 指定有权操作的账户";

    // Institutions.
    OrganisationsHint: "`qiantang identity list` shows the organisations", "`qiantang identity list` 列出各机构";
    GovernanceHint:
        "propose it with `qiantang governance propose`",
        "请用 `qiantang governance propose` 提案";
    ProposalsHint: "`qiantang governance list` shows the proposals", "`qiantang governance list` 列出各提案";
    RolesHint: "`qiantang identity roles ORGANISATION` shows the roles", "`qiantang identity roles 机构` 列出各角色";
    ConsentHint:
        "make a new one with `qiantang identity consent`, with the key that must agree",
        "请用须表示同意的密钥执行 `qiantang identity consent` 重新生成";
    RegulatorsHint:
        "`qiantang policy regulators` shows the appointments, their reach and powers",
        "`qiantang policy regulators` 列出各任命及其范围与权力";
    ApprovalHint:
        "add --for-approval to the command, or propose it with `qiantang approvals propose`",
        "请在命令中加上 --for-approval，或用 `qiantang approvals propose` 提交";
    PendingHint: "`qiantang approvals list ORGANISATION` shows what waits", "`qiantang approvals list 机构` 列出待审批的操作";
    ActorOrganisation: "Organisation {0}", "机构 {0} ";
    ActorAccount: "Account {0}", "账户 {0} ";
    OrganisationNumber: "organisation {0}", "机构 {0}";
    AccountOf: "{0} of {1}", "{1} 的 {0}";
    ActDone: "done in block {0}, transaction {1}", "已完成：区块 {0}，交易 {1}";
    ActMade: "made: {0} {1}", "已建立：{0} {1}";
    UnknownWord: "`{0}` is none of: {1}", "`{0}` 不在以下取值中：{1}";
    WordOrganisation: "organisation: neither a number nor the name of one", "机构：既不是编号，也不是机构名称";
    WordConsent:
        "consent (a time in milliseconds, a colon and 65 bytes in hexadecimal digits)",
        "同意书（毫秒时间、冒号和 65 字节十六进制签名）";
    WordTime: "time, such as 2026-12-31T16:00:00Z, or milliseconds since 1970", "时间，例如 2026-12-31T16:00:00Z，或 1970 年以来的毫秒数";
    WordRole: "role of this organisation", "该机构的角色";
    WordSelector:
        "function: its selector (0x and 8 digits) or its signature, such as transfer(address,uint256)",
        "函数：选择器（0x 加 8 位十六进制数字）或签名，例如 transfer(address,uint256)";
    WordNumber: "number", "数字";
    WordPercent: "percentage, such as 66.67", "百分比，例如 66.67";
    WorkingDays:
        "{0} has {1} days: it needs one digit, 0 or 1, for each of the 365 or 366 days of the year",
        "{0} 中有 {1} 天：应为全年 365 或 366 天每天一个数字 0 或 1";
    WordReference: "kind of reference: 4 letters", "参考类别：4 个字母";
    DidUnknown: "the chain knows nothing of {0}", "链上没有 {0} 的信息";
    ListEmpty: "nothing", "无";
    ListCut: "the list is cut at its limit", "列表到达上限，未完整显示";

    // Proofs.
    ProofWritten: "written: {0} ({1} bytes)", "已写入：{0}（{1} 字节）";
    ProofCheck:
        "check it anywhere, offline: qiantang proof verify {0} --anchor {1}",
        "可在任何地方离线核验：qiantang proof verify {0} --anchor {1}";
    ProofHolds: "the proof holds", "证明成立";
    ProofBroken: "the proof does not hold, at step {0}: {1}", "证明不成立，步骤 {0}：{1}";
    ProofBrokenHint:
        "get the bundle again from its source, and the anchor from a source you trust",
        "请向来源重新索取证明，并从可信来源获取锚";
    AnchorInvalid: "`{0}` is not an anchor", "`{0}` 不是锚";
    AnchorInvalidHint:
        "an anchor is `qt1` and 58 more characters; check for typing errors",
        "锚由 `qt1` 和后续 58 个字符组成，请检查是否输错";
    HashInvalid: "`{0}` is not a {1}", "`{0}` 不是{1}";
    WordHash: "transaction hash (0x and 64 hexadecimal digits)", "交易哈希（0x 加 64 位十六进制数字）";
    WordAddress: "address (0x and 40 hexadecimal digits)", "地址（0x 加 40 位十六进制数字）";
    WordSlot: "storage slot (a number, decimal or hexadecimal after 0x)", "存储槽（十进制数，或 0x 开头的十六进制数）";
    WordKey: "private key (64 hexadecimal digits)", "私钥（64 位十六进制数字）";
    FactTransaction: "transaction {0} of {1} stands at place {2}", "{1} 的交易 {0} 位于第 {2} 位";
    FactLog: "transaction {0} of {1} emitted log {2}, from {3}", "{1} 的交易 {0} 产生了日志 {2}，来自 {3}";
    FactSlot: "slot {0} of {1} holds {2}", "{1} 的存储槽 {0} 的值为 {2}";
    FactAccount: "account {0}: nonce {1}, balance {2} wei", "账户 {0}：nonce {1}，余额 {2} wei";
    FactRegistry: "registry entry {0} holds {1}", "登记项 {0} 的值为 {1}";
    FactAbsence: "registry entry {0} does not exist", "登记项 {0} 不存在";
    FactRange:
        "the registry has just these {2} entries from {0} to {1}",
        "登记簿从 {0} 到 {1} 恰有这 {2} 个登记项";
    FactRangeEntry: "{0} holds {1}", "{0} 的值为 {1}";
    RangeGoesOn:
        "the range has more entries; go on with --registry {0} {1}",
        "区间内还有登记项；请用 --registry {0} {1} 继续";
    ProofTime: "at {0} UTC", "时间 {0} UTC";

    // Replay.
    Replaying: "replaying blocks", "正在重放区块";
    ReplayFailed: "replay: {0}", "重放：{0}";
    ReplayDone:
        "{0} blocks replayed, every root agrees; state root {1}",
        "已重放 {0} 个区块，所有根一致；状态根 {1}";
    ReplayRepaired: "the rebuilt databases are in place", "重建的数据库已就位";

    // Bench.
    BenchDeploying: "deploying the token", "正在部署代币合约";
    BenchFunding: "funding senders", "正在为发送方注资";
    BenchMinting: "minting tokens", "正在铸造代币";
    BenchPrefill: "creating accounts", "正在创建账户";
    BenchSigning: "signing transfers", "正在签名转账";
    BenchSending: "transfers", "转账";
    BenchRefused: "the node refused transfer {0}: {1}", "节点拒绝第 {0} 笔转账：{1}";
    BenchStuck:
        "no transfer was included for {0} s; {1} of {2} are still missing",
        "{0} 秒内没有转账入块，还有 {2} 笔中的 {1} 笔未完成";
    BenchStuckHint:
        "look at the node's log; on anvil check --block-time and the gas limit",
        "请查看节点日志；anvil 请检查 --block-time 与 gas 上限";
    BenchBalances:
        "balances disagree: recipients hold {0} tokens, {1} transfers were included",
        "余额不一致：接收方共有 {0} 个代币，而入块转账为 {1} 笔";
    BenchMintFailed: "account {0} holds {1} after it was given more", "账户 {0} 收款后仅有 {1}";
    BenchPoor: "the funding account has {0} wei, {1} are needed", "出资账户有 {0} wei，需要 {1}";
    BenchPoorHint: "name a richer account with --key", "请用 --key 指定余额更多的账户";
    BenchTitle: "ERC-20 transfers", "ERC-20 转账";
    BenchNode: "Node", "节点";
    BenchConfiguration: "Configuration", "配置";
    BenchConfigurationText:
        "{0} transfers, {1} senders, {2} connections, {3} a batch, window {4}",
        "{0} 笔转账，{1} 个发送方，{2} 条连接，每批 {3} 笔，窗口 {4}";
    BenchMachine: "Machine", "机器";
    BenchMachineText: "{0} cores, load {1} before the run", "{0} 核，运行前负载 {1}";
    BenchThroughput: "Throughput", "吞吐";
    BenchThroughputText: "{0} transfers/s over {1} s", "{0} 笔/秒，历时 {1} 秒";
    BenchCpu: "Server CPU", "服务器 CPU";
    BenchCpuText: "{0} µs each", "每笔 {0} 微秒";
    BenchLatency: "Time to final", "最终确认用时";
    BenchLatencyText: "p50 {0} ms, p99 {1} ms", "p50 {0} 毫秒，p99 {1} 毫秒";
    BenchMemory: "Server memory", "服务器内存";
    BenchMemoryText: "{0} MB", "{0} MB";
    BenchDisk: "Disk", "磁盘";
    BenchDiskText: "{0} bytes each", "每笔 {0} 字节";
    BenchBlocks: "Blocks", "区块";
    BenchBlocksText: "{0}, gas {1} each transfer", "{0} 个，每笔 gas {1}";
    BenchUnknown: "not known (see --pid and --dir)", "未知（见 --pid 与 --dir）";
}
