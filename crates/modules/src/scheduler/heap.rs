//! A priority queue in storage.
//!
//! Two entries share a slot, and the four children of an entry fill two slots, so that going one
//! level down reads two slots. For that the first entry is the fourth element of the array; the
//! three before it are zero.

use crate::{
    Context, Halt, gas,
    storage::{Place, Size, Stored, Types},
};
use alloy_primitives::{U256, keccak256};
use std::collections::BTreeMap;

/// Elements of the array before the first entry.
const FRONT: u64 = 3;

/// A heap of numbers above zero, the least on top. Its layout is that of `uint128[]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heap {
    slot: U256,
}

impl Heap {
    /// The least entry.
    pub(crate) fn top(&self, ctx: &mut dyn Context) -> Result<Option<u128>, Halt> {
        let slot = self.first(ctx)?.wrapping_add(U256::from(FRONT / 2));
        let top = half(ctx.load(slot)?, FRONT);
        Ok((top != 0).then_some(top))
    }

    /// Number of entries.
    pub(crate) fn len(&self, ctx: &mut dyn Context) -> Result<u64, Halt> {
        let elements: u64 = ctx.load(self.slot)?.saturating_to();
        Ok(elements.saturating_sub(FRONT))
    }

    /// Opens the heap for changes; nothing is written before [`Open::close`].
    pub(crate) fn open(&self, ctx: &mut dyn Context) -> Result<Open, Halt> {
        let length = self.len(ctx)?;
        Ok(Open {
            slot: self.slot,
            first: self.first(ctx)?,
            before: length,
            length,
            words: BTreeMap::new(),
            moved: BTreeMap::new(),
        })
    }

    fn first(&self, ctx: &mut dyn Context) -> Result<U256, Halt> {
        ctx.charge(gas::keccak(32))?;
        Ok(keccak256(self.slot.to_be_bytes::<32>()).into())
    }
}

impl Stored for Heap {
    const SIZE: Size = Size::Slots(1);

    fn at(place: Place) -> Self {
        Self { slot: place.slot }
    }

    fn describe(_: &mut Types) -> String {
        "uint128[]".to_owned()
    }
}

/// A heap under change.
#[derive(Debug)]
pub(crate) struct Open {
    slot: U256,
    first: U256,
    before: u64,
    length: u64,
    words: BTreeMap<u64, Word>,
    moved: BTreeMap<u128, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Word {
    value: U256,
    is_changed: bool,
}

impl Open {
    /// Number of entries.
    pub(crate) const fn len(&self) -> u64 {
        self.length
    }

    /// The entry at an index; zero past the end.
    pub(crate) fn get(&mut self, ctx: &mut dyn Context, index: u64) -> Result<u128, Halt> {
        if index >= self.length {
            return Ok(0);
        }
        let element = index.saturating_add(FRONT);
        Ok(half(self.word(ctx, element / 2)?.value, element))
    }

    /// Adds an entry.
    pub(crate) fn push(&mut self, ctx: &mut dyn Context, entry: u128) -> Result<(), Halt> {
        let index = self.length;
        self.length = self.length.saturating_add(1);
        self.rise(ctx, index, entry)
    }

    /// Puts another entry in the place of the one at an index.
    pub(crate) fn replace(
        &mut self,
        ctx: &mut dyn Context,
        index: u64,
        entry: u128,
    ) -> Result<(), Halt> {
        if entry < self.get(ctx, index)? {
            self.rise(ctx, index, entry)
        } else {
            self.sink(ctx, index, entry)
        }
    }

    /// Takes the entry at an index out.
    pub(crate) fn remove(&mut self, ctx: &mut dyn Context, index: u64) -> Result<(), Halt> {
        let Some(last) = self.length.checked_sub(1).filter(|last| index <= *last) else {
            return Ok(());
        };
        let moved = self.get(ctx, last)?;
        self.put(ctx, last, 0)?;
        let removed = if index == last {
            0
        } else {
            self.get(ctx, index)?
        };
        self.length = last;
        if index == last {
            return Ok(());
        }
        if moved < removed {
            self.rise(ctx, index, moved)
        } else {
            self.sink(ctx, index, moved)
        }
    }

    /// Writes what has changed, and says which entries have a new index.
    pub(crate) fn close(self, ctx: &mut dyn Context) -> Result<BTreeMap<u128, u64>, Halt> {
        for (index, word) in &self.words {
            if word.is_changed {
                ctx.store(self.first.wrapping_add(U256::from(*index)), word.value)?;
            }
        }
        if self.length != self.before {
            let elements = match self.length {
                0 => 0,
                length => length.saturating_add(FRONT),
            };
            ctx.store(self.slot, U256::from(elements))?;
        }
        Ok(self.moved)
    }

    fn rise(&mut self, ctx: &mut dyn Context, index: u64, entry: u128) -> Result<(), Halt> {
        let mut index = index;
        while let Some(above) = index.checked_sub(1).map(|index| index / 4) {
            ctx.charge(gas::STEP)?;
            let parent = self.get(ctx, above)?;
            if parent <= entry {
                break;
            }
            self.put(ctx, index, parent)?;
            index = above;
        }
        self.put(ctx, index, entry)
    }

    fn sink(&mut self, ctx: &mut dyn Context, index: u64, entry: u128) -> Result<(), Halt> {
        let mut index = index;
        loop {
            ctx.charge(gas::STEP)?;
            let first = index.saturating_mul(4).saturating_add(1);
            let (mut least, mut below) = (entry, None);
            for child in first..first.saturating_add(4).min(self.length) {
                let value = self.get(ctx, child)?;
                if value < least {
                    (least, below) = (value, Some(child));
                }
            }
            let Some(child) = below else {
                return self.put(ctx, index, entry);
            };
            self.put(ctx, index, least)?;
            index = child;
        }
    }

    fn put(&mut self, ctx: &mut dyn Context, index: u64, entry: u128) -> Result<(), Halt> {
        let element = index.saturating_add(FRONT);
        let word = self.word(ctx, element / 2)?;
        let shift = shift(element);
        let hole = !(U256::from(u128::MAX) << shift);
        let value = (word.value & hole) | (U256::from(entry) << shift);
        word.is_changed |= value != word.value;
        word.value = value;
        if entry != 0 {
            self.moved.insert(entry, index);
        }
        Ok(())
    }

    fn word(&mut self, ctx: &mut dyn Context, index: u64) -> Result<&mut Word, Halt> {
        if !self.words.contains_key(&index) {
            let value = ctx.load(self.first.wrapping_add(U256::from(index)))?;
            let is_changed = false;
            self.words.insert(index, Word { value, is_changed });
        }
        let damaged = || Halt::Fatal("a word that was just read is missing".to_owned());
        self.words.get_mut(&index).ok_or_else(damaged)
    }
}

fn shift(element: u64) -> usize {
    if element.is_multiple_of(2) { 0 } else { 128 }
}

fn half(word: U256, element: u64) -> u128 {
    (word >> shift(element)).wrapping_to()
}
