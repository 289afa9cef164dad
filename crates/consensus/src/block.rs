//! A block as the engine carries it.

use crate::keys::PublicKey;
use alloy_primitives::B256;
use bytes::{BufMut, Bytes};
use commonware_codec::{
    Buf, DecodeExt as _, Encode as _, EncodeSize, Error, RangeCfg, Read, Write,
};
use commonware_consensus::{
    Block as EngineBlock, BoundedBlock, CertifiableBlock, Heightable,
    simplex::types::Context,
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{Digestible, sha256::Digest};
use qiantang_types::{BLOCK_BYTES_MAX, Block, CodecError, ConsensusContext};
use std::sync::Arc;

/// Consensus context of a block: round, leader, parent.
pub(crate) type BlockContext = Context<Digest, PublicKey>;

/// Bytes of the length in front of an encoded block.
const LENGTH_BYTES_MAX: usize = 5;

/// A block with its canonical bytes and hash, computed once.
///
/// Cloning is cheap. On the engine's wire it is the length and the canonical bytes of [`Block`].
#[derive(Clone, Debug)]
pub struct SealedBlock(Arc<Sealed>);

#[derive(Debug)]
struct Sealed {
    block: Block,
    encoded: Bytes,
    hash: Digest,
    context: BlockContext,
}

/// Why a block cannot be used in consensus.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The bytes are not a block.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The leader's key in the header is not a validator's public key.
    #[error("block {height}: the leader's key 0x{key} is not a validator's public key")]
    Leader {
        /// Height of the block.
        height: u64,
        /// The key, in hex.
        key: String,
    },
}

impl SealedBlock {
    /// Seals a block that was built here.
    ///
    /// # Errors
    ///
    /// A leader whose key is none.
    pub fn new(block: Block) -> Result<Self, SealError> {
        let encoded = Bytes::from(block.to_bytes());
        Self::from_parts(block, encoded)
    }

    /// Decodes canonical bytes.
    ///
    /// # Errors
    ///
    /// Bytes that are not a block, or a leader whose key is none.
    pub fn decode(encoded: Bytes) -> Result<Self, SealError> {
        let block = Block::from_bytes(&encoded)?;
        Self::from_parts(block, encoded)
    }

    fn from_parts(block: Block, encoded: Bytes) -> Result<Self, SealError> {
        let header = &block.header;
        let leader =
            PublicKey::decode(header.context.leader.0.clone()).map_err(|_| SealError::Leader {
                height: header.height.get(),
                key: alloy_primitives::hex::encode(&header.context.leader),
            })?;
        let context = BlockContext {
            round: Round::new(
                Epoch::new(header.context.epoch),
                View::new(header.context.view),
            ),
            leader,
            parent: (
                View::new(header.context.parent_view),
                Digest(header.parent.0),
            ),
        };
        let hash = Digest(block.hash().0);
        Ok(Self(Arc::new(Sealed {
            block,
            encoded,
            hash,
            context,
        })))
    }

    /// The block.
    pub fn block(&self) -> &Block {
        &self.0.block
    }

    /// The block's hash.
    pub fn hash(&self) -> B256 {
        B256::from(self.0.hash.0)
    }
}

/// The header's form of a consensus context.
pub(crate) fn header_context(context: &BlockContext) -> ConsensusContext {
    ConsensusContext {
        epoch: context.round.epoch().get(),
        view: context.round.view().get(),
        leader: context.leader.encode().into(),
        parent_view: context.parent.0.get(),
    }
}

impl PartialEq for SealedBlock {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash && self.0.encoded == other.0.encoded
    }
}

impl Eq for SealedBlock {}

impl Write for SealedBlock {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.encoded.write(buf);
    }
}

impl EncodeSize for SealedBlock {
    fn encode_size(&self) -> usize {
        self.0.encoded.encode_size()
    }
}

impl Read for SealedBlock {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, Error> {
        let encoded = Bytes::read_cfg(buf, &RangeCfg::from(0..=BLOCK_BYTES_MAX))?;
        Self::decode(encoded).map_err(|error| Error::Wrapped("block", Box::new(error)))
    }
}

impl Digestible for SealedBlock {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        self.0.hash
    }
}

impl Heightable for SealedBlock {
    fn height(&self) -> Height {
        Height::new(self.0.block.header.height.get())
    }
}

impl EngineBlock for SealedBlock {
    fn parent(&self) -> Digest {
        Digest(self.0.block.header.parent.0)
    }
}

impl CertifiableBlock for SealedBlock {
    type Context = BlockContext;

    fn context(&self) -> BlockContext {
        self.0.context.clone()
    }
}

impl BoundedBlock for SealedBlock {
    fn max_encode_size(_: &()) -> usize {
        LENGTH_BYTES_MAX + BLOCK_BYTES_MAX
    }
}
