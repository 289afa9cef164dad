//! What a block has read and written so far: the virtual machine's database.

use crate::{
    error::Fatal,
    reader::{ReadError, StateReader},
    rules::Fork,
};
use alloy_eips::eip2935::{HISTORY_SERVE_WINDOW, HISTORY_STORAGE_ADDRESS};
use alloy_primitives::{
    Address, B256, Bytes, KECCAK256_EMPTY, U256,
    map::{AddressMap, B256Map, Entry, HashMap},
};
use qiantang_types::{Account, StateChanges, StateKey, StateValue};
use revm::{
    Database,
    database_interface::DBErrorMarker,
    state::{Account as EvmAccount, AccountInfo, Bytecode, EvmState},
};

impl DBErrorMarker for ReadError {}

/// A value before the block and now.
#[derive(Clone, Copy)]
struct Tracked<T> {
    before: T,
    now: T,
}

impl<T: Copy + PartialEq> Tracked<T> {
    const fn read(value: T) -> Self {
        Self {
            before: value,
            now: value,
        }
    }

    fn changed(&self) -> Option<T> {
        (self.before != self.now).then_some(self.now)
    }
}

#[derive(Clone, Copy)]
struct CachedAccount {
    account: Tracked<Option<Account>>,
    /// Created or destroyed in this block: the storage that the reader has is not this account's.
    storage_is_new: bool,
}

/// A read-through cache over the reader that also keeps the block's writes.
///
/// It holds the reader as a trait object: a call for each miss costs nothing beside the read, and
/// the virtual machine is compiled once, in this crate, and not again for every reader.
///
/// The hash maps are looked up and, at the end, poured into ordered maps: their order is never
/// seen.
pub(crate) struct Cache<'a> {
    reader: Box<dyn StateReader + 'a>,
    keeps_empty_accounts: bool,
    accounts: AddressMap<CachedAccount>,
    slots: HashMap<(Address, U256), Tracked<U256>>,
    code: B256Map<Bytecode>,
    created_code: B256Map<Bytes>,
    failure: Option<ReadError>,
}

impl<'a> Cache<'a> {
    pub(crate) fn new(reader: Box<dyn StateReader + 'a>, fork: Fork) -> Self {
        Self {
            reader,
            keeps_empty_accounts: !fork.is_enabled_in(Fork::SPURIOUS_DRAGON),
            accounts: AddressMap::default(),
            slots: HashMap::default(),
            code: B256Map::default(),
            created_code: B256Map::default(),
            failure: None,
        }
    }

    /// Reads keys in one request, so that executing finds them here.
    pub(crate) fn prefetch(&mut self, mut keys: Vec<StateKey>) -> Result<(), Fatal> {
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| !self.holds(key));
        if keys.is_empty() {
            return Ok(());
        }
        let values = self.reader.read_many(&keys)?;
        if values.len() != keys.len() {
            let (found, asked) = (values.len(), keys.len());
            return Err(mismatch(format!("{found} values for {asked} keys")).into());
        }
        for (key, value) in keys.into_iter().zip(values) {
            match (key, value) {
                (StateKey::Account(address), StateValue::Account(account)) => {
                    self.keep_account(address, account);
                }
                (StateKey::Slot(address, slot), StateValue::Slot(value)) => {
                    self.slots.insert((address, slot), Tracked::read(value));
                }
                (StateKey::Code(hash), StateValue::Code(code)) => {
                    self.code.insert(hash, bytecode(hash, code)?);
                }
                (key, _) => return Err(mismatch(format!("another kind than {key:?}")).into()),
            }
        }
        Ok(())
    }

    fn holds(&self, key: &StateKey) -> bool {
        match key {
            StateKey::Account(address) => self.accounts.contains_key(address),
            StateKey::Slot(address, slot) => self.slots.contains_key(&(*address, *slot)),
            StateKey::Code(hash) => self.code.contains_key(hash) || *hash == KECCAK256_EMPTY,
        }
    }

    /// Code of the accounts among `addresses` that have some.
    pub(crate) fn code_keys(&self, addresses: impl Iterator<Item = Address>) -> Vec<StateKey> {
        addresses
            .filter_map(|address| self.accounts.get(&address)?.account.now)
            .map(|account| StateKey::Code(account.code_hash))
            .collect()
    }

    /// The failure behind an error of the virtual machine, if the reader caused it. It is kept here
    /// because modules and the virtual machine hand errors on as text.
    pub(crate) const fn failure(&mut self) -> Option<ReadError> {
        self.failure.take()
    }

    fn keep_account(&mut self, address: Address, account: Option<Account>) {
        self.accounts.insert(
            address,
            CachedAccount {
                account: Tracked::read(account),
                storage_is_new: false,
            },
        );
    }

    fn request(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        self.reader.read(key).inspect_err(|error| {
            self.failure.get_or_insert_with(|| error.clone());
        })
    }

    fn fail<T>(&mut self, error: ReadError) -> Result<T, ReadError> {
        self.failure.get_or_insert_with(|| error.clone());
        Err(error)
    }

    /// The account at an address, now.
    pub(crate) fn account(&mut self, address: Address) -> Result<Option<Account>, ReadError> {
        if let Some(cached) = self.accounts.get(&address) {
            return Ok(cached.account.now);
        }
        match self.request(StateKey::Account(address))? {
            StateValue::Account(account) => {
                self.keep_account(address, account);
                Ok(account)
            }
            _ => self.fail(mismatch(format!("no account for {address}"))),
        }
    }

    /// The word in a slot, now.
    pub(crate) fn slot(&mut self, address: Address, slot: U256) -> Result<U256, ReadError> {
        if let Some(cached) = self.slots.get(&(address, slot)) {
            return Ok(cached.now);
        }
        let is_new = self
            .accounts
            .get(&address)
            .is_some_and(|cached| cached.storage_is_new);
        let value = if is_new {
            U256::ZERO
        } else {
            match self.request(StateKey::Slot(address, slot))? {
                StateValue::Slot(value) => value,
                _ => return self.fail(mismatch(format!("no slot for {address} {slot}"))),
            }
        };
        self.slots.insert((address, slot), Tracked::read(value));
        Ok(value)
    }

    /// Writes a slot outside of any transaction.
    pub(crate) fn write_slot(
        &mut self,
        address: Address,
        slot: U256,
        value: U256,
    ) -> Result<(), ReadError> {
        self.slot(address, slot)?;
        self.set_slot(address, slot, value);
        Ok(())
    }

    /// Gives an account code outside of any transaction.
    pub(crate) fn write_code(&mut self, address: Address, code: Bytes) -> Result<(), ReadError> {
        let bytecode = Bytecode::new_raw(code.clone());
        let code_hash = bytecode.hash_slow();
        let account = self.account(address)?.unwrap_or_default();
        let nonce = account.nonce.max(1);
        self.set_account(
            address,
            Some(Account {
                nonce,
                code_hash,
                ..account
            }),
        );
        self.code.insert(code_hash, bytecode);
        self.created_code.insert(code_hash, code);
        Ok(())
    }

    /// Gives an account a nonce outside of any transaction.
    pub(crate) fn write_nonce(&mut self, address: Address, nonce: u64) -> Result<(), ReadError> {
        let account = self.account(address)?.unwrap_or_default();
        self.set_account(address, Some(Account { nonce, ..account }));
        Ok(())
    }

    fn set_account(&mut self, address: Address, account: Option<Account>) {
        match self.accounts.entry(address) {
            Entry::Occupied(mut entry) => entry.get_mut().account.now = account,
            Entry::Vacant(entry) => {
                entry.insert(CachedAccount {
                    account: Tracked {
                        before: None,
                        now: account,
                    },
                    storage_is_new: false,
                });
            }
        }
    }

    fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        match self.slots.entry((address, slot)) {
            Entry::Occupied(mut entry) => entry.get_mut().now = value,
            // Only the storage of an account that is new is written without having been read.
            Entry::Vacant(entry) => {
                entry.insert(Tracked {
                    before: U256::ZERO,
                    now: value,
                });
            }
        }
    }

    /// Takes over what one transaction did.
    pub(crate) fn commit(&mut self, state: EvmState) {
        for (address, account) in state {
            if account.is_touched() {
                self.commit_account(address, account);
            }
        }
    }

    fn commit_account(&mut self, address: Address, account: EvmAccount) {
        if account.is_selfdestructed() {
            self.clear_storage(address);
            self.set_account(address, None);
            return;
        }
        if account.is_created() {
            self.clear_storage(address);
        }
        for (slot, value) in &account.storage {
            if value.is_changed() {
                self.set_slot(address, *slot, value.present_value);
            }
        }
        let info = account.info;
        if info.is_empty() && !self.keeps_empty_accounts {
            self.set_account(address, None);
            return;
        }
        if let Some(code) = info.code
            && info.code_hash != KECCAK256_EMPTY
            && !self.code.contains_key(&info.code_hash)
        {
            self.created_code
                .insert(info.code_hash, code.original_bytes());
            self.code.insert(info.code_hash, code);
        }
        self.set_account(
            address,
            Some(Account {
                nonce: info.nonce,
                balance: info.balance,
                code_hash: info.code_hash,
            }),
        );
    }

    /// Forgets the storage of an account that begins or ends here. Since Cancun this can only
    /// concern an account that was created in the same transaction (EIP-6780), so nothing but its
    /// own few slots is here.
    fn clear_storage(&mut self, address: Address) {
        let existed = self
            .accounts
            .get(&address)
            .is_some_and(|cached| cached.account.now.is_some());
        if existed {
            for ((owner, _), value) in &mut self.slots {
                if *owner == address {
                    value.now = U256::ZERO;
                }
            }
        }
        if let Some(cached) = self.accounts.get_mut(&address) {
            cached.storage_is_new = true;
        }
    }

    /// What differs from the state before the block. Code may be named that the state already has.
    pub(crate) fn into_changes(self) -> StateChanges {
        StateChanges {
            accounts: self
                .accounts
                .into_iter()
                .filter_map(|(address, cached)| Some((address, cached.account.changed()?)))
                .collect(),
            slots: self
                .slots
                .into_iter()
                .filter_map(|(key, value)| Some((key, value.changed()?)))
                .collect(),
            code: self.created_code.into_iter().collect(),
        }
    }
}

impl Database for Cache<'_> {
    type Error = ReadError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ReadError> {
        Ok(self.account(address)?.map(|account| AccountInfo {
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
            code: None,
            ..AccountInfo::default()
        }))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, ReadError> {
        if let Some(code) = self.code.get(&hash) {
            return Ok(code.clone());
        }
        let code = match self.request(StateKey::Code(hash))? {
            StateValue::Code(code) => bytecode(hash, code).or_else(|error| self.fail(error))?,
            _ => return self.fail(mismatch(format!("no code for {hash}"))),
        };
        self.code.insert(hash, code.clone());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, ReadError> {
        self.slot(address, slot)
    }

    /// The virtual machine asks only for the last 256 blocks; the history contract holds 8191
    /// (EIP-2935).
    fn block_hash(&mut self, number: u64) -> Result<B256, ReadError> {
        self.slot(HISTORY_STORAGE_ADDRESS, history_slot(number))
            .map(B256::from)
    }
}

/// The slot of the history contract that holds the hash of a block.
pub(crate) fn history_slot(height: u64) -> U256 {
    U256::from(height) % U256::from(HISTORY_SERVE_WINDOW)
}

fn bytecode(hash: B256, code: Bytes) -> Result<Bytecode, ReadError> {
    Bytecode::new_raw_checked(code)
        .map_err(|error| ReadError::Failed(format!("code {hash} is damaged: {error}")))
}

fn mismatch(what: String) -> ReadError {
    ReadError::Failed(format!("the reader answered with {what}"))
}
