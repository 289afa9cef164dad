//! What a seed decides before anything happens.

use crate::{
    liar::Lies,
    machine::{DiskState, Skew},
    network::Weather,
};
use qiantang_types::SignatureScheme;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use std::{collections::BTreeMap, time::Duration};

/// A simulation from its start to its end.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What all randomness follows from.
    pub seed: u64,
    /// Validators at the start.
    pub validators: usize,
    /// Nodes that follow at the start, and may be voted in.
    pub followers: usize,
    /// Their signature scheme.
    pub scheme: SignatureScheme,
    /// How long messages take.
    pub latency: Latency,
    /// Blocks of an epoch.
    pub epoch_length: u64,
    /// Time between blocks of an idle chain.
    pub heartbeat: Duration,
    /// Time between two transactions of clients.
    pub load: Duration,
    /// When the trouble ends: from then on all goes well.
    pub trouble: Duration,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    pub(crate) events: Vec<(Duration, Event)>,
    pub(crate) skews: BTreeMap<usize, Skew>,
    pub(crate) liars: BTreeMap<usize, Lies>,
    pub(crate) changes: Vec<(Duration, Change)>,
    /// Jobs that run in the same blocks.
    pub(crate) jobs: usize,
}

/// What can be broken on purpose, to see that the simulator notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sabotage {
    /// After a crash a node does not know what it voted for.
    ForgetVotes,
    /// A disk says that data is safe when it is not.
    LieAboutSync,
    /// A node loses one of eight transactions that it acknowledged.
    LoseTransactions,
}

/// How long messages take from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Machines in one room: 0.3 ms.
    Room,
    /// One country: 5 to 30 ms, by pair.
    Country,
    /// The world: 20 to 150 ms, by pair.
    World,
    /// 50 ms between any two.
    Fixed50,
}

impl Latency {
    /// Mean and standard deviation between two nodes, in microseconds.
    pub(crate) fn link(self, random: u64) -> (Duration, Duration) {
        let between = |low: u64, high: u64| {
            let micros = random.checked_rem(high.saturating_sub(low)).unwrap_or(0);
            Duration::from_micros(low.saturating_add(micros))
        };
        let mean = match self {
            Self::Room => Duration::from_micros(300),
            Self::Country => between(5_000, 30_000),
            Self::World => between(20_000, 150_000),
            Self::Fixed50 => return (Duration::from_millis(50), Duration::ZERO),
        };
        (mean, mean / 8)
    }
}

/// What happens to the network at a time.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// `kill -9` of nodes, and how long they are away.
    Kill(Vec<usize>, Duration),
    /// The power of a node goes after so many more operations on its files.
    CutPower(usize, u64, Duration),
    /// A disk does something else.
    Disk(usize, DiskState),
    /// No messages between the nodes of the list and the others, as the direction says.
    Partition(Vec<usize>, Direction),
    /// All can talk to each other again.
    Heal,
    /// What happens to messages from now on.
    Weather(Weather),
}

/// Which messages between two sides are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Both,
    Out,
    In,
}

/// What the members vote on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Add(usize),
    Remove(usize),
    /// The first one's key is replaced by the second one's.
    Rotate(usize, usize),
}

impl Plan {
    /// A network without faults: four validators in one room.
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            validators: 4,
            followers: 0,
            scheme: SignatureScheme::P256,
            latency: Latency::Room,
            epoch_length: 10,
            heartbeat: Duration::from_millis(500),
            load: Duration::from_millis(100),
            trouble: Duration::from_secs(3),
            sabotage: None,
            events: Vec::new(),
            skews: BTreeMap::new(),
            liars: BTreeMap::new(),
            changes: Vec::new(),
            jobs: 2,
        }
    }

    /// A network without faults of so many validators, 50 ms from each other, for measurements.
    pub fn sized(validators: usize) -> Self {
        Self {
            validators,
            latency: Latency::Fixed50,
            epoch_length: 1_000,
            heartbeat: Duration::from_secs(1),
            load: Duration::from_millis(730),
            trouble: Duration::from_secs(10),
            jobs: 0,
            ..Self::calm(0)
        }
    }

    /// A network with the troubles that a seed draws.
    pub fn troubled(seed: u64) -> Self {
        Drawing::new(seed).plan()
    }

    /// All nodes.
    pub const fn nodes(&self) -> usize {
        self.validators.saturating_add(self.followers)
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} validators and {} followers, {:?}, {:?}, {} blocks an epoch; liars {:?}; clocks \
             {:?}; trouble until {:?}",
            self.validators,
            self.followers,
            self.scheme,
            self.latency,
            self.epoch_length,
            self.liars,
            self.skews,
            self.trouble,
        )
    }
}

struct Drawing {
    random: StdRng,
    plan: Plan,
    /// The smallest set of validators of the run.
    fewest: usize,
}

impl Drawing {
    fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut plan = Plan::calm(seed);
        let schemes = [SignatureScheme::P256, SignatureScheme::Ed25519];
        let latencies = [Latency::Room, Latency::Country, Latency::World];
        plan.validators = [4, 4, 4, 5, 6, 7][random.random_range(0..6)];
        plan.scheme = schemes[random.random_range(0..2)];
        plan.latency = latencies[random.random_range(0..3)];
        plan.epoch_length = [5, 10, 20, 50][random.random_range(0..4)];
        plan.load = Duration::from_millis(random.random_range(150..900));
        plan.trouble = Duration::from_secs(random.random_range(12..25));
        Self {
            random,
            fewest: plan.validators,
            plan,
        }
    }

    fn plan(mut self) -> Plan {
        if self.chance(40) {
            self.changes();
        }
        if self.chance(60) {
            self.liars();
        }
        if self.chance(40) {
            self.skews();
        }
        // Without crashes nobody has an excuse for not reporting a liar.
        if self.chance(15) {
            return self.plan;
        }
        for (percent, trouble) in [
            (60, Self::kills as fn(&mut Self)),
            (60, Self::power_cuts),
            (40, Self::disks),
            (50, Self::partitions),
            (50, Self::weather),
            (30, Self::outage),
        ] {
            if self.chance(percent) {
                trouble(&mut self);
            }
        }
        self.plan.events.sort_by_key(|(at, _)| *at);
        self.plan
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn node(&mut self) -> usize {
        self.random.random_range(0..self.plan.nodes())
    }

    fn time(&mut self) -> Duration {
        let end = u64::try_from(self.plan.trouble.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.random.random_range(500..end))
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.random.random_range(from..to))
    }

    fn at(&mut self, time: Duration, event: Event) {
        self.plan.events.push((time, event));
    }

    fn some_nodes(&mut self, count: usize) -> Vec<usize> {
        let mut nodes: Vec<usize> = (0..self.plan.nodes()).collect();
        nodes.shuffle(&mut self.random);
        nodes.truncate(count);
        nodes.sort_unstable();
        nodes
    }

    fn kills(&mut self) {
        for _ in 0..self.random.random_range(1..6) {
            let (time, node, down) = (self.time(), self.node(), self.millis(50, 8_000));
            self.at(time, Event::Kill(vec![node], down));
        }
    }

    fn power_cuts(&mut self) {
        for _ in 0..self.random.random_range(1..6) {
            let (time, node, down) = (self.time(), self.node(), self.millis(50, 5_000));
            let operations = self.random.random_range(0..200);
            self.at(time, Event::CutPower(node, operations, down));
        }
    }

    fn disks(&mut self) {
        for _ in 0..self.random.random_range(1..3) {
            let (time, node) = (self.time(), self.node());
            let state = match self.random.random_range(0..3) {
                0 => DiskState::Slow(self.millis(10, 400)),
                1 => DiskState::Failing(self.random.random_range(20..500)),
                _ => DiskState::Full,
            };
            self.at(time, Event::Disk(node, state));
            let end = time.saturating_add(self.millis(500, 6_000));
            self.at(end, Event::Disk(node, DiskState::Healthy));
        }
    }

    fn partitions(&mut self) {
        for _ in 0..self.random.random_range(1..4) {
            let time = self.time();
            let count = self.random.random_range(1..self.plan.nodes());
            let side = self.some_nodes(count);
            let ways = [Direction::Both, Direction::Out, Direction::In];
            let way = ways[self.random.random_range(0..3)];
            self.at(time, Event::Partition(side, way));
            let end = time.saturating_add(self.millis(500, 8_000));
            self.at(end, Event::Heal);
        }
    }

    fn weather(&mut self) {
        let time = self.time();
        let weather = Weather {
            lost: self.random.random_range(0..150),
            doubled: self.random.random_range(0..100),
            delayed: self.random.random_range(0..100),
            delay: self.millis(1, 400),
        };
        self.at(time, Event::Weather(weather));
        let end = time.saturating_add(self.millis(1_000, 10_000));
        self.at(end, Event::Weather(Weather::default()));
    }

    /// More nodes than may fail are away at the same time, up to all.
    fn outage(&mut self) {
        let may_fail = self.plan.validators.saturating_sub(1) / 3;
        let all = self.plan.nodes();
        let count = self.random.random_range(may_fail.saturating_add(1)..=all);
        let (time, nodes) = (self.time(), self.some_nodes(count));
        let down = self.millis(100, 5_000);
        self.at(time, Event::Kill(nodes, down));
    }

    fn skews(&mut self) {
        for _ in 0..self.random.random_range(1..4) {
            let (node, off) = (self.node(), self.millis(1, 400));
            let skew = if self.chance(50) {
                Skew {
                    ahead: off,
                    behind: Duration::ZERO,
                }
            } else {
                Skew {
                    ahead: Duration::ZERO,
                    behind: off,
                }
            };
            self.plan.skews.insert(node, skew);
        }
    }

    /// As many liars as a set may have, and never more of one set.
    fn liars(&mut self) {
        let may_lie = self.fewest.saturating_sub(1) / 3;
        let count = self.random.random_range(may_lie.min(1)..=may_lie);
        for node in self.some_nodes(count) {
            let bits = self.random.random_range(1..16);
            let mut lies = Lies::from_bits(bits);
            // A lie that nobody hears tests nothing.
            lies.withholds &= !lies.blocks;
            self.plan.liars.insert(node, lies);
        }
    }

    /// A vote every few seconds: in, out, or another key.
    fn changes(&mut self) {
        self.plan.followers = self.random.random_range(1..4);
        let mut inside: Vec<usize> = (0..self.plan.validators).collect();
        let mut outside: Vec<usize> = (self.plan.validators..self.plan.nodes()).collect();
        let mut time = Duration::from_secs(1);
        for _ in 0..self.random.random_range(1..8) {
            let (given, taken) = (inside.len(), outside.len());
            let change = match self.random.random_range(0..3) {
                0 if taken > 0 => {
                    let node = outside.swap_remove(self.random.random_range(0..taken));
                    inside.push(node);
                    Change::Add(node)
                }
                1 if given > 4 => {
                    let node = inside.swap_remove(self.random.random_range(0..given));
                    outside.push(node);
                    Change::Remove(node)
                }
                _ if taken > 0 => {
                    let old = inside.swap_remove(self.random.random_range(0..given));
                    let new = outside.swap_remove(self.random.random_range(0..taken));
                    inside.push(new);
                    outside.push(old);
                    Change::Rotate(old, new)
                }
                _ => continue,
            };
            self.fewest = self.fewest.min(inside.len());
            self.plan.changes.push((time, change));
            time = time.saturating_add(self.millis(200, 4_000));
        }
    }
}
