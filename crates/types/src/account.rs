//! Accounts and the keys by which state is addressed.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, address};

/// Bytes of an encoded [`Account`].
pub const ACCOUNT_BYTES: usize = 72;

/// The account whose storage slots are the registry: the state layer keeps them in the ordered
/// database, where absence and completeness of a range can be proved. Modules write it like any
/// slot, with keys that sort.
pub const REGISTRY_ADDRESS: Address = address!("0x7174000000000000000000000000000000000001");

/// What the state keeps about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Number of transactions sent (for a contract: contracts created).
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// keccak-256 of the code; [`KECCAK256_EMPTY`] where there is none.
    pub code_hash: B256,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            nonce: 0,
            balance: U256::ZERO,
            code_hash: KECCAK256_EMPTY,
        }
    }
}

impl Account {
    /// Fixed form: nonce (8 bytes, big-endian), balance (32), code hash (32).
    pub fn to_bytes(&self) -> [u8; ACCOUNT_BYTES] {
        let mut out = [0; ACCOUNT_BYTES];
        out[..8].copy_from_slice(&self.nonce.to_be_bytes());
        out[8..40].copy_from_slice(&self.balance.to_be_bytes::<32>());
        out[40..].copy_from_slice(self.code_hash.as_slice());
        out
    }

    /// The account that [`Self::to_bytes`] wrote; every 72-byte string is one.
    pub fn from_bytes(bytes: &[u8; ACCOUNT_BYTES]) -> Self {
        let mut nonce = [0; 8];
        nonce.copy_from_slice(&bytes[..8]);
        Self {
            nonce: u64::from_be_bytes(nonce),
            balance: U256::from_be_slice(&bytes[8..40]),
            code_hash: B256::from_slice(&bytes[40..]),
        }
    }

    /// Whether the account is empty as EIP-161 means it.
    pub fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance.is_zero() && self.code_hash == KECCAK256_EMPTY
    }
}

/// One thing that execution reads from its parent's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKey {
    /// An account.
    Account(Address),
    /// A storage slot of an account.
    Slot(Address, U256),
    /// Contract code by its keccak-256.
    Code(B256),
}

/// The value of a [`StateKey`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateValue {
    /// The account, or `None` where the address has none.
    Account(Option<Account>),
    /// The slot's word; zero where it was never written.
    Slot(U256),
    /// The code's bytes.
    Code(Bytes),
}

/// Everything that executing one block changed, in a canonical order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateChanges {
    /// Accounts after the block; `None` for one that no longer exists.
    pub accounts: std::collections::BTreeMap<Address, Option<Account>>,
    /// Slots after the block; zero deletes.
    pub slots: std::collections::BTreeMap<(Address, U256), U256>,
    /// Code created by the block, by keccak-256.
    pub code: std::collections::BTreeMap<B256, Bytes>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_bytes_round_trip() {
        let account = Account {
            nonce: 7,
            balance: U256::MAX,
            code_hash: B256::repeat_byte(9),
        };
        assert_eq!(Account::from_bytes(&account.to_bytes()), account);
        assert!(Account::default().is_empty());
        assert!(!account.is_empty());
    }
}
