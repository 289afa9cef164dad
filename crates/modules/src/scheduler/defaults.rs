//! Schedules and jobs that say nothing but what they must.

use super::IScheduler;
use alloy_primitives::{Address, Bytes};

impl IScheduler::Schedule {
    /// A schedule with nothing but a kind: from now on, in UTC, without a calendar or an end. Most
    /// kinds need more than that.
    pub const fn of(kind: IScheduler::Kind) -> Self {
        Self {
            kind,
            start: 0,
            every: 0,
            timeOfDay: 0,
            day: 0,
            zone: String::new(),
            calendar: String::new(),
            adjustment: IScheduler::Adjustment::None,
            until: 0,
            count: 0,
        }
    }
}

impl IScheduler::NewJob {
    /// A call that is tried once each time, and made up for each time that it was missed.
    pub const fn new(
        target: Address,
        input: Bytes,
        gas_limit: u64,
        schedule: IScheduler::Schedule,
    ) -> Self {
        Self {
            target,
            input,
            gasLimit: gas_limit,
            schedule,
            attempts: 1,
            retryAfter: 0,
            skipMissed: false,
        }
    }
}
