//! The pending transactions of one sender.

use crate::check::Checked;
use alloy_primitives::U256;
use qiantang_types::Account;
use std::collections::BTreeMap;

/// A transaction with its number in the order of arrival.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) checked: Checked,
    pub(crate) arrival: u64,
}

/// One sender's transactions by nonce.
///
/// The first `ready` of them are executable now: contiguous from the account's nonce, and the
/// balance covers all of them together. The count is kept up to date step by step, because a queue
/// may hold thousands.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Whose share it uses.
    pub(crate) member: u64,
    account: Account,
    entries: BTreeMap<u64, Entry>,
    bytes: usize,
    cost: U256,
    ready: usize,
    ready_cost: U256,
    /// Place in the line of senders; only those with something ready have one.
    pub(crate) ticket: Option<u64>,
}

impl Queue {
    pub(crate) fn new(member: u64, account: Account) -> Self {
        Self {
            member,
            account,
            entries: BTreeMap::new(),
            bytes: 0,
            cost: U256::ZERO,
            ready: 0,
            ready_cost: U256::ZERO,
            ticket: None,
        }
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn ready(&self) -> usize {
        self.ready
    }

    pub(crate) fn gapped(&self) -> usize {
        self.entries.len().saturating_sub(self.ready)
    }

    /// What all entries together may take from the balance.
    pub(crate) fn cost(&self) -> U256 {
        self.cost
    }

    pub(crate) fn get(&self, nonce: u64) -> Option<&Entry> {
        self.entries.get(&nonce)
    }

    pub(crate) fn last_nonce(&self) -> Option<u64> {
        self.entries.last_key_value().map(|(nonce, _)| *nonce)
    }

    /// The nonce after the last one that is ready.
    pub(crate) fn next_nonce(&self) -> u64 {
        self.account.nonce.saturating_add(self.ready as u64)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The ready entries from `nonce` on.
    pub(crate) fn ready_from(&self, nonce: u64) -> impl Iterator<Item = &Entry> {
        let end = self.next_nonce();
        let start = nonce.max(self.account.nonce).min(end);
        self.entries.range(start..end).map(|(_, entry)| entry)
    }

    /// Puts an entry in its place and returns the one that had it.
    pub(crate) fn insert(&mut self, entry: Entry) -> Option<Entry> {
        let nonce = entry.checked.nonce;
        self.bytes = self.bytes.saturating_add(entry.checked.bytes());
        self.cost = self.cost.saturating_add(entry.checked.cost);
        let old = self.entries.insert(nonce, entry);
        if let Some(old) = &old {
            self.forget(old);
            self.recount();
        } else {
            self.extend();
        }
        old
    }

    /// Takes the last entry out.
    pub(crate) fn pop_last(&mut self) -> Option<Entry> {
        let (_, entry) = self.entries.pop_last()?;
        self.forget(&entry);
        if self.entries.len() < self.ready {
            self.ready = self.entries.len();
            self.ready_cost = self.ready_cost.saturating_sub(entry.checked.cost);
        }
        Some(entry)
    }

    /// Takes the entries with these nonces out.
    pub(crate) fn remove(&mut self, nonces: &[u64]) -> Vec<Entry> {
        let removed: Vec<Entry> = nonces
            .iter()
            .filter_map(|nonce| self.entries.remove(nonce))
            .collect();
        for entry in &removed {
            self.forget(entry);
        }
        self.recount();
        removed
    }

    /// Follows the account to a new state and returns the entries whose nonce has been used.
    pub(crate) fn set_account(&mut self, account: Account) -> Vec<Entry> {
        let before = self.next_nonce();
        let advanced = account.nonce.checked_sub(self.account.nonce);
        self.account = account;
        let mut removed = Vec::new();
        while let Some(first) = self.entries.first_entry() {
            if *first.key() >= account.nonce {
                break;
            }
            removed.push(first.remove());
        }
        for entry in &removed {
            self.forget(entry);
            if entry.checked.nonce < before {
                self.ready_cost = self.ready_cost.saturating_sub(entry.checked.cost);
            }
        }
        let left = advanced
            .and_then(|advanced| usize::try_from(advanced).ok())
            .and_then(|advanced| self.ready.checked_sub(advanced));
        match left {
            Some(left) if self.ready_cost <= account.balance => {
                self.ready = left;
                self.extend();
            }
            _ => self.recount(),
        }
        removed
    }

    fn forget(&mut self, entry: &Entry) {
        self.bytes = self.bytes.saturating_sub(entry.checked.bytes());
        self.cost = self.cost.saturating_sub(entry.checked.cost);
    }

    fn recount(&mut self) {
        self.ready = 0;
        self.ready_cost = U256::ZERO;
        self.extend();
    }

    fn extend(&mut self) {
        // The common case is one new entry at the end, so the range is looked up only from there.
        let mut next = self.next_nonce();
        for (nonce, entry) in self.entries.range(next..) {
            let cost = self.ready_cost.saturating_add(entry.checked.cost);
            if *nonce != next || cost > self.account.balance {
                break;
            }
            self.ready_cost = cost;
            self.ready = self.ready.saturating_add(1);
            next = next.saturating_add(1);
        }
    }
}
