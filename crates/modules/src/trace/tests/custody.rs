//! Who has goods, and how custody passes on.

use super::world::{
    ALICE, BOB, CAROL, World, did, lot, object, pack, receive, ship, to_party, transform,
};
use crate::trace::ITrace::{Level, Origin, Status};
use alloy_primitives::Address;
use serde_json::{Value, json};

pub(super) const TIN: &str = "urn:epc:id:sgtin:4012345.011111.1";

const TIN_LINK: &str = "https://id.gs1.org/01/04012345111118/21/1";

pub(super) const TIN_2: &str = "urn:epc:id:sgtin:4012345.011111.2";
pub(super) const CASE: &str = "urn:epc:id:sscc:4012345.0111111111";

pub(super) const LOT: &str = "urn:epc:class:lgtin:4012345.012345.SPRING";

/// Runs a scene: who submits what, and the name of the error or `accepted`.
pub(super) fn play(world: &mut World, scene: &[(Address, Value, &str)]) {
    for (index, (who, event, expected)) in scene.iter().enumerate() {
        if *expected == "accepted" {
            world.accept(*who, event);
        } else {
            assert_eq!(
                world.refuse(*who, event),
                *expected,
                "scene {index}: {event}"
            );
        }
    }
}

#[test]
fn commissioning_makes_the_submitter_custodian_under_every_spelling() {
    let mut world = World::new();
    world.accept(ALICE, &object("ADD", "commissioning", &[TIN]));
    for id in [
        TIN,
        TIN_LINK,
        "https://example.com/01/04012345111118/21/1?x=y",
    ] {
        let item = world.item(id);
        assert_eq!(item.id, TIN_LINK);
        assert_eq!((item.custodian, item.commissioner), (ALICE, ALICE));
        assert_eq!(
            (item.status, item.origin),
            (Status::Active, Origin::Commissioned)
        );
        assert!(item.originVerified && item.complete && !item.recalled);
        assert_eq!(item.level, Level::Instance);
    }
    play(
        &mut world,
        &[
            (
                ALICE,
                object("ADD", "commissioning", &[TIN_LINK]),
                "AlreadyCommissioned",
            ),
            (
                BOB,
                object("ADD", "commissioning", &[TIN]),
                "AlreadyCommissioned",
            ),
            (BOB, object("OBSERVE", "inspecting", &[TIN]), "NotCustodian"),
            (
                BOB,
                object("OBSERVE", "inspecting", &[TIN_LINK]),
                "NotCustodian",
            ),
            (
                ALICE,
                object("OBSERVE", "inspecting", &[TIN_LINK]),
                "accepted",
            ),
        ],
    );
    assert_eq!(world.story(TIN).len(), 2);
}

#[test]
fn custody_moves_when_the_named_party_receives() {
    let mut world = World::new();
    let shop = "urn:epc:id:pgln:4023333.00001";
    play(
        &mut world,
        &[
            (
                ALICE,
                object("ADD", "commissioning", &[TIN, TIN_2]),
                "accepted",
            ),
            (BOB, ship(&[TIN], &did(BOB)), "NotCustodian"),
            (ALICE, ship(&[TIN], shop), "accepted"),
            // Nobody has registered the shop yet.
            (BOB, receive(&[TIN]), "NotReceiver"),
        ],
    );
    let item = world.item(TIN);
    assert_eq!((item.status, item.custodian), (Status::InTransit, ALICE));
    assert_eq!(item.receiver, "https://id.gs1.org/417/4023333000017");
    assert_eq!(item.receiverAccount, Address::ZERO);
    world.register(BOB, shop).unwrap();
    play(
        &mut world,
        &[
            (CAROL, receive(&[TIN]), "NotReceiver"),
            (BOB, object("OBSERVE", "inspecting", &[TIN]), "NotCustodian"),
            (BOB, receive(&[TIN, TIN_2]), "NotCustodian"),
            (BOB, receive(&[TIN]), "accepted"),
            (
                ALICE,
                object("OBSERVE", "inspecting", &[TIN]),
                "NotCustodian",
            ),
            (ALICE, ship(&[TIN], &did(CAROL)), "NotCustodian"),
            (BOB, object("OBSERVE", "retail_selling", &[TIN]), "accepted"),
            // The transit is over: the same party cannot receive what it does not await.
            (ALICE, ship(&[TIN_2], &did(CAROL)), "accepted"),
            (BOB, receive(&[TIN_2]), "NotReceiver"),
            (CAROL, object("OBSERVE", "accepting", &[TIN_2]), "accepted"),
        ],
    );
    assert_eq!(
        (world.item(TIN).custodian, world.item(TIN_2).custodian),
        (BOB, CAROL)
    );
    assert_eq!(world.item(TIN).commissioner, ALICE);
}

#[test]
fn without_a_named_party_only_the_custodian_ends_the_transit() {
    let mut world = World::new();
    play(
        &mut world,
        &[
            (ALICE, object("ADD", "commissioning", &[TIN]), "accepted"),
            (ALICE, object("OBSERVE", "shipping", &[TIN]), "accepted"),
            (BOB, receive(&[TIN]), "NotReceiver"),
            (ALICE, receive(&[TIN]), "accepted"),
        ],
    );
    assert_eq!(world.item(TIN).status, Status::Active);
    // The order of preference among the destinations, and a new destination on the way.
    let mut event = object("OBSERVE", "shipping", &[TIN]);
    event["destinationList"] = json!([
        { "type": "location", "destination": did(ALICE) },
        { "type": "owning_party", "destination": did(CAROL) },
        { "type": "possessing_party", "destination": did(BOB) },
    ]);
    play(
        &mut world,
        &[
            (ALICE, event, "accepted"),
            (CAROL, receive(&[TIN]), "NotReceiver"),
            (ALICE, ship(&[TIN], &did(CAROL)), "accepted"),
            (BOB, receive(&[TIN]), "NotReceiver"),
            (CAROL, receive(&[TIN]), "accepted"),
        ],
    );
}

#[test]
fn a_shipping_is_voided_by_the_shipper_until_it_is_received() {
    let mut world = World::new();
    let void = object("OBSERVE", "void_shipping", &[TIN]);
    let void_lot = to_party(lot("OBSERVE", "void_shipping", LOT), &did(BOB));
    play(
        &mut world,
        &[
            (ALICE, object("ADD", "commissioning", &[TIN]), "accepted"),
            (ALICE, ship(&[TIN], &did(BOB)), "accepted"),
            (BOB, void.clone(), "NotCustodian"),
            (ALICE, void, "accepted"),
            (BOB, receive(&[TIN]), "NotCustodian"),
            (ALICE, lot("ADD", "commissioning", LOT), "accepted"),
            (
                ALICE,
                to_party(lot("OBSERVE", "shipping", LOT), &did(BOB)),
                "accepted",
            ),
            (BOB, void_lot.clone(), "NotHolder"),
            (ALICE, void_lot, "accepted"),
            (BOB, lot("OBSERVE", "receiving", LOT), "NotHolder"),
        ],
    );
    assert_eq!(
        (world.item(TIN).status, world.item(TIN).custodian),
        (Status::Active, ALICE)
    );
}

#[test]
fn what_has_ended_accepts_nothing_more() {
    let ends = [
        (
            object("DELETE", "decommissioning", &[TIN]),
            Status::Decommissioned,
        ),
        (object("DELETE", "destroying", &[TIN]), Status::Destroyed),
        (object("OBSERVE", "destroying", &[TIN]), Status::Destroyed),
        (object("DELETE", "other", &[TIN]), Status::Decommissioned),
        (transform(&[TIN], &[TIN_2]), Status::Consumed),
    ];
    for (mut end, status) in ends {
        if end["bizStep"] == "other" {
            end["bizStep"] = json!("https://example.com/bizstep/composting");
        }
        let mut world = World::new();
        play(
            &mut world,
            &[
                (ALICE, object("ADD", "commissioning", &[TIN]), "accepted"),
                (BOB, end.clone(), "NotCustodian"),
                (ALICE, end, "accepted"),
                (ALICE, object("OBSERVE", "inspecting", &[TIN]), "Ended"),
                (ALICE, object("ADD", "commissioning", &[TIN]), "Ended"),
                (ALICE, object("DELETE", "destroying", &[TIN]), "Ended"),
                (ALICE, ship(&[TIN], &did(BOB)), "Ended"),
                (ALICE, receive(&[TIN]), "Ended"),
                (ALICE, pack(CASE, &[TIN]), "Ended"),
                (ALICE, pack(TIN, &[CASE]), "Ended"),
                (ALICE, transform(&[TIN], &[TIN_2]), "Ended"),
            ],
        );
        assert_eq!(world.item(TIN).status, status);
    }
}

#[test]
fn goods_that_enter_mid_journey_stay_unverified() {
    let mut world = World::new();
    play(
        &mut world,
        &[
            (ALICE, object("OBSERVE", "inspecting", &[TIN]), "accepted"),
            (BOB, object("OBSERVE", "inspecting", &[TIN]), "NotCustodian"),
            (
                BOB,
                object("ADD", "commissioning", &[TIN]),
                "AlreadyCommissioned",
            ),
            (ALICE, object("ADD", "commissioning", &[TIN]), "accepted"),
        ],
    );
    let item = world.item(TIN);
    assert_eq!(
        (item.origin, item.originVerified),
        (Origin::Unverified, false)
    );
    assert_eq!((item.custodian, item.commissioner), (ALICE, Address::ZERO));
    // What is made from them is not verified either, though its own origin is known.
    world.accept(ALICE, &transform(&[TIN], &[TIN_2]));
    let made = world.item(TIN_2);
    assert_eq!(
        (made.origin, made.originVerified),
        (Origin::Transformed, false)
    );
    assert_eq!(
        super::world::error_name(&world.recall(ALICE, TIN)),
        "NotCommissioner"
    );
}

#[test]
fn a_strict_chain_refuses_goods_that_nobody_commissioned() {
    let mut world = World::new();
    world.ctx.parameters.trace_strict = true;
    play(
        &mut world,
        &[
            (
                ALICE,
                object("OBSERVE", "inspecting", &[TIN]),
                "OriginUnverified",
            ),
            (ALICE, receive(&[TIN]), "OriginUnverified"),
            (
                ALICE,
                object("DELETE", "destroying", &[TIN]),
                "OriginUnverified",
            ),
            (ALICE, lot("OBSERVE", "inspecting", LOT), "OriginUnverified"),
            (ALICE, transform(&[LOT], &[TIN]), "OriginUnverified"),
            (ALICE, lot("ADD", "commissioning", LOT), "accepted"),
            (ALICE, pack(CASE, &[TIN]), "OriginUnverified"),
            (ALICE, transform(&[LOT], &[TIN]), "accepted"),
            (ALICE, object("ADD", "commissioning", &[CASE]), "accepted"),
            (ALICE, pack(CASE, &[TIN]), "accepted"),
        ],
    );
    assert!(world.item(CASE).originVerified);
}

#[test]
fn a_document_is_captured_whole_or_not_at_all() {
    let mut world = World::new();
    world.accept(ALICE, &object("ADD", "commissioning", &[TIN]));
    let good = world.stamp(object("ADD", "commissioning", &[TIN_2]));
    let bad = world.stamp(object("ADD", "commissioning", &[TIN]));
    let document = |events: &[&Value]| {
        let events: Vec<Value> = events
            .iter()
            .map(|event| {
                let mut event = (*event).clone();
                event.as_object_mut().unwrap().remove("@context");
                event
            })
            .collect();
        json!({
            "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
            "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2026-04-01T00:00:00Z",
            "epcisBody": { "eventList": events },
        })
    };
    let before = world.ctx.slots.clone();
    let refused = world.capture_as_is(ALICE, &document(&[&good, &bad]));
    assert_eq!(super::world::error_name(&refused), "AlreadyCommissioned");
    assert_eq!(world.ctx.slots, before);
    let other = world.stamp(object("OBSERVE", "inspecting", &[TIN]));
    let logs = world.ctx.logs.len();
    world
        .capture_as_is(ALICE, &document(&[&good, &other]))
        .unwrap();
    // One document, two events, two items.
    assert_eq!(world.ctx.logs.len() - logs, 5);
    assert_eq!(world.story(TIN_2).len(), 1);
}
