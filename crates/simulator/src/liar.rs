//! What a validator does that does not keep to the protocol.

use crate::machine::mix;
use alloy_primitives::B256;
use commonware_codec::{DecodeExt as _, Encode as _, varint::UInt};
use commonware_consensus::simplex::types::{Finalize, Notarize, Proposal, Vote};
use commonware_cryptography::sha256::Digest;
use commonware_p2p::utils::mux;
use commonware_runtime::IoBuf;
use qiantang_consensus::{Epochs, Scheme};
use qiantang_types::{Block, TimestampMs, leaf_hash, merkle_root};

/// In what a validator lies; an honest one in nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lies {
    /// It votes for two things at once.
    pub(crate) votes: bool,
    /// Its blocks are wrong.
    pub(crate) blocks: bool,
    /// It keeps blocks to itself.
    pub(crate) withholds: bool,
    /// It sends garbage.
    pub(crate) garbage: bool,
}

impl Lies {
    pub(crate) const fn any(self) -> bool {
        self.votes || self.blocks || self.withholds || self.garbage
    }

    /// Some lies, as a number has it.
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self {
            votes: bits & 1 != 0,
            blocks: bits & 2 != 0,
            withholds: bits & 4 != 0,
            garbage: bits & 8 != 0,
        }
    }
}

/// A vote of the same validator in the same view that contradicts a vote on the wire.
pub(crate) fn contradiction(epochs: &Epochs, vote: &[u8], random: u64) -> Option<Vec<u8>> {
    let (epoch, payload) = mux::parse(IoBuf::copy_from_slice(vote)).ok()?;
    let scheme = epochs.scheme_of(epoch)?;
    let invented = Digest(digest(random).0);
    let lie: Vote<Scheme, Digest> = match Vote::<Scheme, Digest>::decode(payload).ok()? {
        Vote::Notarize(vote) => {
            let proposal = Proposal::new(vote.proposal.round, vote.proposal.parent, invented);
            Vote::Notarize(Notarize::sign(scheme.as_ref(), proposal)?)
        }
        Vote::Finalize(vote) => {
            let proposal = Proposal::new(vote.proposal.round, vote.proposal.parent, invented);
            Vote::Finalize(Finalize::sign(scheme.as_ref(), proposal)?)
        }
        Vote::Nullify(vote) => {
            let parent = vote.round.view().previous()?;
            let proposal = Proposal::new(vote.round, parent, invented);
            Vote::Finalize(Finalize::sign(scheme.as_ref(), proposal)?)
        }
    };
    let mut message = UInt(epoch).encode().to_vec();
    message.extend_from_slice(&lie.encode());
    Some(message)
}

fn digest(random: u64) -> B256 {
    let mut bytes = [0; 32];
    let mut state = random;
    for word in bytes.chunks_exact_mut(8) {
        state = mix(state);
        word.copy_from_slice(&state.to_be_bytes());
    }
    B256::from(bytes)
}

/// A block in the place of an honest one, wrong in one way.
pub(crate) fn wrong(block: &Block, random: u64) -> Block {
    let mut block = block.clone();
    let header = &mut block.header;
    match random % 8 {
        0 => header.state.accounts.root = digest(random),
        1 => header.receipts_root = digest(random),
        2 => header.gas_used = header.gas_used.saturating_add(1),
        3 => header.height = header.height.next().unwrap_or(header.height),
        4 => header.time = TimestampMs::new(header.time.get().saturating_add(1 << 40)),
        5 => header.extension = digest(random).into(),
        6 => header.state.registry = header.state.accounts.clone(),
        _ => repeat_transactions(&mut block),
    }
    block
}

/// Each transaction twice, which none but the first can be valid.
fn repeat_transactions(block: &mut Block) {
    let again = block.transactions.clone();
    block.transactions.extend(again);
    let leaves: Vec<_> = (block.transactions.iter())
        .map(|transaction| leaf_hash(transaction.encoded()))
        .collect();
    block.header.transactions_root = merkle_root(&leaves);
}

/// A message with one bit turned over.
pub(crate) fn garbled(message: &[u8], random: u64) -> Vec<u8> {
    let mut garbled = message.to_vec();
    let place = random.checked_rem(message.len() as u64).unwrap_or(0);
    if let Some(byte) = usize::try_from(place)
        .ok()
        .and_then(|at| garbled.get_mut(at))
    {
        *byte ^= 1 << ((random >> 40) % 8);
    }
    garbled
}
