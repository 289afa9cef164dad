//! Signals that ask a running node for something.

use crate::{failure::Failure, messages::Message, output::Output};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals of a process, caught from the moment this is made.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// To end.
    Stop,
    /// To read again what it reads while it runs (SIGHUP).
    Reload,
}

impl Signals {
    pub(super) fn catch(output: Output) -> Result<Self, Failure> {
        let catch =
            |kind| signal(kind).map_err(|error| output.failure(Message::NodeFailed, &[&error]));
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
            hang_up: catch(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }

    /// The next one that asks to end; the others are passed over.
    pub(super) async fn stop(&mut self) {
        while self.next().await != Asked::Stop {}
    }
}
