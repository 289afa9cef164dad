//! Which chain this is, and how far it is.

use super::head;
use crate::{
    json::quantity,
    rpc::{Args, Context, Reply, json},
};

/// `eth_chainId`.
pub(crate) fn chain_id(context: &Context, _: &Args<'_>) -> Reply {
    json(&quantity(context.backend.spec.chain_id))
}

/// `eth_blockNumber`.
pub(crate) fn block_number(context: &Context, _: &Args<'_>) -> Reply {
    json(&quantity(head(context)?.0.get()))
}

/// `eth_syncing`: `false`, because a node answers only from blocks that it has verified itself.
pub(crate) fn syncing(_: &Context, _: &Args<'_>) -> Reply {
    json(&false)
}

/// `net_version`: the chain id in decimal.
pub(crate) fn network(context: &Context, _: &Args<'_>) -> Reply {
    json(&context.backend.spec.chain_id.to_string())
}

/// `net_listening`.
pub(crate) fn listening(_: &Context, _: &Args<'_>) -> Reply {
    json(&true)
}

/// `web3_clientVersion`, as `name/version/platform`.
pub(crate) fn client_version(context: &Context, _: &Args<'_>) -> Reply {
    let version = context.backend.status.status().version;
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    json(&format!("qiantang/v{version}/{system}-{machine}"))
}
