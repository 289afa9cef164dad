//! Business modules over a typed storage context.
//!
//! A module is a business system of the chain: a fixed address, a Solidity interface, storage with
//! Solidity's layout and operations in Rust. `execution` calls it from the virtual machine; tests
//! call it over a plain map. A module reaches the world through its [`Context`] only: it knows no
//! clock, no randomness, no file and no virtual machine.
//!
//! [`MODULES`] is the one table. A new module is a folder, a row here and its generated files in
//! `specs/`.

pub mod approvals;
mod calls;
pub mod commitment;
mod context;
mod dispatch;
pub mod evidence;
pub mod gas;
pub mod governance;
pub mod identity;
mod interface;
pub mod page;
pub mod policy;
#[cfg(test)]
mod published;
pub mod registry;
pub mod scheduler;
#[cfg(test)]
mod solc;
pub mod specs;
pub mod storage;
#[cfg(any(test, feature = "test-utils"))]
pub mod testing;
pub mod trace;

pub use calls::{emit, invoke, run, within};
pub use context::{Context, Halt};
pub use interface::IModule;

use alloy_primitives::{Address, Bytes};
use qiantang_types::{ChainSpec, Height};

/// A row of the module table.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// Name for people, and of the files in `specs/`.
    pub name: &'static str,
    /// Where it is called. Genesis puts one marker byte of code there, so that contracts see an
    /// account with code.
    pub address: Address,
    /// First height at which it answers; below, its address is an ordinary account.
    pub activation: Height,
    /// Runs one call. On any error the caller undoes every write and log of the call.
    pub call: fn(&mut dyn Context, input: &[u8]) -> Result<Bytes, Halt>,
    /// Writes what the module has in the genesis state; the modules before it have written theirs.
    pub genesis: fn(&mut dyn Context, spec: &ChainSpec) -> Result<(), Halt>,
}

/// Every module. A module may call only those before it: see [`within`].
pub static MODULES: &[Module] = &[
    Module {
        name: "Identity",
        address: identity::ADDRESS,
        activation: Height::GENESIS,
        call: identity::call,
        genesis: identity::genesis,
    },
    Module {
        name: "Policy",
        address: policy::ADDRESS,
        activation: Height::GENESIS,
        call: policy::call,
        genesis: no_genesis,
    },
    Module {
        name: "Scheduler",
        address: scheduler::ADDRESS,
        activation: Height::GENESIS,
        call: scheduler::call,
        genesis: scheduler::genesis,
    },
    Module {
        name: "Governance",
        address: governance::ADDRESS,
        activation: Height::GENESIS,
        call: governance::call,
        genesis: governance::genesis,
    },
    Module {
        name: "Trace",
        address: trace::ADDRESS,
        activation: Height::GENESIS,
        call: trace::call,
        genesis: no_genesis,
    },
    Module {
        name: "Evidence",
        address: evidence::ADDRESS,
        activation: Height::GENESIS,
        call: evidence::call,
        genesis: no_genesis,
    },
    Module {
        name: "Approvals",
        address: approvals::ADDRESS,
        activation: Height::GENESIS,
        call: approvals::call,
        genesis: no_genesis,
    },
];

/// For a module that begins empty.
///
/// # Errors
/// None.
pub const fn no_genesis(_: &mut dyn Context, _: &ChainSpec) -> Result<(), Halt> {
    Ok(())
}

/// The module that answers at an address at this height.
pub fn module_at(address: Address, height: Height) -> Option<&'static Module> {
    MODULES
        .iter()
        .find(|module| module.address == address && module.activation <= height)
}
