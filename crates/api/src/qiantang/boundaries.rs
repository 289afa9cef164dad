//! Changes of the validator set.

use crate::{
    error::{RpcError, internal, refused},
    rpc::{Args, Context, Reply, json},
};
use alloy_primitives::Bytes;
use qiantang_state::history::StoreError;
use qiantang_types::{Boundary, Height};
use qiantang_verify::bundle::BOUNDARIES_MAX;
use serde::Serialize;

/// A header with its certificate.
#[derive(Serialize)]
struct BoundaryResponse {
    /// Canonical bytes of the header.
    header: Bytes,
    /// Finalization certificate of that header.
    certificate: Bytes,
}

/// `qiantang_getBoundaries`: the changes of the validator set after an epoch or a later one, as
/// many as one page holds.
pub(crate) fn list(context: &Context, args: &Args<'_>) -> Reply {
    let from_epoch = args.required::<u64>(0)?;
    let (store, limits) = (&context.backend.store, &context.limits);
    let found = stored(store.boundaries_from(from_epoch, limits.boundaries))?;
    let mut room = usize::try_from(limits.response_bytes).unwrap_or(usize::MAX) / 2;
    let mut page = Vec::new();
    for boundary in found {
        let header = Bytes::from(boundary.header.to_bytes());
        let bytes = header.len().saturating_add(boundary.certificate.len());
        // Two digits for each byte, and the names. One always goes, or nobody would get further.
        let text = bytes.saturating_mul(2).saturating_add(64);
        if text > room && !page.is_empty() {
            break;
        }
        room = room.saturating_sub(text);
        page.push(BoundaryResponse {
            header,
            certificate: boundary.certificate,
        });
    }
    json(&page)
}

/// `qiantang_getFinalized`: the newest block that has a finalization certificate of its own, its
/// header and that; null where there is none yet.
pub(crate) fn newest(context: &Context, _: &Args<'_>) -> Reply {
    let found = stored(context.backend.store.newest_certified())?;
    json(&found.map(|newest| BoundaryResponse {
        header: newest.header.to_bytes().into(),
        certificate: newest.certificate,
    }))
}

/// The changes of the validator set before the block at `height`, which lead to the set that
/// finalized it.
pub(super) fn before(context: &Context, height: Height) -> Result<Vec<Boundary>, RpcError> {
    let Some(last) = height.get().checked_sub(1) else {
        return Ok(Vec::new());
    };
    let found = stored(context.backend.store.boundaries(Height::new(last)))?;
    if found.len() > BOUNDARIES_MAX {
        return Err(refused(format!(
            "the validator set changed {} times before block {height}, a bundle holds up to \
             {BOUNDARIES_MAX} changes",
            found.len()
        )));
    }
    Ok(found)
}

fn stored<T>(result: Result<T, StoreError>) -> Result<T, RpcError> {
    result.map_err(|error| match error {
        StoreError::Uncertified { .. } => refused(error),
        other => internal("reading the history", other),
    })
}
