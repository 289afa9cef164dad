//! Orders: that they take effect, overlap, end, and can be challenged.

use super::world::{
    ALL_POWERS, BANKER, COURT, DAY, EXAMINER, GROWER, GUEST, INSPECTOR, JUDGE, SUPERVISION, TEA,
    TOKEN, World, issuing, releasing,
};
use crate::{
    identity::{self, IIdentity},
    policy::{
        ADDRESS, GOVERNANCE,
        IPolicy::{self, ChallengeStatus, NewOrder, OrderKind, OrderStatus},
    },
};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent as _;

fn world() -> (World, u64) {
    let mut world = World::new();
    let id = world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
    world.accept(
        GOVERNANCE,
        &IPolicy::setReviewAuthorityCall {
            organisation: COURT,
            jurisdiction: "CN-33".to_owned(),
        },
    );
    (world, id)
}

fn is_restricted(world: &mut World, account: Address) -> bool {
    let account = world
        .chain
        .view(identity::ADDRESS, &IIdentity::accountCall { account });
    account.unwrap().restricted
}

#[test]
fn an_order_takes_effect_at_once_is_seen_and_ends_by_itself() {
    let (mut world, id) = world();
    let order = NewOrder {
        until: world.now() + 3 * DAY,
        ..world.order(OrderKind::FreezeAccount, GROWER)
    };
    world.chain.logs.clear();
    let number = world.issue(INSPECTOR, id, &order);
    assert_eq!(world.send_code(GROWER, GUEST), 6);
    assert!(is_restricted(&mut world, GROWER));

    let log = world.chain.logs.last().unwrap();
    let event = IPolicy::OrderIssued::decode_log_data(&log.data).unwrap();
    assert_eq!((event.id, event.target), (number, GROWER));
    assert_eq!(event.organisation, SUPERVISION);
    assert_eq!(event.legalBasis, order.legalBasis);
    let call = IPolicy::ordersOfCall {
        target: GROWER,
        cursor: U256::ZERO,
        limit: U256::ZERO,
    };
    let list = world.view(&call).list;
    assert_eq!(list.len(), 1);
    assert_eq!(list[0], world.read_order(number));
    assert_eq!(list[0].status, OrderStatus::InForce);
    assert_eq!(list[0].jurisdiction, "CN-330200");
    assert_eq!(list[0].documentHash, order.documentHash);

    let text = world
        .ask(&super::world::transfer(GROWER, GUEST))
        .unwrap_err()
        .to_string();
    assert!(text.contains("frozen by order 1 until 20"), "{text}");
    world.wait(order.until - world.now() - 1);
    assert_eq!(world.send_code(GROWER, GUEST), 6);
    world.wait(1);
    assert_eq!(world.send_code(GROWER, GUEST), 0);
    let ended = world.read_order(number);
    assert_eq!(
        (ended.status, ended.ended),
        (OrderStatus::Expired, order.until)
    );
    assert_eq!(
        world.refuse(INSPECTOR, &releasing(id, number)),
        "OrderNotInForce"
    );
}

#[test]
fn overlapping_orders_hold_each_by_itself() {
    let (mut world, id) = world();
    let other = world.appoint(COURT, "CN-3302", ALL_POWERS);
    let short = NewOrder {
        until: world.now() + DAY,
        ..world.order(OrderKind::FreezeAccount, GROWER)
    };
    let long = NewOrder {
        until: world.now() + 10 * DAY,
        ..short.clone()
    };
    let first = world.issue(INSPECTOR, id, &short);
    let second = world.issue(JUDGE, other, &long);
    let contract = world.order(OrderKind::FreezeContract, GROWER);
    let third = world.issue(INSPECTOR, id, &contract);
    // Each is its issuer's to release.
    assert_eq!(world.refuse(INSPECTOR, &releasing(id, second)), "NotIssuer");
    assert_eq!(world.refuse(JUDGE, &releasing(other, first)), "NotIssuer");
    assert_eq!(world.refuse(JUDGE, &releasing(id, first)), "NotAppointed");

    world.release(JUDGE, other, second);
    assert_eq!(world.send_code(GROWER, GUEST), 6);
    let again = world.issue(JUDGE, other, &long);
    world.release(INSPECTOR, id, first);
    assert_eq!(world.send_code(GROWER, GUEST), 6);
    assert_eq!(world.send_code(BANKER, GROWER), 7);
    world.release(INSPECTOR, id, third);
    assert_eq!(world.send_code(BANKER, GROWER), 0);
    world.release(JUDGE, other, again);
    assert_eq!(world.send_code(GROWER, GUEST), 0);
    assert!(!is_restricted(&mut world, GROWER));
    for number in [first, second, third, again] {
        let order = world.read_order(number);
        assert_eq!(order.status, OrderStatus::Released);
        assert_eq!(order.endReason, "the matter is settled");
    }
    assert_eq!(
        world.refuse(INSPECTOR, &releasing(id, first)),
        "OrderNotInForce"
    );
    assert_eq!(world.refuse(INSPECTOR, &releasing(id, 99)), "UnknownOrder");
}

#[test]
fn of_overlapping_freezes_the_last_to_end_counts_whichever_came_first() {
    for (kind, code) in [
        (OrderKind::FreezeAccount, 6),
        (OrderKind::FreezeContract, 7),
    ] {
        for days in [[1, 3, 2], [3, 1, 2], [2, 1, 3], [1, 2, 3]] {
            let (mut world, id) = world();
            let begin = world.now();
            for days in days {
                let order = NewOrder {
                    until: begin + days * DAY,
                    ..world.order(kind, GROWER)
                };
                world.issue(INSPECTOR, id, &order);
            }
            let ask = |world: &mut World| match kind {
                OrderKind::FreezeAccount => world.send_code(GROWER, GUEST),
                _ => world.send_code(BANKER, GROWER),
            };
            world.wait(begin + 3 * DAY - world.now() - 1);
            assert_eq!(ask(&mut world), code, "{days:?}");
            world.wait(1);
            assert_eq!(ask(&mut world), 0, "{days:?}");
        }
    }
}

#[test]
fn an_order_on_a_key_is_on_its_account() {
    let (mut world, id) = world();
    let account = world.rotate_growers_key();
    let order = world.order(OrderKind::FreezeAccount, account);
    let number = world.issue(INSPECTOR, id, &order);
    assert_eq!(world.read_order(number).target, GROWER);
    assert_eq!(world.send_code(account, GUEST), 6);
}

#[test]
fn a_rotated_key_sends_nothing_and_the_new_one_acts_as_the_account() {
    let mut world = World::new();
    let key = world.rotate_growers_key();
    let denial = world
        .ask(&super::world::transfer(GROWER, GUEST))
        .unwrap_err();
    assert_eq!((denial.code(), denial.is_lasting()), (4, true));
    let admission = world.ask(&super::world::transfer(key, GUEST)).unwrap();
    assert_eq!((admission.account, admission.organisation), (GROWER, TEA));
}

#[test]
fn who_it_concerns_challenges_and_the_second_authority_decides() {
    for lift in [false, true] {
        let (mut world, id) = world();
        let order = world.order(OrderKind::FreezeAccount, GROWER);
        let number = world.issue(INSPECTOR, id, &order);
        let challenge = |id| IPolicy::challengeOrderCall {
            id,
            grounds: "the wrong company".to_owned(),
        };
        let decision = IPolicy::decideChallengeCall {
            id: number,
            lift,
            reason: "as the files show".to_owned(),
        };
        assert_eq!(world.refuse(JUDGE, &decision), "NotChallenged");
        for who in [BANKER, INSPECTOR, JUDGE, GUEST] {
            assert_eq!(world.refuse(who, &challenge(number)), "NotConcerned");
        }
        assert_eq!(world.refuse(GROWER, &challenge(99)), "UnknownOrder");
        world.accept(GROWER, &challenge(number));
        assert_eq!(
            world.refuse(GROWER, &challenge(number)),
            "AlreadyChallenged"
        );
        // It stands while nobody has decided.
        assert_eq!(world.send_code(GROWER, GUEST), 6);
        for who in [INSPECTOR, EXAMINER] {
            assert_eq!(world.refuse(who, &decision), "NotReviewAuthority");
        }
        for who in [GROWER, BANKER, GUEST, GOVERNANCE] {
            assert_eq!(world.refuse(who, &decision), "NotPermitted");
        }
        world.accept(JUDGE, &decision);
        let seen = world.read_order(number);
        let (status, standing) = if lift {
            (ChallengeStatus::Lifted, OrderStatus::Lifted)
        } else {
            (ChallengeStatus::Upheld, OrderStatus::InForce)
        };
        assert_eq!((seen.challenge.status, seen.status), (status, standing));
        assert_eq!(
            (seen.challenge.by, seen.challenge.authority),
            (GROWER, COURT)
        );
        assert_eq!(seen.challenge.grounds, "the wrong company");
        assert_eq!(world.send_code(GROWER, GUEST), if lift { 0 } else { 6 });
        let again = if lift {
            "OrderNotInForce"
        } else {
            "NotChallenged"
        };
        assert_eq!(world.refuse(JUDGE, &decision), again);
    }
}

#[test]
fn no_regulator_is_its_own_second_authority() {
    let (mut world, _) = world();
    let authority = |organisation, jurisdiction: &str| IPolicy::setReviewAuthorityCall {
        organisation,
        jurisdiction: jurisdiction.to_owned(),
    };
    // The supervision is named for the city, but it issued the order: the province decides.
    world.accept(GOVERNANCE, &authority(SUPERVISION, "CN-330200"));
    let id = world.appoint(SUPERVISION, "CN", ALL_POWERS);
    let order = world.order(OrderKind::FreezeAccount, GROWER);
    let number = world.issue(INSPECTOR, id, &order);
    let grounds = "no".to_owned();
    world.accept(
        GROWER,
        &IPolicy::challengeOrderCall {
            id: number,
            grounds,
        },
    );
    let decision = IPolicy::decideChallengeCall {
        id: number,
        lift: true,
        reason: "right".to_owned(),
    };
    assert_eq!(world.refuse(INSPECTOR, &decision), "NotReviewAuthority");
    let asked = |world: &mut World, place: &str| {
        world.view(&IPolicy::reviewAuthorityCall {
            jurisdiction: place.to_owned(),
        })
    };
    assert_eq!(asked(&mut world, "CN-330200"), SUPERVISION);
    assert_eq!(asked(&mut world, "CN-3301"), COURT);
    assert_eq!(asked(&mut world, "CN-31"), 0);
    assert_eq!(asked(&mut world, ""), 0);
    assert_eq!(asked(&mut world, &"C".repeat(100_000)), 0);
    world.accept(GOVERNANCE, &authority(COURT, ""));
    assert_eq!(asked(&mut world, "CN-31"), COURT);
    world.accept(GOVERNANCE, &authority(0, "CN-33"));
    world.accept(JUDGE, &decision);
    assert_eq!(
        world.refuse(GOVERNANCE, &authority(99, "")),
        "UnknownOrganisation"
    );
}

#[test]
fn a_colleague_who_manages_policy_challenges_for_the_account() {
    let (mut world, id) = world();
    let contract = Address::repeat_byte(0xc9);
    world.accept(
        GOVERNANCE,
        &IPolicy::setContractOrganisationCall {
            target: contract,
            organisation: TEA,
        },
    );
    let order = world.order(OrderKind::FreezeContract, contract);
    let number = world.issue(INSPECTOR, id, &order);
    let call = IPolicy::challengeOrderCall {
        id: number,
        grounds: "it is ours".to_owned(),
    };
    assert_eq!(world.refuse(BANKER, &call), "NotConcerned");
    world.accept(GROWER, &call);
    // A contract that nobody answers for speaks for itself.
    let whole = world.appoint(SUPERVISION, "", ALL_POWERS);
    let order = world.order(OrderKind::FreezeContract, TOKEN);
    let number = world.issue(INSPECTOR, whole, &order);
    let call = IPolicy::challengeOrderCall { id: number, ..call };
    assert_eq!(world.refuse(GROWER, &call), "NotConcerned");
    world.accept(TOKEN, &call);
}

#[test]
fn the_members_freeze_and_unfreeze_a_contract() {
    let (mut world, id) = world();
    let freeze = |target| IPolicy::freezeContractCall {
        target,
        reason: "its code loses money".to_owned(),
    };
    let unfreeze = IPolicy::unfreezeContractCall { target: TOKEN };
    for who in [BANKER, INSPECTOR, GUEST, TOKEN] {
        assert_eq!(world.refuse(who, &freeze(TOKEN)), "NotGovernance");
        assert_eq!(world.refuse(who, &unfreeze), "NotGovernance");
    }
    assert_eq!(world.refuse(GOVERNANCE, &unfreeze), "NotFrozen");
    for module in [ADDRESS, GOVERNANCE, identity::ADDRESS] {
        assert_eq!(world.refuse(GOVERNANCE, &freeze(module)), "ProtectedTarget");
    }
    world.accept(GOVERNANCE, &freeze(TOKEN));
    assert_eq!(world.refuse(GOVERNANCE, &freeze(TOKEN)), "AlreadyFrozen");
    world.wait(100 * 366 * DAY);
    assert_eq!(world.call_code(BANKER, TOKEN, 7), 7);
    assert_eq!(world.send_code(BANKER, TOKEN), 7);
    assert_eq!(world.deploy_code(BANKER), 0);
    let frozen = world.view(&IPolicy::isFrozenCall { target: TOKEN });
    assert_eq!((frozen.asAccount, frozen.asContract), (false, true));
    let id = {
        // The appointment of the beginning has ended; a new one cannot touch the members' order.
        assert!(!world.view(&IPolicy::appointmentCall { id }).serving);
        world.appoint(SUPERVISION, "", ALL_POWERS)
    };
    assert_eq!(world.refuse(INSPECTOR, &releasing(id, 1)), "NotIssuer");
    let challenge = IPolicy::challengeOrderCall {
        id: 1,
        grounds: "no".to_owned(),
    };
    assert_eq!(world.refuse(TOKEN, &challenge), "InvalidArgument");
    // A regulator's order on the same contract stays when the members unfreeze it.
    let order = world.order(OrderKind::FreezeContract, TOKEN);
    let own = world.issue(INSPECTOR, id, &order);
    world.accept(GOVERNANCE, &unfreeze);
    assert_eq!(world.call_code(BANKER, TOKEN, 7), 7);
    world.release(INSPECTOR, id, own);
    assert_eq!(world.call_code(BANKER, TOKEN, 7), 0);
}

#[test]
fn a_forced_transfer_is_taken_once_by_its_token() {
    let (mut world, id) = world();
    let order = world.order(OrderKind::ForcedTransfer, GROWER);
    let number = world.issue(INSPECTOR, id, &order);
    let take = |id| IPolicy::takeForcedTransferCall { id };
    for who in [GROWER, INSPECTOR, JUDGE, GUEST] {
        assert_eq!(world.refuse(who, &take(number)), "NotTokenOfOrder");
    }
    assert_eq!(world.refuse(TOKEN, &take(99)), "UnknownOrder");
    let taken = world.accept(TOKEN, &take(number));
    assert_eq!(
        (taken.from, taken.to, taken.amount),
        (GROWER, JUDGE, U256::from(100))
    );
    assert_eq!(world.refuse(TOKEN, &take(number)), "OrderNotInForce");
    assert_eq!(world.read_order(number).status, OrderStatus::Used);

    let freeze = world.order(OrderKind::FreezeAccount, GROWER);
    let freeze = world.issue(INSPECTOR, id, &freeze);
    assert_eq!(world.refuse(TOKEN, &take(freeze)), "InvalidArgument");
    let late = world.issue(INSPECTOR, id, &order);
    world.wait(30 * DAY);
    assert_eq!(world.refuse(TOKEN, &take(late)), "OrderNotInForce");
    let order = world.order(OrderKind::ForcedTransfer, GROWER);
    let released = world.issue(INSPECTOR, id, &order);
    world.release(INSPECTOR, id, released);
    assert_eq!(world.refuse(TOKEN, &take(released)), "OrderNotInForce");
}

#[test]
fn an_account_that_left_its_organisation_is_out_of_its_regulators_reach() {
    let (mut world, id) = world();
    let order = world.order(OrderKind::FreezeAccount, GROWER);
    let number = world.issue(INSPECTOR, id, &order);
    let reason = "gone".to_owned();
    world.identity(
        GOVERNANCE,
        &IIdentity::removeOrganisationCall {
            organisation: TEA,
            reason,
        },
    );
    // What was ordered stands; the organisation's place does not change by its end.
    assert_eq!(world.read_order(number).status, OrderStatus::InForce);
    assert_eq!(world.send_code(GROWER, GUEST), 5);
    world.release(INSPECTOR, id, number);
    let guest = world.order(OrderKind::FreezeAccount, GUEST);
    assert_eq!(world.refuse(INSPECTOR, &issuing(id, &guest)), "OutOfScope");
}
