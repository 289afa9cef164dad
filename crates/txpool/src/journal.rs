//! The journal: pending transactions survive a restart.
//!
//! An append-only file of the admitted transactions, each behind its length, a checksum and its
//! sender: to recover twenty thousand senders takes a processor a second, at every start. It is
//! written without waiting for the disk: after `kill -9` the kernel still has
//! it, and after a power cut its loss loses nothing that anybody was promised. What the chain has
//! included in the meantime is recognised when the pool restores, so nothing is ever removed from
//! the file; it is rewritten when it has become much larger than what is pending.

use alloy_primitives::Address;
use qiantang_types::{TRANSACTION_BYTES_MAX, Transaction};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use xxhash_rust::xxh3::xxh3_64;

/// Name of the file in its directory.
const FILE_NAME: &str = "txpool.journal";

/// First bytes of the file: what it is, and its format version.
const MAGIC: [u8; 8] = *b"QTPOOL\0\x02";

/// Bytes of a frame's head: length of the transaction (4), and XXH3 of all that follows (8). Who
/// sent a transaction is believed when blocks are checked, so it is guarded well.
const FRAME_HEAD: usize = 12;

/// Bytes of the sender, behind the head.
const SENDER_BYTES: usize = Address::len_bytes();

/// Bytes up to which the file is never rewritten.
const REWRITE_BYTES_MIN: u64 = 4 << 20;

/// How much larger than the pending transactions the file may grow.
const REWRITE_FACTOR: u64 = 4;

/// After a failed write, the time until the next attempt.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// The journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "the transaction journal {path} cannot be opened; check that the directory exists and is writable"
)]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    /// `None` after a write failed, until a rewrite succeeds.
    file: Option<File>,
    bytes: u64,
    /// The file holds transactions of an earlier run that were not given back yet.
    unrestored: bool,
    failed: Option<Instant>,
    errors: u64,
}

impl Journal {
    /// Opens or creates the file and cuts off a torn end.
    pub(crate) fn open(directory: &Path) -> Result<Self, JournalError> {
        let path = directory.join(FILE_NAME);
        let open = || -> io::Result<(File, u64)> {
            let mut options = OpenOptions::new();
            let mut file = options
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)?;
            let mut good = scan(&file)?;
            file.set_len(good)?;
            file.seek(SeekFrom::Start(good))?;
            if good == 0 {
                file.write_all(&MAGIC)?;
                good = MAGIC.len() as u64;
            }
            Ok((file, good))
        };
        let (file, bytes) = open().map_err(|source| JournalError {
            path: path.clone(),
            source,
        })?;
        Ok(Self {
            path,
            file: Some(file),
            bytes,
            unrestored: bytes > MAGIC.len() as u64,
            failed: None,
            errors: 0,
        })
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn errors(&self) -> u64 {
        self.errors
    }

    /// The transactions of the file as it was opened, one after the other.
    pub(crate) fn read(&self) -> io::Result<Frames> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        let left = self.bytes.saturating_sub(MAGIC.len() as u64);
        Ok(Frames {
            reader: BufReader::new(file.take(left)),
            read: MAGIC.len() as u64,
        })
    }

    /// Appends transactions with one write. A failure is counted and said once, and stops the
    /// journal for a while: the pool goes on without it.
    pub(crate) fn append(&mut self, transactions: &[Transaction]) {
        let Some(file) = &mut self.file else { return };
        let mut buffer = Vec::new();
        for transaction in transactions {
            write_frame(&mut buffer, transaction);
        }
        match file.write_all(&buffer) {
            Ok(()) => self.bytes = self.bytes.saturating_add(buffer.len() as u64),
            Err(error) => {
                // What was half written is cut off, so that the file stays readable to its end.
                let cut = file.set_len(self.bytes);
                tracing::debug!(?cut, "cut the journal back");
                self.fail(&error);
            }
        }
    }

    /// Whether the file should be rewritten with what is pending.
    pub(crate) fn wants_rewrite(&self, live_bytes: usize) -> bool {
        if let Some(failed) = self.failed {
            return failed.elapsed() >= RETRY_INTERVAL;
        }
        let bound = (live_bytes as u64)
            .saturating_mul(REWRITE_FACTOR)
            .max(REWRITE_BYTES_MIN);
        !self.unrestored && self.bytes > bound
    }

    /// Replaces the file by one that holds `live` only.
    pub(crate) fn rewrite(&mut self, live: &[Transaction]) {
        let fresh = self.path.with_extension("journal.new");
        let write = || -> io::Result<(File, u64)> {
            let mut file = File::create(&fresh)?;
            let mut buffer = MAGIC.to_vec();
            let mut bytes: u64 = 0;
            for transaction in live {
                write_frame(&mut buffer, transaction);
                if buffer.len() >= TRANSACTION_BYTES_MAX {
                    file.write_all(&buffer)?;
                    bytes = bytes.saturating_add(buffer.len() as u64);
                    buffer.clear();
                }
            }
            file.write_all(&buffer)?;
            std::fs::rename(&fresh, &self.path)?;
            Ok((file, bytes.saturating_add(buffer.len() as u64)))
        };
        match write() {
            Ok((file, bytes)) => {
                if self.failed.take().is_some() {
                    let path = self.path.display();
                    tracing::info!(%path, "the transaction journal works again");
                }
                (self.file, self.bytes, self.unrestored) = (Some(file), bytes, false);
            }
            Err(error) => {
                let removed = std::fs::remove_file(&fresh);
                tracing::debug!(?removed, "removed the unfinished journal");
                self.fail(&error);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn replace_file(&mut self, file: File) {
        self.file = Some(file);
    }

    fn fail(&mut self, error: &io::Error) {
        if self.failed.is_none() {
            tracing::warn!(
                path = %self.path.display(),
                %error,
                "the transaction journal cannot be written: pending transactions would be lost at a restart; \
                 free space or make the directory writable"
            );
        }
        self.file = None;
        self.failed = Some(Instant::now());
        self.errors = self.errors.saturating_add(1);
    }
}

fn write_frame(buffer: &mut Vec<u8>, transaction: &Transaction) {
    let encoded = transaction.encoded();
    // Only what has a sender is admitted.
    let (Ok(length), Ok(sender)) = (u32::try_from(encoded.len()), transaction.sender()) else {
        return;
    };
    let start = buffer.len();
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&[0; 8]);
    buffer.extend_from_slice(sender.as_slice());
    buffer.extend_from_slice(encoded);
    let (head, body) = buffer[start..].split_at_mut(FRAME_HEAD);
    head[4..].copy_from_slice(&xxh3_64(body).to_le_bytes());
}

/// Length of the readable beginning of a file; zero where it is no journal of this version.
fn scan(file: &File) -> io::Result<u64> {
    let mut reader = BufReader::new(file);
    let mut magic = [0; MAGIC.len()];
    match reader.read_exact(&mut magic) {
        Ok(()) if magic == MAGIC => {}
        Ok(()) => {
            tracing::warn!("the transaction journal has an unknown format and starts afresh");
            return Ok(0);
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
        Err(error) => return Err(error),
    }
    let mut frames = Frames {
        reader,
        read: MAGIC.len() as u64,
    };
    while frames.next_body()?.is_some() {}
    Ok(frames.read)
}

/// Reads frames until the end or the first one that is not whole.
pub(crate) struct Frames<R = io::Take<File>> {
    reader: BufReader<R>,
    /// Position after the last whole frame.
    read: u64,
}

impl<R: io::Read> Frames<R> {
    pub(crate) fn next_transaction(&mut self) -> io::Result<Option<Transaction>> {
        let Some(body) = self.next_body()? else {
            return Ok(None);
        };
        let (sender, encoded) = body.split_at(SENDER_BYTES);
        let Ok(transaction) = Transaction::decode(encoded) else {
            return Ok(None);
        };
        transaction.trust_sender(Address::from_slice(sender));
        Ok(Some(transaction))
    }

    /// A sender and its transaction.
    fn next_body(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut head = [0; FRAME_HEAD];
        if !read_whole(&mut self.reader, &mut head)? {
            return Ok(None);
        }
        let [l0, l1, l2, l3, expected @ ..] = head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length > TRANSACTION_BYTES_MAX {
            return Ok(None);
        }
        let mut body = vec![0; SENDER_BYTES.saturating_add(length)];
        if !read_whole(&mut self.reader, &mut body)? || xxh3_64(&body).to_le_bytes() != expected {
            return Ok(None);
        }
        let frame = FRAME_HEAD.saturating_add(body.len()) as u64;
        self.read = self.read.saturating_add(frame);
        Ok(Some(body))
    }
}

/// Fills the buffer, or answers that the end came first.
fn read_whole(reader: &mut impl io::Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
