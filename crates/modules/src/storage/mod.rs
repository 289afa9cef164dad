//! Typed storage with Solidity's layout.
//!
//! A module declares its storage with [`layout!`](crate::layout): the fields are the layout, in
//! order, packed as a Solidity compiler packs them, so that `eth_getStorageAt`, storage tools and
//! state proofs understand a module as they understand a contract. Source: Solidity documentation,
//! "Layout of State Variables in Storage".
//!
//! The pieces are handles: they hold a place and no value. Reading and writing goes through the
//! context, which charges it; so does every hash that finds the place of a mapping's value.
//!
//! | here | Solidity |
//! |---|---|
//! | [`Slot<T>`] | a value type, or a struct of value types ([`record!`](crate::record)) |
//! | [`Mapping<K, V>`] | `mapping(K => V)` |
//! | [`List<T>`] | `T[]` |
//! | [`Set<T>`] | `struct { T[] values; mapping(T => uint256) positions; }` |
//! | [`Text`] | `string` |
//! | [`Data`] | `bytes` |
//! | a [`layout!`](crate::layout) struct | a struct with any of these |

mod list;
mod mapping;
mod set;
mod text;
mod value;

pub use list::List;
pub use mapping::{Key, Mapping};
pub use set::Set;
pub use text::{Data, STORED_BYTES_MAX, Text};
pub use value::{Slot, Value, Words};

use alloy_primitives::U256;
use std::collections::BTreeMap;

/// Where something begins in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The slot.
    pub slot: U256,
    /// Bytes from the low end of the slot; zero for anything that fills its slots.
    pub offset: usize,
}

impl Place {
    /// The beginning of a slot.
    pub const fn slot(slot: U256) -> Self {
        Self { slot, offset: 0 }
    }
}

/// How much room a type takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// At most 32 bytes, which may share a slot with neighbours.
    Bytes(usize),
    /// Whole slots; the next field begins a new slot.
    Slots(u64),
}

/// A type that can be a field of a storage struct.
pub trait Stored: Sized {
    /// The room it takes.
    const SIZE: Size;

    /// The handle for a place.
    fn at(place: Place) -> Self;

    /// The name that a Solidity compiler gives the type, after noting its members in `types`.
    fn describe(types: &mut Types) -> String;
}

/// Members of every struct met while describing a layout, by the struct's name. Only tests and
/// documentation read it.
pub type Types = BTreeMap<String, Vec<Member>>;

/// A field as a Solidity compiler's `storageLayout` reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Name of the field, in the Rust spelling.
    pub name: &'static str,
    /// Slot from the beginning of the struct.
    pub slot: U256,
    /// Bytes from the low end of the slot.
    pub offset: usize,
    /// Name of its type.
    pub kind: String,
}

/// Gives fields their places one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Packing {
    slot: U256,
    used: usize,
}

impl Packing {
    /// Begins at a slot.
    pub const fn new(slot: U256) -> Self {
        Self { slot, used: 0 }
    }

    /// The place of the next field.
    pub fn next(&mut self, size: Size) -> Place {
        match size {
            Size::Bytes(bytes) => {
                if self.used.saturating_add(bytes) > 32 {
                    self.begin_slot();
                }
                let place = Place {
                    slot: self.slot,
                    offset: self.used,
                };
                self.used = self.used.saturating_add(bytes);
                place
            }
            Size::Slots(slots) => {
                self.begin_slot();
                let place = Place::slot(self.slot);
                self.slot = self.slot.wrapping_add(U256::from(slots));
                place
            }
        }
    }

    /// Slots used since `base`, the last one counted whole.
    pub fn slots_since(mut self, base: U256) -> u64 {
        self.begin_slot();
        self.slot.wrapping_sub(base).saturating_to()
    }

    fn begin_slot(&mut self) {
        if self.used > 0 {
            self.slot = self.slot.wrapping_add(U256::ONE);
            self.used = 0;
        }
    }
}

/// Slots that fields of these sizes fill, in order.
pub const fn slots_of(sizes: &[Size]) -> u64 {
    let (mut slots, mut used, mut index) = (0_u64, 0_usize, 0_usize);
    while index < sizes.len() {
        match sizes[index] {
            Size::Bytes(bytes) => {
                if used + bytes > 32 {
                    slots += 1;
                    used = 0;
                }
                used += bytes;
            }
            Size::Slots(whole) => {
                slots += whole + (used > 0) as u64;
                used = 0;
            }
        }
        index += 1;
    }
    slots + (used > 0) as u64
}

/// Declares a storage struct: each field is a handle, and the order of the fields is the layout.
#[macro_export]
macro_rules! layout {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $kind:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $vis struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
        }

        impl $crate::storage::Stored for $name {
            const SIZE: $crate::storage::Size = $crate::storage::Size::Slots(
                $crate::storage::slots_of(&[$(<$kind as $crate::storage::Stored>::SIZE,)*]),
            );

            fn at(place: $crate::storage::Place) -> Self {
                let mut packing = $crate::storage::Packing::new(place.slot);
                Self {
                    $($field: <$kind as $crate::storage::Stored>::at(
                        packing.next(<$kind as $crate::storage::Stored>::SIZE),
                    ),)*
                }
            }

            fn describe(types: &mut $crate::storage::Types) -> String {
                let name = format!("struct {}", stringify!($name));
                if !types.contains_key(&name) {
                    types.insert(name.clone(), Vec::new());
                    let mut packing = $crate::storage::Packing::new(alloy_primitives::U256::ZERO);
                    let members = vec![$({
                        let place = packing.next(<$kind as $crate::storage::Stored>::SIZE);
                        $crate::storage::Member {
                            name: stringify!($field),
                            slot: place.slot,
                            offset: place.offset,
                            kind: <$kind as $crate::storage::Stored>::describe(types),
                        }
                    },)*];
                    types.insert(name.clone(), members);
                }
                name
            }
        }
    };
}

/// Declares a struct of value types that is read and written as a whole, with one access for each
/// slot.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $kind:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        $vis struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
        }

        impl $crate::storage::Value for $name {
            const SIZE: $crate::storage::Size = $crate::storage::Size::Slots(
                $crate::storage::slots_of(&[$(<$kind as $crate::storage::Value>::SIZE,)*]),
            );

            fn read(words: &mut $crate::storage::Words, place: $crate::storage::Place)
                -> Result<Self, $crate::Halt>
            {
                let mut packing = $crate::storage::Packing::new(place.slot);
                Ok(Self {
                    $($field: <$kind as $crate::storage::Value>::read(
                        words,
                        packing.next(<$kind as $crate::storage::Value>::SIZE),
                    )?,)*
                })
            }

            fn write(&self, words: &mut $crate::storage::Words, place: $crate::storage::Place) {
                let mut packing = $crate::storage::Packing::new(place.slot);
                $(self.$field.write(
                    words,
                    packing.next(<$kind as $crate::storage::Value>::SIZE),
                );)*
            }

            fn describe(types: &mut $crate::storage::Types) -> String {
                let name = format!("struct {}", stringify!($name));
                let mut packing = $crate::storage::Packing::new(alloy_primitives::U256::ZERO);
                let members = vec![$({
                    let place = packing.next(<$kind as $crate::storage::Value>::SIZE);
                    $crate::storage::Member {
                        name: stringify!($field),
                        slot: place.slot,
                        offset: place.offset,
                        kind: <$kind as $crate::storage::Value>::describe(types),
                    }
                },)*];
                types.insert(name.clone(), members);
                name
            }
        }
    };
}

/// Makes a `sol!` enum a value of storage: one byte, as Solidity stores it. Its zero is the variant
/// `None`, or the one after `from`.
#[macro_export]
macro_rules! stored_enum {
    (@zero) => { Self::None };
    (@zero $zero:ident) => { Self::$zero };
    ($($name:ty => $label:literal $(from $zero:ident)?),* $(,)?) => {
        $(impl Default for $name {
            fn default() -> Self {
                $crate::stored_enum!(@zero $($zero)?)
            }
        }

        impl $crate::storage::Value for $name {
            const SIZE: $crate::storage::Size = $crate::storage::Size::Bytes(1);

            fn read(words: &mut $crate::storage::Words, place: $crate::storage::Place)
                -> Result<Self, $crate::Halt>
            {
                let byte = u8::read(words, place)?;
                Self::try_from(byte).map_err(|_| $crate::Halt::Fatal(format!(
                    "slot {:#x}: {byte} is no {}; the state is damaged: run `qiantang replay`",
                    place.slot, $label,
                )))
            }

            fn write(&self, words: &mut $crate::storage::Words, place: $crate::storage::Place) {
                (*self as u8).write(words, place);
            }

            fn describe(_: &mut $crate::storage::Types) -> String {
                concat!("enum ", $label).to_owned()
            }
        })*
    };
}

#[cfg(test)]
mod tests;
