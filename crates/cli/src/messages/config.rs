//! What is said about a node's configuration.

use super::Lang;
use qiantang_node::config::Kind;

crate::messages::sentences! { ConfigMessage;
    Head:
        "Configuration of a Qiantang node.\nEvery key may be left out; what stands here is its default.\nRelative paths start at the folder of this file.\nAn environment variable, named behind each key, goes before the file.",
        "钱塘节点配置。\n每个键都可以省略，此处所写即为默认值。\n相对路径以本文件所在目录为起点。\n每个键后面列出的环境变量优先于本文件。";
    Sound: "{0} is sound", "{0} 无误";
    Default: "default", "默认";
    Unreadable: "cannot read {0}: {1}", "无法读取 {0}：{1}";
    PrintDefault: "`qiantang config default` prints every key with its default", "`qiantang config default` 打印全部键及其默认值";
    Syntax: "{0}: this is no TOML: {1}", "{0}：不是有效的 TOML：{1}";
    UnknownSection: "{0}: there is no section [{1}]", "{0}：没有名为 [{1}] 的节";
    UnknownKey: "{0}: there is no key `{1}`", "{0}：没有名为 `{1}` 的键";
    Unfit: "{0}: `{1}` does not fit {2}", "{0}：`{1}` 不能用作 {2}";
    Write: "write {0}", "应写为：{0}";

    KindText: "a text in quotes", "带引号的文字";
    KindPath: "a path in quotes", "带引号的路径";
    KindSocket: "an address and port, such as \"127.0.0.1:8545\"", "地址和端口，例如 \"127.0.0.1:8545\"";
    KindPeers: "a list such as [\"02ab…@node.example:30545\"]", "列表，例如 [\"02ab…@node.example:30545\"]";
    KindUrls: "a list such as [\"http://node.example:8545\"]", "列表，例如 [\"http://node.example:8545\"]";
    KindChoice: "one of {0}", "{0} 之一";
    KindBytes: "a number of bytes above 0, such as \"100 GB\"", "大于 0 的字节数，例如 \"100 GB\"";
    KindDuration: "a time of at most an hour, such as \"1s\" or \"100ms\"", "不超过一小时的时长，例如 \"1s\" 或 \"100ms\"";
    KindCount: "a whole number", "整数";
    KindFlag: "true or false", "true 或 false";
}

/// Section or key with its section, English, Chinese.
const KEYS: &[(&str, &str, &str)] = &[
    ("node", "The node itself.", "节点本身。"),
    (
        "node.name",
        "Its name in logs and status.",
        "日志与状态中显示的名称。",
    ),
    (
        "node.dir",
        "Where it keeps its data. One process owns this directory.",
        "数据目录，由一个进程独占。",
    ),
    (
        "node.chain",
        "The chain spec, which all members have alike.",
        "链规格文件，所有成员相同。",
    ),
    (
        "rpc",
        "JSON-RPC for applications.",
        "供应用使用的 JSON-RPC。",
    ),
    (
        "rpc.listen",
        "Where it is served. It has no authentication: think before you open it to others.",
        "监听地址。该接口没有认证，对外开放前请三思。",
    ),
    ("p2p", "Connections with other nodes.", "与其他节点的连接。"),
    (
        "p2p.listen",
        "Where other nodes connect; every connection is authenticated and encrypted.",
        "其他节点连接的地址；所有连接均经认证与加密。",
    ),
    (
        "p2p.bootstrap",
        "Nodes to connect to first, as KEY@HOST:PORT, beside those that the chain names.",
        "除链上登记的节点外首先连接的节点，写作 公钥@主机:端口。",
    ),
    (
        "follow",
        "A node whose key is in no validator set follows.",
        "密钥不在验证者集合中的节点为跟随者。",
    ),
    (
        "follow.upstream",
        "JSON-RPC addresses of nodes that it asks to be let in.",
        "请求接入的节点的 JSON-RPC 地址。",
    ),
    ("sync", "How a new node catches up.", "新节点如何追上链头。"),
    (
        "sync.mode",
        "\"state\" takes the newest final state and checks it; \"replay\" executes every block.",
        "\"state\" 取最新的最终状态并核验；\"replay\" 执行每一个区块。",
    ),
    (
        "store",
        "What the node keeps of the past.",
        "节点保留多少历史。",
    ),
    (
        "store.mode",
        "\"archive\" keeps everything, \"prune\" what fits into `bytes`.",
        "\"archive\" 保留全部，\"prune\" 只保留 `bytes` 以内的部分。",
    ),
    (
        "store.bytes",
        "Bytes of history to keep with \"prune\".",
        "\"prune\" 模式下保留的历史字节数。",
    ),
    (
        "pace",
        "The chain's pace. All validators of a chain should have the same values.",
        "出块节奏。同一条链的验证者应取相同的值。",
    ),
    (
        "pace.heartbeat",
        "Time between blocks of an idle chain.",
        "空闲链的出块间隔。",
    ),
    (
        "pace.interval",
        "Most time between two blocks under load.",
        "负载下两个区块的最长间隔。",
    ),
    ("key", "The node's own key.", "节点自己的密钥。"),
    (
        "key.file",
        "Its file, which only its owner may read (chmod 600).",
        "密钥文件，只能由其所有者读取（chmod 600）。",
    ),
    (
        "key.passphrase_file",
        "A file with the passphrase of an encrypted key; otherwise QIANTANG_PASSPHRASE, otherwise the terminal is asked.",
        "存有密钥口令的文件；否则取环境变量 QIANTANG_PASSPHRASE，再否则在终端询问。",
    ),
    (
        "followers",
        "Nodes that this one lets in.",
        "本节点接入的跟随者。",
    ),
    ("followers.max", "How many at the most.", "最多数量。"),
    ("faults", "For tests of networks only.", "仅用于网络测试。"),
    (
        "faults.inject",
        "Let `qiantang network partition` cut this node off.",
        "允许 `qiantang network partition` 切断本节点的连接。",
    ),
];

/// What a section or a key is for.
pub(crate) fn describe(name: &str, lang: Lang) -> &'static str {
    let found = KEYS.iter().find(|(known, ..)| *known == name);
    match (found, lang) {
        (Some((_, en, _)), Lang::En) => en,
        (Some((_, _, zh)), Lang::Zh) => zh,
        (None, _) => "",
    }
}

/// What a key holds.
pub(crate) fn kind(kind: Kind, lang: Lang) -> String {
    use ConfigMessage as M;
    let message = match kind {
        Kind::Choice(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            return lang.say(M::KindChoice, &[&words.join(", ")]);
        }
        Kind::Text => M::KindText,
        Kind::Path => M::KindPath,
        Kind::Socket => M::KindSocket,
        Kind::Peers => M::KindPeers,
        Kind::Urls => M::KindUrls,
        Kind::Bytes => M::KindBytes,
        Kind::Duration => M::KindDuration,
        Kind::Count => M::KindCount,
        Kind::Flag => M::KindFlag,
    };
    lang.text(message).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_key_is_described_in_both_languages() {
        for key in qiantang_node::config::KEYS {
            for name in [key.section.to_owned(), key.path()] {
                for lang in [Lang::En, Lang::Zh] {
                    let text = describe(&name, lang);
                    assert!(!text.is_empty(), "{name}");
                    assert_eq!(text.is_ascii(), lang == Lang::En, "{name}");
                }
            }
        }
    }
}
