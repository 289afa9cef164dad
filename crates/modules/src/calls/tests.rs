//! Calls between modules over a plain map.

use super::{enter, within};
use crate::{
    Context as _, Halt, IModule,
    testing::{MapContext, Rng, play},
    trace,
};
use alloy_primitives::{Address, LogData, U256};
use alloy_sol_types::SolError as _;
use qiantang_types::REGISTRY_ADDRESS;

const CHAIN: Address = Address::ZERO;

#[test]
fn a_module_works_on_its_own_storage_for_the_module_that_called() {
    let mut ctx = MapContext::new(CHAIN);
    ctx.value = U256::from(3);
    let seen = within(&mut ctx, trace::ADDRESS, |ctx| {
        ctx.store(U256::ONE, U256::from(8))?;
        ctx.emit(LogData::default())?;
        Ok((ctx.address(), ctx.caller(), ctx.value()))
    });
    assert_eq!(seen, Ok((trace::ADDRESS, CHAIN, U256::ZERO)));
    assert_eq!((ctx.address, ctx.value), (CHAIN, U256::from(3)));
    assert_eq!(
        ctx.slots,
        [((trace::ADDRESS, U256::ONE), U256::from(8))].into()
    );
    assert_eq!(ctx.logs[0].address, trace::ADDRESS);
}

#[test]
fn calls_go_down_the_table_only() {
    let mut ctx = MapContext::new(REGISTRY_ADDRESS);
    let Err(Halt::Revert(data)) = within(&mut ctx, trace::ADDRESS, |_| Ok(())) else {
        panic!("the registry called a module");
    };
    let refused = IModule::Reentrant::abi_decode(&data).unwrap();
    assert_eq!(
        (refused.caller, refused.module),
        (REGISTRY_ADDRESS, trace::ADDRESS)
    );
    // Within itself a module just goes on, with the caller that it has.
    ctx.address = trace::ADDRESS;
    let caller = within(&mut ctx, trace::ADDRESS, |ctx| Ok(ctx.caller()));
    assert_eq!(caller, Ok(ctx.caller));
}

#[test]
fn what_failed_inside_is_undone_and_what_was_before_stays() {
    let mut ctx = MapContext::new(CHAIN);
    ctx.store(U256::ONE, U256::from(1)).unwrap();
    let result: Result<(), Halt> = within(&mut ctx, trace::ADDRESS, |ctx| {
        ctx.store(U256::ONE, U256::from(2))?;
        ctx.emit(LogData::default())?;
        within(ctx, REGISTRY_ADDRESS, |ctx| {
            ctx.store(U256::ONE, U256::from(3))
        })?;
        Err(Halt::OutOfGas)
    });
    assert_eq!(result, Err(Halt::OutOfGas));
    assert_eq!(ctx.slots, [((CHAIN, U256::ONE), U256::from(1))].into());
    assert!(ctx.logs.is_empty());
    assert_eq!(ctx.address, CHAIN);
}

#[test]
fn random_writes_and_failures_leave_what_a_plain_map_would_have() {
    struct World {
        ctx: MapContext,
        model: std::collections::BTreeMap<(Address, U256), U256>,
    }
    fn nest(ctx: &mut dyn crate::Context, rng: &mut Rng, depth: u64) -> Result<(), Halt> {
        for _ in 0..rng.below(4) {
            ctx.store(U256::from(rng.below(5)), U256::from(rng.below(3)))?;
            if depth > 0 && rng.chance(1, 2) {
                let module = Address::repeat_byte(rng.below(3) as u8);
                // The failure of a call inside is the caller's to bear or to pass on.
                let result = enter(ctx, module, CHAIN, |ctx| nest(ctx, rng, depth - 1));
                if rng.chance(1, 2) {
                    result?;
                }
            }
        }
        if rng.chance(1, 4) {
            return Err(Halt::Revert(Default::default()));
        }
        Ok(())
    }
    let mut world = World {
        ctx: MapContext::new(CHAIN),
        model: Default::default(),
    };
    play(
        1,
        2_000,
        &mut world,
        |world, rng| {
            world.ctx.gas_used = 0;
            let mut replica = (world.ctx.clone(), rng.clone());
            let failed = enter(&mut world.ctx, CHAIN, CHAIN, |ctx| nest(ctx, rng, 3)).is_err();
            // The same choices once more, on a copy that keeps the model.
            let again = enter(&mut replica.0, CHAIN, CHAIN, |ctx| {
                nest(ctx, &mut replica.1, 3)
            });
            assert_eq!(again.is_err(), failed);
            if !failed {
                world.model.clone_from(&replica.0.slots);
            }
        },
        |world| assert_eq!(world.ctx.slots, world.model),
    );
}
