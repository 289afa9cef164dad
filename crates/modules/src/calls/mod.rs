//! Calls of modules: from outside, and from one to another.
//!
//! The table of modules is an order, and a module may call only those that stand before it. So no
//! module is ever entered again while it runs, whatever the others do.

use crate::{Context, Halt, IModule::Reentrant, MODULES, Module, approvals, gas, module_at};
use alloy_primitives::{Address, Bytes};
use alloy_sol_types::{SolCall, SolEvent};
use qiantang_types::REGISTRY_ADDRESS;

/// Runs a call that comes from outside: a transaction's, a contract's or a job's, unless the
/// caller's organisation requires that it is approved.
///
/// # Errors
/// As [`approvals::require`] and the operation. The caller undoes every write and log of the call.
pub fn run(module: &Module, ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    approvals::require(ctx, module.address, input)?;
    (module.call)(ctx, input)
}

/// Runs `work` as another module, with the present module as its caller. Within the module itself
/// it just runs.
///
/// # Errors
/// [`Reentrant`] where the module does not stand below the present one; out of gas; as `work`.
pub fn within<T>(
    ctx: &mut dyn Context,
    module: Address,
    work: impl FnOnce(&mut dyn Context) -> Result<T, Halt>,
) -> Result<T, Halt> {
    let caller = ctx.address();
    if caller == module {
        return work(ctx);
    }
    if rank(module) >= rank(caller) {
        return Err(Halt::revert(Reentrant { caller, module }));
    }
    enter(ctx, module, caller, work)
}

/// Calls an operation of another module through its interface, as the present module.
///
/// # Errors
/// As [`within`] and the operation.
pub fn invoke<Call: SolCall>(
    ctx: &mut dyn Context,
    module: Address,
    call: &Call,
) -> Result<Call::Return, Halt> {
    let found = module_at(module, ctx.height())
        .ok_or_else(|| Halt::Fatal(format!("no module is active at {module}")))?;
    let input = call.abi_encode();
    let output = within(ctx, module, |ctx| (found.call)(ctx, &input))?;
    Call::abi_decode_returns(&output)
        .map_err(|error| Halt::Fatal(format!("module {}: its answer: {error}", found.name)))
}

/// Writes an event of the module's interface.
///
/// # Errors
/// As [`Context::emit`].
pub fn emit(ctx: &mut dyn Context, event: &impl SolEvent) -> Result<(), Halt> {
    ctx.emit(event.encode_log_data())
}

/// [`Context::enter`] with an answer. It asks nobody whether the call may be.
pub(crate) fn enter<T>(
    ctx: &mut dyn Context,
    module: Address,
    caller: Address,
    work: impl FnOnce(&mut dyn Context) -> Result<T, Halt>,
) -> Result<T, Halt> {
    ctx.charge(gas::ENTER)?;
    let (mut work, mut answer) = (Some(work), None);
    ctx.enter(module, caller, &mut |ctx| {
        let work = work
            .take()
            .ok_or_else(|| Halt::Fatal("a context ran a call twice".to_owned()))?;
        answer = Some(work(ctx)?);
        Ok(())
    })?;
    answer.ok_or_else(|| Halt::Fatal("a context did not run a call".to_owned()))
}

/// Place in the order of calls: the registry is below every module, and who is no module (the
/// chain itself) above.
fn rank(address: Address) -> usize {
    if address == REGISTRY_ADDRESS {
        return 0;
    }
    MODULES
        .iter()
        .position(|module| module.address == address)
        .map_or(usize::MAX, |index| index.saturating_add(1))
}

#[cfg(test)]
mod tests;
