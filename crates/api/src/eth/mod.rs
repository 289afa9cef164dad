//! Ethereum's methods. One file for each thing asked about; what they share, finding blocks, is
//! here.

pub(crate) mod blocks;
pub(crate) mod call;
pub(crate) mod chain;
pub(crate) mod fees;
pub(crate) mod logs;
pub(crate) mod send;
pub(crate) mod state;
pub(crate) mod transactions;

use crate::{
    error::{RpcError, internal, refused},
    json::Place,
    recent::BlockData,
    rpc::{Args, Context},
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256};
use qiantang_types::{Header, Height, Transaction};
use std::{fmt::Display, sync::Arc};

/// Turns a failure of the history store into an error object.
pub(crate) fn stored<T>(result: Result<T, impl Display + 'static>) -> Result<T, RpcError> {
    result.map_err(|error| internal("reading the history", error))
}

/// Height and hash of the newest block. Every visible block is final, so "latest", "safe",
/// "finalized" and "pending" all mean this one.
pub(crate) fn head(context: &Context) -> Result<(Height, B256), RpcError> {
    context
        .backend
        .store
        .head()
        .ok_or_else(|| refused("the chain has no block yet; try again"))
}

/// The height that a number or tag means; it may be above the head.
pub(crate) fn height_of_tag(context: &Context, tag: BlockNumberOrTag) -> Result<Height, RpcError> {
    match tag {
        BlockNumberOrTag::Number(number) => Ok(Height::new(number)),
        BlockNumberOrTag::Earliest => Ok(Height::GENESIS),
        BlockNumberOrTag::Latest
        | BlockNumberOrTag::Safe
        | BlockNumberOrTag::Finalized
        | BlockNumberOrTag::Pending => head(context).map(|(height, _)| height),
    }
}

/// The height of the block with this hash, or `None` where there is none.
pub(crate) fn height_of_hash(context: &Context, hash: B256) -> Result<Option<Height>, RpcError> {
    match context.backend.recent.height_of(hash) {
        Some(height) => Ok(Some(height)),
        None => stored(context.backend.store.height_of(hash)),
    }
}

/// The height of an existing block, or `None`.
pub(crate) fn find_block(context: &Context, id: BlockId) -> Result<Option<Height>, RpcError> {
    match id {
        BlockId::Hash(hash) => height_of_hash(context, hash.block_hash),
        BlockId::Number(tag) => {
            let height = height_of_tag(context, tag)?;
            Ok((height <= head(context)?.0).then_some(height))
        }
    }
}

/// The block whose state the parameter at `index` names (EIP-1898); the newest where it is left
/// out.
pub(crate) fn state_height(
    context: &Context,
    args: &Args<'_>,
    index: usize,
) -> Result<Height, RpcError> {
    let id = args.optional::<BlockId>(index)?.unwrap_or_default();
    find_block(context, id)?.ok_or_else(|| match id {
        BlockId::Hash(hash) => refused(format!("header for hash not found: {}", hash.block_hash)),
        BlockId::Number(_) => refused("header not found"),
    })
}

/// A header and its place, or `None` above the head.
pub(crate) fn header(
    context: &Context,
    height: Height,
) -> Result<Option<(Header, Place)>, RpcError> {
    if let Some(block) = context.backend.recent.get(height) {
        return Ok(Some((block.header.clone(), block.place)));
    }
    let header = stored(context.backend.store.header(height))?;
    Ok(header.map(|header| {
        let place = Place::of(&header);
        (header, place)
    }))
}

/// A whole block with its receipts, or `None` above the head.
pub(crate) fn block(context: &Context, height: Height) -> Result<Option<Arc<BlockData>>, RpcError> {
    if let Some(block) = context.backend.recent.get(height) {
        return Ok(Some(block));
    }
    let store = &context.backend.store;
    let Some(block) = stored(store.block(height))? else {
        return Ok(None);
    };
    let receipts = stored(store.receipts(height))?.unwrap_or_default();
    if receipts.len() != block.transactions.len() {
        return Err(internal(
            "reading the history",
            "a block and its receipts differ in number",
        ));
    }
    let size = block.to_bytes().len();
    Ok(Some(Arc::new(BlockData::new(block, receipts, size))))
}

/// The sender of a transaction that is in a block or in the pool, where only valid ones are.
pub(crate) fn sender(transaction: &Transaction) -> Result<Address, RpcError> {
    transaction
        .sender()
        .map_err(|error| internal("recovering a sender", error))
}
