//! A chain over a plain map, so that modules are tested without a virtual machine.

mod random;

pub use random::{Rng, play};

use crate::{Context, Halt, MODULES, Module, interface::IModule::StaticCall, run};
use alloy_primitives::{Address, Bytes, Log, LogData, U256};
use alloy_sol_types::SolCall;
use qiantang_types::{
    ChainSpec, DEV_CHAIN_ID, GenesisOrganisation, Height, Parameters, SignatureScheme, TimestampMs,
};
use std::collections::BTreeMap;

/// Gas of a call unless a test sets another.
pub const CALL_GAS: u64 = 1_000_000_000;

// Prices of the virtual machine (EIP-2929, EIP-2200), without refunds and without the difference of
// cold and warm: a test of a module wants plausible figures, not exact ones.
const LOAD_GAS: u64 = 2_100;
const STORE_NEW_GAS: u64 = 22_100;
const STORE_GAS: u64 = 5_000;
const LOG_GAS: u64 = 375;
const LOG_BYTE_GAS: u64 = 8;

/// A [`Context`] whose fields a test sets and reads: the storage and logs of all modules.
#[derive(Clone, Debug)]
pub struct MapContext {
    /// The module whose code runs.
    pub address: Address,
    /// Who calls.
    pub caller: Address,
    /// Wei sent with the call.
    pub value: U256,
    /// Height of the block.
    pub height: Height,
    /// Time of the block.
    pub time: TimestampMs,
    /// Whether writes are refused.
    pub is_static: bool,
    /// Rules of the chain.
    pub parameters: Parameters,
    /// Slots that are not zero.
    pub slots: BTreeMap<(Address, U256), U256>,
    /// Logs of all calls.
    pub logs: Vec<Log>,
    /// Gas of the next call.
    pub gas_limit: u64,
    /// Gas that the last call used.
    pub gas_used: u64,
    /// Slots read since the beginning.
    pub loads: u64,
    /// What to restore when a call fails, newest last.
    undo: Vec<((Address, U256), Option<U256>)>,
}

/// A chain of four organisations, "West Lake Bank", "Longjing Tea", "First Hospital" and "Market
/// Supervision", whose only administrators are the accounts `0x0101…`, `0x0202…`, `0x0303…` and
/// `0x0404…`.
pub fn spec() -> ChainSpec {
    let organisation = |index: u8, name: &str, kind: &str| GenesisOrganisation {
        name: name.to_owned(),
        kind: kind.to_owned(),
        jurisdiction: "CN-330100".to_owned(),
        administrators: vec![Address::repeat_byte(index)],
        validators: Vec::new(),
    };
    ChainSpec {
        chain_id: DEV_CHAIN_ID,
        name: "test".to_owned(),
        genesis_time: TimestampMs::new(1_735_689_600_000),
        scheme: SignatureScheme::P256,
        validators: vec![Bytes::from([2; 33])],
        addresses: BTreeMap::new(),
        parameters: Parameters::default(),
        organisations: vec![
            organisation(1, "West Lake Bank", "bank"),
            organisation(2, "Longjing Tea", "enterprise"),
            organisation(3, "First Hospital", "hospital"),
            organisation(4, "Market Supervision", "regulator"),
        ],
        alloc: BTreeMap::new(),
    }
}

impl MapContext {
    /// An empty chain at height 1.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            caller: Address::repeat_byte(0xaa),
            value: U256::ZERO,
            height: Height::new(1),
            time: TimestampMs::new(1_700_000_000_000),
            is_static: false,
            parameters: Parameters::default(),
            slots: BTreeMap::new(),
            logs: Vec::new(),
            gas_limit: CALL_GAS,
            gas_used: 0,
            loads: 0,
            undo: Vec::new(),
        }
    }

    /// A chain at height 1 after the genesis of every module.
    ///
    /// # Panics
    /// Where a module refuses the spec.
    pub fn chain(spec: &ChainSpec) -> Self {
        let mut chain = Self::new(Address::ZERO);
        chain.height = Height::GENESIS;
        chain.time = spec.genesis_time;
        chain.parameters = spec.parameters.clone();
        chain.gas_limit = u64::MAX;
        for module in MODULES {
            chain.address = module.address;
            (module.genesis)(&mut chain, spec)
                .unwrap_or_else(|halt| panic!("genesis of {}: {halt:?}", module.name));
        }
        chain.undo.clear();
        chain.logs.clear();
        Self {
            address: Address::ZERO,
            height: Height::new(1),
            time: TimestampMs::new(spec.genesis_time.get().saturating_add(1000)),
            gas_limit: CALL_GAS,
            gas_used: 0,
            loads: 0,
            ..chain
        }
    }

    /// Calls a module as the virtual machine would: an error undoes every write and log of the
    /// call.
    ///
    /// # Errors
    /// As the module's operations.
    pub fn call(&mut self, module: &Module, input: &[u8]) -> Result<Bytes, Halt> {
        self.gas_used = 0;
        self.address = module.address;
        let (undo, logs) = (self.undo.len(), self.logs.len());
        let result = run(module, self, input);
        if result.is_err() {
            self.revert_to(undo, logs);
        }
        self.undo.truncate(undo);
        result
    }

    /// Sends a call to the module at an address, as an account.
    ///
    /// # Errors
    /// As [`Self::call`].
    ///
    /// # Panics
    /// Where no module is there, or its answer is not what the interface says.
    pub fn send<Call: SolCall>(
        &mut self,
        caller: Address,
        module: Address,
        call: &Call,
    ) -> Result<Call::Return, Halt> {
        let found = crate::module_at(module, self.height).expect("a module is at the address");
        self.caller = caller;
        let output = self.call(found, &call.abi_encode())?;
        Ok(Call::abi_decode_returns(&output).expect("the module answers as its interface says"))
    }

    /// As [`Self::send`], in a static call.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn view<Call: SolCall>(
        &mut self,
        module: Address,
        call: &Call,
    ) -> Result<Call::Return, Halt> {
        self.is_static = true;
        let result = self.send(self.caller, module, call);
        self.is_static = false;
        result
    }

    /// The next block, one second later. Nothing before it is undone any more.
    pub fn next_block(&mut self) {
        self.undo.clear();
        self.height = Height::new(self.height.get().saturating_add(1));
        self.time = TimestampMs::new(self.time.get().saturating_add(1000));
    }

    /// What a slot of the present module holds.
    pub fn slot(&self, slot: U256) -> U256 {
        let held = self.slots.get(&(self.address, slot));
        held.copied().unwrap_or_default()
    }

    fn refuse_static(&self) -> Result<(), Halt> {
        if self.is_static {
            return Err(Halt::revert(StaticCall {}));
        }
        Ok(())
    }

    fn revert_to(&mut self, undo: usize, logs: usize) {
        for (key, before) in self.undo.drain(undo..).rev() {
            match before {
                Some(value) => self.slots.insert(key, value),
                None => self.slots.remove(&key),
            };
        }
        self.logs.truncate(logs);
    }
}

impl Context for MapContext {
    fn address(&self) -> Address {
        self.address
    }

    fn caller(&self) -> Address {
        self.caller
    }

    fn value(&self) -> U256 {
        self.value
    }

    fn height(&self) -> Height {
        self.height
    }

    fn time(&self) -> TimestampMs {
        self.time
    }

    fn chain_id(&self) -> u64 {
        DEV_CHAIN_ID
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn is_static(&self) -> bool {
        self.is_static
    }

    fn load(&mut self, slot: U256) -> Result<U256, Halt> {
        self.charge(LOAD_GAS)?;
        self.loads = self.loads.saturating_add(1);
        Ok(self.slot(slot))
    }

    fn store(&mut self, slot: U256, value: U256) -> Result<(), Halt> {
        self.refuse_static()?;
        let key = (self.address, slot);
        let before = self.slots.get(&key).copied();
        let is_new = before.is_none() && !value.is_zero();
        self.charge(if is_new { STORE_NEW_GAS } else { STORE_GAS })?;
        if value.is_zero() {
            self.slots.remove(&key);
        } else {
            self.slots.insert(key, value);
        }
        self.undo.push((key, before));
        Ok(())
    }

    fn emit(&mut self, log: LogData) -> Result<(), Halt> {
        self.refuse_static()?;
        let topics = LOG_GAS.saturating_mul(log.topics().len() as u64 + 1);
        self.charge(topics.saturating_add(LOG_BYTE_GAS.saturating_mul(log.data.len() as u64)))?;
        self.logs.push(Log {
            address: self.address,
            data: log,
        });
        Ok(())
    }

    fn charge(&mut self, gas: u64) -> Result<(), Halt> {
        let used = self.gas_used.saturating_add(gas);
        if used > self.gas_limit {
            self.gas_used = self.gas_limit;
            return Err(Halt::OutOfGas);
        }
        self.gas_used = used;
        Ok(())
    }

    fn enter(
        &mut self,
        module: Address,
        caller: Address,
        work: &mut dyn FnMut(&mut dyn Context) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let outside = (self.address, self.caller, self.value);
        let (undo, logs) = (self.undo.len(), self.logs.len());
        (self.address, self.caller, self.value) = (module, caller, U256::ZERO);
        let result = work(self);
        (self.address, self.caller, self.value) = outside;
        if result.is_err() {
            self.revert_to(undo, logs);
        }
        result
    }
}
