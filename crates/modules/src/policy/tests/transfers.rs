//! Transfer policies: lists, levels, references and limits.

use super::world::{
    BANK, BANKER, DAY, DOCTOR, GROWER, GUEST, TEA, TOKEN, World, describe, no_remittance,
};
use crate::{
    Halt,
    identity::{IIdentity, organisation_address},
    policy::{
        IPolicy::{self, ListKind, Remittance, Terms},
        LISTED_PER_CALL_MAX,
    },
};
use alloy_primitives::{Address, FixedBytes, U256};
use alloy_sol_types::SolError as _;
use qiantang_types::TimestampMs;

pub(super) const OTHER_TOKEN: Address = Address::repeat_byte(0xc1);

pub(super) fn no_terms() -> Terms {
    Terms {
        allowListed: false,
        denyListed: false,
        level: 0,
        perTransfer: 0,
        perDay: 0,
        perMonth: 0,
        remittance: FixedBytes::ZERO,
    }
}

pub(super) fn with_policy(terms: Terms) -> (World, u64) {
    let mut world = World::new();
    let policy = world.accept(
        BANKER,
        &IPolicy::createPolicyCall {
            name: "Deposits".to_owned(),
            terms,
        },
    );
    for token in [TOKEN, OTHER_TOKEN] {
        let call = IPolicy::setTokenCall {
            policy,
            token,
            registered: true,
        };
        world.accept(BANKER, &call);
    }
    (world, policy)
}

pub(super) fn remittance(kind: &[u8; 4], text: &str) -> Remittance {
    Remittance {
        kind: FixedBytes(*kind),
        text: text.to_owned(),
    }
}

pub(super) fn moving(
    policy: u64,
    (from, to): (Address, Address),
    amount: u128,
) -> IPolicy::recordTransferCall {
    IPolicy::recordTransferCall {
        policy,
        from,
        to,
        amount: U256::from(amount),
        remittance: no_remittance(),
    }
}

/// Records a transfer and gives the code of its refusal, or 0; checks that the two views say the
/// same beforehand.
pub(super) fn record(world: &mut World, token: Address, call: &IPolicy::recordTransferCall) -> u8 {
    world.chain.next_block();
    let seen = world.view(&IPolicy::mayTransferCall {
        policy: call.policy,
        token,
        from: call.from,
        to: call.to,
        amount: call.amount,
        remittance: call.remittance.clone(),
    });
    assert_eq!(seen.allowed, seen.code == 0);
    assert_eq!(seen.allowed, seen.reason.is_empty());
    let check = IPolicy::checkTransferCall {
        policy: call.policy,
        from: call.from,
        to: call.to,
        amount: call.amount,
        remittance: call.remittance.clone(),
    };
    let module = crate::policy::ADDRESS;
    world.chain.is_static = true;
    let checked = world.chain.send(token, module, &check).map(|_| ());
    world.chain.is_static = false;
    let recorded = world.chain.send(token, module, call).map(|_| ());
    assert_eq!(checked, recorded);
    let code = match recorded {
        Ok(()) => 0,
        Err(Halt::Revert(data)) => {
            let refused = IPolicy::TransferRefused::abi_decode(&data)
                .unwrap_or_else(|_| panic!("{}", describe(&Halt::Revert(data.clone()))));
            assert_eq!(
                (refused.policy, &refused.reason),
                (call.policy, &seen.reason)
            );
            refused.code
        }
        Err(halt) => panic!("{halt:?}"),
    };
    assert_eq!(code, seen.code);
    code
}

fn set_listed(world: &mut World, policy: u64, list: ListKind, accounts: &[Address], on: bool) {
    let call = IPolicy::setListedCall {
        policy,
        list,
        accounts: accounts.to_vec(),
        listed: on,
    };
    world.accept(BANKER, &call);
}

#[test]
fn a_policy_without_terms_lets_registered_tokens_move() {
    let (mut world, policy) = with_policy(no_terms());
    let call = moving(policy, (BANKER, GUEST), u128::MAX);
    assert_eq!(record(&mut world, TOKEN, &call), 0);
    assert_eq!(record(&mut world, GUEST, &call), 32);
    let off = IPolicy::setTokenCall {
        policy,
        token: TOKEN,
        registered: false,
    };
    world.accept(BANKER, &off);
    assert_eq!(world.refuse(BANKER, &off), "InvalidArgument");
    assert_eq!(record(&mut world, TOKEN, &call), 32);
    let unknown = moving(99, (BANKER, GUEST), 1);
    assert_eq!(world.refuse(TOKEN, &unknown), "UnknownPolicy");
    let long = IPolicy::recordTransferCall {
        remittance: remittance(b"CINV", &"x".repeat(1 << 20)),
        ..moving(policy, (BANKER, GUEST), 1)
    };
    assert_eq!(world.refuse(OTHER_TOKEN, &long), "LimitExceeded");
}

#[test]
fn lists_count_accounts_and_organisations_of_both_parties() {
    let (mut world, policy) = with_policy(Terms {
        allowListed: true,
        denyListed: true,
        ..no_terms()
    });
    let ask = |world: &mut World, from, to| record(world, TOKEN, &moving(policy, (from, to), 1));
    assert_eq!(ask(&mut world, BANKER, GROWER), 34);
    set_listed(&mut world, policy, ListKind::Allow, &[BANKER], true);
    assert_eq!(ask(&mut world, BANKER, GROWER), 34);
    let tea = organisation_address(TEA);
    set_listed(
        &mut world,
        policy,
        ListKind::Allow,
        &[tea, GUEST, GUEST],
        true,
    );
    assert_eq!(ask(&mut world, BANKER, GROWER), 0);
    assert_eq!(ask(&mut world, GROWER, tea), 0);
    assert_eq!(ask(&mut world, DOCTOR, GROWER), 34);
    // Mint and burn ask the one party that there is.
    assert_eq!(ask(&mut world, Address::ZERO, GROWER), 0);
    assert_eq!(ask(&mut world, Address::ZERO, DOCTOR), 34);
    assert_eq!(ask(&mut world, GROWER, Address::ZERO), 0);
    // The deny list beats the allow list.
    set_listed(&mut world, policy, ListKind::Deny, &[GROWER], true);
    assert_eq!(ask(&mut world, GROWER, GUEST), 35);
    assert_eq!(ask(&mut world, GUEST, GROWER), 35);
    set_listed(&mut world, policy, ListKind::Deny, &[GROWER, DOCTOR], false);
    set_listed(&mut world, policy, ListKind::Deny, &[tea], true);
    assert_eq!(ask(&mut world, GUEST, GROWER), 35);
    set_listed(&mut world, policy, ListKind::Deny, &[tea], false);
    set_listed(&mut world, policy, ListKind::Allow, &[BANKER], false);
    assert_eq!(ask(&mut world, BANKER, GROWER), 34);
    let page = world.view(&IPolicy::listedCall {
        policy,
        list: ListKind::Allow,
        cursor: U256::ZERO,
        limit: U256::from(1),
    });
    assert_eq!((page.accounts.len(), page.next), (1, U256::from(1)));
    let tokens = world.view(&IPolicy::tokensCall {
        policy,
        cursor: U256::ZERO,
        limit: U256::ZERO,
    });
    assert_eq!(tokens.list, [TOKEN, OTHER_TOKEN]);
}

#[test]
fn a_level_and_a_reference_can_be_required() {
    let (mut world, policy) = with_policy(Terms {
        level: 2,
        ..no_terms()
    });
    let ask = |world: &mut World, from, to| record(world, TOKEN, &moving(policy, (from, to), 1));
    let level = |world: &mut World, who, level| {
        let account = who;
        world.identity(who, &IIdentity::setLevelCall { account, level });
    };
    level(&mut world, BANKER, 1);
    level(&mut world, GROWER, 3);
    assert_eq!(ask(&mut world, BANKER, GROWER), 36);
    level(&mut world, BANKER, 2);
    assert_eq!(ask(&mut world, BANKER, GROWER), 0);
    assert_eq!(ask(&mut world, BANKER, GUEST), 36);
    assert_eq!(ask(&mut world, GUEST, BANKER), 36);
    assert_eq!(ask(&mut world, Address::ZERO, BANKER), 0);
    assert_eq!(ask(&mut world, BANKER, organisation_address(TEA)), 0);
    assert_eq!(ask(&mut world, BANKER, organisation_address(99)), 36);

    let change = |remittance: [u8; 4]| IPolicy::changePolicyCall {
        policy,
        terms: Terms {
            remittance: FixedBytes(remittance),
            ..no_terms()
        },
    };
    world.accept(BANKER, &change(*b"CINV"));
    let table = [
        (no_remittance(), [37, 37]),
        (remittance(b"CINV", "2026-117"), [0, 0]),
        (remittance(b"CINV", " "), [37, 37]),
        (remittance(b"SOAC", "2026-117"), [37, 0]),
        (remittance(&[0; 4], "2026-117"), [37, 37]),
    ];
    for (line, (given, codes)) in table.into_iter().enumerate() {
        let call = IPolicy::recordTransferCall {
            remittance: given,
            ..moving(policy, (BANKER, GROWER), 1)
        };
        world.accept(BANKER, &change(*b"CINV"));
        assert_eq!(record(&mut world, TOKEN, &call), codes[0], "line {line}");
        world.accept(BANKER, &change([0xff; 4]));
        assert_eq!(record(&mut world, TOKEN, &call), codes[1], "line {line}");
    }
}

#[test]
fn amounts_are_limited_per_transfer_day_and_month_across_the_leap_day() {
    let (mut world, policy) = with_policy(Terms {
        perTransfer: 60,
        perDay: 100,
        perMonth: 250,
        ..no_terms()
    });
    // 2028-02-28T00:00:00Z.
    world.chain.time = TimestampMs::new(21_242 * DAY);
    let ask =
        |world: &mut World, amount| record(world, TOKEN, &moving(policy, (BANKER, GROWER), amount));
    assert_eq!(ask(&mut world, 61), 38);
    assert_eq!(ask(&mut world, 60), 0);
    assert_eq!(ask(&mut world, 41), 39);
    assert_eq!(ask(&mut world, 40), 0);
    assert_eq!(ask(&mut world, 1), 39);
    // 29 February is another day of the same month.
    world.chain.time = TimestampMs::new(21_243 * DAY);
    assert_eq!(ask(&mut world, 60), 0);
    assert_eq!(ask(&mut world, 40), 0);
    world.chain.time = TimestampMs::new(21_244 * DAY - 10_000);
    assert_eq!(ask(&mut world, 1), 39);
    let spent = IPolicy::spentCall {
        policy,
        token: TOKEN,
        account: BANKER,
    };
    let seen = world.view(&spent);
    assert_eq!(
        (seen.today, seen.thisMonth),
        (U256::from(100), U256::from(200))
    );
    // 1 March.
    world.chain.time = TimestampMs::new(21_244 * DAY);
    let seen = world.view(&spent);
    assert_eq!((seen.today, seen.thisMonth), (U256::ZERO, U256::ZERO));
    for day in 0..2 {
        world.chain.time = TimestampMs::new((21_244 + day) * DAY);
        assert_eq!(ask(&mut world, 60), 0);
        assert_eq!(ask(&mut world, 40), 0);
    }
    world.chain.time = TimestampMs::new(21_246 * DAY);
    assert_eq!(ask(&mut world, 51), 40);
    assert_eq!(ask(&mut world, 50), 0);
}

#[test]
fn who_receives_and_who_mints_is_not_counted_and_no_amount_is_too_large_to_refuse() {
    let (mut world, policy) = with_policy(Terms {
        perTransfer: 60,
        perDay: 60,
        ..no_terms()
    });
    assert_eq!(
        record(&mut world, TOKEN, &moving(policy, (BANKER, GROWER), 60)),
        0
    );
    assert_eq!(
        record(&mut world, TOKEN, &moving(policy, (GROWER, BANKER), 60)),
        0
    );
    assert_eq!(
        record(
            &mut world,
            OTHER_TOKEN,
            &moving(policy, (BANKER, GROWER), 60)
        ),
        0
    );
    let mint = moving(policy, (Address::ZERO, BANKER), u128::MAX);
    assert_eq!(record(&mut world, TOKEN, &mint), 0);
    let endless = IPolicy::recordTransferCall {
        amount: U256::MAX,
        ..moving(policy, (GROWER, BANKER), 0)
    };
    assert_eq!(record(&mut world, TOKEN, &endless), 38);
    for terms in [
        Terms {
            perDay: 10,
            ..no_terms()
        },
        Terms {
            perMonth: u128::MAX,
            ..no_terms()
        },
    ] {
        world.accept(BANKER, &IPolicy::changePolicyCall { policy, terms });
        assert!([39, 40].contains(&record(&mut world, TOKEN, &endless)));
    }
}

#[test]
fn nobody_eats_up_anothers_limit() {
    let (mut world, policy) = with_policy(Terms {
        perDay: 100,
        ..no_terms()
    });
    // An account that calls as if it were a token, and the owner of another policy with it.
    let call = moving(policy, (GROWER, BANKER), 100);
    assert_eq!(record(&mut world, GUEST, &call), 32);
    let theirs = world.accept(
        DOCTOR,
        &IPolicy::createPolicyCall {
            name: "Trap".to_owned(),
            terms: Terms {
                perDay: 100,
                ..no_terms()
            },
        },
    );
    let token = GUEST;
    let registered = true;
    world.accept(
        DOCTOR,
        &IPolicy::setTokenCall {
            policy: theirs,
            token,
            registered,
        },
    );
    let trap = moving(theirs, (GROWER, BANKER), 100);
    assert_eq!(record(&mut world, GUEST, &trap), 0);
    assert_eq!(record(&mut world, OTHER_TOKEN, &call), 0);
    // The token itself is still untouched.
    assert_eq!(record(&mut world, TOKEN, &call), 0);
    assert_eq!(
        record(&mut world, TOKEN, &moving(policy, (GROWER, BANKER), 1)),
        39
    );
}

#[test]
fn only_the_owner_administers_a_policy() {
    let (mut world, policy) = with_policy(no_terms());
    let change = IPolicy::changePolicyCall {
        policy,
        terms: no_terms(),
    };
    let list = |accounts: Vec<Address>| IPolicy::setListedCall {
        policy,
        list: ListKind::Deny,
        accounts,
        listed: true,
    };
    let token = IPolicy::setTokenCall {
        policy,
        token: GUEST,
        registered: true,
    };
    for (who, error) in [
        (GROWER, "NotOwner"),
        (GUEST, "NotPermitted"),
        (TOKEN, "NotPermitted"),
    ] {
        assert_eq!(world.refuse(who, &change), error);
        assert_eq!(world.refuse(who, &list(vec![GROWER])), error);
        assert_eq!(world.refuse(who, &token), error);
    }
    let seen = world.view(&IPolicy::transferPolicyCall { id: policy });
    assert_eq!((seen.owner, seen.name.as_str()), (BANK, "Deposits"));
    assert_eq!(seen.terms, no_terms());
}

#[test]
fn a_policy_that_makes_no_sense_is_refused() {
    let (mut world, policy) = with_policy(no_terms());
    let list = |accounts: Vec<Address>| IPolicy::setListedCall {
        policy,
        list: ListKind::Deny,
        accounts,
        listed: true,
    };
    let create = |name: &str, terms| IPolicy::createPolicyCall {
        name: name.to_owned(),
        terms,
    };
    assert_eq!(
        world.refuse(GUEST, &create("x", no_terms())),
        "NotPermitted"
    );
    assert_eq!(
        world.refuse(BANKER, &create("", no_terms())),
        "InvalidArgument"
    );
    let long = "x".repeat(1 << 20);
    assert_eq!(
        world.refuse(BANKER, &create(&long, no_terms())),
        "LimitExceeded"
    );
    for terms in [
        Terms {
            perTransfer: 2,
            perDay: 1,
            ..no_terms()
        },
        Terms {
            perTransfer: 2,
            perMonth: 1,
            ..no_terms()
        },
        Terms {
            perDay: 2,
            perMonth: 1,
            ..no_terms()
        },
    ] {
        assert_eq!(world.refuse(BANKER, &create("x", terms)), "InvalidArgument");
    }
    let many = vec![GROWER; LISTED_PER_CALL_MAX + 1];
    assert_eq!(world.refuse(BANKER, &list(many)), "LimitExceeded");
    assert_eq!(
        world.refuse(BANKER, &list(vec![Address::ZERO])),
        "InvalidArgument"
    );
    let nobody = IPolicy::setTokenCall {
        policy,
        token: Address::ZERO,
        registered: true,
    };
    assert_eq!(world.refuse(BANKER, &nobody), "InvalidArgument");
    let none = IPolicy::setListedCall {
        list: ListKind::None,
        ..list(vec![GROWER])
    };
    assert_eq!(world.refuse(BANKER, &none), "InvalidArgument");
}
