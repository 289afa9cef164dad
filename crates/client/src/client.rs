//! The connection to a node.

use crate::{
    error::ClientError,
    response::{BlockResponse, LogResponse, ReceiptResponse, StatusResponse, TransactionResponse},
};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use jsonrpsee::{
    core::{
        client::ClientT as _,
        params::{ArrayParams, BatchRequestBuilder},
    },
    http_client::HttpClient,
};
use qiantang_types::{ChainSpec, Fingerprint, health::NetworkHealth};
use qiantang_verify::Bundle;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{fmt::Debug, sync::Arc, time::Duration};

/// Bytes of the largest request.
const REQUEST_BYTES_MAX: u32 = 64 << 20;

/// Bytes of the largest answer; a block's receipts may have many.
const RESPONSE_BYTES_MAX: u32 = 256 << 20;

/// After this time without an answer, a request has failed.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A connection to a node. Clones share it.
#[derive(Clone, Debug)]
pub struct Client(Arc<Connection>);

#[derive(Debug)]
struct Connection {
    http: HttpClient,
    url: String,
}

/// A transaction as `eth_call` and `eth_estimateGas` take it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Request {
    /// Who calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
    /// Who is called; nobody creates a contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Address>,
    /// Wei to transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<U256>,
    /// Call data or init code.
    pub input: Bytes,
}

/// Which logs.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogFilter {
    /// First block.
    #[serde(serialize_with = "crate::response::quantity::serialize")]
    pub from_block: u64,
    /// Last block.
    #[serde(serialize_with = "crate::response::quantity::serialize")]
    pub to_block: u64,
    /// Who emitted them.
    pub address: Option<Address>,
    /// What each topic must be; `None` allows any.
    pub topics: Vec<Option<B256>>,
}

impl Client {
    /// A client of the node at `url` (`http://` or `https://`). Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The URL is none.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let http = HttpClient::builder()
            .max_request_size(REQUEST_BYTES_MAX)
            .max_response_size(RESPONSE_BYTES_MAX)
            .request_timeout(REQUEST_TIMEOUT)
            .build(url)
            .map_err(|error| ClientError::of_transport(url, "connect", error))?;
        let url = url.to_owned();
        Ok(Self(Arc::new(Connection { http, url })))
    }

    /// The node's address.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Calls a method with a list of parameters.
    ///
    /// # Errors
    ///
    /// No connection, an error of the node, an answer of another shape.
    pub async fn request<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: Value,
    ) -> Result<T, ClientError> {
        let parameters = list(method, parameters)?;
        let answer = self.0.http.request(method, parameters).await;
        answer.map_err(|error| ClientError::of_transport(self.url(), method, error))
    }

    /// Calls one method many times in one batch. The results are in the order of the calls.
    ///
    /// # Errors
    ///
    /// As [`Self::request`], for the batch as a whole.
    pub async fn batch<T: DeserializeOwned + Debug + 'static>(
        &self,
        method: &'static str,
        calls: impl Iterator<Item = Value>,
    ) -> Result<Vec<Result<T, ClientError>>, ClientError> {
        let refuse = |error| ClientError::of_transport(self.url(), method, error);
        let mut batch = BatchRequestBuilder::new();
        for parameters in calls {
            let parameters = list(method, parameters)?;
            batch
                .insert(method, parameters)
                .map_err(|error| ClientError::unexpected(method, error))?;
        }
        let answers = self.0.http.batch_request(batch).await.map_err(refuse)?;
        Ok(answers
            .into_iter()
            .map(|answer| {
                answer.map_err(|error| ClientError::of_object(method, &error.into_owned()))
            })
            .collect())
    }

    /// EIP-155 chain id.
    ///
    /// # Errors
    ///
    /// As [`Self::request`]; so for all that follow.
    pub async fn chain_id(&self) -> Result<u64, ClientError> {
        self.number("eth_chainId", json!([])).await
    }

    /// Height of the newest block.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn height(&self) -> Result<u64, ClientError> {
        self.number("eth_blockNumber", json!([])).await
    }

    /// Wei for a unit of gas that the node expects now.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn gas_price(&self) -> Result<u128, ClientError> {
        let price: U256 = self.request("eth_gasPrice", json!([])).await?;
        u128::try_from(price).map_err(|error| ClientError::unexpected("eth_gasPrice", error))
    }

    /// Balance in wei after the newest block.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn balance(&self, address: Address) -> Result<U256, ClientError> {
        self.request("eth_getBalance", json!([address, "latest"]))
            .await
    }

    /// Next nonce after everything that is pending.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn nonce(&self, address: Address) -> Result<u64, ClientError> {
        self.number("eth_getTransactionCount", json!([address, "pending"]))
            .await
    }

    /// Nonce of an account after a block, which is how many of its transactions are final by then.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn nonce_after(&self, address: Address, height: u64) -> Result<u64, ClientError> {
        let parameters = json!([address, U64::from(height)]);
        self.number("eth_getTransactionCount", parameters).await
    }

    /// A storage word after the newest block.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn storage(&self, address: Address, slot: U256) -> Result<U256, ClientError> {
        self.request("eth_getStorageAt", json!([address, slot, "latest"]))
            .await
    }

    /// What a call returns after the newest block.
    ///
    /// # Errors
    ///
    /// As [`Self::request`]; [`ClientError::Reverted`] where the callee refuses.
    pub async fn call(&self, request: &Request) -> Result<Bytes, ClientError> {
        self.request("eth_call", json!([request, "latest"])).await
    }

    /// Gas that a transaction needs.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub async fn estimate_gas(&self, request: &Request) -> Result<u64, ClientError> {
        self.number("eth_estimateGas", json!([request])).await
    }

    /// Hands in a signed transaction and answers its hash.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn send_raw(&self, transaction: &Bytes) -> Result<B256, ClientError> {
        self.request("eth_sendRawTransaction", json!([transaction]))
            .await
    }

    /// The receipt of a transaction that is in a block.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn receipt(&self, hash: B256) -> Result<Option<ReceiptResponse>, ClientError> {
        self.request("eth_getTransactionReceipt", json!([hash]))
            .await
    }

    /// The block at a height.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn block(&self, height: u64) -> Result<Option<BlockResponse>, ClientError> {
        let parameters = json!([U64::from(height), false]);
        self.request("eth_getBlockByNumber", parameters).await
    }

    /// The block at a height with its transactions, not only their hashes.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn block_with_transactions(
        &self,
        height: u64,
    ) -> Result<Option<BlockResponse<TransactionResponse>>, ClientError> {
        let parameters = json!([U64::from(height), true]);
        self.request("eth_getBlockByNumber", parameters).await
    }

    /// The receipts of the block at a height.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn block_receipts(
        &self,
        height: u64,
    ) -> Result<Option<Vec<ReceiptResponse>>, ClientError> {
        self.request("eth_getBlockReceipts", json!([U64::from(height)]))
            .await
    }

    /// The logs that pass a filter.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn logs(&self, filter: &LogFilter) -> Result<Vec<LogResponse>, ClientError> {
        self.request("eth_getLogs", json!([filter])).await
    }

    /// The chain's fingerprint, as this node says. It proves nothing by itself: compare it with one
    /// from another source.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn anchor(&self) -> Result<Fingerprint, ClientError> {
        let text: String = self.request("qiantang_anchor", json!([])).await?;
        text.parse()
            .map_err(|error| ClientError::unexpected("qiantang_anchor", error))
    }

    /// The chain's parameters, as this node says.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn chain_spec(&self) -> Result<ChainSpec, ClientError> {
        self.request("qiantang_chainSpec", json!([])).await
    }

    /// How the node is doing.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn status(&self) -> Result<StatusResponse, ClientError> {
        self.request("qiantang_status", json!([])).await
    }

    /// What the node sees of the network.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn health(&self) -> Result<NetworkHealth, ClientError> {
        self.request("qiantang_health", json!([])).await
    }

    /// A proof that a transaction is in a block, or with `log`, that it emitted that log.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn prove_transaction(
        &self,
        hash: B256,
        log: Option<u64>,
    ) -> Result<Bundle, ClientError> {
        let wanted = match log {
            Some(log) => json!([{ "transaction": hash, "log": log }]),
            None => json!([{ "transaction": hash }]),
        };
        self.request("qiantang_getProof", wanted).await
    }

    /// A proof of a storage slot's present value.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn prove_slot(&self, address: Address, slot: U256) -> Result<Bundle, ClientError> {
        let wanted = json!([{ "slot": { "address": address, "slot": slot } }]);
        self.request("qiantang_getProof", wanted).await
    }

    /// A proof of all entries of the registry from `first` to `last`, both included.
    ///
    /// A node proves about a thousand entries in one answer. Where there are more, the answer
    /// covers the beginning of the range; [`qiantang_verify::Verified::registry_range`] names the
    /// slot at which to go on.
    ///
    /// # Errors
    ///
    /// As [`Self::request`].
    pub async fn prove_registry_range(
        &self,
        first: U256,
        last: U256,
    ) -> Result<Bundle, ClientError> {
        let wanted = json!([{ "registry": { "first": first, "last": last } }]);
        self.request("qiantang_getProof", wanted).await
    }

    async fn number(&self, method: &str, parameters: Value) -> Result<u64, ClientError> {
        let number: U64 = self.request(method, parameters).await?;
        Ok(number.to())
    }
}

fn list(method: &str, parameters: Value) -> Result<ArrayParams, ClientError> {
    let Value::Array(values) = parameters else {
        return Err(ClientError::unexpected(
            method,
            "the parameters must be a list",
        ));
    };
    let mut list = ArrayParams::new();
    for value in values {
        list.insert(value)
            .map_err(|error| ClientError::unexpected(method, error))?;
    }
    Ok(list)
}
