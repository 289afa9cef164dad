//! The committed files that the modules make: in `specs/` the interface of each as JSON ABI and as
//! Solidity, in `docs/reference/modules/` its page.
//!
//! The code is the source; the files exist so that a change of an interface shows in a review.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use qiantang_modules::specs::INTERFACES;

use crate::reference;

/// Folders below the root that hold generated files only.
const FOLDERS: &[&str] = &["specs/abi", "specs/solidity", reference::FOLDER];

/// Writes every file.
///
/// # Errors
/// Fails where a folder or a file cannot be written.
pub(crate) fn write(root: &Path) -> Result<()> {
    for (path, text) in generated()? {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Files that differ from what [`write()`] would write, are missing, or come from nothing.
///
/// # Errors
/// Fails where a folder cannot be read.
pub(crate) fn stale(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut stale = BTreeSet::new();
    let mut known = BTreeSet::new();
    for (path, text) in generated()? {
        if std::fs::read_to_string(root.join(&path)).ok().as_ref() != Some(&text) {
            stale.insert(path.clone());
        }
        known.insert(path);
    }
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        for entry in entries {
            let path = Path::new(folder).join(entry?.file_name());
            if !known.contains(&path) {
                stale.insert(path);
            }
        }
    }
    Ok(stale)
}

/// Every file's path below the root, with its text.
fn generated() -> Result<Vec<(PathBuf, String)>> {
    let mut files = reference::pages(&crate::repository_root()?)?;
    for interface in INTERFACES {
        let name = interface.name;
        let mut abi = serde_json::to_string_pretty(&interface.abi())
            .with_context(|| format!("the ABI of {name} is not JSON"))?;
        abi.push('\n');
        files.push((format!("specs/abi/{name}.json").into(), abi));
        files.push((
            format!("specs/solidity/I{name}.sol").into(),
            interface.solidity(),
        ));
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
