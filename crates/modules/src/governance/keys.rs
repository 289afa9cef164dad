//! Public keys of validators.
//!
//! Consensus decodes every key of the set; one that is no point of the curve would stop the chain
//! at the next epoch. So a key is checked in full before anybody votes on it.

use super::IGovernance::InvalidKey;
use crate::{Context, Halt, gas};
use alloy_primitives::{B256, U256, keccak256, uint};
use qiantang_types::SignatureScheme;

/// Bytes of a public key: a point of P-256, compressed (SEC 1, section 2.3.3).
pub const KEY_BYTES: usize = 33;

/// Gas of finding out whether a number is a square: 256 squarings and as many products.
const SQUARE_GAS: u64 = 10_000;

// NIST P-256 (FIPS 186-4, section D.1.2.3).
const FIELD: U256 = uint!(0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff_U256);
const B: U256 = uint!(0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b_U256);

/// The key of a validator in storage.
pub(super) fn key_id(ctx: &mut dyn Context, key: &[u8]) -> Result<B256, Halt> {
    ctx.charge(gas::keccak(key.len()))?;
    Ok(keccak256(key))
}

/// Refuses bytes that are no public key of a signature scheme, which is known by its code.
pub(super) fn check(ctx: &mut dyn Context, scheme: u8, key: &[u8]) -> Result<(), Halt> {
    let refuse = |reason: &str| {
        // What was given may be long, and comes back in the error.
        let shown = key.get(..KEY_BYTES).unwrap_or(key).to_vec();
        Halt::revert(InvalidKey {
            key: shown.into(),
            reason: reason.to_owned(),
        })
    };
    if scheme != SignatureScheme::P256.code() {
        return Err(refuse(
            "keys of the chain's scheme are not known to this protocol version",
        ));
    }
    let key: &[u8; KEY_BYTES] = key
        .try_into()
        .map_err(|_| refuse("a compressed P-256 key has 33 bytes"))?;
    let [sign, x @ ..] = key;
    if !matches!(sign, 2 | 3) {
        return Err(refuse("a compressed key begins with 2 or 3"));
    }
    let x = U256::from_be_bytes(*x);
    if x >= FIELD {
        return Err(refuse("its number is not below the field's"));
    }
    ctx.charge(SQUARE_GAS)?;
    if !is_square(right_side(x)) {
        return Err(refuse("no point of the curve has this number"));
    }
    Ok(())
}

/// x³ − 3x + b.
fn right_side(x: U256) -> U256 {
    let cube = x.mul_mod(x, FIELD).mul_mod(x, FIELD);
    let minus_three = FIELD.wrapping_sub(uint!(3_U256));
    cube.add_mod(x.mul_mod(minus_three, FIELD), FIELD)
        .add_mod(B, FIELD)
}

/// Euler's criterion. The curve has no point with y = 0, because its order is prime.
fn is_square(number: U256) -> bool {
    let half = FIELD.wrapping_sub(U256::ONE) >> 1_u32;
    number.pow_mod(half, FIELD) == U256::ONE
}

#[cfg(test)]
mod tests {
    use super::{KEY_BYTES, check};
    use crate::{Halt, testing::MapContext};
    use alloy_primitives::{Address, hex};

    fn is_key(bytes: &[u8]) -> bool {
        match check(&mut MapContext::new(Address::ZERO), 1, bytes) {
            Ok(()) => true,
            Err(Halt::Revert(_)) => false,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_points_of_the_curve_are_keys() {
        // The generator, and 2G with its negative (NIST's point multiplication vectors).
        let generator = hex!("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
        let double = hex!("7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978");
        assert!(is_key(&generator));
        for sign in [2, 3] {
            assert!(is_key(&[&[sign][..], &double].concat()));
        }
        for sign in [0, 1, 4, 0xff] {
            assert!(!is_key(&[&[sign][..], &double].concat()));
        }
        let mut cut = generator.to_vec();
        cut.pop();
        assert!(!is_key(&cut));
        assert!(!is_key(&[generator.to_vec(), vec![0]].concat()));
        assert!(!is_key(&[]));
        // The field's number itself, one above it, and the largest.
        let field = hex!("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
        assert!(!is_key(&[&[2][..], &field].concat()));
        assert!(!is_key(&[&[2][..], &[0xff; 32]].concat()));
        assert!(!is_key(&vec![2; 1 << 20]));
    }

    /// Half of all numbers are of points; the first hundred were checked with another
    /// implementation (`cryptography` 48.0.0, which is OpenSSL's).
    #[test]
    fn as_many_numbers_are_points_as_elsewhere() {
        let points: Vec<u8> = (0..=100_u8)
            .filter(|x| {
                let mut key = [0; KEY_BYTES];
                (key[0], key[KEY_BYTES - 1]) = (2, *x);
                is_key(&key)
            })
            .collect();
        assert_eq!(points, POINTS);
    }

    const POINTS: &[u8] = &[
        0, 5, 6, 8, 9, 12, 13, 17, 23, 24, 25, 26, 29, 31, 34, 35, 37, 39, 44, 45, 48, 50, 51, 52,
        53, 54, 56, 57, 59, 60, 62, 67, 69, 70, 71, 74, 78, 83, 84, 85, 86, 89, 90, 91, 94, 95, 97,
        98, 99,
    ];
}
