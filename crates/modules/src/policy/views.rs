//! Answers about orders.

use super::{
    IPolicy::{self, OrderStatus},
    Policy, listing, orders,
};
use crate::{Context, Halt, page::Page};
use alloy_primitives::Address;

/// An order, with everything that was said about it.
pub(super) fn order(ctx: &mut dyn Context, id: u64) -> Result<IPolicy::Order, Halt> {
    let now = ctx.time().get();
    let (entry, head) = orders::find(ctx, id)?;
    let terms = entry.terms.get(ctx)?;
    let challenge = entry.challenge.head.get(ctx)?;
    let status = head.status_at(now);
    Ok(IPolicy::Order {
        id,
        kind: head.kind,
        status,
        target: head.target,
        token: terms.token,
        to: terms.to,
        amount: terms.amount,
        appointment: head.appointment,
        organisation: head.organisation,
        issued: head.issued,
        until: head.until,
        ended: match status {
            OrderStatus::Expired => head.until,
            _ => head.ended,
        },
        documentHash: terms.document_hash,
        legalBasis: entry.legal_basis.get(ctx)?,
        endReason: entry.end_reason.get(ctx)?,
        jurisdiction: entry.jurisdiction.get(ctx)?,
        challenge: IPolicy::Challenge {
            status: challenge.status,
            by: challenge.by,
            time: challenge.time,
            grounds: entry.challenge.grounds.get(ctx)?,
            authority: challenge.authority,
            decided: challenge.decided,
            reason: entry.challenge.reason.get(ctx)?,
        },
    })
}

/// Every order on an address, from the first on.
pub(super) fn orders_of(
    ctx: &mut dyn Context,
    call: &IPolicy::ordersOfCall,
) -> Result<IPolicy::ordersOfReturn, Halt> {
    let history = Policy::storage().targets.at(ctx, &call.target)?.history;
    let (numbers, next) = listing::values(ctx, history, Page::new(call.cursor, call.limit))?;
    let mut list = Vec::new();
    for id in numbers {
        list.push(order(ctx, id)?);
    }
    Ok(IPolicy::ordersOfReturn { list, next })
}

/// Whether an order freezes an address now, as account and as contract.
pub(super) fn is_frozen(
    ctx: &mut dyn Context,
    target: Address,
) -> Result<IPolicy::isFrozenReturn, Halt> {
    let now = ctx.time().get();
    let freeze = Policy::storage()
        .targets
        .at(ctx, &target)?
        .freeze
        .get(ctx)?;
    Ok(IPolicy::isFrozenReturn {
        asAccount: freeze.account_until > now,
        asContract: freeze.contract_until > now,
    })
}
