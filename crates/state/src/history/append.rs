//! Writing: one finalized block, its receipts and its changes, in one atomic batch.

use super::{
    Store, StoreError, changes, layout,
    layout::Kind,
    recent::Rows,
    tables::{Batch, Journaled},
};
use alloy_primitives::Bytes;
use alloy_rlp::Encodable as _;
use fjall::Slice;
use qiantang_types::{Block, Header, Height, LedgerHash, Receipt, StateChanges};
use std::sync::PoisonError;

/// Items in one chunk of a body at the most, so that reading one does not mean reading the block.
const CHUNK_ITEMS_MAX: usize = 64;

/// A chunk that reaches this many bytes is closed.
const CHUNK_BYTES: usize = 16 << 10;

/// Accounts and slots of a block above which they go to sorted files before the block, such as
/// those of a genesis with a million accounts. What lies above the head is invisible, so it is
/// harmless there if the block never follows.
const DIRECT_CHANGES_MIN: usize = 100_000;

/// What the history stores about a finalized block.
#[derive(Clone, Debug)]
pub struct FinalizedBlock<'a> {
    /// The block.
    pub block: &'a Block,
    /// One receipt for each transaction, in their order.
    pub receipts: &'a [Receipt],
    /// Accounts, slots and code after the block. For genesis: the allocation.
    pub changes: &'a StateChanges,
    /// The finalization certificate, where it is known by now; see [`Store::put_certificate`].
    pub certificate: Option<Bytes>,
}

/// What [`Store::append`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The block was stored and is the head now.
    Stored,
    /// The same block was there before; nothing changed, but for a certificate that was missing.
    AlreadyThere,
}

impl Store {
    /// Appends the block after the head; genesis has height 0. Doing it again is harmless.
    ///
    /// # Errors
    ///
    /// [`StoreError::Gap`] where blocks before it are missing, [`StoreError::Forked`] where another
    /// block stands at its height or is its parent, [`StoreError::Unfit`] where receipts and
    /// transactions differ in number, [`StoreError::DiskFull`] before anything is written, and
    /// failures of the disk. After one of the last kind every further write is refused until the
    /// store is opened again.
    pub fn append(&self, finalized: &FinalizedBlock<'_>) -> Result<Appended, StoreError> {
        let _writing = self
            .0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let height = finalized.block.header.height;
        let hash = finalized.block.hash();
        if self.precedes(finalized, hash)? {
            if let Some(certificate) = &finalized.certificate
                && self.certificate(height)?.is_none()
            {
                self.write_certificate(&finalized.block.header, certificate)?;
            }
            return Ok(Appended::AlreadyThere);
        }
        if finalized.receipts.len() != finalized.block.transactions.len() {
            return Err(StoreError::Unfit {
                height,
                what: format!(
                    "it has {} transactions and {} receipts",
                    finalized.block.transactions.len(),
                    finalized.receipts.len()
                ),
            });
        }
        self.check_space()?;
        let index = self.index()?;
        index.sorter.check()?;
        let direct = self.write_direct(height, finalized.changes)?;
        let rows = Rows::of(finalized, hash, !direct)?;
        let tables = &self.0.blocks;
        let mut batch = tables.batch();
        self.add_block(&mut batch, finalized)?;
        let changes = if direct {
            changes::encode(&StateChanges::default())
        } else {
            changes::encode(finalized.changes)
        };
        batch.insert(Journaled::Recent, layout::changes_key(height), changes);
        batch.insert(
            Journaled::Chain,
            layout::HEAD_KEY,
            layout::height_value(height),
        );
        tables.commit("write a block to", batch)?;
        self.0.recent.add(rows);
        let full = self
            .0
            .recent
            .read()
            .active
            .is_full(self.0.config.recent_bytes);
        if full {
            index.sorter.seal()?;
        }
        Ok(Appended::Stored)
    }

    /// Stores the finalization certificate of a block that is in the history. The bytes are opaque.
    ///
    /// # Errors
    ///
    /// [`StoreError::Gap`] where the block is not there yet; failures of the disk.
    pub fn put_certificate(&self, height: Height, certificate: &Bytes) -> Result<(), StoreError> {
        let _writing = self
            .0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match self.header(height)? {
            Some(header) => self.write_certificate(&header, certificate),
            None => Err(StoreError::Gap {
                expected: self.next_height()?,
                offered: height,
            }),
        }
    }

    /// Whether the block is one that is stored already; an error where it can be neither that nor
    /// the next.
    fn precedes(
        &self,
        finalized: &FinalizedBlock<'_>,
        hash: LedgerHash,
    ) -> Result<bool, StoreError> {
        let header = &finalized.block.header;
        let forked = |height, stored, offered| StoreError::Forked {
            path: self.place().store.clone(),
            height,
            stored,
            offered,
        };
        if let Some(stored) = self.header(header.height)? {
            let stored = stored.hash();
            return if stored == hash {
                Ok(true)
            } else {
                Err(forked(header.height, stored, hash))
            };
        }
        let expected = self.next_height()?;
        if header.height != expected {
            return Err(StoreError::Gap {
                expected,
                offered: header.height,
            });
        }
        match self.current() {
            Some(head) if head.hash != header.parent => {
                Err(forked(head.height, head.hash, header.parent))
            }
            _ => Ok(false),
        }
    }

    /// Everything about a block but its changes of accounts and slots.
    pub(super) fn add_block(
        &self,
        batch: &mut Batch<'_>,
        finalized: &FinalizedBlock<'_>,
    ) -> Result<(), StoreError> {
        self.add_chain(batch, finalized);
        let (header, certificate) = (&finalized.block.header, &finalized.certificate);
        self.add_boundary(batch, header, certificate.as_ref())?;
        self.add_bodies(batch, finalized)
    }

    pub(super) fn next_height(&self) -> Result<Height, StoreError> {
        match self.current() {
            None => Ok(Height::GENESIS),
            Some(head) => head.height.next().ok_or_else(|| StoreError::Unfit {
                height: head.height,
                what: "no height comes after it".to_owned(),
            }),
        }
    }

    pub(super) fn check_space(&self) -> Result<(), StoreError> {
        let path = &self.place().store;
        let reserve = self.0.config.free_bytes_min;
        let free = fs4::available_space(path)
            .map_err(|source| self.place().io("read the free space of", path, source))?;
        if free < reserve {
            return Err(StoreError::DiskFull {
                path: path.clone(),
                free,
                reserve,
            });
        }
        Ok(())
    }

    fn write_certificate(&self, header: &Header, certificate: &Bytes) -> Result<(), StoreError> {
        let mut batch = self.0.blocks.batch();
        batch.insert(
            Journaled::Chain,
            layout::certificate_key(header.height),
            certificate.as_ref(),
        );
        self.add_boundary(&mut batch, header, Some(certificate))?;
        self.0.blocks.commit("write a certificate to", batch)
    }

    /// Writes very many changes to sorted files; says whether it did.
    fn write_direct(&self, height: Height, changes: &StateChanges) -> Result<bool, StoreError> {
        let count = changes.accounts.len().saturating_add(changes.slots.len());
        if count < DIRECT_CHANGES_MIN {
            return Ok(false);
        }
        let index = self.index()?;
        // What is in memory is older than this and would be found first.
        index.sorter.drain()?;
        let accounts = changes.accounts.iter().map(|(address, account)| {
            let key = layout::account_key(*address, height);
            (Slice::from(key), layout::account_value(account.as_ref()))
        });
        let slots = changes.slots.iter().map(|((address, slot), word)| {
            let key = layout::slot_key(*address, *slot, height);
            (Slice::from(key), layout::word_value(*word))
        });
        let tables = &index.tables;
        tables.ingest(&tables.state, accounts.chain(slots))?;
        Ok(true)
    }

    fn add_chain(&self, batch: &mut Batch<'_>, finalized: &FinalizedBlock<'_>) {
        let header = &finalized.block.header;
        batch.insert(
            Journaled::Chain,
            layout::header_key(header.height),
            header.to_bytes(),
        );
        for (code_hash, code) in &finalized.changes.code {
            batch.insert(
                Journaled::Chain,
                layout::code_key(*code_hash),
                code.as_ref(),
            );
        }
        if let Some(certificate) = &finalized.certificate {
            batch.insert(
                Journaled::Chain,
                layout::certificate_key(header.height),
                certificate.as_ref(),
            );
        }
    }

    fn add_bodies(
        &self,
        batch: &mut Batch<'_>,
        finalized: &FinalizedBlock<'_>,
    ) -> Result<(), StoreError> {
        let height = finalized.block.header.height;
        let presence = layout::chunk_key(height, Kind::Presence, 0);
        batch.insert(Journaled::Bodies, presence, Slice::from([]));
        let mut transactions = Chunks::new(Kind::Transactions);
        let mut receipts = Chunks::new(Kind::Receipts);
        let mut logs = 0_u32;
        for (transaction, receipt) in finalized.block.transactions.iter().zip(finalized.receipts) {
            transactions.push(transaction.encoded(), logs);
            receipts.push(&receipt.to_bytes(), logs);
            logs = u32::try_from(receipt.logs.len())
                .ok()
                .and_then(|count| logs.checked_add(count))
                .ok_or_else(|| StoreError::Unfit {
                    height,
                    what: "it has more than 2^32 logs".to_owned(),
                })?;
        }
        for chunks in [transactions, receipts] {
            let kind = chunks.kind;
            for (first, value) in chunks.finish() {
                let key = layout::chunk_key(height, kind, first);
                batch.insert(Journaled::Bodies, key, value);
            }
        }
        Ok(())
    }
}

/// Items of a body on their way into chunks. A chunk is the number of logs before its first item
/// (receipts only), then the items as RLP strings: those of transactions are, put together, the
/// list that the block's canonical bytes hold.
struct Chunks {
    kind: Kind,
    next: u32,
    first: u32,
    open: Vec<u8>,
    items: usize,
    closed: Vec<(u32, Vec<u8>)>,
}

impl Chunks {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            next: 0,
            first: 0,
            open: Vec::new(),
            items: 0,
            closed: Vec::new(),
        }
    }

    fn push(&mut self, item: &[u8], logs_before: u32) {
        if self.items == 0 {
            self.first = self.next;
            self.open.reserve(CHUNK_BYTES);
            if self.kind == Kind::Receipts {
                self.open.extend_from_slice(&logs_before.to_be_bytes());
            }
        }
        item.encode(&mut self.open);
        self.items = self.items.saturating_add(1);
        // Blocks hold at most `BLOCK_TRANSACTIONS_MAX` items, far below the end of the range.
        self.next = self.next.saturating_add(1);
        if self.items >= CHUNK_ITEMS_MAX || self.open.len() >= CHUNK_BYTES {
            self.close();
        }
    }

    fn close(&mut self) {
        self.closed
            .push((self.first, std::mem::take(&mut self.open)));
        self.items = 0;
    }

    fn finish(mut self) -> Vec<(u32, Vec<u8>)> {
        if self.items > 0 {
            self.close();
        }
        self.closed
    }
}
