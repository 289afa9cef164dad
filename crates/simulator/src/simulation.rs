//! A simulation: the nodes, what happens to them, and what must hold all the while.

use crate::{
    clients::Clients,
    ledger::Ledger,
    machine::mix,
    network::Oracle,
    node::{Node, World},
    plan::Plan,
    trace::Trace,
};
use commonware_cryptography::Signer as _;
use commonware_p2p::{
    Manager as _,
    simulated::{self, Link},
};
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, deterministic};
use commonware_utils::{NZUsize, ordered::Set, probability};
use qiantang_consensus::{ChainClock, Pace, PrivateKey, PublicKey};
use qiantang_types::{ChainSpec, Parameters, TimestampMs};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// When every simulation starts, in milliseconds since 1970: 14 March 2027.
const START_MS: u64 = 1_805_000_000_000;

/// Time that one round of all ready tasks takes.
const CYCLE: Duration = Duration::from_micros(100);

/// How often the simulation looks at its nodes and lets its clients send.
const STEP: Duration = Duration::from_millis(20);

/// Bytes of the largest message of any node.
const MESSAGE_BYTES_MAX: u32 = 64 << 20;

/// Virtual time after which a simulation has failed.
const TIME_MAX: Duration = Duration::from_secs(600);

/// How a simulation went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Height of the last final block.
    pub height: u64,
    /// Transactions that are final.
    pub transactions: usize,
    /// Bytes that the nodes sent to each other.
    pub bytes: u64,
    /// Virtual time from start to end.
    pub time: Duration,
    /// Hash of everything that happened: the same for the same seed and program.
    pub hash: String,
    /// The first promise that was broken.
    pub broken: Option<String>,
}

/// Runs a simulation.
///
/// # Errors
///
/// A machine on which it cannot run.
pub fn run(plan: &Plan, trace: Trace) -> Result<Outcome, String> {
    let root = directory().map_err(|error| format!("no directory for the nodes: {error}"))?;
    let start = UNIX_EPOCH
        .checked_add(Duration::from_millis(START_MS))
        .ok_or("the start is out of range")?;
    let config = deterministic::Config::new()
        .with_seed(plan.seed)
        .with_cycle(CYCLE)
        .with_start_time(start);
    let plan = plan.clone();
    let root = root.path().to_path_buf();
    deterministic::Runner::new(config).start(|context| async move {
        let mut simulation = Simulation::new(context, plan, (trace, start), &root).await?;
        simulation.run().await
    })
}

/// A directory in memory where there is one.
fn directory() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let builder = &mut tempfile::Builder::new();
    let builder = builder.prefix("qiantang-simulator-");
    if memory.is_dir() {
        return builder.tempdir_in(memory);
    }
    builder.tempdir()
}

struct Simulation {
    context: deterministic::Context,
    plan: Plan,
    random: StdRng,
    world: Arc<World>,
    oracle: Oracle,
    nodes: Vec<Node>,
    clients: Clients,
}

impl Simulation {
    async fn new(
        context: deterministic::Context,
        plan: Plan,
        (trace, start): (Trace, SystemTime),
        root: &Path,
    ) -> Result<Self, String> {
        let clients = Clients::new(plan.seed)?;
        let mut keys = (0..plan.validators)
            .map(|index| key(&plan, index))
            .collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(PrivateKey::public_bytes);
        let spec = Arc::new(ChainSpec {
            chain_id: qiantang_types::DEV_CHAIN_ID,
            name: format!("Simulation {}", plan.seed),
            genesis_time: TimestampMs::new(START_MS),
            scheme: plan.scheme,
            validators: keys.iter().map(PrivateKey::public_bytes).collect(),
            addresses: BTreeMap::new(),
            parameters: Parameters {
                epoch_length: plan.epoch_length,
                ..Parameters::default()
            },
            organisations: Vec::new(),
            alloc: clients.allocation(),
        });
        let balances = spec
            .alloc
            .iter()
            .map(|(address, account)| (*address, account.balance));
        let world = Arc::new(World {
            ledger: Ledger::new(balances.collect()),
            spec: spec.clone(),
            pace: Pace {
                heartbeat: Duration::from_millis(500),
                interval: Duration::from_millis(50),
            },
            trace,
            start,
        });
        let nodes: Vec<Node> = (0..)
            .zip(keys)
            .map(|(index, key)| Node::new(index, key, root, ChainClock::default()))
            .collect();
        let oracle = network(&context, &nodes);
        let random = StdRng::seed_from_u64(plan.seed);
        let mut simulation = Self {
            context,
            plan,
            random,
            world,
            oracle,
            nodes,
            clients,
        };
        simulation.link_all().await?;
        Ok(simulation)
    }

    async fn link_all(&mut self) -> Result<(), String> {
        let (latency, jitter) = self.plan.latency.link();
        let keys: Vec<PublicKey> = self.nodes.iter().map(Node::public_key).collect();
        for from in &keys {
            for to in keys.iter().filter(|to| *to != from) {
                let link = Link {
                    latency,
                    jitter,
                    success_rate: probability!(1.0),
                };
                let added = self.oracle.add_link(from.clone(), to.clone(), link).await;
                added.map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    async fn run(&mut self) -> Result<Outcome, String> {
        for node in &mut self.nodes {
            node.start(&self.context, &self.oracle, &self.world).await;
        }
        while !self.is_over() {
            self.supervise();
            self.load()?;
            self.context.sleep(STEP).await;
        }
        let broken = match self.world.ledger.broken() {
            None => self.final_checks().await.err(),
            broken => broken,
        };
        for node in &mut self.nodes {
            node.stop(&self.context).await?;
        }
        let height = self.world.ledger.tip();
        let (_, transactions) = self.world.ledger.counts();
        Ok(Outcome {
            height,
            transactions,
            bytes: self.nodes.iter().map(|node| node.traffic.bytes()).sum(),
            time: self.now(),
            hash: self.context.auditor().state(),
            broken,
        })
    }

    fn now(&self) -> Duration {
        self.world.since_start(self.context.current())
    }

    fn is_over(&self) -> bool {
        let ledger = &self.world.ledger;
        if ledger.broken().is_some() {
            return true;
        }
        if self.now() > TIME_MAX {
            let waits = ledger.oldest_waiting();
            let waits = waits.map_or_else(String::new, |oldest| format!("; {oldest} waits"));
            let height = ledger.tip();
            ledger.breaks(format!(
                "after {TIME_MAX:?} the chain is at {height}{waits}"
            ));
            return true;
        }
        let is_high = |node: &Node| {
            let head = node.live().and_then(|live| live.store.head());
            head.is_some_and(|(height, _)| height.get() >= self.plan.height)
        };
        self.nodes.iter().all(is_high) && ledger.counts().0 == 0
    }

    /// A node that stops by itself breaks a promise.
    fn supervise(&self) {
        for node in &self.nodes {
            if let Some(cause) = node.machine().and_then(|machine| machine.cause()) {
                let promise = format!("node {} stopped by itself: {cause}", node.index);
                self.world.ledger.breaks(promise);
            }
        }
    }

    /// Lets clients send until the height is reached.
    fn load(&mut self) -> Result<(), String> {
        if self.world.ledger.tip() >= self.plan.height {
            return Ok(());
        }
        let at = self.now();
        let picked = self.random.random_range(0..self.nodes.len());
        let random = self.random.random();
        let Some((node, live)) = self
            .nodes
            .get(picked)
            .and_then(|node| Some((node, node.live()?)))
        else {
            return Ok(());
        };
        let to = (node.index, &live);
        self.clients.pay(random, &self.world, to, at)
    }

    /// What must hold at the end.
    async fn final_checks(&self) -> Result<(), String> {
        let tip = self.world.ledger.tip();
        for node in &self.nodes {
            let Some(live) = node.live() else { continue };
            let index = node.index;
            let state = (live.state)().await;
            let near = tip.saturating_sub(2)..=tip.saturating_add(8);
            let mut headers = near.filter_map(|height| self.world.ledger.header(height));
            if !headers.any(|header| header.state == state) {
                return Err(format!(
                    "the state of node {index} is no block's near {tip}"
                ));
            }
            for (address, expected) in self.world.ledger.balances() {
                let account = live.store.latest_account(address);
                let account = account.map_err(|error| error.to_string())?;
                let balance = account.unwrap_or_default().balance;
                if balance != expected {
                    return Err(format!(
                        "on node {index}, {address} has {balance}; the transfers leave {expected}"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The key of a node.
fn key(plan: &Plan, index: usize) -> Result<PrivateKey, String> {
    let mut secret = [0; 32];
    let mut state = mix(plan.seed ^ (index as u64).rotate_left(40));
    for word in secret.chunks_exact_mut(8) {
        state = mix(state);
        word.copy_from_slice(&state.to_be_bytes());
    }
    PrivateKey::from_bytes(plan.scheme, &secret).map_err(|error| error.to_string())
}

fn network(context: &deterministic::Context, nodes: &[Node]) -> Oracle {
    let config = simulated::Config {
        max_size: MESSAGE_BYTES_MAX,
        max_peers_per_set: NZUsize!(128),
        disconnect_on_block: true,
        tracked_peer_sets: NZUsize!(1),
    };
    let (network, oracle) = simulated::Network::new(context.child("network"), config);
    network.start();
    let keys = nodes.iter().map(|node| node.key.public_key());
    oracle.manager().track(0, Set::from_iter_dedup(keys));
    oracle
}
