//! State in memory, for tests and for tools that keep no database.

use crate::reader::{ReadError, StateReader};
use alloy_primitives::{Address, B256, Bytes, U256};
use qiantang_types::{Account, StateChanges, StateKey, StateValue};
use std::collections::BTreeMap;

/// Accounts, slots and code in ordered maps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryState {
    accounts: BTreeMap<Address, Account>,
    slots: BTreeMap<(Address, U256), U256>,
    code: BTreeMap<B256, Bytes>,
}

impl MemoryState {
    /// The state that `changes` make from nothing.
    pub fn new(changes: StateChanges) -> Self {
        let mut state = Self::default();
        state.apply(changes);
        state
    }

    /// Makes the changes of a block. An account that no longer exists takes its storage with it.
    pub fn apply(&mut self, changes: StateChanges) {
        for (address, account) in changes.accounts {
            if let Some(account) = account {
                self.accounts.insert(address, account);
            } else {
                self.accounts.remove(&address);
                self.slots.retain(|(owner, _), _| *owner != address);
            }
        }
        for (key, value) in changes.slots {
            if value.is_zero() {
                self.slots.remove(&key);
            } else {
                self.slots.insert(key, value);
            }
        }
        self.code.extend(changes.code);
    }

    /// The account at an address.
    pub fn account(&self, address: Address) -> Option<Account> {
        self.accounts.get(&address).copied()
    }

    /// The word in a slot; zero where it was never written.
    pub fn slot(&self, address: Address, slot: U256) -> U256 {
        self.slots
            .get(&(address, slot))
            .copied()
            .unwrap_or_default()
    }

    /// All accounts by address.
    pub fn accounts(&self) -> impl Iterator<Item = (Address, Account)> + '_ {
        self.accounts
            .iter()
            .map(|(address, account)| (*address, *account))
    }

    /// The slots of an account that hold something, in ascending order.
    pub fn storage(&self, address: Address) -> impl Iterator<Item = (U256, U256)> + '_ {
        self.slots
            .range((address, U256::ZERO)..=(address, U256::MAX))
            .map(|((_, slot), value)| (*slot, *value))
    }
}

impl StateReader for MemoryState {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        Ok(match key {
            StateKey::Account(address) => StateValue::Account(self.account(address)),
            StateKey::Slot(address, slot) => StateValue::Slot(self.slot(address, slot)),
            StateKey::Code(hash) => StateValue::Code(
                self.code
                    .get(&hash)
                    .cloned()
                    .ok_or_else(|| ReadError::Failed(format!("there is no code {hash}")))?,
            ),
        })
    }
}
