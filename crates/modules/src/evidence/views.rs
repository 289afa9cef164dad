//! Answers: what is recorded, in pages.

use super::{
    Evidence,
    IEvidence::{self, Content, InvalidCursor, NotCommitment},
    deposit::find,
};
use crate::{
    Context, Halt,
    commitment::{Answer, Commitment},
    page::Page,
    storage::{List, Slot},
};
use alloy_primitives::U256;
use qiantang_types::Opening;

/// Numbers of deposits, and where the next page begins.
pub(super) type Ids = (Vec<u64>, U256);

/// A part of a list.
pub(super) fn ids(ctx: &mut dyn Context, list: &List<Slot<u64>>, page: Page) -> Result<Ids, Halt> {
    let count = list.len(ctx)?;
    let mut ids = Vec::new();
    for index in page.range(count) {
        if let Some(slot) = list.get(ctx, index)? {
            ids.push(slot.get(ctx)?);
        }
    }
    Ok((ids, page.next(count)))
}

/// The versions of what a deposit is a version of, from the one at the cursor on.
pub(super) fn versions(ctx: &mut dyn Context, id: u64, page: Page) -> Result<Ids, Halt> {
    let (_, head) = find(ctx, id)?;
    let mut at = match page.cursor {
        0 => head.origin,
        cursor => cursor,
    };
    let mut ids = Vec::new();
    while at != 0 && (ids.len() as u64) < page.limit {
        let version = Evidence::storage().deposits.at(ctx, &at)?.head.get(ctx)?;
        if version.origin != head.origin {
            let cursor = U256::from(at);
            return Err(Halt::revert(InvalidCursor { cursor }));
        }
        ids.push(at);
        at = version.next;
    }
    Ok((ids, U256::from(at)))
}

/// Everything that is recorded about a deposit.
pub(super) fn deposited(ctx: &mut dyn Context, id: u64) -> Result<IEvidence::Deposit, Halt> {
    let (entry, head) = find(ctx, id)?;
    let withdrawal = entry.withdrawal.get(ctx)?;
    let mut parties = Vec::new();
    for index in 0..entry.parties.len(ctx)? {
        if let Some(party) = entry.parties.get(ctx, index)? {
            parties.push(party.get(ctx)?);
        }
    }
    Ok(IEvidence::Deposit {
        id,
        content: head.content,
        algorithm: head.algorithm,
        digest: head.digest,
        count: head.count,
        submitter: head.submitter,
        organisation: head.organisation,
        time: head.time,
        height: head.height,
        kind: entry.kind.get(ctx)?,
        ownReference: entry.own_reference.get(ctx)?,
        parties,
        previous: head.previous,
        next: head.next,
        origin: head.origin,
        version: head.version,
        withdrawn: head.withdrawn,
        withdrawnBy: withdrawal.by,
        withdrawnTime: withdrawal.time,
        reason: entry.reason.get(ctx)?,
        erased: head.erased,
        erasedTime: head.erased_time,
    })
}

/// Whether an opening and data belong to a commitment.
pub(super) fn check_opening(
    ctx: &mut dyn Context,
    call: &IEvidence::checkOpeningCall,
) -> Result<IEvidence::Opening, Halt> {
    let (_, head) = find(ctx, call.id)?;
    if head.content != Content::Commitment {
        return Err(Halt::revert(NotCommitment { id: call.id }));
    }
    let commitment = Commitment {
        value: head.digest,
        erased: head.erased,
    };
    let opening = Opening {
        key: call.key,
        salt: call.salt,
    };
    Ok(match commitment.check(ctx, &opening, &call.data)? {
        Answer::Valid => IEvidence::Opening::Valid,
        Answer::Mismatch => IEvidence::Opening::Mismatch,
        Answer::Erased => IEvidence::Opening::Erased,
    })
}
