//! The proof bundle: facts about the ledger with everything a stranger needs to check them.
//!
//! Two forms, one content, and one way to write each:
//!
//! - **binary**: `qtb`, a version byte, then RLP of
//!   `[trust root, [boundaries], [headers], certificate, [facts], seal]`, where a boundary is
//!   `[header, certificate]`;
//! - **JSON**: the same fields by name, indented by two spaces and ended by a line feed as files
//!   are, or without any white space as replies to calls are.
//!
//! A decoder re-encodes what it read and refuses any difference, so a bundle has no second
//! spelling. The seal is a hash of the content. It proves nothing, since anybody can compute it,
//! but it makes accidental damage visible even where the damaged bundle states another true fact
//! (the neighbouring log of the same receipt, another absent key of the same gap).
//!
//! The kinds of facts have codes in the binary form and names in JSON ([`Fact`]). Kinds are added;
//! what a code means never changes. An older build refuses a kind that it does not know as
//! malformed.
//!
//! Headers are carried as their canonical bytes, which is what is hashed. The boundaries lead from
//! the trust root's validator set to the one that signed the certificate: ascending, one for each
//! change before the certificate's epoch, so none on a chain whose set never changed. Version 1,
//! which knew the first set only, is not read.

mod fact;
mod json;

pub use fact::{
    AbsenceFact, AccountFact, Fact, LogFact, RangeFact, RegistryFact, SlotFact, TransactionFact,
};

use crate::certificate::CERTIFICATE_BYTES_MAX;
use alloy_primitives::Bytes;
use alloy_rlp::{Decodable as _, Encodable as _, RlpDecodable, RlpEncodable};
use qiantang_types::{
    Boundary, CodecError, Header, LedgerHash, TrustRoot, VALIDATORS_MAX, ledger_hash,
};
use serde::{Deserialize, Serialize};

/// Version of both forms.
pub const BUNDLE_VERSION: u8 = 2;

/// First bytes of the binary form.
pub const BUNDLE_MAGIC: [u8; 3] = *b"qtb";

/// Bytes of the binary form at the most: some facts with the largest transaction and its receipt.
pub const BUNDLE_BYTES_MAX: usize = 16 << 20;

/// Bytes of the JSON form at the most: two digits for each byte, and names.
pub const BUNDLE_JSON_BYTES_MAX: usize = 36 << 20;

/// Changes of the validator set that one bundle crosses. With four validators each takes about 860
/// bytes of the binary form.
pub const BOUNDARIES_MAX: usize = 10_000;

/// Headers from the one that holds the facts to the certified one.
pub const HEADERS_MAX: usize = 256;

/// Facts in one bundle.
pub const FACTS_MAX: usize = 64;

/// Entries in one range of the registry; a longer range takes several facts.
pub const RANGE_ENTRIES_MAX: usize = 256;

/// Bytes of one state proof: 122 hashes (the deepest tree), the bitmap chunk and the fixed fields.
pub const STATE_PROOF_BYTES_MAX: usize = 8 << 10;

/// Facts with their evidence. Holding one proves nothing; [`crate::verify`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// What the anchor is the fingerprint of.
    pub root: TrustRoot,
    /// Ascending: every change of the validator set before the certified block's epoch.
    pub boundaries: Vec<Boundary>,
    /// Ascending: the header that holds the facts, its children, the certified header. Often one.
    pub headers: Vec<Header>,
    /// Finalization certificate of the last header, in the engine's encoding.
    pub certificate: Bytes,
    /// What the first header proves.
    pub facts: Vec<Fact>,
}

/// Why bytes are not a proof bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Neither of the two forms.
    #[error("neither a JSON document nor the binary form, which starts with `qtb`")]
    Unknown,
    /// A version this build does not know.
    #[error(
        "bundle version {found}, this build reads version {BUNDLE_VERSION}; use a build that reads \
         it, or get the proof again"
    )]
    Version {
        /// Version found.
        found: u8,
    },
    /// More than a named limit allows.
    #[error("{what}: {found}, the limit is {limit}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The count.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// No header, or no fact.
    #[error("the bundle has no {0}")]
    Missing(&'static str),
    /// Not RLP, or not the fields of a bundle.
    #[error("the binary form is malformed: {0}")]
    Rlp(alloy_rlp::Error),
    /// Not JSON, or not the fields of a bundle.
    #[error("the JSON form is malformed: {0}")]
    Json(String),
    /// A header that is not in its canonical form.
    #[error("{list}: header {index}: {source}")]
    Header {
        /// Where it stands: `boundaries` or `headers`.
        list: &'static str,
        /// Position there, from 0.
        index: usize,
        /// What is wrong with it.
        source: CodecError,
    },
    /// The same content has another, canonical spelling.
    #[error("the {0} form is not the canonical spelling of its content")]
    Spelling(&'static str),
    /// The seal is of other content.
    #[error("the content was altered after the bundle was made: the seal does not fit")]
    Seal,
}

/// A decoded bundle and the seal that came with it, not yet compared.
pub(crate) struct Sealed {
    pub(crate) bundle: Bundle,
    pub(crate) seal: LedgerHash,
}

#[derive(RlpEncodable, RlpDecodable)]
struct Wire {
    root: TrustRoot,
    boundaries: Vec<Certified>,
    headers: Vec<Bytes>,
    certificate: Bytes,
    facts: Vec<Fact>,
    seal: LedgerHash,
}

/// A boundary as both forms carry it: the header's canonical bytes and the certificate.
#[derive(RlpEncodable, RlpDecodable, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Certified {
    header: Bytes,
    certificate: Bytes,
}

impl Bundle {
    /// The binary form.
    pub fn to_binary(&self) -> Vec<u8> {
        self.binary_with(self.seal())
    }

    /// The JSON form as files hold it: indented, ended by a line feed.
    pub fn to_json(&self) -> String {
        json::pretty(self, self.seal())
    }

    /// The JSON form without white space.
    pub fn to_json_compact(&self) -> String {
        json::compact(self, self.seal())
    }

    /// Reads either form.
    ///
    /// # Errors
    ///
    /// Anything but the one spelling of a bundle in one of the forms, and more than the limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let sealed = Self::decode_sealed(bytes)?;
        if sealed.seal == sealed.bundle.seal() {
            Ok(sealed.bundle)
        } else {
            Err(FormatError::Seal)
        }
    }

    /// Reads either form and leaves the seal to the caller, who can name a more telling fault.
    pub(crate) fn decode_sealed(bytes: &[u8]) -> Result<Sealed, FormatError> {
        let sealed = match bytes.first() {
            Some(b'{') => json::decode(bytes)?,
            _ => decode_binary(bytes)?,
        };
        sealed.bundle.check_limits()?;
        Ok(sealed)
    }

    /// Hash of the content.
    pub fn seal(&self) -> LedgerHash {
        let mut wire = self.wire(LedgerHash::ZERO);
        wire.seal = LedgerHash::ZERO;
        ledger_hash(&[b"qiantang proof bundle 2", &alloy_rlp::encode(&wire)])
    }

    fn binary_with(&self, seal: LedgerHash) -> Vec<u8> {
        let wire = self.wire(seal);
        let mut out = Vec::with_capacity(wire.length().saturating_add(4));
        out.extend_from_slice(&BUNDLE_MAGIC);
        out.push(BUNDLE_VERSION);
        wire.encode(&mut out);
        out
    }

    fn wire(&self, seal: LedgerHash) -> Wire {
        Wire {
            root: self.root.clone(),
            boundaries: encode_boundaries(&self.boundaries),
            headers: encode_headers(&self.headers),
            certificate: self.certificate.clone(),
            facts: self.facts.clone(),
            seal,
        }
    }

    fn check_limits(&self) -> Result<(), FormatError> {
        if self.headers.is_empty() {
            return Err(FormatError::Missing("header"));
        }
        if self.facts.is_empty() {
            return Err(FormatError::Missing("fact"));
        }
        limit("boundaries", self.boundaries.len(), BOUNDARIES_MAX)?;
        limit("headers", self.headers.len(), HEADERS_MAX)?;
        limit("facts", self.facts.len(), FACTS_MAX)?;
        limit("validators", self.root.validators.len(), VALIDATORS_MAX)?;
        let boundaries = self.boundaries.iter().map(|boundary| &boundary.certificate);
        boundaries
            .chain([&self.certificate])
            .try_for_each(|bytes| limit("certificate bytes", bytes.len(), CERTIFICATE_BYTES_MAX))?;
        self.facts.iter().try_for_each(|fact| {
            limit(
                "entries of a range",
                fact.range_entries(),
                RANGE_ENTRIES_MAX,
            )?;
            limit(
                "state proof bytes",
                fact.state_proof_len(),
                STATE_PROOF_BYTES_MAX,
            )
        })
    }
}

fn decode_binary(bytes: &[u8]) -> Result<Sealed, FormatError> {
    limit("bundle bytes", bytes.len(), BUNDLE_BYTES_MAX)?;
    let rest = bytes
        .strip_prefix(&BUNDLE_MAGIC)
        .ok_or(FormatError::Unknown)?;
    let (version, mut rest) = rest.split_first().ok_or(FormatError::Unknown)?;
    if *version != BUNDLE_VERSION {
        return Err(FormatError::Version { found: *version });
    }
    let wire = Wire::decode(&mut rest).map_err(FormatError::Rlp)?;
    let bundle = Bundle {
        root: wire.root,
        boundaries: decode_boundaries(wire.boundaries)?,
        headers: decode_headers(&wire.headers)?,
        certificate: wire.certificate,
        facts: wire.facts,
    };
    // RLP readers differ in what they forgive, and bytes may follow: compare the whole.
    if bundle.binary_with(wire.seal) != bytes {
        return Err(FormatError::Spelling("binary"));
    }
    Ok(Sealed {
        bundle,
        seal: wire.seal,
    })
}

fn encode_headers(headers: &[Header]) -> Vec<Bytes> {
    let encode = |header: &Header| header.to_bytes().into();
    headers.iter().map(encode).collect()
}

fn encode_boundaries(boundaries: &[Boundary]) -> Vec<Certified> {
    let encode = |boundary: &Boundary| Certified {
        header: boundary.header.to_bytes().into(),
        certificate: boundary.certificate.clone(),
    };
    boundaries.iter().map(encode).collect()
}

fn decode_headers(headers: &[Bytes]) -> Result<Vec<Header>, FormatError> {
    limit("headers", headers.len(), HEADERS_MAX)?;
    let decode = |(index, bytes): (usize, &Bytes)| decode_header("headers", index, bytes);
    headers.iter().enumerate().map(decode).collect()
}

fn decode_boundaries(boundaries: Vec<Certified>) -> Result<Vec<Boundary>, FormatError> {
    limit("boundaries", boundaries.len(), BOUNDARIES_MAX)?;
    let decode = |(index, boundary): (usize, Certified)| {
        Ok(Boundary {
            header: decode_header("boundaries", index, &boundary.header)?,
            certificate: boundary.certificate,
        })
    };
    boundaries.into_iter().enumerate().map(decode).collect()
}

fn decode_header(list: &'static str, index: usize, bytes: &[u8]) -> Result<Header, FormatError> {
    Header::from_bytes(bytes).map_err(|source| FormatError::Header {
        list,
        index,
        source,
    })
}

fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), FormatError> {
    if found > limit {
        Err(FormatError::Limit { what, found, limit })
    } else {
        Ok(())
    }
}
