//! The first block: its state is written before consensus starts, on every node in the same way.

use crate::{
    block::{SealError, SealedBlock},
    keys::KeyError,
    scheme::validators,
};
use alloy_primitives::Bytes;
use commonware_codec::Encode as _;
use commonware_glue::stateful::db::DatabaseSet as _;
use qiantang_state::databases::{self, Databases, DatabasesConfig, Runtime, StateError};
use qiantang_types::{
    Block, ChainSpec, ConsensusContext, Header, Height, StateChanges, StateCommitment, TrustRoot,
    merkle_root,
};

/// Entries written in one batch. The batches are part of the state root, so this number never
/// changes.
const GENESIS_BATCH_ENTRIES: usize = 50_000;

/// Why there is no first block.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// The databases.
    #[error(transparent)]
    State(#[from] StateError),
    /// The validators' keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A module refuses the chain spec.
    #[error(transparent)]
    Module(#[from] qiantang_execution::GenesisError),
    /// The block.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No validator at all.
    #[error("the chain spec names no validator; add at least one public key to `validators`")]
    NoValidator,
}

/// Opens empty databases, writes the genesis state and makes it durable.
///
/// # Errors
///
/// Databases that fail, or that hold something already.
pub(crate) async fn seed<E: Runtime>(
    context: E,
    config: DatabasesConfig<E>,
    changes: &StateChanges,
) -> Result<(Databases<E>, StateCommitment), StateError> {
    let databases = Databases::<E>::init(context, config, None).await;
    let found = databases::committed::<E>(&databases).await;
    if found.accounts.end > 1 {
        return Err(StateError::new(
            "accounts",
            "the databases are not empty before genesis",
        ));
    }
    for part in batches(changes) {
        let merkleized = databases::write::<E>(databases.new_batches().await, &part).await?;
        databases.apply(merkleized).await;
    }
    databases.finalize().await.durable().await;
    let commitment = databases::committed::<E>(&databases).await;
    Ok((databases, commitment))
}

/// Cuts the allocation into batches of bounded size, in key order.
fn batches(changes: &StateChanges) -> Vec<StateChanges> {
    let mut parts = vec![StateChanges {
        code: changes.code.clone(),
        ..Default::default()
    }];
    let mut count = 0usize;
    let mut next = |parts: &mut Vec<StateChanges>| {
        count = count.saturating_add(1);
        if count.is_multiple_of(GENESIS_BATCH_ENTRIES) {
            parts.push(StateChanges::default());
        }
    };
    for (address, account) in &changes.accounts {
        if let Some(part) = parts.last_mut() {
            part.accounts.insert(*address, *account);
        }
        next(&mut parts);
    }
    for (slot, value) in &changes.slots {
        if let Some(part) = parts.last_mut() {
            part.slots.insert(*slot, *value);
        }
        next(&mut parts);
    }
    parts
}

/// The genesis block over a state.
///
/// # Errors
///
/// Validators' keys that are unusable.
pub fn genesis_block(
    spec: &ChainSpec,
    state: StateCommitment,
) -> Result<SealedBlock, GenesisError> {
    // The trust root needs the genesis hash, so the keys are read from the spec itself here.
    let root = TrustRoot {
        chain_id: spec.chain_id,
        genesis: Default::default(),
        scheme: spec.scheme.code(),
        validators: spec.validators.clone(),
    };
    let keys = validators(&root)?;
    if let Some(weak) = keys.iter().find(|key| key.is_weak()) {
        return Err(KeyError::Weak(format!("0x{weak}")).into());
    }
    let leader = keys.iter().next().ok_or(GenesisError::NoValidator)?;
    let header = Header {
        context: ConsensusContext {
            leader: leader.encode().into(),
            ..Default::default()
        },
        parent: spec.parameters_hash(),
        height: Height::GENESIS,
        time: spec.genesis_time,
        gas_limit: spec.parameters.block_gas_limit,
        gas_used: 0,
        transactions_root: merkle_root(&[]),
        receipts_root: merkle_root(&[]),
        state,
        extension: Bytes::new(),
    };
    Ok(SealedBlock::new(Block {
        header,
        transactions: Vec::new(),
    })?)
}

/// The trust root of a chain with this genesis block.
pub fn trust_root(spec: &ChainSpec, genesis: &SealedBlock) -> TrustRoot {
    TrustRoot {
        chain_id: spec.chain_id,
        genesis: genesis.hash(),
        scheme: spec.scheme.code(),
        validators: spec.validators.clone(),
    }
}
