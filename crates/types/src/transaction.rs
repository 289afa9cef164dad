//! Transactions as the network carries them: Ethereum's signed ones, and those that the chain
//! itself makes when a scheduled job is due or a leader reports a validator's fault.

use crate::unit::Height;
use alloy_consensus::{Transaction as _, TxEnvelope, transaction::SignerRecoverable as _};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_rlp::{Decodable as _, RlpDecodable, RlpEncodable};
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

/// First byte of a [`SystemTransaction`] (EIP-2718).
pub const SYSTEM_TRANSACTION_TYPE: u8 = 0x71;

/// One run of a scheduled job, or a report of a validator's fault by the leader of the block.
/// Nobody signs it. Of a job, every node makes the same one from the state, so a block that
/// contains any other is invalid; a report has the job 0, calls Governance in the name of the
/// leader's address, and makes the block invalid where Governance refuses it.
///
/// Encoded as [`SYSTEM_TRANSACTION_TYPE`] and the RLP list of the fields.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct SystemTransaction {
    /// The job; 0 for a report of a fault and for what the scheduler says of jobs that do not run,
    /// and then so are `due` and `attempt`.
    pub job: u64,
    /// When it was due: milliseconds since the epoch, or a height.
    pub due: u64,
    /// How often this occurrence was tried before.
    pub attempt: u32,
    /// The block it runs in, so that no two runs are the same transaction.
    pub height: Height,
    /// In whose name.
    pub caller: Address,
    /// What it calls.
    pub target: Address,
    /// Call data.
    pub input: Bytes,
    /// Gas that it may use.
    pub gas: u64,
}

impl SystemTransaction {
    fn to_bytes(&self) -> Bytes {
        let mut bytes = vec![SYSTEM_TRANSACTION_TYPE];
        alloy_rlp::Encodable::encode(self, &mut bytes);
        bytes.into()
    }

    fn from_bytes(mut bytes: &[u8]) -> Result<Self, TransactionError> {
        let malformed = |reason: String| TransactionError::Malformed(reason);
        let decoded = Self::decode(&mut bytes).map_err(|error| malformed(error.to_string()))?;
        if bytes.is_empty() {
            Ok(decoded)
        } else {
            Err(malformed(format!("{} bytes too many", bytes.len())))
        }
    }
}

/// A transaction: its content, bytes, hash, and the sender once it was recovered.
///
/// Cloning is cheap and shares the recovered sender, so a signature is checked once for all uses of
/// the same object.
#[derive(Clone, Debug)]
pub struct Transaction(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    content: Content,
    encoded: Bytes,
    hash: B256,
    sender: OnceLock<Option<Address>>,
}

/// What a transaction is.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every transaction is signed, and each is allocated once"
)]
pub enum Content {
    /// Signed by somebody.
    Signed(TxEnvelope),
    /// Made by the chain.
    System(SystemTransaction),
}

impl PartialEq for Transaction {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash
    }
}

impl Eq for Transaction {}

impl Transaction {
    /// Decodes EIP-2718 bytes: legacy, 2930, 1559, 7702 or one of the chain's own. The sender is
    /// not recovered yet.
    ///
    /// # Errors
    ///
    /// Malformed or oversized bytes, and blob transactions.
    pub fn decode(bytes: &[u8]) -> Result<Self, TransactionError> {
        if bytes.len() > TRANSACTION_BYTES_MAX {
            return Err(TransactionError::TooLarge(bytes.len()));
        }
        if let Some((&SYSTEM_TRANSACTION_TYPE, rest)) = bytes.split_first() {
            return Ok(Self::from_system(SystemTransaction::from_bytes(rest)?));
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

    /// What the chain itself makes.
    pub fn from_system(transaction: SystemTransaction) -> Self {
        let encoded = transaction.to_bytes();
        Self(Arc::new(Inner {
            hash: keccak256(&encoded),
            sender: OnceLock::from(Some(transaction.caller)),
            content: Content::System(transaction),
            encoded,
        }))
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
            content: Content::Signed(envelope),
            encoded,
            hash,
            sender: OnceLock::new(),
        })))
    }

    /// Who signed it, recovered at the first call and remembered; in whose name a job runs.
    ///
    /// # Errors
    ///
    /// [`TransactionError::Signature`] where the signature leads to nobody.
    pub fn sender(&self) -> Result<Address, TransactionError> {
        self.0
            .sender
            .get_or_init(|| self.signed()?.recover_signer().ok())
            .ok_or(TransactionError::Signature)
    }

    /// Remembers the sender that another copy of the same transaction has recovered.
    pub fn learn_sender(&self, copy: &Self) {
        if self.hash() == copy.hash()
            && let Some(sender) = copy.0.sender.get()
        {
            let _ = self.0.sender.set(*sender);
        }
    }

    /// Remembers the sender that this node recovered and wrote down itself. Whoever it is, is not
    /// checked: never pass what somebody else says.
    pub fn trust_sender(&self, sender: Address) {
        let _ = self.0.sender.set(Some(sender));
    }

    /// What it is.
    pub fn content(&self) -> &Content {
        &self.0.content
    }

    /// The envelope of a signed transaction.
    pub fn signed(&self) -> Option<&TxEnvelope> {
        match &self.0.content {
            Content::Signed(envelope) => Some(envelope),
            Content::System(_) => None,
        }
    }

    /// The content of a transaction that the chain made.
    pub fn system(&self) -> Option<&SystemTransaction> {
        match &self.0.content {
            Content::Signed(_) => None,
            Content::System(transaction) => Some(transaction),
        }
    }

    /// What it calls; `None` where it creates a contract.
    pub fn to(&self) -> Option<Address> {
        match &self.0.content {
            Content::Signed(envelope) => envelope.to(),
            Content::System(transaction) => Some(transaction.target),
        }
    }

    /// Gas that it may use.
    pub fn gas_limit(&self) -> u64 {
        match &self.0.content {
            Content::Signed(envelope) => envelope.gas_limit(),
            Content::System(transaction) => transaction.gas,
        }
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
