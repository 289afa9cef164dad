//! What the log index stores: digests, heights, and which transactions of a block.

use super::super::layout;
use alloy_primitives::{Address, B256};
use qiantang_types::{Height, Receipt};

/// Transactions that a posting names; with more it stands for the whole block.
const POSTING_MAX: usize = 32;

/// The index entries of a block, by key.
pub(in super::super) fn postings(
    height: Height,
    receipts: &[Receipt],
) -> Vec<([u8; 17], fjall::Slice)> {
    let mut pairs = Vec::new();
    for (index, receipt) in receipts.iter().enumerate() {
        // Blocks hold at most `BLOCK_TRANSACTIONS_MAX` transactions, far below the end of the
        // range.
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        for log in &receipt.logs {
            pairs.push((digest_any(), index));
            pairs.push((digest_address(log.address), index));
            for (position, topic) in log.topics().iter().enumerate() {
                pairs.push((digest_topic(position, *topic), index));
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let groups = pairs.chunk_by(|a, b| a.0 == b.0).filter_map(|group| {
        let (digest, _) = group.first()?;
        let value = if group.len() > POSTING_MAX {
            Vec::new()
        } else {
            encode_indexes(group.iter().map(|(_, index)| *index))
        };
        Some((layout::posting_key(*digest, height), value.into()))
    });
    groups.collect()
}

/// Transactions of a block that may match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Transactions {
    /// Any of the block.
    All,
    /// These, ascending.
    Some(Vec<u32>),
}

impl Transactions {
    pub(super) fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some(mut a), Self::Some(b)) => {
                a.extend(b);
                a.sort_unstable();
                a.dedup();
                Self::Some(a)
            }
            _ => Self::All,
        }
    }

    pub(super) fn intersection(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, other) => other,
            (this, Self::All) => this,
            (Self::Some(mut a), Self::Some(b)) => {
                a.retain(|index| b.binary_search(index).is_ok());
                Self::Some(a)
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Some(indexes) if indexes.is_empty())
    }
}

fn encode_indexes(indexes: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut previous = 0_u32;
    for index in indexes {
        let mut delta = index.saturating_sub(previous);
        previous = index;
        // LEB128: seven bits a byte, the lowest first.
        while delta >= 0x80 {
            out.push((delta & 0x7f) as u8 | 0x80);
            delta >>= 7;
        }
        out.push(delta as u8);
    }
    out
}

pub(super) fn decode_indexes(value: &[u8]) -> Option<Transactions> {
    if value.is_empty() {
        return Some(Transactions::All);
    }
    let mut indexes = Vec::new();
    let (mut index, mut delta, mut shift) = (0_u32, 0_u32, 0_u32);
    for byte in value {
        let bits = u32::from(byte & 0x7f);
        delta |= bits
            .checked_shl(shift)
            .filter(|shifted| shifted >> shift == bits)?;
        if byte & 0x80 == 0 {
            index = index.checked_add(delta)?;
            indexes.push(index);
            (delta, shift) = (0, 0);
        } else {
            shift = shift.checked_add(7)?;
        }
    }
    (shift == 0).then_some(Transactions::Some(indexes))
}

pub(super) fn digest_any() -> u64 {
    digest(0, [0; 32])
}

pub(super) fn digest_address(address: Address) -> u64 {
    digest(1, address.into_word().0)
}

pub(super) fn digest_topic(position: usize, topic: B256) -> u64 {
    digest((position as u64).saturating_add(2), topic.0)
}

/// Mixes 32 bytes to 64 bits: multiply, fold the halves, word by word. Part of the store's format.
/// It need not resist attackers: a collision costs a query one more receipt, and the query's work
/// is bounded.
fn digest(dimension: u64, value: [u8; 32]) -> u64 {
    const FACTORS: [u64; 4] = [
        0x9e37_79b9_7f4a_7c15,
        0xbf58_476d_1ce4_e5b9,
        0x94d0_49bb_1331_11eb,
        0xd6e8_feb8_6659_fd93,
    ];
    let mut state = dimension.wrapping_mul(0xa076_1d64_78bd_642f) ^ 0xe703_7ed1_a0b4_28db;
    let (words, _) = value.as_chunks::<8>();
    for (word, factor) in words.iter().zip(FACTORS) {
        let mixed = state ^ u64::from_le_bytes(*word);
        let product = u128::from(mixed).wrapping_mul(u128::from(factor));
        state = (product as u64) ^ ((product >> 64) as u64) ^ state.rotate_left(29);
    }
    state
}
