//! Executing without a transaction: `eth_call` and `eth_estimateGas`.

use super::{header, state_height, stored};
use crate::{
    admission::Reader,
    error::{RpcError, internal, invalid_params, refused, reverted},
    json::quantity,
    rpc::{Args, Context, Reply, json},
};
use alloy_rpc_types_eth::TransactionRequest;
use qiantang_execution::{
    BlockInput, CallOutcome, CallRequest, EstimateError, Rules, TransactionError, call as execute,
    estimate_gas as estimate,
};
use qiantang_types::Height;
use serde_json::value::RawValue;

/// Parameters: the call, the block, and two kinds of overrides that other nodes know.
pub(crate) const ARGUMENTS: usize = 4;

/// `eth_call`.
pub(crate) fn call(context: &Context, args: &Args<'_>) -> Reply {
    let (reader, input, request) = prepare(context, args)?;
    let _permit = context.execution()?;
    match execute(reader, &input, &request).map_err(refuse)? {
        CallOutcome::Success { output, .. } => json(&output),
        CallOutcome::Revert { output, .. } => Err(reverted(&output)),
        CallOutcome::Halt { reason, .. } => Err(refused(reason)),
    }
}

/// `eth_estimateGas`.
pub(crate) fn estimate_gas(context: &Context, args: &Args<'_>) -> Reply {
    let (reader, input, request) = prepare(context, args)?;
    let _permit = context.execution()?;
    match estimate(reader, &input, &request) {
        Ok(gas) => json(&quantity(gas)),
        Err(EstimateError::Revert(output)) => Err(reverted(&output)),
        Err(EstimateError::GasRequired(gas)) => {
            Err(refused(format!("gas required exceeds allowance ({gas})")))
        }
        Err(EstimateError::Halt(reason)) => Err(refused(reason)),
        Err(EstimateError::Call(error)) => Err(refuse(error)),
    }
}

fn prepare(
    context: &Context,
    args: &Args<'_>,
) -> Result<(Reader, BlockInput, CallRequest), RpcError> {
    let request = call_request(context, args.required(0)?)?;
    for index in 2..ARGUMENTS {
        let overrides: Option<&RawValue> = args.optional(index)?;
        if overrides.is_some_and(|text| !matches!(text.get(), "null" | "{}")) {
            return Err(invalid_params(format!(
                "invalid argument {index}: overrides of state and block are not supported"
            )));
        }
    }
    let height = state_height(context, args, 1)?;
    let reader = stored(context.backend.store.reader_at(height))?;
    Ok((Reader(reader), block_input(context, height)?, request))
}

/// The block after whose transactions the call runs.
fn block_input(context: &Context, height: Height) -> Result<BlockInput, RpcError> {
    let missing = || internal("reading the history", format!("no header at {height}"));
    let (header, _) = header(context, height)?.ok_or_else(missing)?;
    let spec = &context.backend.spec;
    Ok(BlockInput {
        height,
        time: header.time,
        gas_limit: header.gas_limit,
        beneficiary: header.beneficiary(),
        parent_hash: header.parent,
        chain_id: spec.chain_id,
        parameters: spec.parameters.clone(),
        last_of_epoch: false,
        faults: Vec::new(),
        rules: Rules::QIANTANG,
    })
}

/// What the executor needs of a request. Nonce and prices are not needed: nobody pays for gas.
fn call_request(context: &Context, request: TransactionRequest) -> Result<CallRequest, RpcError> {
    let ours = context.backend.spec.chain_id;
    if let Some(chain_id) = request.chain_id.filter(|chain_id| *chain_id != ours) {
        return Err(refused(format!(
            "chainId does not match node's (have={chain_id}, want={ours})"
        )));
    }
    if request
        .blob_versioned_hashes
        .is_some_and(|hashes| !hashes.is_empty())
    {
        return Err(invalid_params(
            "blob transactions (EIP-4844) are not supported; send the data in a type 2 transaction",
        ));
    }
    let data = request
        .input
        .try_into_unique_input()
        .map_err(|_| invalid_params("both \"data\" and \"input\" are set and not equal"))?;
    let most = context.limits.call_gas;
    Ok(CallRequest {
        from: request.from.unwrap_or_default(),
        to: request.to.and_then(|kind| kind.to().copied()),
        gas: Some(request.gas.map_or(most, |gas| gas.min(most))),
        value: request.value.unwrap_or_default(),
        data: data.unwrap_or_default(),
        access_list: request.access_list.unwrap_or_default(),
        authorization_list: request.authorization_list.unwrap_or_default(),
    })
}

fn refuse(error: TransactionError) -> RpcError {
    match error {
        TransactionError::Refused(why) => refused(why),
        TransactionError::Fatal(fatal) => internal("executing the call", fatal),
    }
}
