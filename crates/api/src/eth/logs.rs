//! `eth_getLogs`.

use super::{header, height_of_hash, height_of_tag};
use crate::{
    error::{RpcError, internal, invalid_params, limit_exceeded, refused},
    json::{LogResponse, Place},
    rpc::{Args, Context, Reply, json},
};
use alloy_eips::BlockNumberOrTag;
use alloy_rpc_types_eth::{Filter, FilterBlockOption};
use qiantang_state::history::{LogEntry, LogFilter, LogsError};
use qiantang_types::Height;

/// `eth_getLogs`.
pub(crate) fn get(context: &Context, args: &Args<'_>) -> Reply {
    let filter: Filter = args.required(0)?;
    let (from, to) = range(context, filter.block_option)?;
    let filter = LogFilter {
        from,
        to,
        addresses: filter.address.into_iter().collect(),
        topics: filter.topics.map(|topic| topic.into_iter().collect()),
    };
    let found = context
        .backend
        .store
        .logs(&filter, context.limits.logs)
        .map_err(no_logs)?;
    json(&with_places(context, &found)?)
}

/// First and last block of a query.
fn range(context: &Context, wanted: FilterBlockOption) -> Result<(Height, Height), RpcError> {
    let (from, to) = match wanted {
        FilterBlockOption::AtBlockHash(hash) => {
            let height = height_of_hash(context, hash)?.ok_or_else(|| refused("unknown block"))?;
            return Ok((height, height));
        }
        FilterBlockOption::Range {
            from_block,
            to_block,
        } => (from_block, to_block),
    };
    let height = |tag: Option<BlockNumberOrTag>| {
        height_of_tag(context, tag.unwrap_or(BlockNumberOrTag::Latest))
    };
    let (from, to) = (height(from)?, height(to)?);
    if from > to {
        return Err(invalid_params("invalid block range params"));
    }
    if to > super::head(context)?.0 {
        return Err(invalid_params(
            "block range extends beyond current head block",
        ));
    }
    let limit = context.limits.log_blocks;
    if to.get().saturating_sub(from.get()) >= limit {
        return Err(limit_exceeded(format!(
            "the block range is longer than {limit} blocks; ask for it in parts"
        )));
    }
    Ok((from, to))
}

fn no_logs(error: LogsError) -> RpcError {
    match error {
        LogsError::Store(error) => internal("reading the logs", error),
        // The client can ask for less; the message says up to which block.
        LogsError::TooManyResults { .. } | LogsError::TooMuchWork { .. } => limit_exceeded(error),
        LogsError::TooManyAlternatives { .. } | LogsError::Reversed { .. } => {
            invalid_params(error.to_string())
        }
    }
}

/// Adds what the index does not hold: the time of each block.
fn with_places(context: &Context, found: &[LogEntry]) -> Result<Vec<LogResponse>, RpcError> {
    let mut shown = Vec::with_capacity(found.len());
    let mut place: Option<Place> = None;
    for entry in found {
        let known = place.filter(|place| place.height == entry.height.get());
        let here = match known {
            Some(place) => place,
            None => {
                let missing =
                    || internal("reading the history", format!("no block {}", entry.height));
                header(context, entry.height)?.ok_or_else(missing)?.1
            }
        };
        place = Some(here);
        let (index, position) = (entry.transaction_index, entry.log_index);
        shown.push(LogResponse::new(
            &entry.log,
            here,
            entry.transaction_hash,
            index,
            position,
        ));
    }
    Ok(shown)
}
