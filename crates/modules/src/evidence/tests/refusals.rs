//! Bad input: each has an answer that says what was wrong.

use super::world::{
    ALICE, BANKER, accept, chain, commitment, describe, details, digest, document, refuse,
};
use crate::{
    evidence::{
        ADDRESS, IEvidence,
        IEvidence::{Algorithm, Details},
    },
    module_at,
};
use alloy_primitives::{Address, B256, U256, hex};
use alloy_sol_types::SolCall;

fn with_digest(digest: Vec<u8>) -> IEvidence::depositCall {
    IEvidence::depositCall {
        digest: digest.into(),
        ..document(1, details())
    }
}

#[test]
fn a_digest_has_32_bytes_and_is_not_zero() {
    let mut chain = chain();
    // Nothing, SHA-1, one too few, one too many, SHA-512, a megabyte.
    for length in [0, 20, 31, 33, 64, 1 << 20] {
        let found = refuse(&mut chain, ALICE, &with_digest(vec![7; length]));
        assert_eq!(
            found,
            format!("DigestLength(DigestLength {{ length: {length} }})")
        );
        let root = IEvidence::depositBatchCall {
            algorithm: Algorithm::Sha256,
            root: vec![7; length].into(),
            count: 1,
            details: details(),
        };
        assert!(refuse(&mut chain, ALICE, &root).starts_with("DigestLength"));
        let word = IEvidence::depositCommitmentCall {
            commitment: vec![7; length].into(),
            details: details(),
        };
        assert!(refuse(&mut chain, ALICE, &word).starts_with("DigestLength"));
        let digest = vec![7; length].into();
        let found = refuse(&mut chain, ALICE, &IEvidence::firstCall { digest });
        assert!(found.starts_with("DigestLength"));
    }
    let zero = refuse(&mut chain, ALICE, &with_digest(vec![0; 32]));
    assert_eq!(zero, "DigestZero(DigestZero)");
    let zero = refuse(&mut chain, ALICE, &commitment(B256::ZERO, details()));
    assert_eq!(zero, "DigestZero(DigestZero)");
    let unnamed = IEvidence::depositCall {
        algorithm: Algorithm::None,
        ..document(1, details())
    };
    let unnamed = refuse(&mut chain, ALICE, &unnamed);
    assert_eq!(unnamed, "AlgorithmMissing(AlgorithmMissing)");
}

#[test]
fn a_tree_has_leaves_and_not_too_many() {
    let mut chain = chain();
    let batch = |count| IEvidence::depositBatchCall {
        algorithm: Algorithm::Sha256,
        root: digest(1).to_vec().into(),
        count,
        details: details(),
    };
    for count in [0, (1 << 32) + 1, u64::MAX] {
        let found = refuse(&mut chain, ALICE, &batch(count));
        assert_eq!(found, format!("LeafCount(LeafCount {{ count: {count} }})"));
    }
    accept(&mut chain, ALICE, &batch(1));
    accept(&mut chain, ALICE, &batch(1 << 32));
}

#[test]
fn texts_and_lists_are_short_and_plain() {
    let mut chain = chain();
    let long = "长".repeat(350_000);
    let kind = |text: &str| Details {
        kind: text.to_owned(),
        ..details()
    };
    let reference = |text: &str| Details {
        ownReference: text.to_owned(),
        ..details()
    };
    let parties = |parties: Vec<Address>| Details {
        parties,
        ..details()
    };
    let many: Vec<Address> = (1..=17).map(Address::repeat_byte).collect();
    let at_most = |limit: &str, value: usize, maximum: usize| {
        format!("LimitExceeded({limit}, {value}, {maximum})")
    };
    let control =
        |field: &str| format!("ControlCharacter(ControlCharacter {{ field: {field:?} }})");
    let party = |party: Address| format!("InvalidParty(InvalidParty {{ party: {party} }})");
    let missing = "KindMissing(KindMissing)".to_owned();
    let cases = [
        (kind(""), missing.clone()),
        (kind("  \u{3000}"), missing),
        (kind(&"k".repeat(65)), at_most("bytes of kind", 65, 64)),
        (kind(&long), at_most("bytes of kind", 1_050_000, 64)),
        (
            reference(&long),
            at_most("bytes of ownReference", 1_050_000, 512),
        ),
        (kind("a\nb"), control("kind")),
        (reference("\u{1b}[2J"), control("ownReference")),
        (reference("\u{85}"), control("ownReference")),
        (
            parties(many.clone()),
            at_most("parties of a deposit", 17, 16),
        ),
        (parties(vec![many[0], Address::ZERO]), party(Address::ZERO)),
        (parties(vec![many[0], many[1], many[0]]), party(many[0])),
    ];
    for (details, expected) in cases {
        assert_eq!(refuse(&mut chain, ALICE, &document(1, details)), expected);
    }
    let most = Details {
        kind: "k".repeat(64),
        ownReference: "r".repeat(512),
        parties: many[..16].to_vec(),
        previous: 0,
    };
    accept(&mut chain, ALICE, &document(1, most));
}

#[test]
fn a_withdrawal_has_a_reason_and_a_deposit() {
    let mut chain = chain();
    accept(&mut chain, ALICE, &document(1, details()));
    let withdraw = |id: u64, reason: &str| IEvidence::withdrawCall {
        id,
        reason: reason.to_owned(),
    };
    let cases = [
        (withdraw(1, " "), "ReasonMissing"),
        (
            withdraw(1, &"r".repeat(1025)),
            "LimitExceeded(bytes of reason, 1025, 1024)",
        ),
        (
            withdraw(1, &"r".repeat(1 << 20)),
            "LimitExceeded(bytes of reason, 1048576, 1024)",
        ),
        (withdraw(1, "a\tb"), "ControlCharacter"),
        (withdraw(0, "why"), "UnknownDeposit"),
        (withdraw(2, "why"), "UnknownDeposit"),
    ];
    for (call, expected) in cases {
        let found = refuse(&mut chain, ALICE, &call);
        assert!(found.starts_with(expected), "{found}");
    }
    let stranger = refuse(&mut chain, BANKER, &withdraw(1, "why"));
    assert!(stranger.starts_with("NotOwner"), "{stranger}");
    let digest_is_no_commitment = "NotCommitment(NotCommitment { id: 1 })";
    let erased = refuse(&mut chain, ALICE, &IEvidence::eraseCall { id: 1 });
    assert_eq!(erased, digest_is_no_commitment);
    let opened = IEvidence::checkOpeningCall {
        id: 1,
        key: B256::ZERO,
        salt: B256::ZERO,
        data: Vec::new().into(),
    };
    assert_eq!(refuse(&mut chain, ALICE, &opened), digest_is_no_commitment);
    let unknown = refuse(&mut chain, ALICE, &IEvidence::depositedCall { id: 9 });
    assert_eq!(unknown, "UnknownDeposit(UnknownDeposit { id: 9 })");
}

#[test]
fn what_no_operation_takes_is_refused() {
    let mut chain = chain();
    let module = module_at(ADDRESS, chain.height).unwrap();
    let call = |chain: &mut crate::testing::MapContext, input: &[u8]| {
        describe(&chain.call(module, input).unwrap_err())
    };
    for input in [&[][..], &[1, 2, 3], &hex!("deadbeef00")] {
        assert_eq!(call(&mut chain, input), "UnknownSelector");
    }
    let good = document(1, details()).abi_encode();
    let enumeration = {
        let mut bytes = good.clone();
        bytes[4 + 31] = 9;
        bytes
    };
    let garbage = [&good[..4], &[0xff; 100]].concat();
    for input in [&good[..good.len() - 32], &enumeration, &garbage] {
        assert_eq!(call(&mut chain, input), "MalformedInput");
    }
    chain.value = U256::ONE;
    assert_eq!(call(&mut chain, &good), "NotPayable");
    chain.value = U256::ZERO;
    chain.is_static = true;
    assert_eq!(call(&mut chain, &good), "StaticCall");
}

#[test]
fn a_deposit_stops_where_its_gas_ends() {
    let call = document(1, details());
    let mut rich = chain();
    accept(&mut rich, BANKER, &call);
    let needed = rich.gas_used;
    for part in 0..20 {
        let mut poor = chain();
        poor.gas_limit = needed * part / 20;
        assert_eq!(refuse(&mut poor, BANKER, &call), "OutOfGas");
    }
    let mut exact = chain();
    exact.gas_limit = needed;
    accept(&mut exact, BANKER, &call);
    assert_eq!(exact.slots, rich.slots);
}
