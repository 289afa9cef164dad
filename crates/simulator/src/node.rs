//! One node of a simulated network, over its crashes and restarts.

use crate::{
    context::MachineContext,
    disk::Disk,
    ledger::Ledger,
    liar::Lies,
    machine::{Machine, Skew, wait_until},
    network::{self, Links, Oracle, Simulated, Wire},
    plan::Sabotage,
    trace::Trace,
};
use alloy_primitives::Bytes;
use commonware_cryptography::Signer as _;
use commonware_runtime::{Handle, Spawner as _, Supervisor as _, deterministic};
use futures::future::BoxFuture;
use qiantang_api::HeadState;
use qiantang_consensus::{
    Admit, ChainClock, Epochs, Launch, Network, Pace, PrivateKey, PublicKey, SPARE_VALIDATORS,
    Stores, launch_node,
};
use qiantang_state::history::{self, Store};
use qiantang_txpool::Pool;
use qiantang_types::{Block, ChainSpec, Receipt, StateCommitment, Transaction, TrustRoot};
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};

/// Pages of the cache in front of a node's databases.
const CACHE_PAGES: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");

/// Virtual time within which the tasks of a node that was switched off must be gone.
const GONE_WITHIN: Duration = Duration::from_secs(1);

/// What all nodes of a network share.
pub(crate) struct World {
    pub(crate) spec: Arc<ChainSpec>,
    pub(crate) pace: Pace,
    pub(crate) ledger: Ledger,
    pub(crate) trace: Trace,
    pub(crate) start: SystemTime,
    pub(crate) sabotage: Option<Sabotage>,
    /// Keys of all nodes. Who does not vote asks these.
    pub(crate) nodes: Vec<Bytes>,
}

impl World {
    /// Virtual time since the start.
    pub(crate) fn since_start(&self, now: SystemTime) -> Duration {
        now.duration_since(self.start).unwrap_or_default()
    }
}

/// What is told of each block that a node finalizes.
type Watcher = dyn Fn(&Block, Vec<Receipt>) + Send + Sync;

/// Reads what a node's databases hold now.
type StateProbe = Arc<dyn Fn() -> BoxFuture<'static, StateCommitment> + Send + Sync>;

/// The parts of a node that answers.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) store: Store,
    pub(crate) pool: Pool,
    pub(crate) epochs: Epochs,
    pub(crate) root: TrustRoot,
    pub(crate) state: StateProbe,
}

struct Running {
    machine: Arc<Machine>,
    handle: Handle<()>,
    live: Arc<Mutex<Option<Live>>>,
    /// Gone when the node's memory is.
    memory: Weak<Watcher>,
}

/// A node.
pub(crate) struct Node {
    pub(crate) index: usize,
    pub(crate) key: PrivateKey,
    pub(crate) wire: Arc<Wire>,
    pub(crate) lies: Lies,
    /// When it is switched on again, if it is off.
    pub(crate) back: Option<Duration>,
    /// How long it is away if it stops by itself.
    pub(crate) away: Duration,
    skew: Skew,
    disk: Arc<Disk>,
    dir: PathBuf,
    running: Option<Running>,
}

impl Node {
    pub(crate) fn new(
        (index, key): (usize, PrivateKey),
        root: &Path,
        wire: Arc<Wire>,
        (skew, lies): (Skew, Lies),
    ) -> Self {
        Self {
            index,
            key,
            wire,
            lies,
            back: None,
            away: Duration::from_secs(1),
            skew,
            disk: Arc::default(),
            dir: root.join(format!("node-{index}")),
            running: None,
        }
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Its parts, where it has finished starting.
    pub(crate) fn live(&self) -> Option<Live> {
        let running = self.running.as_ref()?;
        lock(&running.live).clone()
    }

    /// Height of its last block, where it has one and is on.
    pub(crate) fn head(&self) -> Option<u64> {
        let (height, _) = self.live()?.store.head()?;
        Some(height.get())
    }

    /// Its machine, where it is on.
    pub(crate) fn machine(&self) -> Option<&Arc<Machine>> {
        Some(&self.running.as_ref()?.machine)
    }

    /// Switches it on. It answers a while later.
    pub(crate) async fn start(
        &mut self,
        context: &deterministic::Context,
        oracle: &Oracle,
        world: &Arc<World>,
    ) {
        world.ledger.starts(self.index);
        match world.sabotage {
            Some(Sabotage::ForgetVotes) => self.disk.remove_partitions("-simplex-"),
            Some(Sabotage::LieAboutSync) => self.disk.ignore_syncs(),
            Some(Sabotage::LoseTransactions) | None => {}
        }
        let links = network::connect(oracle, &self.public_key(), &self.wire).await;
        let of_node = (self.skew, self.lies);
        let machine = Machine::new(
            self.index,
            context.child("clock"),
            self.disk.clone(),
            of_node,
        );
        let live = Arc::new(Mutex::new(None));
        let observer: Arc<Watcher> = {
            let (world, machine, index) = (world.clone(), machine.clone(), self.index);
            Arc::new(move |block: &Block, receipts: Vec<Receipt>| {
                observe(&world, &machine, (index, block, &receipts));
            })
        };
        let memory = Arc::downgrade(&observer);
        let start = Start {
            index: self.index,
            key: self.key.clone(),
            dir: self.dir.clone(),
            wire: self.wire.clone(),
            world: world.clone(),
            machine: machine.clone(),
            observer,
            live: live.clone(),
        };
        let inner = context.child("node").with_attribute("index", self.index);
        let handle = MachineContext::new(inner, machine.clone())
            .spawn(move |context| Box::pin(start.run(context, links)));
        self.running = Some(Running {
            machine,
            handle,
            live,
            memory,
        });
    }

    /// Switches it off from one moment to the next. Where its power went, `random` decides what
    /// becomes of what it did not sync.
    pub(crate) async fn stop(
        &mut self,
        context: &deterministic::Context,
        random: u64,
    ) -> Result<(), String> {
        let Some(running) = self.running.take() else {
            return Ok(());
        };
        running.machine.switch_off();
        running.handle.abort();
        lock(&running.live).take();
        let _ = running.handle.await;
        let gone = || running.memory.strong_count() == 0;
        if wait_until(context, GONE_WITHIN, gone).await {
            if running.machine.lost_power() {
                self.disk.cut_power(random);
            }
            Ok(())
        } else {
            Err(format!(
                "tasks of node {} still run after it was switched off",
                self.index
            ))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn observe(
    world: &World,
    machine: &Machine,
    (index, block, receipts): (usize, &Block, &[Receipt]),
) {
    let at = world.since_start(machine.now());
    world.ledger.finalized(index, block, receipts, at);
    world.trace.say(at, || {
        let header = &block.header;
        format!(
            "node {index} finalized block {} of epoch {}, view {}: {} transactions, {}",
            header.height,
            header.context.epoch,
            header.context.view,
            block.transactions.len(),
            header.hash()
        )
    });
}

/// What a node is started with.
struct Start {
    index: usize,
    key: PrivateKey,
    dir: PathBuf,
    wire: Arc<Wire>,
    world: Arc<World>,
    machine: Arc<Machine>,
    observer: Arc<Watcher>,
    live: Arc<Mutex<Option<Live>>>,
}

impl Start {
    /// The process of the node, as long as it runs.
    async fn run(self, context: MachineContext, links: Links) {
        let machine = self.machine.clone();
        if let Err(cause) = self.serve(context, links).await {
            machine.fail(cause);
        }
    }

    async fn serve(self, context: MachineContext, links: Links) -> Result<(), String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let spec = self.world.spec.clone();
        let (store, pool) = self.open().map_err(|error| text(&error))?;
        let stores = Stores {
            clock: ChainClock::default(),
            store: store.clone(),
            pool: pool.clone(),
            observer: self.observer.clone(),
            admit: admit(&pool, &store, &spec),
        };
        let launch = Launch {
            prefix: format!("node-{}", self.index),
            key: self.key.clone(),
            pace: self.world.pace,
            cache_pages: CACHE_PAGES,
            bootstrap: self.others(),
            followers_max: 0,
            spare: SPARE_VALIDATORS,
            joining: None,
        };
        let (peers, blocker, channels) = links;
        let connect = |_: &MachineContext, _, _, _| {
            let network = Network {
                peers,
                blocker,
                channels,
            };
            (network, Box::new(|_, _| ()) as qiantang_consensus::Track)
        };
        let node = launch_node::<Simulated>(&context, launch, spec.clone(), stores, connect);
        let mut node = Box::pin(node).await.map_err(|error| text(&error))?;
        self.wire.set_epochs(node.epochs.clone());
        let genesis = &node.chain.genesis.block().header;
        self.world.ledger.genesis(self.index, genesis);
        let head = HeadState::new(store.clone(), spec.clone());
        pool.restore(&head).map_err(|error| text(&error))?;
        let read_state = node.state_reader();
        let live = Live {
            store,
            pool,
            epochs: node.epochs.clone(),
            root: node.chain.root.clone(),
            state: Arc::new(move || Box::pin(read_state())),
        };
        *lock(&self.live) = Some(live);
        let failed = node.chain.listen_failure();
        futures::future::select(failed, Box::pin(node.ended())).await;
        let cause = node.chain.failure().map(ToString::to_string);
        Err(cause.unwrap_or_else(|| "the engine ended by itself".to_owned()))
    }

    /// Where it would find the other nodes. The simulated network finds them by their keys.
    fn others(&self) -> Vec<(Bytes, String)> {
        let others = self
            .world
            .nodes
            .iter()
            .filter(|key| **key != self.key.public_bytes());
        others
            .map(|key| (key.clone(), "127.0.0.1:1".to_owned()))
            .collect()
    }

    fn open(&self) -> Result<(Store, Pool), Box<dyn std::error::Error>> {
        let spec = &self.world.spec;
        let (history, pool) = (self.dir.join("history"), self.dir.join("pool"));
        std::fs::create_dir_all(&history)?;
        std::fs::create_dir_all(&pool)?;
        let config = history::Config {
            cache_bytes: 1 << 20,
            durable: false,
            free_bytes_min: 0,
            table_buffer_bytes: 1 << 20,
            recent_bytes: 1 << 20,
        };
        let store = Store::open(&history, config)?;
        let config = qiantang_txpool::Config::new(spec.chain_id, &spec.parameters);
        let pool = Pool::open(config, Some(&pool))?;
        Ok((store, pool))
    }
}

/// Takes peers' transactions as a node does.
fn admit(pool: &Pool, store: &Store, spec: &Arc<ChainSpec>) -> Admit {
    let (pool, head) = (pool.clone(), HeadState::new(store.clone(), spec.clone()));
    Arc::new(move |transactions: Vec<Transaction>, announce| {
        if announce {
            pool.admit(transactions, &head);
        } else {
            pool.admit_heard(transactions, &head);
        }
    })
}
