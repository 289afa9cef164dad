//! What a seed decides.

use qiantang_types::SignatureScheme;
use std::time::Duration;

/// A simulation from its start to its end.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What all randomness follows from.
    pub seed: u64,
    /// Validators at the start.
    pub validators: usize,
    /// Their signature scheme.
    pub scheme: SignatureScheme,
    /// How long messages take.
    pub latency: Latency,
    /// Blocks of an epoch.
    pub epoch_length: u64,
    /// Height that the chain reaches before the simulation ends.
    pub height: u64,
}

/// How long messages take from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Machines in one room.
    Room,
}

impl Latency {
    /// Mean and standard deviation.
    pub(crate) const fn link(self) -> (Duration, Duration) {
        match self {
            Self::Room => (Duration::from_micros(300), Duration::from_micros(50)),
        }
    }
}

impl Plan {
    /// A network without faults.
    pub const fn calm(seed: u64) -> Self {
        Self {
            seed,
            validators: 4,
            scheme: SignatureScheme::P256,
            latency: Latency::Room,
            epoch_length: 10,
            height: 20,
        }
    }
}
