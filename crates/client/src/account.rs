//! An account that signs here and sends there.

use crate::{
    client::{Client, Request},
    error::ClientError,
    response::ReceiptResponse,
};
use alloy_consensus::{SignableTransaction as _, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English};
use qiantang_types::Transaction;
use std::time::Duration;

/// Accounts of the development chain that have money.
pub const DEV_ACCOUNTS: u32 = 10;

/// The mnemonic that every Ethereum development tool uses; everybody knows its keys.
const DEV_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// Part of the estimated gas that is added, because state may move between the estimate and the
/// block.
const GAS_MARGIN_DIVISOR: u64 = 5;

/// How long a receipt is waited for.
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(60);

/// First and longest pause between two questions for a receipt; HTTP knows no signal for it.
const RECEIPT_PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// The key of one of the development chain's accounts: of the ten with money and of any after them.
///
/// # Errors
///
/// [`ClientError::Signature`] where the index leads to no key.
pub fn dev_signer(index: u32) -> Result<PrivateKeySigner, ClientError> {
    MnemonicBuilder::<English>::default()
        .phrase(DEV_MNEMONIC)
        .index(index)
        .and_then(|builder| builder.build())
        .map_err(|error| ClientError::Signature(error.to_string()))
}

/// What a transaction does.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Who is called; nobody creates a contract.
    pub to: Option<Address>,
    /// Wei to transfer.
    pub value: U256,
    /// Call data or init code.
    pub input: Bytes,
    /// Gas limit; estimated where not given.
    pub gas: Option<u64>,
    /// Gas that is added to an estimate at the least, for a call that may find more to do in its
    /// block than when it was estimated. What is not used costs nothing.
    pub gas_room: u64,
}

/// A transaction on its way.
struct Sent {
    hash: B256,
    nonce: u64,
    /// Height at which its nonce was still free.
    since: u64,
}

/// An account whose key this process has.
#[derive(Clone, Debug)]
pub struct Account {
    client: Client,
    signer: PrivateKeySigner,
}

impl Account {
    /// The account of a key, on the chain of a node.
    pub const fn new(client: Client, signer: PrivateKeySigner) -> Self {
        Self { client, signer }
    }

    /// Its address.
    pub const fn address(&self) -> Address {
        self.signer.address()
    }

    /// The node that it sends to.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Signs a call as the account's next transaction, sends it, and waits until it is in a block.
    ///
    /// It is never signed twice: a node that lies about the first could then have both included.
    ///
    /// # Errors
    ///
    /// Any refusal on the way; [`ClientError::Failed`] where it was included and failed;
    /// [`ClientError::NonceTaken`] where another transaction of the account was first.
    pub async fn send(&self, call: Call) -> Result<ReceiptResponse, ClientError> {
        let request = Request {
            from: Some(self.address()),
            to: call.to,
            value: Some(call.value),
            input: call.input.clone(),
        };
        let gas_limit = match call.gas {
            Some(gas) => gas,
            None => {
                let gas = self.client.estimate_gas(&request).await?;
                gas.saturating_add(call.gas_room.max(gas / GAS_MARGIN_DIVISOR))
            }
        };
        let price = self.client.gas_price().await?;
        let since = self.client.height().await?;
        let nonce = self.client.nonce(self.address()).await?;
        let unsigned = TxEip1559 {
            chain_id: self.client.chain_id().await?,
            nonce,
            gas_limit,
            max_fee_per_gas: price.saturating_mul(2),
            max_priority_fee_per_gas: 0,
            to: call.to.map_or(TxKind::Create, TxKind::Call),
            value: call.value,
            access_list: Default::default(),
            input: call.input,
        };
        let transaction = self.sign(unsigned)?;
        let hash = self.client.send_raw(transaction.encoded()).await?;
        self.wait(Sent { hash, nonce, since }).await
    }

    /// Signs a transaction.
    ///
    /// # Errors
    ///
    /// [`ClientError::Signature`].
    pub fn sign(&self, unsigned: TxEip1559) -> Result<Transaction, ClientError> {
        let signature = self
            .signer
            .sign_hash_sync(&unsigned.signature_hash())
            .map_err(|error| ClientError::Signature(error.to_string()))?;
        Transaction::from_envelope(unsigned.into_signed(signature).into())
            .map_err(|error| ClientError::Signature(error.to_string()))
    }

    async fn wait(&self, sent: Sent) -> Result<ReceiptResponse, ClientError> {
        let Sent { hash, nonce, .. } = sent;
        let deadline = tokio::time::Instant::now() + RECEIPT_TIMEOUT;
        let (mut pause, longest) = RECEIPT_PAUSE;
        loop {
            match self.client.receipt(hash).await? {
                Some(receipt) if receipt.success() => return Ok(receipt),
                Some(_) => return Err(ClientError::Failed(hash)),
                None if tokio::time::Instant::now() >= deadline => {
                    let seconds = RECEIPT_TIMEOUT.as_secs();
                    return Err(ClientError::NotFinal { hash, seconds });
                }
                None if pause == longest && self.is_overtaken(&sent).await? => {
                    return Err(ClientError::NonceTaken { hash, nonce });
                }
                None => tokio::time::sleep(pause).await,
            }
            pause = pause.saturating_mul(2).min(longest);
        }
    }

    /// Whether another transaction of the account with the same nonce is in a block, so that this
    /// one never will be. That the nonce is used says too little: where a URL leads to several
    /// nodes, one may count the transaction before another has its receipt.
    async fn is_overtaken(&self, sent: &Sent) -> Result<bool, ClientError> {
        let newest = self.client.height().await?;
        if self.nonce_after(newest).await? <= sent.nonce {
            return Ok(false);
        }
        let (mut before, mut height) = (sent.since, newest);
        while height.saturating_sub(before) > 1 {
            let middle = before.midpoint(height);
            match self.nonce_after(middle).await? <= sent.nonce {
                true => before = middle,
                false => height = middle,
            }
        }
        let block = self.client.block_with_transactions(height).await?;
        let transactions = block.map(|block| block.transactions).unwrap_or_default();
        Ok(transactions.iter().any(|other| {
            other.from == self.address() && other.nonce == sent.nonce && other.hash != sent.hash
        }))
    }

    async fn nonce_after(&self, height: u64) -> Result<u64, ClientError> {
        self.client.nonce_after(self.address(), height).await
    }
}

#[cfg(test)]
mod tests;
