//! Due jobs: the first transactions of a block, which the chain makes itself.
//!
//! Which jobs run, in which order and how far, follows from the parent's state and the block's time
//! and height alone. So the leader writes them into the block and everybody else expects exactly
//! these.

use crate::{
    block::BlockExecutor,
    error::{BlockError, Fatal, Refusal, TransactionError},
    machine::BlockMachine,
};
use alloy_primitives::{Bytes, Log, TxKind};
use qiantang_modules::scheduler::{self, Due, Run};
use qiantang_types::{Height, Receipt, SYSTEM_TRANSACTION_TYPE, SystemTransaction, Transaction};
use revm::{
    context::TxEnv,
    context_interface::result::{ExecutionResult, ResultAndState},
};

/// Bytes of the jobs of one block, the last one not counted.
const JOB_BYTES_MAX: usize = 1 << 20;

/// Stands in a block for the jobs that were looked at last and did not run, so that what the
/// scheduler said of them is in a receipt. No job has number 0.
fn notice(height: Height) -> SystemTransaction {
    SystemTransaction {
        job: 0,
        due: 0,
        attempt: 0,
        height,
        caller: scheduler::ADDRESS,
        target: scheduler::ADDRESS,
        input: Bytes::new(),
        gas: 0,
    }
}

/// How the call of a job ended.
struct Ended {
    success: bool,
    gas_used: u64,
    output: Bytes,
    logs: Vec<Log>,
}

impl BlockExecutor<'_> {
    /// Runs the jobs that are due, as far as the block's budget for them goes, and answers with
    /// their transactions in order. Called once, before any transaction.
    ///
    /// # Errors
    ///
    /// The reader failed, or the scheduler's own data is damaged.
    pub fn run_due_jobs(&mut self) -> Result<Vec<Transaction>, Fatal> {
        let mut runs = Vec::new();
        if !self.machine.has_institutions() {
            return Ok(runs);
        }
        let budget = self.machine.parameters().job_gas_per_block;
        let mut gas_left = budget.min(self.gas_left());
        let mut bytes = 0_usize;
        // What the scheduler said of jobs that do not run stands in the receipt of the next one.
        let mut logs = Vec::new();
        while bytes < JOB_BYTES_MAX {
            let (next, said) = self.next_due(&mut gas_left)?;
            logs.extend(said);
            let Some(due) = next else {
                break;
            };
            let run = SystemTransaction {
                job: due.job,
                due: due.due,
                attempt: due.attempt,
                height: self.machine.height(),
                caller: due.caller,
                target: due.target,
                input: due.input.clone(),
                gas: due.gas,
            };
            let ended = self.call_job(&run)?;
            let transaction = Transaction::from_system(run);
            bytes = bytes.saturating_add(transaction.encoded().len());
            logs.extend(ended.logs.iter().cloned());
            logs.extend(self.finish_run(&due, &ended, &mut gas_left)?);
            self.keep_run(ended.success, ended.gas_used, std::mem::take(&mut logs));
            runs.push(transaction);
        }
        if !logs.is_empty() {
            self.keep_run(true, 0, logs);
            runs.push(Transaction::from_system(notice(self.machine.height())));
        }
        Ok(runs)
    }

    fn keep_run(&mut self, success: bool, gas_used: u64, logs: Vec<Log>) {
        self.keep(Receipt {
            transaction_type: SYSTEM_TRANSACTION_TYPE,
            success,
            gas_used,
            cumulative_gas_used: 0,
            contract: Default::default(),
            logs,
        });
    }

    /// Runs the due jobs and compares them with the first transactions of a block; answers how many
    /// they are.
    pub(crate) fn expect_due_jobs(
        &mut self,
        transactions: &[Transaction],
    ) -> Result<usize, BlockError> {
        let expected = self.run_due_jobs()?;
        for (index, run) in expected.iter().enumerate() {
            if transactions.get(index) != Some(run) {
                return Err(BlockError::Invalid {
                    index,
                    hash: run.hash(),
                    refusal: Refusal::JobMissing,
                });
            }
        }
        Ok(expected.len())
    }

    /// The next job and what the scheduler said on the way to it.
    fn next_due(&mut self, gas_left: &mut u64) -> Result<(Option<Due>, Vec<Log>), Fatal> {
        let mut system = self.machine.system(*gas_left);
        let next = scheduler::next_due(&mut system, *gas_left);
        let (left, logs) = (system.gas_left(), system.take_logs());
        *gas_left = left;
        let next = next.map_err(|halt| self.machine.fatal(halt))?;
        Ok((next, logs))
    }

    fn finish_run(
        &mut self,
        due: &Due,
        ended: &Ended,
        gas_left: &mut u64,
    ) -> Result<Vec<Log>, Fatal> {
        let run = Run {
            success: ended.success,
            gas_used: ended.gas_used,
            output: &ended.output,
        };
        let mut system = self.machine.system(u64::MAX);
        let finished = scheduler::finish_run(&mut system, due, &run);
        let spent = u64::MAX.saturating_sub(system.gas_left());
        let logs = system.take_logs();
        finished.map_err(|halt| self.machine.fatal(halt))?;
        *gas_left = gas_left
            .saturating_sub(ended.gas_used)
            .saturating_sub(spent);
        Ok(logs)
    }

    /// A job that cannot even begin, or that meets a fault of the node, has failed like one that
    /// reverts: the chain goes on, and the scheduler keeps the reason.
    fn call_job(&mut self, run: &SystemTransaction) -> Result<Ended, Fatal> {
        match self.machine.run_unsigned(run) {
            Ok(ResultAndState { result, state }) => {
                self.machine.cache().commit(state);
                Ok(ended(result))
            }
            Err(TransactionError::Fatal(Fatal::Read(error))) => Err(error.into()),
            Err(refused) => Ok(Ended {
                success: false,
                gas_used: run.gas,
                output: refused.to_string().into_bytes().into(),
                logs: Vec::new(),
            }),
        }
    }
}

fn ended(result: ExecutionResult) -> Ended {
    let (success, gas_used) = (result.is_success(), result.tx_gas_used());
    let output = match &result {
        ExecutionResult::Halt { reason, .. } => {
            crate::call::halt_reason(reason).into_bytes().into()
        }
        other => other.output().cloned().unwrap_or_default(),
    };
    let logs = if success {
        result.into_logs()
    } else {
        Vec::new()
    };
    Ended {
        success,
        gas_used,
        output,
        logs,
    }
}

impl BlockMachine<'_> {
    /// Runs a call that nobody signed, without keeping what it did. The caller's nonce stays as it
    /// was: its own transactions go on as if nothing had been.
    pub(crate) fn run_unsigned(
        &mut self,
        call: &SystemTransaction,
    ) -> Result<ResultAndState, TransactionError> {
        let tx = TxEnv {
            caller: call.caller,
            kind: TxKind::Call(call.target),
            data: call.input.clone(),
            gas_limit: call.gas,
            chain_id: Some(self.chain_id()),
            ..TxEnv::default()
        };
        self.allow_unsigned(true);
        let outcome = self.run(tx);
        self.allow_unsigned(false);
        let mut outcome = outcome?;
        if let Some(account) = outcome.state.get_mut(&call.caller) {
            // The virtual machine counted the call as a transaction of the caller.
            account.info.nonce = account.info.nonce.saturating_sub(1);
        }
        Ok(outcome)
    }
}
