//! Policy over a plain map: six organisations, without a virtual machine.

mod gate;
mod model;
mod orders;
mod published;
mod quotas;
mod random;
mod regulated;
mod rules;
mod scope;
mod surface;
mod transfers;
mod world;
