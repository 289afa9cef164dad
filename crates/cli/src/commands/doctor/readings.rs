//! What is read of each node, for tables.

use super::view::{Node, View};
use serde::Serialize;

/// Readings of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands) struct Reading {
    /// How long ago any node saw its last vote, in milliseconds.
    pub(in crate::commands) vote_age_ms: Option<u64>,
    /// How far its clock is ahead of that of another node, the one that it agrees with best.
    pub(in crate::commands) clock_ahead_ms: Option<i64>,
    /// Longest time of late in which its disk took a block, in milliseconds.
    pub(in crate::commands) disk_ms: Option<u64>,
    /// Version of its program.
    pub(in crate::commands) version: Option<String>,
}

/// The readings of each node, in the same order; empty where a node does not answer.
pub(in crate::commands) fn readings(nodes: &[Node]) -> Vec<Reading> {
    let views: Vec<View<'_>> = nodes.iter().filter_map(View::of).collect();
    let read = nodes.iter().map(|node| match View::of(node) {
        Some(view) => read(&view, &views),
        None => Reading::default(),
    });
    read.collect()
}

fn read(own: &View<'_>, views: &[View<'_>]) -> Reading {
    let key = own.own_key();
    let seen = || {
        let seen = views
            .iter()
            .filter_map(|view| Some((view, view.find(key?)?)));
        seen.collect::<Vec<_>>()
    };
    let votes = seen().into_iter().filter_map(|(view, peer)| {
        let vote = peer.vote?;
        Some(view.age(vote.at))
    });
    let clocks = seen().into_iter().filter_map(|(view, peer)| {
        let heard = view.said(peer)?;
        Some(heard.clock_ahead_ms)
    });
    Reading {
        vote_age_ms: votes.min(),
        clock_ahead_ms: clocks.min_by_key(|ahead| ahead.abs_diff(0)),
        disk_ms: Some(own.health.disk_ms),
        version: Some(own.health.version.clone()),
    }
}
