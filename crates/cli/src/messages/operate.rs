//! What is said to those who run nodes: keys, requests, chain specs, starts and networks.

crate::messages::sentences! { OperateMessage;
    // init.
    InitDone: "{0} is ready", "{0} 已就绪";
    InitKey: "Key", "密钥";
    InitPublicKey: "Public key", "公钥";
    InitAddress: "Address", "地址";
    InitConfig: "Configuration", "配置";
    InitRequest: "Request", "申请";
    InitNext:
        "send {0} to whoever builds the chain spec; keep {1} secret and back it up",
        "请把 {0} 发给构建链规格的一方；{1} 须保密并备份";
    InitOrganisation:
        "--organisation needs --kind, --jurisdiction and at least one --administrator",
        "--organisation 需要 --kind、--jurisdiction 和至少一个 --administrator";
    FileExists: "{0} is there already", "{0} 已存在";
    FileExistsHint: "choose another directory, or remove it first", "请选择其他目录，或先将其删除";

    // Keys of nodes.
    KeyFile: "cannot {0} {1}: {2}", "无法处理（{0}）{1}：{2}";
    KeyFileHint: "`qiantang init` makes a key; check key.file", "`qiantang init` 可生成密钥；请检查 key.file";
    KeyExposed: "others may read {0} (mode {1})", "{0} 可被他人读取（权限 {1}）";
    KeyExposedHint: "run: chmod 600 {0}", "请执行：chmod 600 {0}";
    KeyDamaged: "{0} holds no validator key: {1}", "{0} 中没有验证者密钥：{1}";
    KeyDamagedHint: "restore it from its backup", "请从备份恢复";
    KeyPassphrase: "the passphrase does not open {0}", "口令无法打开 {0}";
    KeyPassphraseHint:
        "it is taken from key.passphrase_file, otherwise from QIANTANG_PASSPHRASE, otherwise from the terminal",
        "口令依次取自 key.passphrase_file、环境变量 QIANTANG_PASSPHRASE、终端输入";
    KeyPassphraseMissing:
        "{0} is encrypted, and there is no terminal to ask for its passphrase",
        "{0} 已加密，但没有可以询问口令的终端";
    KeyPassphraseMissingHint:
        "set key.passphrase_file in the configuration, or QIANTANG_PASSPHRASE",
        "请在配置中设置 key.passphrase_file，或设置环境变量 QIANTANG_PASSPHRASE";
    KeyRandom: "the system gives no random numbers: {0}", "系统无法提供随机数：{0}";
    KeyScheme: "the key in {0} is of {1}, the chain's validators use {2}", "{0} 中的密钥属于 {1}，而该链验证者使用 {2}";
    KeySchemeHint: "`qiantang init --scheme {0}` makes one that fits", "`qiantang init --scheme {0}` 可生成相符的密钥";

    // genesis.
    SpecBuilt: "{0} describes chain {1}", "{0} 描述链 {1}";
    SpecName: "Name", "名称";
    SpecChainId: "Chain id", "链 ID";
    SpecAnchor: "Anchor", "锚";
    SpecValidators: "Validators", "验证者";
    SpecOrganisations: "Organisations", "机构";
    SpecScheme: "Scheme", "签名算法";
    SpecCompare:
        "every member runs `qiantang genesis check {0} REQUEST` and compares the anchor",
        "每个成员执行 `qiantang genesis check {0} 申请文件` 并核对锚";
    SpecHolds: "{0} holds what {1} asks for", "{0} 包含 {1} 所申请的内容";
    SpecLacks: "{0} does not hold what {1} asks for: {2}", "{0} 不包含 {1} 所申请的内容：{2}";
    SpecLacksHint:
        "do not start with this chain spec; ask whoever built it",
        "请勿使用该链规格启动；请询问构建方";
    LacksScheme: "the chain has another signature scheme", "链的签名算法不同";
    LacksValidator: "the key is no validator", "该密钥不是验证者";
    LacksAddress: "the validator has another address", "验证者的地址不同";
    LacksOrganisation: "the organisation is no member", "该机构不是成员";
    LacksKind: "the member has another kind", "成员类别不同";
    LacksJurisdiction: "the member has another jurisdiction", "成员辖区不同";
    LacksAdministrators: "the member has other administrators", "成员的管理员不同";
    LacksOwner: "the validator is not the member's", "验证者不属于该成员";
    RequestFile: "{0}: {1}", "{0}：{1}";
    RequestInvalid: "{0} is no valid request to join: {1}", "{0} 不是有效的加入申请：{1}";
    RequestInvalidHint: "ask its sender for another one", "请向发送方索取新的申请";
    RequestsNone: "no request", "没有申请";
    ConflictKey: "{0} and {1} have the same key", "{0} 与 {1} 的密钥相同";
    ConflictAddress: "{0} and {1} have the same address", "{0} 与 {1} 的地址相同";
    ConflictScheme: "{0} and {1} have keys of different schemes", "{0} 与 {1} 的密钥算法不同";
    ConflictAdministrator:
        "{0} and {1} name the same account as administrator of different organisations",
        "{0} 与 {1} 把同一账户列为不同机构的管理员";
    ConflictOrganisation: "{0} and {1} describe the same organisation differently", "{0} 与 {1} 对同一机构的描述不同";
    ConflictHint: "ask their senders which one holds", "请向发送方确认以哪一份为准";
    NameMissing: "the chain's name is empty", "链的名称为空";

    // start.
    SpecMissing: "there is no chain spec at {0}", "{0} 处没有链规格";
    SpecMissingHint:
        "get chain.json from the member who built it, and compare the anchor that `qiantang genesis check` prints",
        "请向构建方索取 chain.json，并核对 `qiantang genesis check` 打印的锚";
    ListenFailed: "cannot listen at {0}: {1}", "无法监听 {0}：{1}";
    ListenFailedHint: "stop what uses the port, or change {0}", "请停止占用该端口的程序，或修改 {0}";
    StartReady: "{0} of chain {1} is ready", "链 {1} 的{0}已就绪";
    RoleValidator: "validator", "验证者";
    RoleFollower: "follower", "跟随者";
    StartP2p: "Peers", "节点间地址";
    SnapshotExporting: "copying and checking the state", "正在复制并检查状态";
    SnapshotExported: "the state is in the file", "状态已写入文件";
    SnapshotImporting: "checking the snapshot", "正在核验快照";
    SnapshotImported:
        "the snapshot is in place; compare the anchor, then start the node",
        "快照已就位；请核对锚，然后启动节点";
    SnapshotHeight: "Block", "区块";
    SnapshotBytes: "Bytes", "字节";
    Joining: "taking over the newest state", "正在接收最新状态";
    Partitioned: "cut off from {0} peers on purpose", "已按要求与 {0} 个节点断开";
}
