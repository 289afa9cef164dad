//! Who reaches which amount, and rules and calls that make no sense.

use super::world::{
    APPROVER, CHECKER, DEPUTY, FIFTH, MAKER, STRANGER, World, approve, check, make_role, proposing,
    role_rule,
};
use crate::{
    approvals::{
        ADDRESS,
        IApprovals::{self, Limit, Rule, Stage, State},
    },
    identity::{self, IIdentity},
    trace,
};
use alloy_primitives::{Address, FixedBytes, U256};
use alloy_sol_types::SolCall;

/// A rule for `setLevel`, whose second argument is the amount.
fn level_rule() -> Rule {
    let limit = |stage, role, amount: u64| Limit {
        stage,
        role,
        amount: U256::from(amount),
    };
    Rule {
        selector: FixedBytes(IIdentity::setLevelCall::SELECTOR),
        amountWord: 1,
        limits: vec![
            limit(Stage::Make, 1, 9),
            limit(Stage::Approve, 1, 2),
            limit(Stage::Approve, 16, 5),
        ],
        ..role_rule(false)
    }
}

const fn set_level(level: u8) -> IIdentity::setLevelCall {
    IIdentity::setLevelCall {
        account: DEPUTY,
        level,
    }
}

#[test]
fn amounts_are_limited_by_role() {
    let mut world = World::new();
    world
        .send_to(MAKER, identity::ADDRESS, &make_role("senior"))
        .unwrap();
    let grant = IIdentity::grantRoleCall {
        account: APPROVER,
        role: 16,
    };
    world.send_to(MAKER, identity::ADDRESS, &grant).unwrap();
    world.set_rule(&level_rule());

    assert_eq!(
        world.refuse(MAKER, &proposing(&set_level(10))),
        "AboveLimit"
    );
    let small = world.propose(MAKER, &set_level(2));
    world.accept(CHECKER, &approve(small));
    let large = world.propose(MAKER, &set_level(3));
    assert_eq!(world.refuse(CHECKER, &approve(large)), "AboveLimit");
    world.accept(APPROVER, &approve(large));
    let huge = world.propose(MAKER, &set_level(6));
    assert_eq!(world.refuse(APPROVER, &approve(huge)), "AboveLimit");
    // The rule ends with the approval of who may approve most.
    let removal = IApprovals::removeRuleCall {
        module: identity::ADDRESS,
        selector: FixedBytes(IIdentity::setLevelCall::SELECTOR),
    };
    let off = world.accept(MAKER, &removal);
    assert_eq!(world.refuse(CHECKER, &approve(off)), "AboveLimit");
    world.accept(APPROVER, &approve(off));
    world
        .send_to(MAKER, identity::ADDRESS, &set_level(7))
        .unwrap();
    let cut = IApprovals::proposeCall {
        module: identity::ADDRESS,
        input: IIdentity::setLevelCall::SELECTOR.to_vec().into(),
    };
    world.set_rule(&level_rule());
    assert_eq!(world.refuse(MAKER, &cut), "InputTooShort");
}

#[test]
fn who_lost_the_right_since_does_not_count() {
    let mut world = World::new();
    world.set_rule(&role_rule(true));
    let suspension = |account| IIdentity::suspendAccountCall {
        account,
        reason: "left the bank".to_owned(),
    };
    let id = world.propose(MAKER, &make_role("one"));
    world.accept(CHECKER, &check(id));
    world
        .send_to(FIFTH, identity::ADDRESS, &suspension(CHECKER))
        .unwrap();
    assert_eq!(world.refuse(APPROVER, &approve(id)), "RightLost");
    let restoration = IIdentity::restoreAccountCall { account: CHECKER };
    world
        .send_to(FIFTH, identity::ADDRESS, &restoration)
        .unwrap();
    world
        .send_to(FIFTH, identity::ADDRESS, &suspension(MAKER))
        .unwrap();
    assert_eq!(world.refuse(APPROVER, &approve(id)), "RightLost");
    assert_eq!(
        world.refuse(MAKER, &proposing(&make_role("two"))),
        "NotMember"
    );
    assert_eq!(world.state(id), State::Pending);
}

#[test]
fn a_rule_that_makes_no_sense_is_refused() {
    let mut world = World::new();
    let good = level_rule();
    type Change = fn(&mut Rule);
    let cases: &[(Change, &str)] = &[
        (|rule| rule.module = ADDRESS, "NotModule"),
        (|rule| rule.module = STRANGER, "NotModule"),
        (|rule| rule.expiry = 0, "InvalidRule"),
        (|rule| rule.expiry = u64::MAX, "InvalidRule"),
        (|rule| rule.amountWord = 64, "InvalidRule"),
        (|rule| rule.amountWord = 255, "InvalidRule"),
        (|rule| rule.selector = FixedBytes::ZERO, "InvalidRule"),
        (|rule| rule.limits.clear(), "InvalidRule"),
        (|rule| rule.limits[0].stage = Stage::Check, "InvalidRule"),
        (|rule| rule.limits[0].stage = Stage::None, "InvalidRule"),
        (|rule| rule.limits[0].role = 0, "InvalidRule"),
        (
            |rule| rule.limits.resize(17, rule.limits[0].clone()),
            "LimitExceeded",
        ),
    ];
    for (change, expected) in cases {
        let mut rule = good.clone();
        change(&mut rule);
        let call = IApprovals::setRuleCall { rule };
        assert_eq!(world.refuse(MAKER, &call), *expected, "{:?}", call.rule);
    }
    let call = IApprovals::setRuleCall { rule: good };
    assert_eq!(world.refuse(STRANGER, &call), "NotPermitted");
    let clerk = world.clerk();
    assert_eq!(world.refuse(clerk, &call), "NotPermitted");
}

#[test]
fn what_cannot_be_proposed_or_found_is_refused() {
    let mut world = World::new();
    let long = IApprovals::proposeCall {
        module: trace::ADDRESS,
        input: vec![0; 1 << 20].into(),
    };
    assert_eq!(world.refuse(MAKER, &long), "LimitExceeded");
    let unknown = Address::repeat_byte(0x99);
    let nowhere = IApprovals::proposeCall {
        module: unknown,
        input: vec![0; 4].into(),
    };
    assert_eq!(world.refuse(MAKER, &nowhere), "NotModule");
    assert_eq!(world.refuse(MAKER, &approve(99)), "UnknownOperation");
    let id = 1;
    let reason = "r".repeat(1 << 20);
    assert_eq!(
        world.refuse(MAKER, &IApprovals::rejectCall { id, reason }),
        "LimitExceeded"
    );
    let reason = " ".to_owned();
    assert_eq!(
        world.refuse(MAKER, &IApprovals::rejectCall { id, reason }),
        "ReasonMissing"
    );
}
