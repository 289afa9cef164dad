//! The newest blocks, decoded.
//!
//! Clients ask mostly for what was just finalized: the receipts of the transactions they sent. The
//! node has those blocks in memory, with every sender recovered; keeping a bounded number of them
//! here saves reading, decoding and above all recovering them again. Losing them costs time only:
//! everything is in the history store too.

use crate::json::{Place, bloom};
use alloy_primitives::{B256, Bloom};
use qiantang_types::{Block, Header, Height, Receipt, Transaction};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

/// Transactions kept, in all blocks together; the newest block is kept whatever its size.
const TRANSACTIONS_MAX: usize = 20_000;

/// Blocks kept, so that empty ones do not pile up.
const BLOCKS_MAX: usize = 256;

/// The newest finalized blocks. Clones share them.
#[derive(Clone, Default)]
pub struct RecentBlocks(Arc<RwLock<Kept>>);

#[derive(Default)]
struct Kept {
    /// Consecutive, ascending by height.
    blocks: VecDeque<Arc<BlockData>>,
    transactions: usize,
}

/// A block with everything that answers about it need.
pub(crate) struct BlockData {
    pub(crate) header: Header,
    pub(crate) place: Place,
    pub(crate) transactions: Vec<Transaction>,
    pub(crate) receipts: Vec<Receipt>,
    /// Logs of the block before each transaction's first.
    pub(crate) first_logs: Vec<u32>,
    /// Bytes of the encoded block.
    pub(crate) size: usize,
    bloom: OnceLock<Bloom>,
}

impl BlockData {
    /// From a block's parts; `size` counts the bytes of the encoded block.
    pub(crate) fn new(block: Block, receipts: Vec<Receipt>, size: usize) -> Self {
        let mut logs = 0_u32;
        let first_logs = receipts
            .iter()
            .map(|receipt| {
                let first = logs;
                logs = logs.saturating_add(u32::try_from(receipt.logs.len()).unwrap_or(u32::MAX));
                first
            })
            .collect();
        let Block {
            header,
            transactions,
        } = block;
        let place = Place::of(&header);
        Self {
            header,
            place,
            transactions,
            receipts,
            first_logs,
            size,
            bloom: OnceLock::new(),
        }
    }

    /// The filter over all logs, computed when it is first asked for.
    pub(crate) fn bloom(&self) -> Bloom {
        *self.bloom.get_or_init(|| bloom(&self.receipts))
    }

    /// Transaction, receipt and logs before it.
    pub(crate) fn at(&self, index: u32) -> Option<(&Transaction, &Receipt, u32)> {
        let index = usize::try_from(index).ok()?;
        let receipt = self.receipts.get(index)?;
        Some((
            self.transactions.get(index)?,
            receipt,
            *self.first_logs.get(index)?,
        ))
    }
}

impl RecentBlocks {
    /// Keeps a finalized block. The node calls this after the history store has it; blocks come in
    /// order, and one that does not follow the last starts anew.
    pub fn push(&self, block: Block, receipts: Vec<Receipt>) {
        let size = block.to_bytes().len();
        let data = Arc::new(BlockData::new(block, receipts, size));
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let expected = kept
            .blocks
            .back()
            .and_then(|last| last.header.height.next());
        if expected != Some(data.header.height) {
            *kept = Kept::default();
        }
        kept.transactions = kept.transactions.saturating_add(data.transactions.len());
        kept.blocks.push_back(data);
        while kept.blocks.len() > 1
            && (kept.transactions > TRANSACTIONS_MAX || kept.blocks.len() > BLOCKS_MAX)
        {
            let gone = kept
                .blocks
                .pop_front()
                .map_or(0, |gone| gone.transactions.len());
            kept.transactions = kept.transactions.saturating_sub(gone);
        }
    }

    /// The block at a height, if it is kept.
    pub(crate) fn get(&self, height: Height) -> Option<Arc<BlockData>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let first = kept.blocks.front()?.header.height;
        let offset = usize::try_from(height.get().checked_sub(first.get())?).ok()?;
        kept.blocks.get(offset).cloned()
    }

    /// The place of the block with this hash, if it is kept.
    pub(crate) fn height_of(&self, hash: B256) -> Option<Height> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = kept
            .blocks
            .iter()
            .rev()
            .find(|block| block.place.block == hash)?;
        Some(found.header.height)
    }
}

impl fmt::Debug for RecentBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("RecentBlocks")
            .field("blocks", &kept.blocks.len())
            .field("transactions", &kept.transactions)
            .finish()
    }
}
