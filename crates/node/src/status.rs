//! What `qiantang_status` and `/health` say about this node.

use qiantang_api::{NodeStatus, StatusSource};
use qiantang_consensus::Chain;
use qiantang_state::history::Store;
use qiantang_types::TimestampMs;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long a measured size of the directory is taken as the present one.
const SIZE_VALID: Duration = Duration::from_secs(5);

/// Depth of directories that are measured.
const DEPTH_MAX: usize = 8;

/// The node's state of health.
pub(crate) struct Status {
    chain: Arc<Chain>,
    store: Store,
    dir: PathBuf,
    started: TimestampMs,
    size: Mutex<Option<(Instant, u64)>>,
}

impl Status {
    pub(crate) fn new(chain: Arc<Chain>, store: Store, dir: PathBuf) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let started = TimestampMs::new(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        Self {
            chain,
            store,
            dir,
            started,
            size: Mutex::new(None),
        }
    }

    fn disk_bytes(&self) -> u64 {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        match *size {
            Some((at, bytes)) if at.elapsed() < SIZE_VALID => bytes,
            _ => {
                let bytes = bytes_below(&self.dir, DEPTH_MAX);
                *size = Some((Instant::now(), bytes));
                bytes
            }
        }
    }
}

impl StatusSource for Status {
    fn status(&self) -> NodeStatus {
        let fault = self.chain.failure().map(ToString::to_string);
        let fault = fault.or_else(|| {
            self.store
                .head()
                .is_none()
                .then(|| "the first block is not there yet".to_owned())
        });
        NodeStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            disk_bytes: Some(self.disk_bytes()),
            peers: 0,
            fault,
        }
    }
}

/// Bytes that files below `dir` take on the disk. Files that vanish while it looks do not count.
fn bytes_below(dir: &Path, depth: usize) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let Some(depth) = depth.checked_sub(1) else {
        return 0;
    };
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => bytes_below(&entry.path(), depth),
        Ok(data) => data.blocks().saturating_mul(512),
        Err(_) => 0,
    });
    sizes.fold(0, u64::saturating_add)
}
