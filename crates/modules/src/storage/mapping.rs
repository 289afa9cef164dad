//! `mapping(K => V)`.

use super::{Place, Size, Stored, Types};
use crate::{Context, Halt, gas};
use alloy_primitives::{Address, B256, U256, keccak256};
use std::marker::PhantomData;

/// A key of a mapping, as Solidity hashes it.
pub trait Key {
    /// Bytes that go before the slot: value types padded to 32 bytes, `string` and `bytes` as they
    /// are.
    fn bytes(&self) -> Vec<u8>;

    /// The name that a Solidity compiler gives the type.
    const NAME: &'static str;
}

macro_rules! keys {
    ($($kind:ty, $name:literal, |$key:ident| $bytes:expr;)*) => {
        $(impl Key for $kind {
            const NAME: &'static str = $name;

            fn bytes(&self) -> Vec<u8> {
                let $key = self;
                $bytes
            }
        })*
    };
}

keys! {
    B256, "bytes32", |key| key.to_vec();
    U256, "uint256", |key| key.to_be_bytes::<32>().to_vec();
    u8, "uint8", |key| U256::from(*key).to_be_bytes::<32>().to_vec();
    u16, "uint16", |key| U256::from(*key).to_be_bytes::<32>().to_vec();
    u32, "uint32", |key| U256::from(*key).to_be_bytes::<32>().to_vec();
    u64, "uint64", |key| U256::from(*key).to_be_bytes::<32>().to_vec();
    u128, "uint128", |key| U256::from(*key).to_be_bytes::<32>().to_vec();
    alloy_primitives::FixedBytes<4>, "bytes4", |key| key.iter().copied().chain([0; 28]).collect();
    Address, "address", |key| key.into_word().to_vec();
    String, "string", |key| key.clone().into_bytes();
}

/// `mapping(K => V)`: the value of a key is at `keccak256(key ++ slot)`.
pub struct Mapping<K, V> {
    slot: U256,
    types: PhantomData<(K, V)>,
}

impl<K, V> Clone for Mapping<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Mapping<K, V> {}

impl<K, V> std::fmt::Debug for Mapping<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.slot.fmt(f)
    }
}

impl<K: Key, V: Stored> Mapping<K, V> {
    /// Where a key's value is. Nobody is charged: it is for who reads storage from outside.
    pub fn slot_of(&self, key: &K) -> U256 {
        keccak256(self.preimage(key)).into()
    }

    fn preimage(&self, key: &K) -> Vec<u8> {
        let mut input = key.bytes();
        input.extend_from_slice(&self.slot.to_be_bytes::<32>());
        input
    }

    /// The handle of a key's value. The hash is charged.
    ///
    /// # Errors
    /// Out of gas.
    pub fn at(&self, ctx: &mut dyn Context, key: &K) -> Result<V, Halt> {
        let input = self.preimage(key);
        ctx.charge(gas::keccak(input.len()))?;
        Ok(V::at(Place::slot(keccak256(&input).into())))
    }
}

impl<K: Key, V: Stored> Stored for Mapping<K, V> {
    const SIZE: Size = Size::Slots(1);

    fn at(place: Place) -> Self {
        Self {
            slot: place.slot,
            types: PhantomData,
        }
    }

    fn describe(types: &mut Types) -> String {
        format!("mapping({} => {})", K::NAME, V::describe(types))
    }
}
