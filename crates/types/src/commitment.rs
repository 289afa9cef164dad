//! Erasable commitments: a word on chain that fixes data off chain and says nothing about it.
//!
//! The commitment is `HMAC-SHA-256(key, salt || data)` (RFC 2104) with a random key and a random
//! salt of 32 bytes each, made for this one commitment. Who has key, salt and data shows that the
//! data is what was committed to. Who has only the commitment learns nothing, also by trying all
//! likely data, because the key has 256 bits. Once every copy of key and salt is destroyed, nobody
//! can connect the commitment with the data any more, not even who has the data.

use alloy_primitives::B256;
use hmac::{Hmac, KeyInit as _, Mac as _, digest::common::Key};
use sha2::Sha256;

/// What opens a commitment. Both words are secret, and random.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Key of the HMAC.
    pub key: B256,
    /// First bytes of its message.
    pub salt: B256,
}

impl Opening {
    /// The commitment to `data`.
    pub fn commit(&self, data: &[u8]) -> B256 {
        // RFC 2104 pads a short key with zeros to the block of the hash.
        let mut key = Key::<Hmac<Sha256>>::default();
        key[..32].copy_from_slice(self.key.as_slice());
        let mut mac = Hmac::<Sha256>::new(&key);
        mac.update(self.salt.as_slice());
        mac.update(data);
        B256::from_slice(&mac.finalize().into_bytes())
    }
}

/// Secrets are not printed.
impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opening(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;

    #[test]
    fn is_the_hmac_of_rfc_4231() {
        // Test case 3: a key of 20 bytes 0xaa, which padding makes longer, and 50 bytes 0xdd.
        let mut key = B256::ZERO;
        key[..20].fill(0xaa);
        let opening = Opening {
            key,
            salt: B256::repeat_byte(0xdd),
        };
        let expected = b256!("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
        assert_eq!(opening.commit(&[0xdd; 18]), expected);
    }

    #[test]
    fn every_part_counts() {
        let opening = Opening {
            key: B256::repeat_byte(1),
            salt: B256::repeat_byte(2),
        };
        let commitment = opening.commit(b"record");
        let other_key = Opening {
            key: B256::repeat_byte(3),
            ..opening
        };
        let other_salt = Opening {
            salt: B256::repeat_byte(3),
            ..opening
        };
        assert_ne!(other_key.commit(b"record"), commitment);
        assert_ne!(other_salt.commit(b"record"), commitment);
        assert_ne!(opening.commit(b"records"), commitment);
        assert_eq!(format!("{opening:?}"), "Opening(…)");
    }
}
