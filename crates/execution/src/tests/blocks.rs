//! What a block does besides its transactions.

use super::{STORE, Watched, address, contract_call, genesis, input, spec, transfer, words};
use crate::{
    BlockError, BlockExecutor, CallOutcome, CallRequest, Fatal, MemoryState, Refusal,
    TransactionError, cache::history_slot, call, genesis_changes, run_block,
};
use alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
use alloy_primitives::{Address, U256, hex, keccak256};
use qiantang_types::{GenesisAccount, StateKey};

const CONTRACT: Address = Address::repeat_byte(0xcc);

/// Returns the hash of the block whose number is the call data.
const BLOCKHASH: &[u8] = &[0x5f, 0x35, 0x40, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3];

fn output(state: &MemoryState, height: u64, to: Address, data: Vec<u8>) -> Vec<u8> {
    let request = CallRequest {
        to: Some(to),
        data: data.into(),
        ..CallRequest::default()
    };
    match call(state.clone(), &input(height), &request).unwrap() {
        CallOutcome::Success { output, .. } => output.to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn block_hashes_come_from_the_history_contract() {
    let mut state = genesis(&[(CONTRACT, BLOCKHASH.to_vec())]);
    for height in 1..=300 {
        let outcome = run_block(state.clone(), &input(height), &[]).unwrap();
        // In the first block Governance learns the chain's fingerprint.
        let expected = if height == 1 { 2 } else { 1 };
        assert_eq!(outcome.changes.slots.len(), expected);
        state.apply(outcome.changes);
    }
    let expected = |height: u64| input(height + 1).parent_hash;
    let zero = U256::ZERO.to_be_bytes::<32>();
    for height in [44, 45, 299] {
        let found = output(&state, 300, CONTRACT, words(&[height]));
        assert_eq!(found, expected(height).as_slice(), "{height}");
    }
    // Only the last 256 are for the instruction, and a block does not know its own.
    for height in [0, 43, 300, 301] {
        assert_eq!(
            output(&state, 300, CONTRACT, words(&[height])),
            zero,
            "{height}"
        );
    }
    // The contract answers further back (EIP-2935).
    let found = output(&state, 300, HISTORY_STORAGE_ADDRESS, words(&[0]));
    assert_eq!(found, expected(0).as_slice());
}

#[test]
fn the_history_is_a_ring() {
    let outcome = run_block(genesis(&[]), &input(8192), &[]).unwrap();
    let slot = (HISTORY_STORAGE_ADDRESS, U256::ZERO);
    let hash = U256::from_be_bytes(input(8192).parent_hash.0);
    assert_eq!(outcome.changes.slots.get(&slot), Some(&hash));
    assert_eq!(history_slot(8190), U256::from(8190));
}

#[test]
fn genesis_holds_the_allocation_the_history_contract_and_the_modules() {
    let mut spec = spec(&[(CONTRACT, STORE.to_vec())]);
    let module = qiantang_modules::trace::ADDRESS;
    let rich = GenesisAccount {
        balance: U256::from(3),
        storage: [(U256::from(1), U256::from(2)), (U256::from(2), U256::ZERO)].into(),
        ..GenesisAccount::default()
    };
    spec.alloc.insert(module, rich);
    spec.alloc
        .insert(Address::repeat_byte(0xee), GenesisAccount::default());
    let changes = genesis_changes(&spec).unwrap();
    let allocated = changes
        .slots
        .iter()
        .filter(|((owner, _), _)| *owner == module);
    let expected = ((module, U256::from(1)), U256::from(2));
    let allocated: Vec<_> = allocated.map(|(key, value)| (*key, *value)).collect();
    assert_eq!(allocated, [expected], "a zero is no slot");
    let governance = qiantang_modules::governance::ADDRESS;
    let decided = changes.slots.keys().any(|(owner, _)| *owner == governance);
    assert!(decided, "modules write what they make of the spec");
    assert!(!changes.accounts.contains_key(&Address::repeat_byte(0xee)));
    let account = changes.accounts[&module].unwrap();
    assert_eq!(account.balance, U256::from(3));
    assert_eq!(account.code_hash, keccak256([0xfe]));
    for (address, account) in &changes.accounts {
        let account = account.unwrap();
        assert!(!account.is_empty(), "{address}");
        let has_code = account.code_hash != alloy_primitives::KECCAK256_EMPTY;
        assert!(!has_code || changes.code.contains_key(&account.code_hash));
    }
    assert!(changes.accounts[&HISTORY_STORAGE_ADDRESS].unwrap().nonce > 0);
}

#[test]
fn changes_are_what_differs_from_the_parent() {
    let mut state = genesis(&[(CONTRACT, STORE.to_vec())]);
    let write = |nonce, value| contract_call(0, nonce, CONTRACT, &words(&[1, value]));
    let outcome = run_block(state.clone(), &input(1), &[write(0, 5), write(1, 6)]).unwrap();
    let slot = (CONTRACT, U256::from(1));
    assert_eq!(outcome.changes.slots[&slot], U256::from(6));
    state.apply(outcome.changes);
    // There and back again is no change; a zero deletes.
    let outcome = run_block(state.clone(), &input(2), &[write(2, 0), write(3, 6)]).unwrap();
    assert!(!outcome.changes.slots.contains_key(&slot));
    let outcome = run_block(state.clone(), &input(2), &[write(2, 0)]).unwrap();
    assert_eq!(outcome.changes.slots[&slot], U256::ZERO);
    assert_eq!(outcome.changes.accounts.len(), 1, "only the sender's nonce");
    assert!(outcome.changes.code.is_empty());
}

#[test]
fn an_invalid_block_names_the_transaction() {
    let block = [transfer(0, 0, address(1), 1), transfer(0, 2, address(1), 1)];
    let expected = BlockError::Invalid {
        index: 1,
        hash: block[1].hash(),
        refusal: Refusal::NonceTooHigh {
            transaction: 2,
            account: 1,
        },
    };
    assert_eq!(run_block(genesis(&[]), &input(1), &block), Err(expected));
}

#[test]
fn gas_is_limited_by_the_block() {
    let mut input = input(1);
    input.gas_limit = 50_000;
    let block = [
        transfer(0, 0, address(1), 1),
        transfer(0, 1, address(1), 1),
        transfer(0, 2, address(1), 1),
    ];
    // Without the modules, which keep the limit that the members decided.
    let mut executor = BlockExecutor::with_modules(genesis(&[]), &input, &[]).unwrap();
    executor.execute(&block[0]).unwrap();
    executor.execute(&block[1]).unwrap();
    assert_eq!(executor.gas_left(), 8_000);
    let expected = Refusal::BlockGas {
        limit: 21_000,
        left: 8_000,
    };
    assert_eq!(executor.execute(&block[2]).unwrap_err(), expected.into());
    assert_eq!(executor.finish().unwrap().gas_used, 42_000);
}

#[test]
fn a_failed_read_is_fatal_for_the_block() {
    let keys = [
        StateKey::Account(address(0)),
        StateKey::Account(CONTRACT),
        StateKey::Slot(CONTRACT, U256::from(1)),
        StateKey::Code(keccak256(STORE)),
    ];
    let block = [contract_call(0, 0, CONTRACT, &words(&[1, 2]))];
    for key in keys {
        let mut watched = Watched::new(genesis(&[(CONTRACT, STORE.to_vec())]));
        watched.fails_at = Some(key);
        let error = run_block(&mut watched, &input(1), &block).unwrap_err();
        assert!(
            matches!(error, BlockError::Fatal(Fatal::Read(_))),
            "{key:?}"
        );
        // Without prefetching the failure comes from within the virtual machine, and stays.
        let mut executor = BlockExecutor::new(&mut watched, &input(1)).unwrap();
        for _ in 0..2 {
            let error = executor.execute(&block[0]).unwrap_err();
            assert!(
                matches!(error, TransactionError::Fatal(Fatal::Read(_))),
                "{key:?}"
            );
        }
    }
}

#[test]
fn osaka_is_in_force() {
    // PUSH0 CALLDATALOAD CLZ (EIP-7939), returned.
    let zeros = vec![0x5f, 0x35, 0x1e, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3];
    let state = genesis(&[(CONTRACT, zeros)]);
    assert_eq!(output(&state, 1, CONTRACT, words(&[1])), words(&[255]));
    // P256VERIFY (EIP-7951) at 0x100: the first valid vector of RIP-7212.
    let vector = "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d\
                  a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac\
                  36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60\
                  4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3\
                  7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e";
    let mut vector = hex::decode(vector).unwrap();
    let verify = Address::from_word(U256::from(0x100).into());
    assert_eq!(output(&state, 1, verify, vector.clone()), words(&[1]));
    vector[0] ^= 1;
    assert!(output(&state, 1, verify, vector).is_empty());
}
