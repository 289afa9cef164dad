//! Approvals over a plain map: an organisation with four eyes, without a virtual machine.

mod limits;
mod published;
mod random;
mod scenes;
mod world;

use super::{ADDRESS, IApprovals};
use crate::{Halt, Module, module_at};
use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolInterface as _};
use proptest::prelude::*;
use qiantang_types::Height;
use world::World;

fn module() -> &'static Module {
    module_at(ADDRESS, Height::GENESIS).unwrap()
}

#[test]
fn every_operation_stops_when_its_gas_is_used_up() {
    let mut world = World::new();
    world.set_rule(&world::role_rule(true));
    let call = IApprovals::proposeCall {
        module: crate::identity::ADDRESS,
        input: world::make_role("clerk").abi_encode().into(),
    }
    .abi_encode();
    world.chain.caller = world::MAKER;
    let fresh = world.chain.clone();
    world.chain.call(module(), &call).unwrap();
    let needed = world.chain.gas_used;
    for tenth in 0..10 {
        let mut poor = fresh.clone();
        poor.gas_limit = needed * tenth / 10;
        assert_eq!(poor.call(module(), &call), Err(Halt::OutOfGas), "{tenth}");
        assert_eq!((&poor.slots, &poor.logs), (&fresh.slots, &fresh.logs));
    }
    let mut exact = fresh;
    exact.gas_limit = needed;
    exact.call(module(), &call).unwrap();
    assert_eq!(exact.slots, world.chain.slots);
}

#[test]
fn no_operation_writes_in_a_static_call() {
    let mut world = World::new();
    world.set_rule(&world::role_rule(true));
    world.chain.is_static = true;
    let call = IApprovals::delegateCall {
        stage: IApprovals::Stage::Check,
        account: world::APPROVER,
        until: u64::MAX,
    };
    let result = world.chain.send(Address::repeat_byte(1), ADDRESS, &call);
    let Err(Halt::Revert(_)) = result else {
        panic!("{result:?}");
    };
}

/// A rule for a whole module covers every operation that writes, and nothing that only answers.
#[test]
fn exactly_views_and_personal_operations_are_free() {
    use crate::{MODULES, identity, specs::INTERFACES};
    use alloy_json_abi::StateMutability;
    let mut free = 0;
    for module in MODULES {
        let interface = INTERFACES.iter().find(|known| known.name == module.name);
        for function in interface.unwrap().abi().functions() {
            let selector = function.selector().0;
            let only_answers = matches!(
                function.state_mutability,
                StateMutability::View | StateMutability::Pure
            );
            let is_personal =
                module.address == identity::ADDRESS && super::PERSONAL.contains(&selector);
            let is_free = super::gate::is_free(module.address, u32::from_be_bytes(selector));
            assert_eq!(is_free, only_answers || is_personal, "{}", function.name);
            free += u32::from(is_personal);
        }
    }
    assert_eq!(free, 3);
    assert!(!super::gate::is_free(Address::ZERO, 0));
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
            Just(U256::from(96)), Just(U256::from(192)), Just(U256::MAX),
            Just(crate::identity::ADDRESS.into_word().into()),
            any::<[u8; 32]>().prop_map(U256::from_be_bytes),
        ], 0..12),
        cut in 0..32_usize,
        caller in 0x10..0x17_u8,
    ) {
        let mut world = World::new();
        world.set_rule(&world::role_rule(true));
        world.propose(world::MAKER, &world::make_role("clerk"));
        let selectors: Vec<[u8; 4]> = IApprovals::IApprovalsCalls::selectors().collect();
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
