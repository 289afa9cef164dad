//! Instances of every wire type: fixed ones for the fixtures, strategies for the properties.

use alloy_consensus::{
    EthereumTxEnvelope, SignableTransaction as _, TxEip1559, TxEip2930, TxEip4844, TxEip7702,
    TxEnvelope, TxLegacy,
};
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_primitives::{Address, B256, Bytes, Log, LogData, Signature, TxKind, U256};
use proptest::{collection::vec, option, prelude::*};
use qiantang_types::{
    Block, ConsensusContext, DatabaseCommitment, Header, Height, Receipt, StateCommitment,
    SystemTransaction, TimestampMs, Transaction, TrustRoot,
};

pub(crate) fn address(n: u8) -> Address {
    Address::repeat_byte(n)
}

/// A signature in its valid range that nobody made: decoding does not recover the sender.
fn signature(n: u8) -> Signature {
    Signature::new(
        U256::from_be_bytes([n; 32]),
        U256::from_be_bytes([n / 2 + 1; 32]),
        n % 2 == 1,
    )
}

fn access_list(n: u8) -> AccessList {
    let storage_keys = vec![B256::repeat_byte(n), B256::ZERO];
    AccessList(vec![AccessListItem {
        address: address(n),
        storage_keys,
    }])
}

fn authorization(n: u8) -> SignedAuthorization {
    let chain_id = U256::from(571_571);
    Authorization {
        chain_id,
        address: address(n),
        nonce: 9,
    }
    .into_signed(signature(n))
}

pub(crate) fn legacy() -> TxEnvelope {
    let to = TxKind::Call(address(0x35));
    let tx = TxLegacy {
        chain_id: Some(571_571),
        nonce: 9,
        gas_price: 20_000_000_000,
        gas_limit: 21_000,
        to,
        value: U256::from(10).pow(U256::from(18)),
        input: Bytes::new(),
    };
    TxEnvelope::Legacy(tx.into_signed(signature(0x11)))
}

pub(crate) fn eip2930() -> TxEnvelope {
    let tx = TxEip2930 {
        chain_id: 571_571,
        nonce: 0,
        gas_price: 1,
        gas_limit: 100_000,
        to: TxKind::Create,
        value: U256::ZERO,
        access_list: access_list(0x22),
        input: Bytes::from_static(&[0x60, 0x00]),
    };
    TxEnvelope::Eip2930(tx.into_signed(signature(0x22)))
}

pub(crate) fn eip1559() -> TxEnvelope {
    let tx = TxEip1559 {
        chain_id: 571_571,
        nonce: u64::MAX - 1,
        gas_limit: 100_000_000,
        max_fee_per_gas: 0,
        max_priority_fee_per_gas: 0,
        to: TxKind::Call(address(0x44)),
        value: U256::MAX,
        access_list: AccessList::default(),
        input: Bytes::from(vec![0xab; 100]),
    };
    TxEnvelope::Eip1559(tx.into_signed(signature(0x33)))
}

pub(crate) fn eip7702() -> TxEnvelope {
    let tx = TxEip7702 {
        chain_id: 571_571,
        nonce: 1,
        gas_limit: 50_000,
        max_fee_per_gas: 2,
        max_priority_fee_per_gas: 1,
        to: address(0x55),
        value: U256::from(1),
        access_list: access_list(0x56),
        authorization_list: vec![authorization(0x57), authorization(0x7a)],
        input: Bytes::from_static(b"\0"),
    };
    TxEnvelope::Eip7702(tx.into_signed(signature(0x44)))
}

/// A blob transaction, which no block of ours can hold.
pub(crate) fn eip4844() -> EthereumTxEnvelope<TxEip4844> {
    let tx = TxEip4844 {
        blob_versioned_hashes: vec![B256::repeat_byte(1)],
        ..TxEip4844::default()
    };
    EthereumTxEnvelope::Eip4844(tx.into_signed(signature(1)))
}

pub(crate) fn transactions() -> Vec<Transaction> {
    [legacy(), eip2930(), eip1559(), eip7702()]
        .into_iter()
        .map(|envelope| Transaction::from_envelope(envelope).unwrap())
        .chain([Transaction::from_system(run_of_a_job())])
        .collect()
}

fn run_of_a_job() -> SystemTransaction {
    SystemTransaction {
        job: 7,
        due: 1_795_000_000_000,
        attempt: 1,
        height: Height::new(42),
        caller: address(0x71),
        target: address(0x72),
        input: Bytes::from_static(b"pay the rent"),
        gas: 100_000,
    }
}

pub(crate) fn receipt() -> Receipt {
    let data = |topics: u8| {
        let topics = (1..=topics).map(B256::repeat_byte).collect();
        LogData::new_unchecked(topics, Bytes::from_static(b"a log"))
    };
    Receipt {
        transaction_type: 2,
        success: true,
        gas_used: 46_000,
        cumulative_gas_used: 67_000,
        contract: address(0x66),
        logs: vec![
            Log {
                address: address(0x67),
                data: data(0),
            },
            Log {
                address: address(0x68),
                data: data(4),
            },
        ],
    }
}

pub(crate) fn header() -> Header {
    let commitment = |n: u8| DatabaseCommitment {
        ops_root: B256::repeat_byte(n),
        root: B256::repeat_byte(n + 1),
        start: u64::from(n),
        end: u64::from(n) << 40,
    };
    Header {
        context: ConsensusContext {
            epoch: 0,
            view: 300,
            leader: Bytes::from(vec![2; 33]),
            parent_view: 299,
        },
        parent: B256::repeat_byte(0x70),
        height: Height::new(256),
        time: TimestampMs::new(1_795_000_000_123),
        gas_limit: 1_000_000_000,
        gas_used: 67_000,
        transactions_root: B256::repeat_byte(0x71),
        receipts_root: B256::repeat_byte(0x72),
        state: StateCommitment {
            accounts: commitment(0x80),
            storage: commitment(0x90),
            registry: commitment(0xa0),
            code: commitment(0xb0),
        },
        extension: Bytes::new(),
    }
}

pub(crate) fn block() -> Block {
    let mut block = Block {
        header: header(),
        transactions: transactions(),
    };
    block.header.transactions_root = block.transactions_root();
    block
}

pub(crate) fn trust_root() -> TrustRoot {
    TrustRoot {
        chain_id: 571_571,
        genesis: B256::repeat_byte(0xc0),
        scheme: 1,
        validators: vec![Bytes::from(vec![2; 33]), Bytes::from(vec![3; 33])],
    }
}

pub(crate) fn any_b256() -> impl Strategy<Value = B256> {
    any::<[u8; 32]>().prop_map(B256::from)
}

fn any_u256() -> impl Strategy<Value = U256> {
    // Short numbers too: their encodings are the ones with rules.
    (any::<[u8; 32]>(), 0usize..=256).prop_map(|(bytes, shift)| {
        U256::from_be_bytes(bytes)
            .checked_shr(shift)
            .unwrap_or_default()
    })
}

fn any_u64() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u32..64).prop_map(|(number, shift)| number >> shift)
}

fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

fn any_bytes(max: usize) -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..max).prop_map(Bytes::from)
}

fn any_signature() -> impl Strategy<Value = Signature> {
    (any_u256(), any_u256(), any::<bool>()).prop_map(|(r, s, odd)| Signature::new(r, s, odd))
}

fn any_access_list() -> impl Strategy<Value = AccessList> {
    let item =
        (any_address(), vec(any_b256(), 0..3)).prop_map(|(address, storage_keys)| AccessListItem {
            address,
            storage_keys,
        });
    vec(item, 0..3).prop_map(AccessList)
}

fn any_authorizations() -> impl Strategy<Value = Vec<SignedAuthorization>> {
    let item = (any_u256(), any_address(), any_u64(), any_signature()).prop_map(
        |(chain_id, address, nonce, signature)| {
            Authorization {
                chain_id,
                address,
                nonce,
            }
            .into_signed(signature)
        },
    );
    vec(item, 0..3)
}

/// The fields that the kinds of transactions are made of.
#[derive(Clone, Debug)]
struct Draft {
    chain_id: u64,
    nonce: u64,
    gas_limit: u64,
    fee: u128,
    to: Option<Address>,
    value: U256,
    input: Bytes,
    access_list: AccessList,
    authorization_list: Vec<SignedAuthorization>,
    signature: Signature,
}

impl Draft {
    fn call(&self) -> TxKind {
        self.to.map_or(TxKind::Create, TxKind::Call)
    }

    fn legacy(self) -> TxEnvelope {
        let tx = TxLegacy {
            chain_id: Some(self.chain_id),
            nonce: self.nonce,
            gas_price: self.fee,
            gas_limit: self.gas_limit,
            to: self.call(),
            value: self.value,
            input: self.input,
        };
        TxEnvelope::Legacy(tx.into_signed(self.signature))
    }

    fn eip2930(self) -> TxEnvelope {
        let tx = TxEip2930 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_price: self.fee,
            gas_limit: self.gas_limit,
            to: self.call(),
            value: self.value,
            access_list: self.access_list,
            input: self.input,
        };
        TxEnvelope::Eip2930(tx.into_signed(self.signature))
    }

    fn eip1559(self) -> TxEnvelope {
        let tx = TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: self.gas_limit,
            max_fee_per_gas: self.fee,
            max_priority_fee_per_gas: self.fee / 2,
            to: self.call(),
            value: self.value,
            access_list: self.access_list,
            input: self.input,
        };
        TxEnvelope::Eip1559(tx.into_signed(self.signature))
    }

    fn eip7702(self) -> TxEnvelope {
        let tx = TxEip7702 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: self.gas_limit,
            max_fee_per_gas: self.fee,
            max_priority_fee_per_gas: self.fee / 2,
            to: self.to.unwrap_or_default(),
            value: self.value,
            access_list: self.access_list,
            authorization_list: self.authorization_list,
            input: self.input,
        };
        TxEnvelope::Eip7702(tx.into_signed(self.signature))
    }
}

fn any_draft() -> impl Strategy<Value = Draft> {
    let numbers = (any_u64(), any_u64(), any_u64(), any_u64());
    let rest = (
        option::of(any_address()),
        any_u256(),
        any_bytes(80),
        any_signature(),
    );
    (numbers, rest, any_access_list(), any_authorizations()).prop_map(
        |((id, nonce, gas_limit, fee), (to, value, input, signature), access_list, signed)| Draft {
            // EIP-155 folds the id into `v`, which must not overflow.
            chain_id: id >> 2,
            nonce,
            gas_limit,
            fee: u128::from(fee) << 3,
            to,
            value,
            input,
            access_list,
            authorization_list: signed,
            signature,
        },
    )
}

/// A transaction of any of the four kinds.
pub(crate) fn any_envelope() -> impl Strategy<Value = TxEnvelope> {
    (0u8..4, any_draft()).prop_map(|(kind, draft)| match kind {
        0 => draft.legacy(),
        1 => draft.eip2930(),
        2 => draft.eip1559(),
        _ => draft.eip7702(),
    })
}

pub(crate) fn any_transaction() -> impl Strategy<Value = Transaction> {
    any_envelope().prop_map(|envelope| Transaction::from_envelope(envelope).unwrap())
}

pub(crate) fn any_receipt() -> impl Strategy<Value = Receipt> {
    let log = (any_address(), vec(any_b256(), 0..5), any_bytes(80)).prop_map(
        |(address, topics, data)| Log {
            address,
            data: LogData::new_unchecked(topics, data),
        },
    );
    (
        0u8..5,
        any::<bool>(),
        any_u64(),
        any_u64(),
        any_address(),
        vec(log, 0..4),
    )
        .prop_map(
            |(transaction_type, success, gas_used, cumulative_gas_used, contract, logs)| Receipt {
                transaction_type,
                success,
                gas_used,
                cumulative_gas_used,
                contract,
                logs,
            },
        )
}

fn any_commitment() -> impl Strategy<Value = DatabaseCommitment> {
    (any_b256(), any_b256(), any_u64(), any_u64()).prop_map(|(ops_root, root, start, end)| {
        DatabaseCommitment {
            ops_root,
            root,
            start,
            end,
        }
    })
}

pub(crate) fn any_header() -> impl Strategy<Value = Header> {
    let context = (any_u64(), any_u64(), any_bytes(70), any_u64()).prop_map(
        |(epoch, view, leader, parent_view)| ConsensusContext {
            epoch,
            view,
            leader,
            parent_view,
        },
    );
    let state = (
        any_commitment(),
        any_commitment(),
        any_commitment(),
        any_commitment(),
    )
        .prop_map(|(accounts, storage, registry, code)| StateCommitment {
            accounts,
            storage,
            registry,
            code,
        });
    let hashes = (any_b256(), any_b256(), any_b256());
    let numbers = (any_u64(), any_u64(), any_u64(), any_u64());
    (context, hashes, numbers, state, any_bytes(70)).prop_map(
        |(context, hashes, numbers, state, extension)| Header {
            context,
            parent: hashes.0,
            height: Height::new(numbers.0),
            time: TimestampMs::new(numbers.1),
            gas_limit: numbers.2,
            gas_used: numbers.3,
            transactions_root: hashes.1,
            receipts_root: hashes.2,
            state,
            extension,
        },
    )
}

pub(crate) fn any_block() -> impl Strategy<Value = Block> {
    (any_header(), vec(any_transaction(), 0..5)).prop_map(|(header, transactions)| {
        let mut block = Block {
            header,
            transactions,
        };
        block.header.transactions_root = block.transactions_root();
        block
    })
}

pub(crate) fn any_trust_root() -> impl Strategy<Value = TrustRoot> {
    (any_u64(), any_b256(), any::<u8>(), vec(any_bytes(70), 0..5)).prop_map(
        |(chain_id, genesis, scheme, validators)| TrustRoot {
            chain_id,
            genesis,
            scheme,
            validators,
        },
    )
}
