//! Faults on purpose: which peers this node must not talk to, for tests of a network's behaviour.

use crate::NodeError;
use alloy_primitives::Bytes;
use std::{fs, io, path::Path};

/// The file in a node's directory: a JSON list of public keys.
pub const PARTITION_FILE: &str = "partition.json";

/// The keys in the file of a directory; none where there is no file.
pub(crate) fn read_partition(dir: &Path) -> Result<Vec<Bytes>, NodeError> {
    let path = dir.join(PARTITION_FILE);
    let failed = |source| NodeError::File {
        what: "cannot read",
        path: path.clone(),
        source,
    };
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| failed(error.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(error)),
    }
}
