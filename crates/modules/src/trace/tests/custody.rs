use super::world::{
    ALICE, BOB, CAROL, World, aggregate, did, lot, object, pack, receive, ship, to_party,
    transform, unpack,
};
use crate::trace::ITrace::{self, Level, Origin, Status};
use alloy_primitives::{Address, U256};
use serde_json::{Value, json};

const TIN: &str = "urn:epc:id:sgtin:4012345.011111.1";
const TIN_LINK: &str = "https://id.gs1.org/01/04012345111118/21/1";
const TIN_2: &str = "urn:epc:id:sgtin:4012345.011111.2";
const CASE: &str = "urn:epc:id:sscc:4012345.0111111111";
const PALLET: &str = "urn:epc:id:sscc:4012345.0222222222";
const LOT: &str = "urn:epc:class:lgtin:4012345.012345.SPRING";
const KIND: &str = "urn:epc:idpat:sgtin:4012345.066666.*";

/// Runs a scene: who submits what, and the name of the error or `accepted`.
fn play(world: &mut World, scene: &[(Address, Value, &str)]) {
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

/// Two tins in a case on a pallet, all of them Alice's.
fn packed() -> World {
    let mut world = World::new();
    let begin = object("ADD", "commissioning", &[TIN, TIN_2, CASE, PALLET]);
    play(
        &mut world,
        &[
            (ALICE, begin, "accepted"),
            (BOB, pack(CASE, &[TIN]), "NotCustodian"),
            (ALICE, pack(CASE, &[TIN, TIN_2]), "accepted"),
            (ALICE, pack(PALLET, &[CASE]), "accepted"),
        ],
    );
    world
}

#[test]
fn contents_never_move_alone() {
    let mut world = packed();
    let end_pallet = object("DELETE", "decommissioning", &[PALLET]);
    play(
        &mut world,
        &[
            (ALICE, ship(&[TIN], &did(BOB)), "Aggregated"),
            (ALICE, ship(&[CASE], &did(BOB)), "Aggregated"),
            (ALICE, receive(&[CASE]), "Aggregated"),
            (ALICE, object("DELETE", "destroying", &[TIN]), "Aggregated"),
            (ALICE, transform(&[TIN], &[TIN_2]), "Aggregated"),
            (ALICE, pack(PALLET, &[TIN]), "Aggregated"),
            (ALICE, unpack(PALLET, &[TIN]), "NotInside"),
            (ALICE, pack(CASE, &[PALLET]), "ContainerDepth"),
            (ALICE, pack(CASE, &[CASE]), "Aggregated"),
            (ALICE, pack(PALLET, &[PALLET]), "ContainerDepth"),
            (ALICE, end_pallet, "NotEmpty"),
            (ALICE, object("OBSERVE", "inspecting", &[TIN]), "accepted"),
        ],
    );
}

#[test]
fn contents_move_with_their_container() {
    let mut world = packed();
    let inspect = |tin| object("OBSERVE", "inspecting", &[tin]);
    world.accept(ALICE, &ship(&[PALLET, TIN], &did(BOB)));
    let tin = world.item(TIN);
    assert_eq!((tin.status, tin.custodian), (Status::InTransit, ALICE));
    assert_eq!(tin.container, "https://id.gs1.org/00/040123451111111110");
    play(
        &mut world,
        &[
            (BOB, receive(&[TIN]), "Aggregated"),
            (BOB, receive(&[TIN, PALLET]), "accepted"),
            (ALICE, inspect(TIN), "NotCustodian"),
            (ALICE, unpack(CASE, &[TIN]), "NotCustodian"),
            (BOB, inspect(TIN_2), "accepted"),
            (BOB, unpack(CASE, &[TIN]), "accepted"),
            (BOB, ship(&[TIN], &did(CAROL)), "accepted"),
            (CAROL, receive(&[TIN]), "accepted"),
        ],
    );
    let (tin, other) = (world.item(TIN), world.item(TIN_2));
    assert_eq!((tin.custodian, other.custodian), (CAROL, BOB));
    assert_eq!(tin.container, "");
    // Without children, DELETE takes everything out.
    let mut empty = unpack(PALLET, &[]);
    empty.as_object_mut().unwrap().remove("childEPCs");
    world.accept(BOB, &empty);
    assert!(world.contents(PALLET).is_empty());
    world.accept(BOB, &object("DELETE", "decommissioning", &[PALLET]));
    assert_eq!(world.item(CASE).custodian, BOB);
}

#[test]
fn an_aggregation_may_receive_and_ship_at_once() {
    let mut world = World::new();
    play(
        &mut world,
        &[
            (
                ALICE,
                object("ADD", "commissioning", &[TIN, TIN_2, CASE]),
                "accepted",
            ),
            (ALICE, ship(&[TIN_2], &did(BOB)), "accepted"),
            (
                ALICE,
                to_party(aggregate("ADD", "shipping", (CASE, &[TIN])), &did(BOB)),
                "accepted",
            ),
            (
                CAROL,
                aggregate("OBSERVE", "receiving", (CASE, &[TIN])),
                "NotReceiver",
            ),
            // The second tin came beside the case, and is seen in it on arrival.
            (
                BOB,
                aggregate("OBSERVE", "receiving", (CASE, &[TIN, TIN_2])),
                "accepted",
            ),
        ],
    );
    for id in [TIN, TIN_2, CASE] {
        assert_eq!(
            (world.item(id).custodian, world.item(id).status),
            (BOB, Status::Active)
        );
    }
    assert!(
        world
            .item(TIN_2)
            .container
            .ends_with("/00/040123451111111110")
    );
    // Received and unpacked in one event.
    play(
        &mut world,
        &[
            (BOB, ship(&[CASE], &did(CAROL)), "accepted"),
            (
                CAROL,
                aggregate("DELETE", "receiving", (CASE, &[TIN, TIN_2])),
                "accepted",
            ),
        ],
    );
    assert_eq!(
        (
            world.item(TIN).custodian,
            world.item(TIN).container.as_str()
        ),
        (CAROL, "")
    );
}

#[test]
fn a_place_or_a_lot_is_no_container() {
    let mut world = World::new();
    let shelf = "urn:epc:id:sgln:4012345.00002.12";
    let mut event = aggregate("ADD", "installing", (shelf, &[TIN]));
    event["type"] = json!("AssociationEvent");
    play(
        &mut world,
        &[
            (ALICE, event, "accepted"),
            (ALICE, ship(&[TIN], &did(BOB)), "accepted"),
        ],
    );
    assert_eq!(
        super::world::error_name(&world.try_view(&ITrace::itemCall {
            id: shelf.to_owned()
        })),
        "UnknownItem"
    );
}

#[test]
fn a_lot_has_several_holders() {
    let mut world = World::new();
    let ship_lot = |to| to_party(lot("OBSERVE", "shipping", LOT), &did(to));
    play(
        &mut world,
        &[
            (ALICE, lot("ADD", "commissioning", LOT), "accepted"),
            (BOB, lot("ADD", "commissioning", LOT), "AlreadyCommissioned"),
            (BOB, lot("OBSERVE", "inspecting", LOT), "NotHolder"),
            (BOB, lot("OBSERVE", "receiving", LOT), "NotHolder"),
            (BOB, lot("DELETE", "destroying", LOT), "NotHolder"),
            (BOB, transform(&[LOT], &[TIN]), "NotHolder"),
            (ALICE, ship_lot(BOB), "accepted"),
            (CAROL, lot("OBSERVE", "receiving", LOT), "NotHolder"),
            (BOB, lot("OBSERVE", "receiving", LOT), "accepted"),
            (ALICE, lot("ADD", "commissioning", LOT), "accepted"),
            (ALICE, lot("OBSERVE", "inspecting", LOT), "accepted"),
            (BOB, transform(&[LOT], &[TIN]), "accepted"),
            // One shipment lets the party receive once.
            (BOB, ship_lot(CAROL), "accepted"),
            (CAROL, lot("OBSERVE", "receiving", LOT), "accepted"),
        ],
    );
    let item = world.item(LOT);
    assert_eq!(
        (item.level, item.custodian, item.commissioner),
        (Level::Lot, Address::ZERO, ALICE)
    );
    let holders = ITrace::holdersCall {
        id: LOT.to_owned(),
        cursor: U256::ZERO,
        limit: U256::from(2),
    };
    let page = world.view(&holders);
    assert_eq!(
        (page.accounts, page.next),
        (vec![BOB, ALICE], U256::from(2))
    );
    let page = world.view(&ITrace::holdersCall {
        cursor: page.next,
        ..holders
    });
    assert_eq!((page.accounts, page.next), (vec![CAROL], U256::ZERO));
}

#[test]
fn who_has_given_away_all_of_a_lot_holds_it_no_more() {
    let mut world = World::new();
    let event = |step: &str, kilograms: &str| {
        let quantity = json!([{ "epcClass": LOT, "quantity": kilograms, "uom": "KGM" }]);
        let action = if step == "commissioning" {
            "ADD"
        } else {
            "OBSERVE"
        };
        let event = json!({
            "type": "ObjectEvent", "action": action, "bizStep": step, "quantityList": quantity,
        });
        // The parser wants a JSON number; the text of the document keeps its digits.
        serde_json::from_str::<Value>(
            &event
                .to_string()
                .replace(&format!("\"{kilograms}\""), kilograms),
        )
        .unwrap()
    };
    let to_bob = |kilograms: &str| to_party(event("shipping", kilograms), &did(BOB));
    let used = |kilograms: &str| {
        let mut used = transform(&[LOT], &[TIN]);
        used["inputQuantityList"] = event("x", kilograms)["quantityList"].clone();
        used
    };
    play(
        &mut world,
        &[
            (ALICE, event("commissioning", "42.5"), "accepted"),
            (ALICE, to_bob("40"), "accepted"),
            (BOB, event("receiving", "40"), "accepted"),
            // Two and a half kilograms are left.
            (ALICE, event("inspecting", "1"), "accepted"),
            (ALICE, to_bob("2.25"), "accepted"),
            (ALICE, to_bob("0.25"), "accepted"),
            (ALICE, event("inspecting", "1"), "accepted"),
            (BOB, event("receiving", "2.5"), "accepted"),
            (ALICE, event("inspecting", "1"), "NotHolder"),
            (ALICE, to_bob("1"), "NotHolder"),
            (ALICE, used("1"), "NotHolder"),
            // The commissioner may still make more of it.
            (ALICE, event("commissioning", "0.000000001"), "accepted"),
            (ALICE, event("inspecting", "1"), "accepted"),
            // Bob uses up all that he has, and a little of what the scales gave him.
            (BOB, used("43.1"), "accepted"),
            (BOB, event("inspecting", "1"), "NotHolder"),
        ],
    );
    assert_eq!(world.item(TIN).commissioner, BOB);
}

#[test]
fn a_holding_that_cannot_be_counted_does_not_end() {
    let grams = |event: Value| {
        let mut event = event;
        event["quantityList"][0]["uom"] = json!("GRM");
        event
    };
    let no_quantity = |event: Value| {
        let mut event = event;
        event["quantityList"] = json!([{ "epcClass": LOT }]);
        event
    };
    let begin = lot("ADD", "commissioning", LOT);
    let away = to_party(lot("OBSERVE", "shipping", LOT), &did(BOB));
    for (begin, away) in [
        (lot("OBSERVE", "inspecting", LOT), away.clone()),
        (no_quantity(begin.clone()), away.clone()),
        (begin.clone(), no_quantity(away.clone())),
        (begin, grams(away)),
    ] {
        let mut world = World::new();
        play(
            &mut world,
            &[
                (ALICE, begin, "accepted"),
                (ALICE, away, "accepted"),
                (BOB, lot("OBSERVE", "receiving", LOT), "accepted"),
                (ALICE, lot("OBSERVE", "inspecting", LOT), "accepted"),
            ],
        );
    }
}

#[test]
fn who_has_the_container_holds_the_lot_in_it() {
    let mut world = World::new();
    let with_lot = |action: &str, step: &str| {
        let mut event = aggregate(action, step, (CASE, &[]));
        event["childQuantityList"] = json!([{ "epcClass": LOT, "quantity": 3, "uom": "KGM" }]);
        event
    };
    play(
        &mut world,
        &[
            (ALICE, lot("ADD", "commissioning", LOT), "accepted"),
            (ALICE, with_lot("ADD", "packing"), "accepted"),
            (
                ALICE,
                object("DELETE", "decommissioning", &[CASE]),
                "NotEmpty",
            ),
            (ALICE, ship(&[CASE], &did(BOB)), "accepted"),
            (BOB, lot("OBSERVE", "inspecting", LOT), "NotHolder"),
            (BOB, receive(&[CASE]), "accepted"),
            (BOB, lot("OBSERVE", "inspecting", LOT), "accepted"),
            (BOB, with_lot("DELETE", "unpacking"), "accepted"),
            (BOB, ship(&[CASE], &did(CAROL)), "accepted"),
            (CAROL, receive(&[CASE]), "accepted"),
            (CAROL, lot("OBSERVE", "inspecting", LOT), "NotHolder"),
            (BOB, transform(&[LOT], &[TIN]), "accepted"),
        ],
    );
}

#[test]
fn anybody_speaks_about_a_kind() {
    let mut world = World::new();
    play(
        &mut world,
        &[
            (ALICE, lot("OBSERVE", "inspecting", KIND), "accepted"),
            (BOB, lot("OBSERVE", "shipping", KIND), "accepted"),
            (BOB, transform(&[KIND], &[TIN]), "accepted"),
        ],
    );
    assert_eq!(
        (world.item(KIND).level, world.item(KIND).originVerified),
        (Level::Kind, false)
    );
    assert!(!world.item(TIN).originVerified);
    assert_eq!(
        super::world::error_name(&world.recall(ALICE, KIND)),
        "NotCommissioner"
    );
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
