//! Tests of the Scheduler over a plain map.

mod bad_input;
mod heap;
mod invariants;
mod jobs;
mod published;
mod random;
mod rest;
mod runs;
mod scale;
mod world;
