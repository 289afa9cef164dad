//! Clippy reads one `clippy.toml`, the nearest. So those of the crates repeat the root's lines,
//! and those of the deterministic zone are equal.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Finding;
use super::layering::DETERMINISTIC;
use super::tree::Tree;

const RULE: &str = "lint-files";

/// Lint files that lost a line of the root's, or differ within the zone.
///
/// # Errors
/// Fails where a `clippy.toml` is not TOML.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let Some(root) = parse(tree, Path::new("clippy.toml"))? else {
        let message = "is missing".to_owned();
        return Ok(vec![Finding::new(
            RULE,
            Path::new("clippy.toml"),
            0,
            message,
        )]);
    };
    for (path, _) in tree
        .texts_ending("toml")
        .filter(|(path, _)| path.ends_with("clippy.toml"))
    {
        let table = parse(tree, path)?.unwrap_or_default();
        for lost in lost_lines(&root, &table) {
            let message = format!("lacks the root's `{lost}`; clippy reads the nearest file only");
            findings.push(Finding::new(RULE, path, 0, message));
        }
    }
    let zone: Vec<PathBuf> = DETERMINISTIC
        .iter()
        .map(|name| format!("crates/{name}/clippy.toml").into())
        .collect();
    let first = zone.first().and_then(|path| tree.texts.get(path));
    for path in &zone {
        let text = tree.texts.get(path);
        if text.is_none() || text != first {
            let message = "must equal the other lint files of the deterministic zone".to_owned();
            findings.push(Finding::new(RULE, path, 0, message));
        }
    }
    Ok(findings)
}

fn parse(tree: &Tree, path: &Path) -> Result<Option<Table>> {
    let Some(text) = tree.texts.get(path) else {
        return Ok(None);
    };
    let table = text
        .parse()
        .with_context(|| format!("{} is not TOML", path.display()))?;
    Ok(Some(table))
}

/// Keys, and banned paths below them, that `root` has and `table` has not.
fn lost_lines(root: &Table, table: &Table) -> Vec<String> {
    let mut lost = Vec::new();
    for (key, wanted) in root {
        let found = table.get(key);
        let Some(wanted_bans) = wanted.as_array() else {
            if found != Some(wanted) {
                lost.push(key.clone());
            }
            continue;
        };
        let found_bans: Vec<_> = found
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(banned)
            .collect();
        let missing = wanted_bans
            .iter()
            .filter_map(banned)
            .filter(|ban| !found_bans.contains(ban));
        lost.extend(missing.map(|ban| format!("{key}: {ban}")));
    }
    lost
}

fn banned(entry: &Value) -> Option<&str> {
    entry.get("path").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str =
        "threshold = 5\ndisallowed-methods = [{ path = \"a::b\", reason = \"c\" }]\n";

    fn tree(zone: &[&str]) -> Tree {
        let mut texts: std::collections::BTreeMap<_, _> =
            [(PathBuf::from("clippy.toml"), ROOT.to_owned())].into();
        for (name, text) in DETERMINISTIC.iter().zip(zone) {
            texts.insert(
                format!("crates/{name}/clippy.toml").into(),
                (*text).to_owned(),
            );
        }
        Tree {
            texts,
            paths: vec![],
        }
    }

    #[test]
    fn accepts_equal_copies() {
        assert_eq!(check(&tree(&[ROOT; 4])).unwrap(), []);
    }

    #[test]
    fn finds_lost_lines_and_differences() {
        let weaker = "threshold = 6\n";
        let findings = check(&tree(&[ROOT, ROOT, ROOT, weaker])).unwrap();
        let messages: Vec<_> = findings.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(messages.len(), 3, "{messages:?}");
        assert!(messages[0].contains("disallowed-methods: a::b"));
        assert!(messages[1].contains("threshold"));
        assert!(messages[2].contains("must equal"));
    }

    #[test]
    fn finds_missing_files() {
        let findings = check(&tree(&[ROOT, ROOT, ROOT])).unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(check(&Tree::default()).unwrap().len(), 1);
    }
}
