//! The thread that writes sealed runs to sorted files.

use super::{
    StoreError, layout,
    recent::{Recent, Run},
    sorted::Sorted,
    tables::{BlockTables, IndexTables, Journaled},
};
use fjall::Slice;
use qiantang_types::Height;
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
};

/// Handle of the thread. Dropping it lets the run at hand be finished.
pub(super) struct Sorter {
    work: Arc<Work>,
    blocks: Arc<BlockTables>,
    recent: Arc<Recent>,
    thread: Option<JoinHandle<()>>,
}

/// What the appender and the thread tell each other.
#[derive(Default)]
struct Work {
    desk: Mutex<Desk>,
    changed: Condvar,
}

#[derive(Default)]
struct Desk {
    run: Option<Arc<Run>>,
    failed: Option<Failure>,
    stopping: bool,
}

enum Failure {
    Untold(StoreError),
    Told,
}

impl Sorter {
    pub(super) fn start(
        blocks: Arc<BlockTables>,
        index: Arc<IndexTables>,
        recent: Arc<Recent>,
    ) -> Result<Self, StoreError> {
        let work = Arc::new(Work::default());
        let place = &index.engine.place.clone();
        let thread = std::thread::Builder::new()
            .name("history-sorter".to_owned())
            .spawn({
                let (work, blocks, recent) = (work.clone(), blocks.clone(), recent.clone());
                move || work.serve(&blocks, &index, &recent)
            })
            .map_err(|source| place.io("start the sorting thread of", &place.store, source))?;
        Ok(Self {
            work,
            blocks,
            recent,
            thread: Some(thread),
        })
    }

    /// Hands the active run over to the thread, once that has finished the one before.
    pub(super) fn seal(&self) -> Result<(), StoreError> {
        let mut desk = self.idle()?;
        let mut runs = self.recent.write();
        if runs.active.is_empty() {
            return Ok(());
        }
        let run = Arc::new(std::mem::take(&mut runs.active));
        runs.sealed = Some(run.clone());
        desk.run = Some(run);
        self.work.changed.notify_all();
        Ok(())
    }

    /// Writes out all runs and waits for it.
    pub(super) fn drain(&self) -> Result<(), StoreError> {
        self.seal()?;
        self.idle().map(drop)
    }

    /// An error if writing a run failed: the first time the cause, then that there was one.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        check(&mut self.work.lock(), &self.blocks)
    }

    fn idle(&self) -> Result<MutexGuard<'_, Desk>, StoreError> {
        let busy = |desk: &mut Desk| desk.run.is_some() && desk.failed.is_none();
        let waited = self.work.changed.wait_while(self.work.lock(), busy);
        let mut desk = waited.unwrap_or_else(PoisonError::into_inner);
        check(&mut desk, &self.blocks)?;
        Ok(desk)
    }
}

impl Drop for Sorter {
    fn drop(&mut self) {
        self.work.lock().stopping = true;
        self.work.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn check(desk: &mut Desk, blocks: &BlockTables) -> Result<(), StoreError> {
    match desk.failed.take() {
        None => Ok(()),
        Some(failure) => {
            desk.failed = Some(Failure::Told);
            Err(match failure {
                Failure::Untold(error) => error,
                Failure::Told => blocks
                    .engine
                    .place
                    .engine("write to", fjall::Error::Poisoned),
            })
        }
    }
}

impl Work {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, blocks: &BlockTables, index: &IndexTables, recent: &Recent) {
        loop {
            let idle = |desk: &mut Desk| desk.run.is_none() && !desk.stopping;
            let waited = self.changed.wait_while(self.lock(), idle);
            let run = waited.unwrap_or_else(PoisonError::into_inner).run.clone();
            let Some(run) = run else { return };
            let written = write(blocks, index, &run);
            let mut desk = self.lock();
            match written {
                Ok(()) => {
                    recent.write().sealed = None;
                    desk.run = None;
                }
                Err(error) => {
                    tracing::error!(%error, "the history's index entries were not written");
                    desk.failed = Some(Failure::Untold(error));
                }
            }
            self.changed.notify_all();
            if desk.failed.is_some() || desk.stopping {
                return;
            }
        }
    }
}

/// Writes a run. The note that it is written comes last: after a crash before it, the same rows are
/// written again.
fn write(blocks: &BlockTables, index: &IndexTables, run: &Run) -> Result<(), StoreError> {
    let Some(heights) = &run.heights else {
        return Ok(());
    };
    let state = rows(&run.accounts).chain(rows(&run.slots));
    index.ingest(&index.state, state)?;
    index.ingest(&index.hashes, rows(&run.hashes))?;
    index.ingest(&index.logs, rows(&run.postings))?;
    let mut batch = blocks.batch();
    for height in heights.clone() {
        batch.remove(Journaled::Recent, layout::changes_key(Height::new(height)));
    }
    let last = layout::height_value(Height::new(*heights.end()));
    batch.insert(Journaled::Chain, layout::SORTED_KEY, last);
    blocks.commit_lazily("write to", batch)
}

fn rows<const N: usize>(sorted: &Sorted<N>) -> impl Iterator<Item = (Slice, Slice)> {
    sorted
        .iter()
        .map(|(key, value)| (key.into(), value.clone()))
}
