//! The chain spec: everything the members agreed on before the first block.

use crate::{
    hash::{LedgerHash, ledger_hash},
    unit::TimestampMs,
};
use alloy_primitives::{Address, Bytes, U256};
use alloy_rlp::{RlpDecodable, RlpEncodable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Chain id of `qiantang dev`.
pub const DEV_CHAIN_ID: u64 = 571_571;

/// Parameters of a chain, in `chain.json`. Unknown keys are an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ChainSpec {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Name for people.
    pub name: String,
    /// Time of the genesis block.
    pub genesis_time: TimestampMs,
    /// Signature scheme of the validators.
    pub scheme: SignatureScheme,
    /// Public keys of the first validators, as the scheme encodes them, in ascending order.
    pub validators: Vec<Bytes>,
    /// Where the first validators listen for their peers, by public key: a
    /// [`PeerAddress`](crate::PeerAddress) each. A part of the first state, which Governance may
    /// change later.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<Bytes, String>,
    /// Rules that execution follows.
    #[serde(default)]
    pub parameters: Parameters,
    /// The first members, numbered from 1 in this order.
    #[serde(default)]
    pub organisations: Vec<GenesisOrganisation>,
    /// Accounts at genesis.
    #[serde(default)]
    pub alloc: BTreeMap<Address, GenesisAccount>,
}

/// Signature scheme of votes and certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureScheme {
    /// ECDSA on NIST P-256 with SHA-256 (FIPS 186-5).
    P256,
    /// Ed25519 (RFC 8032) with the validation rules of ZIP-215.
    Ed25519,
}

/// Rules that are part of the agreement and that execution reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, RlpEncodable, RlpDecodable)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Parameters {
    /// Gas that one block may use.
    pub block_gas_limit: u64,
    /// Gas that one transaction may ask for.
    pub transaction_gas_limit: u64,
    /// Whether Trace refuses goods that enter without a commissioning event.
    pub trace_strict: bool,
    /// Whether only accounts of active organisations may send transactions.
    pub members_only: bool,
    /// Gas that the transactions of one member may ask for in one block; 0 for no limit. All
    /// accounts without an organisation count as one member, the guests.
    pub member_gas_per_block: u64,
    /// Gas that the transactions of one member may use in one UTC day; 0 for no limit.
    pub member_gas_per_day: u64,
    /// Bytes of the transactions of one member in one block; 0 for no limit.
    pub member_bytes_per_block: u64,
    /// Bytes of the transactions of one member in one UTC day; 0 for no limit.
    pub member_bytes_per_day: u64,
    /// Gas of one block that due jobs may take, before any transaction.
    pub job_gas_per_block: u64,
    /// Gas that the jobs of one organisation may use in one UTC day.
    pub job_gas_per_day: u64,
    /// Blocks of one epoch, in which the validator set does not change.
    pub epoch_length: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            block_gas_limit: 1_000_000_000,
            transaction_gas_limit: 100_000_000,
            trace_strict: false,
            members_only: false,
            member_gas_per_block: 0,
            member_gas_per_day: 0,
            member_bytes_per_block: 0,
            member_bytes_per_day: 0,
            job_gas_per_block: 250_000_000,
            job_gas_per_day: 10_000_000_000,
            epoch_length: 10_000,
        }
    }
}

/// An organisation at genesis. What its words may be, the Identity module says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisOrganisation {
    /// Name for people.
    pub name: String,
    /// What it is: `bank`, `enterprise`, `hospital`, `university`, `court`, `regulator`,
    /// `government`, `insurer`, `association` or `other`.
    pub kind: String,
    /// Where it is, as ISO 3166 spells it, such as `CN-33`, with the division's number behind where
    /// there is one.
    pub jurisdiction: String,
    /// Its first administrators.
    pub administrators: Vec<Address>,
    /// Which of the chain's validators it runs, by their public keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validators: Vec<Bytes>,
}

/// An account at genesis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct GenesisAccount {
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Contract code.
    #[serde(skip_serializing_if = "code_is_empty")]
    pub code: Bytes,
    /// Storage by slot; zero values are left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<U256, U256>,
}

impl ChainSpec {
    /// Hash of all parameters that are not visible in the genesis state; the parent of the genesis
    /// block.
    pub fn parameters_hash(&self) -> LedgerHash {
        let head = (self.chain_id, self.name.as_bytes(), self.genesis_time.get());
        ledger_hash(&[
            b"qiantang chain parameters 1",
            &head.0.to_be_bytes(),
            &(head.1.len() as u64).to_be_bytes(),
            head.1,
            &head.2.to_be_bytes(),
            &alloy_rlp::encode(&self.parameters),
        ])
    }
}

/// What a stranger must know to check proofs: it travels in every bundle, and its fingerprint is
/// the anchor.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct TrustRoot {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of the genesis block, which commits to the parameters and the first state.
    pub genesis: LedgerHash,
    /// Code of the signature scheme: 1 is P-256, 2 is Ed25519.
    pub scheme: u8,
    /// Public keys of the first validators in ascending order.
    pub validators: Vec<Bytes>,
}

/// The anchor: a short, printable, typo-proof fingerprint of a chain (bech32m, BIP-350, prefix
/// `qt`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(LedgerHash);

/// Why a string is not an anchor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an anchor: it must be `qt1` and 58 more characters, as `qiantang_anchor` gives it; \
     check for typing errors"
)]
pub struct FingerprintError(String);

const FINGERPRINT_PREFIX: bech32::Hrp = bech32::Hrp::parse_unchecked("qt");

impl TrustRoot {
    /// Its fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(ledger_hash(&[
            b"qiantang anchor 1",
            &alloy_rlp::encode(self),
        ]))
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = bech32::encode::<bech32::Bech32m>(FINGERPRINT_PREFIX, self.0.as_slice())
            .map_err(|_| std::fmt::Error)?;
        f.write_str(&text)
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || FingerprintError(text.chars().take(80).collect());
        let checked = bech32::primitives::decode::CheckedHrpstring::new::<bech32::Bech32m>(text)
            .map_err(|_| refuse())?;
        let bytes: Vec<u8> = checked.byte_iter().collect();
        if checked.hrp() != FINGERPRINT_PREFIX || bytes.len() != 32 {
            return Err(refuse());
        }
        let fingerprint = Self(LedgerHash::from_slice(&bytes));
        // The checksum also covers the four bits that pad 32 bytes to whole letters; only zero is
        // ours. Capitals throughout are the same text, as BIP-173 wants for QR codes.
        if fingerprint.to_string() == text.to_ascii_lowercase() {
            Ok(fingerprint)
        } else {
            Err(refuse())
        }
    }
}

fn code_is_empty(code: &Bytes) -> bool {
    code.is_empty()
}

impl Fingerprint {
    /// The fingerprint with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(LedgerHash::new(bytes))
    }

    /// The 32 bytes, which are also the namespace of every signature on this chain.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0.0
    }
}
