//! What is in a container or a lot, and who has it with that.

use super::{
    custody::{CASE, LOT, TIN, TIN_2, play},
    world::{
        ALICE, BOB, CAROL, World, aggregate, did, lot, object, pack, receive, ship, to_party,
        transform, unpack,
    },
};
use crate::trace::ITrace::{self, Level, Status};
use alloy_primitives::{Address, U256};
use serde_json::{Value, json};

const PALLET: &str = "urn:epc:id:sscc:4012345.0222222222";
const KIND: &str = "urn:epc:idpat:sgtin:4012345.066666.*";

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
