//! The commands, one module each.

pub(crate) mod acting;
pub(crate) mod approvals;
pub(crate) mod bench;
pub(crate) mod config;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod evidence;
pub(crate) mod genesis;
pub(crate) mod governance;
pub(crate) mod identity;
pub(crate) mod init;
pub(crate) mod keys;
mod names;
pub(crate) mod network;
pub(crate) mod node_key;
pub(crate) mod policy;
pub(crate) mod proof;
pub(crate) mod replay;
pub(crate) mod schedule;
mod signal;
pub(crate) mod snapshot;
pub(crate) mod start;
pub(crate) mod trace;
mod typed;

use crate::{failure::Failure, messages::Message, output::Output};
use qiantang_client::{Client, ClientError};
use std::{
    io::{self, Read as _},
    path::Path,
};

/// A client of the node that the user named.
fn connect(output: Output, url: &str) -> Result<Client, Failure> {
    Client::new(url).map_err(|error| Failure::of_client(output.lang, &error))
}

/// Says why a node does not start.
fn of_node(output: Output, error: &qiantang_node::NodeError) -> Failure {
    Failure::of_node(output.lang, Message::NodeFailed, error)
}

/// Turns the SDK's errors into failures.
fn of_client(output: Output) -> impl Fn(ClientError) -> Failure {
    move |error| Failure::of_client(output.lang, &error)
}

/// Reads a file of at most `limit` bytes; `-` is standard input.
fn read_file(output: Output, path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let mut source: Box<dyn io::Read> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            Box::new(std::fs::File::open(path)?)
        };
        let mut bytes = Vec::new();
        source
            .by_ref()
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    };
    read().map_err(|error| Failure::read(output.lang, path, &error))
}

/// Parses what must be a value of a kind, and says what is expected otherwise.
fn parse<T: std::str::FromStr>(output: Output, text: &str, kind: Message) -> Result<T, Failure> {
    text.parse().map_err(|_| {
        let kind = output.lang.text(kind);
        output.failure(Message::HashInvalid, &[&text, &kind])
    })
}

/// Parses an anchor.
fn parse_anchor(output: Output, text: &str) -> Result<qiantang_types::Fingerprint, Failure> {
    text.parse().map_err(|_| {
        output
            .failure(Message::AnchorInvalid, &[&text])
            .hint(output.lang, Message::AnchorInvalidHint)
    })
}
