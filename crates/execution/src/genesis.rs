//! The state of the genesis block.

use crate::{
    bridge::MODULE_CODE,
    cache::Cache,
    memory::MemoryState,
    rules::Rules,
    system::{SystemBlock, SystemContext},
};
use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_primitives::{Address, Bytes, U256, keccak256};
use qiantang_modules::{Context as _, Halt, MODULES, specs};
use qiantang_types::{Account, ChainSpec, Height, StateChanges};

/// Why a chain spec makes no genesis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain spec makes no genesis: module {module} says {reason}")]
pub struct GenesisError {
    /// The module that refused.
    pub module: &'static str,
    /// Its reason.
    pub reason: String,
}

/// The state before the first block: the allocation of the chain spec, the history contract
/// (EIP-2935), the accounts of the modules that are active from the start and what these make of
/// the spec.
///
/// # Errors
///
/// A module refuses the spec.
///
/// Where the allocation names a module or the history contract, its balance and storage stay, its
/// code is replaced.
pub fn genesis_changes(spec: &ChainSpec) -> Result<StateChanges, GenesisError> {
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
    let slots = module_slots(spec, changes.clone())?;
    changes.slots.extend(slots);
    Ok(changes)
}

/// What the modules write at genesis, over the allocation.
fn module_slots(
    spec: &ChainSpec,
    allocation: StateChanges,
) -> Result<impl Iterator<Item = ((Address, U256), U256)>, GenesisError> {
    let mut cache = Cache::new(Box::new(MemoryState::new(allocation)), Rules::QIANTANG.fork);
    let block = SystemBlock {
        height: Height::GENESIS,
        time: spec.genesis_time,
        chain_id: spec.chain_id,
        parameters: &spec.parameters,
    };
    for module in MODULES {
        if module.activation > Height::GENESIS {
            continue;
        }
        SystemContext::new(&mut cache, block, u64::MAX)
            .enter(module.address, Address::ZERO, &mut |ctx| {
                (module.genesis)(ctx, spec)
            })
            .map_err(|halt| GenesisError {
                module: module.name,
                reason: reason(module.name, &halt),
            })?;
    }
    Ok(cache.into_changes().slots.into_iter())
}

fn reason(module: &str, halt: &Halt) -> String {
    match halt {
        Halt::Revert(data) => specs::error_text(module, data),
        Halt::OutOfGas => "that it takes too much".to_owned(),
        Halt::Fatal(message) => message.clone(),
    }
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
