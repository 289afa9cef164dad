//! Evidence over a plain map, without a virtual machine.

mod published;
mod random;
mod refusals;
mod world;

use super::{
    ADDRESS,
    IEvidence::{self, Algorithm, Content, Details, Opening as Checked},
};
use crate::{
    identity::organisation_address,
    testing::{Rng, spec},
};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use qiantang_types::{Opening, leaf_hash, merkle_proof, merkle_root};
use world::{
    ALICE, BANKER, BOB, FARMER, accept, after, by_digest, by_organisation, by_party, by_submitter,
    chain, commitment, deposited, details, digest, document, last_log, refuse, versions, view,
};

#[test]
fn a_deposit_says_who_what_when_and_for_whom() {
    let mut chain = chain();
    let words = Details {
        parties: vec![organisation_address(2), BOB],
        ..details()
    };
    let id = accept(&mut chain, BANKER, &document(7, words.clone()));
    assert_eq!(id, 1);
    let log: IEvidence::Deposited = last_log(&chain);
    let expected = IEvidence::Deposited {
        id: 1,
        digest: digest(7),
        submitter: BANKER,
        organisation: 1,
        organisationName: "West Lake Bank".to_owned(),
        content: Content::Digest,
        algorithm: Algorithm::Sha256,
        count: 1,
        kind: words.kind.clone(),
        ownReference: words.ownReference.clone(),
        parties: words.parties.clone(),
        previous: 0,
    };
    assert_eq!(log, expected);
    let found = deposited(&mut chain, 1);
    let expected = IEvidence::Deposit {
        id: 1,
        content: Content::Digest,
        algorithm: Algorithm::Sha256,
        digest: digest(7),
        count: 1,
        submitter: BANKER,
        organisation: 1,
        time: chain.time.get(),
        height: chain.height.get(),
        kind: words.kind,
        ownReference: words.ownReference,
        parties: words.parties,
        previous: 0,
        next: 0,
        origin: 1,
        version: 1,
        withdrawn: false,
        withdrawnBy: Address::ZERO,
        withdrawnTime: 0,
        reason: String::new(),
        erased: false,
        erasedTime: 0,
    };
    assert_eq!(found, expected);
}

#[test]
fn deposits_are_found_by_digest_submitter_organisation_and_party() {
    let mut chain = chain();
    let for_bob = Details {
        parties: vec![BOB],
        ..details()
    };
    // Seven deposits, so that lists cross a slot of four numbers.
    accept(&mut chain, BANKER, &document(1, details()));
    accept(&mut chain, ALICE, &document(1, for_bob.clone()));
    accept(&mut chain, FARMER, &document(2, for_bob));
    for _ in 0..4 {
        accept(&mut chain, ALICE, &document(1, details()));
    }
    assert_eq!(view(&mut chain, &IEvidence::countCall {}), 7);
    assert_eq!(by_digest(&mut chain, digest(1)), [1, 2, 4, 5, 6, 7]);
    assert_eq!(by_submitter(&mut chain, ALICE), [2, 4, 5, 6, 7]);
    assert_eq!(by_organisation(&mut chain, 1), [1]);
    assert_eq!(by_organisation(&mut chain, 2), [3]);
    assert!(
        by_organisation(&mut chain, 0).is_empty(),
        "none is no organisation"
    );
    assert_eq!(by_party(&mut chain, BOB), [2, 3]);
    let first = |chain: &mut _, word: B256| {
        let digest = word.to_vec().into();
        view(chain, &IEvidence::firstCall { digest })
    };
    assert_eq!(first(&mut chain, digest(1)), 1);
    assert_eq!(first(&mut chain, digest(2)), 3);
    assert_eq!(first(&mut chain, digest(3)), 0);
    let beyond = IEvidence::bySubmitterCall {
        submitter: ALICE,
        cursor: U256::MAX,
        limit: U256::MAX,
    };
    let page = view(&mut chain, &beyond);
    assert_eq!((page.ids, page.next), (Vec::new(), U256::ZERO));
}

#[test]
fn versions_are_one_chain_of_one_owner() {
    let mut chain = chain();
    accept(&mut chain, BANKER, &document(1, details()));
    accept(&mut chain, BANKER, &document(2, after(1)));
    accept(&mut chain, BANKER, &document(3, after(2)));
    accept(&mut chain, ALICE, &document(4, details()));
    let second = deposited(&mut chain, 2);
    assert_eq!(
        (second.previous, second.next, second.origin, second.version),
        (1, 3, 1, 2)
    );
    for id in 1..=3 {
        assert_eq!(versions(&mut chain, id), [1, 2, 3]);
    }
    assert_eq!(versions(&mut chain, 4), [4]);
    let fork = refuse(&mut chain, BANKER, &document(5, after(1)));
    assert_eq!(fork, "Superseded(Superseded { id: 1, next: 2 })");
    let stranger = refuse(&mut chain, ALICE, &document(5, after(3)));
    assert!(stranger.starts_with("NotOwner"), "{stranger}");
    let other_bank = refuse(&mut chain, FARMER, &document(5, after(3)));
    assert!(other_bank.starts_with("NotOwner"), "{other_bank}");
    // The next number does not exist before the call, so a version cannot follow itself.
    let itself = refuse(&mut chain, BANKER, &document(5, after(5)));
    assert_eq!(itself, "UnknownDeposit(UnknownDeposit { id: 5 })");
    let nothing = refuse(&mut chain, BANKER, &document(5, after(u64::MAX)));
    assert!(nothing.starts_with("UnknownDeposit"), "{nothing}");
    let cursor = IEvidence::versionsCall {
        id: 1,
        cursor: U256::from(4),
        limit: U256::ZERO,
    };
    let foreign = refuse(&mut chain, BANKER, &cursor);
    assert!(foreign.starts_with("InvalidCursor"), "{foreign}");
}

#[test]
fn the_organisation_owns_what_was_deposited_for_it() {
    let mut spec = spec();
    let colleague = Address::repeat_byte(0x11);
    spec.organisations[0].administrators.push(colleague);
    let mut chain = crate::testing::MapContext::chain(&spec);
    accept(&mut chain, BANKER, &document(1, details()));
    accept(&mut chain, colleague, &document(2, after(1)));
    assert_eq!(deposited(&mut chain, 2).submitter, colleague);
    let why = IEvidence::withdrawCall {
        id: 1,
        reason: "wrong annex".to_owned(),
    };
    let stranger = refuse(&mut chain, FARMER, &why);
    let owner = organisation_address(1);
    assert_eq!(
        stranger,
        format!("NotOwner(NotOwner {{ id: 1, owner: {owner}, caller: {FARMER} }})")
    );
    accept(&mut chain, colleague, &why);
    let found = deposited(&mut chain, 1);
    assert_eq!((found.withdrawnBy, found.submitter), (colleague, BANKER));
}

#[test]
fn withdrawing_marks_and_deletes_nothing() {
    let mut chain = chain();
    accept(&mut chain, ALICE, &document(1, details()));
    let before = deposited(&mut chain, 1);
    let why = IEvidence::withdrawCall {
        id: 1,
        reason: "scanned the wrong page".to_owned(),
    };
    accept(&mut chain, ALICE, &why);
    let log: IEvidence::Withdrawn = last_log(&chain);
    assert_eq!((log.id, log.by, log.organisation), (1, ALICE, 0));
    assert_eq!(
        (log.digest, log.reason.as_str()),
        (digest(1), why.reason.as_str())
    );
    let expected = IEvidence::Deposit {
        withdrawn: true,
        withdrawnBy: ALICE,
        withdrawnTime: chain.time.get(),
        reason: why.reason.clone(),
        ..before
    };
    assert_eq!(deposited(&mut chain, 1), expected);
    assert_eq!(by_digest(&mut chain, digest(1)), [1]);
    let again = refuse(&mut chain, ALICE, &why);
    assert_eq!(again, "AlreadyWithdrawn(AlreadyWithdrawn { id: 1 })");
    // What was wrong is put right by a new version.
    assert_eq!(accept(&mut chain, ALICE, &document(2, after(1))), 2);
}

#[test]
fn a_batch_of_a_million_is_one_deposit() {
    let mut chain = chain();
    let mut rng = Rng::new(5);
    let leaves: Vec<B256> = (0..1_000_000_u64)
        .map(|_| leaf_hash(&rng.next().to_be_bytes()))
        .collect();
    let call = IEvidence::depositBatchCall {
        algorithm: Algorithm::Sm3,
        root: merkle_root(&leaves).to_vec().into(),
        count: leaves.len() as u64,
        details: details(),
    };
    accept(&mut chain, BANKER, &call);
    let found = deposited(&mut chain, 1);
    assert_eq!(
        (found.content, found.algorithm, found.count),
        (Content::Batch, Algorithm::Sm3, 1_000_000)
    );
    for index in [0, 1, 524_287, 524_288, 999_999] {
        let proof = merkle_proof(&leaves, index).unwrap();
        assert_eq!(proof.root(leaves[index]), Some(found.digest));
        assert!(proof.path.len() <= 20);
    }
}

#[test]
fn a_commitment_opens_until_it_is_erased() {
    let mut chain = chain();
    let opening = Opening {
        key: keccak256("key"),
        salt: keccak256("salt"),
    };
    let data = Bytes::from_static(b"\x01\x01 and a digest");
    let word = opening.commit(&data);
    accept(&mut chain, BANKER, &commitment(word, details()));
    let found = deposited(&mut chain, 1);
    assert_eq!(
        (found.content, found.algorithm, found.count, found.digest),
        (Content::Commitment, Algorithm::None, 0, word)
    );
    let check = |chain: &mut _, key: B256, data: &Bytes| {
        let (salt, data) = (opening.salt, data.clone());
        view(
            chain,
            &IEvidence::checkOpeningCall {
                id: 1,
                key,
                salt,
                data,
            },
        )
    };
    assert_eq!(check(&mut chain, opening.key, &data), Checked::Valid);
    assert_eq!(check(&mut chain, opening.salt, &data), Checked::Mismatch);
    assert_eq!(
        check(&mut chain, opening.key, &Bytes::new()),
        Checked::Mismatch
    );

    let erase = IEvidence::eraseCall { id: 1 };
    let stranger = refuse(&mut chain, ALICE, &erase);
    assert!(stranger.starts_with("NotOwner"), "{stranger}");
    accept(&mut chain, BANKER, &erase);
    let log: IEvidence::Erased = last_log(&chain);
    assert_eq!(
        (log.id, log.commitment, log.by, log.organisation),
        (1, word, BANKER, 1)
    );
    let found = deposited(&mut chain, 1);
    assert_eq!((found.erased, found.erasedTime), (true, chain.time.get()));
    assert_eq!(found.digest, word, "the word stays");
    assert_eq!(check(&mut chain, opening.key, &data), Checked::Erased);
    let again = refuse(&mut chain, BANKER, &erase);
    assert_eq!(again, "AlreadyErased(AlreadyErased { id: 1 })");
}

#[test]
fn a_deposit_costs_a_few_new_slots() {
    let mut chain = chain();
    accept(&mut chain, BANKER, &document(1, details()));
    // Four of the head, kind, reference; length and number of three lists; the counter once.
    assert_eq!(
        chain.slots.keys().filter(|(at, _)| *at == ADDRESS).count(),
        13
    );
    accept(&mut chain, BANKER, &document(1, details()));
    assert!(chain.gas_used < 250_000, "{}", chain.gas_used);
}
