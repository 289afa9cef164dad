//! Random decisions that keep what Governance promises, and what the largest chain costs.

use super::{
    scenes::{new_rule, parameter, removal, suspension},
    world::{REASON, World, describe, key, spec_with_validators},
};
use crate::{
    Halt,
    governance::{
        self, GAS_MIN, Governance,
        IGovernance::{self, Choice, Parameter, State},
        JOB_GAS, members, parameters,
        rules::{self, KINDS, undecidable},
        validators,
    },
    identity::{self, OrganisationStatus},
    testing::{Rng, play},
};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolEvent as _};
use qiantang_types::GenesisOrganisation;
use std::collections::BTreeMap;

/// A world with what was seen of it before.
struct Watched {
    world: World,
    /// Proposals that were final, with everything about them.
    finals: BTreeMap<u64, IGovernance::Proposal>,
    steps: u64,
    /// Organisations, whoever they are now.
    administrators: Vec<Address>,
}

impl Watched {
    fn new() -> Self {
        let mut spec = spec_with_validators();
        for (index, kind) in (5..).zip(["court", "bank", "insurer"]) {
            spec.organisations.push(GenesisOrganisation {
                name: format!("Founder {index}"),
                kind: kind.to_owned(),
                jurisdiction: "CN-33".to_owned(),
                administrators: vec![Address::repeat_byte(index)],
                validators: Vec::new(),
            });
        }
        Self {
            world: World::with(&spec),
            finals: BTreeMap::new(),
            steps: 0,
            administrators: (1..=7).map(Address::repeat_byte).collect(),
        }
    }

    /// Sends a call; only a refusal may be the answer to nonsense.
    fn send<Call: SolCall>(&mut self, who: Address, call: &Call) -> Option<Call::Return> {
        match self.world.send(who, call) {
            Ok(answer) => Some(answer),
            Err(Halt::Revert(data)) => {
                assert!(!describe(&Halt::Revert(data)).is_empty());
                None
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn act(watched: &mut Watched, rng: &mut Rng) {
    let who = *rng.pick(&watched.administrators);
    match rng.below(10) {
        0 | 1 => {
            // What two propose can take effect only once.
            let mut same = rng.clone();
            propose(watched, who, rng);
            if rng.chance(1, 2) {
                let other = *rng.pick(&watched.administrators);
                propose(watched, other, &mut same);
            }
        }
        2..=7 => {
            let open = watched.world.open();
            if open.is_empty() {
                return propose(watched, who, rng);
            }
            let id = *rng.pick(&open);
            // Mostly in favour, so that much happens.
            let choices = [
                Choice::Yes,
                Choice::Yes,
                Choice::Yes,
                Choice::Yes,
                Choice::No,
                Choice::Abstain,
                Choice::Veto,
            ];
            for _ in 0..3 {
                let who = *rng.pick(&watched.administrators);
                let choice = *rng.pick(&choices);
                watched.send(who, &IGovernance::voteCall { id, choice });
            }
        }
        8 => {
            let count = Governance::storage();
            watched.world.chain.address = governance::ADDRESS;
            let count = count.count.get(&mut watched.world.chain).unwrap();
            let id = rng.below(count + 2);
            match rng.below(3) {
                0 => drop(watched.send(who, &IGovernance::withdrawCall { id })),
                1 => drop(watched.send(who, &IGovernance::closeCall { id })),
                _ => drop(watched.send(who, &IGovernance::executeCall { id })),
            }
        }
        _ => {
            let steps = [1_000, 3_600_000, 86_400_000, 5 * 86_400_000];
            let milliseconds = *rng.pick(&steps);
            watched.world.wait(milliseconds);
        }
    }
    watched.world.block();
}

fn propose(watched: &mut Watched, who: Address, rng: &mut Rng) {
    let organisation = 1 + rng.below(9);
    let reason = REASON.to_owned();
    match rng.below(12) {
        0 => {
            let index = watched.administrators.len() as u8 + 1;
            let call = IGovernance::proposeAdmissionCall {
                name: format!("Member {index}"),
                organisationKind: rng.below(12) as u8,
                jurisdiction: "CN-33".to_owned(),
                administrators: vec![Address::repeat_byte(index)],
                reason,
            };
            if watched.send(who, &call).is_some() && index < 14 {
                watched.administrators.push(Address::repeat_byte(index));
            }
        }
        1 | 2 => drop(watched.send(who, &suspension(organisation))),
        3 => drop(watched.send(who, &removal(organisation))),
        4 | 5 => {
            let call = IGovernance::proposeRestorationCall {
                organisation,
                reason,
            };
            watched.send(who, &call);
        }
        6 => {
            let call = IGovernance::proposeWeightCall {
                organisation,
                weight: rng.below(3) as u32,
                reason,
            };
            watched.send(who, &call);
        }
        7 => propose_parameter(watched, who, rng),
        8 | 9 => propose_rule(watched, who, rng),
        10 => {
            let call = IGovernance::proposeValidatorCall {
                organisation,
                key: key(rng.below(12) as u8),
                peerAddress: String::new(),
                reason,
            };
            watched.send(who, &call);
        }
        _ => {
            let call = IGovernance::proposeValidatorRemovalCall {
                key: key(rng.below(12) as u8),
                reason,
            };
            watched.send(who, &call);
        }
    }
}

fn propose_parameter(watched: &mut Watched, who: Address, rng: &mut Rng) {
    let parameters = [
        Parameter::BlockGasLimit,
        Parameter::TransactionGasLimit,
        Parameter::JobGasPerBlock,
        Parameter::MemberGasPerBlock,
        Parameter::MembersOnly,
    ];
    let value = rng.below(12) * 50_000_000;
    watched.send(who, &parameter(*rng.pick(&parameters), value));
}

fn propose_rule(watched: &mut Watched, who: Address, rng: &mut Rng) {
    let kind = *rng.pick(KINDS);
    let mut rule = watched.world.view(&IGovernance::ruleCall { kind });
    rule.weighted = rng.chance(1, 3);
    rule.voterKinds = if rng.chance(1, 2) {
        0
    } else {
        rng.below(1 << 11) as u16 & !1
    };
    rule.quorum = 1 + rng.below(8_000) as u16;
    rule.threshold = 4_000 + rng.below(6_100) as u16;
    rule.vetoes = rng.below(3) as u16;
    rule.votingPeriod = 60_000 * (1 + rng.below(4_000));
    watched.send(who, &new_rule(kind, rule));
}

fn check(watched: &mut Watched) {
    check_proposals(watched);
    let world = &mut watched.world;
    // Members, rules and parameters change only when something takes effect.
    let took_effect =
        world.chain.logs.drain(..).any(|log| {
            log.topics().first() == Some(&IGovernance::ProposalExecuted::SIGNATURE_HASH)
        });
    if !took_effect && !watched.steps.is_multiple_of(100) {
        return;
    }
    // Somebody decides every kind, and somebody makes blocks.
    world.chain.address = governance::ADDRESS;
    let all = members::all(&mut world.chain).unwrap();
    let rules = rules::all(&mut world.chain).unwrap();
    assert_eq!(undecidable(&all, &rules), None);
    for (kind, rule) in &rules {
        rule.check(*kind).unwrap();
    }
    assert!(!validators(&mut world.chain).unwrap().is_empty());
    let parameters = parameters(&mut world.chain).unwrap().unwrap();
    assert!(parameters.transaction_gas_limit >= GAS_MIN);
    assert!(
        parameters.block_gas_limit
            >= parameters.transaction_gas_limit + parameters.job_gas_per_block
    );
    // Governance and Identity agree on who is a member.
    for member in &all {
        let status = identity::organisation(&mut world.chain, member.organisation)
            .unwrap()
            .status;
        assert_eq!(status == OrganisationStatus::Active, member.is_active);
        assert_ne!(status, OrganisationStatus::Removed);
    }
    let active = all.iter().filter(|member| member.is_active).count() as u64;
    assert_eq!(
        identity::active_organisations(&mut world.chain).unwrap(),
        active
    );
}

fn check_proposals(watched: &mut Watched) {
    let world = &mut watched.world;
    watched.steps += 1;
    // All of them now and then, the newest ones after every step.
    let limit = if watched.steps.is_multiple_of(1_000) {
        256
    } else {
        4
    };
    let page = world.view(&IGovernance::proposalsCall {
        state: State::None,
        cursor: U256::ZERO,
        limit: U256::from(limit),
    });
    let open = world.open();
    for summary in page.list {
        let shown = world.proposal(summary.id);
        let tally = &shown.tally;
        assert!(tally.yes + tally.no + tally.abstain <= tally.electorate);
        let is_open = matches!(shown.summary.state, State::Voting | State::Passed);
        assert_eq!(open.contains(&summary.id), is_open);
        assert_eq!(shown.summary.closed == 0, is_open);
        if is_open {
            continue;
        }
        // What is final stays as it is.
        let before = watched
            .finals
            .entry(summary.id)
            .or_insert_with(|| shown.clone());
        assert_eq!(before, &shown);
    }
}

#[test]
fn ten_thousand_random_decisions_keep_the_chain_able_to_decide() {
    let mut watched = Watched::new();
    play(0x90e7, 10_000, &mut watched, act, check);
    // The sequence would prove little if nothing ever came about.
    let mut states = BTreeMap::new();
    for proposal in watched.finals.values() {
        *states.entry(proposal.summary.state as u8).or_insert(0_u32) += 1;
    }
    for (state, least) in [
        (State::Executed, 50),
        (State::Rejected, 10),
        (State::Expired, 10),
        (State::Failed, 1),
    ] {
        let count = states.get(&(state as u8)).copied().unwrap_or_default();
        assert!(count >= least, "{state:?}: {count} of {states:?}");
    }
}

#[test]
fn the_largest_chain_fits_into_the_smallest_transaction() {
    let mut spec = spec_with_validators();
    spec.validators = (0..4).map(key).collect();
    for index in 5..=256_u32 {
        let mut administrator = [0xb0; 20];
        administrator[16..].copy_from_slice(&index.to_be_bytes());
        spec.organisations.push(GenesisOrganisation {
            name: format!("Founder {index}"),
            kind: "bank".to_owned(),
            jurisdiction: "CN-33".to_owned(),
            administrators: vec![Address::from(administrator)],
            validators: Vec::new(),
        });
    }
    let administrators: Vec<Address> = spec
        .organisations
        .iter()
        .map(|organisation| organisation.administrators[0])
        .collect();
    let mut world = World::with(&spec);
    let mut most = (0, 0);
    // Removal checks every rule and every validator.
    let id = world.accept(administrators[0], &removal(256));
    most.0 = most.0.max(world.chain.gas_used);
    for who in &administrators[..255] {
        if world.state(id) != State::Voting {
            break;
        }
        let choice = Choice::Yes;
        world.accept(*who, &IGovernance::voteCall { id, choice });
        most.1 = most.1.max(world.chain.gas_used);
    }
    assert_eq!(world.state(id), State::Passed);
    let due = world.proposal(id).summary.due - world.chain.time.get();
    world.wait(due);
    assert_eq!(world.state(id), State::Executed);

    // An admission with as many administrators as there may be, and the longest words.
    let founders = (0..64_u8)
        .map(|index| Address::repeat_byte(0x80 + index))
        .collect();
    let call = IGovernance::proposeAdmissionCall {
        name: "n".repeat(128),
        organisationKind: 1,
        jurisdiction: "CN-33".to_owned(),
        administrators: founders,
        reason: "r".repeat(1024),
    };
    let id = world.accept(administrators[0], &call);
    most.0 = most.0.max(world.chain.gas_used);
    // Everybody is silent but the quorum, so the vote is closed by a job.
    for who in &administrators[..200] {
        if world.state(id) == State::Voting {
            let choice = Choice::Yes;
            world.accept(*who, &IGovernance::voteCall { id, choice });
            most.1 = most.1.max(world.chain.gas_used);
        }
    }
    world.block();
    assert_eq!(world.state(id), State::Executed);
    let expiring = world.accept(administrators[0], &parameter(Parameter::TraceStrict, 1));
    world.wait(8 * super::world::DAY);
    assert_eq!(world.state(expiring), State::Expired);

    let job = world.jobs.iter().max().copied().unwrap();
    println!("gas: proposal {}, vote {}, job {job}", most.0, most.1);
    assert!(most.0 < GAS_MIN && most.1 < GAS_MIN, "{most:?}");
    assert!(job < JOB_GAS, "{job}");
}
