//! Evidence: who presented which digest, and when.
//!
//! Accounts and contracts call it through [`IEvidence`]; `execution` hands it the call. It keeps
//! digests of documents, roots of trees over many of them and erasable commitments, never a
//! document. It says that somebody presented the digest at a time, for which organisation; it says
//! nothing about whether the document is true, nor that nobody had it before.
//!
//! # Deposits
//!
//! A deposit is immutable. Anybody may deposit any digest, also one that is there already: each is
//! another deposit by another submitter at another time, and [`IEvidence::firstCall`] tells the
//! earliest. Its facts are in the log [`IEvidence::Deposited`] too, so that the proof of that log
//! proves existence, time (the block's), submitter and organisation without the state.
//!
//! # Owner
//!
//! The organisation of a deposit is the one that the submitter acted for: the submitter was its
//! active member with permission to submit. Otherwise it is 0. A deposit of an organisation belongs
//! to the organisation: every member who may submit can continue or withdraw it, and the submitter
//! cannot any more who has left. Any other deposit belongs to its submitter.
//!
//! # Versions
//!
//! A deposit may continue an earlier one of the same owner. Versions form a chain, not a tree: a
//! deposit with a newer version cannot be continued a second time, so there is one newest version.
//! Withdrawn and erased deposits may be continued: that is how a mistake is corrected.
//!
//! # Withdrawing and erasing
//!
//! Nothing is deleted. Withdrawing marks the deposit with who, when and why; the proof of what was
//! deposited stays valid. Erasing is for commitments ([`crate::commitment`]): the owner destroys
//! key and salt off the chain and declares it here; from then on a check of the data answers
//! `Erased`. What is deposited as a digest or root cannot be erased: such a digest is personal data
//! where the document is.

mod deposit;
mod dispatch;
#[expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the Solidity comments are on the items, and a log proves only what is in it"
)]
mod interface;
mod views;

pub(crate) use dispatch::call;
pub use interface::IEvidence;

use crate::storage::{List, Mapping, Place, Slot, Stored, Text};
use alloy_primitives::{Address, B256, U256, address};

/// Where Evidence is called.
pub const ADDRESS: Address = address!("0x7174000000000000000000000000000000000015");

/// Bytes of a kind.
pub const KIND_BYTES_MAX: usize = 64;
/// Bytes of a submitter's own reference.
pub const REFERENCE_BYTES_MAX: usize = 512;
/// Bytes of the reason of a withdrawal.
pub const REASON_BYTES_MAX: usize = 1024;
/// Parties of one deposit.
pub const PARTIES_MAX: usize = 16;
/// Leaves of one tree: what a path of [`qiantang_types::MERKLE_PATH_MAX`] hashes reaches.
pub const LEAVES_MAX: u64 = 1 << 32;

crate::layout! {
    /// The storage of Evidence.
    pub(crate) struct Evidence {
        /// Number of deposits.
        count: Slot<u64>,
        /// Deposits by their number, from 1.
        deposits: Mapping<u64, Deposit>,
        /// Deposits of a digest, root or commitment.
        by_digest: Mapping<B256, List<Slot<u64>>>,
        /// Deposits that an account made.
        by_submitter: Mapping<Address, List<Slot<u64>>>,
        /// Deposits that were made for an organisation.
        by_organisation: Mapping<u64, List<Slot<u64>>>,
        /// Deposits that name a party.
        by_party: Mapping<Address, List<Slot<u64>>>,
    }
}

crate::layout! {
    /// A deposit.
    pub(crate) struct Deposit {
        /// What has a fixed size.
        head: Slot<Head>,
        /// What sort of thing it is.
        kind: Text,
        /// The submitter's own name for it.
        own_reference: Text,
        /// Whom it concerns.
        parties: List<Slot<Address>>,
        /// Who withdrew it, and when.
        withdrawal: Slot<Withdrawal>,
        /// Why it was withdrawn.
        reason: Text,
    }
}

crate::record! {
    /// The fixed part of a deposit.
    pub(crate) struct Head {
        /// The digest, the root or the commitment.
        digest: B256,
        /// Who deposited it.
        submitter: Address,
        /// Block time, in milliseconds.
        time: u64,
        /// What it is about; `None` where there is no deposit.
        content: IEvidence::Content,
        /// How documents were hashed.
        algorithm: IEvidence::Algorithm,
        /// Whether it was withdrawn.
        withdrawn: bool,
        /// Whether the key of the commitment is declared to be destroyed.
        erased: bool,
        /// The organisation that it was made for; 0 for none.
        organisation: u64,
        /// Block height.
        height: u64,
        /// Documents in the tree; 1 for a digest, 0 for a commitment.
        count: u64,
        /// Block time of the erasure, in milliseconds.
        erased_time: u64,
        /// The version before; 0 for none.
        previous: u64,
        /// The version after; 0 for none.
        next: u64,
        /// The first version.
        origin: u64,
        /// Which version it is, from 1.
        version: u64,
    }
}

crate::record! {
    /// Who withdrew a deposit, and when.
    pub(crate) struct Withdrawal {
        /// The account.
        by: Address,
        /// Block time, in milliseconds.
        time: u64,
    }
}

crate::stored_enum! {
    IEvidence::Content => "Content",
    IEvidence::Algorithm => "Algorithm",
}

impl Evidence {
    /// The storage, from slot 0 on.
    pub(crate) fn storage() -> Self {
        Self::at(Place::slot(U256::ZERO))
    }
}

#[cfg(test)]
mod tests;
