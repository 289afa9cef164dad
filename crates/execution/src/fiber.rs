//! Synchronous execution over asynchronous state.
//!
//! The virtual machine reads synchronously, the state answers asynchronously, and blocking a
//! runtime's thread on a read can deadlock. So a block executes on a stack of its own, a [`Fiber`]:
//! where it needs values it stops and names their keys; whoever drives it awaits the values and
//! resumes it, on whatever thread. Consensus drives it; nothing here waits, spawns or knows a
//! runtime.

use crate::{
    block::{BlockOutcome, run_block},
    error::{BlockError, Fatal, catch},
    payload::{BuildLimits, Built, build_block},
    reader::{ReadError, StateReader},
    rules::BlockInput,
    validators::validators,
};
use corosensei::{Coroutine, CoroutineResult, Yielder, stack::DefaultStack};
use qiantang_modules::governance::Validator;
use qiantang_types::{StateKey, StateValue, Transaction};
use std::sync::Arc;

/// Bytes of a fiber's stack. The virtual machine keeps its frames on the heap; precompiles need the
/// most of this. Only pages that are touched take memory.
const STACK_BYTES: usize = 4 << 20;

/// What a fiber wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// The values of these keys, in their order.
    Need(Vec<StateKey>),
    /// Nothing: it has ended.
    Done(T),
}

/// An execution that stops at every read.
///
/// Dropping it ends the execution at its next read, which is the one at which it stands.
pub struct Fiber<T> {
    coroutine: Coroutine<Answer, Vec<StateKey>, Result<T, Fatal>>,
}

enum Answer {
    Values(Vec<StateValue>),
    Failed(ReadError),
}

#[expect(
    unsafe_code,
    reason = "a suspended stack must move between the threads of the runtime that drives it"
)]
// SAFETY: what lives on the fiber's stack moves as a whole, and only code of this crate and of the
// crates it calls runs there: `start` is private to the crate, and the closures given to it call
// `run_block`, `build_block` and `validators` with values that are all `Send`. While one of these
// is suspended, which is only in `FiberReader::request`, no frame below holds a lock guard, an
// entered tracing span or a reference to a thread-local: the virtual machine has none (its `Rc`s
// are created, used and dropped on this stack), modules see the world through their context only,
// and caller code (`keep_going`) is never on the stack then. The result crosses to the driver's
// thread, hence `T: Send`.
unsafe impl<T: Send> Send for Fiber<T> {}

impl Fiber<Result<BlockOutcome, BlockError>> {
    /// [`run_block`] on a fiber, which starts at the first [`Self::resume`].
    ///
    /// # Errors
    ///
    /// There is no memory for its stack.
    pub fn run(input: BlockInput, transactions: Arc<[Transaction]>) -> Result<Self, Fatal> {
        Self::start(move |reader| run_block(reader, &input, &transactions))
    }
}

impl Fiber<Result<Built, Fatal>> {
    /// [`build_block`] on a fiber, which starts at the first [`Self::resume`].
    ///
    /// # Errors
    ///
    /// There is no memory for its stack.
    pub fn build(
        input: BlockInput,
        candidates: Vec<Transaction>,
        limits: BuildLimits,
        keep_going: impl FnMut() -> bool + Send + 'static,
    ) -> Result<Self, Fatal> {
        Self::start(move |reader| build_block(reader, &input, candidates, limits, keep_going))
    }
}

impl Fiber<Result<Vec<Validator>, Fatal>> {
    /// [`validators`] on a fiber, which starts at the first [`Self::resume`].
    ///
    /// # Errors
    ///
    /// There is no memory for its stack.
    pub fn validators() -> Result<Self, Fatal> {
        Self::start(|reader| validators(reader))
    }
}

impl<T: Send + 'static> Fiber<T> {
    pub(crate) fn start(
        run: impl for<'a> FnOnce(FiberReader<'a>) -> T + Send + 'static,
    ) -> Result<Self, Fatal> {
        let stack = DefaultStack::new(STACK_BYTES)
            .map_err(|error| Fatal::Inconsistent(format!("no memory for a stack: {error}")))?;
        let coroutine = Coroutine::with_stack(stack, move |yielder, _: Answer| {
            let reader = FiberReader {
                yielder,
                failure: None,
            };
            // A panic must not unwind through the stack switch.
            catch(|| Ok(run(reader)))
        });
        Ok(Self { coroutine })
    }

    /// Goes on with the values that were needed; the first time with none.
    ///
    /// # Errors
    ///
    /// A panic on the fiber, or a fiber that has ended.
    pub fn resume(&mut self, values: Vec<StateValue>) -> Result<Step<T>, Fatal> {
        self.answer(Answer::Values(values))
    }

    /// Goes on where the values that were needed could not be read.
    ///
    /// # Errors
    ///
    /// As [`Self::resume`].
    pub fn fail(&mut self, error: ReadError) -> Result<Step<T>, Fatal> {
        self.answer(Answer::Failed(error))
    }
}

impl<T> Fiber<T> {
    fn answer(&mut self, answer: Answer) -> Result<Step<T>, Fatal> {
        if self.coroutine.done() {
            return Err(Fatal::Inconsistent(
                "a fiber was resumed after its end".into(),
            ));
        }
        match self.coroutine.resume(answer) {
            CoroutineResult::Yield(keys) => Ok(Step::Need(keys)),
            CoroutineResult::Return(result) => result.map(Step::Done),
        }
    }
}

impl<T> Drop for Fiber<T> {
    fn drop(&mut self) {
        // The execution ends by returning an error, so that its destructors run as usual. Its
        // reader keeps the error and never suspends again: one answer suffices.
        if self.coroutine.started() && !self.coroutine.done() {
            let _ended = self.answer(Answer::Failed(ReadError::Cancelled));
        }
    }
}

/// Reads by suspending the fiber.
pub(crate) struct FiberReader<'a> {
    yielder: &'a Yielder<Answer, Vec<StateKey>>,
    failure: Option<ReadError>,
}

impl FiberReader<'_> {
    fn request(&mut self, keys: Vec<StateKey>) -> Result<Vec<StateValue>, ReadError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let asked = keys.len();
        let error = match self.yielder.suspend(keys) {
            Answer::Values(values) if values.len() == asked => return Ok(values),
            Answer::Values(values) => {
                let found = values.len();
                ReadError::Failed(format!("the fiber got {found} values for {asked} keys"))
            }
            Answer::Failed(error) => error,
        };
        self.failure = Some(error.clone());
        Err(error)
    }
}

impl StateReader for FiberReader<'_> {
    fn read(&mut self, key: StateKey) -> Result<StateValue, ReadError> {
        let mut values = self.request(vec![key])?;
        values
            .pop()
            .ok_or_else(|| ReadError::Failed("the fiber got no value".into()))
    }

    fn read_many(&mut self, keys: &[StateKey]) -> Result<Vec<StateValue>, ReadError> {
        self.request(keys.to_vec())
    }
}
