//! Rules: which one decides, and that nothing else does.

use super::world::{
    BANK, BANKER, DOCTOR, GROWER, GUEST, HOSPITAL, INSPECTOR, TEA, TOKEN, World, rule,
};
use crate::{
    identity,
    policy::{
        ADDRESS, APPROVALS, GOVERNANCE, INSTITUTIONS,
        IPolicy::{self, Rule, Subject},
        Policy, RULES_PER_TARGET_MAX, RuleRow,
        rules::{CALL, DEPLOY, Level, SEND, Verdict},
    },
};
use alloy_primitives::{Address, FixedBytes, U256};
use proptest::prelude::*;

const PAY: u32 = 0xa905_9cbb;

fn set(world: &mut World, rule: Rule) {
    world.accept(GOVERNANCE, &IPolicy::setRuleCall { rule });
}

fn about(rule: Rule, subject: Subject, organisation: u64, role: u8) -> Rule {
    Rule {
        subject,
        organisation,
        role,
        ..rule
    }
}

fn of_function(rule: Rule, selector: u32) -> Rule {
    Rule {
        hasSelector: true,
        selector: FixedBytes(selector.to_be_bytes()),
        ..rule
    }
}

#[test]
fn the_narrowest_target_decides_and_then_the_narrowest_subject() {
    let mut world = World::new();
    let all = Address::ZERO;
    // Each rule is narrower than those before and says the opposite.
    let ladder = [
        rule(all, 0, CALL),
        about(rule(all, CALL, 0), Subject::Members, 0, 0),
        about(
            rule(all, 0, CALL),
            Subject::Role,
            0,
            identity::ADMINISTRATOR,
        ),
        about(rule(all, CALL, 0), Subject::Organisation, BANK, 0),
        about(
            rule(all, 0, CALL),
            Subject::OrganisationRole,
            BANK,
            identity::ADMINISTRATOR,
        ),
        of_function(rule(all, CALL, 0), PAY),
        of_function(
            about(rule(all, 0, CALL), Subject::Organisation, BANK, 0),
            PAY,
        ),
        rule(TOKEN, CALL, 0),
        about(rule(TOKEN, 0, CALL), Subject::Members, 0, 0),
        of_function(rule(TOKEN, CALL, 0), PAY),
        of_function(about(rule(TOKEN, 0, CALL), Subject::Members, 0, 0), PAY),
        of_function(
            about(
                rule(TOKEN, CALL, 0),
                Subject::OrganisationRole,
                BANK,
                identity::ADMINISTRATOR,
            ),
            PAY,
        ),
    ];
    assert_eq!(world.call_code(BANKER, TOKEN, PAY), 0);
    for (step, rule) in ladder.iter().enumerate() {
        set(&mut world, rule.clone());
        let expected = if rule.deny == 0 { 0 } else { 8 };
        assert_eq!(world.call_code(BANKER, TOKEN, PAY), expected, "step {step}");
    }
    // From the narrowest to the widest each one's removal brings the one before back.
    for (step, rule) in ladder.iter().enumerate().rev() {
        let expected = if rule.deny == 0 { 0 } else { 8 };
        assert_eq!(world.call_code(BANKER, TOKEN, PAY), expected, "step {step}");
        let gone = Rule {
            allow: 0,
            deny: 0,
            ..rule.clone()
        };
        set(&mut world, gone);
    }
    assert_eq!(world.call_code(BANKER, TOKEN, PAY), 0);
    let settings = Policy::storage().settings;
    world.chain.address = ADDRESS;
    assert_eq!(settings.get(&mut world.chain).unwrap(), Default::default());
}

#[test]
fn a_rule_is_about_exactly_whom_and_what_it_names() {
    // Denying rule; then codes for the banker, the grower, the inspector and a guest.
    let everyone = rule(TOKEN, 0, CALL);
    let table = [
        (everyone.clone(), [8, 8, 8, 8]),
        (about(everyone.clone(), Subject::Guests, 0, 0), [0, 0, 0, 8]),
        (
            about(everyone.clone(), Subject::Members, 0, 0),
            [8, 8, 8, 0],
        ),
        (
            about(everyone.clone(), Subject::Role, 0, identity::REGULATOR),
            [0, 0, 8, 0],
        ),
        (
            about(everyone.clone(), Subject::Organisation, TEA, 0),
            [0, 8, 0, 0],
        ),
        (
            about(
                everyone.clone(),
                Subject::OrganisationRole,
                TEA,
                identity::REGULATOR,
            ),
            [0, 0, 0, 0],
        ),
        (
            about(
                everyone.clone(),
                Subject::OrganisationRole,
                BANK,
                identity::ADMINISTRATOR,
            ),
            [8, 0, 0, 0],
        ),
        (of_function(everyone.clone(), PAY), [8, 8, 8, 8]),
        (of_function(everyone, PAY + 1), [0, 0, 0, 0]),
        (rule(GUEST, 0, CALL), [0, 0, 0, 0]),
        (rule(TOKEN, 0, SEND), [0, 0, 0, 0]),
        (rule(Address::ZERO, 0, DEPLOY | SEND), [0, 0, 0, 0]),
        (rule(Address::ZERO, 0, CALL), [8, 8, 8, 8]),
    ];
    for (line, (rule, codes)) in table.into_iter().enumerate() {
        let mut world = World::new();
        set(&mut world, rule);
        let seen = [BANKER, GROWER, INSPECTOR, GUEST].map(|who| world.call_code(who, TOKEN, PAY));
        assert_eq!(seen, codes, "line {line}");
    }
}

#[test]
fn sending_deploying_and_calling_are_ruled_apart() {
    for (action, codes) in [
        (SEND, [8, 0, 0]),
        (DEPLOY, [0, 8, 0]),
        (CALL, [0, 0, 8]),
        (SEND | DEPLOY | CALL, [8, 8, 8]),
    ] {
        let mut world = World::new();
        set(&mut world, rule(Address::ZERO, 0, action));
        let seen = [
            world.send_code(BANKER, TOKEN),
            world.deploy_code(BANKER),
            world.call_code(BANKER, TOKEN, PAY),
        ];
        assert_eq!(seen, codes, "action {action}");
    }
}

#[test]
fn an_organisation_rules_its_own_accounts_and_allows_nothing_that_the_chain_denies() {
    let mut world = World::new();
    let own = |target, allow, deny| {
        let rule = about(rule(target, allow, deny), Subject::Organisation, BANK, 0);
        IPolicy::setOwnRuleCall { rule }
    };
    world.accept(BANKER, &own(TOKEN, 0, CALL));
    assert_eq!(world.call_code(BANKER, TOKEN, PAY), 9);
    assert_eq!(world.call_code(GROWER, TOKEN, PAY), 0);
    assert_eq!(world.call_code(GUEST, TOKEN, PAY), 0);
    world.accept(BANKER, &own(TOKEN, CALL, 0));
    assert_eq!(world.call_code(BANKER, TOKEN, PAY), 0);
    set(&mut world, rule(Address::ZERO, 0, CALL));
    assert_eq!(world.call_code(BANKER, TOKEN, PAY), 8);

    let foreign = about(rule(TOKEN, 0, CALL), Subject::Organisation, TEA, 0);
    let wide = rule(TOKEN, 0, CALL);
    for rule in [foreign, wide] {
        let call = IPolicy::setOwnRuleCall { rule };
        assert_eq!(world.refuse(BANKER, &call), "InvalidArgument");
    }
    assert_eq!(world.refuse(GUEST, &own(TOKEN, 0, CALL)), "NotPermitted");
    let chain = IPolicy::setRuleCall {
        rule: rule(TOKEN, 0, CALL),
    };
    for who in [BANKER, INSPECTOR, GUEST, ADDRESS, identity::ADDRESS] {
        assert_eq!(world.refuse(who, &chain), "NotGovernance");
    }
}

#[test]
fn no_rule_locks_the_members_out() {
    let mut world = World::new();
    set(&mut world, rule(Address::ZERO, 0, SEND | DEPLOY | CALL));
    for target in INSTITUTIONS {
        assert_eq!(world.call_code(BANKER, target, PAY), 0, "{target}");
        let call = IPolicy::setRuleCall {
            rule: rule(target, 0, CALL),
        };
        assert_eq!(world.refuse(GOVERNANCE, &call), "InvalidArgument");
    }
    assert_eq!(world.call_code(BANKER, TOKEN, PAY), 8);
    assert_eq!(
        INSTITUTIONS,
        [identity::ADDRESS, ADDRESS, GOVERNANCE, APPROVALS]
    );
}

#[test]
fn a_rule_that_makes_no_sense_is_refused() {
    let mut world = World::new();
    let good = rule(TOKEN, 0, CALL);
    let bad = [
        about(good.clone(), Subject::None, 0, 0),
        about(good.clone(), Subject::Everyone, BANK, 0),
        about(good.clone(), Subject::Everyone, 0, 1),
        about(good.clone(), Subject::Role, 0, 0),
        about(good.clone(), Subject::Role, BANK, 1),
        about(good.clone(), Subject::Organisation, BANK, 1),
        about(good.clone(), Subject::OrganisationRole, BANK, 0),
        rule(TOKEN, CALL, CALL),
        rule(TOKEN, 8, 0),
        rule(TOKEN, 0, DEPLOY),
        rule(TOKEN, 0, 0),
        of_function(rule(TOKEN, 0, SEND), PAY),
        Rule {
            selector: FixedBytes([1; 4]),
            ..rule(TOKEN, 0, CALL)
        },
    ];
    for (line, rule) in bad.into_iter().enumerate() {
        let call = IPolicy::setRuleCall { rule };
        assert_eq!(world.refuse(GOVERNANCE, &call), "InvalidArgument", "{line}");
    }
    let unknown = IPolicy::setRuleCall {
        rule: about(good, Subject::Organisation, 99, 0),
    };
    assert_eq!(world.refuse(GOVERNANCE, &unknown), "UnknownOrganisation");
}

#[test]
fn rules_are_listed_replaced_and_bounded() {
    let mut world = World::new();
    for number in 0..RULES_PER_TARGET_MAX {
        set(&mut world, of_function(rule(TOKEN, 0, CALL), number as u32));
    }
    let more = IPolicy::setRuleCall {
        rule: of_function(rule(TOKEN, 0, CALL), 1000),
    };
    assert_eq!(world.refuse(GOVERNANCE, &more), "LimitExceeded");
    set(&mut world, of_function(rule(TOKEN, CALL, 0), 3));
    set(&mut world, of_function(rule(TOKEN, 0, 0), 0));
    let call = |cursor: u64, limit: u64| IPolicy::rulesCall {
        organisation: 0,
        target: TOKEN,
        cursor: U256::from(cursor),
        limit: U256::from(limit),
    };
    let first = world.view(&call(0, 20));
    assert_eq!((first.list.len(), first.next), (20, U256::from(20)));
    let second = world.view(&call(20, 20));
    assert_eq!((second.list.len(), second.next), (11, U256::ZERO));
    let mut all: Vec<(u32, u8)> = first
        .list
        .iter()
        .chain(&second.list)
        .map(|rule| (u32::from_be_bytes(rule.selector.0), rule.deny))
        .collect();
    all.sort();
    let expected: Vec<(u32, u8)> = (1..32)
        .map(|number| (number, if number == 3 { 0 } else { CALL }))
        .collect();
    assert_eq!(all, expected);
    // The hospital's rules are its own list.
    let none = world.view(&IPolicy::rulesCall {
        organisation: HOSPITAL,
        ..call(0, 0)
    });
    assert!(none.list.is_empty());
    assert_eq!(world.call_code(DOCTOR, TOKEN, 5), 8);
}

fn row(subject: Subject, has_selector: bool, denies: bool) -> RuleRow {
    RuleRow {
        subject,
        has_selector,
        allow: if denies { 0 } else { CALL },
        deny: if denies { CALL } else { 0 },
        ..RuleRow::default()
    }
}

fn any_row() -> impl Strategy<Value = (Address, RuleRow)> {
    let subjects = prop::sample::select(vec![
        Subject::Everyone,
        Subject::Guests,
        Subject::Members,
        Subject::Role,
        Subject::Organisation,
        Subject::OrganisationRole,
    ]);
    let target = prop_oneof![Just(Address::ZERO), Just(TOKEN)];
    (target, subjects, any::<bool>(), any::<bool>()).prop_map(
        |(target, subject, has_selector, denies)| (target, row(subject, has_selector, denies)),
    )
}

/// The decision, as the documentation words it.
fn model(rules: &[(Address, RuleRow)]) -> bool {
    let narrowest: Option<Level> = rules.iter().map(|(target, row)| row.level(*target)).max();
    !rules
        .iter()
        .any(|(target, row)| row.deny != 0 && Some(row.level(*target)) == narrowest)
}

fn decide(rules: &[(Address, RuleRow)]) -> bool {
    let mut verdict = Verdict::default();
    for (target, row) in rules {
        verdict.add(row.level(*target), row.denial(*target, CALL));
    }
    verdict.allows()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn neither_order_nor_number_of_rules_matters(
        (rules, shuffled) in prop::collection::vec(any_row(), 0..12)
            .prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle())),
        again in any::<prop::sample::Index>(),
    ) {
        let decision = decide(&rules);
        prop_assert_eq!(decision, model(&rules));
        prop_assert_eq!(decide(&shuffled), decision);
        if !rules.is_empty() {
            let mut twice = rules.clone();
            twice.push(rules[again.index(rules.len())]);
            prop_assert_eq!(decide(&twice), decision);
        }
        // A denial at the narrowest level denies, whatever else is said.
        let mut denied = rules;
        denied.push((TOKEN, row(Subject::OrganisationRole, true, true)));
        prop_assert!(!decide(&denied));
    }
}
