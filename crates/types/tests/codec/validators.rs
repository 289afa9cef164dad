//! Validator sets: read as written, and nothing else is read.

use crate::instances::header;
use alloy_primitives::Bytes;
use proptest::{
    collection::{btree_set, vec},
    prelude::*,
};
use qiantang_types::{
    CodecError, Header, SignatureScheme, VALIDATOR_KEY_BYTES, VALIDATORS_MAX, ValidatorKeys,
    ValidatorKeysError,
};

/// A key that is a number behind the byte of a scheme.
fn key(first: u8, number: u16) -> Bytes {
    let mut bytes = [0; VALIDATOR_KEY_BYTES];
    bytes[0] = first;
    bytes[31..].copy_from_slice(&number.to_be_bytes());
    Bytes::copy_from_slice(&bytes)
}

fn numbered(count: usize) -> Vec<Bytes> {
    (0..count).map(|n| key(2, n as u16)).collect()
}

fn any_keys() -> impl Strategy<Value = Vec<Bytes>> {
    btree_set(vec(any::<u8>(), VALIDATOR_KEY_BYTES), 1..20)
        .prop_map(|keys| keys.into_iter().map(Bytes::from).collect())
}

fn read(keys: &[Bytes]) -> Result<ValidatorKeys, CodecError> {
    ValidatorKeys::from_bytes(&alloy_rlp::encode(keys.to_vec()))
}

fn refused(keys: &[Bytes]) -> ValidatorKeysError {
    let refusal = ValidatorKeys::new(keys.to_vec()).unwrap_err();
    let read = read(keys);
    assert_eq!(read, Err(CodecError::ValidatorKeys(refusal.clone())));
    refusal
}

#[test]
fn sets_of_one_and_of_the_limit_are_read() {
    for count in [1, 2, 4, 7, 100, VALIDATORS_MAX] {
        let keys = numbered(count);
        assert_eq!(read(&keys).unwrap().as_slice(), keys);
    }
}

#[test]
fn keys_that_are_no_set_are_refused_by_name() {
    use ValidatorKeysError::{Count, Length, Order};
    assert_eq!(refused(&[]), Count(0));
    let wrong = |position, found| Length { position, found };
    let (a, b, c) = (key(2, 1), key(2, 2), key(3, 0));
    for found in [0, 1, 32, 34, 65] {
        let odd = Bytes::from(vec![3; found]);
        assert_eq!(refused(&[a.clone(), odd]), wrong(1, found));
    }
    assert_eq!(refused(&[a.clone(), a.clone()]), Order(1));
    assert_eq!(refused(&[a.clone(), c.clone(), b.clone()]), Order(2));
    assert_eq!(refused(&[c, a, b]), Order(1));
    // One byte of each key less than allowed, so that the bytes do not stop it before the count.
    let many: Vec<Bytes> = vec![Bytes::from(vec![0; 32]); VALIDATORS_MAX + 1];
    assert_eq!(refused(&many), Count(VALIDATORS_MAX + 1));
    let limit = read(&numbered(VALIDATORS_MAX + 1)).unwrap_err();
    assert!(matches!(limit, CodecError::Limit { .. }), "{limit}");
}

#[test]
fn bytes_that_are_no_list_are_refused() {
    assert!(matches!(
        ValidatorKeys::from_bytes(&[]),
        Err(CodecError::Empty(_))
    ));
    let one = ValidatorKeys::new(numbered(1)).unwrap().to_bytes();
    // The list's length in the long form, which only longer lists may use.
    let long = [&[0xf8, 34], &one[1..]].concat();
    // The key alone, a list of lists, nothing behind the head.
    for wrong in [&long[..], &one[1..], &[0xc1, 0xc0], &[0xe2], &[0x80]] {
        assert!(ValidatorKeys::from_bytes(wrong).is_err(), "{wrong:02x?}");
    }
}

#[test]
fn a_header_names_the_next_set_or_none() {
    let with = |extension| {
        let header = Header {
            extension,
            ..header()
        };
        Header::from_bytes(&header.to_bytes())
            .unwrap()
            .next_validators()
    };
    assert_eq!(with(Bytes::new()), Ok(None));
    let set = ValidatorKeys::new(numbered(4)).unwrap();
    assert_eq!(with(set.to_bytes()), Ok(Some(set)));
    assert!(with(Bytes::from_static(b"\xc0")).is_err());
    assert!(with(Bytes::from_static(b"anything")).is_err());
}

#[test]
fn each_scheme_knows_its_keys() {
    for (first, scheme) in [
        (2, Some(SignatureScheme::P256)),
        (3, Some(SignatureScheme::P256)),
        (0xed, Some(SignatureScheme::Ed25519)),
        (0, None),
        (4, None),
        (0xec, None),
    ] {
        let key = key(first, 7);
        for known in SignatureScheme::ALL {
            assert_eq!(known.has_key_form(&key), scheme == Some(known));
            assert!(!known.has_key_form(&key[..32]));
            assert!(!known.has_key_form(&[&key[..], &[0]].concat()));
        }
    }
    assert!(SignatureScheme::ALL.iter().all(|s| !s.has_key_form(&[])));
}

#[test]
fn schemes_have_a_code_and_a_name() {
    let named = |name: &str| serde_json::from_str::<SignatureScheme>(name).ok();
    assert_eq!(named("\"p256\""), SignatureScheme::from_code(1));
    assert_eq!(named("\"ed25519\""), SignatureScheme::from_code(2));
    assert_eq!(SignatureScheme::from_code(1), Some(SignatureScheme::P256));
    for code in [0, 3, 255] {
        assert_eq!(SignatureScheme::from_code(code), None);
    }
    assert_eq!(named("\"Ed25519\""), None);
}

proptest! {
    #[test]
    fn sets_round_trip(keys in any_keys()) {
        let set = ValidatorKeys::new(keys).unwrap();
        let bytes = set.to_bytes();
        prop_assert_eq!(ValidatorKeys::from_bytes(&bytes), Ok(set));
        for end in 0..bytes.len() {
            prop_assert!(ValidatorKeys::from_bytes(&bytes[..end]).is_err());
        }
        prop_assert!(ValidatorKeys::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }

    /// Whatever is read, also after alterations, is a set in its one encoding.
    #[test]
    fn no_second_form_is_read(
        keys in any_keys(),
        edits in vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 1..6),
    ) {
        let mut bytes = ValidatorKeys::new(keys).unwrap().to_bytes().to_vec();
        for (at, kind, byte) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => bytes[at] ^= 1 << (byte % 8),
            }
        }
        if let Ok(set) = ValidatorKeys::from_bytes(&bytes) {
            prop_assert_eq!(set.to_bytes(), Bytes::from(bytes));
            prop_assert!(set.as_slice().is_sorted_by(|a, b| a < b));
            prop_assert!(set.as_slice().iter().all(|key| key.len() == VALIDATOR_KEY_BYTES));
        }
    }

    #[test]
    fn random_bytes_are_judged(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(set) = ValidatorKeys::from_bytes(&bytes) {
            prop_assert_eq!(set.to_bytes(), Bytes::from(bytes));
        }
    }
}
