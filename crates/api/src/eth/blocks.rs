//! Blocks by number and by hash.

use super::{block, find_block, height_of_hash};
use crate::{
    error::RpcError,
    json::{BlockResponse, TransactionResponse, Transactions, mined},
    recent::BlockData,
    rpc::{Args, Context, Reply, json},
};
use alloy_eips::BlockNumberOrTag;
use alloy_primitives::B256;
use qiantang_types::{Height, Transaction};
use rayon::prelude::*;

/// Transactions from which senders are recovered on several cores.
const PARALLEL_MIN: usize = 16;

/// `eth_getBlockByNumber`.
pub(crate) fn by_number(context: &Context, args: &Args<'_>) -> Reply {
    let tag: BlockNumberOrTag = args.required(0)?;
    show(context, find_block(context, tag.into())?, args)
}

/// `eth_getBlockByHash`.
pub(crate) fn by_hash(context: &Context, args: &Args<'_>) -> Reply {
    let hash: B256 = args.required(0)?;
    show(context, height_of_hash(context, hash)?, args)
}

fn show(context: &Context, height: Option<Height>, args: &Args<'_>) -> Reply {
    let full = args.optional::<bool>(1)?.unwrap_or(false);
    let found = match height {
        Some(height) => block(context, height)?,
        None => None,
    };
    let Some(block) = found else {
        return json(&());
    };
    let transactions = if full {
        Transactions::Full(full_transactions(&block)?)
    } else {
        Transactions::Hashes(block.transactions.iter().map(Transaction::hash).collect())
    };
    let BlockData {
        header,
        place,
        size,
        ..
    } = &*block;
    json(&BlockResponse::new(
        header,
        *place,
        block.bloom(),
        *size,
        transactions,
    ))
}

fn full_transactions(block: &BlockData) -> Result<Vec<TransactionResponse>, RpcError> {
    recover(&block.transactions);
    let numbered = block.transactions.iter().zip(0_u32..);
    numbered
        .map(|(transaction, index)| {
            Ok(mined(
                transaction,
                super::sender(transaction)?,
                block.place,
                index,
            ))
        })
        .collect()
}

/// Recovers the senders that are not known yet, together.
pub(super) fn recover(transactions: &[Transaction]) {
    if transactions.len() >= PARALLEL_MIN {
        // Failures are met again, and reported, where the sender is needed.
        transactions
            .par_iter()
            .with_min_len(4)
            .for_each(|transaction| drop(transaction.sender()));
    }
}
