//! Boundaries: the headers at which the validator set changed, each with its certificate.
//!
//! They are all that is needed to follow the sets from the first to any later one, so they are kept
//! by themselves: also where the blocks are gone or were never there. A row is written with the
//! block that it is of, in the same batch, or imported. An epoch without a change has none.
//!
//! The certificate is a boundary block's own. The engine proposes the last block of an epoch again
//! until it is finalized and opens the next epoch only then, so it never needs a descendant to
//! prove it. A row without a certificate is one whose certificate has not come yet.

use super::{Store, StoreError, layout, tables::Batch, tables::Journaled};
use alloy_primitives::Bytes;
use alloy_rlp::{Decodable as _, RlpDecodable, RlpEncodable};
use qiantang_types::{Boundary, Header, Height};
use std::{ops::ControlFlow, sync::PoisonError};

/// A row: canonical bytes of the header, and the certificate, which is empty until it comes.
#[derive(RlpEncodable, RlpDecodable)]
struct Row {
    header: Bytes,
    certificate: Bytes,
}

impl Store {
    /// The changes of the validator set in blocks up to and with `up_to`, ascending. All of them
    /// are read, which is little: one row for each change.
    ///
    /// # Errors
    ///
    /// [`StoreError::Uncertified`] where the certificate of one is not there yet; damaged files.
    pub fn boundaries(&self, up_to: Height) -> Result<Vec<Boundary>, StoreError> {
        let mut found = Vec::new();
        self.each_boundary(0, |boundary| {
            if boundary.header.height > up_to {
                return ControlFlow::Break(());
            }
            found.push(boundary);
            ControlFlow::Continue(())
        })?;
        certified(found)
    }

    /// The headers of all changes of the validator set, ascending, with or without certificates.
    ///
    /// # Errors
    ///
    /// Damaged files.
    pub fn boundary_headers(&self) -> Result<Vec<Header>, StoreError> {
        let mut found = Vec::new();
        self.each_boundary(0, |boundary| {
            found.push(boundary.header);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// The first `limit` changes of the validator set after epoch `from_epoch` or a later one,
    /// ascending, and of blocks above the head too where they were imported.
    ///
    /// # Errors
    ///
    /// As [`Self::boundaries`].
    pub fn boundaries_from(
        &self,
        from_epoch: u64,
        limit: usize,
    ) -> Result<Vec<Boundary>, StoreError> {
        let mut found = Vec::new();
        self.each_boundary(from_epoch, |boundary| {
            if found.len() >= limit {
                return ControlFlow::Break(());
            }
            found.push(boundary);
            ControlFlow::Continue(())
        })?;
        certified(found)
    }

    /// Stores a boundary that was fetched from elsewhere and verified there: the store checks only
    /// that it does not contradict a block that it holds. Doing it again is harmless, and the block
    /// itself may follow later.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unfit`] for a header that changes no set or a certificate that is empty,
    /// [`StoreError::Forked`] where another block stands at its height, failures of the disk.
    pub fn import_boundary(&self, header: &Header, certificate: &Bytes) -> Result<(), StoreError> {
        let _writing = self
            .0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let height = header.height;
        let unfit = |what: &str| {
            let what = what.to_owned();
            Err(StoreError::Unfit { height, what })
        };
        if header.extension.is_empty() {
            return unfit("it is not one at which the validator set changed");
        }
        if certificate.is_empty() {
            return unfit("its certificate is empty");
        }
        let stored = self.holds(height);
        if let Some(block) = self.stored_header(height)?.filter(|_| stored)
            && block != *header
        {
            return Err(self.forked_boundary(&block, header));
        }
        let mut batch = self.0.blocks.batch();
        self.add_boundary(&mut batch, header, Some(certificate))?;
        if stored && self.certificate(height)?.is_none() {
            let key = layout::certificate_key(height);
            batch.insert(Journaled::Chain, key, certificate.as_ref());
        }
        self.0.blocks.commit("write a boundary to", batch)
    }

    /// Adds the row of a header to a batch if the validator set changed there. A certificate that
    /// is stored stays.
    pub(super) fn add_boundary(
        &self,
        batch: &mut Batch<'_>,
        header: &Header,
        certificate: Option<&Bytes>,
    ) -> Result<(), StoreError> {
        if header.extension.is_empty() {
            return Ok(());
        }
        let key = layout::boundary_key(header.context.epoch);
        let tables = &self.0.blocks;
        let value = tables.engine.get(&tables.chain, &key)?;
        let known = value.map(|value| self.read_boundary(&value)).transpose()?;
        if let Some(known) = &known
            && known.header != *header
        {
            return Err(self.forked_boundary(&known.header, header));
        }
        let known = known.map(|known| known.certificate);
        let kept = known.filter(|certificate| !certificate.is_empty());
        let row = Row {
            header: header.to_bytes().into(),
            certificate: kept.or(certificate.cloned()).unwrap_or_default(),
        };
        batch.insert(Journaled::Chain, key, alloy_rlp::encode(&row));
        Ok(())
    }

    fn each_boundary(
        &self,
        from_epoch: u64,
        mut visit: impl FnMut(Boundary) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let tables = &self.0.blocks;
        let keys = layout::boundary_key(from_epoch)..=layout::boundary_key(u64::MAX);
        let mut rows = tables
            .engine
            .guarded("search in", || Ok(tables.chain.range(keys)))?;
        loop {
            let next = tables.engine.guarded("read a boundary in", || {
                rows.next().map(fjall::Guard::value).transpose()
            })?;
            let Some(value) = next else { return Ok(()) };
            if visit(self.read_boundary(&value)?).is_break() {
                return Ok(());
            }
        }
    }

    pub(super) fn read_boundary(&self, mut value: &[u8]) -> Result<Boundary, StoreError> {
        let row = Row::decode(&mut value).ok().filter(|_| value.is_empty());
        let boundary = row.and_then(|row| {
            Some(Boundary {
                header: Header::from_bytes(&row.header).ok()?,
                certificate: row.certificate,
            })
        });
        boundary.ok_or_else(|| self.place().corrupt("a boundary in it does not decode"))
    }

    fn forked_boundary(&self, stored: &Header, offered: &Header) -> StoreError {
        StoreError::Forked {
            path: self.place().store.clone(),
            height: offered.height,
            stored: stored.hash(),
            offered: offered.hash(),
        }
    }
}

/// A header and its certificate as a value.
pub(super) fn boundary_row(boundary: &Boundary) -> Vec<u8> {
    alloy_rlp::encode(&Row {
        header: boundary.header.to_bytes().into(),
        certificate: boundary.certificate.clone(),
    })
}

/// The boundaries, if all of them have their certificates.
fn certified(found: Vec<Boundary>) -> Result<Vec<Boundary>, StoreError> {
    let without = found
        .iter()
        .find(|boundary| boundary.certificate.is_empty());
    match without {
        None => Ok(found),
        Some(boundary) => Err(StoreError::Uncertified {
            height: boundary.header.height,
        }),
    }
}
