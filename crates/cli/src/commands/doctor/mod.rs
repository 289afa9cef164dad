//! `qiantang doctor`: why there is no block, and what to do.

mod diagnosis;
mod findings;
mod readings;
mod view;
mod words;

#[cfg(test)]
mod tests;

use crate::{
    arguments::DEFAULT_RPC,
    failure::Failure,
    messages::DoctorMessage,
    output::{Output, plain},
};
use clap::Args;
use console::style;
use diagnosis::diagnose;
pub(super) use diagnosis::{Known, Registry};
use findings::{Finding, Severity};
use futures::future::try_join_all;
use qiantang_client::{
    Client, ClientError, Module, governance::Governance, identity::Identity, with_causes,
};
pub(super) use readings::{Reading, readings};
use serde::Serialize;
use std::{
    collections::{BTreeMap, btree_map::Entry},
    process::ExitCode,
    time::Duration,
};
pub(super) use view::Node;
use view::Seen;
pub(super) use words::span;

/// Exit code where no node answered.
const UNREACHABLE: u8 = 2;

/// Time that a node has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[arg(
        long,
        value_name = "URL",
        default_value = DEFAULT_RPC,
        env = "QIANTANG_RPC",
        value_delimiter = ','
    )]
    rpc: Vec<String>,
}

/// What was found, as people and scripts read it.
#[derive(Serialize)]
pub(super) struct Report {
    /// Whether nothing was found that stops the chain or a node.
    pub(super) healthy: bool,
    findings: Vec<Said>,
}

/// A finding with what people read.
#[derive(Serialize)]
struct Said {
    #[serde(flatten)]
    finding: Finding,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Asks all nodes and says what was found. The exit code is 0 where nothing stops the chain or a
/// node, 1 where something does, 2 where no node answered.
pub(crate) async fn run(output: Output, arguments: Doctor) -> Result<ExitCode, Failure> {
    let asked = arguments.rpc.iter().map(|url| ask(output, url));
    let nodes = try_join_all(asked).await?;
    let report = Report::of(output, &nodes, &registry(&nodes).await);
    let is_nobody_there = nodes.iter().all(|node| node.seen.is_err());
    output.data(&report, || report.text(output))?;
    Ok(match (is_nobody_there, report.healthy) {
        (true, _) => ExitCode::from(UNREACHABLE),
        (false, false) => ExitCode::FAILURE,
        (false, true) => ExitCode::SUCCESS,
    })
}

impl Report {
    pub(super) fn of(output: Output, nodes: &[Node], registry: &Registry) -> Self {
        let found = diagnose(nodes, registry);
        let mut severities = found.iter().map(|finding| finding.severity);
        let healthy = severities.all(|severity| severity != Severity::Stop);
        let findings = found.into_iter().map(|finding| Said {
            // Names, versions and reasons come from other machines.
            text: plain(&words::text(output.lang, &finding.fact)),
            hint: words::hint(output.lang, &finding),
            finding,
        });
        Self {
            healthy,
            findings: findings.collect(),
        }
    }

    /// A line for each finding, and below it what to do.
    pub(super) fn text(&self, output: Output) -> String {
        self.findings
            .iter()
            .map(|said| show(output, said))
            .collect()
    }
}

fn show(output: Output, said: &Said) -> String {
    let severity = said.finding.severity;
    let word = output.lang.text(words::severity(severity));
    let word = match severity {
        Severity::Stop => style(word).red().bold(),
        Severity::Warning => style(word).yellow().bold(),
        Severity::Note => style(word).green(),
    };
    let hint = said.hint.as_ref().map(|hint| {
        let arrow = style("→").dim();
        format!("  {arrow} {hint}\n")
    });
    let line = output.say(DoctorMessage::Line, &[&word, &said.text]);
    format!("{line}\n{}", hint.unwrap_or_default())
}

/// Asks one node what it sees.
pub(super) async fn ask(output: Output, url: &str) -> Result<Node, Failure> {
    let client = super::connect(output, url)?;
    let answers = async {
        let health = client.health().await?;
        // The status needs a first block, what a node sees does not.
        let status = client.status().await.ok();
        Ok::<_, ClientError>(Seen { health, status })
    };
    let seen = match tokio::time::timeout(PATIENCE, answers).await {
        Ok(Ok(seen)) => Ok(seen),
        Ok(Err(ClientError::Unreachable { reason, .. })) => Err(reason),
        Ok(Err(error)) => Err(with_causes(&error)),
        Err(_) => Err(output.say(DoctorMessage::NoAnswerIn, &[&PATIENCE.as_secs()])),
    };
    let url = url.to_owned();
    Ok(Node { url, seen })
}

/// What the chain knows about its validators, from the first node that tells. Without it they are
/// known by their keys.
async fn registry(nodes: &[Node]) -> Registry {
    for node in nodes.iter().filter(|node| node.seen.is_ok()) {
        let Ok(client) = Client::new(&node.url) else {
            continue;
        };
        let read = tokio::time::timeout(PATIENCE, read_registry(client)).await;
        if let Ok(Ok(registry)) = read {
            return registry;
        }
    }
    Registry::new()
}

async fn read_registry(client: Client) -> Result<Registry, ClientError> {
    let identity = Module::<Identity>::new(client.clone());
    let validators = Module::<Governance>::new(client).validators().await?;
    let mut names: BTreeMap<u64, Option<String>> = BTreeMap::from([(0, None)]);
    let mut registry = Registry::new();
    for validator in validators.entries {
        let name = match names.entry(validator.organisation) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => {
                let found = identity.organisation(validator.organisation).await;
                let name = found.ok().map(|found| found.name);
                place.insert(name.filter(|name| !name.is_empty())).clone()
            }
        };
        let address = Some(validator.peerAddress).filter(|address| !address.is_empty());
        let known = Known {
            name: None,
            organisation: name,
            address,
        };
        registry.insert(validator.key, known);
    }
    Ok(registry)
}
