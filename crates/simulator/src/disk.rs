//! A simulated disk. What was synced stays; of what was not, a power cut leaves what it likes.

use crate::machine::mix;
use commonware_runtime::{BlobVersion, Error};
use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

type Partition = BTreeMap<Vec<u8>, Arc<Stored>>;

/// The files of a machine, over its restarts.
#[derive(Default)]
pub(crate) struct Disk {
    partitions: Mutex<BTreeMap<String, Partition>>,
    ignores_syncs: AtomicBool,
}

/// A file. A handle that was opened before the file was removed still reads it.
pub(crate) struct Stored {
    version: BlobVersion,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    /// What a reader sees.
    bytes: Vec<u8>,
    /// What the disk holds for sure.
    durable: Vec<u8>,
    /// What leads from there to `bytes`.
    unsynced: Vec<Change>,
    /// Lives as long as the handle.
    handle: Weak<()>,
}

enum Change {
    Write {
        offset: usize,
        bytes: Vec<u8>,
        /// Written through: a power cut does not undo it.
        through: bool,
    },
    Resize(usize),
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes, .. } => {
                let end = offset.saturating_add(bytes.len());
                if to.len() < end {
                    to.resize(end, 0);
                }
                if let Some(place) = to.get_mut(*offset..end) {
                    place.copy_from_slice(bytes);
                }
            }
            Self::Resize(length) => to.resize(*length, 0),
        }
    }
}

/// An open file, its bytes and its version.
pub(crate) type Opened = (Arc<Stored>, Arc<()>, u64, BlobVersion);

impl Disk {
    fn partitions(&self) -> MutexGuard<'_, BTreeMap<String, Partition>> {
        lock(&self.partitions)
    }

    /// Opens a file, or makes it. A file has one handle at a time. What can be read is safe from
    /// then on, as the contract of [`commonware_runtime::Storage`] has it: on a real machine the
    /// runtime calls syncfs when it starts, so that what a killed process left unsynced stays.
    pub(crate) fn open(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<Opened, Error> {
        let mut partitions = self.partitions();
        let files = partitions.entry(partition.to_owned()).or_default();
        let newest = *versions.end();
        let stored = files.entry(name.to_vec()).or_insert_with(|| {
            Arc::new(Stored {
                version: newest,
                content: Mutex::default(),
            })
        });
        let (stored, found) = (stored.clone(), stored.version);
        if !versions.contains(&found) {
            let expected = versions;
            return Err(Error::BlobVersionMismatch { expected, found });
        }
        let handle = Arc::new(());
        let mut content = lock(&stored.content);
        if content.handle.strong_count() > 0 {
            let name = String::from_utf8_lossy(name).into_owned();
            return Err(Error::BlobAlreadyOpen(partition.to_owned(), name));
        }
        content.handle = Arc::downgrade(&handle);
        let length = content.bytes.len() as u64;
        drop(content);
        self.sync(&stored);
        Ok((stored, handle, length, found))
    }

    /// Removes a file, or all of a partition.
    pub(crate) fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        let mut partitions = self.partitions();
        let missing = || Error::PartitionMissing(partition.to_owned());
        let Some(name) = name else {
            return partitions.remove(partition).map(drop).ok_or_else(missing);
        };
        let files = partitions.get_mut(partition).ok_or_else(missing)?;
        let text = || String::from_utf8_lossy(name).into_owned();
        let removed = files.remove(name).map(drop);
        removed.ok_or_else(|| Error::BlobMissing(partition.to_owned(), text()))
    }

    /// The files of a partition.
    pub(crate) fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        let partitions = self.partitions();
        let files = partitions.get(partition);
        let names = files.map(|files| files.keys().cloned().collect());
        names.ok_or_else(|| Error::PartitionMissing(partition.to_owned()))
    }

    /// Removes the partitions with a text in their names.
    pub(crate) fn remove_partitions(&self, text: &str) {
        self.partitions().retain(|name, _| !name.contains(text));
    }

    /// From now on syncs say that all is safe, and do nothing.
    pub(crate) fn ignore_syncs(&self) {
        self.ignores_syncs.store(true, Ordering::Release);
    }

    /// Makes what is in a file safe.
    pub(crate) fn sync(&self, stored: &Stored) {
        if !self.ignores_syncs.load(Ordering::Acquire) {
            stored.sync();
        }
    }

    /// The power goes: each file keeps what was synced and, as `random` has it, nothing, a part in
    /// the order of writing with a torn end, or any of what was not.
    pub(crate) fn cut_power(&self, random: u64) {
        let mut state = random;
        for stored in self.partitions().values().flat_map(Partition::values) {
            lock(&stored.content).cut_power(&mut state);
        }
    }
}

impl Content {
    fn cut_power(&mut self, state: &mut u64) {
        *state = mix(*state);
        let (manner, random) = (*state % 3, *state >> 8);
        let count = self.unsynced.len() as u64;
        let kept = random.checked_rem(count.saturating_add(1)).unwrap_or(0);
        for (number, mut change) in (0u64..).zip(self.unsynced.drain(..)) {
            *state = mix(*state);
            let through = matches!(change, Change::Write { through: true, .. });
            let stays = match manner {
                0 => false,
                1 => number < kept,
                _ => state.is_multiple_of(2),
            };
            let torn = manner == 1 && number == kept;
            if let (Change::Write { bytes, .. }, true, false) = (&mut change, torn, through) {
                let length = (*state >> 8).checked_rem(bytes.len() as u64).unwrap_or(0);
                bytes.truncate(usize::try_from(length).unwrap_or(0));
            }
            if stays || through || torn && matches!(change, Change::Write { .. }) {
                change.apply(&mut self.durable);
            }
        }
        self.bytes.clone_from(&self.durable);
    }
}

impl Stored {
    /// Bytes of a range.
    pub(crate) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let start = usize::try_from(offset).map_err(|_| Error::OffsetOverflow)?;
        let end = start.checked_add(length).ok_or(Error::OffsetOverflow)?;
        let content = lock(&self.content);
        let found = content.bytes.get(start..end);
        found
            .map(<[u8]>::to_vec)
            .ok_or(Error::BlobInsufficientLength)
    }

    /// Writes at an offset, through to the disk or not.
    pub(crate) fn write(&self, offset: u64, bytes: &[u8], through: bool) -> Result<(), Error> {
        let offset = usize::try_from(offset).map_err(|_| Error::OffsetOverflow)?;
        self.change(Change::Write {
            offset,
            bytes: bytes.to_vec(),
            through,
        });
        Ok(())
    }

    /// Cuts or fills up with zeros.
    pub(crate) fn resize(&self, length: u64) -> Result<(), Error> {
        let length = usize::try_from(length).map_err(|_| Error::OffsetOverflow)?;
        self.change(Change::Resize(length));
        Ok(())
    }

    fn change(&self, change: Change) {
        let mut content = lock(&self.content);
        change.apply(&mut content.bytes);
        content.unsynced.push(change);
    }

    /// From here on, everything before survives.
    fn sync(&self) {
        let mut content = lock(&self.content);
        let changes = std::mem::take(&mut content.unsynced);
        for change in changes {
            change.apply(&mut content.durable);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
