//! What the blocks of an idle chain leave on the disk, which they do for ever.

use super::{
    folder::files,
    ledger::{Dice, Made},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use qiantang_state::history::{Config, Store};
use qiantang_types::{
    Block, ConsensusContext, DatabaseCommitment, Header, Height, StateChanges, StateCommitment,
    TimestampMs, merkle_root,
};
use std::path::PathBuf;

/// Bytes that an idle block may take in files.
const BLOCK_BYTES_MAX: u64 = 600;

const BLOCKS: u64 = 6_000;

fn hash(dice: &mut Dice) -> B256 {
    let words = [dice.roll(), dice.roll(), dice.roll(), dice.roll()];
    U256::from_limbs(words).into()
}

fn commitment(dice: &mut Dice, end: u64) -> DatabaseCommitment {
    DatabaseCommitment {
        ops_root: hash(dice),
        root: hash(dice),
        start: end / 2,
        end,
    }
}

/// An empty block on the chain of four validators: it changes one slot, that of EIP-2935.
fn idle(dice: &mut Dice, (height, parent): (u64, B256), state: &StateCommitment) -> Made {
    let mut state = state.clone();
    state.storage = commitment(dice, 3 * height + 1);
    let leader = Bytes::from(vec![2 + (height % 4) as u8; 33]);
    let header = Header {
        context: ConsensusContext {
            epoch: height / 1_000,
            view: height % 1_000,
            leader,
            parent_view: (height % 1_000).saturating_sub(1),
        },
        parent,
        height: Height::new(height),
        time: TimestampMs::new(1_790_000_000_000 + 1_000 * height),
        gas_limit: 100_000_000,
        transactions_root: merkle_root(&[]),
        receipts_root: merkle_root(&[]),
        state,
        ..Header::default()
    };
    let mut changes = StateChanges::default();
    let ring = (Address::repeat_byte(0x29), U256::from(height % 8_191));
    changes.slots.insert(ring, parent.into());
    // Three signatures, the block's hash and who signed.
    let mut certificate = vec![7; 19];
    for _ in 0..7 {
        certificate.extend_from_slice(hash(dice).as_slice());
    }
    let transactions = Vec::new();
    Made {
        block: Block {
            header,
            transactions,
        },
        receipts: Vec::new(),
        changes,
        certificate: Some(certificate.into()),
    }
}

#[test]
fn an_idle_chain_grows_slowly() {
    let dir = tempfile::tempdir().unwrap();
    // Small buffers: what stays in them is not counted.
    let config = Config {
        durable: false,
        table_buffer_bytes: 256 << 10,
        ..Config::default()
    };
    let store = Store::open(dir.path(), config).unwrap();
    let mut dice = Dice(1);
    let state = StateCommitment {
        accounts: commitment(&mut dice, 100_000),
        registry: commitment(&mut dice, 5_000),
        code: commitment(&mut dice, 500),
        ..StateCommitment::default()
    };
    let mut parent = B256::ZERO;
    for height in 0..BLOCKS {
        let made = idle(&mut dice, (height, parent), &state);
        parent = made.block.hash();
        made.append(&store).unwrap();
    }
    drop(store);
    // Journals have one size from the start on, and are used again.
    let is_journal = |path: &PathBuf| path.extension().is_some_and(|end| end == "jnl");
    let mut total = 0;
    for path in files(dir.path()).iter().filter(|path| !is_journal(path)) {
        total += path.metadata().unwrap().len();
    }
    let each = total / BLOCKS;
    assert!(
        (300..=BLOCK_BYTES_MAX).contains(&each),
        "{each} bytes a block"
    );
}
