//! What an operator watches, for Prometheus: the node itself, its disk and pool, and what it sees
//! of the others. `docs/reference/metrics.md` lists every name.

use crate::backend::{Backend, NodeStatus};
use qiantang_txpool::{Config as PoolLimits, Stats as PoolStats};
use qiantang_types::health::{HeardView, NetworkHealth, PeerView};
use std::fmt::{Display, Write as _};

/// Time after which a peer that says nothing counts as silent, in milliseconds; it speaks every
/// second.
const SILENT_MS: u64 = 5_000;

/// Time after which what a silent peer said of itself is no longer told, in milliseconds.
const STALE_MS: u64 = 60_000;

/// Everything that can be read at one moment.
pub(crate) fn text(backend: &Backend) -> String {
    let (status, health) = (backend.status.status(), backend.status.health());
    let mut text = Text::default();
    node(&mut text, &status, &health);
    disk(&mut text, &status);
    pool(&mut text, &backend.pool.stats(), backend.pool.limits());
    agreement(&mut text, &health);
    peers(&mut text, &health);
    text.0
}

fn node(text: &mut Text, status: &NodeStatus, health: &NetworkHealth) {
    let started = status.started.get();
    let version = [("version", health.version.as_str())];
    text.gauge("build_info", "Version of the program; always 1.")
        .sample(&version, 1);
    text.gauge("start_time_seconds", "When the node started, since 1970.")
        .value(seconds(started));
    text.gauge("fault", "1 where the node does not work.")
        .value(u8::from(status.fault.is_some()));
    text.gauge("height", "Height of the last block.")
        .value(health.height);
    let since = health.last_block.unwrap_or(started);
    text.gauge(
        "block_age_seconds",
        "Time since the node took over a block, or since its start where it took over none.",
    )
    .value(seconds(health.now.saturating_sub(since)));
    text.gauge(
        "heartbeat_seconds",
        "Time between blocks of an idle chain, as configured.",
    )
    .value(seconds(health.heartbeat));
    text.gauge(
        "block_write_seconds",
        "Longest time of late in which the disk took a block.",
    )
    .value(seconds(health.disk_ms));
    text.gauge("peers_heard", "Peers that spoke in the last 5 seconds.")
        .value(status.peers);
}

fn disk(text: &mut Text, status: &NodeStatus) {
    if let Some(bytes) = status.disk_bytes {
        text.gauge("disk_used_bytes", "Bytes of the node's directory.")
            .value(bytes);
    }
    if let Some(disk) = status.disk {
        text.gauge("disk_free_bytes", "Bytes that the node may still write.")
            .value(disk.free);
        text.gauge("disk_size_bytes", "Bytes of the whole disk.")
            .value(disk.size);
    }
}

fn pool(text: &mut Text, pool: &PoolStats, limits: &PoolLimits) {
    for (name, help, value) in [
        (
            "pool_transactions",
            "Pending transactions.",
            pool.transactions,
        ),
        (
            "pool_transactions_max",
            "Pending transactions at the most.",
            limits.transactions,
        ),
        (
            "pool_ready",
            "Pending transactions that can be executed now.",
            pool.ready,
        ),
        (
            "pool_senders",
            "Senders of pending transactions.",
            pool.senders,
        ),
        ("pool_bytes", "Bytes of pending transactions.", pool.bytes),
        (
            "pool_bytes_max",
            "Bytes of pending transactions at the most.",
            limits.bytes,
        ),
    ] {
        text.gauge(name, help).value(value);
    }
    pool_counters(text, pool);
}

fn pool_counters(text: &mut Text, pool: &PoolStats) {
    for (name, help, value) in [
        (
            "admitted",
            "Transactions that the pool took.",
            pool.admitted,
        ),
        ("refused", "Transactions refused.", pool.refused),
        (
            "replaced",
            "Transactions replaced by their senders.",
            pool.replaced,
        ),
        (
            "evicted",
            "Transactions dropped because the pool was full.",
            pool.evicted,
        ),
        (
            "expired",
            "Transactions dropped because they were too old.",
            pool.expired,
        ),
        (
            "unexecutable",
            "Transactions dropped because no block could hold them.",
            pool.unexecutable,
        ),
        (
            "included",
            "Transactions that left the pool into a block.",
            pool.included,
        ),
        (
            "journal_errors",
            "Failed writes to the pool's journal.",
            pool.journal_errors,
        ),
    ] {
        text.counter(&format!("pool_{name}_total"), help)
            .value(value);
    }
}

fn agreement(text: &mut Text, health: &NetworkHealth) {
    text.gauge("voter", "1 where the node votes in this epoch.")
        .value(u8::from(health.voter));
    text.gauge("epoch", "The present epoch.")
        .value(health.epoch);
    text.gauge("view", "The latest view of which the node heard.")
        .value(health.view);
    text.gauge("validators", "Validators of the epoch.")
        .value(health.validators.len());
    text.gauge("quorum", "Votes that a block needs.")
        .value(health.quorum);
    let mut ages = text.gauge(
        "vote_age_seconds",
        "Time since a validator's last vote was seen; absent before the first.",
    );
    for validator in &health.validators {
        if let Some(vote) = validator.vote {
            let key = validator.key.to_string();
            let age = health.now.saturating_sub(vote.at);
            ages.sample(&[("validator", &key)], seconds(age));
        }
    }
}

/// One peer, as its samples are labelled.
struct Peer<'a> {
    key: String,
    role: &'static str,
    /// What it said, and how long ago in milliseconds.
    heard: Option<(&'a HeardView, u64)>,
}

impl<'a> Peer<'a> {
    fn new(view: &'a PeerView, role: &'static str, now: u64) -> Self {
        let heard = view.heard.as_ref();
        Self {
            key: view.key.to_string(),
            role,
            heard: heard.map(|heard| (heard, now.saturating_sub(heard.at))),
        }
    }

    fn labels(&self) -> [(&'static str, &str); 2] {
        [("peer", &self.key), ("role", self.role)]
    }

    fn silence(&self) -> Option<u64> {
        self.heard.map(|(_, silence)| silence)
    }

    /// What it said, unless that is old.
    fn said(&self) -> Option<&'a HeardView> {
        let fresh = self.heard.filter(|(_, silence)| *silence < STALE_MS);
        fresh.map(|(heard, _)| heard)
    }
}

/// Validators whether they were heard or not, other peers while they are there.
fn peers(text: &mut Text, health: &NetworkHealth) {
    let validators = health.validators.iter().filter(|peer| !peer.me);
    let validators = validators.map(|peer| Peer::new(peer, "validator", health.now));
    let others = health.peers.iter();
    let others = others.map(|peer| Peer::new(peer, "other", health.now));
    let others = others.filter(|peer| peer.said().is_some());
    let peers: Vec<Peer<'_>> = validators.chain(others).collect();

    let mut family = text.gauge("peer_heard", "1 where a peer spoke in the last 5 seconds.");
    for peer in &peers {
        let is_heard = peer.silence().is_some_and(|silence| silence < SILENT_MS);
        family.sample(&peer.labels(), u8::from(is_heard));
    }
    let mut family = text.gauge(
        "peer_silence_seconds",
        "Time since a peer spoke last; absent where it never did.",
    );
    for peer in &peers {
        if let Some(silence) = peer.silence() {
            family.sample(&peer.labels(), seconds(silence));
        }
    }
    type Value = fn(&HeardView) -> f64;
    let said: [(&str, &str, Value); 3] = [
        ("peer_height", "Height that a peer has.", |heard| {
            heard.height as f64
        }),
        (
            "peer_clock_ahead_seconds",
            "How far a peer's clock is ahead of this node's; below 0 where it is behind.",
            |heard| heard.clock_ahead_ms as f64 / 1000.0,
        ),
        (
            "peer_block_write_seconds",
            "Longest time of late in which a peer's disk took a block.",
            |heard| seconds(heard.disk_ms),
        ),
    ];
    for (name, help, value) in said {
        let mut family = text.gauge(name, help);
        for peer in &peers {
            if let Some(heard) = peer.said() {
                family.sample(&peer.labels(), value(heard));
            }
        }
    }
    let mut family = text.gauge("peer_info", "Version of a peer's program; always 1.");
    for peer in &peers {
        if let Some(heard) = peer.said() {
            let [key, role] = peer.labels();
            family.sample(&[key, role, ("version", &heard.version)], 1);
        }
    }
}

fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// Prometheus text format, version 0.0.4. Writing to a string cannot fail.
#[derive(Default)]
struct Text(String);

impl Text {
    fn gauge(&mut self, name: &str, help: &str) -> Family<'_> {
        self.family(name, "gauge", help)
    }

    fn counter(&mut self, name: &str, help: &str) -> Family<'_> {
        self.family(name, "counter", help)
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) -> Family<'_> {
        let name = format!("qiantang_{name}");
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family { text: self, name }
    }
}

/// Samples of one name.
struct Family<'a> {
    text: &'a mut Text,
    name: String,
}

impl Family<'_> {
    fn value(&mut self, value: impl Display) {
        self.sample(&[], value);
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(self.text.0, "{}{labels} {value}", self.name);
    }
}

/// A label's value: peers choose the text of their version.
fn escaped(value: &str) -> String {
    value
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use qiantang_types::{
        TimestampMs,
        health::{DiskSpace, VoteView},
    };

    fn heard(at: u64, version: &str) -> Option<HeardView> {
        Some(HeardView {
            at,
            version: version.to_owned(),
            height: 40,
            clock_ahead_ms: -1_250,
            disk_ms: 7,
        })
    }

    fn health() -> NetworkHealth {
        let peer = |key: u8, heard| PeerView {
            key: [key].into(),
            heard,
            ..PeerView::default()
        };
        let vote = VoteView {
            epoch: 1,
            view: 9,
            at: 98_000,
        };
        let me = PeerView {
            me: true,
            vote: Some(vote),
            ..peer(1, None)
        };
        NetworkHealth {
            now: 100_000,
            version: "1.2.3".to_owned(),
            height: 42,
            last_block: Some(99_500),
            disk_ms: 12,
            voter: true,
            epoch: 1,
            view: 9,
            quorum: 3,
            heartbeat: 1000,
            validators: vec![
                me,
                peer(2, heard(99_000, "1.2.3")),
                peer(3, heard(90_000, "a\"b\\")),
                peer(4, None),
            ],
            peers: vec![peer(5, heard(98_000, "1")), peer(6, heard(1_000, "1"))],
        }
    }

    fn check(text: &str, present: &[&str], absent: &[&str]) {
        let has = |line: &str| text.lines().any(|found| found.starts_with(line));
        for line in present {
            assert!(has(line), "{line} in {text}");
        }
        for line in absent {
            assert!(!has(line), "{line} in {text}");
        }
    }

    #[test]
    fn the_network_is_seen_peer_by_peer() {
        let mut text = Text::default();
        agreement(&mut text, &health());
        peers(&mut text, &health());
        check(
            &text.0,
            &[
                "qiantang_voter 1",
                "qiantang_epoch 1",
                "qiantang_view 9",
                "qiantang_quorum 3",
                "qiantang_validators 4",
                "qiantang_vote_age_seconds{validator=\"0x01\"} 2",
                "qiantang_peer_heard{peer=\"0x02\",role=\"validator\"} 1",
                "qiantang_peer_heard{peer=\"0x03\",role=\"validator\"} 0",
                "qiantang_peer_heard{peer=\"0x04\",role=\"validator\"} 0",
                "qiantang_peer_heard{peer=\"0x05\",role=\"other\"} 1",
                "qiantang_peer_silence_seconds{peer=\"0x03\",role=\"validator\"} 10",
                "qiantang_peer_height{peer=\"0x02\",role=\"validator\"} 40",
                "qiantang_peer_clock_ahead_seconds{peer=\"0x02\",role=\"validator\"} -1.25",
                "qiantang_peer_block_write_seconds{peer=\"0x02\",role=\"validator\"} 0.007",
                "qiantang_peer_info{peer=\"0x03\",role=\"validator\",version=\"a\\\"b\\\\\"} 1",
            ],
            &[
                // This node is none of its peers, and a follower that left is forgotten.
                "qiantang_peer_heard{peer=\"0x01\"",
                "qiantang_peer_heard{peer=\"0x06\"",
                "qiantang_peer_silence_seconds{peer=\"0x04\"",
                "qiantang_vote_age_seconds{validator=\"0x02\"",
            ],
        );
    }

    #[test]
    fn a_node_that_took_over_no_block_counts_from_its_start() {
        let status = NodeStatus {
            version: "1.2.3".to_owned(),
            started: TimestampMs::new(60_000),
            disk_bytes: Some(4096),
            disk: Some(DiskSpace { free: 1, size: 2 }),
            peers: 2,
            fault: Some("the disk is full".to_owned()),
        };
        let mut health = health();
        let mut text = Text::default();
        node(&mut text, &status, &health);
        disk(&mut text, &status);
        check(
            &text.0,
            &[
                "qiantang_build_info{version=\"1.2.3\"} 1",
                "qiantang_start_time_seconds 60",
                "qiantang_fault 1",
                "qiantang_height 42",
                "qiantang_block_age_seconds 0.5",
                "qiantang_heartbeat_seconds 1",
                "qiantang_block_write_seconds 0.012",
                "qiantang_peers_heard 2",
                "qiantang_disk_used_bytes 4096",
                "qiantang_disk_free_bytes 1",
                "qiantang_disk_size_bytes 2",
            ],
            &[],
        );
        health.last_block = None;
        let mut text = Text::default();
        node(&mut text, &status, &health);
        check(&text.0, &["qiantang_block_age_seconds 40"], &[]);
    }
}
