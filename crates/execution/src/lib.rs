//! Execute a block: the virtual machine, the modules, the rules.
mod block;
mod bridge;
mod cache;
mod call;
mod error;
mod fiber;
mod genesis;
mod machine;
mod memory;
mod payload;
mod reader;
mod rules;

pub use block::{BlockExecutor, BlockOutcome, run_block};
pub use call::{CallOutcome, CallRequest, EstimateError, call, estimate_gas};
pub use error::{BlockError, Fatal, Refusal, TransactionError};
pub use fiber::{Fiber, Step};
pub use genesis::genesis_changes;
pub use memory::MemoryState;
pub use payload::{BuildLimits, Built, build_block};
pub use reader::{ReadError, StateReader};
pub use rules::{BlockInput, EthereumHeader, Fees, Fork, Rules};
