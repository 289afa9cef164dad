//! Erasable commitments in storage, for any module.
//!
//! Personal data stays off the chain. A module that must be able to say later "this is what was
//! meant" stores the commitment of the data ([`Opening`]), which nobody can connect with the data
//! once key and salt are destroyed. What remains is the word and the flag that says why it cannot
//! be opened any more: a check then answers [`Answer::Erased`], which is something else than
//! [`Answer::Mismatch`]. A module calls [`Commitment::check`] in a view; who calls that view in a
//! transaction publishes the key, so its documentation must say that it is for `eth_call`.

use crate::{Context, Halt, gas};
use alloy_primitives::B256;
use qiantang_types::Opening;

/// Blocks of SHA-256 that an HMAC hashes beside its message, in bytes.
const HMAC_BYTES: usize = 256;

crate::record! {
    /// A commitment, and whether its key was destroyed.
    pub struct Commitment {
        /// The word; zero for none.
        value: B256,
        /// Whether the owner has declared key and salt to be destroyed.
        erased: bool,
    }
}

/// What the check of an opening says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The data is what was committed to.
    Valid,
    /// The key, the salt or the data is another one.
    Mismatch,
    /// Key and salt are destroyed, as the owner has declared: nothing can be said about the data.
    Erased,
}

impl Commitment {
    /// A commitment that can be opened.
    pub const fn new(value: B256) -> Self {
        Self {
            value,
            erased: false,
        }
    }

    /// Whether the opening and the data belong to the commitment. An erased one is not even
    /// compared: whoever kept a key in spite of the declaration gets no confirmation from the
    /// chain.
    ///
    /// # Errors
    /// Out of gas.
    pub fn check(
        &self,
        ctx: &mut dyn Context,
        opening: &Opening,
        data: &[u8],
    ) -> Result<Answer, Halt> {
        if self.erased {
            return Ok(Answer::Erased);
        }
        let hashed = data.len().saturating_add(HMAC_BYTES);
        ctx.charge(gas::bytes(hashed, gas::SHA256_BYTE))?;
        Ok(if opening.commit(data) == self.value {
            Answer::Valid
        } else {
            Answer::Mismatch
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        storage::{Place, Slot, Stored as _},
        testing::MapContext,
    };
    use alloy_primitives::{Address, U256};

    #[test]
    fn an_opening_is_valid_wrong_or_erased() {
        let mut ctx = MapContext::new(Address::repeat_byte(7));
        let opening = Opening {
            key: B256::repeat_byte(1),
            salt: B256::repeat_byte(2),
        };
        let other = Opening {
            key: B256::repeat_byte(3),
            ..opening
        };
        let slot = Slot::<Commitment>::at(Place::slot(U256::from(5)));
        let made = Commitment::new(opening.commit(b"record"));
        slot.set(&mut ctx, &made).unwrap();
        let stored = slot.get(&mut ctx).unwrap();
        assert_eq!(stored, made);
        let mut check = |stored: Commitment, opening, data: &[u8]| {
            stored.check(&mut ctx, &opening, data).unwrap()
        };
        assert_eq!(check(stored, opening, b"record"), Answer::Valid);
        assert_eq!(check(stored, opening, b"Record"), Answer::Mismatch);
        assert_eq!(check(stored, other, b"record"), Answer::Mismatch);
        let erased = Commitment {
            erased: true,
            ..stored
        };
        assert_eq!(check(erased, opening, b"record"), Answer::Erased);
        assert_eq!(check(erased, other, b"anything"), Answer::Erased);

        ctx.gas_limit = HMAC_BYTES as u64;
        let poor = stored.check(&mut ctx, &opening, b"record");
        assert_eq!(poor, Err(Halt::OutOfGas));
    }
}
