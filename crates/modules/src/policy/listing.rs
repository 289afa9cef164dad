//! Long answers, in parts.

use crate::{
    Context, Halt, gas,
    page::Page,
    storage::{List, Set, Slot, Value},
};
use alloy_primitives::{Address, U256};

/// A page of a list of values.
pub(super) fn values<T: Value>(
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

/// A page of a set of addresses.
pub(super) fn addresses(
    ctx: &mut dyn Context,
    set: Set<Address>,
    page: Page,
) -> Result<(Vec<Address>, U256), Halt> {
    let count = set.len(ctx)?;
    let mut values = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        values.extend(set.get(ctx, index)?);
    }
    Ok((values, page.next(count)))
}
