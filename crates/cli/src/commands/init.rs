//! `qiantang init`: a directory for a node with its key, its configuration and its request to join.

use super::{config::document, node_key};
use crate::{
    failure::Failure,
    messages::{OperateMessage as M, words::ORGANISATION_KIND},
    output::{Output, table},
};
use alloy_primitives::Address;
use clap::Args;
use qiantang_node::{
    founding::{Applicant, JoinRequest, scheme_named},
    validator_key::ValidatorKey,
};
use qiantang_types::{PeerAddress, SignatureScheme, TimestampMs};
use serde::Serialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// Names of the schemes.
pub(super) const SCHEMES: [&str; 2] = ["p256", "ed25519"];

/// The port for peers where none is named.
const PORT: u16 = 30545;

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[arg(long, value_name = "p256|ed25519", default_value = "p256", value_parser = SCHEMES)]
    scheme: String,
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<PeerAddress>,
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    #[arg(long, value_name = "KIND", requires = "organisation", value_parser = kind)]
    kind: Option<String>,
    #[arg(long, value_name = "CODE", requires = "organisation")]
    jurisdiction: Option<String>,
    #[arg(long, value_name = "ADDRESS", requires = "organisation")]
    administrator: Vec<Address>,
    #[arg(long)]
    encrypt: bool,
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    passphrase_file: Option<PathBuf>,
}

/// A kind of organisation in either language, as the chain spec names it.
fn kind(text: &str) -> Result<String, String> {
    let number = ORGANISATION_KIND.find(text);
    number
        .map(|number| ORGANISATION_KIND.key(number))
        .ok_or_else(|| ORGANISATION_KIND.keys().join(", "))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    dir: PathBuf,
    public_key: String,
    address: String,
    key: PathBuf,
    config: PathBuf,
    request: PathBuf,
}

/// Makes the directory; what is there already stays as it is.
pub(crate) fn run(output: Output, arguments: Init) -> Result<(), Failure> {
    let dir = arguments.dir.clone();
    let [key, config, request] =
        ["validator.key", "config.toml", "request.json"].map(|name| dir.join(name));
    for path in [&key, &config, &request] {
        refuse_existing(output, path)?;
    }
    let organisation = applicant(output, &arguments)?;
    let address = arguments.address.clone().unwrap_or_else(own_address);
    let passphrase = match arguments.encrypt {
        true => Some(node_key::new_passphrase(
            output,
            arguments.passphrase_file.as_deref(),
        )?),
        false => None,
    };
    fs::create_dir_all(&dir).map_err(|error| Failure::write(output.lang, &dir, &error))?;
    let of_key = |error| node_key::failure(output.lang, &error);
    let made = ValidatorKey::random(scheme(&arguments.scheme)).map_err(of_key)?;
    made.write(&key, passphrase.as_deref()).map_err(of_key)?;
    let mut set = vec![("p2p.listen", format!("\"0.0.0.0:{}\"", address.port()))];
    if let Some(file) = &arguments.passphrase_file {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        set.push((
            "key.passphrase_file",
            toml_text(&file.display().to_string()),
        ));
    }
    fs::write(&config, document(output, &set))
        .map_err(|error| Failure::write(output.lang, &config, &error))?;
    JoinRequest::new(&made, &address, organisation, now())
        .write(&request)
        .map_err(|error| super::genesis::failure(output, &error))?;
    let made = Made {
        public_key: made.public_key().to_string(),
        address: address.to_string(),
        dir,
        key,
        config,
        request,
    };
    output.data(&made, || text(output, &made))?;
    let next: [&dyn std::fmt::Display; 2] = [&made.request.display(), &made.key.display()];
    output.talk(output.say(M::InitNext, &next));
    Ok(())
}

fn text(output: Output, made: &Made) -> String {
    let word = |message| output.lang.text(message);
    let rows = [
        (word(M::InitPublicKey), made.public_key.clone()),
        (word(M::InitAddress), made.address.clone()),
        (word(M::InitKey), made.key.display().to_string()),
        (word(M::InitConfig), made.config.display().to_string()),
        (word(M::InitRequest), made.request.display().to_string()),
    ];
    table(&output.say(M::InitDone, &[&made.dir.display()]), &rows)
}

fn applicant(output: Output, arguments: &Init) -> Result<Option<Applicant>, Failure> {
    let Some(name) = &arguments.organisation else {
        return Ok(None);
    };
    match (&arguments.kind, &arguments.jurisdiction) {
        (Some(kind), Some(jurisdiction)) if !arguments.administrator.is_empty() => {
            Ok(Some(Applicant {
                name: name.clone(),
                kind: kind.clone(),
                jurisdiction: jurisdiction.clone(),
                administrators: arguments.administrator.clone(),
            }))
        }
        _ => Err(output.failure(M::InitOrganisation, &[])),
    }
}

/// The scheme that was typed, one of [`SCHEMES`].
pub(super) fn scheme(name: &str) -> SignatureScheme {
    scheme_named(name).unwrap_or(SignatureScheme::P256)
}

/// The name of this machine, or else itself.
fn own_address() -> PeerAddress {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let named = format!("{}:{PORT}", name.trim()).parse();
    named.unwrap_or_else(|_| {
        format!("127.0.0.1:{PORT}")
            .parse()
            .expect("an address and a port")
    })
}

pub(super) fn refuse_existing(output: Output, path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(output
            .failure(M::FileExists, &[&path.display()])
            .hint(output.lang, M::FileExistsHint)),
    }
}

/// A text as TOML writes it.
pub(super) fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What time it is.
pub(super) fn now() -> TimestampMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    TimestampMs::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_toml_wants() {
        assert_eq!(toml_text("/a b"), "\"/a b\"");
        assert_eq!(toml_text("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
    }

    #[test]
    fn every_scheme_has_its_name() {
        assert_eq!(
            SCHEMES.map(scheme),
            [SignatureScheme::P256, SignatureScheme::Ed25519]
        );
    }
}
