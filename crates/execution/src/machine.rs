//! The virtual machine, set up for one block.

use crate::{
    bridge::{Machine, Precompiles},
    cache::Cache,
    error::{Fatal, Refusal, TransactionError, catch},
    gate::has_institutions,
    reader::StateReader,
    rules::{BlockInput, Fees, Fork},
    system::{SystemBlock, SystemContext},
};
use alloy_primitives::{Address, B256, U256};
use qiantang_modules::{Module, governance};
use qiantang_types::{Height, Parameters, TimestampMs};
use revm::{
    ExecuteEvm as _,
    context::{BlockEnv, CfgEnv, Evm, FrameStack, JournalTr as _, LocalContext, TxEnv},
    context_interface::{
        block::BlobExcessGasAndPrice,
        result::{EVMError, ExecutionResult, ResultAndState},
    },
    handler::{EthFrame, instructions::EthInstructions},
    interpreter::interpreter::EthInterpreter,
};

type Instructions<'a> = EthInstructions<EthInterpreter, Machine<'a>>;

/// The virtual machine over a cache over a reader.
pub(crate) struct BlockMachine<'a> {
    evm: Evm<Machine<'a>, (), Instructions<'a>, Precompiles, EthFrame<EthInterpreter>>,
    height: Height,
    time: TimestampMs,
    chain_id: u64,
    is_free: bool,
    has_institutions: bool,
    last_of_epoch: bool,
    parameters: Parameters,
}

impl<'a> BlockMachine<'a> {
    /// The machine of a block, under the parameters that hold in it.
    ///
    /// # Errors
    /// The reader failed.
    pub(crate) fn new(
        reader: Box<dyn StateReader + 'a>,
        input: &BlockInput,
        modules: &'static [Module],
    ) -> Result<Self, Fatal> {
        let fork = input.rules.fork;
        let is_free = matches!(input.rules.fees, Fees::Free);
        let mut input = input.clone();
        let mut cache = Cache::new(reader, fork);
        let has_institutions = is_free && has_institutions(modules, input.height);
        if has_institutions && let Some(decided) = decided_parameters(&mut cache, &input)? {
            input.gas_limit = decided.block_gas_limit;
            input.parameters = decided;
        }
        let context = Machine::new(cache, fork)
            .with_block(block_env(&input))
            .with_cfg(cfg_env(&input));
        Ok(Self {
            evm: Evm::new(
                context,
                EthInstructions::new_mainnet_with_spec(fork),
                Precompiles::new(&input, modules),
            ),
            height: input.height,
            time: input.time,
            chain_id: input.chain_id,
            is_free,
            has_institutions,
            last_of_epoch: input.last_of_epoch,
            parameters: input.parameters,
        })
    }

    /// The modules at work for the chain itself.
    pub(crate) const fn system(&mut self, gas: u64) -> SystemContext<'_, 'a> {
        let block = SystemBlock {
            height: self.height,
            time: self.time,
            chain_id: self.chain_id,
            parameters: &self.parameters,
        };
        SystemContext::new(&mut self.evm.ctx.journaled_state.database, block, gas)
    }

    pub(crate) const fn has_institutions(&self) -> bool {
        self.has_institutions
    }

    pub(crate) const fn last_of_epoch(&self) -> bool {
        self.last_of_epoch
    }

    /// The parameters that hold in this block.
    pub(crate) const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    pub(crate) const fn height(&self) -> Height {
        self.height
    }

    /// What contracts see as `COINBASE`.
    pub(crate) const fn beneficiary(&self) -> Address {
        self.evm.ctx.block.beneficiary
    }

    pub(crate) const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Gas that the transactions of the block may use in all.
    pub(crate) const fn gas_limit(&self) -> u64 {
        self.evm.ctx.block.gas_limit
    }

    pub(crate) const fn cache(&mut self) -> &mut Cache<'a> {
        &mut self.evm.ctx.journaled_state.database
    }

    pub(crate) fn into_cache(self) -> Cache<'a> {
        self.evm.ctx.journaled_state.database
    }

    pub(crate) const fn is_free(&self) -> bool {
        self.is_free
    }

    /// Switches for calls that are no transactions: they need no nonce, and a contract may be their
    /// sender.
    pub(crate) const fn allow_unsigned(&mut self, is_allowed: bool) {
        self.evm.ctx.cfg.disable_nonce_check = is_allowed;
        self.evm.ctx.cfg.disable_eip3607 = is_allowed;
    }

    /// Runs a transaction without keeping what it did. A panic leaves the machine as it was before.
    pub(crate) fn run(&mut self, tx: TxEnv) -> Result<ResultAndState, TransactionError> {
        let outcome = catch(|| self.run_unguarded(tx));
        if matches!(outcome, Err(TransactionError::Fatal(Fatal::Panicked(_)))) {
            self.reset();
        }
        outcome
    }

    /// Runs a transaction that `key` signed in the name of another account, `tx.caller`, and keeps
    /// what it did. The nonce is the key's own.
    pub(crate) fn run_as(
        &mut self,
        tx: TxEnv,
        key: Address,
    ) -> Result<ExecutionResult, TransactionError> {
        let signer = self.cache().account(key).map_err(Fatal::from)?;
        let signer = signer.unwrap_or_default();
        let (found, expected) = (tx.nonce, signer.nonce);
        if found < expected {
            return Err(Refusal::NonceTooLow {
                transaction: found,
                account: expected,
            }
            .into());
        }
        if found > expected {
            return Err(Refusal::NonceTooHigh {
                transaction: found,
                account: expected,
            }
            .into());
        }
        let next = expected.checked_add(1).ok_or(Refusal::NonceOverflow)?;
        let (account, creates) = (tx.caller, tx.kind.is_create());
        self.evm.ctx.cfg.disable_nonce_check = true;
        let outcome = self.run(tx);
        self.evm.ctx.cfg.disable_nonce_check = false;
        let ResultAndState { result, mut state } = outcome?;
        // The address of a new contract comes from the account's nonce, so then that one is used
        // up.
        if let Some(account) = state.get_mut(&account)
            && !creates
        {
            account.info.nonce = account.info.nonce.saturating_sub(1);
        }
        self.cache().commit(state);
        self.cache().write_nonce(key, next).map_err(Fatal::from)?;
        Ok(result)
    }

    /// Throws away whatever a transaction left half done. The cache is sound at every moment:
    /// during a transaction it only gains values that were read.
    fn reset(&mut self) {
        self.evm.frame_stack = FrameStack::new_prealloc(8);
        self.evm.ctx.local = LocalContext::default();
        self.evm.ctx.error = Ok(());
        self.evm.ctx.journaled_state.clear();
    }

    fn run_unguarded(&mut self, mut tx: TxEnv) -> Result<ResultAndState, TransactionError> {
        if self.is_free {
            let tip = tx.gas_priority_fee.unwrap_or_default();
            if tip > tx.gas_price {
                return Err(Refusal::PriorityFee.into());
            }
            tx.gas_price = 0;
            tx.gas_priority_fee = tx.gas_priority_fee.map(|_| 0);
        }
        let outcome = self.evm.transact(tx);
        if let Some(failure) = self.cache().failure() {
            return Err(Fatal::Read(failure).into());
        }
        outcome.map_err(|error| match error {
            EVMError::Transaction(refusal) => Refusal::from_evm(refusal, self.chain_id).into(),
            EVMError::Database(error) => Fatal::Read(error).into(),
            EVMError::Header(error) => Fatal::Inconsistent(error.to_string()).into(),
            EVMError::Custom(error) => Fatal::Inconsistent(error).into(),
            EVMError::CustomAny(error) => Fatal::Inconsistent(error.to_string()).into(),
        })
    }
}

/// The newest protocol version whose rules this program knows.
const PROTOCOL_VERSION: u32 = 1;

/// The members may have decided on rules that this program does not have: then it must not go on.
fn require_known(version: u32) -> Result<(), Fatal> {
    if version > PROTOCOL_VERSION {
        return Err(Fatal::Upgrade {
            needed: version,
            known: PROTOCOL_VERSION,
        });
    }
    Ok(())
}

/// The parameters as the members have decided them by now.
///
/// # Errors
/// The reader failed; the block is of a protocol version that this program does not know.
fn decided_parameters(
    cache: &mut Cache<'_>,
    input: &BlockInput,
) -> Result<Option<Parameters>, Fatal> {
    let block = SystemBlock {
        height: input.height,
        time: input.time,
        chain_id: input.chain_id,
        parameters: &input.parameters,
    };
    let mut system = SystemContext::new(cache, block, u64::MAX);
    let decided = governance::parameters(&mut system)
        .and_then(|decided| Ok((decided, governance::protocol_version(&mut system)?)));
    let (parameters, version) = decided.map_err(|halt| match cache.failure() {
        Some(failure) => Fatal::Read(failure),
        None => Fatal::Inconsistent(format!("the chain's parameters: {halt:?}")),
    })?;
    require_known(version)?;
    Ok(parameters)
}

fn block_env(input: &BlockInput) -> BlockEnv {
    let mut block = BlockEnv {
        number: U256::from(input.height.get()),
        beneficiary: input.beneficiary,
        timestamp: U256::from(input.time.seconds()),
        gas_limit: input.gas_limit,
        basefee: 0,
        difficulty: U256::ZERO,
        prevrandao: Some(B256::from(input.parent_hash)),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new_with_spec(0, input.rules.fork)),
        ..BlockEnv::default()
    };
    if let Fees::Ethereum(header) = input.rules.fees {
        block.basefee = header.base_fee;
        block.difficulty = header.difficulty;
        block.prevrandao = header.prev_randao;
        block.blob_excess_gas_and_price = header
            .excess_blob_gas
            .map(|excess| BlobExcessGasAndPrice::new_with_spec(excess, input.rules.fork));
    }
    block
}

fn cfg_env(input: &BlockInput) -> CfgEnv {
    let fork = input.rules.fork;
    let mut cfg = CfgEnv::new_with_spec(fork).with_chain_id(input.chain_id);
    cfg.tx_chain_id_check = true;
    match input.rules.fees {
        Fees::Free => cfg.tx_gas_limit_cap = Some(input.parameters.transaction_gas_limit),
        Fees::Ethereum(_) => cfg.max_blobs_per_tx = Some(blobs_max(fork)),
    }
    cfg
}

/// EIP-4844, EIP-7691 and EIP-7594: blobs that one transaction may carry.
fn blobs_max(fork: Fork) -> u64 {
    if fork.is_enabled_in(Fork::PRAGUE) && !fork.is_enabled_in(Fork::OSAKA) {
        9
    } else {
        6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_this_program_does_not_know_stops_it() {
        assert_eq!(require_known(PROTOCOL_VERSION), Ok(()));
        let error = require_known(PROTOCOL_VERSION + 1).unwrap_err();
        assert!(error.to_string().contains("install"), "{error}");
    }
}
