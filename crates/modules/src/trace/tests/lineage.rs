use super::world::{
    ALICE, BOB, CAROL, World, aggregate, did, error_name, lot, object, receive, ship, transform,
};
use crate::trace::ITrace::{self, Relation};
use alloy_primitives::U256;
use serde_json::json;

const LEAVES: &str = "urn:epc:class:lgtin:4012345.011111.HARVEST";
const ROASTED: &str = "urn:epc:class:lgtin:4012345.022222.ROAST";
const TIN: &str = "urn:epc:id:sgtin:4012345.033333.1";
const TIN_2: &str = "urn:epc:id:sgtin:4012345.033333.2";
const CASE: &str = "urn:epc:id:sscc:4012345.0111111111";
const PALLET: &str = "urn:epc:id:sscc:4012345.0222222222";

/// Leaves become roasted tea, which becomes two tins; one tin goes into a case on a pallet.
fn tea() -> World {
    let mut world = World::new();
    world.accept(ALICE, &lot("ADD", "commissioning", LEAVES));
    world.accept(ALICE, &transform(&[LEAVES], &[ROASTED]));
    world.accept(ALICE, &transform(&[ROASTED], &[TIN, TIN_2]));
    world.accept(ALICE, &object("ADD", "commissioning", &[CASE, PALLET]));
    world.accept(ALICE, &aggregate("ADD", "packing", (CASE, &[TIN])));
    world.accept(ALICE, &aggregate("ADD", "packing", (PALLET, &[CASE])));
    world
}

fn ids(relatives: &[ITrace::Relative]) -> Vec<(&str, u32)> {
    let tail = |id: &'_ str| {
        id.find("/10/")
            .or(id.find("/21/"))
            .or(id.find("/00/"))
            .unwrap()
    };
    relatives
        .iter()
        .map(|met| (&met.id[tail(&met.id)..], met.distance))
        .collect()
}

#[test]
fn lineage_goes_through_transformations_and_containers() {
    let mut world = tea();
    let down = world.descendants(LEAVES);
    assert_eq!(
        ids(&down),
        [
            ("/10/ROAST", 1),
            ("/21/1", 2),
            ("/21/2", 2),
            ("/00/040123451111111110", 3),
            ("/00/040123452222222221", 4),
        ]
    );
    let relations: Vec<Relation> = down.iter().map(|met| met.relation).collect();
    let (made, packed) = (Relation::Transformation, Relation::Aggregation);
    assert_eq!(relations, [made, made, made, packed, packed]);
    assert_eq!(
        ids(&world.ancestors(TIN_2)),
        [("/10/ROAST", 1), ("/10/HARVEST", 2)]
    );
    let up = [
        ("/00/040123451111111110", 1),
        ("/21/1", 2),
        ("/10/ROAST", 3),
        ("/10/HARVEST", 4),
    ];
    assert_eq!(ids(&world.ancestors(PALLET)), up);
    assert!(world.ancestors(LEAVES).is_empty() && world.descendants(PALLET).is_empty());
    // After unpacking the relation is history, and is still told.
    world.accept(ALICE, &aggregate("DELETE", "unpacking", (CASE, &[TIN])));
    assert_eq!(ids(&world.ancestors(PALLET)), up);
    let case = &world.descendants(TIN)[0];
    assert!(!case.current && world.descendants(CASE)[0].current);
}

#[test]
fn lineage_comes_in_pages() {
    let mut world = tea();
    let all = world.descendants(LEAVES);
    let (mut cursor, mut pages) = (U256::ZERO, Vec::new());
    loop {
        let limit = U256::from(2);
        let call = ITrace::descendantsCall {
            id: LEAVES.to_owned(),
            cursor,
            limit,
        };
        let page = world.view(&call);
        assert!(page.complete && page.relatives.len() <= 2);
        pages.extend(page.relatives);
        cursor = page.next;
        if cursor.is_zero() {
            break;
        }
    }
    assert_eq!(pages, all);
    let call = ITrace::descendantsCall {
        id: LEAVES.to_owned(),
        cursor: U256::MAX,
        limit: U256::MAX,
    };
    assert!(world.view(&call).relatives.is_empty());
}

#[test]
fn events_with_one_transformation_id_are_one_transformation() {
    let mut world = World::new();
    world.accept(ALICE, &lot("ADD", "commissioning", LEAVES));
    let mut input = transform(&[LEAVES], &[]);
    let mut output = transform(&[], &[TIN]);
    for event in [&mut input, &mut output] {
        event["transformationID"] = json!("urn:epc:id:gdti:4012345.55555.7");
    }
    world.accept(ALICE, &output);
    assert!(world.ancestors(TIN).is_empty());
    world.accept(ALICE, &input);
    assert_eq!(ids(&world.ancestors(TIN)), [("/10/HARVEST", 1)]);
    let mut foreign = transform(&[], &[TIN_2]);
    foreign["transformationID"] = input["transformationID"].clone();
    assert_eq!(world.refuse(BOB, &foreign), "NotTransformer");
}

#[test]
fn a_recall_reaches_every_descendant() {
    let mut world = tea();
    assert_eq!(error_name(&world.recall(BOB, LEAVES)), "NotCommissioner");
    assert_eq!(
        error_name(&world.recall(ALICE, "urn:epc:id:sgtin:4012345.033333.9")),
        "UnknownItem"
    );
    let no_reason = ITrace::recallCall {
        id: LEAVES.to_owned(),
        reason: " ".to_owned(),
    };
    assert_eq!(error_name(&world.send(ALICE, &no_reason)), "ReasonMissing");
    world.recall(ALICE, LEAVES).unwrap();
    assert_eq!(error_name(&world.recall(ALICE, LEAVES)), "AlreadyRecalled");
    for id in [LEAVES, ROASTED, TIN, TIN_2, CASE, PALLET] {
        let item = world.item(id);
        assert!(
            item.recalled && item.recalledId.ends_with("/10/HARVEST"),
            "{id}"
        );
        assert_eq!(item.recallReason, "pesticide above the limit");
    }
    // What is made of it later is reached too; what held it only for a while is not.
    let later = "urn:epc:id:sgtin:4012345.033333.3";
    world.accept(ALICE, &transform(&[ROASTED], &[later]));
    assert!(world.item(later).recalled);
    world.accept(ALICE, &aggregate("DELETE", "unpacking", (CASE, &[TIN])));
    assert!(world.item(TIN).recalled && !world.item(CASE).recalled && !world.item(PALLET).recalled);
    // A recall stays through custody: the receiver sees it.
    world.accept(ALICE, &ship(&[TIN], &did(BOB)));
    world.accept(BOB, &receive(&[TIN]));
    assert!(world.item(TIN).recalled);
}

#[test]
fn a_recalled_container_reaches_what_is_in_it_and_what_was() {
    let mut world = tea();
    world.recall(ALICE, PALLET).unwrap();
    for (id, recalled) in [
        (PALLET, true),
        (CASE, true),
        (TIN, true),
        (TIN_2, false),
        (ROASTED, false),
    ] {
        assert_eq!(world.item(id).recalled, recalled, "{id}");
    }
    world.accept(ALICE, &aggregate("DELETE", "unpacking", (CASE, &[TIN])));
    world.accept(ALICE, &aggregate("DELETE", "unpacking", (PALLET, &[CASE])));
    let (cursor, limit) = (U256::ZERO, U256::ZERO);
    let recalls = world.view(&ITrace::recallsCall {
        id: TIN.to_owned(),
        cursor,
        limit,
    });
    assert_eq!(recalls.list.len(), 1);
    assert!(recalls.list[0].via.ends_with("/00/040123452222222221"));
    assert!(world.item(CASE).recalled);
}

#[test]
fn several_recalls_are_listed_nearest_first() {
    let mut world = tea();
    world.recall(ALICE, LEAVES).unwrap();
    world.recall(ALICE, TIN).unwrap();
    world.recall(ALICE, CASE).unwrap();
    let (cursor, limit) = (U256::ZERO, U256::ZERO);
    let recalls = world
        .view(&ITrace::recallsCall {
            id: TIN.to_owned(),
            cursor,
            limit,
        })
        .list;
    let ids: Vec<&str> = recalls.iter().map(|recall| &recall.id[19..]).collect();
    assert_eq!(
        ids,
        [
            "01/04012345333336/21/1",
            "00/040123451111111110",
            "01/04012345111118/10/HARVEST",
        ]
    );
}

#[test]
fn a_story_includes_the_containers_while_the_item_was_inside() {
    let mut world = tea();
    world.accept(ALICE, &ship(&[PALLET], &did(BOB)));
    world.accept(BOB, &receive(&[PALLET]));
    world.accept(BOB, &object("OBSERVE", "inspecting", &[TIN]));
    world.accept(BOB, &aggregate("DELETE", "unpacking", (PALLET, &[CASE])));
    world.accept(BOB, &aggregate("DELETE", "unpacking", (CASE, &[TIN])));
    world.accept(BOB, &ship(&[PALLET], &did(CAROL)));
    world.accept(BOB, &object("OBSERVE", "retail_selling", &[TIN]));
    let story = world.story(TIN);
    let told: Vec<(u64, &str)> = story
        .iter()
        .map(|step| (step.sequence, &step.item[19..22]))
        .collect();
    // Made (3), packed (5), the case on the pallet (6), shipped (7), received (8), inspected (9),
    // the case unpacked (10), unpacked (11), sold (13); not the pallet's later way (12).
    assert_eq!(
        told,
        [
            (3, "01/"),
            (5, "01/"),
            (6, "00/"),
            (7, "00/"),
            (8, "00/"),
            (9, "01/"),
            (10, "00/"),
            (11, "01/"),
            (13, "01/"),
        ]
    );
    assert_eq!(world.story_in_pages(TIN, 2), story);
    assert_eq!(story[3].submitter, ALICE);
    assert_eq!(story[4].submitter, BOB);
    assert!(
        story
            .windows(2)
            .all(|pair| pair[0].time < pair[1].time && pair[0].height < pair[1].height)
    );
}

#[test]
fn a_walk_that_is_cut_says_so() {
    let mut world = World::new();
    let tins: Vec<String> = (0..4_200)
        .map(|serial| format!("urn:epc:id:sgtin:4012345.033333.{serial}"))
        .collect();
    let tins: Vec<&str> = tins.iter().map(String::as_str).collect();
    world.accept(ALICE, &lot("ADD", "commissioning", LEAVES));
    world.ctx.gas_limit = u64::MAX;
    world.accept(ALICE, &transform(&[LEAVES], &tins));
    let (cursor, limit) = (U256::from(4_000), U256::ZERO);
    let page = world.view(&ITrace::descendantsCall {
        id: LEAVES.to_owned(),
        cursor,
        limit,
    });
    assert!(!page.complete);
    assert_eq!((page.relatives.len(), page.next), (96, U256::ZERO));
}
