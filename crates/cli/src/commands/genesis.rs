//! `qiantang genesis`: from requests to the chain spec on which all members agree.

use super::init::refuse_existing;
use crate::{
    arguments::moment,
    failure::Failure,
    messages::{Message, OperateMessage as M},
    output::{Output, table},
};
use clap::{Args, Subcommand};
use qiantang_node::founding::{
    self, Choices, Conflict, FoundingError, JoinRequest, Missing, anchor, missing, read_spec,
    write_spec,
};
use qiantang_types::{ChainSpec, Parameters, TimestampMs};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Genesis {
    Build(Build),
    Check {
        #[arg(value_name = "CHAIN.JSON")]
        spec: PathBuf,
        #[arg(value_name = "REQUEST.JSON")]
        request: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    #[arg(value_name = "REQUEST.JSON", required = true)]
    requests: Vec<PathBuf>,
    #[arg(long, value_name = "TEXT")]
    name: String,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=CHAIN_ID_MAX))]
    chain_id: Option<u64>,
    #[arg(long, value_name = "DATE", value_parser = moment)]
    time: Option<TimestampMs>,
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(2..))]
    epoch_length: Option<u64>,
    #[arg(short, long, value_name = "FILE", default_value = "chain.json")]
    out: PathBuf,
}

/// The largest chain id that wallets take: MetaMask's limit.
const CHAIN_ID_MAX: u64 = 4_503_599_627_370_476;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    file: PathBuf,
    name: String,
    chain_id: u64,
    anchor: String,
    scheme: String,
    validators: Vec<String>,
    organisations: Vec<String>,
}

/// Runs one of the commands about chain specs.
pub(crate) fn run(output: Output, arguments: Genesis) -> Result<(), Failure> {
    match arguments {
        Genesis::Build(arguments) => build(output, arguments),
        Genesis::Check { spec, request } => check(output, &spec, &request),
    }
}

fn build(output: Output, arguments: Build) -> Result<(), Failure> {
    if arguments.name.trim().is_empty() {
        return Err(output.failure(M::NameMissing, &[]));
    }
    refuse_existing(output, &arguments.out)?;
    let failed = |error| failure(output, &error);
    let mut requests = Vec::new();
    for path in arguments.requests {
        let request = JoinRequest::read(&path).map_err(failed)?;
        requests.push((path, request));
    }
    let mut parameters = Parameters::default();
    parameters.epoch_length = arguments.epoch_length.unwrap_or(parameters.epoch_length);
    let choices = Choices {
        name: arguments.name,
        chain_id: arguments.chain_id,
        time: arguments.time,
        parameters,
        ..Choices::default()
    };
    let spec = founding::build(&requests, choices).map_err(failed)?;
    let described = describe(output, &spec, &arguments.out)?;
    // Only a spec that makes a genesis is kept.
    write_spec(&spec, &arguments.out).map_err(|error| super::of_node(output, &error))?;
    let file = arguments.out.display();
    output.data(&described, || {
        let title = output.say(M::SpecBuilt, &[&file, &described.chain_id]);
        table(&title, &rows(output, &described))
    })?;
    output.talk(output.say(M::SpecCompare, &[&file]));
    Ok(())
}

fn check(output: Output, path: &Path, request: &Path) -> Result<(), Failure> {
    let asked = JoinRequest::read(request).map_err(|error| failure(output, &error))?;
    let spec = read_spec(path).map_err(|error| super::of_node(output, &error))?;
    let missing = missing(&spec, &asked);
    let names: [&dyn std::fmt::Display; 2] = [&path.display(), &request.display()];
    if !missing.is_empty() {
        let missing = missing.iter().map(|what| output.lang.text(word(*what)));
        let missing: Vec<&str> = missing.collect();
        let [spec, request] = names;
        return Err(output
            .failure(M::SpecLacks, &[spec, request, &missing.join("; ")])
            .hint(output.lang, M::SpecLacksHint));
    }
    let described = describe(output, &spec, path)?;
    output.data(&described, || {
        table(&output.say(M::SpecHolds, &names), &rows(output, &described))
    })
}

fn describe(output: Output, spec: &ChainSpec, file: &Path) -> Result<Described, Failure> {
    let anchor = anchor(spec).map_err(|error| super::of_node(output, &error))?;
    let member = |key: &alloy_primitives::Bytes| match spec.addresses.get(key) {
        Some(address) => format!("{key}@{address}"),
        None => key.to_string(),
    };
    Ok(Described {
        file: file.to_path_buf(),
        name: spec.name.clone(),
        chain_id: spec.chain_id,
        anchor: anchor.to_string(),
        scheme: format!("{:?}", spec.scheme).to_lowercase(),
        validators: spec.validators.iter().map(member).collect(),
        organisations: spec.organisations.iter().map(|o| o.name.clone()).collect(),
    })
}

fn rows(output: Output, described: &Described) -> Vec<(&'static str, String)> {
    let word = |message| output.lang.text(message);
    let mut rows = vec![
        (word(M::SpecAnchor), described.anchor.clone()),
        (word(M::SpecName), described.name.clone()),
        (word(M::SpecChainId), described.chain_id.to_string()),
        (word(M::SpecScheme), described.scheme.clone()),
    ];
    for (title, list) in [
        (M::SpecOrganisations, &described.organisations),
        (M::SpecValidators, &described.validators),
    ] {
        for (index, text) in list.iter().enumerate() {
            let title = if index == 0 { word(title) } else { "" };
            rows.push((title, text.clone()));
        }
    }
    rows
}

fn word(missing: Missing) -> M {
    match missing {
        Missing::Scheme => M::LacksScheme,
        Missing::Validator => M::LacksValidator,
        Missing::Address => M::LacksAddress,
        Missing::Organisation => M::LacksOrganisation,
        Missing::Kind => M::LacksKind,
        Missing::Jurisdiction => M::LacksJurisdiction,
        Missing::Administrators => M::LacksAdministrators,
        Missing::Owner => M::LacksOwner,
    }
}

/// What is wrong with requests, in the reader's language.
pub(super) fn failure(output: Output, error: &FoundingError) -> Failure {
    use FoundingError as E;
    let lang = output.lang;
    match error {
        E::File { path, source } => output
            .failure(M::RequestFile, &[&path.display(), source])
            .hint(lang, Message::NodeFileHint),
        E::Request { path, reason } => output
            .failure(M::RequestInvalid, &[&path.display(), reason])
            .hint(lang, M::RequestInvalidHint),
        E::Empty => output.failure(M::RequestsNone, &[]),
        E::Conflict {
            first,
            second,
            problem,
        } => {
            let message = match problem {
                Conflict::Key => M::ConflictKey,
                Conflict::Address => M::ConflictAddress,
                Conflict::Scheme => M::ConflictScheme,
                Conflict::Administrator => M::ConflictAdministrator,
                Conflict::Organisation => M::ConflictOrganisation,
            };
            output
                .failure(message, &[&first.display(), &second.display()])
                .hint(lang, M::ConflictHint)
        }
    }
}
