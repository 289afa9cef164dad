//! Whole bundles: accepted as made, refused however they are altered.

use crate::chain::{Chain, EPOCH, TRANSACTION_INDEX, finalize, proposal, transactions, validators};
use alloy_primitives::{Address, Bytes, U256, address};
use commonware_codec::Encode as _;
use commonware_cryptography::Signer as _;
use proptest::{collection::vec, prelude::*};
use qiantang_types::{
    Fingerprint, Header, Height, LedgerHash, TimestampMs, TrustRoot, leaf_hash, merkle_proof,
};
use qiantang_verify::{
    Bundle, Fact, FormatError, HeaderChainError, RangeFact, TransactionProofError, VerifiedFact,
    VerifyError,
    bundle::{BOUNDARIES_MAX, FACTS_MAX, HEADERS_MAX, RANGE_ENTRIES_MAX},
    verify,
};
use std::{fs, path::Path, sync::LazyLock};

static CHAIN: LazyLock<Chain> = LazyLock::new(|| Chain::new(4));

/// A bundle of every kind of fact about one block, certified by that block's grandchild.
fn full() -> &'static Bundle {
    &CHAIN.bundle
}

fn step_of(bytes: &[u8], anchor: &Fingerprint) -> Option<&'static str> {
    verify(bytes, anchor).err().map(|error| {
        let step = error.step();
        assert!(
            error.to_string().starts_with(&format!("{step}: ")),
            "{error}"
        );
        step
    })
}

const STEPS: [&str; 9] = [
    "format",
    "anchor",
    "boundary",
    "certificate",
    "header-chain",
    "transaction-proof",
    "receipt-proof",
    "state-proof",
    "seal",
];

#[test]
fn proves_every_kind_of_fact_in_both_forms() {
    let forms = [
        full().to_binary(),
        full().to_json().into_bytes(),
        full().to_json_compact().into_bytes(),
    ];
    let sender = address!("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
    for bytes in forms {
        let verified = verify(&bytes, &CHAIN.anchor).unwrap();
        assert_eq!(verified.chain_id, 571_571);
        assert_eq!(
            (verified.height, verified.certified_height),
            (Height::new(41), Height::new(43))
        );
        assert_eq!(verified.time, TimestampMs::new(1_795_000_000_000));
        assert_eq!(verified.block_hash, full().headers[0].hash());
        assert_eq!((verified.signers.len(), verified.validators), (3, 4));
        let signers = CHAIN
            .keys
            .iter()
            .map(|key| key.public_key().encode().into());
        assert_eq!(verified.signers, signers.skip(1).collect::<Vec<Bytes>>());
        assert_eq!((verified.epoch, verified.set_changes), (EPOCH, 1));
        let [transaction, log, slot, account, entry, absence, ranges @ ..] = &verified.facts[..]
        else {
            panic!("eight facts, not {:?}", verified.facts);
        };
        assert!(
            matches!(transaction, VerifiedFact::Transaction { index, sender: found, .. }
            if *index == TRANSACTION_INDEX as u64 && *found == sender)
        );
        assert!(
            matches!(log, VerifiedFact::Log { log_index: 0, sender: found, log, .. }
            if *found == sender && log.address == Address::repeat_byte(1))
        );
        assert!(matches!(slot, VerifiedFact::Slot { value, .. } if *value == U256::from(4242)));
        assert!(matches!(account, VerifiedFact::Account { account, .. } if account.nonce == 3));
        assert!(matches!(entry, VerifiedFact::RegistryEntry { value, .. }
            if *value == U256::from(8)));
        assert!(matches!(absence, VerifiedFact::RegistryAbsence { slot }
            if *slot == U256::from(7500)));
        let pairs = |list: &[u64]| -> Vec<(U256, U256)> {
            let pair = |n: &u64| (U256::from(n * 1000), U256::from(n + 1));
            list.iter().map(pair).collect()
        };
        let range = |first, last, list| VerifiedFact::RegistryRange {
            first: U256::from(first),
            last: U256::from(last),
            entries: pairs(list),
        };
        let expected = [
            range(20_000, 22_500, &[20, 21, 22]),
            range(22_501, 24_000, &[23, 24]),
        ];
        assert_eq!(ranges, expected);
        assert_eq!(Bundle::decode(&bytes).as_ref(), Ok(full()));
    }
    let json = serde_json::to_string(full()).unwrap();
    assert_eq!(json, full().to_json_compact());
    assert_eq!(
        &serde_json::from_str::<Bundle>(&full().to_json()).unwrap(),
        full()
    );
}

/// Alters every bit of a bundle of one fact, in both forms; the steps that named themselves.
fn flip_every_bit(chain: &Chain, fact: usize) -> Vec<&'static str> {
    let bundle = chain.single(fact);
    let mut steps = Vec::new();
    for bytes in [bundle.to_binary(), bundle.to_json().into_bytes()] {
        assert_eq!(step_of(&bytes, &chain.anchor), None);
        let mut altered = bytes.clone();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                altered[at] ^= 1 << bit;
                let step = step_of(&altered, &chain.anchor);
                let step = step.unwrap_or_else(|| panic!("bit {bit} of byte {at} was missed"));
                steps.push(step);
                altered[at] ^= 1 << bit;
            }
        }
    }
    steps
}

#[test]
fn every_altered_bit_of_a_small_bundle_is_found() {
    let chain = Chain::new(1);
    let steps = flip_every_bit(&chain, 0);
    for step in [
        "format",
        "anchor",
        "boundary",
        "certificate",
        "header-chain",
        "transaction-proof",
        "seal",
    ] {
        assert!(steps.contains(&step), "no alteration failed at {step}");
    }
}

#[test]
fn every_altered_byte_of_every_kind_of_fact_is_found() {
    let chain = Chain::new(1);
    let mut steps = Vec::new();
    for fact in 0..full().facts.len() {
        let mut bytes = chain.single(fact).to_binary();
        assert_eq!(step_of(&bytes, &chain.anchor), None);
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            steps.push(step_of(&bytes, &chain.anchor).expect("the alteration is found"));
            bytes[at] ^= 1;
        }
    }
    for step in STEPS {
        assert!(steps.contains(&step), "no alteration failed at {step}");
    }
}

#[test]
fn every_truncation_and_every_extension_is_found() {
    let bundle = CHAIN.single(0);
    for bytes in [bundle.to_binary(), bundle.to_json().into_bytes()] {
        for end in 0..bytes.len() {
            // Also where nothing but the JSON's final line feed is missing.
            assert_eq!(
                step_of(&bytes[..end], &CHAIN.anchor),
                Some("format"),
                "{end} bytes"
            );
        }
        for tail in [&b"\0"[..], b"\n", b" ", b"{}", &bytes] {
            let longer = [&bytes, tail].concat();
            assert_eq!(step_of(&longer, &CHAIN.anchor), Some("format"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_random_alteration_of_a_large_bundle_is_found(
        json in any::<bool>(),
        at in any::<prop::sample::Index>(),
        mask in 1u8..=255,
    ) {
        let mut bytes =
            if json { full().to_json().into_bytes() } else { full().to_binary() };
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        let step = step_of(&bytes, &CHAIN.anchor);
        prop_assert!(step.is_some_and(|step| STEPS.contains(&step)), "byte {} ^ {}", at, mask);
    }

    #[test]
    fn random_bytes_are_no_bundle(
        mut bytes in vec(any::<u8>(), 0..600),
        head in 0usize..4,
    ) {
        let heads = [&b""[..], b"qtb\x02", b"{\"format\":\"qiantang-proof-bundle\",", b"{"];
        bytes.splice(0..0, heads[head].iter().copied());
        prop_assert_eq!(step_of(&bytes, &CHAIN.anchor), Some("format"));
    }

    /// A bundle cut up and put together again: structure that random bytes never reach.
    #[test]
    fn an_edited_bundle_is_refused_and_never_panics(
        json in any::<bool>(),
        edits in vec((any::<[prop::sample::Index; 2]>(), 0u8..4, 1usize..40), 1..4),
    ) {
        let original = if json { full().to_json().into_bytes() } else { full().to_binary() };
        let mut bytes = original.clone();
        for ([from, to], kind, len) in edits {
            let from = from.index(bytes.len() - len);
            let to = to.index(bytes.len() - len);
            let part = bytes[from..from + len].to_vec();
            match kind {
                0 => bytes[to..to + len].copy_from_slice(&part),
                1 => drop(bytes.splice(to..to, part)),
                2 => drop(bytes.drain(to..to + len)),
                _ => bytes[to] = bytes[to].wrapping_add(1),
            }
        }
        prop_assert_eq!(verify(&bytes, &CHAIN.anchor).is_ok(), bytes == original);
    }
}

/// The step at which a bundle fails that was altered by somebody who knows how to seal it again.
fn resealed(change: impl FnOnce(&mut Bundle)) -> Option<&'static str> {
    let mut bundle = full().clone();
    change(&mut bundle);
    let (binary, json) = (bundle.to_binary(), bundle.to_json());
    let step = step_of(&binary, &CHAIN.anchor);
    assert_eq!(step_of(json.as_bytes(), &CHAIN.anchor), step);
    step
}

fn alter(bytes: &mut Bytes, at: usize) {
    let mut altered = bytes.to_vec();
    altered[at] ^= 1;
    *bytes = altered.into();
}

#[test]
fn a_forger_who_seals_again_fails_at_the_step_that_matters() {
    assert_eq!(resealed(|_| ()), None);
    assert_eq!(resealed(|b| b.root.chain_id = 1), Some("anchor"));
    assert_eq!(resealed(|b| drop(b.root.validators.pop())), Some("anchor"));
    assert_eq!(
        resealed(|b| b.root.genesis = LedgerHash::ZERO),
        Some("anchor")
    );
    assert_eq!(
        resealed(|b| alter(&mut b.boundaries[0].certificate, 100)),
        Some("boundary")
    );
    assert_eq!(
        resealed(|b| b.boundaries[0].header.gas_used = 1),
        Some("boundary")
    );
    // Twice the same change, and no change at all: the first set has as many members.
    assert_eq!(
        resealed(|b| b.boundaries.push(b.boundaries[0].clone())),
        Some("boundary")
    );
    assert_eq!(resealed(|b| b.boundaries.clear()), Some("certificate"));
    assert_eq!(
        resealed(|b| alter(&mut b.certificate, 100)),
        Some("certificate")
    );
    assert_eq!(
        resealed(|b| b.certificate = Bytes::new()),
        Some("certificate")
    );
    assert_eq!(
        resealed(|b| b.headers[2].gas_used = 1),
        Some("header-chain")
    );
    assert_eq!(
        resealed(|b| b.headers[1].gas_used = 1),
        Some("header-chain")
    );
    assert_eq!(
        resealed(|b| b.headers[0].gas_used = 1),
        Some("header-chain")
    );
    assert_eq!(
        resealed(|b| drop(b.headers.remove(1))),
        Some("header-chain")
    );
    assert_eq!(resealed(|b| drop(b.headers.pop())), Some("header-chain"));
    assert_eq!(resealed(|b| b.headers.swap(0, 1)), Some("header-chain"));
    // Without its first header the rest is a valid chain of which the facts are not true.
    assert_eq!(
        resealed(|b| drop(b.headers.remove(0))),
        Some("transaction-proof")
    );
}

/// The step at which a bundle fails whose fact at a position was changed and sealed again.
macro_rules! forge {
    ($position:expr, $kind:ident, $fact:ident => $change:expr) => {
        resealed(|bundle| {
            let Fact::$kind($fact) = &mut bundle.facts[$position] else {
                panic!("another kind")
            };
            $change;
        })
    };
}

#[test]
fn a_forged_transaction_or_log_fails_at_its_own_step() {
    let transaction = [
        forge!(0, Transaction, f => alter(&mut f.transaction, 20)),
        forge!(0, Transaction, f => f.proof.index = 2),
        forge!(0, Transaction, f => f.proof.count = 6),
        forge!(0, Transaction, f => f.proof.count = u64::MAX),
        forge!(0, Transaction, f => f.proof.path.truncate(1)),
        forge!(1, Log, f => f.transaction_proof.index = 1),
        forge!(1, Log, f => alter(&mut f.transaction, 9)),
    ];
    assert_eq!(transaction, [Some("transaction-proof"); 7]);
    let receipt = [
        forge!(1, Log, f => alter(&mut f.receipt, 20)),
        forge!(1, Log, f => f.receipt_proof.index = 1),
        forge!(1, Log, f => f.log_index = 2),
    ];
    assert_eq!(receipt, [Some("receipt-proof"); 3]);
}

#[test]
fn a_forged_state_fails_at_its_own_step() {
    let state = [
        forge!(2, Slot, f => f.value = U256::from(1)),
        forge!(2, Slot, f => f.slot = U256::from(1)),
        forge!(2, Slot, f => f.address = Address::ZERO),
        forge!(3, Account, f => f.nonce = 4),
        forge!(3, Account, f => f.balance = U256::MAX),
        forge!(4, RegistryEntry, f => f.value = U256::from(9)),
        forge!(5, RegistryAbsence, f => f.slot = U256::from(7000)),
        forge!(5, RegistryAbsence, f => f.slot = U256::from(9500)),
        forge!(6, RegistryRange, f => drop(f.entries.pop())),
        forge!(6, RegistryRange, f => drop(f.entries.remove(0))),
        forge!(6, RegistryRange, f => f.entries.swap(1, 2)),
        forge!(6, RegistryRange, f => f.entries[1].value = U256::from(1)),
        forge!(6, RegistryRange, f => f.first = U256::from(19_999)),
        forge!(6, RegistryRange, f => f.last = U256::from(23_000)),
        forge!(7, RegistryRange, f => f.before = Bytes::new()),
        forge!(7, RegistryRange, f => f.first = U256::from(22_000)),
    ];
    assert_eq!(state, [Some("state-proof"); 16]);
}

/// A forger who swaps the evidence of two true ranges, or joins them across a hole.
#[test]
fn ranges_are_joined_only_where_nothing_lies_between() {
    let range = |position: usize| match &full().facts[position] {
        Fact::RegistryRange(fact) => fact.clone(),
        other => panic!("{other:?}"),
    };
    let [first, second] = [range(6), range(7)];
    // All of both: a true fact of its own.
    let mut joined = first.clone();
    joined.last = second.last;
    joined.entries.extend(second.entries.clone());
    let with = |fact: &RangeFact| {
        let fact = fact.clone();
        resealed(move |bundle| bundle.facts[6] = Fact::RegistryRange(fact))
    };
    assert_eq!(with(&joined), None);
    let mut hole = joined.clone();
    hole.entries.remove(2);
    assert_eq!(with(&hole), Some("state-proof"));
    let mut swapped = joined.clone();
    swapped.entries.rotate_left(3);
    assert_eq!(with(&swapped), Some("state-proof"));
    let mut mixed = first;
    mixed.entries = second.entries;
    assert_eq!(with(&mixed), Some("state-proof"));
}

#[test]
fn facts_that_follow_each_other_prove_a_longer_range() {
    let verified = verify(&full().to_binary(), &CHAIN.anchor).unwrap();
    let range = |first: u64, last: u64| {
        let found = verified.registry_range(U256::from(first), U256::from(last));
        found
            .map_err(|missing| missing.from.to::<u64>())
            .map(|entries| {
                let slots = entries.iter().map(|(slot, _)| slot.to::<u64>() / 1000);
                slots.collect::<Vec<_>>()
            })
    };
    assert_eq!(range(20_000, 24_000), Ok(vec![20, 21, 22, 23, 24]));
    assert_eq!(range(20_500, 23_999), Ok(vec![21, 22, 23]));
    assert_eq!(range(21_000, 21_000), Ok(vec![21]));
    assert_eq!(range(22_600, 22_700), Ok(vec![]));
    assert_eq!(range(9, 5), Ok(vec![]));
    assert_eq!(range(20_000, 24_001), Err(24_001));
    assert_eq!(range(19_999, 24_000), Err(19_999));
    assert_eq!(range(0, 5), Err(0));
    // Without the first of the two nothing joins on.
    let mut bundle = full().clone();
    bundle.facts.remove(6);
    let verified = verify(&bundle.to_binary(), &CHAIN.anchor).unwrap();
    let all = verified.registry_range(U256::from(20_000), U256::from(24_000));
    assert_eq!(all.unwrap_err().from, U256::from(20_000));
}

/// A transaction that truly is in the block, but at another place than the receipt.
#[test]
fn a_log_is_tied_to_its_own_transaction() {
    let transactions = transactions();
    let leaves: Vec<_> = transactions.iter().map(|bytes| leaf_hash(bytes)).collect();
    let mut bundle = full().clone();
    let Fact::Log(fact) = &mut bundle.facts[1] else {
        panic!("a log")
    };
    fact.transaction = transactions[1].clone().into();
    fact.transaction_proof = merkle_proof(&leaves, 1).unwrap();
    let source = TransactionProofError::Place {
        transaction: 1,
        receipt: TRANSACTION_INDEX as u64,
    };
    let expected = VerifyError::TransactionProof { fact: 1, source };
    assert_eq!(verify(&bundle.to_binary(), &CHAIN.anchor), Err(expected));
}

/// Blocks that a quorum signed although they do not follow each other.
#[test]
fn signed_headers_that_do_not_follow_are_refused() {
    let link = |change: &dyn Fn(&mut Header)| {
        let mut bundle = full().clone();
        change(&mut bundle.headers[2]);
        bundle.certificate = CHAIN.certificate(bundle.headers[2].hash());
        verify(&bundle.to_binary(), &CHAIN.anchor).err()
    };
    let broken = Some(VerifyError::HeaderChain(HeaderChainError::Link(2)));
    assert_eq!(link(&|_| ()), None);
    assert_eq!(link(&|header| header.gas_used = 5), None);
    assert_eq!(link(&|header| header.height = Height::new(44)), broken);
    assert_eq!(link(&|header| header.height = Height::new(42)), broken);
    assert_eq!(link(&|header| header.time = full().headers[1].time), broken);
    assert_eq!(link(&|header| header.parent = LedgerHash::ZERO), broken);
}

#[test]
fn the_seal_finds_what_would_be_another_true_fact() {
    for (from, to) in [
        ("\"logIndex\": 0", "\"logIndex\": 1"),
        ("\"0x1d4c\"", "\"0x1d4d\""),
        // A range that ends one slot later, where nothing is either.
        ("\"0x57e4\"", "\"0x57e5\""),
    ] {
        let json = full().to_json();
        assert!(json.contains(from), "{from}");
        let altered = json.replace(from, to);
        assert_eq!(
            verify(altered.as_bytes(), &CHAIN.anchor),
            Err(VerifyError::Seal)
        );
        assert_eq!(Bundle::decode(altered.as_bytes()), Err(FormatError::Seal));
        assert!(serde_json::from_str::<Bundle>(&altered).is_err());
    }
}

/// The committed bundle, in both forms, and its anchor. `QIANTANG_BLESS=1 cargo test -p
/// qiantang-verify` writes them anew; a change in them is a change of the format.
#[test]
fn the_format_is_frozen() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = [
        ("bundle.json", full().to_json().into_bytes()),
        ("bundle.bin", full().to_binary()),
        ("anchor.txt", format!("{}\n", CHAIN.anchor).into_bytes()),
    ];
    if std::env::var("QIANTANG_BLESS").is_ok_and(|value| value == "1") {
        for (name, bytes) in &files {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    let committed = |name: &str| fs::read(folder.join(name)).unwrap();
    for (name, bytes) in &files {
        assert_eq!(&committed(name), bytes, "{name} changed");
    }
    let anchor = String::from_utf8(committed("anchor.txt"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let verified = verify(&committed("bundle.bin"), &anchor).unwrap();
    assert_eq!(verify(&committed("bundle.json"), &anchor), Ok(verified));
}

#[test]
fn another_chains_bundle_and_another_chains_votes_are_refused() {
    let other = TrustRoot {
        chain_id: 2,
        ..full().root.clone()
    };
    let bytes = full().to_binary();
    let anchor = other.fingerprint();
    let expected = VerifyError::Anchor {
        found: CHAIN.anchor,
        expected: anchor,
    };
    assert_eq!(verify(&bytes, &anchor), Err(expected));
    // The same validators signed the same block on the other chain.
    let block = full().headers[2].hash();
    let votes = finalize(&CHAIN.keys, &[0, 1, 2], &anchor, proposal(EPOCH, 9, block));
    let step = resealed(|bundle| bundle.certificate = votes.encode().into());
    assert_eq!(step, Some("certificate"));
    // Other validators signed for this chain.
    let strangers: Vec<_> = validators(9)
        .into_iter()
        .filter(|k| !CHAIN.keys.contains(k))
        .collect();
    let votes = finalize(
        &strangers[..4],
        &[0, 1, 2],
        &CHAIN.anchor,
        proposal(EPOCH, 9, block),
    );
    let step = resealed(|bundle| bundle.certificate = votes.encode().into());
    assert_eq!(step, Some("certificate"));
}

#[test]
fn genesis_is_the_anchors_genesis() {
    // A certified block of height 0 that is not the genesis of the trust root.
    let mut bundle = CHAIN.single(0);
    bundle.headers[0].height = Height::GENESIS;
    bundle.certificate = CHAIN.certificate(bundle.headers[0].hash());
    assert_eq!(
        step_of(&bundle.to_binary(), &CHAIN.anchor),
        Some("header-chain")
    );
}

#[test]
fn limits_are_named() {
    let limit = |bundle: &Bundle| match verify(&bundle.to_binary(), &CHAIN.anchor) {
        Err(VerifyError::Format(FormatError::Limit { what, .. })) => Some(what),
        _ => None,
    };
    let mut bundle = full().clone();
    bundle.headers = vec![bundle.headers[0].clone(); HEADERS_MAX + 1];
    assert_eq!(limit(&bundle), Some("headers"));
    let mut bundle = full().clone();
    bundle.boundaries[0].certificate = vec![0; 1 << 20].into();
    assert_eq!(limit(&bundle), Some("certificate bytes"));
    bundle.boundaries[0].certificate = Bytes::new();
    bundle.boundaries = vec![bundle.boundaries[0].clone(); BOUNDARIES_MAX + 1];
    assert_eq!(limit(&bundle), Some("boundaries"));
    let mut bundle = full().clone();
    bundle.facts = vec![bundle.facts[0].clone(); FACTS_MAX + 1];
    assert_eq!(limit(&bundle), Some("facts"));
    let mut bundle = full().clone();
    bundle.certificate = vec![0; 1 << 20].into();
    assert_eq!(limit(&bundle), Some("certificate bytes"));
    let mut bundle = full().clone();
    let Fact::Slot(fact) = &mut bundle.facts[2] else {
        panic!("a slot")
    };
    fact.proof = vec![0; 1 << 20].into();
    assert_eq!(limit(&bundle), Some("state proof bytes"));
    let mut bundle = full().clone();
    let Fact::RegistryRange(fact) = &mut bundle.facts[6] else {
        panic!("a range")
    };
    fact.entries = vec![fact.entries[0].clone(); RANGE_ENTRIES_MAX + 1];
    assert_eq!(limit(&bundle), Some("entries of a range"));
    let Fact::RegistryRange(fact) = &mut bundle.facts[6] else {
        panic!("a range")
    };
    fact.entries.truncate(2);
    fact.entries[1].proof = vec![0; 1 << 20].into();
    assert_eq!(limit(&bundle), Some("state proof bytes"));
    let mut bundle = full().clone();
    bundle.facts.clear();
    let missing = Err(VerifyError::Format(FormatError::Missing("fact")));
    assert_eq!(verify(&bundle.to_binary(), &CHAIN.anchor), missing);
    for found in [1, 3] {
        let other = [b"qtb", &[found][..], &full().to_binary()[4..]].concat();
        let version = Err(VerifyError::Format(FormatError::Version { found }));
        assert_eq!(verify(&other, &CHAIN.anchor), version);
    }
}
