//! Answers: what is recorded, in pages.

use super::{
    Binding,
    ITrace::{self, Level, Status, UnknownEvent, UnknownItem},
    Trace,
    custody::outermost,
    identity::{Goods, Id},
    lineage::{Direction, Met, Reach, walk},
    recall::{is_recalled, past},
};
use crate::{
    Context, Halt, gas,
    page::Page,
    storage::{List, Slot, Value},
};
use alloy_primitives::{Address, B256, U256};

/// What is recorded under an id of a call.
pub(super) fn find(ctx: &mut dyn Context, spelling: &str) -> Result<Goods, Halt> {
    let id = Id::new(ctx, spelling)?;
    let goods = Goods::find(ctx, &Trace::storage(), id)?;
    if !goods.exists() && goods.item.steps.len(ctx)? == 0 {
        return Err(Halt::revert(UnknownItem { id: goods.id.text }));
    }
    Ok(goods)
}

pub(super) fn event_record(ctx: &mut dyn Context, hash: B256) -> Result<ITrace::EventRecord, Halt> {
    let state = Trace::storage().events.at(ctx, &hash)?.get(ctx)?;
    if state.sequence == 0 {
        return Err(Halt::revert(UnknownEvent { eventHash: hash }));
    }
    Ok(ITrace::EventRecord {
        eventHash: hash,
        kind: state.kind,
        submitter: state.submitter,
        time: state.time,
        height: state.height,
        sequence: state.sequence,
        erroneous: state.erroneous,
        takenBack: state.taken_back,
        declaredTime: state.declared_time,
        organisation: state.organisation,
    })
}

pub(super) fn item(ctx: &mut dyn Context, spelling: &str) -> Result<ITrace::Item, Halt> {
    let trace = Trace::storage();
    let goods = find(ctx, spelling)?;
    let past = past(ctx, &trace, &goods)?;
    let outer = outermost(ctx, &trace, &goods)?;
    let status = match outer.state.status {
        Status::InTransit => Status::InTransit,
        _ => goods.state.status,
    };
    let mut receiver = (String::new(), Binding::default());
    if status == Status::InTransit {
        let key = outer.item.receiver.get(ctx)?;
        if !key.is_zero() {
            let party = trace.parties.at(ctx, &key)?;
            receiver = (party.id.get(ctx)?, party.binding.get(ctx)?);
        }
    }
    let mut recalled = (String::new(), String::new());
    if let Some(key) = past.recalls.first() {
        let item = trace.items.at(ctx, key)?;
        recalled = (item.id.get(ctx)?, item.recall.reason.get(ctx)?);
    }
    let custodian = match goods.state.level {
        Level::Instance => outer.state.custodian,
        _ => Address::ZERO,
    };
    let events = goods.item.steps.len(ctx)?;
    Ok(ITrace::Item {
        key: goods.id.key,
        level: goods.state.level,
        status,
        origin: goods.state.origin,
        originVerified: past.is_verified,
        custodian,
        commissioner: goods.item.commissioner.get(ctx)?,
        container: trace.items.at(ctx, &goods.container)?.id.get(ctx)?,
        receiver: receiver.0,
        receiverAccount: receiver.1.account,
        recalled: !past.recalls.is_empty(),
        recalledId: recalled.0,
        recallReason: recalled.1,
        complete: past.is_complete,
        events,
        firstTime: step_time(ctx, &goods, 0)?,
        lastTime: step_time(ctx, &goods, events.saturating_sub(1))?,
        id: goods.id.text,
    })
}

fn step_time(ctx: &mut dyn Context, goods: &Goods, index: u64) -> Result<u64, Halt> {
    let Some(step) = goods.item.steps.get(ctx, index)? else {
        return Ok(0);
    };
    let event = step.get(ctx)?.event;
    Ok(Trace::storage().events.at(ctx, &event)?.get(ctx)?.time)
}

pub(super) fn relatives(
    ctx: &mut dyn Context,
    spelling: &str,
    direction: Direction,
    page: Page,
) -> Result<(Vec<ITrace::Relative>, U256, bool), Halt> {
    let trace = Trace::storage();
    let goods = find(ctx, spelling)?;
    let all = walk(ctx, &trace, goods.id.key, (direction, Reach::Ever))?;
    let count = all.relatives.len() as u64;
    let mut shown = Vec::new();
    for index in page.range(count) {
        if let Some(met) = all.relatives.get(index as usize) {
            shown.push(relative(ctx, &trace, *met)?);
        }
    }
    Ok((shown, page.next(count), all.is_complete))
}

fn relative(ctx: &mut dyn Context, trace: &Trace, met: Met) -> Result<ITrace::Relative, Halt> {
    let item = trace.items.at(ctx, &met.key)?;
    let state = item.state.get(ctx)?;
    Ok(ITrace::Relative {
        id: item.id.get(ctx)?,
        level: state.level,
        origin: state.origin,
        distance: met.distance,
        relation: met.relation,
        eventHash: met.event,
        current: met.is_current,
        recalled: is_recalled(&item.recall.head.get(ctx)?),
    })
}

pub(super) fn recalls(
    ctx: &mut dyn Context,
    spelling: &str,
    page: Page,
) -> Result<(Vec<ITrace::Recall>, U256, bool), Halt> {
    let trace = Trace::storage();
    let goods = find(ctx, spelling)?;
    let past = past(ctx, &trace, &goods)?;
    let count = past.recalls.len() as u64;
    let mut shown = Vec::new();
    for index in page.range(count) {
        let Some(key) = past.recalls.get(index as usize) else {
            continue;
        };
        let item = trace.items.at(ctx, key)?;
        let head = item.recall.head.get(ctx)?;
        let via = item.recall.via.get(ctx)?;
        shown.push(ITrace::Recall {
            id: item.id.get(ctx)?,
            commissioner: head.commissioner,
            time: head.time,
            height: head.height,
            reason: item.recall.reason.get(ctx)?,
            via: trace.items.at(ctx, &via)?.id.get(ctx)?,
        });
    }
    Ok((shown, page.next(count), past.is_complete))
}

pub(super) fn holders(
    ctx: &mut dyn Context,
    spelling: &str,
    page: Page,
) -> Result<(Vec<Address>, U256), Halt> {
    let goods = find(ctx, spelling)?;
    if goods.state.level == Level::Instance {
        let custodian = outermost(ctx, &Trace::storage(), &goods)?.state.custodian;
        return Ok((vec![custodian], U256::ZERO));
    }
    read_page(ctx, goods.item.holders, page)
}

pub(super) fn contents(
    ctx: &mut dyn Context,
    spelling: &str,
    page: Page,
) -> Result<(Vec<String>, U256), Halt> {
    let goods = find(ctx, spelling)?;
    let (keys, next) = read_page(ctx, goods.item.contents, page)?;
    let trace = Trace::storage();
    let mut ids = Vec::new();
    for key in keys {
        ids.push(trace.items.at(ctx, &key)?.id.get(ctx)?);
    }
    Ok((ids, next))
}

fn read_page<T: Value>(
    ctx: &mut dyn Context,
    list: List<Slot<T>>,
    page: Page,
) -> Result<(Vec<T>, U256), Halt> {
    let count = list.len(ctx)?;
    let mut values = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        if let Some(slot) = list.get(ctx, index)? {
            values.push(slot.get(ctx)?);
        }
    }
    Ok((values, page.next(count)))
}
