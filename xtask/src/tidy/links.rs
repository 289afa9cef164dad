//! Links in Markdown lead to files that exist.

use std::path::{Component, Path, PathBuf};

use super::Finding;
use super::tree::Tree;

const RULE: &str = "links";

/// Links to a file or folder of the repository that is not there.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts_ending("md") {
        for (line, target) in links(text) {
            let folder = path.parent().unwrap_or(Path::new(""));
            let found = resolve(folder, target).is_some_and(|wanted| exists(tree, &wanted));
            if !found {
                let message = format!("`{target}` leads to no file of the repository");
                findings.push(Finding::new(RULE, path, line, message));
            }
        }
    }
    findings
}

/// Targets of `[text](target)` and `[label]: target` that point into the repository, by line.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        if in_fence {
            continue;
        }
        let inline = line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        let reference = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("]: "))
            .map(|(_, to)| to);
        for target in inline.chain(reference) {
            // A title may follow the target: [text](target "title").
            let target = target.split_whitespace().next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push((index + 1, target));
            }
        }
    }
    found
}

/// The path relative to the root, or nothing where it leaves the repository.
fn resolve(folder: &Path, target: &str) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for part in folder.join(target.trim_end_matches('/')).components() {
        match part {
            Component::Normal(name) => resolved.push(name),
            Component::CurDir => {}
            Component::ParentDir if resolved.pop() => {}
            _ => return None,
        }
    }
    Some(resolved)
}

fn exists(tree: &Tree, wanted: &Path) -> bool {
    tree.paths.iter().any(|path| path == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        let page = PathBuf::from("docs/page.md");
        let paths = ["README.md", "docs", "docs/page.md", "docs/other.md"].map(PathBuf::from);
        Tree {
            texts: [(page, text.to_owned())].into(),
            paths: paths.into(),
        }
    }

    #[test]
    fn finds_links_that_lead_nowhere() {
        let text = "[a](other.md) [b](missing.md)\n\n[c](../../outside.md)\n[d]: gone.md\n";
        let findings = check(&tree(text));
        let found: Vec<_> = findings
            .iter()
            .map(|f| (f.line, f.message.as_str()))
            .collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].0 == 1 && found[0].1.contains("missing.md"));
        assert!(found[1].0 == 3 && found[1].1.contains("outside.md"));
        assert!(found[2].0 == 4 && found[2].1.contains("gone.md"));
    }

    #[test]
    fn accepts_files_folders_anchors_and_the_web() {
        let text = "[a](../README.md#start) [b](../docs/) [c](#here) [d](https://example.org/x)\n\
                    ```text\n[e](in-a-fence.md)\n```\n";
        assert_eq!(check(&tree(text)), []);
    }
}
