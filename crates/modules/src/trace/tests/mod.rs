//! Trace over a plain map: scenes of a supply chain, without a virtual machine.

mod contents;
mod corpus;
mod corrections;
mod custody;
mod lineage;
mod organisations;
mod published;
mod random;
mod world;

use super::ITrace;
use crate::{Halt, IModule, trace};
use alloy_primitives::{U256, hex};
use alloy_sol_types::{SolCall, SolInterface};
use world::{ALICE, BOB, World, module, object, party_of};

#[test]
fn a_call_that_no_operation_takes_is_refused() {
    let revert = |result| match result {
        Err(Halt::Revert(data)) => IModule::IModuleErrors::abi_decode(&data).unwrap(),
        other => panic!("{other:?}"),
    };
    let mut world = World::new();
    for input in [&[][..], &[1, 2, 3], &hex!("deadbeef00")] {
        let error = revert(world.ctx.call(module(), input));
        assert!(matches!(error, IModule::IModuleErrors::UnknownSelector(_)));
    }
    let malformed = [&ITrace::captureCall::SELECTOR[..], &[0xff; 40]].concat();
    let error = revert(world.ctx.call(module(), &malformed));
    assert!(matches!(error, IModule::IModuleErrors::MalformedInput(_)));

    let capture = world.capture_call(&object("ADD", "commissioning", &["urn:a:1"]));
    world.ctx.value = U256::from(1);
    let error = revert(world.ctx.call(module(), &capture));
    assert!(matches!(error, IModule::IModuleErrors::NotPayable(_)));
    world.ctx.value = U256::ZERO;
    world.ctx.is_static = true;
    let error = revert(world.ctx.call(module(), &capture));
    assert!(matches!(error, IModule::IModuleErrors::StaticCall(_)));
    assert!(world.ctx.slots.is_empty() && world.ctx.logs.is_empty());
}

#[test]
fn every_operation_stops_when_its_gas_is_used_up() {
    let mut world = World::new();
    let call = world.capture_call(&object("ADD", "commissioning", &["urn:a:1", "urn:a:2"]));
    world.ctx.call(module(), &call).unwrap();
    let needed = world.ctx.gas_used;
    let before = world.ctx.clone();
    for tenth in 0..10 {
        let mut poor = World::new();
        poor.ctx.gas_limit = needed * tenth / 10;
        assert_eq!(
            poor.ctx.call(module(), &call),
            Err(Halt::OutOfGas),
            "{tenth}"
        );
        assert!(poor.ctx.slots.is_empty() && poor.ctx.logs.is_empty());
    }
    let mut exact = World::new();
    exact.ctx.gas_limit = needed;
    exact.ctx.call(module(), &call).unwrap();
    assert_eq!(exact.ctx.slots, before.slots);
}

#[test]
fn the_table_has_the_module_from_its_activation_on() {
    let height = qiantang_types::Height::GENESIS;
    assert_eq!(
        crate::module_at(trace::ADDRESS, height).unwrap().name,
        "Trace"
    );
    assert!(crate::module_at(ALICE, height).is_none());
}

#[test]
fn a_party_belongs_to_who_registers_it_first() {
    let mut world = World::new();
    let gln = "urn:epc:id:pgln:4012345.00001";
    world.register(BOB, gln).unwrap();
    world
        .register(BOB, "https://id.gs1.org/417/4012345000016")
        .unwrap();
    let refused = world.register(ALICE, gln);
    assert_eq!(world::error_name(&refused), "PartyTaken");
    assert_eq!(party_of(&mut world, gln), BOB);
    let own = format!("did:ethr:{ALICE}");
    assert_eq!(party_of(&mut world, &own), ALICE);
    assert_eq!(world::error_name(&world.register(BOB, &own)), "InvalidId");
    assert_eq!(
        party_of(&mut world, &format!("did:pkh:eip155:571571:{ALICE}")),
        ALICE
    );
    assert_eq!(
        party_of(&mut world, &format!("did:pkh:eip155:1:{ALICE}")),
        alloy_primitives::Address::ZERO,
    );
    for index in 1..16 {
        world.register(BOB, &format!("urn:party:{index}")).unwrap();
    }
    assert_eq!(
        world::error_name(&world.register(BOB, "urn:party:16")),
        "LimitExceeded"
    );
    let ids = world.view(&ITrace::partiesOfCall { account: BOB });
    assert_eq!(ids.len(), 16);
}
