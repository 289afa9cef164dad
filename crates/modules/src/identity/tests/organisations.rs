use super::world::{BANK, BANKER, GROWER, Key, TEA, World, admission, error_name, reason};
use crate::{
    Halt,
    identity::{
        self, GOVERNANCE,
        IIdentity::{self, AccountStatus, OrganisationKind, OrganisationStatus},
        Permission, organisation_address, organisation_number,
    },
    testing::{MapContext, spec},
};
use alloy_primitives::{Address, U256, address};
use qiantang_types::ChainSpec;

const FOUNDER: Address = Address::repeat_byte(0x55);

/// What is wrong with an input, and what the answer must be.
type Case<T, Answer> = (fn(&mut T), Answer);
type Admission = IIdentity::admitOrganisationCall;

/// An admission that would do, changed.
fn with(change: impl Fn(&mut Admission)) -> Admission {
    let mut call = admission("New", &[FOUNDER]);
    change(&mut call);
    call
}

fn suspend(organisation: u64) -> IIdentity::suspendOrganisationCall {
    IIdentity::suspendOrganisationCall {
        organisation,
        reason: reason(),
    }
}

fn remove(organisation: u64) -> IIdentity::removeOrganisationCall {
    IIdentity::removeOrganisationCall {
        organisation,
        reason: reason(),
    }
}

#[test]
fn genesis_installs_the_organisations_of_the_chain_spec() {
    let mut world = World::new();
    let list = world.view(&IIdentity::organisationsCall {
        cursor: U256::ZERO,
        limit: U256::ZERO,
    });
    let names: Vec<&str> = list.list.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "West Lake Bank",
            "Longjing Tea",
            "First Hospital",
            "Market Supervision"
        ]
    );
    assert!(list.next.is_zero());
    let bank = &list.list[0];
    assert_eq!((bank.number, bank.kind), (BANK, OrganisationKind::Bank));
    assert_eq!(bank.jurisdiction, "CN-330100");
    assert_eq!((bank.members, bank.administrators), (1, 1));
    assert_eq!(
        (bank.recoveryVotes, bank.recoveryDelay),
        (0, 48 * 3_600_000)
    );
    assert_eq!(
        bank.party,
        address!("0x71746f7267000000000000000000000000000001")
    );
    let banker = world.account(BANKER);
    assert_eq!(
        (banker.organisation, banker.status),
        (BANK, AccountStatus::Active)
    );
    assert_eq!((banker.roles.as_slice(), banker.active), (&[1][..], true));
    assert_eq!(identity::organisation_count(&mut world.chain), Ok(4));
    assert_eq!(identity::active_organisations(&mut world.chain), Ok(4));
}

#[test]
fn a_chain_spec_with_wrong_organisations_makes_no_chain() {
    let refusal = |change: fn(&mut ChainSpec)| {
        let mut wrong = spec();
        change(&mut wrong);
        let mut ctx = MapContext::new(identity::ADDRESS);
        match identity::genesis(&mut ctx, &wrong) {
            Err(Halt::Fatal(text)) => text,
            other => panic!("{other:?}"),
        }
    };
    let cases: [Case<ChainSpec, &[&str]>; 6] = [
        (
            |spec| spec.organisations[2].kind = "church".to_owned(),
            &[
                "organisations[2] (\"First Hospital\")",
                "\"church\"",
                "bank, enterprise",
            ],
        ),
        (
            |spec| spec.organisations[3].name = "Longjing Tea".to_owned(),
            &["organisations[3]", "NameTaken", "organisation: 2"],
        ),
        (
            |spec| spec.organisations[1].administrators = vec![BANKER],
            &["organisations[1]", "AlreadyMember"],
        ),
        (
            |spec| spec.organisations[1].administrators = vec![GROWER, GROWER],
            &["organisations[1]", "AlreadyMember"],
        ),
        (
            |spec| spec.organisations[0].administrators.clear(),
            &["organisations[0]", "NoAdministrators"],
        ),
        (
            |spec| spec.organisations[0].name = "x".repeat(129),
            &["organisations[0]", "bytes of a name: 129, the limit is 128"],
        ),
    ];
    for (change, parts) in cases {
        let text = refusal(change);
        for part in parts {
            assert!(text.contains(part), "{text} lacks {part}");
        }
    }
    let mut loud = spec();
    loud.organisations[0].kind = "BANK".to_owned();
    assert_eq!(
        identity::genesis(&mut MapContext::new(identity::ADDRESS), &loud),
        Ok(())
    );
}

#[test]
fn only_governance_admits_suspends_restores_and_removes() {
    let mut world = World::new();
    let restore = IIdentity::restoreOrganisationCall { organisation: TEA };
    for who in [BANKER, GROWER, Address::ZERO, identity::ADDRESS] {
        assert_eq!(
            world.refuse(who, &admission("New", &[FOUNDER])),
            "NotGovernance"
        );
        assert_eq!(world.refuse(who, &suspend(TEA)), "NotGovernance");
        assert_eq!(world.refuse(who, &restore), "NotGovernance");
        assert_eq!(world.refuse(who, &remove(TEA)), "NotGovernance");
    }
    assert_eq!(world.accept(GOVERNANCE, &admission("New", &[FOUNDER])), 5);
    assert_eq!(world.organisation(5).administrators, 1);
    assert_eq!(
        world.view(&IIdentity::organisationNamedCall {
            name: "New".to_owned()
        }),
        5
    );
    assert!(world.may(FOUNDER, Permission::ManageMembers));
}

#[test]
fn an_admission_is_refused_with_its_reason() {
    let mut world = World::new();
    let cases: [Case<Admission, &str>; 19] = [
        (|call| call.name = "West Lake Bank".to_owned(), "NameTaken"),
        (|call| call.name.clear(), "InvalidName"),
        (|call| call.name = " New".to_owned(), "InvalidName"),
        (|call| call.name = "New\n".to_owned(), "InvalidName"),
        (
            |call| call.name = "West\u{200b} Lake Bank".to_owned(),
            "InvalidName",
        ),
        (|call| call.name = "x".repeat(129), "LimitExceeded"),
        (|call| call.name = "钱".repeat(1 << 18), "LimitExceeded"),
        (|call| call.jurisdiction.clear(), "InvalidJurisdiction"),
        (
            |call| call.jurisdiction = "cn".to_owned(),
            "InvalidJurisdiction",
        ),
        (
            |call| call.jurisdiction = "CHN".to_owned(),
            "InvalidJurisdiction",
        ),
        (
            |call| call.jurisdiction = "CN-".to_owned(),
            "InvalidJurisdiction",
        ),
        (
            |call| call.jurisdiction = "CN-33-01".to_owned(),
            "InvalidJurisdiction",
        ),
        (
            |call| call.jurisdiction = "CN-杭州".to_owned(),
            "InvalidJurisdiction",
        ),
        (
            |call| call.jurisdiction = format!("CN-{}", "1".repeat(30)),
            "LimitExceeded",
        ),
        (|call| call.kind = OrganisationKind::None, "InvalidKind"),
        (|call| call.administrators.clear(), "NoAdministrators"),
        (|call| call.administrators.push(BANKER), "AlreadyMember"),
        (|call| call.administrators.push(FOUNDER), "AlreadyMember"),
        (|call| call.administrators = vec![Address::ZERO], "KeyInUse"),
    ];
    for (change, expected) in cases {
        let call = with(change);
        assert_eq!(
            world.refuse(GOVERNANCE, &call),
            expected,
            "{}",
            call.jurisdiction
        );
    }
}

#[test]
fn founders_are_new_accounts_and_not_too_many() {
    let mut world = World::new();
    let many: Vec<Address> = (0..65)
        .map(|index| Address::with_last_byte(100 + index))
        .collect();
    let key = Key::new(9);
    let rotated = world.rotating(GROWER, &key);
    world.accept(GROWER, &rotated);
    let more: [(&[Address], &str); 3] = [
        (&many, "LimitExceeded"),
        (&[key.address], "KeyInUse"),
        (&[organisation_address(9)], "KeyInUse"),
    ];
    for (administrators, expected) in more {
        assert_eq!(
            world.refuse(GOVERNANCE, &admission("New", administrators)),
            expected
        );
    }
    assert_eq!(world.admit("New", &many[..64]), Ok(5));
    assert_eq!(world.organisation(5).administrators, 64);
    for jurisdiction in [
        "CN",
        "CN-330100",
        "US-CA",
        "CN-91330100MA2ABCDE0123456789012",
    ] {
        let call = with(|call| {
            call.name = jurisdiction.to_owned();
            call.jurisdiction = jurisdiction.to_owned();
            call.administrators = vec![Address::repeat_byte(jurisdiction.len() as u8 + 0x80)];
        });
        world.accept(GOVERNANCE, &call);
    }
}

#[test]
fn a_suspended_organisation_rests_until_it_is_restored() {
    let mut world = World::new();
    world.accept(GOVERNANCE, &suspend(TEA));
    assert!(!identity::is_active(&mut world.chain, GROWER).unwrap());
    assert!(!world.may(GROWER, Permission::Submit));
    assert_eq!(identity::actor(&mut world.chain, GROWER), Ok(GROWER));
    assert_eq!(identity::organisation_of(&mut world.chain, GROWER), Ok(TEA));
    let level = IIdentity::setLevelCall {
        account: GROWER,
        level: 2,
    };
    assert_eq!(world.refuse(GROWER, &level), "NotPermitted");
    assert_eq!(
        world.refuse(GOVERNANCE, &suspend(TEA)),
        "WrongOrganisationStatus"
    );
    let restore = IIdentity::restoreOrganisationCall { organisation: TEA };
    world.accept(GOVERNANCE, &restore);
    assert!(world.may(GROWER, Permission::Submit));
    assert_eq!(
        world.refuse(GOVERNANCE, &restore),
        "WrongOrganisationStatus"
    );
    for unknown in [0, 5, u64::MAX] {
        assert_eq!(
            world.refuse(GOVERNANCE, &suspend(unknown)),
            "UnknownOrganisation"
        );
    }
    let silent = IIdentity::suspendOrganisationCall {
        organisation: TEA,
        reason: " ".to_owned(),
    };
    assert_eq!(world.refuse(GOVERNANCE, &silent), "ReasonMissing");
    let long = IIdentity::suspendOrganisationCall {
        organisation: TEA,
        reason: "x".repeat(1 << 20),
    };
    assert_eq!(world.refuse(GOVERNANCE, &long), "LimitExceeded");
}

#[test]
fn a_removed_organisation_frees_its_name_and_its_accounts() {
    let mut world = World::new();
    let key = Key::new(3);
    let clerk = key.address;
    let call = world.adding(TEA, (clerk, &key), &[2]);
    world.accept(GROWER, &call);
    let closed = Key::new(4);
    let call = world.adding(TEA, (closed.address, &closed), &[]);
    world.accept(GROWER, &call);
    let close = IIdentity::closeAccountCall {
        account: closed.address,
        reason: reason(),
    };
    world.accept(GROWER, &close);
    let call = world.adding(BANK, (clerk, &key), &[2]);
    assert_eq!(world.refuse(BANKER, &call), "AlreadyMember");
    world.accept(GOVERNANCE, &remove(TEA));
    assert_eq!(world.organisation(TEA).status, OrganisationStatus::Removed);
    assert_eq!(
        world.refuse(GOVERNANCE, &remove(TEA)),
        "WrongOrganisationStatus"
    );
    let restore = IIdentity::restoreOrganisationCall { organisation: TEA };
    assert_eq!(
        world.refuse(GOVERNANCE, &restore),
        "WrongOrganisationStatus"
    );
    assert!(!world.may(clerk, Permission::Submit));
    // The signature from before is still good: nothing has changed for the account.
    world.accept(BANKER, &call);
    assert_eq!(world.account(clerk).organisation, BANK);
    let call = world.adding(BANK, (closed.address, &closed), &[]);
    assert_eq!(world.refuse(BANKER, &call), "WrongAccountStatus");
    // The last administrator may leave what is no more.
    world.accept(GROWER, &IIdentity::leaveOrganisationCall {});
    assert_eq!(world.organisation(TEA).administrators, 0);
    assert_eq!(world.admit("Longjing Tea", &[GROWER]), Ok(5));
    assert_eq!(identity::active_organisations(&mut world.chain), Ok(4));
}

#[test]
fn the_last_active_organisation_stays() {
    let mut world = World::new();
    for organisation in 2..=4 {
        world.accept(GOVERNANCE, &remove(organisation));
    }
    assert_eq!(world.refuse(GOVERNANCE, &remove(BANK)), "LastOrganisation");
    assert_eq!(world.refuse(GOVERNANCE, &suspend(BANK)), "LastOrganisation");
    assert_eq!(error_name(&world.admit("Fifth", &[FOUNDER])), "accepted");
    world.accept(GOVERNANCE, &remove(BANK));
}

#[test]
fn addresses_of_organisations_are_theirs_alone() {
    for number in [1, 2, 0x0102_0304, u64::MAX] {
        let address = organisation_address(number);
        assert_eq!(organisation_number(address), Some(number));
        assert_eq!(&address[..12], b"qtorg\0\0\0\0\0\0\0");
    }
    for address in [
        organisation_address(0),
        BANKER,
        Address::ZERO,
        identity::ADDRESS,
    ] {
        assert_eq!(organisation_number(address), None);
    }
}

#[test]
fn pages_of_organisations_and_members_are_bounded() {
    let mut world = World::new();
    for index in 0..300_u64 {
        let founder = Address::from_word(U256::from(0xfff_0000 + index).into());
        world.admit(&format!("Firm {index}"), &[founder]).unwrap();
    }
    let mut cursor = U256::ZERO;
    let mut numbers = Vec::new();
    loop {
        let page = world.view(&IIdentity::organisationsCall {
            cursor,
            limit: U256::MAX,
        });
        assert!(page.list.len() <= 256);
        numbers.extend(page.list.iter().map(|found| found.number));
        cursor = page.next;
        if cursor.is_zero() {
            break;
        }
    }
    assert_eq!(numbers, (1..=304).collect::<Vec<u64>>());
    let past = world.view(&IIdentity::organisationsCall {
        cursor: U256::MAX,
        limit: U256::from(5),
    });
    assert_eq!((past.list.len(), past.next), (0, U256::ZERO));
}
