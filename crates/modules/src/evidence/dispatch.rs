//! Selector to operation, nothing else.

use super::{
    Evidence,
    IEvidence::{self, IEvidenceCalls as Calls},
    deposit::{self, Subject, deposit, word},
    views::{self, ids},
};
use crate::{
    Context, Halt,
    dispatch::{answer, decode},
    page::Page,
};
use alloy_primitives::Bytes;

/// Runs one call of the module.
pub(crate) fn call(ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    Ok(match decode::<Calls>(ctx, input)? {
        Calls::deposit(call) => {
            let subject = Subject::document(&call)?;
            answer::<IEvidence::depositCall>(&deposit(ctx, subject, call.details)?)
        }
        Calls::depositBatch(call) => {
            let subject = Subject::batch(&call)?;
            answer::<IEvidence::depositBatchCall>(&deposit(ctx, subject, call.details)?)
        }
        Calls::depositCommitment(call) => {
            let subject = Subject::commitment(&call)?;
            answer::<IEvidence::depositCommitmentCall>(&deposit(ctx, subject, call.details)?)
        }
        Calls::withdraw(call) => {
            deposit::withdraw(ctx, call.id, &call.reason)?;
            Bytes::new()
        }
        Calls::erase(call) => {
            deposit::erase(ctx, call.id)?;
            Bytes::new()
        }
        Calls::count(_) => answer::<IEvidence::countCall>(&Evidence::storage().count.get(ctx)?),
        Calls::deposited(call) => {
            answer::<IEvidence::depositedCall>(&views::deposited(ctx, call.id)?)
        }
        Calls::checkOpening(call) => {
            answer::<IEvidence::checkOpeningCall>(&views::check_opening(ctx, &call)?)
        }
        Calls::first(call) => {
            let digest = word(&call.digest)?;
            let list = Evidence::storage().by_digest.at(ctx, &digest)?;
            let first = match list.get(ctx, 0)? {
                Some(slot) => slot.get(ctx)?,
                None => 0,
            };
            answer::<IEvidence::firstCall>(&first)
        }
        Calls::byDigest(call) => {
            let digest = word(&call.digest)?;
            let list = Evidence::storage().by_digest.at(ctx, &digest)?;
            let (ids, next) = ids(ctx, &list, Page::new(call.cursor, call.limit))?;
            answer::<IEvidence::byDigestCall>(&IEvidence::byDigestReturn { ids, next })
        }
        Calls::bySubmitter(call) => {
            let list = Evidence::storage().by_submitter.at(ctx, &call.submitter)?;
            let (ids, next) = ids(ctx, &list, Page::new(call.cursor, call.limit))?;
            answer::<IEvidence::bySubmitterCall>(&IEvidence::bySubmitterReturn { ids, next })
        }
        Calls::byOrganisation(call) => {
            let list = Evidence::storage()
                .by_organisation
                .at(ctx, &call.organisation)?;
            let (ids, next) = ids(ctx, &list, Page::new(call.cursor, call.limit))?;
            answer::<IEvidence::byOrganisationCall>(&IEvidence::byOrganisationReturn { ids, next })
        }
        Calls::byParty(call) => {
            let list = Evidence::storage().by_party.at(ctx, &call.party)?;
            let (ids, next) = ids(ctx, &list, Page::new(call.cursor, call.limit))?;
            answer::<IEvidence::byPartyCall>(&IEvidence::byPartyReturn { ids, next })
        }
        Calls::versions(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (ids, next) = views::versions(ctx, call.id, page)?;
            answer::<IEvidence::versionsCall>(&IEvidence::versionsReturn { ids, next })
        }
    })
}
