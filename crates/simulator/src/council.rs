//! The members, who vote on the chain about who validates.

use crate::{
    clients::Wallet,
    node::{Live, World},
    plan::{Change, Plan},
};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall as _;
use qiantang_modules::{
    governance::{self, IGovernance},
    scheduler::{self, IScheduler},
};
use qiantang_types::GenesisOrganisation;
use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

/// Organisations that vote. Two of three decide.
const MEMBERS: u64 = 3;

/// Blocks in which each job of the first member runs: all from the one after that which made it.
pub(crate) const JOB_RUNS: usize = 12;

/// Gas of one run of a job.
const JOB_GAS: u64 = 500_000;

/// The members and what they are at.
pub(crate) struct Council {
    members: Vec<Wallet>,
    due: VecDeque<(Duration, Change)>,
    /// Keys of all nodes, by index.
    keys: Vec<Bytes>,
    proposals: u64,
    /// Jobs that the first member is still to make.
    jobs: usize,
    step: Step,
    decided: BTreeSet<usize>,
}

enum Step {
    Idle,
    /// A job waits for its block.
    Scheduled(B256),
    /// A proposal waits for its block.
    Proposed(Change, B256),
    /// Votes wait to be cast by these members, in this order.
    Voting(Change, VecDeque<usize>, Option<B256>),
}

impl Council {
    /// The members of a plan's network; the keys are those of all nodes.
    pub(crate) fn new(plan: &Plan, keys: Vec<Bytes>) -> Result<Self, String> {
        let members =
            (0..MEMBERS).map(|number| Wallet::new(plan.seed, number.saturating_add(1_000)));
        Ok(Self {
            members: members.collect::<Result<_, _>>()?,
            due: plan.changes.iter().copied().collect(),
            keys,
            proposals: 0,
            jobs: plan.jobs,
            step: Step::Idle,
            decided: (0..plan.validators).collect(),
        })
    }

    /// The member organisations of the first block, to which the validators belong in turn.
    pub(crate) fn organisations(&self) -> Vec<GenesisOrganisation> {
        let count = self.members.len();
        let organisation = |(number, member): (usize, &Wallet)| {
            let of_this = |index: &&usize| *index % count == number;
            let validators = self.decided.iter().filter(of_this);
            GenesisOrganisation {
                name: format!("Member {number}"),
                kind: "enterprise".to_owned(),
                jurisdiction: "CN-33".to_owned(),
                administrators: vec![member.address()],
                validators: validators
                    .filter_map(|index| self.keys.get(*index).cloned())
                    .collect(),
            }
        };
        self.members.iter().enumerate().map(organisation).collect()
    }

    /// Keys of the validators that are decided, in the order of a set.
    pub(crate) fn set(&self) -> Vec<Bytes> {
        let keys = self
            .decided
            .iter()
            .filter_map(|index| self.keys.get(*index));
        let mut keys: Vec<Bytes> = keys.cloned().collect();
        keys.sort();
        keys
    }

    /// Whether all changes are decided.
    pub(crate) fn is_done(&self) -> bool {
        self.jobs == 0 && self.due.is_empty() && matches!(self.step, Step::Idle)
    }

    /// Who makes the jobs.
    pub(crate) fn scheduling(&self) -> Option<Address> {
        Some(self.members.first()?.address())
    }

    /// Goes on with what is due, through a node.
    pub(crate) fn act(
        &mut self,
        world: &World,
        to: (usize, &Live),
        at: Duration,
    ) -> Result<(), String> {
        match std::mem::replace(&mut self.step, Step::Idle) {
            Step::Idle if self.jobs > 0 => {
                let to_scheduler = (scheduler::ADDRESS, job());
                if let Some(hash) = self.send(0, to_scheduler, (world, to, at))? {
                    self.jobs = self.jobs.saturating_sub(1);
                    self.step = Step::Scheduled(hash);
                }
            }
            Step::Scheduled(hash) => match world.ledger.success(&hash) {
                None => self.step = Step::Scheduled(hash),
                Some(false) => return Err("a job was refused".to_owned()),
                Some(true) => {}
            },
            Step::Idle => {
                if self.due.front().is_some_and(|(due, _)| *due <= at) {
                    self.propose(world, to, at)?;
                }
            }
            Step::Proposed(change, hash) => match world.ledger.success(&hash) {
                None => self.step = Step::Proposed(change, hash),
                Some(false) => return Err(format!("{change:?}: the proposal was refused")),
                Some(true) => {
                    self.proposals = self.proposals.saturating_add(1);
                    self.step = Step::Voting(change, VecDeque::from([0, 1]), None);
                }
            },
            Step::Voting(change, voters, Some(hash)) => match world.ledger.success(&hash) {
                None => self.step = Step::Voting(change, voters, Some(hash)),
                Some(false) => return Err(format!("{change:?}: a vote was refused")),
                Some(true) => self.step = Step::Voting(change, voters, None),
            },
            Step::Voting(change, mut voters, None) => {
                let Some(voter) = voters.front().copied() else {
                    self.decide(change);
                    return Ok(());
                };
                let call = IGovernance::voteCall {
                    id: self.proposals,
                    choice: IGovernance::Choice::Yes,
                };
                let sent = self.send(
                    voter,
                    (governance::ADDRESS, call.abi_encode()),
                    (world, to, at),
                )?;
                if sent.is_some() {
                    voters.pop_front();
                }
                self.step = Step::Voting(change, voters, sent);
            }
        }
        Ok(())
    }

    fn propose(&mut self, world: &World, to: (usize, &Live), at: Duration) -> Result<(), String> {
        let Some((_, change)) = self.due.front().copied() else {
            return Ok(());
        };
        let call = (governance::ADDRESS, self.call(change));
        if let Some(hash) = self.send(0, call, (world, to, at))? {
            world
                .trace
                .say(at, || format!("the members vote on {change:?}"));
            self.due.pop_front();
            self.step = Step::Proposed(change, hash);
        }
        Ok(())
    }

    fn send(
        &mut self,
        member: usize,
        (module, input): (Address, Vec<u8>),
        (world, to, at): (&World, (usize, &Live), Duration),
    ) -> Result<Option<B256>, String> {
        let Some(member) = self.members.get_mut(member) else {
            return Ok(None);
        };
        let unsigned = member.call(world.spec.chain_id, module, input);
        member.send(unsigned, world, to, at)
    }

    fn key(&self, node: usize) -> Bytes {
        self.keys.get(node).cloned().unwrap_or_default()
    }

    fn call(&self, change: Change) -> Vec<u8> {
        let reason = "by the plan".to_owned();
        match change {
            Change::Add(node) => IGovernance::proposeValidatorCall {
                organisation: 1,
                key: self.key(node),
                peerAddress: String::new(),
                reason,
            }
            .abi_encode(),
            Change::Remove(node) => IGovernance::proposeValidatorRemovalCall {
                key: self.key(node),
                reason,
            }
            .abi_encode(),
            Change::Rotate(old, new) => IGovernance::proposeValidatorRotationCall {
                oldKey: self.key(old),
                newKey: self.key(new),
                peerAddress: String::new(),
                reason,
            }
            .abi_encode(),
        }
    }

    fn decide(&mut self, change: Change) {
        match change {
            Change::Add(node) => {
                self.decided.insert(node);
            }
            Change::Remove(node) => {
                self.decided.remove(&node);
            }
            Change::Rotate(old, new) => {
                self.decided.remove(&old);
                self.decided.insert(new);
            }
        }
    }
}

/// A call, in each of the next blocks, that asks for a voting rule.
fn job() -> Vec<u8> {
    let input = IGovernance::ruleCall {
        kind: IGovernance::Kind::Parameter,
    };
    let schedule = IScheduler::Schedule {
        every: 1,
        count: u32::try_from(JOB_RUNS).unwrap_or(u32::MAX),
        ..IScheduler::Schedule::of(IScheduler::Kind::EveryBlocks)
    };
    let input = input.abi_encode().into();
    let call = IScheduler::NewJob::new(governance::ADDRESS, input, JOB_GAS, schedule);
    IScheduler::createJobCall { call }.abi_encode()
}
