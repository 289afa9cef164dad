//! Calls that are no transactions: `eth_call` and `eth_estimateGas`, over any state.

use crate::{
    error::{Fatal, Refusal, TransactionError, catch},
    machine::BlockMachine,
    reader::StateReader,
    rules::BlockInput,
};
use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use alloy_primitives::{Address, Bytes, KECCAK256_EMPTY, TxKind, U256};
use qiantang_modules::MODULES;
use qiantang_types::StateKey;
use revm::{
    context::TxEnv,
    context_interface::{
        either::Either,
        result::{ExecutionResult, HaltReason},
    },
};

/// What is called, by whom and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallRequest {
    /// Caller; needs no signature, and may be a contract.
    pub from: Address,
    /// Recipient; `None` creates a contract.
    pub to: Option<Address>,
    /// Gas limit; the chain's limit for a transaction where it is absent or larger.
    pub gas: Option<u64>,
    /// Wei to send; the caller must have them.
    pub value: U256,
    /// Call data or init code.
    pub data: Bytes,
    /// EIP-2930 access list.
    pub access_list: AccessList,
    /// EIP-7702 authorizations.
    pub authorization_list: Vec<SignedAuthorization>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// With this output (for a creation: the code).
    Success {
        /// What was returned.
        output: Bytes,
        /// Gas that it used.
        gas_used: u64,
    },
    /// Refused by the contract or module, with its encoded error.
    Revert {
        /// ABI-encoded error, or whatever the contract returned.
        output: Bytes,
        /// Gas that it used.
        gas_used: u64,
    },
    /// Stopped by the virtual machine.
    Halt {
        /// Why, for people.
        reason: String,
        /// Whether more gas might have helped.
        is_out_of_gas: bool,
        /// Gas that it used: all of it.
        gas_used: u64,
    },
}

/// Why there is no estimate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EstimateError {
    /// The call could not begin.
    #[error(transparent)]
    Call(#[from] TransactionError),
    /// The call reverts, whatever gas it has.
    #[error("execution reverted")]
    Revert(Bytes),
    /// The virtual machine stops the call, whatever gas it has.
    #[error("execution stopped: {0}")]
    Halt(String),
    /// It needs more gas than a transaction may ask for (or than the request allows).
    #[error("the call needs more than the {0} gas that it may use")]
    GasRequired(u64),
}

impl From<Fatal> for EstimateError {
    fn from(fatal: Fatal) -> Self {
        Self::Call(fatal.into())
    }
}

/// Runs a call over the state after the block `input`, and keeps nothing of what it did.
///
/// # Errors
///
/// [`TransactionError::Refused`] where it could not begin (no funds, too little gas),
/// [`TransactionError::Fatal`] where the state could not be read. A call that reverts is an
/// outcome, no error.
pub fn call(
    reader: impl StateReader,
    input: &BlockInput,
    request: &CallRequest,
) -> Result<CallOutcome, TransactionError> {
    catch(|| {
        let mut caller = Caller::new(Box::new(reader), input, request)?;
        let gas = caller.gas_max;
        caller.run(gas)
    })
}

/// The smallest gas limit, to within a thousandth, with which a call succeeds.
///
/// # Errors
///
/// See [`EstimateError`].
pub fn estimate_gas(
    reader: impl StateReader,
    input: &BlockInput,
    request: &CallRequest,
) -> Result<u64, EstimateError> {
    catch(|| Caller::new(Box::new(reader), input, request)?.estimate())
}

/// Gas of a transfer to an account without code.
const TRANSFER_GAS: u64 = 21_000;
/// Gas that a call with value adds for its recipient (`CALL`'s stipend): used gas may be less than
/// what is needed.
const STIPEND: u64 = 2_300;

struct Caller<'a> {
    machine: BlockMachine<'a>,
    tx: TxEnv,
    gas_max: u64,
}

impl<'a> Caller<'a> {
    fn new(
        reader: Box<dyn StateReader + 'a>,
        input: &BlockInput,
        request: &CallRequest,
    ) -> Result<Self, Fatal> {
        let mut machine = BlockMachine::new(reader, input, MODULES)?;
        machine.allow_unsigned(true);
        let accounts = [Some(request.from), request.to];
        let keys = accounts.into_iter().flatten().map(StateKey::Account);
        machine.cache().prefetch(keys.collect())?;
        let gas_max = machine
            .parameters()
            .transaction_gas_limit
            .min(machine.gas_limit())
            .min(request.gas.unwrap_or(u64::MAX));
        let mut tx = tx_env(input.chain_id, request);
        tx.caller = machine.acting_account(request.from)?;
        Ok(Self {
            machine,
            tx,
            gas_max,
        })
    }

    fn run(&mut self, gas: u64) -> Result<CallOutcome, TransactionError> {
        let mut tx = self.tx.clone();
        tx.gas_limit = gas;
        Ok(outcome(self.machine.run(tx)?.result))
    }

    fn estimate(mut self) -> Result<u64, EstimateError> {
        if self.is_transfer()? && self.succeeds(TRANSFER_GAS)? {
            return Ok(TRANSFER_GAS);
        }
        let gas_used = match self.run(self.gas_max)? {
            CallOutcome::Success { gas_used, .. } => gas_used,
            CallOutcome::Revert { output, .. } => return Err(EstimateError::Revert(output)),
            CallOutcome::Halt {
                is_out_of_gas: true,
                ..
            } => return Err(EstimateError::GasRequired(self.gas_max)),
            CallOutcome::Halt { reason, .. } => return Err(EstimateError::Halt(reason)),
        };
        // `fails` is known to be too little, `succeeds` to be enough.
        let mut fails = gas_used.saturating_sub(1);
        let mut succeeds = self.gas_max;
        // A call passes on at most 63 of 64 parts of its gas (EIP-150): mostly this little more is
        // enough.
        let likely = gas_used.saturating_add(STIPEND).saturating_mul(64) / 63;
        let mut guess = likely.min(succeeds);
        while succeeds.saturating_sub(fails) > (succeeds / 1000).max(1) {
            if self.succeeds(guess)? {
                succeeds = guess;
            } else {
                fails = guess;
            }
            guess = fails.midpoint(succeeds);
        }
        Ok(succeeds)
    }

    fn is_transfer(&mut self) -> Result<bool, Fatal> {
        let TxKind::Call(to) = self.tx.kind else {
            return Ok(false);
        };
        let account = self.machine.cache().account(to)?;
        let has_code = account.is_some_and(|account| account.code_hash != KECCAK256_EMPTY);
        let is_plain = self.tx.data.is_empty()
            && self.tx.access_list.0.is_empty()
            && self.tx.authorization_list.is_empty();
        Ok(is_plain && !has_code)
    }

    fn succeeds(&mut self, gas: u64) -> Result<bool, TransactionError> {
        match self.run(gas) {
            Ok(outcome) => Ok(matches!(outcome, CallOutcome::Success { .. })),
            Err(TransactionError::Refused(Refusal::IntrinsicGas { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn tx_env(chain_id: u64, request: &CallRequest) -> TxEnv {
    let tx_type = match (
        request.authorization_list.is_empty(),
        request.access_list.is_empty(),
    ) {
        (false, _) => 4,
        (true, false) => 1,
        (true, true) => 0,
    };
    TxEnv {
        tx_type,
        caller: request.from,
        kind: request.to.map_or(TxKind::Create, TxKind::Call),
        value: request.value,
        data: request.data.clone(),
        chain_id: Some(chain_id),
        access_list: request.access_list.clone(),
        authorization_list: request
            .authorization_list
            .iter()
            .cloned()
            .map(Either::Left)
            .collect(),
        ..TxEnv::default()
    }
}

fn outcome(result: ExecutionResult) -> CallOutcome {
    let gas_used = result.tx_gas_used();
    match result {
        ExecutionResult::Success { output, .. } => CallOutcome::Success {
            output: output.into_data(),
            gas_used,
        },
        ExecutionResult::Revert { output, .. } => CallOutcome::Revert { output, gas_used },
        ExecutionResult::Halt { reason, .. } => CallOutcome::Halt {
            is_out_of_gas: matches!(reason, HaltReason::OutOfGas(_)),
            reason: halt_reason(&reason),
            gas_used,
        },
    }
}

/// The words that Ethereum's tools know, where there are any.
pub(crate) fn halt_reason(reason: &HaltReason) -> String {
    match reason {
        HaltReason::OutOfGas(_) => "out of gas".into(),
        HaltReason::InvalidFEOpcode => "invalid opcode: INVALID".into(),
        HaltReason::OpcodeNotFound => "invalid opcode".into(),
        HaltReason::InvalidJump => "invalid jump destination".into(),
        HaltReason::StackUnderflow => "stack underflow".into(),
        HaltReason::StackOverflow => "stack limit reached".into(),
        HaltReason::CreateCollision => "contract address collision".into(),
        HaltReason::StateChangeDuringStaticCall => "write protection".into(),
        HaltReason::CreateContractSizeLimit => "max code size exceeded".into(),
        HaltReason::CallTooDeep => "max call depth exceeded".into(),
        other => format!("{other:?}"),
    }
}
