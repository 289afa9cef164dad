//! A node of a network, as its configuration says: a validator, or a follower where its key is in
//! no set.

use crate::{
    Directory, NodeError, Running, Time,
    config::NodeConfig,
    founding::{read_spec, write_spec},
    joining::Observer,
    running::{self, Network, Parts},
    validator_key::ValidatorKey,
};
use qiantang_consensus::{Pace, SPARE_VALIDATORS};
use qiantang_types::ChainSpec;
use std::net::TcpListener;

/// Starts a node and waits until it answers. The observer is told how far it is with taking over
/// the newest state, if it does.
///
/// # Errors
///
/// A directory, address, chain spec or key that cannot be used.
pub async fn start(
    config: &NodeConfig,
    key: ValidatorKey,
    observer: Observer,
) -> Result<Running, NodeError> {
    let directory = Directory::open(&config.dir)?;
    let spec = adopt_spec(&directory, config)?;
    if key.scheme() != spec.scheme {
        return Err(NodeError::Scheme {
            path: config.key.clone(),
            found: key.scheme(),
            expected: spec.scheme,
        });
    }
    // The engine cannot say which address was taken.
    TcpListener::bind(config.p2p).map_err(|source| NodeError::Listen {
        address: config.p2p,
        source,
    })?;
    let bootstrap = config.bootstrap.iter();
    running::start(Parts {
        directory,
        spec,
        key,
        pace: Pace {
            heartbeat: config.heartbeat,
            interval: config.interval,
        },
        time: Time::default(),
        http: config.rpc,
        network: Network {
            listen: config.p2p,
            bootstrap: bootstrap
                .map(|peer| (peer.key.clone(), peer.address.to_string()))
                .collect(),
            upstream: config.upstream.clone(),
            followers_max: usize::try_from(config.followers_max).unwrap_or(usize::MAX),
            spare: SPARE_VALIDATORS,
            inject_faults: config.inject_faults,
        },
        sync: config.sync,
        store: config.store,
        observer: Some(observer),
    })
    .await
}

/// Reads the chain spec, and keeps a copy with the data: a node's directory is complete by itself,
/// and a spec that was changed later is noticed.
fn adopt_spec(directory: &Directory, config: &NodeConfig) -> Result<ChainSpec, NodeError> {
    if !config.chain.exists() {
        return match directory.read_spec()? {
            Some(spec) => Ok(spec),
            None => Err(NodeError::SpecMissing {
                path: config.chain.clone(),
            }),
        };
    }
    let spec = read_spec(&config.chain)?;
    match directory.read_spec()? {
        None => write_spec(&spec, &directory.spec())?,
        Some(kept) if kept == spec => {}
        Some(_) => {
            return Err(NodeError::ForeignSpec {
                path: config.chain.clone(),
                reason: format!("it differs from {}", directory.spec().display()),
            });
        }
    }
    Ok(spec)
}
