//! Modules as precompiles: what a call to a module's address does.
//!
//! This is the one place where calls are refused that no module may see (delegate calls), and
//! [`ModuleContext`] the one place where storage and logs are charged and static calls kept from
//! writing. Modules are provided to the virtual machine directly rather than through a map of boxed
//! closures: such a map keeps a tracing span entered on the thread while a module runs, and a
//! module may be suspended on one thread and go on on another.

use crate::{
    cache::Cache,
    error::catch_panic,
    gate::has_institutions,
    rules::{BlockInput, Fees},
    system::{SystemBlock, SystemContext},
};
use alloy_primitives::{Address, Bytes, Log, LogData, U256, map::AddressSet};
use alloy_sol_types::{Revert, SolError as _};
use qiantang_modules::{
    Context, Halt,
    IModule::{Faulty, Frozen, StaticCall},
    Module, policy,
};
use qiantang_types::{Height, Parameters, TimestampMs};
use revm::{
    Context as EvmContext,
    context::{BlockEnv, CfgEnv, JournalTr as _, TxEnv},
    context_interface::{
        cfg::{GasParams, gas},
        journaled_state::JournalLoadError,
    },
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult},
};

/// Code of a module's account: one `INVALID` instruction (EIP-141). It makes the account a contract
/// for those who ask, keeps it from being cleared as empty (EIP-161), and makes every way of
/// running it as code fail loudly: before its activation, or through a delegation of another
/// account (EIP-7702).
pub(crate) const MODULE_CODE: Bytes = Bytes::from_static(&[0xfe]);

/// The virtual machine's view of one block.
pub(crate) type Machine<'a> = EvmContext<BlockEnv, TxEnv, CfgEnv, Cache<'a>>;

/// The precompiles of Ethereum and the modules that are active.
pub(crate) struct Precompiles {
    ethereum: EthPrecompiles,
    modules: Vec<&'static Module>,
    addresses: AddressSet,
    has_institutions: bool,
    height: Height,
    time: TimestampMs,
    parameters: Parameters,
}

impl Precompiles {
    pub(crate) fn new(input: &BlockInput, table: &'static [Module]) -> Self {
        let ethereum = EthPrecompiles::new(input.rules.fork);
        let is_free = matches!(input.rules.fees, Fees::Free);
        let modules: Vec<_> = table
            .iter()
            .filter(|module| module.activation <= input.height)
            .collect();
        let mut addresses = ethereum.warm_addresses().clone();
        addresses.extend(modules.iter().map(|module| module.address));
        Self {
            ethereum,
            has_institutions: is_free && has_institutions(table, input.height),
            modules,
            addresses,
            height: input.height,
            time: input.time,
            parameters: input.parameters.clone(),
        }
    }

    /// Whether an order or the members stopped the contract, as the state was before this
    /// transaction.
    fn is_frozen(&self, machine: &mut Machine<'_>, address: Address) -> Result<bool, String> {
        let block = SystemBlock {
            height: self.height,
            time: self.time,
            chain_id: machine.cfg.chain_id,
            parameters: &self.parameters,
        };
        let cache = &mut machine.journaled_state.database;
        policy::is_frozen(&mut SystemContext::new(cache, block, u64::MAX), address)
            .map_err(|halt| format!("policy: {halt:?}"))
    }

    fn run_module(
        &self,
        module: &Module,
        machine: &mut Machine<'_>,
        call: &CallInputs,
    ) -> Result<InterpreterResult, String> {
        let input = call.input.bytes(machine);
        let mut context = ModuleContext {
            precompiles: self,
            machine,
            module: module.address,
            caller: call.caller,
            value: call.value.get(),
            is_static: call.is_static,
            gas: Gas::new(call.gas_limit),
        };
        let outcome = if call.target_address != call.bytecode_address {
            // The module would work on the storage of whoever calls it.
            let reason =
                Revert::from("a module cannot be run by DELEGATECALL or CALLCODE; call it");
            Err(Halt::revert(reason))
        } else {
            run_guarded(module, &mut context, &input)
        };
        let mut gas = context.gas;
        let (result, output) = match outcome {
            Ok(output) => (InstructionResult::Return, output),
            Err(Halt::Revert(reason)) => (InstructionResult::Revert, reason),
            Err(Halt::OutOfGas) => {
                gas.spend_all();
                (InstructionResult::PrecompileOOG, Bytes::new())
            }
            Err(Halt::Fatal(message)) => return Err(format!("module {}: {message}", module.name)),
        };
        Ok(InterpreterResult::new(result, output, gas))
    }
}

impl<'a> PrecompileProvider<Machine<'a>> for Precompiles {
    type Output = InterpreterResult;

    /// The rules of a block do not change while it executes.
    fn set_spec(&mut self, _: crate::rules::Fork) -> bool {
        false
    }

    fn run(
        &mut self,
        machine: &mut Machine<'a>,
        call: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        let address = call.bytecode_address;
        if self.has_institutions && self.is_frozen(machine, address)? {
            let reason = Frozen { target: address }.abi_encode();
            let gas = Gas::new(call.gas_limit);
            let result = InterpreterResult::new(InstructionResult::Revert, reason.into(), gas);
            return Ok(Some(result));
        }
        if let Some(module) = self.modules.iter().find(|module| module.address == address) {
            return self.run_module(module, machine, call).map(Some);
        }
        self.ethereum.run(machine, call)
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.addresses
    }
}

/// What a module sees of the world during one call.
struct ModuleContext<'a, 'r> {
    precompiles: &'a Precompiles,
    machine: &'a mut Machine<'r>,
    /// The module whose code runs.
    module: Address,
    caller: Address,
    value: U256,
    is_static: bool,
    gas: Gas,
}

/// A panic of a module is a fault of ours that the caller must not be able to stop the chain with:
/// it ends like a refusal. What it wrote before is undone with the call.
fn run_guarded(
    module: &Module,
    context: &mut ModuleContext<'_, '_>,
    input: &[u8],
) -> Result<Bytes, Halt> {
    let depth = context.machine.journaled_state.depth;
    match catch_panic(|| qiantang_modules::run(module, context, input)) {
        Ok(outcome) => outcome,
        Err(_) => {
            // Calls that the panic left are over; the journal goes back with the failed call.
            context.machine.journaled_state.depth = depth;
            Err(Halt::revert(Faulty {
                module: module.address,
            }))
        }
    }
}

impl ModuleContext<'_, '_> {
    const fn gas_params(&self) -> &GasParams {
        &self.machine.cfg.gas_params
    }

    fn refuse_static(&self) -> Result<(), Halt> {
        if self.is_static {
            Err(Halt::revert(StaticCall {}))
        } else {
            Ok(())
        }
    }

    /// A cold slot is not even read where the gas does not cover it; a failed read stops the block.
    fn halt(&self, error: JournalLoadError<crate::ReadError>) -> Halt {
        match error {
            JournalLoadError::ColdLoadSkipped => Halt::OutOfGas,
            JournalLoadError::DBError(error) => Halt::Fatal(error.to_string()),
        }
    }
}

impl Context for ModuleContext<'_, '_> {
    fn address(&self) -> Address {
        self.module
    }

    fn caller(&self) -> Address {
        self.caller
    }

    fn value(&self) -> U256 {
        self.value
    }

    fn height(&self) -> Height {
        self.precompiles.height
    }

    fn time(&self) -> TimestampMs {
        self.precompiles.time
    }

    fn chain_id(&self) -> u64 {
        self.machine.cfg.chain_id
    }

    fn parameters(&self) -> &Parameters {
        &self.precompiles.parameters
    }

    fn is_static(&self) -> bool {
        self.is_static
    }

    /// As `SLOAD` (EIP-2929).
    fn load(&mut self, slot: U256) -> Result<U256, Halt> {
        self.charge(self.gas_params().warm_storage_read_cost())?;
        let cold = self.gas_params().cold_storage_additional_cost();
        let skip_cold = self.gas.remaining() < cold;
        let loaded = self
            .machine
            .journaled_state
            .sload_skip_cold_load(self.module, slot, skip_cold)
            .map_err(|error| self.halt(error))?;
        if loaded.is_cold {
            self.charge(cold)?;
        }
        Ok(loaded.data)
    }

    /// As `SSTORE` (EIP-2200, 2929, 3529), its refusal within a stipend included.
    fn store(&mut self, slot: U256, value: U256) -> Result<(), Halt> {
        self.refuse_static()?;
        if self.gas.remaining() <= self.gas_params().call_stipend() {
            return Err(Halt::OutOfGas);
        }
        self.charge(self.gas_params().sstore_static_gas())?;
        let skip_cold = self.gas.remaining() < self.gas_params().cold_storage_cost();
        let stored = self
            .machine
            .journaled_state
            .sstore_skip_cold_load(self.module, slot, value, skip_cold)
            .map_err(|error| self.halt(error))?;
        let cost = self
            .gas_params()
            .sstore_dynamic_gas(true, &stored.data, stored.is_cold);
        self.charge(cost)?;
        let refund = self.gas_params().sstore_refund(true, &stored.data);
        self.gas.record_refund(refund);
        Ok(())
    }

    /// As `LOG0` to `LOG4`.
    fn emit(&mut self, log: LogData) -> Result<(), Halt> {
        self.refuse_static()?;
        let topics = u8::try_from(log.topics().len())
            .ok()
            .filter(|topics| *topics <= 4)
            .ok_or_else(|| Halt::Fatal("a log has more than four topics".into()))?;
        let bytes = u64::try_from(log.data.len()).map_err(|_| Halt::OutOfGas)?;
        self.charge(gas::LOG)?;
        self.charge(self.gas_params().log_cost(topics, bytes))?;
        self.machine.journaled_state.log(Log {
            address: self.module,
            data: log,
        });
        Ok(())
    }

    fn charge(&mut self, gas: u64) -> Result<(), Halt> {
        if self.gas.record_regular_cost(gas) {
            Ok(())
        } else {
            Err(Halt::OutOfGas)
        }
    }

    /// As a call inside the virtual machine: a checkpoint that a failure goes back to.
    fn enter(
        &mut self,
        module: Address,
        caller: Address,
        work: &mut dyn FnMut(&mut dyn Context) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let journal = &mut self.machine.journaled_state;
        journal
            .load_account(module)
            .map_err(|error| Halt::Fatal(error.to_string()))?;
        let checkpoint = journal.checkpoint();
        // Storage is kept of touched accounts only.
        journal.touch_account(module);
        let outside = (self.module, self.caller, self.value);
        (self.module, self.caller, self.value) = (module, caller, U256::ZERO);
        let result = work(self);
        (self.module, self.caller, self.value) = outside;
        let journal = &mut self.machine.journaled_state;
        if result.is_ok() {
            journal.checkpoint_commit();
        } else {
            journal.checkpoint_revert(checkpoint);
        }
        result
    }
}
