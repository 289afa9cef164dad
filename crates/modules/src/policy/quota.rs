//! What members may use, and have used.
//!
//! A transaction is admitted when the gas that it asks for and its bytes fit into what is left of
//! the block's and the day's share of its organisation; afterwards what it really used is counted.
//! So one member's flood ends where its share ends, and the others keep theirs.

use super::{
    Denial, IPolicy, Policy, QuotaRecord, UsageRecord, calendar,
    denial::{Excess, Span, Stop, Unit},
    require_governance, require_organisation,
};
use crate::{Context, Halt, emit};
use qiantang_types::Parameters;

/// No limit, in a quota that Governance sets.
const UNLIMITED: u64 = u64::MAX;

/// What holds for a member: `None` for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    gas_per_block: Option<u64>,
    gas_per_day: Option<u64>,
    bytes_per_block: Option<u64>,
    bytes_per_day: Option<u64>,
}

impl Limits {
    /// What the parameters say where the quota says nothing.
    fn new(quota: &QuotaRecord, parameters: &Parameters) -> Self {
        let one = |own: u64, parameter: u64| match (own, parameter) {
            (UNLIMITED, _) | (0, 0) => None,
            (0, parameter) => Some(parameter),
            (own, _) => Some(own),
        };
        Self {
            gas_per_block: one(quota.gas_per_block, parameters.member_gas_per_block),
            gas_per_day: one(quota.gas_per_day, parameters.member_gas_per_day),
            bytes_per_block: one(quota.bytes_per_block, parameters.member_bytes_per_block),
            bytes_per_day: one(quota.bytes_per_day, parameters.member_bytes_per_day),
        }
    }

    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl UsageRecord {
    /// What of it counts in a block of this height and day.
    fn at(mut self, height: u64, day: u64) -> Self {
        if self.height != height {
            (self.gas_in_block, self.bytes_in_block) = (0, 0);
        }
        if self.day != day {
            (self.gas_in_day, self.bytes_in_day) = (0, 0);
        }
        (self.height, self.day) = (height, day);
        self
    }

    /// Counts a transaction.
    fn count(&mut self, gas: u64, bytes: u64) {
        self.gas_in_block = self.gas_in_block.saturating_add(gas);
        self.gas_in_day = self.gas_in_day.saturating_add(gas);
        self.bytes_in_block = self.bytes_in_block.saturating_add(bytes);
        self.bytes_in_day = self.bytes_in_day.saturating_add(bytes);
    }

    /// Whether a transaction fits. What cannot fit at all comes first, because waiting is no use.
    fn check(&self, limits: &Limits, organisation: u64, asked: Asked) -> Result<(), Denial> {
        let spans = [
            (
                Unit::Gas,
                Span::Block,
                self.gas_in_block,
                limits.gas_per_block,
            ),
            (Unit::Gas, Span::Day, self.gas_in_day, limits.gas_per_day),
            (
                Unit::Bytes,
                Span::Block,
                self.bytes_in_block,
                limits.bytes_per_block,
            ),
            (
                Unit::Bytes,
                Span::Day,
                self.bytes_in_day,
                limits.bytes_per_day,
            ),
        ];
        let mut waits = None;
        for (unit, span, used, quota) in spans {
            let asked = match unit {
                Unit::Gas => asked.gas,
                Unit::Bytes => asked.bytes,
            };
            let Some(quota) = quota else { continue };
            let excess = Excess {
                organisation,
                unit,
                span,
                used,
                asked,
                quota,
            };
            if asked > quota {
                return Err(Denial::QuotaTooSmall(excess));
            }
            // The day's reason stands before the block's: it tells how long to wait.
            if used.saturating_add(asked) > quota && (waits.is_none() || span == Span::Day) {
                waits = Some(excess);
            }
        }
        waits.map_or(Ok(()), |excess| Err(Denial::QuotaUsed(excess)))
    }
}

/// What a transaction asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) gas: u64,
    pub(super) bytes: u64,
}

/// Whether a member's transaction fits into its quota.
pub(super) fn check(
    ctx: &mut dyn Context,
    has_overrides: bool,
    organisation: u64,
    asked: Asked,
) -> Result<(), Stop<Denial>> {
    let limits = limits(ctx, has_overrides, organisation)?;
    if limits.is_none() {
        return Ok(());
    }
    let usage = usage(ctx, organisation)?;
    usage
        .check(&limits, organisation, asked)
        .map_err(Stop::Denied)
}

/// Counts what a member's transaction used.
pub(super) fn count(
    ctx: &mut dyn Context,
    has_overrides: bool,
    organisation: u64,
    used: Asked,
) -> Result<(), Halt> {
    if limits(ctx, has_overrides, organisation)?.is_none() {
        return Ok(());
    }
    let mut usage = usage(ctx, organisation)?;
    usage.count(used.gas, used.bytes);
    let slot = Policy::storage().usage.at(ctx, &organisation)?;
    slot.set(ctx, &usage)
}

fn limits(ctx: &mut dyn Context, has_overrides: bool, member: u64) -> Result<Limits, Halt> {
    let quota = if has_overrides {
        Policy::storage().quotas.at(ctx, &member)?.get(ctx)?
    } else {
        QuotaRecord::default()
    };
    Ok(Limits::new(&quota, ctx.parameters()))
}

fn usage(ctx: &mut dyn Context, organisation: u64) -> Result<UsageRecord, Halt> {
    let (height, day) = (ctx.height().get(), calendar::day(ctx.time()));
    let usage = Policy::storage().usage.at(ctx, &organisation)?.get(ctx)?;
    Ok(usage.at(height, day))
}

/// Sets a member's quota in the name of the members.
pub(super) fn set(
    ctx: &mut dyn Context,
    organisation: u64,
    quota: IPolicy::Quota,
) -> Result<(), Halt> {
    require_governance(ctx)?;
    if organisation != 0 {
        require_organisation(ctx, organisation)?;
    }
    let policy = Policy::storage();
    let record = QuotaRecord {
        gas_per_block: quota.gasPerBlock,
        gas_per_day: quota.gasPerDay,
        bytes_per_block: quota.bytesPerBlock,
        bytes_per_day: quota.bytesPerDay,
    };
    let slot = policy.quotas.at(ctx, &organisation)?;
    let before = slot.get(ctx)? != QuotaRecord::default();
    let after = record != QuotaRecord::default();
    slot.set(ctx, &record)?;
    let mut settings = policy.settings.get(ctx)?;
    let others = settings.quotas.saturating_sub(u32::from(before));
    settings.quotas = others.saturating_add(u32::from(after));
    policy.settings.set(ctx, &settings)?;
    emit(
        ctx,
        &IPolicy::QuotaSet {
            organisation,
            quota,
        },
    )
}

/// What a member may use and has used, for the view.
pub(super) fn view(
    ctx: &mut dyn Context,
    organisation: u64,
) -> Result<IPolicy::quotaOfReturn, Halt> {
    let limits = limits(ctx, true, organisation)?;
    let usage = usage(ctx, organisation)?;
    Ok(IPolicy::quotaOfReturn {
        quota: IPolicy::Quota {
            gasPerBlock: limits.gas_per_block.unwrap_or_default(),
            gasPerDay: limits.gas_per_day.unwrap_or_default(),
            bytesPerBlock: limits.bytes_per_block.unwrap_or_default(),
            bytesPerDay: limits.bytes_per_day.unwrap_or_default(),
        },
        usage: IPolicy::Usage {
            gasInBlock: usage.gas_in_block,
            gasInDay: usage.gas_in_day,
            bytesInBlock: usage.bytes_in_block,
            bytesInDay: usage.bytes_in_day,
        },
    })
}
