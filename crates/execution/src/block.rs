//! Executing blocks: one transaction after the other over the parent's state.

use crate::{
    bridge::MODULE_CODE,
    cache::history_slot,
    error::{BlockError, Fatal, Refusal, TransactionError, catch},
    gate,
    machine::BlockMachine,
    reader::{ReadError, StateReader},
    rules::{BlockInput, Fork},
};
use alloy_consensus::{Transaction as _, TxEnvelope, Typed2718 as _};
use alloy_eips::{eip2718::Encodable2718 as _, eip2935::HISTORY_STORAGE_ADDRESS};
use alloy_evm::FromRecoveredTx as _;
use alloy_primitives::{Address, U256};
use qiantang_modules::{
    MODULES, Module,
    governance::{self, Validator},
};
use qiantang_types::{Height, Parameters, Receipt, StateChanges, StateKey, Transaction};
use revm::{
    context::TxEnv,
    context_interface::result::{ExecutionResult, ResultAndState},
};

/// What a block did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockOutcome {
    /// One receipt for each transaction.
    pub receipts: Vec<Receipt>,
    /// What differs from the parent's state. Code may be named that the parent's state already has.
    pub changes: StateChanges,
    /// Gas that the transactions used.
    pub gas_used: u64,
    /// The parameters that held in the block.
    pub parameters: Parameters,
    /// Where an epoch ends with this block: the validators of the next epoch in the order of their
    /// keys, as Governance holds them after the transactions.
    pub next_validators: Option<Vec<Validator>>,
}

/// Executes the transactions of a block that somebody else built.
///
/// # Errors
///
/// [`BlockError::Invalid`] where a transaction cannot be in the block, [`BlockError::Fatal`] where
/// nothing can be said. A panic is caught and reported as fatal.
pub fn run_block(
    reader: impl StateReader,
    input: &BlockInput,
    transactions: &[Transaction],
) -> Result<BlockOutcome, BlockError> {
    catch(|| {
        let mut executor = BlockExecutor::new(reader, input)?;
        executor.prefetch(transactions)?;
        let jobs = executor.expect_due_jobs(transactions)?;
        let reports = executor.expect_reports(transactions, jobs)?;
        let first = jobs.saturating_add(reports);
        for (index, transaction) in transactions.iter().enumerate().skip(first) {
            executor
                .execute(transaction)
                .map_err(|error| error.at(index, transaction))?;
        }
        Ok(executor.finish()?)
    })
}

impl TransactionError {
    pub(crate) fn at(self, index: usize, transaction: &Transaction) -> BlockError {
        match self {
            Self::Refused(refusal) => BlockError::Invalid {
                index,
                hash: transaction.hash(),
                refusal,
            },
            Self::Fatal(fatal) => fatal.into(),
        }
    }
}

/// Executes transactions one by one and keeps what they do.
pub struct BlockExecutor<'a> {
    pub(crate) machine: BlockMachine<'a>,
    gas_used: u64,
    receipts: Vec<Receipt>,
    failure: Option<ReadError>,
}

impl<'a> BlockExecutor<'a> {
    /// Begins a block with the modules of this network: writes the parent's hash to the history
    /// contract (EIP-2935), creates the accounts of modules that this height activates, and tells
    /// Governance in the first block which chain this is.
    ///
    /// # Errors
    ///
    /// The reader failed.
    pub fn new(reader: impl StateReader + 'a, input: &BlockInput) -> Result<Self, Fatal> {
        Self::with_modules(reader, input, MODULES)
    }

    /// As [`Self::new`], with other modules.
    ///
    /// # Errors
    ///
    /// The reader failed.
    pub fn with_modules(
        reader: impl StateReader + 'a,
        input: &BlockInput,
        modules: &'static [Module],
    ) -> Result<Self, Fatal> {
        Self::begin(Box::new(reader), input, modules)
    }

    fn begin(
        reader: Box<dyn StateReader + 'a>,
        input: &BlockInput,
        modules: &'static [Module],
    ) -> Result<Self, Fatal> {
        let mut machine = BlockMachine::new(reader, input, modules)?;
        if input.height > Height::GENESIS {
            begin_block(&mut machine, input, modules)?;
        }
        Ok(Self {
            machine,
            gas_used: 0,
            receipts: Vec::new(),
            failure: None,
        })
    }

    /// Reads in few requests what the transactions surely need: senders, recipients and their code,
    /// access lists.
    ///
    /// # Errors
    ///
    /// The reader failed.
    pub fn prefetch(&mut self, transactions: &[Transaction]) -> Result<(), Fatal> {
        let mut keys = Vec::new();
        let mut recipients = Vec::new();
        for transaction in transactions {
            if let Ok(sender) = transaction.sender() {
                keys.push(StateKey::Account(sender));
                if self.machine.has_institutions() {
                    keys.push(gate::keys_of(sender));
                }
            }
            recipients.extend(transaction.to());
            let envelope = transaction.signed();
            let list = envelope.and_then(|envelope| envelope.access_list());
            for item in list.into_iter().flat_map(|list| list.iter()) {
                keys.push(StateKey::Account(item.address));
                let slots = item.storage_keys.iter();
                keys.extend(
                    slots.map(|slot| StateKey::Slot(item.address, U256::from_be_bytes(slot.0))),
                );
            }
        }
        keys.extend(recipients.iter().copied().map(StateKey::Account));
        let cache = self.machine.cache();
        cache.prefetch(keys)?;
        let code = cache.code_keys(recipients.into_iter());
        cache.prefetch(code)
    }

    /// Executes a transaction and keeps what it did. A refused one leaves no trace.
    ///
    /// # Errors
    ///
    /// See [`TransactionError`]. After a failed read every further call fails in the same way.
    pub fn execute(&mut self, transaction: &Transaction) -> Result<&Receipt, TransactionError> {
        let sender = transaction.sender().map_err(|_| Refusal::Signature)?;
        let envelope = transaction.signed().ok_or(Refusal::System)?;
        self.execute_sized(envelope, sender, transaction.encoded().len() as u64)
    }

    /// Executes an envelope whose sender is known. Unlike a [`Transaction`] it may be of a kind
    /// that this network does not carry, which Ethereum's rules may allow.
    ///
    /// # Errors
    ///
    /// As [`Self::execute`].
    pub fn execute_envelope(
        &mut self,
        envelope: &TxEnvelope,
        sender: Address,
    ) -> Result<&Receipt, TransactionError> {
        self.execute_sized(envelope, sender, envelope.encode_2718_len() as u64)
    }

    fn execute_sized(
        &mut self,
        envelope: &TxEnvelope,
        sender: Address,
        bytes: u64,
    ) -> Result<&Receipt, TransactionError> {
        if let Some(failure) = &self.failure {
            return Err(Fatal::Read(failure.clone()).into());
        }
        if self.machine.is_free() {
            if envelope.is_eip4844() {
                return Err(Refusal::Blob.into());
            }
            if envelope.chain_id().is_none() {
                return Err(Refusal::ChainId(self.machine.chain_id()).into());
            }
        }
        let (limit, left) = (envelope.gas_limit(), self.gas_left());
        if limit > left {
            return Err(Refusal::BlockGas { limit, left }.into());
        }
        let result = self.admit_and_run(envelope, sender, bytes);
        let result = result.inspect_err(|error| {
            if let TransactionError::Fatal(Fatal::Read(failure)) = error {
                self.failure = Some(failure.clone());
            }
        })?;
        Ok(self.keep(receipt(envelope.ty(), result)))
    }

    fn admit_and_run(
        &mut self,
        envelope: &TxEnvelope,
        sender: Address,
        bytes: u64,
    ) -> Result<ExecutionResult, TransactionError> {
        let admission = self.machine.admit(envelope, sender, bytes)?;
        let mut tx = TxEnv::from_recovered_tx(envelope, sender);
        let result = if admission.account == sender {
            let ResultAndState { result, state } = self.machine.run(tx)?;
            self.machine.cache().commit(state);
            result
        } else {
            tx.caller = admission.account;
            self.machine.run_as(tx, sender)?
        };
        let gas = result.tx_gas_used();
        self.machine
            .record_usage(admission.organisation, gas, bytes)?;
        Ok(result)
    }

    /// Adds a receipt to the block. No transaction uses more than its limit, which was at most what
    /// was left.
    pub(crate) fn keep(&mut self, mut receipt: Receipt) -> &Receipt {
        self.gas_used = self.gas_used.saturating_add(receipt.gas_used);
        receipt.cumulative_gas_used = self.gas_used;
        self.receipts.push_mut(receipt)
    }

    /// Gas that further transactions may ask for.
    pub const fn gas_left(&self) -> u64 {
        self.machine.gas_limit().saturating_sub(self.gas_used)
    }

    /// Ends the block.
    ///
    /// # Errors
    ///
    /// The reader failed, or Governance's own data is damaged.
    pub fn finish(mut self) -> Result<BlockOutcome, Fatal> {
        Ok(BlockOutcome {
            next_validators: self.machine.next_validators()?,
            parameters: Parameters {
                block_gas_limit: self.machine.gas_limit(),
                ..self.machine.parameters().clone()
            },
            receipts: self.receipts,
            changes: self.machine.into_cache().into_changes(),
            gas_used: self.gas_used,
        })
    }
}

fn begin_block(
    machine: &mut BlockMachine<'_>,
    input: &BlockInput,
    modules: &'static [Module],
) -> Result<(), Fatal> {
    let cache = machine.cache();
    if let Some(parent) = input.height.previous()
        && input.rules.fork.is_enabled_in(Fork::PRAGUE)
    {
        let hash = U256::from_be_bytes(input.parent_hash.0);
        cache.write_slot(HISTORY_STORAGE_ADDRESS, history_slot(parent.get()), hash)?;
    }
    for module in modules {
        if module.activation == input.height {
            cache.write_code(module.address, MODULE_CODE)?;
        }
    }
    let is_first = input.height.previous() == Some(Height::GENESIS);
    if is_first && machine.has_institutions() {
        let written = governance::write_anchor(&mut machine.system(u64::MAX), input.parent_hash);
        written.map_err(|halt| machine.fatal(halt))?;
    }
    Ok(())
}

fn receipt(transaction_type: u8, result: ExecutionResult) -> Receipt {
    let success = result.is_success();
    Receipt {
        transaction_type,
        success,
        gas_used: result.tx_gas_used(),
        cumulative_gas_used: 0,
        contract: result.created_address().unwrap_or_default(),
        logs: if success {
            result.into_logs()
        } else {
            Vec::new()
        },
    }
}
