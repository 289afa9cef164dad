//! The one table of methods.

use super::{Args, Context, Reply};
use crate::{
    eth::{blocks, call, chain, fees, logs, send, state, transactions},
    qiantang::{boundaries, follow, proofs, status},
};
use futures::future::BoxFuture;

/// A method of the interface.
pub(crate) struct Method {
    /// Its name.
    pub(crate) name: &'static str,
    /// Parameters it takes at the most.
    pub(crate) arguments: usize,
    /// Who answers it.
    pub(crate) handler: Handler,
}

/// How a method is answered.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// From memory and the history store, on the request's thread.
    Read(fn(&Context, &Args<'_>) -> Reply),
    /// By the databases of the state, which have their own runtime.
    Prove(for<'a> fn(&'a Context, &'a Args<'_>) -> BoxFuture<'a, Reply>),
    /// By the transaction pool, together with the others of its batch.
    Send,
}

const fn read(
    name: &'static str,
    arguments: usize,
    read: fn(&Context, &Args<'_>) -> Reply,
) -> Method {
    Method {
        name,
        arguments,
        handler: Handler::Read(read),
    }
}

/// All methods, by name.
pub(crate) static METHODS: &[Method] = &[
    read("eth_blockNumber", 0, chain::block_number),
    read("eth_call", call::ARGUMENTS, call::call),
    read("eth_chainId", 0, chain::chain_id),
    read("eth_estimateGas", call::ARGUMENTS, call::estimate_gas),
    read("eth_feeHistory", 3, fees::history),
    read("eth_gasPrice", 0, fees::gas_price),
    read("eth_getBalance", 2, state::balance),
    read("eth_getBlockByHash", 2, blocks::by_hash),
    read("eth_getBlockByNumber", 2, blocks::by_number),
    read("eth_getBlockReceipts", 1, transactions::block_receipts),
    read("eth_getCode", 2, state::code),
    read("eth_getLogs", 1, logs::get),
    read("eth_getProof", 3, proofs::trie_proof),
    read("eth_getStorageAt", 3, state::storage),
    read("eth_getTransactionByHash", 1, transactions::by_hash),
    read("eth_getTransactionCount", 2, state::transaction_count),
    read("eth_getTransactionReceipt", 1, transactions::receipt),
    read("eth_maxPriorityFeePerGas", 0, fees::max_priority_fee),
    Method {
        name: send::METHOD,
        arguments: send::ARGUMENTS,
        handler: Handler::Send,
    },
    read("eth_syncing", 0, chain::syncing),
    read("net_listening", 0, chain::listening),
    read("net_version", 0, chain::network),
    read("qiantang_anchor", 0, status::anchor),
    read("qiantang_chainSpec", 0, status::chain_spec),
    read("qiantang_follow", 1, follow::follow),
    read("qiantang_getBoundaries", 1, boundaries::list),
    read("qiantang_getFinalized", 0, boundaries::newest),
    Method {
        name: "qiantang_getProof",
        arguments: 1,
        handler: Handler::Prove(proofs::get),
    },
    read("qiantang_health", 0, status::health),
    read("qiantang_status", 0, status::status),
    read("web3_clientVersion", 0, chain::client_version),
];

/// The method with this name.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    let index = METHODS
        .binary_search_by(|method| method.name.cmp(name))
        .ok()?;
    METHODS.get(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_found_by_its_name() {
        for method in METHODS {
            assert_eq!(find(method.name).map(|found| found.name), Some(method.name));
        }
        assert!(find("eth_sendTransaction").is_none());
    }
}
