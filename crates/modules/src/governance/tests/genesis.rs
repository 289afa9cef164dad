//! What a new chain has decided before its first vote.

use super::world::{World, key, spec_with_validators};
use crate::{
    Halt,
    governance::{
        self, ADDRESS, FIRST_VERSION, IGovernance, parameters, protocol_version, validators,
    },
    testing::{MapContext, spec},
};
use alloy_primitives::{Address, U256};

#[test]
fn the_spec_is_what_holds() {
    let mut spec = spec_with_validators();
    spec.parameters.trace_strict = true;
    spec.parameters.members_only = true;
    spec.parameters.member_gas_per_block = 123_456_789;
    spec.parameters.member_bytes_per_day = u64::MAX;
    let mut world = World::with(&spec);
    assert_eq!(parameters(&mut world.chain).unwrap(), Some(spec.parameters));
    assert_eq!(protocol_version(&mut world.chain).unwrap(), FIRST_VERSION);
    let all = validators(&mut world.chain).unwrap();
    let expected: Vec<_> = (0..4).map(|n| (key(n), u64::from(n) + 1)).collect();
    let found: Vec<_> = all
        .into_iter()
        .map(|validator| (validator.key, validator.organisation))
        .collect();
    assert_eq!(found, expected);

    let shown = world.view(&IGovernance::parametersCall {});
    assert!(shown.traceStrict && shown.membersOnly);
    assert_eq!(shown.memberGasPerBlock, 123_456_789);
    let members = world.view(&IGovernance::membersCall {
        cursor: U256::from(1),
        limit: U256::from(2),
    });
    assert_eq!(
        members
            .list
            .iter()
            .map(|member| member.organisation)
            .collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(members.next, U256::from(3));
}

#[test]
fn reading_the_parameters_takes_three_loads() {
    let mut world = World::new();
    world.chain.loads = 0;
    parameters(&mut world.chain).unwrap();
    assert_eq!(world.chain.loads, 3);
    protocol_version(&mut world.chain).unwrap();
    assert_eq!(world.chain.loads, 4);
}

#[test]
fn before_genesis_nothing_holds() {
    let mut empty = MapContext::new(Address::ZERO);
    assert_eq!(parameters(&mut empty).unwrap(), None);
    assert_eq!(protocol_version(&mut empty).unwrap(), 0);
    assert_eq!(validators(&mut empty).unwrap(), []);
}

#[test]
fn validators_that_nobody_names_belong_to_nobody() {
    let mut spec = spec_with_validators();
    spec.organisations[1].validators.clear();
    let mut world = World::with(&spec);
    let owners: Vec<u64> = validators(&mut world.chain)
        .unwrap()
        .iter()
        .map(|validator| validator.organisation)
        .collect();
    assert_eq!(owners, [1, 0, 3, 4]);
}

#[test]
fn a_spec_that_contradicts_itself_has_no_genesis() {
    let good = spec_with_validators();
    let mut unknown = good.clone();
    unknown.organisations[0].validators = vec![key(7)];
    let mut twice = good.clone();
    twice.organisations[0].validators = vec![key(1)];
    let mut crowd = spec();
    crowd.validators = (0..=128_u8).map(|n| [n; 33].into()).collect();
    let mut poor = good.clone();
    poor.parameters.transaction_gas_limit = 1_000_000;
    let cases = [
        (unknown, "not in `validators`"),
        (twice, "both name"),
        (crowd, "at most 128"),
        (poor, "could not decide"),
    ];
    for (spec, expected) in cases {
        let mut ctx = MapContext::new(ADDRESS);
        ctx.gas_limit = u64::MAX;
        let Err(Halt::Fatal(message)) = governance::genesis(&mut ctx, &spec) else {
            panic!("{expected}: accepted");
        };
        assert!(message.contains(expected), "{message}");
    }
    // Without organisations nobody decides, and small blocks are fine.
    let mut small = good;
    small.organisations.clear();
    small.parameters.block_gas_limit = 30_000_000;
    World::with(&small);
}
