//! Public keys of validators.
//!
//! Consensus decodes every key of the set; one that is no point of the curve would stop the chain
//! at the next epoch. So a key is checked in full before anybody votes on it.

use super::IGovernance::InvalidKey;
use crate::{Context, Halt, gas};
use alloy_primitives::{B256, keccak256};
use qiantang_types::{SignatureScheme, VALIDATOR_KEY_BYTES};
use qiantang_verify::ValidatorKey;

/// Gas of finding the point of a curve that a key names: a square root in its field.
const POINT_GAS: u64 = 10_000;

/// The key of a validator in storage.
pub(super) fn key_id(ctx: &mut dyn Context, key: &[u8]) -> Result<B256, Halt> {
    ctx.charge(gas::keccak(key.len()))?;
    Ok(keccak256(key))
}

/// As much of a key as an error shows: what was given may be long.
pub(super) fn shown(key: &[u8]) -> Vec<u8> {
    key.get(..VALIDATOR_KEY_BYTES).unwrap_or(key).to_vec()
}

/// Refuses bytes that are no public key of a signature scheme, which is known by its code.
pub(super) fn check(ctx: &mut dyn Context, scheme: u8, key: &[u8]) -> Result<(), Halt> {
    let refuse = |reason: &str| {
        Halt::revert(InvalidKey {
            key: shown(key).into(),
            reason: reason.to_owned(),
        })
    };
    let scheme = SignatureScheme::from_code(scheme).ok_or_else(|| {
        refuse("keys of the chain's scheme are not known to this protocol version")
    })?;
    if !scheme.has_key_form(key) {
        return Err(refuse(match scheme {
            SignatureScheme::P256 => "a compressed P-256 key has 33 bytes and begins with 2 or 3",
            SignatureScheme::Ed25519 => "an Ed25519 key is the byte ed and 32 more",
        }));
    }
    ctx.charge(POINT_GAS)?;
    match ValidatorKey::decode(scheme, key) {
        None => Err(refuse("no point of the curve has this number")),
        Some(key) if !key.is_safe() => Err(refuse(
            "the point is of small order, so anybody signs with it, or is written in another form",
        )),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::{Halt, testing::MapContext};
    use alloy_primitives::{Address, hex};
    use qiantang_types::{SignatureScheme, VALIDATOR_KEY_BYTES};

    fn is_key(bytes: &[u8]) -> bool {
        is_key_of(SignatureScheme::P256, bytes)
    }

    fn is_key_of(scheme: SignatureScheme, bytes: &[u8]) -> bool {
        match check(&mut MapContext::new(Address::ZERO), scheme.code(), bytes) {
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
                let mut key = [0; VALIDATOR_KEY_BYTES];
                (key[0], key[VALIDATOR_KEY_BYTES - 1]) = (2, *x);
                is_key(&key)
            })
            .collect();
        assert_eq!(points, POINTS);
    }

    #[test]
    fn a_key_belongs_to_the_scheme_of_its_chain() {
        let p256 = hex!("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
        // RFC 8032, section 7.1, test 1.
        let ed25519 = hex!("edd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        for scheme in SignatureScheme::ALL {
            let is_p256 = scheme == SignatureScheme::P256;
            assert_eq!(is_key_of(scheme, &p256), is_p256);
            assert_eq!(is_key_of(scheme, &ed25519), !is_p256);
            assert!(!is_key_of(scheme, &ed25519[1..]));
            assert!(!is_key_of(scheme, &[ed25519.as_slice(), &[0]].concat()));
        }
        // No point of the curve has the y of 2.
        let mut two = [0; VALIDATOR_KEY_BYTES];
        (two[0], two[1]) = (0xed, 2);
        assert!(!is_key_of(SignatureScheme::Ed25519, &two));
        assert!(check(&mut MapContext::new(Address::ZERO), 3, &p256).is_err());
    }

    /// Anybody signs with a point whose order divides eight: with one of them in the set, anybody
    /// votes.
    #[test]
    fn points_of_small_order_are_no_keys() {
        let eighth = [
            hex!("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            hex!("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ];
        let mut minus_one = [0xff; 32];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f);
        let mut points = vec![[0; 32], minus_one];
        points.extend(eighth);
        // 0, 1 and other small numbers n, and 2^255 - 19 + n, which stands for n as well.
        for n in 0..19 {
            let mut long = [0xff; 32];
            (long[0], long[31]) = (0xed + n, 0x7f);
            points.push(long);
        }
        let mut one = [0; 32];
        one[0] = 1;
        points.push(one);
        for point in points {
            for sign in [0, 0x80] {
                let mut key = [&[0xed][..], &point].concat();
                key[VALIDATOR_KEY_BYTES - 1] |= sign;
                assert!(!is_key_of(SignatureScheme::Ed25519, &key), "{key:02x?}");
            }
        }
        // A small number whose point is of large order.
        let mut three = [0; VALIDATOR_KEY_BYTES];
        (three[0], three[1]) = (0xed, 3);
        assert!(is_key_of(SignatureScheme::Ed25519, &three));
    }

    const POINTS: &[u8] = &[
        0, 5, 6, 8, 9, 12, 13, 17, 23, 24, 25, 26, 29, 31, 34, 35, 37, 39, 44, 45, 48, 50, 51, 52,
        53, 54, 56, 57, 59, 60, 62, 67, 69, 70, 71, 74, 78, 83, 84, 85, 86, 89, 90, 91, 94, 95, 97,
        98, 99,
    ];
}
