//! Scenes between four organisations: what they decide, and what becomes of it.

use super::world::{ADMINISTRATORS, DAY, REASON, STRANGER, World, describe_bytes, key};
use crate::{
    governance::{
        IGovernance::{self, Choice, Kind, Parameter, Rule, State},
        parameters, validators,
    },
    identity::{self, OrganisationStatus},
};
use alloy_primitives::{Address, U256};

const FISHER: Address = Address::repeat_byte(5);

fn admission(administrator: Address) -> IGovernance::proposeAdmissionCall {
    IGovernance::proposeAdmissionCall {
        name: "Qiandao Lake Fishery".to_owned(),
        organisationKind: 2,
        jurisdiction: "CN-330100".to_owned(),
        administrators: vec![administrator],
        reason: REASON.to_owned(),
    }
}

pub(super) fn suspension(organisation: u64) -> IGovernance::proposeSuspensionCall {
    IGovernance::proposeSuspensionCall {
        organisation,
        reason: REASON.to_owned(),
    }
}

fn restoration(organisation: u64) -> IGovernance::proposeRestorationCall {
    IGovernance::proposeRestorationCall {
        organisation,
        reason: REASON.to_owned(),
    }
}

pub(super) fn removal(organisation: u64) -> IGovernance::proposeRemovalCall {
    IGovernance::proposeRemovalCall {
        organisation,
        reason: REASON.to_owned(),
    }
}

pub(super) fn parameter(parameter: Parameter, value: u64) -> IGovernance::proposeParameterCall {
    IGovernance::proposeParameterCall {
        parameter,
        value,
        reason: REASON.to_owned(),
    }
}

fn strict() -> IGovernance::proposeParameterCall {
    parameter(Parameter::TraceStrict, 1)
}

pub(super) fn new_rule(kind: Kind, rule: Rule) -> IGovernance::proposeRuleCall {
    IGovernance::proposeRuleCall {
        kind,
        rule,
        reason: REASON.to_owned(),
    }
}

const fn voting(id: u64, choice: Choice) -> IGovernance::voteCall {
    IGovernance::voteCall { id, choice }
}

#[test]
fn a_fifth_organisation_is_admitted() {
    let mut world = World::new();
    let id = world.accept(ADMINISTRATORS[0], &admission(FISHER));
    assert_eq!(id, 1);
    let shown = world.proposal(id);
    assert_eq!(
        (shown.summary.kind, shown.summary.state),
        (Kind::Admission, State::Voting)
    );
    assert_eq!(shown.tally.electorate, 4);
    assert_eq!(shown.summary.ends - shown.summary.made, 7 * DAY);
    assert_eq!(world.open(), [id]);

    assert_eq!(world.vote(1, id, Choice::Yes), State::Voting);
    assert_eq!(world.vote(2, id, Choice::Abstain), State::Voting);
    // Three of four are a quorum, and with a no of the last one two of three are two thirds.
    assert_eq!(world.vote(3, id, Choice::Yes), State::Passed);
    assert_eq!(
        world.refuse(ADMINISTRATORS[3], &voting(id, Choice::No)),
        "NotVoting"
    );
    world.block();
    assert_eq!(world.state(id), State::Executed);
    assert!(world.open().is_empty());
    assert_eq!(world.status(5), OrganisationStatus::Active);
    assert_eq!(
        identity::organisation_of(&mut world.chain, FISHER).unwrap(),
        5
    );

    // It votes on the next proposal, and the last one is history.
    let next = world.accept(FISHER, &strict());
    assert_eq!(world.proposal(next).tally.electorate, 5);
    assert_eq!(
        world.accept(FISHER, &voting(next, Choice::Yes)),
        State::Voting
    );
    assert_eq!(world.refuse(FISHER, &voting(id, Choice::Yes)), "NotVoting");
}

#[test]
fn a_vote_counts_once_and_only_of_the_electorate() {
    let mut world = World::new();
    let id = world.accept(ADMINISTRATORS[1], &strict());
    world.vote(1, id, Choice::Yes);
    let fifth = world.decide(&admission(FISHER));
    assert_eq!(world.state(fifth), State::Executed);
    let cases = [
        (ADMINISTRATORS[0], voting(id, Choice::No), "AlreadyVoted"),
        (ADMINISTRATORS[0], voting(id, Choice::Yes), "AlreadyVoted"),
        (FISHER, voting(id, Choice::Yes), "NotElector"),
        (STRANGER, voting(id, Choice::Yes), "NotPermitted"),
        (ADMINISTRATORS[1], voting(id, Choice::None), "ChoiceMissing"),
        (ADMINISTRATORS[1], voting(id, Choice::Veto), "NoVeto"),
        (
            ADMINISTRATORS[1],
            voting(77, Choice::Yes),
            "UnknownProposal",
        ),
        (ADMINISTRATORS[1], voting(0, Choice::Yes), "UnknownProposal"),
    ];
    for (who, call, expected) in cases {
        assert_eq!(world.refuse(who, &call), expected);
    }
    let page = world.view(&IGovernance::ballotsCall {
        id,
        cursor: U256::ZERO,
        limit: U256::from(3),
    });
    assert_eq!((page.list.len(), page.next), (3, U256::from(3)));
    assert_eq!(page.list[0].voter, ADMINISTRATORS[0]);
    assert_eq!(page.list[1].choice, Choice::None);
}

#[test]
fn what_nobody_decides_expires_by_itself() {
    let mut world = World::new();
    let id = world.accept(ADMINISTRATORS[0], &strict());
    world.vote(1, id, Choice::Yes);
    let closing = IGovernance::closeCall { id };
    assert_eq!(world.refuse(STRANGER, &closing), "TooEarly");
    let ends = world.proposal(id).summary.ends;
    let now = world.chain.time.get();
    world.advance(ends - now);
    assert_eq!(
        world.refuse(ADMINISTRATORS[1], &voting(id, Choice::Yes)),
        "VotingEnded"
    );
    world.block();
    let shown = world.proposal(id);
    assert_eq!(shown.summary.state, State::Expired);
    assert_eq!((shown.tally.yes, shown.tally.electorate), (1, 4));
    assert!(shown.summary.closed >= ends);
    assert_eq!(world.refuse(STRANGER, &closing), "NotVoting");
    let executing = IGovernance::executeCall { id };
    assert_eq!(world.refuse(STRANGER, &executing), "NotPassed");
}

#[test]
fn anybody_stands_in_for_a_lost_job() {
    let mut world = World::new();
    let rule = Rule {
        delay: DAY,
        ..world.view(&IGovernance::ruleCall {
            kind: Kind::Parameter,
        })
    };
    world.decide(&new_rule(Kind::Parameter, rule));
    let id = world.accept(ADMINISTRATORS[0], &strict());
    world.vote(1, id, Choice::Yes);
    for organisation in [2, 3] {
        world.vote(organisation, id, Choice::Abstain);
    }
    world.advance(7 * DAY);
    // No job runs; a stranger calls instead.
    assert_eq!(
        world.accept(STRANGER, &IGovernance::closeCall { id }),
        State::Passed
    );
    let executing = IGovernance::executeCall { id };
    assert_eq!(world.refuse(STRANGER, &executing), "TooEarly");
    world.advance(DAY);
    assert_eq!(world.accept(STRANGER, &executing), State::Executed);
    assert_eq!(world.refuse(STRANGER, &executing), "NotPassed");
    assert!(parameters(&mut world.chain).unwrap().unwrap().trace_strict);
    // The jobs come late and find it done.
    world.block();
    assert_eq!(world.state(id), State::Executed);
}

#[test]
fn a_suspended_member_has_no_vote_until_it_is_back() {
    let mut world = World::new();
    let id = world.accept(ADMINISTRATORS[0], &strict());
    world.vote(4, id, Choice::Yes);
    let id_of_suspension = world.decide(&suspension(4));
    // The organisation concerned did not vote on it.
    assert_eq!(world.proposal(id_of_suspension).tally.electorate, 3);
    assert_eq!(world.status(4), OrganisationStatus::Suspended);
    let tally = world.proposal(id).tally;
    assert_eq!((tally.electorate, tally.yes), (3, 0));
    let shut = [
        world.refuse(ADMINISTRATORS[3], &strict()),
        world.refuse(ADMINISTRATORS[3], &voting(id, Choice::No)),
    ];
    assert_eq!(shut, ["NotPermitted", "NotPermitted"]);
    // Its validator rests with it.
    assert_eq!(validators(&mut world.chain).unwrap().len(), 3);
    assert_eq!(
        world.refuse(ADMINISTRATORS[0], &suspension(4)),
        "AlreadySuspended"
    );

    world.decide(&restoration(4));
    let tally = world.proposal(id).tally;
    assert_eq!((tally.electorate, tally.yes), (4, 1));
    assert_eq!(validators(&mut world.chain).unwrap().len(), 4);
    assert_eq!(
        world.refuse(ADMINISTRATORS[0], &restoration(4)),
        "NotSuspended"
    );
}

#[test]
fn a_removed_member_is_gone_with_its_validators() {
    let mut world = World::new();
    let open = world.accept(ADMINISTRATORS[2], &strict());
    world.vote(3, open, Choice::No);
    let id = world.decide(&removal(3));
    assert_eq!(world.state(id), State::Executed);
    assert_eq!(world.status(3), OrganisationStatus::Removed);
    let owners: Vec<u64> = validators(&mut world.chain)
        .unwrap()
        .iter()
        .map(|validator| validator.organisation)
        .collect();
    assert_eq!(owners, [1, 2, 4]);
    assert_eq!(
        world.refuse(ADMINISTRATORS[2], &voting(open, Choice::Yes)),
        "NotPermitted"
    );
    let tally = world.proposal(open).tally;
    assert_eq!((tally.electorate, tally.no), (3, 0));
    assert_eq!(world.refuse(ADMINISTRATORS[0], &removal(3)), "NotMember");
    assert_eq!(
        world.refuse(ADMINISTRATORS[0], &restoration(3)),
        "NotMember"
    );
    // What it proposed goes on: the others decide it.
    world.vote(1, open, Choice::Yes);
    assert_eq!(world.vote(2, open, Choice::Yes), State::Passed);
    world.block();
    assert_eq!(world.state(open), State::Executed);
}

#[test]
fn a_regulator_vetoes_where_the_rule_says_so() {
    let mut world = World::new();
    let rule = Rule {
        vetoKinds: 1 << 6,
        vetoes: 1,
        ..world.view(&IGovernance::ruleCall {
            kind: Kind::Parameter,
        })
    };
    world.decide(&new_rule(Kind::Parameter, rule));
    let id = world.accept(ADMINISTRATORS[0], &strict());
    assert_eq!(
        world.refuse(ADMINISTRATORS[0], &voting(id, Choice::Veto)),
        "NoVeto"
    );
    for organisation in 1..=3 {
        // It could still be vetoed, so nothing is settled.
        assert_eq!(world.vote(organisation, id, Choice::Yes), State::Voting);
    }
    assert_eq!(world.vote(4, id, Choice::Veto), State::Vetoed);
    let shown = world.proposal(id);
    assert_eq!(
        (shown.tally.vetoes, shown.tally.no, shown.tally.yes),
        (1, 1, 3)
    );
    assert!(world.open().is_empty());
}

#[test]
fn weights_count_where_the_rule_says_so() {
    let mut world = World::new();
    let rule = Rule {
        weighted: true,
        ..world.view(&IGovernance::ruleCall {
            kind: Kind::Parameter,
        })
    };
    world.decide(&new_rule(Kind::Parameter, rule));
    let weight = |organisation, weight| IGovernance::proposeWeightCall {
        organisation,
        weight,
        reason: REASON.to_owned(),
    };
    assert_eq!(world.refuse(ADMINISTRATORS[0], &weight(1, 1)), "Unchanged");
    assert_eq!(
        world.refuse(ADMINISTRATORS[0], &weight(1, 1_000_001)),
        "LimitExceeded"
    );
    world.decide(&weight(2, 10));
    world.decide(&weight(1, 0));
    let id = world.accept(ADMINISTRATORS[0], &strict());
    // The bank has no weight here, and the tea house decides alone.
    assert_eq!(
        world.refuse(ADMINISTRATORS[0], &voting(id, Choice::Yes)),
        "NotElector"
    );
    assert_eq!(world.vote(2, id, Choice::Yes), State::Passed);
    assert_eq!(world.proposal(id).tally.electorate, 12);
}

#[test]
fn what_became_impossible_fails_with_the_reason() {
    let mut world = World::new();
    let admit = |world: &mut World| world.accept(ADMINISTRATORS[0], &admission(FISHER));
    let (first, second) = (admit(&mut world), admit(&mut world));
    for id in [first, second] {
        for organisation in 1..=3 {
            if world.state(id) == State::Voting {
                world.vote(organisation, id, Choice::Yes);
            }
        }
    }
    world.block();
    assert_eq!(world.state(first), State::Executed);
    let shown = world.proposal(second);
    assert_eq!(shown.summary.state, State::Failed);
    assert!(describe_bytes(&shown.failure).starts_with("NameTaken"));
    assert_eq!(identity::organisation_count(&mut world.chain).unwrap(), 5);
    assert!(world.open().is_empty());
}

#[test]
fn only_the_proposing_organisation_withdraws() {
    let mut world = World::new();
    let id = world.accept(ADMINISTRATORS[0], &strict());
    let withdrawing = IGovernance::withdrawCall { id };
    assert_eq!(world.refuse(ADMINISTRATORS[1], &withdrawing), "NotProposer");
    assert_eq!(world.refuse(STRANGER, &withdrawing), "NotPermitted");
    world.accept(ADMINISTRATORS[0], &withdrawing);
    assert_eq!(world.state(id), State::Withdrawn);
    assert_eq!(world.refuse(ADMINISTRATORS[0], &withdrawing), "NotVoting");
    assert_eq!(
        world.refuse(ADMINISTRATORS[1], &voting(id, Choice::Yes)),
        "NotVoting"
    );
    world.wait(8 * DAY);
    assert_eq!(world.state(id), State::Withdrawn);
}

#[test]
fn an_organisation_has_so_many_open_proposals() {
    let mut world = World::new();
    let ids: Vec<u64> = (0..16)
        .map(|_| world.accept(ADMINISTRATORS[0], &strict()))
        .collect();
    assert_eq!(world.refuse(ADMINISTRATORS[0], &strict()), "LimitExceeded");
    world.accept(ADMINISTRATORS[1], &strict());
    world.accept(ADMINISTRATORS[0], &IGovernance::withdrawCall { id: ids[3] });
    world.accept(ADMINISTRATORS[0], &strict());

    // Newest first, in pages, by state.
    let mut seen = Vec::new();
    let mut cursor = U256::ZERO;
    loop {
        let page = world.view(&IGovernance::proposalsCall {
            state: State::Voting,
            cursor,
            limit: U256::from(5),
        });
        seen.extend(page.list.iter().map(|summary| summary.id));
        cursor = page.next;
        if cursor.is_zero() {
            break;
        }
    }
    let expected: Vec<u64> = (1..=18).rev().filter(|id| *id != ids[3]).collect();
    assert_eq!(seen, expected);
    let withdrawn = world.view(&IGovernance::proposalsCall {
        state: State::Withdrawn,
        cursor: U256::ZERO,
        limit: U256::ZERO,
    });
    assert_eq!(withdrawn.list.len(), 1);
    // All of them expire in the same block.
    world.wait(8 * DAY);
    assert!(world.open().is_empty());
}

#[test]
fn validators_come_go_and_change_their_keys() {
    let mut world = World::new();
    let reason = || REASON.to_owned();
    let adding = |organisation, key| IGovernance::proposeValidatorCall {
        organisation,
        key,
        peerAddress: String::new(),
        reason: REASON.to_owned(),
    };
    world.decide(&adding(2, key(5)));
    let rotation = IGovernance::proposeValidatorRotationCall {
        oldKey: key(0),
        newKey: key(6),
        peerAddress: String::new(),
        reason: reason(),
    };
    world.decide(&rotation);
    let removing = |key| IGovernance::proposeValidatorRemovalCall {
        key,
        reason: REASON.to_owned(),
    };
    world.decide(&removing(key(2)));
    let mut expected = vec![(key(6), 1), (key(1), 2), (key(5), 2), (key(3), 4)];
    expected.sort();
    let found: Vec<_> = validators(&mut world.chain)
        .unwrap()
        .into_iter()
        .map(|validator| (validator.key, validator.organisation))
        .collect();
    assert_eq!(found, expected);

    let bank = ADMINISTRATORS[0];
    assert_eq!(world.refuse(bank, &adding(2, key(1))), "ValidatorExists");
    assert_eq!(world.refuse(bank, &adding(9, key(7))), "NotMember");
    assert_eq!(
        world.refuse(
            bank,
            &adding(1, [&[2_u8][..], &[0; 31], &[1]].concat().into())
        ),
        "InvalidKey"
    );
    assert_eq!(
        world.refuse(bank, &adding(1, vec![2; 1 << 20].into())),
        "LimitExceeded"
    );
    assert_eq!(world.refuse(bank, &removing(key(0))), "UnknownValidator");
    assert_eq!(world.refuse(bank, &rotation), "UnknownValidator");
    for gone in [key(1), key(3), key(5)] {
        world.decide(&removing(gone));
    }
    assert_eq!(world.refuse(bank, &removing(key(6))), "LastValidator");
}

#[test]
fn an_upgrade_is_planned_moved_called_off_and_happens() {
    use crate::governance::protocol_version;
    let mut world = World::new();
    let upgrade = |version, height| IGovernance::proposeUpgradeCall {
        version,
        height,
        reason: REASON.to_owned(),
    };
    let bank = ADMINISTRATORS[0];
    let far = world.chain.height.get() + 1_000;
    for (version, height, expected) in [
        (3, far, "VersionOutOfOrder"),
        (1, far, "VersionOutOfOrder"),
        (0, 0, "VersionOutOfOrder"),
        (1, 0, "Unchanged"),
        (2, 0, "UpgradeTooSoon"),
        (2, world.chain.height.get() + 10, "UpgradeTooSoon"),
    ] {
        assert_eq!(world.refuse(bank, &upgrade(version, height)), expected);
    }
    world.decide(&upgrade(2, far));
    assert_eq!(world.refuse(bank, &upgrade(2, far)), "Unchanged");
    world.decide(&upgrade(1, 0));
    world.decide(&upgrade(2, far + 5));
    let shown = world.view(&IGovernance::protocolVersionCall {});
    assert_eq!((shown.version, shown.next, shown.height), (1, 2, far + 5));
    let below = far + 4 - world.chain.height.get();
    world.advance(below * 1_000);
    assert_eq!(protocol_version(&mut world.chain).unwrap(), 1);
    world.advance(1_000);
    assert_eq!(protocol_version(&mut world.chain).unwrap(), 2);
    let shown = world.view(&IGovernance::protocolVersionCall {});
    assert_eq!((shown.version, shown.next, shown.height), (2, 0, 0));
    world.decide(&upgrade(3, far + 500));
    assert_eq!(protocol_version(&mut world.chain).unwrap(), 2);
}
