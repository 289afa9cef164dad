//! The evidence bundle: a proof of a deposit, and what leads from a file to it.
//!
//! One JSON document without white space, ended by a line feed: `format`, `version`, `algorithm`,
//! `subject`, `proof` (the standard proof bundle of the log `Deposited`, in its JSON form without
//! white space) and `seal`. A reader re-encodes what it read and refuses any difference, so a
//! bundle has no second spelling. The seal, a hash of the content, proves nothing; it makes damage
//! visible where what is left would still be true.
//!
//! The bundle of a folder holds the names and digests of all its files: about 130 bytes for each,
//! 13 MB for 100,000. So that one file proves every document, offline and for ever, and there is no
//! service to ask for a path. Who must show one document and not the names of the others hands out
//! [`EvidenceBundle::leaf`] instead, which holds the Merkle path.

use super::{
    Algorithm, Evidence,
    IEvidence::{self, Content},
    subject::{Entry, Root, Subject, committed_batch, committed_document},
};
use crate::module::Interface as _;
use alloy_primitives::{Address, B256};
use alloy_sol_types::SolEvent as _;
use qiantang_types::{Fingerprint, LedgerHash, Opening, ledger_hash};
use qiantang_verify::{Bundle, Verified, VerifiedFact, VerifyError, verify};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Value of the field `format`.
const FORMAT: &str = "qiantang-evidence-bundle";

/// Version of the format.
pub const EVIDENCE_BUNDLE_VERSION: u8 = 1;

/// Bytes of a bundle at the most: a million documents with long names.
pub const EVIDENCE_BUNDLE_BYTES_MAX: usize = 512 << 20;

/// A bundle as read: its form is right, nothing is proved yet.
#[derive(Clone, Debug)]
pub struct EvidenceBundle {
    algorithm: Algorithm,
    subject: Subject,
    proof: Box<RawValue>,
    seal: LedgerHash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    version: u8,
    algorithm: Algorithm,
    subject: Subject,
    proof: Box<RawValue>,
    seal: LedgerHash,
}

/// What a bundle proves, before any file is compared.
#[derive(Clone, Debug)]
pub struct CheckedEvidence<'a> {
    /// The block that holds the deposit, and who signed it.
    pub proof: Verified,
    /// The transaction of the deposit.
    pub transaction: B256,
    /// Who signed the transaction.
    pub sender: Address,
    /// The deposit.
    pub deposit: IEvidence::Deposited,
    /// How documents were hashed.
    pub algorithm: Algorithm,
    /// The batch; none for a single document.
    pub batch: Option<Root>,
    opening: Option<Opening>,
    names: BTreeMap<B256, Vec<(u64, &'a Entry)>>,
}

/// Why a bundle proves nothing about a file. [`Self::step`] names the step that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The bytes are not an evidence bundle.
    #[error("evidence-format: {0}")]
    Format(String),
    /// The proof of the deposit does not hold.
    #[error(transparent)]
    Proof(#[from] VerifyError),
    /// The proof is of something else than a deposit.
    #[error("evidence-deposit: {0}")]
    Deposit(String),
    /// The list or path does not lead to what was deposited.
    #[error("evidence-tree: {0}")]
    Tree(String),
    /// The file is not what was deposited.
    #[error("evidence-digest: {0}")]
    Digest(String),
    /// The commitment cannot be opened.
    #[error("evidence-opening: {0}")]
    Opening(String),
    /// The deposit is of a commitment, and its opening is not given.
    #[error("evidence-opening: the deposit is private and needs its key file")]
    KeyMissing,
    /// Everything is proved, but it is not what the maker of the bundle put in.
    #[error("evidence-seal: the content was altered after the bundle was made")]
    Seal,
}

impl EvidenceError {
    /// Stable name of the step that failed: `evidence-format`, a step of the proof of the deposit
    /// ([`VerifyError::step`]), `evidence-deposit`, `evidence-tree`, `evidence-digest`,
    /// `evidence-opening` or `evidence-seal`.
    pub const fn step(&self) -> &'static str {
        match self {
            Self::Format(_) => "evidence-format",
            Self::Proof(error) => error.step(),
            Self::Deposit(_) => "evidence-deposit",
            Self::Tree(_) => "evidence-tree",
            Self::Digest(_) => "evidence-digest",
            Self::Opening(_) | Self::KeyMissing => "evidence-opening",
            Self::Seal => "evidence-seal",
        }
    }
}

impl EvidenceBundle {
    /// Joins what the deposit is about with its proof.
    ///
    /// # Errors
    ///
    /// A list that is not in order.
    pub fn new(
        algorithm: Algorithm,
        subject: Subject,
        proof: &Bundle,
    ) -> Result<Self, EvidenceError> {
        let proof = RawValue::from_string(proof.to_json_compact()).map_err(|e| format_error(&e))?;
        Self::sealed(algorithm, subject, proof)
    }

    fn sealed(
        algorithm: Algorithm,
        subject: Subject,
        proof: Box<RawValue>,
    ) -> Result<Self, EvidenceError> {
        if !subject.is_in_order() {
            let reason = "the names do not ascend, or there are more than a million";
            return Err(EvidenceError::Format(reason.to_owned()));
        }
        let mut bundle = Self {
            algorithm,
            subject,
            proof,
            seal: LedgerHash::ZERO,
        };
        bundle.seal = bundle.content_hash()?;
        Ok(bundle)
    }

    /// Reads a bundle and refuses everything but its one spelling.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Format`].
    pub fn decode(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > EVIDENCE_BUNDLE_BYTES_MAX {
            return Err(EvidenceError::Format(format!(
                "{} bytes, the limit is {EVIDENCE_BUNDLE_BYTES_MAX}",
                bytes.len()
            )));
        }
        let document: Document = serde_json::from_slice(bytes).map_err(|e| format_error(&e))?;
        if document.format != FORMAT {
            return Err(EvidenceError::Format(format!(
                "`{}` is not `{FORMAT}`",
                document.format.escape_debug()
            )));
        }
        if document.version != EVIDENCE_BUNDLE_VERSION {
            return Err(EvidenceError::Format(format!(
                "version {}, this build reads version {EVIDENCE_BUNDLE_VERSION}",
                document.version
            )));
        }
        let bundle = Self {
            algorithm: document.algorithm,
            subject: document.subject,
            proof: document.proof,
            seal: document.seal,
        };
        if !bundle.subject.is_in_order() || bundle.encode()? != bytes {
            let reason = "this is not the canonical spelling of its content";
            return Err(EvidenceError::Format(reason.to_owned()));
        }
        Ok(bundle)
    }

    /// The bytes of the bundle.
    ///
    /// # Errors
    ///
    /// None that a bundle of this crate meets.
    pub fn encode(&self) -> Result<Vec<u8>, EvidenceError> {
        let mut bytes = self.encode_with(self.seal)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn encode_with(&self, seal: LedgerHash) -> Result<Vec<u8>, EvidenceError> {
        #[derive(Serialize)]
        struct Borrowed<'a> {
            format: &'a str,
            version: u8,
            algorithm: Algorithm,
            subject: &'a Subject,
            proof: &'a RawValue,
            seal: LedgerHash,
        }
        let document = Borrowed {
            format: FORMAT,
            version: EVIDENCE_BUNDLE_VERSION,
            algorithm: self.algorithm,
            subject: &self.subject,
            proof: &self.proof,
            seal,
        };
        serde_json::to_vec(&document).map_err(|error| format_error(&error))
    }

    fn content_hash(&self) -> Result<LedgerHash, EvidenceError> {
        let content = self.encode_with(LedgerHash::ZERO)?;
        Ok(ledger_hash(&[b"qiantang evidence bundle 1", &content]))
    }

    /// How the documents were hashed.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What the deposit is about.
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The proof of the deposit, in the JSON form of `qiantang-verify`.
    pub fn proof(&self) -> &str {
        self.proof.get()
    }

    /// The bundle of one document of a list.
    ///
    /// # Errors
    ///
    /// The bundle holds no list, or no such position.
    pub fn leaf(&self, index: u64) -> Result<Self, EvidenceError> {
        let subject = self.subject.leaf(index).ok_or_else(|| {
            EvidenceError::Tree(format!("the bundle holds no list with a position {index}"))
        })?;
        Self::sealed(self.algorithm, subject, self.proof.clone())
    }

    /// Checks everything that does not need a file: the proof of the deposit against the anchor,
    /// that the list or path leads to what was deposited, and the seal. A deposit of a commitment
    /// needs its opening.
    ///
    /// # Errors
    ///
    /// The first step that fails.
    pub fn check(
        &self,
        opening: Option<Opening>,
        anchor: &Fingerprint,
    ) -> Result<CheckedEvidence<'_>, EvidenceError> {
        let proved = self.prove_deposit(anchor)?;
        let opening = match (proved.deposit.content, opening) {
            (Content::Commitment, None) => return Err(EvidenceError::KeyMissing),
            (_, opening) => opening,
        };
        let batch = self.match_batch(&proved.deposit, opening)?;
        if self.seal != self.content_hash()? {
            return Err(EvidenceError::Seal);
        }
        let mut names: BTreeMap<B256, Vec<(u64, &Entry)>> = BTreeMap::new();
        for (at, entry) in self.subject.entries() {
            names.entry(entry.digest).or_default().push((at, entry));
        }
        Ok(CheckedEvidence {
            proof: proved.proof,
            transaction: proved.transaction,
            sender: proved.sender,
            deposit: proved.deposit,
            algorithm: self.algorithm,
            batch,
            opening,
            names,
        })
    }

    fn prove_deposit(&self, anchor: &Fingerprint) -> Result<ProvedDeposit, EvidenceError> {
        let mut proof = verify(self.proof.get().as_bytes(), anchor)?;
        let refuse = |reason: &str| Err(EvidenceError::Deposit(reason.to_owned()));
        if proof.facts.len() != 1 {
            return refuse("the proof is not of exactly one fact");
        }
        let Some(VerifiedFact::Log {
            transaction_hash,
            sender,
            log,
            ..
        }) = proof.facts.pop()
        else {
            return refuse("the proof is not of a log");
        };
        if log.address != Evidence::ADDRESS {
            return refuse("the log is not of the Evidence module");
        }
        let Ok(deposit) = IEvidence::Deposited::decode_log_data(&log.data) else {
            return refuse("the log is not `Deposited`");
        };
        let is_private = deposit.content == Content::Commitment;
        if !is_private && deposit.algorithm != IEvidence::Algorithm::from(self.algorithm) {
            return refuse("the bundle names another algorithm than the deposit");
        }
        let is_document = matches!(self.subject, Subject::Document);
        match deposit.content {
            Content::Digest if !is_document => {
                return refuse("the deposit is of one document, the bundle of a batch");
            }
            Content::Batch if is_document => {
                return refuse("the deposit is of a batch, the bundle of one document");
            }
            Content::Digest | Content::Batch | Content::Commitment => {}
            Content::None | Content::__Invalid => return refuse("the deposit is of nothing"),
        }
        Ok(ProvedDeposit {
            proof,
            transaction: transaction_hash,
            sender,
            deposit,
        })
    }

    /// The batch that the list or path leads to, once it is known to be the deposited one.
    fn match_batch(
        &self,
        deposit: &IEvidence::Deposited,
        opening: Option<Opening>,
    ) -> Result<Option<Root>, EvidenceError> {
        if matches!(self.subject, Subject::Document) {
            return Ok(None);
        }
        let lost = || {
            let reason = "the list or path does not lead to the deposited root";
            EvidenceError::Tree(reason.to_owned())
        };
        let batch = self.subject.root().ok_or_else(lost)?;
        match opening {
            Some(opening) if deposit.content == Content::Commitment => {
                let data = committed_batch(self.algorithm, &batch);
                if opening.commit(&data) != deposit.digest {
                    let reason = "the key file and the list do not open the commitment";
                    return Err(EvidenceError::Opening(reason.to_owned()));
                }
            }
            _ if (deposit.digest, deposit.count) == (batch.root, batch.count) => {}
            _ => return Err(lost()),
        }
        Ok(Some(batch))
    }
}

impl CheckedEvidence<'_> {
    /// Checks that a file with this digest is what was deposited, and answers the names that it has
    /// in the batch, with their positions; none for a single document.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Digest`] or [`EvidenceError::Opening`].
    pub fn file(&self, digest: &B256) -> Result<&[(u64, &Entry)], EvidenceError> {
        if self.batch.is_some() {
            let found = self.names.get(digest).map(Vec::as_slice);
            return found.ok_or_else(|| other_file(digest));
        }
        match self.opening {
            Some(opening) if self.deposit.content == Content::Commitment => {
                let data = committed_document(self.algorithm, digest);
                if opening.commit(&data) != self.deposit.digest {
                    let reason = "the key file and the file do not open the commitment: the file \
                                  was changed, or the key is of another deposit";
                    return Err(EvidenceError::Opening(reason.to_owned()));
                }
            }
            _ if self.deposit.digest == *digest => {}
            _ => return Err(other_file(digest)),
        }
        Ok(&[])
    }
}

/// A deposit that was proved.
struct ProvedDeposit {
    proof: Verified,
    transaction: B256,
    sender: Address,
    deposit: IEvidence::Deposited,
}

fn other_file(digest: &B256) -> EvidenceError {
    EvidenceError::Digest(format!(
        "a file with the digest {digest} is not what was deposited: another file, or changed since"
    ))
}

fn format_error(error: &serde_json::Error) -> EvidenceError {
    EvidenceError::Format(error.to_string())
}
