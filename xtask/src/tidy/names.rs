//! Files are named after the thing that they hold.

use super::Finding;
use super::tree::Tree;

const RULE: &str = "names";

/// Names that say nothing, so everything ends up inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc"];

/// How many visible entries the root may have.
const ROOT_ENTRIES_MAX: usize = 24;

/// Files and Rust module folders with an empty name, and a crowded root.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, _) in tree.texts_ending("rs") {
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let folder = path
            .parent()
            .and_then(|parent| parent.file_name()?.to_str());
        let name = if stem == "mod" {
            folder.unwrap_or_default()
        } else {
            stem
        };
        if EMPTY_NAMES.contains(&name) {
            let message = format!("`{name}` names nothing; name the thing that it holds");
            findings.push(Finding::new(RULE, path, 0, message));
        }
    }
    let mut root_entries: Vec<_> = tree
        .paths
        .iter()
        .filter_map(|path| path.components().next())
        .collect();
    root_entries.dedup();
    if root_entries.len() > ROOT_ENTRIES_MAX {
        let message = format!(
            "the root has {} visible entries, at most {ROOT_ENTRIES_MAX} keep it readable",
            root_entries.len()
        );
        findings.push(Finding::new(RULE, ".".as_ref(), 0, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn finds_empty_names() {
        let paths = [
            "a/src/utils.rs",
            "a/src/helpers/mod.rs",
            "a/src/codec.rs",
            "a/src/b/mod.rs",
        ];
        let texts = paths
            .iter()
            .map(|path| (PathBuf::from(path), String::new()))
            .collect();
        let findings = check(&Tree {
            texts,
            paths: vec![],
        });
        let found: Vec<_> = findings
            .iter()
            .map(|f| f.path.display().to_string())
            .collect();
        assert_eq!(found, ["a/src/helpers/mod.rs", "a/src/utils.rs"]);
    }

    #[test]
    fn finds_a_crowded_root() {
        let mut paths: Vec<_> = (0..=ROOT_ENTRIES_MAX)
            .map(|index| PathBuf::from(format!("{index:02}/a")))
            .collect();
        paths.push(PathBuf::from("00/b"));
        paths.sort();
        let tree = |paths| Tree {
            texts: Default::default(),
            paths,
        };
        assert_eq!(check(&tree(paths.clone())).len(), 1);
        paths.pop();
        assert_eq!(check(&tree(paths)), []);
    }
}
