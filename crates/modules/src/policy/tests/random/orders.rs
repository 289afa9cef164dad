//! Random calls of regulators and those who watch them.

use super::{KINDS, Play, SCOPES, account, invoice, target};
use crate::{
    policy::{
        GOVERNANCE,
        IPolicy::{self, NewOrder, OrderKind, ReviewedTransfer},
        tests::{
            model::{ACCOUNTS, Office, Standing, TOKENS, organisation},
            world::{BANKER, DAY, EXAMINER, GROWER, GUEST, INSPECTOR, JUDGE, issuing, releasing},
        },
    },
    testing::Rng,
};
use alloy_primitives::{Address, U256};
use std::collections::BTreeMap;

impl Play {
    pub(super) fn appoint(&mut self, rng: &mut Rng) {
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

    pub(super) fn set_authority(&mut self, rng: &mut Rng) {
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

    pub(super) fn freeze_by_vote(&mut self, rng: &mut Rng) {
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

    pub(super) fn issue(&mut self, rng: &mut Rng) {
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

    pub(super) fn pick_order(&self, rng: &mut Rng) -> u64 {
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

    pub(super) fn release(&mut self, rng: &mut Rng) {
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

    pub(super) fn challenge(&mut self, rng: &mut Rng) {
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

    pub(super) fn approve(&mut self, rng: &mut Rng) {
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
}
