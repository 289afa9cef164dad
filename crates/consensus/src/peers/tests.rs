use super::*;
use crate::keys::PrivateKey;
use qiantang_types::{
    ChainSpec, ConsensusContext, Header, Parameters, SignatureScheme, TrustRoot, ValidatorKeys,
};

type Tracked = Arc<Mutex<Option<AddressableTrackedPeers<PublicKey>>>>;

fn private(number: u8) -> PrivateKey {
    PrivateKey::from_bytes(SignatureScheme::Ed25519, &[number; 32]).unwrap()
}

fn key(number: u8) -> PublicKey {
    PublicKey::parse(&private(number).public_bytes()).unwrap()
}

/// Keys as a chain lists them.
fn bytes(numbers: impl IntoIterator<Item = u8>) -> Vec<alloy_primitives::Bytes> {
    let keys = numbers.into_iter().map(|one| private(one).public_bytes());
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn keys(numbers: impl IntoIterator<Item = u8>) -> BTreeSet<PublicKey> {
    numbers.into_iter().map(key).collect()
}

fn at(number: u8) -> String {
    format!("192.0.2.{number}:7")
}

/// The peers of a node while validators 1 to 4 decide.
fn book(me: u8) -> (Arc<PeerBook>, Tracked) {
    let spec = ChainSpec {
        chain_id: 1,
        name: String::new(),
        genesis_time: TimestampMs::default(),
        scheme: SignatureScheme::Ed25519,
        validators: bytes(1..=4),
        addresses: BTreeMap::new(),
        parameters: Parameters::default(),
        organisations: Vec::new(),
        alloc: BTreeMap::new(),
    };
    let root = TrustRoot {
        chain_id: 1,
        genesis: Default::default(),
        scheme: spec.scheme.code(),
        validators: spec.validators.clone(),
    };
    let epochs = Epochs::new(&spec, &root, Some(&private(me))).unwrap();
    let tracked = Tracked::default();
    let last = tracked.clone();
    let track = Box::new(move |_, peers| *last.lock().unwrap() = Some(peers));
    let book = PeerBook::new(epochs, key(me), Room::new(4, 2, SPARE_VALIDATORS), track);
    book.enter(0);
    register(&book, 1..=4);
    (book, tracked)
}

/// The registry holds these validators.
fn register(book: &PeerBook, numbers: impl IntoIterator<Item = u8>) {
    let all: Vec<_> = numbers.into_iter().map(|one| (key(one), at(one))).collect();
    book.set_addresses(all.iter().map(|(key, text)| (key.as_ref(), text.as_str())));
}

/// An epoch ends, and these validators decide from the next one on.
fn elect(book: &PeerBook, epoch: u64, numbers: impl IntoIterator<Item = u8>) {
    let boundary = Header {
        context: ConsensusContext {
            epoch,
            ..Default::default()
        },
        extension: ValidatorKeys::new(bytes(numbers)).unwrap().to_bytes(),
        ..Header::default()
    };
    book.epochs.learn(&boundary).unwrap();
    book.enter(epoch + 1);
}

fn primary(tracked: &Tracked) -> BTreeSet<PublicKey> {
    let peers = tracked.lock().unwrap().clone().unwrap();
    peers.primary.keys().iter().cloned().collect()
}

fn secondary(tracked: &Tracked) -> BTreeMap<PublicKey, Address> {
    let peers = tracked.lock().unwrap().clone().unwrap();
    peers.secondary.into_iter().collect()
}

#[test]
fn who_is_voted_out_goes_on_with_those_who_stay() {
    let (stays, of_stays) = book(2);
    let (leaves, of_leaves) = book(1);
    let (stranger, of_stranger) = book(9);
    for book in [&stays, &leaves, &stranger] {
        register(book, 2..=5);
        elect(book, 0, 2..=5);
    }
    assert_eq!(primary(&of_stays), keys(2..=5));
    let left = BTreeMap::from([(key(1), address(&at(1)).unwrap())]);
    assert_eq!(secondary(&of_stays), left, "it keeps its address");
    assert_eq!(primary(&of_leaves), keys(2..=5));
    assert!(secondary(&of_leaves).is_empty());
    assert!(!leaves.is_voter());
    let told: BTreeSet<_> = leaves.gossip_targets().into_iter().collect();
    assert_eq!(told, keys(2..=5));
    assert!(primary(&of_stranger).is_empty(), "nobody lets it in");
    let heard: BTreeSet<_> = secondary(&of_stranger).into_keys().collect();
    assert_eq!(heard, keys(1..=5), "it lets them in");
    assert!(stranger.gossip_targets().is_empty());
}

#[test]
fn who_is_voted_in_is_connected_before_it_decides() {
    let (decides, of_decides) = book(1);
    let (comes, of_comes) = book(5);
    assert!(primary(&of_comes).is_empty());
    for book in [&decides, &comes] {
        register(book, 2..=5);
    }
    assert_eq!(primary(&of_decides), keys(1..=5));
    assert_eq!(primary(&of_comes), keys(1..=5));
    assert!(!comes.is_voter());
    for book in [&decides, &comes] {
        elect(book, 0, 2..=5);
    }
    assert_eq!(primary(&of_decides), keys(2..=5));
    assert_eq!(primary(&of_comes), keys(2..=5));
    assert!(comes.is_voter());
}

#[test]
fn a_former_validator_takes_no_place_of_a_follower_and_only_the_last_ones_stay() {
    let (book, tracked) = book(4);
    for last in 5..=16 {
        register(&book, (last - 3..last).chain([4, last]));
        elect(
            &book,
            u64::from(last) - 5,
            (last - 3..last).chain([4, last]),
        );
    }
    // 16 decides with 4, 13, 14 and 15; before it left 12, 11 and so on.
    assert_eq!(primary(&tracked), keys([4, 13, 14, 15, 16]));
    let former: BTreeSet<_> = secondary(&tracked).into_keys().collect();
    assert_eq!(former, keys(5..=12));
    let admit = |one| book.admit_follower(&key(one), TimestampMs::new(1), TimestampMs::new(9));
    for one in [12, 13, 21, 22] {
        admit(one).unwrap();
    }
    assert!(matches!(admit(23), Err(FollowError::Full { room: 2, .. })));
    assert!(secondary(&tracked).contains_key(&key(22)));
}
