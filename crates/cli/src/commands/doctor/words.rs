//! Findings in the reader's language.

use super::findings::{Fact, Finding, Missing, OtherVersion, Severity, Who};
use crate::{
    messages::{DoctorMessage as M, Lang},
    output,
};
use std::{fmt::Display, time::Duration};

/// How bad it is.
pub(super) const fn severity(severity: Severity) -> M {
    match severity {
        Severity::Stop => M::Stop,
        Severity::Warning => M::Warning,
        Severity::Note => M::Note,
    }
}

/// What was found.
pub(super) fn text(lang: Lang, fact: &Fact) -> String {
    let say = |message, arguments: &[&dyn Display]| lang.say(message, arguments);
    let named = |who: &Who| name(lang, who);
    match fact {
        Fact::Moves { height, age_ms, .. } => say(M::Moves, &[height, &span(*age_ms)]),
        Fact::Stands {
            height,
            since,
            age_ms,
            since_start: false,
        } => say(M::Stands, &[&output::time(*since), &span(*age_ms), height]),
        Fact::Stands {
            height,
            since,
            age_ms,
            since_start: true,
        } => say(
            M::StandsSinceStart,
            &[&output::time(*since), &span(*age_ms), height],
        ),
        Fact::JustStarted { age_ms } => say(M::JustStarted, &[&span(*age_ms)]),
        Fact::Unreachable { url, reason } => say(M::Unreachable, &[url, reason]),
        Fact::Fault { who, fault } => say(M::Fault, &[&named(who), fault]),
        Fact::NodeStands { who, behind } => say(
            M::NodeStands,
            &[&named(who), &behind.height, &behind.behind],
        ),
        Fact::Votes {
            voting,
            validators,
            needed,
        } => say(M::Votes, &[voting, validators, needed]),
        Fact::Missing {
            who,
            why,
            vote_age_ms,
        } => missing(lang, &named(who), why, *vote_age_ms),
        Fact::VotesUnseen => say(M::VotesUnseen, &[]),
        Fact::VotesSplit { reached, needed } => say(M::VotesSplit, &[reached, needed]),
        Fact::Isolated { who } => say(M::Isolated, &[&named(who)]),
        Fact::ConnectionDown {
            from,
            to,
            silent_ms,
        } => connection(lang, &named(from), &named(to), *silent_ms),
        Fact::Follower { url } => say(M::Follower, &[url]),
        Fact::Unexplained => say(M::Unexplained, &[]),
        Fact::ClockOff { who, ahead_ms } => clock(lang, &named(who), *ahead_ms),
        Fact::ClocksApart {
            slow,
            fast,
            apart_ms,
        } => say(M::ClocksApart, &[&named(fast), &named(slow), apart_ms]),
        Fact::SlowDisk { who, took_ms } => say(M::SlowDisk, &[&named(who), took_ms]),
        Fact::Versions { common, others } => versions(lang, common, others),
        Fact::Behind { who, behind } => {
            say(M::Behind, &[&named(who), &behind.height, &behind.behind])
        }
        Fact::DiskFull { who, free_bytes } => {
            say(M::DiskFull, &[&named(who), &megabytes(*free_bytes)])
        }
        Fact::PoolFull {
            who,
            transactions,
            bytes,
        } => say(
            M::PoolFull,
            &[&named(who), transactions, &megabytes(*bytes)],
        ),
    }
}

fn connection(lang: Lang, from: &str, to: &str, silent_ms: Option<u64>) -> String {
    match silent_ms {
        None => lang.say(M::NeverHeard, &[&from, &to]),
        Some(silence) => lang.say(M::Silent, &[&from, &to, &span(silence)]),
    }
}

fn clock(lang: Lang, who: &str, ahead_ms: i64) -> String {
    let message = match ahead_ms.is_positive() {
        true => M::ClockAhead,
        false => M::ClockBehind,
    };
    lang.say(message, &[&who, &ahead_ms.unsigned_abs()])
}

fn versions(lang: Lang, common: &str, others: &[OtherVersion]) -> String {
    let others = others.iter().map(|other| {
        let who = name(lang, &other.who);
        lang.say(M::VersionOf, &[&who, &other.version])
    });
    let others: Vec<String> = others.collect();
    lang.say(M::Versions, &[&common, &others.join(lang.text(M::Join))])
}

fn missing(lang: Lang, who: &str, why: &Missing, vote_age_ms: Option<u64>) -> String {
    match why {
        Missing::Unheard => lang.say(M::MissingUnheard, &[&who]),
        Missing::Silent { age_ms } => lang.say(M::MissingSilent, &[&who, &span(*age_ms)]),
        Missing::Behind(behind) => {
            lang.say(M::MissingBehind, &[&who, &behind.height, &behind.behind])
        }
        Missing::Mute => match vote_age_ms {
            Some(age) => lang.say(M::MissingMuteSince, &[&who, &span(age)]),
            None => lang.say(M::MissingMute, &[&who]),
        },
    }
}

/// What to do about it.
pub(super) fn hint(lang: Lang, finding: &Finding) -> Option<String> {
    let message = match &finding.fact {
        Fact::Moves { .. } | Fact::Follower { .. } => return None,
        Fact::Votes {
            voting,
            validators,
            needed,
        } => return votes(lang, finding.severity, (*voting, *validators, *needed)),
        Fact::Stands { .. } => M::StandsHint,
        Fact::JustStarted { .. } => M::JustStartedHint,
        Fact::Unreachable { .. } => M::UnreachableHint,
        Fact::Fault { .. } => M::FaultHint,
        Fact::NodeStands { .. } => M::NodeStandsHint,
        Fact::Missing { who, why, .. } => match why {
            Missing::Unheard | Missing::Silent { .. } if who.name.is_some() => M::MissingLocalHint,
            Missing::Unheard | Missing::Silent { .. } if who.address.is_some() => {
                let address = who.address.as_deref().unwrap_or_default();
                return Some(lang.say(M::MissingAtHint, &[&address]));
            }
            Missing::Unheard => M::MissingUnheardHint,
            Missing::Silent { .. } => M::MissingSilentHint,
            Missing::Behind(_) => M::BehindHint,
            Missing::Mute => M::MissingMuteHint,
        },
        Fact::VotesUnseen => M::VotesUnseenHint,
        Fact::VotesSplit { .. } => M::VotesSplitHint,
        Fact::Isolated { .. } => M::IsolatedHint,
        Fact::ConnectionDown { .. } if finding.severity == Severity::Note => M::FollowerGoneHint,
        Fact::ConnectionDown { .. } => M::ConnectionHint,
        Fact::ClockOff { ahead_ms, .. } if ahead_ms.is_positive() => M::ClockAheadHint,
        Fact::ClockOff { .. } => M::ClockBehindHint,
        Fact::ClocksApart { .. } => M::ClocksApartHint,
        Fact::SlowDisk { .. } => M::SlowDiskHint,
        Fact::Versions { .. } => M::VersionsHint,
        Fact::Behind { .. } => M::BehindHint,
        Fact::DiskFull { .. } => M::DiskFullHint,
        Fact::PoolFull { .. } => M::PoolFullHint,
        Fact::Unexplained => M::UnexplainedHint,
    };
    Some(lang.text(message).to_owned())
}

fn votes(
    lang: Lang,
    severity: Severity,
    (voting, validators, needed): (usize, usize, usize),
) -> Option<String> {
    let short = needed.saturating_sub(voting);
    match () {
        () if severity == Severity::Note || voting == validators => None,
        () if short > 0 => Some(lang.say(M::VotesShort, &[&short])),
        () if voting == needed => Some(lang.text(M::VotesLast).to_owned()),
        () => Some(lang.say(M::VotesFew, &[&needed])),
    }
}

/// A node as people know it: by its name on this machine, by its organisation and key, or by where
/// it was asked.
fn name(lang: Lang, who: &Who) -> String {
    if let Some(name) = &who.name {
        return name.clone();
    }
    match (&who.key, &who.organisation, &who.url) {
        (Some(key), Some(organisation), _) => lang.say(M::ValidatorOf, &[organisation, key]),
        (Some(key), None, _) => lang.say(M::Key, &[key]),
        (None, _, url) => url.clone().unwrap_or_default(),
    }
}

/// A time as people write it: tenths below ten seconds, whole units above.
pub(in crate::commands) fn span(milliseconds: u64) -> String {
    match milliseconds {
        0..10_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => humantime::format_duration(Duration::from_secs(milliseconds / 1000)).to_string(),
    }
}

const fn megabytes(bytes: u64) -> u64 {
    bytes >> 20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!(span(0), "0.0 s");
        assert_eq!(span(9_950), "9.9 s");
        assert_eq!(span(35_999), "35s");
        assert_eq!(span(3_725_000), "1h 2m 5s");
    }
}
