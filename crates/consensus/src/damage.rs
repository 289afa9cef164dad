//! Which of the engine's files is damaged.

use commonware_runtime::{Error, Runner as _, Storage as _, Supervisor as _, tokio};
use std::path::{Path, PathBuf};

/// A file that the engine refuses, with its reason.
pub(crate) type Damage = (PathBuf, String);

/// Opens every file below the engine's directory and returns the first that its runtime refuses.
pub(crate) fn find(dir: &Path) -> Option<Damage> {
    let config = tokio::Config::new()
        .with_worker_threads(1)
        .with_storage_directory(dir);
    let root = dir.to_path_buf();
    let look = move || tokio::Runner::new(config).start(|context| look(context, root));
    std::thread::Builder::new()
        .name("replay".to_owned())
        .spawn(look)
        .ok()?
        .join()
        .ok()?
}

async fn look(context: tokio::Context, dir: PathBuf) -> Option<Damage> {
    let mut partitions: Vec<_> = std::fs::read_dir(&dir)
        .ok()?
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .collect();
    partitions.sort_by_key(std::fs::DirEntry::file_name);
    let storage = context.child("look");
    for partition in partitions {
        let name = partition.file_name().to_string_lossy().into_owned();
        for blob in storage.scan(&name).await.unwrap_or_default() {
            if let Err(error) = storage.open(&name, &blob).await {
                let file = partition.path().join(alloy_primitives::hex::encode(&blob));
                return Some((file, reason(error)));
            }
        }
    }
    None
}

fn reason(error: Error) -> String {
    match error {
        Error::BlobCorrupt(_, _, reason) => reason,
        other => other.to_string(),
    }
}
