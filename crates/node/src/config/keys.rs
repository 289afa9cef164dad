//! The table of keys.

use std::fmt;

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its section.
    pub section: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Its value where nobody sets it, as TOML.
    pub default: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A path; a relative one starts at the folder of the file.
    Path,
    /// An address to listen at.
    Socket,
    /// A list of nodes with their addresses.
    Peers,
    /// A list of addresses of JSON-RPC.
    Urls,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A number of bytes.
    Bytes,
    /// A time.
    Duration,
    /// A number.
    Count,
    /// Yes or no.
    Flag,
}

const fn key(section: &'static str, name: &'static str, kind: Kind, default: &'static str) -> Key {
    Key {
        section,
        name,
        kind,
        default,
    }
}

/// Every key, in the order of the printed file.
pub const KEYS: &[Key] = &[
    key("node", "name", Kind::Text, "\"\""),
    key("node", "dir", Kind::Path, "\".\""),
    key("node", "chain", Kind::Path, "\"chain.json\""),
    key("rpc", "listen", Kind::Socket, "\"127.0.0.1:8545\""),
    key("p2p", "listen", Kind::Socket, "\"0.0.0.0:30545\""),
    key("p2p", "bootstrap", Kind::Peers, "[]"),
    key("follow", "upstream", Kind::Urls, "[]"),
    key(
        "sync",
        "mode",
        Kind::Choice(&["state", "replay"]),
        "\"state\"",
    ),
    key(
        "store",
        "mode",
        Kind::Choice(&["archive", "prune"]),
        "\"archive\"",
    ),
    key("store", "bytes", Kind::Bytes, "\"100 GB\""),
    key("pace", "heartbeat", Kind::Duration, "\"1s\""),
    key("pace", "interval", Kind::Duration, "\"100ms\""),
    key("key", "file", Kind::Path, "\"validator.key\""),
    key("key", "passphrase_file", Kind::Path, "\"\""),
    key("followers", "max", Kind::Count, "8"),
    key("faults", "inject", Kind::Flag, "false"),
];

impl Key {
    /// The environment variable that overrides it.
    pub fn variable(&self) -> String {
        format!("QIANTANG_{}_{}", self.section, self.name).to_uppercase()
    }

    /// Its section and name, as errors call it.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// Whether it holds any number of values.
    pub const fn is_list(&self) -> bool {
        self.kind.is_list()
    }
}

impl Kind {
    const fn is_list(self) -> bool {
        matches!(self, Self::Peers | Self::Urls)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a text in quotes"),
            Self::Path => f.write_str("a path in quotes"),
            Self::Socket => f.write_str("an address and port, such as \"127.0.0.1:8545\""),
            Self::Peers => f.write_str("a list such as [\"02ab…@node.example:30545\"]"),
            Self::Urls => f.write_str("a list such as [\"http://node.example:8545\"]"),
            Self::Choice(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                f.write_str(&words.join(" or "))
            }
            Self::Bytes => f.write_str("a number of bytes above 0, such as \"100 GB\""),
            Self::Duration => f.write_str("a time of at most an hour, such as \"1s\" or \"100ms\""),
            Self::Count => f.write_str("a whole number"),
            Self::Flag => f.write_str("true or false"),
        }
    }
}
