//! How much of a lot an account holds.
//!
//! Quantities are counted as far as documents state them: in one unit, with at most nine decimals.
//! Where one is missing or in another unit, the account's holding is no longer counted; it then
//! ends only with a correction. Counting decides who may say something about a lot: who has
//! shipped, packed or used up all of a counted holding holds it no more. It is no balance: losses
//! in weight are normal, so nobody is refused for a sum that does not match.

use super::{Expectation, Holding, Item, epcis};
use crate::{Context, Halt};
use alloy_primitives::Address;

/// Decimals that a quantity is counted with.
const DECIMALS: usize = 9;

/// A quantity that can be counted: billionths of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    billionths: u128,
    /// The unit's code in big-endian ASCII; zero for pieces.
    unit: u32,
}

impl Amount {
    /// The amount that a document states, or `None` where it cannot be counted.
    pub(super) fn of(quantity: &epcis::Quantity) -> Option<Self> {
        let number = epcis::canonical_decimal(quantity.quantity.as_deref()?)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
        if fraction.len() > DECIMALS {
            return None;
        }
        // A minus sign is no digit of an unsigned number, so negative quantities end here.
        let billionths = format!("{whole}{fraction:0<DECIMALS$}").parse().ok()?;
        let mut unit = 0_u32;
        for byte in quantity.uom.as_deref().unwrap_or_default().bytes() {
            unit = unit.checked_mul(256)?.checked_add(byte.into())?;
        }
        Some(Self { billionths, unit })
    }
}

impl Holding {
    /// Whether the account holds anything.
    pub(super) fn is_open(&self) -> bool {
        self.position > 0
    }
}

impl Expectation {
    /// Adds a shipment to what is under way to a party.
    pub(super) fn add(&mut self, from: Address, amount: Option<Amount>) {
        let counted = amount.filter(|amount| {
            !self.is_open || (self.is_counted && self.unit == amount.unit && self.from == from)
        });
        let sum = counted.and_then(|amount| self.amount.checked_add(amount.billionths));
        // Of several shippers none is known to have shipped what is received, so none gives up a
        // holding.
        self.from = if !self.is_open || self.from == from {
            from
        } else {
            Address::ZERO
        };
        self.is_open = true;
        self.is_counted = sum.is_some();
        self.unit = counted.map_or(0, |amount| amount.unit);
        self.amount = sum.unwrap_or_default();
    }

    /// What is under way, where it was counted.
    pub(super) fn amount(&self) -> Option<Amount> {
        self.is_counted.then_some(Amount {
            billionths: self.amount,
            unit: self.unit,
        })
    }
}

/// The holding of an account.
pub(super) fn holding(
    ctx: &mut dyn Context,
    item: &Item,
    account: Address,
) -> Result<Holding, Halt> {
    item.holdings.at(ctx, &account)?.get(ctx)
}

/// Some of the lot comes to an account.
pub(super) fn gain(
    ctx: &mut dyn Context,
    item: &Item,
    account: Address,
    amount: Option<Amount>,
) -> Result<(), Halt> {
    let before = holding(ctx, item, account)?;
    if !before.is_open() {
        return open(ctx, item, account, amount);
    }
    let sum = amount
        .filter(|amount| before.is_counted && before.unit == amount.unit)
        .and_then(|amount| before.amount.checked_add(amount.billionths));
    set(
        ctx,
        item,
        account,
        Holding {
            amount: sum.unwrap_or_default(),
            is_counted: sum.is_some(),
            ..before
        },
    )
}

/// Some of the lot leaves an account; all of it, if it is counted so.
pub(super) fn lose(
    ctx: &mut dyn Context,
    item: &Item,
    account: Address,
    amount: Option<Amount>,
) -> Result<(), Halt> {
    let before = holding(ctx, item, account)?;
    if !before.is_open() || !before.is_counted {
        return Ok(());
    }
    match amount.filter(|amount| amount.unit == before.unit) {
        None => set(
            ctx,
            item,
            account,
            Holding {
                amount: 0,
                is_counted: false,
                ..before
            },
        ),
        Some(amount) => match before.amount.checked_sub(amount.billionths) {
            None | Some(0) => close(ctx, item, account),
            Some(rest) => set(
                ctx,
                item,
                account,
                Holding {
                    amount: rest,
                    ..before
                },
            ),
        },
    }
}

/// Puts a holding back to what it was.
pub(super) fn restore(
    ctx: &mut dyn Context,
    item: &Item,
    account: Address,
    before: Holding,
) -> Result<(), Halt> {
    let now = holding(ctx, item, account)?;
    match (before.is_open(), now.is_open()) {
        (false, false) => Ok(()),
        (false, true) => close(ctx, item, account),
        (true, is_open) => {
            if !is_open {
                open(ctx, item, account, None)?;
            }
            let position = holding(ctx, item, account)?.position;
            set(ctx, item, account, Holding { position, ..before })
        }
    }
}

fn set(ctx: &mut dyn Context, item: &Item, account: Address, holding: Holding) -> Result<(), Halt> {
    item.holdings.at(ctx, &account)?.set(ctx, &holding)
}

fn open(
    ctx: &mut dyn Context,
    item: &Item,
    account: Address,
    amount: Option<Amount>,
) -> Result<(), Halt> {
    let count = item.holders.len(ctx)?;
    item.holders.push(ctx)?.set(ctx, &account)?;
    set(
        ctx,
        item,
        account,
        Holding {
            amount: amount.map_or(0, |amount| amount.billionths),
            position: count.saturating_add(1),
            unit: amount.map_or(0, |amount| amount.unit),
            is_counted: amount.is_some(),
        },
    )
}

/// Ends a holding: the last holder of the list takes the place of the one that goes.
fn close(ctx: &mut dyn Context, item: &Item, account: Address) -> Result<(), Halt> {
    let position = holding(ctx, item, account)?.position;
    let count = item.holders.len(ctx)?;
    let Some(tail) = item.holders.get(ctx, count.wrapping_sub(1))? else {
        return Ok(());
    };
    let Some(hole) = item.holders.get(ctx, position.wrapping_sub(1))? else {
        return Ok(());
    };
    let moved = tail.get(ctx)?;
    hole.set(ctx, &moved)?;
    let holding_moved = holding(ctx, item, moved)?;
    set(
        ctx,
        item,
        moved,
        Holding {
            position,
            ..holding_moved
        },
    )?;
    set(ctx, item, account, Holding::default())?;
    tail.set(ctx, &Address::ZERO)?;
    item.holders.shrink(ctx)
}
