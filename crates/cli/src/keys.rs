//! Keys on this machine: where they are, and how `--key` names one.

use crate::{arguments::Signing, failure::Failure, messages::Message, output::Output};
use alloy_primitives::B256;
use alloy_signer::k256::elliptic_curve::rand_core::OsRng;
use qiantang_client::{Account, Client, ClientError, DEV_ACCOUNTS, PrivateKeySigner, dev_signer};
use qiantang_types::DEV_CHAIN_ID;
use std::{
    fs, io,
    io::IsTerminal as _,
    path::{Path, PathBuf},
};

/// Characters of the longest name.
const NAME_CHARS_MAX: usize = 64;

/// Bytes of the largest key file that is read.
const KEY_FILE_BYTES_MAX: u64 = 64 << 10;

/// The folder of encrypted keys: `keys` in `QIANTANG_HOME`, or in `.qiantang` in the user's home.
#[derive(Clone, Debug)]
pub(crate) struct Keystore {
    folder: PathBuf,
}

impl Keystore {
    pub(crate) fn new() -> Self {
        let home = std::env::var_os("QIANTANG_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(std::env::home_dir()?.join(".qiantang")));
        let folder = home
            .unwrap_or_else(|| PathBuf::from(".qiantang"))
            .join("keys");
        Self { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// Makes a key and keeps it encrypted in a file that only this user can read.
    pub(crate) fn make(
        &self,
        output: Output,
        name: &str,
        passphrase: &str,
    ) -> Result<PrivateKeySigner, Failure> {
        if !is_name(name) {
            return Err(output
                .failure(Message::KeyNameInvalid, &[&name])
                .hint(output.lang, Message::KeyNameHint));
        }
        let path = self.file(name);
        if path.exists() {
            return Err(output
                .failure(Message::KeyExists, &[&name, &path.display()])
                .hint(output.lang, Message::KeyExistsHint));
        }
        let failed = |error: &dyn std::fmt::Display| Failure::write(output.lang, &path, error);
        make_private(&self.folder, fs::DirBuilder::new().recursive(true))
            .map_err(|error| failed(&error))?;
        let signer = PrivateKeySigner::random();
        let secret = signer.to_bytes();
        // Written under another name first: the file appears whole or not at all.
        let unfinished = format!(".{name}.new");
        PrivateKeySigner::encrypt_keystore(
            &self.folder,
            &mut OsRng,
            secret,
            passphrase,
            Some(&unfinished),
        )
        .map_err(|error| failed(&error))?;
        let unfinished = self.folder.join(unfinished);
        restrict(&unfinished)
            .and_then(|()| fs::rename(&unfinished, &path))
            .map_err(|error| failed(&error))?;
        Ok(signer)
    }

    /// Names and addresses of the keys, by name.
    pub(crate) fn list(&self, output: Output) -> Result<Vec<(String, String)>, Failure> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::read(output.lang, &self.folder, &error)),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|e| Failure::read(output.lang, &self.folder, &e))?
                .path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if let Some(name) = name.strip_suffix(".json").filter(|name| is_name(name)) {
                keys.push((name.to_owned(), address_in(output, &path)?));
            }
        }
        keys.sort();
        Ok(keys)
    }

    /// The address of a key that is named as `--key` names it, without opening it where possible.
    pub(crate) fn address(&self, output: Output, key: &str) -> Result<String, Failure> {
        if let Some(signer) = plain(output, key)? {
            return Ok(signer.address().to_string());
        }
        let path = self.find(output, key)?;
        match read_key_file(output, &path)? {
            KeyFile::Plain(signer) => Ok(signer.address().to_string()),
            KeyFile::Encrypted => address_in(output, &path),
        }
    }

    /// The file that a name or path stands for.
    pub(crate) fn find(&self, output: Output, key: &str) -> Result<PathBuf, Failure> {
        let kept = self.file(key);
        if is_name(key) && kept.exists() {
            return Ok(kept);
        }
        let path = PathBuf::from(key);
        if path.is_file() {
            return Ok(path);
        }
        Err(output
            .failure(Message::KeyUnknown, &[&key, &self.folder.display()])
            .hint(output.lang, Message::KeyUnknownHint))
    }

    fn open(
        &self,
        output: Output,
        key: &str,
        passphrase: Option<String>,
    ) -> Result<PrivateKeySigner, Failure> {
        if let Some(signer) = plain(output, key)? {
            return Ok(signer);
        }
        let path = self.find(output, key)?;
        if let KeyFile::Plain(signer) = read_key_file(output, &path)? {
            return Ok(*signer);
        }
        let passphrase = match passphrase {
            Some(passphrase) => passphrase,
            None => ask_passphrase(output, Message::PassphraseAsk)?,
        };
        PrivateKeySigner::decrypt_keystore(&path, passphrase).map_err(|error| {
            output
                .failure(Message::KeyUnreadable, &[&path.display(), &error])
                .hint(output.lang, Message::KeyPassphraseHint)
        })
    }
}

/// The account that signs: the one that `--key` names, or the first of the development chain.
pub(crate) async fn account(
    output: Output,
    client: &Client,
    signing: &Signing,
) -> Result<Account, Failure> {
    let signer = signer(output, client, signing).await?;
    Ok(Account::new(client.clone(), signer))
}

/// The key that `--key` names, or the first of the development chain.
pub(crate) async fn signer(
    output: Output,
    client: &Client,
    signing: &Signing,
) -> Result<PrivateKeySigner, Failure> {
    if let Some(key) = &signing.key {
        return Keystore::new().open(output, key, signing.passphrase.clone());
    }
    let of_client = |error: ClientError| Failure::of_client(output.lang, &error);
    let chain = client.chain_id().await.map_err(of_client)?;
    if chain != DEV_CHAIN_ID {
        return Err(output
            .failure(Message::KeyMissing, &[&chain])
            .hint(output.lang, Message::KeyMissingHint));
    }
    dev_signer(0).map_err(of_client)
}

/// Asks at the terminal, without showing what is typed.
pub(crate) fn ask_passphrase(output: Output, prompt: Message) -> Result<String, Failure> {
    let terminal = console::Term::stderr();
    if !io::stdin().is_terminal() || !terminal.is_term() {
        return Err(output
            .failure(Message::PassphraseMissing, &[])
            .hint(output.lang, Message::PassphraseMissingHint));
    }
    let asked = terminal
        .write_str(&format!("{}: ", output.lang.text(prompt)))
        .and_then(|()| terminal.read_secure_line());
    asked.map_err(|error| output.failure(Message::FileRead, &[&"stdin", &error]))
}

enum KeyFile {
    Plain(Box<PrivateKeySigner>),
    Encrypted,
}

/// Keys that need no file: `dev:N` and 64 hexadecimal digits.
fn plain(output: Output, key: &str) -> Result<Option<PrivateKeySigner>, Failure> {
    if let Some(index) = key.strip_prefix("dev:") {
        let index = index.parse().ok().filter(|index| *index < DEV_ACCOUNTS);
        let signer = index.and_then(|index| dev_signer(index).ok());
        return signer.map(Some).ok_or_else(|| unknown(output, key));
    }
    let digits = key.strip_prefix("0x").unwrap_or(key);
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    of_hex(digits).map(Some).ok_or_else(|| {
        // The key itself is not repeated: it is secret.
        let word = output.lang.text(Message::WordKey);
        output.failure(Message::HashInvalid, &[&"0x…", &word])
    })
}

fn of_hex(digits: &str) -> Option<PrivateKeySigner> {
    let bytes: B256 = digits.trim().parse().ok()?;
    PrivateKeySigner::from_bytes(&bytes).ok()
}

fn unknown(output: Output, key: &str) -> Failure {
    let folder = Keystore::new().folder;
    output
        .failure(Message::KeyUnknown, &[&key, &folder.display()])
        .hint(output.lang, Message::KeyUnknownHint)
}

fn read_limited(output: Output, path: &Path) -> Result<String, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::read(output.lang, path, error);
    let length = fs::metadata(path).map_err(|error| failed(&error))?.len();
    if length > KEY_FILE_BYTES_MAX {
        return Err(failed(&io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    fs::read_to_string(path).map_err(|error| failed(&error))
}

fn read_key_file(output: Output, path: &Path) -> Result<KeyFile, Failure> {
    let text = read_limited(output, path)?;
    if text.trim_start().starts_with('{') {
        return Ok(KeyFile::Encrypted);
    }
    let signer = of_hex(&text).map(Box::new).map(KeyFile::Plain);
    signer.ok_or_else(|| {
        let word = output.lang.text(Message::WordKey);
        output.failure(Message::HashInvalid, &[&path.display(), &word])
    })
}

/// The address that a key file names in the open.
fn address_in(output: Output, path: &Path) -> Result<String, Failure> {
    let text = read_limited(output, path)?;
    let unreadable = |reason: &dyn std::fmt::Display| {
        output.failure(Message::KeyUnreadable, &[&path.display(), reason])
    };
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    let address = json
        .get("address")
        .and_then(|address| address.as_str())
        .unwrap_or_default();
    let address: alloy_primitives::Address = address.parse().map_err(|error| unreadable(&error))?;
    Ok(address.to_string())
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= NAME_CHARS_MAX && name.chars().all(fits)
}

#[cfg(unix)]
fn make_private(folder: &Path, builder: &mut fs::DirBuilder) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    builder.mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path, builder: &mut fs::DirBuilder) -> io::Result<()> {
    builder.create(folder)
}

#[cfg(unix)]
fn restrict(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> io::Result<()> {
    Ok(())
}
