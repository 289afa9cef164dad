//! What Policy promises, written down once more in the plainest way, to compare with.

use super::world::{
    BANK, BANKER, BUREAU, COURT, DAY, DOCTOR, EXAMINER, GROWER, GUEST, HOSPITAL, INSPECTOR, JUDGE,
    SUPERVISION, TEA,
};
use crate::{
    identity,
    policy::IPolicy::{OrderKind, Rule, Subject, Terms},
};
use alloy_primitives::{Address, U256};
use std::collections::BTreeMap;

pub(super) const CONTRACT: Address = Address::repeat_byte(0xcc);
pub(super) const TOKENS: [Address; 2] = [super::world::TOKEN, Address::repeat_byte(0xc1)];
/// Who acts, of which organisation, where that is.
pub(super) const ACCOUNTS: [(Address, u64, &str); 7] = [
    (GUEST, 0, ""),
    (BANKER, BANK, "CN-330100"),
    (GROWER, TEA, "CN-330200"),
    (DOCTOR, HOSPITAL, "CN-310000"),
    (INSPECTOR, SUPERVISION, "CN-330100"),
    (JUDGE, COURT, "CN-330000"),
    (EXAMINER, BUREAU, "CN-310000"),
];

pub(super) fn organisation(account: Address) -> (u64, &'static str) {
    ACCOUNTS
        .iter()
        .find(|(each, ..)| *each == account)
        .map_or((0, ""), |(_, number, place)| (*number, *place))
}

#[derive(Clone, Debug)]
pub(super) struct Office {
    pub(super) organisation: u64,
    pub(super) scope: String,
    pub(super) powers: u64,
    pub(super) until: u64,
    pub(super) is_dismissed: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) target: Address,
    pub(super) kind: OrderKind,
    pub(super) token: Address,
    pub(super) amount: U256,
    pub(super) until: u64,
    pub(super) appointment: u64,
    pub(super) is_ended: bool,
    pub(super) is_challenged: bool,
    /// What moved under a limit, by token and day.
    pub(super) spent: BTreeMap<(Address, u64), U256>,
    /// Approvals left of a review, by token and amount.
    pub(super) approved: BTreeMap<(Address, u128), u64>,
}

impl Standing {
    pub(super) fn is_in_force(&self, now: u64) -> bool {
        !self.is_ended && now < self.until
    }
}

/// Layer, target, function, subject, organisation and role of a rule.
pub(super) type RuleKey = (u64, Address, Option<u32>, u8, u64, u8);

/// Everything, by the numbers that the module gives, from 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) offices: Vec<Office>,
    pub(super) orders: Vec<Standing>,
    /// The organisation of each jurisdiction.
    pub(super) authorities: BTreeMap<String, u64>,
    /// What rules allow and deny.
    pub(super) rules: BTreeMap<RuleKey, (u8, u8)>,
    pub(super) terms: Option<Terms>,
    /// What an account has sent, by token, account and day.
    pub(super) sent: BTreeMap<(Address, Address, u64), u128>,
    /// Gas and bytes by member, in the block and in the day.
    pub(super) usage: BTreeMap<u64, (u64, u64, [u64; 4])>,
}

impl Model {
    pub(super) fn is_serving(&self, appointment: u64, now: u64) -> bool {
        self.office(appointment)
            .is_some_and(|office| !office.is_dismissed && now < office.until)
    }

    pub(super) fn office(&self, appointment: u64) -> Option<&Office> {
        let index = usize::try_from(appointment).unwrap().checked_sub(1)?;
        self.offices.get(index)
    }

    /// Whether an appointment reaches a target with a kind of order now.
    pub(super) fn reaches(
        &self,
        appointment: u64,
        kind: OrderKind,
        target: Address,
        now: u64,
    ) -> bool {
        let Some(office) = self.office(appointment) else {
            return false;
        };
        let power = 1_u64 << (kind as u8 - 1);
        let (number, place) = organisation(target);
        let covers = office.scope.is_empty() || (number != 0 && place.starts_with(&office.scope));
        self.is_serving(appointment, now) && office.powers & power != 0 && covers
    }

    pub(super) fn is_protected(&self, number: u64, now: u64) -> bool {
        let serves = (1..=self.offices.len() as u64)
            .any(|id| self.is_serving(id, now) && self.office(id).unwrap().organisation == number);
        number != 0 && (serves || self.authorities.values().any(|each| *each == number))
    }

    /// The orders on a target that are in force.
    pub(super) fn on(&self, target: Address, now: u64) -> impl Iterator<Item = (u64, &Standing)> {
        self.orders
            .iter()
            .enumerate()
            .filter(move |(_, order)| order.target == target && order.is_in_force(now))
            .map(|(index, order)| (index as u64 + 1, order))
    }

    pub(super) fn is_frozen(&self, target: Address, kind: OrderKind, now: u64) -> bool {
        self.on(target, now).any(|(_, order)| order.kind == kind)
    }

    pub(super) fn set_rule(&mut self, layer: u64, rule: &Rule) {
        let selector = rule
            .hasSelector
            .then_some(u32::from_be_bytes(rule.selector.0));
        let key = (
            layer,
            rule.target,
            selector,
            rule.subject as u8,
            rule.organisation,
            rule.role,
        );
        if rule.allow | rule.deny == 0 {
            self.rules.remove(&key).unwrap();
        } else {
            self.rules.insert(key, (rule.allow, rule.deny));
        }
    }

    /// Whether the rules of a layer allow a call: of the rules that match, only the narrowest count
    /// and none of them may deny.
    pub(super) fn allows(&self, layer: u64, who: Address, target: Address, selector: u32) -> bool {
        let (number, _) = organisation(who);
        let roles: &[u8] = match number {
            0 => &[],
            SUPERVISION | COURT | BUREAU => &[identity::ADMINISTRATOR, identity::REGULATOR],
            _ => &[identity::ADMINISTRATOR],
        };
        let mut narrowest = (0, Vec::new());
        for ((of, about, function, subject, organisation, role), (allow, deny)) in &self.rules {
            let is_me = match *subject {
                it if it == Subject::Everyone as u8 => true,
                it if it == Subject::Guests as u8 => number == 0,
                it if it == Subject::Members as u8 => number != 0,
                it if it == Subject::Role as u8 => roles.contains(role),
                it if it == Subject::Organisation as u8 => number == *organisation,
                _ => number == *organisation && roles.contains(role),
            };
            let is_this = *about == Address::ZERO || *about == target;
            let is_called = function.is_none_or(|function| function == selector);
            if *of != layer || !is_me || !is_this || !is_called || (allow | deny) & 4 == 0 {
                continue;
            }
            // Guests and members are one step.
            let step = [0, 0, 1, 1, 2, 3, 4][usize::from(*subject)];
            let width = (*about != Address::ZERO, function.is_some(), step);
            let width = 100 * u8::from(width.0) + 10 * u8::from(width.1) + width.2 + 1;
            if width > narrowest.0 {
                narrowest = (width, Vec::new());
            }
            if width == narrowest.0 {
                narrowest.1.push(deny & 4 != 0);
            }
        }
        !narrowest.1.contains(&true)
    }

    /// What an account has sent of a token in a span of days.
    fn sent_in(&self, token: Address, from: Address, days: std::ops::RangeInclusive<u64>) -> u128 {
        days.map(|day| self.sent.get(&(token, from, day)).copied().unwrap_or(0))
            .sum()
    }

    /// Code of the refusal of a transfer between accounts that are on no list, or 0. The orders'
    /// reasons stand before the policy's; among orders any reason may be given.
    pub(super) fn transfer_codes(
        &self,
        token: Address,
        (from, amount): (Address, u128),
        now: u64,
    ) -> Vec<u8> {
        let mut codes = Vec::new();
        for (_, order) in self.on(from, now) {
            let is_other = order.token != Address::ZERO && order.token != token;
            let spent = order.spent.get(&(token, now / DAY)).copied();
            let after = spent.unwrap_or_default() + U256::from(amount);
            let approvals = order.approved.get(&(token, amount)).copied();
            match order.kind {
                OrderKind::FreezeAccount | OrderKind::FreezeContract => codes.push(33),
                OrderKind::Limit if !is_other && after > order.amount => codes.push(41),
                OrderKind::Review
                    if !is_other
                        && U256::from(amount) > order.amount
                        && approvals.unwrap_or(0) == 0 =>
                {
                    codes.push(42);
                }
                _ => {}
            }
        }
        if !codes.is_empty() {
            return codes;
        }
        let terms = self.terms.as_ref().unwrap();
        let today = now / DAY;
        let (year, month, day) = crate::policy::calendar::civil(today);
        assert!(year > 2000 && month > 0);
        let exceeds = |amount: u128, limit: u128| limit != 0 && amount > limit;
        if exceeds(amount, terms.perTransfer) {
            return vec![38];
        }
        if exceeds(
            self.sent_in(token, from, today..=today) + amount,
            terms.perDay,
        ) {
            return vec![39];
        }
        let month = today - (day - 1)..=today;
        if exceeds(self.sent_in(token, from, month) + amount, terms.perMonth) {
            return vec![40];
        }
        vec![0]
    }

    /// Counts a transfer that was made.
    pub(super) fn count(&mut self, token: Address, (from, amount): (Address, u128), now: u64) {
        *self.sent.entry((token, from, now / DAY)).or_default() += amount;
        let numbers: Vec<u64> = self.on(from, now).map(|(id, _)| id).collect();
        for id in numbers {
            let order = &mut self.orders[id as usize - 1];
            if order.token != Address::ZERO && order.token != token {
                continue;
            }
            if order.kind == OrderKind::Limit {
                *order.spent.entry((token, now / DAY)).or_default() += U256::from(amount);
            }
            if order.kind == OrderKind::Review && U256::from(amount) > order.amount {
                *order.approved.get_mut(&(token, amount)).unwrap() -= 1;
            }
        }
    }
}
