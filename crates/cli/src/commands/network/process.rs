//! The process that uses a directory: found by the lock that it holds, never by a number alone.
//!
//! A number that a file remembers may belong to a stranger by now. So the process is pinned first
//! (a process descriptor of Linux never changes its meaning), then it must have the directory's
//! LOCK open, and only then is it signalled.

use std::{io, path::Path, time::Duration};

/// A node's process.
#[derive(Debug)]
pub(super) struct Process {
    pid: u32,
    #[cfg(target_os = "linux")]
    handle: std::os::fd::OwnedFd,
}

/// What a process can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// End in order.
    Terminate,
    /// End now, as in a power cut.
    Kill,
    /// Read again what it reads while it runs.
    Reload,
}

impl Process {
    /// Its number.
    pub(super) const fn pid(&self) -> u32 {
        self.pid
    }
}

#[cfg(target_os = "linux")]
impl Process {
    /// The process that uses a node's directory, if there is one.
    pub(super) fn of(dir: &Path) -> Option<Self> {
        use rustix::process::{Pid, PidfdFlags, pidfd_open};
        let text = std::fs::read_to_string(dir.join("pid")).ok()?;
        let pid: u32 = text.trim().parse().ok()?;
        let number = Pid::from_raw(i32::try_from(pid).ok()?)?;
        let handle = pidfd_open(number, PidfdFlags::NONBLOCK).ok()?;
        has_open(pid, &dir.join("LOCK")).then_some(Self { pid, handle })
    }

    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        use rustix::process::{Signal as System, pidfd_send_signal};
        let signal = match signal {
            Signal::Terminate => System::TERM,
            Signal::Kill => System::KILL,
            Signal::Reload => System::HUP,
        };
        Ok(pidfd_send_signal(&self.handle, signal)?)
    }

    /// Waits until it has ended, at most so long; answers whether it has.
    pub(super) async fn ended(self, limit: Duration) -> io::Result<bool> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        let wait = move || {
            // The descriptor becomes readable when the process ends.
            let mut watched = [PollFd::new(&self.handle, PollFlags::IN)];
            Ok(poll(&mut watched, Some(&limit))? > 0)
        };
        tokio::task::spawn_blocking(wait).await?
    }
}

/// Whether a process has a file open.
#[cfg(target_os = "linux")]
fn has_open(pid: u32, file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(wanted) = std::fs::metadata(file) else {
        return false;
    };
    let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false;
    };
    open.flatten()
        .filter_map(|entry| std::fs::metadata(entry.path()).ok())
        .any(|data| data.dev() == wanted.dev() && data.ino() == wanted.ino())
}

#[cfg(not(target_os = "linux"))]
impl Process {
    pub(super) fn of(_: &Path) -> Option<Self> {
        None
    }

    pub(super) fn signal(&self, _: Signal) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) async fn ended(self, _: Duration) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
