//! A key behind a passphrase: Ethereum's Web3 Secret Storage, version 3, with scrypt (RFC 7914) and
//! AES-128-CTR, and with the scheme and the public key in the open.
//!
//! Tools for that format open it. They are not used here, because they take for granted what a
//! damaged file need not have, and spend as much memory as the file says.

use super::{KeyFileError, ValidatorKey, fill};
use aes::{
    Aes128,
    cipher::{KeyIvInit as _, StreamCipher as _},
};
use alloy_primitives::{Bytes, hex, keccak256};
use qiantang_types::SignatureScheme;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

type Aes128Ctr = ctr::Ctr128BE<Aes128>;

/// Version of the format.
const VERSION: u8 = 3;

/// Cost of scrypt for new files: with `R`, 128 MiB of memory and about half a second.
const LOG_N: u8 = if cfg!(test) { 10 } else { 17 };
const R: u32 = 8;
const P: u32 = 1;

/// The most that a file may ask for: 1 GiB of memory.
const LOG_N_MAX: u8 = 20;
const R_MAX: u32 = 8;
const P_MAX: u32 = 16;

/// Bytes that scrypt derives: half for the cipher, half for the check.
const DERIVED_BYTES: usize = 32;

/// A key that a passphrase opens.
#[derive(Clone, Debug)]
pub struct EncryptedKey {
    path: PathBuf,
    document: Document,
    params: scrypt::Params,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    version: u8,
    id: String,
    scheme: SignatureScheme,
    public_key: Bytes,
    crypto: Crypto,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Crypto {
    cipher: String,
    cipherparams: CipherParams,
    #[serde(with = "plain_hex")]
    ciphertext: Vec<u8>,
    kdf: String,
    kdfparams: KdfParams,
    #[serde(with = "plain_hex")]
    mac: Vec<u8>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CipherParams {
    #[serde(with = "plain_hex")]
    iv: Vec<u8>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KdfParams {
    dklen: usize,
    n: u64,
    p: u32,
    r: u32,
    #[serde(with = "plain_hex")]
    salt: Vec<u8>,
}

/// The format's hexadecimal digits have nothing before them.
mod plain_hex {
    use alloy_primitives::hex;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl EncryptedKey {
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let document: Document =
            serde_json::from_str(text).map_err(|_| "it is not the JSON document of one")?;
        let crypto = &document.crypto;
        let kdf = &crypto.kdfparams;
        let log_n = u8::try_from(kdf.n.trailing_zeros()).unwrap_or(u8::MAX);
        let is_known = document.version == VERSION
            && crypto.cipher == "aes-128-ctr"
            && crypto.kdf == "scrypt"
            && kdf.dklen == DERIVED_BYTES
            && crypto.cipherparams.iv.len() == 16
            && crypto.ciphertext.len() == 32
            && kdf.n.is_power_of_two();
        if !is_known {
            return Err("it is of another format or version".to_owned());
        }
        if log_n > LOG_N_MAX || kdf.r > R_MAX || kdf.p > P_MAX {
            return Err("to open it would take more than 1 GiB of memory".to_owned());
        }
        let params = scrypt::Params::new(log_n, kdf.r, kdf.p)
            .map_err(|_| "its scrypt parameters are no such".to_owned())?;
        Ok(Self {
            path: path.to_path_buf(),
            document,
            params,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The public key that it names in the open.
    pub const fn public_key(&self) -> &Bytes {
        &self.document.public_key
    }

    /// Opens it. This takes about half a second, and as much memory as the file says.
    ///
    /// # Errors
    ///
    /// Another passphrase; a key that does not belong to the public key of the file.
    pub fn open(&self, passphrase: &str) -> Result<ValidatorKey, KeyFileError> {
        let damaged = |reason: &str| KeyFileError::Damaged {
            path: self.path.clone(),
            reason: reason.to_owned(),
        };
        let crypto = &self.document.crypto;
        let derived = derive(passphrase, &crypto.kdfparams.salt, &self.params)
            .ok_or_else(|| damaged("its scrypt parameters are no such"))?;
        let (cipher, check) = derived.split_at(DERIVED_BYTES / 2);
        if mac(check, &crypto.ciphertext).as_slice() != crypto.mac {
            return Err(KeyFileError::Passphrase {
                path: self.path.clone(),
            });
        }
        let mut secret = Zeroizing::new([0; 32]);
        secret.copy_from_slice(&crypto.ciphertext);
        apply(cipher, &crypto.cipherparams.iv, secret.as_mut_slice())
            .ok_or_else(|| damaged("its cipher parameters are no such"))?;
        let key = ValidatorKey::from_secret(self.document.scheme, secret)
            .map_err(|reason| damaged(&reason))?;
        if key.public_key() != self.document.public_key {
            return Err(damaged("the key inside is not that of its public key"));
        }
        Ok(key)
    }
}

/// The document of a key.
pub(super) fn seal(key: &ValidatorKey, passphrase: &str) -> Result<String, KeyFileError> {
    let impossible = |what: &str| KeyFileError::Random(format!("{what} cannot be used"));
    let mut salt = vec![0; 32];
    let mut iv = vec![0; 16];
    let mut id = [0; 16];
    for bytes in [salt.as_mut_slice(), iv.as_mut_slice(), id.as_mut_slice()] {
        fill(bytes)?;
    }
    let params = scrypt::Params::new(LOG_N, R, P).map_err(|_| impossible("scrypt"))?;
    let derived = derive(passphrase, &salt, &params).ok_or_else(|| impossible("scrypt"))?;
    let (cipher, check) = derived.split_at(DERIVED_BYTES / 2);
    let mut ciphertext = key.secret.to_vec();
    apply(cipher, &iv, &mut ciphertext).ok_or_else(|| impossible("the cipher"))?;
    let document = Document {
        version: VERSION,
        id: uuid(id),
        scheme: key.scheme,
        public_key: key.public_key(),
        crypto: Crypto {
            cipher: "aes-128-ctr".to_owned(),
            cipherparams: CipherParams { iv },
            mac: mac(check, &ciphertext).to_vec(),
            ciphertext,
            kdf: "scrypt".to_owned(),
            kdfparams: KdfParams {
                dklen: DERIVED_BYTES,
                n: 1 << LOG_N,
                p: P,
                r: R,
                salt,
            },
        },
    };
    let text = serde_json::to_string_pretty(&document).map_err(|_| impossible("the document"))?;
    Ok(format!("{text}\n"))
}

fn derive(passphrase: &str, salt: &[u8], params: &scrypt::Params) -> Option<Zeroizing<[u8; 32]>> {
    let mut derived = Zeroizing::new([0; DERIVED_BYTES]);
    scrypt::scrypt(passphrase.as_bytes(), salt, params, derived.as_mut_slice()).ok()?;
    Some(derived)
}

fn apply(key: &[u8], iv: &[u8], bytes: &mut [u8]) -> Option<()> {
    Aes128Ctr::new_from_slices(key, iv)
        .ok()?
        .try_apply_keystream(bytes)
        .ok()
}

fn mac(check: &[u8], ciphertext: &[u8]) -> alloy_primitives::B256 {
    keccak256([check, ciphertext].concat())
}

/// Random bytes as a UUID of version 4 (RFC 9562).
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(bytes);
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if [8, 12, 16, 20].contains(&index) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}
