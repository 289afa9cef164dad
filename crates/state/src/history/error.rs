//! What can go wrong in the history store, and the way out of it.

use super::integrity;
use alloy_primitives::{Address, B256};
use qiantang_types::{Height, LedgerHash};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// Free bytes below which a disk is called full.
const FULL_BYTES: u64 = 64 << 20;

/// Why the history store cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused a file operation.
    #[error("{action} {path}: {source}{hint}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// File or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
        /// What to do about it, with its separator; empty where the cause says enough.
        hint: &'static str,
    },
    /// Another process has the store open.
    #[error(
        "the history in {path} is in use by another process; stop that process, or start this one \
         with another --dir",
        path = path.display()
    )]
    Locked {
        /// The store's directory.
        path: PathBuf,
    },
    /// Stored bytes are not what was written.
    #[error(
        "the history is damaged in {path}: {what}; stop the node and rebuild the history with \
         `qiantang replay --dir {dir} --repair`",
        path = path.display(),
        dir = node_dir.display()
    )]
    Corrupt {
        /// File or directory that holds the damage.
        path: PathBuf,
        /// The node's directory, for the command.
        node_dir: PathBuf,
        /// What was found.
        what: String,
    },
    /// The store was written by a build with another format.
    #[error(
        "the history in {path} has format {found}, this build reads {expected}; use a build that \
         reads it, or rebuild the history with `qiantang replay --dir {dir} --repair`",
        path = path.display(),
        dir = node_dir.display()
    )]
    Format {
        /// The store's directory.
        path: PathBuf,
        /// The node's directory, for the command.
        node_dir: PathBuf,
        /// Format found.
        found: String,
        /// Format this build writes.
        expected: u8,
    },
    /// Less free space than the configuration keeps in reserve.
    #[error(
        "the disk that holds {path} has {free} bytes free and the node keeps {reserve} in \
         reserve; nothing was written: free some space, then start the node again",
        path = path.display()
    )]
    DiskFull {
        /// The store's directory.
        path: PathBuf,
        /// Bytes free.
        free: u64,
        /// Bytes that must stay free.
        reserve: u64,
    },
    /// A write failed earlier, so nothing more is accepted.
    #[error(
        "an earlier write to {path} failed ({free} bytes are free on its disk), so no more is \
         written; nothing finalized is lost: {hint}, then start the node again",
        path = path.display()
    )]
    Poisoned {
        /// The store's directory.
        path: PathBuf,
        /// Bytes free.
        free: u64,
        /// What to do.
        hint: &'static str,
    },
    /// A different block is already stored at this height.
    #[error(
        "the ledger forked at height {height}: the history in {path} holds block {stored}, \
         offered was {offered}; finality is broken or the directory belongs to another chain: do \
         not delete it, stop the node and compare with the other members",
        path = path.display()
    )]
    Forked {
        /// The store's directory.
        path: PathBuf,
        /// The height.
        height: Height,
        /// Hash of the block in the store.
        stored: LedgerHash,
        /// Hash of the block that was offered.
        offered: LedgerHash,
    },
    /// Blocks are appended without gaps.
    #[error(
        "the history expects block {expected} next, offered was block {offered}; append the \
         blocks between first"
    )]
    Gap {
        /// The next height.
        expected: Height,
        /// The height that was offered.
        offered: Height,
    },
    /// A block whose parts do not belong together.
    #[error("block {height} cannot be stored: {what}")]
    Unfit {
        /// Its height.
        height: Height,
        /// What does not fit.
        what: String,
    },
    /// A change of the validator set whose certificate has not come yet.
    #[error(
        "the finalization certificate of block {height}, after which the validator set changed, is \
         not stored yet; try again, or import it from another member's `qiantang_getBoundaries`"
    )]
    Uncertified {
        /// Height of the block.
        height: Height,
    },
    /// State was asked for at a height that is not stored.
    #[error("there is no state at height {height}: the history {known}")]
    UnknownHeight {
        /// The height that was asked for.
        height: Height,
        /// What the history holds, in words.
        known: String,
    },
    /// A block or state before the first that is kept.
    #[error(
        "block {height} is not kept here: this node keeps the blocks from {first} on; ask a node \
         that keeps all (store.mode = \"archive\", sync.mode = \"replay\")"
    )]
    Pruned {
        /// The height that was asked for.
        height: Height,
        /// The first that is kept.
        first: Height,
    },
    /// The store was opened without its indexes, see [`super::Store::open_blocks`].
    #[error("the history in {path} was opened for its blocks alone", path = path.display())]
    BlocksOnly {
        /// The store's directory.
        path: PathBuf,
    },
    /// Contract code that an account names is not stored.
    #[error("code {hash} is not in the history")]
    UnknownCode {
        /// keccak-256 of the code.
        hash: B256,
    },
}

/// Why a log query has no complete answer.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// More logs match than the caller takes.
    #[error("more than {limit} logs match; {advice}", advice = advice(*from, *complete_to))]
    TooManyResults {
        /// The caller's limit.
        limit: usize,
        /// First block of the query.
        from: Height,
        /// Last block up to which the answer would be complete, unless the first has too many.
        complete_to: Option<Height>,
    },
    /// The filter makes the store look at more than it allows for one query.
    #[error(
        "the filter needs more than {limit} {what}; {advice}",
        advice = advice(*from, *complete_to)
    )]
    TooMuchWork {
        /// What was counted.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// First block of the query.
        from: Height,
        /// Last block that was looked at completely, if there is one.
        complete_to: Option<Height>,
    },
    /// More alternatives than a filter may have.
    #[error("the filter has {found} {what}, the limit is {limit}")]
    TooManyAlternatives {
        /// What was counted.
        what: &'static str,
        /// The count.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The first block comes after the last.
    #[error("the filter's first block {from} comes after its last block {to}")]
    Reversed {
        /// First block.
        from: Height,
        /// Last block.
        to: Height,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn advice(from: Height, complete_to: Option<Height>) -> String {
    match complete_to {
        None => "narrow the filter".to_owned(),
        Some(to) => format!("narrow the filter, or ask for blocks {from} to {to} first"),
    }
}

/// The directories that messages name.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The node's directory: what `--dir` says.
    pub(super) node: PathBuf,
    /// The store's directory inside it, or that of one of its databases.
    pub(super) store: PathBuf,
    /// The table that is damaged, once it was searched for.
    damaged: Arc<OnceLock<Option<PathBuf>>>,
}

impl Place {
    /// The store in `store`, whose node's directory is the one above.
    pub(super) fn new(store: &Path) -> Self {
        let node = store
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        Self {
            node: node.unwrap_or(Path::new(".")).to_owned(),
            store: store.to_owned(),
            damaged: Arc::default(),
        }
    }

    /// A database in the store's directory.
    pub(super) fn within(&self, name: &str) -> Self {
        Self {
            node: self.node.clone(),
            store: self.store.join(name),
            damaged: Arc::default(),
        }
    }

    /// The error for an engine failure while `action` ran.
    pub(super) fn engine(&self, action: &'static str, error: fjall::Error) -> StoreError {
        match error {
            fjall::Error::Locked => StoreError::Locked {
                path: self.store.clone(),
            },
            fjall::Error::Poisoned => {
                let free = fs4::available_space(&self.store).unwrap_or_default();
                StoreError::Poisoned {
                    path: self.store.clone(),
                    free,
                    hint: if free < FULL_BYTES {
                        "free some space on the disk"
                    } else {
                        "check the disk"
                    },
                }
            }
            fjall::Error::Io(source) | fjall::Error::Storage(fjall::LsmError::Io(source)) => {
                if is_damage(source.kind()) {
                    return self.damaged_somewhere(format!("{action} the store: {source}"));
                }
                self.io(action, &self.store, source)
            }
            other => self.damaged_somewhere(format!("{action} the store: {other:?}")),
        }
    }

    /// The error for a panic of the engine, by which it meets some kinds of damage.
    pub(super) fn panicked(&self, action: &'static str) -> StoreError {
        self.damaged_somewhere(format!(
            "{action} the store: the storage engine cannot read it"
        ))
    }

    /// The error for a file operation; an unexpected end or a missing file inside the store is
    /// damage.
    pub(super) fn io(&self, action: &'static str, path: &Path, source: io::Error) -> StoreError {
        use io::ErrorKind as Kind;
        let hint = match source.kind() {
            kind if is_damage(kind) => {
                return self.damage(path, format!("{action} it: {source}"));
            }
            Kind::PermissionDenied => {
                "; give the user that runs the node write access to it, or choose another --dir"
            }
            Kind::ReadOnlyFilesystem => {
                "; mount its file system for writing, or choose another --dir"
            }
            Kind::StorageFull | Kind::QuotaExceeded => {
                "; free some space, then start the node again: nothing finalized is lost"
            }
            _ => "",
        };
        StoreError::Io {
            action,
            path: path.to_owned(),
            source,
            hint,
        }
    }

    /// Damage that the engine met: the error names the file if it can be found.
    fn damaged_somewhere(&self, what: String) -> StoreError {
        let path = self.damaged.get_or_init(|| integrity::damaged_table(self));
        self.damage(path.as_ref().unwrap_or(&self.store), what)
    }

    /// Damage somewhere in the store.
    pub(super) fn corrupt(&self, what: impl Into<String>) -> StoreError {
        self.damage(&self.store, what.into())
    }

    /// Damage in one file.
    pub(super) fn damage(&self, path: &Path, what: String) -> StoreError {
        StoreError::Corrupt {
            path: path.to_owned(),
            node_dir: self.node.clone(),
            what,
        }
    }

    /// Damage in the history of an account.
    pub(super) fn bad_account(&self, address: Address, height: Height) -> StoreError {
        self.corrupt(format!(
            "account {address} at or before height {height} does not decode"
        ))
    }
}

/// Kinds of errors that files which the store wrote do not give unless they are damaged.
fn is_damage(kind: io::ErrorKind) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        kind,
        Kind::UnexpectedEof | Kind::NotFound | Kind::InvalidData | Kind::InvalidInput | Kind::Other
    )
}
