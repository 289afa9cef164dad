//! What an operator sets: one TOML file, every key with a default, overridden by environment
//! variables.
//!
//! The table of keys ([`KEYS`]) is the only list of them: the file, the variables
//! (`QIANTANG_<SECTION>_<KEY>`) and the printed default all follow it. A key that is not in the
//! table is an error, because a misspelt one would silently leave its default. What the members of
//! a chain must agree on is in the chain spec and not here.

mod document;
mod error;
mod keys;
mod value;

#[cfg(test)]
mod tests;

pub use error::{ConfigError, Origin};
pub use keys::{KEYS, Key, Kind};
pub use value::Peer;

use document::Values;
use std::{
    net::SocketAddr,
    num::NonZeroU64,
    path::{Path, PathBuf},
    time::Duration,
};

/// Everything that an operator sets for one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// The node's name in logs and status.
    pub name: String,
    /// Where the node keeps its data.
    pub dir: PathBuf,
    /// The chain spec.
    pub chain: PathBuf,
    /// Where JSON-RPC is served.
    pub rpc: SocketAddr,
    /// Where other nodes connect.
    pub p2p: SocketAddr,
    /// Nodes to connect to first, beside those that the chain names.
    pub bootstrap: Vec<Peer>,
    /// JSON-RPC addresses of nodes that a follower asks to be let in.
    pub upstream: Vec<String>,
    /// How a new node gets the state.
    pub sync: SyncMode,
    /// What the node keeps of the past.
    pub store: StoreMode,
    /// Time between blocks of an idle chain.
    pub heartbeat: Duration,
    /// Most time between two blocks under load.
    pub interval: Duration,
    /// The file of the node's private key.
    pub key: PathBuf,
    /// The file that holds the passphrase of the key.
    pub passphrase_file: Option<PathBuf>,
    /// Most followers that this node lets in.
    pub followers_max: u32,
    /// Whether faults may be injected, as `qiantang network partition` does.
    pub inject_faults: bool,
}

/// A key with what holds for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: &'static Key,
    /// Its texts: one, or any number where it holds a list.
    pub texts: Vec<String>,
    /// Where they were found.
    pub origin: Origin,
}

/// How a new node gets the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncMode {
    /// It takes the newest finalized state and checks it against the certificate.
    State,
    /// It executes every block from the first.
    Replay,
}

/// What a node keeps of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreMode {
    /// Everything.
    Archive,
    /// The newest, up to so many bytes.
    Prune(NonZeroU64),
}

impl NodeConfig {
    /// Reads a file and then the environment, which goes first.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no TOML, a key that is not known, a value that does not fit
    /// its key.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_with(path, std::env::vars_os())
    }

    /// As [`Self::load`], with an environment of the caller's.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub fn load_with(
        path: &Path,
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<Self, ConfigError> {
        Self::load_settings(path, environment).map(|(config, _)| config)
    }

    /// As [`Self::load_with`], with the text and the place of every value as well.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub fn load_settings(
        path: &Path,
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<(Self, Vec<Setting>), ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File {
            path: path.to_path_buf(),
            source,
        })?;
        let mut values = Values::default();
        values.read_file(path, &text)?;
        values.read_environment(environment)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let config = Self::build(&values, folder)?;
        Ok((config, values.settings()))
    }

    /// The configuration of a node that an operator has set nothing for, in `folder`.
    ///
    /// # Errors
    ///
    /// None, as long as the table's defaults fit their keys.
    pub fn defaults(folder: &Path) -> Result<Self, ConfigError> {
        Self::build(&Values::default(), folder)
    }

    fn build(values: &Values, folder: &Path) -> Result<Self, ConfigError> {
        let path = |section, name| {
            let text = values.text(section, name);
            // Joining with nothing would add a slash.
            if text == "." && !folder.as_os_str().is_empty() {
                folder.to_path_buf()
            } else {
                folder.join(text)
            }
        };
        let passphrase = values.text("key", "passphrase_file");
        Ok(Self {
            name: values.text("node", "name").to_owned(),
            dir: path("node", "dir"),
            chain: path("node", "chain"),
            rpc: values.parsed("rpc", "listen", |text| text.parse().ok())?,
            p2p: values.parsed("p2p", "listen", |text| text.parse().ok())?,
            bootstrap: values.list("p2p", "bootstrap", |text| text.parse().ok())?,
            upstream: values.list("follow", "upstream", value::url)?,
            sync: values.parsed("sync", "mode", |text| match text {
                "state" => Some(SyncMode::State),
                "replay" => Some(SyncMode::Replay),
                _ => None,
            })?,
            store: store(values)?,
            heartbeat: values.parsed("pace", "heartbeat", value::duration)?,
            interval: values.parsed("pace", "interval", value::duration)?,
            key: path("key", "file"),
            passphrase_file: (!passphrase.is_empty()).then(|| path("key", "passphrase_file")),
            followers_max: values.parsed("followers", "max", |text| text.parse().ok())?,
            inject_faults: values.parsed("faults", "inject", |text| text.parse().ok())?,
        })
    }
}

fn store(values: &Values) -> Result<StoreMode, ConfigError> {
    let prune = values.parsed("store", "mode", |text| match text {
        "archive" => Some(false),
        "prune" => Some(true),
        _ => None,
    })?;
    let bytes = values.parsed("store", "bytes", value::bytes)?;
    if !prune {
        return Ok(StoreMode::Archive);
    }
    NonZeroU64::new(bytes)
        .map(StoreMode::Prune)
        .ok_or_else(|| values.refused("store", "bytes"))
}
