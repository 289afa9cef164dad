//! What the server needs of a node, without a node.

use crate::{Door, DoorError, Feeder, FollowRequest, NodeStatus, StatusSource};
use alloy_primitives::{Address, Bytes, U256};
use futures::future::BoxFuture;
use qiantang_state::proofs::{EntryProof, ProofError, ProofSource, RangeProof, StateProof};
use qiantang_types::{
    Account, TimestampMs,
    health::{DiskSpace, NetworkHealth},
};
use std::sync::Mutex;

/// Answers proofs that a test has set.
#[derive(Default)]
pub(super) struct ScriptedProofs(Mutex<Option<StateProof<U256>>>);

impl ScriptedProofs {
    pub(super) fn set(&self, proof: StateProof<U256>) {
        *self.0.lock().unwrap() = Some(proof);
    }

    fn take(&self) -> Result<StateProof<U256>, ProofError> {
        let set = self.0.lock().unwrap();
        set.clone()
            .ok_or_else(|| ProofError::Absent("what was asked for".to_owned()))
    }
}

impl ProofSource for ScriptedProofs {
    fn account_proof(&self, _: Address) -> BoxFuture<'_, Result<StateProof<Account>, ProofError>> {
        let proof = self
            .take()
            .map(|StateProof { value, root, proof }| StateProof {
                value: Account {
                    balance: value,
                    ..Account::default()
                },
                root,
                proof,
            });
        Box::pin(std::future::ready(proof))
    }

    fn slot_proof(
        &self,
        _: Address,
        _: U256,
    ) -> BoxFuture<'_, Result<StateProof<U256>, ProofError>> {
        Box::pin(std::future::ready(self.take()))
    }

    /// As many entries as the set value says, at every tenth slot from `first` on.
    fn range_proof(
        &self,
        first: U256,
        last: U256,
        limit: usize,
    ) -> BoxFuture<'_, Result<RangeProof, ProofError>> {
        if last < first {
            return Box::pin(std::future::ready(Err(ProofError::Range { first, last })));
        }
        let range = self.take().map(|StateProof { value, root, proof }| {
            let slot = |n: usize| first + U256::from(n * 10);
            let (count, allowed) = (value.to::<usize>(), value.to::<usize>().min(limit));
            let entry = |n: usize| EntryProof {
                slot: slot(n),
                value: U256::from(n + 1),
                proof: proof.clone(),
            };
            RangeProof {
                root,
                last: if allowed < count {
                    slot(allowed) - U256::ONE
                } else {
                    last
                },
                before: if count == 0 {
                    proof.clone()
                } else {
                    Bytes::new()
                },
                entries: (0..allowed).map(entry).collect(),
            }
        });
        Box::pin(std::future::ready(range))
    }
}

/// A node that is well, or not.
pub(super) struct Health(pub(super) Option<String>);

impl StatusSource for Health {
    fn health(&self) -> NetworkHealth {
        NetworkHealth {
            version: "test".to_owned(),
            quorum: 1,
            ..NetworkHealth::default()
        }
    }

    fn status(&self) -> NodeStatus {
        NodeStatus {
            version: "1.2.3".to_owned(),
            started: TimestampMs::new(1),
            disk_bytes: Some(4096),
            disk: Some(DiskSpace {
                free: 250,
                size: 1000,
            }),
            peers: 0,
            fault: self.0.clone(),
        }
    }
}

/// Lets in the follower whose key is all twos.
pub(super) struct OnePlace;

impl Door for OnePlace {
    fn admit(&self, request: &FollowRequest) -> Result<Feeder, DoorError> {
        match request.key.as_ref() {
            [2, rest @ ..] if rest == [2; 32] => Ok(Feeder {
                key: vec![3; 33].into(),
                address: "192.0.2.1:26656".to_owned(),
            }),
            [2 | 3, rest @ ..] if rest.len() == 32 => Err(DoorError::Full("full".to_owned())),
            key => Err(DoorError::Request(format!("{} bytes", key.len()))),
        }
    }
}
