//! Joining a chain by its newest state: what nodes upstream say of it, for the engine to check, and
//! how far the engine got with it.

use crate::config::SyncMode;
use alloy_primitives::Bytes;
use futures::future::join_all;
use qiantang_client::{Client, ClientError};
use qiantang_consensus::{Engine, EngineError, Joining};
use qiantang_state::{history::Store, proofs::ProofSource};
use qiantang_types::{Boundary, Header, Height};
use serde::Deserialize;
use serde_json::json;
use std::{pin::pin, sync::Arc, time::Duration};

/// A chain with fewer blocks is executed from the first: that takes no longer.
const BLOCKS_MIN: u64 = 64;

/// How often nodes upstream are asked before the node starts from the first block. They may be
/// starting too, and waiting for this one.
const ATTEMPTS: u32 = 5;

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// How far a node is with taking over the newest state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries taken over.
    pub done: u64,
    /// Entries in all; it grows while the chain does.
    pub total: u64,
}

/// Who is told of progress.
pub type Observer = Arc<dyn Fn(Progress) + Send + Sync>;

/// A header with its certificate, as nodes answer it.
#[derive(Deserialize)]
struct Certified {
    header: Bytes,
    certificate: Bytes,
}

impl Certified {
    fn read(self) -> Result<Boundary, String> {
        Ok(Boundary {
            header: Header::from_bytes(&self.header).map_err(|error| error.to_string())?,
            certificate: self.certificate,
        })
    }
}

/// What nodes upstream say, if this node is to begin with the newest state: it is new, its
/// configuration says so, and somebody knows enough blocks.
pub(crate) async fn ask(mode: SyncMode, upstream: &[String], store: &Store) -> Option<Joining> {
    if mode != SyncMode::State || upstream.is_empty() || store.head().is_some() {
        return None;
    }
    for _ in 0..ATTEMPTS {
        let answers = join_all(upstream.iter().map(|url| newest(url))).await;
        let mut best: Option<Joining> = None;
        let mut answered = false;
        for (url, answer) in upstream.iter().zip(answers) {
            match answer {
                Ok(found) => {
                    answered = true;
                    let better = |found: &Joining| {
                        let best = best.as_ref().map(|best| best.newest.header.height);
                        best.is_none_or(|best| found.newest.header.height > best)
                    };
                    best = found.filter(better).or(best);
                }
                Err(error) => {
                    tracing::warn!(upstream = url, error, "a node does not say what is final");
                }
            }
        }
        if answered {
            return best.filter(|best| best.newest.header.height >= Height::new(BLOCKS_MIN));
        }
        tokio::time::sleep(PAUSE).await;
    }
    tracing::warn!("no node upstream answers; this node starts from the first block");
    None
}

/// What one node says: the newest block that has a certificate, and the changes of the set.
async fn newest(url: &str) -> Result<Option<Joining>, String> {
    let asking = pin!(ask_one(url));
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, asking).await;
    answer.map_err(|_| format!("no answer within {ANSWER_TIMEOUT:?}"))?
}

async fn ask_one(url: &str) -> Result<Option<Joining>, String> {
    let said = |error: ClientError| error.to_string();
    let client = Client::new(url).map_err(said)?;
    let newest = client.request::<Option<Certified>>("qiantang_getFinalized", json!([]));
    let Some(newest) = newest.await.map_err(said)? else {
        return Ok(None);
    };
    let newest = newest.read()?;
    let mut boundaries: Vec<Boundary> = Vec::new();
    loop {
        let last = boundaries.last();
        let from = last.map_or(0, |last| last.header.context.epoch.saturating_add(1));
        let page = client.request::<Vec<Certified>>("qiantang_getBoundaries", json!([from]));
        let page = page.await.map_err(said)?;
        if page.is_empty() {
            break;
        }
        for boundary in page {
            let boundary = boundary.read()?;
            if boundary.header.context.epoch < from {
                return Err(format!("a change of epoch {from} or later was asked for"));
            }
            boundaries.push(boundary);
        }
    }
    boundaries.retain(|boundary| boundary.header.height < newest.header.height);
    Ok(Some(Joining { boundaries, newest }))
}

/// Waits until the engine's databases are open, and tells how far it is with taking them over.
pub(crate) async fn opened(
    engine: Engine,
    observer: Option<Observer>,
) -> Result<(Engine, Arc<dyn ProofSource>), EngineError> {
    // Whoever holds them holds the engine's directory.
    let metrics = Arc::downgrade(&engine.metrics());
    let mut opened = pin!(engine.opened());
    let mut first = None;
    loop {
        let turn = tokio::time::timeout(TELL_EVERY, &mut opened);
        if let Ok(opened) = turn.await {
            return opened;
        }
        let Some(observer) = &observer else { continue };
        let Some(text) = metrics.upgrade().map(|metrics| metrics()) else {
            continue;
        };
        let (size, target) = (sum(&text, "_size"), sum(&text, "_target_size"));
        let size = size.saturating_sub(target);
        if target == 0 {
            continue;
        }
        let first = *first.get_or_insert(size);
        observer(Progress {
            done: size.saturating_sub(first),
            total: target.saturating_sub(first),
        });
    }
}

/// The sum of the engine's gauges of databases being taken over whose name ends so.
fn sum(metrics: &str, ending: &str) -> u64 {
    let lines = metrics.lines().filter(|line| line.contains("_sync_"));
    let values = lines.filter_map(|line| {
        let (name, value) = line.split_once(' ')?;
        let name = name.split('{').next()?;
        name.ends_with(ending).then(|| value.parse::<u64>().ok())?
    });
    values.fold(0, u64::saturating_add)
}
