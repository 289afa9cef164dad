//! Proofs of the authenticated state, checked without the storage engine.
//!
//! Re-implements verification for three databases of commonware-storage 2026.10 (`qmdb::current`,
//! merkle family `mmb`, SHA-256, bitmap chunks of 64 bytes):
//!
//! | Database | Kind | Key | Value |
//! |---|---|---|---|
//! | accounts | unordered | hash of the address | nonce, balance, code hash (72 bytes) |
//! | storage | unordered | hash of address and slot | word (32 bytes) |
//! | registry | ordered | slot (32 bytes) | word (32 bytes) |
//!
//! A database is a log of operations; its root commits to the log (`belt`) and to a bitmap that
//! says which operations are current (`operation`). "This key has this value" is: the update that
//! wrote it stands at some place of the log, and that place's bit is set. In the ordered database
//! an update also names the next key, so a current update whose gap spans a key proves that the key
//! is absent; a database with no key at all proves it by its last commit. Updates that name each
//! other in a row prove that they are all there is between two keys (`range`).

mod belt;
mod operation;
mod range;

pub use range::{RangeProofError, verify_registry_range};

use crate::{
    bundle::{AbsenceFact, AccountFact, RegistryFact, SlotFact},
    reader::{EncodingError, Reader},
};
use alloy_primitives::{Address, U256};
use operation::OperationProof;
use qiantang_types::{LedgerHash, ledger_hash};

/// First byte of an operation that sets a key.
const UPDATE: u8 = 0xd2;

/// First byte of an operation that ends a batch.
const COMMIT: u8 = 0xd3;

/// Bytes of an encoded operation of the registry: selector, key, value, next key.
const REGISTRY_OPERATION_BYTES: usize = 97;

/// Why a state proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateProofError {
    /// Not the engine's encoding of a proof.
    #[error("not a state proof: {0}")]
    Encoding(EncodingError),
    /// The operation is said to stand outside the log.
    #[error("operation {location} is outside a log of {leaves} operations")]
    Outside {
        /// Where the operation is said to stand.
        location: u64,
        /// Operations in the log.
        leaves: u64,
    },
    /// The bitmap says that something newer replaced the operation.
    #[error("operation {0} is no longer current")]
    Inactive(u64),
    /// Hashes are missing or left over for a log of this length.
    #[error("the proof has {found} hashes where a log of this length needs {needed}")]
    Hashes {
        /// Hashes in the proof.
        found: usize,
        /// Hashes needed.
        needed: usize,
    },
    /// More finished peaks than there are peaks.
    #[error("the proof folds {found} peaks of {peaks}")]
    Peaks {
        /// Peaks said to be inactive.
        found: u64,
        /// Peaks of the log.
        peaks: usize,
    },
    /// A hash of a bitmap chunk that is there and must not be, or the other way round.
    #[error("the {0} chunk of the bitmap is missing, superfluous or another one")]
    Chunk(&'static str),
    /// The key lies outside the gap that the proof shows to be empty.
    #[error("the proof shows a gap between two keys, and the key is not in it")]
    Gap,
    /// The computed root is another one.
    #[error("the proof leads to the root {found}, the header commits to {expected}")]
    Root {
        /// Root that the proof leads to.
        found: LedgerHash,
        /// Root of the database in the header.
        expected: LedgerHash,
    },
}

impl From<EncodingError> for StateProofError {
    fn from(error: EncodingError) -> Self {
        Self::Encoding(error)
    }
}

/// Database key of an account.
pub fn account_key(address: &Address) -> LedgerHash {
    ledger_hash(&[address.as_slice()])
}

/// Database key of a storage slot outside the registry.
pub fn slot_key(address: &Address, slot: &U256) -> LedgerHash {
    ledger_hash(&[address.as_slice(), &slot.to_be_bytes::<32>()])
}

/// Checks an account against the canonical `root` of the accounts database.
///
/// # Errors
///
/// Malformed evidence, and evidence of anything else.
pub fn verify_account(root: &LedgerHash, fact: &AccountFact) -> Result<(), StateProofError> {
    let key = account_key(&fact.address);
    verify_update(
        root,
        &fact.proof,
        &[key.as_slice(), &fact.account().to_bytes()],
    )
}

/// Checks a slot's value against the canonical `root` of the storage database.
///
/// # Errors
///
/// Malformed evidence, and evidence of anything else.
pub fn verify_slot(root: &LedgerHash, fact: &SlotFact) -> Result<(), StateProofError> {
    let key = slot_key(&fact.address, &fact.slot);
    verify_update(
        root,
        &fact.proof,
        &[key.as_slice(), &fact.value.to_be_bytes::<32>()],
    )
}

/// Checks a registry slot's value against the canonical `root` of the registry.
///
/// # Errors
///
/// Malformed evidence, and evidence of anything else.
pub fn verify_registry_entry(
    root: &LedgerHash,
    fact: &RegistryFact,
) -> Result<(), StateProofError> {
    verify_entry(root, fact).map(|_| ())
}

/// Checks against the canonical `root` of the registry that a slot holds nothing.
///
/// # Errors
///
/// Malformed evidence, evidence of anything else, and a slot outside the gap that is shown.
pub fn verify_registry_absence(
    root: &LedgerHash,
    fact: &AbsenceFact,
) -> Result<(), StateProofError> {
    verify_exclusion(root, &fact.slot, &fact.proof).map(|_| ())
}

/// Checks a registry slot's value and returns the key after it, which is the first of all where the
/// slot is the last.
fn verify_entry(root: &LedgerHash, fact: &RegistryFact) -> Result<U256, StateProofError> {
    let mut reader = Reader::new(&fact.proof);
    let proof = OperationProof::read(&mut reader)?;
    let next_key: [u8; 32] = reader.array("next key")?;
    reader.finish()?;
    let (key, value) = (
        fact.slot.to_be_bytes::<32>(),
        fact.value.to_be_bytes::<32>(),
    );
    proof.verify(root, &[&[UPDATE], &key, &value, &next_key])?;
    Ok(U256::from_be_bytes(next_key))
}

/// Checks that a slot holds nothing and returns the key after it: the first of all where none is
/// above the slot, nothing where the registry is empty.
fn verify_exclusion(
    root: &LedgerHash,
    slot: &U256,
    proof: &[u8],
) -> Result<Option<U256>, StateProofError> {
    let mut reader = Reader::new(proof);
    match reader.byte("kind of exclusion")? {
        0 => verify_gap(root, slot, reader).map(Some),
        1 => verify_empty(root, reader).map(|()| None),
        found => Err(EncodingError::Code {
            what: "kind of exclusion",
            found,
        }
        .into()),
    }
}

/// An unordered database's update: selector, key, value.
fn verify_update(
    root: &LedgerHash,
    bytes: &[u8],
    key_value: &[&[u8]; 2],
) -> Result<(), StateProofError> {
    let mut reader = Reader::new(bytes);
    let proof = OperationProof::read(&mut reader)?;
    reader.finish()?;
    let [key, value] = key_value;
    proof.verify(root, &[&[UPDATE], key, value])
}

/// Two neighbouring keys between which the slot lies; the last key's neighbour is the first.
/// Returns the second.
fn verify_gap(
    root: &LedgerHash,
    slot: &U256,
    mut reader: Reader<'_>,
) -> Result<U256, StateProofError> {
    let proof = OperationProof::read(&mut reader)?;
    let key: [u8; 32] = reader.array("key")?;
    let value: [u8; 32] = reader.array("value")?;
    let next_key: [u8; 32] = reader.array("next key")?;
    reader.finish()?;
    let slot = slot.to_be_bytes::<32>();
    let inside = if key < next_key {
        key < slot && slot < next_key
    } else {
        // The gap wraps around the end. Where one key is alone, it is its own neighbour.
        key < slot || slot < next_key
    };
    if !inside {
        return Err(StateProofError::Gap);
    }
    proof.verify(root, &[&[UPDATE], &key, &value, &next_key])?;
    Ok(U256::from_be_bytes(next_key))
}

/// The last commit of a database without keys: nothing below the commit itself is current.
fn verify_empty(root: &LedgerHash, mut reader: Reader<'_>) -> Result<(), StateProofError> {
    let proof = OperationProof::read(&mut reader)?;
    let metadata = reader.optional_digest("commit metadata")?;
    reader.finish()?;
    let present = [u8::from(metadata.is_some())];
    let metadata = metadata.unwrap_or_default();
    let floor = proof.location.to_be_bytes();
    let operation: [&[u8]; 4] = [&[COMMIT], &present, &metadata, &floor];
    let written: usize = operation.iter().map(|part| part.len()).sum();
    let padding = [0u8; REGISTRY_OPERATION_BYTES];
    let padding = &padding[..REGISTRY_OPERATION_BYTES.saturating_sub(written)];
    let [selector, present, metadata, floor] = operation;
    proof.verify(root, &[selector, present, metadata, floor, padding])
}
