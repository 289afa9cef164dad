//! Gas prices: all zero, since nobody pays for gas.

use super::{find_block, header};
use crate::{
    error::{RpcError, internal, invalid_params, refused},
    json::quantity,
    rpc::{Args, Context, Reply, json},
};
use alloy_eips::BlockNumberOrTag;
use alloy_primitives::U64;
use qiantang_types::Height;
use serde::{Deserialize, Serialize};

/// `eth_gasPrice`.
pub(crate) fn gas_price(_: &Context, _: &Args<'_>) -> Reply {
    json(&U64::ZERO)
}

/// `eth_maxPriorityFeePerGas`.
pub(crate) fn max_priority_fee(_: &Context, _: &Args<'_>) -> Reply {
    json(&U64::ZERO)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FeeHistory {
    oldest_block: U64,
    /// One more than there are blocks: the last is the next block's.
    base_fee_per_gas: Vec<U64>,
    gas_used_ratio: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<Vec<Vec<U64>>>,
}

/// A count as wallets send it: a quantity or a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u64),
    Quantity(U64),
}

/// `eth_feeHistory`.
pub(crate) fn history(context: &Context, args: &Args<'_>) -> Reply {
    let count = match args.required(0)? {
        Count::Number(count) => count,
        Count::Quantity(count) => count.to::<u64>(),
    };
    let newest: BlockNumberOrTag = args.required(1)?;
    let percentiles: Option<Vec<f64>> = args.optional(2)?;
    check_percentiles(percentiles.as_deref().unwrap_or_default(), context)?;
    let Some(newest) = find_block(context, newest.into())? else {
        return Err(refused("request beyond head block"));
    };
    let count = count
        .min(context.limits.fee_history_blocks)
        .min(newest.get().saturating_add(1));
    let first = newest.get().saturating_add(1).saturating_sub(count);
    let mut ratios = Vec::new();
    for height in first..=newest.get() {
        let missing = || internal("reading the history", format!("no header at {height}"));
        let (header, _) = header(context, Height::new(height))?.ok_or_else(missing)?;
        ratios.push(header.gas_used as f64 / header.gas_limit.max(1) as f64);
    }
    let zeros = |count: usize| vec![U64::ZERO; count];
    json(&FeeHistory {
        oldest_block: quantity(first),
        base_fee_per_gas: zeros(ratios.len().saturating_add(1)),
        reward: percentiles.map(|wanted| vec![zeros(wanted.len()); ratios.len()]),
        gas_used_ratio: ratios,
    })
}

fn check_percentiles(percentiles: &[f64], context: &Context) -> Result<(), RpcError> {
    let limit = context.limits.fee_history_percentiles;
    if percentiles.len() > limit {
        return Err(invalid_params(format!(
            "over the query limit {limit} of percentiles"
        )));
    }
    let in_range = percentiles
        .iter()
        .all(|percentile| (0.0..=100.0).contains(percentile));
    if !in_range || !percentiles.is_sorted_by(|a, b| a < b) {
        return Err(invalid_params(
            "invalid reward percentile: they must be between 0 and 100 and ascend",
        ));
    }
    Ok(())
}
