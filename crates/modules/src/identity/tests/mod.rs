//! Identity over a plain map: scenes between four organisations, without a virtual machine.

mod access;
mod keys;
mod members;
mod organisations;
mod published;
mod random;
mod recovery;
mod roles;
mod world;

use super::{ADDRESS, IIdentity};
use crate::{Halt, IModule, Module, module_at};
use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError as _};
use qiantang_types::Height;
use world::{BANKER, Key, World};

fn module() -> &'static Module {
    module_at(ADDRESS, Height::GENESIS).unwrap()
}

#[test]
fn no_operation_writes_in_a_static_call() {
    let mut world = World::new();
    let call = IIdentity::createRoleCall {
        name: "clerk".to_owned(),
        permissions: U256::from(8),
    };
    world.chain.is_static = true;
    let result = world.send(BANKER, &call);
    let Err(Halt::Revert(data)) = result else {
        panic!("{result:?}");
    };
    assert!(IModule::StaticCall::abi_decode(&data).is_ok());
    world.chain.is_static = false;
    assert_eq!(world.accept(BANKER, &call), 16);
}

#[test]
fn every_operation_stops_when_its_gas_is_used_up() {
    let mut world = World::new();
    let key = Key::new(7);
    let call = world
        .adding(world::BANK, (key.address, &key), &[1, 2, 3])
        .abi_encode();
    world.chain.caller = BANKER;
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
