//! Signed Ethereum transactions as the network carries them.

use alloy_consensus::{Transaction as _, TxEnvelope, transaction::SignerRecoverable as _};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{Address, B256, Bytes};
use std::sync::{Arc, OnceLock};

/// Bytes of the largest transaction: it must leave room for others in a block.
pub const TRANSACTION_BYTES_MAX: usize = 1 << 20;

/// Why bytes are not a transaction this network carries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// Not an EIP-2718 envelope.
    #[error("not an Ethereum transaction: {0}")]
    Malformed(String),
    /// EIP-4844 transactions need a blob network, which this is not.
    #[error(
        "blob transactions (type 3, EIP-4844) are not supported; send the data in a type 2 \
         transaction"
    )]
    Blob,
    /// Over [`TRANSACTION_BYTES_MAX`].
    #[error("the transaction has {0} bytes, the limit is {TRANSACTION_BYTES_MAX}")]
    TooLarge(usize),
    /// The signature does not lead to a sender.
    #[error("the signature is invalid: no sender can be recovered from it")]
    Signature,
    /// No EIP-155 chain id, so the signature would be valid on every chain.
    #[error("the transaction names no chain id (EIP-155); sign it for this chain")]
    Unprotected,
}

/// A signed transaction: envelope, bytes, hash, and the sender once it was recovered.
///
/// Cloning is cheap and shares the recovered sender, so a signature is checked once for all uses of
/// the same object.
#[derive(Clone, Debug)]
pub struct Transaction(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    envelope: TxEnvelope,
    encoded: Bytes,
    hash: B256,
    sender: OnceLock<Option<Address>>,
}

impl PartialEq for Transaction {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash
    }
}

impl Eq for Transaction {}

impl Transaction {
    /// Decodes EIP-2718 bytes: legacy, 2930, 1559 or 7702. The sender is not recovered yet.
    ///
    /// # Errors
    ///
    /// Malformed or oversized bytes, and blob transactions.
    pub fn decode(bytes: &[u8]) -> Result<Self, TransactionError> {
        if bytes.len() > TRANSACTION_BYTES_MAX {
            return Err(TransactionError::TooLarge(bytes.len()));
        }
        if bytes.first() == Some(&3) {
            return Err(TransactionError::Blob);
        }
        let envelope = TxEnvelope::decode_2718_exact(bytes)
            .map_err(|error| TransactionError::Malformed(error.to_string()))?;
        Self::from_parts(envelope, Bytes::copy_from_slice(bytes))
    }

    /// Wraps an envelope that was built here.
    ///
    /// # Errors
    ///
    /// As [`Self::decode`].
    pub fn from_envelope(envelope: TxEnvelope) -> Result<Self, TransactionError> {
        let encoded = envelope.encoded_2718();
        if encoded.len() > TRANSACTION_BYTES_MAX {
            return Err(TransactionError::TooLarge(encoded.len()));
        }
        Self::from_parts(envelope, encoded.into())
    }

    fn from_parts(envelope: TxEnvelope, encoded: Bytes) -> Result<Self, TransactionError> {
        if matches!(envelope, TxEnvelope::Eip4844(_)) {
            return Err(TransactionError::Blob);
        }
        if envelope.chain_id().is_none() {
            return Err(TransactionError::Unprotected);
        }
        let hash = *envelope.tx_hash();
        Ok(Self(Arc::new(Inner {
            envelope,
            encoded,
            hash,
            sender: OnceLock::new(),
        })))
    }

    /// The sender, recovered at the first call and remembered.
    ///
    /// # Errors
    ///
    /// [`TransactionError::Signature`] where the signature leads to nobody.
    pub fn sender(&self) -> Result<Address, TransactionError> {
        self.0
            .sender
            .get_or_init(|| self.0.envelope.recover_signer().ok())
            .ok_or(TransactionError::Signature)
    }

    /// The decoded envelope.
    pub fn envelope(&self) -> &TxEnvelope {
        &self.0.envelope
    }

    /// The EIP-2718 bytes.
    pub fn encoded(&self) -> &Bytes {
        &self.0.encoded
    }

    /// keccak-256 of the bytes.
    pub fn hash(&self) -> B256 {
        self.0.hash
    }
}
