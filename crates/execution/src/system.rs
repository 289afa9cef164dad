//! Modules at work for the chain itself: outside of any transaction.
//!
//! The genesis of modules, the questions that are asked before a transaction and the books that are
//! kept of due jobs run here, directly on the block's cache.

use crate::{cache::Cache, reader::ReadError};
use alloy_primitives::{Address, Log, LogData, U256};
use qiantang_modules::{Context, Halt};
use qiantang_types::{Height, Parameters, TimestampMs};

/// Gas of a read. What the chain does for itself is priced by the time that it takes, ten
/// nanoseconds to one gas, and not to keep a state small.
const LOAD_GAS: u64 = 200;
/// Gas of a write.
const STORE_GAS: u64 = 500;
/// Gas of a log.
const LOG_GAS: u64 = 500;

/// What modules see of the block while the chain itself calls them.
pub(crate) struct SystemContext<'c, 'r> {
    cache: &'c mut Cache<'r>,
    block: SystemBlock<'c>,
    module: Address,
    caller: Address,
    gas: u64,
    logs: Vec<Log>,
    undo: Vec<(Address, U256, U256)>,
}

/// The block in which the chain calls.
#[derive(Clone, Copy)]
pub(crate) struct SystemBlock<'p> {
    pub(crate) height: Height,
    pub(crate) time: TimestampMs,
    pub(crate) chain_id: u64,
    pub(crate) parameters: &'p Parameters,
}

impl<'c, 'r> SystemContext<'c, 'r> {
    /// Calls as nobody in particular, with this much gas.
    pub(crate) const fn new(cache: &'c mut Cache<'r>, block: SystemBlock<'c>, gas: u64) -> Self {
        Self {
            cache,
            block,
            module: Address::ZERO,
            caller: Address::ZERO,
            gas,
            logs: Vec::new(),
            undo: Vec::new(),
        }
    }

    /// Gas that is left.
    pub(crate) const fn gas_left(&self) -> u64 {
        self.gas
    }

    /// The logs so far.
    pub(crate) fn take_logs(&mut self) -> Vec<Log> {
        std::mem::take(&mut self.logs)
    }

    fn revert_to(&mut self, undo: usize, logs: usize) -> Result<(), Halt> {
        while self.undo.len() > undo {
            let Some((address, slot, before)) = self.undo.pop() else {
                break;
            };
            self.cache
                .write_slot(address, slot, before)
                .map_err(unreadable)?;
        }
        self.logs.truncate(logs);
        Ok(())
    }
}

fn unreadable(error: ReadError) -> Halt {
    Halt::Fatal(error.to_string())
}

impl Context for SystemContext<'_, '_> {
    fn address(&self) -> Address {
        self.module
    }

    fn caller(&self) -> Address {
        self.caller
    }

    fn value(&self) -> U256 {
        U256::ZERO
    }

    fn height(&self) -> Height {
        self.block.height
    }

    fn time(&self) -> TimestampMs {
        self.block.time
    }

    fn chain_id(&self) -> u64 {
        self.block.chain_id
    }

    fn parameters(&self) -> &Parameters {
        self.block.parameters
    }

    fn is_static(&self) -> bool {
        false
    }

    fn load(&mut self, slot: U256) -> Result<U256, Halt> {
        self.charge(LOAD_GAS)?;
        self.cache.slot(self.module, slot).map_err(unreadable)
    }

    fn store(&mut self, slot: U256, value: U256) -> Result<(), Halt> {
        self.charge(STORE_GAS)?;
        let before = self.cache.slot(self.module, slot).map_err(unreadable)?;
        self.undo.push((self.module, slot, before));
        self.cache
            .write_slot(self.module, slot, value)
            .map_err(unreadable)
    }

    fn emit(&mut self, log: LogData) -> Result<(), Halt> {
        self.charge(LOG_GAS)?;
        self.logs.push(Log {
            address: self.module,
            data: log,
        });
        Ok(())
    }

    fn charge(&mut self, gas: u64) -> Result<(), Halt> {
        match self.gas.checked_sub(gas) {
            Some(left) => {
                self.gas = left;
                Ok(())
            }
            None => {
                self.gas = 0;
                Err(Halt::OutOfGas)
            }
        }
    }

    fn enter(
        &mut self,
        module: Address,
        caller: Address,
        work: &mut dyn FnMut(&mut dyn Context) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let outside = (self.module, self.caller);
        let (undo, logs) = (self.undo.len(), self.logs.len());
        (self.module, self.caller) = (module, caller);
        let result = work(self);
        (self.module, self.caller) = outside;
        if result.is_err() {
            self.revert_to(undo, logs)?;
        }
        result
    }
}
