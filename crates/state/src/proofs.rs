//! Proofs of the current state, taken from the databases at rest.
//!
//! A proof leaves as the engine's own encoding; `qiantang-verify` reads it without the engine. The
//! databases stand at the newest finalized block, so that is the only state that can be proved.

use crate::databases::{
    Databases, Runtime, StateError, Word, account_key, account_of, committed, digest, slot_key,
    word, word_value,
};
use alloy_primitives::{Address, Bytes, U256};
use commonware_codec::Encode as _;
use futures::future::BoxFuture;
use qiantang_types::{Account, LedgerHash, REGISTRY_ADDRESS};

/// Evidence for one entry of the state, checked against the canonical root of its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof<V> {
    /// The value proved.
    pub value: V,
    /// Canonical root of the database at the time of the proof.
    pub root: LedgerHash,
    /// The proof in the engine's encoding.
    pub proof: Bytes,
}

/// Evidence for all entries of the registry in a range, checked against the registry's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeProof {
    /// Canonical root of the registry at the time of the proof.
    pub root: LedgerHash,
    /// Last slot that the entries cover: the one asked for, or less where there are more entries
    /// than were allowed. The next range begins at the slot after it.
    pub last: U256,
    /// That nothing stands at the first slot; empty where an entry does.
    pub before: Bytes,
    /// The entries in ascending order.
    pub entries: Vec<EntryProof>,
}

/// An entry of a [`RangeProof`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryProof {
    /// Its slot.
    pub slot: U256,
    /// Its value.
    pub value: U256,
    /// The proof in the engine's encoding; it commits to the next slot.
    pub proof: Bytes,
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Accounts and slots have proofs of presence only.
    #[error(
        "{0} is not in the state, and absence is provable only for the registry; a proof of a \
         value that is not zero can be had once it is written"
    )]
    Absent(String),
    /// The state is not there yet.
    #[error("the state is not ready: {0}; try again")]
    NotReady(String),
    /// A range whose end lies before its beginning.
    #[error("the range ends at {last:#x}, before it begins at {first:#x}; swap them")]
    Range {
        /// First slot asked for.
        first: U256,
        /// Last slot asked for.
        last: U256,
    },
    /// A database failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Who can prove entries of the newest finalized state.
pub trait ProofSource: Send + Sync {
    /// Proves an account.
    fn account_proof(
        &self,
        address: Address,
    ) -> BoxFuture<'_, Result<StateProof<Account>, ProofError>>;

    /// Proves a storage slot. A slot of the registry that is zero gets a proof of absence.
    fn slot_proof(
        &self,
        address: Address,
        slot: U256,
    ) -> BoxFuture<'_, Result<StateProof<U256>, ProofError>>;

    /// Proves that at most `limit` entries (but one at least) are all there are in the registry
    /// from `first` up to the `last` of the answer.
    fn range_proof(
        &self,
        first: U256,
        last: U256,
        limit: usize,
    ) -> BoxFuture<'_, Result<RangeProof, ProofError>>;
}

/// Proofs straight from the databases that consensus keeps.
pub struct DatabaseProofs<E: Runtime>(Databases<E>);

impl<E: Runtime> DatabaseProofs<E> {
    /// Takes proofs from `databases`.
    pub const fn new(databases: Databases<E>) -> Self {
        Self(databases)
    }

    async fn account(&self, address: Address) -> Result<StateProof<Account>, ProofError> {
        let db = self.0.accounts.read().await;
        let key = digest(account_key(&address));
        let failed = |error| ProofError::from(StateError::new("accounts", error));
        let Some(value) = db.get(&key).await.map_err(failed)? else {
            return Err(ProofError::Absent(format!("account {address}")));
        };
        let proof = db.key_value_proof(key).await.map_err(failed)?;
        Ok(StateProof {
            value: account_of(&value),
            root: LedgerHash::from(db.root().0),
            proof: proof.encode().into(),
        })
    }

    async fn slot(&self, address: Address, slot: U256) -> Result<StateProof<U256>, ProofError> {
        let db = self.0.slots.read().await;
        let key = digest(slot_key(&address, &slot));
        let failed = |error| ProofError::from(StateError::new("storage", error));
        let Some(value) = db.get(&key).await.map_err(failed)? else {
            return Err(ProofError::Absent(format!("slot {slot:#x} of {address}")));
        };
        let proof = db.key_value_proof(key).await.map_err(failed)?;
        Ok(StateProof {
            value: word_value(&value),
            root: LedgerHash::from(db.root().0),
            proof: proof.encode().into(),
        })
    }

    async fn registry(&self, slot: U256) -> Result<StateProof<U256>, ProofError> {
        let db = self.0.registry.read().await;
        let key = word(&slot);
        let failed = |error| ProofError::from(StateError::new("registry", error));
        let root = LedgerHash::from(db.root().0);
        if let Some(value) = db.get(&key).await.map_err(failed)? {
            let proof = db.key_value_proof(key).await.map_err(failed)?;
            return Ok(StateProof {
                value: word_value(&value),
                root,
                proof: proof.encode().into(),
            });
        }
        let proof = db.exclusion_proof(&key).await.map_err(failed)?;
        Ok(StateProof {
            value: U256::ZERO,
            root,
            proof: proof.encode().into(),
        })
    }

    async fn range(&self, first: U256, last: U256, limit: usize) -> Result<RangeProof, ProofError> {
        if last < first {
            return Err(ProofError::Range { first, last });
        }
        let db = self.0.registry.read().await;
        let failed = |error| ProofError::from(StateError::new("registry", error));
        let start = word(&first);
        let span = db.get_span(&start).await.map_err(failed)?;
        let mut range = RangeProof {
            root: LedgerHash::from(db.root().0),
            last,
            before: Bytes::new(),
            entries: Vec::new(),
        };
        let mut next = match span {
            Some((_, update)) if update.key == start => Some(first),
            span => {
                let proof = db.exclusion_proof(&start).await.map_err(failed)?;
                range.before = proof.encode().into();
                span.and_then(|(_, update)| after(&first, &update.next_key))
            }
        };
        while let Some(slot) = next.filter(|slot| *slot <= last) {
            if range.entries.len() >= limit.max(1) {
                range.last = slot.saturating_sub(U256::ONE);
                break;
            }
            let key = word(&slot);
            let missing = || failed_entry(&slot);
            let value = db.get(&key).await.map_err(failed)?.ok_or_else(missing)?;
            let proof = db.key_value_proof(key).await.map_err(failed)?;
            next = after(&slot, &proof.next_key);
            range.entries.push(EntryProof {
                slot,
                value: word_value(&value),
                proof: proof.encode().into(),
            });
        }
        Ok(range)
    }

    /// What the databases stand at.
    pub async fn commitment(&self) -> qiantang_types::StateCommitment {
        committed(&self.0).await
    }
}

/// The next key where it is greater; the greatest key's next is the smallest.
fn after(slot: &U256, next: &Word) -> Option<U256> {
    Some(word_value(next)).filter(|next| slot < next)
}

fn failed_entry(slot: &U256) -> ProofError {
    let cause = format!("the entry before {slot:#x} leads to it, and it is not there");
    StateError::new("registry", cause).into()
}

impl<E: Runtime> ProofSource for DatabaseProofs<E> {
    fn account_proof(
        &self,
        address: Address,
    ) -> BoxFuture<'_, Result<StateProof<Account>, ProofError>> {
        Box::pin(self.account(address))
    }

    fn slot_proof(
        &self,
        address: Address,
        slot: U256,
    ) -> BoxFuture<'_, Result<StateProof<U256>, ProofError>> {
        Box::pin(async move {
            if address == REGISTRY_ADDRESS {
                self.registry(slot).await
            } else {
                self.slot(address, slot).await
            }
        })
    }

    fn range_proof(
        &self,
        first: U256,
        last: U256,
        limit: usize,
    ) -> BoxFuture<'_, Result<RangeProof, ProofError>> {
        Box::pin(self.range(first, last, limit))
    }
}
