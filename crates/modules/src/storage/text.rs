//! `bytes` and `string`.

use super::{Place, Size, Stored, Types};
use crate::{Context, Halt, gas};
use alloy_primitives::{U256, keccak256};

/// Longest `bytes` or `string` that a module reads back; a longer length in a slot means damaged
/// state.
pub const STORED_BYTES_MAX: usize = 1 << 20;

/// `bytes`: up to 31 bytes in the slot itself with twice the length in the lowest byte; otherwise
/// the slot holds twice the length plus one, and the bytes begin at `keccak256(slot)`.
#[derive(Clone, Copy, Debug)]
pub struct Data {
    slot: U256,
}

impl Data {
    /// Reads the bytes.
    ///
    /// # Errors
    /// As [`Context::load`]; damaged state is fatal.
    pub fn get(&self, ctx: &mut dyn Context) -> Result<Vec<u8>, Halt> {
        let head = ctx.load(self.slot)?;
        if !head.bit(0) {
            let length = usize::from(head.byte(0)) / 2;
            let word = head.to_be_bytes::<32>();
            return word
                .get(..length)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| self.damaged(head));
        }
        let length: usize = head.wrapping_shr(1).saturating_to();
        if !(32..=STORED_BYTES_MAX).contains(&length) {
            return Err(self.damaged(head));
        }
        let mut slot = self.first(ctx)?;
        let mut out = Vec::with_capacity(length.next_multiple_of(32));
        while out.len() < length {
            out.extend_from_slice(&ctx.load(slot)?.to_be_bytes::<32>());
            slot = slot.wrapping_add(U256::ONE);
        }
        out.truncate(length);
        Ok(out)
    }

    /// Writes the bytes. Slots of an earlier, longer value are cleared, as Solidity clears them.
    ///
    /// # Errors
    /// As [`Context::load`] and [`Context::store`]; more than [`STORED_BYTES_MAX`] is fatal,
    /// because a module checks its input before it stores it.
    pub fn set(&self, ctx: &mut dyn Context, bytes: &[u8]) -> Result<(), Halt> {
        if bytes.len() > STORED_BYTES_MAX {
            return Err(Halt::Fatal(format!(
                "a module stored {} bytes in one value, the limit is {STORED_BYTES_MAX}",
                bytes.len()
            )));
        }
        let before = self.tail_slots(ctx)?;
        let mut written = 0_u64;
        if bytes.len() < 32 {
            let mut word = [0; 32];
            word[..bytes.len()].copy_from_slice(bytes);
            word[31] = (bytes.len() * 2) as u8;
            ctx.store(self.slot, U256::from_be_bytes(word))?;
        } else {
            ctx.store(self.slot, U256::from(bytes.len() * 2 + 1))?;
            let first = self.first(ctx)?;
            for chunk in bytes.chunks(32) {
                let mut word = [0; 32];
                word[..chunk.len()].copy_from_slice(chunk);
                let slot = first.wrapping_add(U256::from(written));
                ctx.store(slot, U256::from_be_bytes(word))?;
                written += 1;
            }
        }
        if written < before {
            let first = self.first(ctx)?;
            for index in written..before {
                ctx.store(first.wrapping_add(U256::from(index)), U256::ZERO)?;
            }
        }
        Ok(())
    }

    fn tail_slots(&self, ctx: &mut dyn Context) -> Result<u64, Halt> {
        let head = ctx.load(self.slot)?;
        if !head.bit(0) {
            return Ok(0);
        }
        let length: u64 = head.wrapping_shr(1).saturating_to();
        if length > STORED_BYTES_MAX as u64 {
            return Err(self.damaged(head));
        }
        Ok(length.div_ceil(32))
    }

    fn first(&self, ctx: &mut dyn Context) -> Result<U256, Halt> {
        ctx.charge(gas::keccak(32))?;
        Ok(keccak256(self.slot.to_be_bytes::<32>()).into())
    }

    fn damaged(&self, head: U256) -> Halt {
        Halt::Fatal(format!(
            "slot {:#x}: {head:#x} is no length of bytes; the state is damaged: run `qiantang \
             replay`",
            self.slot
        ))
    }
}

impl Stored for Data {
    const SIZE: Size = Size::Slots(1);

    fn at(place: Place) -> Self {
        Self { slot: place.slot }
    }

    fn describe(_: &mut Types) -> String {
        "bytes".to_owned()
    }
}

/// `string`: stored as [`Data`], always UTF-8 because only the module writes it.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    data: Data,
}

impl Text {
    /// Reads the string.
    ///
    /// # Errors
    /// As [`Data::get`].
    pub fn get(&self, ctx: &mut dyn Context) -> Result<String, Halt> {
        let bytes = self.data.get(ctx)?;
        String::from_utf8(bytes).map_err(|error| {
            Halt::Fatal(format!(
                "slot {:#x} holds no UTF-8 ({error}); the state is damaged: run `qiantang replay`",
                self.data.slot
            ))
        })
    }

    /// Writes the string.
    ///
    /// # Errors
    /// As [`Data::set`].
    pub fn set(&self, ctx: &mut dyn Context, text: &str) -> Result<(), Halt> {
        self.data.set(ctx, text.as_bytes())
    }
}

impl Stored for Text {
    const SIZE: Size = Size::Slots(1);

    fn at(place: Place) -> Self {
        Self {
            data: Data::at(place),
        }
    }

    fn describe(_: &mut Types) -> String {
        "string".to_owned()
    }
}
