//! Contract code in pieces of one size, because only databases with fixed-size values can be
//! synced.
//!
//! The first piece starts with the code's length (4 bytes, big-endian); the last is filled up with
//! zeros. A piece's key is the hash of the code's own hash and the piece's number, so nothing but
//! the code's hash is needed to find them all.

use alloy_primitives::B256;
use commonware_utils::sequence::FixedBytes;
use qiantang_types::{LedgerHash, ledger_hash};

/// Bytes of the longest contract code: the limit of EIP-170.
pub const CODE_BYTES_MAX: usize = 24 * 1024;

/// Bytes of one piece.
pub const PIECE_BYTES: usize = 512;

const LENGTH_BYTES: usize = 4;

/// A piece of code.
pub(crate) type Piece = FixedBytes<PIECE_BYTES>;

/// Database key of piece `number` of the code with this keccak-256.
pub fn piece_key(code_hash: &B256, number: u32) -> LedgerHash {
    ledger_hash(&[code_hash.as_slice(), &number.to_be_bytes()])
}

/// Cuts code into pieces.
pub(crate) fn cut(code: &[u8]) -> Vec<Piece> {
    let length = u32::try_from(code.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(code.len().saturating_add(PIECE_BYTES));
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(code);
    let pieces = bytes.chunks(PIECE_BYTES).map(|chunk| {
        let mut piece = [0; PIECE_BYTES];
        piece[..chunk.len()].copy_from_slice(chunk);
        Piece::new(piece)
    });
    pieces.collect()
}

/// Number of pieces of the code whose first piece this is, or `None` where the length cannot be
/// right.
pub(crate) fn count(first: &Piece) -> Option<u32> {
    let length = length(first)?;
    let pieces = length.checked_add(LENGTH_BYTES)?.div_ceil(PIECE_BYTES);
    u32::try_from(pieces).ok()
}

/// Joins all pieces of one code, or `None` where they do not fit together.
pub(crate) fn join(pieces: &[Piece]) -> Option<Vec<u8>> {
    let length = length(pieces.first()?)?;
    let bytes: Vec<u8> = pieces
        .iter()
        .flat_map(|piece| piece.as_ref().iter().copied())
        .collect();
    bytes
        .get(LENGTH_BYTES..LENGTH_BYTES.checked_add(length)?)
        .map(<[u8]>::to_vec)
}

fn length(first: &Piece) -> Option<usize> {
    let bytes: &[u8] = first.as_ref();
    let length = u32::from_be_bytes(bytes.get(..LENGTH_BYTES)?.try_into().ok()?);
    let length = usize::try_from(length).ok()?;
    (length <= CODE_BYTES_MAX).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_round_trips() {
        let edges = [0, 1, 507, 508, 509, 1019, 1020, 1021, 1532, CODE_BYTES_MAX];
        for length in edges {
            let code: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let pieces = cut(&code);
            assert_eq!(
                count(&pieces[0]).map(|n| n as usize),
                Some(pieces.len()),
                "{length}"
            );
            assert_eq!(join(&pieces), Some(code), "{length}");
        }
    }

    #[test]
    fn pieces_that_do_not_fit_are_refused() {
        let pieces = cut(&[7; 2000]);
        assert_eq!(join(&pieces[..2]), None);
        assert_eq!(join(&[]), None);
        assert_eq!(count(&Piece::new([0xff; PIECE_BYTES])), None);
    }
}
