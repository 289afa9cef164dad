//! Every crate and every folder module says what it is, and says it once: the sentence in a crate's
//! `Cargo.toml` opens its documentation and stands in the README.

use std::path::Path;

use super::layering::WorkspaceCrate;
use super::tree::Tree;
use super::{Finding, tree};

const RULE: &str = "documented";

/// Crate roots and `mod.rs` files that do not begin with `//!`, and crates that describe themselves
/// differently in different places.
pub(crate) fn check(workspace: &[WorkspaceCrate], tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let readme = tree
        .texts
        .get(Path::new("README.md"))
        .map_or("", String::as_str);
    for krate in workspace {
        let source = krate.manifest.with_file_name("src");
        let mut roots = ["lib.rs", "main.rs"]
            .map(|name| source.join(name))
            .into_iter();
        let Some(root) = roots.find(|root| tree.texts.contains_key(root)) else {
            let message = "has neither src/lib.rs nor src/main.rs".to_owned();
            findings.push(Finding::new(RULE, &krate.manifest, 0, message));
            continue;
        };
        let description = krate.description.as_str();
        // What follows may go on with the sentence.
        let sentence = description.trim_end_matches('.');
        if !opening(&tree.texts[&root]).starts_with(sentence) || sentence.is_empty() {
            let message = format!("open with the sentence in Cargo.toml: `{description}`");
            findings.push(Finding::new(RULE, &root, 1, message));
        }
        if !readme.contains(description) {
            let message = format!(
                "say of `{}` what its Cargo.toml says: {description}",
                krate.name
            );
            findings.push(Finding::new(RULE, Path::new("README.md"), 0, message));
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

/// The first paragraph of the file's documentation on one line, without backticks.
fn opening(text: &str) -> String {
    text.lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .replace('`', "")
}

fn is_module_root(path: &Path) -> bool {
    let in_source = path.components().any(|part| part.as_os_str() == "src");
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    in_source && ["lib.rs", "main.rs", "mod.rs"].contains(&name)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
            description: "What it is.".to_owned(),
            dependencies: vec![],
        }
    }

    const README: (&str, &str) = ("README.md", "| types | What it is. |\n");

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let findings = check(&[krate()], &tree(files));
        findings
            .iter()
            .map(|finding| finding.path.display().to_string())
            .collect()
    }

    #[test]
    fn finds_silent_roots() {
        let silent = [
            README,
            ("crates/types/src/lib.rs", "//! What it is.\n"),
            (
                "crates/types/src/a/mod.rs",
                "// Not a doc comment.\nfn f() {}\n",
            ),
            ("crates/types/src/a/b.rs", "fn g() {}\n"),
        ];
        assert_eq!(found(&silent), ["crates/types/src/a/mod.rs"]);
        let late = [
            README,
            (
                "crates/types/src/lib.rs",
                "#![no_std]\n//! `What` it\n//! is. More.\n",
            ),
        ];
        assert_eq!(found(&late), [""; 0]);
    }

    #[test]
    fn finds_different_descriptions() {
        let lib = "crates/types/src/lib.rs";
        assert_eq!(found(&[README, (lib, "//! Something else.\n")]), [lib]);
        assert_eq!(
            found(&[("README.md", "types"), (lib, "//! What it is.\n")]),
            ["README.md"]
        );
    }

    #[test]
    fn finds_a_crate_without_a_root() {
        let findings = check(&[krate()], &tree(&[]));
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
}
