//! A small real chain to prove things about: P-256 validators that others follow, state in the
//! engine's databases, blocks that link, and certificates signed by the engine.

use crate::database::{Accounts, Registry, Slots, word};
use alloy_primitives::{Address, Bytes, Log, LogData, U256, hex};
use commonware_codec::Encode as _;
use commonware_consensus::{
    simplex::{
        scheme::secp256r1::Scheme,
        types::{Finalization, Finalize, Proposal},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{
    Signer as _,
    secp256r1::standard::{PrivateKey, PublicKey},
    sha256::Digest,
};
use commonware_parallel::Sequential;
use commonware_runtime::{Runner as _, deterministic};
use commonware_utils::{TryFromIterator as _, non_empty, ordered::BiMap};
use qiantang_types::{
    Account, Boundary, ConsensusContext, Fingerprint, Header, Height, LedgerHash, Receipt,
    SignatureScheme, TimestampMs, TrustRoot, ValidatorKeys, leaf_hash, merkle_proof, merkle_root,
};
use qiantang_verify::{
    AbsenceFact, AccountFact, Bundle, Fact, LogFact, RegistryFact, SlotFact, TransactionFact,
};

/// The scheme as the node instantiates it: a validator's vote key is its identity.
pub(crate) type EngineScheme = Scheme<PublicKey>;

/// The engine's certificate type.
pub(crate) type EngineFinalization = Finalization<EngineScheme, Digest>;

/// The example of EIP-155, signed by 0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F.
pub(crate) const TRANSACTION: [u8; 110] = hex!(
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080\
     25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761a\
     ecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
);

/// Position of [`TRANSACTION`] among the five of its block.
pub(crate) const TRANSACTION_INDEX: usize = 3;

/// Epoch of the blocks of a [`Chain`]; the set changed after the one before.
pub(crate) const EPOCH: u64 = 4;

/// Validators with their secrets, in the order of their public keys.
pub(crate) fn validators(count: u64) -> Vec<PrivateKey> {
    seeded(0..count)
}

fn seeded(seeds: std::ops::Range<u64>) -> Vec<PrivateKey> {
    let mut keys: Vec<PrivateKey> = seeds.map(PrivateKey::from_seed).collect();
    keys.sort_by_key(|key| key.public_key());
    keys
}

pub(crate) fn participants(keys: &[PrivateKey]) -> BiMap<PublicKey, PublicKey> {
    let pair = |key: &PrivateKey| (key.public_key(), key.public_key());
    BiMap::try_from_iter(keys.iter().map(pair)).unwrap()
}

pub(crate) fn trust_root(keys: &[PrivateKey], genesis: LedgerHash) -> TrustRoot {
    TrustRoot {
        chain_id: 571_571,
        genesis,
        scheme: SignatureScheme::P256.code(),
        validators: public_keys(keys),
    }
}

fn public_keys(keys: &[PrivateKey]) -> Vec<Bytes> {
    let encode = |key: &PrivateKey| key.public_key().encode().into();
    keys.iter().map(encode).collect()
}

/// A certificate over `proposal` by the validators at `signers`.
pub(crate) fn finalize(
    keys: &[PrivateKey],
    signers: &[usize],
    namespace: &Fingerprint,
    proposal: Proposal<Digest>,
) -> EngineFinalization {
    let scheme = |at: usize| {
        Scheme::signer(namespace.as_bytes(), participants(keys), keys[at].clone()).unwrap()
    };
    let votes: Vec<Finalize<EngineScheme, Digest>> = signers
        .iter()
        .map(|at| Finalize::sign(&scheme(*at), proposal.clone()).unwrap())
        .collect();
    Finalization::from_owned_finalizes(&scheme(0), non_empty![@votes.into_iter()], &Sequential)
        .unwrap()
}

pub(crate) fn proposal(epoch: u64, view: u64, payload: LedgerHash) -> Proposal<Digest> {
    Proposal::new(
        Round::new(Epoch::new(epoch), View::new(view)),
        View::new(view - 1),
        Digest(payload.0),
    )
}

/// A certificate of a block by just a quorum.
fn certificate(
    keys: &[PrivateKey],
    anchor: &Fingerprint,
    (epoch, block): (u64, LedgerHash),
) -> Bytes {
    let count = keys.len();
    let signers: Vec<usize> = ((count - 1) / 3..count).collect();
    let proposal = proposal(epoch, 9, block);
    finalize(keys, &signers, anchor, proposal).encode().into()
}

pub(crate) fn of_epoch(epoch: u64) -> ConsensusContext {
    ConsensusContext {
        epoch,
        ..ConsensusContext::default()
    }
}

/// What a test proves things about.
pub(crate) struct Chain {
    /// The validators of [`EPOCH`].
    pub(crate) keys: Vec<PrivateKey>,
    pub(crate) anchor: Fingerprint,
    /// All facts, over three headers.
    pub(crate) bundle: Bundle,
}

impl Chain {
    /// A chain of `count` validators and as many others after them, all facts about one block,
    /// certified by its grandchild.
    pub(crate) fn new(count: u64) -> Self {
        let (first_keys, keys) = (validators(count), seeded(100..100 + count));
        let (facts, first) = deterministic::Runner::default().start(facts_and_header);
        let root = trust_root(&first_keys, LedgerHash::repeat_byte(7));
        let mut headers = vec![first];
        for _ in 0..2 {
            let parent = headers.last().unwrap();
            headers.push(Header {
                context: of_epoch(EPOCH),
                parent: parent.hash(),
                height: parent.height.next().unwrap(),
                time: TimestampMs::new(parent.time.get() + 250),
                ..Header::default()
            });
        }
        let anchor = root.fingerprint();
        let block = headers[2].hash();
        let bundle = Bundle {
            root,
            boundaries: vec![boundary(&first_keys, &keys, &anchor)],
            headers,
            certificate: certificate(&keys, &anchor, (EPOCH, block)),
            facts,
        };
        Self {
            keys,
            anchor,
            bundle,
        }
    }

    /// A bundle of one header and one fact.
    pub(crate) fn single(&self, fact: usize) -> Bundle {
        let header = self.bundle.headers[0].clone();
        Bundle {
            root: self.bundle.root.clone(),
            boundaries: self.bundle.boundaries.clone(),
            certificate: self.certificate(header.hash()),
            headers: vec![header],
            facts: vec![self.bundle.facts[fact].clone()],
        }
    }

    /// The certificate of a block by just a quorum.
    pub(crate) fn certificate(&self, block: LedgerHash) -> Bytes {
        certificate(&self.keys, &self.anchor, (EPOCH, block))
    }
}

/// The change from one set to another at the end of the epoch before [`EPOCH`].
fn boundary(from: &[PrivateKey], to: &[PrivateKey], anchor: &Fingerprint) -> Boundary {
    let header = Header {
        context: of_epoch(EPOCH - 1),
        height: Height::new(39),
        extension: ValidatorKeys::new(public_keys(to)).unwrap().to_bytes(),
        ..Header::default()
    };
    Boundary {
        certificate: certificate(from, anchor, (EPOCH - 1, header.hash())),
        header,
    }
}

async fn facts_and_header(context: deterministic::Context) -> (Vec<Fact>, Header) {
    let mut header = Header {
        context: of_epoch(EPOCH),
        height: Height::new(41),
        time: TimestampMs::new(1_795_000_000_000),
        parent: LedgerHash::repeat_byte(3),
        ..Header::default()
    };
    let mut facts = block_facts(&mut header);
    facts.extend(state_facts(context, &mut header).await);
    (facts, header)
}

/// The block's transactions. All but two are bytes that only a Merkle tree takes.
pub(crate) fn transactions() -> Vec<Vec<u8>> {
    let mut transactions: Vec<Vec<u8>> = (0..5).map(|n| vec![n]).collect();
    for index in [1, TRANSACTION_INDEX] {
        transactions[index] = TRANSACTION.to_vec();
    }
    transactions
}

fn block_facts(header: &mut Header) -> Vec<Fact> {
    let log = |n: u8| Log {
        address: Address::repeat_byte(n),
        data: LogData::new_unchecked(vec![LedgerHash::repeat_byte(n)], Bytes::from(vec![n; 40])),
    };
    let receipt = Receipt {
        transaction_type: 0,
        success: true,
        gas_used: 21_000,
        cumulative_gas_used: 84_000,
        contract: Address::ZERO,
        logs: vec![log(1), log(2)],
    };
    let transactions = transactions();
    let receipts: Vec<Vec<u8>> = (0..5u64)
        .map(|n| {
            Receipt {
                gas_used: 20_997 + n,
                ..receipt.clone()
            }
            .to_bytes()
        })
        .collect();
    let leaves = |items: &[Vec<u8>]| items.iter().map(|i| leaf_hash(i)).collect::<Vec<_>>();
    let (transaction_leaves, receipt_leaves) = (leaves(&transactions), leaves(&receipts));
    header.transactions_root = merkle_root(&transaction_leaves);
    header.receipts_root = merkle_root(&receipt_leaves);
    let transaction = Bytes::from(TRANSACTION);
    let proof = merkle_proof(&transaction_leaves, TRANSACTION_INDEX).unwrap();
    vec![
        Fact::Transaction(TransactionFact {
            transaction: transaction.clone(),
            proof: proof.clone(),
        }),
        Fact::Log(LogFact {
            receipt: receipts[TRANSACTION_INDEX].clone().into(),
            receipt_proof: merkle_proof(&receipt_leaves, TRANSACTION_INDEX).unwrap(),
            log_index: 0,
            transaction,
            transaction_proof: proof,
        }),
    ]
}

async fn state_facts(context: deterministic::Context, header: &mut Header) -> Vec<Fact> {
    let (address, slot, value) = (Address::repeat_byte(5), U256::from(77), U256::from(4242));
    let account = Account {
        nonce: 3,
        balance: U256::from(10).pow(U256::from(18)),
        ..Account::default()
    };
    let mut accounts = Accounts::open(&context, "accounts").await;
    let mut slots = Slots::open(&context, "slots").await;
    let mut registry = Registry::open(&context, "registry").await;
    for n in 0..40u64 {
        let other = Address::left_padding_from(&n.to_be_bytes());
        accounts.put(
            &other,
            &Account {
                nonce: n,
                ..Account::default()
            },
        );
        slots.put(&other, U256::from(n), U256::from(n + 1));
        registry.put(U256::from(n * 1000), Some(U256::from(n + 1)));
    }
    accounts.put(&address, &account);
    slots.put(&address, slot, value);
    let accounts = accounts.seal().await;
    let slots = slots.seal().await;
    let registry = registry.seal().await;
    header.state.accounts.root = accounts.root();
    header.state.storage.root = slots.root();
    header.state.registry.root = registry.root();
    vec![
        Fact::Slot(SlotFact {
            address,
            slot,
            value,
            proof: slots.prove(&address, slot).await,
        }),
        Fact::Account(AccountFact {
            address,
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
            proof: accounts.prove(&address).await,
        }),
        Fact::RegistryEntry(RegistryFact {
            slot: U256::from(7000),
            value: U256::from(8),
            proof: registry.prove(&word(U256::from(7000))).await,
        }),
        Fact::RegistryAbsence(AbsenceFact {
            slot: U256::from(7500),
            proof: registry.exclude(&word(U256::from(7500))).await,
        }),
        // Two ranges in a row; in the first an entry stands at the first slot.
        Fact::RegistryRange(
            registry
                .range(U256::from(20_000), U256::from(22_500), 8)
                .await,
        ),
        Fact::RegistryRange(
            registry
                .range(U256::from(22_501), U256::from(24_000), 8)
                .await,
        ),
    ]
}
