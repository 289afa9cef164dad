//! Times the execution of a block of 2000 ERC-20 transfers: `cargo run --release -p
//! qiantang-execution --example erc20_block`.
//!
//! Senders are recovered before, as the pool does. The block executes over state in memory: on the
//! calling stack, on a fiber, and as it is built. `Token.hex` is `Token.sol`'s runtime code from
//! solc 0.8.37, optimized for 200 runs, for Osaka, without metadata.

use alloy_consensus::{SignableTransaction as _, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex, keccak256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use qiantang_execution::{
    BlockInput, BuildLimits, Fiber, MemoryState, Rules, StateReader as _, Step, build_block,
    genesis_changes, run_block,
};
use qiantang_types::{
    ChainSpec, DEV_CHAIN_ID, GenesisAccount, Height, Parameters, SignatureScheme, TimestampMs,
    Transaction,
};
use std::{collections::BTreeMap, hint::black_box, time::Instant};

const TRANSFERS: u64 = 2_000;
const ACCOUNTS: u64 = 1_000;
const ROUNDS: usize = 20;
const TOKEN: Address = Address::repeat_byte(0x20);

fn main() {
    let keys: Vec<_> = (0..ACCOUNTS).map(key).collect();
    let state =
        MemoryState::new(genesis_changes(&spec(&keys)).expect("the spec names no organisation"));
    let block: Vec<_> = (0..TRANSFERS).map(|index| transfer(&keys, index)).collect();
    let input = input();
    let outcome = run_block(state.clone(), &input, &block).expect("every transfer is valid");
    assert!(outcome.receipts.iter().all(|receipt| receipt.success));
    let gas = outcome.gas_used / TRANSFERS;
    print(&format!(
        "{TRANSFERS} ERC-20 transfers by {ACCOUNTS} accounts, {gas} gas each, {} changes",
        outcome.changes.accounts.len() + outcome.changes.slots.len(),
    ));
    measure("run_block", || {
        let mut state = &mut state.clone();
        run_block(&mut state, &input, &block).expect("valid")
    });
    measure("Fiber::run", || {
        on_fiber(&mut state.clone(), &input, &block)
    });
    measure("build_block", || {
        let candidates = block.clone();
        let limits = BuildLimits::default();
        build_block(&mut state.clone(), &input, candidates, limits, || true).expect("valid")
    });
}

/// Prints the fastest and the median round, in microseconds for each transfer.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement looks at the clock"
)]
fn measure<T>(name: &str, mut run: impl FnMut() -> T) {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let result = black_box(run());
            let time = start.elapsed();
            drop(result);
            time.as_nanos() as u64
        })
        .collect();
    times.sort_unstable();
    let each = |nanoseconds: u64| {
        let hundredths = nanoseconds / TRANSFERS / 10;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    print(&format!(
        "execution::{name}/transfers={TRANSFERS}: best {} us, median {} us for each transfer",
        each(times[0]),
        each(times[ROUNDS / 2]),
    ));
}

fn on_fiber(state: &mut MemoryState, input: &BlockInput, block: &[Transaction]) {
    let mut fiber = Fiber::run(input.clone(), block.into()).expect("a stack");
    let mut values = Vec::new();
    loop {
        match fiber.resume(values).expect("no panic") {
            Step::Need(keys) => values = state.read_many(&keys).expect("it is in memory"),
            Step::Done(result) => {
                black_box(result.expect("valid"));
                return;
            }
        }
    }
}

fn key(index: u64) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&keccak256(index.to_be_bytes())).expect("a valid key")
}

fn spec(keys: &[PrivateKeySigner]) -> ChainSpec {
    let code = hex::decode(include_str!("token/Token.hex").trim()).expect("the file is hex");
    // The balance of a holder is where Solidity puts it: keccak-256 of holder and slot of the
    // mapping.
    let slot = |holder: Address| {
        let key = [holder.into_word(), B256::ZERO].concat();
        U256::from_be_bytes(keccak256(key).0)
    };
    let storage = keys
        .iter()
        .map(|key| (slot(key.address()), U256::from(1_000_000)));
    let token = GenesisAccount {
        nonce: 1,
        code: Bytes::from(code),
        storage: storage.collect(),
        ..GenesisAccount::default()
    };
    ChainSpec {
        chain_id: DEV_CHAIN_ID,
        name: "bench".into(),
        genesis_time: TimestampMs::new(0),
        scheme: SignatureScheme::P256,
        validators: Vec::new(),
        addresses: BTreeMap::new(),
        parameters: Parameters::default(),
        organisations: Vec::new(),
        alloc: BTreeMap::from([(TOKEN, token)]),
    }
}

fn transfer(keys: &[PrivateKeySigner], index: u64) -> Transaction {
    let from = &keys[(index % ACCOUNTS) as usize];
    let to = keys[(index * 7 + 1) as usize % keys.len()].address();
    // transfer(address,uint256)
    let mut data = vec![0xa9, 0x05, 0x9c, 0xbb];
    data.extend_from_slice(to.into_word().as_slice());
    data.extend_from_slice(B256::with_last_byte(1).as_slice());
    let tx = TxEip1559 {
        chain_id: DEV_CHAIN_ID,
        nonce: index / ACCOUNTS,
        gas_limit: 100_000,
        to: TxKind::Call(TOKEN),
        input: data.into(),
        ..TxEip1559::default()
    };
    let signature = from
        .sign_hash_sync(&tx.signature_hash())
        .expect("a local key signs");
    let transaction = Transaction::from_envelope(tx.into_signed(signature).into()).expect("valid");
    transaction.sender().expect("it was signed");
    transaction
}

fn input() -> BlockInput {
    BlockInput {
        height: Height::new(1),
        time: TimestampMs::new(1_700_000_000_000),
        gas_limit: 1_000_000_000,
        beneficiary: Address::repeat_byte(0xbe),
        parent_hash: B256::repeat_byte(1),
        chain_id: DEV_CHAIN_ID,
        parameters: Parameters::default(),
        last_of_epoch: false,
        faults: Vec::new(),
        rules: Rules::QIANTANG,
    }
}

#[expect(clippy::print_stdout, reason = "a measurement speaks to its terminal")]
fn print(line: &str) {
    println!("{line}");
}
