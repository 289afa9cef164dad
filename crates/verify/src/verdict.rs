//! From bytes and an anchor to a verdict.

use crate::{
    bundle::{Bundle, Fact, FormatError, LogFact, RangeFact, Sealed, TransactionFact},
    certificate::{CertificateError, Finalization},
    qmdb::{self, RangeProofError, StateProofError},
    succession::{BoundaryError, Succession},
};
use alloy_primitives::{Address, B256, Bytes, Log, U256};
use qiantang_types::{
    Account, CodecError, Fingerprint, Header, Height, LedgerHash, MerkleProof, Receipt,
    TimestampMs, Transaction, TransactionError, leaf_hash,
};

/// What a bundle proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Hash of the chain's genesis block.
    pub genesis: LedgerHash,
    /// Height of the block that the facts are about.
    pub height: Height,
    /// Its time.
    pub time: TimestampMs,
    /// Its hash.
    pub block_hash: LedgerHash,
    /// Height of the block that the validators signed: the same block or a descendant.
    pub certified_height: Height,
    /// Span with one validator set in which they signed.
    pub epoch: u64,
    /// Public keys of the validators that signed.
    pub signers: Vec<Bytes>,
    /// Validators of that epoch.
    pub validators: usize,
    /// Changes of the validator set that were followed from the anchor's to theirs.
    pub set_changes: usize,
    /// The facts, in the bundle's order.
    pub facts: Vec<VerifiedFact>,
}

/// A fact that was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifiedFact {
    /// The transaction stands in the block. Whether it succeeded is not said.
    Transaction {
        /// Position in the block, from 0.
        index: u64,
        /// keccak-256 of the transaction.
        hash: B256,
        /// Who signed it.
        sender: Address,
        /// The transaction.
        transaction: Transaction,
    },
    /// The transaction succeeded and emitted the log.
    Log {
        /// Position of the transaction in the block, from 0.
        index: u64,
        /// keccak-256 of the transaction.
        transaction_hash: B256,
        /// Who signed the transaction.
        sender: Address,
        /// Position of the log in the receipt, from 0.
        log_index: u64,
        /// The log.
        log: Log,
    },
    /// A storage slot's value after the block.
    Slot {
        /// Account whose storage it is.
        address: Address,
        /// The slot.
        slot: U256,
        /// Its value.
        value: U256,
    },
    /// An account's condition after the block.
    Account {
        /// Its address.
        address: Address,
        /// Nonce, balance and code hash.
        account: Account,
    },
    /// A registry slot's value after the block.
    RegistryEntry {
        /// The slot.
        slot: U256,
        /// Its value.
        value: U256,
    },
    /// A registry slot that holds nothing after the block.
    RegistryAbsence {
        /// The slot.
        slot: U256,
    },
    /// All entries of the registry between two slots after the block.
    RegistryRange {
        /// First slot of the range.
        first: U256,
        /// Last slot of the range, included.
        last: U256,
        /// Slots and values, ascending.
        entries: Vec<(U256, U256)>,
    },
}

/// Why a bundle proves nothing. [`Self::step`] names the step that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are not a bundle.
    #[error("format: {0}")]
    Format(#[from] FormatError),
    /// The bundle is of another chain than the anchor.
    #[error("anchor: the bundle is of the chain {found}, not of {expected}")]
    Anchor {
        /// Fingerprint of the bundle's trust root.
        found: Fingerprint,
        /// The anchor.
        expected: Fingerprint,
    },
    /// A change of the validator set is not proved.
    #[error("boundary: change {change} of the validator set, in block {height}: {source}")]
    Boundary {
        /// Which change, from 1 in the order of the bundle.
        change: usize,
        /// Height of its header.
        height: Height,
        /// What is wrong.
        source: BoundaryError,
    },
    /// The validators did not sign.
    #[error("certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// The headers do not lead from the facts to the certified block.
    #[error("header-chain: {0}")]
    HeaderChain(#[from] HeaderChainError),
    /// A transaction is not where it is said to be.
    #[error("transaction-proof: fact {fact}: {source}")]
    TransactionProof {
        /// Position of the fact in the bundle, from 0.
        fact: usize,
        /// What is wrong.
        source: TransactionProofError,
    },
    /// A receipt or log is not where it is said to be.
    #[error("receipt-proof: fact {fact}: {source}")]
    ReceiptProof {
        /// Position of the fact in the bundle, from 0.
        fact: usize,
        /// What is wrong.
        source: ReceiptProofError,
    },
    /// The state is not as it is said to be.
    #[error("state-proof: fact {fact}: {source}")]
    StateProof {
        /// Position of the fact in the bundle, from 0.
        fact: usize,
        /// What is wrong.
        source: StateProofError,
    },
    /// The entries of a range are not all, or not as they are said to be.
    #[error("state-proof: fact {fact}: {source}")]
    RangeProof {
        /// Position of the fact in the bundle, from 0.
        fact: usize,
        /// What is wrong.
        source: RangeProofError,
    },
    /// Everything is proved, but it is not what the maker of the bundle put in.
    #[error("seal: the content was altered after the bundle was made: the seal does not fit")]
    Seal,
}

/// Why headers do not lead from the facts to the certified block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderChainError {
    /// The certificate is of another block.
    #[error("the validators finalized block {certified}, the last header is of block {found}")]
    Certified {
        /// Block in the certificate.
        certified: LedgerHash,
        /// Block of the last header.
        found: LedgerHash,
    },
    /// The certificate is of another epoch than its block.
    #[error("the certificate is of epoch {certified}, the last header of epoch {found}")]
    Epoch {
        /// Epoch of the certificate.
        certified: u64,
        /// Epoch of the last header.
        found: u64,
    },
    /// A header is not its predecessor's child.
    #[error("header {0} is not the child of the header before it")]
    Link(usize),
    /// A block of height 0 that is not the chain's genesis.
    #[error("header {0} has height 0 and is not the chain's genesis block")]
    Genesis(usize),
}

/// Why a transaction is not proved to be in the block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionProofError {
    /// The bytes are no transaction, or nobody signed it.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The path does not lead to the header's root.
    #[error("the Merkle path of transaction {0} does not lead to the header's transactions root")]
    Path(u64),
    /// The transaction is of another place than the receipt.
    #[error("the transaction is number {transaction}, the receipt number {receipt}")]
    Place {
        /// Position of the transaction.
        transaction: u64,
        /// Position of the receipt.
        receipt: u64,
    },
}

/// Why a log is not proved to be in the block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptProofError {
    /// The bytes are no receipt.
    #[error(transparent)]
    Receipt(#[from] CodecError),
    /// The path does not lead to the header's root.
    #[error("the Merkle path of receipt {0} does not lead to the header's receipts root")]
    Path(u64),
    /// The receipt has no such log.
    #[error("the receipt has {count} logs, there is no log {index}")]
    Log {
        /// Position asked for.
        index: u64,
        /// Logs in the receipt.
        count: usize,
    },
}

/// A slot of the wanted range that no fact of the bundle speaks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the bundle proves nothing about the registry from slot {from:#x} on; get a proof that begins \
     there"
)]
pub struct Uncovered {
    /// Where a further proof must begin.
    pub from: U256,
}

impl Verified {
    /// All entries of the registry from `first` to `last`, slots and values in ascending order,
    /// where the bundle's ranges cover them without a hole: each begins where the one before it in
    /// the bundle ends. An empty range of slots has no entries.
    ///
    /// # Errors
    ///
    /// The first slot that no fact covers. What lies before it is proved.
    pub fn registry_range(&self, first: U256, last: U256) -> Result<Vec<(U256, U256)>, Uncovered> {
        let mut all = Vec::new();
        let mut from = first;
        if last < first {
            return Ok(all);
        }
        for fact in &self.facts {
            let VerifiedFact::RegistryRange {
                first: start,
                last: end,
                entries,
            } = fact
            else {
                continue;
            };
            if from < *start || *end < from {
                continue;
            }
            let wanted = |(slot, _): &&(U256, U256)| from <= *slot && *slot <= last;
            all.extend(entries.iter().filter(wanted));
            if last <= *end {
                return Ok(all);
            }
            from = end.saturating_add(U256::ONE);
        }
        Err(Uncovered { from })
    }
}

impl VerifyError {
    /// Stable name of the step that failed: `format`, `anchor`, `boundary`, `certificate`,
    /// `header-chain`, `transaction-proof`, `receipt-proof`, `state-proof` or `seal`.
    pub const fn step(&self) -> &'static str {
        match self {
            Self::Format(_) => "format",
            Self::Anchor { .. } => "anchor",
            Self::Boundary { .. } => "boundary",
            Self::Certificate(_) => "certificate",
            Self::HeaderChain(_) => "header-chain",
            Self::TransactionProof { .. } => "transaction-proof",
            Self::ReceiptProof { .. } => "receipt-proof",
            Self::StateProof { .. } | Self::RangeProof { .. } => "state-proof",
            Self::Seal => "seal",
        }
    }
}

/// Checks a bundle in either form against `anchor`, the fingerprint of the chain.
///
/// The steps, in their order: the bytes are the one spelling of a bundle; its trust root has the
/// anchor's fingerprint; each change of the validator set was signed by a quorum of the set before;
/// a quorum of the last set signed the certificate; the headers lead from the block of the facts to
/// the certified block; every fact follows from the first header; the seal fits.
///
/// # Errors
///
/// The first step that fails.
pub fn verify(bytes: &[u8], anchor: &Fingerprint) -> Result<Verified, VerifyError> {
    let Sealed { bundle, seal } = Bundle::decode_sealed(bytes)?;
    let found = bundle.root.fingerprint();
    if found != *anchor {
        return Err(VerifyError::Anchor {
            found,
            expected: *anchor,
        });
    }
    let validators = follow_boundaries(&bundle)?;
    let finalization = Finalization::decode(&bundle.certificate)?;
    let signers = validators.verify(&finalization)?;
    let block = check_headers(&bundle, &finalization)?;
    let header = block.header;
    let facts = bundle
        .facts
        .iter()
        .enumerate()
        .map(|(position, fact)| check_fact(header, position, fact))
        .collect::<Result<Vec<_>, _>>()?;
    if seal != bundle.seal() {
        return Err(VerifyError::Seal);
    }
    Ok(Verified {
        chain_id: bundle.root.chain_id,
        genesis: bundle.root.genesis,
        height: header.height,
        time: header.time,
        block_hash: block.hash,
        certified_height: block.certified_height,
        epoch: finalization.epoch,
        signers,
        validators: validators.set().len(),
        set_changes: validators.changes(),
        facts,
    })
}

/// The validator set after all boundaries of the bundle.
fn follow_boundaries(bundle: &Bundle) -> Result<Succession, VerifyError> {
    let mut validators = Succession::of(&bundle.root)?;
    for (boundary, change) in bundle.boundaries.iter().zip(1..) {
        validators
            .follow(boundary)
            .map_err(|source| VerifyError::Boundary {
                change,
                height: boundary.header.height,
                source,
            })?;
    }
    Ok(validators)
}

/// The block of the facts, once the headers are known to lead to the certificate.
struct FactsBlock<'a> {
    header: &'a Header,
    hash: LedgerHash,
    certified_height: Height,
}

fn check_headers<'a>(
    bundle: &'a Bundle,
    finalization: &Finalization,
) -> Result<FactsBlock<'a>, VerifyError> {
    let missing = |what| VerifyError::Format(FormatError::Missing(what));
    let (last, earlier) = bundle.headers.split_last().ok_or(missing("header"))?;
    let mut child = (last, last.hash());
    if child.1 != finalization.payload {
        let (certified, found) = (finalization.payload, child.1);
        return Err(HeaderChainError::Certified { certified, found }.into());
    }
    let (certified, found) = (finalization.epoch, last.context.epoch);
    if certified != found {
        return Err(HeaderChainError::Epoch { certified, found }.into());
    }
    check_genesis(bundle, earlier.len(), &child)?;
    for (index, header) in earlier.iter().enumerate().rev() {
        let hash = header.hash();
        let follows = child.0.parent == hash
            && header.height.next() == Some(child.0.height)
            && header.time < child.0.time;
        if !follows {
            return Err(HeaderChainError::Link(index.saturating_add(1)).into());
        }
        child = (header, hash);
        check_genesis(bundle, index, &child)?;
    }
    Ok(FactsBlock {
        header: child.0,
        hash: child.1,
        certified_height: last.height,
    })
}

fn check_genesis(
    bundle: &Bundle,
    index: usize,
    (header, hash): &(&Header, LedgerHash),
) -> Result<(), HeaderChainError> {
    if (header.height == Height::GENESIS) == (*hash == bundle.root.genesis) {
        Ok(())
    } else {
        Err(HeaderChainError::Genesis(index))
    }
}

fn check_fact(header: &Header, position: usize, fact: &Fact) -> Result<VerifiedFact, VerifyError> {
    let state = |source| VerifyError::StateProof {
        fact: position,
        source,
    };
    match fact {
        Fact::Transaction(fact) => {
            check_transaction(header, fact).map_err(|source| VerifyError::TransactionProof {
                fact: position,
                source,
            })
        }
        Fact::Log(fact) => check_log(header, position, fact),
        Fact::Slot(fact) => {
            qmdb::verify_slot(&header.state.storage.root, fact).map_err(state)?;
            let (address, slot, value) = (fact.address, fact.slot, fact.value);
            Ok(VerifiedFact::Slot {
                address,
                slot,
                value,
            })
        }
        Fact::Account(fact) => {
            qmdb::verify_account(&header.state.accounts.root, fact).map_err(state)?;
            Ok(VerifiedFact::Account {
                address: fact.address,
                account: fact.account(),
            })
        }
        Fact::RegistryEntry(fact) => {
            qmdb::verify_registry_entry(&header.state.registry.root, fact).map_err(state)?;
            Ok(VerifiedFact::RegistryEntry {
                slot: fact.slot,
                value: fact.value,
            })
        }
        Fact::RegistryAbsence(fact) => {
            qmdb::verify_registry_absence(&header.state.registry.root, fact).map_err(state)?;
            Ok(VerifiedFact::RegistryAbsence { slot: fact.slot })
        }
        Fact::RegistryRange(fact) => {
            check_range(header, fact).map_err(|source| VerifyError::RangeProof {
                fact: position,
                source,
            })
        }
    }
}

fn check_range(header: &Header, fact: &RangeFact) -> Result<VerifiedFact, RangeProofError> {
    qmdb::verify_registry_range(&header.state.registry.root, fact)?;
    let (first, last) = (fact.first, fact.last);
    let entries = fact.entries.iter();
    Ok(VerifiedFact::RegistryRange {
        first,
        last,
        entries: entries.map(|entry| (entry.slot, entry.value)).collect(),
    })
}

fn check_transaction(
    header: &Header,
    fact: &TransactionFact,
) -> Result<VerifiedFact, TransactionProofError> {
    let (transaction, sender) = proved_transaction(header, &fact.transaction, &fact.proof)?;
    let hash = transaction.hash();
    Ok(VerifiedFact::Transaction {
        index: fact.proof.index,
        hash,
        sender,
        transaction,
    })
}

fn check_log(
    header: &Header,
    position: usize,
    fact: &LogFact,
) -> Result<VerifiedFact, VerifyError> {
    let log = proved_log(header, fact).map_err(|source| VerifyError::ReceiptProof {
        fact: position,
        source,
    })?;
    let refuse = |source| VerifyError::TransactionProof {
        fact: position,
        source,
    };
    let (index, proof) = (fact.receipt_proof.index, &fact.transaction_proof);
    // A receipt does not name its transaction; its place does.
    if proof.index != index {
        let transaction = proof.index;
        return Err(refuse(TransactionProofError::Place {
            transaction,
            receipt: index,
        }));
    }
    let (transaction, sender) =
        proved_transaction(header, &fact.transaction, proof).map_err(refuse)?;
    let (transaction_hash, log_index) = (transaction.hash(), fact.log_index);
    Ok(VerifiedFact::Log {
        index,
        transaction_hash,
        sender,
        log_index,
        log,
    })
}

fn proved_transaction(
    header: &Header,
    bytes: &Bytes,
    proof: &MerkleProof,
) -> Result<(Transaction, Address), TransactionProofError> {
    if proof.root(leaf_hash(bytes)) != Some(header.transactions_root) {
        return Err(TransactionProofError::Path(proof.index));
    }
    let transaction = Transaction::decode(bytes)?;
    let sender = transaction.sender()?;
    Ok((transaction, sender))
}

fn proved_log(header: &Header, fact: &LogFact) -> Result<Log, ReceiptProofError> {
    if fact.receipt_proof.root(leaf_hash(&fact.receipt)) != Some(header.receipts_root) {
        return Err(ReceiptProofError::Path(fact.receipt_proof.index));
    }
    let mut logs = Receipt::from_bytes(&fact.receipt)?.logs;
    let (index, count) = (fact.log_index, logs.len());
    match usize::try_from(index) {
        Ok(at) if at < count => Ok(logs.swap_remove(at)),
        _ => Err(ReceiptProofError::Log { index, count }),
    }
}
