//! A small chain in memory, and the tests that play on it.

mod blocks;
mod calls;
mod conservation;
mod faults;
mod fibers;
mod institutions;
mod modules;
mod payloads;
mod robustness;
mod transactions;
mod validators;

use crate::{BlockInput, MemoryState, Rules, StateReader, genesis_changes};
use crate::{ReadError, bridge::MODULE_CODE};
use alloy_consensus::{
    SignableTransaction as _, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxEnvelope, TxLegacy,
};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use qiantang_types::{
    Account, ChainSpec, DEV_CHAIN_ID, GenesisAccount, Height, Parameters, SignatureScheme,
    StateChanges, StateKey, StateValue, TimestampMs, Transaction,
};
use std::collections::BTreeMap;

pub(super) const CHAIN: u64 = DEV_CHAIN_ID;
pub(super) const GWEI: u128 = 1_000_000_000;
/// Balance of each key's account at genesis.
pub(super) const WEALTH: u64 = 1_000_000;

/// The key of test account `index`.
pub(super) fn key(index: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(index.checked_add(1).unwrap())).unwrap()
}

pub(super) fn address(index: u8) -> Address {
    key(index).address()
}

/// A chain spec with four wealthy accounts and these contracts.
pub(super) fn spec(contracts: &[(Address, Vec<u8>)]) -> ChainSpec {
    let mut alloc = BTreeMap::new();
    for index in 0..4 {
        let balance = U256::from(WEALTH);
        alloc.insert(
            address(index),
            GenesisAccount {
                balance,
                ..GenesisAccount::default()
            },
        );
    }
    for (address, code) in contracts {
        let code = Bytes::copy_from_slice(code);
        alloc.insert(
            *address,
            GenesisAccount {
                code,
                nonce: 1,
                ..GenesisAccount::default()
            },
        );
    }
    ChainSpec {
        chain_id: CHAIN,
        name: "test".into(),
        genesis_time: TimestampMs::new(1_700_000_000_000),
        scheme: SignatureScheme::P256,
        validators: Vec::new(),
        addresses: BTreeMap::new(),
        parameters: Parameters::default(),
        organisations: Vec::new(),
        alloc,
    }
}

pub(super) fn genesis(contracts: &[(Address, Vec<u8>)]) -> MemoryState {
    MemoryState::new(genesis_changes(&spec(contracts)).unwrap())
}

pub(super) fn input(height: u64) -> BlockInput {
    BlockInput {
        height: Height::new(height),
        time: TimestampMs::new(1_700_000_000_999 + height * 1000),
        gas_limit: 1_000_000_000,
        beneficiary: Address::repeat_byte(0xbe),
        parent_hash: keccak256(height.to_be_bytes()),
        chain_id: CHAIN,
        parameters: Parameters::default(),
        last_of_epoch: false,
        faults: Vec::new(),
        rules: Rules::QIANTANG,
    }
}

/// A type 2 transaction that a test changes before it signs it.
pub(super) fn eip1559(nonce: u64, to: Address) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN,
        nonce,
        gas_limit: 1_000_000,
        to: TxKind::Call(to),
        ..TxEip1559::default()
    }
}

pub(super) fn transfer(from: u8, nonce: u64, to: Address, value: u64) -> Transaction {
    let mut tx = eip1559(nonce, to);
    tx.value = U256::from(value);
    tx.gas_limit = 21_000;
    sign(from, tx)
}

pub(super) fn contract_call(from: u8, nonce: u64, to: Address, data: &[u8]) -> Transaction {
    let mut tx = eip1559(nonce, to);
    tx.input = Bytes::copy_from_slice(data);
    sign(from, tx)
}

/// What can be signed into an envelope.
pub(super) trait Signable {
    fn envelope(self, key: &PrivateKeySigner) -> TxEnvelope;
}

macro_rules! signable {
    ($($kind:ty),*) => {$(
        impl Signable for $kind {
            fn envelope(self, key: &PrivateKeySigner) -> TxEnvelope {
                let signature = key.sign_hash_sync(&self.signature_hash()).unwrap();
                self.into_signed(signature).into()
            }
        }
    )*};
}

signable!(TxLegacy, TxEip2930, TxEip1559, TxEip4844, TxEip7702);

pub(super) fn sign(from: u8, tx: impl Signable) -> Transaction {
    Transaction::from_envelope(tx.envelope(&key(from))).unwrap()
}

pub(super) fn authorize(signer: u8, nonce: u64, delegate: Address) -> SignedAuthorization {
    let authorization = Authorization {
        chain_id: U256::from(CHAIN),
        address: delegate,
        nonce,
    };
    let signature = key(signer)
        .sign_hash_sync(&authorization.signature_hash())
        .unwrap();
    authorization.into_signed(signature)
}

pub(super) const CALL: u8 = 0xf1;
pub(super) const CALLCODE: u8 = 0xf2;
pub(super) const DELEGATECALL: u8 = 0xf4;
pub(super) const STATICCALL: u8 = 0xfa;

/// Code that hands its call data on to `target` with the given instruction, and leaves the outcome
/// on the stack.
pub(super) fn calling(instruction: u8, target: Address) -> Vec<u8> {
    // CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY; PUSH0 PUSH0 CALLDATASIZE PUSH0
    let mut code = vec![0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f];
    if matches!(instruction, CALL | CALLCODE) {
        code.push(0x5f); // value
    }
    code.push(0x73); // PUSH20
    code.extend_from_slice(target.as_slice());
    code.extend_from_slice(&[0x5a, instruction]); // GAS
    code
}

/// Code that hands its call data on to `target`, and its answer or refusal back.
pub(super) fn forwarder(instruction: u8, target: Address) -> Vec<u8> {
    let mut code = calling(instruction, target);
    // RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY PUSH1 <success> JUMPI
    code.extend_from_slice(&[0x3d, 0x5f, 0x5f, 0x3e, 0x60]);
    let success = u8::try_from(code.len() + 5).unwrap();
    // RETURNDATASIZE PUSH0 REVERT; JUMPDEST RETURNDATASIZE PUSH0 RETURN
    code.extend_from_slice(&[success, 0x57, 0x3d, 0x5f, 0xfd, 0x5b, 0x3d, 0x5f, 0xf3]);
    code
}

/// Code that stores the call data's second word in the slot that the first names.
pub(super) const STORE: &[u8] = &[0x60, 0x20, 0x35, 0x5f, 0x35, 0x55, 0x00];

pub(super) fn words(words: &[u64]) -> Vec<u8> {
    let bytes = |word: &u64| U256::from(*word).to_be_bytes::<32>();
    words.iter().flat_map(bytes).collect()
}

/// A reader that counts what it is asked and can fail at one key.
pub(super) struct Watched {
    pub(super) state: MemoryState,
    pub(super) reads: Vec<StateKey>,
    pub(super) fails_at: Option<StateKey>,
}

impl Watched {
    pub(super) const fn new(state: MemoryState) -> Self {
        Self {
            state,
            reads: Vec::new(),
            fails_at: None,
        }
    }
}

impl StateReader for Watched {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        self.reads.push(key);
        if self.fails_at == Some(key) {
            return Err(ReadError::Failed("the disk is gone".into()));
        }
        self.state.read(key)
    }
}

/// A state with an account that holds a module's code.
pub(super) fn with_module(mut state: MemoryState, module: Address) -> MemoryState {
    let code_hash = keccak256(&MODULE_CODE);
    let account = Account {
        nonce: 1,
        code_hash,
        ..Account::default()
    };
    state.apply(StateChanges {
        accounts: BTreeMap::from([(module, Some(account))]),
        slots: BTreeMap::new(),
        code: BTreeMap::from([(code_hash, MODULE_CODE)]),
    });
    state
}
