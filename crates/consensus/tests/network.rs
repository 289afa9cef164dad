//! Validators in one process, on loopback: they agree, and a transaction given to one is final on
//! all.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test: a failure is the message, and it waits and measures by the wall clock"
)]

use alloy_consensus::{SignableTransaction as _, TxEip1559, crypto::secp256k1::sign_message};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use qiantang_consensus::{
    ChainClock, Engine, EngineConfig, Pace, PrivateKey, SPARE_VALIDATORS, Stores,
};
use qiantang_state::history::{self, Store};
use qiantang_txpool::{AccountReader, Pool};
use qiantang_types::{
    Account, Block, ChainSpec, GenesisAccount, Parameters, SignatureScheme, TimestampMs,
    Transaction,
};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, mpsc},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

const CHAIN_ID: u64 = 571;
const PATIENCE: Duration = Duration::from_secs(60);

struct Head(Store);

impl AccountReader for Head {
    fn account(&self, address: &Address) -> Result<Account, String> {
        let account = self.0.latest_account(*address);
        Ok(account
            .map_err(|error| error.to_string())?
            .unwrap_or_default())
    }
}

struct Member {
    key: PrivateKey,
    address: SocketAddr,
}

struct Running {
    engine: Engine,
    store: Store,
    pool: Pool,
    blocks: mpsc::Receiver<Block>,
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn members(scheme: SignatureScheme, count: u8) -> Vec<Member> {
    let mut members: Vec<Member> = (1..=count)
        .map(|number| Member {
            key: PrivateKey::from_bytes(scheme, &[number; 32]).unwrap(),
            address: free_address(),
        })
        .collect();
    members.sort_by_key(|member| member.key.public_bytes());
    members
}

fn now() -> TimestampMs {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    TimestampMs::new(u64::try_from(now.as_millis()).unwrap())
}

fn spec(
    scheme: SignatureScheme,
    members: &[Member],
    rich: Address,
    epoch_length: u64,
) -> ChainSpec {
    let account = GenesisAccount {
        balance: U256::from(10u64).pow(U256::from(21)),
        ..GenesisAccount::default()
    };
    let keys = members.iter().map(|member| member.key.public_bytes());
    ChainSpec {
        chain_id: CHAIN_ID,
        name: "test".to_owned(),
        genesis_time: now(),
        scheme,
        validators: keys.clone().collect(),
        addresses: keys
            .zip(members.iter().map(|member| member.address.to_string()))
            .collect(),
        parameters: Parameters {
            epoch_length,
            ..Parameters::default()
        },
        organisations: Vec::new(),
        alloc: BTreeMap::from([(rich, account)]),
    }
}

async fn start(dir: &Path, spec: &Arc<ChainSpec>, member: &Member) -> Running {
    follow(dir, spec, member, Vec::new()).await
}

/// Starts a node that connects to some nodes besides the validators.
async fn follow(
    dir: &Path,
    spec: &Arc<ChainSpec>,
    member: &Member,
    bootstrap: Vec<(Bytes, String)>,
) -> Running {
    let store = Store::open(&dir.join("history"), history::Config::default()).unwrap();
    let pool = Pool::open(
        qiantang_txpool::Config::new(CHAIN_ID, &spec.parameters),
        None,
    )
    .unwrap();
    let (sender, blocks) = mpsc::channel();
    let (admit_pool, admit_store) = (pool.clone(), store.clone());
    let stores = Stores {
        clock: ChainClock::default(),
        store: store.clone(),
        pool: pool.clone(),
        observer: Arc::new(move |block: &Block, _| {
            let _ = sender.send(block.clone());
        }),
        admit: Arc::new(move |batch, announce| {
            let head = Head(admit_store.clone());
            let results = if announce {
                admit_pool.admit(batch, &head)
            } else {
                admit_pool.admit_heard(batch, &head)
            };
            drop(results);
        }),
    };
    let config = EngineConfig {
        dir: dir.join("engine"),
        key: member.key.clone(),
        pace: Pace {
            heartbeat: Duration::from_secs(1),
            interval: Duration::from_millis(100),
        },
        listen: member.address,
        bootstrap,
        followers_max: 2,
        cache_pages: NonZeroUsize::new(1024).unwrap(),
        threads: 2,
        spare: SPARE_VALIDATORS,
        joining: None,
    };
    let engine = Engine::start(config, spec.clone(), stores).await.unwrap();
    let (engine, _) = engine.opened().await.unwrap();
    Running {
        engine,
        store,
        pool,
        blocks,
    }
}

fn transfer(nonce: u64) -> Transaction {
    let transaction = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        to: TxKind::Call(Address::repeat_byte(0x55)),
        value: U256::from(1),
        ..TxEip1559::default()
    };
    let signature = sign_message(B256::repeat_byte(7), transaction.signature_hash()).unwrap();
    Transaction::from_envelope(transaction.into_signed(signature).into()).unwrap()
}

/// Waits until a node has finalized a transaction; the height.
fn await_final(running: &Running, transaction: &Transaction) -> u64 {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let block = running.blocks.recv_timeout(left).expect("final in time");
        let mut all = block.transactions.iter();
        if all.any(|included| included.hash() == transaction.hash()) {
            return block.header.height.get();
        }
    }
}

async fn agree(scheme: SignatureScheme, epoch_length: u64) {
    let dir = tempfile::tempdir().unwrap();
    let members = members(scheme, 4);
    let rich = transfer(0).sender().unwrap();
    let spec = Arc::new(spec(scheme, &members, rich, epoch_length));
    let mut nodes = Vec::new();
    for (index, member) in members.iter().enumerate() {
        nodes.push(start(&dir.path().join(index.to_string()), &spec, member).await);
    }
    let mut times = Vec::new();
    let mut last = 0;
    for nonce in 0..24 {
        let transaction = transfer(nonce);
        let index = usize::try_from(nonce).unwrap() % nodes.len();
        let to = &nodes[index];
        let started = Instant::now();
        let admitted = to
            .pool
            .admit(vec![transaction.clone()], &Head(to.store.clone()));
        assert!(admitted[0].is_ok(), "{admitted:?}");
        last = await_final(to, &transaction);
        times.push(started.elapsed());
        for node in nodes.iter().filter(|node| !std::ptr::eq(*node, to)) {
            assert_eq!(await_final(node, &transaction), last);
        }
    }
    times.sort();
    println!(
        "final after p50 {:?}, slowest {:?}",
        times[times.len() / 2],
        times.last()
    );
    let height = qiantang_types::Height::new(last);
    let hashes: Vec<_> = nodes
        .iter()
        .map(|node| node.store.header(height).unwrap().unwrap().hash())
        .collect();
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
    if epoch_length < last {
        assert!(nodes[0].engine.epochs().epoch_of(height) > 0);
    }
    for node in nodes {
        tokio::task::spawn_blocking(move || node.engine.stop())
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_agree_whoever_is_given_the_transaction() {
    agree(SignatureScheme::P256, 10_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_go_on_from_one_epoch_to_the_next() {
    agree(SignatureScheme::Ed25519, 5).await;
}

/// Lets `follower` in at `feeder` for the time of a test; what it connects to.
fn admit(feeder: (&Member, &Running), follower: &Member) -> (Bytes, String) {
    let (member, running) = feeder;
    let until = TimestampMs::new(now().get() + 600_000);
    let key = follower.key.public_bytes();
    let peers = running.engine.peers();
    peers.admit_follower(&key, now(), until).unwrap();
    (member.key.public_bytes(), member.address.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_of_followers_keep_up_and_pass_transactions_on() {
    let dir = tempfile::tempdir().unwrap();
    let (all, scheme) = (members(SignatureScheme::P256, 6), SignatureScheme::P256);
    let (validators, followers) = all.split_at(4);
    let rich = transfer(0).sender().unwrap();
    let spec = Arc::new(spec(scheme, validators, rich, 20));
    let mut nodes = Vec::new();
    for (index, member) in all.iter().enumerate() {
        let feeder = match index {
            0..4 => Vec::new(),
            4 => vec![admit((&validators[0], &nodes[0]), &followers[0])],
            _ => vec![admit((&followers[0], &nodes[4]), &followers[1])],
        };
        let dir = dir.path().join(index.to_string());
        nodes.push(follow(&dir, &spec, member, feeder).await);
    }
    let mut last = 0;
    for nonce in 0..30 {
        let transaction = transfer(nonce);
        let to = &nodes[if nonce % 2 == 0 { 5 } else { 4 }];
        let head = Head(to.store.clone());
        let admitted = to.pool.admit(vec![transaction.clone()], &head);
        assert!(admitted[0].is_ok(), "{admitted:?}");
        let heights = nodes.iter().map(|node| await_final(node, &transaction));
        let heights: Vec<u64> = heights.collect();
        last = heights[0];
        assert_eq!(heights, vec![last; 6]);
    }
    assert!(last > 20, "an epoch ended");
    let height = qiantang_types::Height::new(last);
    let hash = |node: &Running| node.store.header(height).unwrap().unwrap().hash();
    assert!(nodes.iter().all(|node| hash(node) == hash(&nodes[0])));
    for node in nodes {
        tokio::task::spawn_blocking(move || node.engine.stop())
            .await
            .unwrap()
            .unwrap();
    }
}
