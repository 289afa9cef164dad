//! The key of a node: opened with a passphrase where it needs one, and what is said if it fails.

use super::keys::ask_twice;
use crate::{
    failure::Failure,
    keys::ask_passphrase,
    messages::{Lang, Message, OperateMessage as M},
    output::Output,
};
use qiantang_node::{
    config::NodeConfig,
    validator_key::{KeyFile, KeyFileError, ValidatorKey, read_passphrase},
};
use std::{io, io::IsTerminal as _, path::Path};

/// Where a passphrase stands if no file is named.
const PASSPHRASE: &str = "QIANTANG_PASSPHRASE";

/// Opens the key of a configuration.
pub(super) fn open(output: Output, config: &NodeConfig) -> Result<ValidatorKey, Failure> {
    let failed = |error| failure(output.lang, &error);
    let key = match KeyFile::read(&config.key).map_err(failed)? {
        KeyFile::Plain(key) => return Ok(*key),
        KeyFile::Encrypted(key) => key,
    };
    if let Some(file) = &config.passphrase_file {
        let passphrase = read_passphrase(file).map_err(failed)?;
        return key.open(&passphrase).map_err(failed);
    }
    if let Ok(passphrase) = std::env::var(PASSPHRASE) {
        return key.open(&passphrase).map_err(failed);
    }
    if !io::stdin().is_terminal() {
        let path = config.key.display();
        return Err(output
            .failure(M::KeyPassphraseMissing, &[&path])
            .hint(output.lang, M::KeyPassphraseMissingHint));
    }
    let passphrase = ask_passphrase(output, Message::PassphraseAsk)?;
    key.open(&passphrase).map_err(failed)
}

/// The passphrase of a new key: from a file, the environment or the terminal.
pub(super) fn new_passphrase(output: Output, file: Option<&Path>) -> Result<String, Failure> {
    if let Some(file) = file {
        let passphrase = read_passphrase(file).map_err(|error| failure(output.lang, &error))?;
        return Ok(passphrase.to_string());
    }
    match std::env::var(PASSPHRASE) {
        Ok(passphrase) => Ok(passphrase),
        Err(_) => ask_twice(output),
    }
}

/// A failure about a key in the reader's language.
pub(crate) fn failure(lang: Lang, error: &KeyFileError) -> Failure {
    use KeyFileError as E;
    match error {
        E::File { what, path, source } => {
            Failure::new(lang, M::KeyFile, &[what, &path.display(), source])
                .hint(lang, M::KeyFileHint)
        }
        E::Exposed { path, mode } => {
            let path = path.display();
            let mode = format!("{mode:04o}");
            Failure {
                hint: Some(lang.say(M::KeyExposedHint, &[&path])),
                ..Failure::new(lang, M::KeyExposed, &[&path, &mode])
            }
        }
        E::Damaged { path, reason } => {
            Failure::new(lang, M::KeyDamaged, &[&path.display(), reason])
                .hint(lang, M::KeyDamagedHint)
        }
        E::Passphrase { path } => Failure::new(lang, M::KeyPassphrase, &[&path.display()])
            .hint(lang, M::KeyPassphraseHint),
        E::Random(reason) => Failure::new(lang, M::KeyRandom, &[reason]),
    }
}
