//! What is final, as the simulator knows it, and the promises that it checks each block against.

use crate::machine::mix;
use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use qiantang_execution::{FaultEvidence, reported_fault};
use qiantang_types::{
    Block, Header, LedgerHash, Receipt, StateCommitment, TimestampMs, Transaction, merkle_root,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What the network has promised, and whether it keeps it.
pub(crate) struct Ledger(Mutex<Inner>);

struct Inner {
    blocks: Vec<Known>,
    /// Height by the root of the state.
    states: BTreeMap<LedgerHash, u64>,
    /// Height and success by hash of the transaction.
    included: BTreeMap<B256, (u64, bool)>,
    acknowledged: BTreeMap<B256, Acknowledged>,
    /// From when a node took a transaction until the same node had it final.
    latencies: Vec<Duration>,
    balances: BTreeMap<Address, U256>,
    /// Keys of validators that the chain says contradicted themselves.
    accused: BTreeSet<Bytes>,
    /// When jobs were due and how often they were tried, by who made them and number.
    runs: BTreeMap<(Address, u64), BTreeSet<(u64, u32)>>,
    /// Height of the last block of each node.
    heads: BTreeMap<usize, u64>,
    /// Of everything that was finalized, by whom and when.
    digest: u64,
    broken: Vec<String>,
}

struct Known {
    hash: LedgerHash,
    time: TimestampMs,
}

/// A transaction that a node took from a client.
#[derive(Clone, Copy)]
struct Acknowledged {
    node: usize,
    at: Duration,
    is_seen: bool,
}

impl Ledger {
    pub(crate) fn new(balances: BTreeMap<Address, U256>) -> Self {
        Self(Mutex::new(Inner {
            blocks: Vec::new(),
            states: BTreeMap::new(),
            included: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            latencies: Vec::new(),
            balances,
            accused: BTreeSet::new(),
            runs: BTreeMap::new(),
            heads: BTreeMap::new(),
            digest: 0,
            broken: Vec::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first broken promise.
    pub(crate) fn broken(&self) -> Option<String> {
        self.inner().broken.first().cloned()
    }

    /// Height of the last final block.
    pub(crate) fn tip(&self) -> u64 {
        (self.inner().blocks.len() as u64).saturating_sub(1)
    }

    /// Hash of a final block.
    pub(crate) fn hash(&self, height: u64) -> Option<LedgerHash> {
        let inner = self.inner();
        let known = inner.blocks.get(usize::try_from(height).ok()?)?;
        Some(known.hash)
    }

    /// Hash of everything that was finalized, by whom and when.
    pub(crate) fn digest(&self) -> u64 {
        self.inner().digest
    }

    /// The height that has this state.
    pub(crate) fn height_of(&self, state: &StateCommitment) -> Option<u64> {
        self.inner().states.get(&state.state_root()).copied()
    }

    /// The first block, which each node makes by itself.
    pub(crate) fn genesis(&self, node: usize, header: &Header) {
        let mut inner = self.inner();
        let hash = header.hash();
        let Some(known) = inner.blocks.first().map(|known| known.hash) else {
            inner.keep(hash, header);
            return;
        };
        if known != hash {
            let promise = format!("node {node} begins with {hash}, another one with {known}");
            inner.broken.push(promise);
        }
    }

    /// A node was switched on: it may finalize again what it had finalized before.
    pub(crate) fn starts(&self, node: usize) {
        self.inner().heads.remove(&node);
    }

    /// A node took a transaction from a client.
    pub(crate) fn acknowledge(&self, hash: B256, node: usize, at: Duration) {
        let acknowledged = Acknowledged {
            node,
            at,
            is_seen: false,
        };
        self.inner().acknowledged.insert(hash, acknowledged);
    }

    /// Whether a final transaction succeeded; `None` where it is not final.
    pub(crate) fn success(&self, hash: &B256) -> Option<bool> {
        self.inner().included.get(hash).map(|(_, success)| *success)
    }

    /// Final transactions that clients sent.
    pub(crate) fn transactions(&self) -> usize {
        self.inner().included.len()
    }

    /// Height of the last block with a client's transaction.
    pub(crate) fn last_transaction(&self) -> u64 {
        let inner = self.inner();
        let heights = inner.included.values();
        heights.map(|(height, _)| *height).max().unwrap_or(0)
    }

    /// The acknowledged transaction that waits longest.
    pub(crate) fn oldest_waiting(&self) -> Option<String> {
        let inner = self.inner();
        let known = &inner.included;
        let waiting = inner.acknowledged.iter();
        let waiting = waiting.filter(|(hash, _)| !known.contains_key(*hash));
        let (hash, acknowledged) = waiting.min_by_key(|(_, acknowledged)| acknowledged.at)?;
        let Acknowledged { node, at, .. } = acknowledged;
        Some(format!(
            "transaction {hash}, which node {node} took at {at:?}"
        ))
    }

    /// Balances as the final transfers leave them.
    pub(crate) fn balances(&self) -> BTreeMap<Address, U256> {
        self.inner().balances.clone()
    }

    /// Keys of validators that the chain says contradicted themselves.
    pub(crate) fn accused(&self) -> BTreeSet<Bytes> {
        self.inner().accused.clone()
    }

    /// When the jobs that ran for an account were due, in the order of their numbers.
    pub(crate) fn runs_of(&self, owner: Address) -> Vec<Vec<u64>> {
        let inner = self.inner();
        let jobs = inner.runs.iter();
        let jobs = jobs.filter(|((caller, _), _)| *caller == owner);
        let dues = jobs.map(|(_, runs)| runs.iter().map(|(due, _)| *due).collect());
        dues.collect()
    }

    /// From submission to finality on the same node, ascending.
    pub(crate) fn latencies(&self) -> Vec<Duration> {
        let mut latencies = self.inner().latencies.clone();
        latencies.sort_unstable();
        latencies
    }

    /// A node has finalized a block.
    pub(crate) fn finalized(&self, node: usize, block: &Block, receipts: &[Receipt], at: Duration) {
        let mut inner = self.inner();
        if let Err(broken) = inner.finalized(node, block, receipts) {
            let height = block.header.height;
            let promise = format!("node {node} finalized block {height}: {broken}");
            inner.broken.push(promise);
        }
        inner.measure(node, block, at);
    }
}

impl Inner {
    fn keep(&mut self, hash: LedgerHash, header: &Header) {
        self.states
            .insert(header.state.state_root(), header.height.get());
        let time = header.time;
        self.blocks.push(Known { hash, time });
    }

    fn finalized(
        &mut self,
        node: usize,
        block: &Block,
        receipts: &[Receipt],
    ) -> Result<(), String> {
        let hash = block.header.hash();
        let height = block.header.height.get();
        // It may leave some out, by a state sync, but it never goes back.
        let head = self.heads.entry(node).or_default();
        if height < *head {
            return Err(format!("it had finalized block {head} before"));
        }
        *head = height;
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
                self.blocks.len().saturating_sub(1),
                parent.hash
            ));
        }
        if block.header.time <= parent.time {
            return Err("its time is not after its parent's".to_owned());
        }
        self.take(block, receipts)?;
        self.keep(hash, &block.header);
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
        let leaves: Vec<_> = receipts.iter().map(Receipt::leaf).collect();
        let (found, said) = (merkle_root(&leaves), block.header.receipts_root);
        if found != said {
            return Err(format!(
                "its receipts have the root {found}, its header {said}"
            ));
        }
        let height = block.header.height.get();
        self.take_runs(block)?;
        for (transaction, receipt) in block.transactions.iter().zip(receipts) {
            if let Some(evidence) = reported_fault(transaction) {
                let evidence = FaultEvidence::decode(&evidence);
                let evidence = evidence.map_err(|error| format!("unreadable evidence: {error}"))?;
                self.accused.insert(evidence.key);
            }
            if transaction.signed().is_some() {
                self.take_signed(height, transaction, receipt.success)?;
            }
        }
        Ok(())
    }

    /// Jobs run once for each time at which they are due, in the order of their numbers where one
    /// account made them.
    fn take_runs(&mut self, block: &Block) -> Result<(), String> {
        let mut before = BTreeMap::new();
        let systems = block.transactions.iter().filter_map(Transaction::system);
        for run in systems.filter(|run| run.job > 0) {
            let last = before.insert(run.caller, (run.due, run.job));
            if last >= Some((run.due, run.job)) {
                return Err(format!("job {} runs after {last:?}", run.job));
            }
            let runs = self.runs.entry((run.caller, run.job)).or_default();
            if !runs.insert((run.due, run.attempt)) {
                return Err(format!("job {} runs twice for {}", run.job, run.due));
            }
        }
        Ok(())
    }

    fn take_signed(
        &mut self,
        height: u64,
        transaction: &Transaction,
        success: bool,
    ) -> Result<(), String> {
        let hash = transaction.hash();
        if let Some((before, _)) = self.included.insert(hash, (height, success)) {
            return Err(format!("transaction {hash} is in block {before} already"));
        }
        if let (Some(signed), Ok(from), true) =
            (transaction.signed(), transaction.sender(), success)
            && let TxKind::Call(to) = signed.kind()
        {
            self.transfer(from, to, signed.value())?;
        }
        Ok(())
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) -> Result<(), String> {
        if value.is_zero() {
            return Ok(());
        }
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

    fn measure(&mut self, node: usize, block: &Block, at: Duration) {
        let hash = block.header.hash();
        let word = hash
            .first_chunk()
            .map_or(0, |word| u64::from_be_bytes(*word));
        let nanos = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        self.digest = mix(self.digest ^ word ^ mix(nanos ^ (node as u64).rotate_left(48)));
        for transaction in &block.transactions {
            let acknowledged = self.acknowledged.get_mut(&transaction.hash());
            if let Some(acknowledged) = acknowledged
                && acknowledged.node == node
                && !acknowledged.is_seen
            {
                acknowledged.is_seen = true;
                self.latencies.push(at.saturating_sub(acknowledged.at));
            }
        }
    }
}
