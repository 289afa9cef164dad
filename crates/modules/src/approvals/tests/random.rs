//! Random persons at random operations: nobody gets past the rules.

use super::world::{BANK, MAKER, World};
use crate::{
    Halt,
    approvals::{
        ADDRESS, Approvals,
        IApprovals::{self, Limit, OperationExecuted, Rule, Stage, State},
        NO_AMOUNT,
    },
    identity::{
        self,
        IIdentity::{self, AttributesSet, LevelSet},
    },
    testing::{Rng, play},
};
use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolEvent as _, SolInterface as _};
use std::collections::{BTreeMap, BTreeSet};

/// A world with what was seen of it before.
struct Watched {
    world: World,
    people: Vec<Address>,
    finals: BTreeMap<u64, IApprovals::Operation>,
    /// Attributes are numbered, so that each change is known.
    hashes: u64,
    /// Changes that somebody made without approval, and with it.
    alone: u64,
    approved: u64,
    steps: u64,
}

impl Watched {
    fn new() -> Self {
        let people = (0x11..=0x16).map(Address::repeat_byte).collect();
        let mut world = World::new();
        // Not everybody may do everything, and one has a higher limit.
        let senior = super::world::make_role("senior");
        world.send_to(MAKER, identity::ADDRESS, &senior).unwrap();
        world.clerk();
        let grant = IIdentity::grantRoleCall {
            account: Address::repeat_byte(0x13),
            role: 16,
        };
        world.send_to(MAKER, identity::ADDRESS, &grant).unwrap();
        Self {
            world,
            people,
            finals: BTreeMap::new(),
            hashes: 0,
            alone: 0,
            approved: 0,
            steps: 0,
        }
    }

    /// The rule that a call of an account would meet.
    fn rule_for(&mut self, account: Address, selector: [u8; 4]) -> IApprovals::RuleEntry {
        self.world.view(&IApprovals::ruleForCall {
            account,
            module: identity::ADDRESS,
            selector: FixedBytes(selector),
        })
    }

    fn send<Call: SolCall>(
        &mut self,
        who: Address,
        module: Address,
        call: &Call,
    ) -> Option<Call::Return> {
        match self.world.send_to(who, module, call) {
            Ok(answer) => Some(answer),
            Err(Halt::Revert(_)) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Numbers on the list of pending operations; the view would read all of each.
    fn pending(&mut self) -> Vec<u64> {
        let chain = &mut self.world.chain;
        (chain.address, chain.gas_used) = (ADDRESS, 0);
        let owner = Approvals::storage().organisations.at(chain, &BANK).unwrap();
        (0..owner.pending.len(chain).unwrap())
            .map(|index| owner.pending.get(chain, index).unwrap().unwrap())
            .collect()
    }

    fn attributes(&mut self) -> IIdentity::setAttributesCall {
        self.hashes += 1;
        IIdentity::setAttributesCall {
            account: MAKER,
            attributesHash: B256::from(U256::from(self.hashes)),
        }
    }
}

fn act(watched: &mut Watched, rng: &mut Rng) {
    let who = *rng.pick(&watched.people);
    let pending = watched.pending();
    let id = if pending.is_empty() {
        1 + rng.below(3)
    } else {
        *rng.pick(&pending)
    };
    let principal = if rng.chance(1, 3) {
        *rng.pick(&watched.people)
    } else {
        Address::ZERO
    };
    match rng.below(16) {
        0 | 1 => act_alone(watched, who, rng),
        2..=4 => propose(watched, who, rng),
        5 | 6 => drop(watched.send(who, ADDRESS, &IApprovals::checkCall { id, principal })),
        7..=9 => approve(watched, who, (id, principal)),
        10 => {
            let reason = "not like this".to_owned();
            if rng.chance(1, 3) {
                watched.send(who, ADDRESS, &IApprovals::rejectCall { id, reason });
            } else {
                watched.send(who, ADDRESS, &IApprovals::withdrawCall { id });
            }
        }
        11 => {
            watched.world.advance(rng.below(6) * 3_600_000);
            for id in pending {
                watched.send(who, ADDRESS, &IApprovals::expireCall { id });
            }
        }
        12 => delegate(watched, who, rng),
        13 => change_rule(watched, who, rng),
        _ => suspend(watched, who, rng),
    }
}

/// Calls the module without approval.
fn act_alone(watched: &mut Watched, who: Address, rng: &mut Rng) {
    let (rule, is_done) = if rng.chance(1, 2) {
        let rule = watched.rule_for(who, IIdentity::setAttributesCall::SELECTOR);
        let call = watched.attributes();
        (rule, watched.send(who, identity::ADDRESS, &call).is_some())
    } else {
        let rule = watched.rule_for(who, IIdentity::setLevelCall::SELECTOR);
        let call = IIdentity::setLevelCall {
            account: MAKER,
            level: rng.below(10) as u8,
        };
        (rule, watched.send(who, identity::ADDRESS, &call).is_some())
    };
    assert!(
        rule.id == 0 || !is_done,
        "{who} acted alone under rule {}",
        rule.id
    );
    watched.alone += u64::from(is_done);
}

fn propose(watched: &mut Watched, who: Address, rng: &mut Rng) {
    let input = if rng.chance(1, 2) {
        watched.attributes().abi_encode()
    } else {
        let level = rng.below(10) as u8;
        let account = MAKER;
        IIdentity::setLevelCall { account, level }.abi_encode()
    };
    let call = IApprovals::proposeCall {
        module: identity::ADDRESS,
        input: input.into(),
    };
    watched.send(who, ADDRESS, &call);
}

/// Approves, and looks at who is behind what was executed.
fn approve(watched: &mut Watched, who: Address, (id, principal): (u64, Address)) {
    let Ok(before) = watched
        .world
        .chain
        .view(ADDRESS, &IApprovals::operationCall { id })
    else {
        return;
    };
    let selector = before.input.first_chunk::<4>().copied().unwrap();
    let rule = watched.rule_for(before.maker, selector);
    watched.world.chain.logs.clear();
    let call = IApprovals::approveCall { id, principal };
    if watched.send(who, ADDRESS, &call).is_none() {
        return;
    }
    let done = watched.world.operation(id);
    assert_eq!(
        (before.state, done.state),
        (State::Pending, State::Executed)
    );
    assert_eq!(done.input, before.input);
    check_persons(&done);
    if done.module == ADDRESS {
        return;
    }
    assert_eq!(done.rule, rule.id, "approved under another rule");
    assert_eq!(done.checked, rule.rule.checked);
    watched.approved += 1;
    check_effect(watched, &done);
    check_limits(watched, &done, &rule.rule);
}

/// As many distinct persons as the rule says, in person and by delegation.
fn check_persons(done: &IApprovals::Operation) {
    let mut persons = BTreeSet::from([done.maker]);
    let mut roles = vec![[done.approver, done.approverPrincipal]];
    if done.checked {
        roles.push([done.checker, done.checkerPrincipal]);
    } else {
        assert_eq!(done.checker, Address::ZERO);
    }
    for role in roles {
        assert!(!role.contains(&Address::ZERO));
        for person in BTreeSet::from(role) {
            assert!(persons.insert(person), "{person} acted twice: {done:?}");
        }
    }
}

/// The module was called once, in the maker's name, with the bytes that were proposed.
fn check_effect(watched: &Watched, done: &IApprovals::Operation) {
    let logs = &watched.world.chain.logs;
    let executed: Vec<_> = logs
        .iter()
        .filter_map(|log| OperationExecuted::decode_log_data(&log.data).ok())
        .collect();
    assert_eq!(executed.len(), 1);
    let calls = IIdentity::IIdentityCalls::abi_decode(&done.input).unwrap();
    let found = match calls {
        IIdentity::IIdentityCalls::setAttributes(call) => logs
            .iter()
            .filter_map(|log| AttributesSet::decode_log_data(&log.data).ok())
            .filter(|event| event.by == done.maker && event.attributesHash == call.attributesHash)
            .count(),
        IIdentity::IIdentityCalls::setLevel(call) => logs
            .iter()
            .filter_map(|log| LevelSet::decode_log_data(&log.data).ok())
            .filter(|event| event.by == done.maker && event.level == call.level)
            .count(),
        _ => panic!("nobody proposed this"),
    };
    assert_eq!(found, 1);
}

/// Everybody acted within a limit of one of the roles.
fn check_limits(watched: &mut Watched, done: &IApprovals::Operation, rule: &Rule) {
    if rule.amountWord == NO_AMOUNT {
        return;
    }
    let amount = U256::from_be_slice(&done.input[36..68]);
    for (stage, person) in [
        (Stage::Make, done.maker),
        (Stage::Approve, done.approverPrincipal),
    ] {
        let mut limits = rule
            .limits
            .iter()
            .filter(|limit| limit.stage == stage)
            .peekable();
        let chain = &mut watched.world.chain;
        let is_within = limits.peek().is_none()
            || limits.any(|limit| {
                limit.amount >= amount && identity::has_role(chain, person, limit.role).unwrap()
            });
        assert!(is_within, "{person} at {amount} in {stage:?}");
    }
}

fn delegate(watched: &mut Watched, who: Address, rng: &mut Rng) {
    let now = watched.world.chain.time.get();
    let call = IApprovals::delegateCall {
        stage: *rng.pick(&[Stage::Check, Stage::Approve]),
        account: *rng.pick(&watched.people),
        until: now + rng.below(3) * 12 * 3_600_000,
    };
    watched.send(who, ADDRESS, &call);
}

fn change_rule(watched: &mut Watched, who: Address, rng: &mut Rng) {
    let selector = *rng.pick(&[
        IIdentity::setAttributesCall::SELECTOR,
        IIdentity::setLevelCall::SELECTOR,
        [0; 4],
    ]);
    if rng.chance(1, 4) {
        let call = IApprovals::removeRuleCall {
            module: identity::ADDRESS,
            selector: FixedBytes(selector),
        };
        watched.send(who, ADDRESS, &call);
        return;
    }
    let limit = |stage, role, amount: u64| Limit {
        stage,
        role,
        amount: U256::from(amount),
    };
    let has_amount = selector == IIdentity::setLevelCall::SELECTOR;
    let rule = Rule {
        module: identity::ADDRESS,
        selector: FixedBytes(selector),
        checked: rng.chance(1, 2),
        amountWord: if has_amount { 1 } else { NO_AMOUNT },
        expiry: 3_600_000 * (1 + rng.below(24)),
        limits: if has_amount {
            vec![
                limit(Stage::Make, 1, 8),
                limit(Stage::Approve, 1, 4),
                limit(Stage::Approve, 16, 9),
            ]
        } else {
            Vec::new()
        },
    };
    watched.send(who, ADDRESS, &IApprovals::setRuleCall { rule });
}

fn suspend(watched: &mut Watched, who: Address, rng: &mut Rng) {
    let account = *rng.pick(&watched.people);
    if rng.chance(1, 4) {
        let reason = "on leave".to_owned();
        let call = IIdentity::suspendAccountCall { account, reason };
        watched.send(who, identity::ADDRESS, &call);
    } else {
        watched.send(
            who,
            identity::ADDRESS,
            &IIdentity::restoreAccountCall { account },
        );
    }
}

fn check(watched: &mut Watched) {
    watched.steps += 1;
    let limit = if watched.steps.is_multiple_of(1_000) {
        256
    } else {
        4
    };
    let page = watched.world.view(&IApprovals::operationsCall {
        organisation: BANK,
        cursor: U256::ZERO,
        limit: U256::from(limit),
    });
    let pending = watched.pending();
    for operation in page.list {
        let is_listed = pending.contains(&operation.id);
        // An expired one stays listed until somebody takes it off.
        let is_open = match operation.state {
            State::Pending => true,
            State::Expired => operation.closed == 0,
            _ => false,
        };
        assert_eq!(is_listed, is_open, "{operation:?}");
        if is_open {
            continue;
        }
        let before = watched
            .finals
            .entry(operation.id)
            .or_insert_with(|| operation.clone());
        assert_eq!(before, &operation, "what is final stays as it is");
    }
}

#[test]
fn ten_thousand_random_acts_get_past_no_rule() {
    let mut watched = Watched::new();
    play(0x4e7e5, 10_000, &mut watched, act, check);
    // The sequence would prove little if nothing ever came about.
    assert!(watched.alone > 20, "{} alone", watched.alone);
    assert!(watched.approved > 50, "{} approved", watched.approved);
    let count = |state| {
        let finals = watched.finals.values();
        finals.filter(|operation| operation.state == state).count()
    };
    for state in [
        State::Executed,
        State::Rejected,
        State::Withdrawn,
        State::Expired,
    ] {
        assert!(count(state) > 10, "{state:?}: {}", count(state));
    }
}
