//! Ethereum's own state tests through the executor of this network: the same code, Ethereum's
//! rules.
//!
//! Every case is decoded from its raw bytes, its sender recovered, its logs and the whole state
//! after it compared.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "this file is a test as a whole"
)]

use alloy_consensus::{TxEnvelope, transaction::SignerRecoverable as _};
use alloy_eips::{eip2718::Decodable2718 as _, eip2935::HISTORY_STORAGE_ADDRESS};
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_trie::{
    TrieAccount,
    root::{state_root_unhashed, storage_root_unhashed},
};
use qiantang_execution::{
    BlockError, BlockExecutor, BlockInput, BlockOutcome, EthereumHeader, Fees, Fiber, Fork,
    MemoryState, ReadError, Rules, StateReader, Step,
};
use qiantang_types::{
    Account, Height, Parameters, StateChanges, StateKey, StateValue, TimestampMs, Transaction,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    io::Read as _,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Cases that fail, each with the reason. One that passes must leave the list.
const EXPECTED_FAILURES: &[(&str, &str)] = &[(
    "stExtCodeHash/dynamicAccountOverwriteEmpty_Paris.json Cancun 0",
    "EIP-7610: storage at an address without code and nonce. No chain since Spurious Dragon \
     reaches such a state; the virtual machine creates a contract there instead of refusing to.",
)];

/// The archive is unpacked and executed by this many threads.
const THREADS: usize = 2;

#[derive(Deserialize)]
struct Unit {
    env: Env,
    pre: BTreeMap<Address, PreAccount>,
    post: BTreeMap<String, Vec<Case>>,
    #[serde(default)]
    config: Config,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    chainid: Option<U256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Env {
    current_coinbase: Address,
    current_difficulty: U256,
    current_gas_limit: U256,
    current_number: U256,
    current_timestamp: U256,
    current_base_fee: Option<U256>,
    current_random: Option<U256>,
    current_excess_blob_gas: Option<U256>,
}

#[derive(Deserialize)]
struct PreAccount {
    balance: U256,
    nonce: U256,
    code: Bytes,
    storage: BTreeMap<U256, U256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    hash: B256,
    logs: B256,
    txbytes: Bytes,
    expect_exception: Option<String>,
}

/// The state of a fixture; the history contract, which its forks do not have yet, is answered with
/// the hashes that fixtures expect: keccak-256 of the number in decimal.
#[derive(Clone)]
struct Fixture {
    state: MemoryState,
    number: u64,
}

impl StateReader for Fixture {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        if let StateKey::Slot(HISTORY_STORAGE_ADDRESS, slot) = key {
            let hash = (self.number.saturating_sub(256)..self.number)
                .find(|number| U256::from(number % 8191) == slot)
                .map(|number| keccak256(number.to_string()))
                .unwrap_or_default();
            return Ok(StateValue::Slot(hash.into()));
        }
        self.state.read(key)
    }
}

fn fork(name: &str) -> Option<Fork> {
    Some(match name {
        "Frontier" => Fork::FRONTIER,
        "Homestead" => Fork::HOMESTEAD,
        "Byzantium" => Fork::BYZANTIUM,
        // EIP-1283, which alone tells the two apart, never ran on a chain and is not in the virtual
        // machine.
        "Constantinople" | "ConstantinopleFix" => Fork::PETERSBURG,
        "Istanbul" => Fork::ISTANBUL,
        "Berlin" => Fork::BERLIN,
        "London" => Fork::LONDON,
        "Paris" => Fork::MERGE,
        "Shanghai" => Fork::SHANGHAI,
        "Cancun" => Fork::CANCUN,
        "Prague" => Fork::PRAGUE,
        "Osaka" => Fork::OSAKA,
        _ => return None,
    })
}

fn input(unit: &Unit, fork: Fork) -> BlockInput {
    let env = &unit.env;
    let merged = fork.is_enabled_in(Fork::MERGE);
    let excess_blob_gas = env.current_excess_blob_gas.unwrap_or_default().to::<u64>();
    let chain_id = unit.config.chainid.unwrap_or(U256::ONE).to();
    BlockInput {
        height: Height::new(env.current_number.to()),
        time: TimestampMs::new(env.current_timestamp.to::<u64>().checked_mul(1000).unwrap()),
        gas_limit: env.current_gas_limit.saturating_to(),
        beneficiary: env.current_coinbase,
        parent_hash: B256::ZERO,
        chain_id,
        parameters: Parameters::default(),
        last_of_epoch: false,
        faults: Vec::new(),
        rules: Rules {
            fork,
            fees: Fees::Ethereum(EthereumHeader {
                base_fee: env.current_base_fee.unwrap_or_default().to(),
                difficulty: env.current_difficulty,
                prev_randao: merged.then(|| env.current_random.unwrap_or_default().into()),
                excess_blob_gas: fork.is_enabled_in(Fork::CANCUN).then_some(excess_blob_gas),
            }),
        },
    }
}

fn pre_state(unit: &Unit) -> MemoryState {
    let mut changes = StateChanges::default();
    for (address, pre) in &unit.pre {
        let code_hash = keccak256(&pre.code);
        let account = Account {
            nonce: pre.nonce.to(),
            balance: pre.balance,
            code_hash,
        };
        changes.accounts.insert(*address, Some(account));
        if code_hash != KECCAK256_EMPTY {
            changes.code.insert(code_hash, pre.code.clone());
        }
        for (slot, value) in &pre.storage {
            changes.slots.insert((*address, *slot), *value);
        }
    }
    MemoryState::new(changes)
}

fn state_root(state: &MemoryState) -> B256 {
    state_root_unhashed(state.accounts().map(|(address, account)| {
        let storage = state
            .storage(address)
            .map(|(slot, value)| (B256::from(slot), value));
        let trie = TrieAccount {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: storage_root_unhashed(storage),
            code_hash: account.code_hash,
        };
        (address, trie)
    }))
}

/// The sender and what the transaction did, or why it was refused.
fn execute(fixture: &Fixture, input: &BlockInput, bytes: &[u8]) -> Result<BlockOutcome, String> {
    let envelope = TxEnvelope::decode_2718_exact(bytes).map_err(|error| error.to_string())?;
    let sender = envelope
        .recover_signer()
        .map_err(|error| error.to_string())?;
    let mut executor = BlockExecutor::new(fixture.clone(), input).unwrap();
    let outcome = match executor.execute_envelope(&envelope, sender) {
        Ok(_) => executor.finish().map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    // What this network carries too must do the same on a fiber, as a block.
    if let Ok(transaction) = Transaction::decode(bytes) {
        let block = execute_on_fiber(fixture.clone(), input.clone(), transaction);
        match (&outcome, block) {
            (Ok(outcome), Ok(block)) => assert_eq!(*outcome, block, "the fiber differs"),
            (Err(error), Err(BlockError::Invalid { refusal, .. })) => {
                assert_eq!(*error, refusal.to_string(), "the fiber differs");
            }
            (outcome, block) => panic!("the fiber differs: {outcome:?}, {block:?}"),
        }
    }
    outcome
}

fn execute_on_fiber(
    mut fixture: Fixture,
    input: BlockInput,
    transaction: Transaction,
) -> Result<BlockOutcome, BlockError> {
    let mut fiber = Fiber::run(input, vec![transaction].into()).unwrap();
    let mut values = Vec::new();
    loop {
        match fiber.resume(values).unwrap() {
            Step::Need(keys) => values = fixture.read_many(&keys).unwrap(),
            Step::Done(result) => return result,
        }
    }
}

fn check(fixture: &Fixture, input: &BlockInput, case: &Case) -> Result<(), String> {
    let outcome = execute(fixture, input, &case.txbytes);
    let mut state = fixture.state.clone();
    match (outcome, &case.expect_exception) {
        (Ok(outcome), None) => {
            let logs = &outcome.receipts[0].logs;
            let found = keccak256(alloy_rlp::encode(logs));
            if found != case.logs {
                return Err(format!("logs hash {found}, expected {}", case.logs));
            }
            state.apply(outcome.changes);
        }
        (Err(_), Some(_)) => {}
        (Ok(_), Some(exception)) => return Err(format!("accepted, expected {exception}")),
        (Err(error), None) => return Err(format!("refused: {error}")),
    }
    let found = state_root(&state);
    if found != case.hash {
        return Err(format!("state root {found}, expected {}", case.hash));
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failures: BTreeMap<String, String>,
    unknown_forks: Vec<String>,
}

/// The name of a unit, unless it is the file's.
fn short(file: &str, unit: &str) -> String {
    if file.ends_with(&format!("/{unit}.json")) {
        String::new()
    } else {
        format!("{unit} ")
    }
}

fn run_file(name: &str, text: &[u8], tally: &mut Tally) {
    let units: BTreeMap<String, Unit> = match serde_json::from_slice(text) {
        Ok(units) => units,
        Err(error) => {
            tally.failures.insert(name.into(), error.to_string());
            return;
        }
    };
    for (unit_name, unit) in &units {
        let state = pre_state(unit);
        for (fork_name, cases) in &unit.post {
            let Some(fork) = fork(fork_name) else {
                tally.unknown_forks.push(format!("{name} {fork_name}"));
                continue;
            };
            let input = input(unit, fork);
            let fixture = Fixture {
                state: state.clone(),
                number: input.height.get(),
            };
            for (index, case) in cases.iter().enumerate() {
                match check(&fixture, &input, case) {
                    Ok(()) => tally.passed += 1,
                    Err(error) => {
                        let case = format!("{name} {}{fork_name} {index}", short(name, unit_name));
                        tally.failures.insert(case, error);
                    }
                }
            }
        }
    }
}

fn archive() -> Option<Vec<(String, Vec<u8>)>> {
    let data = std::env::var_os("QIANTANG_TEST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = data.join("ethereum/state-tests/GeneralStateTests.tar.xz");
    let Ok(file) = std::fs::File::open(&path) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            path.display()
        );
        println!("skipped: {} is missing", path.display());
        return None;
    };
    let mut archive = tar::Archive::new(liblzma::read::XzDecoder::new(file));
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        if name.ends_with(".json") {
            let mut text = Vec::new();
            entry.read_to_end(&mut text).unwrap();
            files.push((name, text));
        }
    }
    Some(files)
}

#[test]
fn every_case_passes_but_the_listed_ones() {
    let Some(files) = archive() else { return };
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut tally = Tally::default();
                while let Some((name, text)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run_file(name, text, &mut tally);
                }
                let mut total = total.lock().unwrap();
                total.passed += tally.passed;
                total.failures.extend(tally.failures);
                total.unknown_forks.extend(tally.unknown_forks);
            });
        }
    });
    let tally = total.into_inner().unwrap();
    println!("{} files, {} cases pass", files.len(), tally.passed);
    let unexpected: Vec<_> = tally
        .failures
        .iter()
        .filter(|(case, _)| {
            !EXPECTED_FAILURES
                .iter()
                .any(|(name, _)| *name == case.as_str())
        })
        .collect();
    assert!(
        unexpected.is_empty(),
        "{} cases fail: {unexpected:#?}",
        unexpected.len()
    );
    assert_eq!(
        tally.failures.len(),
        EXPECTED_FAILURES.len(),
        "a listed case passes"
    );
    assert!(tally.unknown_forks.is_empty(), "{:?}", tally.unknown_forks);
    assert!(tally.passed > 10_000, "only {} cases ran", tally.passed);
}
