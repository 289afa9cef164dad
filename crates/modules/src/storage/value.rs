//! Value types, and structs of them.

use super::{Place, Size, Stored, Types};
use crate::{Context, Halt};
use alloy_primitives::{Address, B256, U256};
use std::marker::PhantomData;

/// Words of the slots under one value, in order.
#[derive(Debug)]
pub struct Words {
    base: U256,
    words: Vec<U256>,
}

impl Words {
    fn load(ctx: &mut dyn Context, place: Place, size: Size) -> Result<Self, Halt> {
        let mut words = Vec::new();
        for index in 0..slots(size) {
            words.push(ctx.load(place.slot.wrapping_add(U256::from(index)))?);
        }
        Ok(Self {
            base: place.slot,
            words,
        })
    }

    fn zero(place: Place, size: Size) -> Self {
        let words = (0..slots(size)).map(|_| U256::ZERO).collect();
        Self {
            base: place.slot,
            words,
        }
    }

    fn store(&self, ctx: &mut dyn Context) -> Result<(), Halt> {
        let mut slot = self.base;
        for word in &self.words {
            ctx.store(slot, *word)?;
            slot = slot.wrapping_add(U256::ONE);
        }
        Ok(())
    }

    fn word(&mut self, slot: U256) -> Option<&mut U256> {
        let index: usize = slot.wrapping_sub(self.base).try_into().ok()?;
        self.words.get_mut(index)
    }

    /// `bytes` bytes at a place, as a number.
    pub fn get(&mut self, place: Place, bytes: usize) -> U256 {
        let word = self.word(place.slot).map_or(U256::ZERO, |word| *word);
        (word >> (place.offset.saturating_mul(8))) & mask(bytes)
    }

    /// Writes `bytes` bytes at a place and leaves the neighbours as they are.
    pub fn set(&mut self, place: Place, bytes: usize, value: U256) {
        let shift = place.offset.saturating_mul(8);
        let hole = !(mask(bytes) << shift);
        if let Some(word) = self.word(place.slot) {
            *word = (*word & hole) | ((value & mask(bytes)) << shift);
        }
    }
}

fn slots(size: Size) -> u64 {
    match size {
        Size::Bytes(_) => 1,
        Size::Slots(slots) => slots,
    }
}

fn mask(bytes: usize) -> U256 {
    if bytes >= 32 {
        U256::MAX
    } else {
        (U256::ONE << (bytes.saturating_mul(8))).wrapping_sub(U256::ONE)
    }
}

/// A value type of Solidity, or a struct of them.
pub trait Value: Sized {
    /// The room it takes.
    const SIZE: Size;

    /// Takes the value from the words of its slots.
    ///
    /// # Errors
    /// The bytes are no value of this type: the node's own state is damaged.
    fn read(words: &mut Words, place: Place) -> Result<Self, Halt>;

    /// Puts the value into the words of its slots.
    fn write(&self, words: &mut Words, place: Place);

    /// The name that a Solidity compiler gives the type.
    fn describe(types: &mut Types) -> String;
}

/// A value in storage.
pub struct Slot<T> {
    place: Place,
    value: PhantomData<T>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slot<T> {}

impl<T> std::fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.place.fmt(f)
    }
}

impl<T: Value> Slot<T> {
    /// Reads the value.
    ///
    /// # Errors
    /// As [`Context::load`]; damaged state is fatal.
    pub fn get(&self, ctx: &mut dyn Context) -> Result<T, Halt> {
        let mut words = Words::load(ctx, self.place, T::SIZE)?;
        T::read(&mut words, self.place)
    }

    /// Writes the value. What shares its slot is read first and kept.
    ///
    /// # Errors
    /// As [`Context::load`] and [`Context::store`].
    pub fn set(&self, ctx: &mut dyn Context, value: &T) -> Result<(), Halt> {
        let mut words = match T::SIZE {
            Size::Bytes(bytes) if bytes < 32 => Words::load(ctx, self.place, T::SIZE)?,
            size => Words::zero(self.place, size),
        };
        value.write(&mut words, self.place);
        words.store(ctx)
    }
}

impl<T: Value> Stored for Slot<T> {
    const SIZE: Size = T::SIZE;

    fn at(place: Place) -> Self {
        Self {
            place,
            value: PhantomData,
        }
    }

    fn describe(types: &mut Types) -> String {
        T::describe(types)
    }
}

macro_rules! values {
    ($(
        $kind:ty, $bytes:literal, $name:literal,
        |$word:ident| $from:expr, |$value:ident| $to:expr;
    )*) => {
        $(impl Value for $kind {
            const SIZE: Size = Size::Bytes($bytes);

            fn read(words: &mut Words, place: Place) -> Result<Self, Halt> {
                let $word = words.get(place, $bytes);
                Ok($from)
            }

            fn write(&self, words: &mut Words, place: Place) {
                let $value = self;
                words.set(place, $bytes, $to);
            }

            fn describe(_: &mut Types) -> String {
                $name.to_owned()
            }
        })*
    };
}

// The conversions cannot lose anything: `get` has masked the word to the width of the type.
values! {
    bool, 1, "bool", |word| !word.is_zero(), |value| U256::from(*value);
    u8, 1, "uint8", |word| word.wrapping_to(), |value| U256::from(*value);
    u16, 2, "uint16", |word| word.wrapping_to(), |value| U256::from(*value);
    u32, 4, "uint32", |word| word.wrapping_to(), |value| U256::from(*value);
    u64, 8, "uint64", |word| word.wrapping_to(), |value| U256::from(*value);
    u128, 16, "uint128", |word| word.wrapping_to(), |value| U256::from(*value);
    U256, 32, "uint256", |word| word, |value| *value;
    B256, 32, "bytes32", |word| Self::from(word), |value| (*value).into();
    Address, 20, "address", |word| Self::from_word(word.into()), |value| value.into_word().into();
}
