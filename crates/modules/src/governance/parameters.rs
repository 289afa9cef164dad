//! The rules that execution follows, and how far a vote may move them.

use super::{
    ADDRESS, Governance,
    IGovernance::{
        self, NothingNamed, Parameter, ParameterChanged, ParameterOutOfBounds, Unchanged,
    },
    jobs::JOB_GAS,
};
use crate::{Context, Halt, emit, within};
use alloy_primitives::U256;
use qiantang_types::Parameters;

/// Gas that every operation of Governance fits in, with as many members as there may be. No limit
/// on gas goes below it.
pub const GAS_MIN: u64 = 50_000_000;
/// Highest gas limit of a block.
pub const BLOCK_GAS_MAX: u64 = 1_000_000_000_000;
/// Bytes that a member's largest proposal fits in, many times. No limit on bytes goes below it.
pub const BYTES_MIN: u64 = 128 * 1024;

crate::record! {
    /// [`Parameters`] in three slots.
    pub(crate) struct StoredParameters {
        /// Gas of a block.
        block_gas_limit: u64,
        /// Gas of a transaction.
        transaction_gas_limit: u64,
        /// Gas of a member in a block.
        member_gas_per_block: u64,
        /// Gas of a member in a day.
        member_gas_per_day: u64,
        /// Bytes of a member in a block.
        member_bytes_per_block: u64,
        /// Bytes of a member in a day.
        member_bytes_per_day: u64,
        /// Gas of jobs in a block.
        job_gas_per_block: u64,
        /// Gas of an organisation's jobs in a day.
        job_gas_per_day: u64,
        /// Blocks of an epoch.
        epoch_length: u64,
        /// Whether Trace is strict.
        trace_strict: bool,
        /// Whether only members send.
        members_only: bool,
        /// Whether genesis wrote them.
        is_written: bool,
    }
}

/// The rules that hold from the next block on; `None` before genesis wrote them. Three loads.
///
/// # Errors
/// As [`Context::load`].
pub fn parameters(ctx: &mut dyn Context) -> Result<Option<Parameters>, Halt> {
    let stored = within(ctx, ADDRESS, |ctx| {
        Governance::storage().parameters.get(ctx)
    })?;
    Ok(stored.is_written.then(|| stored.into()))
}

impl From<StoredParameters> for Parameters {
    fn from(stored: StoredParameters) -> Self {
        Self {
            block_gas_limit: stored.block_gas_limit,
            transaction_gas_limit: stored.transaction_gas_limit,
            trace_strict: stored.trace_strict,
            members_only: stored.members_only,
            member_gas_per_block: stored.member_gas_per_block,
            member_gas_per_day: stored.member_gas_per_day,
            member_bytes_per_block: stored.member_bytes_per_block,
            member_bytes_per_day: stored.member_bytes_per_day,
            job_gas_per_block: stored.job_gas_per_block,
            job_gas_per_day: stored.job_gas_per_day,
            epoch_length: stored.epoch_length,
        }
    }
}

impl From<&Parameters> for StoredParameters {
    fn from(parameters: &Parameters) -> Self {
        Self {
            block_gas_limit: parameters.block_gas_limit,
            transaction_gas_limit: parameters.transaction_gas_limit,
            member_gas_per_block: parameters.member_gas_per_block,
            member_gas_per_day: parameters.member_gas_per_day,
            member_bytes_per_block: parameters.member_bytes_per_block,
            member_bytes_per_day: parameters.member_bytes_per_day,
            job_gas_per_block: parameters.job_gas_per_block,
            job_gas_per_day: parameters.job_gas_per_day,
            epoch_length: parameters.epoch_length,
            trace_strict: parameters.trace_strict,
            members_only: parameters.members_only,
            is_written: true,
        }
    }
}

impl From<StoredParameters> for IGovernance::Parameters {
    fn from(stored: StoredParameters) -> Self {
        Self {
            blockGasLimit: stored.block_gas_limit,
            transactionGasLimit: stored.transaction_gas_limit,
            traceStrict: stored.trace_strict,
            membersOnly: stored.members_only,
            memberGasPerBlock: stored.member_gas_per_block,
            memberGasPerDay: stored.member_gas_per_day,
            memberBytesPerBlock: stored.member_bytes_per_block,
            memberBytesPerDay: stored.member_bytes_per_day,
            jobGasPerBlock: stored.job_gas_per_block,
            jobGasPerDay: stored.job_gas_per_day,
            epochLength: stored.epoch_length,
        }
    }
}

/// The value of a parameter; flags are 0 and 1.
fn value(stored: &StoredParameters, parameter: Parameter) -> Result<u64, Halt> {
    Ok(match parameter {
        Parameter::BlockGasLimit => stored.block_gas_limit,
        Parameter::TransactionGasLimit => stored.transaction_gas_limit,
        Parameter::TraceStrict => stored.trace_strict.into(),
        Parameter::MembersOnly => stored.members_only.into(),
        Parameter::MemberGasPerBlock => stored.member_gas_per_block,
        Parameter::MemberGasPerDay => stored.member_gas_per_day,
        Parameter::MemberBytesPerBlock => stored.member_bytes_per_block,
        Parameter::MemberBytesPerDay => stored.member_bytes_per_day,
        Parameter::JobGasPerBlock => stored.job_gas_per_block,
        Parameter::JobGasPerDay => stored.job_gas_per_day,
        Parameter::None | Parameter::__Invalid => return Err(Halt::revert(NothingNamed {})),
    })
}

/// Lowest and highest value of a parameter beside the other ones.
fn bounds(stored: &StoredParameters, parameter: Parameter) -> (u64, u64) {
    match parameter {
        // Jobs come first in a block; the largest transaction must fit in behind them.
        Parameter::BlockGasLimit => (
            stored
                .job_gas_per_block
                .saturating_add(stored.transaction_gas_limit),
            BLOCK_GAS_MAX,
        ),
        Parameter::TransactionGasLimit => (
            GAS_MIN,
            stored
                .block_gas_limit
                .saturating_sub(stored.job_gas_per_block),
        ),
        // One job may have a quarter of it.
        Parameter::JobGasPerBlock => (
            JOB_GAS.saturating_mul(4),
            stored
                .block_gas_limit
                .saturating_sub(stored.transaction_gas_limit),
        ),
        Parameter::TraceStrict | Parameter::MembersOnly => (0, 1),
        Parameter::MemberGasPerBlock => (GAS_MIN, u64::MAX),
        Parameter::MemberGasPerDay => (GAS_MIN.saturating_mul(10), u64::MAX),
        Parameter::MemberBytesPerBlock => (BYTES_MIN, u64::MAX),
        Parameter::MemberBytesPerDay => (BYTES_MIN.saturating_mul(10), u64::MAX),
        Parameter::JobGasPerDay => (0, u64::MAX),
        // Nothing fits between these.
        Parameter::None | Parameter::__Invalid => (1, 0),
    }
}

/// Refuses a limit with which Governance itself could not be called any more. Zero stands for
/// another limit that was checked, or for none.
pub(super) fn check_limit(parameter: Parameter, limit: u64) -> Result<(), Halt> {
    let (minimum, maximum) = bounds(&StoredParameters::default(), parameter);
    if limit == 0 || (minimum..=maximum).contains(&limit) {
        return Ok(());
    }
    Err(out_of_bounds(parameter, limit, (minimum, maximum)))
}

/// Refuses a value that is out of bounds, or that holds already.
pub(super) fn check(ctx: &mut dyn Context, parameter: Parameter, new: u64) -> Result<(), Halt> {
    let stored = Governance::storage().parameters.get(ctx)?;
    if value(&stored, parameter)? == new {
        return Err(Halt::revert(Unchanged {}));
    }
    match parameter {
        Parameter::MemberGasPerBlock
        | Parameter::MemberGasPerDay
        | Parameter::MemberBytesPerBlock
        | Parameter::MemberBytesPerDay => check_limit(parameter, new),
        _ => {
            let (minimum, maximum) = bounds(&stored, parameter);
            if (minimum..=maximum).contains(&new) {
                return Ok(());
            }
            Err(out_of_bounds(parameter, new, (minimum, maximum)))
        }
    }
}

/// Refuses first parameters with which the members could not decide.
pub(super) fn check_first(parameters: &Parameters) -> Result<(), Halt> {
    let stored = StoredParameters::from(parameters);
    for parameter in [
        Parameter::BlockGasLimit,
        Parameter::TransactionGasLimit,
        Parameter::JobGasPerBlock,
    ] {
        let (value, bounds) = (value(&stored, parameter)?, bounds(&stored, parameter));
        if !(bounds.0..=bounds.1).contains(&value) {
            return Err(out_of_bounds(parameter, value, bounds));
        }
    }
    for parameter in [
        Parameter::MemberGasPerBlock,
        Parameter::MemberGasPerDay,
        Parameter::MemberBytesPerBlock,
        Parameter::MemberBytesPerDay,
    ] {
        check_limit(parameter, value(&stored, parameter)?)?;
    }
    Ok(())
}

fn out_of_bounds(parameter: Parameter, value: u64, (minimum, maximum): (u64, u64)) -> Halt {
    Halt::revert(ParameterOutOfBounds {
        parameter,
        value: U256::from(value),
        minimum: U256::from(minimum),
        maximum: U256::from(maximum),
    })
}

/// Writes a value that was checked.
pub(super) fn set(ctx: &mut dyn Context, parameter: Parameter, new: u64) -> Result<(), Halt> {
    let slot = Governance::storage().parameters;
    let mut stored = slot.get(ctx)?;
    let before = value(&stored, parameter)?;
    match parameter {
        Parameter::BlockGasLimit => stored.block_gas_limit = new,
        Parameter::TransactionGasLimit => stored.transaction_gas_limit = new,
        Parameter::TraceStrict => stored.trace_strict = new != 0,
        Parameter::MembersOnly => stored.members_only = new != 0,
        Parameter::MemberGasPerBlock => stored.member_gas_per_block = new,
        Parameter::MemberGasPerDay => stored.member_gas_per_day = new,
        Parameter::MemberBytesPerBlock => stored.member_bytes_per_block = new,
        Parameter::MemberBytesPerDay => stored.member_bytes_per_day = new,
        Parameter::JobGasPerBlock => stored.job_gas_per_block = new,
        Parameter::JobGasPerDay => stored.job_gas_per_day = new,
        Parameter::None | Parameter::__Invalid => return Err(Halt::revert(NothingNamed {})),
    }
    slot.set(ctx, &stored)?;
    emit(
        ctx,
        &ParameterChanged {
            parameter,
            before,
            value: new,
        },
    )
}
