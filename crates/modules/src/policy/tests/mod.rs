//! Policy over a plain map: six organisations, without a virtual machine.

mod gate;
mod published;
mod quotas;
mod rules;
mod world;
