//! Governance over a plain map: scenes between organisations, without a virtual machine.

mod genesis;
mod published;
mod random;
mod refusals;
mod scenes;
mod world;

use super::{ADDRESS, IGovernance};
use crate::{Halt, IModule, Module, module_at};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolError as _, SolInterface as _};
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
