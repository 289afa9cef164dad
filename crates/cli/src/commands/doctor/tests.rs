//! Every finding, made from what nodes may see.

use super::{
    diagnosis::{Known, Registry, diagnose},
    findings::{Behind, Fact, Finding, Missing, Severity, Who},
    readings::{Reading, readings},
    view::{Node, Seen},
    words,
};
use crate::messages::Lang;
use alloy_primitives::{B256, Bytes};
use qiantang_client::{
    PoolStatus, StatusResponse,
    health::{DiskSpace, HeardView, NetworkHealth, PeerView, VoteView},
};

const NOW: u64 = 1_000_000;
const GIB: u64 = 1 << 30;

fn key(number: u8) -> Bytes {
    vec![number; 33].into()
}

fn heard(age: u64, height: u64) -> HeardView {
    HeardView {
        at: NOW - age,
        version: "1.0.0".to_owned(),
        height,
        clock_ahead_ms: -20,
        disk_ms: 3,
    }
}

/// One of four validators, as a node sees all of them; numbers count from 1. All is well.
fn node(number: u8) -> Node {
    let peer = |other: u8| PeerView {
        key: key(other),
        me: other == number,
        vote: Some(VoteView {
            epoch: 2,
            view: 50,
            at: NOW - 400,
        }),
        heard: (other != number).then(|| heard(300, 100)),
    };
    let health = NetworkHealth {
        now: NOW,
        version: "1.0.0".to_owned(),
        height: 100,
        last_block: Some(NOW - 500),
        disk_ms: 4,
        voter: true,
        epoch: 2,
        view: 50,
        quorum: 3,
        heartbeat: 1_000,
        validators: (1..=4).map(peer).collect(),
        peers: Vec::new(),
    };
    let status = StatusResponse {
        chain_id: 1,
        anchor: String::new(),
        height: 100,
        digest: B256::ZERO,
        state_root: B256::ZERO,
        time: NOW - 500,
        peers: 3,
        version: "1.0.0".to_owned(),
        pid: 1,
        started: NOW - 900_000,
        pool: PoolStatus {
            transactions_max: 1_000,
            bytes_max: 1_000_000,
            ..PoolStatus::default()
        },
        disk_bytes: None,
        disk: Some(DiskSpace {
            free: 50 * GIB,
            size: 100 * GIB,
        }),
        fault: None,
    };
    Node {
        url: format!("http://{number}"),
        seen: Ok(Seen {
            health,
            status: Some(status),
        }),
    }
}

trait Change {
    fn health(&mut self) -> &mut NetworkHealth;
    fn status(&mut self) -> &mut StatusResponse;

    fn peer(&mut self, number: u8) -> &mut PeerView {
        let set = &mut self.health().validators;
        set.iter_mut().find(|peer| peer.key == key(number)).unwrap()
    }

    fn heard(&mut self, number: u8) -> &mut HeardView {
        self.peer(number).heard.as_mut().unwrap()
    }

    /// The chain stands for this long, in a view in which all of these voted.
    fn stand(&mut self, age: u64, voters: &[u8]) {
        self.health().last_block = Some(NOW - age);
        self.health().view = 60;
        for number in 1..=4 {
            let view = if voters.contains(&number) { 60 } else { 57 };
            self.peer(number).vote = Some(VoteView {
                epoch: 2,
                view,
                at: NOW - age + 1_000,
            });
        }
    }
}

impl Change for Node {
    fn health(&mut self) -> &mut NetworkHealth {
        &mut self.seen.as_mut().ok().unwrap().health
    }

    fn status(&mut self) -> &mut StatusResponse {
        let seen = self.seen.as_mut().ok().unwrap();
        seen.status.as_mut().unwrap()
    }
}

fn changed(number: u8, change: impl FnOnce(&mut Node)) -> Node {
    let mut node = node(number);
    change(&mut node);
    node
}

/// A follower, which sees no votes and stands in no set.
fn follower() -> Node {
    changed(9, |node| {
        node.health().voter = false;
        for peer in &mut node.health().validators {
            peer.vote = None;
        }
    })
}

fn found(nodes: &[Node]) -> Vec<Finding> {
    let found = diagnose(nodes, &Registry::new());
    for finding in &found {
        for (lang, is_ascii) in [(Lang::En, true), (Lang::Zh, false)] {
            let text = words::text(lang, &finding.fact);
            assert_eq!(text.replace('…', "").is_ascii(), is_ascii, "{text}");
            assert!(!text.contains('{'), "{text}");
            let hint = words::hint(lang, finding).unwrap_or_default();
            assert!(!hint.contains("{0}"), "{hint}");
        }
        serde_json::to_string(finding).unwrap();
    }
    let is_note = found
        .first()
        .is_some_and(|first| first.severity == Severity::Note);
    let rest = found.iter().skip(usize::from(is_note));
    assert!(rest.is_sorted_by_key(|finding| finding.severity));
    found
}

fn who(number: u8) -> Who {
    Who {
        key: Some(key(number)),
        ..Who::default()
    }
}

/// A validator that was asked itself.
fn asked(number: u8) -> Who {
    Who {
        url: Some(format!("http://{number}")),
        ..who(number)
    }
}

/// Whether exactly these are the findings that are no notes, in this order.
fn check(nodes: &[Node], expected: Vec<Finding>) {
    let found = found(nodes).into_iter();
    let found = found.filter(|finding| finding.severity != Severity::Note);
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

fn stands(age_ms: u64) -> Finding {
    Fact::Stands {
        height: 100,
        since: NOW - age_ms,
        age_ms,
        since_start: false,
    }
    .as_(Severity::Stop)
}

fn votes(voting: usize, severity: Severity) -> Finding {
    Fact::Votes {
        voting,
        validators: 4,
        needed: 3,
    }
    .as_(severity)
}

fn missing(who: Who, why: Missing, vote_age_ms: u64, severity: Severity) -> Finding {
    Fact::Missing {
        who,
        why,
        vote_age_ms: Some(vote_age_ms),
    }
    .as_(severity)
}

#[test]
fn a_chain_that_runs_is_healthy() {
    let notes = found(&[node(1)]);
    let moves = Fact::Moves {
        height: 100,
        age_ms: 500,
        heartbeat_ms: 1_000,
    };
    assert_eq!(notes, [moves.as_(Severity::Note), votes(4, Severity::Note)]);
    check(&[node(1), node(2), node(3), node(4)], vec![]);
}

#[test]
fn a_silent_validator_is_named_while_the_others_go_on() {
    let node = changed(1, |node| {
        node.peer(3).vote.as_mut().unwrap().at = NOW - 60_000;
        node.heard(3).at = NOW - 59_000;
    });
    let registry = Registry::from([(
        key(3),
        Known {
            organisation: Some("First Hospital".to_owned()),
            address: Some("h:1".to_owned()),
            ..Known::default()
        },
    )]);
    let found = diagnose(&[node], &registry);
    let hospital = Who {
        organisation: Some("First Hospital".to_owned()),
        address: Some("h:1".to_owned()),
        ..who(3)
    };
    let silent = Missing::Silent { age_ms: 59_000 };
    let silent = missing(hospital, silent, 60_000, Severity::Warning);
    assert_eq!(found[1..], [votes(3, Severity::Warning), silent]);
    let text = words::text(Lang::En, &found[2].fact);
    assert_eq!(
        text,
        format!(
            "no vote from First Hospital [0x{}]: silent for 59s",
            "03".repeat(33)
        )
    );
    let hint = words::hint(Lang::Zh, &found[2]).unwrap();
    assert!(hint.contains("h:1"), "{hint}");
    let hint = words::hint(Lang::En, &found[1]).unwrap();
    assert_eq!(hint, "if one more stops voting, the chain stands");
}

#[test]
fn two_of_four_are_too_few_and_who_waits_with_us_is_not_blamed() {
    let age = 600_000;
    let node = changed(1, |node| {
        node.stand(age, &[1, 2]);
        node.heard(3).at = NOW - age;
        node.peer(4).heard = None;
        node.peer(4).vote = None;
    });
    let unheard = Fact::Missing {
        who: who(4),
        why: Missing::Unheard,
        vote_age_ms: None,
    };
    let silent = Missing::Silent { age_ms: age };
    let expected = vec![
        stands(age),
        votes(2, Severity::Stop),
        missing(who(3), silent, age - 1_000, Severity::Stop),
        unheard.as_(Severity::Stop),
    ];
    let hint = words::hint(Lang::En, &expected[1]).unwrap();
    assert_eq!(hint, "bring 1 more of the validators named here back");
    check(&[node], expected);
}

#[test]
fn a_vote_that_another_node_sees_counts() {
    let blind = changed(1, |node| {
        node.peer(4).vote = None;
        node.peer(4).heard = None;
    });
    let down = Fact::ConnectionDown {
        from: asked(1),
        to: who(4),
        silent_ms: None,
    };
    check(&[blind, node(2)], vec![down.as_(Severity::Warning)]);
}

#[test]
fn a_validator_that_is_there_and_does_not_vote_is_behind_or_mute() {
    let old = |node: &mut Node, number: u8| {
        node.peer(number).vote.as_mut().unwrap().at = NOW - 60_000;
    };
    let is_missing = |node: Node, who: Who, why: Missing| {
        let missing = missing(who, why, 60_000, Severity::Warning);
        check(&[node], vec![votes(3, Severity::Warning), missing]);
    };
    is_missing(changed(1, |node| old(node, 2)), who(2), Missing::Mute);
    is_missing(changed(1, |node| old(node, 1)), asked(1), Missing::Mute);
    let behind = changed(1, |node| {
        old(node, 2);
        node.health().height = 101;
        node.heard(2).height = 0;
    });
    let far = Behind {
        height: 0,
        behind: 101,
    };
    is_missing(behind, who(2), Missing::Behind(far));
}

#[test]
fn a_node_that_hears_nobody_is_isolated() {
    let age = 30_000;
    let node = changed(1, |node| {
        node.stand(age, &[1]);
        for number in 2..=4 {
            node.heard(number).at = NOW - age;
        }
    });
    let silent = || Missing::Silent { age_ms: age };
    let gone = |number| missing(who(number), silent(), age - 1_000, Severity::Stop);
    let isolated = Fact::Isolated { who: asked(1) };
    let expected = vec![
        stands(age),
        votes(1, Severity::Stop),
        gone(2),
        gone(3),
        gone(4),
        isolated.as_(Severity::Stop),
    ];
    check(&[node], expected);
}

/// Two halves of the validators, each of which hears only itself, seen by one of each half.
fn halves(age: u64) -> [Node; 2] {
    [(1, [1, 2], [3, 4]), (3, [3, 4], [1, 2])].map(|(number, near, far)| {
        changed(number, |node| {
            node.stand(age, &near);
            for other in far {
                node.heard(other).at = NOW - age;
            }
        })
    })
}

#[test]
fn of_a_network_in_two_halves_the_connections_are_named() {
    let notes = found(&halves(30_000));
    let split = Fact::VotesSplit {
        reached: 2,
        needed: 3,
    };
    let down = |from, to| {
        let silent_ms = Some(30_000);
        Fact::ConnectionDown {
            from,
            to,
            silent_ms,
        }
        .as_(Severity::Warning)
    };
    let expected = [
        stands(30_000),
        split.as_(Severity::Stop),
        down(asked(1), asked(3)),
        down(asked(1), who(4)),
        down(asked(3), asked(1)),
        down(asked(3), who(2)),
        votes(4, Severity::Note),
    ];
    assert_eq!(notes, expected);
}

#[test]
fn a_validator_that_only_we_reach_is_silent_for_the_others() {
    let cut = changed(3, |node| {
        node.stand(30_000, &[3]);
        for number in [1, 2, 4] {
            node.heard(number).at = NOW - 30_000;
        }
    });
    let other = changed(1, |node| {
        node.peer(3).vote.as_mut().unwrap().at = NOW - 29_000;
        node.heard(3).at = NOW - 30_000;
    });
    let notes = found(&[other, cut]);
    let silent = Missing::Silent { age_ms: 30_000 };
    let missing = missing(asked(3), silent, 29_000, Severity::Warning);
    assert!(notes.contains(&missing), "{notes:?}");
    let isolated = Fact::Isolated { who: asked(3) };
    assert!(notes.contains(&isolated.as_(Severity::Warning)));
}

#[test]
fn who_has_just_started_blames_nobody_while_the_chain_goes_on() {
    let node = changed(1, |node| {
        node.status().started = NOW - 2_000;
        node.peer(4).vote = None;
        node.peer(4).heard = None;
    });
    let kinds: Vec<Severity> = found(&[node]).iter().map(|found| found.severity).collect();
    assert_eq!(kinds, [Severity::Note]);
}

#[test]
fn readings_are_taken_from_others_and_from_the_node_itself() {
    let slow = changed(2, |node| {
        node.health().disk_ms = 70;
        node.peer(1).vote.as_mut().unwrap().at = NOW - 100;
        node.heard(1).clock_ahead_ms = 10;
    });
    let gone = Node {
        url: "http://4".to_owned(),
        seen: Err("refused".to_owned()),
    };
    let reading = |vote_age_ms, clock_ahead_ms, disk_ms| Reading {
        vote_age_ms: Some(vote_age_ms),
        clock_ahead_ms: Some(clock_ahead_ms),
        disk_ms: Some(disk_ms),
        version: Some("1.0.0".to_owned()),
    };
    assert_eq!(
        readings(&[node(1), slow, gone]),
        [
            reading(100, 10, 4),
            reading(400, -20, 70),
            Reading::default(),
        ]
    );
}

#[test]
fn one_validator_needs_nobody() {
    let alone = changed(1, |node| {
        node.health().validators.truncate(1);
        node.health().quorum = 1;
    });
    check(&[alone], vec![]);
}

#[test]
fn after_a_restart_the_chain_stands_since_the_start() {
    let node = changed(1, |node| {
        node.stand(20_000, &[1, 2, 3]);
        node.health().last_block = None;
        node.status().started = NOW - 20_000;
        // What it voted before the restart is not remembered.
        node.peer(1).vote = None;
        node.heard(4).at = NOW - 20_000;
        node.peer(4).vote = None;
    });
    let notes = found(&[node]);
    let stands = Fact::Stands {
        height: 100,
        since: NOW - 20_000,
        age_ms: 20_000,
        since_start: true,
    };
    assert_eq!(notes[0], stands.as_(Severity::Stop));
    assert!(notes.contains(&votes(3, Severity::Warning)));
    assert!(notes.contains(&Fact::Unexplained.as_(Severity::Stop)));
}

#[test]
fn a_node_that_has_just_started_blames_nobody() {
    let node = changed(1, |node| {
        node.health().last_block = None;
        node.status().started = NOW - 2_000;
        for number in 2..=4 {
            node.peer(number).heard = None;
            node.peer(number).vote = None;
        }
    });
    let notes = found(&[node]);
    let started = Fact::JustStarted { age_ms: 2_000 };
    assert_eq!(notes, [started.as_(Severity::Note)]);
}

#[test]
fn enough_votes_and_no_block_is_said_to_be_unexplained() {
    let node = changed(1, |node| node.stand(30_000, &[1, 2, 3, 4]));
    let unexplained = Fact::Unexplained.as_(Severity::Stop);
    check(&[node], vec![stands(30_000), unexplained]);
}

#[test]
fn a_clock_that_is_off_is_found_by_others_and_by_itself() {
    let off = |ahead_ms, who, severity| Fact::ClockOff { who, ahead_ms }.as_(severity);
    let other = changed(1, |node| node.heard(3).clock_ahead_ms = 2_000);
    let expected = off(2_020, who(3), Severity::Warning);
    check(&[other], vec![expected]);
    let me = changed(1, |node| {
        for number in 2..=4 {
            node.heard(number).clock_ahead_ms = 700;
        }
    });
    check(&[me], vec![off(-700, asked(1), Severity::Warning)]);
    // Where votes are there and blocks are not, it is the reason.
    let stuck = changed(1, |node| {
        node.stand(30_000, &[1, 2, 3, 4]);
        node.heard(3).clock_ahead_ms = 9_000;
    });
    let expected = off(9_020, who(3), Severity::Stop);
    check(&[stuck], vec![stands(30_000), expected]);
    let near = changed(1, |node| node.heard(3).clock_ahead_ms = 450);
    check(&[near], vec![]);
}

#[test]
fn of_two_clocks_nobody_knows_which_is_off() {
    let pair = changed(1, |node| {
        node.health().validators.truncate(2);
        node.health().quorum = 2;
        node.heard(2).clock_ahead_ms = -800;
    });
    let apart = Fact::ClocksApart {
        slow: who(2),
        fast: asked(1),
        apart_ms: 800,
    };
    check(&[pair], vec![apart.as_(Severity::Warning)]);
}

#[test]
fn slow_disks_are_found_here_and_there() {
    let node = changed(1, |node| {
        node.health().disk_ms = 150;
        node.heard(2).disk_ms = 101;
        node.heard(3).disk_ms = 100;
        // What somebody said long ago does not count.
        node.heard(4).disk_ms = 900;
        node.heard(4).at = NOW - 60_000;
    });
    let slow = |who, took_ms| Fact::SlowDisk { who, took_ms }.as_(Severity::Warning);
    let down = Fact::ConnectionDown {
        from: asked(1),
        to: who(4),
        silent_ms: Some(60_000),
    };
    let expected = vec![
        down.as_(Severity::Warning),
        slow(asked(1), 150),
        slow(who(2), 101),
    ];
    check(&[node], expected);
}

#[test]
fn another_version_is_named() {
    let node = changed(1, |node| node.heard(3).version = "0.9.0".to_owned());
    let found = found(&[node]);
    let Fact::Versions { common, others } = &found[1].fact else {
        panic!("{found:?}");
    };
    assert_eq!(found[1].severity, Severity::Warning);
    assert_eq!(common, "1.0.0");
    assert_eq!((&others[0].who, &*others[0].version), (&who(3), "0.9.0"));
    assert_eq!(others.len(), 1);
}

#[test]
fn a_node_behind_is_named_and_one_that_takes_nothing_over_stands() {
    let far = |height| Behind {
        height,
        behind: 500 - height,
    };
    let ahead = |node: &mut Node| {
        node.health().height = 500;
        for number in 2..=4 {
            node.heard(number).height = 500;
        }
    };
    let slow = changed(1, |node| {
        ahead(node);
        node.heard(2).height = 10;
    });
    let behind = Fact::Behind {
        who: who(2),
        behind: far(10),
    };
    check(&[slow], vec![behind.as_(Severity::Warning)]);

    let stuck = || {
        changed(1, |node| {
            ahead(node);
            node.health().height = 100;
            node.health().last_block = Some(NOW - 90_000);
        })
    };
    let stands = Fact::NodeStands {
        who: asked(1),
        behind: far(100),
    };
    // Alone it knows from what it hears that the chain goes on; beside another node it is sure.
    check(&[stuck()], vec![stands.clone().as_(Severity::Stop)]);
    let other = changed(2, |node| {
        node.health().height = 500;
        for number in [1, 3, 4] {
            node.heard(number).height = 500;
        }
    });
    check(&[stuck(), other], vec![stands.as_(Severity::Stop)]);
}

#[test]
fn a_follower_is_fine_and_knows_no_votes() {
    let follows = Fact::Follower {
        url: "http://9".to_owned(),
    };
    let notes = found(&[follower()]);
    assert!(notes.contains(&follows.as_(Severity::Note)));
    assert!(notes.contains(&Fact::VotesUnseen.as_(Severity::Note)));
    assert!(notes.iter().all(|note| note.severity == Severity::Note));
    // Beside a validator the votes are known.
    let notes = found(&[follower(), node(1)]);
    assert!(notes.contains(&votes(4, Severity::Note)));
}

#[test]
fn a_follower_that_went_silent_is_a_note() {
    let gone = PeerView {
        key: key(7),
        heard: Some(heard(30_000, 90)),
        ..PeerView::default()
    };
    let node = changed(1, |node| node.health().peers = vec![gone]);
    let down = Fact::ConnectionDown {
        from: asked(1),
        to: who(7),
        silent_ms: Some(30_000),
    };
    assert!(found(&[node]).contains(&down.as_(Severity::Note)));
}

#[test]
fn nodes_that_do_not_answer_are_named() {
    let gone = || Node {
        url: "http://3".to_owned(),
        seen: Err("connection refused".to_owned()),
    };
    let fact = Fact::Unreachable {
        url: "http://3".to_owned(),
        reason: "connection refused".to_owned(),
    };
    assert_eq!(found(&[gone()]), [fact.clone().as_(Severity::Stop)]);
    check(&[node(1), gone()], vec![fact.as_(Severity::Warning)]);
}

#[test]
fn what_a_node_says_of_itself_is_passed_on() {
    let fault = Fact::Fault {
        who: asked(1),
        fault: "a root differs".to_owned(),
    };
    let faulty = changed(1, |node| {
        node.status().fault = Some("a root differs".to_owned());
    });
    check(&[faulty], vec![fault.as_(Severity::Stop)]);

    let full = |transactions, bytes| Fact::PoolFull {
        who: asked(1),
        transactions,
        bytes,
    };
    for (ready, waiting, bytes, is_full) in [
        (900, 50, 0, true),
        (1, 1, 950_000, true),
        (900, 49, 949_999, false),
    ] {
        let node = changed(1, |node| {
            let pool = &mut node.status().pool;
            (pool.ready, pool.waiting, pool.bytes) = (ready, waiting, bytes);
        });
        let expected = is_full.then(|| full(ready + waiting, bytes).as_(Severity::Warning));
        check(&[node], expected.into_iter().collect());
    }

    for (free, severity) in [
        (255 << 20, Some(Severity::Stop)),
        (4 * GIB, Some(Severity::Warning)),
        (6 * GIB, None),
    ] {
        let node = changed(1, |node| node.status().disk.as_mut().unwrap().free = free);
        let disk = Fact::DiskFull {
            who: asked(1),
            free_bytes: free,
        };
        let expected = severity.map(|severity| disk.as_(severity));
        check(&[node], expected.into_iter().collect());
    }
}
