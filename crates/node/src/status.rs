//! What `qiantang_status` and `/health` say about this node.

use qiantang_api::{NodeStatus, StatusSource};
use qiantang_consensus::{Chain, Engine, Health, HealthReport, Pace, PeerHealth};
use qiantang_state::history::Store;
use qiantang_types::{
    TimestampMs,
    health::{DiskSpace, HeardView, NetworkHealth, PeerView, VoteView},
};
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
    health: Health,
    pace: Pace,
    store: Store,
    dir: PathBuf,
    started: TimestampMs,
    size: Mutex<Option<(Instant, u64)>>,
}

impl Status {
    pub(crate) fn new(engine: &Engine, pace: Pace, store: Store, dir: PathBuf) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let started = TimestampMs::new(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        Self {
            chain: engine.chain().clone(),
            health: engine.health().clone(),
            pace,
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
            disk: disk_space(&self.dir),
            peers: count(&self.health.report()),
            fault,
        }
    }

    fn health(&self) -> NetworkHealth {
        let report = self.health.report();
        let (validators, peers): (Vec<_>, Vec<_>) =
            report.peers.iter().partition(|peer| peer.is_validator);
        let view = |peers: Vec<&PeerHealth>| peers.into_iter().map(peer_view).collect();
        let heartbeat = self.pace.heartbeat.as_millis();
        NetworkHealth {
            now: report.now.get(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            height: self.store.head().map_or(0, |(height, _)| height.get()),
            last_block: report.last_block.map(TimestampMs::get),
            disk_ms: report.disk_ms,
            voter: report.is_voter,
            epoch: report.epoch,
            view: report.view,
            quorum: report.quorum,
            heartbeat: u64::try_from(heartbeat).unwrap_or(u64::MAX),
            validators: view(validators),
            peers: view(peers),
        }
    }
}

/// Time after which a peer that says nothing does not count as connected; it speaks every second.
const SILENT_MS: u64 = 5_000;

/// Peers that were heard of late.
fn count(report: &HealthReport) -> u64 {
    let is_heard = |peer: &&PeerHealth| {
        let heard = peer.heard.as_ref();
        heard.is_some_and(|heard| report.now.get().saturating_sub(heard.at.get()) < SILENT_MS)
    };
    u64::try_from(report.peers.iter().filter(is_heard).count()).unwrap_or(u64::MAX)
}

fn peer_view(peer: &PeerHealth) -> PeerView {
    PeerView {
        key: peer.key.clone(),
        me: peer.is_me,
        vote: peer.vote.map(|vote| VoteView {
            epoch: vote.epoch,
            view: vote.view,
            at: vote.at.get(),
        }),
        heard: peer.heard.as_ref().map(|heard| HeardView {
            at: heard.at.get(),
            version: heard.beacon.version.clone(),
            height: heard.beacon.height,
            clock_ahead_ms: heard
                .beacon
                .time
                .cast_signed()
                .saturating_sub(heard.at.get().cast_signed()),
            disk_ms: heard.beacon.disk_ms,
        }),
    }
}

/// The disk on which `dir` is, where the system tells.
fn disk_space(dir: &Path) -> Option<DiskSpace> {
    Some(DiskSpace {
        free: fs4::available_space(dir).ok()?,
        size: fs4::total_space(dir).ok()?,
    })
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
