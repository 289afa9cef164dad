//! Why a transaction is refused, a block is invalid, or an execution cannot go on.

use crate::reader::ReadError;
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::context_interface::result::InvalidTransaction;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a transaction cannot be in the block. It leaves no trace in the state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No sender can be recovered.
    #[error("the signature is invalid: no sender can be recovered from it")]
    Signature,
    /// A run of a job that is not due here, or a report that is not the leader's.
    #[error(
        "only the chain makes such a transaction: runs of due jobs first in a block and in order, \
         then the leader's reports of faults"
    )]
    System,
    /// Governance refuses the leader's report of a validator's fault, with this error.
    #[error("the fault that it reports is none, or is known: {0}")]
    FaultReport(Bytes),
    /// A scheduled job is due, and its run is not where it must be.
    #[error("a scheduled job is due here, and its run is missing, altered or out of order")]
    JobMissing,
    /// The institutions do not let it through.
    #[error("{reason}")]
    Denied {
        /// Number of the reason, as `IPolicy.mayAct` gives it.
        code: u8,
        /// Why, and what to do.
        reason: String,
        /// Whether waiting does not help.
        is_lasting: bool,
    },
    /// An authorization (EIP-7702) of an account whose key was rotated.
    #[error(
        "the authorization of {0} is signed by a key that was rotated away; sign with its present key"
    )]
    Authority(Address),
    /// EIP-4844 transactions need a blob network, which this is not.
    #[error(
        "blob transactions (EIP-4844) are not supported; send the data in a type 2 transaction"
    )]
    Blob,
    /// Signed for another chain.
    #[error("the transaction is signed for another chain id, this chain is {0}")]
    ChainId(u64),
    /// The nonce was used before.
    #[error("nonce too low: the transaction has {transaction}, the account is at {account}")]
    NonceTooLow {
        /// Nonce of the transaction.
        transaction: u64,
        /// Next nonce of the account.
        account: u64,
    },
    /// Earlier transactions of the sender are missing.
    #[error("nonce too high: the transaction has {transaction}, the account is at {account}")]
    NonceTooHigh {
        /// Nonce of the transaction.
        transaction: u64,
        /// Next nonce of the account.
        account: u64,
    },
    /// The balance does not cover the value (and fees, where there are any).
    #[error("insufficient funds: {needed} wei are needed, the account has {balance}")]
    InsufficientFunds {
        /// Wei needed.
        needed: U256,
        /// Wei there.
        balance: U256,
    },
    /// The gas limit does not cover what every such transaction costs (EIP-2028, 2930, 3860, 7623,
    /// 7702).
    #[error("intrinsic gas too low: the transaction allows {limit}, it needs at least {needed}")]
    IntrinsicGas {
        /// Gas that the transaction allows.
        limit: u64,
        /// Gas that it needs before it starts.
        needed: u64,
    },
    /// The gas limit is over what one transaction may ask for.
    #[error("gas limit {limit} is over the cap of {cap} for one transaction")]
    GasOverCap {
        /// Gas that the transaction allows.
        limit: u64,
        /// Gas that one transaction may ask for.
        cap: u64,
    },
    /// The gas limit is over what is left in the block.
    #[error("gas limit {limit} is over the {left} that are left in the block")]
    BlockGas {
        /// Gas that the transaction allows.
        limit: u64,
        /// Gas left in the block.
        left: u64,
    },
    /// EIP-3607: the sender is a contract.
    #[error("the sender is a contract (EIP-3607)")]
    SenderIsContract,
    /// The priority fee is over the fee.
    #[error("the priority fee is over the maximum fee")]
    PriorityFee,
    /// The fee is under the base fee.
    #[error("the fee is under the base fee")]
    Fee,
    /// EIP-3860: init code too long.
    #[error("the init code is longer than 49152 bytes (EIP-3860)")]
    InitCodeSize,
    /// EIP-2681: the nonce cannot grow any more.
    #[error("the nonce has reached its end (EIP-2681)")]
    NonceOverflow,
    /// EIP-7702: the list of authorizations is empty.
    #[error("the authorization list is empty (EIP-7702)")]
    NoAuthorization,
    /// Executing it panics or meets an inconsistency in a module: a programming error that must be
    /// reported. It says nothing about other transactions, so a block is built without this one.
    #[error("executing the transaction fails inside the node, please report it: {0}")]
    Faulty(String),
    /// The fork does not know the type, or a field of it is wrong.
    #[error("the transaction is not valid at this fork: {0}")]
    Other(String),
}

impl Refusal {
    /// Whether the transaction can never be included, whatever blocks follow.
    pub const fn is_permanent(&self) -> bool {
        !matches!(
            self,
            Self::NonceTooHigh { .. }
                | Self::InsufficientFunds { .. }
                | Self::BlockGas { .. }
                | Self::Denied {
                    is_lasting: false,
                    ..
                }
        )
    }

    pub(crate) fn from_evm(error: InvalidTransaction, chain_id: u64) -> Self {
        use InvalidTransaction as E;
        match error {
            E::InvalidChainId | E::MissingChainId => Self::ChainId(chain_id),
            E::NonceTooLow { tx, state } => Self::NonceTooLow {
                transaction: tx,
                account: state,
            },
            E::NonceTooHigh { tx, state } => Self::NonceTooHigh {
                transaction: tx,
                account: state,
            },
            E::LackOfFundForMaxFee { fee, balance } => Self::InsufficientFunds {
                needed: *fee,
                balance: *balance,
            },
            E::CallGasCostMoreThanGasLimit {
                initial_gas,
                gas_limit,
            } => Self::IntrinsicGas {
                limit: gas_limit,
                needed: initial_gas,
            },
            E::GasFloorMoreThanGasLimit {
                gas_floor,
                gas_limit,
            } => Self::IntrinsicGas {
                limit: gas_limit,
                needed: gas_floor,
            },
            E::TxGasLimitGreaterThanCap { gas_limit, cap } => Self::GasOverCap {
                limit: gas_limit,
                cap,
            },
            E::RejectCallerWithCode => Self::SenderIsContract,
            E::PriorityFeeGreaterThanMaxFee => Self::PriorityFee,
            E::GasPriceLessThanBasefee => Self::Fee,
            E::CreateInitCodeSizeLimit => Self::InitCodeSize,
            E::NonceOverflowInTransaction => Self::NonceOverflow,
            E::EmptyAuthorizationList => Self::NoAuthorization,
            other => Self::Other(other.to_string()),
        }
    }
}

/// Why an execution cannot go on.
///
/// After [`Fatal::Read`] nothing is known about the block, and a node whose state cannot be read
/// must stop. The other two are programming errors that one transaction brings out on every machine
/// alike: a proposal is built without it ([`Refusal::Faulty`]), and a block that contains it gets
/// no vote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// The parent's state could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The members activated a protocol version that this program does not know.
    #[error(
        "the chain runs protocol version {needed} from this block on, this program knows {known}: \
         install a newer one and start again"
    )]
    Upgrade {
        /// Version of the chain.
        needed: u32,
        /// Newest version of this program.
        known: u32,
    },
    /// A module found its own data damaged, or the virtual machine an inconsistency.
    #[error("execution met an inconsistency and stopped: {0}")]
    Inconsistent(String),
    /// The code of the virtual machine or of a module panicked: a programming error that must be
    /// reported.
    #[error("execution panicked: {0}")]
    Panicked(String),
}

/// Outcome of a transaction that was not executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// The transaction is at fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The transaction is not at fault.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

/// Why a block was not executed to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The block is invalid, on every machine.
    #[error("transaction {index} ({hash}) cannot be in the block: {refusal}")]
    Invalid {
        /// Position in the block.
        index: usize,
        /// Hash of the transaction.
        hash: B256,
        /// Why it cannot be there.
        refusal: Refusal,
    },
    /// Nothing is known about the block.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

/// Turns a panic of the virtual machine or of a module into a fatal error: the node must be able to
/// say what happened and to go on voting on other blocks.
pub(crate) fn catch<T, E: From<Fatal>>(run: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_panic(run).unwrap_or_else(|message| Err(Fatal::Panicked(message).into()))
}

/// The message of a panic where there was one.
pub(crate) fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    // Whatever the closure owned is lost with the unwinding, or its owner throws it away.
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        message.unwrap_or_else(|| "no message".into())
    })
}
