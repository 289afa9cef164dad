//! A block's changes as one value, from which the rows of recent blocks are made again.
//!
//! Accounts, then slots by account: a count (4 bytes, big-endian), then for each account its
//! address, the length of its stored form (1 byte) and that form; a count, then for each slot its
//! address where it differs from the one before (a byte says so), the slot, the length of its word
//! and the word without leading zeros.

use super::layout;
use alloy_primitives::{Address, U256};
use qiantang_types::StateChanges;

/// Bytes of one change, about.
const CHANGE_BYTES: usize = 72;

/// Accounts and slots of a block's changes. Code is not among them: it is stored where it is read.
pub(super) fn encode(changes: &StateChanges) -> Vec<u8> {
    let count = changes.accounts.len().saturating_add(changes.slots.len());
    let mut out = Vec::with_capacity(count.saturating_mul(CHANGE_BYTES).saturating_add(8));
    push_count(&mut out, changes.accounts.len());
    for (address, account) in &changes.accounts {
        out.extend_from_slice(address.as_slice());
        push_value(&mut out, &layout::account_value(account.as_ref()));
    }
    push_count(&mut out, changes.slots.len());
    let mut previous = None;
    for ((address, slot), word) in &changes.slots {
        let differs = previous != Some(address);
        out.push(u8::from(differs));
        if differs {
            out.extend_from_slice(address.as_slice());
        }
        previous = Some(address);
        out.extend_from_slice(&slot.to_be_bytes::<32>());
        push_value(&mut out, &layout::word_value(*word));
    }
    out
}

/// What [`encode`] wrote; `None` for bytes that it cannot have written.
pub(super) fn decode(bytes: &[u8]) -> Option<StateChanges> {
    let mut rest = Rest(bytes);
    let mut changes = StateChanges::default();
    for _ in 0..rest.count()? {
        let address = Address::from(rest.array::<20>()?);
        let account = layout::read_account(rest.value()?)?;
        changes.accounts.insert(address, account);
    }
    let mut address = None;
    for _ in 0..rest.count()? {
        address = match rest.array::<1>()? {
            [0] => address,
            [1] => Some(Address::from(rest.array::<20>()?)),
            _ => return None,
        };
        let slot = U256::from_be_bytes(rest.array::<32>()?);
        let word = layout::read_word(rest.value()?)?;
        changes.slots.insert((address?, slot), word);
    }
    rest.0.is_empty().then_some(changes)
}

fn push_count(out: &mut Vec<u8>, count: usize) {
    // A block changes far less than 2^32 keys: its gas does not reach.
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

fn push_value(out: &mut Vec<u8>, value: &[u8]) {
    // The longest is an account with all its bytes: 74.
    out.push(value.len() as u8);
    out.extend_from_slice(value);
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn count(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn value(&mut self) -> Option<&'a [u8]> {
        let [length] = self.array()?;
        self.take(usize::from(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;
    use proptest::{collection::btree_map, prelude::*};
    use qiantang_types::Account;

    /// Nonce, balance and code hash.
    type Fields = (u64, [u8; 32], [u8; 32]);

    proptest! {
        #[test]
        fn changes_round_trip(
            accounts in btree_map(any::<[u8; 20]>(), any::<Option<Fields>>(), 0..9),
            slots in btree_map(any::<(bool, [u8; 32])>(), any::<[u8; 32]>(), 0..9),
        ) {
            let account = |(nonce, balance, code)| Account {
                nonce,
                balance: U256::from_be_bytes::<32>(balance),
                code_hash: B256::new(code),
            };
            let accounts = accounts.into_iter();
            let slots = slots.into_iter().map(|((which, slot), word)| {
                let key = (Address::repeat_byte(u8::from(which)), U256::from_be_bytes(slot));
                (key, U256::from_be_bytes(word))
            });
            let changes = StateChanges {
                accounts: accounts.map(|(at, value)| (at.into(), value.map(account))).collect(),
                slots: slots.collect(),
                ..StateChanges::default()
            };
            let bytes = encode(&changes);
            prop_assert_eq!(decode(&bytes), Some(changes));
            for end in 0..bytes.len() {
                prop_assert_eq!(decode(&bytes[..end]), None);
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
