//! Accounts, code and storage after any block.

use super::{state_height, stored};
use crate::{
    error::RpcError,
    json::quantity,
    rpc::{Args, Context, Reply, json},
};
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256};
use qiantang_types::Account;

fn account(context: &Context, args: &Args<'_>) -> Result<Account, RpcError> {
    let address: Address = args.required(0)?;
    let height = state_height(context, args, 1)?;
    Ok(stored(context.backend.store.account_at(address, height))?.unwrap_or_default())
}

/// `eth_getBalance`.
pub(crate) fn balance(context: &Context, args: &Args<'_>) -> Reply {
    json(&account(context, args)?.balance)
}

/// `eth_getTransactionCount`; "pending" counts what is executable in the pool.
pub(crate) fn transaction_count(context: &Context, args: &Args<'_>) -> Reply {
    let mut nonce = account(context, args)?.nonce;
    if args
        .optional::<BlockId>(1)?
        .is_some_and(|id| id.is_pending())
    {
        let pending = context.backend.pool.next_nonce(&args.required(0)?);
        nonce = nonce.max(pending.unwrap_or_default());
    }
    json(&quantity(nonce))
}

/// `eth_getCode`.
pub(crate) fn code(context: &Context, args: &Args<'_>) -> Reply {
    let account = account(context, args)?;
    json(&stored(context.backend.store.code(account.code_hash))?.unwrap_or_default())
}

/// `eth_getStorageAt`: the word as 32 bytes.
pub(crate) fn storage(context: &Context, args: &Args<'_>) -> Reply {
    let address: Address = args.required(0)?;
    let slot = args.storage_key(1)?;
    let height = state_height(context, args, 2)?;
    let word = stored(context.backend.store.slot_at(address, slot, height))?;
    json(&B256::from(word))
}
