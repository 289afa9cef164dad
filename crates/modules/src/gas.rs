//! What computation costs, in one place. Storage and logs are priced by the context, as the virtual
//! machine prices them.
//!
//! The unit is Ethereum's: hashing is priced as the `KECCAK256` instruction (Yellow Paper, appendix
//! G), the rest so that one gas pays for about ten nanoseconds of one core, which is what the
//! virtual machine takes.

/// Decoding of a call, for each byte of input.
pub const DECODE_BYTE: u64 = 1;

/// Parsing, validating and hashing of a document, for each byte.
pub const PARSE_BYTE: u64 = 16;

/// Bringing an identifier to its canonical spelling, for each byte.
pub const CANONICAL_BYTE: u64 = 8;

/// A keccak-256, without its words.
pub const KECCAK: u64 = 30;

/// A keccak-256, for each word of 32 bytes begun.
pub const KECCAK_WORD: u64 = 6;

/// SHA-256 of a document, for each byte.
pub const SHA256_BYTE: u64 = 1;

/// Finding who signed a digest: as the precompile `ecrecover` (Yellow Paper, appendix E), with the
/// hashes of the signed struct.
pub const RECOVER: u64 = 3_500;

/// One step of a walk or a loop over things in memory.
pub const STEP: u64 = 20;

/// Going into another module: what a call to a warm account costs (EIP-2929).
pub const ENTER: u64 = 100;

/// Price of a keccak-256 over `bytes` bytes.
pub const fn keccak(bytes: usize) -> u64 {
    KECCAK.saturating_add(KECCAK_WORD.saturating_mul((bytes as u64).div_ceil(32)))
}

/// Price of `bytes` bytes at `each`.
pub const fn bytes(bytes: usize, each: u64) -> u64 {
    (bytes as u64).saturating_mul(each)
}
