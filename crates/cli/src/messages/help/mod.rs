//! Help texts: command or argument, English, Chinese.

mod approvals;
mod governance;
mod identity;
mod operate;
mod policy;
mod schedule;

use super::Lang;
use clap::{Arg, ArgAction, Command};

/// Key, English, Chinese.
type Help = &'static [(&'static str, &'static str, &'static str)];

/// Texts by the command's path, or by the argument's name with its command's path in front where it
/// means something special there.
const HELP: Help = &[
    (
        "qiantang",
        "A ledger for a city: run it, record on it, prove and check",
        "城市级联盟链账本：运行、记录、证明与核验",
    ),
    (
        "qiantang dev",
        "Run a development chain on this machine",
        "在本机运行开发链",
    ),
    ("qiantang keys", "Make and list keys", "生成与查看密钥"),
    (
        "qiantang keys new",
        "Make a key, encrypted with a passphrase",
        "生成用口令加密的密钥",
    ),
    ("qiantang keys list", "List the keys", "列出密钥"),
    (
        "qiantang keys show",
        "Show a key's address and file",
        "显示密钥的地址和文件",
    ),
    (
        "qiantang trace",
        "The journey of goods (GS1 EPCIS 2.0)",
        "商品追溯（GS1 EPCIS 2.0）",
    ),
    (
        "qiantang trace capture",
        "Record EPCIS documents",
        "记录 EPCIS 文件",
    ),
    (
        "qiantang trace register",
        "Let the account speak for a party id",
        "让账户代表一个参与方标识",
    ),
    (
        "qiantang trace show",
        "Show an item and its journey",
        "显示物品及其履历",
    ),
    (
        "qiantang trace lineage",
        "Show what an item came from and where it went",
        "显示物品的来源与去向",
    ),
    (
        "qiantang trace recall",
        "Recall an item or a lot with everything that came from it",
        "召回物品或批次及由其产生的一切",
    ),
    (
        "qiantang trace verify",
        "Show an item's journey with every event proved",
        "显示履历并核验每个事件的证明",
    ),
    ("qiantang proof", "Get and check proofs", "获取与核验证明"),
    (
        "qiantang proof get",
        "Get the proof of a transaction, a log, a storage slot or a range of the registry",
        "获取交易、日志、存储槽或登记簿区间的证明",
    ),
    (
        "qiantang proof verify",
        "Check a proof offline",
        "离线核验证明",
    ),
    ("qiantang bench", "Measure a node", "测量节点性能"),
    (
        "qiantang bench transfers",
        "Measure ERC-20 transfers over JSON-RPC on any Ethereum node",
        "在任意以太坊节点上测量经 JSON-RPC 的 ERC-20 转账",
    ),
    (
        "qiantang replay",
        "Rebuild every database from the blocks and compare every root",
        "由区块重建全部数据库并比较每个根",
    ),
    ("help", "Show this help", "显示帮助"),
    ("version", "Show the version", "显示版本"),
    ("json", "Data as JSON", "以 JSON 输出数据"),
    (
        "lang",
        "Language of texts (from LANG otherwise)",
        "文字语言（默认取自 LANG）",
    ),
    (
        "qiantang dev dir",
        "Keep the chain in this directory (otherwise in a temporary one)",
        "把链保存在此目录（否则使用临时目录）",
    ),
    (
        "http",
        "Address of JSON-RPC; port 0 lets the system choose [127.0.0.1:8545]",
        "JSON-RPC 地址；端口 0 由系统选择 [127.0.0.1:8545]",
    ),
    (
        "heartbeat",
        "Longest time between blocks of an idle chain [1s]",
        "空闲链的最长出块间隔 [1s]",
    ),
    (
        "fresh",
        "Delete the directory's chain first",
        "先删除目录中的旧链",
    ),
    (
        "trace_strict",
        "Let Trace refuse goods that enter mid-journey (new chains only)",
        "让追溯模块拒绝中途上链的商品（仅新链）",
    ),
    (
        "time",
        "Let the chain's time begin at a date, such as 2025-01-01 or 2025-01-01T09:00:00Z",
        "让链的时间从某日开始，例如 2025-01-01 或 2025-01-01T09:00:00Z",
    ),
    (
        "time_factor",
        "Let the chain's time pass N times faster, for trials of deadlines and schedules [1]",
        "让链的时间加快 N 倍，用于试验期限与定时任务 [1]",
    ),
    (
        "repair",
        "Put the rebuilt databases in the place of those that are there",
        "用重建的数据库替换现有数据库",
    ),
    ("name", "Name of the key [default]", "密钥名称 [default]"),
    (
        "passphrase",
        "Passphrase of the key file (better: QIANTANG_PASSPHRASE)",
        "密钥文件的口令（建议用 QIANTANG_PASSPHRASE）",
    ),
    (
        "key",
        "Key: name, file, private key in hex, or dev:0 to dev:9 [dev:0 on the development chain]",
        "密钥：名称、文件、十六进制私钥，或 dev:0 到 dev:9 [开发链默认 dev:0]",
    ),
    (
        "rpc",
        "The node [http://127.0.0.1:8545]",
        "节点地址 [http://127.0.0.1:8545]",
    ),
    (
        "files",
        "EPCIS documents or single events (JSON-LD); - is standard input",
        "EPCIS 文件或单个事件（JSON-LD）；- 表示标准输入",
    ),
    (
        "parties",
        "Party ids: PGLN, SGLN or another URI",
        "参与方标识：PGLN、SGLN 或其他 URI",
    ),
    (
        "id",
        "EPC, lot or class, as URN or GS1 Digital Link",
        "EPC、批次或类别，URN 或 GS1 Digital Link 形式",
    ),
    ("reason", "Why", "原因"),
    (
        "anchor",
        "The chain's fingerprint from a source you trust",
        "来自可信来源的链指纹（锚）",
    ),
    (
        "tx",
        "Prove that this transaction is in a block",
        "证明此交易已入块",
    ),
    (
        "log",
        "With --tx: prove this log of its receipt, from 0",
        "与 --tx 同用：证明其收据中的第 N 条日志（从 0 起）",
    ),
    (
        "slot",
        "Prove the present value of a storage slot",
        "证明存储槽的当前值",
    ),
    (
        "registry",
        "Prove all entries of the registry between two slots, both included",
        "证明登记簿中两个槽之间（含两端）的全部登记项",
    ),
    (
        "output",
        "Where to write the proof; - is standard output",
        "证明写入的文件；- 表示标准输出",
    ),
    (
        "binary",
        "Write the compact binary form",
        "写成紧凑的二进制形式",
    ),
    (
        "file",
        "The proof, as JSON or binary; - is standard input",
        "证明文件，JSON 或二进制；- 表示标准输入",
    ),
    (
        "transactions",
        "Transfers in all [50000]",
        "转账总数 [50000]",
    ),
    ("accounts", "Senders [80]", "发送方数量 [80]"),
    (
        "recipients",
        "Accounts that receive, all holding the token before [1000]",
        "接收方数量，事先均持有代币 [1000]",
    ),
    ("connections", "Connections [8]", "连接数 [8]"),
    (
        "batch",
        "Transfers in one request [100]",
        "每个请求的转账数 [100]",
    ),
    (
        "prefill",
        "Make this many accounts with balance first",
        "先创建这么多有余额的账户",
    ),
    (
        "window",
        "Transfers that may be sent and not yet final [20000]",
        "已发送但未最终确认的转账上限 [20000]",
    ),
    (
        "pid",
        "The node's process, for CPU and memory (a qiantang node tells it)",
        "节点进程号，用于统计 CPU 与内存（qiantang 节点会自行告知）",
    ),
    (
        "qiantang bench transfers dir",
        "The node's directory, for bytes on disk",
        "节点数据目录，用于统计磁盘字节",
    ),
    (
        "qiantang replay dir",
        "Directory of a stopped node",
        "已停止节点的数据目录",
    ),
];

struct Words {
    usage: &'static str,
    commands: &'static str,
    arguments: &'static str,
    options: &'static str,
}

const fn words(lang: Lang) -> Words {
    match lang {
        Lang::En => Words {
            usage: "Usage",
            commands: "Commands",
            arguments: "Arguments",
            options: "Options",
        },
        Lang::Zh => Words {
            usage: "用法",
            commands: "命令",
            arguments: "参数",
            options: "选项",
        },
    }
}

fn lookup(key: &str, lang: Lang) -> Option<&'static str> {
    let tables = [
        HELP,
        super::evidence::HELP,
        identity::HELP,
        governance::HELP,
        policy::HELP,
        schedule::HELP,
        operate::HELP,
        approvals::HELP,
    ];
    let mut all = tables.into_iter().flatten();
    let (_, en, zh) = all.find(|(found, ..)| *found == key)?;
    Some(match lang {
        Lang::En => en,
        Lang::Zh => zh,
    })
}

/// Gives a command and everything below it the texts of a language.
pub(crate) fn localise(command: Command, lang: Lang) -> Command {
    let name = command.get_name().to_owned();
    localise_at(command, &name, lang)
}

fn localise_at(command: Command, path: &str, lang: Lang) -> Command {
    let words = words(lang);
    let template = format!("{{about}}\n\n{}: {{usage}}\n\n{{all-args}}", words.usage);
    let text = |key: &str| lookup(key, lang).unwrap_or_default();
    let flag = |id: &'static str, short: char, action: ArgAction| {
        Arg::new(id).long(id).short(short).action(action)
    };
    let mut command = command
        .about(text(path))
        .help_template(template)
        .subcommand_help_heading(words.commands)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(flag("help", 'h', ArgAction::Help));
    if !path.contains(' ') {
        command = command.arg(flag("version", 'V', ArgAction::Version));
    }
    command
        .mut_args(|arg| {
            let id = arg.get_id().as_str().to_owned();
            let help = lookup(&format!("{path} {id}"), lang).unwrap_or_else(|| text(&id));
            let heading = if arg.is_positional() {
                words.arguments
            } else {
                words.options
            };
            let arg = arg.help(help).help_heading(heading);
            if !arg.get_action().takes_values() {
                return arg;
            }
            arg.hide_default_value(true)
                .hide_possible_values(true)
                .hide_env(true)
        })
        .mut_subcommands(|child| {
            let path = format!("{path} {}", child.get_name());
            localise_at(child, &path, lang)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use clap::CommandFactory as _;

    fn visit(command: &Command, check: &mut dyn FnMut(&str, &str)) {
        check(
            command.get_name(),
            &command.get_about().unwrap_or_default().to_string(),
        );
        for arg in command.get_arguments() {
            check(
                arg.get_id().as_str(),
                &arg.get_help().unwrap_or_default().to_string(),
            );
        }
        command
            .get_subcommands()
            .for_each(|child| visit(child, check));
    }

    #[test]
    fn every_command_and_argument_has_help_in_both_languages() {
        for lang in [Lang::En, Lang::Zh] {
            let mut command = localise(Arguments::command(), lang);
            command.build();
            let mut count = 0;
            visit(&command, &mut |name, help| {
                assert!(!help.is_empty(), "{name} has no help in {lang:?}");
                assert_eq!(lang == Lang::En, help.is_ascii(), "{name}: {help}");
                count += 1;
            });
            assert!(count > 60);
        }
    }
}
