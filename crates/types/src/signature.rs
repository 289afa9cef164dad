//! Who signed a digest.

use alloy_consensus::crypto::secp256k1::recover_signer;
use alloy_primitives::{Address, B256, Signature};

/// The account whose key signed a digest: secp256k1, 65 bytes r, s, v with v 27 or 28 (or 0 or 1),
/// and s in its lower half (EIP-2), so that one signature has one form. `None` for bytes that are
/// no signature.
pub fn signer_of(digest: B256, signature: &[u8]) -> Option<Address> {
    if !matches!(signature.get(64), Some(0 | 1 | 27 | 28)) {
        return None;
    }
    let signature = Signature::from_raw(signature).ok()?;
    recover_signer(&signature, digest).ok()
}

#[cfg(test)]
mod tests {
    use super::signer_of;
    use alloy_primitives::{B256, U256, address, b256, hex, keccak256};

    // The example of EIP-712: "Cow" signs the mail, with the key keccak256("cow").
    const DIGEST: B256 = b256!("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
    const SIGNATURE: [u8; 65] = hex!(
        "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
        "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c"
    );

    #[test]
    fn the_example_of_eip_712_is_recovered() {
        let cow = address!("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826");
        assert_eq!(signer_of(DIGEST, &SIGNATURE), Some(cow));
        let mut zero_based = SIGNATURE;
        zero_based[64] = 1;
        assert_eq!(signer_of(DIGEST, &zero_based), Some(cow));
        assert_ne!(signer_of(keccak256("another"), &SIGNATURE), Some(cow));
    }

    #[test]
    fn what_is_no_signature_has_no_signer() {
        let order = U256::from_be_bytes(hex!(
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        ));
        let mut high = SIGNATURE;
        let s = U256::from_be_slice(&SIGNATURE[32..64]);
        high[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
        high[64] = 27;
        let mut of_chain_1 = SIGNATURE;
        of_chain_1[64] = 38;
        for bytes in [
            &of_chain_1,
            &[][..],
            &SIGNATURE[..64],
            &[0; 65],
            &[0xff; 65],
            &[1; 66],
            &high,
        ] {
            assert_eq!(signer_of(DIGEST, bytes), None, "{}", hex::encode(bytes));
        }
    }
}
