//! A chain with four member organisations, and what they do.

use crate::{
    Halt, IModule,
    governance::{
        ADDRESS,
        IGovernance::{self, Choice, IGovernanceErrors as Errors, State},
    },
    identity::{self, IIdentity::IIdentityErrors, OrganisationStatus},
    module_at,
    policy::IPolicy::IPolicyErrors,
    scheduler::{IScheduler::ISchedulerErrors, Run, finish_run, next_due},
    testing::{CALL_GAS, MapContext, spec},
};
use alloy_primitives::{Address, Bytes, U256, hex};
use alloy_sol_types::{SolCall, SolInterface};
use qiantang_types::{ChainSpec, Height, TimestampMs};

/// Administrators of the organisations 1 to 4: a bank, an enterprise, a hospital, a regulator.
pub(super) const ADMINISTRATORS: [Address; 4] = [
    Address::repeat_byte(1),
    Address::repeat_byte(2),
    Address::repeat_byte(3),
    Address::repeat_byte(4),
];
pub(super) const STRANGER: Address = Address::repeat_byte(0xee);

pub(super) const REASON: &str = "decided in the council of 3 March";
pub(super) const DAY: u64 = 24 * 3_600_000;

pub(super) struct World {
    pub(super) chain: MapContext,
    /// Gas of each job that ran.
    pub(super) jobs: Vec<u64>,
}

/// The first keys of `n` points of P-256, which are real.
pub(super) fn key(n: u8) -> Bytes {
    // The numbers of points from the table in `keys`.
    let x = [5, 6, 8, 9, 12, 13, 17, 23, 24, 25, 26, 29][usize::from(n)];
    let mut key = [0; 33];
    (key[0], key[32]) = (2, x);
    Bytes::copy_from_slice(&key)
}

/// A spec with one validator for each of the four organisations.
pub(super) fn spec_with_validators() -> ChainSpec {
    let mut spec = spec();
    spec.validators = (0..4).map(key).collect();
    for (index, organisation) in (0..).zip(&mut spec.organisations) {
        organisation.validators = vec![key(index)];
    }
    spec
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(&spec_with_validators())
    }

    pub(super) fn with(spec: &ChainSpec) -> Self {
        Self {
            chain: MapContext::chain(spec),
            jobs: Vec::new(),
        }
    }

    /// Sends a call in the next block.
    pub(super) fn send<Call: SolCall>(
        &mut self,
        who: Address,
        call: &Call,
    ) -> Result<Call::Return, Halt> {
        self.chain.next_block();
        self.chain.send(who, ADDRESS, call)
    }

    /// Sends what must be accepted.
    pub(super) fn accept<Call: SolCall>(&mut self, who: Address, call: &Call) -> Call::Return {
        self.send(who, call)
            .unwrap_or_else(|halt| panic!("{}: {}", Call::SIGNATURE, describe(&halt)))
    }

    /// Sends what must be refused, and says with which error.
    pub(super) fn refuse<Call: SolCall>(&mut self, who: Address, call: &Call) -> String {
        let before = (self.chain.slots.clone(), self.chain.logs.len());
        let result = self.send(who, call);
        assert!(
            before == (self.chain.slots.clone(), self.chain.logs.len()),
            "{} left traces",
            Call::SIGNATURE
        );
        error_name(&result)
    }

    pub(super) fn view<Call: SolCall>(&mut self, call: &Call) -> Call::Return {
        self.chain
            .view(ADDRESS, call)
            .unwrap_or_else(|halt| panic!("{}: {}", Call::SIGNATURE, describe(&halt)))
    }

    pub(super) fn vote(&mut self, organisation: usize, id: u64, choice: Choice) -> State {
        self.accept(
            ADMINISTRATORS[organisation - 1],
            &IGovernance::voteCall { id, choice },
        )
    }

    pub(super) fn proposal(&mut self, id: u64) -> IGovernance::Proposal {
        self.view(&IGovernance::proposalCall { id })
    }

    pub(super) fn state(&mut self, id: u64) -> State {
        self.proposal(id).summary.state
    }

    pub(super) fn advance(&mut self, milliseconds: u64) {
        self.chain.time = TimestampMs::new(self.chain.time.get() + milliseconds);
        self.chain.height = Height::new(self.chain.height.get() + milliseconds / 1000);
    }

    /// Proposes as the bank, has everybody say yes, and waits until it takes effect.
    pub(super) fn decide<Call: SolCall<Return = u64>>(&mut self, call: &Call) -> u64 {
        let id = self.accept(ADMINISTRATORS[0], call);
        let page = self.view(&IGovernance::ballotsCall {
            id,
            cursor: U256::ZERO,
            limit: U256::ZERO,
        });
        for ballot in page.list.iter().filter(|ballot| ballot.organisation <= 4) {
            if self.state(id) == State::Voting {
                self.vote(ballot.organisation as usize, id, Choice::Yes);
            }
        }
        let summary = self.proposal(id).summary;
        assert_eq!(summary.state, State::Passed);
        let now = self.chain.time.get();
        self.advance(summary.due.saturating_sub(now));
        self.block();
        assert_ne!(self.state(id), State::Passed);
        id
    }

    pub(super) fn status(&mut self, organisation: u64) -> OrganisationStatus {
        identity::organisation(&mut self.chain, organisation)
            .unwrap()
            .status
    }

    /// Runs the jobs that are due now, as execution does at the beginning of a block.
    pub(super) fn run_jobs(&mut self) {
        loop {
            self.chain.address = Address::ZERO;
            self.chain.gas_used = 0;
            self.chain.gas_limit = u64::MAX;
            let Some(due) = next_due(&mut self.chain, 250_000_000).unwrap() else {
                break;
            };
            self.chain.gas_limit = due.gas;
            self.chain.caller = due.caller;
            let module = module_at(due.target, self.chain.height).unwrap();
            let result = self.chain.call(module, &due.input);
            let (gas_used, output) = (self.chain.gas_used, result.clone().unwrap_or_default());
            self.jobs.push(gas_used);
            let run = Run {
                success: result.is_ok(),
                gas_used,
                output: &output,
            };
            assert!(run.success, "{result:?}");
            self.chain.address = Address::ZERO;
            self.chain.gas_used = 0;
            self.chain.gas_limit = u64::MAX;
            finish_run(&mut self.chain, &due, &run).unwrap();
        }
        self.chain.gas_limit = CALL_GAS;
        self.chain.gas_used = 0;
    }

    /// The next block, with its jobs.
    pub(super) fn block(&mut self) {
        self.chain.next_block();
        self.run_jobs();
    }

    /// Lets time pass, block by block only where a job is due.
    pub(super) fn wait(&mut self, milliseconds: u64) {
        self.advance(milliseconds);
        self.run_jobs();
    }

    /// Proposals that are not final.
    pub(super) fn open(&mut self) -> Vec<u64> {
        let (cursor, limit) = (U256::ZERO, U256::ZERO);
        let page = self.view(&IGovernance::openProposalsCall { cursor, limit });
        assert!(page.next.is_zero());
        page.list.iter().map(|summary| summary.id).collect()
    }
}

/// The name of the error that a call was refused with.
pub(super) fn error_name<T>(result: &Result<T, Halt>) -> String {
    match result {
        Ok(_) => panic!("the call was accepted"),
        Err(halt) => describe(halt)
            .split(['(', ' '])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

pub(super) fn describe(halt: &Halt) -> String {
    let Halt::Revert(data) = halt else {
        panic!("{halt:?}");
    };
    describe_bytes(data)
}

pub(super) fn describe_bytes(data: &[u8]) -> String {
    if let Ok(error) = Errors::abi_decode(data) {
        return format!("{error:?}").replacen('(', " ", 1);
    }
    if let Ok(error) = IModule::IModuleErrors::abi_decode(data) {
        let name = match error {
            IModule::IModuleErrors::LimitExceeded(_) => "LimitExceeded",
            IModule::IModuleErrors::MalformedInput(_) => "MalformedInput",
            IModule::IModuleErrors::StaticCall(_) => "StaticCall",
            _ => "IModule",
        };
        return name.to_owned();
    }
    if let Ok(error) = IIdentityErrors::abi_decode(data) {
        return format!("{error:?}").replacen('(', " ", 1);
    }
    if let Ok(error) = IPolicyErrors::abi_decode(data) {
        return format!("{error:?}").replacen('(', " ", 1);
    }
    if let Ok(error) = ISchedulerErrors::abi_decode(data) {
        return format!("{error:?}").replacen('(', " ", 1);
    }
    panic!("unknown error {}", hex::encode(data))
}
