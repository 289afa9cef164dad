use super::{Data, List, Mapping, Packing, Place, Size, Slot, Stored, Text, slots_of};
use crate::{Context, Halt, solc, testing::MapContext};
use alloy_primitives::{Address, B256, U256, address, keccak256, uint};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use std::fmt::Write as _;

crate::layout! {
    struct Sample {
        first: Slot<bool>,
        second: Slot<u8>,
        third: Slot<u16>,
        fourth: Slot<Address>,
        fifth: Slot<u64>,
        sixth: Slot<u128>,
        seventh: Slot<U256>,
        eighth: Slot<u32>,
        ninth: Slot<B256>,
        data: Data,
        text: Text,
        after_text: Slot<u8>,
        pair: Slot<Pair>,
        after_pair: Slot<u8>,
        inner: Inner,
        numbers: List<Slot<u64>>,
        flags: List<Slot<bool>>,
        pairs: List<Slot<Pair>>,
        texts: List<Text>,
        by_hash: Mapping<B256, Slot<bool>>,
        by_number: Mapping<U256, Slot<Pair>>,
        by_text: Mapping<String, Inner>,
        nested: Mapping<Address, Mapping<u64, List<Slot<B256>>>>,
    }
}

crate::record! {
    struct Pair {
        left: u64,
        right: Address,
        rest: u64,
    }
}

crate::layout! {
    struct Inner {
        small: Slot<u8>,
        text: Text,
        amounts: Mapping<Address, Slot<u128>>,
    }
}

const SOMEBODY: Address = address!("0x00112233445566778899aabbccddeeff00112233");

fn sample() -> (MapContext, Sample) {
    (
        MapContext::new(SOMEBODY),
        Sample::at(Place::slot(U256::ZERO)),
    )
}

fn hashed(parts: &[&[u8]]) -> U256 {
    keccak256(parts.concat()).into()
}

fn word(value: impl TryInto<U256, Error: std::fmt::Debug>) -> [u8; 32] {
    value.try_into().unwrap().to_be_bytes()
}

#[test]
fn the_layout_is_the_compilers() {
    let source = std::fs::read_to_string(solc::folder().join("Sample.sol")).unwrap();
    if let Some(compiled) = solc::compile(&source) {
        assert_eq!(
            solc::described::<Sample>(),
            solc::reported(&compiled, "Sample")
        );
    }
}

/// Value types by name, with their sizes.
const KINDS: &[(&str, Size)] = &[
    ("bool", Size::Bytes(1)),
    ("uint8", Size::Bytes(1)),
    ("uint16", Size::Bytes(2)),
    ("uint32", Size::Bytes(4)),
    ("uint64", Size::Bytes(8)),
    ("uint128", Size::Bytes(16)),
    ("address", Size::Bytes(20)),
    ("uint256", Size::Bytes(32)),
    ("bytes32", Size::Bytes(32)),
    ("string", Size::Slots(1)),
    ("mapping(bytes32 => bool)", Size::Slots(1)),
    ("uint64[]", Size::Slots(1)),
    ("Three", Size::Slots(3)),
];

#[test]
fn any_order_of_fields_is_packed_as_the_compiler_packs_it() {
    // One run of the compiler over many contracts is much faster than one for each.
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(prop::sample::select(KINDS), 1..24);
    let contracts: Vec<Vec<(&str, Size)>> = (0..200)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let mut source = String::from(
        "// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.24;\n\
         struct Three { uint256 a; uint8 b; uint256 c; }\n",
    );
    for (index, fields) in contracts.iter().enumerate() {
        write!(source, "contract C{index} {{ ").unwrap();
        for (field, (kind, _)) in fields.iter().enumerate() {
            write!(source, "{kind} f{field}; ").unwrap();
        }
        source.push_str("}\n");
    }
    let Some(compiled) = solc::compile(&source) else {
        return;
    };
    for (index, fields) in contracts.iter().enumerate() {
        let name = format!("C{index}");
        let reported = &solc::reported(&compiled, &name)[&format!("struct {name}")];
        let mut packing = Packing::new(U256::ZERO);
        let mut sizes = Vec::new();
        for ((_, size), (field, slot, offset, _)) in fields.iter().zip(reported) {
            let place = packing.next(*size);
            assert_eq!(
                (place.slot, place.offset),
                (*slot, *offset),
                "{field} of {fields:?}"
            );
            sizes.push(*size);
        }
        assert_eq!(
            U256::from(slots_of(&sizes)),
            U256::from(packing.slots_since(U256::ZERO))
        );
    }
}

#[test]
fn values_sit_where_solidity_puts_them() {
    let (mut ctx, sample) = sample();
    sample.first.set(&mut ctx, &true).unwrap();
    sample.second.set(&mut ctx, &0xab).unwrap();
    sample.third.set(&mut ctx, &0xcdef).unwrap();
    sample.fourth.set(&mut ctx, &SOMEBODY).unwrap();
    sample.fifth.set(&mut ctx, &0x0102_0304_0506_0708).unwrap();
    // From the low end: bool, uint8, uint16, address, uint64.
    let packed = uint!(0x010203040506070800112233445566778899aabbccddeeff00112233cdefab01_U256);
    assert_eq!(ctx.slot(U256::ZERO), packed);
    sample.third.set(&mut ctx, &0).unwrap();
    assert_eq!(sample.second.get(&mut ctx).unwrap(), 0xab);
    assert_eq!(sample.fourth.get(&mut ctx).unwrap(), SOMEBODY);
    assert_eq!(sample.third.get(&mut ctx).unwrap(), 0);

    let pair = Pair {
        left: 1,
        right: SOMEBODY,
        rest: 2,
    };
    sample
        .by_number
        .at(&mut ctx, &U256::from(7))
        .unwrap()
        .set(&mut ctx, &pair)
        .unwrap();
    let slot = solc_slot("by_number");
    let first = hashed(&[&word(7), &word(slot)]);
    let low = U256::from(1) | (U256::from_be_slice(SOMEBODY.as_slice()) << 64);
    assert_eq!(
        (ctx.slot(first), ctx.slot(first + U256::ONE)),
        (low, U256::from(2))
    );

    let inner = sample.by_text.at(&mut ctx, &"tea".to_owned()).unwrap();
    inner.small.set(&mut ctx, &5).unwrap();
    let base = hashed(&[b"tea", &word(solc_slot("by_text"))]);
    assert_eq!(ctx.slot(base), U256::from(5));
    inner
        .amounts
        .at(&mut ctx, &SOMEBODY)
        .unwrap()
        .set(&mut ctx, &9)
        .unwrap();
    let amount = hashed(&[SOMEBODY.into_word().as_slice(), &word(base + U256::from(2))]);
    assert_eq!(ctx.slot(amount), U256::from(9));

    let nested = sample
        .nested
        .at(&mut ctx, &SOMEBODY)
        .unwrap()
        .at(&mut ctx, &3)
        .unwrap();
    nested
        .push(&mut ctx)
        .unwrap()
        .set(&mut ctx, &B256::repeat_byte(6))
        .unwrap();
    let outer = hashed(&[SOMEBODY.into_word().as_slice(), &word(solc_slot("nested"))]);
    let list = hashed(&[&word(3), &word(outer)]);
    assert_eq!(ctx.slot(list), U256::ONE);
    assert_eq!(
        ctx.slot(hashed(&[&word(list)])),
        U256::from_be_bytes([6; 32])
    );
}

/// The slot of a field of `Sample`, which another test compares with the compiler.
fn solc_slot(field: &str) -> U256 {
    let layout = solc::described::<Sample>();
    layout["struct Sample"]
        .iter()
        .find(|(name, ..)| name == field)
        .unwrap()
        .1
}

#[test]
fn every_kind_of_field_gives_back_what_it_was_given() {
    let (mut ctx, sample) = sample();
    let hash = B256::repeat_byte(0xee);
    sample.sixth.set(&mut ctx, &u128::MAX).unwrap();
    sample.seventh.set(&mut ctx, &U256::MAX).unwrap();
    sample.eighth.set(&mut ctx, &u32::MAX).unwrap();
    sample.ninth.set(&mut ctx, &hash).unwrap();
    sample.after_text.set(&mut ctx, &u8::MAX).unwrap();
    sample.inner.text.set(&mut ctx, "龙井").unwrap();
    for flag in [true, false, true] {
        sample
            .flags
            .push(&mut ctx)
            .unwrap()
            .set(&mut ctx, &flag)
            .unwrap();
        sample
            .texts
            .push(&mut ctx)
            .unwrap()
            .set(&mut ctx, "杭州")
            .unwrap();
    }
    assert_eq!(sample.sixth.get(&mut ctx).unwrap(), u128::MAX);
    assert_eq!(sample.seventh.get(&mut ctx).unwrap(), U256::MAX);
    assert_eq!(sample.eighth.get(&mut ctx).unwrap(), u32::MAX);
    assert_eq!(sample.ninth.get(&mut ctx).unwrap(), hash);
    assert_eq!(sample.after_text.get(&mut ctx).unwrap(), u8::MAX);
    assert_eq!(sample.inner.text.get(&mut ctx).unwrap(), "龙井");
    let flag = sample.flags.get(&mut ctx, 2).unwrap().unwrap();
    assert!(flag.get(&mut ctx).unwrap());
    let text = sample.texts.get(&mut ctx, 1).unwrap().unwrap();
    assert_eq!(text.get(&mut ctx).unwrap(), "杭州");
    sample.flags.shrink(&mut ctx).unwrap();
    assert_eq!(sample.flags.len(&mut ctx).unwrap(), 2);
}

#[test]
fn small_elements_share_slots() {
    let (mut ctx, sample) = sample();
    for number in 0..9_u64 {
        sample
            .numbers
            .push(&mut ctx)
            .unwrap()
            .set(&mut ctx, &(number + 1))
            .unwrap();
    }
    let slot = solc_slot("numbers");
    assert_eq!(ctx.slot(slot), U256::from(9));
    let first = hashed(&[&word(slot)]);
    let expected = uint!(0x0000000000000004000000000000000300000000000000020000000000000001_U256);
    assert_eq!(ctx.slot(first), expected);
    assert_eq!(ctx.slot(first + U256::from(2)), U256::from(9));
    for number in 0..9 {
        let element = sample.numbers.get(&mut ctx, number).unwrap().unwrap();
        assert_eq!(element.get(&mut ctx).unwrap(), number + 1);
    }
    assert!(sample.numbers.get(&mut ctx, 9).unwrap().is_none());
    sample.pairs.push(&mut ctx).unwrap();
    let second = sample.pairs.push(&mut ctx).unwrap();
    second
        .set(
            &mut ctx,
            &Pair {
                left: 1,
                ..Pair::default()
            },
        )
        .unwrap();
    let at = hashed(&[&word(solc_slot("pairs"))]) + U256::from(2);
    assert_eq!(ctx.slot(at), U256::ONE);
}

#[test]
fn the_first_elements_are_those_that_are_found_one_by_one() {
    let (mut ctx, sample) = sample();
    assert!(sample.numbers.first(&mut ctx, 5).unwrap().is_empty());
    for number in 0..9 {
        let element = sample.numbers.push(&mut ctx).unwrap();
        element.set(&mut ctx, &(number + 1)).unwrap();
    }
    for (maximum, expected) in [(0, 0), (1, 1), (5, 5), (9, 9), (10, 9), (u64::MAX, 9)] {
        let handles = sample.numbers.first(&mut ctx, maximum).unwrap();
        let numbers: Vec<u64> = handles
            .into_iter()
            .map(|handle| handle.get(&mut ctx).unwrap())
            .collect();
        assert_eq!(numbers, (1..=expected).collect::<Vec<u64>>());
    }
}

#[test]
fn bytes_are_stored_as_solidity_stores_them() {
    let (mut ctx, sample) = sample();
    let slot = solc_slot("data");
    sample.data.set(&mut ctx, b"abc").unwrap();
    let mut expected = [0; 32];
    expected[..3].copy_from_slice(b"abc");
    expected[31] = 6;
    assert_eq!(ctx.slot(slot), U256::from_be_bytes(expected));
    sample.data.set(&mut ctx, &[7; 33]).unwrap();
    assert_eq!(ctx.slot(slot), U256::from(67));
    let tail = hashed(&[&word(slot)]);
    assert_eq!(ctx.slot(tail), U256::from_be_bytes([7; 32]));
    assert_eq!(ctx.slot(tail + U256::ONE), U256::from(7) << 248);
    sample.data.set(&mut ctx, b"").unwrap();
    assert!(ctx.slots.is_empty());
}

#[test]
fn damaged_state_is_fatal() {
    let (mut ctx, sample) = sample();
    let slot = solc_slot("text");
    for damaged in [
        U256::from(65 - 2),
        U256::MAX,
        U256::from(0xff_u64 - 1),
        U256::from(3),
    ] {
        ctx.slots.insert((SOMEBODY, slot), damaged);
        assert!(
            matches!(sample.text.get(&mut ctx), Err(Halt::Fatal(_))),
            "{damaged:#x}"
        );
    }
    let damaged = (U256::from(0xff) << 248) | U256::from(2);
    ctx.slots.insert((SOMEBODY, slot), damaged);
    assert!(
        matches!(sample.text.get(&mut ctx), Err(Halt::Fatal(_))),
        "not UTF-8"
    );
}

#[test]
fn every_place_that_is_hashed_is_paid_for() {
    let (mut ctx, sample) = sample();
    sample.by_hash.at(&mut ctx, &B256::ZERO).unwrap();
    assert_eq!(ctx.gas_used, 30 + 2 * 6);
    ctx.gas_used = 0;
    sample.by_text.at(&mut ctx, &"x".repeat(64)).unwrap();
    assert_eq!(ctx.gas_used, 30 + 3 * 6);
    ctx.gas_limit = ctx.gas_used;
    assert_eq!(
        sample.by_hash.at(&mut ctx, &B256::ZERO).err(),
        Some(Halt::OutOfGas)
    );
}

#[test]
fn a_static_call_writes_nothing() {
    let (mut ctx, sample) = sample();
    ctx.is_static = true;
    assert!(matches!(
        sample.first.set(&mut ctx, &true),
        Err(Halt::Revert(_))
    ));
    assert!(matches!(
        sample.text.set(&mut ctx, "x"),
        Err(Halt::Revert(_))
    ));
    assert!(ctx.slots.is_empty());
    assert_eq!(ctx.load(U256::ZERO).unwrap(), U256::ZERO);
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_is_written_is_read_and_leaves_nothing_behind(
        texts in prop::collection::vec(".{0,40}", 1..6),
        pair in any::<(u64, [u8; 20], u64)>(),
        numbers in prop::collection::vec(any::<u64>(), 0..20),
    ) {
        let (mut ctx, sample) = sample();
        for text in &texts {
            sample.text.set(&mut ctx, text).unwrap();
            prop_assert_eq!(&sample.text.get(&mut ctx).unwrap(), text);
        }
        sample.text.set(&mut ctx, "").unwrap();
        prop_assert!(ctx.slots.is_empty());

        let pair = Pair { left: pair.0, right: Address::from(pair.1), rest: pair.2 };
        sample.second.set(&mut ctx, &1).unwrap();
        sample.pair.set(&mut ctx, &pair).unwrap();
        sample.after_pair.set(&mut ctx, &2).unwrap();
        prop_assert_eq!(sample.pair.get(&mut ctx).unwrap(), pair);
        prop_assert_eq!(sample.after_pair.get(&mut ctx).unwrap(), 2);

        for number in &numbers {
            sample.numbers.push(&mut ctx).unwrap().set(&mut ctx, number).unwrap();
        }
        for (index, number) in numbers.iter().enumerate() {
            let element = sample.numbers.get(&mut ctx, index as u64).unwrap().unwrap();
            prop_assert_eq!(element.get(&mut ctx).unwrap(), *number);
        }
    }
}
