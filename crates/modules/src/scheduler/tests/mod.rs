//! Tests of the Scheduler over a plain map.

mod bad_input;
mod heap;
mod jobs;
mod published;
mod rest;
mod runs;
mod world;
