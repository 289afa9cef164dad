//! Custody of organisations: what their accounts share, and what they do not.

use super::world::{
    ALICE, ANNA, BOB, CAROL, World, aggregate, did, error_name, lot, object, pack, party_of,
    receive, ship, to_party, transform, unpack, wrong,
};
use crate::{
    identity::{self, IIdentity, organisation_address},
    trace::ITrace::{self, Status},
};
use alloy_primitives::{Address, U256};
use serde_json::json;

const TIN: &str = "urn:epc:id:sgtin:4012345.011111.1";
const TIN_2: &str = "urn:epc:id:sgtin:4012345.011111.2";
const CASE: &str = "urn:epc:id:sscc:4012345.0111111111";
const LOT: &str = "urn:epc:class:lgtin:4012345.012345.SPRING";
const GLN: &str = "urn:epc:id:pgln:4012345.00001";
/// The organisation of Alice and Anna, and that of Bob.
const FARM: Address = organisation_address(1);
const SHOP: Address = organisation_address(2);

fn farm() -> World {
    World::with_organisation(&[ALICE, ANNA])
}

/// Sends an operation of Identity that must be accepted.
fn manage<Call: alloy_sol_types::SolCall>(world: &mut World, who: Address, call: &Call) {
    let result = world.ctx.send(who, identity::ADDRESS, call);
    assert!(result.is_ok(), "{}", Call::SIGNATURE);
}

/// Anna may read the farm's books and do nothing for it.
fn make_anna_an_auditor(world: &mut World) {
    let account = ANNA;
    manage(world, ALICE, &IIdentity::grantRoleCall { account, role: 3 });
    manage(
        world,
        ALICE,
        &IIdentity::revokeRoleCall { account, role: 1 },
    );
}

fn holders(world: &mut World, id: &str) -> Vec<Address> {
    let call = ITrace::holdersCall {
        id: id.to_owned(),
        cursor: U256::ZERO,
        limit: U256::ZERO,
    };
    world.view(&call).accounts
}

fn kilograms(action: &str, step: &str, amount: u64) -> serde_json::Value {
    let mut event = lot(action, step, LOT);
    event["quantityList"] = json!([{ "epcClass": LOT, "quantity": amount, "uom": "KGM" }]);
    event
}

#[test]
fn accounts_of_one_organisation_share_custody() {
    let mut world = farm();
    let hash = world.accept(ALICE, &object("ADD", "commissioning", &[TIN, TIN_2]));
    let item = world.item(TIN);
    assert_eq!((item.custodian, item.commissioner), (FARM, FARM));
    let record = world.view(&ITrace::eventRecordCall { eventHash: hash });
    assert_eq!(
        (record.submitter, record.organisation),
        (ALICE, 1),
        "the account is recorded"
    );
    world.accept(ANNA, &object("OBSERVE", "inspecting", &[TIN]));
    assert_eq!(
        world.refuse(BOB, &object("OBSERVE", "inspecting", &[TIN])),
        "NotCustodian"
    );
    world.accept(ANNA, &pack(CASE, &[TIN, TIN_2]));
    world.accept(ALICE, &ship(&[CASE], &did(BOB)));
    assert_eq!(world.refuse(ANNA, &receive(&[TIN])), "Aggregated");
    world.accept(BOB, &receive(&[CASE]));
    assert_eq!(
        world.item(TIN).custodian,
        BOB,
        "who is in no organisation acts for itself"
    );
    world.accept(BOB, &unpack(CASE, &[TIN]));
    assert_eq!(world.item(TIN).custodian, BOB);
    world.accept(BOB, &ship(&[TIN], &did(FARM)));
    world.accept(ANNA, &receive(&[TIN]));
    assert_eq!(world.item(TIN).custodian, FARM);
    // Any account of the commissioner recalls.
    assert_eq!(error_name(&world.recall(BOB, TIN)), "NotCommissioner");
    world.recall(ANNA, TIN).unwrap();
}

#[test]
fn a_member_who_may_not_submit_does_not_act_for_the_organisation() {
    let mut world = farm();
    world.accept(ALICE, &object("ADD", "commissioning", &[TIN]));
    world.accept(ALICE, &kilograms("ADD", "commissioning", 10));
    make_anna_an_auditor(&mut world);
    for (event, expected) in [
        (object("OBSERVE", "inspecting", &[TIN]), "NotCustodian"),
        (ship(&[TIN], &did(ANNA)), "NotCustodian"),
        (object("DELETE", "destroying", &[TIN]), "NotCustodian"),
        (kilograms("OBSERVE", "inspecting", 1), "NotHolder"),
        (transform(&[TIN], &[TIN_2]), "NotCustodian"),
    ] {
        assert_eq!(world.refuse(ANNA, &event), expected);
    }
    assert_eq!(error_name(&world.recall(ANNA, TIN)), "NotCommissioner");
    // For itself it may act like anybody.
    world.accept(ANNA, &object("ADD", "commissioning", &[TIN_2]));
    assert_eq!(world.item(TIN_2).custodian, ANNA);
    assert_eq!(
        world.refuse(ALICE, &ship(&[TIN_2], &did(FARM))),
        "NotCustodian"
    );
    // A suspended account does not act for it either.
    let reason = "on leave".to_owned();
    manage(
        &mut world,
        ALICE,
        &IIdentity::grantRoleCall {
            account: ANNA,
            role: 2,
        },
    );
    world.accept(ANNA, &object("OBSERVE", "inspecting", &[TIN]));
    let account = ANNA;
    manage(
        &mut world,
        ALICE,
        &IIdentity::suspendAccountCall { account, reason },
    );
    let inspecting = object("OBSERVE", "inspecting", &[TIN]);
    assert_eq!(world.refuse(ANNA, &inspecting), "NotCustodian");
}

#[test]
fn an_account_that_joins_keeps_its_own_goods() {
    let mut world = farm();
    world.accept(BOB, &object("ADD", "commissioning", &[TIN, TIN_2]));
    world.accept(BOB, &kilograms("ADD", "commissioning", 10));
    assert_eq!(world.found("Shop", BOB), 2);
    let colleague = CAROL;
    // Bob goes on with what is his; it does not become the shop's by that.
    world.accept(BOB, &object("OBSERVE", "inspecting", &[TIN]));
    world.accept(BOB, &kilograms("OBSERVE", "inspecting", 10));
    assert_eq!(world.item(TIN).custodian, BOB);
    assert_eq!(holders(&mut world, LOT), [BOB]);
    // What he begins from now on is the shop's.
    let other = "urn:epc:id:sgtin:4012345.011111.9";
    world.accept(BOB, &object("ADD", "commissioning", &[other]));
    assert_eq!(world.item(other).custodian, SHOP);
    // It goes to the shop by shipping and receiving.
    world.accept(BOB, &ship(&[TIN], &did(SHOP)));
    assert_eq!(world.refuse(colleague, &receive(&[TIN])), "NotReceiver");
    world.accept(BOB, &receive(&[TIN]));
    assert_eq!(world.item(TIN).custodian, SHOP);
    world.accept(
        BOB,
        &to_party(kilograms("OBSERVE", "shipping", 4), &did(SHOP)),
    );
    world.accept(BOB, &kilograms("OBSERVE", "receiving", 4));
    let mut both = holders(&mut world, LOT);
    both.sort();
    assert_eq!(both, [SHOP, BOB]);
    // The rest of his own is used up only by an event when nothing of the shop's is left.
    world.accept(BOB, &kilograms("DELETE", "destroying", 4));
    assert_eq!(holders(&mut world, LOT), [BOB]);
    world.accept(BOB, &kilograms("DELETE", "destroying", 6));
    assert!(holders(&mut world, LOT).is_empty());
}

#[test]
fn who_leaves_leaves_the_organisations_goods_behind() {
    let mut world = farm();
    let mistake = world.stamp(object("ADD", "commissioning", &[TIN]));
    world.capture_as_is(ANNA, &mistake).unwrap();
    world.accept(ANNA, &object("ADD", "commissioning", &[TIN_2]));
    world.register(ANNA, GLN).unwrap();
    manage(&mut world, ANNA, &IIdentity::leaveOrganisationCall {});
    let inspecting = object("OBSERVE", "inspecting", &[TIN]);
    assert_eq!(world.refuse(ANNA, &inspecting), "NotCustodian");
    assert_eq!(party_of(&mut world, GLN), FARM);
    // Nor does it take back what it said for the organisation; a colleague does.
    let refused = world.capture_as_is(ANNA, &wrong(&mistake));
    assert_eq!(error_name(&refused), "NotSubmitter");
    world.capture_as_is(ALICE, &wrong(&mistake)).unwrap();
    assert_eq!(world.item(TIN).status, Status::None);
    assert_eq!(world.item(TIN_2).custodian, FARM);
}

#[test]
fn parties_are_registered_for_organisations() {
    let mut world = farm();
    world.register(ALICE, GLN).unwrap();
    assert_eq!(party_of(&mut world, GLN), FARM);
    world.register(ANNA, GLN).unwrap();
    assert_eq!(error_name(&world.register(BOB, GLN)), "PartyTaken");
    let ids = world.view(&ITrace::partiesOfCall { account: FARM });
    assert_eq!(ids, ["https://id.gs1.org/417/4012345000016"]);
    assert!(
        world
            .view(&ITrace::partiesOfCall { account: ALICE })
            .is_empty()
    );
    // Goods and lots that are sent to the party are received by any account of it.
    world.accept(BOB, &object("ADD", "commissioning", &[TIN]));
    world.accept(BOB, &kilograms("ADD", "commissioning", 10));
    world.accept(BOB, &ship(&[TIN], GLN));
    world.accept(BOB, &to_party(kilograms("OBSERVE", "shipping", 10), GLN));
    assert_eq!(world.item(TIN).receiverAccount, FARM);
    assert_eq!(world.refuse(CAROL, &receive(&[TIN])), "NotReceiver");
    world.accept(ANNA, &receive(&[TIN]));
    world.accept(ALICE, &kilograms("OBSERVE", "receiving", 10));
    assert_eq!(world.item(TIN).custodian, FARM);
    assert_eq!(holders(&mut world, LOT), [FARM]);
    world.accept(ANNA, &kilograms("OBSERVE", "inspecting", 10));
    // Every spelling of the organisation's address is the organisation.
    let chain = 571_571;
    for spelling in [
        format!("did:qiantang:{chain}:{FARM:#x}"),
        format!("did:pkh:eip155:{chain}:{FARM}"),
        format!("did:ethr:{FARM}"),
    ] {
        assert_eq!(party_of(&mut world, &spelling), FARM);
        assert_eq!(error_name(&world.register(ALICE, &spelling)), "InvalidId");
    }
    assert_eq!(
        party_of(&mut world, &format!("did:qiantang:1:{FARM:#x}")),
        Address::ZERO
    );
}

#[test]
fn goods_sent_to_one_account_are_not_its_colleagues_to_receive() {
    let mut world = farm();
    world.accept(BOB, &object("ADD", "commissioning", &[TIN]));
    world.accept(BOB, &ship(&[TIN], &did(ALICE)));
    assert_eq!(world.refuse(ANNA, &receive(&[TIN])), "NotReceiver");
    world.accept(ALICE, &receive(&[TIN]));
    assert_eq!(
        world.item(TIN).custodian,
        FARM,
        "what she receives, she receives for the farm"
    );
}

#[test]
fn what_is_packed_by_one_is_unpacked_by_the_other() {
    let mut world = farm();
    world.accept(ALICE, &object("ADD", "commissioning", &[CASE, TIN]));
    world.accept(ALICE, &kilograms("ADD", "commissioning", 10));
    let mut event = aggregate("ADD", "packing", (CASE, &[TIN]));
    event["childQuantityList"] = json!([{ "epcClass": LOT, "quantity": 10, "uom": "KGM" }]);
    world.accept(ALICE, &event);
    assert!(
        holders(&mut world, LOT).is_empty(),
        "it is held through the case"
    );
    world.accept(ANNA, &kilograms("OBSERVE", "inspecting", 10));
    event["action"] = json!("DELETE");
    event["bizStep"] = json!("unpacking");
    let unpacking = world.stamp(event);
    world.capture_as_is(ANNA, &unpacking).unwrap();
    assert_eq!(holders(&mut world, LOT), [FARM]);
    assert_eq!(world.item(TIN).custodian, FARM);
    // The correction by the colleague puts both back.
    world.capture_as_is(ALICE, &wrong(&unpacking)).unwrap();
    assert!(holders(&mut world, LOT).is_empty());
    assert_eq!(world.contents(CASE).len(), 2);
}

#[test]
fn packing_moves_nothing_between_an_account_and_its_organisation() {
    let own_case = "urn:epc:id:sscc:4012345.0333333333";
    let mut world = farm();
    world.accept(BOB, &object("ADD", "commissioning", &[own_case, TIN]));
    world.accept(BOB, &kilograms("ADD", "commissioning", 10));
    world.found("Shop", BOB);
    world.accept(BOB, &object("ADD", "commissioning", &[CASE, TIN_2]));
    assert_eq!(world.refuse(BOB, &pack(own_case, &[TIN_2])), "MixedCustody");
    assert_eq!(world.refuse(BOB, &pack(CASE, &[TIN])), "MixedCustody");
    world.accept(BOB, &pack(own_case, &[TIN]));
    world.accept(BOB, &pack(CASE, &[TIN_2]));
    let packing = |case: &str| {
        let mut event = aggregate("ADD", "packing", (case, &[]));
        event["childQuantityList"] = json!([{ "epcClass": LOT, "quantity": 4, "uom": "KGM" }]);
        event
    };
    assert_eq!(world.refuse(BOB, &packing(CASE)), "MixedCustody");
    world.accept(BOB, &packing(own_case));
    // When both hold some of the lot, each case takes from its own holder.
    world.accept(
        BOB,
        &to_party(kilograms("OBSERVE", "shipping", 2), &did(SHOP)),
    );
    world.accept(BOB, &kilograms("OBSERVE", "receiving", 2));
    let third = "urn:epc:id:sscc:4012345.0444444444";
    world.accept(BOB, &ship(&[own_case], &did(BOB)));
    world.accept(BOB, &object("ADD", "commissioning", &[third]));
    world.accept(BOB, &packing(third));
    assert_eq!(holders(&mut world, LOT), [BOB]);
}

#[test]
fn one_transformation_is_shared_by_its_organisation() {
    let mut world = farm();
    let outputs = [
        "urn:epc:id:sgtin:4012345.022222.1",
        "urn:epc:id:sgtin:4012345.022222.2",
    ];
    world.accept(ALICE, &object("ADD", "commissioning", &[TIN, TIN_2]));
    let mut first = transform(&[TIN], &[outputs[0]]);
    first["transformationID"] = json!("urn:example:batch:1");
    world.accept(ALICE, &first);
    let mut second = transform(&[TIN_2], &[outputs[1]]);
    second["transformationID"] = json!("urn:example:batch:1");
    assert_eq!(world.refuse(BOB, &second), "NotTransformer");
    world.accept(ANNA, &second);
    assert_eq!(world.item(outputs[1]).custodian, FARM);
}
