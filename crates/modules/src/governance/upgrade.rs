//! The protocol version, by height.

use super::{
    ADDRESS, Governance,
    IGovernance::{Unchanged, UpgradeChanged, UpgradeTooSoon, VersionOutOfOrder},
};
use crate::{Context, Halt, emit, within};

/// The version of a new chain.
pub const FIRST_VERSION: u32 = 1;
/// Blocks between the effect of a decision and the upgrade, at least.
pub const UPGRADE_NOTICE: u64 = 16;

crate::record! {
    /// The version, and the next one.
    pub(crate) struct Upgrade {
        /// The version that holds before `height`; zero before genesis wrote it.
        version: u32,
        /// The version that holds from `height` on; zero for none.
        next: u32,
        /// Block height.
        height: u64,
        /// Code of the signature scheme of the validators.
        scheme: u8,
    }
}

impl Upgrade {
    /// What holds at a height, with an upgrade that has happened folded in.
    fn at_height(self, height: u64) -> Self {
        if self.next == 0 || height < self.height {
            return self;
        }
        Self {
            version: self.next,
            next: 0,
            height: 0,
            ..self
        }
    }
}

/// The protocol version that holds at this height; zero before genesis wrote one. One load.
///
/// # Errors
/// As [`Context::load`].
pub fn protocol_version(ctx: &mut dyn Context) -> Result<u32, Halt> {
    within(ctx, ADDRESS, |ctx| Ok(now(ctx)?.version))
}

/// Version, next version and its height, at this height.
pub(super) fn now(ctx: &mut dyn Context) -> Result<Upgrade, Halt> {
    let stored = Governance::storage().upgrade.get(ctx)?;
    Ok(stored.at_height(ctx.height().get()))
}

/// Refuses an upgrade that is not the next one, or comes without notice.
pub(super) fn check(ctx: &mut dyn Context, version: u32, height: u64) -> Result<(), Halt> {
    let now = now(ctx)?;
    if version == now.version && height == 0 {
        let is_planned = now.next != 0;
        return if is_planned {
            Ok(())
        } else {
            Err(Halt::revert(Unchanged {}))
        };
    }
    let expected = now.version.saturating_add(1);
    if version != expected {
        return Err(Halt::revert(VersionOutOfOrder { version, expected }));
    }
    if now.next == version && now.height == height {
        return Err(Halt::revert(Unchanged {}));
    }
    let earliest = ctx.height().get().saturating_add(UPGRADE_NOTICE);
    if height < earliest {
        return Err(Halt::revert(UpgradeTooSoon { height, earliest }));
    }
    Ok(())
}

/// Plans an upgrade that was checked, or calls it off.
pub(super) fn set(ctx: &mut dyn Context, version: u32, height: u64) -> Result<(), Halt> {
    let now = now(ctx)?;
    let next = if height == 0 { 0 } else { version };
    let upgrade = Upgrade {
        next,
        height,
        ..now
    };
    Governance::storage().upgrade.set(ctx, &upgrade)?;
    emit(ctx, &UpgradeChanged { version, height })
}
