//! A simulation: the nodes, what happens to them, and what must hold all the while.

use crate::{
    clients::Clients,
    council::Council,
    ledger::Ledger,
    liar::Lies,
    machine::mix,
    network::{Oracle, Wire},
    node::{Live, Node, World},
    plan::Plan,
    trace::Trace,
};
use alloy_primitives::Bytes;
use commonware_cryptography::Signer as _;
use commonware_p2p::{Manager as _, simulated};
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, deterministic};
use commonware_utils::{NZUsize, ordered::Set};
use qiantang_consensus::{Pace, PrivateKey};
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

/// How often it compares the states of the nodes.
const CHECK_EVERY: Duration = Duration::from_millis(250);

/// Bytes of the largest message of any node.
const MESSAGE_BYTES_MAX: u32 = 64 << 20;

/// Time after the trouble until which there is a new block.
const RESUME_WITHIN: Duration = Duration::from_secs(10);

/// Time after the trouble until which every node has everything, besides that for votes to take
/// effect.
const SETTLE_WITHIN: Duration = Duration::from_secs(60);

/// Blocks after the trouble that every node must have.
const SETTLED_BLOCKS: u64 = 3;

/// How a simulation went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Height of the last final block.
    pub height: u64,
    /// Transactions of clients that are final.
    pub transactions: usize,
    /// Bytes that the nodes sent to each other.
    pub bytes: u64,
    /// Messages that the nodes sent to each other.
    pub messages: u64,
    /// From submission to finality on the same node, ascending.
    pub latencies: Vec<Duration>,
    /// Validators whose contradictions are on the ledger.
    pub accused: usize,
    /// Virtual time from start to end.
    pub time: Duration,
    /// From the end of the trouble to the next block.
    pub resumed: Duration,
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

pub(crate) struct Simulation {
    pub(crate) context: deterministic::Context,
    pub(crate) plan: Plan,
    pub(crate) random: StdRng,
    pub(crate) world: Arc<World>,
    pub(crate) oracle: Oracle,
    pub(crate) nodes: Vec<Node>,
    pub(crate) council: Council,
    clients: Clients,
    /// Events that happened.
    pub(crate) happened: usize,
    next_load: Duration,
    next_check: Duration,
}

impl Simulation {
    async fn new(
        context: deterministic::Context,
        plan: Plan,
        (trace, start): (Trace, SystemTime),
        root: &Path,
    ) -> Result<Self, String> {
        let clients = Clients::new(plan.seed)?;
        let keys = (0..plan.nodes()).map(|index| key(&plan, index));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let public: Vec<Bytes> = keys.iter().map(PrivateKey::public_bytes).collect();
        let council = Council::new(&plan, public.clone())?;
        let spec = Arc::new(spec(&plan, &council, &clients));
        let balances = spec.alloc.iter();
        let balances = balances.map(|(address, account)| (*address, account.balance));
        let world = Arc::new(World {
            ledger: Ledger::new(balances.collect()),
            spec: spec.clone(),
            pace: Pace {
                heartbeat: plan.heartbeat,
                interval: Duration::from_millis(50),
            },
            trace,
            start,
            sabotage: plan.sabotage,
            nodes: public,
        });
        trace.say(Duration::ZERO, || plan.to_string());
        let nodes: Vec<Node> = (0..)
            .zip(keys)
            .map(|key| node(&context, &plan, root, key))
            .collect();
        let oracle = network(&context, &nodes);
        let mut simulation = Self {
            context,
            random: StdRng::seed_from_u64(mix(plan.seed)),
            plan,
            world,
            oracle,
            nodes,
            council,
            clients,
            happened: 0,
            next_load: Duration::ZERO,
            next_check: CHECK_EVERY,
        };
        simulation.link_all().await?;
        Ok(simulation)
    }

    async fn run(&mut self) -> Result<Outcome, String> {
        for node in &mut self.nodes {
            node.start(&self.context, &self.oracle, &self.world).await;
        }
        let mut resumed = Duration::ZERO;
        let ran = self.run_through(&mut resumed).await;
        let broken = self.world.ledger.broken().or(ran.err());
        for node in &mut self.nodes {
            node.stop(&self.context, 0).await?;
        }
        let sent = self.nodes.iter().map(|node| node.wire.sent());
        let (bytes, messages) = sent.fold((0u64, 0u64), |sum, sent| {
            (sum.0.saturating_add(sent.0), sum.1.saturating_add(sent.1))
        });
        let ledger = &self.world.ledger;
        Ok(Outcome {
            height: ledger.tip(),
            transactions: ledger.transactions(),
            bytes,
            messages,
            latencies: ledger.latencies(),
            accused: ledger.accused().len(),
            time: self.now(),
            resumed,
            hash: format!(
                "{}-{:016x}",
                self.context.auditor().state(),
                ledger.digest()
            ),
            broken,
        })
    }

    /// The trouble, then the quiet after it, in which everything promised must come true.
    async fn run_through(&mut self, resumed: &mut Duration) -> Result<(), String> {
        while self.now() < self.plan.trouble {
            self.step().await?;
        }
        self.calm_down().await?;
        let (calm, tip) = (self.now(), self.world.ledger.tip());
        let votes = u32::try_from(self.plan.epoch_length.saturating_mul(2)).unwrap_or(u32::MAX);
        let votes = self.plan.heartbeat.saturating_mul(votes);
        let settle = SETTLE_WITHIN.saturating_add(votes);
        while let Some(open) = self.unsettled(tip) {
            self.step().await?;
            let passed = self.now().saturating_sub(calm);
            if resumed.is_zero() && self.world.ledger.tip() > tip {
                *resumed = passed;
            }
            if resumed.is_zero() && passed > RESUME_WITHIN {
                return Err(format!("no block for {RESUME_WITHIN:?} after the trouble"));
            }
            if passed > settle {
                return Err(format!("{settle:?} after the trouble {open}"));
            }
        }
        self.check_states().await?;
        self.final_checks().await
    }

    pub(crate) fn now(&self) -> Duration {
        self.world.since_start(self.context.current())
    }

    pub(crate) fn say(&self, event: impl FnOnce() -> String) {
        self.world.trace.say(self.now(), event);
    }

    async fn step(&mut self) -> Result<(), String> {
        self.events().await?;
        self.supervise().await?;
        self.load()?;
        if self.now() >= self.next_check {
            self.next_check = self.now().saturating_add(CHECK_EVERY);
            self.check_states().await?;
            self.check_blocked().await?;
        }
        if let Some(broken) = self.world.ledger.broken() {
            return Err(broken);
        }
        self.context.sleep(STEP).await;
        Ok(())
    }

    /// What is still open before the simulation can end.
    fn unsettled(&self, tip: u64) -> Option<String> {
        let ledger = &self.world.ledger;
        if let Some(waiting) = ledger.oldest_waiting() {
            return Some(format!("{waiting} is not final"));
        }
        if !self.council.is_done() {
            return Some("the members still vote".to_owned());
        }
        // A job that the last transaction made runs in the block after it.
        let high = tip
            .saturating_add(SETTLED_BLOCKS)
            .max(ledger.last_transaction().saturating_add(1));
        for node in self.nodes.iter().filter(|node| !node.lies.any()) {
            let Some((live, head)) = node.live().zip(node.head()) else {
                return Some(format!("node {} is not back", node.index));
            };
            if head < high || head.saturating_add(2) < ledger.tip() {
                return Some(format!(
                    "node {} is at {head}, the chain at {}",
                    node.index,
                    ledger.tip()
                ));
            }
            if live.epochs.keys_of(next_epoch(&live, head)) != self.council.set() {
                return Some("the validators are not those that the members decided".to_owned());
            }
        }
        None
    }

    /// An honest node that answers.
    fn pick(&mut self) -> Option<(usize, Live)> {
        let picked = self.random.random_range(0..self.nodes.len());
        let node = self.nodes.get(picked).filter(|node| !node.lies.any())?;
        Some((node.index, node.live()?))
    }

    /// Clients and members send what is due.
    fn load(&mut self) -> Result<(), String> {
        let at = self.now();
        if let Some((index, live)) = self.pick() {
            self.council.act(&self.world, (index, &live), at)?;
        }
        if at < self.next_load || at > self.plan.trouble.saturating_add(self.plan.load) {
            return Ok(());
        }
        self.next_load = at.saturating_add(self.plan.load);
        let random = self.random.random();
        match self.pick() {
            Some((index, live)) => self.clients.pay(random, &self.world, (index, &live), at),
            None => Ok(()),
        }
    }
}

/// The epoch of the block after a node's head.
fn next_epoch(live: &Live, head: u64) -> u64 {
    let next = qiantang_types::Height::new(head.saturating_add(1));
    live.epochs.epoch_of(next)
}

fn spec(plan: &Plan, council: &Council, clients: &Clients) -> ChainSpec {
    ChainSpec {
        chain_id: qiantang_types::DEV_CHAIN_ID,
        name: format!("Simulation {}", plan.seed),
        genesis_time: TimestampMs::new(START_MS),
        scheme: plan.scheme,
        validators: council.set(),
        addresses: BTreeMap::new(),
        parameters: Parameters {
            epoch_length: plan.epoch_length,
            ..Parameters::default()
        },
        organisations: council.organisations(),
        alloc: clients.allocation(),
    }
}

fn node(
    context: &deterministic::Context,
    plan: &Plan,
    root: &Path,
    (index, key): (usize, PrivateKey),
) -> Node {
    let lies: Lies = plan.liars.get(&index).copied().unwrap_or_default();
    let skew = plan.skews.get(&index).copied().unwrap_or_default();
    let random = mix(plan.seed.rotate_left(20) ^ index as u64);
    let wire = Wire::new(context.child("wire"), lies, random);
    Node::new((index, key), root, wire, (skew, lies))
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
