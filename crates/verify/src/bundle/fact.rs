//! The kinds of facts a bundle can prove, each with its own evidence.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::{BufMut, Decodable, Encodable, RlpDecodable, RlpEncodable};
use qiantang_types::{Account, MerkleProof};
use serde::{Deserialize, Serialize};

/// One statement about the block of the bundle's first header, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Fact {
    /// This transaction is in the block. It may have failed; a log proves that one succeeded.
    Transaction(TransactionFact),
    /// This transaction in the block emitted this log.
    Log(LogFact),
    /// A storage slot outside the registry holds this value after the block.
    Slot(SlotFact),
    /// An account is in this condition after the block.
    Account(AccountFact),
    /// A registry slot holds this value after the block.
    RegistryEntry(RegistryFact),
    /// A registry slot holds nothing (zero) after the block.
    RegistryAbsence(AbsenceFact),
    /// These are all entries of the registry between two slots after the block.
    RegistryRange(RangeFact),
}

/// A transaction's place in the block.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransactionFact {
    /// EIP-2718 bytes.
    pub transaction: Bytes,
    /// Place in the header's transactions root.
    #[serde(with = "super::json::merkle_proof")]
    pub proof: MerkleProof,
}

/// A log's place in a receipt, the receipt's and its transaction's places in the block.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogFact {
    /// Canonical bytes of the receipt.
    pub receipt: Bytes,
    /// Place in the header's receipts root.
    #[serde(with = "super::json::merkle_proof")]
    pub receipt_proof: MerkleProof,
    /// Position of the log in the receipt, from 0.
    pub log_index: u64,
    /// EIP-2718 bytes of the transaction that the receipt is of.
    pub transaction: Bytes,
    /// Place in the header's transactions root; the same as the receipt's.
    #[serde(with = "super::json::merkle_proof")]
    pub transaction_proof: MerkleProof,
}

/// A storage slot's value.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SlotFact {
    /// Account whose storage it is.
    pub address: Address,
    /// The slot.
    pub slot: U256,
    /// Its value, never zero: zero slots are not kept, so they cannot be proved.
    pub value: U256,
    /// Proof against the root of the storage database, in the engine's encoding.
    pub proof: Bytes,
}

/// An account's condition.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountFact {
    /// Its address.
    pub address: Address,
    /// Number of transactions sent (for a contract: contracts created).
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// keccak-256 of the code.
    pub code_hash: B256,
    /// Proof against the root of the accounts database, in the engine's encoding.
    pub proof: Bytes,
}

/// A registry slot's value.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryFact {
    /// The slot.
    pub slot: U256,
    /// Its value, never zero.
    pub value: U256,
    /// Proof against the root of the registry, in the engine's encoding.
    pub proof: Bytes,
}

/// A registry slot that holds nothing.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbsenceFact {
    /// The slot.
    pub slot: U256,
    /// Proof of exclusion against the root of the registry, in the engine's encoding.
    pub proof: Bytes,
}

/// All entries of the registry from one slot to another, both included.
///
/// Each entry's proof commits to the next key of the registry, so an entry that is left out breaks
/// the chain from `first` to `last`. A range with more than [`super::RANGE_ENTRIES_MAX`] entries
/// takes several facts, each of which starts at the slot after the last of the one before it; see
/// [`crate::Verified::registry_range`].
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RangeFact {
    /// First slot of the range.
    pub first: U256,
    /// Last slot of the range; not below the first.
    pub last: U256,
    /// Proof of exclusion of `first` against the root of the registry, in the engine's encoding;
    /// empty where an entry stands at `first`.
    pub before: Bytes,
    /// The entries in ascending order, each with its own proof.
    pub entries: Vec<RegistryFact>,
}

impl AccountFact {
    /// The account itself.
    pub const fn account(&self) -> Account {
        Account {
            nonce: self.nonce,
            balance: self.balance,
            code_hash: self.code_hash,
        }
    }
}

impl Fact {
    /// Bytes of the longest proof in the engine's encoding; 0 for facts about transactions.
    pub(crate) fn state_proof_len(&self) -> usize {
        match self {
            Self::Transaction(_) | Self::Log(_) => 0,
            Self::Slot(fact) => fact.proof.len(),
            Self::Account(fact) => fact.proof.len(),
            Self::RegistryEntry(fact) => fact.proof.len(),
            Self::RegistryAbsence(fact) => fact.proof.len(),
            Self::RegistryRange(fact) => {
                let entries = fact.entries.iter().map(|entry| entry.proof.len());
                entries.max().unwrap_or(0).max(fact.before.len())
            }
        }
    }

    /// Entries of a range; 0 for the other facts.
    pub(crate) const fn range_entries(&self) -> usize {
        match self {
            Self::RegistryRange(fact) => fact.entries.len(),
            _ => 0,
        }
    }

    /// Code of the kind in the binary form, and what follows it.
    fn parts(&self) -> (u8, &dyn Encodable) {
        match self {
            Self::Transaction(fact) => (1, fact),
            Self::Log(fact) => (2, fact),
            Self::Slot(fact) => (3, fact),
            Self::Account(fact) => (4, fact),
            Self::RegistryEntry(fact) => (5, fact),
            Self::RegistryAbsence(fact) => (6, fact),
            Self::RegistryRange(fact) => (7, fact),
        }
    }

    fn list_header(&self) -> alloy_rlp::Header {
        let (kind, body) = self.parts();
        let payload_length = kind.length().saturating_add(body.length());
        alloy_rlp::Header {
            list: true,
            payload_length,
        }
    }
}

impl Encodable for Fact {
    fn encode(&self, out: &mut dyn BufMut) {
        let (kind, body) = self.parts();
        self.list_header().encode(out);
        kind.encode(out);
        body.encode(out);
    }

    fn length(&self) -> usize {
        let header = self.list_header();
        header.length().saturating_add(header.payload_length)
    }
}

impl Decodable for Fact {
    fn decode(buf: &mut &[u8]) -> alloy_rlp::Result<Self> {
        let mut payload = alloy_rlp::Header::decode_bytes(buf, true)?;
        let payload = &mut payload;
        let fact = match u8::decode(payload)? {
            1 => Self::Transaction(Decodable::decode(payload)?),
            2 => Self::Log(Decodable::decode(payload)?),
            3 => Self::Slot(Decodable::decode(payload)?),
            4 => Self::Account(Decodable::decode(payload)?),
            5 => Self::RegistryEntry(Decodable::decode(payload)?),
            6 => Self::RegistryAbsence(Decodable::decode(payload)?),
            7 => Self::RegistryRange(Decodable::decode(payload)?),
            _ => return Err(alloy_rlp::Error::Custom("a fact of an unknown kind")),
        };
        if payload.is_empty() {
            Ok(fact)
        } else {
            Err(alloy_rlp::Error::UnexpectedLength)
        }
    }
}
