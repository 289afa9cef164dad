//! Scheduler: calls that the chain makes by itself when they are due.

mod calendar;
