//! Selector to operation, nothing else.

use super::{
    ITrace::{self, ITraceCalls as Calls},
    capture,
    identity::Id,
    lineage::Direction,
    parties, recall, story, views,
};
use crate::{
    Context, Halt,
    dispatch::{answer, decode},
    page::Page,
};
use alloy_primitives::{B256, Bytes, U256};

/// Runs one call of the module.
pub(crate) fn call(ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    Ok(match decode::<Calls>(ctx, input)? {
        Calls::capture(call) => {
            answer::<ITrace::captureCall>(&capture::capture(ctx, &call.document)?)
        }
        Calls::recall(call) => {
            recall::recall(ctx, &call.id, &call.reason)?;
            Bytes::new()
        }
        Calls::registerParty(call) => {
            parties::register(ctx, &call.partyId)?;
            Bytes::new()
        }
        Calls::eventHashes(call) => {
            let events = capture::parse(ctx, &call.document)?;
            let hashes = events.iter().map(|event| B256::from(event.hash)).collect();
            answer::<ITrace::eventHashesCall>(&hashes)
        }
        Calls::canonicalId(call) => {
            let Id { text, key } = Id::new(ctx, &call.id)?;
            answer::<ITrace::canonicalIdCall>(&ITrace::canonicalIdReturn {
                canonical: text,
                key,
            })
        }
        Calls::eventRecord(call) => {
            answer::<ITrace::eventRecordCall>(&views::event_record(ctx, call.eventHash)?)
        }
        Calls::item(call) => answer::<ITrace::itemCall>(&views::item(ctx, &call.id)?),
        Calls::party(call) => {
            let binding = parties::lookup(ctx, &call.partyId)?;
            answer::<ITrace::partyCall>(&ITrace::partyReturn {
                account: binding.account,
                time: binding.time,
            })
        }
        Calls::partiesOf(call) => {
            answer::<ITrace::partiesOfCall>(&parties::of_account(ctx, call.account)?)
        }
        paged => return call_page(ctx, paged),
    })
}

/// The operations that answer in pages.
fn call_page(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    Ok(match call {
        Calls::story(call) => {
            let page = Page::new(call.cursor, call.limit);
            let goods = views::find(ctx, &call.id)?;
            let (steps, next) = story::page(ctx, &goods, page.cursor, page.limit)?;
            let next = U256::from(next);
            answer::<ITrace::storyCall>(&ITrace::storyReturn { steps, next })
        }
        Calls::ancestors(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (relatives, next, complete) = views::relatives(ctx, &call.id, Direction::Up, page)?;
            answer::<ITrace::ancestorsCall>(&ITrace::ancestorsReturn {
                relatives,
                next,
                complete,
            })
        }
        Calls::descendants(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (relatives, next, complete) =
                views::relatives(ctx, &call.id, Direction::Down, page)?;
            answer::<ITrace::descendantsCall>(&ITrace::descendantsReturn {
                relatives,
                next,
                complete,
            })
        }
        Calls::recalls(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next, complete) = views::recalls(ctx, &call.id, page)?;
            answer::<ITrace::recallsCall>(&ITrace::recallsReturn {
                list,
                next,
                complete,
            })
        }
        Calls::holders(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (accounts, next) = views::holders(ctx, &call.id, page)?;
            answer::<ITrace::holdersCall>(&ITrace::holdersReturn { accounts, next })
        }
        Calls::contents(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (ids, next) = views::contents(ctx, &call.id, page)?;
            answer::<ITrace::contentsCall>(&ITrace::contentsReturn { ids, next })
        }
        other => {
            let name = ITrace::ITraceCalls::name_by_selector(
                alloy_sol_types::SolInterface::selector(&other),
            );
            return Err(Halt::Fatal(format!(
                "operation {name:?} of Trace has no dispatch"
            )));
        }
    })
}
