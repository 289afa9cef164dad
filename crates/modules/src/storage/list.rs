//! `T[]`.

use super::{Place, Size, Slot, Stored, Types};
use crate::{Context, Halt, gas};
use alloy_primitives::{U256, keccak256};
use std::marker::PhantomData;

/// `T[]`: the length at its slot, the elements from `keccak256(slot)` on, packed where they are
/// small.
pub struct List<T> {
    slot: U256,
    types: PhantomData<T>,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> std::fmt::Debug for List<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.slot.fmt(f)
    }
}

impl<T: Stored> List<T> {
    /// Number of elements.
    ///
    /// # Errors
    /// As [`Context::load`].
    pub fn len(&self, ctx: &mut dyn Context) -> Result<u64, Halt> {
        self.length().get(ctx).map(|length| length.saturating_to())
    }

    /// The handle of an element, or `None` past the end.
    ///
    /// # Errors
    /// As [`Context::load`].
    pub fn get(&self, ctx: &mut dyn Context, index: u64) -> Result<Option<T>, Halt> {
        if index >= self.len(ctx)? {
            return Ok(None);
        }
        self.element(ctx, index).map(Some)
    }

    /// The handles of the first elements, `maximum` at most. The length is read and the place is
    /// found once for all of them.
    ///
    /// # Errors
    /// As [`Context::load`].
    pub fn first(&self, ctx: &mut dyn Context, maximum: u64) -> Result<Vec<T>, Halt> {
        let count = self.len(ctx)?.min(maximum);
        if count == 0 {
            return Ok(Vec::new());
        }
        let begin = self.begin(ctx)?;
        Ok((0..count).map(|index| Self::behind(begin, index)).collect())
    }

    /// Makes the list one element longer and gives the handle of the new element, whose slots are
    /// zero unless the list was longer before.
    ///
    /// # Errors
    /// As [`Context::store`].
    pub fn push(&self, ctx: &mut dyn Context) -> Result<T, Halt> {
        let length = self.length().get(ctx)?;
        self.length().set(ctx, &length.saturating_add(U256::ONE))?;
        self.element(ctx, length.saturating_to())
    }

    /// Makes the list one element shorter. The caller has cleared the last element.
    ///
    /// # Errors
    /// As [`Context::store`].
    pub fn shrink(&self, ctx: &mut dyn Context) -> Result<(), Halt> {
        let length = self.length().get(ctx)?;
        self.length().set(ctx, &length.saturating_sub(U256::ONE))
    }

    fn length(&self) -> Slot<U256> {
        Slot::at(Place::slot(self.slot))
    }

    fn element(&self, ctx: &mut dyn Context, index: u64) -> Result<T, Halt> {
        Ok(Self::behind(self.begin(ctx)?, index))
    }

    /// The slot of the first element.
    fn begin(&self, ctx: &mut dyn Context) -> Result<U256, Halt> {
        ctx.charge(gas::keccak(32))?;
        Ok(keccak256(self.slot.to_be_bytes::<32>()).into())
    }

    /// The element at an index of the list that begins at a slot.
    fn behind(first: U256, index: u64) -> T {
        let place = match T::SIZE {
            Size::Bytes(bytes) => {
                let each = 32_u64.checked_div(bytes as u64).unwrap_or(1).max(1);
                let offset = (index % each).saturating_mul(bytes as u64);
                Place {
                    slot: first.wrapping_add(U256::from(index / each)),
                    offset: offset as usize,
                }
            }
            Size::Slots(slots) => {
                let distance = U256::from(index).wrapping_mul(U256::from(slots));
                Place::slot(first.wrapping_add(distance))
            }
        };
        T::at(place)
    }
}

impl<T: Stored> Stored for List<T> {
    const SIZE: Size = Size::Slots(1);

    fn at(place: Place) -> Self {
        Self {
            slot: place.slot,
            types: PhantomData,
        }
    }

    fn describe(types: &mut Types) -> String {
        format!("{}[]", T::describe(types))
    }
}
