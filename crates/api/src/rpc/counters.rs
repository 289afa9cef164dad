//! What the server counts, for Prometheus.

use super::methods::{METHODS, Method};
use crate::eth::send;
use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

/// Counts since the start of the process.
#[derive(Debug)]
pub(crate) struct Counters {
    requests: AtomicU64,
    batches: AtomicU64,
    errors: AtomicU64,
    calls: Vec<AtomicU64>,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            requests: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            calls: METHODS.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Counters {
    /// A request outside a batch.
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// A batch.
    pub(crate) fn batch(&self) {
        self.batches.fetch_add(1, Ordering::Relaxed);
    }

    /// A call that ended in an error object.
    pub(crate) fn error(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    /// A call of a known method.
    pub(crate) fn call(&self, method: &Method) {
        self.add(method.name, 1);
    }

    /// Transactions of one batch.
    pub(crate) fn sends(&self, count: usize) {
        if count > 0 {
            self.add(send::METHOD, count as u64);
        }
    }

    fn add(&self, name: &str, count: u64) {
        let index = METHODS
            .binary_search_by(|method| method.name.cmp(name))
            .ok();
        if let Some(counter) = index.and_then(|index| self.calls.get(index)) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Prometheus text format, version 0.0.4.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        for (name, help, counter) in [
            (
                "requests",
                "JSON-RPC requests outside batches.",
                &self.requests,
            ),
            ("batches", "JSON-RPC batches.", &self.batches),
            (
                "errors",
                "JSON-RPC calls that ended in an error.",
                &self.errors,
            ),
        ] {
            let name = format!("qiantang_rpc_{name}_total");
            let value = read(counter);
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}\n"
            );
        }
        text.push_str(
            "# HELP qiantang_rpc_calls_total JSON-RPC calls by method, in and outside batches.\n",
        );
        text.push_str("# TYPE qiantang_rpc_calls_total counter\n");
        for (method, counter) in METHODS.iter().zip(&self.calls) {
            let (name, value) = (method.name, read(counter));
            let _ = writeln!(
                text,
                "qiantang_rpc_calls_total{{method=\"{name}\"}} {value}"
            );
        }
        text
    }
}
