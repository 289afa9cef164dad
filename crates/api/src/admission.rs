//! The head of the chain as the transaction pool sees it.

use alloy_primitives::{Address, U256};
use qiantang_execution::{BlockInput, Gate, ReadError, Rules, StateReader, TransactionError};
use qiantang_state::history::{HistoryReader, Store};
use qiantang_txpool::{AccountReader, Denied};
use qiantang_types::{
    Account, ChainSpec, LedgerHash, StateKey, StateValue, TimestampMs, Transaction,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Slots remembered of one head; beyond that they are read again.
const SLOTS_MAX: usize = 16_384;

/// Accounts and institutions after the newest finalized block.
///
/// Every batch of transactions asks the institutions for the same settings, and often for the same
/// senders: what was read of one head is remembered until the next.
#[derive(Clone)]
pub struct HeadState {
    store: Store,
    spec: Arc<ChainSpec>,
    slots: Arc<Mutex<HeadSlots>>,
}

/// What was read of one head.
#[derive(Default)]
struct HeadSlots {
    head: Option<LedgerHash>,
    values: HashMap<(Address, U256), StateValue>,
}

/// The history as the executor reads it.
pub(crate) struct Reader(pub(crate) HistoryReader);

impl StateReader for Reader {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        self.0
            .read(&key)
            .map_err(|error| ReadError::Failed(error.to_string()))
    }
}

/// The history at the head, which remembers slots.
struct HeadReader {
    reader: Reader,
    head: LedgerHash,
    slots: Arc<Mutex<HeadSlots>>,
}

impl StateReader for HeadReader {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        let StateKey::Slot(address, slot) = key else {
            return self.reader.read(key);
        };
        if let Some(value) = remembered(&self.slots).get(&self.head, (address, slot)) {
            return Ok(value);
        }
        let value = self.reader.read(key)?;
        remembered(&self.slots).put(self.head, (address, slot), &value);
        Ok(value)
    }
}

impl HeadSlots {
    fn get(&self, head: &LedgerHash, slot: (Address, U256)) -> Option<StateValue> {
        (self.head == Some(*head)).then(|| self.values.get(&slot).cloned())?
    }

    /// A batch that began before the newest block must not fill what is remembered of it.
    fn put(&mut self, head: LedgerHash, slot: (Address, U256), value: &StateValue) {
        if self.head == Some(head) && self.values.len() < SLOTS_MAX {
            self.values.insert(slot, value.clone());
        }
    }

    fn begin(&mut self, head: LedgerHash) {
        if self.head != Some(head) {
            self.head = Some(head);
            self.values.clear();
        }
    }
}

/// What is remembered stays true though a holder panicked: entries are whole or absent.
fn remembered(slots: &Mutex<HeadSlots>) -> MutexGuard<'_, HeadSlots> {
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AccountReader for HeadState {
    fn account(&self, address: &Address) -> Result<Account, String> {
        let account = self
            .store
            .latest_account(*address)
            .map_err(|error| error.to_string())?;
        Ok(account.unwrap_or_default())
    }

    fn members(&self, transactions: &[Transaction]) -> Vec<Result<u64, Denied>> {
        let unreadable = |reason: String| Denied {
            reason: format!("the institutions could not be asked: {reason}"),
            is_lasting: false,
        };
        if transactions.is_empty() {
            return Vec::new();
        }
        let mut gate = match self.gate() {
            Ok(gate) => gate,
            Err(reason) => {
                let refused = Err(unreadable(reason));
                return vec![refused; transactions.len()];
            }
        };
        let ask = |transaction| {
            gate.check(transaction).map_err(|error| match error {
                TransactionError::Refused(refusal) => Denied {
                    is_lasting: refusal.is_permanent(),
                    reason: refusal.to_string(),
                },
                TransactionError::Fatal(fatal) => unreadable(fatal.to_string()),
            })
        };
        transactions.iter().map(ask).collect()
    }
}

impl HeadState {
    /// The head of a store.
    pub fn new(store: Store, spec: Arc<ChainSpec>) -> Self {
        let slots = Arc::default();
        Self { store, spec, slots }
    }

    /// The gate of the block after the head. Its time is not known yet: the earliest one is taken.
    fn gate(&self) -> Result<Gate<'static>, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let (height, hash) = self.store.head().ok_or("there is no block yet")?;
        let header = self
            .store
            .header(height)
            .map_err(|error| text(&error))?
            .ok_or_else(|| format!("no header at {height}"))?;
        let reader = self.store.reader_at(height).map_err(|error| text(&error))?;
        let input = BlockInput {
            height: height.next().unwrap_or(height),
            time: TimestampMs::new(header.time.get().saturating_add(1)),
            gas_limit: header.gas_limit,
            beneficiary: header.beneficiary(),
            parent_hash: hash,
            chain_id: self.spec.chain_id,
            parameters: self.spec.parameters.clone(),
            last_of_epoch: false,
            faults: Vec::new(),
            rules: Rules::QIANTANG,
        };
        remembered(&self.slots).begin(hash);
        let reader = HeadReader {
            reader: Reader(reader),
            head: hash,
            slots: Arc::clone(&self.slots),
        };
        Gate::new(reader, &input).map_err(|error| text(&error))
    }
}
