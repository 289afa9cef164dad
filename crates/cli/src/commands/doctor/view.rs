//! What one node sees, and whether there are blocks.

use alloy_primitives::Bytes;
use qiantang_client::{
    StatusResponse,
    health::{HeardView, NetworkHealth, PeerView},
};

/// A peer speaks every second; after this time without a word, in milliseconds, it is silent.
pub(super) const SILENT_MS: u64 = 5_000;

/// What the chain may take beyond three heartbeats before it stands, in milliseconds: dead leaders
/// are waited for.
const STANDS_MS: u64 = 7_000;

/// Blocks that a node may be behind while the chain runs: what is heard is seconds old.
pub(super) const BEHIND_BLOCKS: u64 = 100;

/// What was asked of one node.
pub(in crate::commands) struct Node {
    pub(in crate::commands) url: String,
    /// Its answers, or why there are none.
    pub(in crate::commands) seen: Result<Seen, String>,
}

/// One node's answers.
pub(in crate::commands) struct Seen {
    pub(in crate::commands) health: NetworkHealth,
    pub(in crate::commands) status: Option<StatusResponse>,
}

/// Whether there are blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// A node took one over of late.
    Moves,
    /// All nodes have just started.
    Unknown,
    /// None that was asked did for too long, but peers are far ahead of them.
    Elsewhere,
    /// None for too long.
    Stands,
}

impl Pace {
    pub(super) fn of(views: &[View<'_>]) -> Self {
        let own = views.iter().map(|view| view.health.height).max();
        let heard = views.iter().flat_map(|view| {
            let said = view.everybody().filter_map(|peer| view.said(peer));
            said.map(|heard| heard.height)
        });
        let (own, heard) = (own.unwrap_or_default(), heard.max().unwrap_or_default());
        if views.iter().any(View::moves) {
            Self::Moves
        } else if views.iter().all(View::just_started) {
            Self::Unknown
        } else if heard > own.saturating_add(BEHIND_BLOCKS) {
            Self::Elsewhere
        } else {
            Self::Stands
        }
    }
}

/// One node that answered.
pub(super) struct View<'a> {
    pub(super) url: &'a str,
    pub(super) health: &'a NetworkHealth,
    pub(super) status: Option<&'a StatusResponse>,
}

impl<'a> View<'a> {
    pub(super) fn of(node: &'a Node) -> Option<Self> {
        let seen = node.seen.as_ref().ok()?;
        Some(Self {
            url: &node.url,
            health: &seen.health,
            status: seen.status.as_ref(),
        })
    }

    /// Who knows more of the present.
    pub(super) fn progress(&self) -> (u64, u64, u64) {
        (self.health.epoch, self.health.height, self.health.view)
    }

    pub(super) fn age(&self, at: u64) -> u64 {
        self.health.now.saturating_sub(at)
    }

    /// When it took over its last block, or else started.
    pub(super) fn since(&self) -> u64 {
        let started = self.status.map_or(0, |status| status.started);
        self.health.last_block.unwrap_or(started)
    }

    /// After this time without a block, in milliseconds, the chain stands.
    pub(super) const fn patience(&self) -> u64 {
        self.health
            .heartbeat
            .saturating_mul(3)
            .saturating_add(STANDS_MS)
    }

    pub(super) fn is_late(&self) -> bool {
        self.age(self.since()) > self.patience()
    }

    pub(super) fn moves(&self) -> bool {
        self.health.last_block.is_some() && !self.is_late()
    }

    pub(super) fn just_started(&self) -> bool {
        self.health.last_block.is_none() && !self.is_late()
    }

    /// What a peer said of itself of late.
    pub(super) fn said(&self, peer: &'a PeerView) -> Option<&'a HeardView> {
        let heard = peer.heard.as_ref();
        heard.filter(|heard| self.age(heard.at) < SILENT_MS)
    }

    /// All that it hears, with its own key where it has one among the validators.
    pub(super) fn everybody(&self) -> impl Iterator<Item = &'a PeerView> {
        self.health.validators.iter().chain(&self.health.peers)
    }

    pub(super) fn own_key(&self) -> Option<&'a Bytes> {
        let me = self.health.validators.iter().find(|peer| peer.me);
        me.map(|peer| &peer.key)
    }

    pub(super) fn find(&self, key: &Bytes) -> Option<&'a PeerView> {
        self.everybody().find(|peer| peer.key == *key)
    }

    /// Whether it saw this validator vote in the present: a vote of late, or where all wait in a
    /// view that does not end, one in that view by somebody who is still there.
    pub(super) fn sees_vote(&self, peer: &'a PeerView, pace: Pace) -> bool {
        let is_faulty = self.status.is_some_and(|status| status.fault.is_some());
        match peer.vote {
            Some(vote) if self.age(vote.at) <= self.patience() => true,
            _ if pace == Pace::Moves => false,
            // The vote before a restart is not remembered.
            None => peer.me && !is_faulty,
            Some(vote) => {
                let is_present = vote.epoch == self.health.epoch && vote.view >= self.health.view;
                is_present && !is_faulty && (peer.me || self.said(peer).is_some())
            }
        }
    }
}
