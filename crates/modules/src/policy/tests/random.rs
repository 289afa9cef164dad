//! Random calls of everybody, compared with the plain model after every step.

mod orders;

use super::{
    model::{ACCOUNTS, CONTRACT, Model, TOKENS, organisation},
    transfers::no_terms,
    world::{BANKER, DAY, World, describe, rule},
};
use crate::{
    Halt,
    policy::{
        ADDRESS, Candidate, GOVERNANCE,
        IPolicy::{self, OrderKind, OrderStatus, Remittance, Rule, Subject, Terms},
        Policy, record_usage,
    },
    testing::{Rng, play},
};
use alloy_primitives::{Address, FixedBytes, U256};
use alloy_sol_types::SolCall;
use std::collections::BTreeMap;

const SCOPES: [&str; 7] = ["", "CN", "CN-33", "CN-330100", "CN-3302", "CN-31", "US"];
const KINDS: [OrderKind; 5] = [
    OrderKind::FreezeAccount,
    OrderKind::FreezeContract,
    OrderKind::Limit,
    OrderKind::Review,
    OrderKind::ForcedTransfer,
];
const FUNCTIONS: [u32; 3] = [0, 1, 0xa905_9cbb];
const GAS_PER_BLOCK: u64 = 1_000;
const GAS_PER_DAY: u64 = 20_000;

#[derive(Clone)]
struct Play {
    world: World,
    model: Model,
    accepted: BTreeMap<&'static str, u64>,
    policy: u64,
    /// What the step looks at besides the counters.
    looked: u64,
}

fn account(rng: &mut Rng) -> Address {
    rng.pick(&ACCOUNTS).0
}

/// An account, a contract or a token.
fn target(rng: &mut Rng) -> Address {
    match rng.below(6) {
        0 => CONTRACT,
        1 => TOKENS[0],
        _ => account(rng),
    }
}

fn any_rule(rng: &mut Rng) -> Rule {
    let subject = *rng.pick(&[
        Subject::Everyone,
        Subject::Guests,
        Subject::Members,
        Subject::Role,
        Subject::Organisation,
        Subject::OrganisationRole,
    ]);
    let has_role = matches!(subject, Subject::Role | Subject::OrganisationRole);
    let has_organisation = matches!(subject, Subject::Organisation | Subject::OrganisationRole);
    let has_selector = rng.chance(1, 2);
    let selector = *rng.pick(&FUNCTIONS);
    let (allow, deny) = *rng.pick(&[(4, 0), (0, 4), (0, 0)]);
    Rule {
        hasSelector: has_selector,
        selector: FixedBytes(if has_selector { selector } else { 0 }.to_be_bytes()),
        subject,
        organisation: if has_organisation { rng.below(8) } else { 0 },
        role: if has_role { *rng.pick(&[1, 2, 4]) } else { 0 },
        ..rule(
            *rng.pick(&[Address::ZERO, CONTRACT, TOKENS[0]]),
            allow,
            deny,
        )
    }
}

impl Play {
    fn new() -> Self {
        let mut world = World::new();
        let terms = Terms {
            perTransfer: 90,
            perDay: 200,
            perMonth: 900,
            ..no_terms()
        };
        let policy = world.accept(
            BANKER,
            &IPolicy::createPolicyCall {
                name: "Deposits".to_owned(),
                terms: terms.clone(),
            },
        );
        for token in TOKENS {
            let call = IPolicy::setTokenCall {
                policy,
                token,
                registered: true,
            };
            world.accept(BANKER, &call);
        }
        world.chain.parameters.member_gas_per_block = GAS_PER_BLOCK;
        world.chain.parameters.member_gas_per_day = GAS_PER_DAY;
        Self {
            world,
            model: Model {
                terms: Some(terms),
                ..Model::default()
            },
            accepted: BTreeMap::new(),
            policy,
            looked: 0,
        }
    }

    /// Sends a call; a refusal must be a business one and leave nothing.
    fn send<Call: SolCall>(&mut self, who: Address, call: &Call) -> Option<Call::Return> {
        let before = (self.world.chain.slots.len(), self.world.chain.logs.len());
        match self.world.send(who, call) {
            Ok(answer) => {
                *self.accepted.entry(Call::SIGNATURE).or_default() += 1;
                Some(answer)
            }
            Err(halt) => {
                assert!(matches!(halt, Halt::Revert(_)), "{}", describe(&halt));
                let after = (self.world.chain.slots.len(), self.world.chain.logs.len());
                assert_eq!(before, after);
                None
            }
        }
    }

    fn act(&mut self, rng: &mut Rng) {
        match rng.below(23) {
            0 | 1 => self.set_rule(rng),
            2 => self.appoint(rng),
            3 if rng.chance(1, 3) => self.set_authority(rng),
            3 => self.challenge(rng),
            4 => self.freeze_by_vote(rng),
            5..=8 => self.issue(rng),
            9 | 10 => self.release(rng),
            11 | 20..=22 => self.challenge(rng),
            12 => self.approve(rng),
            13 => self.take(rng),
            14..=16 => self.transfer(rng),
            17 | 18 => self.transact(rng),
            _ => self
                .world
                .wait(*rng.pick(&[1, 1_000, DAY / 9, DAY / 3, DAY, 9 * DAY])),
        }
    }

    fn set_rule(&mut self, rng: &mut Rng) {
        let rule = any_rule(rng);
        if rng.chance(1, 2) {
            let who = *rng.pick(&[GOVERNANCE, GOVERNANCE, BANKER]);
            let call = IPolicy::setRuleCall { rule };
            if self.send(who, &call).is_some() {
                assert_eq!(who, GOVERNANCE);
                self.model.set_rule(0, &call.rule);
            }
            return;
        }
        let who = account(rng);
        let mut call = IPolicy::setOwnRuleCall { rule };
        if call.rule.organisation != 0 && rng.chance(1, 2) {
            call.rule.organisation = organisation(who).0;
        }
        if self.send(who, &call).is_some() {
            let (number, _) = organisation(who);
            assert!(number != 0 && call.rule.organisation == number);
            self.model.set_rule(number, &call.rule);
        }
    }

    fn take(&mut self, rng: &mut Rng) {
        let id = self.pick_order(rng);
        let (forced, now) = (OrderKind::ForcedTransfer, self.world.now());
        let mut waiting = self
            .model
            .orders
            .iter()
            .enumerate()
            .filter(|(_, order)| order.kind == forced && order.is_in_force(now));
        let id = match waiting.next_back() {
            Some((index, _)) if rng.chance(3, 4) => index as u64 + 1,
            _ => id,
        };
        let who = *rng.pick(&[TOKENS[0], TOKENS[0], TOKENS[1], BANKER]);
        let taken = self.send(who, &IPolicy::takeForcedTransferCall { id });
        let now = self.world.now();
        let known = self.model.orders.get((id as usize).wrapping_sub(1));
        let may = known.is_some_and(|order| {
            order.kind == OrderKind::ForcedTransfer && order.is_in_force(now) && who == order.token
        });
        assert_eq!(taken.is_some(), may);
        if let Some(taken) = taken {
            let order = &mut self.model.orders[id as usize - 1];
            assert_eq!((taken.from, taken.amount), (order.target, order.amount));
            order.is_ended = true;
        }
    }

    fn transfer(&mut self, rng: &mut Rng) {
        let (from, token) = (target(rng), *rng.pick(&TOKENS));
        let amount = 10 * rng.below(11);
        let call = IPolicy::recordTransferCall {
            policy: self.policy,
            from,
            to: BANKER,
            amount: U256::from(amount),
            remittance: invoice(),
        };
        let moved = (from, u128::from(amount));
        self.world.chain.next_block();
        let now = self.world.now();
        let expected = self.model.transfer_codes(token, moved, now);
        let ask = IPolicy::mayTransferCall {
            policy: self.policy,
            token,
            from,
            to: BANKER,
            amount: U256::from(amount),
            remittance: invoice(),
        };
        let seen = self.world.view(&ask);
        assert!(
            expected.contains(&seen.code),
            "{} {expected:?}",
            seen.reason
        );
        let recorded = self.world.chain.send(token, ADDRESS, &call);
        assert_eq!(recorded.is_ok(), seen.allowed);
        if recorded.is_ok() {
            *self.accepted.entry("transfer").or_default() += 1;
            self.model.count(token, moved, now);
        }
    }

    /// A transaction of somebody: admitted as the model says, then counted.
    fn transact(&mut self, rng: &mut Rng) {
        let (who, to, selector) = (account(rng), target(rng), *rng.pick(&FUNCTIONS));
        let (gas, input) = (rng.below(700), selector.to_be_bytes());
        let candidate = Candidate {
            sender: who,
            to: Some(to),
            input: &input,
            gas_limit: gas,
            bytes: 10,
        };
        let (now, height) = (self.world.now(), self.world.chain.height.get());
        let member = organisation(who).0;
        let usage = self.model.usage.entry(member).or_default();
        if usage.0 != height {
            usage.2[0] = 0;
        }
        if usage.1 != now / DAY {
            usage.2[1] = 0;
        }
        (usage.0, usage.1) = (height, now / DAY);
        let fits = usage.2[0] + gas <= GAS_PER_BLOCK && usage.2[1] + gas <= GAS_PER_DAY;
        let is_frozen = |target, kind| self.model.is_frozen(target, kind, now);
        let expected = if is_frozen(who, OrderKind::FreezeAccount) {
            6
        } else if is_frozen(to, OrderKind::FreezeContract)
            || is_frozen(to, OrderKind::FreezeAccount)
        {
            7
        } else if !self.model.allows(0, who, to, selector) {
            8
        } else if member != 0 && !self.model.allows(member, who, to, selector) {
            9
        } else {
            0
        };
        let answer = self.world.ask(&candidate);
        let code = super::world::code(&answer);
        match expected {
            0 if !fits => assert!([10, 11].contains(&code), "{answer:?}"),
            expected => assert_eq!(code, expected, "{answer:?}"),
        }
        if answer.is_ok() {
            *self.accepted.entry("transaction").or_default() += 1;
            let used = rng.below(gas + 1);
            self.world.chain.address = Address::ZERO;
            record_usage(&mut self.world.chain, member, used, 10).unwrap();
            let usage = self.model.usage.get_mut(&member).unwrap();
            (usage.2[0], usage.2[1]) = (usage.2[0] + used, usage.2[1] + used);
        }
    }

    /// What must hold after every step.
    fn check(&mut self) {
        self.looked += 1;
        let now = self.world.now();
        // One address after the other.
        let addresses = [CONTRACT, TOKENS[0]];
        let accounts = ACCOUNTS.map(|(account, ..)| account);
        let all: Vec<Address> = accounts.into_iter().chain(addresses).collect();
        let target = all[self.looked as usize % all.len()];
        let seen = self.world.view(&IPolicy::isFrozenCall { target });
        let is_frozen = |kind| self.model.is_frozen(target, kind, now);
        assert_eq!(seen.asAccount, is_frozen(OrderKind::FreezeAccount));
        assert_eq!(seen.asContract, is_frozen(OrderKind::FreezeContract));
        let restricted = crate::identity::account(&mut self.world.chain, target).unwrap();
        let is_concerned = self.model.on(target, now).next().is_some();
        // The mark may outlast the last order, but is never missing.
        assert!(restricted.restricted || !is_concerned);
        if let Some(last) = self.model.orders.len().checked_sub(1) {
            let id = self.looked as usize * 7 % (last + 1);
            let order = &self.model.orders[id];
            let status = self.world.read_order(id as u64 + 1).status;
            assert_eq!(status == OrderStatus::InForce, order.is_in_force(now));
        }
        self.check_settings(&all);
    }

    /// The counters that let admission read less agree with what there is.
    fn check_settings(&mut self, all: &[Address]) {
        let chain = &mut self.world.chain;
        chain.address = ADDRESS;
        let policy = Policy::storage();
        let settings = policy.settings.get(chain).unwrap();
        let rules = &self.model.rules;
        let of_chain = rules.keys().filter(|key| key.0 == 0).count();
        assert_eq!(settings.chain_rules as usize, of_chain);
        assert_eq!(settings.own_rules as usize, rules.len() - of_chain);
        let mut frozen = 0;
        for target in all {
            let freeze = policy.targets.at(chain, target).unwrap().freeze;
            frozen += u32::from(freeze.get(chain).unwrap() != Default::default());
        }
        assert_eq!(settings.frozen, frozen);
    }
}

fn invoice() -> Remittance {
    Remittance {
        kind: FixedBytes(*b"CINV"),
        text: "2026-117".to_owned(),
    }
}

#[test]
fn whatever_is_called_the_module_does_what_the_model_says() {
    let mut accepted = BTreeMap::new();
    for seed in 1..=4 {
        let mut game = Play::new();
        play(seed, 3_000, &mut game, Play::act, Play::check);
        for (name, count) in game.accepted {
            *accepted.entry(name).or_insert(0) += count;
        }
    }
    // Everything was done many times over, so the comparison means something.
    assert_eq!(accepted.len(), 15, "{accepted:?}");
    assert!(accepted.values().all(|count| *count >= 10), "{accepted:?}");
}
