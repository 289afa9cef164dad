//! A whole chain in one process: one validator, funded accounts.

use crate::{
    Directory, NodeError, Running,
    config::{StoreMode, SyncMode},
    founding::write_spec,
    running::{self, Network, Parts},
    validator_key::ValidatorKey,
};
use alloy_primitives::{Address, Bytes, U256, address, bytes};
use qiantang_consensus::{ChainClock, Pace};
use qiantang_state::history::Store;
use qiantang_types::{
    ChainSpec, DEV_CHAIN_ID, GenesisAccount, GenesisOrganisation, Parameters, PeerAddress,
    SignatureScheme, TimestampMs,
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Addresses of the ten accounts of the mnemonic "test test test test test test test test test test
/// test junk" (BIP-44 path m/44'/60'/0'/0/i), which every Ethereum development tool knows.
pub const DEV_ACCOUNTS: [Address; 10] = [
    address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("90F79bf6EB2c4f870365E785982E1f101E93b906"),
    address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
    address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
    address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
    address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"),
];

/// The deterministic deployment proxy that contract tools expect at the same address on every
/// chain. The transaction that deploys it elsewhere names no chain id, which this network refuses,
/// so it is there from the start.
const CREATE2_FACTORY: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

/// Its code: `CREATE2` with the first word of the input as salt and the rest as init code.
const CREATE2_FACTORY_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// Ether that each development account holds at genesis.
const DEV_ETHER: u64 = 10_000;

/// How to run a development chain.
#[derive(Clone, Debug)]
pub struct Config {
    /// Directory of the chain; without one it lives as long as the process.
    pub dir: Option<PathBuf>,
    /// Where JSON-RPC is served; port 0 lets the system choose.
    pub http: SocketAddr,
    /// Time between blocks of an idle chain.
    pub heartbeat: Duration,
    /// Whether an earlier chain in the directory is removed first.
    pub fresh: bool,
    /// Whether Trace refuses goods of unverified origin; only a new chain takes it.
    pub trace_strict: bool,
    /// What time it is on the chain, and how fast it passes.
    pub time: Time,
}

/// The time of a development chain.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// When the chain goes on; now where it is absent, and never before its last block.
    pub start: Option<TimestampMs>,
    /// How many times faster than the wall clock it passes.
    pub factor: u32,
}

impl Default for Time {
    fn default() -> Self {
        Self {
            start: None,
            factor: 1,
        }
    }
}

impl Time {
    /// The chain's clock from now on.
    pub(crate) fn clock(&self, store: &Store) -> Result<ChainClock, NodeError> {
        if self.start.is_none() && self.factor == 1 {
            return Ok(ChainClock::default());
        }
        let wall = wall_clock();
        let mut start = self.start.unwrap_or(wall);
        if let Some((height, _)) = store.head()
            && let Some(header) = store.header(height)?
        {
            start = start.max(header.time);
        }
        Ok(ChainClock::starting(wall, start, self.factor))
    }
}

pub(crate) fn wall_clock() -> TimestampMs {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    TimestampMs::new(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dir: None,
            http: SocketAddr::from(([127, 0, 0, 1], 8545)),
            heartbeat: Duration::from_secs(1),
            fresh: false,
            trace_strict: false,
            time: Time::default(),
        }
    }
}

/// Most time between two blocks under load.
const BLOCK_INTERVAL: Duration = Duration::from_millis(100);

/// Starts a development chain and waits until it answers.
///
/// # Errors
///
/// A directory, address or earlier chain that cannot be used.
pub async fn dev(config: Config) -> Result<Running, NodeError> {
    let directory = match &config.dir {
        Some(dir) => Directory::open(dir)?,
        None => Directory::temporary()?,
    };
    if config.fresh {
        directory.clear()?;
    }
    let (spec, key) = match directory.read_spec()? {
        Some(spec) => {
            let key = directory.read_key()?.ok_or_else(|| NodeError::File {
                what: "cannot read",
                path: directory.key(),
                source: std::io::ErrorKind::NotFound.into(),
            })?;
            (spec, key)
        }
        None => found(&directory, &config)?,
    };
    let pace = Pace {
        heartbeat: config.heartbeat,
        interval: BLOCK_INTERVAL,
    };
    running::start(Parts {
        directory,
        spec,
        key,
        pace,
        time: config.time,
        http: config.http,
        network: Network {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            bootstrap: Vec::new(),
            upstream: Vec::new(),
            followers_max: 0,
            // Nobody else can connect.
            spare: 0,
            inject_faults: false,
        },
        sync: SyncMode::Replay,
        store: StoreMode::Archive,
        observer: None,
    })
    .await
}

/// Founds a chain: a new validator key and a chain spec that names it.
fn found(directory: &Directory, config: &Config) -> Result<(ChainSpec, ValidatorKey), NodeError> {
    let key = match directory.read_key()? {
        Some(key) => key,
        None => {
            let key = ValidatorKey::random(SignatureScheme::P256)?;
            key.write(&directory.key(), None)?;
            key
        }
    };
    let spec = ChainSpec {
        name: "Qiantang development chain".to_owned(),
        genesis_time: config.time.start.unwrap_or_else(wall_clock),
        validators: vec![key.public_key()],
        parameters: Parameters {
            trace_strict: config.trace_strict,
            ..Parameters::default()
        },
        ..dev_spec()
    };
    write_spec(&spec, &directory.spec())?;
    Ok((spec, key))
}

/// The chain spec of a network on this machine: the accounts and organisations of a development
/// chain, the validators spread over the organisations in turn. Each validator is its public key
/// and where it listens for its peers.
pub fn network_spec(
    scheme: SignatureScheme,
    validators: &[(Bytes, PeerAddress)],
    parameters: Parameters,
) -> ChainSpec {
    let mut spec = ChainSpec {
        name: "Qiantang local network".to_owned(),
        genesis_time: wall_clock(),
        scheme,
        validators: validators.iter().map(|(key, _)| key.clone()).collect(),
        parameters,
        ..dev_spec()
    };
    spec.validators.sort_unstable();
    let members = spec.organisations.len().max(1);
    for (index, (key, address)) in validators.iter().enumerate() {
        spec.addresses.insert(key.clone(), address.to_string());
        let member = index.checked_rem(members).unwrap_or_default();
        if let Some(member) = spec.organisations.get_mut(member) {
            member.validators.push(key.clone());
        }
    }
    spec
}

/// What all development chains have in common.
fn dev_spec() -> ChainSpec {
    ChainSpec {
        chain_id: DEV_CHAIN_ID,
        name: String::new(),
        genesis_time: TimestampMs::default(),
        scheme: SignatureScheme::P256,
        validators: Vec::new(),
        addresses: BTreeMap::new(),
        parameters: Parameters::default(),
        organisations: dev_organisations(),
        alloc: dev_accounts(),
    }
}

/// The members of a development chain: each of the first four accounts administers one.
fn dev_organisations() -> Vec<GenesisOrganisation> {
    let members = [
        ("West Lake Bank", "bank"),
        ("Longjing Tea Cooperative", "enterprise"),
        ("First Hospital", "hospital"),
        ("Market Supervision Bureau", "regulator"),
    ];
    members
        .into_iter()
        .zip(DEV_ACCOUNTS)
        .map(|((name, kind), administrator)| GenesisOrganisation {
            name: name.to_owned(),
            kind: kind.to_owned(),
            jurisdiction: "CN-330100".to_owned(),
            administrators: vec![administrator],
            validators: Vec::new(),
        })
        .collect()
}

/// The funded accounts of a development chain.
pub fn dev_accounts() -> std::collections::BTreeMap<Address, GenesisAccount> {
    let balance = U256::from(DEV_ETHER).saturating_mul(U256::from(10u64.pow(18)));
    let funded = |address| {
        (
            address,
            GenesisAccount {
                balance,
                ..GenesisAccount::default()
            },
        )
    };
    let factory = GenesisAccount {
        nonce: 1,
        code: CREATE2_FACTORY_CODE,
        ..GenesisAccount::default()
    };
    DEV_ACCOUNTS
        .into_iter()
        .map(funded)
        .chain([(CREATE2_FACTORY, factory)])
        .collect()
}
