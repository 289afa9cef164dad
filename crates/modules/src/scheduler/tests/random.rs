//! Random sequences of everything that can be done, and two chains that do the same.

use super::{
    invariants::check,
    world::{BAD, BANKER, GOOD, GOVERNANCE, GROWER, World, call},
};
use crate::{
    scheduler::{
        ADDRESS,
        IScheduler::{self, Adjustment, Kind, NewJob, Schedule, Status},
        Scheduler,
        calendar::Year,
    },
    testing::{CALL_GAS, Rng, play},
};
use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use std::collections::BTreeMap;

const OWNERS: [Address; 5] = [
    BANKER,
    GROWER,
    Address::repeat_byte(3),
    Address::repeat_byte(4),
    GOVERNANCE,
];
/// Jobs that have not ended, at most; more are not made.
const JOBS: usize = 16;

struct Play {
    world: World,
    /// Owners of all jobs, by number.
    owners: Vec<Address>,
    /// Jobs that may be alive.
    open: Vec<u64>,
    /// The last occurrence of each job that succeeded, by height and by time.
    last: BTreeMap<(u64, bool), u64>,
    runs: u64,
}

impl Play {
    fn new() -> Self {
        let mut world = World::new();
        world.chain.parameters.job_gas_per_day = 30_000_000;
        Self {
            world,
            owners: Vec::new(),
            open: Vec::new(),
            last: BTreeMap::new(),
            runs: 0,
        }
    }

    fn act(&mut self, rng: &mut Rng) {
        match rng.below(16) {
            0..3 if self.open.len() < JOBS => self.create(rng),
            0..6 => self.touch(rng),
            6 => self.govern(rng),
            _ => self.block(rng),
        }
    }

    fn create(&mut self, rng: &mut Rng) {
        let owner = *rng.pick(&OWNERS);
        let call = self.new_job(rng);
        if let Ok(job) = self.world.send(owner, &IScheduler::createJobCall { call }) {
            self.owners.push(owner);
            self.open.push(job);
            assert_eq!(job, self.owners.len() as u64);
        }
    }

    fn new_job(&self, rng: &mut Rng) -> NewJob {
        let schedule = self.schedule(rng);
        let next = self.owners.len() as u64 + 1;
        let mut new = call(
            *rng.pick(&[GOOD, GOOD, GOOD, BAD, ADDRESS]),
            schedule.clone(),
        );
        if new.target == ADDRESS {
            let job = next;
            new.input = match rng.below(4) {
                0 => IScheduler::cancelJobCall { job }.abi_encode(),
                1 => IScheduler::pauseJobCall { job }.abi_encode(),
                2 => IScheduler::retryDeadCall { job }.abi_encode(),
                _ => {
                    let call = call(GOOD, schedule);
                    IScheduler::changeJobCall { job, call }.abi_encode()
                }
            }
            .into();
        }
        new.attempts = rng.below(4) as u16;
        new.retryAfter = rng.below(3) * 30_000;
        new.skipMissed = rng.chance(1, 3);
        new.gasLimit = 21_000 + rng.below(100_000);
        new
    }

    fn schedule(&self, rng: &mut Rng) -> Schedule {
        let kinds = [
            Kind::Once,
            Kind::AtHeight,
            Kind::EveryMilliseconds,
            Kind::EveryBlocks,
            Kind::Daily,
            Kind::Weekly,
            Kind::Monthly,
            Kind::BusinessDays,
        ];
        let mut new = Schedule::of(*rng.pick(&kinds));
        let (now, height) = (self.world.now(), self.world.height());
        match new.kind {
            Kind::Once => new.start = now + rng.below(600_000),
            Kind::AtHeight => new.start = height + rng.below(50),
            Kind::EveryMilliseconds => new.every = 60_000 + rng.below(600_000),
            Kind::EveryBlocks => new.every = 1 + rng.below(30),
            _ => {
                new.timeOfDay = rng.below(86_400_000) as u32;
                new.zone = (*rng.pick(&["", "Asia/Shanghai", "America/New_York"])).to_owned();
            }
        }
        match new.kind {
            Kind::Weekly => new.day = 1 + rng.below(127) as u8,
            Kind::Monthly => new.day = 1 + rng.below(31) as u8,
            Kind::BusinessDays => new.calendar = "CN".to_owned(),
            _ => {}
        }
        if matches!(new.kind, Kind::Daily | Kind::Monthly) && rng.chance(1, 2) {
            new.calendar = "CN".to_owned();
            new.adjustment = *rng.pick(&[Adjustment::Following, Adjustment::Preceding]);
        }
        if rng.chance(1, 4) && !matches!(new.kind, Kind::Once | Kind::AtHeight) {
            new.count = 1 + rng.below(5) as u32;
        }
        new
    }

    /// Does something to a job; most of it is refused.
    fn touch(&mut self, rng: &mut Rng) {
        if self.open.is_empty() {
            return;
        }
        let job = *rng.pick(&self.open);
        let owner = self.owners[job as usize - 1];
        let world = &mut self.world;
        let done = match rng.below(7) {
            0 => world
                .send(owner, &IScheduler::cancelJobCall { job })
                .is_ok(),
            1 => world.send(owner, &IScheduler::pauseJobCall { job }).is_ok(),
            2 | 3 => world
                .send(owner, &IScheduler::resumeJobCall { job })
                .is_ok(),
            4 => world
                .send(owner, &IScheduler::retryDeadCall { job })
                .is_ok(),
            5 => world.send(owner, &IScheduler::skipDeadCall { job }).is_ok(),
            _ => {
                let call = self.new_job(rng);
                let change = IScheduler::changeJobCall { job, call };
                self.world.send(owner, &change).is_ok()
            }
        };
        if done {
            self.forget_ended();
        }
    }

    fn govern(&mut self, rng: &mut Rng) {
        let world = &mut self.world;
        let organisation = 1 + rng.below(4);
        match rng.below(6) {
            0 if rng.chance(1, 3) => world.suspend_if(organisation),
            0..3 => world.restore_if(organisation),
            3 => {
                let year = 2025 + rng.below(3) as u16;
                let mut days = Year::weekdays(year.into()).0;
                days[0].set_bit(rng.below(256) as usize, rng.chance(1, 2));
                let call = IScheduler::setCalendarYearCall {
                    calendar: "CN".to_owned(),
                    year,
                    workingDays: days,
                };
                world.accept(GOVERNANCE, &call);
            }
            4 if rng.chance(1, 10) => {
                let call = IScheduler::setTimeZoneCall {
                    name: "Asia/Shanghai".to_owned(),
                    posixRule: (*rng.pick(&["CST-8", "CST-9", "CST-8CDT,M4.1.0,M9.1.0"]))
                        .to_owned(),
                    from: world.now() + rng.below(86_400_000),
                };
                // Sixty-four rules are the limit.
                let _ = world.send(GOVERNANCE, &call);
            }
            _ => {
                let call = IScheduler::setAllowanceCall {
                    organisation,
                    gasPerDay: rng.below(60_000_000),
                };
                world.accept(GOVERNANCE, &call);
            }
        }
    }

    fn block(&mut self, rng: &mut Rng) {
        self.world.chain.parameters.job_gas_per_block = 1_200_000 + rng.below(900_000);
        let pause = match rng.below(20) {
            0 => rng.below(30 * 3_600_000),
            1..4 => rng.below(1_000_000),
            _ => 1_000,
        };
        let now = self.world.now();
        self.world.block_at(now + 1 + pause);
        assert!(self.world.block_gas <= self.world.chain.parameters.job_gas_per_block);
        self.note_runs();
        self.forget_ended();
    }

    /// Every occurrence succeeds once, and in order.
    fn note_runs(&mut self) {
        for ran in std::mem::take(&mut self.world.ran) {
            self.runs += 1;
            let key = (ran.job, ran.due > 1_000_000_000);
            let last = self.last.get(&key).copied().unwrap_or(0);
            assert!(
                ran.due > last,
                "job {} ran {} after {last}",
                ran.job,
                ran.due
            );
            if ran.success {
                self.last.insert(key, ran.due);
            }
        }
    }

    fn forget_ended(&mut self) {
        let chain = &mut self.world.chain;
        chain.address = ADDRESS;
        (chain.gas_used, chain.gas_limit) = (0, u64::MAX);
        self.open.retain(|job| {
            let job = Scheduler::storage().jobs.at(chain, job).unwrap();
            let status = job.state.get(chain).unwrap().status;
            !matches!(status, Status::Done | Status::Cancelled)
        });
        chain.gas_limit = CALL_GAS;
    }

    fn check(&mut self) {
        check(&mut self.world, self.open.iter().copied());
    }

    /// With gas for everything, nothing that is due is left.
    fn drain(&mut self) {
        self.world.chain.parameters.job_gas_per_block = u64::MAX;
        self.world.chain.parameters.job_gas_per_day = u64::MAX;
        for organisation in 1..=4 {
            self.world.restore_if(organisation);
            let call = IScheduler::setAllowanceCall {
                organisation,
                gasPerDay: u64::MAX,
            };
            self.world.accept(GOVERNANCE, &call);
        }
        for _ in 0..3 {
            // Frozen jobs are asked again.
            let now = self.world.now();
            self.world.block_at(now + 20 * 60_000);
            self.note_runs();
        }
        for job in self.open.clone() {
            let shown = self.world.job(job);
            let is_by_height =
                matches!(shown.call.schedule.kind, Kind::AtHeight | Kind::EveryBlocks);
            let now = if is_by_height {
                self.world.height()
            } else {
                self.world.now()
            };
            if shown.status == Status::Active {
                assert!(shown.queuedAt > now, "{shown:?} is overdue at {now}");
            }
        }
        self.check();
    }
}

#[test]
fn random_sequences_keep_the_queues_whole() {
    let mut total = 0;
    for seed in 1..=2 {
        let mut game = Play::new();
        play(seed, 5_000, &mut game, Play::act, Play::check);
        game.drain();
        total += game.runs;
    }
    assert!(total > 5_000, "{total} runs");
}

#[test]
fn two_chains_do_the_same() {
    let mut games = [Play::new(), Play::new()];
    for game in &mut games {
        play(77, 1_500, game, Play::act, |_| {});
    }
    let [first, second] = &games;
    assert!(first.runs > 500);
    assert!(first.world.chain.slots == second.world.chain.slots);
    assert!(first.world.chain.logs == second.world.chain.logs);
    assert_eq!(first.world.ran, second.world.ran);
}
