//! What happens, for people: one line for each event, in virtual time.

use std::{io::Write as _, time::Duration};

/// Where the events go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// Nowhere.
    Off,
    /// To standard output.
    Print,
}

impl Trace {
    /// Tells of an event, `at` a time since the start.
    pub(crate) fn say(self, at: Duration, event: impl FnOnce() -> String) {
        if self == Self::Print {
            let seconds = at.as_secs_f64();
            // Whoever reads may have gone away.
            let _ = writeln!(std::io::stdout(), "{seconds:>9.3} s  {}", event());
        }
    }
}
