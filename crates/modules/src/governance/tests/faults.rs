//! Faults of validators, proved by votes that the engine signed.
//!
//! `verify`'s tests make the votes with the engine and keep the file up to date.

use super::world::{ADMINISTRATORS, REASON, STRANGER, World, describe};
use crate::{
    governance::{
        ADDRESS, ConflictingVotes, FAULT_EVIDENCE_BYTES_MAX, FAULTS_PER_VALIDATOR_MAX,
        FaultEvidence, FaultEvidenceError, IGovernance,
        IGovernance::{FaultKind, FaultReported},
        NullifyVote, ProposalVote, REPORT_GAS, write_anchor,
    },
    testing::spec,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall as _, SolEvent as _};
use proptest::prelude::*;
use qiantang_types::{Fingerprint, LedgerHash, SignatureScheme};
use serde_json::Value;
use std::{path::Path, sync::LazyLock};

/// Votes of one validator that contradict each other, and the chain they are for.
#[derive(Clone)]
struct Case {
    scheme: SignatureScheme,
    genesis: LedgerHash,
    anchor: Fingerprint,
    validators: Vec<Bytes>,
    /// Of the third validator: notarize, finalize, nullify-finalize.
    evidence: [FaultEvidence; 3],
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../verify/tests/fixtures/votes.json");
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(cases.len(), SignatureScheme::ALL.len());
    cases.iter().map(Case::read).collect()
});

impl Case {
    fn read(value: &Value) -> Self {
        let validators: Vec<Bytes> = serde_json::from_value(value["validators"].clone()).unwrap();
        let number = |name: &str| value[name].as_u64().unwrap();
        let votes = &value["votes"];
        let proposals = |name: &str| {
            [0, 1].map(|index| {
                let vote = &votes[name][index];
                ProposalVote {
                    parent_view: vote["parentView"].as_u64().unwrap(),
                    payload: text(&vote["payload"]).parse().unwrap(),
                    signature: text(&vote["signature"]).parse().unwrap(),
                }
            })
        };
        let evidence = [
            ConflictingVotes::Notarize(proposals("notarize")),
            ConflictingVotes::Finalize(proposals("finalize")),
            ConflictingVotes::NullifyFinalize {
                nullify: NullifyVote {
                    signature: text(&votes["nullify"]).parse().unwrap(),
                },
                finalize: proposals("finalize")[0].clone(),
            },
        ]
        .map(|votes| FaultEvidence {
            key: validators[number("signer") as usize].clone(),
            epoch: number("epoch"),
            view: number("view"),
            votes,
        });
        Self {
            scheme: SignatureScheme::from_code(number("scheme") as u8).unwrap(),
            genesis: text(&value["genesis"]).parse().unwrap(),
            anchor: text(&value["anchor"]).parse().unwrap(),
            validators,
            evidence,
        }
    }

    /// The chain of the case in block 1, with its second validator of the first organisation, its
    /// third of the second, and the others of nobody.
    fn world(&self) -> World {
        let mut spec = spec();
        spec.scheme = self.scheme;
        spec.validators = self.validators.clone();
        spec.organisations[0].validators = vec![self.validators[1].clone()];
        spec.organisations[1].validators = vec![self.validators[2].clone()];
        let mut world = World::with(&spec);
        write_anchor(&mut world.chain, self.genesis).unwrap();
        world
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn reporting(evidence: &FaultEvidence) -> IGovernance::reportFaultCall {
    IGovernance::reportFaultCall {
        evidence: evidence.encode(),
    }
}

fn listed(world: &mut World) -> Vec<IGovernance::Fault> {
    let page = world.view(&IGovernance::faultsCall {
        cursor: U256::ZERO,
        limit: U256::ZERO,
    });
    assert!(page.next.is_zero());
    page.list
}

#[test]
fn every_kind_of_fault_is_recorded_once_and_proves_itself() {
    for case in CASES.iter() {
        let mut world = case.world();
        let anchor = world.view(&IGovernance::anchorCall {});
        assert_eq!(anchor, B256::from(case.anchor.as_bytes()));
        for (index, (evidence, kind)) in case.evidence.iter().zip(KINDS).enumerate() {
            let logs = world.chain.logs.len();
            world.accept(STRANGER, &reporting(evidence));
            assert!(
                world.chain.gas_used < REPORT_GAS / 2,
                "{}",
                world.chain.gas_used
            );
            let [log] = &world.chain.logs[logs..] else {
                panic!("one event");
            };
            let event = FaultReported::decode_log(log).unwrap().data;
            assert_eq!((event.kind, event.organisation), (kind, 2));
            assert_eq!(
                (event.key, event.reporter),
                (evidence.key.clone(), STRANGER)
            );
            assert_eq!(
                (event.epoch, event.viewNumber),
                (evidence.epoch, evidence.view)
            );

            let again = world.refuse(ADMINISTRATORS[0], &reporting(evidence));
            assert_eq!(again, "FaultKnown");
            let faults = listed(&mut world);
            assert_eq!(faults.len(), index + 1);
            let fault = faults.last().unwrap();
            assert_eq!((fault.kind, fault.organisation), (kind, 2));
            assert_eq!((&fault.key, fault.reporter), (&evidence.key, STRANGER));
            assert!(fault.height > 0 && fault.time > 0);
            // Whoever has the record needs the anchor only.
            let read = FaultEvidence::decode(&fault.evidence).unwrap();
            assert_eq!(read.verify(&case.anchor), Ok(()));
            assert_eq!((read.epoch, read.view), (fault.epoch, fault.viewNumber));
        }
    }
}

const KINDS: [FaultKind; 3] = [
    FaultKind::ConflictingNotarize,
    FaultKind::ConflictingFinalize,
    FaultKind::NullifyFinalize,
];

#[test]
fn two_votes_make_one_evidence_whatever_their_order() {
    for case in CASES.iter() {
        for evidence in &case.evidence {
            let bytes = evidence.encode();
            assert!(bytes.len() <= FAULT_EVIDENCE_BYTES_MAX);
            let read = FaultEvidence::decode(&bytes).unwrap();
            assert_eq!(read.encode(), bytes);
            assert_eq!(read.verify(&case.anchor), Ok(()));
            assert_eq!(evidence.verify(&case.anchor), Ok(()));
            let turned = FaultEvidence {
                votes: match evidence.votes.clone() {
                    ConflictingVotes::Notarize([a, b]) => ConflictingVotes::Notarize([b, a]),
                    ConflictingVotes::Finalize([a, b]) => ConflictingVotes::Finalize([b, a]),
                    other => other,
                },
                ..evidence.clone()
            };
            assert_eq!(turned.encode(), bytes);
        }
    }
}

/// The largest numbers there are fit, too.
#[test]
fn the_limit_on_bytes_is_none_on_votes() {
    let vote = |n| ProposalVote {
        parent_view: u64::MAX,
        payload: LedgerHash::repeat_byte(n),
        signature: [0xff; 64].into(),
    };
    let largest = FaultEvidence {
        key: Bytes::from([0xff; 33]),
        epoch: u64::MAX,
        view: u64::MAX,
        votes: ConflictingVotes::Finalize([vote(0xfe), vote(0xff)]),
    };
    let bytes = largest.encode();
    assert!(bytes.len() <= FAULT_EVIDENCE_BYTES_MAX, "{}", bytes.len());
    assert_eq!(FaultEvidence::decode(&bytes), Ok(largest));
}

#[test]
fn no_altered_bit_proves_anything() {
    for case in CASES.iter() {
        for evidence in &case.evidence {
            let bytes = evidence.encode();
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut altered = bytes.to_vec();
                    altered[at] ^= 1 << bit;
                    let verdict = FaultEvidence::decode(&altered)
                        .and_then(|evidence| evidence.verify(&case.anchor));
                    assert!(verdict.is_err(), "bit {bit} of byte {at}");
                }
                assert!(FaultEvidence::decode(&bytes[..at]).is_err());
            }
            let longer = [bytes.as_ref(), &[0]].concat();
            assert_eq!(
                FaultEvidence::decode(&longer),
                Err(FaultEvidenceError::Encoding)
            );
        }
    }
}

#[test]
fn what_proves_no_fault_is_refused_with_its_reason() {
    let [p256, ed25519] = &CASES[..] else {
        panic!("two schemes");
    };
    let [notarize, finalize, _] = &p256.evidence;
    let ConflictingVotes::Notarize([first, second]) = &notarize.votes else {
        panic!("votes to notarize");
    };
    let with = |votes| FaultEvidence {
        votes,
        ..notarize.clone()
    };
    let twice = with(ConflictingVotes::Notarize([first.clone(), first.clone()]));
    // A second signature under the same proposal is no second vote.
    let same_proposal = with(ConflictingVotes::Notarize([
        first.clone(),
        ProposalVote {
            signature: second.signature,
            ..first.clone()
        },
    ]));
    let other_kind = with(ConflictingVotes::Finalize([first.clone(), second.clone()]));
    let other_validator = FaultEvidence {
        key: p256.validators[0].clone(),
        ..notarize.clone()
    };
    let other_scheme = FaultEvidence {
        key: ed25519.validators[2].clone(),
        ..notarize.clone()
    };
    let no_point = FaultEvidence {
        key: [&[2_u8][..], &[0xff; 32]].concat().into(),
        ..notarize.clone()
    };
    let mut world = p256.world();
    for (evidence, expected) in [
        (&twice, "same proposal"),
        (&same_proposal, "same proposal"),
        (&other_kind, "first signature"),
        (&other_validator, "first signature"),
        (&other_scheme, "UnknownValidator"),
        (&no_point, "UnknownValidator"),
        (&ed25519.evidence[0], "UnknownValidator"),
    ] {
        let halt = world.send(STRANGER, &reporting(evidence)).unwrap_err();
        let said = describe(&halt);
        assert!(said.contains(expected), "{said}");
    }
    for bytes in [
        vec![],
        vec![1],
        vec![2, 1],
        vec![1, 0],
        vec![1, 4],
        vec![1; 1 << 16],
    ] {
        let call = IGovernance::reportFaultCall {
            evidence: bytes.into(),
        };
        assert_eq!(world.refuse(STRANGER, &call), "InvalidFaultEvidence");
    }
    assert!(listed(&mut world).is_empty());
    assert_eq!(no_point.verify(&p256.anchor), Err(FaultEvidenceError::Key));
    // Votes for one chain prove nothing on another.
    let other_chain = Fingerprint::from_bytes([7; 32]);
    assert_eq!(
        finalize.verify(&other_chain),
        Err(FaultEvidenceError::FirstSignature)
    );
}

#[test]
fn a_chain_that_does_not_know_its_fingerprint_records_nothing() {
    let case = &CASES[0];
    let mut spec = spec();
    spec.validators = case.validators.clone();
    let mut world = World::with(&spec);
    let call = reporting(&case.evidence[0]);
    assert_eq!(world.refuse(STRANGER, &call), "NoAnchor");
    // Another genesis block, another chain.
    write_anchor(&mut world.chain, LedgerHash::repeat_byte(8)).unwrap();
    assert_eq!(world.refuse(STRANGER, &call), "InvalidFaultEvidence");
}

#[test]
fn who_was_a_validator_once_answers_for_it_later() {
    let case = &CASES[0];
    let mut world = case.world();
    world.decide(&IGovernance::proposeValidatorRemovalCall {
        key: case.evidence[0].key.clone(),
        reason: REASON.to_owned(),
    });
    world.accept(STRANGER, &reporting(&case.evidence[0]));
    assert_eq!(listed(&mut world)[0].organisation, 2);
    // A rotated key stays its organisation's, too.
    let mut world = case.world();
    world.decide(&IGovernance::proposeValidatorRotationCall {
        oldKey: case.evidence[0].key.clone(),
        newKey: super::world::key(5),
        peerAddress: String::new(),
        reason: REASON.to_owned(),
    });
    world.accept(STRANGER, &reporting(&case.evidence[1]));
    assert_eq!(listed(&mut world)[0].organisation, 2);
}

/// A validator that is at fault without end fills no disk with it.
#[test]
fn faults_of_one_validator_are_bounded() {
    let case = &CASES[0];
    let mut world = case.world();
    world.accept(STRANGER, &reporting(&case.evidence[0]));
    world.chain.address = ADDRESS;
    let id = alloy_primitives::keccak256(&case.evidence[0].key);
    let registry = super::super::Governance::storage();
    let counter = registry
        .validators
        .at(&mut world.chain, &id)
        .unwrap()
        .faults;
    assert_eq!(counter.get(&mut world.chain), Ok(1));
    counter
        .set(&mut world.chain, &(FAULTS_PER_VALIDATOR_MAX - 1))
        .unwrap();
    world.accept(STRANGER, &reporting(&case.evidence[1]));
    let beyond = world.refuse(STRANGER, &reporting(&case.evidence[2]));
    assert_eq!(beyond, "LimitExceeded");
}

#[test]
fn faults_come_in_pages() {
    let case = &CASES[1];
    let mut world = case.world();
    for evidence in &case.evidence {
        world.accept(STRANGER, &reporting(evidence));
    }
    let page = |world: &mut World, cursor: u64| {
        let page = world.view(&IGovernance::faultsCall {
            cursor: U256::from(cursor),
            limit: U256::from(2),
        });
        let kinds: Vec<FaultKind> = page.list.iter().map(|fault| fault.kind).collect();
        (kinds, page.next)
    };
    assert_eq!(page(&mut world, 0), (KINDS[..2].to_vec(), U256::from(2)));
    assert_eq!(page(&mut world, 2), (KINDS[2..].to_vec(), U256::ZERO));
}

#[test]
fn a_report_in_a_static_call_or_without_gas_leaves_no_trace() {
    let case = &CASES[1];
    let mut world = case.world();
    let call = reporting(&case.evidence[0]);
    let refused = world.chain.view(ADDRESS, &call);
    assert!(refused.is_err());
    world.chain.gas_limit = 30_000;
    let refused = world.chain.send(Address::ZERO, ADDRESS, &call);
    assert_eq!(refused, Err(crate::Halt::OutOfGas));
    world.chain.gas_limit = crate::testing::CALL_GAS;
    assert!(listed(&mut world).is_empty());
    assert_eq!(call.abi_encode().len() % 32, 4);
}

proptest! {
    #[test]
    fn bytes_are_evidence_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(FaultEvidence::decode(&bytes).is_err());
    }

    #[test]
    fn what_is_encoded_is_decoded(
        (epoch, view, key) in (any::<u64>(), any::<u64>(), any::<[u8; 33]>()),
        (parents, payloads) in (any::<[u64; 2]>(), any::<[[u8; 32]; 2]>()),
        (signature, kind) in (any::<[[u8; 32]; 4]>(), 0..3_u8),
    ) {
        let vote = |index: usize| ProposalVote {
            parent_view: parents[index],
            payload: payloads[index].into(),
            signature: [signature[index], signature[index + 2]].concat()[..].try_into().unwrap(),
        };
        let mut votes = [vote(0), vote(1)];
        votes.sort_by_key(|vote| (vote.parent_view, vote.payload));
        let evidence = FaultEvidence {
            key: key.into(),
            epoch,
            view,
            votes: match kind {
                0 => ConflictingVotes::Notarize(votes),
                1 => ConflictingVotes::Finalize(votes),
                _ => ConflictingVotes::NullifyFinalize {
                    nullify: NullifyVote { signature: vote(0).signature },
                    finalize: vote(1),
                },
            },
        };
        prop_assert_eq!(FaultEvidence::decode(&evidence.encode()), Ok(evidence));
    }
}
