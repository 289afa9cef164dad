//! The gate: what the institutions say before a transaction runs.
//!
//! Identity knows in whose name a key acts, Policy whether that account may do this now. The pool
//! asks the same questions through [`Gate`] as execution does through the block's machine.

use crate::{
    error::{Fatal, Refusal, TransactionError},
    machine::BlockMachine,
    reader::StateReader,
    rules::BlockInput,
};
use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_primitives::Address;
use qiantang_modules::{
    Halt, MODULES, Module,
    identity::{self, KeyState},
    policy::{self, Admission, Candidate},
};
use qiantang_types::{Height, StateKey, Transaction};

/// Asks, over a state, which transactions may be made on top of it.
pub struct Gate<'a> {
    machine: BlockMachine<'a>,
}

impl<'a> Gate<'a> {
    /// Asks as if in the block that `input` describes.
    ///
    /// # Errors
    ///
    /// The reader failed.
    pub fn new(reader: impl StateReader + 'a, input: &BlockInput) -> Result<Self, Fatal> {
        let machine = BlockMachine::new(Box::new(reader), input, MODULES)?;
        Ok(Self { machine })
    }

    /// The organisation whose quota the transaction uses, 0 for the guests.
    ///
    /// # Errors
    ///
    /// [`Refusal::Denied`]; the reader failed.
    pub fn check(&mut self, transaction: &Transaction) -> Result<u64, TransactionError> {
        let sender = transaction.sender().map_err(|_| Refusal::Signature)?;
        let envelope = transaction.signed().ok_or(Refusal::System)?;
        let bytes = transaction.encoded().len() as u64;
        let admission = self.machine.admit(envelope, sender, bytes)?;
        Ok(admission.organisation)
    }
}

/// Whether the institutions are among the modules: they are missing where Ethereum's own tests run.
pub(crate) fn has_institutions(modules: &[Module], height: Height) -> bool {
    modules
        .iter()
        .any(|module| module.address == policy::ADDRESS && module.activation <= height)
}

/// What the gate reads of a transaction's sender, for reading it beforehand.
pub(crate) fn keys_of(sender: Address) -> StateKey {
    StateKey::Slot(identity::ADDRESS, identity::account_slot(sender))
}

impl BlockMachine<'_> {
    /// In whose name the transaction runs, and whose quota it uses.
    pub(crate) fn admit(
        &mut self,
        envelope: &TxEnvelope,
        sender: Address,
        bytes: u64,
    ) -> Result<Admission, TransactionError> {
        if !self.has_institutions() {
            return Ok(Admission {
                account: sender,
                organisation: 0,
            });
        }
        self.check_authorities(envelope)?;
        let candidate = Candidate {
            sender,
            to: envelope.to(),
            input: envelope.input(),
            gas_limit: envelope.gas_limit(),
            bytes,
        };
        let answer = policy::admit(&mut self.system(u64::MAX), &candidate);
        match answer.map_err(|halt| self.fatal(halt))? {
            Ok(admission) => Ok(admission),
            Err(denial) => Err(Refusal::Denied {
                code: denial.code(),
                is_lasting: denial.is_lasting(),
                reason: denial.to_string(),
            }
            .into()),
        }
    }

    /// The account that a key acts as, whatever it may do.
    pub(crate) fn acting_account(&mut self, key: Address) -> Result<Address, Fatal> {
        if !self.has_institutions() {
            return Ok(key);
        }
        let record = identity::account(&mut self.system(u64::MAX), key);
        let record = record.map_err(|halt| self.fatal(halt))?;
        Ok(if record.key == KeyState::Signer {
            record.signer_for
        } else {
            key
        })
    }

    /// Counts what a transaction used.
    pub(crate) fn record_usage(
        &mut self,
        organisation: u64,
        gas_used: u64,
        bytes: u64,
    ) -> Result<(), Fatal> {
        if !self.has_institutions() {
            return Ok(());
        }
        policy::record_usage(&mut self.system(u64::MAX), organisation, gas_used, bytes)
            .map_err(|halt| self.fatal(halt))
    }

    /// A key that was rotated away gives no authority over its account any more (EIP-7702).
    fn check_authorities(&mut self, envelope: &TxEnvelope) -> Result<(), TransactionError> {
        for authorization in envelope.authorization_list().unwrap_or_default() {
            let Ok(authority) = authorization.recover_authority() else {
                // The virtual machine passes over it.
                continue;
            };
            let record = identity::account(&mut self.system(u64::MAX), authority);
            if record.map_err(|halt| self.fatal(halt))?.key == KeyState::Revoked {
                return Err(Refusal::Authority(authority).into());
            }
        }
        Ok(())
    }

    /// What a question of the chain itself ends with where it has no answer.
    pub(crate) fn fatal(&mut self, halt: Halt) -> Fatal {
        if let Some(failure) = self.cache().failure() {
            return Fatal::Read(failure);
        }
        Fatal::Inconsistent(match halt {
            Halt::Fatal(message) => message,
            Halt::OutOfGas => "the chain's own call ran out of gas".to_owned(),
            Halt::Revert(data) => format!("the chain's own call was refused: {data}"),
        })
    }
}
