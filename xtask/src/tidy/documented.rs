//! Every crate and every folder module says what it is.

use std::path::PathBuf;

use super::layering::WorkspaceCrate;
use super::tree::Tree;
use super::{Finding, tree};

const RULE: &str = "documented";

/// Crate roots and `mod.rs` files that do not begin with `//!`.
pub(crate) fn check(workspace: &[WorkspaceCrate], tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in workspace {
        let source = krate.manifest.with_file_name("src");
        let roots: Vec<PathBuf> = ["lib.rs", "main.rs"].map(|name| source.join(name)).into();
        if roots.iter().all(|root| !tree.texts.contains_key(root)) {
            let message = "has neither src/lib.rs nor src/main.rs".to_owned();
            findings.push(Finding::new(RULE, &krate.manifest, 0, message));
        }
    }
    for (path, text) in tree.texts_ending("rs") {
        if is_module_root(path) && !tree::begins_with_docs(text) {
            let message = "begin the file with `//!`: what it is, who calls it, what it may not do";
            findings.push(Finding::new(RULE, path, 1, message.to_owned()));
        }
    }
    findings
}

fn is_module_root(path: &std::path::Path) -> bool {
    let in_source = path.components().any(|part| part.as_os_str() == "src");
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    in_source && ["lib.rs", "main.rs", "mod.rs"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let texts = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect();
        Tree {
            texts,
            paths: vec![],
        }
    }

    fn krate() -> WorkspaceCrate {
        WorkspaceCrate {
            name: "types".to_owned(),
            manifest: PathBuf::from("crates/types/Cargo.toml"),
            dependencies: vec![],
        }
    }

    #[test]
    fn finds_silent_roots() {
        let silent = tree(&[
            ("crates/types/src/lib.rs", "mod a;\n"),
            (
                "crates/types/src/a/mod.rs",
                "// Not a doc comment.\nfn f() {}\n",
            ),
            ("crates/types/src/a/b.rs", "fn g() {}\n"),
        ]);
        let paths: Vec<_> = check(&[krate()], &silent)
            .iter()
            .map(|f| f.path.display().to_string())
            .collect();
        assert_eq!(
            paths,
            ["crates/types/src/a/mod.rs", "crates/types/src/lib.rs"]
        );

        let spoken = tree(&[("crates/types/src/lib.rs", "#![no_std]\n//! What it is.\n")]);
        assert_eq!(check(&[krate()], &spoken), []);
    }

    #[test]
    fn finds_a_crate_without_a_root() {
        let findings = check(&[krate()], &tree(&[]));
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
}
