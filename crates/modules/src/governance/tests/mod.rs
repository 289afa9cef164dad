//! Governance over a plain map: scenes between organisations, without a virtual machine.

mod addresses;
mod faults;
mod genesis;
mod published;
mod random;
mod refusals;
mod scenes;
mod world;

use super::{ADDRESS, IGovernance};
use crate::{Halt, IModule, Module, module_at};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolError as _, SolInterface as _};
use proptest::prelude::*;
use qiantang_types::Height;
use world::{World, error_name};

fn module() -> &'static Module {
    module_at(ADDRESS, Height::GENESIS).unwrap()
}

#[test]
fn every_selector_of_the_interface_is_dispatched() {
    let selectors: Vec<[u8; 4]> = IGovernance::IGovernanceCalls::selectors().collect();
    let published = IGovernance::abi::contract();
    assert_eq!(selectors.len(), published.functions().count());
    for function in published.functions() {
        // Zero words decode as arguments of every kind, except that what has a length begins after
        // the head.
        let mut input = function.selector().to_vec();
        let words: usize = function.inputs.iter().map(words_of).sum();
        for argument in &function.inputs {
            let is_dynamic =
                matches!(argument.ty.as_str(), "string" | "bytes") || argument.ty.ends_with("[]");
            let word = if is_dynamic { words * 32 } else { 0 };
            input.extend_from_slice(&U256::from(word).to_be_bytes::<32>());
            input.resize(input.len() + (words_of(argument) - 1) * 32, 0);
        }
        input.extend_from_slice(&[0; 32]);
        let mut world = World::new();
        let result = world.chain.call(module(), &input);
        let name = &function.name;
        assert!(!matches!(result, Err(Halt::Fatal(_))), "{name}: {result:?}");
        if let Err(Halt::Revert(data)) = result {
            assert!(
                IModule::MalformedInput::abi_decode(&data).is_err(),
                "{name}"
            );
            assert!(
                IModule::UnknownSelector::abi_decode(&data).is_err(),
                "{name}"
            );
        }
    }
}

/// Words that an argument takes in the head.
fn words_of(argument: &alloy_json_abi::Param) -> usize {
    match argument.ty.as_str() {
        "uint256[2]" => 2,
        "tuple" => argument.components.iter().map(words_of).sum(),
        _ => 1,
    }
}

#[test]
fn every_operation_stops_when_its_gas_is_used_up() {
    let call = IGovernance::proposeAdmissionCall {
        name: "Ferry".to_owned(),
        organisationKind: 2,
        jurisdiction: "CN".to_owned(),
        administrators: vec![Address::repeat_byte(9)],
        reason: world::REASON.to_owned(),
    }
    .abi_encode();
    let mut world = World::new();
    world.chain.caller = world::ADMINISTRATORS[0];
    let fresh = world.chain.clone();
    world.chain.call(module(), &call).unwrap();
    let needed = world.chain.gas_used;
    for part in 0..40 {
        let mut poor = fresh.clone();
        poor.gas_limit = needed * part / 40;
        assert_eq!(poor.call(module(), &call), Err(Halt::OutOfGas), "{part}");
        assert_eq!((&poor.slots, &poor.logs), (&fresh.slots, &fresh.logs));
    }
    let mut exact = fresh.clone();
    exact.gas_limit = needed;
    exact.call(module(), &call).unwrap();
    assert_eq!(exact.slots, world.chain.slots);
    let mut fixed = fresh;
    fixed.is_static = true;
    let Err(Halt::Revert(data)) = fixed.call(module(), &call) else {
        panic!("a static call proposed");
    };
    assert!(IModule::StaticCall::abi_decode(&data).is_ok());
}

/// A passed proposal that runs out of gas when it is to take effect has not failed.
#[test]
fn want_of_gas_is_no_refusal() {
    let mut world = World::new();
    let id = world.accept(
        world::ADMINISTRATORS[0],
        &scenes::parameter(IGovernance::Parameter::TraceStrict, 1),
    );
    for organisation in 1..=3 {
        world.vote(organisation, id, IGovernance::Choice::Yes);
    }
    let call = IGovernance::executeCall { id }.abi_encode();
    world.chain.next_block();
    let fresh = world.chain.clone();
    world.chain.call(module(), &call).unwrap();
    let needed = world.chain.gas_used;
    for part in 0..40 {
        let mut poor = fresh.clone();
        poor.gas_limit = needed * part / 40;
        assert_eq!(poor.call(module(), &call), Err(Halt::OutOfGas), "{part}");
        assert_eq!(poor.slots, fresh.slots);
    }
    assert_eq!(world.state(id), IGovernance::State::Executed);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_input_is_fatal(
        operation in any::<prop::sample::Index>(),
        words in prop::collection::vec(prop_oneof![
            (0..20_u64).prop_map(U256::from), Just(U256::from(32)), Just(U256::from(64)),
            Just(U256::from(96)), Just(U256::from(128)), Just(U256::MAX),
            any::<u64>().prop_map(U256::from), any::<[u8; 32]>().prop_map(U256::from_be_bytes),
        ], 0..14),
        cut in 0..32_usize,
        caller in 0..5_u8,
    ) {
        let mut world = World::new();
        world.accept(
            world::ADMINISTRATORS[0],
            &scenes::parameter(IGovernance::Parameter::TraceStrict, 1),
        );
        let selectors: Vec<[u8; 4]> = IGovernance::IGovernanceCalls::selectors().collect();
        let mut input = operation.get(&selectors).to_vec();
        for word in words {
            input.extend_from_slice(&word.to_be_bytes::<32>());
        }
        input.truncate(input.len().saturating_sub(cut));
        world.chain.caller = Address::repeat_byte(caller);
        let result = world.chain.call(module(), &input);
        prop_assert!(!matches!(result, Err(Halt::Fatal(_))), "{:?}", result);
    }
}

#[test]
fn a_chain_without_organisations_decides_nothing() {
    let mut spec = crate::testing::spec();
    spec.organisations.clear();
    let mut chain = crate::testing::MapContext::chain(&spec);
    let call = IGovernance::proposeParameterCall {
        parameter: IGovernance::Parameter::TraceStrict,
        value: 1,
        reason: "test".to_owned(),
    };
    let result = chain.send(Address::repeat_byte(1), ADDRESS, &call);
    assert_eq!(error_name(&result), "NoMembers");
}
