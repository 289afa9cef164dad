//! The file that holds key and salt of an erasable commitment.
//!
//! One JSON document: `format`, `version`, `commitment`, `key`, `salt`. Who has it and the data can
//! show what was committed to; once every copy is destroyed, nobody can. Only its owner can read
//! the file. Destroying overwrites the bytes before it removes the name, which is what a program
//! can do: copies in backups, and blocks that a drive or a copying file system keeps, are the
//! owner's to destroy.

use alloy_primitives::B256;
use alloy_signer::k256::elliptic_curve::rand_core::{OsRng, RngCore as _};
use qiantang_types::Opening;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
};

/// Value of the field `format`.
const FORMAT: &str = "qiantang-commitment-key";

/// Version of the format.
const VERSION: u8 = 1;

/// Bytes of the largest key file that is read.
const KEY_FILE_BYTES_MAX: u64 = 4 << 10;

/// A commitment with what opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// The word on chain.
    pub commitment: B256,
    /// Key and salt.
    pub opening: Opening,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    version: u8,
    commitment: B256,
    key: B256,
    salt: B256,
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refused.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// The bytes are no key file.
    #[error("this is no key file: {0}")]
    Format(String),
    /// There was a key file, and it was overwritten.
    #[error("the key was destroyed: what it opened is erased")]
    Destroyed,
}

impl KeyFile {
    /// Commits to data with a new random key, and keeps key and salt in a new file that is on disk
    /// before this returns.
    ///
    /// # Errors
    ///
    /// No random bytes; the file exists already or cannot be written.
    pub fn create(path: &Path, data: &[u8]) -> Result<Self, KeyFileError> {
        let opening = Opening {
            key: random()?,
            salt: random()?,
        };
        let commitment = opening.commit(data);
        let document = Document {
            format: FORMAT.to_owned(),
            version: VERSION,
            commitment,
            key: opening.key,
            salt: opening.salt,
        };
        let mut text = serde_json::to_string_pretty(&document)
            .map_err(|error| KeyFileError::Format(error.to_string()))?;
        text.push('\n');
        let mut file = private(fs::OpenOptions::new().write(true).create_new(true)).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(Self {
            commitment,
            opening,
        })
    }

    /// Reads a key file.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is none; [`KeyFileError::Destroyed`] where it was overwritten.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        let mut bytes = Vec::new();
        let file = fs::File::open(path)?;
        file.take(KEY_FILE_BYTES_MAX.saturating_add(1))
            .read_to_end(&mut bytes)?;
        let format = |reason: &str| Err(KeyFileError::Format(reason.to_owned()));
        if bytes.len() as u64 > KEY_FILE_BYTES_MAX {
            return format("it is too long");
        }
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(KeyFileError::Destroyed);
        }
        // What is in the file is secret, so an error does not repeat it.
        let Ok(document) = serde_json::from_slice::<Document>(&bytes) else {
            return format("it is not the JSON document of one");
        };
        if document.format != FORMAT || document.version != VERSION {
            return format("it is of another format or version");
        }
        Ok(Self {
            commitment: document.commitment,
            opening: Opening {
                key: document.key,
                salt: document.salt,
            },
        })
    }

    /// Overwrites a key file with zeros on disk, and removes it. Where it is interrupted in
    /// between, a file of zeros remains, and a second attempt removes that.
    ///
    /// # Errors
    ///
    /// The file is no key file, or cannot be overwritten or removed.
    pub fn destroy(path: &Path) -> Result<(), KeyFileError> {
        match Self::open(path) {
            Ok(_) | Err(KeyFileError::Destroyed) => {}
            Err(error) => return Err(error),
        }
        let mut file = fs::OpenOptions::new().write(true).open(path)?;
        let length = file.metadata()?.len();
        file.rewind()?;
        io::copy(&mut io::repeat(0).take(length), &mut file)?;
        file.sync_all()?;
        drop(file);
        fs::remove_file(path)?;
        Ok(())
    }
}

fn random() -> Result<B256, KeyFileError> {
    let mut word = B256::ZERO;
    OsRng
        .try_fill_bytes(word.as_mut_slice())
        .map_err(|error| KeyFileError::Random(error.to_string()))?;
    Ok(word)
}

#[cfg(unix)]
fn private(options: &mut fs::OpenOptions) -> &fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut fs::OpenOptions) -> &fs::OpenOptions {
    options
}

#[cfg(test)]
mod tests;
