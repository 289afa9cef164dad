//! The rules and what they report.
//!
//! `check_repository` collects the files and cargo's metadata once and hands them to the rules,
//! which read nothing themselves.

mod documented;
mod layering;
mod licence;
mod links;
mod lint_files;
mod names;
mod sizes;
mod supply;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

pub(crate) use self::sizes::LINE_CHARACTERS_MAX;
pub(crate) use self::tree::Tree;

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Name of the rule, as CONTRIBUTING.md lists it.
    pub(crate) rule: &'static str,
    /// File relative to the repository's root.
    pub(crate) path: PathBuf,
    /// Line from 1; 0 where the whole file is meant.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

impl Finding {
    fn new(rule: &'static str, path: &Path, line: usize, message: String) -> Self {
        Self {
            rule,
            path: path.to_owned(),
            line,
            message,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            path,
            line,
            message,
        } = self;
        match line {
            0 => write!(f, "{}: [{rule}] {message}", path.display()),
            _ => write!(f, "{}:{line}: [{rule}] {message}", path.display()),
        }
    }
}

/// Runs every rule over the repository at `root`.
///
/// # Errors
/// Fails where the repository cannot be read at all; a broken rule is a finding, not an error.
pub(crate) fn check_repository(root: &Path) -> Result<Vec<Finding>> {
    let tree = Tree::read(root)?;
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .exec()
        .context("cargo metadata failed")?;
    let workspace = layering::workspace_crates(&metadata, root);

    let mut findings = layering::check(&workspace);
    findings.extend(documented::check(&workspace, &tree));
    findings.extend(sizes::check(&tree));
    findings.extend(names::check(&tree));
    findings.extend(links::check(&tree));
    findings.extend(lint_files::check(&tree)?);
    findings.extend(supply::check(&metadata, &tree)?);
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::check_repository;

    /// The rules hold here and now, so `cargo test` alone finds what CI would refuse.
    #[test]
    fn repository_is_tidy() {
        let root = crate::repository_root().unwrap();
        let findings = check_repository(&root).unwrap();
        let report: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(report.is_empty(), "\n{}", report.join("\n"));
    }
}
