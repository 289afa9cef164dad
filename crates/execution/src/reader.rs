//! Where execution reads the parent's state from.

use qiantang_types::{StateKey, StateValue};

/// Why a value could not be read. No transaction is to blame: the block can be neither accepted nor
/// refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The execution was given up; nobody waits for its result.
    #[error("the execution was cancelled")]
    Cancelled,
    /// The state layer failed, or answered with something else than was asked.
    #[error("reading the state failed: {0}")]
    Failed(String),
}

/// The state after the parent block.
///
/// Answers must not change while one block executes. The executor keeps what it has read, so a
/// reader needs no cache for repeated keys.
pub trait StateReader {
    /// The value of one key.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError>;

    /// The values of several keys in the order of `keys`; a reader with a cost per request answers
    /// them at once.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn read_many(&mut self, keys: &[StateKey]) -> Result<Vec<StateValue>, ReadError> {
        keys.iter().map(|key| self.read(*key)).collect()
    }
}

impl<R: StateReader + ?Sized> StateReader for &mut R {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        (**self).read(key)
    }

    fn read_many(&mut self, keys: &[StateKey]) -> Result<Vec<StateValue>, ReadError> {
        (**self).read_many(keys)
    }
}

impl<R: StateReader + ?Sized> StateReader for Box<R> {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        (**self).read(key)
    }

    fn read_many(&mut self, keys: &[StateKey]) -> Result<Vec<StateValue>, ReadError> {
        (**self).read_many(keys)
    }
}
