//! One simulated machine: everything that a node's tasks do happens on it, so that it can be cut
//! off from one moment to the next, and so that a panic is known to be this node's.

use crate::{disk::Disk, liar::Lies};
use commonware_runtime::{Clock as _, Error, deterministic::Context};
use std::{
    any::Any,
    cell::RefCell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
    time::{Duration, SystemTime},
};

thread_local! {
    /// The machine whose task runs on this thread now.
    static CURRENT: RefCell<Option<Arc<Machine>>> = const { RefCell::new(None) };
}

/// The machine whose task runs on this thread now.
pub(crate) fn current() -> Option<Arc<Machine>> {
    CURRENT.with_borrow(Clone::clone)
}

/// A machine from when it is switched on to when it is switched off.
pub(crate) struct Machine {
    index: usize,
    clock: Context,
    pub(crate) disk: Arc<Disk>,
    pub(crate) skew: Skew,
    pub(crate) lies: Lies,
    running: AtomicBool,
    /// Operations on files so far.
    operations: AtomicU64,
    /// The operation before which the power goes.
    power_until: AtomicU64,
    /// Whether it went. What is planned may change before anybody looks.
    lost_power: AtomicBool,
    trouble: Mutex<Trouble>,
    /// Whether it has an excuse for stopping by itself.
    excused: AtomicBool,
    cause: Mutex<Option<String>>,
}

/// How far a machine's clock is from the true time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Skew {
    pub(crate) ahead: Duration,
    pub(crate) behind: Duration,
}

impl Skew {
    /// What the clock shows at a time.
    pub(crate) fn shown(self, time: SystemTime) -> SystemTime {
        let shifted = time.checked_add(self.ahead);
        shifted
            .and_then(|time| time.checked_sub(self.behind))
            .unwrap_or(time)
    }

    /// The time at which the clock shows another.
    pub(crate) fn meant(self, shown: SystemTime) -> SystemTime {
        let shifted = shown.checked_add(self.behind);
        shifted
            .and_then(|time| time.checked_sub(self.ahead))
            .unwrap_or(shown)
    }
}

/// What a disk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiskState {
    Healthy,
    /// A sync takes so long, all else a twentieth of it.
    Slow(Duration),
    /// One of so many operations fails.
    Failing(u64),
    /// No write succeeds.
    Full,
}

struct Trouble {
    disk: DiskState,
    random: u64,
}

/// What is done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Open,
    Read,
    Write,
    Sync,
}

impl Machine {
    pub(crate) fn new(
        index: usize,
        clock: Context,
        disk: Arc<Disk>,
        (skew, lies): (Skew, Lies),
    ) -> Arc<Self> {
        keep_panics_quiet();
        Arc::new(Self {
            index,
            clock,
            disk,
            skew,
            lies,
            running: AtomicBool::new(true),
            operations: AtomicU64::new(0),
            power_until: AtomicU64::new(u64::MAX),
            lost_power: AtomicBool::new(false),
            trouble: Mutex::new(Trouble {
                disk: DiskState::Healthy,
                random: 0,
            }),
            excused: AtomicBool::new(lies.any()),
            cause: Mutex::new(None),
        })
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.current()
    }

    /// Milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> u64 {
        let since = self.now().duration_since(SystemTime::UNIX_EPOCH);
        u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
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

    /// Whether it may stop by itself: its disk failed, its power went, or it lies.
    pub(crate) fn is_excused(&self) -> bool {
        self.excused.load(Ordering::Acquire)
    }

    /// Whether its power went.
    pub(crate) fn lost_power(&self) -> bool {
        self.lost_power.load(Ordering::Acquire)
    }

    /// Lets the power go before the operation on files that comes after `more` others.
    pub(crate) fn cut_power_after(&self, more: u64) {
        let at = self.operations.load(Ordering::Acquire).saturating_add(more);
        self.power_until.store(at, Ordering::Release);
    }

    /// Lets the disk do something else from now on.
    pub(crate) fn set_disk(&self, disk: DiskState, random: u64) {
        *lock(&self.trouble) = Trouble { disk, random };
    }

    /// Before each operation on files: whether it fails. Never returns where the power is gone.
    pub(crate) async fn operate(&self, operation: Operation) -> Result<(), Error> {
        if !self.is_running() {
            return futures::future::pending().await;
        }
        let number = self.operations.fetch_add(1, Ordering::AcqRel);
        if number >= self.power_until.load(Ordering::Acquire) {
            self.excused.store(true, Ordering::Release);
            self.lost_power.store(true, Ordering::Release);
            self.fail(format!(
                "the power went before operation {number} on its files"
            ));
            return futures::future::pending().await;
        }
        let disk = lock(&self.trouble).disk;
        let fails = match disk {
            DiskState::Healthy => false,
            DiskState::Slow(sync) => {
                let takes = if operation == Operation::Sync {
                    sync
                } else {
                    sync / 20
                };
                self.clock.sleep(takes).await;
                false
            }
            DiskState::Failing(one_in) => {
                let mut trouble = lock(&self.trouble);
                trouble.random = mix(trouble.random);
                trouble.random.is_multiple_of(one_in)
            }
            DiskState::Full => operation == Operation::Write,
        };
        if !fails {
            return Ok(());
        }
        self.excused.store(true, Ordering::Release);
        Err(match operation {
            Operation::Read => Error::ReadFailed,
            Operation::Open | Operation::Write | Operation::Sync => Error::WriteFailed,
        })
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
