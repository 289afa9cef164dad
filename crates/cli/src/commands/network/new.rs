//! `qiantang network new`: directories for validators on this machine, and their chain.

use super::layout::{PEER_PORTS, VALIDATORS_MAX, config_file, member_dir, spec_file};
use crate::{
    commands::{
        config::document,
        init::{SCHEMES, refuse_existing, scheme, toml_text},
        node_key, of_node,
    },
    failure::Failure,
    messages::{NetworkMessage as M, OperateMessage},
    output::{Output, table},
};
use clap::{Args, builder::RangedU64ValueParser};
use qiantang_node::{
    founding::{anchor, write_spec},
    network_spec,
    validator_key::ValidatorKey,
};
use qiantang_types::{Parameters, PeerAddress};
use rand::Rng as _;
use serde::Serialize;
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::Range,
    path::PathBuf,
};

/// Where free ports are looked for: below those that the system gives to outgoing connections,
/// which could otherwise take the port of a validator that is down.
const FREE_PORTS: Range<u16> = 10_000..30_000;

/// Draws for one free port.
const DRAWS_MAX: usize = 1000;

#[derive(Debug, Args)]
pub(crate) struct New {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = count())]
    validators: u64,
    #[arg(long, value_name = "P", default_value_t = 8545)]
    base_port: u16,
    #[arg(long, value_name = "p256|ed25519", default_value = "p256", value_parser = SCHEMES)]
    scheme: String,
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(2..))]
    epoch_length: Option<u64>,
}

fn count() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=VALIDATORS_MAX)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    dir: PathBuf,
    chain_id: u64,
    anchor: String,
    scheme: String,
    validators: Vec<MadeValidator>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeValidator {
    rpc: String,
    p2p: String,
    public_key: String,
    dir: PathBuf,
}

/// A validator before it is written.
struct Planned {
    dir: PathBuf,
    key: ValidatorKey,
    rpc: SocketAddr,
    p2p: SocketAddr,
}

pub(super) fn run(output: Output, arguments: &New) -> Result<(), Failure> {
    let dir = &arguments.dir;
    refuse_existing(output, &spec_file(dir))?;
    let planned = plan(output, arguments)?;
    let addresses: Vec<_> = planned
        .iter()
        .map(|one| (one.key.public_key(), peer_address(one.p2p)))
        .collect();
    let mut parameters = Parameters::default();
    parameters.epoch_length = arguments.epoch_length.unwrap_or(parameters.epoch_length);
    let spec = network_spec(scheme(&arguments.scheme), &addresses, parameters);
    let anchor = anchor(&spec).map_err(|error| of_node(output, &error))?;
    for (index, one) in planned.iter().enumerate() {
        write(output, index, one)?;
    }
    // Written last: a network without it is none.
    write_spec(&spec, &spec_file(dir)).map_err(|error| of_node(output, &error))?;
    let made = Made {
        dir: dir.clone(),
        chain_id: spec.chain_id,
        anchor: anchor.to_string(),
        scheme: arguments.scheme.clone(),
        validators: planned.into_iter().map(describe).collect(),
    };
    output.data(&made, || text(output, &made))?;
    output.talk(output.say(M::NewNext, &[&dir.display()]));
    Ok(())
}

fn plan(output: Output, arguments: &New) -> Result<Vec<Planned>, Failure> {
    let count = u16::try_from(arguments.validators).unwrap_or(u16::MAX);
    let ports = match arguments.base_port {
        0 => free_ports(count).ok_or_else(|| output.failure(M::NoPorts, &[]))?,
        base => fixed_ports(base, count)
            .ok_or_else(|| output.failure(M::PortsTooHigh, &[&base, &count]))?,
    };
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut planned = Vec::new();
    for (index, (rpc, p2p)) in ports.into_iter().enumerate() {
        let dir = member_dir(&arguments.dir, index);
        refuse_existing(output, &dir)?;
        let key = ValidatorKey::random(scheme(&arguments.scheme))
            .map_err(|error| node_key::failure(output.lang, &error))?;
        planned.push(Planned {
            dir,
            key,
            rpc: local(rpc),
            p2p: local(p2p),
        });
    }
    Ok(planned)
}

fn write(output: Output, index: usize, one: &Planned) -> Result<(), Failure> {
    fs::create_dir_all(&one.dir).map_err(|error| Failure::write(output.lang, &one.dir, &error))?;
    one.key
        .write(&one.dir.join("validator.key"), None)
        .map_err(|error| node_key::failure(output.lang, &error))?;
    let text = |address: SocketAddr| toml_text(&address.to_string());
    let set = [
        ("node.name", toml_text(&format!("v{index}"))),
        ("node.chain", toml_text("../chain.json")),
        ("rpc.listen", text(one.rpc)),
        ("p2p.listen", text(one.p2p)),
        ("faults.inject", "true".to_owned()),
    ];
    let path = config_file(&one.dir);
    fs::write(&path, document(output, &set))
        .map_err(|error| Failure::write(output.lang, &path, &error))
}

fn describe(one: Planned) -> MadeValidator {
    MadeValidator {
        rpc: format!("http://{}", one.rpc),
        p2p: one.p2p.to_string(),
        public_key: one.key.public_key().to_string(),
        dir: one.dir,
    }
}

fn text(output: Output, made: &Made) -> String {
    let word = |message| output.lang.text(message);
    let mut rows = vec![
        (word(OperateMessage::SpecAnchor), made.anchor.clone()),
        (word(OperateMessage::SpecScheme), made.scheme.clone()),
    ];
    let names: Vec<String> = (0..made.validators.len())
        .map(|i| format!("v{i}"))
        .collect();
    for (name, one) in names.iter().zip(&made.validators) {
        rows.push((name, format!("{}  {}", one.rpc, one.public_key)));
    }
    let title = output.say(M::Made, &[&made.dir.display(), &made.chain_id]);
    table(&title, &rows)
}

fn peer_address(address: SocketAddr) -> PeerAddress {
    let text = address.to_string();
    text.parse().expect("a socket address is one for peers")
}

/// Ports by the rule: for JSON-RPC and for peers.
fn fixed_ports(base: u16, count: u16) -> Option<Vec<(u16, u16)>> {
    (0..count)
        .map(|index| {
            let rpc = base.checked_add(index)?;
            Some((rpc, rpc.checked_add(PEER_PORTS)?))
        })
        .collect()
}

/// Ports that nobody uses now.
fn free_ports(count: u16) -> Option<Vec<(u16, u16)>> {
    // All stay bound until the last is found, so that none is found twice.
    let mut bound = Vec::new();
    let mut draw = || {
        for _ in 0..DRAWS_MAX {
            let port = rand::rng().random_range(FREE_PORTS);
            if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                bound.push(listener);
                return Some(port);
            }
        }
        None
    };
    (0..count).map(|_| Some((draw()?, draw()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ports_follow_the_rule_or_are_free() {
        assert_eq!(fixed_ports(8545, 2), Some(vec![(8545, 9545), (8546, 9546)]));
        assert_eq!(fixed_ports(65_000, 1), None);
        let ports = free_ports(20).unwrap();
        let all: BTreeSet<u16> = ports.iter().flat_map(|(a, b)| [*a, *b]).collect();
        assert_eq!(all.len(), 40);
        for port in all {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        }
    }
}
