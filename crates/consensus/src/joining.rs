//! Joining a chain by its newest state instead of from its first block.
//!
//! Others say which sets decided and what is final; nothing of it is trusted. Each change of the
//! set is checked against the set before it, from the first validators on, and so is the
//! certificate from which the state is taken over.

use crate::{epochs::Epochs, scheme::Scheme};
use commonware_codec::Decode as _;
use commonware_consensus::{Epochable as _, simplex::types::Finalization};
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_parallel::Sequential;
use qiantang_types::{Boundary, Header, Height, LedgerHash};
use rand_core::CryptoRng;

/// What a node that joins was told by others.
#[derive(Clone, Debug)]
pub struct Joining {
    /// The changes of the validator set, ascending.
    pub boundaries: Vec<Boundary>,
    /// A new block's header, with its certificate.
    pub newest: Boundary,
}

/// Why what others said is not used.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Bytes that are no certificate.
    #[error("the certificate of block {height} cannot be read: {reason}")]
    Unreadable {
        /// Height of the block that it should be of.
        height: Height,
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate of another block.
    #[error("the certificate of block {expected} is of block {found} or of another epoch")]
    OtherBlock {
        /// Hash of the header.
        expected: LedgerHash,
        /// Hash in the certificate.
        found: LedgerHash,
    },
    /// A set that nobody can be.
    #[error("the validator set after epoch {epoch}: {reason}")]
    Set {
        /// The epoch that ends.
        epoch: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The validators of its epoch did not sign.
    #[error("the certificate of block {block} was not signed by the validators of epoch {epoch}")]
    Unsigned {
        /// Hash of the block.
        block: LedgerHash,
        /// Its epoch.
        epoch: u64,
    },
}

/// A certificate that was checked.
pub(crate) type Floor = Finalization<Scheme, Digest>;

/// Follows the changes and checks the certificate; afterwards `epochs` knows the sets up to its
/// epoch.
pub(crate) fn check(
    epochs: &Epochs,
    rng: &mut impl CryptoRng,
    joining: &Joining,
) -> Result<Floor, JoinError> {
    for boundary in &joining.boundaries {
        epochs.know_up_to(boundary.header.context.epoch);
        verify(epochs, rng, &certificate(boundary)?)?;
        learn(epochs, &boundary.header)?;
    }
    let floor = certificate(&joining.newest)?;
    epochs.know_up_to(floor.epoch().get());
    verify(epochs, rng, &floor)?;
    begin(epochs, &joining.newest)
}

/// What the engine begins with; `epochs` then knows the set of its epoch, and the next where it is
/// the last of one.
pub(crate) fn begin(epochs: &Epochs, newest: &Boundary) -> Result<Floor, JoinError> {
    let floor = certificate(newest)?;
    epochs.know_up_to(floor.epoch().get());
    if epochs.is_boundary(newest.header.height) {
        learn(epochs, &newest.header)?;
    }
    Ok(floor)
}

fn learn(epochs: &Epochs, header: &Header) -> Result<(), JoinError> {
    epochs.learn(header).map_err(|error| JoinError::Set {
        epoch: header.context.epoch,
        reason: error.to_string(),
    })
}

/// The certificate of a header.
fn certificate(of: &Boundary) -> Result<Floor, JoinError> {
    let header = &of.header;
    let codec = Scheme::certificate_codec_config_unbounded();
    let certificate = Floor::decode_cfg(of.certificate.0.clone(), &codec).map_err(|error| {
        JoinError::Unreadable {
            height: header.height,
            reason: error.to_string(),
        }
    })?;
    let expected = header.hash();
    let found = LedgerHash::from(certificate.proposal.payload.0);
    if expected != found || certificate.epoch().get() != header.context.epoch {
        return Err(JoinError::OtherBlock { expected, found });
    }
    Ok(certificate)
}

fn verify(epochs: &Epochs, rng: &mut impl CryptoRng, certificate: &Floor) -> Result<(), JoinError> {
    let epoch = certificate.epoch().get();
    let scheme = epochs.scheme_of(epoch);
    match scheme.is_some_and(|scheme| certificate.verify(rng, scheme.as_ref(), &Sequential)) {
        true => Ok(()),
        false => Err(JoinError::Unsigned {
            block: LedgerHash::from(certificate.proposal.payload.0),
            epoch,
        }),
    }
}
