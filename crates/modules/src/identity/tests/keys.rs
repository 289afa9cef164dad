use super::world::{BANK, BANKER, GROWER, Key, World};
use crate::{
    identity::{
        self, AccountRecord,
        IIdentity::{self, KeyState},
        POLICY, Permission,
    },
    policy::{self, Candidate, Denial},
};
use alloy_primitives::{Address, Bytes};

fn record(world: &mut World, account: Address) -> AccountRecord {
    identity::account(&mut world.chain, account).unwrap()
}

/// The account that a transaction signed by this key acts as, as the gate before execution finds
/// it; none where it is refused.
fn acts_as(world: &mut World, key: Address) -> Option<Address> {
    let record = record(world, key);
    match record.key {
        KeyState::Signer => Some(record.signer_for),
        KeyState::Own => Some(key),
        _ => None,
    }
}

#[test]
fn another_key_signs_and_the_address_stays() {
    let mut world = World::new();
    let (old, new) = (Key::new(1), Key::new(2));
    let account = world.join(&old, &[2]);
    let before = record(&mut world, account);
    let call = world.rotating(account, &new);
    world.accept(account, &call);
    assert_eq!(
        acts_as(&mut world, old.address),
        None,
        "what the old key signed is refused"
    );
    assert_eq!(acts_as(&mut world, new.address), Some(account));
    let after = record(&mut world, account);
    assert_eq!(
        (after.organisation, after.status),
        (before.organisation, before.status)
    );
    assert!(
        world.may(account, Permission::Submit),
        "the account may do what it could"
    );
    assert!(
        !world.may(new.address, Permission::Submit),
        "the key by itself is nobody"
    );
    assert_eq!(
        identity::organisation_of(&mut world.chain, new.address),
        Ok(0)
    );
    assert_eq!(
        identity::is_active(&mut world.chain, new.address),
        Ok(false)
    );
    let found = world.account(account);
    assert_eq!(
        (found.currentKey, found.key),
        (new.address, KeyState::Revoked)
    );
    assert_eq!(world.account(new.address).signerFor, account);
}

#[test]
fn a_transaction_that_waits_is_refused_when_its_key_was_replaced() {
    let mut world = World::new();
    let (old, new) = (Key::new(1), Key::new(2));
    let account = world.join(&old, &[2]);
    let gate = |world: &mut World, sender: Address| {
        // The pool and the block ask before a transaction: nobody's code is running.
        world.chain.address = Address::ZERO;
        let candidate = Candidate {
            sender,
            to: Some(BANKER),
            input: &[],
            gas_limit: 21_000,
            bytes: 120,
        };
        policy::admit(&mut world.chain, &candidate).unwrap()
    };
    let admission = |key: Address| (key, Ok((account, BANK)));
    let seen = |answer: Result<policy::Admission, Denial>| {
        answer.map(|admission| (admission.account, admission.organisation))
    };
    assert_eq!(
        (old.address, seen(gate(&mut world, old.address))),
        admission(old.address)
    );
    let call = world.rotating(account, &new);
    world.accept(account, &call);
    let denied = gate(&mut world, old.address).unwrap_err();
    assert_eq!(denied, Denial::KeyRevoked { key: old.address });
    assert!(denied.is_lasting(), "the pool drops it");
    assert_eq!(
        (new.address, seen(gate(&mut world, new.address))),
        admission(new.address)
    );
    // What the account may not do, its key may not do for it.
    let suspend = IIdentity::suspendAccountCall {
        account,
        reason: super::world::reason(),
    };
    world.accept(BANKER, &suspend);
    let denied = gate(&mut world, new.address).unwrap_err();
    assert_eq!(denied, Denial::AccountSuspended { account });
}

#[test]
fn a_new_key_must_consent() {
    let mut world = World::new();
    let (old, new) = (Key::new(1), Key::new(2));
    let account = world.join(&old, &[]);
    let good = world.rotating(account, &new);
    let victim = Key::new(3);
    for call in [
        IIdentity::rotateKeyCall {
            newKey: victim.address,
            ..good.clone()
        },
        IIdentity::rotateKeyCall {
            signature: Bytes::new(),
            ..good.clone()
        },
        IIdentity::rotateKeyCall {
            deadline: good.deadline - 1,
            ..good.clone()
        },
        // An offer to another account.
        world.rotating(BANKER, &new),
    ] {
        assert_eq!(world.refuse(account, &call), "WrongSignature");
    }
    assert_eq!(world.refuse(BANKER, &good), "WrongSignature");
    world.accept(account, &good);
    // An offer counts once: after the key has been replaced it needs another consent.
    let next = world.rotating(account, &victim);
    world.accept(account, &next);
    assert_eq!(world.refuse(account, &good), "WrongSignature");
}

#[test]
fn a_key_that_is_somebody_is_refused() {
    let mut world = World::new();
    let (one, two) = (Key::new(1), Key::new(2));
    let account = world.join(&one, &[]);
    let member = world.join(&two, &[]);
    let call = world.rotating(account, &two);
    assert_eq!(
        world.refuse(account, &call),
        "KeyInUse",
        "an account of Identity"
    );
    world.accept(member, &IIdentity::leaveOrganisationCall {});
    let call = world.rotating(account, &two);
    assert_eq!(world.refuse(account, &call), "KeyInUse", "it was one");

    let shared = Key::new(3);
    let call = world.rotating(account, &shared);
    world.accept(account, &call);
    let call = world.rotating(GROWER, &shared);
    assert_eq!(
        world.refuse(GROWER, &call),
        "KeyInUse",
        "the key of another account"
    );
    let call = world.rotating(account, &shared);
    assert_eq!(world.refuse(account, &call), "SameKey");
    // A key has no key: what it signs is the account's.
    let call = world.rotating(shared.address, &Key::new(4));
    assert_eq!(world.refuse(shared.address, &call), "KeyInUse");
    let next = world.rotating(account, &Key::new(5));
    world.accept(account, &next);
    let call = world.rotating(GROWER, &shared);
    assert_eq!(
        world.refuse(GROWER, &call),
        "KeyInUse",
        "an earlier key of another account"
    );
    let call = world.adding(BANK, (shared.address, &shared), &[]);
    assert_eq!(
        world.refuse(BANKER, &call),
        "KeyInUse",
        "it cannot join either"
    );
}

#[test]
fn keys_rotate_again_and_back() {
    let mut world = World::new();
    let keys: Vec<Key> = (1..=3).map(Key::new).collect();
    let account = world.join(&keys[0], &[2]);
    // The original key is number 0; the latest one signs, and the others are refused.
    let mut used = vec![0];
    for next in [1, 2, 1, 0, 2, 0, 1] {
        let call = world.rotating(account, &keys[next]);
        world.accept(account, &call);
        used.push(next);
        for index in &used {
            let expected = (*index == next).then_some(account);
            assert_eq!(
                acts_as(&mut world, keys[*index].address),
                expected,
                "{next} {index}"
            );
        }
        assert_eq!(world.account(account).currentKey, keys[next].address);
        assert!(world.may(account, Permission::Submit));
    }
    let own = world.rotating(account, &keys[0]);
    world.accept(account, &own);
    assert_eq!(record(&mut world, account).signer_for, Address::ZERO);
    let again = world.rotating(account, &keys[0]);
    assert_eq!(world.refuse(account, &again), "SameKey");
}

#[test]
fn an_account_of_no_organisation_keeps_its_key_when_it_joins_and_leaves() {
    let mut world = World::new();
    let (old, new) = (Key::new(1), Key::new(2));
    let account = old.address;
    let call = world.rotating(account, &new);
    world.accept(account, &call);
    assert_eq!(acts_as(&mut world, new.address), Some(account));
    // The old key can no longer say that the account joins.
    let forged = world.adding(BANK, (account, &old), &[]);
    assert_eq!(world.refuse(BANKER, &forged), "WrongSignature");
    let call = world.adding(BANK, (account, &new), &[2]);
    world.accept(BANKER, &call);
    assert_eq!(acts_as(&mut world, old.address), None);
    world.accept(account, &IIdentity::leaveOrganisationCall {});
    assert_eq!(acts_as(&mut world, old.address), None);
    assert_eq!(acts_as(&mut world, new.address), Some(account));
    let back = world.rotating(account, &old);
    world.accept(account, &back);
    assert_eq!(acts_as(&mut world, old.address), Some(account));
}

#[test]
fn an_account_under_an_order_stays_under_it_with_another_key() {
    let mut world = World::new();
    let (old, new) = (Key::new(1), Key::new(2));
    let account = world.join(&old, &[2]);
    let restrict = |world: &mut World, account: Address| {
        let chain = &mut world.chain;
        crate::calls::enter(chain, identity::ADDRESS, POLICY, |ctx| {
            identity::set_restricted(ctx, account, true)
        })
        .unwrap();
    };
    restrict(&mut world, account);
    let call = world.rotating(account, &new);
    world.accept(account, &call);
    assert!(record(&mut world, account).restricted);
    // Nor does an address under an order become a fresh key.
    let marked = Key::new(3);
    restrict(&mut world, marked.address);
    let call = world.rotating(account, &marked);
    assert_eq!(world.refuse(account, &call), "KeyInUse");
}
