//! The bytes of keys and values.
//!
//! Numbers in keys are big-endian so that keys sort as the numbers do. Histories store the height
//! inverted (`u64::MAX - height`), so that the value at a height is the first key at or after a
//! point: a forward seek, which the engine does faster than a backward one.
//!
//! | database, table | key | value |
//! |---|---|---|
//! | blocks: chain | `00` | height of the last block |
//! | | `01` | store format |
//! | | `02` height | header, canonical bytes |
//! | | `03` height | finalization certificate, opaque |
//! | | `04` code hash | code |
//! | | `05` | height up to which the indexes are in sorted files |
//! | | `06` epoch | header and certificate at which the validator set changed |
//! | | `07` | first height that is kept, but for genesis |
//! | | `08` | height at which a state was taken over |
//! | | `09` | header and certificate with which the node began |
//! | blocks: bodies | `01` height, kind, first index | a chunk of transactions or receipts |
//! | | `01` height, `00`, 0 | nothing: it says that the block is there |
//! | blocks: recent | `01` height | changes of a block above that height |
//! | | `0a` | header of the last block of the epoch before |
//! | index: hashes | transaction or block hash | height, index or height |
//! | index: state | `01` | store format |
//! | | `01` address, inverted height | account |
//! | | `02` address, slot, inverted height | word without leading zeros |
//! | | `03` height, kind, key of the database | account, word or piece of code |
//! | index: logs | `01` digest of address or topic, height | indexes of transactions |

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use fjall::Slice;
use qiantang_types::{ACCOUNT_BYTES, Account, Height};

/// Format that this build writes and reads.
pub(super) const FORMAT: u8 = 1;

/// Key of the last block's height.
pub(super) const HEAD_KEY: [u8; 1] = [0];

/// Key of the store's format.
pub(super) const FORMAT_KEY: [u8; 1] = [1];

/// Key of the height up to which index entries are in sorted files.
pub(super) const SORTED_KEY: [u8; 1] = [5];

/// Key of the header before the present epoch.
pub(super) const EPOCH_KEY: [u8; 1] = [10];

/// Key of the first height that is kept.
pub(super) const FIRST_KEY: [u8; 1] = [7];

/// Key of the height at which a state was taken over.
pub(super) const BEGAN_KEY: [u8; 1] = [8];

/// Key of the header and certificate with which the node began.
pub(super) const FLOOR_KEY: [u8; 1] = [9];

const HEADER: u8 = 2;
const CERTIFICATE: u8 = 3;
const CODE: u8 = 4;
const BOUNDARY: u8 = 6;
const BODY: u8 = 1;
const ACCOUNT: u8 = 1;
const SLOT: u8 = 2;
const BASE: u8 = 3;
const POSTING: u8 = 1;
const CHANGES: u8 = 1;

/// What a row of a block's body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: every block has one such row. All keys of bodies ascend with the blocks, so that
    /// files of them never overlap and are never merged.
    Presence = 0,
    /// EIP-2718 transactions.
    Transactions = 1,
    /// Canonical receipts.
    Receipts = 2,
}

/// What a row of a base is of: the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseKind {
    /// Accounts.
    Account = 1,
    /// Slots outside the registry.
    Slot = 2,
    /// Slots of the registry.
    Registry = 3,
    /// Pieces of code.
    Code = 4,
}

/// Key of an entry of the state that was taken over at `height`.
pub(super) fn base_key(height: Height, kind: BaseKind, key: &[u8; 32]) -> [u8; 42] {
    let mut row = [BASE; 42];
    row[1..9].copy_from_slice(&height.get().to_be_bytes());
    row[9] = kind as u8;
    row[10..].copy_from_slice(key);
    row
}

/// Key of a header.
pub(super) fn header_key(height: Height) -> [u8; 9] {
    tagged(HEADER, height.get())
}

/// Key of a certificate.
pub(super) fn certificate_key(height: Height) -> [u8; 9] {
    tagged(CERTIFICATE, height.get())
}

/// Key of the boundary at the end of an epoch.
pub(super) fn boundary_key(epoch: u64) -> [u8; 9] {
    tagged(BOUNDARY, epoch)
}

/// Key of a code.
pub(super) fn code_key(hash: B256) -> [u8; 33] {
    let mut key = [CODE; 33];
    key[1..].copy_from_slice(hash.as_slice());
    key
}

/// Key of a recent block's changes.
pub(super) fn changes_key(height: Height) -> [u8; 9] {
    tagged(CHANGES, height.get())
}

/// Key of the body chunk that begins with the item at `first`.
pub(super) fn chunk_key(height: Height, kind: Kind, first: u32) -> [u8; 14] {
    let mut key = [BODY; 14];
    key[1..9].copy_from_slice(&height.get().to_be_bytes());
    key[9] = kind as u8;
    key[10..].copy_from_slice(&first.to_be_bytes());
    key
}

/// Index of a chunk's first item, from its key.
pub(super) fn chunk_first(key: &[u8]) -> Option<u32> {
    let bytes = key.get(10..14)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// Key of an account as it was after the block at `height`.
pub(super) fn account_key(address: Address, height: Height) -> [u8; 29] {
    let mut key = [ACCOUNT; 29];
    key[1..21].copy_from_slice(address.as_slice());
    key[21..].copy_from_slice(&inverted(height));
    key
}

/// Key of a slot as it was after the block at `height`.
pub(super) fn slot_key(address: Address, slot: U256, height: Height) -> [u8; 61] {
    let mut key = [SLOT; 61];
    key[1..21].copy_from_slice(address.as_slice());
    key[21..53].copy_from_slice(&slot.to_be_bytes::<32>());
    key[53..].copy_from_slice(&inverted(height));
    key
}

/// Key of the logs of a block that share a digest.
pub(super) fn posting_key(digest: u64, height: Height) -> [u8; 17] {
    let mut key = [POSTING; 17];
    key[1..9].copy_from_slice(&digest.to_be_bytes());
    key[9..].copy_from_slice(&height.get().to_be_bytes());
    key
}

/// Whether a row of the chain is a header or a certificate.
pub(super) fn is_of_block(key: &[u8]) -> bool {
    key.len() == 9 && matches!(key.first(), Some(&(HEADER | CERTIFICATE)))
}

/// The account or slot that a row of the state is of, and its height.
pub(super) fn historical(key: &[u8]) -> Option<(&[u8], Height)> {
    let of = matches!((key.first()?, key.len()), (&ACCOUNT, 29) | (&SLOT, 61));
    let (what, height) = key.split_last_chunk::<8>()?;
    of.then(|| (what, Height::new(!u64::from_be_bytes(*height))))
}

/// Height of a block, from the key of a row of its body or of its changes.
pub(super) fn leading_height(key: &[u8]) -> Option<Height> {
    let (height, _) = key.get(1..)?.split_first_chunk::<8>()?;
    Some(Height::new(u64::from_be_bytes(*height)))
}

/// Height at the end of a key that does not invert it.
pub(super) fn trailing_height(key: &[u8]) -> Option<Height> {
    let (_, tail) = key.split_last_chunk::<8>()?;
    Some(Height::new(u64::from_be_bytes(*tail)))
}

/// A height as a value.
pub(super) fn height_value(height: Height) -> [u8; 8] {
    height.get().to_be_bytes()
}

/// The height that [`height_value`] wrote.
pub(super) fn read_height(value: &[u8]) -> Option<Height> {
    Some(Height::new(u64::from_be_bytes(value.try_into().ok()?)))
}

/// A transaction's place as a value.
pub(super) fn location_value(height: Height, index: u32) -> [u8; 12] {
    let mut value = [0; 12];
    value[..8].copy_from_slice(&height.get().to_be_bytes());
    value[8..].copy_from_slice(&index.to_be_bytes());
    value
}

/// The place that [`location_value`] wrote.
pub(super) fn read_location(value: &[u8]) -> Option<(Height, u32)> {
    let (height, index) = value.split_at_checked(8)?;
    Some((
        read_height(height)?,
        u32::from_be_bytes(index.try_into().ok()?),
    ))
}

/// An account without the bytes that are zero: lengths of nonce and balance, then both, then the
/// code hash if there is code. Nothing at all for an account that no longer exists.
pub(super) fn account_value(account: Option<&Account>) -> Slice {
    let Some(account) = account else {
        return Slice::from([]);
    };
    let (nonce, balance) = (
        account.nonce.to_be_bytes(),
        account.balance.to_be_bytes::<32>(),
    );
    let (nonce, balance) = (trim(&nonce), trim(&balance));
    let lengths = [nonce.len() as u8, balance.len() as u8];
    let code: &[u8] = if account.code_hash == KECCAK256_EMPTY {
        &[]
    } else {
        account.code_hash.as_slice()
    };
    // Most accounts fit into the value's own bytes, so nothing is allocated for them.
    let mut out = [0; ACCOUNT_BYTES + 2];
    let mut end = 0_usize;
    for part in [&lengths, nonce, balance, code] {
        let start = end;
        end = end.saturating_add(part.len());
        out[start..end].copy_from_slice(part);
    }
    Slice::from(&out[..end])
}

/// The account that [`account_value`] wrote; the outer `None` says that no account wrote these
/// bytes.
pub(super) fn read_account(value: &[u8]) -> Option<Option<Account>> {
    let Some((lengths, rest)) = value.split_first_chunk::<2>() else {
        return value.is_empty().then_some(None);
    };
    let (nonce, rest) = rest.split_at_checked(usize::from(lengths[0]))?;
    let (balance, code_hash) = rest.split_at_checked(usize::from(lengths[1]))?;
    let mut word = [0; 8];
    word.get_mut(8_usize.checked_sub(nonce.len())?..)?
        .copy_from_slice(nonce);
    let code_hash = match code_hash.len() {
        0 => KECCAK256_EMPTY,
        32 => B256::from_slice(code_hash),
        _ => return None,
    };
    Some(Some(Account {
        nonce: u64::from_be_bytes(word),
        balance: read_word(balance)?,
        code_hash,
    }))
}

/// A word without its leading zeros.
pub(super) fn word_value(word: U256) -> Slice {
    Slice::from(trim(&word.to_be_bytes::<32>()))
}

/// The word that [`word_value`] wrote.
pub(super) fn read_word(value: &[u8]) -> Option<U256> {
    U256::try_from_be_slice(value)
}

fn tagged(tag: u8, number: u64) -> [u8; 9] {
    let mut key = [tag; 9];
    key[1..].copy_from_slice(&number.to_be_bytes());
    key
}

fn inverted(height: Height) -> [u8; 8] {
    (!height.get()).to_be_bytes()
}

fn trim(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn later_heights_sort_first_in_histories() {
        let address = Address::repeat_byte(7);
        let (low, high) = (Height::new(255), Height::new(256));
        assert!(account_key(address, high) < account_key(address, low));
        assert!(slot_key(address, U256::MAX, high) < slot_key(address, U256::MAX, low));
        assert!(posting_key(9, low) < posting_key(9, high));
    }

    #[test]
    fn an_account_that_is_gone_differs_from_an_empty_one() {
        assert_eq!(read_account(&account_value(None)), Some(None));
        let empty = Account::default();
        assert_eq!(
            read_account(&account_value(Some(&empty))),
            Some(Some(empty))
        );
    }

    proptest! {
        #[test]
        fn accounts_round_trip(
            nonce: u64,
            balance: [u8; 32],
            code: Option<[u8; 32]>,
            zeros in 0..=32_usize,
        ) {
            let mut balance = balance;
            balance[..zeros].fill(0);
            let account = Account {
                nonce,
                balance: U256::from_be_bytes(balance),
                code_hash: code.map_or(KECCAK256_EMPTY, B256::from),
            };
            let value = account_value(Some(&account));
            prop_assert_eq!(read_account(&value), Some(Some(account)));
            prop_assert_eq!(read_word(&word_value(account.balance)), Some(account.balance));
        }

        #[test]
        fn no_value_makes_a_reader_panic(value: Vec<u8>) {
            let _ = read_account(&value);
            let _ = read_word(&value);
            let _ = read_location(&value);
            let _ = read_height(&value);
            let _ = chunk_first(&value);
            let _ = trailing_height(&value);
            let _ = leading_height(&value);
        }
    }
}
