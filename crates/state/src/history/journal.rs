//! Checks that the engine's journals are whole.
//!
//! A journal is a row of batches. A batch is `01`, the number of items (4 bytes) and a sequence
//! number (8); the items, each `02`, kind of value, compression, keyspace (8), length of the key
//! (2), of the value (4) and of the stored value (4), key, stored value, or `04` and a keyspace
//! (8); then `03`, the XXH3 of all items (8) and `FJL` `03`. Numbers are little-endian. The active
//! journal is allocated ahead and ends in zeros.
//!
//! The last batch of the active journal may be cut off: the process ended while it wrote. Anything
//! else that does not read is damage.

use super::{StoreError, error::Place};
use std::{
    fs,
    path::{Path, PathBuf},
};
use xxhash_rust::xxh3::xxh3_64;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;

/// Bytes of a batch before its items.
const START_BYTES: usize = 13;

/// Bytes of a journal (fjall: `PRE_ALLOCATED_BYTES`).
#[cfg(target_os = "linux")]
const JOURNAL_BYTES: u64 = 64 << 20;

/// Bytes that are compared with zeros at once.
const ZEROS: [u8; 4096] = [0; 4096];

/// Checks the journals of a store, of which the last is active.
pub(super) fn check_all(place: &Place) -> Result<(), StoreError> {
    let paths = files(place)?;
    for (index, path) in paths.iter().enumerate() {
        let bytes = fs::read(path).map_err(|source| place.io("read", path, source))?;
        let active = index.saturating_add(1) == paths.len();
        if let Err(at) = check(&bytes, active) {
            return Err(damage(place, path, at));
        }
    }
    Ok(())
}

/// Makes journals whole by dropping what comes after the damage. Copies of what was there stay
/// beside them, under names that end in `.damaged`.
pub(super) fn mend(place: &Place) -> Result<(), StoreError> {
    let paths = files(place)?;
    let mut whole = true;
    for (index, path) in paths.iter().enumerate() {
        let bytes = fs::read(path).map_err(|source| place.io("read", path, source))?;
        let active = index.saturating_add(1) == paths.len();
        let good = match check(&bytes, active) {
            Ok(()) if whole => continue,
            Ok(()) => 0,
            Err(_) if !whole => 0,
            Err(at) => at,
        };
        whole = false;
        let copy = path.with_extension("jnl.damaged");
        fs::copy(path, &copy).map_err(|source| place.io("write", &copy, source))?;
        let cut = fs::OpenOptions::new().write(true).open(path);
        cut.and_then(|file| file.set_len(good as u64))
            .map_err(|source| place.io("cut", path, source))?;
    }
    Ok(())
}

/// Takes the disk's space for the active journal, as far as the file system can. The engine gives
/// it its length but no space: it would take that as it fills, and a node that does nothing would
/// seem to grow by what a journal gives back when the next one begins. A disk on which only
/// `free_bytes_min` would be left keeps its space.
#[cfg(target_os = "linux")]
pub(super) fn reserve(place: &Place, active: &Path, free_bytes_min: u64) {
    use rustix::fs::{FallocateFlags, fallocate};
    let needed = free_bytes_min.saturating_add(JOURNAL_BYTES);
    let reserve = || {
        if fs4::available_space(&place.store)? < needed {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let file = fs::OpenOptions::new().write(true).open(active)?;
        // The length stays: after a restart the engine goes on at the end of the file.
        Ok(fallocate(
            &file,
            FallocateFlags::KEEP_SIZE,
            0,
            JOURNAL_BYTES,
        )?)
    };
    let reserved: std::io::Result<()> = reserve();
    if let Err(error) = reserved {
        tracing::debug!(path = %active.display(), %error, "a journal takes its space as it fills");
    }
}

/// Elsewhere a journal takes its space as it fills.
#[cfg(not(target_os = "linux"))]
pub(super) fn reserve(_: &Place, _: &Path, _: u64) {}

/// Paths of the journals, the active one last.
pub(super) fn files(place: &Place) -> Result<Vec<PathBuf>, StoreError> {
    let list = |source| place.io("list", &place.store, source);
    let mut found = Vec::new();
    for entry in fs::read_dir(&place.store).map_err(list)? {
        let path = entry.map_err(list)?.path();
        if path.extension().is_none_or(|extension| extension != "jnl") {
            continue;
        }
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        let Some(number) = number else {
            return Err(place.damage(&path, "its name is not that of a journal".to_owned()));
        };
        found.push((number, path));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn damage(place: &Place, path: &Path, at: usize) -> StoreError {
    place.damage(
        path,
        format!("the journal's batch at byte {at} does not read"),
    )
}

enum Broken {
    /// It does not read on: it may be cut off.
    Form,
    /// It is all there, but its checksum is another.
    Checksum,
}

/// The position of a batch that is damaged.
fn check(bytes: &[u8], active: bool) -> Result<(), usize> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest
            .chunks(ZEROS.len())
            .all(|chunk| chunk == &ZEROS[..chunk.len()])
        {
            return Ok(());
        }
        match batch(rest) {
            Ok(length) => at = at.saturating_add(length),
            Err(Broken::Form) if active && !holds_batch(rest) => return Ok(()),
            Err(_) => return Err(at),
        }
    }
}

/// Whether a whole batch begins anywhere after the first byte.
fn holds_batch(bytes: &[u8]) -> bool {
    let starts = bytes
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, byte)| **byte == START);
    let mut rests = starts.filter_map(|(at, _)| bytes.get(at..));
    rests.any(|rest| batch(rest).is_ok())
}

/// The length of the batch at the beginning of the bytes.
fn batch(bytes: &[u8]) -> Result<usize, Broken> {
    let (start, after) = bytes.split_at_checked(START_BYTES).ok_or(Broken::Form)?;
    let count = match start {
        [START, a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]),
        _ => return Err(Broken::Form),
    };
    let mut items = 0_usize;
    for _ in 0..count {
        let rest = after.get(items..).unwrap_or_default();
        items = items.saturating_add(item(rest).ok_or(Broken::Form)?);
    }
    let (items, end) = after.split_at_checked(items).ok_or(Broken::Form)?;
    let end: &[u8; START_BYTES] = end.first_chunk().ok_or(Broken::Form)?;
    let [END, checksum @ .., b'F', b'J', b'L', 3] = end else {
        return Err(Broken::Form);
    };
    if u64::from_le_bytes(*checksum) != xxh3_64(items) {
        return Err(Broken::Checksum);
    }
    let length = START_BYTES.saturating_mul(2).saturating_add(items.len());
    Ok(length)
}

/// The length of the item at the beginning of the bytes.
fn item(bytes: &[u8]) -> Option<usize> {
    let length = match *bytes.first()? {
        CLEAR => 9,
        ITEM => {
            let key = u16::from_le_bytes(bytes.get(11..13)?.try_into().ok()?);
            let stored = u32::from_le_bytes(bytes.get(17..21)?.try_into().ok()?);
            21_usize
                .checked_add(usize::from(key))?
                .checked_add(stored as usize)?
        }
        _ => return None,
    };
    (length <= bytes.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(value: &[u8]) -> Vec<u8> {
        let mut items = vec![ITEM, 0, 0];
        items.extend_from_slice(&1_u64.to_le_bytes());
        items.extend_from_slice(&3_u16.to_le_bytes());
        items.extend_from_slice(&(value.len() as u32).to_le_bytes());
        items.extend_from_slice(&(value.len() as u32).to_le_bytes());
        items.extend_from_slice(b"key");
        items.extend_from_slice(value);
        let mut out = vec![START];
        out.extend_from_slice(&1_u32.to_le_bytes());
        out.extend_from_slice(&7_u64.to_le_bytes());
        out.extend_from_slice(&items);
        out.push(END);
        out.extend_from_slice(&xxh3_64(&items).to_le_bytes());
        out.extend_from_slice(b"FJL\x03");
        out
    }

    #[test]
    fn a_tail_that_is_cut_off_is_no_damage_in_the_active_journal() {
        let whole = [made(b"first"), made(b"second")].concat();
        let first = made(b"first").len();
        for end in 0..=whole.len() {
            let mut bytes = whole[..end].to_vec();
            assert!(check(&bytes, true).is_ok(), "{end}");
            let ends_between = [0, first, whole.len()].contains(&end);
            assert_eq!(check(&bytes, false).is_ok(), ends_between, "{end}");
            bytes.resize(whole.len() + 9_000, 0);
            assert!(check(&bytes, true).is_ok(), "{end}");
        }
    }

    #[test]
    fn a_changed_byte_before_the_last_batch_is_damage() {
        let whole = [made(b"first"), made(b"second"), vec![0; 5_000]].concat();
        let checked = |bytes: &[u8]| check(bytes, true);
        assert!(checked(&whole).is_ok());
        for at in 0..made(b"first").len() {
            // The sequence number is not under the checksum, nor are kind and keyspace read here:
            // the engine does.
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            let sequence = (5..START_BYTES).contains(&at);
            assert_eq!(checked(&bytes).is_err(), !sequence, "byte {at}");
        }
    }
}
