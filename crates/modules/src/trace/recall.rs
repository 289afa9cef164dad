//! Recalls, and what they reach.

use super::{
    CONTAINER_DEPTH_MAX,
    ITrace::{
        AlreadyRecalled, Level, NotCommissioner, Origin, ReasonMissing, Recalled, UnknownItem,
    },
    REASON_BYTES_MAX, RecallHead, Trace,
    identity::{Goods, Id},
    lineage::{Direction, Reach, walk},
    submitter::Submitter,
};
use crate::{Context, Halt, IModule::LimitExceeded, emit};
use alloy_primitives::{Address, B256, U256};

/// Recalls an item, in the name of its commissioner.
pub(super) fn recall(ctx: &mut dyn Context, spelling: &str, reason: &str) -> Result<(), Halt> {
    if reason.trim().is_empty() {
        return Err(Halt::revert(ReasonMissing {}));
    }
    if reason.len() > REASON_BYTES_MAX {
        return Err(Halt::revert(LimitExceeded {
            limit: "bytes of a reason".to_owned(),
            value: U256::from(reason.len()),
            maximum: U256::from(REASON_BYTES_MAX),
        }));
    }
    let id = Id::new(ctx, spelling)?;
    let goods = Goods::find(ctx, &Trace::storage(), id)?;
    if !goods.exists() {
        return Err(Halt::revert(UnknownItem { id: goods.id.text }));
    }
    let commissioner = goods.item.commissioner.get(ctx)?;
    let submitter = Submitter::of_caller(ctx)?;
    if !submitter.speaks_for(commissioner) || goods.state.level == Level::Kind {
        return Err(Halt::revert(NotCommissioner {
            item: goods.id.text,
            commissioner,
            caller: submitter.account,
        }));
    }
    let own = goods.item.recall;
    if is_recalled(&own.head.get(ctx)?) && own.via.get(ctx)?.is_zero() {
        return Err(Halt::revert(AlreadyRecalled {
            item: goods.id.text,
        }));
    }
    let head = RecallHead {
        commissioner,
        time: ctx.time().get(),
        height: ctx.height().get(),
    };
    own.head.set(ctx, &head)?;
    own.via.set(ctx, &B256::ZERO)?;
    own.reason.set(ctx, reason)?;
    emit(
        ctx,
        &Recalled {
            item: goods.id.key,
            commissioner,
            id: goods.id.text,
            reason: reason.to_owned(),
        },
    )
}

pub(super) fn is_recalled(head: &RecallHead) -> bool {
    head.commissioner != Address::ZERO
}

/// Goods taken out of a recalled container stay recalled.
pub(super) fn carry(
    ctx: &mut dyn Context,
    trace: &Trace,
    goods: &Goods,
    container: &Goods,
) -> Result<(), Halt> {
    if is_recalled(&goods.item.recall.head.get(ctx)?) {
        return Ok(());
    }
    let (mut key, mut next) = (container.id.key, container.container);
    let mut item = container.item;
    for _ in 0..=CONTAINER_DEPTH_MAX {
        let head = item.recall.head.get(ctx)?;
        if is_recalled(&head) {
            let reason = item.recall.reason.get(ctx)?;
            let own = goods.item.recall;
            own.head.set(ctx, &head)?;
            own.via.set(ctx, &key)?;
            return own.reason.set(ctx, &reason);
        }
        if next.is_zero() {
            return Ok(());
        }
        key = next;
        item = trace.items.at(ctx, &key)?;
        next = item.container.get(ctx)?;
    }
    Ok(())
}

/// What the past of an item says about it now.
pub(super) struct Past {
    /// Keys with a recall of their own that reach the item, nearest first.
    pub(super) recalls: Vec<B256>,
    /// Whether all of it came onto the chain by commissioning.
    pub(super) is_verified: bool,
    /// Whether the search came to its end.
    pub(super) is_complete: bool,
}

/// Looks at the item, the containers that it is in, and everything that it came from or contains.
pub(super) fn past(ctx: &mut dyn Context, trace: &Trace, goods: &Goods) -> Result<Past, Halt> {
    let mut past = Past {
        recalls: Vec::new(),
        is_verified: goods.state.origin != Origin::Unverified,
        is_complete: true,
    };
    if is_recalled(&goods.item.recall.head.get(ctx)?) {
        past.recalls.push(goods.id.key);
    }
    let mut container = goods.container;
    for _ in 0..CONTAINER_DEPTH_MAX {
        if container.is_zero() {
            break;
        }
        let item = trace.items.at(ctx, &container)?;
        if is_recalled(&item.recall.head.get(ctx)?) {
            past.recalls.push(container);
        }
        container = item.container.get(ctx)?;
    }
    let ancestors = walk(ctx, trace, goods.id.key, (Direction::Up, Reach::Current))?;
    past.is_complete = ancestors.is_complete;
    for relative in &ancestors.relatives {
        let item = trace.items.at(ctx, &relative.key)?;
        past.is_verified &= item.state.get(ctx)?.origin != Origin::Unverified;
        if is_recalled(&item.recall.head.get(ctx)?) {
            past.recalls.push(relative.key);
        }
    }
    Ok(past)
}
