//! The registry: entries whose absence and completeness can be proved.
//!
//! What must be unique across institutions lives here, under keys that sort: domain, subject,
//! sequence. The state layer keeps the registry's slots in order, so that a stranger can check not
//! only that an entry is there but that none is there, or that a range has no others. An entry
//! whose value is zero is no entry.

use crate::{Context, Halt, IModule::NotYourDomain, calls::enter};
use alloy_primitives::{Address, U256};
use qiantang_types::REGISTRY_ADDRESS;

/// A family of entries. Only the module that owns it writes it; every module reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Number that the keys begin with.
    pub number: u32,
    /// Module that owns it.
    pub owner: Address,
}

/// Every domain. A number is given once and never again.
pub static DOMAINS: &[Domain] = &[
    // One line for each, wherever it is declared.
];

/// Where an entry is: 4 bytes of domain, 20 of subject, 8 of sequence, big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    domain: Domain,
    subject: [u8; 20],
    sequence: u64,
}

impl Key {
    /// A key of a domain.
    pub const fn new(domain: Domain, subject: [u8; 20], sequence: u64) -> Self {
        Self {
            domain,
            subject,
            sequence,
        }
    }

    /// The slots of the first and the last key that a subject can have: the range whose proof shows
    /// all of its entries.
    pub fn range(domain: Domain, subject: [u8; 20]) -> (U256, U256) {
        let slot = |sequence| Self::new(domain, subject, sequence).slot();
        (slot(0), slot(u64::MAX))
    }

    /// The slot of the registry's account.
    pub fn slot(&self) -> U256 {
        let mut bytes = [0; 32];
        let (domain, rest) = bytes.split_at_mut(4);
        let (subject, sequence) = rest.split_at_mut(20);
        domain.copy_from_slice(&self.domain.number.to_be_bytes());
        subject.copy_from_slice(&self.subject);
        sequence.copy_from_slice(&self.sequence.to_be_bytes());
        U256::from_be_bytes(bytes)
    }
}

/// The value of an entry; zero where there is none.
///
/// # Errors
/// As [`Context::load`].
pub fn get(ctx: &mut dyn Context, key: Key) -> Result<U256, Halt> {
    let caller = ctx.address();
    enter(ctx, REGISTRY_ADDRESS, caller, |ctx| ctx.load(key.slot()))
}

/// Writes an entry; zero clears it.
///
/// # Errors
/// [`NotYourDomain`]; as [`Context::store`].
pub fn put(ctx: &mut dyn Context, key: Key, value: U256) -> Result<(), Halt> {
    let module = ctx.address();
    if key.domain.owner != module {
        return Err(Halt::revert(NotYourDomain {
            domain: key.domain.number,
            module,
        }));
    }
    enter(ctx, REGISTRY_ADDRESS, module, |ctx| {
        ctx.store(key.slot(), value)
    })
}

/// Takes an entry away.
///
/// # Errors
/// As [`put`].
pub fn clear(ctx: &mut dyn Context, key: Key) -> Result<(), Halt> {
    put(ctx, key, U256::ZERO)
}

/// Gives an entry another key of a domain of the same module. What the new key held is replaced.
///
/// # Errors
/// As [`put`].
pub fn move_entry(ctx: &mut dyn Context, from: Key, to: Key) -> Result<(), Halt> {
    let value = get(ctx, from)?;
    clear(ctx, from)?;
    put(ctx, to, value)
}

#[cfg(test)]
mod tests;
