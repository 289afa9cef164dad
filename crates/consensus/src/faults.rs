//! Validators that contradict themselves: the engine notices, the ledger records it.

use crate::{epochs::Epochs, scheme::Scheme};
use alloy_primitives::{B256, Bytes, FixedBytes};
use commonware_codec::{Encode, Error, Read, ReadExt as _};
use commonware_consensus::{
    Epochable as _, Viewable as _,
    simplex::types::{Activity, Attributable as _, Finalize, Notarize, Nullify, Proposal},
};
use commonware_cryptography::{
    certificate::{Attestation, Scheme as _},
    sha256::Digest,
};
use qiantang_execution::{
    ConflictingVotes, FAULT_REPORTS_MAX, FaultEvidence, NullifyVote, ProposalVote,
};
use qiantang_types::Fingerprint;
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Evidence that waits for a block. More would be more than all validators' faults of some epochs.
const WAITING_MAX: usize = 256;

/// Evidence that this node has and the ledger has not.
#[derive(Default)]
pub(crate) struct Faults(Mutex<BTreeSet<Bytes>>);

impl Faults {
    fn waiting(&self) -> MutexGuard<'_, BTreeSet<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the evidence of an activity that contradicts another.
    pub(crate) fn keep(
        &self,
        activity: &Activity<Scheme, Digest>,
        epochs: &Epochs,
        anchor: &Fingerprint,
    ) {
        let evidence = match evidence(activity, epochs) {
            Ok(Some(evidence)) => evidence,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "a validator's fault cannot be put into evidence");
                return;
            }
        };
        if let Err(error) = evidence.verify(anchor) {
            tracing::warn!(%error, "a validator's fault does not hold");
            return;
        }
        tracing::warn!(key = %evidence.key, view = evidence.view, "a validator contradicts itself");
        let mut waiting = self.waiting();
        if waiting.len() < WAITING_MAX {
            waiting.insert(evidence.encode());
        }
    }

    /// What the next block can report.
    pub(crate) fn next(&self) -> Vec<Bytes> {
        let waiting = self.waiting();
        waiting.iter().take(FAULT_REPORTS_MAX).cloned().collect()
    }

    /// Forgets what is recorded or what the ledger refuses.
    pub(crate) fn forget<'a>(&self, done: impl IntoIterator<Item = &'a Bytes>) {
        let mut waiting = self.waiting();
        for evidence in done {
            waiting.remove(evidence);
        }
    }
}

/// The evidence in an activity; `None` where nobody contradicts itself.
fn evidence(
    activity: &Activity<Scheme, Digest>,
    epochs: &Epochs,
) -> Result<Option<FaultEvidence>, Error> {
    let (signer, votes) = match activity {
        Activity::ConflictingNotarize(conflict) => {
            let (first, second) =
                both::<Notarize<Scheme, Digest>, Notarize<Scheme, Digest>>(conflict)?;
            let votes = [
                vote(&first.proposal, &first.attestation)?,
                vote(&second.proposal, &second.attestation)?,
            ];
            (first.signer(), ConflictingVotes::Notarize(in_order(votes)))
        }
        Activity::ConflictingFinalize(conflict) => {
            let (first, second) =
                both::<Finalize<Scheme, Digest>, Finalize<Scheme, Digest>>(conflict)?;
            let votes = [
                vote(&first.proposal, &first.attestation)?,
                vote(&second.proposal, &second.attestation)?,
            ];
            (first.signer(), ConflictingVotes::Finalize(in_order(votes)))
        }
        Activity::NullifyFinalize(conflict) => {
            let (nullify, finalize) = both::<Nullify<Scheme>, Finalize<Scheme, Digest>>(conflict)?;
            let signature = signature(&nullify.attestation)?;
            let votes = ConflictingVotes::NullifyFinalize {
                nullify: NullifyVote { signature },
                finalize: vote(&finalize.proposal, &finalize.attestation)?,
            };
            (nullify.signer(), votes)
        }
        _ => return Ok(None),
    };
    let epoch = activity.epoch().get();
    let key = epochs
        .scheme_of(epoch)
        .and_then(|scheme| scheme.participants().get(signer.into()).cloned());
    Ok(key.map(|key| FaultEvidence {
        key: Bytes::copy_from_slice(&key),
        epoch,
        view: activity.view().get(),
        votes,
    }))
}

/// The two votes of a conflict, which the engine shows only encoded.
fn both<A: Read<Cfg = ()>, B: Read<Cfg = ()>>(conflict: &impl Encode) -> Result<(A, B), Error> {
    let mut bytes = conflict.encode();
    Ok((A::read(&mut bytes)?, B::read(&mut bytes)?))
}

/// Two votes in the order of their proposals, which is the evidence's one encoding.
fn in_order(mut votes: [ProposalVote; 2]) -> [ProposalVote; 2] {
    votes.sort_by_key(|vote| (vote.parent_view, vote.payload));
    votes
}

fn vote(
    proposal: &Proposal<Digest>,
    attestation: &Attestation<Scheme>,
) -> Result<ProposalVote, Error> {
    Ok(ProposalVote {
        parent_view: proposal.parent.get(),
        payload: B256::from(proposal.payload.0),
        signature: signature(attestation)?,
    })
}

fn signature(attestation: &Attestation<Scheme>) -> Result<FixedBytes<64>, Error> {
    let signature = attestation.signature.get();
    let signature = signature.ok_or(Error::Invalid("vote", "its signature is malformed"))?;
    Ok(FixedBytes::from_slice(signature))
}
