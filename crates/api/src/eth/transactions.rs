//! Transactions and receipts by hash.

use super::{block, blocks::recover, find_block, header, sender, stored};
use crate::{
    error::{RpcError, internal},
    json::{ReceiptResponse, mined, pending},
    rpc::{Args, Context, Reply, json},
};
use alloy_eips::BlockId;
use alloy_primitives::B256;
use qiantang_types::Height;

/// `eth_getTransactionByHash`: of a block, or still in the pool.
pub(crate) fn by_hash(context: &Context, args: &Args<'_>) -> Reply {
    let hash: B256 = args.required(0)?;
    let backend = &context.backend;
    if let Some((height, index)) = stored(backend.store.transaction_location(hash))? {
        let transaction = match backend.recent.get(height) {
            Some(block) => block.at(index).map(|(transaction, ..)| transaction.clone()),
            None => stored(backend.store.transaction(height, index))?,
        };
        let missing = || lost(height, index);
        let transaction = transaction.ok_or_else(missing)?;
        let (_, place) = header(context, height)?.ok_or_else(missing)?;
        return json(&mined(&transaction, sender(&transaction)?, place, index));
    }
    let waiting = backend.pool.get(&hash);
    match waiting
        .as_ref()
        .and_then(|waiting| Some((waiting, waiting.signed()?)))
    {
        Some((transaction, envelope)) => json(&pending(envelope, sender(transaction)?)),
        None => json(&()),
    }
}

/// `eth_getTransactionReceipt`: `null` until the transaction is final.
pub(crate) fn receipt(context: &Context, args: &Args<'_>) -> Reply {
    let hash: B256 = args.required(0)?;
    let backend = &context.backend;
    let Some((height, index)) = stored(backend.store.transaction_location(hash))? else {
        return json(&());
    };
    let missing = || lost(height, index);
    if let Some(block) = backend.recent.get(height) {
        let (transaction, receipt, logs_before) = block.at(index).ok_or_else(missing)?;
        let signed = (transaction, sender(transaction)?);
        return json(&ReceiptResponse::new(
            receipt,
            signed,
            block.place,
            index,
            logs_before,
        ));
    }
    let transaction = stored(backend.store.transaction(height, index))?.ok_or_else(missing)?;
    let found = stored(backend.store.receipt(height, index))?.ok_or_else(missing)?;
    let (_, place) = header(context, height)?.ok_or_else(missing)?;
    let signed = (&transaction, sender(&transaction)?);
    json(&ReceiptResponse::new(
        &found.receipt,
        signed,
        place,
        index,
        found.first_log,
    ))
}

/// `eth_getBlockReceipts`.
pub(crate) fn block_receipts(context: &Context, args: &Args<'_>) -> Reply {
    let found = match find_block(context, args.required::<BlockId>(0)?)? {
        Some(height) => block(context, height)?,
        None => None,
    };
    let Some(block) = found else {
        return json(&());
    };
    recover(&block.transactions);
    let mut receipts = Vec::with_capacity(block.receipts.len());
    for index in 0..u32::MAX {
        let Some((transaction, receipt, logs_before)) = block.at(index) else {
            break;
        };
        let signed = (transaction, sender(transaction)?);
        receipts.push(ReceiptResponse::new(
            receipt,
            signed,
            block.place,
            index,
            logs_before,
        ));
    }
    json(&receipts)
}

fn lost(height: Height, index: u32) -> RpcError {
    internal(
        "reading the history",
        format!("transaction {index} of block {height} is missing"),
    )
}
