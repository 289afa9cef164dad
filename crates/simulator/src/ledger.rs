//! What is final, as the simulator knows it, and the promises that it checks each block against.

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, TxKind, U256};
use qiantang_types::{Block, Header, LedgerHash, Receipt};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What the network has promised, and whether it keeps it.
pub(crate) struct Ledger(Mutex<Inner>);

struct Inner {
    blocks: Vec<Known>,
    /// Height by hash of the transaction.
    included: BTreeMap<B256, u64>,
    acknowledged: BTreeMap<B256, Acknowledged>,
    balances: BTreeMap<Address, U256>,
    broken: Vec<String>,
}

struct Known {
    hash: LedgerHash,
    header: Header,
}

/// A transaction that a node took from a client.
#[derive(Clone, Copy)]
struct Acknowledged {
    node: usize,
    at: Duration,
}

impl Ledger {
    pub(crate) fn new(balances: BTreeMap<Address, U256>) -> Self {
        Self(Mutex::new(Inner {
            blocks: Vec::new(),
            included: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            balances,
            broken: Vec::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a broken promise.
    pub(crate) fn breaks(&self, promise: String) {
        self.inner().broken.push(promise);
    }

    /// The first broken promise.
    pub(crate) fn broken(&self) -> Option<String> {
        self.inner().broken.first().cloned()
    }

    /// Height of the last final block.
    pub(crate) fn tip(&self) -> u64 {
        (self.inner().blocks.len() as u64).saturating_sub(1)
    }

    pub(crate) fn header(&self, height: u64) -> Option<Header> {
        let inner = self.inner();
        let known = inner.blocks.get(usize::try_from(height).ok()?)?;
        Some(known.header.clone())
    }

    /// The first block, which each node makes by itself.
    pub(crate) fn genesis(&self, node: usize, header: &Header) {
        let mut inner = self.inner();
        let hash = header.hash();
        let Some(known) = inner.blocks.first().map(|known| known.hash) else {
            let header = header.clone();
            inner.blocks.push(Known { hash, header });
            return;
        };
        if known != hash {
            let promise = format!("node {node} begins with {hash}, another one with {known}");
            inner.broken.push(promise);
        }
    }

    /// A node took a transaction from a client.
    pub(crate) fn acknowledge(&self, hash: B256, node: usize, at: Duration) {
        let acknowledged = Acknowledged { node, at };
        self.inner().acknowledged.insert(hash, acknowledged);
    }

    /// Acknowledged transactions that are not final, and final ones.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.inner();
        let known = &inner.included;
        let waiting = inner
            .acknowledged
            .keys()
            .filter(|hash| !known.contains_key(*hash));
        (waiting.count(), known.len())
    }

    /// The acknowledged transaction that waits longest.
    pub(crate) fn oldest_waiting(&self) -> Option<String> {
        let inner = self.inner();
        let known = &inner.included;
        let waiting = inner.acknowledged.iter();
        let waiting = waiting.filter(|(hash, _)| !known.contains_key(*hash));
        let (hash, acknowledged) = waiting.min_by_key(|(_, acknowledged)| acknowledged.at)?;
        let Acknowledged { node, at } = acknowledged;
        Some(format!("{hash}, which node {node} took at {at:?}"))
    }

    /// Balances as the final transfers leave them.
    pub(crate) fn balances(&self) -> BTreeMap<Address, U256> {
        self.inner().balances.clone()
    }

    /// A node has finalized a block.
    pub(crate) fn finalized(&self, node: usize, block: &Block, receipts: &[Receipt]) {
        let mut inner = self.inner();
        if let Err(broken) = inner.finalized(block, receipts) {
            let height = block.header.height;
            inner
                .broken
                .push(format!("node {node} finalized block {height}: {broken}"));
        }
    }
}

impl Inner {
    fn finalized(&mut self, block: &Block, receipts: &[Receipt]) -> Result<(), String> {
        let hash = block.header.hash();
        let height = block.header.height.get();
        let index = usize::try_from(height).unwrap_or(usize::MAX);
        if let Some(known) = self.blocks.get(index) {
            return if known.hash == hash {
                Ok(())
            } else {
                Err(format!(
                    "its hash is {hash}, another node has {}",
                    known.hash
                ))
            };
        }
        let Some(parent) = self.blocks.last() else {
            return Err("there is no genesis block".to_owned());
        };
        if index != self.blocks.len() || block.header.parent != parent.hash {
            return Err(format!(
                "it does not follow block {} ({})",
                parent.header.height, parent.hash
            ));
        }
        if block.header.time <= parent.header.time {
            return Err("its time is not after its parent's".to_owned());
        }
        self.take(block, receipts)?;
        self.blocks.push(Known {
            hash,
            header: block.header.clone(),
        });
        Ok(())
    }

    /// Takes over what the block's transactions do.
    fn take(&mut self, block: &Block, receipts: &[Receipt]) -> Result<(), String> {
        if block.transactions.len() != receipts.len() {
            return Err(format!(
                "{} transactions, {} receipts",
                block.transactions.len(),
                receipts.len()
            ));
        }
        let height = block.header.height.get();
        for (transaction, receipt) in block.transactions.iter().zip(receipts) {
            let hash = transaction.hash();
            if let Some(before) = self.included.insert(hash, height) {
                return Err(format!("transaction {hash} is in block {before} already"));
            }
            if let (Some(signed), Ok(from), true) =
                (transaction.signed(), transaction.sender(), receipt.success)
                && let TxKind::Call(to) = signed.kind()
            {
                self.transfer(from, to, signed.value())?;
            }
        }
        Ok(())
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) -> Result<(), String> {
        let balance = self.balances.get(&from).copied().unwrap_or_default();
        let left = balance.checked_sub(value);
        let left = left.ok_or_else(|| format!("{from} paid {value} and had {balance}"))?;
        self.balances.insert(from, left);
        let balance = self.balances.get(&to).copied().unwrap_or_default();
        let sum = balance.checked_add(value);
        let sum = sum.ok_or_else(|| format!("{to} holds more than a balance can"))?;
        self.balances.insert(to, sum);
        Ok(())
    }
}
