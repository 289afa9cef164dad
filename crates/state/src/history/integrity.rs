//! Checks on the store's files before the engine opens them.

use super::{StoreError, error::Place};
use std::fs::{File, OpenOptions};

/// Name of the file whose lock says that a process has the store open.
const LOCK_FILE: &str = "lock";

/// Name of the file by which [`check_writable`] tries the directory.
const PROBE_FILE: &str = ".writable";

/// Refuses a directory in which files cannot be made, before the engine fails in the middle of its work.
pub(super) fn check_writable(place: &Place) -> Result<(), StoreError> {
    let path = place.store.join(PROBE_FILE);
    let tried = File::create(&path).and_then(|_| std::fs::remove_file(&path));
    tried.map_err(|source| place.io("write in the directory", &place.store, source))
}

/// Checks the files of a store that no other process has open. The lock is held until the result is dropped.
pub(super) fn check_files(place: &Place) -> Result<Option<File>, StoreError> {
    let path = place.store.join(LOCK_FILE);
    let lock = match OpenOptions::new().read(true).write(true).open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(place.io("open", &path, source)),
    };
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: place.store.clone(),
        }),
        Err(std::fs::TryLockError::Error(source)) => Err(place.io("lock", &path, source)),
    }
}
