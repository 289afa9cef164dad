//! Tests of the whole pool through its public functions.

mod flood;
mod journal;
mod members;
mod model;
mod rules;

use crate::{AccountReader, AdmitError, BestLimits, Config, Pool};
use alloy_consensus::{
    SignableTransaction as _, TxEip1559, TxLegacy,
    crypto::secp256k1::{recover_signer, sign_message},
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use qiantang_types::{Account, Parameters, TimestampMs, Transaction};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
};

const CHAIN_ID: u64 = 571_571;

const EVERYTHING: BestLimits = BestLimits {
    transactions: usize::MAX,
    bytes: usize::MAX,
    gas: u64::MAX,
    member_gas: 0,
};

/// Accounts by address; everyone else has nothing.
#[derive(Default)]
struct World {
    accounts: RefCell<HashMap<Address, Account>>,
    reads: Cell<usize>,
}

impl AccountReader for World {
    fn account(&self, address: &Address) -> Result<Account, String> {
        self.reads.set(self.reads.get() + 1);
        let accounts = self.accounts.borrow();
        Ok(accounts.get(address).copied().unwrap_or_default())
    }
}

impl World {
    fn set(&self, address: Address, nonce: u64, balance: u64) -> Account {
        let account = Account {
            nonce,
            balance: U256::from(balance),
            ..Account::default()
        };
        self.accounts.borrow_mut().insert(address, account);
        account
    }
}

/// The secret key of a numbered test account.
fn key(number: u64) -> B256 {
    B256::from(U256::from(number + 1))
}

fn address(number: u64) -> Address {
    let hash = B256::ZERO;
    let signature = sign_message(key(number), hash).unwrap();
    recover_signer(&signature, hash).unwrap()
}

/// A transfer with the parts that tests vary.
#[derive(Clone)]
struct Sketch {
    sender: u64,
    nonce: u64,
    fee: u128,
    priority: u128,
    value: u64,
    gas: u64,
    chain_id: u64,
    input: Bytes,
    to: TxKind,
}

fn transfer(sender: u64, nonce: u64) -> Sketch {
    Sketch {
        sender,
        nonce,
        fee: 0,
        priority: 0,
        value: 0,
        gas: 21_000,
        chain_id: CHAIN_ID,
        input: Bytes::new(),
        to: TxKind::Call(Address::repeat_byte(0xee)),
    }
}

impl Sketch {
    fn fees(self, fee: u128, priority: u128) -> Self {
        Self {
            fee,
            priority,
            ..self
        }
    }

    fn sign(&self) -> Transaction {
        let unsigned = TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: self.gas,
            max_fee_per_gas: self.fee,
            max_priority_fee_per_gas: self.priority,
            to: self.to,
            value: U256::from(self.value),
            input: self.input.clone(),
            ..TxEip1559::default()
        };
        let signature = sign_message(key(self.sender), unsigned.signature_hash()).unwrap();
        Transaction::from_envelope(unsigned.into_signed(signature).into()).unwrap()
    }
}

fn config() -> Config {
    Config::new(CHAIN_ID, &Parameters::default())
}

fn pool(config: Config) -> Pool {
    Pool::open(config, None).unwrap()
}

fn admit(pool: &Pool, world: &World, sketch: &Sketch) -> Result<B256, AdmitError> {
    let result = pool.admit(vec![sketch.sign()], world).remove(0);
    pool.assert_consistent();
    result
}

fn nonces(transactions: &[Transaction]) -> Vec<(Address, u64)> {
    use alloy_consensus::Transaction as _;
    let place = |t: &Transaction| (t.sender().unwrap(), t.signed().unwrap().nonce());
    transactions.iter().map(place).collect()
}

fn best(pool: &Pool) -> Vec<(Address, u64)> {
    nonces(&pool.best(EVERYTHING, &BTreeMap::new()))
}

/// Finalizes a block that holds these transactions and sets their senders' accounts in the world.
fn finalize(pool: &Pool, world: &World, included: &[Transaction], time: u64) {
    let mut after = BTreeMap::new();
    for (sender, nonce) in nonces(included) {
        let balance = world
            .accounts
            .borrow()
            .get(&sender)
            .map_or(0, |account| u64::try_from(account.balance).unwrap());
        after.insert(sender, world.set(sender, nonce + 1, balance));
    }
    pool.on_finalized(included, after.into_iter(), TimestampMs::new(time));
    pool.assert_consistent();
}

#[test]
fn test_addresses_are_those_of_the_keys() {
    // The address of secret key 1 is a well-known one.
    let expected = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
    assert_eq!(address(0).to_string(), expected);
}
