use super::world::{BANK, BANKER, GROWER, Key, World};
use crate::identity::{IIdentity, Permission};
use alloy_primitives::{Address, U256};

fn create(name: &str, permissions: U256) -> IIdentity::createRoleCall {
    IIdentity::createRoleCall {
        name: name.to_owned(),
        permissions,
    }
}

fn change(role: u8, permissions: U256) -> IIdentity::changeRoleCall {
    IIdentity::changeRoleCall {
        role,
        name: "changed".to_owned(),
        permissions,
    }
}

fn grant(account: Address, role: u8) -> IIdentity::grantRoleCall {
    IIdentity::grantRoleCall { account, role }
}

fn revoke(account: Address, role: u8) -> IIdentity::revokeRoleCall {
    IIdentity::revokeRoleCall { account, role }
}

fn set(permissions: &[Permission]) -> U256 {
    permissions
        .iter()
        .fold(U256::ZERO, |all, one| all | one.set())
}

#[test]
fn an_organisation_makes_changes_and_removes_roles() {
    let mut world = World::new();
    let own = U256::ONE << 200;
    let role = world.accept(BANKER, &create("teller", Permission::Check.set() | own));
    assert_eq!(role, 16);
    let teller = world.join(&Key::new(1), &[role]);
    assert!(world.may(teller, Permission::Check) && !world.may(teller, Permission::Submit));
    let has_own = IIdentity::hasPermissionCall {
        account: teller,
        permission: 200,
    };
    assert!(world.view(&has_own));
    world.accept(BANKER, &change(role, Permission::Submit.set()));
    assert!(!world.may(teller, Permission::Check) && world.may(teller, Permission::Submit));
    assert!(!world.view(&has_own));
    let remove = IIdentity::removeRoleCall { role };
    assert_eq!(world.refuse(BANKER, &remove), "RoleHeld");
    world.accept(BANKER, &revoke(teller, role));
    assert!(!world.may(teller, Permission::Submit));
    world.accept(BANKER, &remove);
    assert_eq!(world.refuse(BANKER, &remove), "UnknownRole");
    assert_eq!(world.refuse(BANKER, &grant(teller, role)), "UnknownRole");
    assert_eq!(world.refuse(BANKER, &change(role, own)), "UnknownRole");
    // The number is free again, and nobody holds what it was.
    assert_eq!(world.accept(BANKER, &create("driver", own)), role);
    assert!(!world.view(&has_own));
    let listed = world.view(&IIdentity::rolesCall {
        organisation: BANK,
        cursor: U256::ZERO,
        limit: U256::ZERO,
    });
    let names: Vec<&str> = listed.list.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "administrator",
            "operator",
            "auditor",
            "regulator",
            "validator operator",
            "driver"
        ]
    );
}

#[test]
fn roles_go_with_their_holders() {
    let mut world = World::new();
    let role = world.accept(BANKER, &create("teller", Permission::Check.set()));
    let (one, two) = (Key::new(1), Key::new(2));
    let first = world.join(&one, &[role]);
    let second = world.join(&two, &[role]);
    let holders = |world: &mut World| {
        let call = IIdentity::rolesCall {
            organisation: BANK,
            cursor: U256::from(5),
            limit: U256::ZERO,
        };
        world.view(&call).list[0].holders
    };
    assert_eq!(holders(&mut world), 2);
    let reason = super::world::reason();
    let account = first;
    world.accept(BANKER, &IIdentity::closeAccountCall { account, reason });
    assert_eq!(holders(&mut world), 1);
    world.accept(second, &IIdentity::leaveOrganisationCall {});
    assert_eq!(holders(&mut world), 0);
    world.accept(BANKER, &IIdentity::removeRoleCall { role });
}

#[test]
fn limits_and_wrong_roles_are_refused() {
    let mut world = World::new();
    let clerk = world.join(&Key::new(1), &[2]);
    let none = U256::ZERO;
    let cases = [
        (create("", none), "InvalidName"),
        (create("a\tb", none), "InvalidName"),
        (create(&"x".repeat(129), none), "LimitExceeded"),
        (
            create("regulator too", Permission::Regulate.set()),
            "accepted",
        ),
        (create("reserved", U256::ONE << 15), "ReservedPermissions"),
        (create("reserved", U256::ONE << 127), "ReservedPermissions"),
        (create("all", U256::MAX), "ReservedPermissions"),
    ];
    for (call, expected) in cases {
        if expected == "accepted" {
            world.accept(BANKER, &call);
        } else {
            assert_eq!(world.refuse(BANKER, &call), expected);
        }
    }
    for role in [0, 6, 15, 17, 79, 80, 127, 128, 255] {
        assert_eq!(
            world.refuse(BANKER, &grant(clerk, role)),
            "UnknownRole",
            "{role}"
        );
    }
    for role in 1..=5 {
        assert_eq!(world.refuse(BANKER, &change(role, none)), "BuiltInRole");
        assert_eq!(
            world.refuse(BANKER, &IIdentity::removeRoleCall { role }),
            "BuiltInRole"
        );
    }
    assert_eq!(world.refuse(BANKER, &grant(clerk, 2)), "AlreadyGranted");
    assert_eq!(world.refuse(BANKER, &revoke(clerk, 3)), "NotGranted");
    for number in 17..80 {
        assert_eq!(world.accept(BANKER, &create("more", none)), number);
    }
    assert_eq!(world.refuse(BANKER, &create("more", none)), "LimitExceeded");
    for role in 20..35 {
        world.accept(BANKER, &grant(clerk, role));
    }
    assert_eq!(world.refuse(BANKER, &grant(clerk, 35)), "LimitExceeded");
    let key = Key::new(2);
    let roles: Vec<u8> = (16..33).collect();
    let call = world.adding(BANK, (key.address, &key), &roles);
    assert_eq!(world.refuse(BANKER, &call), "LimitExceeded");
    let call = world.adding(BANK, (key.address, &key), &[2, 2]);
    assert_eq!(world.refuse(BANKER, &call), "AlreadyGranted");
}

#[test]
fn nobody_gives_or_takes_more_than_it_has() {
    let mut world = World::new();
    let staff = set(&[
        Permission::ManageMembers,
        Permission::ManageRoles,
        Permission::Submit,
    ]);
    let role = world.accept(BANKER, &create("staff manager", staff));
    let manager = world.join(&Key::new(1), &[role]);
    let clerk = world.join(&Key::new(2), &[]);
    let operator = world.join(&Key::new(3), &[2]);
    let account = operator;
    let reason = super::world::reason();
    let beyond = [
        world.refuse(manager, &grant(manager, 1)),
        world.refuse(manager, &grant(clerk, 4)),
        // The operator may schedule and deploy, which the manager may not.
        world.refuse(manager, &grant(clerk, 2)),
        world.refuse(manager, &revoke(operator, 2)),
        world.refuse(manager, &IIdentity::suspendAccountCall { account, reason }),
        world.refuse(manager, &IIdentity::removeAccountCall { account: BANKER }),
        world.refuse(manager, &IIdentity::setLevelCall { account, level: 5 }),
        world.refuse(manager, &create("deputy", staff | Permission::Vote.set())),
        world.refuse(manager, &change(role, staff | Permission::Vote.set())),
    ];
    assert_eq!(beyond, ["BeyondAuthority"; 9]);
    let small = world.accept(manager, &create("submitter", Permission::Submit.set()));
    world.accept(manager, &grant(clerk, small));
    assert!(world.may(clerk, Permission::Submit));
    let vote = world.accept(BANKER, &create("voter", Permission::Vote.set()));
    assert_eq!(
        world.refuse(manager, &change(vote, Permission::Submit.set())),
        "BeyondAuthority"
    );
    let remove = IIdentity::removeRoleCall { role: vote };
    assert_eq!(world.refuse(manager, &remove), "BeyondAuthority");
    // An administrator appoints who regulates, and does not regulate by that.
    world.accept(BANKER, &grant(clerk, 4));
    assert!(world.may(clerk, Permission::Regulate) && !world.may(BANKER, Permission::Regulate));
    for (account, call) in [(clerk, grant(clerk, 3)), (GROWER, grant(clerk, 3))] {
        let expected = if account == clerk {
            "NotPermitted"
        } else {
            "NotMember"
        };
        assert_eq!(world.refuse(account, &call), expected);
    }
    assert_eq!(
        world.refuse(operator, &create("x", U256::ZERO)),
        "NotPermitted"
    );
}

#[test]
fn an_organisation_names_its_own_permissions() {
    let mut world = World::new();
    let name = |permission: u8, name: &str| IIdentity::namePermissionCall {
        permission,
        name: name.to_owned(),
    };
    world.accept(BANKER, &name(128, "sign letters of credit"));
    let shown = |world: &mut World, organisation: u64| {
        world.view(&IIdentity::permissionNameCall {
            organisation,
            permission: 128,
        })
    };
    assert_eq!(shown(&mut world, BANK), "sign letters of credit");
    assert_eq!(shown(&mut world, 2), "");
    assert_eq!(world.refuse(BANKER, &name(127, "x")), "ReservedPermission");
    assert_eq!(world.refuse(BANKER, &name(3, "x")), "ReservedPermission");
    assert_eq!(world.refuse(BANKER, &name(255, "")), "InvalidName");
    assert_eq!(
        world.refuse(GROWER, &name(255, &"x".repeat(1 << 20))),
        "LimitExceeded"
    );
}
