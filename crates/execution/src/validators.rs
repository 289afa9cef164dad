//! Who the validators are, as a state says it.

use crate::{
    cache::Cache,
    error::{Fatal, catch},
    machine::BlockMachine,
    reader::StateReader,
    rules::Rules,
    system::{SystemBlock, SystemContext},
};
use qiantang_modules::governance::{self, Validator};
use qiantang_types::{Height, Parameters, StateChanges, TimestampMs};

/// The validators that Governance holds in a state, in the order of their keys: who consensus would
/// take if an epoch ended there, and where they listen.
///
/// # Errors
///
/// The reader failed, or Governance's own data is damaged.
pub fn validators(reader: impl StateReader) -> Result<Vec<Validator>, Fatal> {
    catch(|| {
        let mut cache = Cache::new(Box::new(reader), Rules::QIANTANG.fork);
        let parameters = Parameters::default();
        // The registry asks nothing of the block.
        let block = SystemBlock {
            height: Height::GENESIS,
            time: TimestampMs::new(0),
            chain_id: 0,
            parameters: &parameters,
        };
        let found = governance::validators(&mut SystemContext::new(&mut cache, block, u64::MAX));
        found.map_err(|halt| match cache.failure() {
            Some(failure) => Fatal::Read(failure),
            None => Fatal::Inconsistent(format!("the registry of validators: {halt:?}")),
        })
    })
}

impl BlockMachine<'_> {
    /// The validators of the next epoch, where this block is the last of one.
    pub(crate) fn next_validators(&mut self) -> Result<Option<Vec<Validator>>, Fatal> {
        if !self.last_of_epoch() || !self.has_institutions() {
            return Ok(None);
        }
        let found = governance::validators(&mut self.system(u64::MAX));
        found.map(Some).map_err(|halt| self.fatal(halt))
    }
}

/// Whether a block may have changed the registry of validators.
pub fn touches_validators(changes: &StateChanges) -> bool {
    let slots = changes.slots.keys();
    slots
        .map(|(address, _)| address)
        .any(|address| *address == governance::ADDRESS)
}
