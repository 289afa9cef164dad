//! The calls of Governance that the Scheduler makes.

use super::ADDRESS;
use crate::Context;

/// Gas of closing or executing any proposal, with as many members as there may be.
pub const JOB_GAS: u64 = 25_000_000;

/// Whether the chain itself calls. Its call of what is done already is no error.
pub(super) fn is_own_call(ctx: &dyn Context) -> bool {
    ctx.caller() == ADDRESS
}
