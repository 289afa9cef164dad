//! What is said about evidence, and the texts of its report.

/// Help texts, as in the table of all.
pub(super) const HELP: &[(&str, &str, &str)] = &[
    (
        "qiantang evidence",
        "Deposit digests of files, prove and check them",
        "文件存证：存入摘要、出证与核验",
    ),
    (
        "qiantang evidence add",
        "Deposit the digest of a file, or of all files of folders in one transaction",
        "存入一个文件的摘要，或用一笔交易存入整个文件夹",
    ),
    (
        "qiantang evidence verify",
        "Check files against a bundle or a report, offline where --anchor is given",
        "用证据包或报告核验文件；给出 --anchor 时离线进行",
    ),
    (
        "qiantang evidence proof",
        "Write the bundle of one file of a folder, which does not name the others",
        "写出文件夹中单个文件的证据包，不透露其他文件名",
    ),
    (
        "qiantang evidence report",
        "Write a report for a court as PDF, with the proof attached",
        "生成供法庭使用的 PDF 报告，附带证明",
    ),
    ("qiantang evidence list", "List deposits", "列出存证"),
    (
        "qiantang evidence show",
        "Show a deposit and its versions",
        "显示一项存证及其各版本",
    ),
    (
        "qiantang evidence withdraw",
        "Mark a deposit as withdrawn; nothing is deleted",
        "将存证标记为撤回；不会删除任何内容",
    ),
    (
        "qiantang evidence erase",
        "Destroy the key of a private deposit and declare it on the chain",
        "销毁私密存证的密钥并在链上声明",
    ),
    ("paths", "Files and folders", "文件与文件夹"),
    ("path", "The file", "文件"),
    (
        "kind",
        "What sort of thing it is, e.g. contract or photo [file]",
        "类别，如合同、照片 [file]",
    ),
    (
        "reference",
        "Your own name for it, e.g. a case number; public for ever, never personal data",
        "自定编号，如案号；永久公开，切勿包含个人信息",
    ),
    (
        "party",
        "Whom it concerns: address, or number of an organisation (may be repeated)",
        "相关方：地址或机构编号（可重复）",
    ),
    (
        "previous",
        "Number of the deposit that this is a new version of",
        "本次为哪项存证的新版本（填编号）",
    ),
    (
        "algorithm",
        "sha256 or sm3 [sha256]",
        "sha256 或 sm3 [sha256]",
    ),
    (
        "private",
        "Deposit a commitment that can be erased, instead of the digest",
        "存入可抹除的承诺，而不是摘要",
    ),
    (
        "skip_unreadable",
        "Leave out files that cannot be read, instead of stopping",
        "跳过无法读取的文件，而不是停止",
    ),
    ("yes", "Do not ask before signing", "签名前不再询问"),
    (
        "qiantang evidence add output",
        "Where to write the bundle [FILE.evidence.json]",
        "证据包写入的文件 [FILE.evidence.json]",
    ),
    (
        "qiantang evidence proof output",
        "Where to write the bundle; - is standard output",
        "证据包写入的文件；- 表示标准输出",
    ),
    (
        "qiantang evidence report output",
        "Where to write the PDF",
        "PDF 写入的文件",
    ),
    (
        "bundle",
        "The evidence bundle, or a report with it; - is standard input",
        "证据包，或附带证据包的报告；- 表示标准输入",
    ),
    (
        "opening",
        "Key file of a private deposit [the bundle's name with .key at the end]",
        "私密存证的密钥文件 [证据包文件名加 .key]",
    ),
    (
        "deposit",
        "Number of the deposit whose bundle is made again",
        "要重新生成证据包的存证编号",
    ),
    (
        "submitter",
        "Those that an account made",
        "某账户提交的存证",
    ),
    (
        "organisation",
        "Those that were made for an organisation (number)",
        "为某机构（编号）提交的存证",
    ),
    ("of", "Those of this file's digest", "此文件摘要的存证"),
    (
        "qiantang evidence list party",
        "Those that name a party: address, or number of an organisation",
        "涉及某相关方（地址或机构编号）的存证",
    ),
    ("limit", "How many at most [100]", "最多列出多少项 [100]"),
    (
        "qiantang evidence show id",
        "Number of the deposit",
        "存证编号",
    ),
    (
        "qiantang evidence withdraw id",
        "Number of the deposit",
        "存证编号",
    ),
    (
        "qiantang evidence erase id",
        "Number of the deposit",
        "存证编号",
    ),
    (
        "qiantang evidence erase opening",
        "Key file to destroy; without it, the key is declared to be destroyed already",
        "要销毁的密钥文件；不填则声明密钥此前已销毁",
    ),
];

crate::messages::sentences! { EvidenceMessage;
    // Adding.
    Hashing: "hashing", "正在计算摘要";
    Searching: "searching files", "正在查找文件";
    NothingFound: "there is no file in {0}", "{0} 中没有文件";
    Unreadable: "{0} of the files cannot be read:\n{1}", "有 {0} 个文件无法读取：\n{1}";
    UnreadableHint:
        "make them readable, or leave them out with --skip-unreadable; nothing was signed",
        "请使其可读，或用 --skip-unreadable 跳过；尚未签名";
    LeftOut: "left out: {0}: {1}", "已跳过：{0}：{1}";
    More: "and {0} more", "另有 {0} 个";
    Link: "a symbolic link, which is not followed", "符号链接，不跟随";
    Special: "neither a file nor a folder", "既不是文件也不是文件夹";
    NotUnicode: "its name is not UTF-8", "文件名不是 UTF-8";
    NameTwice: "two files have the name {0}", "有两个文件同名：{0}";
    NameTwiceHint:
        "add the folders that contain them, or add them separately",
        "请添加包含它们的文件夹，或分别添加";
    TooMany: "{0} files, a deposit holds at most {1}", "共 {0} 个文件，一次存证最多 {1} 个";
    Exists: "{0} exists already", "{0} 已存在";
    ExistsHint: "choose another file with --output", "请用 --output 指定其他文件";
    WhoOrganisation: "Organisation {0} (number {1})", "机构“{0}”（编号 {1}）";
    WhoAccount: "Account {0}, for no organisation,", "账户 {0}（不代表任何机构）";
    SignDocument:
        "{0} deposits the {1} digest {2} of {3}, as \"{4}\"{5}",
        "{0}将文件 {3} 的 {1} 摘要 {2} 作为“{4}”存证{5}";
    SignBatch:
        "{0} deposits {1} files ({2}) as one tree with the root {3}, as \"{4}\"{5}",
        "{0}将 {1} 个文件（{2}）合为一棵树，以根 {3} 作为“{4}”存证{5}";
    SignPrivate:
        "{0} deposits a commitment to {1} that only the key file {2} opens, as \"{3}\"{4}",
        "{0}对 {1} 存入承诺，只有密钥文件 {2} 能够打开，类别“{3}”{4}";
    SignReference: ", reference \"{0}\"", "，编号“{0}”";
    SignPrevious: ", a new version of deposit {0}", "，为存证 {0} 的新版本";
    SignParties: ", concerning {0}", "，涉及 {0}";
    SignWithdraw:
        "{0} withdraws deposit {1}, because: {2}. The deposit and its proof stay",
        "{0}撤回存证 {1}，原因：{2}。存证及其证明仍然保留";
    SignErase:
        "{0} declares deposit {1} erased, and the key file {2} is destroyed for ever",
        "{0}声明存证 {1} 已抹除，密钥文件 {2} 将被永久销毁";
    SignErased:
        "{0} declares that the key of deposit {1} is destroyed already",
        "{0}声明存证 {1} 的密钥已经销毁";
    Depositing: "waiting until the deposit is final", "等待存证最终确认";
    Added: "deposit {0} is final", "存证 {0} 已最终确认";
    Files: "Files", "文件数";
    Digest: "Digest", "摘要";
    Root: "Root", "根";
    Commitment: "Commitment", "承诺";
    Bundle: "Bundle", "证据包";
    KeyFile: "Key file", "密钥文件";
    Block: "Block", "区块";
    AddCheck:
        "check a file anywhere, offline: qiantang evidence verify FILE --bundle {0} --anchor {1}",
        "可在任何地方离线核验：qiantang evidence verify 文件 --bundle {0} --anchor {1}";
    AddPrivate:
        "keep the key file {0}: without it nobody can check the deposit",
        "请保存密钥文件 {0}：缺少它，任何人都无法核验";
    NoBundle:
        "deposit {0} is final, but its bundle could not be written: {1}",
        "存证 {0} 已最终确认，但证据包未能写入：{1}";
    NoBundleHint:
        "qiantang evidence proof PATH... --deposit {0} -o FILE makes it again from the same files",
        "用 qiantang evidence proof 路径… --deposit {0} -o 文件 可由同样的文件重新生成";
    OtherFiles:
        "the files are not what deposit {0} is of: they lead to {1}, it holds {2}",
        "这些文件与存证 {0} 不符：计算得 {1}，存证为 {2}";

    // Checking.
    NotEvidence: "{0}: not proved, at step {1}: {2}", "{0}：未能证明，步骤 {1}：{2}";
    Broken: "the evidence does not hold, at step {0}: {1}", "证据不成立，步骤 {0}：{1}";
    BrokenHint:
        "get the bundle again from its source, and the anchor from a source you trust",
        "请向来源重新索取证据包，并从可信来源获取锚";
    PagesDiffer:
        "the pages of the report are not what this program writes for its attachment: altered, or of another version; believe what is said here, not the pages",
        "报告页面与本程序依附件生成的页面不一致：页面被改动，或由其他版本生成；请以此处结果为准，不要采信页面内容";
    NotOneOf: "it is not one file of the bundle's list", "它不是证据包清单中的单个文件";
    SomeFail: "checked {1}: {0} not as deposited", "已核验 {1} 个：{0} 个与存证不符";
    AllHold: "checked {0}: all as deposited", "已核验 {0} 个：均与存证相符";
    FileHolds: "{0}: is what was deposited", "{0}：与存证相符";
    FileHoldsAs: "{0}: is what was deposited as {1}", "{0}：与存证中的 {1} 相符";
    DepositedBy: "deposit {0}, {1} UTC, block {2}", "存证 {0}，{1} UTC，区块 {2}";
    By: "by {0}", "提交者 {0}";
    ForOrganisation: "for organisation {0} (number {1})", "代表机构 {0}（编号 {1}）";
    ForNobody: "for no organisation", "不代表任何机构";
    ProvedLimit:
        "proved: the digest was presented then, by that account, for that organisation. Not proved: that the content is true, or that nobody had it before",
        "已证明：该摘要于该时间由该账户代表该机构提交。未证明：内容属实，或此前无人持有";
    KeyMissing:
        "the deposit is private and its key file {0} is not there; name it with --opening. If the key was destroyed, nobody can tell what was deposited",
        "该存证为私密存证，找不到其密钥文件 {0}；请用 --opening 指定。如密钥已销毁，任何人都无法判断所存内容";
    KeyWrong: "the key file {0} cannot be used: {1}", "无法使用密钥文件 {0}：{1}";
    NotPdf: "{0} has no evidence in it: {1}", "{0} 中没有证据：{1}";
    NotPdfHint:
        "ask for the report again: the file was changed or damaged on its way, or is another one",
        "请重新索取报告：文件在传递中被改动或损坏，或并非该报告";

    // Showing.
    Deposit: "Deposit {0}", "存证 {0}";
    None: "no deposits", "没有存证";
    Cut: "the list is longer; see --limit", "列表未完；见 --limit";
    Kind: "Kind", "类别";
    Reference: "Reference", "编号";
    Content: "Content", "内容";
    ContentDigest: "one document", "单个文件";
    ContentBatch: "batch of {0} documents", "{0} 个文件的批次";
    ContentCommitment: "private", "私密";
    Algorithm: "Algorithm", "算法";
    Submitter: "Submitter", "提交账户";
    Organisation: "Organisation", "机构";
    Parties: "Parties", "相关方";
    Time: "Time", "时间";
    Versions: "Versions", "版本";
    WithdrawnMark: "WITHDRAWN {0} by {1}: {2}", "已撤回 {0}，{1}：{2}";
    ErasedMark: "ERASED {0}: its key is declared to be destroyed", "已抹除 {0}：已声明其密钥销毁";
    Withdrawn: "deposit {0} is withdrawn", "存证 {0} 已撤回";
    Erased: "deposit {0} is erased, the key is destroyed", "存证 {0} 已抹除，密钥已销毁";
    ErasedKeyLeft:
        "deposit {0} is declared erased, but the key file {1} could not be destroyed: {2}",
        "存证 {0} 已声明抹除，但密钥文件 {1} 未能销毁：{2}";
    ErasedKeyLeftHint: "destroy the file by hand", "请手动销毁该文件";
    OtherKey: "the key file {0} is of another deposit", "密钥文件 {0} 属于其他存证";
    PartyInvalid: "`{0}` is neither an address nor a number of an organisation", "`{0}` 既不是地址也不是机构编号";
    LookupMissing:
        "name one: --submitter, --organisation, --party or --of",
        "请指定其一：--submitter、--organisation、--party 或 --of";

    // What the module says.
    DigestLength: "a digest has 32 bytes, not {0}", "摘要应为 32 字节，而不是 {0}";
    DigestZero: "a digest is not all zeros", "摘要不能全为零";
    AlgorithmMissing: "the algorithm is not named", "未指明算法";
    LeafCount: "a tree has 1 to 4294967296 leaves, not {0}", "树应有 1 到 4294967296 个叶，而不是 {0}";
    KindMissing: "the kind is empty", "类别为空";
    ControlCharacter: "{0} has a control character", "{0} 含有控制字符";
    InvalidParty: "party {0} is zero, or named twice", "相关方 {0} 为零地址或重复";
    UnknownDeposit: "there is no deposit {0}", "没有存证 {0}";
    NotOwner: "deposit {0} belongs to {1}, and {2} does not act for it", "存证 {0} 属于 {1}，{2} 无权代表";
    Superseded: "deposit {0} has a newer version: {1}", "存证 {0} 已有新版本：{1}";
    AlreadyWithdrawn: "deposit {0} was withdrawn before", "存证 {0} 此前已撤回";
    ReasonMissing: "a withdrawal needs a reason", "撤回必须说明原因";
    NotCommitment: "deposit {0} is not private: it cannot be erased", "存证 {0} 不是私密存证，无法抹除";
    AlreadyErased: "deposit {0} was erased before", "存证 {0} 此前已抹除";
    InvalidCursor: "{0} is no cursor of this list", "{0} 不是该列表的游标";

    // The report.
    ReportWritten: "report written: {0} ({1} bytes)", "报告已写入：{0}（{1} 字节）";
    ReportFailed: "the report cannot be made: {0}", "无法生成报告：{0}";
    ReportTitle: "Report on Deposited Evidence", "电子数据存证报告";
    ReportIntro:
        "This report says in words what the attached file evidence.json proves. Anybody can check the proof with the steps below, offline, without trusting who presents the report. What counts is what that check says, not the words on these pages.",
        "本报告以文字说明所附文件 evidence.json 证明的事实。任何人都可按下文步骤离线核验，无须信任出示报告的人。以核验结果为准，不以本页文字为准。";
    ReportFacts: "Facts that the proof proves", "证明所证实的事实";
    ReportNumber: "Deposit number", "存证编号";
    ReportTime: "Time of the block", "存证时间（区块时间）";
    ReportTimeBoth: "{0} UTC ({1} UTC+8)", "{1}（北京时间，UTC+8），即 {0} UTC";
    ReportSubmitter: "Submitting account", "提交账户";
    ReportSender: "Signer of the transaction", "交易签名账户";
    ReportOrganisation: "On behalf of organisation", "所代表的机构";
    ReportOrganisationText: "{0} (number {1} on this chain)", "{0}（本链编号 {1}）";
    ReportPrevious: "New version of deposit", "所更新的存证编号";
    ReportTransaction: "Transaction", "交易哈希";
    ReportBlock: "Block", "所在区块";
    ReportChain: "Chain number (EIP-155)", "链编号（EIP-155）";
    ReportGenesis: "Genesis block of the chain", "创世区块";
    ReportSigners: "Validators that signed", "签名的验证者";
    ReportSignersText: "{0} of {1}", "{1} 个中的 {0} 个";
    ReportSetChanges: "Changes of the validator set before, proved", "此前验证者集合的变更次数（已证明）";
    ReportAnchor: "Anchor (fingerprint of the chain)", "锚（链指纹）";
    ReportFiles: "Files of the deposit ({0})", "存证所含文件（{0} 个）";
    ReportFilesMore:
        "The other {0} are in the attachment, which proves each of them.",
        "其余 {0} 个文件列于附件，附件可逐一证明。";
    ReportFilesOne:
        "The deposit is of one document. Its digest is stated above; names are no part of it.",
        "本存证为单个文件，其摘要见上文；文件名不属于存证内容。";
    ReportSteps: "How anybody checks it", "任何人如何核验";
    ReportStep1:
        "Get the anchor of the chain from a source that is independent of who presents this report, such as a member organisation of the chain or its public announcement, and compare it with the one above. Everything else follows from it.",
        "从独立于报告出示人的来源（如链上成员机构或其公开公告）取得该链的锚，并与上文所载逐字比对。其余一切由此推出。";
    ReportStep2:
        "Get the program qiantang (open source) and the original file. Run, without a network connection: qiantang evidence verify FILE --bundle THIS.pdf --anchor {0}",
        "取得开源程序 qiantang 与原始文件，断网运行：qiantang evidence verify 文件 --bundle 本报告.pdf --anchor {0}";
    ReportStep3:
        "The program hashes the file with {0}; looks the digest up in the list; computes the root of the tree (RFC 6962, SHA-256); finds it in the log of the deposit; follows the Merkle paths of receipt and transaction to the block; checks that a quorum of the chain's validators signed the block; and compares the fingerprint of these validators with the anchor. One changed byte of the file, the list or the proof makes it fail, and it names the step.",
        "程序用 {0} 计算文件摘要；在清单中查找该摘要；计算树根（RFC 6962，SHA-256）；在存证日志中核对；沿收据与交易的默克尔路径核对到区块；核验达到法定数量的验证者签名；将验证者集合的指纹与锚比对。文件、清单或证明有任何一个字节改变，核验即失败，并指明失败的步骤。";
    ReportStep4:
        "An expert can do the same with other tools: the formats are documented, and every hash and signature is of a public standard (SHA-256, SM3, ECDSA on P-256, Keccak-256).",
        "鉴定人可用其他工具完成同样的核验：各项格式均有文档，所用哈希与签名均为公开标准（SHA-256、SM3、P-256 上的 ECDSA、Keccak-256）。";
    ReportStep5:
        "Whether the deposit was withdrawn or continued since, only the chain of today can say: qiantang evidence show {0}",
        "此后该存证是否被撤回或更新，须查询当前的链：qiantang evidence show {0}";
    ReportLimits: "What the proof does not prove", "本证明不能证明的事项";
    ReportLimit1:
        "That the content of the file is true, complete or lawful.",
        "文件内容属实、完整或合法。";
    ReportLimit2:
        "That the submitter made the file, or was the first to have it. The file existed at the latest at the time above.",
        "提交者是文件的作者，或最早持有该文件。所证明的是：该文件最迟在上述时间已经存在。";
    ReportLimit3:
        "Which natural person used the account. The chain proves that the account's key signed and, where an organisation is named, that it had given that account the right to submit; who held the key is for the organisation to show.",
        "由哪一自然人使用该账户。链上证明的是：该账户的密钥进行了签名；如载明机构，则该机构已授予该账户提交权限；密钥由谁持有，须由该机构举证。";
    ReportAttachment: "Attachment", "附件";
    ReportAttachmentText:
        "evidence.json, {0} bytes, SHA-256 {1}. Every PDF program shows it in the list of attachments.",
        "evidence.json，{0} 字节，SHA-256 为 {1}。各种 PDF 软件均可在附件列表中查看。";
    ReportEscapes:
        "Characters that the fonts of this report lack are written as \\u and their number.",
        "本报告字体所缺的字符以 \\u 加编码表示。";
    ReportPage: "deposit {0}, page {1} of {2}", "存证 {0}，第 {1} 页，共 {2} 页";
}
