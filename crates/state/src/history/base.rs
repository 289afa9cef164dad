//! Beginning with a state instead of with the first block.
//!
//! A node that took over a state has no changes of earlier blocks, so it keeps the whole state at
//! its first block in rows of their own, under the keys of the databases: hashes, where the rest
//! of the history has addresses and slots. Reads look there last.

use super::{
    Appended, FinalizedBlock, Store, StoreError,
    boundaries::boundary_row,
    layout,
    layout::BaseKind,
    recent::Rows,
    tables::{Batch, Journaled},
};
use crate::{
    base::Base,
    code::{PIECE_BYTES, Piece, count, join, piece_key},
    databases::{account_key, slot_key},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use fjall::Slice;
use qiantang_types::{Boundary, Header, Height, LedgerHash, REGISTRY_ADDRESS};
use std::sync::PoisonError;

impl Store {
    /// The first block whose state is known here: genesis, or where the node began or was pruned.
    pub fn first(&self) -> Height {
        self.0.recent.read().first
    }

    /// Takes a block over with the whole state after it, instead of the blocks before it. The head
    /// must be genesis or another block below; what the store holds of those is no longer read, but
    /// for genesis.
    ///
    /// # Errors
    ///
    /// As [`Store::append`]; [`StoreError::Gap`] where the head is not below.
    pub fn begin_at(
        &self,
        finalized: &FinalizedBlock<'_>,
        base: &Base,
    ) -> Result<Appended, StoreError> {
        let _writing = self
            .0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let header = &finalized.block.header;
        let height = header.height;
        let expected = self.next_height()?;
        if height < expected {
            return Err(StoreError::Gap {
                expected,
                offered: height,
            });
        }
        self.check_space()?;
        let index = self.index()?;
        index.sorter.drain()?;
        let tables = &index.tables;
        tables.ingest(&tables.state, rows(height, base))?;
        let rows = Rows::of(finalized, finalized.block.hash(), false)?;
        let blocks = &self.0.blocks;
        let mut batch = blocks.batch();
        self.add_block(&mut batch, finalized)?;
        // Its rows are made again from its changes where they were lost: there are none.
        let none = super::changes::encode(&Default::default());
        batch.insert(Journaled::Recent, layout::changes_key(height), none);
        note_heights(&mut batch, height);
        blocks.commit("write a first block to", batch)?;
        let mut runs = self.0.recent.write();
        runs.first = height;
        runs.began = Some(height);
        runs.add(rows);
        Ok(Appended::Stored)
    }

    /// Keeps the header of the last block of an epoch, which the next one builds on: also where the
    /// block is not kept.
    ///
    /// # Errors
    ///
    /// Failures of the disk.
    pub fn set_epoch_end(&self, header: &Header) -> Result<(), StoreError> {
        let _writing = self
            .0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut batch = self.0.blocks.batch();
        batch.insert(Journaled::Chain, layout::EPOCH_KEY, header.to_bytes());
        self.0.blocks.commit("write a header to", batch)
    }

    /// The header at the end of an epoch, if that was the last one that ended or is kept.
    ///
    /// # Errors
    ///
    /// Damaged files.
    pub fn epoch_end(&self, height: Height) -> Result<Option<Header>, StoreError> {
        let blocks = &self.0.blocks;
        let last = blocks.engine.get(&blocks.chain, &layout::EPOCH_KEY)?;
        let last = last.and_then(|bytes| Header::from_bytes(&bytes).ok());
        match last.filter(|header| header.height == height) {
            Some(header) => Ok(Some(header)),
            None if height >= self.first() => self.header(height),
            None => Ok(None),
        }
    }

    /// The header and the certificate with which a node began that took over a state.
    ///
    /// # Errors
    ///
    /// Damaged files.
    pub fn floor(&self) -> Result<Option<Boundary>, StoreError> {
        let blocks = &self.0.blocks;
        let value = blocks.engine.get(&blocks.chain, &layout::FLOOR_KEY)?;
        value.map(|value| self.read_boundary(&value)).transpose()
    }

    /// Keeps the header and the certificate with which the node begins.
    ///
    /// # Errors
    ///
    /// Failures of the disk.
    pub fn set_floor(&self, floor: &Boundary) -> Result<(), StoreError> {
        let _writing = self
            .0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut batch = self.0.blocks.batch();
        batch.insert(Journaled::Chain, layout::FLOOR_KEY, boundary_row(floor));
        self.0.blocks.commit("write a certificate to", batch)
    }

    /// Refuses what came before the first block that is kept.
    pub(super) fn check_kept(&self, height: Height) -> Result<(), StoreError> {
        let first = self.first();
        if height < first && height != Height::GENESIS {
            return Err(StoreError::Pruned { height, first });
        }
        Ok(())
    }

    /// The oldest height at which rows of the history count.
    pub(super) fn oldest_row(&self) -> Height {
        self.0.recent.read().began.unwrap_or(Height::GENESIS)
    }

    pub(super) fn base_account(&self, address: Address) -> Result<Option<Slice>, StoreError> {
        self.in_base(BaseKind::Account, || account_key(&address))
    }

    pub(super) fn base_slot(
        &self,
        address: Address,
        slot: U256,
    ) -> Result<Option<Slice>, StoreError> {
        if address == REGISTRY_ADDRESS {
            return self.in_base(BaseKind::Registry, || {
                LedgerHash::from(slot.to_be_bytes::<32>())
            });
        }
        self.in_base(BaseKind::Slot, || slot_key(&address, &slot))
    }

    pub(super) fn base_code(&self, hash: B256) -> Result<Option<Bytes>, StoreError> {
        let Some(first) = self.base_piece(hash, 0)? else {
            return Ok(None);
        };
        let damaged = || {
            self.place()
                .corrupt(format!("the pieces of code {hash} do not fit"))
        };
        let pieces = count(&first).ok_or_else(damaged)?;
        let mut all = vec![first];
        for number in 1..pieces {
            all.push(self.base_piece(hash, number)?.ok_or_else(damaged)?);
        }
        let code = join(&all).ok_or_else(damaged)?;
        Ok(Some(code.into()))
    }

    fn base_piece(&self, hash: B256, number: u32) -> Result<Option<Piece>, StoreError> {
        let found = self.in_base(BaseKind::Code, || piece_key(&hash, number))?;
        let Some(value) = found else { return Ok(None) };
        let bytes: Option<[u8; PIECE_BYTES]> = value.as_ref().try_into().ok();
        match bytes {
            Some(bytes) => Ok(Some(Piece::new(bytes))),
            None => Err(self
                .place()
                .corrupt(format!("a piece of code {hash} is cut"))),
        }
    }

    fn in_base(
        &self,
        kind: BaseKind,
        key: impl FnOnce() -> LedgerHash,
    ) -> Result<Option<Slice>, StoreError> {
        let Some(began) = self.0.recent.read().began else {
            return Ok(None);
        };
        let tables = &self.index()?.tables;
        tables
            .engine
            .get(&tables.state, &layout::base_key(began, kind, &key().0))
    }
}

/// Says that the history begins at a height, and is in sorted files before it.
fn note_heights(batch: &mut Batch<'_>, height: Height) {
    let before = Height::new(height.get().saturating_sub(1));
    for (key, value) in [
        (layout::HEAD_KEY, height),
        (layout::FIRST_KEY, height),
        (layout::BEGAN_KEY, height),
        (layout::SORTED_KEY, before),
    ] {
        batch.insert(Journaled::Chain, key, layout::height_value(value));
    }
}

/// The rows of a base, ascending.
fn rows(height: Height, base: &Base) -> impl Iterator<Item = (Slice, Slice)> {
    let key = move |kind, key: &[u8; 32]| Slice::from(layout::base_key(height, kind, key));
    let accounts = base.accounts.iter().map(move |(hash, account)| {
        let value = layout::account_value(Some(account));
        (key(BaseKind::Account, hash), value)
    });
    let slots = base.slots.iter();
    let slots =
        slots.map(move |(hash, word)| (key(BaseKind::Slot, hash), layout::word_value(*word)));
    let registry = base
        .registry
        .iter()
        .map(move |(slot, word)| (key(BaseKind::Registry, slot), layout::word_value(*word)));
    let code = base.code.iter();
    let code = code.map(move |(hash, piece)| (key(BaseKind::Code, hash), Slice::from(&piece[..])));
    accounts.chain(slots).chain(registry).chain(code)
}
