//! Keeping the history to a number of bytes: a task that looks at times how large it is, and lets
//! the store forget its oldest blocks.

use crate::config::StoreMode;
use qiantang_state::history::{Store, StoreError};
use qiantang_types::Height;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often the size is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Blocks that are kept whatever their size: peers that fall behind ask for them.
const BLOCKS_MIN: u64 = 256;

/// Part of the bytes that is left after forgetting, in percent, so that it happens rarely.
const LEFT_PERCENT: u64 = 80;

/// The running task; dropping it ends it.
pub(crate) struct Pruning(Option<JoinHandle<()>>);

impl Pruning {
    /// Ends the task and waits until it is gone.
    pub(crate) async fn stop(mut self) {
        if let Some(task) = &mut self.0 {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for Pruning {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Starts looking, where the node is to keep to a number of bytes.
pub(crate) fn start(mode: StoreMode, store: Store) -> Pruning {
    Pruning(match mode {
        StoreMode::Archive => None,
        StoreMode::Prune(bytes) => Some(tokio::spawn(run(bytes.get(), store))),
    })
}

async fn run(bytes_max: u64, store: Store) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let store = store.clone();
        let look = tokio::task::spawn_blocking(move || keep_to(bytes_max, &store));
        match look.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the history was not pruned"),
            Err(_) => return,
        }
    }
}

/// Forgets the oldest blocks of a store that is larger than it may be.
fn keep_to(bytes_max: u64, store: &Store) -> Result<(), StoreError> {
    let bytes = store.bytes_on_disk()?;
    let Some((head, _)) = store.head() else {
        return Ok(());
    };
    let first = beginning(bytes, bytes_max, store.first(), head);
    if first <= store.first() {
        return Ok(());
    }
    store.prune(first)?;
    let left = store.bytes_on_disk()?;
    tracing::info!(%first, bytes, left, "the oldest blocks were forgotten");
    Ok(())
}

/// Where a history of so many bytes should begin: blocks are taken to be of one size.
fn beginning(bytes: u64, bytes_max: u64, first: Height, head: Height) -> Height {
    if bytes <= bytes_max {
        return first;
    }
    let (first, head) = (u128::from(first.get()), u128::from(head.get()));
    let left = u128::from(bytes_max).saturating_mul(LEFT_PERCENT.into()) / 100;
    let kept = head
        .saturating_sub(first)
        .saturating_mul(left)
        .checked_div(bytes.into())
        .unwrap_or_default()
        .max(BLOCKS_MIN.into());
    let next = head.saturating_sub(kept).max(first);
    Height::new(u64::try_from(next).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_blocks_go_in_proportion() {
        for (bytes, bytes_max, first, head, expected) in [
            (100, 100, 0, 10_000, 0),
            (200, 100, 0, 10_000, 6_000),
            (125, 100, 6_000, 16_000, 9_600),
            (u64::MAX, 1, 0, 10_000, 9_744),
            (200, 100, 0, 100, 0),
            (200, 100, 9_900, 10_000, 9_900),
        ] {
            let (first, head) = (Height::new(first), Height::new(head));
            let found = beginning(bytes, bytes_max, first, head);
            assert_eq!(found, Height::new(expected), "{bytes} of {bytes_max}");
        }
    }
}
