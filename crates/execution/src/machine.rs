//! The virtual machine, set up for one block.

use crate::{
    bridge::{Machine, Precompiles},
    cache::Cache,
    error::{Fatal, Refusal, TransactionError, catch},
    reader::StateReader,
    rules::{BlockInput, Fees, Fork},
};
use alloy_primitives::{B256, U256};
use qiantang_modules::Module;
use revm::{
    ExecuteEvm as _,
    context::{BlockEnv, CfgEnv, Evm, FrameStack, JournalTr as _, LocalContext, TxEnv},
    context_interface::{
        block::BlobExcessGasAndPrice,
        result::{EVMError, ResultAndState},
    },
    handler::{EthFrame, instructions::EthInstructions},
    interpreter::interpreter::EthInterpreter,
};

type Instructions<'a> = EthInstructions<EthInterpreter, Machine<'a>>;

/// The virtual machine over a cache over a reader.
pub(crate) struct BlockMachine<'a> {
    evm: Evm<Machine<'a>, (), Instructions<'a>, Precompiles, EthFrame<EthInterpreter>>,
    chain_id: u64,
    is_free: bool,
}

impl<'a> BlockMachine<'a> {
    pub(crate) fn new(
        reader: Box<dyn StateReader + 'a>,
        input: &BlockInput,
        modules: &'static [Module],
    ) -> Self {
        let fork = input.rules.fork;
        let context = Machine::new(Cache::new(reader, fork), fork)
            .with_block(block_env(input))
            .with_cfg(cfg_env(input));
        Self {
            evm: Evm::new(
                context,
                EthInstructions::new_mainnet_with_spec(fork),
                Precompiles::new(input, modules),
            ),
            chain_id: input.chain_id,
            is_free: matches!(input.rules.fees, Fees::Free),
        }
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
    pub(crate) const fn allow_unsigned(&mut self) {
        self.evm.ctx.cfg.disable_nonce_check = true;
        self.evm.ctx.cfg.disable_eip3607 = true;
    }

    /// Runs a transaction without keeping what it did. A panic leaves the machine as it was before.
    pub(crate) fn run(&mut self, tx: TxEnv) -> Result<ResultAndState, TransactionError> {
        let outcome = catch(|| self.run_unguarded(tx));
        if matches!(outcome, Err(TransactionError::Fatal(Fatal::Panicked(_)))) {
            self.reset();
        }
        outcome
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
