//! The one door between a module and the world.

use alloy_primitives::{Address, Bytes, LogData, U256};
use alloy_sol_types::SolError;
use qiantang_types::{Height, Parameters, TimestampMs};

/// What an operation sees: storage, caller, value, block, gas. An explicit argument everywhere, so
/// that a reader knows which storage a call touches.
///
/// Every method that costs anything charges it before it does the work; a module cannot forget to.
/// The implementation refuses [`store`](Self::store) and [`emit`](Self::emit) in a static call.
pub trait Context {
    /// Address of the module: the account whose slots are read and written.
    fn address(&self) -> Address;
    /// Account or contract that called the module.
    fn caller(&self) -> Address;
    /// Wei sent with the call.
    fn value(&self) -> U256;
    /// Height of the block under execution.
    fn height(&self) -> Height;
    /// Time of the block under execution.
    fn time(&self) -> TimestampMs;
    /// EIP-155 chain id.
    fn chain_id(&self) -> u64;
    /// Rules that the members agreed on, as they hold in this block.
    fn parameters(&self) -> &Parameters;
    /// Whether writes are refused.
    fn is_static(&self) -> bool;

    /// Reads a slot of the module; zero where it was never written.
    ///
    /// # Errors
    /// Out of gas, or the state could not be read.
    fn load(&mut self, slot: U256) -> Result<U256, Halt>;

    /// Writes a slot of the module.
    ///
    /// # Errors
    /// A static call, out of gas, or the state could not be read.
    fn store(&mut self, slot: U256, value: U256) -> Result<(), Halt>;

    /// Writes a log in the module's name.
    ///
    /// # Errors
    /// A static call, or out of gas.
    fn emit(&mut self, log: LogData) -> Result<(), Halt>;

    /// Pays for computation.
    ///
    /// # Errors
    /// Out of gas.
    fn charge(&mut self, gas: u64) -> Result<(), Halt>;

    /// Runs `work` with another module's storage and logs, without value, with `caller` as its
    /// caller. Where `work` fails, every write and log of it is undone.
    ///
    /// A module does not call this itself but [`within`](crate::within) or
    /// [`invoke`](crate::invoke), which keep calls going in one direction.
    ///
    /// # Errors
    /// As `work`.
    fn enter(
        &mut self,
        module: Address,
        caller: Address,
        work: &mut dyn FnMut(&mut dyn Context) -> Result<(), Halt>,
    ) -> Result<(), Halt>;
}

/// Why an operation did not finish. The caller of the module undoes every write and log of the
/// call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// A business refusal: the bytes are an ABI-encoded error of the module's interface.
    Revert(Bytes),
    /// The gas of the call is used up.
    OutOfGas,
    /// Something that must never happen, such as a failed read of the node's own state: the node
    /// stops.
    Fatal(String),
}

impl Halt {
    /// A refusal with an error of the interface.
    pub fn revert(error: impl SolError) -> Self {
        Self::Revert(error.abi_encode().into())
    }
}
