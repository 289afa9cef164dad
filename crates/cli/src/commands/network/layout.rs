//! A network's directory: the chain spec, and below it a directory for each validator.
//!
//! ```text
//! DIR/chain.json      the chain spec that all have
//! DIR/v0/             validator 0: config.toml, validator.key, node.log and what the node keeps
//! ```
//!
//! Where ports are not left to the system, validator i serves JSON-RPC at port P + i and its peers
//! at port P + 1000 + i.

use crate::{commands::config, failure::Failure, messages::NetworkMessage as M, output::Output};
use alloy_primitives::Bytes;
use qiantang_node::{config::NodeConfig, founding::read_spec, validator_key::KeyFile};
use qiantang_types::ChainSpec;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// Validators of a network on one machine at the most.
pub(super) const VALIDATORS_MAX: u64 = 100;

/// From a validator's port for JSON-RPC to that for its peers.
pub(super) const PEER_PORTS: u16 = 1000;

/// A network on this machine.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) dir: PathBuf,
    pub(super) spec: ChainSpec,
    pub(super) members: Vec<Member>,
}

/// One of its validators.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its number.
    pub(super) index: usize,
    pub(super) dir: PathBuf,
    pub(super) config: NodeConfig,
}

impl Layout {
    /// Reads the directory.
    pub(super) fn read(output: Output, dir: &Path) -> Result<Self, Failure> {
        let path = spec_file(dir);
        if !path.exists() {
            return Err(output
                .failure(M::None, &[&dir.display()])
                .hint(output.lang, M::NoneHint));
        }
        let spec = read_spec(&path).map_err(|error| crate::commands::of_node(output, &error))?;
        let mut members = Vec::new();
        while let Some(index) = Some(members.len()).filter(|index| member_dir(dir, *index).exists())
        {
            let dir = member_dir(dir, index);
            let config = config::load(output, &config_file(&dir))?;
            members.push(Member { index, dir, config });
        }
        let dir = dir.to_path_buf();
        Ok(Self { dir, spec, members })
    }

    /// The validators with these numbers, or all where there are none.
    pub(super) fn choose(&self, output: Output, indexes: &[usize]) -> Result<Vec<Member>, Failure> {
        if indexes.is_empty() {
            return Ok(self.members.clone());
        }
        let mut chosen = Vec::new();
        for index in indexes {
            let member = self.members.get(*index).ok_or_else(|| {
                let last = self.members.len().saturating_sub(1);
                output.failure(M::NoMember, &[&self.dir.display(), index, &last])
            })?;
            chosen.push(member.clone());
        }
        chosen.sort_by_key(|member| member.index);
        chosen.dedup_by_key(|member| member.index);
        Ok(chosen)
    }

    /// Votes that finalize a block.
    pub(super) const fn quorum(&self) -> usize {
        let n = self.members.len();
        n.saturating_sub(n.saturating_sub(1) / 3)
    }
}

impl Member {
    /// Its name in tables.
    pub(super) fn name(&self) -> String {
        format!("v{}", self.index)
    }

    /// Where this machine reaches its JSON-RPC.
    pub(super) fn url(&self) -> String {
        let mut address = self.config.rpc;
        if address.ip().is_unspecified() {
            address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port());
        }
        format!("http://{address}")
    }

    /// Where it logs.
    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("node.log")
    }

    /// Its public key.
    pub(super) fn public_key(&self, output: Output) -> Result<Bytes, Failure> {
        let file = KeyFile::read(&self.config.key)
            .map_err(|error| crate::commands::node_key::failure(output.lang, &error))?;
        Ok(match file {
            KeyFile::Plain(key) => key.public_key(),
            KeyFile::Encrypted(key) => key.public_key().clone(),
        })
    }
}

/// The chain spec of a network.
pub(super) fn spec_file(dir: &Path) -> PathBuf {
    dir.join("chain.json")
}

/// The directory of a validator.
pub(super) fn member_dir(dir: &Path, index: usize) -> PathBuf {
    dir.join(format!("v{index}"))
}

/// The configuration of a validator.
pub(super) fn config_file(dir: &Path) -> PathBuf {
    dir.join("config.toml")
}
