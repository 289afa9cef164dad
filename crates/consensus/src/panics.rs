//! What the engine said when it gave up.
//!
//! The engine stops by panic when its own files fail it, and the panic that ends its thread is
//! often not the first one. The first names the cause, so it is kept.

use std::{
    panic,
    sync::{Mutex, Once, PoisonError},
};

/// Panics kept at the most.
const KEPT_MAX: usize = 16;

static KEPT: Mutex<Vec<String>> = Mutex::new(Vec::new());
static INSTALL: Once = Once::new();

/// Starts keeping the panics of the engine's threads. Those of other threads go where they went
/// before.
pub(crate) fn keep() {
    INSTALL.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !is_engine_thread() {
                return previous(info);
            }
            let text = panic_text(info.payload());
            tracing::error!(panic = %text, location = ?info.location(), "the engine gave up");
            let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < KEPT_MAX {
                kept.push(text);
            }
        }));
    });
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// The first panic since [`keep`], if there was one.
pub(crate) fn first() -> Option<String> {
    KEPT.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .first()
        .cloned()
}

fn is_engine_thread() -> bool {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    name == "engine" || name == "replay" || name.starts_with("tokio-r")
}

/// The message of a panic.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no reason given".to_owned())
}
