use super::world::{
    ALICE, BOB, CAROL, World, aggregate, did, error_name, lot, object, receive, ship, to_party,
    transform, wrong,
};
use crate::trace::ITrace::{self, Origin, Status};
use alloy_primitives::{Address, B256, U256};
use serde_json::Value;

const TIN: &str = "urn:epc:id:sgtin:4012345.011111.1";
const TIN_2: &str = "urn:epc:id:sgtin:4012345.011111.2";
const CASE: &str = "urn:epc:id:sscc:4012345.0111111111";
const LOT: &str = "urn:epc:class:lgtin:4012345.012345.SPRING";

fn record(world: &mut World, hash: B256) -> ITrace::EventRecord {
    world.view(&ITrace::eventRecordCall { eventHash: hash })
}

/// Who submits what.
type Deed = (Address, Value);

/// Captures an event and gives it back exactly as captured.
fn keep(world: &mut World, who: Address, event: Value) -> Value {
    let event = world.stamp(event);
    world.capture_as_is(who, &event).unwrap();
    event
}

#[test]
fn a_duplicate_changes_nothing_whoever_sends_it() {
    let mut world = World::new();
    let event = keep(&mut world, ALICE, object("ADD", "commissioning", &[TIN]));
    let slots = world.ctx.slots.clone();
    for who in [ALICE, BOB] {
        let logs = world.ctx.logs.len();
        let hash = world.capture_as_is(who, &event).unwrap();
        assert_eq!(record(&mut world, hash).submitter, ALICE);
        assert_eq!(world.ctx.slots, slots);
        assert_eq!(world.ctx.logs.len(), logs + 1);
    }
}

#[test]
fn only_the_submitter_declares_an_event_wrong() {
    let mut world = World::new();
    let event = keep(&mut world, ALICE, object("ADD", "commissioning", &[TIN]));
    assert_eq!(
        error_name(&world.capture_as_is(BOB, &wrong(&event))),
        "NotSubmitter"
    );
    let hash = world.capture_as_is(ALICE, &wrong(&event)).unwrap();
    let declared = record(&mut world, hash);
    assert!(declared.erroneous && declared.takenBack && declared.declaredTime > 0);
    assert_eq!((declared.submitter, declared.sequence), (ALICE, 1));
    // The item never began: it is known by its story only, and may be commissioned by anybody.
    assert_eq!(
        (world.item(TIN).status, world.item(TIN).commissioner),
        (Status::None, Address::ZERO)
    );
    assert!(world.story(TIN)[0].erroneous);
    // Saying it again, or saying the event again, changes nothing.
    let slots = world.ctx.slots.clone();
    world.capture_as_is(ALICE, &wrong(&event)).unwrap();
    world.capture_as_is(ALICE, &event).unwrap();
    assert_eq!(world.ctx.slots, slots);
    world.accept(BOB, &object("ADD", "commissioning", &[TIN]));
    assert_eq!(world.item(TIN).commissioner, BOB);
}

#[test]
fn each_kind_of_event_is_taken_back() {
    let ended = object("DELETE", "destroying", &[TIN]);
    let begin = object("ADD", "commissioning", &[TIN, CASE]);
    let packed = aggregate("ADD", "packing", (CASE, &[TIN]));
    let unpacked = aggregate("DELETE", "unpacking", (CASE, &[TIN]));
    let mut unpacked_all = unpacked.clone();
    unpacked_all.as_object_mut().unwrap().remove("childEPCs");
    let lots = |step: &str| to_party(lot("OBSERVE", step, LOT), &did(BOB));
    let mut packed_lot = aggregate("ADD", "packing", (CASE, &[]));
    packed_lot["childQuantityList"] = lots("packing")["quantityList"].clone();
    let scenes: Vec<(Vec<Deed>, Deed)> = vec![
        (vec![(ALICE, begin.clone())], (ALICE, ended)),
        (
            vec![(ALICE, begin.clone())],
            (ALICE, ship(&[TIN], &did(BOB))),
        ),
        (
            vec![(ALICE, begin.clone()), (ALICE, ship(&[TIN], &did(CAROL)))],
            (ALICE, ship(&[TIN], &did(BOB))),
        ),
        (
            vec![(ALICE, begin.clone()), (ALICE, ship(&[TIN], &did(BOB)))],
            (BOB, receive(&[TIN])),
        ),
        (vec![(ALICE, begin.clone())], (ALICE, packed.clone())),
        (
            vec![(ALICE, begin.clone()), (ALICE, packed.clone())],
            (ALICE, unpacked),
        ),
        (
            vec![(ALICE, begin.clone()), (ALICE, packed)],
            (ALICE, unpacked_all),
        ),
        (
            vec![(ALICE, begin.clone())],
            (ALICE, transform(&[TIN], &[TIN_2])),
        ),
        (vec![(ALICE, begin)], (ALICE, transform(&[TIN], &[LOT]))),
        (
            vec![(ALICE, lot("ADD", "commissioning", LOT))],
            (ALICE, lot("DELETE", "destroying", LOT)),
        ),
        (
            vec![(ALICE, lot("ADD", "commissioning", LOT))],
            (ALICE, packed_lot),
        ),
        (
            vec![
                (ALICE, lot("ADD", "commissioning", LOT)),
                (ALICE, lots("shipping")),
            ],
            (BOB, lots("receiving")),
        ),
    ];
    for (before, (who, event)) in scenes {
        let mut world = World::new();
        for (who, event) in before {
            world.accept(who, &event);
        }
        let state = standing(&mut world);
        let event = keep(&mut world, who, event);
        assert_ne!(standing(&mut world), state, "{event}");
        let hash = world.capture_as_is(who, &wrong(&event)).unwrap();
        assert!(record(&mut world, hash).takenBack, "{event}");
        assert_eq!(standing(&mut world), state, "{event}");
    }
}

/// What is said about every item, without its story.
fn standing(world: &mut World) -> Vec<(ITrace::Item, Vec<Address>, Vec<String>)> {
    let (cursor, limit) = (U256::ZERO, U256::ZERO);
    let mut all = Vec::new();
    for id in [TIN, TIN_2, CASE, LOT] {
        let Ok(mut item) = world.try_view(&ITrace::itemCall { id: id.to_owned() }) else {
            continue;
        };
        if item.status == Status::None {
            continue;
        }
        (item.events, item.lastTime) = (0, 0);
        let holders = world.view(&ITrace::holdersCall {
            id: id.to_owned(),
            cursor,
            limit,
        });
        let contents = world.view(&ITrace::contentsCall {
            id: id.to_owned(),
            cursor,
            limit,
        });
        all.push((item, holders.accounts, contents.ids));
    }
    all
}

#[test]
fn a_lot_shipped_in_error_is_awaited_no_longer() {
    let mut world = World::new();
    let lots = |step: &str| to_party(lot("OBSERVE", step, LOT), &did(BOB));
    world.accept(ALICE, &lot("ADD", "commissioning", LOT));
    let shipped = keep(&mut world, ALICE, lots("shipping"));
    world.capture_as_is(ALICE, &wrong(&shipped)).unwrap();
    assert_eq!(world.refuse(BOB, &lots("receiving")), "NotHolder");
    world.accept(ALICE, &lots("shipping"));
    let received = keep(&mut world, BOB, lots("receiving"));
    world.capture_as_is(BOB, &wrong(&received)).unwrap();
    assert_eq!(
        world.refuse(BOB, &lot("OBSERVE", "inspecting", LOT)),
        "NotHolder"
    );
    world.accept(BOB, &lots("receiving"));
}

#[test]
fn what_happened_later_stands() {
    let mut world = World::new();
    world.accept(ALICE, &object("ADD", "commissioning", &[TIN, TIN_2]));
    let shipped = keep(&mut world, ALICE, ship(&[TIN, TIN_2], &did(BOB)));
    world.accept(BOB, &receive(&[TIN]));
    let hash = world.capture_as_is(ALICE, &wrong(&shipped)).unwrap();
    let declared = record(&mut world, hash);
    assert!(declared.erroneous && !declared.takenBack);
    // The one that was received stays with its receiver, the other one is back.
    assert_eq!(world.item(TIN).custodian, BOB);
    assert_eq!(
        (world.item(TIN_2).custodian, world.item(TIN_2).status),
        (ALICE, Status::Active)
    );
    assert_eq!(
        error_name(&world.capture(BOB, &receive(&[TIN_2]))),
        "NotCustodian"
    );
}

#[test]
fn contents_of_a_container_that_moved_on_are_not_taken_back() {
    let mut world = World::new();
    world.accept(ALICE, &object("ADD", "commissioning", &[TIN, CASE]));
    let packed = keep(
        &mut world,
        ALICE,
        aggregate("ADD", "packing", (CASE, &[TIN])),
    );
    world.accept(ALICE, &ship(&[CASE], &did(BOB)));
    world.accept(BOB, &receive(&[CASE]));
    world.capture_as_is(ALICE, &wrong(&packed)).unwrap();
    assert_eq!(world.item(TIN).custodian, BOB);
    assert!(!world.item(TIN).container.is_empty());
}

#[test]
fn events_are_taken_back_one_after_the_other() {
    let mut world = World::new();
    let events = [
        (ALICE, object("ADD", "commissioning", &[TIN])),
        (ALICE, ship(&[TIN], &did(BOB))),
        (BOB, receive(&[TIN])),
        (BOB, ship(&[TIN], &did(CAROL))),
        (CAROL, receive(&[TIN])),
        (CAROL, object("DELETE", "destroying", &[TIN])),
    ];
    let mut captured = Vec::new();
    for (who, event) in events {
        let (status, custodian) = world
            .try_view(&ITrace::itemCall { id: TIN.to_owned() })
            .map_or_else(
                |_| (Status::None, Address::ZERO),
                |item| (item.status, item.custodian),
            );
        captured.push((who, keep(&mut world, who, event), status, custodian));
    }
    for (who, event, status, custodian) in captured.into_iter().rev() {
        world.capture_as_is(who, &wrong(&event)).unwrap();
        let item = world.item(TIN);
        assert_eq!(
            (item.status, item.custodian),
            (status, custodian),
            "{event}"
        );
    }
}

#[test]
fn a_transformation_is_said_again_after_its_output_moved_on() {
    let mut world = World::new();
    world.accept(ALICE, &lot("ADD", "commissioning", LOT));
    let other = "urn:epc:class:lgtin:4012345.012345.AUTUMN";
    world.accept(ALICE, &lot("ADD", "commissioning", other));
    let made = keep(&mut world, ALICE, transform(&[LOT], &[TIN]));
    world.accept(ALICE, &ship(&[TIN], &did(BOB)));
    let corrected = transform(&[other], &[TIN]);
    assert_eq!(world.refuse(ALICE, &corrected), "AlreadyCommissioned");
    world.capture_as_is(ALICE, &wrong(&made)).unwrap();
    assert_eq!(
        world.refuse(
            BOB,
            &transform(&["urn:epc:idpat:sgtin:4012345.066666.*"], &[TIN])
        ),
        "AlreadyCommissioned"
    );
    // Nobody says where the tin comes from, and every answer shows it.
    assert!(world.ancestors(TIN).is_empty());
    let tin = world.item(TIN);
    assert_eq!(
        (tin.origin, tin.originVerified),
        (Origin::Unverified, false)
    );
    world.accept(ALICE, &corrected);
    assert!(world.item(TIN).originVerified);
    let ids: Vec<String> = world.ancestors(TIN).into_iter().map(|met| met.id).collect();
    assert_eq!(ids, ["https://id.gs1.org/01/04012345123456/10/AUTUMN"]);
    assert_eq!(world.item(TIN).origin, Origin::Transformed);
    // Said right once, it is settled.
    assert_eq!(
        world.refuse(ALICE, &transform(&[LOT], &[TIN])),
        "AlreadyCommissioned"
    );
}

#[test]
fn a_declaration_about_an_unknown_event_blocks_nobody() {
    let mut world = World::new();
    let event = world.stamp(object("ADD", "commissioning", &[TIN]));
    let hash = world.capture_as_is(BOB, &wrong(&event)).unwrap();
    assert!(record(&mut world, hash).erroneous);
    let unknown = world.try_view(&ITrace::itemCall { id: TIN.to_owned() });
    assert_eq!(error_name(&unknown), "UnknownItem");
    // Bob disowned the event, so in his name it has no effect; Alice says it with full effect.
    world.capture_as_is(BOB, &event).unwrap();
    let other = world.stamp(object("ADD", "commissioning", &[TIN_2]));
    world.capture_as_is(BOB, &wrong(&other)).unwrap();
    world.capture_as_is(ALICE, &other).unwrap();
    assert_eq!(world.item(TIN_2).commissioner, ALICE);
    let hash = world.capture_as_is(ALICE, &other).unwrap();
    let state = record(&mut world, hash);
    assert_eq!((state.submitter, state.erroneous), (ALICE, false));
}

#[test]
fn an_unknown_event_has_no_record() {
    let mut world = World::new();
    let asked = ITrace::eventRecordCall {
        eventHash: B256::repeat_byte(1),
    };
    assert_eq!(error_name(&world.try_view(&asked)), "UnknownEvent");
}
