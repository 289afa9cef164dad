//! What others rely on: the layout of the storage, and that every selector is dispatched.

use super::world::World;
use crate::{
    Halt,
    scheduler::{ADDRESS, IScheduler, Scheduler},
    solc,
};

#[test]
fn the_storage_is_laid_out_as_a_compiler_lays_it_out() {
    let source = std::fs::read_to_string(solc::folder().join("Scheduler.sol")).unwrap();
    if let Some(compiled) = solc::compile(&source) {
        assert_eq!(
            solc::described::<Scheduler>(),
            solc::reported(&compiled, "Scheduler")
        );
    }
}

#[test]
fn every_selector_is_dispatched() {
    let mut world = World::new();
    let abi = IScheduler::abi::contract();
    assert_eq!(abi.functions().count(), 19);
    for function in abi.functions() {
        // Zeros decode for no operation with dynamic arguments; what matters is who refuses.
        let mut input = function.selector().to_vec();
        input.extend_from_slice(&[0; 32 * 40]);
        let module = crate::module_at(ADDRESS, world.chain.height).unwrap();
        let result = world.chain.call(module, &input);
        assert!(
            !matches!(result, Err(Halt::Fatal(_) | Halt::OutOfGas)),
            "{}: {result:?}",
            function.name
        );
    }
}
