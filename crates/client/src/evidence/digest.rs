//! Digests of files.

use super::IEvidence;
use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sm3::Sm3;
use std::io::{self, Read};

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// How documents are hashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    #[default]
    Sha256,
    /// SM3 (GB/T 32905-2016).
    Sm3,
}

impl Algorithm {
    /// The digest of everything that a source gives; `read` hears how many bytes came.
    ///
    /// # Errors
    ///
    /// Those of the source.
    pub fn digest(self, source: &mut dyn Read, read: &dyn Fn(u64)) -> io::Result<B256> {
        match self {
            Self::Sha256 => {
                let mut hasher = Sha256::new();
                each_chunk(source, read, |chunk| hasher.update(chunk))?;
                Ok(B256::from_slice(&hasher.finalize()))
            }
            Self::Sm3 => {
                let mut hasher = Sm3::new();
                each_chunk(source, read, |chunk| hasher.update(chunk))?;
                Ok(B256::from_slice(&hasher.finalize()))
            }
        }
    }

    /// Its name as the standards write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sm3 => "SM3",
        }
    }
}

impl From<Algorithm> for IEvidence::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256,
            Algorithm::Sm3 => Self::Sm3,
        }
    }
}

fn each_chunk(
    source: &mut dyn Read,
    read: &dyn Fn(u64),
    mut work: impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                work(&buffer[..count]);
                read(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;
    use std::cell::Cell;

    #[test]
    fn the_digests_are_those_of_the_standards() {
        let digest = |algorithm: Algorithm, mut data: &[u8]| {
            let seen = Cell::new(0);
            let length = data.len() as u64;
            let digest = algorithm
                .digest(&mut data, &|count| seen.set(seen.get() + count))
                .unwrap();
            assert_eq!(seen.get(), length);
            digest
        };
        assert_eq!(
            digest(Algorithm::Sha256, b"abc"),
            b256!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
        // GB/T 32905-2016, annex A, examples 1 and 2.
        assert_eq!(
            digest(Algorithm::Sm3, b"abc"),
            b256!("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
        );
        assert_eq!(
            digest(Algorithm::Sm3, &b"abcd".repeat(16)),
            b256!("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")
        );
        let long = vec![7; CHUNK_BYTES * 2 + 1];
        assert_eq!(
            digest(Algorithm::Sha256, &long),
            B256::from_slice(&Sha256::digest(&long))
        );
    }
}
