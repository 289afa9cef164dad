//! Proof bundles.

use super::boundaries;
use crate::{
    error::{RpcError, internal, invalid_params, refused, unsupported},
    eth::{block, head, header, stored},
    recent::BlockData,
    rpc::{Args, Context, Reply, json, storage_key},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use futures::future::BoxFuture;
use qiantang_state::proofs::{ProofError, RangeProof};
use qiantang_types::{
    Header, Height, LedgerHash, MerkleProof, REGISTRY_ADDRESS, StateCommitment, leaf_hash,
    merkle_proof,
};
use qiantang_verify::{
    AbsenceFact, AccountFact, Bundle, Fact, LogFact, RangeFact, RegistryFact, SlotFact,
    TransactionFact,
    bundle::{HEADERS_MAX, RANGE_ENTRIES_MAX},
};
use serde::Deserialize;
use std::time::Duration;

/// What to prove: exactly one of transaction (with or without a log), slot, account and range of
/// the registry.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    /// Hash of a transaction.
    transaction: Option<B256>,
    /// With `transaction`: position of a log in its receipt, from 0.
    log: Option<u64>,
    /// A storage slot.
    slot: Option<WantedSlot>,
    /// An account.
    account: Option<Address>,
    /// All entries of the registry between two slots.
    registry: Option<WantedRange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedSlot {
    address: Address,
    slot: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedRange {
    first: String,
    last: String,
}

/// Facts in which one request proves a range of the registry at the most. All are about one block,
/// so the registry is held while they are made: some milliseconds for each fact.
const RANGE_FACTS_MAX: usize = 4;

/// Blocks behind the newest in which the state of a proof is looked for.
const STATE_HEADERS_MAX: u64 = 8;

/// How often a proof is taken again when blocks overtake it, or its block is not in the history
/// yet.
const STATE_ATTEMPTS_MAX: usize = 20;

/// Pause between two attempts: a block is written in a few milliseconds.
const STATE_PAUSE: Duration = Duration::from_millis(10);

/// `eth_getProof`: refused, because the state is not a Merkle-Patricia trie.
pub(crate) fn trie_proof(_: &Context, _: &Args<'_>) -> Reply {
    Err(unsupported(
        "eth_getProof is not supported: the state is not a Merkle-Patricia trie; \
         use qiantang_getProof",
    ))
}

/// `qiantang_getProof`.
pub(crate) fn get<'a>(context: &'a Context, args: &'a Args<'_>) -> BoxFuture<'a, Reply> {
    Box::pin(async move {
        let bundle = match args.required::<Wanted>(0)?.target()? {
            Target::Transaction(hash, log) => prove_transaction(context, hash, log)?,
            Target::Slot(address, slot) => prove_slot(context, address, slot).await?,
            Target::Account(address) => prove_account(context, address).await?,
            Target::Range(first, last) => prove_range(context, first, last).await?,
        };
        json(&bundle)
    })
}

/// What to prove, after the request was read.
enum Target {
    Transaction(B256, Option<u64>),
    Slot(Address, U256),
    Account(Address),
    Range(U256, U256),
}

impl Wanted {
    fn target(self) -> Result<Target, RpcError> {
        let named = [
            self.transaction.is_some(),
            self.slot.is_some(),
            self.account.is_some(),
            self.registry.is_some(),
        ];
        let count = named.iter().filter(|named| **named).count();
        let stray_log = self.log.is_some() && self.transaction.is_none();
        match self {
            _ if count != 1 || stray_log => {}
            Self {
                transaction: Some(hash),
                log,
                ..
            } => return Ok(Target::Transaction(hash, log)),
            Self {
                slot: Some(wanted), ..
            } => return Ok(Target::Slot(wanted.address, storage_key(&wanted.slot)?)),
            Self {
                account: Some(address),
                ..
            } => return Ok(Target::Account(address)),
            Self {
                registry: Some(wanted),
                ..
            } => {
                let range = (storage_key(&wanted.first)?, storage_key(&wanted.last)?);
                return Ok(Target::Range(range.0, range.1));
            }
            _ => {}
        }
        Err(invalid_params(
            "name exactly one thing to prove: {\"transaction\": HASH}, \
             {\"transaction\": HASH, \"log\": N}, \
             {\"slot\": {\"address\": ADDRESS, \"slot\": SLOT}}, {\"account\": ADDRESS} or \
             {\"registry\": {\"first\": SLOT, \"last\": SLOT}}",
        ))
    }
}

fn prove_transaction(context: &Context, hash: B256, log: Option<u64>) -> Result<Bundle, RpcError> {
    let Some((height, index)) = stored(context.backend.store.transaction_location(hash))? else {
        let pending = context.backend.pool.get(&hash).is_some();
        let why = if pending {
            "is not final yet; try again"
        } else {
            "is not known"
        };
        return Err(refused(format!("transaction {hash} {why}")));
    };
    let missing = || {
        internal(
            "reading the history",
            format!("no transaction {index} of {height}"),
        )
    };
    let block = block(context, height)?.ok_or_else(missing)?;
    let (transaction, receipt, _) = block.at(index).ok_or_else(missing)?;
    let position = usize::try_from(index).map_err(|_| missing())?;
    let transaction_proof = transaction_path(&block, position).ok_or_else(missing)?;
    let transaction = transaction.encoded().clone();
    let fact = match log {
        None => Fact::Transaction(TransactionFact {
            transaction,
            proof: transaction_proof,
        }),
        Some(log_index) => {
            let logs = receipt.logs.len() as u64;
            if log_index >= logs {
                return Err(invalid_params(format!(
                    "transaction {hash} has {logs} logs, there is no log {log_index}"
                )));
            }
            Fact::Log(LogFact {
                receipt: receipt.to_bytes().into(),
                receipt_proof: receipt_path(&block, position).ok_or_else(missing)?,
                log_index,
                transaction,
                transaction_proof,
            })
        }
    };
    certify(context, block.header.clone(), vec![fact])
}

fn transaction_path(block: &BlockData, position: usize) -> Option<MerkleProof> {
    let leaves: Vec<LedgerHash> = block
        .transactions
        .iter()
        .map(|transaction| leaf_hash(transaction.encoded()))
        .collect();
    merkle_proof(&leaves, position)
}

fn receipt_path(block: &BlockData, position: usize) -> Option<MerkleProof> {
    let leaves: Vec<LedgerHash> = block
        .receipts
        .iter()
        .map(|receipt| receipt.leaf())
        .collect();
    merkle_proof(&leaves, position)
}

/// Facts of the state with the header whose database has the proof's root.
///
/// The databases move on with each block, and the history follows them a moment later; so the
/// proof's block may not be there yet, and between two attempts it may have moved again.
async fn prove_state<'a>(
    context: &'a Context,
    root_of: fn(&StateCommitment) -> LedgerHash,
    take: impl Fn() -> BoxFuture<'a, Result<(LedgerHash, Vec<Fact>), ProofError>>,
) -> Result<Bundle, RpcError> {
    for _ in 0..STATE_ATTEMPTS_MAX {
        let (root, facts) = take().await.map_err(no_proof)?;
        let newest = head(context)?.0.get();
        for height in (newest.saturating_sub(STATE_HEADERS_MAX)..=newest).rev() {
            let Some((header, _)) = header(context, Height::new(height))? else {
                continue;
            };
            if root_of(&header.state) == root {
                return certify(context, header, facts);
            }
        }
        tokio::time::sleep(STATE_PAUSE).await;
    }
    Err(refused(
        "the state moves faster than its proof can be taken; try again",
    ))
}

async fn prove_slot(context: &Context, address: Address, slot: U256) -> Result<Bundle, RpcError> {
    let proofs = &context.backend.proofs;
    let registry = address == REGISTRY_ADDRESS;
    let take = || -> BoxFuture<'_, _> {
        Box::pin(async move {
            let found = proofs.slot_proof(address, slot).await?;
            let (value, proof) = (found.value, found.proof);
            let fact = match (registry, value.is_zero()) {
                (false, _) => Fact::Slot(SlotFact {
                    address,
                    slot,
                    value,
                    proof,
                }),
                (true, false) => Fact::RegistryEntry(RegistryFact { slot, value, proof }),
                (true, true) => Fact::RegistryAbsence(AbsenceFact { slot, proof }),
            };
            Ok((found.root, vec![fact]))
        })
    };
    let root_of: fn(&StateCommitment) -> LedgerHash = if registry {
        |state| state.registry.root
    } else {
        |state| state.storage.root
    };
    prove_state(context, root_of, take).await
}

async fn prove_account(context: &Context, address: Address) -> Result<Bundle, RpcError> {
    let proofs = &context.backend.proofs;
    let take = || -> BoxFuture<'_, _> {
        Box::pin(async move {
            let found = proofs.account_proof(address).await?;
            let account = found.value;
            let fact = Fact::Account(AccountFact {
                address,
                nonce: account.nonce,
                balance: account.balance,
                code_hash: account.code_hash,
                proof: found.proof,
            });
            Ok((found.root, vec![fact]))
        })
    };
    prove_state(context, |state| state.accounts.root, take).await
}

async fn prove_range(context: &Context, first: U256, last: U256) -> Result<Bundle, RpcError> {
    let proofs = &context.backend.proofs;
    let limit = RANGE_ENTRIES_MAX.saturating_mul(RANGE_FACTS_MAX);
    let take = || -> BoxFuture<'_, _> {
        Box::pin(async move {
            let found = proofs.range_proof(first, last, limit).await?;
            Ok((found.root, range_facts(first, found)))
        })
    };
    prove_state(context, |state| state.registry.root, take).await
}

/// Cuts a range into facts, each of which begins at the slot after the last of the one before it.
fn range_facts(first: U256, proof: RangeProof) -> Vec<Fact> {
    let mut entries = proof.entries.into_iter().map(|entry| RegistryFact {
        slot: entry.slot,
        value: entry.value,
        proof: entry.proof,
    });
    let mut fact = RangeFact {
        first,
        last: proof.last,
        before: proof.before,
        entries: entries.by_ref().take(RANGE_ENTRIES_MAX).collect(),
    };
    let mut facts = Vec::new();
    while let Some(next) = entries.next() {
        fact.last = next.slot.saturating_sub(U256::ONE);
        let rest = entries.by_ref().take(RANGE_ENTRIES_MAX.saturating_sub(1));
        let following = RangeFact {
            first: next.slot,
            last: proof.last,
            before: Bytes::new(),
            entries: std::iter::once(next).chain(rest).collect(),
        };
        facts.push(Fact::RegistryRange(std::mem::replace(&mut fact, following)));
    }
    facts.push(Fact::RegistryRange(fact));
    facts
}

fn no_proof(error: ProofError) -> RpcError {
    match error {
        ProofError::Absent(_) | ProofError::NotReady(_) => refused(error),
        ProofError::Range { .. } => invalid_params(error.to_string()),
        ProofError::State(error) => internal("taking the proof", error),
    }
}

/// Completes a bundle: the headers from the facts' up to one with a stored certificate, often the
/// same.
fn certify(context: &Context, first: Header, facts: Vec<Fact>) -> Result<Bundle, RpcError> {
    let (header_of, certificate) = certified(context, first.height)?;
    let mut headers = vec![first];
    for height in headers[0].height.get().saturating_add(1)..=header_of.get() {
        let missing = || internal("reading the history", format!("no header at {height}"));
        headers.push(header(context, Height::new(height))?.ok_or_else(missing)?.0);
    }
    Ok(Bundle {
        root: (*context.backend.trust_root).clone(),
        boundaries: boundaries::before(context, header_of)?,
        headers,
        certificate,
        facts,
    })
}

/// The next block with a finalization certificate, and that.
fn certified(context: &Context, height: Height) -> Result<(Height, Bytes), RpcError> {
    let store = &context.backend.store;
    let distance = HEADERS_MAX.saturating_sub(1) as u64;
    let Some(found) = stored(store.next_certified(height, distance))? else {
        return Err(refused(format!(
            "no finalization certificate at or after block {height} is stored yet; try again"
        )));
    };
    let missing = || internal("reading the history", format!("no certificate at {found}"));
    let certificate = stored(store.certificate(found))?.ok_or_else(missing)?;
    Ok((found, certificate))
}
