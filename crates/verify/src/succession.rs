//! From the first validator set to any later one.
//!
//! The anchor names the first validators only. Where the set changes, the last header of the epoch
//! carries the next one in its extension, and a quorum of the set that goes signed that header. So
//! whoever trusts the first set can follow every change, with one header and one certificate each.
//! Epochs without a change leave nothing to follow.

use crate::certificate::{CertificateError, Finalization, ValidatorSet};
use alloy_primitives::Bytes;
use qiantang_types::{Boundary, CodecError, LedgerHash, TrustRoot};

/// The validator set that holds now, after the changes that were followed.
#[derive(Clone, Debug)]
pub struct Succession {
    set: ValidatorSet,
    first_epoch: u64,
    changes: usize,
}

/// Why a change of the validator set is not proved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoundaryError {
    /// A header that changes nothing.
    #[error("its header names no validator set")]
    NoSet,
    /// The header's extension is not a validator set.
    #[error("its header's extension: {0}")]
    Extension(CodecError),
    /// The validators before the change did not sign.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The certificate is of another block.
    #[error("the validators finalized block {certified}, its header is of block {found}")]
    OtherBlock {
        /// Block in the certificate.
        certified: LedgerHash,
        /// Block of the header.
        found: LedgerHash,
    },
    /// The certificate is of another epoch than its block.
    #[error("the certificate is of epoch {certified}, its header of epoch {found}")]
    OtherEpoch {
        /// Epoch of the certificate.
        certified: u64,
        /// Epoch of the header.
        found: u64,
    },
    /// A key of the next set is not one of the chain's scheme.
    #[error("the next validator set: {0}")]
    NextSet(CertificateError),
    /// No epoch comes after the header's.
    #[error("no epoch comes after {0}")]
    LastEpoch(u64),
}

impl Succession {
    /// The first validator set of the chain, which holds from epoch 0 on.
    ///
    /// # Errors
    ///
    /// As [`ValidatorSet::of`].
    pub fn of(root: &TrustRoot) -> Result<Self, CertificateError> {
        Ok(Self {
            set: ValidatorSet::of(root)?,
            first_epoch: 0,
            changes: 0,
        })
    }

    /// Follows the next change: from the epoch after the boundary's on, its set holds.
    ///
    /// # Errors
    ///
    /// A header that names no set, or one that the present set did not finalize in an epoch of its
    /// own. The present set stays then.
    pub fn follow(&mut self, boundary: &Boundary) -> Result<(), BoundaryError> {
        let header = &boundary.header;
        let keys = header
            .next_validators()
            .map_err(BoundaryError::Extension)?
            .ok_or(BoundaryError::NoSet)?;
        let finalization = Finalization::decode(&boundary.certificate)?;
        let found = header.hash();
        if finalization.payload != found {
            let certified = finalization.payload;
            return Err(BoundaryError::OtherBlock { certified, found });
        }
        let (certified, found) = (finalization.epoch, header.context.epoch);
        if certified != found {
            return Err(BoundaryError::OtherEpoch { certified, found });
        }
        self.verify(&finalization)?;
        let next = certified.checked_add(1);
        let first_epoch = next.ok_or(BoundaryError::LastEpoch(certified))?;
        let set = self.set.with_keys(&keys).map_err(BoundaryError::NextSet)?;
        *self = Self {
            set,
            first_epoch,
            changes: self.changes.saturating_add(1),
        };
        Ok(())
    }

    /// Checks a certificate of an epoch in which the present set holds, and returns the signers'
    /// keys.
    ///
    /// # Errors
    ///
    /// A certificate of an earlier epoch; as [`ValidatorSet::verify`].
    pub fn verify(&self, finalization: &Finalization) -> Result<Vec<Bytes>, CertificateError> {
        if finalization.epoch < self.first_epoch {
            return Err(CertificateError::Epoch {
                found: finalization.epoch,
                first: self.first_epoch,
            });
        }
        self.set.verify(finalization)
    }

    /// The present set.
    pub const fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// The first epoch in which it holds.
    pub const fn first_epoch(&self) -> u64 {
        self.first_epoch
    }

    /// How many changes were followed.
    pub const fn changes(&self) -> usize {
        self.changes
    }
}
