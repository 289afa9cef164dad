//! Orders: what a regulator, or Governance, has ordered about an account or contract.

use super::{
    Freeze,
    IPolicy::{
        self, AlreadyFrozen, NewOrder, NotFrozen, NotIssuer, NotTokenOfOrder, OrderEnded,
        OrderIssued, OrderKind, OrderNotInForce, OrderStatus, ProtectedTarget, TransferApproved,
        UnknownOrder,
    },
    ORDER_MS_MAX, ORDERS_PER_APPOINTMENT_MAX, ORDERS_PER_TARGET_MAX, Order, OrderHead, OrderTerms,
    Policy, REMITTANCE_BYTES_MAX, TEXT_BYTES_MAX,
    appointments::{
        self, FORCE_TRANSFER, FREEZE_ACCOUNT, FREEZE_CONTRACT, LIMIT, REVIEW, require_power,
        require_reach,
    },
    contracts::{account_of, place, require_no_module},
    invalid, limit_exceeded, require_governance, require_text,
};
use crate::{Context, Halt, emit, gas, identity};
use alloy_primitives::{Address, B256, Keccak256, U256};

/// Orders that the list of a target can hold before those that have ended are taken off.
const ORDERS_LISTED_MAX: u64 = ORDERS_PER_TARGET_MAX as u64 + 2;

impl OrderHead {
    /// Whether the order is in force at a time.
    pub(super) fn is_in_force(&self, now: u64) -> bool {
        self.status == OrderStatus::InForce && now < self.until
    }

    /// Where the order is in its life at a time.
    pub(super) fn status_at(&self, now: u64) -> OrderStatus {
        if self.status == OrderStatus::InForce && now >= self.until {
            return OrderStatus::Expired;
        }
        self.status
    }
}

impl Freeze {
    /// Takes an order that is in force into account.
    fn add(&mut self, id: u64, head: &OrderHead) {
        match head.kind {
            OrderKind::FreezeAccount if head.until > self.account_until => {
                (self.account_until, self.account_order) = (head.until, id);
            }
            OrderKind::FreezeContract if head.until > self.contract_until => {
                (self.contract_until, self.contract_order) = (head.until, id);
            }
            _ => {}
        }
    }
}

/// The power that an order of this kind needs.
pub(super) fn power_of(kind: OrderKind) -> Result<u64, Halt> {
    Ok(match kind {
        OrderKind::FreezeAccount => FREEZE_ACCOUNT,
        OrderKind::FreezeContract => FREEZE_CONTRACT,
        OrderKind::Limit => LIMIT,
        OrderKind::Review => REVIEW,
        OrderKind::ForcedTransfer => FORCE_TRANSFER,
        OrderKind::None | OrderKind::__Invalid => {
            return Err(invalid("kind", "it must be one of the kinds"));
        }
    })
}

/// Issues an order under an appointment of the caller's organisation.
pub(super) fn issue(ctx: &mut dyn Context, appointment: u64, order: NewOrder) -> Result<u64, Halt> {
    let regulator = require_power(ctx, appointment, power_of(order.kind)?)?;
    require_no_module(order.target)?;
    let target = account_of(ctx, order.target)?;
    let place = place(ctx, target)?;
    if place.organisation != 0 && appointments::is_protected(ctx, place.organisation)? {
        return Err(Halt::revert(ProtectedTarget {
            target,
            reason: "it belongs to a regulator or a review authority".to_owned(),
        }));
    }
    require_reach(ctx, appointment, target, &place)?;
    check(ctx.time().get(), &order)?;
    let on_target = in_force(ctx, target)?;
    let own = on_target
        .iter()
        .filter(|(_, head)| head.appointment == appointment)
        .count();
    require_room(
        "orders in force on one target",
        on_target.len(),
        ORDERS_PER_TARGET_MAX,
    )?;
    require_room(
        "orders in force on one target by one appointment",
        own,
        ORDERS_PER_APPOINTMENT_MAX,
    )?;
    let head = OrderHead {
        target,
        kind: order.kind,
        status: OrderStatus::InForce,
        appointment,
        organisation: regulator.organisation,
        issued: ctx.time().get(),
        until: order.until,
        ended: 0,
    };
    put(ctx, head, &order, &place.jurisdiction)
}

fn require_room(limit: &str, count: usize, maximum: usize) -> Result<(), Halt> {
    if count < maximum {
        return Ok(());
    }
    let more = (count as u64).saturating_add(1);
    Err(limit_exceeded(limit, more, maximum as u64))
}

/// Refuses an order that lacks what its kind needs, or says what its kind has no use for.
fn check(now: u64, order: &NewOrder) -> Result<(), Halt> {
    require_text("legalBasis", &order.legalBasis, TEXT_BYTES_MAX)?;
    if order.documentHash.is_zero() {
        return Err(invalid("documentHash", "an order names its document"));
    }
    if order.until <= now {
        return Err(invalid("until", "an order ends in the future"));
    }
    if order.until > now.saturating_add(ORDER_MS_MAX) {
        return Err(invalid("until", "an order ends within five years"));
    }
    let is_forced = order.kind == OrderKind::ForcedTransfer;
    let is_about_amounts = is_forced || matches!(order.kind, OrderKind::Limit | OrderKind::Review);
    if is_forced != (order.to != Address::ZERO) {
        return Err(invalid("to", "exactly a forced transfer has a receiver"));
    }
    if is_forced && order.to == order.target {
        return Err(invalid("to", "the amount must move to somebody else"));
    }
    if is_forced && order.token == Address::ZERO {
        return Err(invalid("token", "a forced transfer names the token"));
    }
    if !is_about_amounts && (order.token != Address::ZERO || !order.amount.is_zero()) {
        return Err(invalid("amount", "a freeze has no token and no amount"));
    }
    // A review may be about every transfer; a limit of nothing would be a freeze.
    let needs_amount = is_forced || order.kind == OrderKind::Limit;
    if needs_amount && order.amount.is_zero() {
        return Err(invalid("amount", "it must be more than nothing"));
    }
    Ok(())
}

/// Writes a new order and lets it take effect.
fn put(
    ctx: &mut dyn Context,
    head: OrderHead,
    order: &NewOrder,
    jurisdiction: &str,
) -> Result<u64, Halt> {
    let policy = Policy::storage();
    let mut numbers = policy.numbers.get(ctx)?;
    numbers.orders = numbers.orders.saturating_add(1);
    policy.numbers.set(ctx, &numbers)?;
    let id = numbers.orders;
    let entry = policy.orders.at(ctx, &id)?;
    entry.head.set(ctx, &head)?;
    entry.terms.set(
        ctx,
        &OrderTerms {
            token: order.token,
            to: order.to,
            amount: order.amount,
            document_hash: order.documentHash,
        },
    )?;
    entry.jurisdiction.set(ctx, jurisdiction)?;
    entry.legal_basis.set(ctx, &order.legalBasis)?;
    let target = policy.targets.at(ctx, &head.target)?;
    target.in_force.push(ctx)?.set(ctx, &id)?;
    target.history.push(ctx)?.set(ctx, &id)?;
    settle(ctx, head.target)?;
    emit(
        ctx,
        &OrderIssued {
            id,
            target: head.target,
            organisation: head.organisation,
            kind: head.kind,
            until: head.until,
            documentHash: order.documentHash,
            legalBasis: order.legalBasis.clone(),
        },
    )?;
    Ok(id)
}

/// The orders on a target that are in force now.
pub(super) fn in_force(
    ctx: &mut dyn Context,
    target: Address,
) -> Result<Vec<(u64, OrderHead)>, Halt> {
    let (policy, now) = (Policy::storage(), ctx.time().get());
    let list = policy.targets.at(ctx, &target)?.in_force;
    let mut orders = Vec::new();
    // One more than the limit is the members' own, and one is about to be pruned.
    for slot in list.first(ctx, ORDERS_LISTED_MAX)? {
        ctx.charge(gas::STEP)?;
        let id = slot.get(ctx)?;
        let head = policy.orders.at(ctx, &id)?.head.get(ctx)?;
        if head.is_in_force(now) {
            orders.push((id, head));
        }
    }
    Ok(orders)
}

/// Brings what admission reads about a target in line with its orders: which are in force, until
/// when they freeze it, and whether there are any.
fn settle(ctx: &mut dyn Context, address: Address) -> Result<(), Halt> {
    let policy = Policy::storage();
    let orders = in_force(ctx, address)?;
    let target = policy.targets.at(ctx, &address)?;
    let before = target.in_force.len(ctx)?;
    for (index, (id, _)) in orders.iter().enumerate() {
        if let Some(slot) = target.in_force.get(ctx, index as u64)? {
            slot.set(ctx, id)?;
        }
    }
    for index in (orders.len() as u64..before).rev() {
        if let Some(slot) = target.in_force.get(ctx, index)? {
            slot.set(ctx, &0)?;
        }
        target.in_force.shrink(ctx)?;
    }
    let mut freeze = Freeze::default();
    for (id, head) in &orders {
        freeze.add(*id, head);
    }
    let was_frozen = target.freeze.get(ctx)? != Freeze::default();
    let is_frozen = freeze != Freeze::default();
    target.freeze.set(ctx, &freeze)?;
    if was_frozen != is_frozen {
        let mut settings = policy.settings.get(ctx)?;
        let others = settings.frozen.saturating_sub(u32::from(was_frozen));
        settings.frozen = others.saturating_add(u32::from(is_frozen));
        policy.settings.set(ctx, &settings)?;
    }
    identity::set_restricted(ctx, address, !orders.is_empty())
}

/// An order that is in force.
pub(super) fn require_in_force(ctx: &mut dyn Context, id: u64) -> Result<(Order, OrderHead), Halt> {
    let (entry, head) = find(ctx, id)?;
    let now = ctx.time().get();
    if !head.is_in_force(now) {
        return Err(Halt::revert(OrderNotInForce {
            id,
            status: head.status_at(now),
        }));
    }
    Ok((entry, head))
}

pub(super) fn find(ctx: &mut dyn Context, id: u64) -> Result<(Order, OrderHead), Halt> {
    let entry = Policy::storage().orders.at(ctx, &id)?;
    let head = entry.head.get(ctx)?;
    if head.kind == OrderKind::None {
        return Err(Halt::revert(UnknownOrder { id }));
    }
    Ok((entry, head))
}

/// Ends an order before its date.
pub(super) fn end(
    ctx: &mut dyn Context,
    id: u64,
    status: OrderStatus,
    reason: &str,
) -> Result<(), Halt> {
    let (entry, mut head) = find(ctx, id)?;
    (head.status, head.ended) = (status, ctx.time().get());
    entry.head.set(ctx, &head)?;
    entry.end_reason.set(ctx, reason)?;
    settle(ctx, head.target)?;
    emit(
        ctx,
        &OrderEnded {
            id,
            target: head.target,
            status,
            reason: reason.to_owned(),
        },
    )
}

/// Releases an order.
pub(super) fn release(ctx: &mut dyn Context, call: &IPolicy::releaseOrderCall) -> Result<(), Halt> {
    require_text("reason", &call.reason, TEXT_BYTES_MAX)?;
    let (_, head) = require_in_force(ctx, call.id)?;
    require_charge_of(ctx, call.id, &head, call.appointment)?;
    end(ctx, call.id, OrderStatus::Released, &call.reason)
}

/// Refuses everybody but who has charge of an order: the appointment that issued it, or another one
/// with its power and reach once that has ended.
fn require_charge_of(
    ctx: &mut dyn Context,
    id: u64,
    head: &OrderHead,
    appointment: u64,
) -> Result<(), Halt> {
    require_power(ctx, appointment, power_of(head.kind)?)?;
    if appointment == head.appointment {
        return Ok(());
    }
    // Governance's own orders have appointment 0 and are Governance's to end.
    if head.appointment == 0 || appointments::is_serving(ctx, head.appointment)? {
        return Err(Halt::revert(NotIssuer {
            id,
            appointment: head.appointment,
        }));
    }
    let place = place(ctx, head.target)?;
    require_reach(ctx, appointment, head.target, &place)
}

/// Lets one transfer pass a review, once.
pub(super) fn approve_transfer(
    ctx: &mut dyn Context,
    call: IPolicy::approveTransferCall,
) -> Result<(), Halt> {
    let (entry, head) = require_in_force(ctx, call.id)?;
    if head.kind != OrderKind::Review {
        return Err(invalid("id", "only an order of kind Review has approvals"));
    }
    require_charge_of(ctx, call.id, &head, call.appointment)?;
    let transfer = call.transfer;
    let (kind, text) = (transfer.remittance.kind, transfer.remittance.text);
    require_text("remittance", &text, REMITTANCE_BYTES_MAX)?;
    let reviewed = Reviewed {
        token: transfer.token,
        to: transfer.to,
        amount: transfer.amount,
        kind: u32::from_be_bytes(kind.0),
        text: &text,
    };
    let key = reviewed.key(ctx)?;
    let slot = entry.approved.at(ctx, &key)?;
    let count = slot.get(ctx)?.saturating_add(1);
    slot.set(ctx, &count)?;
    emit(
        ctx,
        &TransferApproved {
            id: call.id,
            target: head.target,
            token: transfer.token,
            to: transfer.to,
            amount: transfer.amount,
            kind,
            text,
        },
    )
}

/// One transfer as a review knows it: everything that could be made another transfer of is in it.
pub(super) struct Reviewed<'a> {
    pub(super) token: Address,
    pub(super) to: Address,
    pub(super) amount: U256,
    pub(super) kind: u32,
    pub(super) text: &'a str,
}

impl Reviewed<'_> {
    /// Where the approval is counted.
    pub(super) fn key(&self, ctx: &mut dyn Context) -> Result<B256, Halt> {
        // The text has the only length that varies, and stands last.
        let fixed = 20 + 20 + 32 + 4_usize;
        ctx.charge(gas::keccak(fixed.saturating_add(self.text.len())))?;
        let mut hash = Keccak256::new();
        hash.update(self.token);
        hash.update(self.to);
        hash.update(self.amount.to_be_bytes::<32>());
        hash.update(self.kind.to_be_bytes());
        hash.update(self.text);
        Ok(hash.finalize())
    }
}

/// Hands a forced transfer to the token that makes it, once.
pub(super) fn take_forced_transfer(
    ctx: &mut dyn Context,
    id: u64,
) -> Result<IPolicy::takeForcedTransferReturn, Halt> {
    let caller = ctx.caller();
    let (entry, head) = require_in_force(ctx, id)?;
    if head.kind != OrderKind::ForcedTransfer {
        return Err(invalid("id", "the order forces no transfer"));
    }
    let terms = entry.terms.get(ctx)?;
    if terms.token != caller {
        return Err(Halt::revert(NotTokenOfOrder {
            id,
            token: terms.token,
            caller,
        }));
    }
    end(ctx, id, OrderStatus::Used, "the token has taken it")?;
    Ok(IPolicy::takeForcedTransferReturn {
        from: head.target,
        to: terms.to,
        amount: terms.amount,
    })
}

/// Freezes a contract in the name of the members.
pub(super) fn freeze_by_vote(
    ctx: &mut dyn Context,
    target: Address,
    reason: String,
) -> Result<(), Halt> {
    require_governance(ctx)?;
    require_no_module(target)?;
    require_text("reason", &reason, TEXT_BYTES_MAX)?;
    if vote_on(ctx, target)?.is_some() {
        return Err(Halt::revert(AlreadyFrozen { target }));
    }
    let head = OrderHead {
        target,
        kind: OrderKind::FreezeContract,
        status: OrderStatus::InForce,
        issued: ctx.time().get(),
        until: u64::MAX,
        ..OrderHead::default()
    };
    let order = NewOrder {
        kind: head.kind,
        target,
        token: Address::ZERO,
        to: Address::ZERO,
        amount: U256::ZERO,
        until: head.until,
        documentHash: B256::ZERO,
        legalBasis: reason,
    };
    let jurisdiction = place(ctx, target)?.jurisdiction;
    put(ctx, head, &order, &jurisdiction)?;
    Ok(())
}

/// Ends what [`freeze_by_vote`] began.
pub(super) fn unfreeze_by_vote(ctx: &mut dyn Context, target: Address) -> Result<(), Halt> {
    require_governance(ctx)?;
    match vote_on(ctx, target)? {
        Some(id) => end(ctx, id, OrderStatus::Released, "the members voted for it"),
        None => Err(Halt::revert(NotFrozen { target })),
    }
}

/// The order of Governance on a target that is in force.
fn vote_on(ctx: &mut dyn Context, target: Address) -> Result<Option<u64>, Halt> {
    let orders = in_force(ctx, target)?;
    let vote = orders.iter().find(|(_, head)| head.appointment == 0);
    Ok(vote.map(|(id, _)| *id))
}
