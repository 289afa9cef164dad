//! The state of the genesis block.

use crate::bridge::MODULE_CODE;
use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_primitives::{Address, Bytes, keccak256};
use qiantang_modules::MODULES;
use qiantang_types::{Account, ChainSpec, Height, StateChanges};

/// The state before the first block: the allocation of the chain spec, the history contract
/// (EIP-2935) and the accounts of the modules that are active from the start.
///
/// Where the allocation names a module or the history contract, its balance and storage stay, its
/// code is replaced.
pub fn genesis_changes(spec: &ChainSpec) -> StateChanges {
    let mut changes = StateChanges::default();
    for (address, alloc) in &spec.alloc {
        let mut account = Account {
            nonce: alloc.nonce,
            balance: alloc.balance,
            ..Account::default()
        };
        if !alloc.code.is_empty() {
            account.code_hash = keccak256(&alloc.code);
            changes.code.insert(account.code_hash, alloc.code.clone());
        }
        let slots = alloc.storage.iter().filter(|(_, value)| !value.is_zero());
        changes
            .slots
            .extend(slots.map(|(slot, value)| ((*address, *slot), *value)));
        if !account.is_empty() {
            changes.accounts.insert(*address, Some(account));
        }
    }
    set_code(
        &mut changes,
        HISTORY_STORAGE_ADDRESS,
        HISTORY_STORAGE_CODE.clone(),
    );
    for module in MODULES {
        if module.activation == Height::GENESIS {
            set_code(&mut changes, module.address, MODULE_CODE);
        }
    }
    changes
}

fn set_code(changes: &mut StateChanges, address: Address, code: Bytes) {
    let account = changes
        .accounts
        .entry(address)
        .or_default()
        .get_or_insert_default();
    account.nonce = account.nonce.max(1);
    account.code_hash = keccak256(&code);
    changes.code.insert(account.code_hash, code);
}
