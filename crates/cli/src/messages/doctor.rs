//! What `qiantang doctor` says: what it found, and what to do.

crate::messages::sentences! { DoctorMessage;
    Stop: "stop", "停摆";
    Warning: "warning", "警告";
    Note: "note", "说明";
    Line: "{0}: {1}", "{0}：{1}";
    NoAnswerIn: "nothing within {0} s", "{0} 秒内没有应答";

    Moves: "the chain makes blocks: block {0} came {1} ago", "链在出块：区块 {0}，{1} 前";
    Stands: "the chain stands: no block since {0} ({1}); the last one is block {2}", "链已停止出块：自 {0} 起（{1}）没有新区块，最后一个是区块 {2}";
    StandsSinceStart:
        "the chain stands: no block since the node started at {0} ({1} ago); the last one is block {2}",
        "链已停止出块：节点自 {0} 启动以来（{1}）没有新区块，最后一个是区块 {2}";
    StandsHint:
        "what is final is safe; the chain goes on by itself as soon as what is named below is repaired",
        "已最终确认的数据不受影响；排除以下原因后，链会自行恢复出块";
    JustStarted: "the node started {0} ago and took over no block yet", "节点 {0} 前启动，尚未接收区块";
    JustStartedHint: "ask again in a few seconds", "请几秒后再查";
    Unreachable: "no answer from {0}: {1}", "{0} 没有应答：{1}";
    UnreachableHint:
        "is its process running? `qiantang start --config FILE` starts a node of a network, `qiantang dev` a development chain; the address is `rpc.listen` in its configuration",
        "进程是否在运行？网络节点用 `qiantang start --config FILE` 启动，开发链用 `qiantang dev` 启动；地址即其配置中的 `rpc.listen`";
    Fault: "{0} does not work: {1}", "{0} 无法工作：{1}";
    FaultHint:
        "stop it and start it again; if its files are damaged, `qiantang replay --dir DIR --repair` rebuilds them",
        "请停止后重新启动；若数据文件损坏，用 `qiantang replay --dir DIR --repair` 重建";
    NodeStands: "{0} takes over no block: it is at block {1}, others are {2} ahead", "{0} 没有接收新区块：停在区块 {1}，其他节点领先 {2} 个区块";
    NodeStandsHint:
        "the chain itself goes on. Look at this node's log and connections; after a restart it catches up by itself",
        "链本身在正常运行。请查看该节点的日志和连接；重启后它会自行追上";

    Votes: "{0} of {1} validators vote, a block needs {2}", "{1} 个验证者中有 {0} 个在投票，出块需要 {2} 个";
    VotesShort: "bring {0} more of the validators named here back", "请使以下验证者中至少 {0} 个恢复投票";
    VotesLast: "if one more stops voting, the chain stands", "再有一个停止投票，链就会停止出块";
    VotesFew: "the chain goes on as long as {0} vote", "只要有 {0} 个投票，链就能继续出块";
    VotesUnseen: "it is not known who votes: followers see no votes", "无法得知谁在投票：跟随者看不到投票";
    VotesUnseenHint: "name a validator's node with --rpc URL", "请用 --rpc URL 指定一个验证者节点";
    VotesSplit:
        "the validators do not reach each other: no node that was asked gets the votes of more than {0}, and a block needs {1}",
        "验证者之间无法连通：所查节点最多收到 {0} 个验证者的投票，而出块需要 {1} 个";
    VotesSplitHint: "repair the connections named below", "请修复以下连接";
    MissingUnheard: "no vote from {0}: it was never heard", "没有 {0} 的投票：从未收到过它的消息";
    MissingUnheardHint:
        "is its process running, and can its address and port be reached from here? `qiantang governance validators` shows where it listens",
        "其进程是否在运行？从本机能否连到其地址和端口？`qiantang governance validators` 显示其监听地址";
    MissingSilent: "no vote from {0}: silent for {1}", "没有 {0} 的投票：已失联 {1}";
    MissingSilentHint:
        "its process has ended or its network is cut: start it again with `qiantang start`, or repair the connection",
        "其进程已退出或网络中断：请用 `qiantang start` 重新启动，或修复网络";
    MissingAtHint:
        "is its process running (`qiantang start`), and can {0} be reached from the other validators?",
        "其进程是否在运行（`qiantang start`）？其他验证者能否连到 {0}？";
    MissingLocalHint:
        "start it again: `qiantang network start DIR`; if it is cut off: `qiantang network heal DIR`",
        "请重新启动：`qiantang network start DIR`；若被断开：`qiantang network heal DIR`";
    MissingBehind: "no vote from {0}: it is at block {1}, {2} behind", "没有 {0} 的投票：它停在区块 {1}，落后 {2} 个区块";
    BehindHint:
        "it catches up by itself; if it does not come closer, look at its log, its disk and its connection",
        "它会自行追上；若差距不缩小，请查看其日志、磁盘和网络";
    MissingMute: "no vote from {0}, although it is there", "没有 {0} 的投票，但它在线";
    MissingMuteSince: "no vote from {0} for {1}, although it is there", "{1} 没有收到 {0} 的投票，但它在线";
    MissingMuteHint: "look at its log and its clock, and start it again", "请查看其日志和时钟，并重新启动";

    Isolated: "{0} hears no other node", "{0} 收不到任何其他节点的消息";
    IsolatedHint:
        "check its network, that `p2p.listen` is open in the firewall, and the others' addresses (`qiantang governance validators`, `p2p.bootstrap`)",
        "请检查其网络、防火墙是否放行 `p2p.listen`，以及其他节点的地址（`qiantang governance validators`、`p2p.bootstrap`）";
    NeverHeard: "{0} never heard {1}", "{0} 从未收到 {1} 的消息";
    Silent: "{0} has not heard {1} for {2}", "{0} 已有 {2} 未收到 {1} 的消息";
    ConnectionHint:
        "the two do not reach each other: check addresses and firewalls on both sides",
        "两者之间无法连通：请检查双方的地址和防火墙";
    FollowerGoneHint: "a follower that was stopped; it is not needed for blocks", "跟随者可能已停止；出块不需要它";

    ClockAhead: "the clock of {0} is {1} ms ahead of the others", "{0} 的时钟比其他节点快 {1} 毫秒";
    ClockAheadHint:
        "others wait before they vote for its blocks. Set its clock by NTP (`chronyc tracking`)",
        "其他节点要等待之后才为它的区块投票。请用 NTP 校准其时钟（`chronyc tracking`）";
    ClockBehind: "the clock of {0} is {1} ms behind the others", "{0} 的时钟比其他节点慢 {1} 毫秒";
    ClockBehindHint:
        "it waits before it votes for the blocks of others. Set its clock by NTP (`chronyc tracking`)",
        "它要等待之后才为其他节点的区块投票。请用 NTP 校准其时钟（`chronyc tracking`）";
    ClocksApart: "the clock of {0} is {2} ms ahead of that of {1}", "{0} 的时钟比 {1} 快 {2} 毫秒";
    ClocksApartHint:
        "which of the two is off is not known. Set both by NTP (`chronyc tracking`): blocks wait for the slower one",
        "无法判断哪一个不准。请用 NTP 校准两者（`chronyc tracking`）：区块要等较慢的时钟";

    SlowDisk: "the disk of {0} took {1} ms for a block", "{0} 的磁盘写入一个区块用了 {1} 毫秒";
    SlowDiskHint:
        "above 100 ms it slows every block that needs its vote: look for other load on the disk (`iostat -x 1`), or use a faster one",
        "超过 100 毫秒会拖慢需要其投票的每个区块：请检查磁盘上的其他负载（`iostat -x 1`），或更换更快的磁盘";
    DiskFull: "the disk of {0} has {1} MB left", "{0} 的磁盘仅剩 {1} MB";
    DiskFullHint: "make room: below 256 MB the node stops", "请清理空间：低于 256 MB 时节点会停止";
    Versions: "most run version {0}; {1}", "多数节点运行版本 {0}；{1}";
    VersionOf: "{0} runs {1}", "{0} 运行 {1}";
    Join: ", ", "，";
    VersionsHint:
        "install the same version on all nodes; blocks that two versions execute differently get no votes",
        "请在所有节点安装同一版本；不同版本执行结果不一致的区块得不到投票";
    Behind: "{0} is at block {1}, {2} behind", "{0} 在区块 {1}，落后 {2} 个区块";
    PoolFull: "the pool of {0} is full: {1} transactions, {2} MB", "{0} 的交易池已满：{1} 笔交易，{2} MB";
    PoolFullHint:
        "it refuses new ones until blocks take these; look who sends so many",
        "在区块取走这些交易之前会拒绝新交易；请查看是谁在大量发送";
    Follower: "{0} is a follower: it checks every block and does not vote", "{0} 是跟随者：核验每个区块，但不投票";
    Unexplained: "enough validators vote, and yet there is no block", "投票的验证者足够，却没有新区块";
    UnexplainedHint:
        "look at the validators' logs for blocks that they refused; if their roots differ, stop the nodes one at a time and run `qiantang replay --dir DIR` on each to see which one is wrong",
        "请查看验证者日志中被拒绝的区块；若根不一致，逐个停止节点并运行 `qiantang replay --dir DIR`，找出出错的节点";
    ValidatorOf: "{0} [{1}]", "{0} [{1}]";
    Key: "the node with key {0}", "公钥为 {0} 的节点";
}
