//! Who is admitted, in whose name, and what it costs.

use super::world::{
    BANK, BANKER, DOCTOR, GROWER, GUEST, INSPECTOR, JUDGE, TEA, TOKEN, World, code, transfer,
};
use crate::{
    identity::{self, IIdentity},
    policy::{ADDRESS, Admission, Candidate, Denial, GOVERNANCE, IPolicy, admit, may_run},
};
use alloy_primitives::Address;
use alloy_sol_types::SolCall as _;

#[test]
fn an_account_acts_for_its_organisation_and_a_guest_for_nobody() {
    let mut world = World::new();
    let bank = world.ask(&transfer(BANKER, GUEST));
    assert_eq!(
        bank,
        Ok(Admission {
            account: BANKER,
            organisation: BANK
        })
    );
    let guest = world.ask(&transfer(GUEST, BANKER));
    assert_eq!(
        guest,
        Ok(Admission {
            account: GUEST,
            organisation: 0
        })
    );
}

#[test]
fn a_plain_transaction_reads_two_slots_and_a_members_three() {
    let mut world = World::new();
    world.chain.address = ADDRESS;
    for (who, loads) in [(GUEST, 2), (BANKER, 3)] {
        let before = world.chain.loads;
        admit(&mut world.chain, &transfer(who, GUEST))
            .unwrap()
            .unwrap();
        assert_eq!(world.chain.loads - before, loads, "{who}");
    }
}

#[test]
fn a_members_only_chain_admits_no_guest() {
    let mut world = World::new();
    world.chain.parameters.members_only = true;
    assert_eq!(
        world.ask(&transfer(GUEST, BANKER)),
        Err(Denial::NotMember { account: GUEST })
    );
    assert_eq!(world.send_code(BANKER, GUEST), 0);
    assert_eq!(world.deploy_code(GUEST), 1);
}

#[test]
fn who_is_suspended_or_closed_is_not_admitted() {
    let mut world = World::new();
    let reason = || "left the bank".to_owned();
    world.identity(
        GOVERNANCE,
        &IIdentity::suspendOrganisationCall {
            organisation: TEA,
            reason: reason(),
        },
    );
    assert_eq!(world.send_code(GROWER, GUEST), 5);
    world.identity(
        GOVERNANCE,
        &IIdentity::restoreOrganisationCall { organisation: TEA },
    );
    assert_eq!(world.send_code(GROWER, GUEST), 0);
}

#[test]
fn a_job_runs_where_its_owner_might_call() {
    let mut world = World::new();
    let ask = |world: &mut World, owner: Address, target: Address| {
        world.chain.address = Address::ZERO;
        let answer = may_run(&mut world.chain, owner, target, [1, 2, 3, 4]).unwrap();
        answer.err().map_or(0, |denial| denial.code())
    };
    assert_eq!(ask(&mut world, BANKER, TOKEN), 0);
    assert_eq!(ask(&mut world, GOVERNANCE, TOKEN), 0);
    world.accept(
        GOVERNANCE,
        &IPolicy::setRuleCall {
            rule: super::world::rule(TOKEN, 0, 4),
        },
    );
    assert_eq!(ask(&mut world, BANKER, TOKEN), 8);
    assert_eq!(ask(&mut world, GOVERNANCE, TOKEN), 0);
    world.chain.parameters.members_only = true;
    assert_eq!(ask(&mut world, GUEST, INSPECTOR), 1);
    world.accept(
        GOVERNANCE,
        &IPolicy::freezeContractCall {
            target: TOKEN,
            reason: "a bug".to_owned(),
        },
    );
    assert_eq!(ask(&mut world, BANKER, TOKEN), 7);
    assert_eq!(ask(&mut world, GOVERNANCE, TOKEN), 7);
}

#[test]
fn a_frozen_account_may_challenge_and_take_part_in_decisions() {
    let mut world = World::new();
    let id = world.appoint(4, "CN-33", 31);
    let order = world.order(IPolicy::OrderKind::FreezeAccount, GROWER);
    world.issue(INSPECTOR, id, &order);
    let challenge = u32::from_be_bytes(IPolicy::challengeOrderCall::SELECTOR);
    let own_rule = u32::from_be_bytes(IPolicy::setOwnRuleCall::SELECTOR);
    let table = [
        (world.send_code(GROWER, GUEST), 6),
        (world.deploy_code(GROWER), 6),
        (world.call_code(GROWER, TOKEN, 7), 6),
        (world.call_code(GROWER, TOKEN, challenge), 6),
        (world.call_code(GROWER, ADDRESS, own_rule), 6),
        (world.call_code(GROWER, identity::ADDRESS, 7), 6),
        (world.call_code(GROWER, ADDRESS, challenge), 0),
        (world.call_code(GROWER, GOVERNANCE, 7), 0),
        // It still receives, but no code of it runs.
        (world.send_code(BANKER, GROWER), 0),
        (world.call_code(BANKER, GROWER, 7), 7),
        (world.send_code(DOCTOR, GUEST), 0),
    ];
    for (line, (seen, expected)) in table.into_iter().enumerate() {
        assert_eq!(seen, expected, "line {line}");
    }
    world.chain.address = Address::ZERO;
    let frozen = |world: &mut World, who| super::super::is_frozen(&mut world.chain, who).unwrap();
    assert!(frozen(&mut world, GROWER));
    assert!(!frozen(&mut world, BANKER));
}

#[test]
fn input_that_holds_no_selector_is_a_call_without_one() {
    let mut world = World::new();
    let mut rule = super::world::rule(TOKEN, 0, 4);
    (rule.hasSelector, rule.selector) = (true, [0, 0, 0, 0].into());
    world.accept(GOVERNANCE, &IPolicy::setRuleCall { rule });
    let ask = |world: &mut World, input: &[u8], to| {
        let candidate = Candidate {
            input,
            to,
            ..transfer(BANKER, TOKEN)
        };
        code(&world.ask(&candidate))
    };
    let to = Some(TOKEN);
    assert_eq!(ask(&mut world, &[0, 0, 0, 0, 1], to), 8);
    assert_eq!(ask(&mut world, &[0, 0, 0], to), 0);
    assert_eq!(ask(&mut world, &[], to), 0);
    assert_eq!(ask(&mut world, &[0, 0, 0, 0], None), 0);
    assert_eq!(world.send_code(JUDGE, TOKEN), 0);
}
