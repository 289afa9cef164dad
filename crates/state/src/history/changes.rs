//! A block's changes as one value, from which the rows of recent blocks are made again.

use super::layout;
use alloy_primitives::{Address, Bytes, U256};
use alloy_rlp::{Decodable as _, RlpDecodable, RlpEncodable};
use qiantang_types::StateChanges;

#[derive(RlpEncodable, RlpDecodable)]
struct Wire {
    accounts: Vec<AccountChange>,
    slots: Vec<SlotChange>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct AccountChange {
    address: Address,
    account: Bytes,
}

#[derive(RlpEncodable, RlpDecodable)]
struct SlotChange {
    address: Address,
    slot: U256,
    word: U256,
}

/// Accounts and slots of a block's changes. Code is not among them: it is stored where it is read.
pub(super) fn encode(changes: &StateChanges) -> Vec<u8> {
    let accounts = changes
        .accounts
        .iter()
        .map(|(address, account)| AccountChange {
            address: *address,
            account: layout::account_value(account.as_ref()).into(),
        });
    let slots = changes
        .slots
        .iter()
        .map(|((address, slot), word)| SlotChange {
            address: *address,
            slot: *slot,
            word: *word,
        });
    alloy_rlp::encode(Wire {
        accounts: accounts.collect(),
        slots: slots.collect(),
    })
}

/// What [`encode`] wrote; `None` for bytes that it cannot have written.
pub(super) fn decode(mut bytes: &[u8]) -> Option<StateChanges> {
    let wire = Wire::decode(&mut bytes).ok().filter(|_| bytes.is_empty())?;
    let mut changes = StateChanges::default();
    for change in wire.accounts {
        let account = layout::read_account(&change.account)?;
        changes.accounts.insert(change.address, account);
    }
    for change in wire.slots {
        changes
            .slots
            .insert((change.address, change.slot), change.word);
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::btree_map, prelude::*};
    use qiantang_types::Account;

    proptest! {
        #[test]
        fn changes_round_trip(
            accounts in btree_map(any::<[u8; 20]>(), any::<Option<(u64, [u8; 32], [u8; 32])>>(), 0..20),
            slots in btree_map(any::<([u8; 20], [u8; 32])>(), any::<[u8; 32]>(), 0..20),
        ) {
            let account = |(nonce, balance, code)| Account {
                nonce,
                balance: U256::from_be_bytes::<32>(balance),
                code_hash: <[u8; 32]>::into(code),
            };
            let changes = StateChanges {
                accounts: accounts
                    .into_iter()
                    .map(|(address, value)| (address.into(), value.map(account)))
                    .collect(),
                slots: slots
                    .into_iter()
                    .map(|((address, slot), word)| {
                        let key = (address.into(), U256::from_be_bytes(slot));
                        (key, U256::from_be_bytes(word))
                    })
                    .collect(),
                ..StateChanges::default()
            };
            let bytes = encode(&changes);
            prop_assert_eq!(decode(&bytes), Some(changes));
            for end in 0..bytes.len() {
                prop_assert_eq!(decode(&bytes[..end]), None);
            }
        }
    }
}
