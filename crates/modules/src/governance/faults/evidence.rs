//! Evidence of a validator's fault: two votes of one key that no honest validator casts both.
//!
//! Re-implements what commonware-consensus 2026.10 (simplex) signs, so that evidence is checked
//! without the engine:
//!
//! ```text
//! evidence  = 1 (version) | kind | RLP [ epoch, view, key, first, second ]
//! kind      = 1: two notarize votes | 2: two finalize votes | 3: a nullify and a finalize vote
//! vote      = [ parent view, payload (32 bytes), signature (64 bytes) ]
//!             or, to nullify, [ signature (64 bytes) ]
//! signed    = length of namespace (LEB128) | namespace | subject
//! subject   = epoch | view (LEB128 each), and behind it for all votes but those to nullify
//!             | parent view (LEB128) | payload
//! namespace = the chain's fingerprint (32 bytes) | "_NOTARIZE", "_NULLIFY" or "_FINALIZE"
//! ```
//!
//! Two votes of the same kind stand in the order of their parent view and payload, which differ: so
//! two votes make one evidence.

use alloy_primitives::{Bytes, FixedBytes};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};
use qiantang_types::{Fingerprint, LedgerHash, SignatureScheme};
use qiantang_verify::ValidatorKey;

/// Bytes of the largest evidence.
pub const FAULT_EVIDENCE_BYTES_MAX: usize = 320;

/// First byte of evidence.
const FORMAT: u8 = 1;

const NOTARIZE_SUFFIX: &[u8] = b"_NOTARIZE";
const NULLIFY_SUFFIX: &[u8] = b"_NULLIFY";
const FINALIZE_SUFFIX: &[u8] = b"_FINALIZE";

/// Two votes of one validator in one view that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultEvidence {
    /// Public key of the validator, as a validator set holds it.
    pub key: Bytes,
    /// Epoch of both votes.
    pub epoch: u64,
    /// View of both votes.
    pub view: u64,
    /// The votes.
    pub votes: ConflictingVotes,
}

/// The votes of a [`FaultEvidence`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictingVotes {
    /// To notarize two proposals.
    Notarize([ProposalVote; 2]),
    /// To finalize two proposals.
    Finalize([ProposalVote; 2]),
    /// To leave the view without a block, and to finalize one in it.
    NullifyFinalize {
        /// The vote to nullify.
        nullify: NullifyVote,
        /// The vote to finalize.
        finalize: ProposalVote,
    },
}

/// A vote for a proposal.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct ProposalVote {
    /// View of the proposal's parent.
    pub parent_view: u64,
    /// Hash of the proposed block.
    pub payload: LedgerHash,
    /// The signature: 64 bytes in every scheme.
    pub signature: FixedBytes<64>,
}

/// A vote to leave a view without a block.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct NullifyVote {
    /// The signature: 64 bytes in every scheme.
    pub signature: FixedBytes<64>,
}

/// Why bytes are no evidence of a fault, or evidence does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultEvidenceError {
    /// More than [`FAULT_EVIDENCE_BYTES_MAX`].
    #[error("it has more than {FAULT_EVIDENCE_BYTES_MAX} bytes")]
    TooLarge,
    /// Another format, or another kind of votes.
    #[error("it does not begin with format 1 and a kind from 1 to 3")]
    Format,
    /// Not canonical RLP of the five fields.
    #[error("what follows the kind is not the RLP of epoch, view, key and two votes")]
    Encoding,
    /// The votes are for the same proposal, or not in the order of their proposals.
    #[error("its votes are for the same proposal, or in the wrong order")]
    NoConflict,
    /// Not a key of any scheme.
    #[error("its key is no public key of a validator")]
    Key,
    /// A first signature that is not the key's.
    #[error("the first signature is not the validator's")]
    FirstSignature,
    /// A second signature that is not the key's.
    #[error("the second signature is not the validator's")]
    SecondSignature,
}

/// What follows version and kind.
#[derive(RlpEncodable, RlpDecodable)]
struct Wire<First: Encodable + Decodable> {
    epoch: u64,
    view: u64,
    key: Bytes,
    first: First,
    second: ProposalVote,
}

impl FaultEvidence {
    /// Its one encoding.
    pub fn encode(&self) -> Bytes {
        let mut out = vec![FORMAT, self.votes.code()];
        match &self.votes {
            ConflictingVotes::Notarize(votes) | ConflictingVotes::Finalize(votes) => {
                let [first, second] = in_order(votes);
                self.wire(first.clone(), second).encode(&mut out);
            }
            ConflictingVotes::NullifyFinalize { nullify, finalize } => {
                self.wire(nullify.clone(), finalize).encode(&mut out);
            }
        }
        out.into()
    }

    fn wire<First: Encodable + Decodable>(
        &self,
        first: First,
        second: &ProposalVote,
    ) -> Wire<First> {
        Wire {
            epoch: self.epoch,
            view: self.view,
            key: self.key.clone(),
            first,
            second: second.clone(),
        }
    }

    /// The evidence that [`Self::encode`] wrote. No signature is checked yet.
    ///
    /// # Errors
    ///
    /// Anything but the one canonical encoding, and votes that do not contradict each other.
    pub fn decode(bytes: &[u8]) -> Result<Self, FaultEvidenceError> {
        if bytes.len() > FAULT_EVIDENCE_BYTES_MAX {
            return Err(FaultEvidenceError::TooLarge);
        }
        let [FORMAT, code, rest @ ..] = bytes else {
            return Err(FaultEvidenceError::Format);
        };
        let evidence = match code {
            1 => Self::from_wire(rest, |first, second| {
                ConflictingVotes::Notarize([first, second])
            }),
            2 => Self::from_wire(rest, |first, second| {
                ConflictingVotes::Finalize([first, second])
            }),
            3 => Self::from_wire(rest, |nullify, finalize| {
                ConflictingVotes::NullifyFinalize { nullify, finalize }
            }),
            _ => Err(FaultEvidenceError::Format),
        }?;
        evidence.votes.check_conflict()?;
        // Votes in the wrong order would be a second form of the same evidence.
        if *evidence.encode() != *bytes {
            return Err(FaultEvidenceError::NoConflict);
        }
        Ok(evidence)
    }

    fn from_wire<First: Encodable + Decodable>(
        mut rest: &[u8],
        votes: impl FnOnce(First, ProposalVote) -> ConflictingVotes,
    ) -> Result<Self, FaultEvidenceError> {
        let wire: Wire<First> =
            Wire::decode(&mut rest).map_err(|_| FaultEvidenceError::Encoding)?;
        if !rest.is_empty() {
            return Err(FaultEvidenceError::Encoding);
        }
        Ok(Self {
            key: wire.key,
            epoch: wire.epoch,
            view: wire.view,
            votes: votes(wire.first, wire.second),
        })
    }

    /// Checks that the key's owner signed both votes, on the chain with this fingerprint. Whether
    /// it is a validator there is not asked.
    ///
    /// # Errors
    ///
    /// Votes that do not contradict each other, a key of no scheme, a signature that is not the
    /// key's.
    pub fn verify(&self, anchor: &Fingerprint) -> Result<(), FaultEvidenceError> {
        self.votes.check_conflict()?;
        let key = SignatureScheme::ALL
            .into_iter()
            .find_map(|scheme| ValidatorKey::decode(scheme, &self.key))
            .ok_or(FaultEvidenceError::Key)?;
        let votes = match &self.votes {
            ConflictingVotes::Notarize(votes) => {
                let [first, second] = in_order(votes);
                [
                    self.proposal(anchor, NOTARIZE_SUFFIX, first),
                    self.proposal(anchor, NOTARIZE_SUFFIX, second),
                ]
            }
            ConflictingVotes::Finalize(votes) => {
                let [first, second] = in_order(votes);
                [
                    self.proposal(anchor, FINALIZE_SUFFIX, first),
                    self.proposal(anchor, FINALIZE_SUFFIX, second),
                ]
            }
            ConflictingVotes::NullifyFinalize { nullify, finalize } => [
                (self.round(anchor, NULLIFY_SUFFIX), nullify.signature),
                self.proposal(anchor, FINALIZE_SUFFIX, finalize),
            ],
        };
        let refusals = [
            FaultEvidenceError::FirstSignature,
            FaultEvidenceError::SecondSignature,
        ];
        for ((message, signature), refusal) in votes.into_iter().zip(refusals) {
            if !key.signed(&message, &signature.0) {
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// What a vote for a proposal signs, and its signature.
    fn proposal(
        &self,
        anchor: &Fingerprint,
        suffix: &[u8],
        vote: &ProposalVote,
    ) -> (Vec<u8>, FixedBytes<64>) {
        let mut message = self.round(anchor, suffix);
        write_varint(vote.parent_view, &mut message);
        message.extend_from_slice(vote.payload.as_slice());
        (message, vote.signature)
    }

    /// The namespace, and the round that a vote is for.
    fn round(&self, anchor: &Fingerprint, suffix: &[u8]) -> Vec<u8> {
        let namespace = [anchor.as_bytes().as_slice(), suffix].concat();
        let mut message = Vec::with_capacity(128);
        write_varint(namespace.len() as u64, &mut message);
        message.extend_from_slice(&namespace);
        write_varint(self.epoch, &mut message);
        write_varint(self.view, &mut message);
        message
    }
}

impl ConflictingVotes {
    /// Code of the kind of fault.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Notarize(_) => 1,
            Self::Finalize(_) => 2,
            Self::NullifyFinalize { .. } => 3,
        }
    }

    fn check_conflict(&self) -> Result<(), FaultEvidenceError> {
        match self {
            Self::Notarize([first, second]) | Self::Finalize([first, second])
                if first.subject() == second.subject() =>
            {
                Err(FaultEvidenceError::NoConflict)
            }
            _ => Ok(()),
        }
    }
}

impl ProposalVote {
    /// What tells two proposals of one view apart.
    const fn subject(&self) -> (u64, &LedgerHash) {
        (self.parent_view, &self.payload)
    }
}

fn in_order([first, second]: &[ProposalVote; 2]) -> [&ProposalVote; 2] {
    if first.subject() <= second.subject() {
        [first, second]
    } else {
        [second, first]
    }
}

/// LEB128.
fn write_varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
