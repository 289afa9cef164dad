//! Whatever code and input a transaction brings, execution neither panics nor finds itself
//! inconsistent, and does the same each time.

use super::{contract_call, eip1559, genesis, input, sign};
use crate::{Fiber, StateReader as _, Step, run_block};
use alloy_primitives::{Address, U256};
use proptest::prelude::*;
use qiantang_modules::MODULES;

const CONTRACT: Address = Address::repeat_byte(0xcc);

/// Instructions that do more than move words about.
const LIVELY: &[u8] = &[
    0x20, 0x31, 0x35, 0x37, 0x39, 0x3c, 0x3e, 0x3f, 0x40, 0x49, 0x51, 0x52, 0x54, 0x55, 0x56, 0x57,
    0x5b, 0x5c, 0x5d, 0x5e, 0xa0, 0xa2, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xfa, 0xfd, 0xff,
];

/// Code that mostly runs for a while: pushes of small numbers and addresses of interest between
/// lively instructions.
fn code() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => (0..=0x20_u8).prop_map(|word| vec![0x60, word]),
        1 => Just(vec![0x5f]),
        1 => target().prop_map(|target| [&[0x73], target.as_slice()].concat()),
        4 => prop::sample::select(LIVELY).prop_map(|instruction| vec![instruction]),
        1 => any::<u8>().prop_map(|instruction| vec![instruction]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Precompiles of Ethereum up to P256VERIFY, the modules, and the contract itself.
fn target() -> impl Strategy<Value = Address> {
    prop_oneof![
        (1..=0x12_u64).prop_map(|index| Address::from_word(U256::from(index).into())),
        Just(Address::from_word(U256::from(0x100).into())),
        prop::sample::select(MODULES).prop_map(|module| module.address),
        Just(CONTRACT),
    ]
}

/// Input that may begin with a selector of a module.
fn data() -> impl Strategy<Value = Vec<u8>> {
    let tail = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(0..3_u64, 0..20).prop_map(|small| super::words(&small)),
    ];
    (any::<[u8; 4]>(), tail).prop_map(|(head, tail)| [head.as_slice(), &tail].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_code_and_input_do_the_same_everywhere(
        code in code(),
        target in target(),
        data in data(),
        create in any::<bool>(),
    ) {
        let state = genesis(&[(CONTRACT, code.clone())]);
        let mut creation = eip1559(2, CONTRACT);
        creation.input = code.into();
        if create {
            creation.to = alloy_primitives::TxKind::Create;
        }
        let block = [
            contract_call(0, 0, target, &data),
            contract_call(0, 1, CONTRACT, &data),
            sign(0, creation),
        ];
        let expected = run_block(state.clone(), &input(1), &block);
        prop_assert!(expected.is_ok(), "{expected:?}");
        let mut fiber = Fiber::run(input(1), block.to_vec().into()).unwrap();
        let mut values = Vec::new();
        let found = loop {
            match fiber.resume(values).unwrap() {
                Step::Need(keys) => values = state.clone().read_many(&keys).unwrap(),
                Step::Done(result) => break result,
            }
        };
        prop_assert_eq!(found, expected);
    }
}
