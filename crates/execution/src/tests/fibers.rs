//! Execution that stops at every read.

use super::{STORE, contract_call, genesis, input, transfer, words};
use crate::{
    BlockError, BlockOutcome, BuildLimits, Fatal, Fiber, MemoryState, ReadError, StateReader as _,
    Step, build_block, run_block,
};
use alloy_primitives::Address;
use qiantang_types::Transaction;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

const CONTRACT: Address = Address::repeat_byte(0xcc);

type Run = Fiber<Result<BlockOutcome, BlockError>>;

fn chain() -> (MemoryState, Vec<Transaction>) {
    let state = genesis(&[(CONTRACT, STORE.to_vec())]);
    let mut block: Vec<_> = (0..20)
        .map(|nonce| contract_call(0, nonce, CONTRACT, &words(&[nonce, nonce + 1])))
        .collect();
    block.push(transfer(1, 0, Address::repeat_byte(0x70), 5));
    (state, block)
}

/// Drives a fiber to its end, each step on a thread of its own.
fn drive<T: Send + 'static>(mut fiber: Fiber<T>, state: &MemoryState) -> (T, usize) {
    let mut values = Vec::new();
    let mut steps = 0;
    loop {
        let (step, driven) = std::thread::spawn(move || {
            let step = fiber.resume(values).unwrap();
            (step, fiber)
        })
        .join()
        .unwrap();
        fiber = driven;
        steps += 1;
        match step {
            Step::Need(keys) => values = state.clone().read_many(&keys).unwrap(),
            Step::Done(result) => return (result, steps),
        }
    }
}

#[test]
fn a_fiber_does_what_a_plain_run_does_on_whatever_thread() {
    let (state, block) = chain();
    let expected = run_block(state.clone(), &input(1), &block);
    assert!(expected.is_ok());
    let fiber = Run::run(input(1), block.clone().into()).unwrap();
    let (outcome, steps) = drive(fiber, &state);
    assert_eq!(outcome, expected);
    assert!((22..40).contains(&steps), "{steps}");

    let limits = BuildLimits::default();
    let expected = build_block(state.clone(), &input(1), block.clone(), limits, || true);
    let fiber = Fiber::build(input(1), block, limits, || true).unwrap();
    assert_eq!(drive(fiber, &state).0, expected);
}

#[test]
fn two_fibers_may_interleave() {
    let (mut state, block) = chain();
    let expected = run_block(state.clone(), &input(1), &block);
    let block: Arc<[_]> = block.into();
    let mut fibers: Vec<_> = (0..3)
        .map(|_| (Run::run(input(1), block.clone()).unwrap(), Vec::new(), None))
        .collect();
    while fibers.iter().any(|(_, _, result)| result.is_none()) {
        for (fiber, values, result) in &mut fibers {
            if result.is_some() {
                continue;
            }
            match fiber.resume(std::mem::take(values)).unwrap() {
                Step::Need(keys) => *values = state.read_many(&keys).unwrap(),
                Step::Done(outcome) => *result = Some(outcome),
            }
        }
    }
    for (_, _, result) in fibers {
        assert_eq!(result.unwrap(), expected);
    }
}

/// Counts how often it is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn dropping_a_fiber_ends_it_wherever_it_stands() {
    let (mut state, block) = chain();
    for steps in 0..30 {
        let drops = Arc::new(AtomicUsize::new(0));
        let (owned, block) = (Dropped(drops.clone()), block.clone());
        let limits = BuildLimits::default();
        let mut fiber = Fiber::build(input(1), block, limits, move || {
            // The closure is alive as long as the build.
            owned.0.load(Ordering::SeqCst) == 0
        })
        .unwrap();
        let mut values = Vec::new();
        for _ in 0..steps {
            match fiber.resume(values).unwrap() {
                Step::Need(keys) => values = state.read_many(&keys).unwrap(),
                Step::Done(_) => break,
            }
        }
        drop(fiber);
        assert_eq!(drops.load(Ordering::SeqCst), 1, "after {steps} steps");
    }
}

#[test]
fn a_read_that_fails_ends_the_run() {
    let (mut state, block) = chain();
    let mut fiber = Run::run(input(1), block.into()).unwrap();
    let mut values = Vec::new();
    for _ in 0..5 {
        let Step::Need(keys) = fiber.resume(values).unwrap() else {
            panic!("ended early")
        };
        values = state.read_many(&keys).unwrap();
    }
    let error = ReadError::Failed("the disk is gone".into());
    let step = fiber.fail(error.clone()).unwrap();
    assert_eq!(step, Step::Done(Err(BlockError::Fatal(Fatal::Read(error)))));
    let after = fiber.resume(Vec::new());
    assert!(matches!(after, Err(Fatal::Inconsistent(_))));
}

#[test]
fn too_few_values_are_a_failed_read() {
    let (_, block) = chain();
    let mut fiber = Run::run(input(1), block.into()).unwrap();
    assert!(matches!(fiber.resume(Vec::new()), Ok(Step::Need(_))));
    let step = fiber.resume(Vec::new()).unwrap();
    assert!(matches!(
        step,
        Step::Done(Err(BlockError::Fatal(Fatal::Read(_))))
    ));
}

#[test]
fn a_panic_on_a_fiber_is_an_error() {
    let mut fiber = Fiber::<()>::start(|_| panic!("broken")).unwrap();
    assert_eq!(
        fiber.resume(Vec::new()),
        Err(Fatal::Panicked("broken".into()))
    );
    let candidates = chain().1;
    let limits = BuildLimits::default();
    let mut fiber = Fiber::build(input(1), candidates, limits, || panic!("impatient")).unwrap();
    let mut values = Vec::new();
    let result = loop {
        match fiber.resume(values).unwrap() {
            Step::Need(keys) => values = chain().0.read_many(&keys).unwrap(),
            Step::Done(result) => break result,
        }
    };
    assert_eq!(result.unwrap_err(), Fatal::Panicked("impatient".into()));
}
