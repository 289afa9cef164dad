//! `qiantang replay`: rebuild everything from the blocks, compare, and mend what is damaged.

use crate::{Directory, NodeError, directory::remove_dir, running::check_spec};
use qiantang_consensus::Replay;
use qiantang_state::history::{self, Store};
use qiantang_types::{Height, LedgerHash};
use std::{path::Path, sync::Arc};

/// What a replay found. Every root on the way equalled its header's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayReport {
    /// Last block replayed.
    pub height: Height,
    /// State root there, rebuilt from the blocks alone.
    pub state_root: LedgerHash,
    /// Whether the rebuilt history took the place of the one that was there.
    pub repaired: bool,
}

/// Replays the chain in `dir` into new databases, comparing every root, and calls `progress` with
/// the height reached and the last one. With `repair` the rebuilt history and state take the place
/// of those in the directory. Call it where blocking is allowed.
///
/// # Errors
///
/// The first block that does not lead where its header says, and files that cannot be read or
/// written.
pub fn replay(
    dir: &Path,
    repair: bool,
    progress: impl Fn(Height, Height) + Send + 'static,
) -> Result<ReplayReport, NodeError> {
    if !dir.join("chain.json").exists() {
        return Err(NodeError::NoChain {
            dir: dir.to_path_buf(),
        });
    }
    let directory = Directory::open(dir)?;
    let spec = directory.read_spec()?.ok_or_else(|| NodeError::NoChain {
        dir: directory.root().to_path_buf(),
    })?;
    remove_dir(&directory.replay())?;
    let rebuilt_history = directory.replay().join(history::DIRECTORY);
    let rebuilt_engine = directory.replay().join("engine");
    let (height, state_root) = {
        // A repair needs the blocks only, so that damaged indexes do not stop it.
        let open = if repair {
            Store::open_blocks
        } else {
            Store::open
        };
        let source = open(&directory.history(), history::Config::default())?;
        check_spec(&directory, &spec, &source)?;
        // A rebuilt store is not durable block by block; it is made so when it is closed.
        let config = history::Config {
            durable: false,
            ..history::Config::default()
        };
        let rebuilt = Store::open(&rebuilt_history, config)?;
        let what = Replay {
            spec: Arc::new(spec),
            source,
            rebuilt,
            dir: rebuilt_engine.clone(),
        };
        qiantang_consensus::replay(what, Box::new(progress))?
    };
    if repair {
        swap(&rebuilt_history, &directory.history())?;
        for entry in entries(&rebuilt_engine)? {
            swap(
                &rebuilt_engine.join(&entry),
                &directory.engine().join(&entry),
            )?;
        }
    }
    remove_dir(&directory.replay())?;
    Ok(ReplayReport {
        height,
        state_root,
        repaired: repair,
    })
}

/// Names of the rebuilt partitions. Partitions that a replay does not make, such as what this
/// validator signed, stay.
fn entries(dir: &Path) -> Result<Vec<std::ffi::OsString>, NodeError> {
    let read = || -> std::io::Result<Vec<_>> {
        std::fs::read_dir(dir)?
            .filter(|entry| entry.as_ref().map_or(true, |entry| entry.path().is_dir()))
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect()
    };
    read().map_err(|source| NodeError::File {
        what: "cannot read",
        path: dir.to_path_buf(),
        source,
    })
}

/// Puts `new` in the place of `old`.
fn swap(new: &Path, old: &Path) -> Result<(), NodeError> {
    remove_dir(old)?;
    std::fs::rename(new, old).map_err(|source| NodeError::File {
        what: "cannot move the rebuilt files to",
        path: old.to_path_buf(),
        source,
    })
}
