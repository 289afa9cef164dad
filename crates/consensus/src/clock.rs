//! The chain's clock: the wall clock, unless a development chain lets time run faster.

use qiantang_types::TimestampMs;
use std::time::Duration;

/// From the wall clock's time to the chain's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainClock {
    wall: TimestampMs,
    chain: TimestampMs,
    factor: u32,
}

impl Default for ChainClock {
    /// The wall clock itself.
    fn default() -> Self {
        Self::starting(TimestampMs::new(0), TimestampMs::new(0), 1)
    }
}

impl ChainClock {
    /// A clock that shows `chain` when the wall clock shows `wall`, and runs `factor` times as
    /// fast from there; zero is one.
    pub const fn starting(wall: TimestampMs, chain: TimestampMs, factor: u32) -> Self {
        let factor = if factor == 0 { 1 } else { factor };
        Self {
            wall,
            chain,
            factor,
        }
    }

    /// The chain's time at a time of the wall clock.
    pub(crate) fn at(&self, wall: TimestampMs) -> TimestampMs {
        let passed = wall.get().saturating_sub(self.wall.get());
        let passed = passed.saturating_mul(self.factor.into());
        TimestampMs::new(self.chain.get().saturating_add(passed))
    }

    /// How long the wall clock takes from one time of the chain to a later one.
    pub(crate) fn between(&self, earlier: TimestampMs, later: TimestampMs) -> Duration {
        let passed = later.get().saturating_sub(earlier.get());
        Duration::from_millis(passed.checked_div(self.factor.into()).unwrap_or(passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_shows_itself_and_another_runs_as_told() {
        let at = TimestampMs::new;
        let wall = ChainClock::default();
        assert_eq!(wall.at(at(1_795_000_000_123)), at(1_795_000_000_123));
        assert_eq!(wall.between(at(5), at(8)), Duration::from_millis(3));
        let fast = ChainClock::starting(at(1_000), at(50_000), 100);
        assert_eq!(fast.at(at(1_002)), at(50_200));
        assert_eq!(fast.at(at(900)), at(50_000), "never before its start");
        assert_eq!(
            fast.between(at(50_000), at(50_950)),
            Duration::from_millis(9)
        );
        assert_eq!(fast.between(at(60_000), at(50_000)), Duration::ZERO);
        assert_eq!(ChainClock::starting(at(0), at(0), 0), wall);
    }
}
