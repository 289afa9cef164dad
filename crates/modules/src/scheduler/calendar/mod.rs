//! Civil time: dates, time zones, working days and the schedules made of them.
//!
//! The Scheduler asks it when a job is due next. It knows no storage, no clock and no library of
//! time: its arithmetic is integers only, and its table of zones never changes, so that replaying a
//! chain gives the same times for ever. Instants are milliseconds since 1970-01-01T00:00:00Z.

mod date;
mod posix;
mod schedule;
mod working;
mod zone;

#[cfg(test)]
pub(crate) use date::Date;
pub(crate) use posix::Rule;
pub(crate) use schedule::{Adjustment, Local, Next, Pattern, Period};
pub(crate) use working::{Year, china};
pub(crate) use zone::Zone;

/// The last instant that a schedule can name: 9999-12-31T00:00:00Z.
pub(crate) const INSTANT_MAX: u64 = 253_402_214_400_000;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

#[cfg(test)]
mod tests;
