//! The ledger's own hash.

use alloy_primitives::B256;
use sha2::{Digest as _, Sha256};

/// The hash of every structure that the ledger itself defines: SHA-256 (FIPS 180-4).
///
/// One alias names it, because the national suite (SM3) replaces it in a later build. Ethereum's
/// own structures (transaction hashes, storage slots, code) keep keccak-256.
pub type LedgerHash = B256;

/// SHA-256 over the concatenation of `parts`.
pub fn ledger_hash(parts: &[&[u8]]) -> LedgerHash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    B256::from_slice(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;

    #[test]
    fn hashes_the_fips_180_vector_whatever_the_split() {
        let expected = b256!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(ledger_hash(&[b"abc"]), expected);
        assert_eq!(ledger_hash(&[b"a", b"", b"bc"]), expected);
    }
}
