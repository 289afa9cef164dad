//! All queues together, and the indexes over them.
//!
//! Plain data behind the pool's one lock: it decides, and does no IO. Every change of a queue goes
//! through [`Table::update`], which keeps the totals and indexes equal to what the queues hold.

use crate::{
    check::{AdmitError, Checked, check_account},
    config::Config,
    members::{Holding, Line, Turns},
    queue::{Entry, Queue},
};
use alloy_primitives::{Address, B256};
use qiantang_types::{Account, TimestampMs, Transaction};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque},
};

/// Senders whose next transaction did not fit, after which a selection stops looking for smaller
/// ones.
const MISSES_MAX: usize = 1024;

/// Entries of the order of arrival that may be stale before it is cleaned.
const STALE_ARRIVALS: usize = 1024;

/// How much to take out of the pool at once.
#[derive(Clone, Copy, Debug)]
pub struct BestLimits {
    /// Transactions at the most.
    pub transactions: usize,
    /// Bytes of encoded transactions at the most.
    pub bytes: usize,
    /// Sum of the gas limits at the most. Transactions use less than they ask for, so a builder
    /// that stops by itself may ask for more than a block holds.
    pub gas: u64,
    /// Sum of the gas limits of one member's transactions at the most; 0 for no limit.
    pub member_gas: u64,
}

/// Counters of a pool, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Pending transactions.
    pub transactions: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Those executable now.
    pub ready: usize,
    /// Senders with pending transactions.
    pub senders: usize,
    /// Admitted since the start.
    pub admitted: u64,
    /// Refused at admission since the start.
    pub refused: u64,
    /// Replaced by a better paying one.
    pub replaced: u64,
    /// Dropped because the pool was full.
    pub evicted: u64,
    /// Dropped because they were too old.
    pub expired: u64,
    /// Dropped because the block builder refused them.
    pub unexecutable: u64,
    /// Dropped because they were included or their nonce was used.
    pub included: u64,
    /// Bytes of the journal file.
    pub journal_bytes: u64,
    /// Failed writes to the journal.
    pub journal_errors: u64,
}

/// Where a transaction is.
type Place = (Address, u64);

#[derive(Debug)]
struct Arrival {
    hash: B256,
    number: u64,
    /// Block time at arrival; unknown before the first finalized block.
    time: Option<TimestampMs>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) config: Config,
    pub(crate) senders: HashMap<Address, Queue>,
    places: HashMap<B256, Place>,
    /// The line: senders with something ready.
    line: Line,
    /// What each member holds; members that hold nothing are left out.
    pub(crate) members: BTreeMap<u64, Holding>,
    /// Senders with transactions that wait for others.
    pub(crate) gapped: HashSet<Address>,
    arrivals: VecDeque<Arrival>,
    next_arrival: u64,
    next_ticket: u64,
    now: Option<TimestampMs>,
    pub(crate) stats: Stats,
}

impl Table {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            senders: HashMap::new(),
            places: HashMap::new(),
            line: Line::new(),
            members: BTreeMap::new(),
            gapped: HashSet::new(),
            arrivals: VecDeque::new(),
            next_arrival: 0,
            next_ticket: 0,
            now: None,
            stats: Stats::default(),
        }
    }

    pub(crate) fn contains(&self, hash: &B256) -> bool {
        self.places.contains_key(hash)
    }

    pub(crate) fn get(&self, hash: &B256) -> Option<Transaction> {
        let (sender, nonce) = self.places.get(hash)?;
        let entry = self.senders.get(sender)?.get(*nonce)?;
        Some(entry.checked.transaction.clone())
    }

    pub(crate) fn knows_sender(&self, sender: &Address) -> bool {
        self.senders.contains_key(sender)
    }

    pub(crate) fn next_nonce(&self, sender: &Address) -> Option<u64> {
        self.senders.get(sender).map(Queue::next_nonce)
    }

    /// Everything, in the order of arrival.
    pub(crate) fn transactions(&self) -> Vec<Transaction> {
        let mut all: Vec<(u64, &Transaction)> = self
            .senders
            .values()
            .flat_map(Queue::entries)
            .map(|entry| (entry.arrival, &entry.checked.transaction))
            .collect();
        all.sort_unstable_by_key(|(arrival, _)| *arrival);
        all.into_iter()
            .map(|(_, transaction)| transaction.clone())
            .collect()
    }

    /// Gives a checked transaction its place, or says why it gets none. `account` is needed where
    /// the sender has nothing pending. Answers whether it is ready.
    pub(crate) fn place(&mut self, checked: Checked, read: Account) -> Result<bool, AdmitError> {
        let hash = checked.transaction.hash();
        let (sender, nonce, member) = (checked.sender, checked.nonce, checked.member);
        if self.places.contains_key(&hash) {
            return Err(AdmitError::AlreadyKnown);
        }
        let account = self
            .senders
            .get(&sender)
            .map_or(read, |queue| *queue.account());
        check_account(&checked, &account, &self.config)?;
        self.check_queue(&checked, &account)?;
        self.check_sender_limits(&checked)?;
        self.make_room(&checked, &account)?;

        let number = self.next_arrival;
        self.next_arrival = number.saturating_add(1);
        let entry = Entry {
            checked,
            arrival: number,
        };
        self.senders
            .entry(sender)
            .or_insert_with(|| Queue::new(member, account));
        let old = self.update(sender, |queue| queue.insert(entry).into_iter().collect());
        self.stats.replaced = self.stats.replaced.saturating_add(old as u64);
        self.stats.admitted = self.stats.admitted.saturating_add(1);
        self.places.insert(hash, (sender, nonce));
        self.arrivals.push_back(Arrival {
            hash,
            number,
            time: self.now,
        });
        Ok(self
            .senders
            .get(&sender)
            .is_some_and(|queue| nonce < queue.next_nonce()))
    }

    /// The replacement rule and the funds.
    fn check_queue(&self, checked: &Checked, account: &Account) -> Result<(), AdmitError> {
        let queue = self.senders.get(&checked.sender);
        let old = queue.and_then(|queue| queue.get(checked.nonce));
        if old.is_some_and(|old| !checked.outbids(&old.checked)) {
            return Err(AdmitError::Underpriced);
        }
        let old_cost = old.map_or_else(Default::default, |old| old.checked.cost);
        let pending = queue
            .map_or_else(Default::default, Queue::cost)
            .saturating_sub(old_cost);
        if pending.saturating_add(checked.cost) > account.balance {
            return Err(AdmitError::InsufficientFunds {
                balance: account.balance,
                pending,
                cost: checked.cost,
            });
        }
        Ok(())
    }

    /// The sender's own limits. A transaction that others wait for displaces the last of those that
    /// wait.
    fn check_sender_limits(&mut self, checked: &Checked) -> Result<(), AdmitError> {
        while let Some(queue) = self.senders.get(&checked.sender) {
            let old = queue.get(checked.nonce);
            let len = queue.len().saturating_add(usize::from(old.is_none()));
            let old_bytes = old.map_or(0, |old| old.checked.bytes());
            let bytes = queue
                .bytes()
                .saturating_sub(old_bytes)
                .saturating_add(checked.bytes());
            if len <= self.config.sender_transactions && bytes <= self.config.sender_bytes {
                break;
            }
            let awaited = queue.last_nonce().is_some_and(|last| last > checked.nonce);
            if checked.nonce > queue.next_nonce() || queue.gapped() == 0 || !awaited {
                return Err(AdmitError::SenderFull {
                    transactions: queue.len(),
                    bytes: queue.bytes(),
                });
            }
            self.evict_last(checked.sender, 1);
        }
        Ok(())
    }

    /// What is executable now. The member that has the least gas so far is always served next.
    pub(crate) fn best(
        &self,
        limits: BestLimits,
        already: &BTreeMap<Address, u64>,
    ) -> Vec<Transaction> {
        let mut selection = Selection::new(limits);
        let members = self.members.keys();
        let mut turns: Vec<Turns<'_>> = members
            .map(|member| Turns::new(*member, &self.line, &self.senders, already))
            .collect();
        let mut least: BinaryHeap<Reverse<(u64, usize)>> =
            (0..turns.len()).map(|index| Reverse((0, index))).collect();
        while let Some(Reverse((_, index))) = least.pop() {
            let Some(member) = turns.get_mut(index) else {
                continue;
            };
            if selection.is_full() {
                break;
            }
            let Some((entry, turn)) = member.next() else {
                continue;
            };
            let gas = member.gas.saturating_add(entry.checked.gas);
            if limits.member_gas != 0 && gas > limits.member_gas {
                continue;
            }
            if selection.take(entry) {
                member.served(entry, turn);
            }
            least.push(Reverse((member.gas, index)));
        }
        selection.taken
    }

    /// Drops what a finalized block made stale and what is too old.
    pub(crate) fn finalize(
        &mut self,
        included: &[Transaction],
        accounts: impl Iterator<Item = (Address, Account)>,
        time: TimestampMs,
    ) {
        for (address, account) in accounts {
            self.set_account(address, account);
        }
        let mut served = HashSet::new();
        for transaction in included {
            let Ok(sender) = transaction.sender() else {
                continue;
            };
            // Normally gone by now; a caller that names no account still may not leave it behind.
            if let Some((_, nonce)) = self.places.get(&transaction.hash()).copied()
                && let Some(account) = self.senders.get(&sender).map(|queue| *queue.account())
            {
                let nonce = nonce.saturating_add(1);
                self.set_account(sender, Account { nonce, ..account });
            }
            if served.insert(sender) {
                self.requeue(sender);
            }
        }
        self.set_time(time);
        self.expire(time);
    }

    fn set_account(&mut self, address: Address, account: Account) {
        if self.senders.contains_key(&address) {
            let stale = self.update(address, |queue| queue.set_account(account));
            self.stats.included = self.stats.included.saturating_add(stale as u64);
        }
    }

    /// Sends a sender to the end of the line.
    fn requeue(&mut self, sender: Address) {
        let Some(queue) = self.senders.get_mut(&sender) else {
            return;
        };
        let Some(ticket) = queue.ticket else { return };
        self.line.remove(&(queue.member, ticket));
        queue.ticket = Some(self.next_ticket);
        self.line.insert((queue.member, self.next_ticket), sender);
        self.next_ticket = self.next_ticket.saturating_add(1);
    }

    fn set_time(&mut self, time: TimestampMs) {
        if self.now.is_none() {
            for arrival in &mut self.arrivals {
                arrival.time = Some(time);
            }
        }
        self.now = Some(time);
    }

    fn expire(&mut self, now: TimestampMs) {
        let mut expired: BTreeMap<Address, Vec<u64>> = BTreeMap::new();
        while let Some(arrival) = self.arrivals.front() {
            let end = arrival
                .time
                .unwrap_or(now)
                .get()
                .saturating_add(self.config.lifetime_ms);
            let current = self.is_current(arrival);
            if current && end >= now.get() {
                break;
            }
            if current && let Some((sender, nonce)) = self.places.get(&arrival.hash) {
                expired.entry(*sender).or_default().push(*nonce);
            }
            self.arrivals.pop_front();
        }
        for (sender, nonces) in expired {
            let count = self.update(sender, |queue| queue.remove(&nonces));
            self.stats.expired = self.stats.expired.saturating_add(count as u64);
        }
    }

    fn is_current(&self, arrival: &Arrival) -> bool {
        let entry = self
            .places
            .get(&arrival.hash)
            .and_then(|(sender, nonce)| self.senders.get(sender)?.get(*nonce));
        entry.is_some_and(|entry| entry.arrival == arrival.number)
    }

    /// Drops one transaction; those of the same sender after it wait for another with its nonce.
    pub(crate) fn remove(&mut self, hash: &B256) -> Option<Place> {
        let (sender, nonce) = self.places.get(hash).copied()?;
        let count = self.update(sender, |queue| queue.remove(&[nonce]));
        self.stats.unexecutable = self.stats.unexecutable.saturating_add(count as u64);
        Some((sender, nonce))
    }

    /// The one place where a queue changes. `change` returns the entries it took out; answers how
    /// many.
    pub(crate) fn update(
        &mut self,
        sender: Address,
        change: impl FnOnce(&mut Queue) -> Vec<Entry>,
    ) -> usize {
        let Some(queue) = self.senders.get_mut(&sender) else {
            return 0;
        };
        let before = (queue.len(), queue.bytes(), queue.ready());
        let removed = change(queue);
        let (len, bytes, ready) = (queue.len(), queue.bytes(), queue.ready());
        let stats = &mut self.stats;
        stats.transactions = stats
            .transactions
            .saturating_sub(before.0)
            .saturating_add(len);
        stats.bytes = stats.bytes.saturating_sub(before.1).saturating_add(bytes);
        stats.ready = stats.ready.saturating_sub(before.2).saturating_add(ready);
        let held = self.members.entry(queue.member).or_default();
        held.longest = held.longest.max(len);
        held.transactions = held
            .transactions
            .saturating_sub(before.0)
            .saturating_add(len);
        held.bytes = held.bytes.saturating_sub(before.1).saturating_add(bytes);
        if held.transactions == 0 {
            self.members.remove(&queue.member);
        }

        match (queue.ticket, ready) {
            (Some(ticket), 0) => {
                self.line.remove(&(queue.member, ticket));
                queue.ticket = None;
            }
            (None, 1..) => {
                queue.ticket = Some(self.next_ticket);
                self.line.insert((queue.member, self.next_ticket), sender);
                self.next_ticket = self.next_ticket.saturating_add(1);
            }
            _ => {}
        }
        if len > ready {
            self.gapped.insert(sender);
        } else {
            self.gapped.remove(&sender);
        }
        if len == 0 {
            self.senders.remove(&sender);
        }
        self.stats.senders = self.senders.len();
        for entry in &removed {
            self.places.remove(&entry.checked.transaction.hash());
        }
        self.clean_arrivals();
        removed.len()
    }

    fn clean_arrivals(&mut self) {
        let bound = self
            .places
            .len()
            .saturating_mul(2)
            .saturating_add(STALE_ARRIVALS);
        if self.arrivals.len() > bound {
            let mut arrivals = std::mem::take(&mut self.arrivals);
            arrivals.retain(|arrival| self.is_current(arrival));
            self.arrivals = arrivals;
        }
    }

    /// Panics where an index disagrees with the queues.
    #[cfg(test)]
    pub(crate) fn assert_consistent(&self) {
        let sum = |f: fn(&Queue) -> usize| self.senders.values().map(f).sum::<usize>();
        assert_eq!(self.stats.transactions, sum(Queue::len));
        assert_eq!(self.stats.bytes, sum(Queue::bytes));
        assert_eq!(self.stats.ready, sum(Queue::ready));
        assert_eq!(self.stats.senders, self.senders.len());
        assert_eq!(self.places.len(), self.stats.transactions);
        assert!(self.stats.transactions <= self.config.transactions);
        assert!(self.stats.bytes <= self.config.bytes);
        assert!(self.arrivals.len() <= self.places.len() * 2 + STALE_ARRIVALS);
        let lined: HashSet<Address> = self.line.values().copied().collect();
        assert_eq!(lined.len(), self.line.len());
        let mut members: BTreeMap<u64, Holding> = BTreeMap::new();
        for queue in self.senders.values() {
            let held = members.entry(queue.member).or_default();
            held.transactions += queue.len();
            held.bytes += queue.bytes();
            held.longest = self.members[&queue.member].longest;
            assert!(queue.len() <= held.longest);
        }
        assert_eq!(self.members, members);
        for (sender, queue) in &self.senders {
            let ticket = queue.ticket.map(|ticket| (queue.member, ticket));
            assert!(ticket.is_none_or(|place| self.line.get(&place) == Some(sender)));
            assert!(queue.len() > 0);
            assert!(queue.len() <= self.config.sender_transactions);
            assert!(queue.bytes() <= self.config.sender_bytes);
            assert_eq!(queue.ready() > 0, lined.contains(sender));
            assert_eq!(queue.gapped() > 0, self.gapped.contains(sender));
            for entry in queue.entries() {
                let checked = &entry.checked;
                assert_eq!(checked.sender, *sender);
                let place = self.places.get(&checked.transaction.hash());
                assert_eq!(place, Some(&(*sender, checked.nonce)));
                assert!(checked.nonce >= queue.account().nonce);
            }
        }
    }
}

/// A growing choice of transactions that stays within limits.
struct Selection {
    limits: BestLimits,
    taken: Vec<Transaction>,
    bytes: usize,
    gas: u64,
    misses: usize,
}

impl Selection {
    fn new(limits: BestLimits) -> Self {
        Self {
            limits,
            taken: Vec::new(),
            bytes: 0,
            gas: 0,
            misses: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.taken.len() >= self.limits.transactions || self.misses >= MISSES_MAX
    }

    /// Takes the entry if it fits; otherwise its sender gets no further turn.
    fn take(&mut self, entry: &Entry) -> bool {
        let bytes = self.bytes.saturating_add(entry.checked.bytes());
        let gas = self.gas.saturating_add(entry.checked.gas);
        if self.is_full() || bytes > self.limits.bytes || gas > self.limits.gas {
            self.misses = self.misses.saturating_add(1);
            return false;
        }
        (self.bytes, self.gas) = (bytes, gas);
        self.taken.push(entry.checked.transaction.clone());
        true
    }
}
