//! Execute a block: the virtual machine, the modules, the rules.
//!
//! The same block over the same parent's state does the same on every machine. Consensus builds and
//! verifies blocks with [`build_block`] and [`run_block`] (on a [`Fiber`], because its state
//! answers asynchronously); the API answers calls with [`call`] and [`estimate_gas`]; a new chain
//! begins with [`genesis_changes`]. This is the only crate that names the virtual machine.
//!
//! Execution does no IO: it reads the parent's state through a [`StateReader`] and gives back what
//! differs. It knows no clock, no randomness and no thread, and nothing that a client or a peer
//! sends makes it panic; where code of ours or of the virtual machine panics nevertheless, the
//! panic is caught and becomes an error.
//!
//! # Rules
//!
//! Ethereum's Osaka, with these differences ([`Rules::QIANTANG`]):
//!
//! * **Gas is free.** Gas limits hold, but the effective gas price is zero whatever price a
//!   transaction offers. Wallets that ask `eth_gasPrice` send zero; those that insist on a tip are
//!   neither refused nor charged, and need no balance beyond the value that they send. `GASPRICE`
//!   and `BASEFEE` are zero, nothing is paid to `COINBASE`. A priority fee over the maximum fee is
//!   refused as on Ethereum.
//! * **Limits are the chain's**: `transactionGasLimit` stands where EIP-7825 has 2^24,
//!   `blockGasLimit` bounds the block.
//! * **Every transaction names this chain** (EIP-155), and blob transactions are refused.
//! * **`BLOCKHASH` is read from state**: each block writes its parent's hash to the history
//!   contract (EIP-2935), so executing a block needs nothing but the parent's state. There are no
//!   beacon roots, no requests and no withdrawals.
//! * **`PREVRANDAO` is the parent's hash**, which the leader knows beforehand: no source of
//!   randomness. `COINBASE` is the leader's address, `TIMESTAMP` whole seconds.
//! * **Modules** answer at their addresses like precompiles. Their accounts hold one `INVALID`
//!   instruction.
//!
//! Under [`Fees::Ethereum`] the same executor follows the rules of any Ethereum fork; the state
//! tests run that way.

mod block;
mod bridge;
mod cache;
mod call;
mod error;
mod faults;
mod fiber;
mod gate;
mod genesis;
mod jobs;
mod machine;
mod memory;
mod payload;
mod reader;
mod rules;
mod system;
#[cfg(test)]
mod tests;
mod validators;

pub use block::{BlockExecutor, BlockOutcome, run_block};
pub use call::{CallOutcome, CallRequest, EstimateError, call, estimate_gas};
pub use error::{BlockError, Fatal, Refusal, TransactionError};
pub use faults::{FAULT_REPORTS_MAX, reported_fault};
pub use fiber::{Fiber, Step};
pub use gate::Gate;
pub use genesis::{GenesisError, genesis_changes};
pub use memory::MemoryState;
pub use payload::{BuildLimits, Built, build_block};
pub use qiantang_modules::governance::{
    ConflictingVotes, FaultEvidence, NullifyVote, ProposalVote,
};
pub use reader::{ReadError, StateReader};
pub use rules::{BlockInput, EthereumHeader, Fees, Fork, Rules};
pub use validators::{touches_validators, validators};
