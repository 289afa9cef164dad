//! A node's own key: made, kept in a file, used to sign.
//!
//! The one place that knows both the bytes of a key and the consensus crate's type for it. In a
//! file a key is one line, 64 hexadecimal digits behind `ed25519:` or, for P-256, behind nothing;
//! or a JSON document that a passphrase opens (`encrypted`). Only its owner may read the file.

mod encrypted;

#[cfg(test)]
mod tests;

pub use encrypted::EncryptedKey;

use crate::directory::write_new;
use alloy_primitives::{Bytes, hex};
use qiantang_consensus::PrivateKey;
use qiantang_types::SignatureScheme;
use std::{
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Bytes of the largest file that is read as a key or a passphrase.
const FILE_BYTES_MAX: u64 = 16 << 10;

/// Bits of a file's mode that let others read or write it.
const OTHERS: u32 = 0o077;

/// How often a random scalar is drawn: almost every one is a key.
const DRAWS_MAX: usize = 16;

/// What stands before the digits of an Ed25519 key.
const ED25519: &str = "ed25519:";

/// A validator's or follower's private key.
#[derive(Clone)]
pub struct ValidatorKey {
    scheme: SignatureScheme,
    secret: Zeroizing<[u8; 32]>,
    private: PrivateKey,
}

/// What a key file holds.
pub enum KeyFile {
    /// A key.
    Plain(Box<ValidatorKey>),
    /// A key that a passphrase opens.
    Encrypted(Box<EncryptedKey>),
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refused.
    #[error("cannot {what} {}: {source}; check the path and its permissions", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read it.
    #[error("others may read {} (mode {mode:04o}); run: chmod 600 {}", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is no key.
    #[error("{} holds no validator key: {reason}; restore it from its backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong; never what is in the file.
        reason: String,
    },
    /// The wrong passphrase.
    #[error("the passphrase does not open {}; check it and where it comes from", path.display())]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// No random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

impl ValidatorKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub fn random(scheme: SignatureScheme) -> Result<Self, KeyFileError> {
        for _ in 0..DRAWS_MAX {
            let mut secret = Zeroizing::new([0; 32]);
            fill(secret.as_mut_slice())?;
            if let Ok(key) = Self::from_secret(scheme, secret) {
                return Ok(key);
            }
        }
        Err(KeyFileError::Random("they are no keys".to_owned()))
    }

    fn from_secret(scheme: SignatureScheme, secret: Zeroizing<[u8; 32]>) -> Result<Self, String> {
        let private = PrivateKey::from_bytes(scheme, secret.as_slice());
        Ok(Self {
            scheme,
            private: private.map_err(|error| error.to_string())?,
            secret,
        })
    }

    /// Its scheme.
    pub const fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    /// Its public key in 33 bytes.
    pub fn public_key(&self) -> Bytes {
        self.private.public_bytes()
    }

    /// The key as the engine takes it.
    pub(crate) fn private(&self) -> PrivateKey {
        self.private.clone()
    }

    /// Signs a message. The namespace keeps the signature from meaning something else
    /// elsewhere.
    pub fn sign(&self, namespace: &[u8], message: &[u8]) -> [u8; 64] {
        self.private.sign(namespace, message)
    }

    /// Keeps the key in a new file that only its owner may read; with a passphrase, encrypted.
    ///
    /// # Errors
    ///
    /// A file that is there already or cannot be written.
    pub fn write(&self, path: &Path, passphrase: Option<&str>) -> Result<(), KeyFileError> {
        if path.exists() {
            return Err(refused("write", path)(io::ErrorKind::AlreadyExists.into()));
        }
        let text = Zeroizing::new(match passphrase {
            Some(passphrase) => encrypted::seal(self, passphrase)?,
            None => format!("{}\n", self.line()),
        });
        write_new(path, text.as_bytes(), 0o600).map_err(refused("write", path))
    }

    fn line(&self) -> String {
        let digits = Zeroizing::new(hex::encode(self.secret.as_slice()));
        match self.scheme {
            SignatureScheme::P256 => digits.to_string(),
            SignatureScheme::Ed25519 => format!("{ED25519}{}", digits.as_str()),
        }
    }
}

impl KeyFile {
    /// Reads a key file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, that others may read too, or that holds no key.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let text = read_private(path)?;
        let damaged = |reason: String| KeyFileError::Damaged {
            path: path.to_path_buf(),
            reason,
        };
        if text.trim_start().starts_with('{') {
            let key = EncryptedKey::parse(path, &text).map_err(damaged)?;
            return Ok(Self::Encrypted(Box::new(key)));
        }
        let (scheme, digits) = match text.trim().split_once(':') {
            None => (SignatureScheme::P256, text.trim()),
            Some(("ed25519", digits)) => (SignatureScheme::Ed25519, digits),
            Some(_) => return Err(damaged("its scheme is not known".to_owned())),
        };
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, secret.as_mut_slice())
            .map_err(|_| damaged("it is no line of 64 hexadecimal digits".to_owned()))?;
        ValidatorKey::from_secret(scheme, secret)
            .map(|key| Self::Plain(Box::new(key)))
            .map_err(damaged)
    }
}

/// Reads the passphrase in a file: its first line.
///
/// # Errors
///
/// A file that cannot be read or that others may read too.
pub fn read_passphrase(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let text = read_private(path)?;
    let line = text.lines().next().unwrap_or_default();
    Ok(Zeroizing::new(line.to_owned()))
}

/// Reads a file that only its owner may read.
fn read_private(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let file = File::open(path).map_err(refused("read", path))?;
    let data = file.metadata().map_err(refused("read", path))?;
    let mode = data.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_path_buf(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    let read = file.take(FILE_BYTES_MAX).read_to_string(&mut text);
    read.map_err(refused("read", path))?;
    Ok(text)
}

fn fill(bytes: &mut [u8]) -> Result<(), KeyFileError> {
    getrandom::fill(bytes).map_err(|error| KeyFileError::Random(error.to_string()))
}

fn refused<'a>(what: &'static str, path: &'a Path) -> impl Fn(io::Error) -> KeyFileError + 'a {
    move |source| KeyFileError::File {
        what,
        path: path.to_path_buf(),
        source,
    }
}

/// Whether there is anything at a path, even what cannot be read.
pub(crate) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

impl std::fmt::Debug for ValidatorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ValidatorKey({})", self.public_key())
    }
}
