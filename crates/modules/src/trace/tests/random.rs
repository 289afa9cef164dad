//! Random events by four accounts about a handful of goods: whatever is accepted or refused, the
//! books stay in order. In some worlds two of the accounts share an organisation, and a third one
//! founds its own when it has goods already.

use super::world::{
    ALICE, ANNA, BOB, CAROL, World, aggregate, did, error_name, lot, module, object, receive, ship,
    to_party, transform, wrong,
};
use crate::{
    Halt,
    identity::{self, organisation_address},
    trace::ITrace::{self, Level, Status},
};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolInterface as _;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const INSTANCES: [&str; 5] = [
    "urn:epc:id:sgtin:4012345.011111.1",
    "urn:epc:id:sgtin:4012345.011111.2",
    "urn:epc:id:sgtin:4012345.011111.3",
    "urn:epc:id:sscc:4012345.0111111111",
    "urn:epc:id:sscc:4012345.0222222222",
];
const LOTS: [&str; 2] = [
    "urn:epc:class:lgtin:4012345.012345.SPRING",
    "urn:epc:class:lgtin:4012345.012345.AUTUMN",
];
const ACCOUNTS: [Address; 4] = [ALICE, ANNA, BOB, CAROL];
/// The organisation of Alice and Anna, and that of Bob.
const FARM: Address = organisation_address(1);
const SHOP: Address = organisation_address(2);
/// Whom a shipping names.
const PARTIES: [Address; 6] = [ALICE, ANNA, BOB, CAROL, FARM, SHOP];

/// One thing that somebody does.
#[derive(Clone, Debug)]
struct Deed {
    who: usize,
    /// Whether `who` gives way to the account that is likely to be allowed.
    is_right: bool,
    kind: u8,
    one: usize,
    other: usize,
    flag: bool,
}

fn deed() -> impl Strategy<Value = Deed> {
    let is_right = prop::bool::weighted(0.8);
    (
        0..4_usize,
        is_right,
        0..16_u8,
        0..5_usize,
        0..6_usize,
        any::<bool>(),
    )
        .prop_map(|(who, is_right, kind, one, other, flag)| Deed {
            who,
            is_right,
            kind,
            one,
            other,
            flag,
        })
}

/// One of four worlds to begin with.
fn begin(is_warm: bool, is_organised: bool) -> World {
    let mut world = match is_organised {
        true => World::with_organisation(&[ALICE, ANNA]),
        false => World::new(),
    };
    if is_warm {
        ship_case(&mut world);
    }
    if is_organised {
        world.found("Shop", BOB);
    }
    world
}

fn shipped_case() -> World {
    begin(true, false)
}

/// Two tins are in a case that has just arrived: a state that chance rarely finds.
fn ship_case(world: &mut World) {
    let (case, tins) = (INSTANCES[3], &INSTANCES[..2]);
    world.accept(ALICE, &object("ADD", "commissioning", &INSTANCES));
    world.accept(ALICE, &aggregate("ADD", "packing", (case, tins)));
    world.accept(ALICE, &ship(&[case], &did(BOB)));
    world.accept(BOB, &receive(&[case]));
}

/// Somebody who acts for a party.
fn speaker(party: Address, is_first: bool) -> Address {
    match party {
        FARM if is_first => ALICE,
        FARM => ANNA,
        SHOP => BOB,
        account => account,
    }
}

/// Who does it.
fn actor(world: &mut World, deed: &Deed) -> Address {
    let item = look(world, INSTANCES[deed.one]).filter(|_| deed.is_right);
    match item {
        Some(item) if deed.kind >= 14 && item.receiverAccount != Address::ZERO => {
            speaker(item.receiverAccount, deed.flag)
        }
        Some(item) => speaker(item.custodian, deed.flag),
        None => ACCOUNTS[deed.who],
    }
}

fn event(deed: &Deed) -> Value {
    let (one, other) = (INSTANCES[deed.one], INSTANCES[deed.other % 5]);
    let class = LOTS[deed.one % 2];
    let to = did(PARTIES[deed.other]);
    match deed.kind {
        0 | 1 => object("ADD", "commissioning", &[one, other]),
        2 if deed.flag => object("OBSERVE", "void_shipping", &[one]),
        2 => object("OBSERVE", "inspecting", &[one, other]),
        3 => ship(&[one], &to),
        4 => receive(&[one, other]),
        14 | 15 => receive(&[one]),
        5 => object("DELETE", "destroying", &[one]),
        6 | 7 => aggregate(
            "ADD",
            if deed.flag { "packing" } else { "receiving" },
            (one, &[other]),
        ),
        8 => aggregate("DELETE", "unpacking", (one, &[other])),
        9 => {
            let mut all = aggregate("DELETE", "unpacking", (one, &[]));
            all.as_object_mut().unwrap().remove("childEPCs");
            all
        }
        10 => transform(&[if deed.flag { class } else { one }], &[other]),
        11 => lot("ADD", "commissioning", class),
        12 if deed.flag => to_party(lot("OBSERVE", "shipping", class), &to),
        12 => lot("OBSERVE", "receiving", class),
        _ => {
            let mut event = aggregate("ADD", "packing", (one, &[]));
            event["childQuantityList"] = json!([{ "epcClass": class, "quantity": 1 }]);
            event
        }
    }
}

/// What the views say about an instance, or `None` before it is known.
fn look(world: &mut World, id: &str) -> Option<ITrace::Item> {
    let item = world.try_view(&ITrace::itemCall { id: id.to_owned() });
    match item {
        Ok(item) => Some(item).filter(|item| item.status != Status::None),
        Err(_) => {
            assert_eq!(error_name(&item), "UnknownItem");
            None
        }
    }
}

fn look_at_all(world: &mut World) -> BTreeMap<String, ITrace::Item> {
    INSTANCES
        .iter()
        .filter_map(|id| look(world, id))
        .map(|item| (item.id.clone(), item))
        .collect()
}

fn has_ended(item: &ITrace::Item) -> bool {
    matches!(
        item.status,
        Status::Consumed | Status::Decommissioned | Status::Destroyed
    )
}

/// What must hold between any two calls.
fn check_books(world: &mut World, items: &BTreeMap<String, ITrace::Item>) {
    for item in items.values() {
        check_item(world, items, item);
        // Every relative of mine knows me as its relative the other way round.
        for met in world.ancestors(&item.id) {
            let back = world.descendants(&met.id);
            let knows = back.iter().any(|other| other.id == item.id);
            assert!(knows, "{} forgot {}", met.id, item.id);
        }
        let story = world.story(&item.id);
        assert!(
            story
                .windows(2)
                .all(|pair| pair[0].sequence < pair[1].sequence)
        );
    }
    for accounts in held(world) {
        assert!(
            accounts.windows(2).all(|pair| pair[0] < pair[1]),
            "a holder is listed once"
        );
    }
}

fn check_item(world: &mut World, items: &BTreeMap<String, ITrace::Item>, item: &ITrace::Item) {
    assert_eq!(item.level, Level::Instance);
    assert!(
        PARTIES.contains(&item.custodian),
        "{} has exactly one custodian",
        item.id
    );
    assert!(item.complete);
    let contents = world.contents(&item.id);
    for content in contents.iter().filter_map(|content| items.get(content)) {
        assert_eq!(content.container, item.id);
        assert_eq!(
            content.custodian, item.custodian,
            "content follows its container"
        );
    }
    if has_ended(item) {
        assert!(
            contents.is_empty() && item.container.is_empty(),
            "{} ended full",
            item.id
        );
    }
    if !item.container.is_empty() {
        let inside = world.contents(&item.container);
        assert_eq!(inside.iter().filter(|other| **other == item.id).count(), 1);
    }
}

/// What an event of somebody may change: ended goods never, the goods of others only by receiving.
fn check_change(
    (who, actor): (Address, Address),
    before: &BTreeMap<String, ITrace::Item>,
    after: &BTreeMap<String, ITrace::Item>,
) {
    for (id, old) in before {
        let new = &after[id];
        if has_ended(old) {
            let mut same = new.clone();
            // Descendants may be recalled or joined, the thing itself stays as it was.
            (same.recalled, same.originVerified) = (old.recalled, old.originVerified);
            assert_eq!(&same, old, "{id} had ended");
        }
        if old.custodian != new.custodian {
            assert_eq!(
                new.custodian, actor,
                "{id} went to somebody who did not ask"
            );
            assert_eq!(old.status, Status::InTransit, "{id} was not on its way");
            assert!(
                [who, actor].contains(&old.receiverAccount),
                "{id} was on its way to somebody else"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn the_books_stay_in_order(
        deeds in prop::collection::vec(deed(), 1..50),
        is_warm in any::<bool>(),
        is_organised in any::<bool>(),
    ) {
        let mut world = begin(is_warm, is_organised);
        let mut before = look_at_all(&mut world);
        for deed in &deeds {
            let who = actor(&mut world, deed);
            let (slots, logs) = (world.ctx.slots.clone(), world.ctx.logs.len());
            let result = world.capture(who, &event(deed));
            if let Err(halt) = &result {
                prop_assert!(matches!(halt, Halt::Revert(_)), "{halt:?}");
                prop_assert_eq!(&world.ctx.slots, &slots);
                prop_assert_eq!(world.ctx.logs.len(), logs);
                continue;
            }
            let after = look_at_all(&mut world);
            check_books(&mut world, &after);
            let acted_for = identity::actor(&mut world.ctx, who).unwrap();
            check_change((who, acted_for), &before, &after);
            before = after;
        }
    }

    #[test]
    fn what_is_taken_back_at_once_leaves_the_books_as_they_were(
        deeds in prop::collection::vec(deed(), 1..30),
        is_warm in any::<bool>(),
        is_organised in any::<bool>(),
    ) {
        let mut world = begin(is_warm, is_organised);
        for deed in &deeds {
            let who = actor(&mut world, deed);
            let before = (plain(look_at_all(&mut world)), held(&mut world));
            let event = world.stamp(event(deed));
            if world.capture_as_is(who, &event).is_err() {
                continue;
            }
            let ctx = world.ctx.clone();
            // An organisation's event is corrected by any account that acts for it.
            let acted_for = identity::actor(&mut world.ctx, who).unwrap();
            let corrector = speaker(acted_for, !deed.flag);
            world.capture_as_is(corrector, &wrong(&event)).unwrap();
            let after = look_at_all(&mut world);
            check_books(&mut world, &after);
            prop_assert_eq!((plain(after), held(&mut world)), before, "{:?}", deed);
            // The next deed follows the event, not its correction.
            world.ctx = ctx;
        }
    }
}

/// Who holds each lot, in the order of the accounts.
fn held(world: &mut World) -> Vec<Vec<Address>> {
    let (cursor, limit) = (U256::ZERO, U256::ZERO);
    let holders = |class: &&str| {
        let call = ITrace::holdersCall {
            id: (*class).to_owned(),
            cursor,
            limit,
        };
        let mut accounts = world
            .try_view(&call)
            .map_or_else(|_| Vec::new(), |page| page.accounts);
        accounts.sort();
        accounts
    };
    LOTS.iter().map(holders).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_input_is_fatal(
        operation in 0..14_usize,
        words in prop::collection::vec(prop_oneof![
            Just(U256::ZERO), Just(U256::from(32)), Just(U256::from(64)), Just(U256::from(96)),
            Just(U256::MAX), any::<u64>().prop_map(U256::from),
            any::<[u8; 32]>().prop_map(U256::from_be_bytes),
        ], 0..12),
        cut in 0..32_usize,
    ) {
        let mut world = shipped_case();
        let selectors: Vec<[u8; 4]> = ITrace::ITraceCalls::selectors().collect();
        let mut input = selectors[operation % selectors.len()].to_vec();
        for word in words {
            input.extend_from_slice(&word.to_be_bytes::<32>());
        }
        input.truncate(input.len().saturating_sub(cut));
        let result = world.ctx.call(module(), &input);
        prop_assert!(!matches!(result, Err(Halt::Fatal(_))), "{result:?}");
    }
}

/// The items without their stories, which a correction makes longer.
fn plain(items: BTreeMap<String, ITrace::Item>) -> Vec<ITrace::Item> {
    items
        .into_values()
        .map(|item| ITrace::Item {
            events: 0,
            lastTime: 0,
            firstTime: 0,
            ..item
        })
        .collect()
}
