//! The head of the chain as the transaction pool sees it.

use alloy_primitives::Address;
use qiantang_execution::{BlockInput, Gate, ReadError, Rules, StateReader, TransactionError};
use qiantang_state::history::{HistoryReader, Store};
use qiantang_txpool::{AccountReader, Denied};
use qiantang_types::{Account, ChainSpec, StateKey, StateValue, TimestampMs, Transaction};

/// Accounts and institutions after the newest finalized block.
#[derive(Clone, Copy)]
pub struct HeadState<'a> {
    /// Where the state is read.
    pub store: &'a Store,
    /// The chain's parameters.
    pub spec: &'a ChainSpec,
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

impl AccountReader for HeadState<'_> {
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

impl HeadState<'_> {
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
        Gate::new(Reader(reader), &input).map_err(|error| text(&error))
    }
}
