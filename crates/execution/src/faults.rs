//! Reports of validators' faults: transactions that a leader makes behind the due jobs.
//!
//! A validator has no account to send a report from. So the leader of a block puts the evidence
//! that it has into the block itself, as transactions that nobody signs and that call
//! [`governance`]'s `reportFault`. A leader need not report, but what it reports must hold: a block
//! with a report that Governance refuses is invalid.

use crate::{
    block::BlockExecutor,
    error::{BlockError, Fatal, Refusal, TransactionError},
};
use alloy_primitives::Bytes;
use alloy_sol_types::SolCall as _;
use qiantang_modules::governance::{self, IGovernance::reportFaultCall};
use qiantang_types::{Receipt, SYSTEM_TRANSACTION_TYPE, SystemTransaction, Transaction};
use revm::context_interface::result::{ExecutionResult, ResultAndState};

/// Reports in one block at the most.
pub const FAULT_REPORTS_MAX: usize = 4;

/// The evidence of a transaction that reports a fault; `None` for any other transaction.
pub fn reported_fault(transaction: &Transaction) -> Option<Bytes> {
    let system = transaction.system()?;
    let is_report = system.job == 0 && system.target == governance::ADDRESS;
    let call = is_report.then(|| reportFaultCall::abi_decode_validate(&system.input));
    Some(call?.ok()?.evidence)
}

impl BlockExecutor<'_> {
    /// Reports faults as far as Governance records them; answers with the transactions, and with
    /// the evidence that it refused. Called once, behind the due jobs.
    ///
    /// # Errors
    ///
    /// The reader failed.
    pub(crate) fn report_faults(
        &mut self,
        evidence: &[Bytes],
    ) -> Result<(Vec<Transaction>, Vec<Bytes>), Fatal> {
        let (mut reports, mut refused) = (Vec::new(), Vec::new());
        if !self.machine.has_institutions() {
            return Ok((reports, refused));
        }
        for evidence in evidence.iter().take(FAULT_REPORTS_MAX) {
            let report = self.report_of(evidence.clone());
            match self.run_report(&report) {
                Ok(()) => reports.push(report),
                Err(TransactionError::Fatal(Fatal::Read(error))) => return Err(error.into()),
                Err(_) => refused.push(evidence.clone()),
            }
        }
        Ok((reports, refused))
    }

    /// Runs the reports that stand in a block behind the `first` transactions; answers how many
    /// they are.
    pub(crate) fn expect_reports(
        &mut self,
        transactions: &[Transaction],
        first: usize,
    ) -> Result<usize, BlockError> {
        let mut count = 0_usize;
        let behind = transactions.iter().enumerate().skip(first);
        for (index, transaction) in behind.take(FAULT_REPORTS_MAX) {
            let Some(evidence) = reported_fault(transaction) else {
                break;
            };
            // Anything else than the leader's own call would be one that nobody signed.
            if self.report_of(evidence) != *transaction {
                return Err(TransactionError::from(Refusal::System).at(index, transaction));
            }
            self.run_report(transaction)
                .map_err(|error| error.at(index, transaction))?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    /// The one transaction of this block that reports a fault.
    fn report_of(&self, evidence: Bytes) -> Transaction {
        Transaction::from_system(SystemTransaction {
            job: 0,
            due: 0,
            attempt: 0,
            height: self.machine.height(),
            caller: self.machine.beneficiary(),
            target: governance::ADDRESS,
            input: reportFaultCall { evidence }.abi_encode().into(),
            gas: governance::REPORT_GAS,
        })
    }

    /// Runs a report and keeps what it did, where Governance records it. A refused one leaves no
    /// trace.
    fn run_report(&mut self, report: &Transaction) -> Result<(), TransactionError> {
        let call = report.system().ok_or(Refusal::System)?;
        let (limit, left) = (call.gas, self.gas_left());
        if !self.machine.has_institutions() {
            return Err(Refusal::System.into());
        }
        if limit > left {
            return Err(Refusal::BlockGas { limit, left }.into());
        }
        let ResultAndState { result, state } = self.machine.run_unsigned(call)?;
        let ExecutionResult::Success { .. } = result else {
            let output = result.output().cloned().unwrap_or_default();
            return Err(Refusal::FaultReport(output).into());
        };
        self.machine.cache().commit(state);
        self.keep(Receipt {
            transaction_type: SYSTEM_TRANSACTION_TYPE,
            success: true,
            gas_used: result.tx_gas_used(),
            cumulative_gas_used: 0,
            contract: Default::default(),
            logs: result.into_logs(),
        });
        Ok(())
    }
}
