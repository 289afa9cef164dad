//! A ledger made up from a seed: the same seed gives the same blocks in every process.

use alloy_consensus::{SignableTransaction as _, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, Log, LogData, Signature, TxKind, U256};
use qiantang_state::history::{Appended, FinalizedBlock, Store, StoreError};
use qiantang_types::{
    Account, Block, Header, Height, Receipt, StateChanges, TimestampMs, Transaction, leaf_hash,
    merkle_root,
};

/// Numbers from a seed (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    pub(crate) fn word(&mut self) -> U256 {
        // Words of all lengths, zero among them.
        U256::from_limbs([self.roll(), self.roll(), self.roll(), self.roll()])
            >> (self.below(33) * 8) as usize
    }
}

/// A block and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) block: Block,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) changes: StateChanges,
    pub(crate) certificate: Option<Bytes>,
}

impl Made {
    pub(crate) fn append(&self, store: &Store) -> Result<Appended, StoreError> {
        store.append(&FinalizedBlock {
            block: &self.block,
            receipts: &self.receipts,
            changes: &self.changes,
            certificate: self.certificate.clone(),
        })
    }
}

pub(crate) fn account(index: u64) -> Address {
    Address::left_padding_from(&[0xac, index as u8])
}

pub(crate) fn contract(index: u64) -> Address {
    Address::left_padding_from(&[0xc0, index as u8])
}

pub(crate) fn slot(index: u64) -> U256 {
    U256::from(index) << ((index % 4) * 60) as usize
}

pub(crate) fn topic(index: u64) -> B256 {
    B256::left_padding_from(&[0x70, index as u8])
}

pub(crate) const ACCOUNTS: u64 = 12;
pub(crate) const CONTRACTS: u64 = 3;
pub(crate) const SLOTS: u64 = 8;
pub(crate) const TOPIC_KINDS: u64 = 5;

/// Blocks of one epoch. After every other one, by and large, the validator set changes.
pub(crate) const BOUNDARY_EVERY: u64 = 4;

/// The first `count` blocks of the ledger of a seed, each with at most `transactions_max`
/// transactions.
pub(crate) fn ledger(seed: u64, count: u64, transactions_max: u64) -> Vec<Made> {
    let mut parent = B256::repeat_byte(seed as u8);
    let mut made = Vec::new();
    for height in 0..count {
        let next = block(seed, Height::new(height), parent, transactions_max);
        parent = next.block.hash();
        made.push(next);
    }
    made
}

pub(crate) fn block(seed: u64, height: Height, parent: B256, transactions_max: u64) -> Made {
    let mut dice = Dice(seed.wrapping_mul(1 << 40) ^ height.get());
    let count = match (height.get(), dice.below(4)) {
        (0, _) | (_, 0) => 0,
        _ => dice.below(transactions_max + 1),
    };
    let transactions: Vec<_> = (0..count).map(|_| transaction(&mut dice)).collect();
    let mut gas = 0;
    let receipts: Vec<_> = (0..count)
        .map(|_| {
            gas += 21_000;
            receipt(&mut dice, gas)
        })
        .collect();
    let receipt_leaves: Vec<_> = receipts.iter().map(Receipt::leaf).collect();
    let mut block = Block {
        header: Header {
            parent,
            height,
            time: TimestampMs::new(1_000 * (height.get() + 1)),
            gas_limit: 1_000_000_000,
            gas_used: gas,
            receipts_root: merkle_root(&receipt_leaves),
            ..Header::default()
        },
        transactions,
    };
    block.header.transactions_root = merkle_root(
        &block
            .transactions
            .iter()
            .map(|t| leaf_hash(t.encoded()))
            .collect::<Vec<_>>(),
    );
    let certificate =
        (dice.below(3) == 0).then(|| Bytes::from(format!("certificate of {height}").into_bytes()));
    let changes = changes(&mut dice, height);
    block.header.context.epoch = height.get() / BOUNDARY_EVERY;
    let last_of_epoch = height.get() % BOUNDARY_EVERY == BOUNDARY_EVERY - 1;
    if last_of_epoch && dice.below(2) == 0 {
        block.header.extension = format!("the set after {height}").into_bytes().into();
    }
    Made {
        block,
        receipts,
        changes,
        certificate,
    }
}

fn transaction(dice: &mut Dice) -> Transaction {
    let unsigned = TxEip1559 {
        chain_id: 571_571,
        nonce: dice.roll(),
        gas_limit: 100_000,
        to: TxKind::Call(contract(dice.below(CONTRACTS))),
        value: dice.word(),
        input: vec![7; dice.below(300) as usize].into(),
        ..TxEip1559::default()
    };
    let signature = Signature::new(dice.word(), dice.word(), dice.below(2) == 0);
    Transaction::from_envelope(unsigned.into_signed(signature).into()).unwrap()
}

fn receipt(dice: &mut Dice, cumulative_gas_used: u64) -> Receipt {
    let logs = (0..dice.below(4))
        .map(|_| {
            let topics = (0..dice.below(5))
                .map(|_| topic(dice.below(TOPIC_KINDS)))
                .collect();
            Log {
                address: contract(dice.below(CONTRACTS)),
                data: LogData::new_unchecked(topics, vec![1; dice.below(80) as usize].into()),
            }
        })
        .collect();
    Receipt {
        transaction_type: 2,
        success: dice.below(5) > 0,
        gas_used: 21_000,
        cumulative_gas_used,
        contract: Address::ZERO,
        logs,
    }
}

fn changes(dice: &mut Dice, height: Height) -> StateChanges {
    let mut changes = StateChanges::default();
    for _ in 0..dice.below(5) {
        let value = (dice.below(6) > 0).then(|| Account {
            nonce: dice.roll() >> (8 * dice.below(8)),
            balance: dice.word(),
            code_hash: if dice.below(2) == 0 {
                alloy_primitives::KECCAK256_EMPTY
            } else {
                B256::from(dice.word())
            },
        });
        changes
            .accounts
            .insert(account(dice.below(ACCOUNTS)), value);
    }
    for _ in 0..dice.below(8) {
        let key = (contract(dice.below(CONTRACTS)), slot(dice.below(SLOTS)));
        changes.slots.insert(key, dice.word());
    }
    if dice.below(4) == 0 {
        let code = Bytes::from(format!("code made in {height}").into_bytes());
        changes
            .code
            .insert(alloy_primitives::keccak256(&code), code);
    }
    changes
}
