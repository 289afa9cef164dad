//! Transfers under a regulator's orders on the sender.

use super::{
    transfers::{OTHER_TOKEN, moving, no_terms, record, remittance, with_policy},
    world::{
        ALL_POWERS, BANKER, COURT, DAY, DOCTOR, GROWER, GUEST, INSPECTOR, SUPERVISION, TEA, TOKEN,
        World, releasing,
    },
};
use crate::{
    identity::organisation_address,
    policy::{
        GOVERNANCE,
        IPolicy::{self, NewOrder, OrderKind, ReviewedTransfer},
    },
};
use alloy_primitives::{Address, U256};

fn regulated() -> (World, u64, u64) {
    let (mut world, policy) = with_policy(no_terms());
    let id = world.appoint(SUPERVISION, "CN-33", ALL_POWERS);
    (world, policy, id)
}

#[test]
fn a_freeze_stops_what_moves_out_and_not_what_comes_in() {
    for kind in [OrderKind::FreezeAccount, OrderKind::FreezeContract] {
        let (mut world, policy, id) = regulated();
        let order = world.order(kind, GROWER);
        let number = world.issue(INSPECTOR, id, &order);
        assert_eq!(
            record(&mut world, TOKEN, &moving(policy, (GROWER, BANKER), 1)),
            33
        );
        assert_eq!(
            record(
                &mut world,
                TOKEN,
                &moving(policy, (GROWER, Address::ZERO), 1)
            ),
            33
        );
        assert_eq!(
            record(&mut world, TOKEN, &moving(policy, (BANKER, GROWER), 1)),
            0
        );
        world.release(INSPECTOR, id, number);
        assert_eq!(
            record(&mut world, TOKEN, &moving(policy, (GROWER, BANKER), 1)),
            0
        );
    }
    // The organisation's own address can be frozen like an account.
    let (mut world, policy, id) = regulated();
    let tea = organisation_address(TEA);
    let order = world.order(OrderKind::FreezeAccount, tea);
    world.issue(INSPECTOR, id, &order);
    assert_eq!(
        record(&mut world, TOKEN, &moving(policy, (tea, BANKER), 1)),
        33
    );
    assert_eq!(
        record(&mut world, TOKEN, &moving(policy, (GROWER, BANKER), 1)),
        0
    );
}

#[test]
fn the_members_freeze_of_a_token_holder_stops_its_tokens_too() {
    let (mut world, policy, _) = regulated();
    let escrow = Address::repeat_byte(0xe5);
    let reason = "its code loses money".to_owned();
    let target = escrow;
    world.accept(GOVERNANCE, &IPolicy::freezeContractCall { target, reason });
    assert_eq!(
        record(&mut world, TOKEN, &moving(policy, (escrow, BANKER), 1)),
        33
    );
}

#[test]
fn limits_by_order_hold_per_token_and_day_beside_each_other() {
    let (mut world, policy, id) = regulated();
    let other = world.appoint(COURT, "CN", ALL_POWERS);
    let wide = world.order(OrderKind::Limit, GROWER);
    let narrow = NewOrder {
        token: TOKEN,
        amount: U256::from(70),
        ..wide.clone()
    };
    let wide = world.issue(INSPECTOR, id, &wide);
    let narrow = world.issue(super::world::JUDGE, other, &narrow);
    let ask = |world: &mut World, token, amount| {
        record(world, token, &moving(policy, (GROWER, BANKER), amount))
    };
    assert_eq!(ask(&mut world, OTHER_TOKEN, 100), 0);
    assert_eq!(ask(&mut world, OTHER_TOKEN, 1), 41);
    assert_eq!(ask(&mut world, TOKEN, 71), 41);
    assert_eq!(ask(&mut world, TOKEN, 70), 0);
    assert_eq!(ask(&mut world, TOKEN, 1), 41);
    // What the narrow order refused has not been counted by the wide one.
    world.accept(super::world::JUDGE, &releasing(other, narrow));
    assert_eq!(ask(&mut world, TOKEN, 30), 0);
    assert_eq!(ask(&mut world, TOKEN, 1), 41);
    world.wait(DAY);
    assert_eq!(ask(&mut world, TOKEN, 100), 0);
    assert_eq!(ask(&mut world, TOKEN, 1), 41);
    world.release(INSPECTOR, id, wide);
    assert_eq!(ask(&mut world, TOKEN, 1_000), 0);
}

#[test]
fn a_review_lets_pass_exactly_what_was_approved_once() {
    let (mut world, policy, id) = regulated();
    let order = world.order(OrderKind::Review, GROWER);
    let number = world.issue(INSPECTOR, id, &order);
    let paying = |amount: u128, text: &str| IPolicy::recordTransferCall {
        remittance: remittance(b"CINV", text),
        ..moving(policy, (GROWER, BANKER), amount)
    };
    assert_eq!(record(&mut world, TOKEN, &paying(100, "A")), 0);
    assert_eq!(record(&mut world, TOKEN, &paying(101, "A")), 42);
    let approving = IPolicy::approveTransferCall {
        id: number,
        appointment: id,
        transfer: ReviewedTransfer {
            token: TOKEN,
            to: BANKER,
            amount: U256::from(500),
            remittance: remittance(b"CINV", "A"),
        },
    };
    for (who, error) in [
        (GROWER, "NotPermitted"),
        (super::world::JUDGE, "NotAppointed"),
    ] {
        assert_eq!(world.refuse(who, &approving), error);
    }
    world.accept(INSPECTOR, &approving);
    // Another amount, text, kind, token or receiver is another transfer.
    assert_eq!(record(&mut world, TOKEN, &paying(501, "A")), 42);
    assert_eq!(record(&mut world, TOKEN, &paying(500, "B")), 42);
    assert_eq!(record(&mut world, OTHER_TOKEN, &paying(500, "A")), 42);
    let elsewhere = IPolicy::recordTransferCall {
        to: DOCTOR,
        ..paying(500, "A")
    };
    assert_eq!(record(&mut world, TOKEN, &elsewhere), 42);
    let soac = IPolicy::recordTransferCall {
        remittance: remittance(b"SOAC", "A"),
        ..paying(500, "A")
    };
    assert_eq!(record(&mut world, TOKEN, &soac), 42);
    assert_eq!(record(&mut world, TOKEN, &paying(500, "A")), 0);
    assert_eq!(record(&mut world, TOKEN, &paying(500, "A")), 42);

    let freeze = world.order(OrderKind::FreezeAccount, GROWER);
    let freeze = world.issue(INSPECTOR, id, &freeze);
    let wrong = IPolicy::approveTransferCall {
        id: freeze,
        ..approving.clone()
    };
    assert_eq!(world.refuse(INSPECTOR, &wrong), "InvalidArgument");
    world.release(INSPECTOR, id, number);
    assert_eq!(world.refuse(INSPECTOR, &approving), "OrderNotInForce");
    assert_eq!(world.refuse(GUEST, &approving), "OrderNotInForce");
}
