//! A context over a plain map, so that a module is tested without a virtual machine.

use crate::{Context, Halt, Module, interface::IModule::StaticCall};
use alloy_primitives::{Address, Bytes, LogData, U256};
use qiantang_types::{Height, Parameters, TimestampMs};
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

/// A [`Context`] whose fields a test sets and reads.
#[derive(Clone, Debug)]
pub struct MapContext {
    /// Address of the module.
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
    pub slots: BTreeMap<U256, U256>,
    /// Logs of all calls.
    pub logs: Vec<LogData>,
    /// Gas of the next call.
    pub gas_limit: u64,
    /// Gas that the last call used.
    pub gas_used: u64,
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
        }
    }

    /// Calls a module as the virtual machine would: an error undoes every write and log of the
    /// call.
    ///
    /// # Errors
    /// As the module's operations.
    pub fn call(&mut self, module: &Module, input: &[u8]) -> Result<Bytes, Halt> {
        self.gas_used = 0;
        let (slots, logs) = (self.slots.clone(), self.logs.len());
        let result = (module.call)(self, input);
        if result.is_err() {
            self.slots = slots;
            self.logs.truncate(logs);
        }
        result
    }

    fn refuse_static(&self) -> Result<(), Halt> {
        if self.is_static {
            return Err(Halt::revert(StaticCall {}));
        }
        Ok(())
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
        qiantang_types::DEV_CHAIN_ID
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn load(&mut self, slot: U256) -> Result<U256, Halt> {
        self.charge(LOAD_GAS)?;
        Ok(self.slots.get(&slot).copied().unwrap_or_default())
    }

    fn store(&mut self, slot: U256, value: U256) -> Result<(), Halt> {
        self.refuse_static()?;
        let is_new = !self.slots.contains_key(&slot) && !value.is_zero();
        self.charge(if is_new { STORE_NEW_GAS } else { STORE_GAS })?;
        if value.is_zero() {
            self.slots.remove(&slot);
        } else {
            self.slots.insert(slot, value);
        }
        Ok(())
    }

    fn emit(&mut self, log: LogData) -> Result<(), Halt> {
        self.refuse_static()?;
        let topics = LOG_GAS.saturating_mul(log.topics().len() as u64 + 1);
        self.charge(topics.saturating_add(LOG_BYTE_GAS.saturating_mul(log.data.len() as u64)))?;
        self.logs.push(log);
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
}
