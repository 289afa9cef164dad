//! Policy over a plain map: six organisations, without a virtual machine.

mod gate;
mod orders;
mod published;
mod quotas;
mod rules;
mod scope;
mod surface;
mod transfers;
mod world;
