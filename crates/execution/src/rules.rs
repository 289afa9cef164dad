//! What a block is executed with: its place in the chain and the rules that hold there.

use alloy_primitives::{Address, B256, Bytes, U256};
use qiantang_types::{Height, LedgerHash, Parameters, TimestampMs};

/// A version of Ethereum's rules, named as Ethereum names it.
pub use revm::primitives::hardfork::SpecId as Fork;

/// What execution knows of the block besides its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInput {
    /// Position in the chain.
    pub height: Height,
    /// Time; the virtual machine sees whole seconds.
    pub time: TimestampMs,
    /// Gas that the transactions may use in all.
    pub gas_limit: u64,
    /// What contracts see as `COINBASE`. Nothing is paid to it.
    pub beneficiary: Address,
    /// Hash of the parent: written to the history contract (EIP-2935) and seen as `PREVRANDAO`. The
    /// leader knows it before it builds the block, so it is no source of randomness.
    pub parent_hash: LedgerHash,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Parameters of the chain.
    pub parameters: Parameters,
    /// Whether an epoch ends with this block, so that the validators of the next one are asked for.
    pub last_of_epoch: bool,
    /// Evidence of validators' faults that the leader reports where it builds the block: the first
    /// [`FAULT_REPORTS_MAX`](crate::FAULT_REPORTS_MAX) are tried. Who executes a block that is
    /// built finds the reports in it.
    pub faults: Vec<Bytes>,
    /// Rules of the chain; [`Rules::QIANTANG`] everywhere but in conformance tests.
    pub rules: Rules,
}

/// The rules that one and the same executor follows on this network and in Ethereum's own tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Version of the virtual machine, of gas prices and of transaction types. Before Spurious
    /// Dragon touched empty accounts are kept.
    pub fork: Fork,
    /// Who pays for gas.
    pub fees: Fees,
}

impl Rules {
    /// The rules of this network.
    pub const QIANTANG: Self = Self {
        fork: Fork::OSAKA,
        fees: Fees::Free,
    };
}

/// Who pays for gas, and what depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fees {
    /// Nobody. A transaction may offer any price, because wallets do; the effective price is zero,
    /// so nothing is charged, nothing is paid, `GASPRICE` and `BASEFEE` are zero, and a sender
    /// needs a balance only for the value that it sends. The chain's own limits apply, and blob
    /// transactions are refused.
    Free,
    /// The sender, as in the Ethereum block whose header fields are given; Ethereum's limits apply.
    Ethereum(EthereumHeader),
}

/// Fields of an Ethereum header that ours does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EthereumHeader {
    /// Base fee in wei per gas.
    pub base_fee: u64,
    /// Difficulty, before the Merge.
    pub difficulty: U256,
    /// `PREVRANDAO`, since the Merge.
    pub prev_randao: Option<B256>,
    /// Excess blob gas, since Cancun.
    pub excess_blob_gas: Option<u64>,
}
