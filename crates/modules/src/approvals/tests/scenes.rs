//! Scenes of four eyes: who may act, who may not, and what is executed.

use super::world::{
    APPROVER, BANK, CHECKER, DAY, DEPUTY, FIFTH, MAKER, OTHER, STRANGER, World, approve, check,
    error_name, make_role, proposing, role_rule,
};
use crate::{
    approvals::{
        IApprovals::{self, Rule, Stage, State},
        PENDING_PER_MAKER_MAX, require,
    },
    governance::{self, IGovernance},
    identity::{self, IIdentity},
    policy::{self, IPolicy},
    scheduler::{self, IScheduler},
    trace,
};
use alloy_primitives::{Address, FixedBytes, U256};
use alloy_sol_types::SolCall;

#[test]
fn three_persons_make_check_and_approve() {
    let mut world = World::new();
    world.set_rule(&role_rule(true));
    assert_eq!(
        world.refuse_by(MAKER, identity::ADDRESS, &make_role("clerk")),
        "ApprovalNeeded"
    );
    let id = world.propose(MAKER, &make_role("clerk"));
    assert_eq!(world.pending(), [id]);
    assert_eq!(world.refuse(APPROVER, &approve(id)), "NotChecked");
    assert_eq!(world.refuse(MAKER, &check(id)), "SamePerson");
    world.accept(CHECKER, &check(id));
    assert_eq!(world.refuse(APPROVER, &check(id)), "NothingToCheck");
    assert_eq!(world.refuse(CHECKER, &approve(id)), "SamePerson");
    assert_eq!(world.refuse(MAKER, &approve(id)), "SamePerson");
    let output = world.accept(APPROVER, &approve(id));
    let role = IIdentity::createRoleCall::abi_decode_returns(&output).unwrap();
    assert_eq!(role, 16);
    let shown = world.operation(id);
    assert_eq!(shown.state, State::Executed);
    assert_eq!(
        (shown.maker, shown.checker, shown.approver),
        (MAKER, CHECKER, APPROVER)
    );
    assert!(world.pending().is_empty());
    // The module knows the maker as its caller.
    let log = world
        .chain
        .logs
        .iter()
        .rev()
        .find(|log| log.address == identity::ADDRESS);
    let topics = log.unwrap().topics();
    assert_eq!(Address::from_word(topics[2]), MAKER);
    for (who, result) in [(FIFTH, "NotPending"), (APPROVER, "NotPending")] {
        assert_eq!(world.refuse(who, &approve(id)), result);
    }
}

#[test]
fn without_a_rule_nothing_needs_approval() {
    let mut world = World::new();
    world.chain.loads = 0;
    world.chain.caller = MAKER;
    let input = make_role("clerk").abi_encode();
    world.chain.address = identity::ADDRESS;
    require(&mut world.chain, identity::ADDRESS, &input).unwrap();
    assert_eq!(world.chain.loads, 2);
    world.chain.caller = STRANGER;
    require(&mut world.chain, identity::ADDRESS, &input).unwrap();
    assert_eq!(world.chain.loads, 3);
    world
        .send_to(MAKER, identity::ADDRESS, &make_role("clerk"))
        .unwrap();
    assert_eq!(
        world.refuse(MAKER, &proposing(&make_role("other"))),
        "NoRule"
    );
}

#[test]
fn the_rule_of_one_organisation_is_not_anothers() {
    let mut world = World::new();
    world.set_rule(&role_rule(false));
    world
        .send_to(OTHER, identity::ADDRESS, &make_role("clerk"))
        .unwrap();
    let id = world.propose(MAKER, &make_role("clerk"));
    assert_eq!(world.refuse(OTHER, &approve(id)), "OtherOrganisation");
    assert_eq!(world.refuse(STRANGER, &approve(id)), "NotMember");
    let reject = IApprovals::rejectCall {
        id,
        reason: "no".to_owned(),
    };
    assert_eq!(world.refuse(OTHER, &reject), "OtherOrganisation");
    assert_eq!(
        world.refuse(CHECKER, &IApprovals::withdrawCall { id }),
        "NotMaker"
    );
}

#[test]
fn nobody_switches_four_eyes_on_or_off_alone() {
    let mut world = World::new();
    let rule = role_rule(true);
    // The first rule needs the persons that it asks for.
    let first = world.accept(MAKER, &IApprovals::setRuleCall { rule: rule.clone() });
    world
        .send_to(MAKER, identity::ADDRESS, &make_role("before"))
        .unwrap();
    assert_eq!(world.refuse(MAKER, &approve(first)), "NotChecked");
    world.pass(first);
    assert_eq!(
        world.refuse_by(MAKER, identity::ADDRESS, &make_role("after")),
        "ApprovalNeeded"
    );
    // A weaker rule is approved as the stricter one says.
    let weaker = world.accept(
        MAKER,
        &IApprovals::setRuleCall {
            rule: role_rule(false),
        },
    );
    assert!(world.operation(weaker).checked);
    assert_eq!(world.refuse(APPROVER, &approve(weaker)), "NotChecked");
    let removal = IApprovals::removeRuleCall {
        module: rule.module,
        selector: rule.selector,
    };
    let off = world.accept(MAKER, &removal);
    assert_eq!(world.refuse(MAKER, &check(off)), "SamePerson");
    world.pass(off);
    world
        .send_to(MAKER, identity::ADDRESS, &make_role("alone"))
        .unwrap();
    // The rule that the weaker one was to replace is gone.
    assert_eq!(world.refuse(CHECKER, &check(weaker)), "RuleChanged");
    assert_eq!(world.refuse(MAKER, &removal), "NoRule");
}

#[test]
fn a_rule_for_a_whole_module_covers_what_has_none_and_no_view() {
    let mut world = World::new();
    let all = Rule {
        selector: FixedBytes::ZERO,
        ..role_rule(true)
    };
    world.set_rule(&all);
    assert_eq!(
        world.refuse_by(MAKER, identity::ADDRESS, &make_role("clerk")),
        "ApprovalNeeded"
    );
    let view = IIdentity::organisationOfCall { account: MAKER };
    assert_eq!(
        world.send_to(MAKER, identity::ADDRESS, &view).unwrap(),
        BANK
    );
    // What concerns one's own account only is free.
    let objection = IIdentity::objectToRecoveryCall {
        account: MAKER,
        signature: Vec::new().into(),
    };
    let refused = world.send_to(MAKER, identity::ADDRESS, &objection);
    assert_eq!(error_name(&refused), "NoRecovery");
    // A special rule that is weaker is approved as the general one says.
    let special = world.accept(
        MAKER,
        &IApprovals::setRuleCall {
            rule: role_rule(false),
        },
    );
    assert!(world.operation(special).checked);
    world.pass(special);
    let id = world.propose(MAKER, &make_role("clerk"));
    assert!(!world.operation(id).checked);
    world.accept(CHECKER, &approve(id));
    assert_eq!(world.state(id), State::Executed);
}

#[test]
fn what_the_module_refuses_stays_pending() {
    let mut world = World::new();
    world.set_rule(&role_rule(false));
    // A permission that nobody may have.
    let call = IIdentity::createRoleCall {
        name: "regulator of all".to_owned(),
        permissions: U256::from(1 << 20),
    };
    let id = world.propose(MAKER, &call);
    let refused = world.send(CHECKER, &approve(id));
    assert_ne!(error_name(&refused), "");
    assert_eq!(world.state(id), State::Pending);
    assert_eq!(world.operation(id).approver, Address::ZERO);
    let reason = "the maker may not".to_owned();
    world.accept(CHECKER, &IApprovals::rejectCall { id, reason });
    let shown = world.operation(id);
    assert_eq!((shown.state, shown.rejecter), (State::Rejected, CHECKER));
    assert_eq!(shown.reason, "the maker may not");
    assert_eq!(world.refuse(APPROVER, &approve(id)), "NotPending");
}

#[test]
fn an_operation_expires() {
    let mut world = World::new();
    world.set_rule(&role_rule(false));
    let id = world.propose(MAKER, &make_role("clerk"));
    assert_eq!(
        world.refuse(OTHER, &IApprovals::expireCall { id }),
        "NotExpired"
    );
    world.advance(DAY);
    assert_eq!(world.refuse(APPROVER, &approve(id)), "Expired");
    assert_eq!(world.state(id), State::Expired);
    assert_eq!(world.pending(), [id]);
    world.accept(OTHER, &IApprovals::expireCall { id });
    assert!(world.pending().is_empty());
    assert_eq!(world.state(id), State::Expired);
    assert_eq!(
        world.refuse(MAKER, &IApprovals::withdrawCall { id }),
        "NotPending"
    );
}

#[test]
fn a_maker_has_so_many_pending_and_expired_ones_give_way() {
    let mut world = World::new();
    world.set_rule(&role_rule(false));
    for _ in 0..PENDING_PER_MAKER_MAX {
        world.propose(MAKER, &make_role("clerk"));
    }
    assert_eq!(
        world.refuse(MAKER, &proposing(&make_role("one"))),
        "LimitExceeded"
    );
    world.propose(CHECKER, &make_role("another maker"));
    world.advance(DAY);
    let id = world.propose(MAKER, &make_role("later"));
    assert_eq!(world.pending().len(), 2);
    world.accept(MAKER, &IApprovals::withdrawCall { id });
    assert_eq!(world.state(id), State::Withdrawn);
}

fn delegation(stage: Stage, account: Address, until: u64) -> IApprovals::delegateCall {
    IApprovals::delegateCall {
        stage,
        account,
        until,
    }
}

#[test]
fn a_delegation_ends_by_date_and_makes_no_second_person() {
    let mut world = World::new();
    world.set_rule(&role_rule(true));
    let clerk = world.clerk();
    let now = world.chain.time.get();
    let until = now + DAY / 2;
    for (stage, account, until, expected) in [
        (Stage::Make, clerk, until, "InvalidDelegation"),
        (Stage::None, clerk, until, "InvalidDelegation"),
        (Stage::Approve, APPROVER, until, "InvalidDelegation"),
        (Stage::Approve, OTHER, until, "InvalidDelegation"),
        (Stage::Approve, STRANGER, until, "InvalidDelegation"),
        (Stage::Approve, clerk, now + 400 * DAY, "InvalidDelegation"),
    ] {
        assert_eq!(
            world.refuse(APPROVER, &delegation(stage, account, until)),
            expected
        );
    }
    // Who has no right delegates none, and a delegated right is not delegated on.
    assert_eq!(
        world.refuse(clerk, &delegation(Stage::Approve, DEPUTY, until)),
        "NotPermitted"
    );
    for who in [MAKER, CHECKER, APPROVER] {
        world.accept(who, &delegation(Stage::Approve, clerk, until));
    }
    let id = world.propose(MAKER, &make_role("one"));
    world.accept(CHECKER, &check(id));
    let acting_for = |principal| IApprovals::approveCall { id, principal };
    assert_eq!(world.refuse(clerk, &approve(id)), "NotPermitted");
    assert_eq!(world.refuse(clerk, &acting_for(FIFTH)), "NotDelegate");
    assert_eq!(world.refuse(clerk, &acting_for(MAKER)), "SamePerson");
    assert_eq!(world.refuse(clerk, &acting_for(CHECKER)), "SamePerson");
    assert_eq!(world.refuse(DEPUTY, &acting_for(APPROVER)), "NotDelegate");
    world.accept(clerk, &acting_for(APPROVER));
    let shown = world.operation(id);
    assert_eq!((shown.approver, shown.approverPrincipal), (clerk, APPROVER));

    // The delegate of the checker cannot approve what it checked for the checker.
    world.accept(CHECKER, &delegation(Stage::Check, clerk, until));
    let id = world.propose(MAKER, &make_role("two"));
    let checking_for = |principal| IApprovals::checkCall { id, principal };
    world.accept(clerk, &checking_for(CHECKER));
    let acting_for = |principal| IApprovals::approveCall { id, principal };
    assert_eq!(world.refuse(clerk, &acting_for(APPROVER)), "SamePerson");
    assert_eq!(world.refuse(CHECKER, &approve(id)), "SamePerson");
    world.accept(APPROVER, &approve(id));

    let id = world.propose(MAKER, &make_role("three"));
    world.accept(CHECKER, &check(id));
    world.advance(DAY / 2);
    let acting_for = |principal| IApprovals::approveCall { id, principal };
    assert_eq!(world.refuse(clerk, &acting_for(APPROVER)), "NotDelegate");
    world.accept(
        APPROVER,
        &delegation(Stage::Approve, clerk, world_end(&world)),
    );
    world.accept(APPROVER, &delegation(Stage::Approve, clerk, 0));
    assert_eq!(world.refuse(clerk, &acting_for(APPROVER)), "NotDelegate");
    let shown = world.view(&IApprovals::delegationCall {
        account: APPROVER,
        stage: Stage::Approve,
    });
    assert_eq!((shown.delegate, shown.until), (Address::ZERO, 0));
}

fn world_end(world: &World) -> u64 {
    world.chain.time.get() + 300 * DAY
}

#[test]
fn a_vote_of_the_members_can_need_two_persons_of_a_member() {
    let mut world = World::new();
    let vote_rule = Rule {
        module: governance::ADDRESS,
        selector: FixedBytes(IGovernance::voteCall::SELECTOR),
        ..role_rule(false)
    };
    world.set_rule(&vote_rule);
    let proposal = IGovernance::proposeParameterCall {
        parameter: IGovernance::Parameter::TraceStrict,
        value: 1,
        reason: "strict from May on".to_owned(),
    };
    let number = world
        .send_to(OTHER, governance::ADDRESS, &proposal)
        .unwrap();
    let vote = IGovernance::voteCall {
        id: number,
        choice: IGovernance::Choice::Yes,
    };
    let refused = world.refuse_by(MAKER, governance::ADDRESS, &vote);
    assert_eq!(refused, "ApprovalNeeded");
    let id = world.accept(
        MAKER,
        &IApprovals::proposeCall {
            module: governance::ADDRESS,
            input: vote.abi_encode().into(),
        },
    );
    world.accept(APPROVER, &approve(id));
    let shown = world
        .chain
        .view(
            governance::ADDRESS,
            &IGovernance::proposalCall { id: number },
        )
        .unwrap();
    assert_eq!(shown.tally.yes, 1);
    let ballots = IGovernance::ballotsCall {
        id: number,
        cursor: U256::ZERO,
        limit: U256::ONE,
    };
    let page = world.chain.view(governance::ADDRESS, &ballots).unwrap();
    assert_eq!(page.list[0].voter, MAKER);
}

#[test]
fn a_job_under_a_rule_does_not_run() {
    let mut world = World::new();
    let schedule = IScheduler::Schedule {
        start: world.chain.time.get() + 60_000,
        ..IScheduler::Schedule::of(IScheduler::Kind::Once)
    };
    let input = make_role("clerk").abi_encode().into();
    let call = IScheduler::NewJob::new(identity::ADDRESS, input, 1_000_000, schedule);
    let creating = IScheduler::createJobCall { call };
    world.send_to(MAKER, scheduler::ADDRESS, &creating).unwrap();
    world.set_rule(&role_rule(false));
    world.advance(60_000);
    world.chain.address = Address::ZERO;
    let due = scheduler::next_due(&mut world.chain, 250_000_000)
        .unwrap()
        .unwrap();
    assert_eq!(due.caller, MAKER);
    // Execution calls the target as the owner, like any call from outside.
    let module = crate::module_at(due.target, world.chain.height).unwrap();
    world.chain.caller = due.caller;
    let result = world.chain.call(module, &due.input);
    assert_eq!(error_name(&result), "ApprovalNeeded");
}

#[test]
fn policy_reaches_what_is_executed_for_a_maker() {
    let mut world = World::new();
    let rule = Rule {
        module: trace::ADDRESS,
        selector: FixedBytes::ZERO,
        ..role_rule(false)
    };
    world.set_rule(&rule);
    let call = trace::ITrace::registerPartyCall {
        partyId: "urn:epc:id:pgln:4012345.00001".to_owned(),
    };
    let proposing = IApprovals::proposeCall {
        module: trace::ADDRESS,
        input: call.abi_encode().into(),
    };
    let id = world.accept(MAKER, &proposing);
    let deny = |deny| IPolicy::setOwnRuleCall {
        rule: IPolicy::Rule {
            target: trace::ADDRESS,
            hasSelector: false,
            selector: FixedBytes::ZERO,
            subject: IPolicy::Subject::Organisation,
            organisation: BANK,
            role: 0,
            allow: 0,
            deny,
        },
    };
    world.send_to(FIFTH, policy::ADDRESS, &deny(4)).unwrap();
    assert_eq!(world.refuse(APPROVER, &approve(id)), "PolicyRefuses");
    world.send_to(FIFTH, policy::ADDRESS, &deny(0)).unwrap();
    world.accept(APPROVER, &approve(id));
    assert_eq!(world.state(id), State::Executed);
}
