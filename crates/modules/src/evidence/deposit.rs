//! What changes the books: depositing, withdrawing, erasing.

use super::{
    Deposit, Evidence, Head,
    IEvidence::{
        self, Algorithm, AlgorithmMissing, AlreadyErased, AlreadyWithdrawn, Content,
        ControlCharacter, Deposited, Details, DigestLength, DigestZero, Erased, InvalidParty,
        KindMissing, LeafCount, NotCommitment, NotOwner, ReasonMissing, Superseded, UnknownDeposit,
        Withdrawn,
    },
    KIND_BYTES_MAX, LEAVES_MAX, PARTIES_MAX, REASON_BYTES_MAX, REFERENCE_BYTES_MAX, Withdrawal,
};
use crate::{
    Context, Halt,
    IModule::LimitExceeded,
    emit, gas, identity,
    storage::{List, Slot},
};
use alloy_primitives::{Address, B256, U256};

/// What is deposited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject {
    content: Content,
    algorithm: Algorithm,
    digest: B256,
    count: u64,
}

impl Subject {
    pub(super) fn document(call: &IEvidence::depositCall) -> Result<Self, Halt> {
        Ok(Self {
            content: Content::Digest,
            algorithm: named(call.algorithm)?,
            digest: word(&call.digest)?,
            count: 1,
        })
    }

    pub(super) fn batch(call: &IEvidence::depositBatchCall) -> Result<Self, Halt> {
        if !(1..=LEAVES_MAX).contains(&call.count) {
            return Err(Halt::revert(LeafCount { count: call.count }));
        }
        Ok(Self {
            content: Content::Batch,
            algorithm: named(call.algorithm)?,
            digest: word(&call.root)?,
            count: call.count,
        })
    }

    pub(super) fn commitment(call: &IEvidence::depositCommitmentCall) -> Result<Self, Halt> {
        Ok(Self {
            content: Content::Commitment,
            algorithm: Algorithm::None,
            digest: word(&call.commitment)?,
            count: 0,
        })
    }
}

/// Reads a digest, root or commitment of a call.
pub(super) fn word(bytes: &[u8]) -> Result<B256, Halt> {
    let word = B256::try_from(bytes).map_err(|_| {
        Halt::revert(DigestLength {
            length: U256::from(bytes.len()),
        })
    })?;
    if word.is_zero() {
        return Err(Halt::revert(DigestZero {}));
    }
    Ok(word)
}

fn named(algorithm: Algorithm) -> Result<Algorithm, Halt> {
    match algorithm {
        Algorithm::Sha256 | Algorithm::Sm3 => Ok(algorithm),
        Algorithm::None | Algorithm::__Invalid => Err(Halt::revert(AlgorithmMissing {})),
    }
}

/// Records a deposit and answers its number.
pub(super) fn deposit(
    ctx: &mut dyn Context,
    subject: Subject,
    details: Details,
) -> Result<u64, Halt> {
    check_details(ctx, &details)?;
    let evidence = Evidence::storage();
    let submitter = ctx.caller();
    let organisation = represented(ctx, submitter)?;
    let id = next_id(evidence.count.get(ctx)?)?;
    let mut head = Head {
        digest: subject.digest,
        submitter,
        time: ctx.time().get(),
        content: subject.content,
        algorithm: subject.algorithm,
        organisation,
        height: ctx.height().get(),
        count: subject.count,
        origin: id,
        version: 1,
        ..Head::default()
    };
    if details.previous != 0 {
        continue_chain(ctx, &mut head, (details.previous, id))?;
    }
    evidence.count.set(ctx, &id)?;
    let entry = evidence.deposits.at(ctx, &id)?;
    entry.head.set(ctx, &head)?;
    entry.kind.set(ctx, &details.kind)?;
    if !details.ownReference.is_empty() {
        entry.own_reference.set(ctx, &details.ownReference)?;
    }
    for party in &details.parties {
        entry.parties.push(ctx)?.set(ctx, party)?;
    }
    list(ctx, &evidence, &head, (id, &details.parties))?;
    announce(ctx, id, head, details)?;
    Ok(id)
}

/// Writes the log that proves a deposit.
fn announce(ctx: &mut dyn Context, id: u64, head: Head, details: Details) -> Result<(), Halt> {
    let organisation_name = match head.organisation {
        0 => String::new(),
        number => identity::organisation_name(ctx, number)?,
    };
    emit(
        ctx,
        &Deposited {
            id,
            digest: head.digest,
            submitter: head.submitter,
            organisation: head.organisation,
            organisationName: organisation_name,
            content: head.content,
            algorithm: head.algorithm,
            count: head.count,
            kind: details.kind,
            ownReference: details.ownReference,
            parties: details.parties,
            previous: details.previous,
        },
    )
}

/// Marks a deposit as withdrawn.
pub(super) fn withdraw(ctx: &mut dyn Context, id: u64, reason: &str) -> Result<(), Halt> {
    if reason.trim().is_empty() {
        return Err(Halt::revert(ReasonMissing {}));
    }
    check_text(ctx, ("reason", reason), REASON_BYTES_MAX)?;
    let (entry, mut head) = find(ctx, id)?;
    require_owner(ctx, id, &head)?;
    if head.withdrawn {
        return Err(Halt::revert(AlreadyWithdrawn { id }));
    }
    head.withdrawn = true;
    entry.head.set(ctx, &head)?;
    let by = ctx.caller();
    let time = ctx.time().get();
    entry.withdrawal.set(ctx, &Withdrawal { by, time })?;
    entry.reason.set(ctx, reason)?;
    let organisation = represented(ctx, by)?;
    emit(
        ctx,
        &Withdrawn {
            id,
            digest: head.digest,
            by,
            organisation,
            reason: reason.to_owned(),
        },
    )
}

/// Notes that the key of a commitment is destroyed.
pub(super) fn erase(ctx: &mut dyn Context, id: u64) -> Result<(), Halt> {
    let (entry, mut head) = find(ctx, id)?;
    if head.content != Content::Commitment {
        return Err(Halt::revert(NotCommitment { id }));
    }
    require_owner(ctx, id, &head)?;
    if head.erased {
        return Err(Halt::revert(AlreadyErased { id }));
    }
    head.erased = true;
    head.erased_time = ctx.time().get();
    entry.head.set(ctx, &head)?;
    let by = ctx.caller();
    let organisation = represented(ctx, by)?;
    emit(
        ctx,
        &Erased {
            id,
            commitment: head.digest,
            by,
            organisation,
        },
    )
}

/// The deposit with a number.
pub(super) fn find(ctx: &mut dyn Context, id: u64) -> Result<(Deposit, Head), Halt> {
    let entry = Evidence::storage().deposits.at(ctx, &id)?;
    let head = entry.head.get(ctx)?;
    if head.content == Content::None {
        return Err(Halt::revert(UnknownDeposit { id }));
    }
    Ok((entry, head))
}

/// The organisation that an account acts for when it deposits; 0 for none.
fn represented(ctx: &mut dyn Context, account: Address) -> Result<u64, Halt> {
    let actor = identity::actor(ctx, account)?;
    Ok(identity::organisation_number(actor).unwrap_or_default())
}

fn require_owner(ctx: &mut dyn Context, id: u64, head: &Head) -> Result<(), Halt> {
    let owner = if head.organisation == 0 {
        head.submitter
    } else {
        identity::organisation_address(head.organisation)
    };
    let caller = ctx.caller();
    if identity::speaks_for(ctx, caller, owner)? {
        return Ok(());
    }
    Err(Halt::revert(NotOwner { id, owner, caller }))
}

/// Makes a deposit the next version of an earlier one.
fn continue_chain(
    ctx: &mut dyn Context,
    head: &mut Head,
    (previous, id): (u64, u64),
) -> Result<(), Halt> {
    let (entry, mut before) = find(ctx, previous)?;
    require_owner(ctx, previous, &before)?;
    if before.next != 0 {
        let next = before.next;
        return Err(Halt::revert(Superseded { id: previous, next }));
    }
    head.previous = previous;
    head.origin = before.origin;
    head.version = next_id(before.version)?;
    before.next = id;
    entry.head.set(ctx, &before)
}

/// Puts a deposit into the lists by which it is found.
fn list(
    ctx: &mut dyn Context,
    evidence: &Evidence,
    head: &Head,
    (id, parties): (u64, &[Address]),
) -> Result<(), Halt> {
    let mut lists = vec![
        evidence.by_digest.at(ctx, &head.digest)?,
        evidence.by_submitter.at(ctx, &head.submitter)?,
    ];
    if head.organisation != 0 {
        lists.push(evidence.by_organisation.at(ctx, &head.organisation)?);
    }
    for party in parties {
        lists.push(evidence.by_party.at(ctx, party)?);
    }
    lists.iter().try_for_each(|list| append(ctx, list, id))
}

fn append(ctx: &mut dyn Context, list: &List<Slot<u64>>, id: u64) -> Result<(), Halt> {
    list.push(ctx)?.set(ctx, &id)
}

fn next_id(last: u64) -> Result<u64, Halt> {
    last.checked_add(1)
        .ok_or_else(|| Halt::Fatal("a number of Evidence is beyond 64 bits".to_owned()))
}

fn check_details(ctx: &mut dyn Context, details: &Details) -> Result<(), Halt> {
    if details.kind.trim().is_empty() {
        return Err(Halt::revert(KindMissing {}));
    }
    check_text(ctx, ("kind", &details.kind), KIND_BYTES_MAX)?;
    check_text(
        ctx,
        ("ownReference", &details.ownReference),
        REFERENCE_BYTES_MAX,
    )?;
    check_limit("parties of a deposit", details.parties.len(), PARTIES_MAX)?;
    let parties = details.parties.as_slice();
    ctx.charge(gas::bytes(parties.len(), gas::STEP))?;
    for (index, party) in parties.iter().enumerate() {
        if party.is_zero() || parties[..index].contains(party) {
            return Err(Halt::revert(InvalidParty { party: *party }));
        }
    }
    Ok(())
}

/// Texts are short, and safe to print: no line breaks, no terminal sequences.
fn check_text(
    ctx: &mut dyn Context,
    (field, text): (&str, &str),
    limit: usize,
) -> Result<(), Halt> {
    check_limit(&format!("bytes of {field}"), text.len(), limit)?;
    ctx.charge(gas::bytes(text.len(), gas::DECODE_BYTE))?;
    if text.chars().any(char::is_control) {
        return Err(Halt::revert(ControlCharacter {
            field: field.to_owned(),
        }));
    }
    Ok(())
}

fn check_limit(limit: &str, found: usize, maximum: usize) -> Result<(), Halt> {
    if found <= maximum {
        return Ok(());
    }
    Err(Halt::revert(LimitExceeded {
        limit: limit.to_owned(),
        value: U256::from(found),
        maximum: U256::from(maximum),
    }))
}
