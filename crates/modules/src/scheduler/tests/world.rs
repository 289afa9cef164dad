//! A chain that runs its due jobs at the beginning of every block, as execution does.

use super::invariants::check_turn;
use crate::{
    Halt, MODULES,
    identity::{self, IIdentity},
    scheduler::{
        ADDRESS, Due,
        IScheduler::{self, Kind, NewJob, Schedule, Status},
        Run, finish_run, next_due,
    },
    testing::{MapContext, spec},
};
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent as _, SolInterface as _};
use qiantang_types::{Height, TimestampMs};

/// Administrators of the first two organisations, and their numbers.
pub(super) const BANKER: Address = Address::repeat_byte(1);
pub(super) const BANK: u64 = 1;
pub(super) const GROWER: Address = Address::repeat_byte(2);
pub(super) const TEA: u64 = 2;
/// Governance speaks through its module.
pub(super) const GOVERNANCE: Address = crate::scheduler::authority::GOVERNANCE;
/// An account that is nobody.
pub(super) const STRANGER: Address = Address::repeat_byte(0x77);
/// A contract that always succeeds, and one that always fails.
pub(super) const GOOD: Address = Address::repeat_byte(0xc0);
pub(super) const BAD: Address = Address::repeat_byte(0xc1);

/// What the chain counts for the bookkeeping of one job in these tests.
const BOOKKEEPING: u64 = 20_000;

/// A run as execution saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ran {
    pub(super) height: u64,
    pub(super) job: u64,
    pub(super) due: u64,
    pub(super) attempt: u32,
    pub(super) success: bool,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) chain: MapContext,
    pub(super) ran: Vec<Ran>,
    /// Gas that a call to a contract uses.
    pub(super) gas_used: u64,
    /// Gas that the jobs of the last block used, without bookkeeping.
    pub(super) block_gas: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            chain: MapContext::chain(&spec()),
            ran: Vec::new(),
            gas_used: 30_000,
            block_gas: 0,
        }
    }

    pub(super) fn now(&self) -> u64 {
        self.chain.time.get()
    }

    pub(super) fn height(&self) -> u64 {
        self.chain.height.get()
    }

    /// Sends a call in the present block.
    pub(super) fn send<Call: SolCall>(
        &mut self,
        who: Address,
        call: &Call,
    ) -> Result<Call::Return, Halt> {
        self.chain.send(who, ADDRESS, call)
    }

    pub(super) fn accept<Call: SolCall>(&mut self, who: Address, call: &Call) -> Call::Return {
        self.send(who, call)
            .unwrap_or_else(|halt| panic!("{}: {}", Call::SIGNATURE, describe(&halt)))
    }

    /// Sends what must be refused, and says with which error; checks that nothing changed.
    pub(super) fn refuse<Call: SolCall>(&mut self, who: Address, call: &Call) -> String {
        let before = (self.chain.slots.clone(), self.chain.logs.clone());
        let result = self.send(who, call);
        let Err(halt) = result else {
            panic!("{} was accepted", Call::SIGNATURE);
        };
        assert!(
            before == (self.chain.slots.clone(), self.chain.logs.clone()),
            "{} left something behind",
            Call::SIGNATURE
        );
        describe(&halt)
    }

    pub(super) fn create(&mut self, who: Address, call: NewJob) -> u64 {
        self.accept(who, &IScheduler::createJobCall { call })
    }

    pub(super) fn job(&mut self, job: u64) -> IScheduler::Job {
        self.chain
            .view(ADDRESS, &IScheduler::jobCall { job })
            .unwrap()
    }

    pub(super) fn status(&mut self, job: u64) -> Status {
        self.job(job).status
    }

    pub(super) fn dead(&mut self, organisation: u64) -> Vec<IScheduler::DeadLetter> {
        let call = IScheduler::deadLettersCall {
            organisation,
            cursor: U256::ZERO,
            limit: U256::ZERO,
        };
        self.chain.view(ADDRESS, &call).unwrap().letters
    }

    /// The next block, one second later, with its jobs.
    pub(super) fn block(&mut self) {
        self.block_at(self.now() + 1_000);
    }

    pub(super) fn blocks(&mut self, count: u64) {
        for _ in 0..count {
            self.block();
        }
    }

    /// The next block at a time, as after an outage.
    pub(super) fn block_at(&mut self, time: u64) {
        self.chain.height = Height::new(self.height() + 1);
        self.chain.time = TimestampMs::new(time);
        self.run_due();
    }

    /// Runs the jobs of the block.
    pub(super) fn run_due(&mut self) {
        let mut left = self.chain.parameters.job_gas_per_block;
        self.block_gas = 0;
        let mut before = Vec::new();
        while let Some(due) = self.next(left) {
            check_turn(&due, &mut before);
            let (success, gas_used, output) = self.execute(&due);
            assert!(gas_used <= due.gas && due.gas <= left);
            self.block_gas += gas_used;
            self.ran.push(Ran {
                height: self.height(),
                job: due.job,
                due: due.due,
                attempt: due.attempt,
                success,
            });
            let run = Run {
                success,
                gas_used,
                output: &output,
            };
            self.as_chain();
            finish_run(&mut self.chain, &due, &run).unwrap();
            left = left.saturating_sub(gas_used + BOOKKEEPING);
        }
    }

    pub(super) fn next(&mut self, left: u64) -> Option<Due> {
        self.as_chain();
        next_due(&mut self.chain, left).unwrap()
    }

    /// The chain itself calls, and pays nobody.
    fn as_chain(&mut self) {
        self.chain.address = Address::ZERO;
        self.chain.caller = Address::ZERO;
        self.chain.gas_used = 0;
        self.chain.gas_limit = u64::MAX;
    }

    fn execute(&mut self, due: &Due) -> (bool, u64, Bytes) {
        self.chain.gas_limit = crate::testing::CALL_GAS;
        let gas_used = self.gas_used.min(due.gas);
        match MODULES.iter().find(|module| module.address == due.target) {
            Some(module) => {
                self.chain.caller = due.caller;
                match self.chain.call(module, &due.input) {
                    Ok(output) => (true, gas_used, output),
                    Err(Halt::Revert(reason)) => (false, gas_used, reason),
                    Err(halt) => panic!("{halt:?}"),
                }
            }
            None if due.target == BAD => (false, due.gas, Bytes::from(vec![0xee; 300])),
            None => (true, gas_used, due.input.clone()),
        }
    }

    /// Jobs that ran since, in order.
    pub(super) fn take_jobs(&mut self) -> Vec<u64> {
        self.ran.drain(..).map(|ran| ran.job).collect()
    }

    /// Occurrences that ran since, in order.
    pub(super) fn take_dues(&mut self) -> Vec<u64> {
        self.ran.drain(..).map(|ran| ran.due).collect()
    }

    pub(super) fn suspend(&mut self, organisation: u64) {
        let reason = "test".to_owned();
        let call = IIdentity::suspendOrganisationCall {
            organisation,
            reason,
        };
        self.chain
            .send(GOVERNANCE, identity::ADDRESS, &call)
            .unwrap();
    }

    pub(super) fn restore(&mut self, organisation: u64) {
        let call = IIdentity::restoreOrganisationCall { organisation };
        self.chain
            .send(GOVERNANCE, identity::ADDRESS, &call)
            .unwrap();
    }

    /// Suspends an organisation unless it is already.
    pub(super) fn suspend_if(&mut self, organisation: u64) {
        if self.is_active(organisation) {
            self.suspend(organisation);
        }
    }

    /// Restores an organisation if it is suspended.
    pub(super) fn restore_if(&mut self, organisation: u64) {
        if !self.is_active(organisation) {
            self.restore(organisation);
        }
    }

    fn is_active(&mut self, number: u64) -> bool {
        let call = IIdentity::organisationCall { number };
        let found = self.chain.view(identity::ADDRESS, &call).unwrap();
        found.status == IIdentity::OrganisationStatus::Active
    }

    /// The statuses that a job's events name, in order.
    pub(super) fn statuses(&self, job: u64) -> Vec<Status> {
        let events = self.chain.logs.iter().filter_map(|log| {
            let event = IScheduler::JobChanged::decode_log_data(&log.data).ok()?;
            (event.job == job).then_some(event.status)
        });
        events.collect()
    }
}

/// A call without input.
pub(super) fn call(target: Address, schedule: Schedule) -> NewJob {
    NewJob::new(target, Bytes::new(), 100_000, schedule)
}

pub(super) fn once(start: u64) -> Schedule {
    Schedule {
        start,
        ..Schedule::of(Kind::Once)
    }
}

pub(super) fn every(every: u64) -> Schedule {
    Schedule {
        every,
        ..Schedule::of(Kind::EveryMilliseconds)
    }
}

pub(super) fn describe(halt: &Halt) -> String {
    let Halt::Revert(reason) = halt else {
        return format!("{halt:?}");
    };
    if let Ok(error) = IScheduler::ISchedulerErrors::abi_decode(reason) {
        return format!("{error:?}");
    }
    if let Ok(error) = IIdentity::IIdentityErrors::abi_decode(reason) {
        return format!("{error:?}");
    }
    crate::specs::error_text("Scheduler", reason)
}
