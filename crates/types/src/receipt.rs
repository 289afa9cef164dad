//! Receipts: what a transaction did.

use crate::{codec, hash::LedgerHash, merkle::leaf_hash};
use alloy_primitives::{Address, Log};
use alloy_rlp::{Encodable as _, RlpDecodable, RlpEncodable};

/// Version byte in front of every encoded receipt.
pub const RECEIPT_FORMAT: u8 = 1;

/// The committed outcome of one transaction.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Receipt {
    /// EIP-2718 type of the transaction.
    pub transaction_type: u8,
    /// Whether it succeeded.
    pub success: bool,
    /// Gas it used.
    pub gas_used: u64,
    /// Gas used in the block up to and with it.
    pub cumulative_gas_used: u64,
    /// Address of the contract it created; the zero address where it created none.
    pub contract: Address,
    /// Logs in their order.
    pub logs: Vec<Log>,
}

impl Receipt {
    /// Canonical bytes: the format version, then RLP.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.length().saturating_add(1));
        out.push(RECEIPT_FORMAT);
        self.encode(&mut out);
        out
    }

    /// The receipt that [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// Unknown version, anything but canonical RLP, trailing bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, codec::CodecError> {
        let mut rest = codec::strip_version(bytes, RECEIPT_FORMAT, "receipt")?;
        codec::decode_exact(&mut rest, "receipt")
    }

    /// Its leaf in the receipts tree.
    pub fn leaf(&self) -> LedgerHash {
        leaf_hash(&self.to_bytes())
    }

    /// The contract it created, if any.
    pub fn created(&self) -> Option<Address> {
        (!self.contract.is_zero()).then_some(self.contract)
    }
}
