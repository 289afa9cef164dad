use super::*;
use alloy_primitives::hex;

fn ed25519(bytes: [u8; 32]) -> PublicKey {
    PublicKey::parse(&[&[ED25519][..], &bytes].concat()).unwrap()
}

#[test]
fn with_a_key_of_small_order_nothing_is_proved() {
    let mut anything = [0; SIGNATURE_BYTES];
    anything[0] = 1;
    for bytes in [
        hex!("0100000000000000000000000000000000000000000000000000000000000000"),
        hex!("0000000000000000000000000000000000000000000000000000000000000080"),
        hex!("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        hex!("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        hex!("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
        // Another form of the neutral point.
        hex!("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ] {
        let key = ed25519(bytes);
        assert!(key.verify(b"n", b"message", &Signature(anything)), "{key}");
        let proved = verify(&key, b"n", b"message", &anything);
        assert!(matches!(proved, Err(KeyError::Weak(_))), "{proved:?}");
    }
}

#[test]
fn keys_that_somebody_holds_are_not_weak() {
    for scheme in SignatureScheme::ALL {
        for seed in 1..=20 {
            let key = PrivateKey::from_bytes(scheme, &[seed; 32]).unwrap();
            assert!(!Signer::public_key(&key).is_weak());
            let signature = key.sign(b"n", b"message");
            let public = key.public_bytes();
            assert!(verify(&public, b"n", b"message", &signature).unwrap());
            assert!(!verify(&public, b"m", b"message", &signature).unwrap());
        }
    }
}
