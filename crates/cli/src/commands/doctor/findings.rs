//! What can be found.

use alloy_primitives::Bytes;
use serde::Serialize;

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    #[serde(flatten)]
    pub(super) fact: Fact,
}

/// How bad it is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Severity {
    /// The chain or the node stands because of it.
    Stop,
    /// It should be repaired; the chain goes on.
    Warning,
    /// Good to know.
    Note,
}

/// A node, by what is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Who {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Bytes>,
    /// Its name in a network on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    /// Name of the organisation that operates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) organisation: Option<String>,
    /// Where it listens for its peers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
}

impl Who {
    pub(super) fn node(url: &str) -> Self {
        Self {
            url: Some(url.to_owned()),
            ..Self::default()
        }
    }
}

/// How far a node is behind the furthest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Behind {
    pub(super) height: u64,
    pub(super) behind: u64,
}

/// Why a validator's votes are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Missing {
    /// No node that was asked ever heard it.
    Unheard,
    /// It was heard once.
    Silent { age_ms: u64 },
    /// It catches up.
    Behind(Behind),
    /// It is there, and does not vote.
    Mute,
}

/// A node with another version than most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct OtherVersion {
    pub(super) who: Who,
    pub(super) version: String,
}

/// What was found. Times are milliseconds; `since` is counted from 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Fact {
    Moves {
        height: u64,
        age_ms: u64,
        heartbeat_ms: u64,
    },
    Stands {
        height: u64,
        since: u64,
        age_ms: u64,
        /// No block since the node started: it does not know about earlier ones.
        since_start: bool,
    },
    JustStarted {
        age_ms: u64,
    },
    Unreachable {
        url: String,
        reason: String,
    },
    Fault {
        who: Who,
        fault: String,
    },
    /// Other nodes make blocks, this one takes none over.
    NodeStands {
        who: Who,
        #[serde(flatten)]
        behind: Behind,
    },
    Votes {
        voting: usize,
        validators: usize,
        needed: usize,
    },
    Missing {
        who: Who,
        #[serde(flatten)]
        why: Missing,
        #[serde(skip_serializing_if = "Option::is_none")]
        vote_age_ms: Option<u64>,
    },
    VotesUnseen,
    /// Enough vote, but no node gets the votes of enough: connections are down.
    VotesSplit {
        reached: usize,
        needed: usize,
    },
    Isolated {
        who: Who,
    },
    ConnectionDown {
        from: Who,
        to: Who,
        /// Absent where it was never heard.
        #[serde(skip_serializing_if = "Option::is_none")]
        silent_ms: Option<u64>,
    },
    ClockOff {
        who: Who,
        ahead_ms: i64,
    },
    /// Only two clocks are known, and one of them is off.
    ClocksApart {
        slow: Who,
        fast: Who,
        apart_ms: u64,
    },
    SlowDisk {
        who: Who,
        took_ms: u64,
    },
    Versions {
        common: String,
        others: Vec<OtherVersion>,
    },
    Behind {
        who: Who,
        #[serde(flatten)]
        behind: Behind,
    },
    DiskFull {
        who: Who,
        free_bytes: u64,
    },
    PoolFull {
        who: Who,
        transactions: u64,
        bytes: u64,
    },
    Follower {
        url: String,
    },
    /// Enough vote, and yet there is no block.
    Unexplained,
}

impl Fact {
    pub(super) const fn as_(self, severity: Severity) -> Finding {
        Finding {
            severity,
            fact: self,
        }
    }
}
