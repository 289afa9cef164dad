//! What every operation answers to malformed, static, paid and starved calls.

use super::world::{
    ALL_POWERS, BANKER, GROWER, INSPECTOR, SUPERVISION, TOKEN, World, issuing, rule,
};
use crate::{
    Halt, IModule, Module, module_at,
    policy::{
        ADDRESS, GOVERNANCE,
        IPolicy::{self, OrderKind},
    },
};
use alloy_primitives::{U256, hex};
use alloy_sol_types::{SolCall as _, SolInterface as _};
use proptest::prelude::*;
use qiantang_types::Height;

fn module() -> &'static Module {
    module_at(ADDRESS, Height::GENESIS).unwrap()
}

#[test]
fn a_call_that_no_operation_takes_is_refused() {
    let revert = |result| match result {
        Err(Halt::Revert(data)) => IModule::IModuleErrors::abi_decode(&data).unwrap(),
        other => panic!("{other:?}"),
    };
    let mut world = World::new();
    let slots = world.chain.slots.clone();
    for input in [&[][..], &[1, 2, 3], &hex!("deadbeef00")] {
        let error = revert(world.chain.call(module(), input));
        assert!(matches!(error, IModule::IModuleErrors::UnknownSelector(_)));
    }
    let malformed = [&IPolicy::setRuleCall::SELECTOR[..], &[0xff; 256]].concat();
    let error = revert(world.chain.call(module(), &malformed));
    assert!(matches!(error, IModule::IModuleErrors::MalformedInput(_)));
    let call = IPolicy::setRuleCall {
        rule: rule(TOKEN, 0, 4),
    };
    world.chain.caller = GOVERNANCE;
    world.chain.value = U256::from(1);
    let error = revert(world.chain.call(module(), &call.abi_encode()));
    assert!(matches!(error, IModule::IModuleErrors::NotPayable(_)));
    world.chain.value = U256::ZERO;
    world.chain.is_static = true;
    let error = revert(world.chain.call(module(), &call.abi_encode()));
    assert!(matches!(error, IModule::IModuleErrors::StaticCall(_)));
    assert!(world.chain.slots == slots && world.chain.logs.is_empty());
}

#[test]
fn every_operation_stops_when_its_gas_is_used_up() {
    let mut world = World::new();
    let id = world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
    let order = world.order(OrderKind::FreezeAccount, GROWER);
    let call = issuing(id, &order).abi_encode();
    let before = world.clone();
    world.chain.caller = INSPECTOR;
    world.chain.call(module(), &call).unwrap();
    let needed = world.chain.gas_used;
    for part in 0..50 {
        let mut poor = before.clone();
        poor.chain.caller = INSPECTOR;
        poor.chain.gas_limit = needed * part / 50;
        let result = poor.chain.call(module(), &call);
        assert_eq!(result, Err(Halt::OutOfGas), "{part}");
        assert!(poor.chain.slots == before.chain.slots);
        assert_eq!(poor.chain.logs.len(), before.chain.logs.len());
    }
    let mut exact = before;
    exact.chain.caller = INSPECTOR;
    exact.chain.gas_limit = needed;
    exact.chain.call(module(), &call).unwrap();
    assert_eq!(exact.chain.slots, world.chain.slots);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_input_is_fatal(
        operation in 0..100_usize,
        caller in prop::sample::select(vec![BANKER, INSPECTOR, GOVERNANCE, TOKEN]),
        words in prop::collection::vec(prop_oneof![
            Just(U256::ZERO), Just(U256::from(1)), Just(U256::from(32)), Just(U256::from(64)),
            Just(U256::from(96)), Just(U256::from(128)), Just(U256::MAX),
            any::<u64>().prop_map(U256::from), Just(U256::from_be_slice(GROWER.as_slice())),
            any::<[u8; 32]>().prop_map(U256::from_be_bytes),
        ], 0..16),
        cut in 0..32_usize,
    ) {
        let mut world = World::new();
        world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
        let order = world.order(OrderKind::Limit, GROWER);
        world.issue(INSPECTOR, 1, &order);
        let selectors: Vec<[u8; 4]> = IPolicy::IPolicyCalls::selectors().collect();
        let mut input = selectors[operation % selectors.len()].to_vec();
        for word in words {
            input.extend_from_slice(&word.to_be_bytes::<32>());
        }
        input.truncate(input.len().saturating_sub(cut));
        world.chain.caller = caller;
        let result = world.chain.call(module(), &input);
        prop_assert!(!matches!(result, Err(Halt::Fatal(_))), "{result:?}");
    }
}
