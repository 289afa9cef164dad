use super::world::{BANK, BANKER, GROWER, Key, TEA, World, describe};
use crate::{
    Halt,
    identity::{
        self, ADDRESS, IIdentity, KeyState, POLICY, Permission, did, organisation_address,
        parse_did,
    },
    within,
};
use alloy_primitives::{Address, U256, address};

const STRANGER: Address = Address::repeat_byte(0x99);

#[test]
fn the_questions_of_other_modules_and_of_contracts_have_one_answer() {
    let mut world = World::new();
    let operator = world.join(&Key::new(1), &[2]);
    let auditor = world.join(&Key::new(2), &[3]);
    let suspended = world.join(&Key::new(3), &[2]);
    let reason = super::world::reason();
    let account = suspended;
    world.accept(BANKER, &IIdentity::suspendAccountCall { account, reason });
    let bank = organisation_address(BANK);
    // Account: organisation, active, may submit, actor.
    let cases = [
        (BANKER, BANK, true, true, bank),
        (operator, BANK, true, true, bank),
        (auditor, BANK, true, false, auditor),
        (suspended, BANK, false, false, suspended),
        (GROWER, TEA, true, true, organisation_address(TEA)),
        (STRANGER, 0, false, false, STRANGER),
        (bank, 0, false, false, bank),
        (Address::ZERO, 0, false, false, Address::ZERO),
    ];
    for (account, organisation, active, submits, actor) in cases {
        let chain = &mut world.chain;
        assert_eq!(identity::organisation_of(chain, account), Ok(organisation));
        assert_eq!(identity::is_active(chain, account), Ok(active));
        assert_eq!(identity::actor(chain, account), Ok(actor));
        assert_eq!(identity::speaks_for(chain, account, account), Ok(true));
        let for_bank = submits && organisation == BANK || account == bank;
        assert_eq!(identity::speaks_for(chain, account, bank), Ok(for_bank));
        assert_eq!(
            identity::speaks_for(chain, account, Address::repeat_byte(7)),
            Ok(false)
        );
        assert_eq!(world.may(account, Permission::Submit), submits);
        let chain = &mut world.chain;
        let required = identity::require_permission(chain, account, Permission::Submit);
        match (required, submits) {
            (Ok(number), true) => assert_eq!(number, organisation),
            (Err(halt), false) => {
                let expected = format!("NotPermitted {{ account: {account:?}, permission: 3 }}");
                assert_eq!(describe(&halt), expected);
            }
            other => panic!("{account}: {other:?}"),
        }
        let seen = world.view(&IIdentity::organisationOfCall { account });
        assert_eq!(seen, organisation);
        assert_eq!(world.view(&IIdentity::isActiveCall { account }), active);
        assert_eq!(world.view(&IIdentity::actorOfCall { account }), actor);
        let party = bank;
        assert_eq!(
            world.view(&IIdentity::speaksForCall { account, party }),
            for_bank
        );
    }
    let organisation = BANK;
    assert_eq!(
        world.view(&IIdentity::organisationAddressCall { organisation }),
        bank
    );
    assert_eq!(
        identity::jurisdiction(&mut world.chain, BANK),
        Ok("CN-330100".to_owned())
    );
    assert_eq!(
        identity::organisation_name(&mut world.chain, TEA),
        Ok("Longjing Tea".to_owned())
    );
    assert_eq!(
        identity::organisation_name(&mut world.chain, 9),
        Ok(String::new())
    );
    let unknown = identity::organisation(&mut world.chain, 9).unwrap();
    assert_eq!(unknown.status, IIdentity::OrganisationStatus::None);
}

#[test]
fn a_role_counts_while_its_holder_is_active() {
    let mut world = World::new();
    let operator = world.join(&Key::new(1), &[2]);
    let has = |world: &mut World, role: u8| {
        world.chain.address = Address::ZERO;
        identity::has_role(&mut world.chain, operator, role).unwrap()
    };
    assert!(has(&mut world, 2) && !has(&mut world, 1));
    for none in [0, 16, 79, 80, 127, 128, 255] {
        assert!(!has(&mut world, none), "{none}");
    }
    let reason = super::world::reason();
    let account = operator;
    world.accept(BANKER, &IIdentity::suspendAccountCall { account, reason });
    assert!(!has(&mut world, 2));
}

#[test]
fn the_slot_of_an_account_holds_its_record() {
    let mut world = World::new();
    let clerk = world.join(&Key::new(1), &[2]);
    let slot = identity::account_slot(clerk);
    let word = world.chain.slots[&(ADDRESS, slot)];
    // From the low end: organisation 1, active, level 1, own key, not restricted, no signer.
    assert_eq!(
        word,
        U256::from(BANK) | U256::from(1) << 64 | U256::from(1) << 72
    );
}

#[test]
fn questions_read_as_little_as_they_need() {
    let mut world = World::new();
    let operator = world.join(&Key::new(1), &[2]);
    let role = world.accept(
        BANKER,
        &IIdentity::createRoleCall {
            name: "teller".to_owned(),
            permissions: U256::from(1 << 4),
        },
    );
    let teller = world.join(&Key::new(2), &[2, role]);
    let mut loads = |ask: &dyn Fn(&mut crate::testing::MapContext)| {
        let before = world.chain.loads;
        ask(&mut world.chain);
        world.chain.loads - before
    };
    assert_eq!(loads(&|chain| drop(identity::account(chain, operator))), 1);
    assert_eq!(
        loads(&|chain| drop(identity::organisation_of(chain, operator))),
        1
    );
    assert_eq!(
        loads(&|chain| drop(identity::is_active(chain, operator))),
        2
    );
    assert_eq!(
        loads(&|chain| drop(identity::is_active(chain, STRANGER))),
        1
    );
    let submit = Permission::Submit;
    assert_eq!(
        loads(&|chain| drop(identity::has_permission(chain, operator, submit))),
        3
    );
    assert_eq!(
        loads(&|chain| drop(identity::require_permission(chain, operator, submit))),
        3
    );
    assert_eq!(loads(&|chain| drop(identity::actor(chain, operator))), 3);
    assert_eq!(
        loads(&|chain| drop(identity::has_permission(chain, teller, submit))),
        3
    );
    // A role that the organisation made is one more.
    let check = Permission::Check;
    assert_eq!(
        loads(&|chain| drop(identity::has_permission(chain, teller, check))),
        4
    );
    assert_eq!(
        loads(&|chain| drop(identity::speaks_for(chain, teller, STRANGER))),
        0
    );
}

#[test]
fn only_policy_restricts_and_membership_changes_leave_it() {
    let mut world = World::new();
    let key = Key::new(1);
    let clerk = world.join(&key, &[2]);
    // Whoever stands above Identity and is not Policy.
    world.chain.address = crate::trace::ADDRESS;
    let refused = identity::set_restricted(&mut world.chain, clerk, true);
    let Err(halt) = refused else {
        panic!("anybody restricts");
    };
    assert_eq!(
        describe(&halt),
        format!("NotPolicy {{ caller: {:?} }}", crate::trace::ADDRESS)
    );
    let as_policy = |world: &mut World, account: Address, restricted: bool| {
        // As Policy's own code would: it stands at its address and asks Identity.
        let chain = &mut world.chain;
        chain.address = POLICY;
        let caller = chain.caller;
        let result: Result<(), Halt> = crate::calls::enter(chain, ADDRESS, POLICY, |ctx| {
            identity::set_restricted(ctx, account, restricted)
        });
        chain.address = Address::ZERO;
        chain.caller = caller;
        result.unwrap();
    };
    for account in [clerk, STRANGER] {
        let logs = world.chain.logs.len();
        as_policy(&mut world, account, true);
        as_policy(&mut world, account, true);
        assert_eq!(world.chain.logs.len(), logs + 1);
        assert!(world.account(account).restricted);
    }
    assert!(
        world.may(clerk, Permission::Submit),
        "orders are Policy's to apply"
    );
    world.accept(clerk, &IIdentity::leaveOrganisationCall {});
    let left = world.account(clerk);
    assert!(left.restricted && left.organisation == 0);
    let call = world.adding(BANK, (clerk, &key), &[]);
    world.accept(BANKER, &call);
    assert!(world.account(clerk).restricted);
    as_policy(&mut world, clerk, false);
    assert!(!world.account(clerk).restricted);
    // Within Identity itself there is no way around.
    let direct = within(&mut world.chain, ADDRESS, |ctx| {
        identity::set_restricted(ctx, clerk, true)
    });
    assert!(direct.is_err());
}

#[test]
fn a_did_says_chain_and_address_and_is_read_back() {
    let account = address!("0xABcdEF0123456789abCDEF0123456789ABCDEf01");
    let text = "did:qiantang:571571:0xabcdef0123456789abcdef0123456789abcdef01";
    assert_eq!(did(571_571, account), text);
    assert_eq!(parse_did(text), Some((571_571, account)));
    for wrong in [
        "",
        "did:qiantang:",
        "did:qiantang:1",
        "did:qiantang:1:",
        "did:qiantang:1:abcdef0123456789abcdef0123456789abcdef01",
        "did:qiantang:+1:0xabcdef0123456789abcdef0123456789abcdef01",
        "did:qiantang::0xabcdef0123456789abcdef0123456789abcdef01",
        "did:qiantang:99999999999999999999:0xabcdef0123456789abcdef0123456789abcdef01",
        "did:qiantang:1:0xabcdef0123456789abcdef0123456789abcdef0",
        "did:qiantang:1:0xabcdef0123456789abcdef0123456789abcdef01#key",
        "did:qiantang:1:0xabcdef0123456789abcdef0123456789abcdef0\u{e9}",
        "did:ethr:1:0xabcdef0123456789abcdef0123456789abcdef01",
    ] {
        assert_eq!(parse_did(wrong), None, "{wrong}");
    }
}

#[test]
fn a_did_resolves_to_keys_controller_and_status() {
    let mut world = World::new();
    let clerk = world.join(&Key::new(1), &[2, 3]);
    let resolve =
        |world: &mut World, subject: Address| world.view(&IIdentity::resolveCall { subject });
    let bank = organisation_address(BANK);
    let found = resolve(&mut world, clerk);
    assert_eq!(found.did, did(571_571, clerk));
    assert_eq!(
        (found.found, found.isOrganisation, found.deactivated),
        (true, false, false)
    );
    assert_eq!(found.controller, did(571_571, bank));
    assert_eq!(found.organisationName, "West Lake Bank");
    assert_eq!(found.keys, [clerk]);
    assert_eq!(found.roles, ["operator", "auditor"]);
    assert!(found.created > 0 && found.updated >= found.created);

    let key = Key::new(5);
    let call = world.rotating(clerk, &key);
    world.accept(clerk, &call);
    assert_eq!(world.account(key.address).key, KeyState::Signer);
    assert_eq!(resolve(&mut world, clerk).keys, [key.address]);
    let signer = resolve(&mut world, key.address);
    assert!(
        signer.deactivated && signer.keys.is_empty(),
        "a key is no subject of its own"
    );

    let reason = super::world::reason();
    let account = clerk;
    world.accept(BANKER, &IIdentity::closeAccountCall { account, reason });
    let closed = resolve(&mut world, clerk);
    assert!(closed.deactivated && closed.keys.is_empty() && closed.found);

    let organisation = resolve(&mut world, bank);
    assert!(organisation.found && organisation.isOrganisation && !organisation.deactivated);
    assert_eq!(organisation.administrators, [did(571_571, BANKER)]);
    let stranger = resolve(&mut world, STRANGER);
    assert!(!stranger.found && !stranger.deactivated);
    assert_eq!(
        stranger.keys,
        [STRANGER],
        "every address is a key of its own"
    );
    assert!(!resolve(&mut world, organisation_address(99)).found);
}
