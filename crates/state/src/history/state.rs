//! Reading accounts, slots and code as they were after any block.

use super::{Store, StoreError, layout};
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use qiantang_types::{Account, Height, StateKey, StateValue};

impl Store {
    /// The account after the block at `height`, or `None` where there was none.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownHeight`] above the head; damaged files.
    pub fn account_at(
        &self,
        address: Address,
        height: Height,
    ) -> Result<Option<Account>, StoreError> {
        self.check_height(height)?;
        let from = layout::account_key(address, height);
        let to = layout::account_key(address, self.oldest_row());
        let value = match self.0.recent.account(from, to) {
            Some(value) => Some(value),
            None => self.sorted_state(&from, &to)?,
        };
        let value = value.map_or_else(|| self.base_account(address), |value| Ok(Some(value)))?;
        let decoded = value.map_or(Some(None), |value| layout::read_account(&value));
        decoded.ok_or_else(|| self.place().bad_account(address, height))
    }

    /// The slot's word after the block at `height`; zero where it was never written.
    ///
    /// # Errors
    ///
    /// As [`Self::account_at`].
    pub fn slot_at(
        &self,
        address: Address,
        slot: U256,
        height: Height,
    ) -> Result<U256, StoreError> {
        self.check_height(height)?;
        let from = layout::slot_key(address, slot, height);
        let to = layout::slot_key(address, slot, self.oldest_row());
        let value = match self.0.recent.slot(from, to) {
            Some(value) => Some(value),
            None => self.sorted_state(&from, &to)?,
        };
        let value = value.map_or_else(|| self.base_slot(address, slot), |value| Ok(Some(value)))?;
        let decoded = value.map_or(Some(U256::ZERO), |value| layout::read_word(&value));
        decoded.ok_or_else(|| self.place().bad_account(address, height))
    }

    /// The account after the last block; `None` also in an empty store.
    ///
    /// # Errors
    ///
    /// Damaged files.
    pub fn latest_account(&self, address: Address) -> Result<Option<Account>, StoreError> {
        match self.current() {
            None => Ok(None),
            Some(head) => self.account_at(address, head.height),
        }
    }

    /// The slot's word after the last block; zero also in an empty store.
    ///
    /// # Errors
    ///
    /// Damaged files.
    pub fn latest_slot(&self, address: Address, slot: U256) -> Result<U256, StoreError> {
        match self.current() {
            None => Ok(U256::ZERO),
            Some(head) => self.slot_at(address, slot, head.height),
        }
    }

    /// Contract code by its keccak-256, or `None` where no account ever had it.
    ///
    /// # Errors
    ///
    /// Damaged files.
    pub fn code(&self, hash: B256) -> Result<Option<Bytes>, StoreError> {
        if hash == KECCAK256_EMPTY {
            return Ok(Some(Bytes::new()));
        }
        let value = self
            .0
            .blocks
            .engine
            .get(&self.0.blocks.chain, &layout::code_key(hash))?;
        match value {
            Some(code) => Ok(Some(Bytes::copy_from_slice(&code))),
            None => self.base_code(hash),
        }
    }

    /// A reader of the state after the block at `height`.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownHeight`] above the head.
    pub fn reader_at(&self, height: Height) -> Result<HistoryReader, StoreError> {
        self.check_height(height)?;
        Ok(HistoryReader {
            store: self.clone(),
            height,
        })
    }

    fn sorted_state(&self, from: &[u8], to: &[u8]) -> Result<Option<fjall::Slice>, StoreError> {
        let tables = &self.index()?.tables;
        Ok(tables
            .engine
            .first(&tables.state, from, to)?
            .map(|(_, value)| value))
    }

    pub(super) fn check_height(&self, height: Height) -> Result<(), StoreError> {
        if self.holds(height) {
            let first = self.first();
            return match height < first {
                true => Err(StoreError::Pruned { height, first }),
                false => Ok(()),
            };
        }
        Err(StoreError::UnknownHeight {
            height,
            known: match self.current() {
                None => "is empty".to_owned(),
                Some(head) => format!("ends at block {}", head.height),
            },
        })
    }
}

/// Reads the state after one block. It keeps nothing: each read goes to the store.
#[derive(Clone, Debug)]
pub struct HistoryReader {
    store: Store,
    height: Height,
}

impl HistoryReader {
    /// The height whose state is read.
    pub fn height(&self) -> Height {
        self.height
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownCode`] for code that was never stored; damaged files.
    pub fn read(&self, key: &StateKey) -> Result<StateValue, StoreError> {
        match key {
            StateKey::Account(address) => self
                .store
                .account_at(*address, self.height)
                .map(StateValue::Account),
            StateKey::Slot(address, slot) => self
                .store
                .slot_at(*address, *slot, self.height)
                .map(StateValue::Slot),
            StateKey::Code(hash) => self
                .store
                .code(*hash)?
                .map(StateValue::Code)
                .ok_or(StoreError::UnknownCode { hash: *hash }),
        }
    }
}
