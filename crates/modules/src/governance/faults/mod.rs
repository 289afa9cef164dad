//! Faults of validators: a record that proves itself, and from which nothing follows by itself.
//!
//! Whoever holds two votes of one validator that contradict each other reports them; validators do
//! it in the blocks that they lead. The signatures are checked here, against the fingerprint of the
//! chain, so the record needs no trust in whoever reported. Each fault is recorded once.

mod evidence;

pub use evidence::{
    ConflictingVotes, FAULT_EVIDENCE_BYTES_MAX, FaultEvidence, FaultEvidenceError, NullifyVote,
    ProposalVote,
};

use super::{
    ADDRESS, FaultHead, Governance,
    IGovernance::{
        Fault, FaultKind, FaultKnown, FaultReported, InvalidFaultEvidence, NoAnchor,
        UnknownValidator,
    },
    checks, keys,
    validators::all_entries,
};
use crate::{Context, Halt, emit, gas, page::Page, within};
use alloy_primitives::{B256, Bytes, U256, keccak256};
use qiantang_types::{Fingerprint, LedgerHash, TrustRoot};

/// Faults of one validator that are recorded: whoever has its key could make them without end.
pub const FAULTS_PER_VALIDATOR_MAX: u32 = 64;

/// Gas that a report of any fault fits in.
pub const REPORT_GAS: u64 = 1_000_000;

/// Gas of checking one signature, of whatever scheme.
const SIGNATURE_GAS: u64 = 20_000;

/// Writes down the chain's fingerprint. The chain does it in block 1, where the hash of the genesis
/// block is known for the first time, and the registry still has the first validators.
///
/// # Errors
/// As [`Context::load`].
pub fn write_anchor(ctx: &mut dyn Context, genesis: LedgerHash) -> Result<(), Halt> {
    within(ctx, ADDRESS, |ctx| {
        let governance = Governance::storage();
        if !governance.parameters.get(ctx)?.is_written {
            // No chain spec made this state.
            return Ok(());
        }
        let mut validators = Vec::new();
        for entry in all_entries(ctx)? {
            validators.push(entry.stored.key.get(ctx)?.into());
        }
        validators.sort();
        let root = TrustRoot {
            chain_id: ctx.chain_id(),
            genesis,
            scheme: governance.upgrade.get(ctx)?.scheme,
            validators,
        };
        let anchor = B256::from(root.fingerprint().as_bytes());
        governance.anchor.set(ctx, &anchor)
    })
}

/// The chain's fingerprint; zero before block 1.
pub(super) fn anchor(ctx: &mut dyn Context) -> Result<B256, Halt> {
    Governance::storage().anchor.get(ctx)
}

/// Records the fault that `bytes` prove.
pub(super) fn report(ctx: &mut dyn Context, bytes: &[u8]) -> Result<(), Halt> {
    let evidence = FaultEvidence::decode(bytes).map_err(refuse)?;
    let kind = kind(&evidence);
    let governance = Governance::storage();
    let id = keys::key_id(ctx, &evidence.key)?;
    let validator = governance.validators.at(ctx, &id)?;
    let owner = validator.head.get(ctx)?;
    if !owner.is_known {
        let key = keys::shown(&evidence.key).into();
        return Err(Halt::revert(UnknownValidator { key }));
    }
    let fault = fault_id(ctx, &evidence)?;
    let about = governance.reported.at(ctx, &fault)?;
    if about.get(ctx)? {
        return Err(Halt::revert(FaultKnown {
            key: evidence.key,
            epoch: evidence.epoch,
            viewNumber: evidence.view,
            kind,
        }));
    }
    let count = validator.faults.get(ctx)?.saturating_add(1);
    checks::limit(
        "recorded faults of one validator",
        count.into(),
        FAULTS_PER_VALIDATOR_MAX.into(),
    )?;
    check_signatures(ctx, &evidence)?;

    about.set(ctx, &true)?;
    validator.faults.set(ctx, &count)?;
    let reporter = ctx.caller();
    let head = FaultHead {
        reporter,
        organisation: owner.organisation,
        height: ctx.height().get(),
        time: ctx.time().get(),
    };
    let stored = governance.faults.push(ctx)?;
    stored.head.set(ctx, &head)?;
    stored.evidence.set(ctx, bytes)?;
    let reported = FaultReported {
        key: evidence.key,
        organisation: owner.organisation,
        epoch: evidence.epoch,
        viewNumber: evidence.view,
        kind,
        reporter,
    };
    emit(ctx, &reported)
}

fn check_signatures(ctx: &mut dyn Context, evidence: &FaultEvidence) -> Result<(), Halt> {
    let anchor = anchor(ctx)?;
    if anchor.is_zero() {
        return Err(Halt::revert(NoAnchor {}));
    }
    ctx.charge(SIGNATURE_GAS.saturating_mul(2))?;
    evidence
        .verify(&Fingerprint::from_bytes(anchor.0))
        .map_err(refuse)
}

fn refuse(error: FaultEvidenceError) -> Halt {
    Halt::revert(InvalidFaultEvidence {
        reason: error.to_string(),
    })
}

/// What a fault is told apart by: two other votes of the same view are no other fault.
fn fault_id(ctx: &mut dyn Context, evidence: &FaultEvidence) -> Result<B256, Halt> {
    let bytes = [
        &[evidence.votes.code()],
        evidence.epoch.to_be_bytes().as_slice(),
        &evidence.view.to_be_bytes(),
        &evidence.key,
    ]
    .concat();
    ctx.charge(gas::keccak(bytes.len()))?;
    Ok(keccak256(bytes))
}

const fn kind(evidence: &FaultEvidence) -> FaultKind {
    match evidence.votes {
        ConflictingVotes::Notarize(_) => FaultKind::ConflictingNotarize,
        ConflictingVotes::Finalize(_) => FaultKind::ConflictingFinalize,
        ConflictingVotes::NullifyFinalize { .. } => FaultKind::NullifyFinalize,
    }
}

/// The faults of a page.
pub(super) fn list(ctx: &mut dyn Context, page: Page) -> Result<(Vec<Fault>, U256), Halt> {
    let faults = Governance::storage().faults;
    let count = faults.len(ctx)?;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        let Some(stored) = faults.get(ctx, index)? else {
            continue;
        };
        let head = stored.head.get(ctx)?;
        let bytes: Bytes = stored.evidence.get(ctx)?.into();
        let evidence = FaultEvidence::decode(&bytes)
            .map_err(|error| Halt::Fatal(format!("evidence of fault {index}: {error}")))?;
        list.push(Fault {
            kind: kind(&evidence),
            key: evidence.key,
            organisation: head.organisation,
            epoch: evidence.epoch,
            viewNumber: evidence.view,
            reporter: head.reporter,
            height: head.height,
            time: head.time,
            evidence: bytes,
        });
    }
    Ok((list, page.next(count)))
}
