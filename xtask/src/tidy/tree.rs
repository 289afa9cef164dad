//! The text files of the repository, read once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Names of folders that hold nothing of ours, wherever they are.
const FOREIGN_FOLDERS: &[&str] = &["node_modules", "data", "corpus", "artifacts"];

/// Endings of the files that some rule reads.
const READ_ENDINGS: &[&str] = &["rs", "md", "toml"];

/// Every file's path, and the text of those that a rule reads.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Text by path relative to the root.
    pub(crate) texts: BTreeMap<PathBuf, String>,
    /// All files and folders, relative to the root.
    pub(crate) paths: Vec<PathBuf>,
}

impl Tree {
    /// Reads the tree below `root`, without build results, dependencies and hidden files.
    ///
    /// # Errors
    /// Fails where a folder cannot be listed or a text file is not UTF-8.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder)
                .with_context(|| format!("cannot list {}", folder.display()))?;
            for entry in entries {
                let path = entry?.path();
                if is_foreign(&path) {
                    continue;
                }
                let relative = path.strip_prefix(root)?.to_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if has_ending(&relative, READ_ENDINGS) {
                    let text = std::fs::read_to_string(&path)
                        .with_context(|| format!("cannot read {}", path.display()))?;
                    tree.texts.insert(relative.clone(), text);
                }
                tree.paths.push(relative);
            }
        }
        tree.paths.sort();
        Ok(tree)
    }

    /// The files with this ending, sorted by path.
    pub(crate) fn texts_ending<'a>(
        &'a self,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a Path, &'a str)> {
        self.texts
            .iter()
            .filter(move |(path, _)| has_ending(path, &[ending]))
            .map(|(path, text)| (path.as_path(), text.as_str()))
    }
}

/// Whether the first thing that is neither blank, a plain comment nor an attribute is `//!`.
pub(crate) fn begins_with_docs(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("#!") && !is_plain_comment(line))
        .is_some_and(|line| line.starts_with("//!"))
}

fn is_plain_comment(line: &str) -> bool {
    line.starts_with("//") && !line.starts_with("//!")
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| endings.contains(&e))
}

/// Build results are named `target` or `target-…`.
fn is_foreign(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    let build_result = name == "target" || name.starts_with("target-");
    name.starts_with('.') || build_result || FOREIGN_FOLDERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_what_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "src/a.rs",
            "target/b.rs",
            "target-x/b.rs",
            ".git/c.md",
            "e/node_modules/d.md",
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let tree = Tree::read(folder.path()).unwrap();
        let texts: Vec<_> = tree.texts.keys().map(|p| p.display().to_string()).collect();
        assert_eq!(texts, ["src/a.rs"]);
    }
}
