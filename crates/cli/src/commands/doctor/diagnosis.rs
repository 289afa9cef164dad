//! From what nodes see to what is wrong: a pure function. Ages are taken within one node's answer,
//! so that the clocks of different machines are never compared with each other here.

use super::{
    findings::{Behind, Fact, Finding, Missing, OtherVersion, Severity, Who},
    view::{BEHIND_BLOCKS, Node, Pace, SILENT_MS, View},
};
use alloy_primitives::Bytes;
use qiantang_client::health::{HeardView, NetworkHealth, PeerView};
use std::collections::BTreeMap;

/// A follower that is silent for longer, in milliseconds, has left.
const GONE_MS: u64 = 600_000;

/// How far a clock may be off, in milliseconds: verifiers wait for blocks that are further ahead.
const CLOCK_MS: u64 = 500;

/// What a disk may take for a block, in milliseconds.
const DISK_MS: u64 = 100;

/// Free bytes below which the history refuses to write, and the node stops.
const FREE_BYTES_MIN: u64 = 256 << 20;

/// What is known about validators, by key.
pub(in crate::commands) type Registry = BTreeMap<Bytes, Known>;

/// What is known about a validator beside its key.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct Known {
    /// Its name in a network on this machine.
    pub(in crate::commands) name: Option<String>,
    /// Name of the organisation that operates it.
    pub(in crate::commands) organisation: Option<String>,
    /// Where it listens for its peers.
    pub(in crate::commands) address: Option<String>,
}

/// That there are blocks, or why there are none: what stops the chain first.
pub(super) fn diagnose(nodes: &[Node], registry: &Registry) -> Vec<Finding> {
    let mut found = Vec::new();
    let views: Vec<View<'_>> = nodes.iter().filter_map(View::of).collect();
    for node in nodes {
        if let Err(reason) = &node.seen {
            let severity = match views.is_empty() {
                true => Severity::Stop,
                false => Severity::Warning,
            };
            let (url, reason) = (node.url.clone(), reason.clone());
            found.push(Fact::Unreachable { url, reason }.as_(severity));
        }
    }
    if let Some(latest) = views.iter().max_by_key(|view| view.progress()) {
        let case = Case {
            views: &views,
            latest,
            registry,
            pace: Pace::of(&views),
        };
        found.extend(case.findings());
    }
    let is_answer = |fact: &Fact| matches!(fact, Fact::Moves { .. } | Fact::JustStarted { .. });
    found.sort_by_key(|finding| (!is_answer(&finding.fact), finding.severity));
    found
}

/// Who a reading is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Id<'a> {
    Key(&'a Bytes),
    /// A node that was asked and whose key nobody knows.
    Url(&'a str),
}

/// What there is to judge.
struct Case<'a> {
    views: &'a [View<'a>],
    /// The view that is furthest.
    latest: &'a View<'a>,
    registry: &'a Registry,
    pace: Pace,
}

impl<'a> Case<'a> {
    fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::from_iter(self.pace());
        let has_voter = self.voters().next().is_some();
        let absent = self.absent();
        let needed = self.latest.health.quorum;
        let voting = self
            .latest
            .health
            .validators
            .len()
            .saturating_sub(absent.len());
        let is_enough = !has_voter || voting >= needed;
        // Who has just started has not seen enough to blame anybody.
        let is_known = absent.is_empty() || self.voters().any(|view| !self.is_fresh(view));
        if !has_voter {
            found.push(Fact::VotesUnseen.as_(Severity::Note));
        } else if matches!(self.pace, Pace::Moves | Pace::Stands) && is_known {
            found.extend(self.votes(&absent, voting, needed));
        }
        let split = self.split().filter(|_| is_enough);
        found.extend(split.map(|fact| fact.as_(Severity::Stop)));
        found.extend(self.nodes());
        found.extend(self.connections(&absent));
        found.extend(self.clocks(is_enough));
        found.extend(self.disks());
        found.extend(self.versions());
        found.extend(self.heights(&absent));
        let is_explained = |finding: &Finding| {
            finding.severity == Severity::Stop && !matches!(finding.fact, Fact::Stands { .. })
        };
        if self.pace == Pace::Stands && !found.iter().any(is_explained) {
            found.push(Fact::Unexplained.as_(Severity::Stop));
        }
        found
    }

    fn id(&self, view: &View<'a>) -> Id<'a> {
        view.own_key().map_or(Id::Url(view.url), Id::Key)
    }

    fn who(&self, id: Id<'_>) -> Who {
        let key = match id {
            Id::Url(url) => return Who::node(url),
            Id::Key(key) => key,
        };
        let asked = self.views.iter().find(|view| view.own_key() == Some(key));
        let known = self.registry.get(key).cloned().unwrap_or_default();
        Who {
            key: Some(key.clone()),
            name: known.name,
            url: asked.map(|view| view.url.to_owned()),
            organisation: known.organisation,
            address: known.address,
        }
    }

    /// Serious where it keeps the chain from going on.
    const fn grave(&self, is_cause: bool) -> Severity {
        match (self.pace, is_cause) {
            (Pace::Stands, true) => Severity::Stop,
            _ => Severity::Warning,
        }
    }

    fn pace(&self) -> Option<Finding> {
        let view = self
            .views
            .iter()
            .min_by_key(|view| view.age(view.since()))?;
        let height = self.latest.health.height;
        let age_ms = view.age(view.since());
        let finding = match self.pace {
            Pace::Moves => Fact::Moves {
                height,
                age_ms,
                heartbeat_ms: view.health.heartbeat,
            }
            .as_(Severity::Note),
            Pace::Unknown => Fact::JustStarted { age_ms }.as_(Severity::Note),
            Pace::Stands => Fact::Stands {
                height,
                since: view.since(),
                age_ms,
                since_start: view.health.last_block.is_none(),
            }
            .as_(Severity::Stop),
            Pace::Elsewhere => return None,
        };
        Some(finding)
    }

    fn voters(&self) -> impl Iterator<Item = &'a View<'a>> {
        self.views.iter().filter(|view| view.health.voter)
    }

    /// That each voter sees too few votes to make a block while the chain stands.
    fn split(&self) -> Option<Fact> {
        let needed = self.latest.health.quorum;
        let reached = self.voters().map(|view| {
            let validators = view.health.validators.iter();
            validators
                .filter(|peer| view.sees_vote(peer, self.pace))
                .count()
        });
        let reached = reached.max().filter(|reached| *reached < needed)?;
        (self.pace == Pace::Stands).then_some(Fact::VotesSplit { reached, needed })
    }

    /// Keys of the validators that no voter sees vote.
    fn absent(&self) -> Vec<&'a Bytes> {
        let votes = |key: &Bytes| {
            self.voters().any(|view| {
                let peer = view.find(key);
                peer.is_some_and(|peer| view.sees_vote(peer, self.pace))
            })
        };
        let set = self.latest.health.validators.iter();
        set.map(|peer| &peer.key)
            .filter(|key| !votes(key))
            .collect()
    }

    /// How many vote, whose votes are missing and why.
    fn votes(&self, absent: &[&'a Bytes], voting: usize, needed: usize) -> Vec<Finding> {
        let validators = self.latest.health.validators.len();
        let severity = match () {
            () if voting < needed => self.grave(true),
            () if voting < validators => Severity::Warning,
            () => Severity::Note,
        };
        let votes = Fact::Votes {
            voting,
            validators,
            needed,
        };
        let mut found = vec![votes.as_(severity)];
        found.extend(absent.iter().map(|key| {
            let fact = Fact::Missing {
                who: self.who(Id::Key(key)),
                why: self.why_missing(key),
                vote_age_ms: self.vote_age(key),
            };
            fact.as_(severity)
        }));
        found
    }

    fn vote_age(&self, key: &Bytes) -> Option<u64> {
        let ages = self.views.iter().filter_map(|view| {
            let vote = view.find(key)?.vote?;
            Some(view.age(vote.at))
        });
        ages.min()
    }

    fn why_missing(&self, key: &Bytes) -> Missing {
        let own = self.views.iter().find(|view| view.own_key() == Some(key));
        let silence = self.views.iter().filter_map(|view| {
            let heard = view.find(key)?.heard.as_ref()?;
            Some((view.age(heard.at), heard.height))
        });
        let best = self.best();
        let behind = |height: u64| {
            let behind = best.saturating_sub(height);
            match behind > self.may_be_behind() {
                true => Missing::Behind(Behind { height, behind }),
                false => Missing::Mute,
            }
        };
        match (own, silence.min()) {
            (_, Some((age_ms, _))) if age_ms >= SILENT_MS => Missing::Silent { age_ms },
            (Some(view), _) => behind(view.health.height),
            (None, Some((_, height))) => behind(height),
            (None, None) => Missing::Unheard,
        }
    }

    /// What each node says of itself.
    fn nodes(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for view in self.views {
            let who = self.who(self.id(view));
            let Some(status) = view.status else {
                continue;
            };
            if let Some(fault) = &status.fault {
                let fault = fault.clone();
                let who = who.clone();
                found.push(Fact::Fault { who, fault }.as_(Severity::Stop));
            }
            if !view.health.voter {
                let url = view.url.to_owned();
                found.push(Fact::Follower { url }.as_(Severity::Note));
            }
            let pool = &status.pool;
            let transactions = pool.ready.saturating_add(pool.waiting);
            if is_full(transactions, pool.transactions_max) || is_full(pool.bytes, pool.bytes_max) {
                let fact = Fact::PoolFull {
                    who: who.clone(),
                    transactions,
                    bytes: pool.bytes,
                };
                found.push(fact.as_(Severity::Warning));
            }
            if let Some(disk) = status.disk {
                let free_bytes = disk.free;
                let severity = match () {
                    () if free_bytes < FREE_BYTES_MIN => Severity::Stop,
                    () if free_bytes < disk.size / 20 => Severity::Warning,
                    () => continue,
                };
                found.push(Fact::DiskFull { who, free_bytes }.as_(severity));
            }
        }
        found
    }

    /// Who does not hear whom, of those that are there.
    fn connections(&self, absent: &[&Bytes]) -> Vec<Finding> {
        let mut found = Vec::new();
        for view in self.views.iter().filter(|view| !self.is_fresh(view)) {
            let others = || view.health.validators.iter().filter(|peer| !peer.me);
            let hears = |peer: &&PeerView| view.said(peer).is_some();
            let from = self.who(self.id(view));
            let silence = |peer: &PeerView| {
                let heard = peer.heard.as_ref();
                heard.map(|heard| view.age(heard.at))
            };
            if others().count() > 0 && !view.everybody().any(|peer| hears(&peer)) {
                let is_alone = view.health.quorum > usize::from(view.health.voter);
                let severity = self.grave(is_alone);
                found.push(Fact::Isolated { who: from }.as_(severity));
                continue;
            }
            let down = others().filter(|peer| !hears(peer) && !absent.contains(&&peer.key));
            for peer in down.filter(|_| view.health.voter) {
                let fact = Fact::ConnectionDown {
                    from: from.clone(),
                    to: self.who(Id::Key(&peer.key)),
                    silent_ms: silence(peer),
                };
                found.push(fact.as_(Severity::Warning));
            }
            for peer in &view.health.peers {
                let Some(age) = silence(peer).filter(|age| (SILENT_MS..GONE_MS).contains(age))
                else {
                    continue;
                };
                let fact = Fact::ConnectionDown {
                    from: from.clone(),
                    to: self.who(Id::Key(&peer.key)),
                    silent_ms: Some(age),
                };
                found.push(fact.as_(Severity::Note));
            }
        }
        found
    }

    /// Whether a node has not been there long enough to have heard everybody.
    fn is_fresh(&self, view: &View<'_>) -> bool {
        let started = view.status.map_or(0, |status| status.started);
        view.age(started) < SILENT_MS
    }

    /// Clocks that are off: in each view measured from the middle of all clocks that it knows, so
    /// that a node whose own clock is off does not blame all others.
    fn clocks(&self, is_enough: bool) -> Vec<Finding> {
        let mut off: BTreeMap<Id<'a>, i64> = BTreeMap::new();
        let mut pair = None;
        for view in self.views {
            let heard = view.everybody().filter_map(|peer| {
                let heard = view.said(peer)?;
                Some((Id::Key(&peer.key), heard.clock_ahead_ms))
            });
            let mut clocks: Vec<(Id<'a>, i64)> = heard.collect();
            clocks.push((self.id(view), 0));
            clocks.sort_by_key(|(_, ahead)| *ahead);
            let middle = clocks.len().saturating_sub(1) / 2;
            let Some((_, middle)) = clocks.get(middle).copied() else {
                continue;
            };
            if let [(slow, behind), (fast, ahead)] = clocks[..] {
                pair = pair.or(Some((slow, fast, ahead.abs_diff(behind))));
                continue;
            }
            for (id, ahead) in clocks {
                let ahead = ahead.saturating_sub(middle);
                let least = off.entry(id).or_insert(ahead);
                if ahead.abs_diff(0) < least.abs_diff(0) {
                    *least = ahead;
                }
            }
        }
        let severity = self.grave(is_enough);
        let off: Vec<_> = off
            .into_iter()
            .filter(|(_, off)| off.abs_diff(0) > CLOCK_MS)
            .collect();
        if let (true, Some((slow, fast, apart_ms))) = (off.is_empty(), pair)
            && apart_ms > CLOCK_MS
        {
            let (slow, fast) = (self.who(slow), self.who(fast));
            return vec![
                Fact::ClocksApart {
                    slow,
                    fast,
                    apart_ms,
                }
                .as_(severity),
            ];
        }
        let facts = off.into_iter().map(|(id, ahead_ms)| {
            let who = self.who(id);
            Fact::ClockOff { who, ahead_ms }.as_(severity)
        });
        facts.collect()
    }

    /// A reading of every node: its own where it was asked, or else the greatest that was heard.
    fn readings<T: Ord>(
        &self,
        own: impl Fn(&'a NetworkHealth) -> T,
        heard: impl Fn(&'a HeardView) -> T,
    ) -> BTreeMap<Id<'a>, T> {
        let said = self.views.iter().flat_map(|view| {
            let everybody = view.everybody();
            everybody.filter_map(|peer| Some((Id::Key(&peer.key), view.said(peer)?)))
        });
        let mut said: Vec<(Id<'a>, T)> = said.map(|(id, said)| (id, heard(said))).collect();
        // Of several for one node the last stays.
        said.sort_by(|(_, one), (_, other)| one.cmp(other));
        let own = self
            .views
            .iter()
            .map(|view| (self.id(view), own(view.health)));
        said.into_iter().chain(own).collect()
    }

    fn disks(&self) -> Vec<Finding> {
        let disks = self.readings(|own| own.disk_ms, |heard| heard.disk_ms);
        let slow = disks.into_iter().filter(|(_, took_ms)| *took_ms > DISK_MS);
        let facts = slow.map(|(id, took_ms)| {
            let who = self.who(id);
            Fact::SlowDisk { who, took_ms }.as_(Severity::Warning)
        });
        facts.collect()
    }

    fn versions(&self) -> Option<Finding> {
        let versions = self.readings(|own| &own.version, |heard| &heard.version);
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for version in versions.values() {
            let count = counts.entry(version).or_default();
            *count = count.saturating_add(1);
        }
        let (common, _) = counts.iter().max_by_key(|(_, count)| **count)?;
        let others = versions.iter().filter(|(_, version)| *version != common);
        let others: Vec<OtherVersion> = others
            .map(|(id, version)| OtherVersion {
                who: self.who(*id),
                version: (*version).clone(),
            })
            .collect();
        let common = (*common).clone();
        (!others.is_empty()).then(|| Fact::Versions { common, others }.as_(Severity::Warning))
    }

    /// The greatest height that anybody has.
    fn best(&self) -> u64 {
        let heights = self.readings(|own| own.height, |heard| heard.height);
        heights.into_values().max().unwrap_or_default()
    }

    /// While the chain runs, what is known of the others is old.
    const fn may_be_behind(&self) -> u64 {
        match self.pace {
            Pace::Stands => 0,
            _ => BEHIND_BLOCKS,
        }
    }

    fn heights(&self, absent: &[&Bytes]) -> Vec<Finding> {
        let best = self.best();
        let heights = self.readings(|own| own.height, |heard| heard.height);
        let is_stuck = |id: Id<'a>| {
            let asked = self.views.iter().find(|view| self.id(view) == id);
            asked.is_some_and(View::is_late) && self.pace != Pace::Stands
        };
        let mut found = Vec::new();
        for (id, height) in heights {
            let is_absent = matches!(id, Id::Key(key) if absent.contains(&key));
            let behind = best.saturating_sub(height);
            let (who, behind) = (self.who(id), Behind { height, behind });
            if is_stuck(id) {
                found.push(Fact::NodeStands { who, behind }.as_(Severity::Stop));
            } else if behind.behind > self.may_be_behind() && !is_absent {
                found.push(Fact::Behind { who, behind }.as_(Severity::Warning));
            }
        }
        found
    }
}

/// Whether something holds nearly all that it takes; 0 is no bound that is known.
const fn is_full(held: u64, bound: u64) -> bool {
    bound > 0 && held >= bound - bound / 20
}
