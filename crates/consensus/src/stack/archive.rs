//! What is final, for marshal: its own archives of the newest blocks and certificates, and behind
//! them the local store, which has them all. So a node that starts from the first block finds every
//! block at any peer that keeps it.

use crate::{block::SealedBlock, scheme::Scheme};
use commonware_codec::Decode as _;
use commonware_consensus::{
    marshal::store, simplex::types::Finalization, types::Height as EngineHeight,
};
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_runtime::Handle;
use commonware_storage::{
    archive::{self, Identifier, prunable},
    translator::TwoCap,
};
use qiantang_state::{
    databases::Runtime,
    history::{Store, StoreError},
};
use qiantang_types::{Height, LedgerHash};
use std::sync::Arc;

/// The engine's own archive of certificates by height.
type OwnCertificates<E> = prunable::Archive<TwoCap, E, Digest, Finalization<Scheme, Digest>>;

/// The engine's own archive of blocks by height.
type OwnBlocks<E> = prunable::Archive<TwoCap, E, Digest, Arc<SealedBlock>>;

/// Why something that is final cannot be read or written. The engine stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// The engine's own archive.
    #[error(transparent)]
    Own(#[from] archive::Error),
    /// The local store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The local store holds bytes that nobody finalized.
    #[error("block {height} in the local store cannot be used: {reason}")]
    Unusable { height: Height, reason: String },
}

/// The local store as a source of what is final.
#[derive(Clone)]
struct Past<E> {
    context: Arc<E>,
    store: Store,
}

impl<E: Runtime> Past<E> {
    fn new(context: E, store: Store) -> Self {
        let context = Arc::new(context);
        Self { context, store }
    }

    /// Where a block is, if the store keeps it.
    fn find(&self, id: &Identifier<'_, Digest>) -> Result<Option<Height>, StoreError> {
        match id {
            Identifier::Index(height) => Ok(Some(Height::new(*height))),
            Identifier::Key(digest) => self.store.height_of(LedgerHash::from(digest.0)),
        }
    }

    /// Reads where it does not hold up the engine.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store) -> Result<Option<T>, ArchiveError> + Send + 'static,
    ) -> Result<Option<T>, ArchiveError> {
        let store = self.store.clone();
        let context = self.context.child("past").shared(true);
        let reading = context.spawn(move |_| async move { read(&store) });
        match reading.await {
            Ok(found) => found,
            // The engine is being stopped. An error would make it panic.
            Err(_) => futures::future::pending().await,
        }
    }

    async fn block(
        &self,
        id: &Identifier<'_, Digest>,
    ) -> Result<Option<Arc<SealedBlock>>, ArchiveError> {
        let Some(height) = self.find(id)? else {
            return Ok(None);
        };
        self.read(move |store| {
            let block = store.block(height)?.map(SealedBlock::new).transpose();
            let block = block.map_err(|error| ArchiveError::Unusable {
                height,
                reason: error.to_string(),
            })?;
            Ok(block.map(Arc::new))
        })
        .await
    }

    async fn certificate(
        &self,
        id: &Identifier<'_, Digest>,
    ) -> Result<Option<Finalization<Scheme, Digest>>, ArchiveError> {
        let Some(height) = self.find(id)? else {
            return Ok(None);
        };
        self.read(move |store| {
            let Some(bytes) = store.certificate(height)? else {
                return Ok(None);
            };
            let codec = Scheme::certificate_codec_config_unbounded();
            let decoded = Finalization::decode_cfg(bytes.0, &codec);
            let unusable = |error: commonware_codec::Error| ArchiveError::Unusable {
                height,
                reason: error.to_string(),
            };
            decoded.map(Some).map_err(unusable)
        })
        .await
    }
}

/// The engine's identifiers cannot be copied.
const fn same<'a>(id: &Identifier<'a, Digest>) -> Identifier<'a, Digest> {
    match id {
        Identifier::Index(height) => Identifier::Index(*height),
        Identifier::Key(digest) => Identifier::Key(digest),
    }
}

/// Certificates by height.
pub(crate) struct Certificates<E: Runtime> {
    own: OwnCertificates<E>,
    past: Past<E>,
}

/// Blocks by height.
pub(crate) struct Blocks<E: Runtime> {
    own: OwnBlocks<E>,
    past: Past<E>,
}

impl<E: Runtime> Certificates<E> {
    pub(super) fn new(own: OwnCertificates<E>, context: E, store: Store) -> Self {
        let past = Past::new(context, store);
        Self { own, past }
    }
}

impl<E: Runtime> Blocks<E> {
    pub(super) fn new(own: OwnBlocks<E>, context: E, store: Store) -> Self {
        let past = Past::new(context, store);
        Self { own, past }
    }

    /// Whether this is the genesis block and the engine must still be told that it has none: what
    /// it begins with it wants in its own archive, or it does not start again before block 1.
    fn begins_with(&self, id: &Identifier<'_, Digest>) -> bool {
        let is_new = store::Blocks::last_index(&self.own).is_none();
        is_new && matches!(id, Identifier::Index(0))
    }
}

impl<E: Runtime> store::Certificates for Certificates<E> {
    type BlockDigest = Digest;
    type Commitment = Digest;
    type Scheme = Scheme;
    type Error = ArchiveError;

    async fn put(
        self,
        height: EngineHeight,
        digest: Digest,
        finalization: &Finalization<Scheme, Digest>,
    ) -> Result<Self, ArchiveError> {
        let Self { own, past } = self;
        let own = store::Certificates::put(own, height, digest, finalization).await?;
        Ok(Self { own, past })
    }

    async fn sync(self) -> Result<Self, ArchiveError> {
        let Self { own, past } = self;
        let own = store::Certificates::sync(own).await?;
        Ok(Self { own, past })
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), ArchiveError> {
        let Self { own, past } = self;
        let (own, handle) = store::Certificates::start_sync(own).await?;
        Ok((Self { own, past }, handle))
    }

    async fn get(
        &self,
        id: Identifier<'_, Digest>,
    ) -> Result<Option<Finalization<Scheme, Digest>>, ArchiveError> {
        match store::Certificates::get(&self.own, same(&id)).await? {
            Some(found) => Ok(Some(found)),
            None => self.past.certificate(&id).await,
        }
    }

    async fn has(&self, height: EngineHeight) -> Result<bool, ArchiveError> {
        Ok(store::Certificates::has(&self.own, height).await?)
    }

    async fn prune(self, min: EngineHeight) -> Result<Self, ArchiveError> {
        let Self { own, past } = self;
        let own = store::Certificates::prune(own, min).await?;
        Ok(Self { own, past })
    }

    fn last_index(&self) -> Option<EngineHeight> {
        store::Certificates::last_index(&self.own)
    }

    fn ranges_from(
        &self,
        from: EngineHeight,
    ) -> impl Iterator<Item = (EngineHeight, EngineHeight)> {
        store::Certificates::ranges_from(&self.own, from)
    }
}

impl<E: Runtime> store::Blocks for Blocks<E> {
    type Block = Arc<SealedBlock>;
    type Error = ArchiveError;

    async fn put(self, digest: Digest, block: &Arc<SealedBlock>) -> Result<Self, ArchiveError> {
        let Self { own, past } = self;
        let own = store::Blocks::put(own, digest, block).await?;
        Ok(Self { own, past })
    }

    async fn sync(self) -> Result<Self, ArchiveError> {
        let Self { own, past } = self;
        let own = store::Blocks::sync(own).await?;
        Ok(Self { own, past })
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), ArchiveError> {
        let Self { own, past } = self;
        let (own, handle) = store::Blocks::start_sync(own).await?;
        Ok((Self { own, past }, handle))
    }

    async fn get(
        &self,
        id: Identifier<'_, Digest>,
    ) -> Result<Option<Arc<SealedBlock>>, ArchiveError> {
        match store::Blocks::get(&self.own, same(&id)).await? {
            Some(found) => Ok(Some(found)),
            None if self.begins_with(&id) => Ok(None),
            None => self.past.block(&id).await,
        }
    }

    async fn prune(self, min: EngineHeight) -> Result<Self, ArchiveError> {
        let Self { own, past } = self;
        let own = store::Blocks::prune(own, min).await?;
        Ok(Self { own, past })
    }

    // What is missing is what the engine itself must fetch: its own archive alone decides.
    fn missing_items(&self, start: EngineHeight, max: usize) -> Vec<EngineHeight> {
        store::Blocks::missing_items(&self.own, start, max)
    }

    fn next_gap(&self, value: EngineHeight) -> (Option<EngineHeight>, Option<EngineHeight>) {
        store::Blocks::next_gap(&self.own, value)
    }

    fn last_index(&self) -> Option<EngineHeight> {
        store::Blocks::last_index(&self.own)
    }
}
