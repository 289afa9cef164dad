//! Which validators decide in which epoch.
//!
//! Epoch `e` holds the heights `e * L ..= (e + 1) * L - 1`. Its last block, the boundary, carries
//! the next epoch's validators where they differ.

use crate::{
    keys::{KeyError, PrivateKey, PublicKey},
    scheme::{Scheme, key_set, validators},
};
use commonware_consensus::types::{Epoch, Epocher as _, FixedEpocher, Height as EngineHeight};
use commonware_cryptography::certificate::{Provider, Scoped};
use commonware_utils::ordered::Set;
use qiantang_types::{ChainSpec, Header, Height, SignatureScheme, TrustRoot, ValidatorKeys};
use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    sync::{Arc, PoisonError, RwLock},
};

/// The validator sets of all epochs that this node knows.
#[derive(Clone)]
pub struct Epochs(Arc<Inner>);

struct Inner {
    scheme: SignatureScheme,
    namespace: [u8; 32],
    key: Option<PrivateKey>,
    length: NonZeroU64,
    known: RwLock<Known>,
}

struct Known {
    /// Sets by the first epoch that they decide.
    sets: BTreeMap<u64, Arc<Scheme>>,
    /// Last epoch whose set is known.
    last: u64,
}

impl Epochs {
    /// The first set of a chain; without a key the node only checks.
    ///
    /// # Errors
    ///
    /// Validators' keys that are unusable.
    pub(crate) fn new(
        spec: &ChainSpec,
        root: &TrustRoot,
        key: Option<&PrivateKey>,
    ) -> Result<Self, KeyError> {
        let inner = Inner {
            scheme: spec.scheme,
            namespace: *root.fingerprint().as_bytes(),
            key: key.cloned(),
            length: NonZeroU64::new(spec.parameters.epoch_length).unwrap_or(NonZeroU64::MAX),
            known: RwLock::new(Known {
                sets: BTreeMap::new(),
                last: 0,
            }),
        };
        let epochs = Self(Arc::new(inner));
        epochs.insert(0, validators(root)?);
        Ok(epochs)
    }

    fn insert(&self, epoch: u64, set: Set<PublicKey>) {
        let scheme = Scheme::new(&self.0.namespace, set, self.0.key.as_ref());
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        known.sets.insert(epoch, Arc::new(scheme));
        known.last = known.last.max(epoch);
    }

    /// Members of the largest set that is known.
    pub(crate) fn largest(&self) -> usize {
        use commonware_cryptography::certificate::Scheme as _;
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let sizes = known.sets.values().map(|set| set.participants().len());
        sizes.max().unwrap_or_default()
    }

    /// The engine's own idea of epochs.
    pub(crate) fn epocher(&self) -> FixedEpocher {
        FixedEpocher::new(self.0.length)
    }

    /// The epoch of a height.
    pub fn epoch_of(&self, height: Height) -> u64 {
        let height = EngineHeight::new(height.get());
        let bounds = self.epocher().containing(height);
        bounds.map_or(0, |bounds| bounds.epoch().get())
    }

    /// The last height of an epoch.
    pub(crate) fn boundary_of(&self, epoch: u64) -> Option<Height> {
        let last = self.epocher().last(Epoch::new(epoch))?;
        Some(Height::new(last.get()))
    }

    /// Whether a height is the last of its epoch.
    pub fn is_boundary(&self, height: Height) -> bool {
        self.boundary_of(self.epoch_of(height)) == Some(height)
    }

    /// Takes over what a finalized boundary block says about the next epoch.
    ///
    /// # Errors
    ///
    /// Keys that are unusable; a chain does not finalize such a block.
    pub(crate) fn learn(&self, boundary: &Header) -> Result<(), KeyError> {
        let next = boundary.context.epoch.saturating_add(1);
        if let Some(keys) = next_keys(boundary)? {
            let keys = keys.as_slice().iter().map(|key| key.as_ref());
            self.insert(next, key_set(self.0.scheme, keys)?);
        }
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        known.last = known.last.max(next);
        Ok(())
    }

    /// Says that no set changed up to and with an epoch but for what was learnt.
    pub(crate) fn know_up_to(&self, epoch: u64) {
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        known.last = known.last.max(epoch);
    }

    /// The validators of an epoch; `None` for one that is not known yet.
    pub fn scheme_of(&self, epoch: u64) -> Option<Arc<Scheme>> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        if epoch > known.last {
            return None;
        }
        let (_, scheme) = known.sets.range(..=epoch).next_back()?;
        Some(scheme.clone())
    }

    /// The validators' keys of an epoch, ascending; empty for one that is not known yet.
    pub fn keys_of(&self, epoch: u64) -> Vec<alloy_primitives::Bytes> {
        use commonware_cryptography::certificate::Scheme as _;
        let scheme = self.scheme_of(epoch);
        let keys = scheme
            .iter()
            .flat_map(|scheme| scheme.participants().iter());
        keys.map(|key| alloy_primitives::Bytes::copy_from_slice(key))
            .collect()
    }

    /// Up to `limit` validators of epochs before this one that are no longer any, the last first.
    pub(crate) fn former(&self, epoch: u64, limit: usize) -> Vec<PublicKey> {
        use commonware_cryptography::certificate::Scheme as _;
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut sets = known.sets.range(..=epoch).rev().map(|(_, scheme)| scheme);
        let Some(present) = sets.next() else {
            return Vec::new();
        };
        let mut former = Vec::new();
        for key in sets.flat_map(|scheme| scheme.participants().iter()) {
            if former.len() >= limit {
                break;
            }
            if present.participants().position(key).is_none() && !former.contains(key) {
                former.push(key.clone());
            }
        }
        former
    }

    /// What the boundary block of `epoch` carries when the ledger then holds `decided`: the next
    /// set where it differs. Keys that nobody can sign with do not count, and an empty set changes
    /// nothing.
    pub(crate) fn extension<'a>(
        &self,
        epoch: u64,
        decided: impl IntoIterator<Item = &'a [u8]>,
    ) -> alloy_primitives::Bytes {
        let usable =
            |key: &&[u8]| PublicKey::parse(key).is_ok_and(|key| key.scheme() == self.0.scheme);
        let mut next: Vec<alloy_primitives::Bytes> = decided
            .into_iter()
            .filter(usable)
            .map(alloy_primitives::Bytes::copy_from_slice)
            .collect();
        next.sort();
        next.dedup();
        if next.is_empty() || next == self.keys_of(epoch) {
            return alloy_primitives::Bytes::new();
        }
        ValidatorKeys::new(next).map_or_else(|_| Default::default(), |keys| keys.to_bytes())
    }
}

/// The keys in a boundary block's extension.
fn next_keys(boundary: &Header) -> Result<Option<ValidatorKeys>, KeyError> {
    if boundary.extension.is_empty() {
        return Ok(None);
    }
    ValidatorKeys::from_bytes(&boundary.extension)
        .map(Some)
        .map_err(|error| KeyError::Private(error.to_string()))
}

impl Provider for Epochs {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.scheme_of(epoch.get()).map(Scoped::scheme)
    }
}
