//! Building a block from pending transactions.

use crate::{
    block::{BlockExecutor, BlockOutcome},
    error::{Fatal, Refusal, TransactionError, catch},
    reader::StateReader,
    rules::BlockInput,
};
use alloy_primitives::{Address, B256, Bytes, map::AddressSet};
use qiantang_types::{BLOCK_TRANSACTIONS_MAX, Transaction};

/// Where a block under construction ends, besides its gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildLimits {
    /// Bytes of all transactions together.
    pub bytes: usize,
    /// Number of transactions.
    pub transactions: usize,
}

impl Default for BuildLimits {
    /// Half of the largest block, which leaves room for the header and for the overhead of the
    /// encoding.
    fn default() -> Self {
        Self {
            bytes: qiantang_types::BLOCK_BYTES_MAX / 2,
            transactions: BLOCK_TRANSACTIONS_MAX,
        }
    }
}

/// A block under construction: what is in it and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// The transactions of the block in their order.
    pub included: Vec<Transaction>,
    /// What they did.
    pub outcome: BlockOutcome,
    /// Transactions that this state refuses, with the reason. Candidates in neither list did not
    /// fit, or stand behind one of the same sender that is not in the block.
    pub refused: Vec<(B256, Refusal)>,
    /// Evidence of the input that Governance refuses in this state: it proves nothing, or the fault
    /// is known.
    pub refused_faults: Vec<Bytes>,
}

/// Fills a block with candidates in their order.
///
/// Those of one sender must be ordered by nonce. Building ends when a limit is reached or
/// `keep_going`, which is asked before each transaction, says no.
///
/// # Errors
///
/// [`Fatal::Read`]: the parent's state could not be read. No candidate causes an error.
pub fn build_block(
    reader: impl StateReader,
    input: &BlockInput,
    candidates: Vec<Transaction>,
    limits: BuildLimits,
    keep_going: impl FnMut() -> bool,
) -> Result<Built, Fatal> {
    catch(|| {
        fill(
            BlockExecutor::new(reader, input)?,
            &input.faults,
            candidates,
            limits,
            keep_going,
        )
    })
}

/// [`build_block`] with an executor that has just begun.
pub(crate) fn fill(
    mut executor: BlockExecutor<'_>,
    faults: &[Bytes],
    candidates: Vec<Transaction>,
    limits: BuildLimits,
    mut keep_going: impl FnMut() -> bool,
) -> Result<Built, Fatal> {
    executor.prefetch(&candidates)?;
    let mut included = executor.run_due_jobs()?;
    let (reports, refused_faults) = executor.report_faults(faults)?;
    included.extend(reports);
    let taken: usize = included.iter().map(|made| made.encoded().len()).sum();
    let mut payload = Payload {
        executor,
        bytes_left: limits.bytes.saturating_sub(taken),
        blocked: AddressSet::default(),
        built: Built {
            included,
            refused_faults,
            ..Built::default()
        },
    };
    for candidate in candidates {
        let is_full = payload.built.included.len() >= limits.transactions
            || payload.executor.gas_left() < GAS_MIN;
        if is_full || !keep_going() {
            break;
        }
        payload.offer(candidate)?;
    }
    payload.finish()
}

/// Gas that the cheapest transaction asks for.
const GAS_MIN: u64 = 21_000;

struct Payload<'a> {
    executor: BlockExecutor<'a>,
    bytes_left: usize,
    /// Senders of a candidate that is not in the block: what they sent after it would leave a gap.
    blocked: AddressSet,
    built: Built,
}

impl Payload<'_> {
    fn offer(&mut self, candidate: Transaction) -> Result<(), Fatal> {
        let Ok(sender) = candidate.sender() else {
            self.refuse(&candidate, Refusal::Signature);
            return Ok(());
        };
        if self.blocked.contains(&sender) {
            return Ok(());
        }
        if !self.fits(&candidate) {
            self.blocked.insert(sender);
            return Ok(());
        }
        match self.executor.execute(&candidate) {
            Ok(_) => {
                self.bytes_left = self.bytes_left.saturating_sub(candidate.encoded().len());
                self.built.included.push(candidate);
            }
            Err(TransactionError::Refused(refusal)) => {
                self.block(sender, &refusal);
                self.refuse(&candidate, refusal);
            }
            Err(TransactionError::Fatal(Fatal::Read(error))) => return Err(error.into()),
            Err(TransactionError::Fatal(fault)) => {
                self.blocked.insert(sender);
                self.refuse(&candidate, Refusal::Faulty(fault.to_string()));
            }
        }
        Ok(())
    }

    fn fits(&self, candidate: &Transaction) -> bool {
        candidate.encoded().len() <= self.bytes_left
            && candidate.gas_limit() <= self.executor.gas_left()
    }

    /// A stale nonce says nothing about the sender's next transaction; every other refusal does.
    fn block(&mut self, sender: Address, refusal: &Refusal) {
        if !matches!(refusal, Refusal::NonceTooLow { .. }) {
            self.blocked.insert(sender);
        }
    }

    fn refuse(&mut self, candidate: &Transaction, refusal: Refusal) {
        self.built.refused.push((candidate.hash(), refusal));
    }

    fn finish(self) -> Result<Built, Fatal> {
        Ok(Built {
            outcome: self.executor.finish()?,
            ..self.built
        })
    }
}
