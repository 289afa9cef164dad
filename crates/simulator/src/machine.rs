//! One simulated machine: everything that a node's tasks do happens on it, so that it can be cut
//! off from one moment to the next, and so that a panic is known to be this node's.

use commonware_runtime::{Clock as _, deterministic::Context};
use std::{
    any::Any,
    cell::RefCell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::{Duration, SystemTime},
};

thread_local! {
    /// The machine whose task runs on this thread now.
    static CURRENT: RefCell<Option<Arc<Machine>>> = const { RefCell::new(None) };
}

/// A machine from when it is switched on to when it is switched off.
pub(crate) struct Machine {
    index: usize,
    clock: Context,
    running: AtomicBool,
    cause: Mutex<Option<String>>,
}

impl Machine {
    pub(crate) fn new(index: usize, clock: Context) -> Arc<Self> {
        keep_panics_quiet();
        Arc::new(Self {
            index,
            clock,
            running: AtomicBool::new(true),
            cause: Mutex::new(None),
        })
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.current()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    /// Stops all of its tasks where they are.
    pub(crate) fn switch_off(&self) {
        self.running.store(false, Ordering::Release);
    }

    /// Why it stopped by itself.
    pub(crate) fn cause(&self) -> Option<String> {
        lock(&self.cause).clone()
    }

    /// Before each operation on files: never returns where the machine is off.
    pub(crate) async fn before_operation(&self) {
        if !self.is_running() {
            futures::future::pending().await
        }
    }

    /// Ends by itself.
    pub(crate) fn fail(&self, cause: String) {
        let mut kept = lock(&self.cause);
        if kept.is_none() {
            *kept = Some(cause);
        }
        self.switch_off();
    }
}

/// The next number of a sequence (SplitMix64, Steele and others 2014).
pub(crate) const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A task of a machine.
pub(crate) struct OnMachine<F> {
    machine: Arc<Machine>,
    future: Pin<Box<F>>,
}

impl<F> OnMachine<F> {
    pub(crate) fn new(machine: Arc<Machine>, future: F) -> Self {
        Self {
            machine,
            future: Box::pin(future),
        }
    }
}

impl<F: Future> Future for OnMachine<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut std::task::Context<'_>) -> Poll<F::Output> {
        let Self { machine, future } = self.get_mut();
        if !machine.is_running() {
            return Poll::Pending;
        }
        let before = CURRENT.replace(Some(machine.clone()));
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(task)));
        CURRENT.set(before);
        match polled {
            // What happened after the power went did not happen.
            Ok(_) if !machine.is_running() => Poll::Pending,
            Ok(polled) => polled,
            // On a real machine a panic in any task ends the process.
            Err(panic) => {
                machine.fail(format!("panic: {}", panic_text(panic.as_ref())));
                Poll::Pending
            }
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let owned = panic.downcast_ref::<String>().cloned();
    let text = owned.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "no reason given".to_owned())
}

/// Panics of machines are part of a simulation: they are recorded, and printed nowhere.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let machine = CURRENT.try_with(|machine| machine.try_borrow().ok()?.clone());
            match machine.ok().flatten() {
                Some(machine) => tracing::error!(node = machine.index, %info, "panic"),
                None => previous(info),
            }
        }));
    });
}

/// Lets other tasks run until `done` says so, for `patience` at the most.
pub(crate) async fn wait_until(
    clock: &Context,
    patience: Duration,
    mut done: impl FnMut() -> bool,
) -> bool {
    let step = Duration::from_millis(1);
    let mut left = patience;
    while !done() {
        if left.is_zero() {
            return false;
        }
        clock.sleep(step).await;
        left = left.saturating_sub(step);
    }
    true
}
