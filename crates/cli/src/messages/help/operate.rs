//! Help for the commands of operators: `qiantang config`, `init`, `genesis`, `start`, `network`.

use super::Help;

pub(super) const HELP: Help = &[
    ("qiantang config", "The configuration of a node", "节点配置"),
    (
        "qiantang config check",
        "Check a configuration and show what holds with the environment",
        "检查配置文件，并显示结合环境变量后的实际取值",
    ),
    (
        "qiantang config default",
        "Print a configuration with every key, its default and what it is for",
        "打印包含全部键、默认值与说明的配置文件",
    ),
    (
        "qiantang config check file",
        "The configuration (TOML)",
        "配置文件（TOML）",
    ),
    (
        "qiantang snapshot",
        "Move a verified state from node to node by file",
        "以文件在节点间迁移经过验证的状态",
    ),
    (
        "qiantang snapshot export",
        "Write the newest certified state of a stopped node to a file",
        "将已停止节点最新的已认证状态写入文件",
    ),
    (
        "qiantang snapshot import",
        "Check a file from the first validators on and begin a node's directory with it",
        "自首批验证者起核验文件，并以其建立节点目录",
    ),
    (
        "qiantang snapshot export file",
        "File to write; it must not exist",
        "要写入的文件；不得已存在",
    ),
    (
        "qiantang snapshot import file",
        "File that `qiantang snapshot export` wrote",
        "`qiantang snapshot export` 写出的文件",
    ),
    (
        "qiantang snapshot export dir",
        "Directory of a stopped node",
        "已停止节点的数据目录",
    ),
    (
        "qiantang snapshot import dir",
        "Directory of a node without a chain",
        "尚无链数据的节点目录",
    ),
    (
        "qiantang doctor",
        "Say why there is no block, and what to do",
        "诊断为何没有新区块，并给出处理办法",
    ),
    (
        "qiantang doctor rpc",
        "A node to ask; may be repeated [http://127.0.0.1:8545]",
        "要询问的节点，可重复 [http://127.0.0.1:8545]",
    ),
    (
        "qiantang init",
        "Make a node's directory: key, configuration and request to join",
        "建立节点目录：密钥、配置与加入申请",
    ),
    (
        "qiantang init dir",
        "The directory; what is there already is never overwritten",
        "目录；已有的文件不会被覆盖",
    ),
    (
        "scheme",
        "Signature scheme of validators: p256 or ed25519 [p256]",
        "验证者签名算法：p256 或 ed25519 [p256]",
    ),
    (
        "qiantang init address",
        "Where other nodes reach this one [this machine's name, port 30545]",
        "其他节点连接本节点的地址 [本机名称，端口 30545]",
    ),
    (
        "qiantang init organisation",
        "Name of the organisation that runs the node",
        "运行该节点的机构名称",
    ),
    (
        "qiantang init kind",
        "Its kind, such as bank, hospital or government",
        "机构类别，例如 bank、hospital 或 government",
    ),
    (
        "qiantang init jurisdiction",
        "Where it is, such as CN-330100",
        "所在辖区，例如 CN-330100",
    ),
    (
        "qiantang init administrator",
        "Account of an administrator; may be repeated",
        "管理员账户，可重复",
    ),
    (
        "encrypt",
        "Encrypt the key with a passphrase (QIANTANG_PASSPHRASE, or asked)",
        "用口令加密密钥（QIANTANG_PASSPHRASE，或在终端询问）",
    ),
    (
        "passphrase_file",
        "File whose first line is the passphrase; the node reads it at each start",
        "首行为口令的文件；节点每次启动时读取",
    ),
    (
        "qiantang genesis",
        "The chain spec on which the members agree before the first block",
        "成员在首个区块前商定的链规格",
    ),
    (
        "qiantang genesis build",
        "Build the chain spec from requests, the same in whatever order they are named",
        "由各方申请构建链规格，结果与申请的顺序无关",
    ),
    (
        "qiantang genesis check",
        "Check that a chain spec holds what a request asks for, and print its anchor",
        "核对链规格是否包含申请的内容，并打印其锚",
    ),
    (
        "requests",
        "Requests that `qiantang init` made",
        "`qiantang init` 生成的申请",
    ),
    (
        "qiantang genesis build name",
        "Name of the chain",
        "链的名称",
    ),
    (
        "chain_id",
        "Chain id of Ethereum tools [from name and validators]",
        "以太坊工具使用的链 ID [由名称与验证者得出]",
    ),
    (
        "qiantang genesis build time",
        "Time of the first block [that of the latest request]",
        "首个区块的时间 [最晚一份申请的时间]",
    ),
    (
        "epoch_length",
        "Blocks of an epoch, in which the validator set does not change [10000]",
        "纪元的区块数，其间验证者集合不变 [10000]",
    ),
    (
        "out",
        "Where to write it [chain.json]",
        "写入的文件 [chain.json]",
    ),
    ("spec", "The chain spec", "链规格"),
    ("request", "The request", "申请"),
    (
        "qiantang start",
        "Run a node of a network until Ctrl-C",
        "运行网络中的节点，直至 Ctrl-C",
    ),
    (
        "config",
        "The node's configuration [config.toml]",
        "节点配置文件 [config.toml]",
    ),
    (
        "qiantang network",
        "A whole network on this machine, each validator a process of its own",
        "在本机运行整个网络，每个验证者为独立进程",
    ),
    (
        "qiantang network new",
        "Make the directories, keys, configurations and chain spec of a network",
        "建立网络的目录、密钥、配置与链规格",
    ),
    (
        "qiantang network start",
        "Start all validators, or those named, and wait for the first block",
        "启动全部或指定的验证者，并等待首个区块",
    ),
    (
        "qiantang network stop",
        "End all validators, or those named, in order",
        "正常停止全部或指定的验证者",
    ),
    (
        "qiantang network status",
        "Show every validator's height, roots, connections, votes, clock and disk, and what is wrong",
        "显示每个验证者的高度、根、连接数、投票、时钟与磁盘，以及存在的问题",
    ),
    (
        "qiantang network kill",
        "End validators at once, as a power cut does",
        "立即结束验证者，如同断电",
    ),
    (
        "qiantang network partition",
        "Cut validators, as a group, off from the others",
        "把一组验证者与其余验证者断开",
    ),
    (
        "qiantang network heal",
        "Let all validators talk to each other again",
        "恢复所有验证者之间的通信",
    ),
    ("dir", "Directory of the network", "网络的目录"),
    (
        "validators",
        "Numbers of validators, from 0",
        "验证者编号，从 0 起",
    ),
    (
        "qiantang network new validators",
        "How many validators, 1 to 100 [4]",
        "验证者数量，1 到 100 [4]",
    ),
    (
        "base_port",
        "Validator i has RPC at port P+i and peers at P+1000+i; 0 takes free ports [8545]",
        "验证者 i 的 RPC 端口为 P+i，节点间端口为 P+1000+i；0 表示取空闲端口 [8545]",
    ),
    (
        "watch",
        "Show it again every second until Ctrl-C",
        "每秒刷新一次，直至 Ctrl-C",
    ),
];
