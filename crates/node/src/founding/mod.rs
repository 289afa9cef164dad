//! From requests to a chain spec: what the members do once, before the first block.
//!
//! The same requests and choices give the same spec, byte for byte, in whatever order they are
//! named: every member can build it and compare the anchor.

mod request;

#[cfg(test)]
mod tests;

pub use request::{Applicant, JoinRequest};

use crate::{Directory, NodeError};
use alloy_primitives::{Address, Bytes};
use qiantang_types::{
    ChainSpec, Fingerprint, GenesisAccount, GenesisOrganisation, Parameters, SignatureScheme,
    TimestampMs, ledger_hash,
};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Chain ids that are made from a chain's name and validators begin here and are as many.
const CHAIN_IDS: u32 = 1_000_000_000;

/// What the members choose.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Name for people.
    pub name: String,
    /// EIP-155 chain id; otherwise it follows from the name and the validators.
    pub chain_id: Option<u64>,
    /// Time of the genesis block; otherwise that of the latest request.
    pub time: Option<TimestampMs>,
    /// Rules that execution follows.
    pub parameters: Parameters,
    /// Accounts at genesis.
    pub alloc: BTreeMap<Address, GenesisAccount>,
}

/// Why requests make no chain spec.
#[derive(Debug, thiserror::Error)]
pub enum FoundingError {
    /// A file.
    #[error("{}: {source}; check the path and its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No request.
    #[error("{} is no valid request to join: {reason}; ask its sender for another one", path.display())]
    Request {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Nobody asks.
    #[error("no request; name at least one request.json")]
    Empty,
    /// Two requests that cannot both be met.
    #[error("{} and {} {problem}; ask their senders which one holds", first.display(), second.display())]
    Conflict {
        /// The one file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// What they have in common, or not.
        problem: Conflict,
    },
}

/// What two requests have in common, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// One key.
    #[error("have the same key")]
    Key,
    /// One address.
    #[error("have the same address")]
    Address,
    /// Two schemes.
    #[error("have keys of different schemes")]
    Scheme,
    /// One account that administers two organisations.
    #[error("name the same account as administrator of different organisations")]
    Administrator,
    /// One organisation, of which they say different things.
    #[error("describe the same organisation differently")]
    Organisation,
}

/// What a request asks for and a chain spec does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The chain has another signature scheme.
    Scheme,
    /// The key is no validator.
    Validator,
    /// The validator has another address, or none.
    Address,
    /// The organisation is no member.
    Organisation,
    /// The member has another kind.
    Kind,
    /// The member has another jurisdiction.
    Jurisdiction,
    /// The member has other administrators.
    Administrators,
    /// The validator is not the member's.
    Owner,
}

/// Builds a chain spec from requests, each with the file that it came from.
///
/// # Errors
///
/// No request, and requests that contradict each other.
pub fn build(
    requests: &[(PathBuf, JoinRequest)],
    choices: Choices,
) -> Result<ChainSpec, FoundingError> {
    let (_, first) = requests.first().ok_or(FoundingError::Empty)?;
    let scheme = first.scheme;
    check_pairs(requests)?;
    let mut sorted: Vec<&JoinRequest> = requests.iter().map(|(_, request)| request).collect();
    sorted.sort_by(|a, b| a.public_key.cmp(&b.public_key));
    let validators: Vec<Bytes> = sorted.iter().map(|one| one.public_key.clone()).collect();
    let addresses = sorted
        .iter()
        .map(|one| (one.public_key.clone(), one.address.clone()));
    let latest = sorted.iter().map(|one| one.time).max().unwrap_or_default();
    Ok(ChainSpec {
        chain_id: choices
            .chain_id
            .unwrap_or_else(|| chain_id(&choices.name, &validators)),
        name: choices.name,
        genesis_time: choices.time.unwrap_or(latest),
        scheme,
        addresses: addresses.collect(),
        parameters: choices.parameters,
        organisations: organisations(&sorted),
        validators,
        alloc: choices.alloc,
    })
}

fn check_pairs(requests: &[(PathBuf, JoinRequest)]) -> Result<(), FoundingError> {
    for (index, (second, b)) in requests.iter().enumerate() {
        for (first, a) in requests.iter().take(index) {
            if let Some(problem) = conflict(a, b) {
                return Err(FoundingError::Conflict {
                    first: first.clone(),
                    second: second.clone(),
                    problem,
                });
            }
        }
    }
    Ok(())
}

fn conflict(a: &JoinRequest, b: &JoinRequest) -> Option<Conflict> {
    if a.scheme != b.scheme {
        return Some(Conflict::Scheme);
    }
    if a.public_key == b.public_key {
        return Some(Conflict::Key);
    }
    if a.address == b.address {
        return Some(Conflict::Address);
    }
    let (a, b) = (a.organisation.as_ref()?, b.organisation.as_ref()?);
    if a.name == b.name {
        return (a != b).then_some(Conflict::Organisation);
    }
    let shared = a
        .administrators
        .iter()
        .any(|x| b.administrators.contains(x));
    shared.then_some(Conflict::Administrator)
}

/// The organisations by name, each with its validators.
fn organisations(sorted: &[&JoinRequest]) -> Vec<GenesisOrganisation> {
    let mut members: BTreeMap<&str, GenesisOrganisation> = BTreeMap::new();
    for request in sorted {
        let Some(applicant) = &request.organisation else {
            continue;
        };
        let member = members
            .entry(&applicant.name)
            .or_insert_with(|| GenesisOrganisation {
                name: applicant.name.clone(),
                kind: applicant.kind.clone(),
                jurisdiction: applicant.jurisdiction.clone(),
                administrators: applicant.administrators.clone(),
                validators: Vec::new(),
            });
        member.validators.push(request.public_key.clone());
    }
    members.into_values().collect()
}

fn chain_id(name: &str, validators: &[Bytes]) -> u64 {
    let length = (name.len() as u64).to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![b"qiantang chain id 1", &length, name.as_bytes()];
    parts.extend(validators.iter().map(|key| key.as_ref()));
    let hash = ledger_hash(&parts);
    let number = hash.iter().take(4).fold(0u32, |number, byte| {
        number.wrapping_shl(8) | u32::from(*byte)
    });
    u64::from(CHAIN_IDS).saturating_add(u64::from(number.checked_rem(CHAIN_IDS).unwrap_or(0)))
}

/// What a request asks for and a chain spec does not hold; nothing if the member may agree.
pub fn missing(spec: &ChainSpec, request: &JoinRequest) -> Vec<Missing> {
    let key = &request.public_key;
    let mut missing = Vec::new();
    let mut demand = |holds: bool, what: Missing| {
        if !holds {
            missing.push(what);
        }
    };
    demand(spec.scheme == request.scheme, Missing::Scheme);
    demand(spec.validators.contains(key), Missing::Validator);
    demand(
        spec.addresses.get(key) == Some(&request.address),
        Missing::Address,
    );
    if let Some(wanted) = &request.organisation {
        let found = spec.organisations.iter().find(|o| o.name == wanted.name);
        demand(found.is_some(), Missing::Organisation);
        if let Some(found) = found {
            demand(found.kind == wanted.kind, Missing::Kind);
            demand(
                found.jurisdiction == wanted.jurisdiction,
                Missing::Jurisdiction,
            );
            let mut administrators = found.administrators.clone();
            administrators.sort_unstable();
            demand(
                administrators == wanted.administrators,
                Missing::Administrators,
            );
            demand(found.validators.contains(key), Missing::Owner);
        }
    }
    missing
}

/// The anchor of the chain that a spec describes. It makes the first state in a temporary
/// directory; call it where blocking is allowed.
///
/// # Errors
///
/// A spec that makes no genesis, and a temporary directory that cannot be written.
pub fn anchor(spec: &ChainSpec) -> Result<Fingerprint, NodeError> {
    let directory = Directory::temporary()?;
    let root = qiantang_consensus::found(Arc::new(spec.clone()), &directory.engine())?;
    Ok(root.fingerprint())
}

/// The scheme by its name in a chain spec.
pub fn scheme_named(name: &str) -> Option<SignatureScheme> {
    serde_json::from_value(name.into()).ok()
}

/// Reads a chain spec.
///
/// # Errors
///
/// A file that cannot be read or is no chain spec.
pub fn read_spec(path: &Path) -> Result<ChainSpec, NodeError> {
    let text = std::fs::read(path).map_err(|source| NodeError::File {
        what: "cannot read",
        path: path.to_path_buf(),
        source,
    })?;
    serde_json::from_slice(&text).map_err(|error| NodeError::Spec {
        path: path.to_path_buf(),
        reason: error.to_string(),
    })
}

/// Writes a chain spec.
///
/// # Errors
///
/// A file that cannot be written.
pub fn write_spec(spec: &ChainSpec, path: &Path) -> Result<(), NodeError> {
    let written = serde_json::to_string_pretty(spec)
        .map_err(io::Error::other)
        .and_then(|text| crate::directory::write_new(path, format!("{text}\n").as_bytes(), 0o644));
    written.map_err(|source| NodeError::File {
        what: "cannot write",
        path: path.to_path_buf(),
        source,
    })
}
