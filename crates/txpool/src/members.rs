//! Members: who shares the pool and the blocks.
//!
//! Senders belong to members, and members get equal shares, however many senders they have: a block
//! is filled by always serving the member that has the least gas in it, and a full pool makes room
//! at the cost of the member that holds the most.

use crate::{
    config::Config,
    queue::{Entry, Queue},
};
use alloy_primitives::Address;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Senders with something ready, by member and ticket.
pub(crate) type Line = BTreeMap<(u64, u64), Address>;

/// What one member has in the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) transactions: usize,
    pub(crate) bytes: usize,
    /// No queue of it is longer; exact after each search for victims.
    pub(crate) longest: usize,
}

impl Holding {
    /// The part of the pool that it fills, in 1/2^20, by number or by bytes, whichever is more.
    pub(crate) fn share(&self, config: &Config) -> usize {
        let part = |held: usize, limit: usize| {
            let scaled = held.saturating_mul(1 << 20);
            scaled.checked_div(limit).unwrap_or(usize::MAX)
        };
        part(self.transactions, config.transactions).max(part(self.bytes, config.bytes))
    }
}

/// The transactions of one member that are ready, its senders taking turns.
pub(crate) struct Turns<'a> {
    /// Gas that the member has in the block by now.
    pub(crate) gas: u64,
    senders: Box<dyn Iterator<Item = Turn<'a>> + 'a>,
    served: VecDeque<Turn<'a>>,
}

type Turn<'a> = Box<dyn Iterator<Item = &'a Entry> + 'a>;

impl<'a> Turns<'a> {
    /// The member's senders in the order of the line. Who already has something in a block that is
    /// not final yet comes after those who have nothing there.
    pub(crate) fn new(
        member: u64,
        line: &'a Line,
        queues: &'a HashMap<Address, Queue>,
        already: &'a BTreeMap<Address, u64>,
    ) -> Self {
        let (first, later) = (false, true);
        let senders = [first, later].into_iter().flat_map(move |repeated| {
            let range = line.range((member, 0)..=(member, u64::MAX));
            range.filter_map(move |(_, sender)| {
                let known = already.get(sender);
                if known.is_some() != repeated {
                    return None;
                }
                let queue = queues.get(sender)?;
                let ready = queue.ready_from(known.copied().unwrap_or_default());
                Some(Box::new(ready) as Turn<'a>)
            })
        });
        Self {
            gas: 0,
            senders: Box::new(senders),
            served: VecDeque::new(),
        }
    }

    /// The next transaction, and the turn that it came from: it goes back with [`Self::served`]
    /// where the transaction was taken, and otherwise is over.
    pub(crate) fn next(&mut self) -> Option<(&'a Entry, Turn<'a>)> {
        loop {
            let mut turn = self.senders.next().or_else(|| self.served.pop_front())?;
            if let Some(entry) = turn.next() {
                return Some((entry, turn));
            }
        }
    }

    /// Counts a transaction that was taken.
    pub(crate) fn served(&mut self, entry: &Entry, turn: Turn<'a>) {
        self.gas = self.gas.saturating_add(entry.checked.gas);
        self.served.push_back(turn);
    }
}
