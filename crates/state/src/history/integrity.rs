//! Checks on the store's files before the engine opens them, and the search for the one that is
//! damaged.
//!
//! The engine checks what it reads from tables block by block. What it does not check is done here:
//! that its manifests (which tables belong to a keyspace) are those that it wrote, and that its
//! journals are whole. It would take a broken journal for one whose last write was cut off, and
//! drop all that follows; and a keyspace without a manifest for one that was never finished, and
//! delete it.
//!
//! The files are those of fjall 3 (disk format 3): `version`, `N.jnl`, and for each keyspace
//! `keyspaces/N/current` (number, checksum and checksum type of the manifest `vM` beside it) and
//! `keyspaces/N/tables/T`.

use super::{StoreError, error::Place, journal};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    path::{Path, PathBuf},
};
use xxhash_rust::xxh3::Xxh3;

/// Name of the file whose lock says that a process has the store open.
const LOCK_FILE: &str = "lock";

/// Name of the file that says which disk format the engine wrote; the last that it makes for a new
/// store.
const VERSION_FILE: &str = "version";

/// Contents of [`VERSION_FILE`].
const VERSION: &[u8] = b"FJL\x03";

/// Name of the file by which [`check_writable`] tries the directory.
const PROBE_FILE: &str = ".writable";

/// Bytes of tables that [`damaged_table`] reads at the most: it runs when somebody waits for an
/// answer.
const SEARCH_BYTES_MAX: u64 = 4 << 30;

/// Refuses a directory in which files cannot be made, before the engine fails in the middle of its
/// work.
pub(super) fn check_writable(place: &Place) -> Result<(), StoreError> {
    let path = place.store.join(PROBE_FILE);
    let tried = File::create(&path).and_then(|_| fs::remove_file(&path));
    tried.map_err(|source| place.io("write in the directory", &place.store, source))
}

/// What happens to a journal that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Journals {
    /// It is an error.
    Check,
    /// It is cut before the damage.
    Mend,
}

/// Checks the files of a database, which no other process may have open.
pub(super) fn check_files(place: &Place, journals: Journals) -> Result<(), StoreError> {
    // The engine takes the lock itself; until then it is held here.
    let _lock = lock(place)?;
    let keyspaces = keyspaces(place)?;
    if !is_complete(place, &keyspaces)? {
        return remove_unfinished(place);
    }
    for keyspace in &keyspaces {
        check_manifest(place, keyspace)?;
    }
    match journals {
        Journals::Check => journal::check_all(place),
        Journals::Mend => journal::mend(place),
    }
}

/// The first table whose bytes are not those that its keyspace's manifest names, for an error that
/// names it.
pub(super) fn damaged_table(place: &Place) -> Option<PathBuf> {
    let mut budget = SEARCH_BYTES_MAX;
    for keyspace in keyspaces(place).ok()? {
        let manifest = check_manifest(place, &keyspace).ok()??;
        for (id, expected) in tables(&manifest)? {
            let path = keyspace.join("tables").join(id.to_string());
            let size = fs::metadata(&path).map_or(0, |meta| meta.len());
            budget = budget.checked_sub(size)?;
            if checksum(&path).ok() != Some(expected) {
                return Some(path);
            }
        }
    }
    None
}

fn lock(place: &Place) -> Result<Option<File>, StoreError> {
    let path = place.store.join(LOCK_FILE);
    let lock = match OpenOptions::new().read(true).write(true).open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(place.io("open", &path, source)),
    };
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: place.store.clone(),
        }),
        Err(fs::TryLockError::Error(source)) => Err(place.io("lock", &path, source)),
    }
}

/// Directories of the keyspaces, in order.
fn keyspaces(place: &Place) -> Result<Vec<PathBuf>, StoreError> {
    let path = place.store.join("keyspaces");
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(place.io("list", &path, source)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| place.io("list", &path, source))?;
        let name = entry.file_name();
        if name
            .to_str()
            .is_none_or(|name| name.parse::<u64>().is_err())
        {
            return Err(place.damage(&entry.path(), "it does not belong there".to_owned()));
        }
        found.push(entry.path());
    }
    found.sort();
    Ok(found)
}

/// Whether a store is there; `false` where there is none, or one that was never finished.
fn is_complete(place: &Place, keyspaces: &[PathBuf]) -> Result<bool, StoreError> {
    let path = place.store.join(VERSION_FILE);
    match fs::read(&path) {
        Ok(version) if version == VERSION => Ok(true),
        Ok(version) if keyspaces.is_empty() && VERSION.starts_with(&version) => Ok(false),
        Ok(_) => Err(place.damage(&path, "it does not say format 3 of the engine".to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if keyspaces.is_empty() {
                return Ok(false);
            }
            Err(place.damage(&path, "it is missing".to_owned()))
        }
        Err(source) => Err(place.io("read", &path, source)),
    }
}

/// Removes what is left of a store whose making was cut off before anything was stored; the engine
/// refuses to go on with it.
fn remove_unfinished(place: &Place) -> Result<(), StoreError> {
    let mut paths = journal::files(place)?;
    paths.push(place.store.join(VERSION_FILE));
    for path in paths {
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(place.io("remove", &path, source));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Compares a keyspace's manifest with the checksum in `current`. `None` for a keyspace that was
/// never finished.
fn check_manifest(place: &Place, keyspace: &Path) -> Result<Option<PathBuf>, StoreError> {
    let path = keyspace.join("current");
    let current = match fs::read(&path) {
        Ok(current) => current,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let empty = fs::read_dir(keyspace.join("tables"))
                .map_or(true, |mut tables| tables.next().is_none());
            if empty {
                return Ok(None);
            }
            return Err(place.damage(&path, "it is missing".to_owned()));
        }
        Err(source) => return Err(place.io("read", &path, source)),
    };
    let parsed = current.split_first_chunk::<8>().and_then(|(number, rest)| {
        let (checksum, kind) = rest.split_first_chunk::<16>()?;
        (kind == [0]).then_some((u64::from_le_bytes(*number), u128::from_le_bytes(*checksum)))
    });
    let Some((number, expected)) = parsed else {
        return Err(place.damage(&path, "it names no manifest".to_owned()));
    };
    let manifest = keyspace.join(format!("v{number}"));
    let found = checksum(&manifest).map_err(|source| place.io("read", &manifest, source))?;
    if found != expected {
        return Err(place.damage(
            &manifest,
            format!("it has not the checksum in {}", path.display()),
        ));
    }
    Ok(Some(manifest))
}

/// Numbers and checksums of the tables in a manifest that was checked: for each level its runs, for
/// each run its tables.
fn tables(manifest: &Path) -> Option<Vec<(u64, u128)>> {
    let archive = sfa::Reader::new(manifest).ok()?;
    let mut section = archive
        .toc()
        .section(b"tables")?
        .buf_reader(manifest)
        .ok()?;
    let mut bytes = Vec::new();
    section.read_to_end(&mut bytes).ok()?;
    let mut rest = bytes.as_slice();
    let mut found = Vec::new();
    for _level in 0..u8::from_le_bytes(take(&mut rest)?) {
        for _run in 0..u8::from_le_bytes(take(&mut rest)?) {
            for _table in 0..u32::from_le_bytes(take(&mut rest)?) {
                let id = u64::from_le_bytes(take(&mut rest)?);
                let [_checksum_type] = take(&mut rest)?;
                let checksum = u128::from_le_bytes(take(&mut rest)?);
                let _sequence = u64::from_le_bytes(take(&mut rest)?);
                found.push((id, checksum));
            }
        }
    }
    Some(found)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*taken)
}

fn checksum(path: &Path) -> io::Result<u128> {
    let mut file = File::open(path)?;
    let mut hasher = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(hasher.digest128());
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
}
