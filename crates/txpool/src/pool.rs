//! The pool that the rest of the node holds: one lock, parallel signature checks, the journal, the
//! wake-up signal.

use crate::{
    check::{AdmitError, Checked, check},
    config::Config,
    journal::{Journal, JournalError},
    table::{BestLimits, Stats, Table},
};
use alloy_primitives::{Address, B256};
use event_listener::{Event, EventListener};
use qiantang_types::{Account, Parameters, TimestampMs, Transaction};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt, io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Transactions from which a batch is checked on several cores.
const PARALLEL_BATCH_MIN: usize = 8;

/// Attempts to read accounts between two finalized blocks before they are read under the lock.
const READ_ATTEMPTS_MAX: usize = 4;

/// Transactions that are restored at once.
const RESTORE_BATCH: usize = 4096;

/// The state as the pool sees it.
pub trait AccountReader {
    /// The account of `address` after the last block that [`Pool::on_finalized`] was told of, or a
    /// later one; the default account where there is none.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    fn account(&self, address: &Address) -> Result<Account, String>;

    /// For each transaction the number of the member whose share of the pool and of blocks it
    /// uses, or why the institutions do not let it through.
    fn members(&self, transactions: &[Transaction]) -> Vec<Result<u64, Denied>> {
        vec![Ok(0); transactions.len()]
    }
}

/// Why the institutions do not let a transaction through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    /// Why, and what to do.
    pub reason: String,
    /// Whether waiting does not help; a quota, for one, is there again in the next block.
    pub is_lasting: bool,
}

/// What [`Pool::restore`] found in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Transactions that are pending again.
    pub admitted: usize,
    /// Transactions that were included, replaced or made invalid since.
    pub dropped: usize,
}

/// The transaction pool. Clones share it.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    config: Config,
    gas: GasLimits,
    inner: Mutex<Inner>,
    journal: Option<Mutex<Journal>>,
    ready: Event,
    news: News,
}

/// Transactions that peers have not been told of.
#[derive(Default)]
struct News {
    queue: Mutex<VecDeque<Transaction>>,
    added: Event,
}

/// Transactions that wait to be announced; the oldest give way, and are announced again later by
/// who still waits for them.
const NEWS_MAX: usize = 100_000;

/// What the members may change while the pool runs.
struct GasLimits {
    block: AtomicU64,
    transaction: AtomicU64,
    member: AtomicU64,
}

struct Inner {
    table: Table,
    /// Number of finalized blocks seen: accounts read at another number may be stale.
    generation: u64,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("stats", &self.stats())
            .finish()
    }
}

impl Pool {
    /// A pool, with a journal in `journal_dir` where one is given. Transactions that the journal
    /// holds are pending again after [`Self::restore`].
    ///
    /// # Errors
    ///
    /// The journal cannot be opened or created.
    pub fn open(config: Config, journal_dir: Option<&Path>) -> Result<Self, JournalError> {
        let journal = journal_dir.map(Journal::open).transpose()?;
        Ok(Self(Arc::new(Shared {
            inner: Mutex::new(Inner {
                table: Table::new(config.clone()),
                generation: 0,
            }),
            gas: GasLimits {
                block: AtomicU64::new(config.block_gas_limit),
                transaction: AtomicU64::new(config.transaction_gas_limit),
                member: AtomicU64::new(config.member_gas_limit),
            },
            config,
            journal: journal.map(Mutex::new),
            ready: Event::new(),
            news: News::default(),
        })))
    }

    /// Admits again what the journal of an earlier run holds, checking everything anew but whose
    /// signatures they are, and shortens the file.
    ///
    /// # Errors
    ///
    /// The file cannot be read; the pool works without it.
    pub fn restore(&self, accounts: &dyn AccountReader) -> io::Result<Restored> {
        let mut restored = Restored::default();
        let Some(journal) = &self.0.journal else {
            return Ok(restored);
        };
        let mut frames = lock(journal).read()?;
        let mut batch = Vec::new();
        loop {
            let next = frames.next_transaction()?;
            let end = next.is_none();
            batch.extend(next);
            if end || batch.len() >= RESTORE_BATCH {
                let read = batch.len();
                let offered = batch.clone();
                let results = self.place(std::mem::take(&mut batch), accounts);
                let pending = accepted(offered, &results);
                let admitted = pending.len();
                self.announce(pending);
                restored.admitted = restored.admitted.saturating_add(admitted);
                restored.dropped = restored
                    .dropped
                    .saturating_add(read.saturating_sub(admitted));
            }
            if end {
                break;
            }
        }
        let mut journal = lock(journal);
        let live = self.lock().table.transactions();
        journal.rewrite(&live);
        Ok(restored)
    }

    /// Offers transactions of this node's own clients to the pool, and announces those that are
    /// admitted ([`Self::take_news`]). The results are in the order of the batch: the hash of an
    /// admitted transaction, or why it was refused.
    pub fn admit(
        &self,
        batch: Vec<Transaction>,
        accounts: &dyn AccountReader,
    ) -> Vec<Result<B256, AdmitError>> {
        let offered = batch.clone();
        let results = self.place(batch, accounts);
        let admitted = accepted(offered, &results);
        self.write_journal(&admitted);
        self.announce(admitted);
        results
    }

    /// Offers transactions that a peer told of, without announcing them.
    pub fn admit_heard(
        &self,
        batch: Vec<Transaction>,
        accounts: &dyn AccountReader,
    ) -> Vec<Result<B256, AdmitError>> {
        let offered = batch.clone();
        let results = self.place(batch, accounts);
        self.write_journal(&accepted(offered, &results));
        results
    }

    fn announce(&self, admitted: Vec<Transaction>) {
        if admitted.is_empty() {
            return;
        }
        let mut queue = lock(&self.0.news.queue);
        queue.extend(admitted);
        let excess = queue.len().saturating_sub(NEWS_MAX);
        queue.drain(..excess);
        drop(queue);
        self.0.news.added.notify(usize::MAX);
    }

    /// Takes the oldest transactions that peers have not been told of: one at least where there is
    /// one, then as many as `bytes` and `count` allow.
    pub fn take_news(&self, bytes: usize, count: usize) -> Vec<Transaction> {
        let mut queue = lock(&self.0.news.queue);
        let mut taken = Vec::new();
        let mut room = bytes;
        while taken.len() < count.max(1) {
            let fits = |next: &Transaction| next.encoded().len() <= room;
            if !taken.is_empty() && !queue.front().is_some_and(fits) {
                break;
            }
            let Some(next) = queue.pop_front() else { break };
            room = room.saturating_sub(next.encoded().len());
            taken.push(next);
        }
        taken
    }

    /// Resolves when there is something to announce that came after this call.
    pub fn listen_news(&self) -> EventListener {
        self.0.news.added.listen()
    }

    fn write_journal(&self, admitted: &[Transaction]) {
        let Some(journal) = self.0.journal.as_ref().filter(|_| !admitted.is_empty()) else {
            return;
        };
        let mut journal = lock(journal);
        journal.append(admitted);
        let live_bytes = self.lock().table.stats.bytes;
        if journal.wants_rewrite(live_bytes) {
            let live = self.lock().table.transactions();
            journal.rewrite(&live);
        }
    }

    fn place(
        &self,
        batch: Vec<Transaction>,
        accounts: &dyn AccountReader,
    ) -> Vec<Result<B256, AdmitError>> {
        let known: Vec<bool> = {
            let inner = self.lock();
            batch
                .iter()
                .map(|transaction| inner.table.contains(&transaction.hash()))
                .collect()
        };
        let config = &Config {
            block_gas_limit: self.0.gas.block.load(Ordering::Relaxed),
            transaction_gas_limit: self.0.gas.transaction.load(Ordering::Relaxed),
            ..self.0.config.clone()
        };
        let check_one = |(transaction, known): (Transaction, bool)| {
            if known {
                Err(AdmitError::AlreadyKnown)
            } else {
                check(transaction, config)
            }
        };
        let checked: Vec<Result<Checked, AdmitError>> = if batch.len() >= PARALLEL_BATCH_MIN {
            let pairs = batch.into_par_iter().zip(known);
            pairs.with_min_len(4).map(check_one).collect()
        } else {
            batch.into_iter().zip(known).map(check_one).collect()
        };

        let checked = ask_members(checked, accounts);
        let (mut inner, read) = self.lock_with_accounts(&checked, accounts);
        let mut became_ready = false;
        let mut refused: u64 = 0;
        let results: Vec<_> = checked
            .into_iter()
            .map(|checked| {
                let result = checked.and_then(|checked| {
                    let hash = checked.transaction.hash();
                    let account = read.get(&checked.sender).cloned().unwrap_or_else(|| {
                        // The table knows the sender, so this is never looked at.
                        Ok(Account::default())
                    })?;
                    became_ready |= inner.table.place(checked, account)?;
                    Ok(hash)
                });
                refused = refused.saturating_add(u64::from(result.is_err()));
                result
            })
            .collect();
        inner.table.stats.refused = inner.table.stats.refused.saturating_add(refused);
        drop(inner);
        if became_ready {
            self.0.ready.notify(usize::MAX);
        }
        results
    }

    /// Reads the accounts of senders that have nothing pending, outside the lock, and answers with
    /// the lock held and no block finalized since the reading.
    fn lock_with_accounts(
        &self,
        checked: &[Result<Checked, AdmitError>],
        accounts: &dyn AccountReader,
    ) -> (MutexGuard<'_, Inner>, Accounts) {
        let read_one = |sender: &Address| {
            accounts
                .account(sender)
                .map_err(|reason| AdmitError::Account {
                    sender: *sender,
                    reason,
                })
        };
        let mut read = Accounts::new();
        let mut generation = None;
        for attempt in 1.. {
            let inner = self.lock();
            if generation != Some(inner.generation) {
                read.clear();
                generation = Some(inner.generation);
            }
            let missing: Vec<Address> = checked
                .iter()
                .flatten()
                .map(|checked| checked.sender)
                .filter(|sender| !inner.table.knows_sender(sender) && !read.contains_key(sender))
                .collect();
            if missing.is_empty() {
                return (inner, read);
            }
            let held = (attempt >= READ_ATTEMPTS_MAX).then_some(inner);
            for sender in missing {
                read.entry(sender).or_insert_with(|| read_one(&sender));
            }
            if let Some(inner) = held {
                return (inner, read);
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Follows the parameters that held in the last block: what transactions may ask for.
    pub fn set_parameters(&self, parameters: &Parameters) {
        let gas = &self.0.gas;
        gas.block
            .store(parameters.block_gas_limit, Ordering::Relaxed);
        gas.transaction
            .store(parameters.transaction_gas_limit, Ordering::Relaxed);
        gas.member
            .store(parameters.member_gas_per_block, Ordering::Relaxed);
    }

    /// The limits, narrowed to what one block takes under the present parameters.
    pub fn within_block(&self, limits: BestLimits) -> BestLimits {
        BestLimits {
            gas: limits.gas.min(self.0.gas.block.load(Ordering::Relaxed)),
            member_gas: self.0.gas.member.load(Ordering::Relaxed),
            ..limits
        }
    }

    /// Transactions that are executable now, in an order in which they can be executed. `already`
    /// gives, for the senders that have transactions in pending ancestors of the new block, the
    /// next nonce after those.
    pub fn best(&self, limits: BestLimits, already: &BTreeMap<Address, u64>) -> Vec<Transaction> {
        self.lock().table.best(limits, already)
    }

    /// Follows a finalized block: drops what it included and what it made stale, and what is older
    /// than the lifetime. `accounts_after` are the accounts that the block changed, the default
    /// account for those it deleted.
    pub fn on_finalized(
        &self,
        included: &[Transaction],
        accounts_after: impl Iterator<Item = (Address, Account)>,
        time: TimestampMs,
    ) {
        let mut inner = self.lock();
        inner.generation = inner.generation.wrapping_add(1);
        inner.table.finalize(included, accounts_after, time);
        let wake = inner.table.stats.ready > 0;
        drop(inner);
        if wake {
            self.0.ready.notify(usize::MAX);
        }
    }

    /// Drops a transaction that the block builder refused, and answers whether it was pending.
    pub fn remove_refused(&self, hash: &B256, reason: &dyn fmt::Display) -> bool {
        let removed = self.lock().table.remove(hash);
        if let Some((sender, nonce)) = removed {
            tracing::debug!(%hash, %sender, nonce, %reason, "dropped an unexecutable transaction");
        }
        removed.is_some()
    }

    /// Whether no transaction is executable after the last finalized block.
    pub fn is_ready_empty(&self) -> bool {
        self.lock().table.stats.ready == 0
    }

    /// Resolves when a transaction becomes ready after this call. It may wake without need.
    pub fn listen(&self) -> EventListener {
        self.0.ready.listen()
    }

    /// The pending transaction with this hash.
    pub fn get(&self, hash: &B256) -> Option<Transaction> {
        self.lock().table.get(hash)
    }

    /// Finds out the senders of a block's transactions: those that are pending here are known, the
    /// others are recovered, in parallel where they are many.
    pub fn learn_senders(&self, transactions: &[Transaction]) {
        {
            let inner = self.lock();
            for transaction in transactions {
                if let Some(known) = inner.table.get(&transaction.hash()) {
                    transaction.learn_sender(&known);
                }
            }
        }
        let recover = |transaction: &Transaction| {
            let _ = transaction.sender();
        };
        if transactions.len() >= PARALLEL_BATCH_MIN {
            transactions.par_iter().with_min_len(4).for_each(recover);
        }
    }

    /// The next nonce of a sender after all that is executable now, or `None` where nothing of it
    /// is pending.
    pub fn next_nonce(&self, sender: &Address) -> Option<u64> {
        self.lock().table.next_nonce(sender)
    }

    /// Number of pending transactions.
    pub fn len(&self) -> usize {
        self.lock().table.stats.transactions
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the pending transactions.
    pub fn bytes(&self) -> usize {
        self.lock().table.stats.bytes
    }

    /// All counters.
    pub fn stats(&self) -> Stats {
        let mut stats = self.lock().table.stats;
        if let Some(journal) = &self.0.journal {
            let journal = lock(journal);
            stats.journal_bytes = journal.bytes();
            stats.journal_errors = journal.errors();
        }
        stats
    }

    /// Its limits.
    pub fn limits(&self) -> &Config {
        &self.0.config
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.0.inner)
    }

    /// Panics where the pool's indexes disagree.
    #[cfg(test)]
    pub(crate) fn assert_consistent(&self) {
        self.lock().table.assert_consistent();
    }

    /// Lets the journal write to another file from now on.
    #[cfg(test)]
    pub(crate) fn break_journal(&self, file: std::fs::File) {
        if let Some(journal) = &self.0.journal {
            lock(journal).replace_file(file);
        }
    }
}

/// The transactions of a batch that were admitted.
fn accepted(batch: Vec<Transaction>, results: &[Result<B256, AdmitError>]) -> Vec<Transaction> {
    let pairs = batch.into_iter().zip(results);
    pairs
        .filter_map(|(transaction, result)| result.is_ok().then_some(transaction))
        .collect()
}

/// Asks the institutions about what is left of a batch.
fn ask_members(
    checked: Vec<Result<Checked, AdmitError>>,
    accounts: &dyn AccountReader,
) -> Vec<Result<Checked, AdmitError>> {
    let left = checked.iter().flatten();
    let transactions: Vec<_> = left.map(|checked| checked.transaction.clone()).collect();
    let mut answers = accounts.members(&transactions).into_iter();
    checked
        .into_iter()
        .map(|checked| {
            let mut checked = checked?;
            match answers.next() {
                Some(Ok(member)) => checked.member = member,
                Some(Err(denied)) => return Err(AdmitError::Denied(denied)),
                None => {}
            }
            Ok(checked)
        })
        .collect()
}

type Accounts = HashMap<Address, Result<Account, AdmitError>>;

/// A panic in another thread leaves counters, not memory, in doubt: the pool goes on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
