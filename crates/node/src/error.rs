//! Why a node does not start or does not go on. Every message names the file and the way out.

use crate::validator_key::KeyFileError;
use qiantang_api::ApiError;
use qiantang_consensus::{EngineError, ReplayError};
use qiantang_state::history::StoreError;
use qiantang_types::SignatureScheme;
use std::path::PathBuf;

/// What can go wrong while a node starts or runs.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// Another process has the directory.
    #[error("{} is in use by another process; stop that one, or choose another directory with --dir", dir.display())]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// A file that cannot be read, written or made.
    #[error("{what} {}: {source}; check the path, its permissions and the free space", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A chain spec that does not parse.
    #[error("{} is not a chain spec: {reason}; restore it from another member, or start with --fresh to lose the chain", path.display())]
    Spec {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        reason: String,
    },
    /// A chain spec that belongs to another chain.
    #[error("{} does not belong to the blocks in this directory: {reason}; restore the original chain.json", path.display())]
    ForeignSpec {
        /// The file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// No chain spec.
    #[error("there is no chain spec at {}; get chain.json from the member who built it, and compare the anchor that `qiantang genesis check` prints", path.display())]
    SpecMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A key of another scheme than the chain's.
    #[error("the key in {} is of {found:?}, the chain's validators use {expected:?}; `qiantang init --scheme` makes one that fits", path.display())]
    Scheme {
        /// The key file.
        path: PathBuf,
        /// The key's scheme.
        found: SignatureScheme,
        /// The chain's.
        expected: SignatureScheme,
    },
    /// An address that cannot be listened at.
    #[error(
        "cannot listen for peers at {address}: {source}; stop what uses the port, or change p2p.listen"
    )]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Engine files without history.
    #[error("{} is missing while the engine's files exist; restore it from a backup, or start with --fresh to lose the chain", path.display())]
    HistoryMissing {
        /// The directory of the history.
        path: PathBuf,
    },
    /// Nothing there.
    #[error("{} holds no chain; start one with `qiantang dev --dir {}`", dir.display(), dir.display())]
    NoChain {
        /// The directory.
        dir: PathBuf,
    },
    /// The node's key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// A key behind a passphrase where none can be given.
    #[error("{} is encrypted; run `qiantang start` with a configuration instead", path.display())]
    KeyEncrypted {
        /// The file.
        path: PathBuf,
    },
    /// The local store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The pool's journal.
    #[error("the journal of pending transactions: {0}")]
    Pool(String),
    /// A snapshot.
    #[error("the snapshot {} cannot be used: {reason}", path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A replay.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}
