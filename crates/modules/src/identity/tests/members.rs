use super::world::{BANK, BANKER, GROWER, Key, LATE, TEA, World, reason};
use crate::identity::{
    self,
    IIdentity::{self, AccountStatus, Membership},
    Permission, organisation_address,
};
use alloy_primitives::{Address, B256, Bytes, U256};

const STRANGER: Address = Address::repeat_byte(0x99);

fn remove(account: Address) -> IIdentity::removeAccountCall {
    IIdentity::removeAccountCall { account }
}

fn suspend(account: Address) -> IIdentity::suspendAccountCall {
    let reason = reason();
    IIdentity::suspendAccountCall { account, reason }
}

fn restore(account: Address) -> IIdentity::restoreAccountCall {
    IIdentity::restoreAccountCall { account }
}

fn close(account: Address) -> IIdentity::closeAccountCall {
    let reason = reason();
    IIdentity::closeAccountCall { account, reason }
}

fn grant(account: Address, role: u8) -> IIdentity::grantRoleCall {
    IIdentity::grantRoleCall { account, role }
}

fn revoke(account: Address, role: u8) -> IIdentity::revokeRoleCall {
    IIdentity::revokeRoleCall { account, role }
}

#[test]
fn an_account_joins_with_its_consent_only() {
    let mut world = World::new();
    let key = Key::new(1);
    let account = key.address;
    let good = world.adding(BANK, (account, &key), &[2, 3]);
    let sign = |membership: &Membership, chain_id: u64, key: &Key| {
        key.sign(identity::membership_digest(chain_id, membership))
    };
    let consent = Membership {
        organisation: BANK,
        account,
        nonce: 0,
        deadline: LATE,
    };
    let other = |change: &dyn Fn(&mut Membership)| {
        let mut changed = consent.clone();
        change(&mut changed);
        sign(&changed, 571_571, &key)
    };
    let forged: Vec<Bytes> = vec![
        Bytes::new(),
        Bytes::from([0; 65]),
        sign(&consent, 571_571, &Key::new(2)),
        sign(&consent, 1, &key),
        other(&|consent| consent.organisation = TEA),
        other(&|consent| consent.account = STRANGER),
        other(&|consent| consent.nonce = 1),
        other(&|consent| consent.deadline = LATE - 1),
    ];
    for signature in forged {
        let call = IIdentity::addAccountCall {
            signature,
            ..good.clone()
        };
        assert_eq!(world.refuse(BANKER, &call), "WrongSignature");
    }
    for who in [GROWER, STRANGER, account] {
        let expected = if who == GROWER {
            "WrongSignature"
        } else {
            "NotPermitted"
        };
        assert_eq!(world.refuse(who, &good), expected);
    }
    world.accept(BANKER, &good);
    let joined = world.account(account);
    assert_eq!(
        (joined.organisation, joined.status),
        (BANK, AccountStatus::Active)
    );
    assert_eq!((joined.roles.as_slice(), joined.level), (&[2, 3][..], 1));
    assert_eq!(world.organisation(BANK).members, 2);
    // The consent is used up, also after leaving.
    assert_eq!(world.refuse(BANKER, &good), "WrongSignature");
    world.accept(account, &IIdentity::leaveOrganisationCall {});
    assert_eq!(world.refuse(BANKER, &good), "WrongSignature");
}

#[test]
fn a_consent_has_an_end() {
    let mut world = World::new();
    let key = Key::new(1);
    let account = key.address;
    let deadline = world.now() + 2_000;
    let membership = Membership {
        organisation: BANK,
        account,
        nonce: 0,
        deadline,
    };
    let call = IIdentity::addAccountCall {
        account,
        roles: vec![],
        level: 0,
        deadline,
        signature: key.sign(identity::membership_digest(571_571, &membership)),
    };
    let mut late = world.clone();
    late.wait(1_001);
    assert_eq!(late.refuse(BANKER, &call), "ConsentExpired");
    world.wait(1_000);
    world.accept(BANKER, &call);
}

#[test]
fn an_account_belongs_to_one_organisation_at_most() {
    let mut world = World::new();
    let key = Key::new(1);
    let account = world.join(&key, &[2]);
    let call = world.adding(TEA, (account, &key), &[]);
    assert_eq!(world.refuse(GROWER, &call), "AlreadyMember");
    let again = world.adding(BANK, (account, &key), &[]);
    assert_eq!(world.refuse(BANKER, &again), "AlreadyMember");
    world.accept(BANKER, &remove(account));
    assert_eq!(world.account(account).status, AccountStatus::None);
    assert!(world.account(account).roles.is_empty());
    let call = world.adding(TEA, (account, &key), &[]);
    world.accept(GROWER, &call);
    assert_eq!(world.account(account).organisation, TEA);
    assert!(
        !world.may(account, Permission::Submit),
        "roles do not travel"
    );
    assert_eq!(world.organisation(BANK).members, 1);
}

#[test]
fn what_cannot_sign_cannot_join() {
    let mut world = World::new();
    let key = Key::new(1);
    for account in [Address::ZERO, organisation_address(BANK), STRANGER] {
        let call = world.adding(BANK, (account, &key), &[]);
        assert_eq!(world.refuse(BANKER, &call), "WrongSignature");
    }
    // The key of another account is no account of its own.
    let rotated = world.rotating(GROWER, &key);
    world.accept(GROWER, &rotated);
    let call = world.adding(BANK, (key.address, &key), &[]);
    assert_eq!(world.refuse(BANKER, &call), "KeyInUse");
}

#[test]
fn accounts_are_suspended_restored_and_closed() {
    let mut world = World::new();
    let account = world.join(&Key::new(1), &[2]);
    assert_eq!(
        world.refuse(BANKER, &restore(account)),
        "WrongAccountStatus"
    );
    world.accept(BANKER, &suspend(account));
    assert!(!world.may(account, Permission::Submit));
    assert_eq!(
        world.refuse(BANKER, &suspend(account)),
        "WrongAccountStatus"
    );
    let leave = IIdentity::leaveOrganisationCall {};
    assert_eq!(world.refuse(account, &leave), "WrongAccountStatus");
    world.accept(BANKER, &restore(account));
    assert!(world.may(account, Permission::Submit));
    world.accept(BANKER, &close(account));
    let closed = world.account(account);
    assert_eq!(
        (closed.status, closed.organisation),
        (AccountStatus::Closed, BANK)
    );
    assert!(closed.roles.is_empty() && !closed.active);
    for result in [
        world.refuse(BANKER, &restore(account)),
        world.refuse(BANKER, &suspend(account)),
        world.refuse(BANKER, &close(account)),
        world.refuse(BANKER, &remove(account)),
        world.refuse(BANKER, &grant(account, 2)),
        world.refuse(account, &leave),
    ] {
        assert_eq!(result, "WrongAccountStatus");
    }
    let silent = IIdentity::suspendAccountCall {
        account: BANKER,
        reason: String::new(),
    };
    assert_eq!(world.refuse(BANKER, &silent), "ReasonMissing");
}

#[test]
fn an_organisation_always_has_an_administrator_who_can_act() {
    let mut world = World::new();
    let leave = IIdentity::leaveOrganisationCall {};
    let second = world.join(&Key::new(1), &[1]);
    let third = world.join(&Key::new(2), &[1]);
    assert_eq!(world.organisation(BANK).administrators, 3);
    world.accept(BANKER, &suspend(second));
    assert_eq!(world.organisation(BANK).administrators, 2);
    world.accept(third, &leave);
    // The suspended administrator does not count.
    for result in [
        world.refuse(BANKER, &remove(BANKER)),
        world.refuse(BANKER, &suspend(BANKER)),
        world.refuse(BANKER, &close(BANKER)),
        world.refuse(BANKER, &revoke(BANKER, 1)),
        world.refuse(BANKER, &leave),
    ] {
        assert_eq!(result, "LastAdministrator");
    }
    world.accept(BANKER, &restore(second));
    world.accept(BANKER, &revoke(BANKER, 1));
    assert_eq!(
        world.refuse(second, &revoke(second, 1)),
        "LastAdministrator"
    );
    assert_eq!(world.refuse(BANKER, &remove(second)), "NotPermitted");
    world.accept(second, &remove(BANKER));
    assert_eq!(world.refuse(second, &leave), "LastAdministrator");
    assert_eq!(world.organisation(BANK).administrators, 1);
    // A role taken from a suspended administrator changes the count by nothing.
    let fourth = world.join_by(second, &Key::new(3), &[1]);
    world.accept(second, &suspend(fourth));
    world.accept(second, &revoke(fourth, 1));
    assert_eq!(world.organisation(BANK).administrators, 1);
    world.accept(second, &grant(fourth, 1));
    world.accept(second, &restore(fourth));
    assert_eq!(world.organisation(BANK).administrators, 2);
}

#[test]
fn nobody_rules_another_organisation() {
    let mut world = World::new();
    let account = world.join(&Key::new(1), &[2]);
    let level = IIdentity::setLevelCall { account, level: 9 };
    let attributes = IIdentity::setAttributesCall {
        account,
        attributesHash: B256::repeat_byte(1),
    };
    for result in [
        world.refuse(GROWER, &remove(account)),
        world.refuse(GROWER, &suspend(account)),
        world.refuse(GROWER, &close(account)),
        world.refuse(GROWER, &grant(account, 2)),
        world.refuse(GROWER, &revoke(account, 2)),
        world.refuse(GROWER, &level),
        world.refuse(GROWER, &attributes),
        world.refuse(BANKER, &remove(STRANGER)),
        world.refuse(BANKER, &grant(GROWER, 2)),
        world.refuse(STRANGER, &IIdentity::leaveOrganisationCall {}),
    ] {
        assert_eq!(result, "NotMember");
    }
    for result in [
        world.refuse(account, &level),
        world.refuse(account, &suspend(BANKER)),
        world.refuse(STRANGER, &attributes),
    ] {
        assert_eq!(result, "NotPermitted");
    }
    world.accept(BANKER, &level);
    world.accept(BANKER, &attributes);
    let found = world.account(account);
    assert_eq!(
        (found.level, found.attributesHash),
        (9, B256::repeat_byte(1))
    );
    world.accept(BANKER, &remove(account));
    let found = world.account(account);
    assert_eq!((found.level, found.attributesHash), (0, B256::ZERO));
}

#[test]
fn members_are_listed_in_pages() {
    let mut world = World::new();
    let mut all = vec![BANKER];
    for seed in 1..=20 {
        all.push(world.join(&Key::new(seed), &[2]));
    }
    world.accept(BANKER, &remove(all[3]));
    let mut seen = Vec::new();
    let mut cursor = U256::ZERO;
    loop {
        let page = world.view(&IIdentity::membersCall {
            organisation: BANK,
            cursor,
            limit: U256::from(7),
        });
        assert!(page.list.len() <= 7);
        seen.extend(page.list.iter().map(|member| member.account));
        cursor = page.next;
        if cursor.is_zero() {
            break;
        }
    }
    all.remove(3);
    seen.sort();
    all.sort();
    assert_eq!(seen, all);
    let none = world.view(&IIdentity::membersCall {
        organisation: 77,
        cursor,
        limit: U256::ZERO,
    });
    assert!(none.list.is_empty());
}
