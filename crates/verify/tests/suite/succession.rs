//! Changes of the validator set: followed as they happened, refused in every other way.

use crate::{
    chain::{Chain, of_epoch, proposal},
    signers::Signers,
};
use alloy_primitives::Bytes;
use proptest::{collection::vec, prelude::*, sample::subsequence};
use qiantang_types::{
    Boundary, ConsensusContext, DatabaseCommitment, Fingerprint, Header, Height, LedgerHash,
    SignatureScheme, StateCommitment, TimestampMs, TrustRoot, ValidatorKeys,
};
use qiantang_verify::{
    BoundaryError, Bundle, HeaderChainError, Succession, VerifyError,
    certificate::{CertificateError, Finalization},
    verify,
};
use std::sync::LazyLock;

/// A chain whose set changed, with the secrets of all its validators.
struct Changing {
    root: TrustRoot,
    anchor: Fingerprint,
    /// The first set and the one after each change.
    sets: Vec<Signers>,
    /// Epoch after which each change happened.
    epochs: Vec<u64>,
    boundaries: Vec<Boundary>,
}

impl Changing {
    /// A chain whose set changes to the next of `sets` after each of `epochs`.
    fn new(sets: Vec<Signers>, epochs: Vec<u64>) -> Self {
        let root = sets[0].trust_root();
        let anchor = root.fingerprint();
        let steps = sets.windows(2).zip(&epochs);
        let boundaries = steps.map(|(step, epoch)| boundary(&anchor, *epoch, &step[0], &step[1]));
        Self {
            boundaries: boundaries.collect(),
            root,
            anchor,
            sets,
            epochs,
        }
    }

    /// `count` changes between sets of four, one every other epoch.
    fn of_four(scheme: SignatureScheme, count: u64) -> Self {
        let set = |n: u64| Signers::new(scheme, n * 2..n * 2 + 4);
        let sets = (0..=count).map(set).collect();
        Self::new(sets, (0..count).map(|n| n * 2 + 1).collect())
    }

    /// A fact, certified by the last set in an epoch.
    fn bundle(&self, epoch: u64) -> Bundle {
        let mut bundle = FACTS.single(0);
        bundle.root = self.root.clone();
        bundle.boundaries = self.boundaries.clone();
        bundle.headers[0].context = of_epoch(epoch);
        let last = self.sets.last().unwrap();
        bundle.certificate = sign(last, &self.anchor, epoch, &bundle.headers[0]);
        bundle
    }

    fn verdict(&self, bundle: &Bundle) -> Result<usize, VerifyError> {
        let binary = verify(&bundle.to_binary(), &self.anchor);
        assert_eq!(verify(bundle.to_json().as_bytes(), &self.anchor), binary);
        binary.map(|verified| verified.set_changes)
    }

    /// What is said about a bundle after a change to it.
    fn altered(&self, change: impl FnOnce(&mut Bundle)) -> Result<usize, VerifyError> {
        let mut bundle = self.bundle(self.epochs.last().unwrap() + 1);
        change(&mut bundle);
        self.verdict(&bundle)
    }
}

static FACTS: LazyLock<Chain> = LazyLock::new(|| Chain::new(1));

/// The certificate of a header by just a quorum.
fn sign(signers: &Signers, anchor: &Fingerprint, epoch: u64, header: &Header) -> Bytes {
    signers.finalize(&signers.quorum(), anchor, proposal(epoch, 9, header.hash()))
}

fn boundary(anchor: &Fingerprint, epoch: u64, from: &Signers, to: &Signers) -> Boundary {
    let keys = to.keys();
    let operations = DatabaseCommitment {
        start: 3_000_000,
        end: 4_000_000,
        ..DatabaseCommitment::default()
    };
    let header = Header {
        context: ConsensusContext {
            epoch,
            view: 10_012,
            leader: keys[0].clone(),
            parent_view: 10_011,
        },
        height: Height::new(epoch.saturating_mul(10).saturating_add(9)),
        time: TimestampMs::new(1_795_000_000_000),
        gas_limit: 1_000_000_000,
        gas_used: 21_000_000,
        state: StateCommitment {
            accounts: operations.clone(),
            storage: operations.clone(),
            registry: operations.clone(),
            code: operations,
        },
        extension: ValidatorKeys::new(keys).unwrap().to_bytes(),
        ..Header::default()
    };
    Boundary {
        certificate: sign(from, anchor, epoch, &header),
        header,
    }
}

const SCHEMES: [SignatureScheme; 2] = SignatureScheme::ALL;

#[test]
fn bundles_cross_any_number_of_changes() {
    for scheme in SCHEMES {
        for count in [0, 1, 2, 5] {
            let chain = Changing::of_four(scheme, count);
            let first = chain.epochs.last().map_or(0, |epoch| epoch + 1);
            for epoch in [first, first + 1, first + 1_000_000, u64::MAX] {
                let bundle = chain.bundle(epoch);
                assert_eq!(chain.verdict(&bundle), Ok(count as usize));
            }
        }
    }
}

/// The figure of the reference: what a change of four validators adds.
#[test]
fn ten_changes_of_four_validators_take_little() {
    for scheme in SCHEMES {
        let none = Changing::of_four(scheme, 0).bundle(0);
        let ten = Changing::of_four(scheme, 10).bundle(30);
        let added = ten.to_binary().len() - none.to_binary().len();
        assert!((8_300..8_700).contains(&added), "{added} bytes");
        let json = ten.to_json().len() - none.to_json().len();
        assert!((17_000..18_000).contains(&json), "{json} bytes");
    }
}

#[test]
fn every_altered_byte_is_found() {
    for scheme in SCHEMES {
        let chain = Changing::of_four(scheme, 2);
        let bytes = chain.bundle(9).to_binary();
        let mut boundaries = 0;
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << (at % 8);
            let error = verify(&altered, &chain.anchor).unwrap_err();
            boundaries += usize::from(error.step() == "boundary");
        }
        // Most bytes of two headers and of their six signatures.
        assert!(boundaries > 1_200, "{boundaries} of {}", bytes.len());
    }
}

/// Which boundary failed is said, and why.
#[test]
fn the_error_names_the_boundary() {
    for scheme in SCHEMES {
        let chain = Changing::of_four(scheme, 4);
        for at in 0..4 {
            let error = chain.altered(|b| b.boundaries[at].header.gas_used = 1);
            let Err(VerifyError::Boundary { change, height, .. }) = error.clone() else {
                panic!("{error:?}")
            };
            let expected = Height::new(chain.epochs[at] * 10 + 9);
            assert_eq!((change, height), (at + 1, expected));
            let text = error.unwrap_err().to_string();
            let start = format!(
                "boundary: change {change} of the validator set, in block {height}: the validators \
                 finalized block 0x"
            );
            assert!(text.starts_with(&start), "{text}");
        }
    }
}

/// The fault of the second of three boundaries that its maker signed and sealed.
fn fault(
    chain: &Changing,
    signed_by: usize,
    change: impl FnOnce(&mut Header),
    epoch: u64,
) -> Option<BoundaryError> {
    let mut header = chain.boundaries[1].header.clone();
    change(&mut header);
    let certificate = sign(&chain.sets[signed_by], &chain.anchor, epoch, &header);
    let boundary = Boundary {
        header,
        certificate,
    };
    match chain.altered(|b| b.boundaries[1] = boundary) {
        Ok(_) => None,
        Err(VerifyError::Boundary {
            change: 2, source, ..
        }) => Some(source),
        Err(other) => panic!("{other}"),
    }
}

fn is_signature(found: &Option<BoundaryError>) -> bool {
    use BoundaryError::Certificate;
    matches!(found, Some(Certificate(CertificateError::Signature(_))))
}

#[test]
fn boundaries_that_change_nothing_or_skip_ahead_are_refused() {
    for scheme in SCHEMES {
        let chain = Changing::of_four(scheme, 3);
        assert_eq!(chain.epochs, [1, 3, 5]);
        let fault = |set, change: &dyn Fn(&mut Header), epoch| fault(&chain, set, change, epoch);
        assert_eq!(fault(1, &|_| (), 3), None);
        // Signed by the set before the last change, or by the set that comes.
        for other in [0, 2] {
            let found = fault(other, &|_| (), 3);
            assert!(is_signature(&found), "{found:?}");
        }
        let found = fault(1, &|header| header.extension = Bytes::new(), 3);
        assert_eq!(found, Some(BoundaryError::NoSet));
        let found = fault(1, &|header| header.extension = vec![0xc0].into(), 3);
        assert!(matches!(found, Some(BoundaryError::Extension(_))));
        let other = SCHEMES[2 - usize::from(scheme.code())];
        let stranger = |header: &mut Header| {
            let keys = Signers::new(other, 0..4).keys();
            header.extension = ValidatorKeys::new(keys).unwrap().to_bytes();
        };
        let found = fault(1, &stranger, 3);
        let expected = BoundaryError::NextSet(CertificateError::Key(0));
        assert_eq!(found, Some(expected));
        let found = fault(1, &|_| (), 4);
        let epochs = BoundaryError::OtherEpoch {
            certified: 4,
            found: 3,
        };
        assert_eq!(found, Some(epochs));
        // In the epoch of the change before, or in none that another follows.
        let found = fault(1, &|header| header.context = of_epoch(1), 1);
        let early = CertificateError::Epoch { found: 1, first: 2 };
        assert_eq!(found, Some(BoundaryError::Certificate(early)));
        let found = fault(1, &|header| header.context = of_epoch(u64::MAX), u64::MAX);
        assert_eq!(found, Some(BoundaryError::LastEpoch(u64::MAX)));
    }
}

#[test]
fn boundaries_that_are_missing_doubled_or_swapped_are_refused() {
    let chain = Changing::of_four(SignatureScheme::P256, 4);
    let failed = |result: Result<usize, VerifyError>| match result {
        Err(VerifyError::Boundary { change, .. }) => change,
        other => panic!("{other:?}"),
    };
    for at in 0..3 {
        assert_eq!(
            failed(chain.altered(|b| drop(b.boundaries.remove(at)))),
            at + 1
        );
        assert_eq!(
            failed(chain.altered(|b| b.boundaries.swap(at, at + 1))),
            at + 1
        );
        let doubled = |b: &mut Bundle| b.boundaries.insert(at, b.boundaries[at].clone());
        assert_eq!(failed(chain.altered(doubled)), at + 2);
    }
    // Without the last the certificate is of a set that nobody knows.
    let error = chain.altered(|b| drop(b.boundaries.pop()));
    assert!(
        matches!(error, Err(VerifyError::Certificate(_))),
        "{error:?}"
    );
}

/// Sets that were voted out prove nothing of the epochs after them, and new ones nothing before.
#[test]
fn a_certificate_counts_in_its_sets_epochs_only() {
    let chain = Changing::of_four(SignatureScheme::Ed25519, 2);
    let [first, _, last] = &chain.sets[..] else {
        panic!("three sets")
    };
    let certified = |set: &Signers, epoch: u64| {
        let mut bundle = chain.bundle(4);
        bundle.headers[0].context = of_epoch(epoch);
        bundle.certificate = sign(set, &chain.anchor, epoch, &bundle.headers[0]);
        chain.verdict(&bundle)
    };
    assert_eq!(certified(last, 4), Ok(2));
    for found in 0..4 {
        let early = CertificateError::Epoch { found, first: 4 };
        assert_eq!(certified(last, found), Err(VerifyError::Certificate(early)));
    }
    let signature = CertificateError::Signature(1);
    assert_eq!(
        certified(first, 4),
        Err(VerifyError::Certificate(signature))
    );
    // The certificate is of a later epoch than the block that it names.
    let mut bundle = chain.bundle(4);
    bundle.certificate = sign(last, &chain.anchor, 5, &bundle.headers[0]);
    let epochs = HeaderChainError::Epoch {
        certified: 5,
        found: 4,
    };
    assert_eq!(
        chain.verdict(&bundle),
        Err(VerifyError::HeaderChain(epochs))
    );
}

/// Fifty changes between sets of one to seven of ten keys.
fn any_history() -> impl Strategy<Value = (Vec<Vec<u64>>, Vec<u64>)> {
    let members = subsequence((0..10u64).collect::<Vec<_>>(), 1..=7);
    let gaps = vec(1..4u64, 50);
    (vec(members, 51), gaps).prop_map(|(sets, gaps)| {
        let mut next = 0;
        let epochs = gaps.iter().map(|gap| {
            next += gap;
            next - 1
        });
        let epochs = epochs.collect();
        (sets, epochs)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// Every set of a long history is reached, one change after the other, and no other signs.
    #[test]
    fn fifty_random_changes_are_followed((sets, epochs) in any_history(), ed25519: bool) {
        let scheme = SCHEMES[usize::from(ed25519)];
        let sets: Vec<_> = sets.into_iter().map(|set| Signers::new(scheme, set)).collect();
        let chain = Changing::new(sets, epochs);
        let mut succession = Succession::of(&chain.root).unwrap();
        for (at, boundary) in chain.boundaries.iter().enumerate() {
            succession.follow(boundary).unwrap();
            prop_assert_eq!(succession.changes(), at + 1);
            prop_assert_eq!(succession.first_epoch(), chain.epochs[at] + 1);
            prop_assert!(succession.clone().follow(boundary).is_err());
            let set = &chain.sets[at + 1];
            prop_assert_eq!(succession.set().len(), set.keys().len());
            let header = Header { height: Height::new(1), ..Header::default() };
            let bytes = sign(set, &chain.anchor, succession.first_epoch(), &header);
            let finalization = Finalization::decode(&bytes).unwrap();
            let expected: Vec<Bytes> =
                set.quorum().iter().map(|at| set.keys()[*at].clone()).collect();
            prop_assert_eq!(succession.verify(&finalization), Ok(expected));
        }
        let last = chain.epochs.last().unwrap() + 1;
        prop_assert_eq!(chain.verdict(&chain.bundle(last)), Ok(50));
    }
}

#[test]
fn another_chains_boundaries_are_refused() {
    let chain = Changing::of_four(SignatureScheme::P256, 1);
    let mut root = chain.root.clone();
    root.genesis = LedgerHash::ZERO;
    let mut succession = Succession::of(&root).unwrap();
    let found = succession.follow(&chain.boundaries[0]).err();
    assert!(is_signature(&found), "{found:?}");
    assert_eq!((succession.first_epoch(), succession.changes()), (0, 0));
}
