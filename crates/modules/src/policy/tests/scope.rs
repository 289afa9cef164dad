//! A regulator's reach is exactly its scope: every power, every place, every kind of order.

use super::world::{
    ALL_POWERS, BANK, BANKER, BUREAU, COURT, DAY, DOCTOR, EXAMINER, GROWER, GUEST, INSPECTOR,
    JUDGE, SUPERVISION, TOKEN, World, error_name, issuing, releasing,
};
use crate::{
    MODULES,
    identity::{self, IIdentity, organisation_address},
    policy::{
        GOVERNANCE,
        IPolicy::{self, NewOrder, OrderKind},
        ORDER_MS_MAX, ORDERS_PER_APPOINTMENT_MAX, SERVING_MAX,
    },
};
use alloy_primitives::{Address, B256, U256};
use qiantang_types::REGISTRY_ADDRESS;

const KINDS: [(OrderKind, u64); 5] = [
    (OrderKind::FreezeAccount, 1),
    (OrderKind::FreezeContract, 2),
    (OrderKind::Limit, 4),
    (OrderKind::Review, 8),
    (OrderKind::ForcedTransfer, 16),
];
/// A contract that the bank answers for, and one that nobody does.
const BANKS_CONTRACT: Address = Address::repeat_byte(0xb1);
const ORPHAN: Address = Address::repeat_byte(0xb2);

fn world() -> World {
    let mut world = World::new();
    world.accept(
        GOVERNANCE,
        &IPolicy::setContractOrganisationCall {
            target: BANKS_CONTRACT,
            organisation: BANK,
        },
    );
    world.accept(
        GOVERNANCE,
        &IPolicy::setReviewAuthorityCall {
            organisation: COURT,
            jurisdiction: "CN-33".to_owned(),
        },
    );
    world.appoint(BUREAU, "CN-31", ALL_POWERS);
    world
}

#[test]
fn a_regulator_can_do_nothing_outside_its_scope() {
    let base = world();
    // Target, and what its organisation's jurisdiction is; `None` where it has none.
    let targets: [(Address, Option<&str>); 8] = [
        (BANKER, Some("CN-330100")),
        (GROWER, Some("CN-330200")),
        (DOCTOR, Some("CN-310000")),
        (GUEST, None),
        (BANKS_CONTRACT, Some("CN-330100")),
        (ORPHAN, None),
        (organisation_address(BANK), Some("CN-330100")),
        (organisation_address(99), None),
    ];
    let scopes = [
        "",
        "CN",
        "CN-33",
        "CN-3301",
        "CN-330100",
        "CN-3302",
        "CN-31",
        "CN-3",
        "US",
    ];
    let (mut issued, mut refused) = (0, 0);
    for scope in scopes {
        for powers in 1..=ALL_POWERS {
            let mut appointed = base.clone();
            let id = appointed.appoint(SUPERVISION, scope, powers);
            for (target, place) in targets {
                let reaches = scope.is_empty() || place.is_some_and(|it| it.starts_with(scope));
                for (kind, power) in KINDS {
                    let mut world = appointed.clone();
                    let order = world.order(kind, target);
                    let result = world.send(INSPECTOR, &issuing(id, &order));
                    let expected = match (powers & power != 0, reaches) {
                        (true, true) => "accepted",
                        (false, _) => "PowerMissing",
                        (true, false) => "OutOfScope",
                    };
                    let seen = error_name(&result);
                    assert_eq!(seen, expected, "{scope:?} {powers} {kind:?} {target}");
                    issued += u64::from(result.is_ok());
                    refused += u64::from(result.is_err());
                }
            }
        }
    }
    assert_eq!(issued + refused, 9 * 31 * 8 * 5);
    assert!(issued > 2_000 && refused > 5_000, "{issued} {refused}");
}

#[test]
fn no_order_reaches_the_chain_itself_or_its_guardians() {
    let mut world = world();
    let id = world.appoint(SUPERVISION, "", ALL_POWERS);
    let mut protected = vec![
        // The regulator itself, another one, the review authority, by account and organisation.
        INSPECTOR,
        EXAMINER,
        JUDGE,
        organisation_address(SUPERVISION),
        organisation_address(BUREAU),
        organisation_address(COURT),
        REGISTRY_ADDRESS,
        Address::ZERO,
    ];
    protected.extend(MODULES.iter().map(|module| module.address));
    for target in protected {
        for (kind, _) in KINDS {
            let order = NewOrder {
                to: if kind == OrderKind::ForcedTransfer {
                    GUEST
                } else {
                    Address::ZERO
                },
                ..world.order(kind, target)
            };
            let error = world.refuse(INSPECTOR, &issuing(id, &order));
            assert_eq!(error, "ProtectedTarget", "{kind:?} {target}");
        }
    }
    // Their office protects them, not their name: without it they are members like any other.
    let examiner = world.order(OrderKind::FreezeAccount, EXAMINER);
    world.accept(
        GOVERNANCE,
        &IPolicy::dismissRegulatorCall { appointment: 1 },
    );
    world.issue(INSPECTOR, id, &examiner);
    world.accept(
        GOVERNANCE,
        &IPolicy::setReviewAuthorityCall {
            organisation: 0,
            jurisdiction: "CN-33".to_owned(),
        },
    );
    let judge = world.order(OrderKind::FreezeAccount, JUDGE);
    world.issue(INSPECTOR, id, &judge);
}

#[test]
fn only_the_appointed_act_and_only_while_they_are() {
    let mut world = world();
    let id = world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
    let order = world.order(OrderKind::FreezeAccount, BANKER);
    let refuse =
        |world: &mut World, who, id, order: &NewOrder| world.refuse(who, &issuing(id, order));
    assert_eq!(refuse(&mut world, EXAMINER, id, &order), "NotAppointed");
    assert_eq!(refuse(&mut world, JUDGE, id, &order), "NotAppointed");
    assert_eq!(refuse(&mut world, BANKER, id, &order), "NotPermitted");
    assert_eq!(refuse(&mut world, GUEST, id, &order), "NotPermitted");
    assert_eq!(refuse(&mut world, GOVERNANCE, id, &order), "NotPermitted");
    assert_eq!(refuse(&mut world, INSPECTOR, 1, &order), "NotAppointed");
    assert_eq!(
        refuse(&mut world, INSPECTOR, 99, &order),
        "UnknownAppointment"
    );
    assert_eq!(
        refuse(&mut world, INSPECTOR, 0, &order),
        "UnknownAppointment"
    );

    // Without the role, and with the organisation suspended.
    let role = identity::REGULATOR;
    let account = INSPECTOR;
    world.identity(INSPECTOR, &IIdentity::revokeRoleCall { account, role });
    assert_eq!(refuse(&mut world, INSPECTOR, id, &order), "NotPermitted");
    world.identity(INSPECTOR, &IIdentity::grantRoleCall { account, role });
    let reason = "audit".to_owned();
    let organisation = SUPERVISION;
    world.identity(
        GOVERNANCE,
        &IIdentity::suspendOrganisationCall {
            organisation,
            reason,
        },
    );
    assert_eq!(refuse(&mut world, INSPECTOR, id, &order), "NotPermitted");
    world.identity(
        GOVERNANCE,
        &IIdentity::restoreOrganisationCall { organisation },
    );
    world.issue(INSPECTOR, id, &order);
}

#[test]
fn an_appointment_ends_to_the_millisecond_and_its_orders_stand() {
    let mut world = world();
    let id = world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
    let order = world.order(OrderKind::FreezeAccount, BANKER);
    let frozen = world.issue(INSPECTOR, id, &order);
    let refuse =
        |world: &mut World, who, id, order: &NewOrder| world.refuse(who, &issuing(id, order));
    let until = world.view(&IPolicy::appointmentCall { id }).until;
    world.wait(until - world.now() - 2_000);
    let later = NewOrder {
        until: world.now() + 40 * DAY,
        ..order
    };
    world.issue(INSPECTOR, id, &later);
    assert!(world.view(&IPolicy::appointmentCall { id }).serving);
    world.wait(0);
    assert_eq!(
        refuse(&mut world, INSPECTOR, id, &later),
        "AppointmentEnded"
    );
    assert!(!world.view(&IPolicy::appointmentCall { id }).serving);
    assert_eq!(
        world.refuse(INSPECTOR, &releasing(id, frozen + 1)),
        "AppointmentEnded"
    );
    assert_eq!(world.send_code(BANKER, GUEST), 6);
    let narrow = world.appoint(COURT, "CN-31", ALL_POWERS);
    assert_eq!(
        world.refuse(JUDGE, &releasing(narrow, frozen + 1)),
        "OutOfScope"
    );
    let weak = world.appoint(COURT, "CN-33", ALL_POWERS - 1);
    assert_eq!(
        world.refuse(JUDGE, &releasing(weak, frozen + 1)),
        "PowerMissing"
    );
    let successor = world.appoint(COURT, "CN-33", 1);
    world.release(JUDGE, successor, frozen + 1);
    assert_eq!(world.send_code(BANKER, GUEST), 0);
}

#[test]
fn only_governance_appoints_and_within_bounds() {
    let mut world = World::new();
    let good = world.appointing(SUPERVISION, "CN-33", 1);
    for who in [BANKER, INSPECTOR, GUEST] {
        assert_eq!(world.refuse(who, &good), "NotGovernance");
        let dismissal = IPolicy::dismissRegulatorCall { appointment: 1 };
        assert_eq!(world.refuse(who, &dismissal), "NotGovernance");
        let authority = IPolicy::setReviewAuthorityCall {
            organisation: COURT,
            jurisdiction: String::new(),
        };
        assert_eq!(world.refuse(who, &authority), "NotGovernance");
    }
    let change = |jurisdiction: &str, powers: U256, until: u64| IPolicy::appointRegulatorCall {
        organisation: SUPERVISION,
        jurisdiction: jurisdiction.to_owned(),
        powers,
        until,
    };
    let later = good.until;
    let table = [
        (change("cn-33", U256::from(1), later), "InvalidArgument"),
        (change("CN 33", U256::from(1), later), "InvalidArgument"),
        (
            change(&"C".repeat(33), U256::from(1), later),
            "LimitExceeded",
        ),
        (
            change(&"C".repeat(1 << 20), U256::from(1), later),
            "LimitExceeded",
        ),
        (change("CN", U256::ZERO, later), "InvalidArgument"),
        (change("CN", U256::from(32), later), "InvalidArgument"),
        (change("CN", U256::MAX, later), "InvalidArgument"),
        (change("CN", U256::from(1), 0), "InvalidArgument"),
        (change("CN", U256::from(1), world.now()), "InvalidArgument"),
    ];
    for (line, (call, error)) in table.into_iter().enumerate() {
        assert_eq!(world.refuse(GOVERNANCE, &call), error, "line {line}");
    }
    let nobody = world.appointing(99, "CN", 1);
    assert_eq!(world.refuse(GOVERNANCE, &nobody), "UnknownOrganisation");
    for _ in 0..SERVING_MAX {
        world.appoint(SUPERVISION, "CN", 1);
    }
    assert_eq!(world.refuse(GOVERNANCE, &good), "LimitExceeded");
    // One that has ended makes room for another.
    world.accept(
        GOVERNANCE,
        &IPolicy::dismissRegulatorCall { appointment: 7 },
    );
    let again = IPolicy::dismissRegulatorCall { appointment: 7 };
    assert_eq!(world.refuse(GOVERNANCE, &again), "AppointmentEnded");
    world.appoint(BUREAU, "CN", 1);
    let page = world.view(&IPolicy::appointmentsCall {
        cursor: U256::ZERO,
        limit: U256::from(10),
    });
    assert_eq!(page.next, U256::from(10));
    let served: Vec<bool> = page.list.iter().map(|each| each.serving).collect();
    assert_eq!(served.iter().filter(|serving| !**serving).count(), 1);
    assert!(!served[6]);
}

type Change = fn(&mut NewOrder, u64);
/// What an order says otherwise, and what comes of it.
static FIELDS: [(OrderKind, Change, &str); 18] = [
    (
        OrderKind::FreezeAccount,
        |order, _| order.legalBasis = " ".into(),
        "InvalidArgument",
    ),
    (
        OrderKind::FreezeAccount,
        |order, _| order.legalBasis = "x".repeat(1025),
        "LimitExceeded",
    ),
    (
        OrderKind::FreezeAccount,
        |order, _| order.legalBasis = "x".repeat(1 << 20),
        "LimitExceeded",
    ),
    (
        OrderKind::FreezeAccount,
        |order, _| order.legalBasis = "x".repeat(1024),
        "accepted",
    ),
    (
        OrderKind::FreezeAccount,
        |order, _| order.documentHash = B256::ZERO,
        "InvalidArgument",
    ),
    (
        OrderKind::FreezeAccount,
        |order, _| order.until = 0,
        "InvalidArgument",
    ),
    (
        OrderKind::FreezeAccount,
        |order, now| order.until = now + ORDER_MS_MAX,
        "InvalidArgument",
    ),
    (
        OrderKind::FreezeAccount,
        |order, now| order.until = now - 60_000 + ORDER_MS_MAX,
        "accepted",
    ),
    (
        OrderKind::FreezeAccount,
        |order, _| order.until = u64::MAX,
        "InvalidArgument",
    ),
    (
        OrderKind::FreezeAccount,
        |order, _| order.amount = U256::from(1),
        "InvalidArgument",
    ),
    (
        OrderKind::FreezeAccount,
        |order, _| order.token = TOKEN,
        "InvalidArgument",
    ),
    (
        OrderKind::Limit,
        |order, _| order.to = GUEST,
        "InvalidArgument",
    ),
    (
        OrderKind::Limit,
        |order, _| order.amount = U256::ZERO,
        "InvalidArgument",
    ),
    (
        OrderKind::Review,
        |order, _| order.amount = U256::ZERO,
        "accepted",
    ),
    (
        OrderKind::ForcedTransfer,
        |order, _| order.to = Address::ZERO,
        "InvalidArgument",
    ),
    (
        OrderKind::ForcedTransfer,
        |order, _| order.to = BANKER,
        "InvalidArgument",
    ),
    (
        OrderKind::ForcedTransfer,
        |order, _| order.token = Address::ZERO,
        "InvalidArgument",
    ),
    (
        OrderKind::ForcedTransfer,
        |order, _| order.amount = U256::ZERO,
        "InvalidArgument",
    ),
];

#[test]
fn an_order_has_everything_that_its_kind_needs_and_nothing_else() {
    let mut world = world();
    let id = world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
    let now = world.now() + 60_000;
    for (line, (kind, change, expected)) in FIELDS.into_iter().enumerate() {
        let mut order = world.order(kind, BANKER);
        change(&mut order, now);
        let mut world = world.clone();
        let result = world.send(INSPECTOR, &issuing(id, &order));
        assert_eq!(error_name(&result), expected, "line {line}");
    }
    let none = world.order(OrderKind::None, BANKER);
    assert_eq!(
        world.refuse(INSPECTOR, &issuing(id, &none)),
        "InvalidArgument"
    );
}

#[test]
fn a_regulator_leaves_room_for_others() {
    let mut world = world();
    let id = world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
    for _ in 0..ORDERS_PER_APPOINTMENT_MAX {
        let order = world.order(OrderKind::FreezeAccount, BANKER);
        world.issue(INSPECTOR, id, &order);
    }
    let more = world.order(OrderKind::FreezeAccount, BANKER);
    assert_eq!(
        world.refuse(INSPECTOR, &issuing(id, &more)),
        "LimitExceeded"
    );
    // Another regulator still has room, and so has this one when its orders have ended.
    let other = world.appoint(SUPERVISION, "CN", 1);
    world.issue(INSPECTOR, other, &more);
    world.wait(31 * DAY);
    let later = world.order(OrderKind::FreezeAccount, BANKER);
    world.issue(INSPECTOR, id, &later);
}

#[test]
fn who_deployed_a_contract_says_which_organisation_answers_for_it() {
    let mut world = world();
    let target = BANKER.create(7);
    let call = |target, nonce| IPolicy::registerContractCall { target, nonce };
    assert_eq!(world.refuse(BANKER, &call(target, 8)), "NotDeployer");
    assert_eq!(world.refuse(GROWER, &call(target, 7)), "NotDeployer");
    let own = GUEST.create(7);
    assert_eq!(world.refuse(GUEST, &call(own, 7)), "NotPermitted");
    world.accept(BANKER, &call(target, 7));
    assert_eq!(world.refuse(BANKER, &call(target, 7)), "AlreadyRegistered");
    assert_eq!(
        world.view(&IPolicy::contractOrganisationCall { target }),
        BANK
    );
    let set = |target, organisation| IPolicy::setContractOrganisationCall {
        target,
        organisation,
    };
    for who in [BANKER, INSPECTOR, GUEST] {
        assert_eq!(world.refuse(who, &set(target, 0)), "NotGovernance");
    }
    assert_eq!(
        world.refuse(GOVERNANCE, &set(GOVERNANCE, BANK)),
        "ProtectedTarget"
    );
    assert_eq!(
        world.refuse(GOVERNANCE, &set(target, 99)),
        "UnknownOrganisation"
    );
    world.accept(GOVERNANCE, &set(target, 0));
    // A member's account stays its organisation's, whatever is said about the address.
    world.accept(GOVERNANCE, &set(DOCTOR, BANK));
    let id = world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
    for target in [DOCTOR, target] {
        let order = world.order(OrderKind::FreezeContract, target);
        assert_eq!(world.refuse(INSPECTOR, &issuing(id, &order)), "OutOfScope");
    }
}
