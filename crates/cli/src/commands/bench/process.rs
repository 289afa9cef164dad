//! What the server and the machine spend, as Linux tells it. On other systems nothing is known.

use qiantang_client::Client;
use serde::Serialize;
use std::{fs, path::Path};

/// Clock ticks in a second in `/proc`: fixed at 100 for user space on every Linux architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process of this machine.
#[derive(Debug)]
pub(super) struct Process {
    pid: u32,
}

/// The machine before the run.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    pub(super) cores: usize,
    /// Load average over one minute.
    pub(super) load: Option<f64>,
}

impl Process {
    /// The node's process: the one that was named, or the one that a node of ours on this machine
    /// says it is.
    pub(super) async fn of_node(client: &Client, named: Option<u32>) -> Option<Self> {
        if let Some(pid) = named {
            return Some(Self { pid });
        }
        let host = client.url().split("://").nth(1)?;
        let local = ["127.0.0.1", "localhost", "[::1]"];
        if !local.iter().any(|name| host.starts_with(name)) {
            return None;
        }
        let pid = client.status().await.ok()?.pid;
        Some(Self { pid })
    }

    /// Seconds of CPU time that it has used, in user space and in the kernel.
    pub(super) fn cpu_seconds(&self) -> Option<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        // The name in the second field may hold anything, even spaces and brackets.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let user: u64 = fields.get(11)?.parse().ok()?;
        let kernel: u64 = fields.get(12)?.parse().ok()?;
        Some(user.saturating_add(kernel) as f64 / TICKS_PER_SECOND)
    }

    /// Bytes of resident memory.
    pub(super) fn memory_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        kibibytes.checked_mul(1024)
    }
}

/// What this machine has, and how busy it is.
pub(super) fn machine() -> Machine {
    let load = fs::read_to_string("/proc/loadavg").ok();
    Machine {
        cores: std::thread::available_parallelism().map_or(1, Into::into),
        load: load.and_then(|text| text.split_whitespace().next()?.parse().ok()),
    }
}

/// Bytes of all files below a directory, as allocated on disk.
pub(super) fn directory_bytes(dir: &Path) -> Option<u64> {
    let mut bytes: u64 = 0;
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).ok()?.flatten() {
            // Files may vanish while they are counted: databases clean up.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                open.push(entry.path());
            } else {
                bytes = bytes.saturating_add(allocated(&metadata));
            }
        }
    }
    Some(bytes)
}

#[cfg(unix)]
fn allocated(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.blocks().saturating_mul(512)
}

#[cfg(not(unix))]
fn allocated(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

#[cfg(test)]
mod tests;
