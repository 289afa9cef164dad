//! Outcomes of blocks that were executed but are not finalized yet.

use crate::block::SealedBlock;
use alloy_primitives::B256;
use commonware_consensus::Heightable as _;
use qiantang_execution::BlockOutcome;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Outcomes kept at the most. Branches that lose are dropped when their height is finalized.
const OUTCOMES_MAX: usize = 256;

/// Receipts and state changes by height and hash, from execution until finalization.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(Mutex<BTreeMap<(u64, B256), BlockOutcome>>);

impl Outcomes {
    /// Remembers the outcome of `block`.
    pub(crate) fn put(&self, block: &SealedBlock, outcome: BlockOutcome) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert((block.height().get(), block.hash()), outcome);
        while kept.len() > OUTCOMES_MAX {
            kept.pop_last();
        }
    }

    /// Takes the outcome of a finalized block and forgets everything at or below its height.
    pub(crate) fn take(&self, block: &SealedBlock) -> Option<BlockOutcome> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = kept.remove(&(block.height().get(), block.hash()));
        *kept = kept.split_off(&(block.height().get().saturating_add(1), B256::ZERO));
        outcome
    }
}
