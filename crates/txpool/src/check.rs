//! What can be said about a transaction before its place in the pool is known.
//!
//! The messages begin with Ethereum's customary words, because wallets and libraries recognise
//! errors by them.

use crate::{config::Config, pool::Denied};
use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_primitives::{Address, TxKind, U256};
use qiantang_types::{Account, Transaction};

/// Bytes of the largest init code (EIP-3860).
const INIT_CODE_BYTES_MAX: usize = 49_152;

/// Why a transaction was not admitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdmitError {
    /// Made by the chain itself, which nobody can send.
    #[error(
        "transaction type 0x71 is a run of a scheduled job, which only the chain makes; send a signed \
         transaction, or create a job in the Scheduler"
    )]
    System,
    /// The signature leads to nobody.
    #[error("invalid sender: the signature does not belong to any account")]
    InvalidSender,
    /// Signed for another chain.
    #[error(
        "invalid chain id: the transaction is signed for chain {found}, this is chain {expected}"
    )]
    ChainId {
        /// Chain id in the transaction.
        found: u64,
        /// Chain id of this chain.
        expected: u64,
    },
    /// The pool has it already.
    #[error("already known")]
    AlreadyKnown,
    /// The account has used this nonce.
    #[error("nonce too low: next nonce {expected}, tx nonce {found}")]
    NonceTooLow {
        /// Next nonce of the account.
        expected: u64,
        /// Nonce of the transaction.
        found: u64,
    },
    /// The nonce is too far ahead to be held.
    #[error(
        "nonce too high: next nonce {expected}, tx nonce {found}, the pool holds up to {limit} ahead; send the earlier ones first"
    )]
    NonceTooHigh {
        /// Next nonce of the account.
        expected: u64,
        /// Nonce of the transaction.
        found: u64,
        /// How far ahead the pool holds.
        limit: u64,
    },
    /// EIP-2681.
    #[error("nonce has max value")]
    NonceMax,
    /// The place is taken and the fees are not 10 % higher.
    #[error(
        "replacement transaction underpriced: both fees must be at least 10 % above those of the pending transaction with the same nonce"
    )]
    Underpriced,
    /// Not enough balance for this transaction and those pending before it.
    #[error(
        "insufficient funds for gas * price + value: balance {balance}, pending cost {pending}, tx cost {cost}"
    )]
    InsufficientFunds {
        /// Balance of the sender in wei.
        balance: U256,
        /// Cost of the sender's other pending transactions in wei.
        pending: U256,
        /// Cost of this one in wei; the maximum where it overflows.
        cost: U256,
    },
    /// The gas limit does not cover the data and the base cost.
    #[error("intrinsic gas too low: gas {found}, minimum needed {needed}")]
    IntrinsicGas {
        /// Gas limit of the transaction.
        found: u64,
        /// Gas that it costs at the least.
        needed: u64,
    },
    /// More gas than a block has.
    #[error("exceeds block gas limit: gas {found}, limit {limit}")]
    BlockGas {
        /// Gas limit of the transaction.
        found: u64,
        /// Gas of a block.
        limit: u64,
    },
    /// More gas than a transaction may ask for.
    #[error("transaction gas limit too high: gas {found}, cap {limit}")]
    TransactionGas {
        /// Gas limit of the transaction.
        found: u64,
        /// The cap.
        limit: u64,
    },
    /// The priority fee is above the maximum fee (EIP-1559).
    #[error(
        "max priority fee per gas higher than max fee per gas: priority {priority}, maximum {maximum}"
    )]
    PriorityAboveMaximum {
        /// Priority fee in wei.
        priority: u128,
        /// Maximum fee in wei.
        maximum: u128,
    },
    /// EIP-3860.
    #[error("max initcode size exceeded: code size {found}, limit {INIT_CODE_BYTES_MAX}")]
    InitCode {
        /// Bytes of init code.
        found: usize,
    },
    /// EIP-7702 without an authorization.
    #[error("EIP-7702 transaction with empty auth list")]
    NoAuthorization,
    /// Larger than the pool takes.
    #[error("oversized data: transaction size {found}, limit {limit}")]
    Oversized {
        /// Bytes of the transaction.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The sender has as much pending as one sender may have.
    #[error(
        "txpool: account limit exceeded: this sender has {transactions} transactions and {bytes} bytes pending; wait for some to be included"
    )]
    SenderFull {
        /// Pending transactions of the sender.
        transactions: usize,
        /// Their bytes.
        bytes: usize,
    },
    /// The pool is full.
    #[error("txpool is full: {transactions} transactions, {bytes} bytes; try again later")]
    Full {
        /// Transactions in the pool.
        transactions: usize,
        /// Their bytes.
        bytes: usize,
    },
    /// The institutions do not let it through.
    #[error(transparent)]
    Denied(Denied),
    /// The sender's account could not be read.
    #[error("the account of {sender} could not be read: {reason}")]
    Account {
        /// The sender.
        sender: Address,
        /// What the reader said.
        reason: String,
    },
}

/// A transaction that may have a place, with what the queue needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) transaction: Transaction,
    pub(crate) sender: Address,
    /// Whose share it uses; known after the institutions were asked.
    pub(crate) member: u64,
    pub(crate) nonce: u64,
    pub(crate) gas: u64,
    /// The most it can take from the sender: its value. Gas is free; a price only ranks
    /// replacements.
    pub(crate) cost: U256,
    pub(crate) fee_max: u128,
    pub(crate) fee_priority: u128,
}

impl Checked {
    pub(crate) fn bytes(&self) -> usize {
        self.transaction.encoded().len()
    }

    /// Whether it may take the place of `old`.
    pub(crate) fn outbids(&self, old: &Self) -> bool {
        outbids(self.fee_max, old.fee_max) && outbids(self.fee_priority, old.fee_priority)
    }
}

fn outbids(new: u128, old: u128) -> bool {
    let tenth = old.div_ceil(10).max(1);
    old.checked_add(tenth).is_some_and(|least| new >= least)
}

/// Checks everything that needs no account, the cheap things first, and recovers the sender last.
pub(crate) fn check(transaction: Transaction, config: &Config) -> Result<Checked, AdmitError> {
    let envelope = transaction.signed().ok_or(AdmitError::System)?;
    let chain_id = envelope.chain_id().unwrap_or_default();
    if chain_id != config.chain_id {
        return Err(AdmitError::ChainId {
            found: chain_id,
            expected: config.chain_id,
        });
    }
    let size = transaction.encoded().len();
    if size > config.transaction_bytes {
        return Err(AdmitError::Oversized {
            found: size,
            limit: config.transaction_bytes,
        });
    }
    let nonce = envelope.nonce();
    if nonce == u64::MAX {
        return Err(AdmitError::NonceMax);
    }
    let fee_max = envelope.max_fee_per_gas();
    let fee_priority = envelope.max_priority_fee_per_gas().unwrap_or(fee_max);
    if fee_priority > fee_max {
        return Err(AdmitError::PriorityAboveMaximum {
            priority: fee_priority,
            maximum: fee_max,
        });
    }
    if envelope.authorization_list().is_some_and(<[_]>::is_empty) {
        return Err(AdmitError::NoAuthorization);
    }
    let gas = envelope.gas_limit();
    check_gas(envelope, config)?;
    let sender = transaction
        .sender()
        .map_err(|_| AdmitError::InvalidSender)?;
    Ok(Checked {
        sender,
        member: 0,
        nonce,
        gas,
        cost: envelope.value(),
        fee_max,
        fee_priority,
        transaction,
    })
}

fn check_gas(envelope: &TxEnvelope, config: &Config) -> Result<(), AdmitError> {
    let gas = envelope.gas_limit();
    if gas > config.block_gas_limit {
        return Err(AdmitError::BlockGas {
            found: gas,
            limit: config.block_gas_limit,
        });
    }
    if gas > config.transaction_gas_limit {
        return Err(AdmitError::TransactionGas {
            found: gas,
            limit: config.transaction_gas_limit,
        });
    }
    if envelope.kind() == TxKind::Create && envelope.input().len() > INIT_CODE_BYTES_MAX {
        return Err(AdmitError::InitCode {
            found: envelope.input().len(),
        });
    }
    let needed = intrinsic_gas(envelope);
    if gas < needed {
        return Err(AdmitError::IntrinsicGas { found: gas, needed });
    }
    Ok(())
}

/// Gas that a transaction costs before it does anything: the yellow paper's base cost, EIP-2028
/// data, EIP-2930 access lists, EIP-3860 init code, EIP-7702 authorizations, and at least the floor
/// of EIP-7623.
fn intrinsic_gas(envelope: &TxEnvelope) -> u64 {
    let input = envelope.input();
    let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
    let length = input.len() as u64;
    // A transaction has at most a mebibyte, so none of these products comes near the end of the
    // range.
    let tokens = zeros.saturating_add(length.saturating_sub(zeros).saturating_mul(4));
    let mut gas = tokens.saturating_mul(4).saturating_add(21_000);
    if envelope.kind() == TxKind::Create {
        let words = length.div_ceil(32);
        gas = gas
            .saturating_add(words.saturating_mul(2))
            .saturating_add(32_000);
    }
    for item in envelope
        .access_list()
        .into_iter()
        .flat_map(|list| list.0.iter())
    {
        let keys = item.storage_keys.len() as u64;
        gas = gas
            .saturating_add(keys.saturating_mul(1900))
            .saturating_add(2400);
    }
    let authorizations = envelope.authorization_list().map_or(0, <[_]>::len) as u64;
    gas = gas.saturating_add(authorizations.saturating_mul(25_000));
    gas.max(tokens.saturating_mul(10).saturating_add(21_000))
}

/// Checks what depends on the sender's account alone.
pub(crate) fn check_account(
    checked: &Checked,
    account: &Account,
    config: &Config,
) -> Result<(), AdmitError> {
    if checked.nonce < account.nonce {
        return Err(AdmitError::NonceTooLow {
            expected: account.nonce,
            found: checked.nonce,
        });
    }
    if checked.nonce - account.nonce > config.nonce_distance {
        return Err(AdmitError::NonceTooHigh {
            expected: account.nonce,
            found: checked.nonce,
            limit: config.nonce_distance,
        });
    }
    Ok(())
}
