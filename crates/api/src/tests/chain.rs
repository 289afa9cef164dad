//! A small chain in a temporary directory, with everything that the server needs of a node.

use super::{
    client::Client,
    doubles::{Health, OnePlace, ScriptedProofs},
};
use crate::{Backend, Config, HeadState, Limits, RecentBlocks, Server, admission::Reader, serve};
use alloy_consensus::{
    SignableTransaction, Signed, TxEip1559, TxEip2930, TxEip7702, TxEnvelope, TxLegacy,
};
use alloy_eips::{eip2930::AccessList, eip7702::Authorization};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, bytes, hex};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use p256::ecdsa::{Signature as Signature256, SigningKey, signature::Signer as _};
use qiantang_execution::{BlockInput, Rules, genesis_changes, run_block};
use qiantang_state::{
    history::{self, FinalizedBlock, Store},
    proofs::ProofSource,
};
use qiantang_txpool::{Config as PoolConfig, Pool};
use qiantang_types::{
    Block, ChainSpec, ConsensusContext, GenesisAccount, Header, Height, LedgerHash, Receipt,
    SignatureScheme, StateChanges, TimestampMs, Transaction, TrustRoot, ValidatorKeys, ledger_hash,
    merkle_root,
};
use std::sync::Arc;
use tempfile::TempDir;

/// Chain id of the test conversations in `ethereum/execution-apis`, so that their signed
/// transactions are valid here.
pub(super) const CHAIN_ID: u64 = 0x000c_72dd_9d5e_883e;

/// Address of the [`COUNTER`] contract, as in the conversations.
pub(super) const COUNTER_ADDRESS: Address = address!("0x7dcd17433742f4c0ca53122ab541d0ba67fc27df");

/// Address of a contract that reverts: with a panic, or with a reason where the first byte of the
/// input is not zero.
pub(super) const REVERTER_ADDRESS: Address = address!("0x0ee3ab1371c93e7c0c281cc0c2107cdebc8b1930");

/// Address of a contract that loops until the gas is gone.
pub(super) const LOOPER_ADDRESS: Address = address!("0x1000000000000000000000000000000000000001");

/// With input: adds one to slot 0, logs the count under the first two words of the input, and
/// returns it. Without: reverts with a reason.
pub(super) const COUNTER: Bytes = bytes!(
    "36600e57606460265f3960645ffd"
    "5b5f54600101805f555f526020355f3560205fa260205ff3"
    "08c379a00000000000000000000000000000000000000000000000000000000000000020"
    "000000000000000000000000000000000000000000000000000000000000000a75736572206572726f72"
    "00000000000000000000000000000000000000000000"
);

/// The reason is not padded to whole words, as some contracts leave it.
const REVERTER: Bytes = bytes!(
    "5f3560f81c6012576024601d5f3960245ffd5b604e60415f39604e5ffd"
    "4e487b710000000000000000000000000000000000000000000000000000000000000001"
    "08c379a00000000000000000000000000000000000000000000000000000000000000020"
    "000000000000000000000000000000000000000000000000000000000000000a75736572206572726f72"
);

/// Returns `ffee` for two bytes of input, reverts with a text that is no ABI error for any other.
const PICKY: Bytes = bytes!(
    "36600214602157"
    "7177726f6e672d63616c6c6461746173697a655f526012600efd"
    "5b61ffee5f526002601ef3"
);

/// Jumps to its own start.
const LOOPER: Bytes = bytes!("5b5f56");

/// The chain, and the accounts that sign on it.
pub(super) struct TestChain {
    pub(super) backend: Backend,
    pub(super) proofs: Arc<ScriptedProofs>,
    pub(super) head: Header,
    signer: PrivateKeySigner,
    /// Span with one validator set that the next block is of, and the seed of its one validator.
    epoch: u8,
    validator: u8,
    keeps_recent: bool,
    // Removed when the chain is dropped, after the store that is in it.
    _dir: TempDir,
}

impl TestChain {
    /// A chain of genesis alone. `extra` accounts get a balance.
    pub(super) fn new(extra: &[Address]) -> Self {
        let signer = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
        let spec = spec(signer.address(), extra);
        let dir = TempDir::new().unwrap();
        let small = history::Config {
            durable: false,
            free_bytes_min: 0,
            ..Default::default()
        };
        let store = Store::open(dir.path(), small).unwrap();
        let pool = Pool::open(PoolConfig::new(CHAIN_ID, &spec.parameters), None).unwrap();
        let proofs = Arc::new(ScriptedProofs::default());
        let genesis = Header {
            parent: spec.parameters_hash(),
            time: spec.genesis_time,
            gas_limit: spec.parameters.block_gas_limit,
            transactions_root: merkle_root(&[]),
            receipts_root: merkle_root(&[]),
            ..Header::default()
        };
        let trust_root = TrustRoot {
            chain_id: CHAIN_ID,
            genesis: genesis.hash(),
            scheme: spec.scheme.code(),
            validators: spec.validators.clone(),
        };
        let changes = genesis_changes(&spec).unwrap();
        let spec = Arc::new(spec);
        let backend = Backend {
            head: HeadState::new(store.clone(), Arc::clone(&spec)),
            store,
            recent: RecentBlocks::default(),
            pool,
            spec,
            trust_root: Arc::new(trust_root),
            proofs: Arc::clone(&proofs) as Arc<dyn ProofSource>,
            status: Arc::new(Health(None)),
            door: Arc::new(OnePlace),
            metrics: Arc::new(|| "# TYPE node_height gauge\nnode_height 7\n".to_owned()),
        };
        let mut chain = Self {
            backend,
            proofs,
            head: genesis.clone(),
            signer,
            epoch: 0,
            validator: FIRST_VALIDATOR,
            keeps_recent: true,
            _dir: dir,
        };
        chain.append(
            Block {
                header: genesis,
                transactions: Vec::new(),
            },
            Vec::new(),
            &changes,
        );
        chain
    }

    /// The same, where the server reads every block from the store.
    pub(super) fn without_recent(mut self) -> Self {
        self.keeps_recent = false;
        self.backend.recent = RecentBlocks::default();
        self
    }

    /// A node that reports a fault.
    pub(super) fn with_fault(mut self, fault: &str) -> Self {
        self.backend.status = Arc::new(Health(Some(fault.to_owned())));
        self
    }

    /// Executes transactions in a new block and makes it final. Answers its receipts.
    pub(super) fn block(&mut self, transactions: Vec<Transaction>) -> Vec<Receipt> {
        self.block_with(transactions, Bytes::new())
    }

    /// Ends the epoch with an empty block; the next has another validator where `changes` says so.
    pub(super) fn end_epoch(&mut self, changes: bool) {
        let next = self.validator + u8::from(changes);
        let keys = ValidatorKeys::new(vec![public_key(next)]).unwrap();
        self.block_with(
            Vec::new(),
            if changes {
                keys.to_bytes()
            } else {
                Bytes::new()
            },
        );
        self.validator = next;
        self.epoch += 1;
    }

    fn block_with(&mut self, transactions: Vec<Transaction>, extension: Bytes) -> Vec<Receipt> {
        let parent = self.head.clone();
        let height = parent.height.next().unwrap();
        let mut header = Header {
            context: ConsensusContext {
                epoch: self.epoch.into(),
                ..ConsensusContext::default()
            },
            parent: parent.hash(),
            height,
            time: TimestampMs::new(parent.time.get() + 1234),
            gas_limit: parent.gas_limit,
            extension,
            ..Header::default()
        };
        let input = BlockInput {
            height,
            time: header.time,
            gas_limit: header.gas_limit,
            beneficiary: header.beneficiary(),
            parent_hash: header.parent,
            chain_id: CHAIN_ID,
            parameters: self.backend.spec.parameters.clone(),
            last_of_epoch: false,
            faults: Vec::new(),
            rules: Rules::QIANTANG,
        };
        let reader = Reader(self.backend.store.reader_at(parent.height).unwrap());
        let outcome = run_block(reader, &input, &transactions).unwrap();
        header.gas_used = outcome.gas_used;
        let leaves: Vec<LedgerHash> = outcome.receipts.iter().map(Receipt::leaf).collect();
        header.receipts_root = merkle_root(&leaves);
        // No database computes roots here; these differ from block to block, as real ones do.
        header.state.storage.root = ledger_hash(&[b"storage", &height.get().to_be_bytes()]);
        header.state.accounts.root = ledger_hash(&[b"accounts", &height.get().to_be_bytes()]);
        header.state.registry.root = ledger_hash(&[b"registry", &height.get().to_be_bytes()]);
        let mut block = Block {
            header,
            transactions,
        };
        block.header.transactions_root = block.transactions_root();
        let receipts = outcome.receipts.clone();
        self.append(block, outcome.receipts, &outcome.changes);
        receipts
    }

    fn append(&mut self, block: Block, receipts: Vec<Receipt>, changes: &StateChanges) {
        let Backend {
            store,
            pool,
            recent,
            ..
        } = &self.backend;
        let height = block.header.height;
        // Every third block has a certificate, as with views that end in a notarization only, and
        // so has the last of an epoch.
        let boundary = !block.header.extension.is_empty();
        let certified = boundary || height.get().is_multiple_of(3) && height > Height::GENESIS;
        let finalized = FinalizedBlock {
            block: &block,
            receipts: &receipts,
            changes,
            certificate: certified.then(|| self.certificate(&block.header)),
        };
        store.append(&finalized).unwrap();
        let after = changes
            .accounts
            .iter()
            .map(|(a, account)| (*a, account.unwrap_or_default()));
        pool.on_finalized(&block.transactions, after, block.header.time);
        self.head = block.header.clone();
        if self.keeps_recent {
            recent.push(block, receipts);
        }
    }

    /// The finalization certificate of the one validator, as the engine encodes it: three numbers
    /// (LEB128), the payload, a bitmap of one validator, and its signature.
    fn certificate(&self, header: &Header) -> Bytes {
        let view = u8::try_from(header.height.get()).unwrap();
        assert!((1..0x80).contains(&view), "one byte of LEB128");
        let mut proposal = vec![self.epoch, view, view - 1];
        proposal.extend_from_slice(header.hash().as_slice());
        let anchor = self.backend.trust_root.fingerprint();
        let namespace = [anchor.as_bytes().as_slice(), b"_FINALIZE"].concat();
        let message = [&[namespace.len() as u8], namespace.as_slice(), &proposal].concat();
        let signature: Signature256 = validator(self.validator).sign(&message);
        let mut certificate = proposal;
        certificate.extend_from_slice(&1_u64.to_be_bytes());
        certificate.extend_from_slice(&[1, 1]);
        certificate.extend_from_slice(&signature.normalize_s().to_bytes());
        certificate.into()
    }

    /// Takes everything executable out of the pool and makes a block of it.
    pub(super) fn block_from_pool(&mut self) -> Vec<Receipt> {
        let limits = qiantang_txpool::BestLimits {
            transactions: 10_000,
            bytes: 1 << 20,
            gas: u64::MAX,
            member_gas: 0,
        };
        let best = self.backend.pool.best(limits, &Default::default());
        self.block(best)
    }

    /// Serves the chain on a port of the system's choice.
    pub(super) async fn serve(&self, limits: Limits) -> (Server, Client) {
        let address = "127.0.0.1:0".parse().unwrap();
        let server = serve(Config { address, limits }, self.backend.clone())
            .await
            .unwrap();
        let client = Client::new(server.address());
        (server, client)
    }

    /// The address that signs.
    pub(super) fn sender(&self) -> Address {
        self.signer.address()
    }

    fn sign<T: SignableTransaction<Signature>>(&self, transaction: T) -> Transaction
    where
        TxEnvelope: From<Signed<T>>,
    {
        sign(&self.signer, transaction)
    }

    /// A transfer of value in a legacy envelope.
    pub(super) fn transfer(&self, nonce: u64, to: Address, value: u64) -> Transaction {
        self.sign(TxLegacy {
            chain_id: Some(CHAIN_ID),
            nonce,
            gas_limit: 21_000,
            to: TxKind::Call(to),
            value: U256::from(value),
            ..TxLegacy::default()
        })
    }

    /// The creation of a counter in a legacy envelope.
    pub(super) fn create(&self, nonce: u64) -> Transaction {
        let length = COUNTER.len() as u8;
        let mut init = hex::decode("608a600b5f39608a5ff3").unwrap();
        init[1] = length;
        init[7] = length;
        init[3] = init.len() as u8;
        init.extend_from_slice(&COUNTER);
        self.sign(TxLegacy {
            chain_id: Some(CHAIN_ID),
            nonce,
            gas_price: 1,
            gas_limit: 300_000,
            to: TxKind::Create,
            input: init.into(),
            ..TxLegacy::default()
        })
    }

    /// A call of the counter in an EIP-1559 envelope; it logs under two topics.
    pub(super) fn count(&self, nonce: u64, topics: [B256; 2]) -> Transaction {
        self.sign(counting(nonce, topics))
    }

    /// The same, by another signer.
    pub(super) fn count_by(
        signer: &PrivateKeySigner,
        nonce: u64,
        topics: [B256; 2],
    ) -> Transaction {
        sign(signer, counting(nonce, topics))
    }

    /// A call in an EIP-2930 envelope that names the slot it reads.
    pub(super) fn with_access_list(&self, nonce: u64) -> Transaction {
        let item = alloy_eips::eip2930::AccessListItem {
            address: COUNTER_ADDRESS,
            storage_keys: vec![B256::ZERO],
        };
        self.sign(TxEip2930 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: 100_000,
            to: TxKind::Call(COUNTER_ADDRESS),
            input: vec![1; 64].into(),
            access_list: AccessList(vec![item]),
            ..TxEip2930::default()
        })
    }

    /// A call that reverts, in an EIP-1559 envelope.
    pub(super) fn reverting(&self, nonce: u64) -> Transaction {
        self.sign(TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: 100_000,
            to: TxKind::Call(COUNTER_ADDRESS),
            ..TxEip1559::default()
        })
    }

    /// An EIP-7702 transaction by which another account delegates to the counter.
    pub(super) fn delegating(&self, nonce: u64) -> Transaction {
        let delegator = PrivateKeySigner::from_bytes(&B256::repeat_byte(9)).unwrap();
        let authorization = Authorization {
            chain_id: U256::from(CHAIN_ID),
            address: COUNTER_ADDRESS,
            nonce: 0,
        };
        let signature = delegator
            .sign_hash_sync(&authorization.signature_hash())
            .unwrap();
        self.sign(TxEip7702 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: 200_000,
            to: Address::repeat_byte(1),
            authorization_list: vec![authorization.into_signed(signature)],
            ..TxEip7702::default()
        })
    }
}

fn sign<T: SignableTransaction<Signature>>(signer: &PrivateKeySigner, transaction: T) -> Transaction
where
    TxEnvelope: From<Signed<T>>,
{
    let signature = signer
        .sign_hash_sync(&transaction.signature_hash())
        .unwrap();
    Transaction::from_envelope(transaction.into_signed(signature).into()).unwrap()
}

/// The key of the one validator.
/// Seed of the first validator.
const FIRST_VALIDATOR: u8 = 3;

fn validator(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn public_key(seed: u8) -> Bytes {
    let key = *validator(seed).verifying_key();
    Bytes::copy_from_slice(key.to_sec1_point(true).as_bytes())
}

fn counting(nonce: u64, topics: [B256; 2]) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 100_000,
        to: TxKind::Call(COUNTER_ADDRESS),
        input: topics.concat().into(),
        ..TxEip1559::default()
    }
}

fn spec(sender: Address, extra: &[Address]) -> ChainSpec {
    let rich = || GenesisAccount {
        balance: U256::from(10).pow(U256::from(24)),
        ..Default::default()
    };
    let contract = |code: &Bytes| GenesisAccount {
        nonce: 1,
        code: code.clone(),
        ..Default::default()
    };
    let delegation = bytes!("ef01008c2319620d7c348bb4e2b2a0b230c81f310e9561");
    let mut alloc: std::collections::BTreeMap<_, _> =
        extra.iter().map(|address| (*address, rich())).collect();
    alloc.extend([
        (sender, rich()),
        (
            COUNTER_ADDRESS,
            GenesisAccount {
                balance: U256::from(0x76),
                ..contract(&COUNTER)
            },
        ),
        (REVERTER_ADDRESS, contract(&REVERTER)),
        (LOOPER_ADDRESS, contract(&LOOPER)),
        (
            address!("0x17e7eedce4ac02ef114a7ed9fe6e2f33feba1667"),
            contract(&PICKY),
        ),
        (
            address!("0xeda8645ba6948855e3b3cd596bbb07596d59c603"),
            contract(&delegation),
        ),
        (
            address!("0x0300100f529a704d19736a8714837adbc934db7f"),
            GenesisAccount { nonce: 1, ..rich() },
        ),
    ]);
    ChainSpec {
        chain_id: CHAIN_ID,
        name: "test".to_owned(),
        genesis_time: TimestampMs::new(1_700_000_000_000),
        scheme: SignatureScheme::P256,
        validators: vec![public_key(FIRST_VALIDATOR)],
        addresses: Default::default(),
        parameters: Default::default(),
        organisations: Vec::new(),
        alloc,
    }
}
