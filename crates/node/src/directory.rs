//! The node's directory: who may use it and where everything is.
//!
//! ```text
//! DIR/LOCK            held by the process that uses the directory
//! DIR/pid             the number of that process; whether it is alive, only LOCK tells
//! DIR/chain.json      the chain spec
//! DIR/validator.key   this validator's private key, hex, mode 0600
//! DIR/engine/         files of the consensus engine and the authenticated state
//! DIR/history/        blocks, receipts, indexes and the past of every account
//! DIR/pool/           pending transactions
//! ```

use crate::{
    NodeError,
    founding::read_spec,
    validator_key::{KeyFile, KeyFileError, ValidatorKey, is_there},
};
use fs4::fs_std::FileExt as _;
use qiantang_types::ChainSpec;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// A directory that this process has for itself.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    // The lock lasts as long as the file is open.
    _lock: File,
    temporary: bool,
}

impl Directory {
    /// Opens `root` and makes it if needed.
    ///
    /// # Errors
    ///
    /// A directory that another process uses or that cannot be written.
    pub fn open(root: &Path) -> Result<Self, NodeError> {
        make_dir(root)?;
        let path = root.join("LOCK");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(file("cannot write", &path))?;
        match lock.try_lock_exclusive() {
            Ok(true) => {}
            Ok(false) => {
                return Err(NodeError::InUse {
                    dir: root.to_path_buf(),
                });
            }
            Err(source) => return Err(file("cannot lock", &path)(source)),
        }
        let directory = Self {
            root: root.to_path_buf(),
            _lock: lock,
            temporary: false,
        };
        let path = directory.pid();
        let pid = format!("{}\n", std::process::id());
        write_new(&path, pid.as_bytes(), 0o644).map_err(file("cannot write", &path))?;
        Ok(directory)
    }

    /// A new directory for this process only, removed at its end.
    ///
    /// # Errors
    ///
    /// A temporary directory that cannot be written.
    pub fn temporary() -> Result<Self, NodeError> {
        let mut unique = [0; 8];
        getrandom::fill(&mut unique).map_err(|error| KeyFileError::Random(error.to_string()))?;
        let name = format!("qiantang-{}", alloy_primitives::hex::encode(unique));
        let root = std::env::temp_dir().join(name);
        let mut directory = Self::open(&root)?;
        directory.temporary = true;
        Ok(directory)
    }

    /// Whether it goes away with the process.
    pub const fn is_temporary(&self) -> bool {
        self.temporary
    }

    /// Its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Files of the engine.
    pub fn engine(&self) -> PathBuf {
        self.root.join("engine")
    }

    /// Blocks and history.
    pub fn history(&self) -> PathBuf {
        self.root.join(qiantang_state::history::DIRECTORY)
    }

    /// Pending transactions.
    pub fn pool(&self) -> PathBuf {
        self.root.join("pool")
    }

    /// The chain spec.
    pub fn spec(&self) -> PathBuf {
        self.root.join("chain.json")
    }

    /// The validator's key.
    pub fn key(&self) -> PathBuf {
        self.root.join("validator.key")
    }

    /// The number of the process that uses the directory.
    fn pid(&self) -> PathBuf {
        self.root.join("pid")
    }

    /// Where a snapshot is made or unpacked.
    pub fn snapshot(&self) -> PathBuf {
        self.root.join("snapshot")
    }

    /// Where a replay builds.
    pub fn replay(&self) -> PathBuf {
        self.root.join("replay")
    }

    /// There while genesis is being written; the engine's files are worthless until it is gone.
    fn unfinished(&self) -> PathBuf {
        self.root.join("GENESIS-UNFINISHED")
    }

    /// Removes everything of an earlier chain.
    ///
    /// # Errors
    ///
    /// Files that cannot be removed.
    pub fn clear(&self) -> Result<(), NodeError> {
        for path in [self.engine(), self.history(), self.pool(), self.replay()] {
            remove_dir(&path)?;
        }
        for path in [self.spec(), self.key(), self.unfinished()] {
            remove_file(&path)?;
        }
        Ok(())
    }

    /// Prepares for the first start, or cleans up after one that was cut short.
    ///
    /// # Errors
    ///
    /// Engine files without a history, which must not be thrown away: they hold what this validator
    /// signed.
    pub fn prepare(&self, has_blocks: bool) -> Result<(), NodeError> {
        if has_blocks {
            return remove_file(&self.unfinished());
        }
        if self.unfinished().exists() {
            remove_dir(&self.engine())?;
        } else if self.engine().exists() {
            return Err(NodeError::HistoryMissing {
                path: self.history(),
            });
        }
        let path = self.unfinished();
        write_new(&path, b"", 0o600).map_err(file("cannot write", &path))
    }

    /// Says that genesis is written.
    ///
    /// # Errors
    ///
    /// A mark that cannot be removed.
    pub fn prepared(&self) -> Result<(), NodeError> {
        remove_file(&self.unfinished())
    }

    /// Reads the chain spec, if there is one.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no chain spec.
    pub fn read_spec(&self) -> Result<Option<ChainSpec>, NodeError> {
        let path = self.spec();
        if is_there(&path) {
            read_spec(&path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads the validator's key, if there is one.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, that others may read too, or that holds no key.
    pub fn read_key(&self) -> Result<Option<ValidatorKey>, NodeError> {
        let path = self.key();
        if !is_there(&path) {
            return Ok(None);
        }
        match KeyFile::read(&path)? {
            KeyFile::Plain(key) => Ok(Some(*key)),
            KeyFile::Encrypted(_) => Err(NodeError::KeyEncrypted { path }),
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.pid());
        if self.temporary {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

fn file<'a>(what: &'static str, path: &'a Path) -> impl Fn(io::Error) -> NodeError + 'a {
    move |source| NodeError::File {
        what,
        path: path.to_path_buf(),
        source,
    }
}

/// Makes a directory and those above it.
pub(crate) fn make_dir(path: &Path) -> Result<(), NodeError> {
    fs::create_dir_all(path).map_err(file("cannot make the directory", path))
}

/// Removes a directory with all it holds; nothing there is fine.
pub(crate) fn remove_dir(path: &Path) -> Result<(), NodeError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(file("cannot remove", path)(error))
        }
        _ => Ok(()),
    }
}

fn remove_file(path: &Path) -> Result<(), NodeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(file("cannot remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Writes a file so that it is there whole or not at all.
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let part = path.with_extension("part");
    // What an interrupted attempt left may have another mode.
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&part)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    fs::rename(&part, path)
}
