//! A network in one process, on loopback: its chain spec, its nodes, and how to ask them.

use alloy_primitives::{Address, B256, U256};
use qiantang_client::{Account, BlockResponse, Call, Client, dev_signer};
use qiantang_node::{
    NodeError, Running,
    config::{NodeConfig, SyncMode},
    dev_accounts,
    founding::write_spec,
    start,
    validator_key::ValidatorKey,
};
use qiantang_types::{ChainSpec, Parameters, SignatureScheme, TimestampMs};
use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Pause between two looks at a node: HTTP has no notifications.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The chain, its validators and the folder of all nodes.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) validators: Vec<Member>,
}

/// A node as its operator made it; it may run or not.
pub(crate) struct Member {
    pub(crate) config: NodeConfig,
    pub(crate) key: ValidatorKey,
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

impl World {
    /// A chain of some validators.
    pub(crate) fn new(validators: usize, epoch_length: u64) -> Self {
        let dir = TempDir::new().unwrap();
        let validators: Vec<Member> = (0..validators)
            .map(|number| Member::new(dir.path(), &format!("validator-{number}")))
            .collect();
        let mut keys: Vec<_> = validators.iter().map(|v| v.key.public_key()).collect();
        keys.sort();
        let listen = |v: &Member| (v.key.public_key(), v.config.p2p.to_string());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let spec = ChainSpec {
            chain_id: 571,
            name: "test".to_owned(),
            genesis_time: TimestampMs::new(u64::try_from(now.as_millis()).unwrap()),
            scheme: SignatureScheme::P256,
            validators: keys,
            addresses: validators.iter().map(listen).collect(),
            parameters: Parameters {
                epoch_length,
                ..Parameters::default()
            },
            organisations: Vec::new(),
            alloc: dev_accounts(),
        };
        write_spec(&spec, &dir.path().join("chain.json")).unwrap();
        Self { dir, validators }
    }

    /// A path beside the nodes' folders.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Starts the validators.
    pub(crate) async fn start(&self) -> Vec<Running> {
        let mut nodes = Vec::new();
        for validator in &self.validators {
            nodes.push(validator.start().await.unwrap());
        }
        nodes
    }

    /// A new node that follows another.
    pub(crate) fn follower(&self, name: &str, upstream: &Running) -> Member {
        let mut member = Member::new(self.dir.path(), name);
        member.config.upstream = vec![url(upstream)];
        member
    }
}

impl Member {
    fn new(dir: &Path, name: &str) -> Self {
        let folder = dir.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let mut config = NodeConfig::defaults(&folder).unwrap();
        config.chain = dir.join("chain.json");
        config.rpc = SocketAddr::from(([127, 0, 0, 1], 0));
        config.p2p = free_address();
        config.followers_max = 2;
        config.sync = SyncMode::Replay;
        config.heartbeat = Duration::from_millis(500);
        let key = ValidatorKey::random(SignatureScheme::P256).unwrap();
        Self { config, key }
    }

    pub(crate) async fn start(&self) -> Result<Running, NodeError> {
        start(&self.config, self.key.clone(), Arc::new(|_| ())).await
    }
}

fn url(node: &Running) -> String {
    format!("http://{}", node.rpc)
}

pub(crate) fn client(node: &Running) -> Client {
    Client::new(&url(node)).unwrap()
}

/// Waits until a node has a block; answers it.
pub(crate) async fn reach(node: &Running, height: u64) -> BlockResponse {
    let (client, deadline) = (client(node), Instant::now() + PATIENCE);
    while Instant::now() < deadline {
        if client.height().await.unwrap() >= height {
            return client.block(height).await.unwrap().unwrap();
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    panic!("there is no block {height} after {PATIENCE:?}");
}

/// Sends one wei to an address through a node and waits until that is final there; the height and
/// hash of the block.
pub(crate) async fn pay(node: &Running, to: Address) -> (u64, B256) {
    let account = Account::new(client(node), dev_signer(0).unwrap());
    let call = Call {
        to: Some(to),
        value: U256::ONE,
        ..Call::default()
    };
    let receipt = account.send(call).await.unwrap();
    (receipt.block_number, receipt.block_hash)
}

/// Stops nodes, the last first.
pub(crate) async fn stop(nodes: Vec<Running>) {
    for node in nodes.into_iter().rev() {
        node.stop().await.unwrap();
    }
}
