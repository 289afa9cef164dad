//! What is said about a network on this machine.

crate::messages::sentences! { NetworkMessage;
    None: "{0} holds no network", "{0} 中没有网络";
    NoneHint: "make one with `qiantang network new DIR`", "可用 `qiantang network new DIR` 建立";
    NoMember: "{0} has no validator {1}; the last is {2}", "{0} 中没有验证者 {1}，最后一个是 {2}";
    Made: "{0} holds a network of chain {1}", "{0} 中已建立链 {1} 的网络";
    NewNext: "start it with: qiantang network start {0}", "启动：qiantang network start {0}";
    NoPorts: "no free ports on this machine", "本机没有空闲端口";
    PortsTooHigh:
        "from port {0}, {1} validators do not fit below 65536: the ports for peers are 1000 higher",
        "从端口 {0} 起，{1} 个验证者超出 65535：节点间端口再高 1000";
    NotStarted: "{0} did not start: {1}", "{0} 未能启动：{1}";
    SeeLog: "its log is {0}", "日志在 {0}";
    Slow: "it does not serve after {0} s", "{0} 秒后仍未提供服务";
    NoBlock: "{0} stays at block {1} for {2} s", "{0} 停在区块 {1} 已 {2} 秒";
    NoBlockHint: "look at `qiantang network status` and the logs", "请查看 `qiantang network status` 与日志";
    NotSignalled: "{0} (process {1}) cannot be told: {2}", "无法通知 {0}（进程 {1}）：{2}";
    NotEnded: "{0} (process {1}) has not ended after {2} s", "{0}（进程 {1}）在 {2} 秒后仍未结束";
    NotEndedHint: "`qiantang network kill` ends it at once; nothing finalized is lost", "`qiantang network kill` 可立即结束；已最终确认的数据不会丢失";
    NoneRuns: "none was running", "没有正在运行的验证者";
    Ended: "ended: {0}", "已结束：{0}";
    Cut: "cut off from the others: {0}", "已与其余验证者断开：{0}";
    Healed: "all may talk to each other", "所有验证者恢复互通";
    NoFaults: "{0} does not let faults be injected", "{0} 不允许注入故障";
    NoFaultsHint: "set `inject = true` in its section [faults], never on a chain that matters", "请在其 [faults] 节中设置 `inject = true`；正式链上切勿如此";
    Title: "{0}, chain {1}, in {2}", "{0}，链 {1}，目录 {2}";
    ColumnName: "name", "名称";
    ColumnProcess: "process", "进程";
    ColumnHeight: "height", "高度";
    ColumnPeers: "peers", "连接";
    ColumnVote: "last vote", "最近投票";
    ColumnClock: "clock", "时钟";
    ColumnDisk: "disk", "磁盘";
    ColumnVersion: "version", "版本";
    ColumnBlock: "block", "区块";
    ColumnState: "state root", "状态根";
    ColumnRpc: "RPC", "RPC 地址";
    Down: "down", "未运行";
}
