//! Room in a full pool: who gives way to whom.

use crate::{
    check::{AdmitError, Checked},
    queue::Queue,
    table::Table,
};
use alloy_primitives::Address;
use qiantang_types::Account;
use std::collections::BinaryHeap;

/// When the pool is full, room is made for this part of it at once, so that the search for victims
/// is paid rarely.
const EVICTION_SHARE: usize = 64;

impl Table {
    pub(crate) fn make_room(
        &mut self,
        checked: &Checked,
        account: &Account,
    ) -> Result<(), AdmitError> {
        if self.fits(checked) {
            return Ok(());
        }
        let queue = self.senders.get(&checked.sender);
        let next = queue.map_or(account.nonce, Queue::next_nonce);
        let own = queue.map_or(0, Queue::len);
        if checked.nonce <= next {
            self.evict_gapped(checked);
            if !self.fits(checked) {
                self.evict_largest_member(checked);
            }
            if !self.fits(checked) {
                self.evict_longest(checked, own.saturating_add(1));
            }
            if self.fits(checked) {
                return Ok(());
            }
        }
        Err(AdmitError::Full {
            transactions: self.stats.transactions,
            bytes: self.stats.bytes,
        })
    }

    fn fits(&self, checked: &Checked) -> bool {
        let old = self
            .senders
            .get(&checked.sender)
            .and_then(|queue| queue.get(checked.nonce));
        let more = usize::from(old.is_none());
        let old_bytes = old.map_or(0, |old| old.checked.bytes());
        let bytes = self
            .stats
            .bytes
            .saturating_sub(old_bytes)
            .saturating_add(checked.bytes());
        self.stats.transactions.saturating_add(more) <= self.config.transactions
            && bytes <= self.config.bytes
    }

    /// Whether an eviction has freed a share of the pool and the transaction's own bytes.
    fn freed_enough(&self, checked: &Checked) -> bool {
        let share = |limit: usize| limit.saturating_sub(limit / EVICTION_SHARE);
        self.stats.transactions <= share(self.config.transactions)
            && self.stats.bytes <= share(self.config.bytes)
            && self.fits(checked)
    }

    /// Drops waiting transactions of other senders, from those who have most of them.
    fn evict_gapped(&mut self, checked: &Checked) {
        let mut victims: Vec<(usize, Address)> = self
            .gapped
            .iter()
            .filter(|sender| **sender != checked.sender)
            .filter_map(|sender| Some((self.senders.get(sender)?.gapped(), *sender)))
            .collect();
        victims.sort_unstable_by(|a, b| b.cmp(a));
        for (gapped, sender) in victims {
            if self.freed_enough(checked) {
                break;
            }
            self.evict_last(sender, gapped);
        }
    }

    /// Drops the last transactions of the member that holds most of the pool, as long as it holds
    /// more than the member of `checked`.
    fn evict_largest_member(&mut self, checked: &Checked) {
        let share = |table: &Self, member: &u64| {
            let held = table.members.get(member).copied().unwrap_or_default();
            held.share(&table.config)
        };
        let members = self.members.keys();
        let Some(largest) = members.copied().max_by_key(|member| share(self, member)) else {
            return;
        };
        if largest == checked.member {
            return;
        }
        let mut heap: BinaryHeap<(usize, Address)> = self
            .senders
            .iter()
            .filter(|(_, queue)| queue.member == largest)
            .map(|(sender, queue)| (queue.len(), *sender))
            .collect();
        while let Some((len, sender)) = heap.pop() {
            if self.freed_enough(checked) || share(self, &largest) <= share(self, &checked.member) {
                break;
            }
            self.evict_last(sender, 1);
            if len > 1 {
                heap.push((len.saturating_sub(1), sender));
            }
        }
    }

    /// Drops the last transactions of the senders of the same member who have most, as long as they
    /// have more than `fair`.
    fn evict_longest(&mut self, checked: &Checked, fair: usize) {
        // Without this bound every transaction of a flood would pay for a search that finds nobody.
        let held = self.members.get(&checked.member).copied();
        if held.unwrap_or_default().longest <= fair {
            return;
        }
        let mut heap: BinaryHeap<(usize, Address)> = self
            .senders
            .iter()
            .filter(|(_, queue)| queue.member == checked.member)
            .map(|(sender, queue)| (queue.len(), *sender))
            .collect();
        while let Some((len, sender)) = heap.pop() {
            if let Some(held) = self.members.get_mut(&checked.member) {
                held.longest = len;
            }
            if len <= fair || sender == checked.sender || self.freed_enough(checked) {
                break;
            }
            self.evict_last(sender, 1);
            heap.push((len.saturating_sub(1), sender));
        }
    }

    pub(crate) fn evict_last(&mut self, sender: Address, count: usize) {
        let evicted = self.update(sender, |queue| {
            std::iter::from_fn(|| queue.pop_last())
                .take(count)
                .collect()
        });
        self.stats.evicted = self.stats.evicted.saturating_add(evicted as u64);
    }
}
