//! A set of values that can be listed.

use super::{Key, List, Mapping, Member, Packing, Place, Size, Slot, Stored, Types, Value};
use crate::{Context, Halt};
use alloy_primitives::U256;

/// A set: `struct { T[] values; mapping(T => uint256) positions; }`, positions counted from one.
/// Removing puts the last value into the gap, so the order of listing changes.
pub struct Set<T> {
    values: List<Slot<T>>,
    positions: Mapping<T, Slot<U256>>,
}

impl<T> Clone for Set<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Set<T> {}

impl<T> std::fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.values.fmt(f)
    }
}

impl<T: Value + Key + Default> Set<T> {
    /// Number of values.
    ///
    /// # Errors
    /// As [`Context::load`].
    pub fn len(&self, ctx: &mut dyn Context) -> Result<u64, Halt> {
        self.values.len(ctx)
    }

    /// The value at a position of the list, or `None` past the end.
    ///
    /// # Errors
    /// As [`Context::load`].
    pub fn get(&self, ctx: &mut dyn Context, index: u64) -> Result<Option<T>, Halt> {
        self.values
            .get(ctx, index)?
            .map(|slot| slot.get(ctx))
            .transpose()
    }

    /// Whether the value is in the set.
    ///
    /// # Errors
    /// As [`Context::load`].
    pub fn contains(&self, ctx: &mut dyn Context, value: &T) -> Result<bool, Halt> {
        let position = self.positions.at(ctx, value)?.get(ctx)?;
        Ok(!position.is_zero())
    }

    /// Puts the value in; false where it was there already.
    ///
    /// # Errors
    /// As [`Context::store`].
    pub fn insert(&self, ctx: &mut dyn Context, value: &T) -> Result<bool, Halt> {
        let position = self.positions.at(ctx, value)?;
        if !position.get(ctx)?.is_zero() {
            return Ok(false);
        }
        self.values.push(ctx)?.set(ctx, value)?;
        let length = self.values.len(ctx)?;
        position.set(ctx, &U256::from(length))?;
        Ok(true)
    }

    /// Takes the value out; false where it was not there.
    ///
    /// # Errors
    /// As [`Context::store`].
    pub fn remove(&self, ctx: &mut dyn Context, value: &T) -> Result<bool, Halt> {
        let slot = self.positions.at(ctx, value)?;
        let position: u64 = slot.get(ctx)?.saturating_to();
        let Some(index) = position.checked_sub(1) else {
            return Ok(false);
        };
        let last = self.values.len(ctx)?.saturating_sub(1);
        let damaged = || Halt::Fatal("a set of the state is damaged: run `qiantang replay`".into());
        let end = self.values.get(ctx, last)?.ok_or_else(damaged)?;
        if index != last {
            let moved = end.get(ctx)?;
            let gap = self.values.get(ctx, index)?.ok_or_else(damaged)?;
            gap.set(ctx, &moved)?;
            let place = self.positions.at(ctx, &moved)?;
            place.set(ctx, &U256::from(position))?;
        }
        end.set(ctx, &T::default())?;
        self.values.shrink(ctx)?;
        slot.set(ctx, &U256::ZERO)?;
        Ok(true)
    }
}

impl<T: Value + Key> Stored for Set<T> {
    const SIZE: Size = Size::Slots(2);

    fn at(place: Place) -> Self {
        let mut packing = Packing::new(place.slot);
        Self {
            values: List::at(packing.next(Size::Slots(1))),
            positions: <Mapping<_, _> as Stored>::at(packing.next(Size::Slots(1))),
        }
    }

    fn describe(types: &mut Types) -> String {
        let mut element = <T as Key>::NAME.to_owned();
        if let Some(initial) = element.get_mut(..1) {
            initial.make_ascii_uppercase();
        }
        let name = format!("struct {element}Set");
        let member = |name, slot, kind| Member {
            name,
            slot: U256::from(slot),
            offset: 0,
            kind,
        };
        let values = <List<Slot<T>> as Stored>::describe(types);
        let positions = <Mapping<T, Slot<U256>> as Stored>::describe(types);
        types.insert(
            name.clone(),
            vec![
                member("values", 0_u64, values),
                member("positions", 1, positions),
            ],
        );
        name
    }
}
