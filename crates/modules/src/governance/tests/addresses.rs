//! Where validators listen for their peers.

use super::world::{ADMINISTRATORS, REASON, STRANGER, World, key, spec_with_validators};
use crate::{
    governance::{
        IGovernance::{self, ValidatorAddressChanged},
        validators,
    },
    identity::{self, ADMINISTRATOR, IIdentity, VALIDATOR_OPERATOR},
};
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolEvent as _;

fn setting(key: Bytes, address: &str) -> IGovernance::setValidatorAddressCall {
    IGovernance::setValidatorAddressCall {
        key,
        peerAddress: address.to_owned(),
    }
}

fn rotation(old: u8, new: u8, address: &str) -> IGovernance::proposeValidatorRotationCall {
    IGovernance::proposeValidatorRotationCall {
        oldKey: key(old),
        newKey: key(new),
        peerAddress: address.to_owned(),
        reason: REASON.to_owned(),
    }
}

/// The address of each validator, in Rust and through the interface.
fn address(world: &mut World, of: u8) -> String {
    let found = validators(&mut world.chain).unwrap();
    let found = found.into_iter().find(|found| found.key == key(of));
    let listed = world.view(&IGovernance::validatorsCall {
        cursor: U256::ZERO,
        limit: U256::ZERO,
    });
    let listed = listed.list.into_iter().find(|found| found.key == key(of));
    let address = found.unwrap().address;
    assert_eq!(listed.unwrap().peerAddress, address);
    address
}

#[test]
fn its_organisation_says_where_a_validator_listens() {
    let mut spec = spec_with_validators();
    let first = "192.0.2.1:30303".to_owned();
    spec.addresses.insert(key(0), first.clone());
    let mut world = World::with(&spec);
    let bank = ADMINISTRATORS[0];
    assert_eq!(address(&mut world, 0), first);
    assert_eq!(address(&mut world, 1), "");

    let logs = world.chain.logs.len();
    world.accept(bank, &setting(key(0), "Node.Example.com:9"));
    assert_eq!(address(&mut world, 0), "node.example.com:9");
    let [log] = &world.chain.logs[logs..] else {
        panic!("one event");
    };
    let event = ValidatorAddressChanged::decode_log(log).unwrap();
    assert_eq!((event.organisation, &event.key), (1, &key(0)));
    assert_eq!(event.peerAddress, "node.example.com:9");

    world.accept(bank, &setting(key(0), ""));
    assert_eq!(address(&mut world, 0), "");
    let longest = format!("{}.{}:65535", "a".repeat(63), "b".repeat(63));
    world.accept(bank, &setting(key(0), &longest));
    assert_eq!(address(&mut world, 0), longest);
}

#[test]
fn nobody_else_says_it_and_no_nonsense_is_kept() {
    let mut world = World::new();
    let bank = ADMINISTRATORS[0];
    world.accept(bank, &setting(key(0), "a.example:9"));
    for (who, call, expected) in [
        (ADMINISTRATORS[1], setting(key(0), "b:9"), "NotOperator"),
        (STRANGER, setting(key(0), "b:9"), "NotPermitted"),
        (bank, setting(key(7), "b:9"), "UnknownValidator"),
        (bank, setting(Bytes::new(), "b:9"), "UnknownValidator"),
        (bank, setting(key(0), "A.example:9"), "Unchanged"),
        (bank, setting(key(0), "b"), "InvalidPeerAddress"),
        (bank, setting(key(0), "b:0"), "InvalidPeerAddress"),
        (bank, setting(key(0), "[::1:9"), "InvalidPeerAddress"),
        (bank, setting(key(0), "a b:9"), "InvalidPeerAddress"),
        (
            bank,
            setting(key(0), &"a".repeat(1 << 16)),
            "InvalidPeerAddress",
        ),
    ] {
        assert_eq!(world.refuse(who, &call), expected);
    }
    let proposal = IGovernance::proposeValidatorCall {
        organisation: 1,
        key: key(6),
        peerAddress: "b:70000".to_owned(),
        reason: REASON.to_owned(),
    };
    assert_eq!(world.refuse(bank, &proposal), "InvalidPeerAddress");
    let wrong = rotation(0, 6, "b:70000");
    assert_eq!(world.refuse(bank, &wrong), "InvalidPeerAddress");
    assert_eq!(address(&mut world, 0), "a.example:9");
}

#[test]
fn an_address_comes_with_a_proposal_and_survives_a_rotation() {
    let mut world = World::new();
    world.decide(&IGovernance::proposeValidatorCall {
        organisation: 2,
        key: key(5),
        peerAddress: "[2001:db8::7]:30303".to_owned(),
        reason: REASON.to_owned(),
    });
    assert_eq!(address(&mut world, 5), "[2001:db8::7]:30303");
    world.decide(&rotation(5, 6, ""));
    assert_eq!(address(&mut world, 6), "[2001:db8::7]:30303");
    world.decide(&rotation(6, 7, "b.example:9"));
    assert_eq!(address(&mut world, 7), "b.example:9");
    // Where a validator was removed and comes back, the old address is forgotten.
    world.decide(&rotation(7, 5, ""));
    world.decide(&IGovernance::proposeValidatorRemovalCall {
        key: key(5),
        reason: REASON.to_owned(),
    });
    world.decide(&IGovernance::proposeValidatorCall {
        organisation: 3,
        key: key(5),
        peerAddress: String::new(),
        reason: REASON.to_owned(),
    });
    assert_eq!(address(&mut world, 5), "");
}

#[test]
fn a_validator_without_an_organisation_changes_its_address_with_its_key() {
    let mut spec = spec_with_validators();
    for organisation in &mut spec.organisations {
        organisation.validators.clear();
    }
    let mut world = World::with(&spec);
    let bank = ADMINISTRATORS[0];
    assert_eq!(world.refuse(bank, &setting(key(0), "b:9")), "NotOperator");
    world.decide(&rotation(0, 6, "b:9"));
    assert_eq!(address(&mut world, 6), "b:9");
}

#[test]
fn an_operator_of_the_organisation_needs_no_administrator() {
    let (bank, operator) = (ADMINISTRATORS[0], STRANGER);
    let mut spec = spec_with_validators();
    spec.organisations[0].administrators.push(operator);
    let mut world = World::with(&spec);
    let taking = IIdentity::revokeRoleCall {
        account: operator,
        role: ADMINISTRATOR,
    };
    world.chain.next_block();
    world.chain.send(bank, identity::ADDRESS, &taking).unwrap();
    let call = setting(key(0), "b:9");
    assert_eq!(world.refuse(operator, &call), "NotPermitted");
    let giving = IIdentity::grantRoleCall {
        account: operator,
        role: VALIDATOR_OPERATOR,
    };
    world.chain.send(bank, identity::ADDRESS, &giving).unwrap();
    world.accept(operator, &call);
    assert_eq!(address(&mut world, 0), "b:9");
}
