//! Whatever transactions do, no wei appears or disappears, and verifying gives what building gave.

use super::{
    CALL, CHAIN, STORE, WEALTH, address, authorize, eip1559, forwarder, genesis, input, sign,
};
use crate::{BuildLimits, MemoryState, build_block, run_block};
use alloy_consensus::TxEip7702;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use proptest::prelude::*;
use qiantang_types::Transaction;

const REVERTS: Address = Address::repeat_byte(0xc0);
const STORES: Address = Address::repeat_byte(0xc1);
const FORWARDS: Address = Address::repeat_byte(0xc2);
const ENDS: Address = Address::repeat_byte(0xc3);

/// One random transaction, before its nonce is known.
#[derive(Clone, Debug)]
struct Plan {
    from: u8,
    to: u8,
    value: u64,
    price: u128,
    gas: u64,
    gap: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        0..4_u8,
        0..10_u8,
        prop_oneof![0..1_000_u64, 0..WEALTH * 2],
        0..3_u128,
        prop_oneof![20_000..60_000_u64, Just(200_000)],
        prop::bool::weighted(0.1),
    )
        .prop_map(|(from, to, value, price, gas, gap)| Plan {
            from,
            to,
            value,
            price,
            gas,
            gap,
        })
}

fn transaction(plan: &Plan, nonce: u64) -> Transaction {
    let nonce = if plan.gap { nonce + 1 } else { nonce };
    if plan.to == 8 {
        let to = address(plan.from);
        let delegation = TxEip7702 {
            chain_id: CHAIN,
            nonce,
            gas_limit: plan.gas,
            to,
            value: U256::from(plan.value),
            authorization_list: vec![authorize(3, 0, FORWARDS)],
            ..TxEip7702::default()
        };
        return sign(plan.from, delegation);
    }
    let mut tx = eip1559(nonce, Address::ZERO);
    tx.to = match plan.to {
        0..=3 => TxKind::Call(address(plan.to)),
        4 => TxKind::Call(REVERTS),
        5 => TxKind::Call(STORES),
        6 => TxKind::Call(FORWARDS),
        7 => TxKind::Call(ENDS),
        _ => TxKind::Create,
    };
    tx.value = U256::from(plan.value);
    tx.gas_limit = plan.gas;
    tx.max_fee_per_gas = plan.price;
    tx.max_priority_fee_per_gas = plan.price;
    if plan.to > 8 {
        // Init code that ends itself in favour of the third account at once (EIP-6780).
        let mut code = vec![0x73];
        code.extend_from_slice(address(2).as_slice());
        code.push(0xff);
        tx.input = Bytes::from(code);
    }
    sign(plan.from, tx)
}

fn total(state: &MemoryState) -> U256 {
    state.accounts().map(|(_, account)| account.balance).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn balances_are_conserved(blocks in prop::collection::vec(
        prop::collection::vec(plan(), 0..12), 1..4,
    )) {
        let mut ends = vec![0x73];
        ends.extend_from_slice(address(1).as_slice());
        ends.push(0xff);
        let mut state = genesis(&[
            (REVERTS, vec![0x5f, 0x5f, 0xfd]),
            (STORES, STORE.to_vec()),
            (FORWARDS, forwarder(CALL, STORES)),
            (ENDS, ends),
        ]);
        let supply = total(&state);
        for (index, plans) in blocks.iter().enumerate() {
            let input = input(index as u64 + 1);
            let mut nonces = [0, 1, 2, 3].map(|key| state.account(address(key)).unwrap().nonce);
            let candidates: Vec<_> = plans
                .iter()
                .map(|plan| {
                    let nonce = &mut nonces[usize::from(plan.from)];
                    let transaction = transaction(plan, *nonce);
                    *nonce += 1;
                    transaction
                })
                .collect();
            let limits = BuildLimits::default();
            let built =
                build_block(state.clone(), &input, candidates.clone(), limits, || true).unwrap();
            let verified = run_block(state.clone(), &input, &built.included).unwrap();
            prop_assert_eq!(&verified, &built.outcome);
            prop_assert_eq!(verified.receipts.len(), built.included.len());
            state.apply(verified.changes);
            prop_assert_eq!(total(&state), supply);
        }
    }
}
