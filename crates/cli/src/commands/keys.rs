//! `qiantang keys`: make and list keys.

use crate::{
    arguments::Keys,
    failure::Failure,
    keys::{Keystore, ask_passphrase},
    messages::Message,
    output::{Output, table},
};
use serde::Serialize;

#[derive(Serialize)]
struct Key {
    name: String,
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// Runs one of the commands about keys.
pub(crate) fn run(output: Output, arguments: Keys) -> Result<(), Failure> {
    let keystore = Keystore::new();
    match arguments {
        Keys::New { name, passphrase } => new(output, &keystore, name, passphrase),
        Keys::List => list(output, &keystore),
        Keys::Show { key } => show(output, &keystore, key),
    }
}

fn new(
    output: Output,
    keystore: &Keystore,
    name: String,
    passphrase: Option<String>,
) -> Result<(), Failure> {
    let passphrase = match passphrase {
        Some(passphrase) => passphrase,
        None => ask_twice(output)?,
    };
    let signer = keystore.make(output, &name, &passphrase)?;
    let key = Key {
        address: signer.address().to_string(),
        file: Some(keystore.file(&name).display().to_string()),
        name,
    };
    output.data(&key, || {
        describe(output, &key, output.lang.text(Message::KeyMade))
    })?;
    output.talk(output.lang.text(Message::KeyKept));
    Ok(())
}

pub(super) fn ask_twice(output: Output) -> Result<String, Failure> {
    let first = ask_passphrase(output, Message::PassphraseAsk)?;
    let second = ask_passphrase(output, Message::PassphraseAgain)?;
    if first == second {
        Ok(first)
    } else {
        Err(output.failure(Message::PassphraseDiffers, &[]))
    }
}

fn list(output: Output, keystore: &Keystore) -> Result<(), Failure> {
    let keys: Vec<Key> = keystore
        .list(output)?
        .into_iter()
        .map(|(name, address)| Key {
            name,
            address,
            file: None,
        })
        .collect();
    if keys.is_empty() {
        output.talk(output.say(Message::KeysNone, &[&keystore.folder().display()]));
        if !output.json {
            return Ok(());
        }
    }
    output.data(&keys, || {
        let rows: Vec<_> = keys
            .iter()
            .map(|key| (key.name.as_str(), key.address.clone()))
            .collect();
        table(&keystore.folder().display().to_string(), &rows)
    })
}

fn show(output: Output, keystore: &Keystore, key: String) -> Result<(), Failure> {
    let address = keystore.address(output, &key)?;
    let file = keystore
        .find(output, &key)
        .ok()
        .map(|path| path.display().to_string());
    // What was typed may be the secret itself.
    let secret = file.is_none() && !key.starts_with("dev:");
    let name = if secret { "-".to_owned() } else { key };
    let key = Key {
        name,
        address,
        file,
    };
    output.data(&key, || describe(output, &key, &key.name))
}

fn describe(output: Output, key: &Key, title: &str) -> String {
    let word = |message| output.lang.text(message);
    let mut rows = vec![
        (word(Message::KeyName), key.name.clone()),
        (word(Message::KeyAddress), key.address.clone()),
    ];
    rows.extend(key.file.clone().map(|file| (word(Message::KeyFile), file)));
    table(title, &rows)
}
