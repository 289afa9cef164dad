//! Random calls of everybody, compared with the plain model after every step.

use super::{
    model::{ACCOUNTS, CONTRACT, Model, Office, Standing, TOKENS, organisation},
    transfers::no_terms,
    world::{
        BANKER, DAY, EXAMINER, GROWER, GUEST, INSPECTOR, JUDGE, World, describe, issuing,
        releasing, rule,
    },
};
use crate::{
    Halt,
    policy::{
        ADDRESS, Candidate, GOVERNANCE,
        IPolicy::{
            self, NewOrder, OrderKind, OrderStatus, Remittance, ReviewedTransfer, Rule, Subject,
            Terms,
        },
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

    fn appoint(&mut self, rng: &mut Rng) {
        if rng.chance(1, 2) {
            let appointment = rng.below(self.model.offices.len() as u64 + 2);
            let who = *rng.pick(&[GOVERNANCE, GOVERNANCE, INSPECTOR]);
            let call = IPolicy::dismissRegulatorCall { appointment };
            if self.send(who, &call).is_some() {
                assert_eq!(who, GOVERNANCE);
                self.model.offices[appointment as usize - 1].is_dismissed = true;
            }
            return;
        }
        let office = Office {
            organisation: 4 + rng.below(3),
            scope: (*rng.pick(&SCOPES)).to_owned(),
            powers: *rng.pick(&[31, 1 + rng.clone().below(31)]),
            until: self.world.now() + (1 + rng.below(60)) * DAY,
            is_dismissed: false,
        };
        let call = IPolicy::appointRegulatorCall {
            organisation: office.organisation,
            jurisdiction: office.scope.clone(),
            powers: U256::from(office.powers),
            until: office.until,
        };
        if let Some(id) = self.send(GOVERNANCE, &call) {
            self.model.offices.push(office);
            assert_eq!(id, self.model.offices.len() as u64);
        }
    }

    fn set_authority(&mut self, rng: &mut Rng) {
        let call = IPolicy::setReviewAuthorityCall {
            organisation: *rng.pick(&[0, 5, 5, 6]),
            jurisdiction: (*rng.pick(&SCOPES)).to_owned(),
        };
        if self.send(GOVERNANCE, &call).is_some() {
            if call.organisation == 0 {
                self.model.authorities.remove(&call.jurisdiction);
            } else {
                let (place, number) = (call.jurisdiction, call.organisation);
                self.model.authorities.insert(place, number);
            }
        }
    }

    fn freeze_by_vote(&mut self, rng: &mut Rng) {
        let (target, now) = (target(rng), self.world.now() + 1_000);
        let own = |order: &Standing| order.appointment == 0;
        let mut orders = self.model.on(target, now);
        let id = orders.find(|(_, order)| own(order)).map(|(id, _)| id);
        drop(orders);
        if rng.chance(1, 2) {
            let unfrozen = self.send(GOVERNANCE, &IPolicy::unfreezeContractCall { target });
            assert_eq!(unfrozen.is_some(), id.is_some());
            if let Some(id) = id {
                self.model.orders[id as usize - 1].is_ended = true;
            }
            return;
        }
        let reason = "a vote".to_owned();
        let frozen = self.send(GOVERNANCE, &IPolicy::freezeContractCall { target, reason });
        assert_eq!(frozen.is_some(), id.is_none());
        if frozen.is_some() {
            let kind = OrderKind::FreezeContract;
            self.push(&self.world.order(kind, target), 0, u64::MAX);
        }
    }

    fn push(&mut self, order: &NewOrder, appointment: u64, until: u64) {
        self.model.orders.push(Standing {
            target: order.target,
            kind: order.kind,
            token: order.token,
            amount: order.amount,
            until,
            appointment,
            is_ended: false,
            is_challenged: false,
            spent: BTreeMap::new(),
            approved: BTreeMap::new(),
        });
    }

    fn issue(&mut self, rng: &mut Rng) {
        let (who, appointment) = self.office(rng);
        let freeze = OrderKind::FreezeAccount;
        let (kind, target) = match rng.below(3) {
            0 => (freeze, *rng.pick(&[GUEST, GROWER])),
            _ => (*rng.pick(&KINDS), target(rng)),
        };
        let mut order = self.world.order(kind, target);
        // Mostly short, so that orders overlap and the one that came first ends first.
        let longest = *rng.pick(&[DAY, 3 * DAY, 40 * DAY]);
        order.until = self.world.now() + 2_000 + rng.below(longest);
        if matches!(kind, OrderKind::Limit | OrderKind::Review) && rng.chance(1, 2) {
            order.token = *rng.pick(&TOKENS);
            order.amount = U256::from(1 + rng.below(150));
        }
        if self.send(who, &issuing(appointment, &order)).is_none() {
            return;
        }
        // Whatever was accepted was within the appointment's reach.
        let now = self.world.now();
        let office = self.model.office(appointment).unwrap();
        assert_eq!(organisation(who).0, office.organisation);
        assert!(self.model.reaches(appointment, kind, target, now));
        assert!(!self.model.is_protected(organisation(target).0, now));
        self.push(&order, appointment, order.until);
    }

    /// Mostly somebody who serves under an appointment, sometimes anybody under any.
    fn office(&self, rng: &mut Rng) -> (Address, u64) {
        let (now, count) = (self.world.now(), self.model.offices.len() as u64);
        let serving: Vec<u64> = (1..=count)
            .filter(|id| self.model.is_serving(*id, now))
            .collect();
        if serving.is_empty() || rng.chance(1, 5) {
            return (account(rng), rng.below(count + 1));
        }
        let id = *rng.pick(&serving);
        (self.officer(id), id)
    }

    /// The account that serves under an appointment.
    fn officer(&self, appointment: u64) -> Address {
        let number = self
            .model
            .office(appointment)
            .map_or(0, |office| office.organisation);
        let of_it = ACCOUNTS.iter().find(|(_, each, _)| *each == number);
        of_it.map_or(BANKER, |(account, ..)| *account)
    }

    fn pick_order(&self, rng: &mut Rng) -> u64 {
        // Mostly one that is in force, because most have ended.
        let (now, count) = (self.world.now(), self.model.orders.len() as u64);
        let standing: Vec<u64> = (1..=count)
            .filter(|id| self.model.orders[*id as usize - 1].is_in_force(now))
            .collect();
        if standing.is_empty() || rng.chance(1, 5) {
            return rng.below(count + 2);
        }
        *rng.pick(&standing)
    }

    /// Whether somebody acting under an appointment has charge of an order.
    fn has_charge(&self, who: Address, appointment: u64, id: u64) -> bool {
        let now = self.world.now();
        let order = &self.model.orders[id as usize - 1];
        let Some(office) = self.model.office(appointment) else {
            return false;
        };
        let power = 1_u64 << (order.kind as u8 - 1);
        let is_own = order.appointment == appointment
            && self.model.is_serving(appointment, now)
            && office.powers & power != 0;
        let succeeds = order.appointment != 0
            && !self.model.is_serving(order.appointment, now)
            && self
                .model
                .reaches(appointment, order.kind, order.target, now);
        organisation(who).0 == office.organisation && (is_own || succeeds)
    }

    fn release(&mut self, rng: &mut Rng) {
        let id = self.pick_order(rng);
        let known = self.model.orders.get((id as usize).wrapping_sub(1));
        let own = known.map_or(0, |order| order.appointment);
        let any = rng.below(self.model.offices.len() as u64 + 1);
        let appointment = *rng.pick(&[own, own, any]);
        let anybody = account(rng);
        let who = *rng.pick(&[self.officer(appointment), anybody]);
        let released = self.send(who, &releasing(appointment, id)).is_some();
        let now = self.world.now();
        let known = self.model.orders.get((id as usize).wrapping_sub(1));
        let may = known.is_some_and(|order| order.is_in_force(now))
            && self.has_charge(who, appointment, id);
        assert_eq!(released, may, "{id} by {who} under {appointment}");
        if released {
            self.model.orders[id as usize - 1].is_ended = true;
        }
    }

    fn challenge(&mut self, rng: &mut Rng) {
        let id = self.pick_order(rng);
        let known = self.model.orders.get((id as usize).wrapping_sub(1));
        let concerned = known.map_or(BANKER, |order| order.target);
        let anybody = account(rng);
        let who = *rng.pick(&[concerned, JUDGE, EXAMINER, anybody]);
        let (call, reason) = (rng.chance(1, 2), "reason".to_owned());
        if call {
            let grounds = reason;
            let challenged = self.send(who, &IPolicy::challengeOrderCall { id, grounds });
            if challenged.is_some() {
                let order = &mut self.model.orders[id as usize - 1];
                let (own, theirs) = (organisation(who).0, organisation(order.target).0);
                assert!(who == order.target || (own != 0 && own == theirs));
                assert!(!order.is_challenged && order.appointment != 0);
                order.is_challenged = true;
            }
            return;
        }
        let lift = rng.chance(1, 2);
        let id = self.challenged(rng).unwrap_or(id);
        let call = IPolicy::decideChallengeCall { id, lift, reason };
        if self.send(who, &call).is_none() {
            return;
        }
        let order = &self.model.orders[id as usize - 1];
        let issuer = self.model.office(order.appointment).unwrap().organisation;
        let place = organisation(order.target).1;
        let authority = (0..=place.len())
            .rev()
            .filter_map(|length| self.model.authorities.get(&place[..length]))
            .find(|number| **number != issuer);
        assert_eq!(authority, Some(&organisation(who).0));
        assert!(order.is_challenged && !order.is_ended);
        self.model.orders[id as usize - 1].is_ended = lift;
    }

    /// One of the orders that were challenged and may still be decided.
    fn challenged(&self, rng: &mut Rng) -> Option<u64> {
        let now = self.world.now();
        let open: Vec<u64> = (1..=self.model.orders.len() as u64)
            .filter(|id| {
                let order = &self.model.orders[*id as usize - 1];
                order.is_challenged && order.is_in_force(now)
            })
            .collect();
        (!open.is_empty() && rng.chance(4, 5)).then(|| *rng.pick(&open))
    }

    fn approve(&mut self, rng: &mut Rng) {
        let reviews: Vec<u64> = (1..=self.model.orders.len() as u64)
            .filter(|id| self.model.orders[*id as usize - 1].kind == OrderKind::Review)
            .collect();
        let id = match reviews.as_slice() {
            [.., last] if rng.chance(4, 5) => *last,
            _ => self.pick_order(rng),
        };
        let known = self.model.orders.get((id as usize).wrapping_sub(1));
        let appointment = known.map_or(0, |order| order.appointment);
        let anybody = account(rng);
        let who = *rng.pick(&[self.officer(appointment), anybody]);
        let amount = 40 + 10 * rng.below(4);
        let token = *rng.pick(&TOKENS);
        let call = IPolicy::approveTransferCall {
            id,
            appointment,
            transfer: ReviewedTransfer {
                token,
                to: BANKER,
                amount: U256::from(amount),
                remittance: invoice(),
            },
        };
        if self.send(who, &call).is_some() {
            assert!(self.has_charge(who, appointment, id));
            let order = &mut self.model.orders[id as usize - 1];
            assert_eq!(order.kind, OrderKind::Review);
            *order.approved.entry((token, amount.into())).or_default() += 1;
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
