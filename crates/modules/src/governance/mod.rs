//! Governance: the member organisations decide about the chain by votes on the chain.
//!
//! Accounts call it through [`IGovernance`]; `execution` and `consensus` read [`parameters`],
//! [`protocol_version`] and [`validators`]. It makes other modules act where the members decided
//! it, through their own interfaces. It moves no money and judges no business: what a proposal may
//! change is the closed list of [`IGovernance::Kind`].
//!
//! # A proposal's life
//!
//! An account with the permission `Propose` proposes by a call of its own for each kind. The call
//! itself is what is kept and what takes effect, byte by byte. It is refused at once where it could
//! not take effect now: Governance's own checks run, and the operation of the other module is run
//! and undone.
//!
//! The organisations that are active and that the kind's rule names are the electorate, with the
//! weights of that moment; the rule of that moment holds to the end. An organisation votes once, by
//! an account with the permission `Vote`. It is not in the electorate when the proposal is to
//! suspend or to remove it. An organisation that is suspended or removed afterwards can no longer
//! vote, and its weight and its vote count no longer; a restoration brings a suspended one's back.
//!
//! A proposal is decided when no further vote can change the outcome, and otherwise at the end of
//! the voting period. It is vetoed when as many organisations as the rule says have vetoed; it has
//! expired when fewer than the quorum voted; it has passed when the share of yes in yes and no
//! reaches the threshold. What has passed takes effect after the rule's delay. The Scheduler calls
//! [`close`](IGovernance::closeCall) and [`execute`](IGovernance::executeCall); anybody may do it
//! in its place, so a lost job loses no decision.
//!
//! The checks run again when it takes effect. Where one refuses now, the proposal has failed and
//! keeps the error; nothing of it has happened.
//!
//! # The members can always decide
//!
//! Refused, at proposal and at effect, is what would leave a kind without an active organisation
//! that votes on it, a rule out of bounds, a block or a quota too small for Governance itself, a
//! chain without validators, and the freezing of a module. For the kinds that repair the others
//! (suspension, removal, rules) a quorum is at most two thirds and a threshold at most nine tenths,
//! so that members who are out of reach cannot hold up the rest, and no rule or weight leaves them
//! to one organisation while there are more.
//!
//! # Validators
//!
//! A suspended organisation's validators rest with it. Validators that the chain spec names without
//! an organisation belong to organisation 0, which votes on nothing. Where a validator listens for
//! its peers its organisation says without a vote: nothing is decided by it, and peers still prove
//! who they are by the key.
//!
//! Faults of validators are recorded with the two signed votes that prove them. Nothing is taken
//! from a validator for it: whether it stays, the members vote.

mod actions;
mod checks;
mod dispatch;
mod faults;
mod genesis;
#[expect(missing_docs, reason = "the Solidity comments are on the items")]
#[expect(
    clippy::too_many_arguments,
    reason = "an event has as many fields as it needs"
)]
mod interface;
mod jobs;
mod keys;
mod members;
mod parameters;
mod proposals;
mod rules;
mod tally;
mod upgrade;
mod validators;
mod views;
mod votes;

pub(crate) use dispatch::call;
pub use faults::{
    ConflictingVotes, FAULT_EVIDENCE_BYTES_MAX, FAULTS_PER_VALIDATOR_MAX, FaultEvidence,
    FaultEvidenceError, NullifyVote, ProposalVote, REPORT_GAS, write_anchor,
};
pub(crate) use genesis::genesis;
pub use interface::IGovernance;
pub use jobs::JOB_GAS;
pub use parameters::{BLOCK_GAS_MAX, BYTES_MIN, GAS_MIN, parameters};
pub use rules::{
    DELAY_MAX, REPAIR_QUORUM_MAX, REPAIR_THRESHOLD_MAX, REPAIR_THRESHOLD_MIN, VOTING_PERIOD_MAX,
    VOTING_PERIOD_MIN,
};
pub use upgrade::{FIRST_VERSION, UPGRADE_NOTICE, protocol_version};
pub use validators::{Validator, validators};

use crate::storage::{Data, List, Mapping, Place, Set, Slot, Stored, Text};
use alloy_primitives::{Address, B256, U256, address};
use parameters::StoredParameters;
use rules::StoredRule;
use upgrade::Upgrade;

/// Where Governance is called.
pub const ADDRESS: Address = address!("0x7174000000000000000000000000000000000014");

/// Member organisations, suspended ones included.
pub const MEMBERS_MAX: u64 = 256;
/// Validators in the registry.
pub const VALIDATORS_MAX: u64 = 128;
/// Proposals of one organisation that are not final.
pub const OPEN_PER_ORGANISATION_MAX: u32 = 16;
/// Bytes of the reason of a proposal.
pub const REASON_BYTES_MAX: usize = 1024;
/// Bytes of the call that proposes.
pub const ACTION_BYTES_MAX: usize = 8 * 1024;
/// Bytes of the error that a failed proposal keeps.
pub const FAILURE_BYTES_MAX: usize = 1024;
/// Highest weight of an organisation.
pub const WEIGHT_MAX: u32 = 1_000_000;
/// Proposals that one page looks at.
pub const SCAN_MAX: u64 = 1_024;

/// Highest number of an organisation kind.
const ORGANISATION_KIND_LAST: u8 = 10;

crate::layout! {
    /// The storage of Governance.
    pub(crate) struct Governance {
        /// Rules that execution follows.
        parameters: Slot<StoredParameters>,
        /// Protocol version, and the next one.
        upgrade: Slot<Upgrade>,
        /// Number of proposals.
        count: Slot<u64>,
        /// Organisations that are not removed.
        members: Set<u64>,
        /// Weights that differ from 1.
        weights: Mapping<u64, Slot<Weight>>,
        /// Rules by the number of their kind.
        rules: Mapping<u8, Slot<StoredRule>>,
        /// Proposals by their number, from 1.
        proposals: Mapping<u64, Proposal>,
        /// Proposals that are not final.
        open: Set<u64>,
        /// How many of them an organisation made.
        open_of: Mapping<u64, Slot<u32>>,
        /// Keccak-256 of the keys of all validators.
        keys: Set<B256>,
        /// Validators by the hash of their key, former ones included.
        validators: Mapping<B256, StoredValidator>,
        /// The chain's fingerprint, which names its genesis block; zero before block 1.
        anchor: Slot<B256>,
        /// Faults of validators, in the order of their reports.
        faults: List<StoredFault>,
        /// Keccak-256 of what each of them is about.
        reported: Mapping<B256, Slot<bool>>,
    }
}

crate::record! {
    /// The weight of an organisation.
    pub(crate) struct Weight {
        /// Whether one was set; otherwise it is 1.
        is_set: bool,
        /// The weight.
        weight: u32,
    }
}

crate::layout! {
    /// A proposal.
    pub(crate) struct Proposal {
        /// Who, what and when.
        head: Slot<Head>,
        /// The rule of its kind when it was made.
        rule: Slot<StoredRule>,
        /// The votes when it was decided.
        tally: Slot<StoredTally>,
        /// The call that proposed it.
        action: Data,
        /// The error that refused its effect.
        failure: Data,
        /// The organisations that vote.
        electors: List<Slot<u64>>,
        /// What they voted.
        ballots: Mapping<u64, Slot<StoredBallot>>,
    }
}

crate::record! {
    /// Who, what and when.
    pub(crate) struct Head {
        /// Account that proposed.
        proposer: Address,
        /// What is decided.
        kind: IGovernance::Kind,
        /// Where it is; `None` where there is no such proposal.
        state: IGovernance::State,
        /// Organisation that proposed.
        organisation: u64,
        /// Block time of the proposal.
        made: u64,
        /// Block height of the proposal.
        height: u64,
        /// End of the voting period.
        ends: u64,
        /// When it takes effect; zero unless it has passed.
        due: u64,
        /// When it became final; zero before.
        closed: u64,
        /// Job that closes it; zero for none.
        close_job: u64,
    }
}

crate::record! {
    /// The votes of a decision.
    pub(crate) struct StoredTally {
        /// Weight of the active organisations of the electorate.
        electorate: u64,
        /// Weight of yes.
        yes: u64,
        /// Weight of no and veto.
        no: u64,
        /// Weight of abstentions.
        abstain: u64,
        /// Organisations that vetoed.
        vetoes: u32,
    }
}

crate::record! {
    /// The vote of an organisation of the electorate.
    pub(crate) struct StoredBallot {
        /// Account that voted; zero before.
        voter: Address,
        /// Weight; zero for an organisation outside of the electorate.
        weight: u32,
        /// What it voted.
        choice: IGovernance::Choice,
        /// Block time of the vote.
        time: u64,
    }
}

crate::layout! {
    /// A validator.
    pub(crate) struct StoredValidator {
        /// Whose, and since when.
        head: Slot<ValidatorHead>,
        /// The public key as the chain's scheme encodes it.
        key: Data,
        /// Where it listens for its peers; empty where nobody said.
        peer_address: Text,
        /// Faults of it that are recorded.
        faults: Slot<u32>,
    }
}

crate::layout! {
    /// A fault of a validator.
    pub(crate) struct StoredFault {
        /// Who reported it, and when.
        head: Slot<FaultHead>,
        /// The evidence.
        evidence: Data,
    }
}

crate::record! {
    /// Who reported a fault, and when.
    pub(crate) struct FaultHead {
        /// Account, or the address of the leader.
        reporter: Address,
        /// Organisation of the validator then; zero for none.
        organisation: u64,
        /// Block height.
        height: u64,
        /// Block time.
        time: u64,
    }
}

crate::record! {
    /// Whose a validator is, and since when.
    pub(crate) struct ValidatorHead {
        /// Organisation; zero for none.
        organisation: u64,
        /// Block height.
        since: u64,
        /// Block height of its removal; zero while it is in the registry.
        until: u64,
        /// Whether it is or was in the registry.
        is_known: bool,
    }
}

crate::stored_enum! {
    IGovernance::Kind => "Kind",
    IGovernance::State => "State",
    IGovernance::Choice => "Choice",
}

impl Governance {
    /// The storage, from slot 0 on.
    pub(crate) fn storage() -> Self {
        Self::at(Place::slot(U256::ZERO))
    }
}

#[cfg(test)]
mod tests;
