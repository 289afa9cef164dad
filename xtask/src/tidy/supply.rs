//! What our dependencies may be: their licences, their sources, and crates that we refuse.
//!
//! Reads `deny.toml` in the format of cargo-deny and covers every package of `Cargo.lock`, so the
//! check needs no tool beyond cargo.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, Package};
use serde::Deserialize;

use super::Finding;
use super::licence::is_satisfied;
use super::tree::Tree;

const RULE: &str = "supply";

/// Endings of fonts, which are never ours.
const FONT_ENDINGS: &[&str] = &["ttf", "otf", "woff", "woff2"];

/// The licence that a font must have beside it: SIL Open Font License.
const FONT_LICENCE: &str = "OFL.txt";

/// The parts of `deny.toml` that we check.
#[derive(Debug, Deserialize)]
struct Policy {
    licenses: Licenses,
    sources: Sources,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// What the rules need to know of one dependency.
#[derive(Debug, Clone)]
struct Candidate {
    name: String,
    /// SPDX expression, where the package states one.
    licence: Option<String>,
    /// `registry+URL`, `git+URL`, or nothing for a path.
    source: Option<String>,
}

/// Every dependency that the policy refuses, exceptions that nothing needs, and fonts without
/// their licence.
///
/// # Errors
/// Fails where `deny.toml` is missing or not readable as a policy.
pub(crate) fn check(metadata: &Metadata, tree: &Tree) -> Result<Vec<Finding>> {
    let text = tree
        .texts
        .get(Path::new("deny.toml"))
        .context("deny.toml is missing")?;
    let policy: Policy = toml::from_str(text).context("deny.toml is not a policy")?;
    let candidates: Vec<_> = metadata.packages.iter().map(candidate).collect();
    let mut findings: Vec<Finding> = refusals(&policy, &candidates)
        .into_iter()
        .map(|message| Finding::new(RULE, Path::new("Cargo.lock"), 0, message))
        .collect();
    findings.extend(unlicensed_fonts(tree));
    Ok(findings)
}

/// Fonts without their licence in the same folder.
fn unlicensed_fonts(tree: &Tree) -> Vec<Finding> {
    let is_font = |path: &&PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| FONT_ENDINGS.contains(&ending))
    };
    tree.paths
        .iter()
        .filter(is_font)
        .filter(|path| !tree.paths.contains(&path.with_file_name(FONT_LICENCE)))
        .map(|path| {
            let message = format!("a font needs its licence beside it: {FONT_LICENCE}");
            Finding::new(RULE, path, 0, message)
        })
        .collect()
}

fn candidate(package: &Package) -> Candidate {
    Candidate {
        name: package.name.to_string(),
        licence: package.license.clone(),
        source: package.source.as_ref().map(ToString::to_string),
    }
}

fn refusals(policy: &Policy, candidates: &[Candidate]) -> Vec<String> {
    let mut messages: Vec<String> = candidates
        .iter()
        .flat_map(|candidate| {
            [
                licence_refusal(policy, candidate),
                source_refusal(policy, candidate),
                ban_refusal(policy, candidate),
            ]
        })
        .flatten()
        .collect();
    let unused = policy.licenses.exceptions.iter().filter(|exception| {
        candidates
            .iter()
            .all(|candidate| candidate.name != exception.name)
    });
    messages.extend(unused.map(|exception| {
        format!(
            "deny.toml excepts `{}`, which is no dependency; remove the line",
            exception.name
        )
    }));
    messages
}

fn licence_refusal(policy: &Policy, candidate: &Candidate) -> Option<String> {
    let name = &candidate.name;
    let Some(licence) = &candidate.licence else {
        return Some(format!("`{name}` states no licence"));
    };
    let exception = policy
        .licenses
        .exceptions
        .iter()
        .find(|exception| exception.name == *name);
    let excepted = exception.map(|exception| &exception.allow);
    let allowed: Vec<&str> = policy
        .licenses
        .allow
        .iter()
        .chain(excepted.into_iter().flatten())
        .map(String::as_str)
        .collect();
    match is_satisfied(licence, &allowed) {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "`{name}` is under `{licence}`, which deny.toml does not allow"
        )),
        Err(error) => Some(format!(
            "`{name}` has a licence that cannot be read: {error}"
        )),
    }
}

fn source_refusal(policy: &Policy, candidate: &Candidate) -> Option<String> {
    let source = candidate.source.as_deref()?;
    let registry = source.strip_prefix("registry+");
    let allowed =
        registry.is_some_and(|url| policy.sources.allow_registry.iter().any(|a| a == url));
    (!allowed).then(|| format!("`{}` comes from `{source}`; use crates.io", candidate.name))
}

fn ban_refusal(policy: &Policy, candidate: &Candidate) -> Option<String> {
    let ban = policy
        .bans
        .deny
        .iter()
        .find(|ban| ban.name == candidate.name)?;
    Some(format!("`{}` is banned: {}", ban.name, ban.reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [licenses]
        allow = ["MIT"]
        exceptions = [{ crate = "odd", allow = ["BSL-1.0"] }]
        [sources]
        allow-registry = ["https://index"]
        [bans]
        deny = [{ crate = "native-tls", reason = "rustls" }]
    "#;

    fn dependency(name: &str, licence: Option<&str>, source: &str) -> Candidate {
        let source = Some(source.to_owned());
        Candidate {
            name: name.to_owned(),
            licence: licence.map(str::to_owned),
            source,
        }
    }

    fn check_with_odd(extra: Candidate) -> Vec<String> {
        let odd = dependency("odd", Some("BSL-1.0"), "registry+https://index");
        refusals(&toml::from_str(POLICY).unwrap(), &[odd, extra])
    }

    #[test]
    fn accepts_what_the_policy_allows() {
        let good = dependency(
            "good",
            Some("MIT OR GPL-3.0-only"),
            "registry+https://index",
        );
        assert_eq!(check_with_odd(good), [""; 0]);
    }

    #[test]
    fn refuses_what_it_does_not() {
        for (candidate, expected) in [
            (
                dependency("a", Some("GPL-3.0-only"), "registry+https://index"),
                "does not allow",
            ),
            (
                dependency("a", Some("BSL-1.0"), "registry+https://index"),
                "does not allow",
            ),
            (
                dependency("a", None, "registry+https://index"),
                "states no licence",
            ),
            (
                dependency("a", Some("MIT OR"), "registry+https://index"),
                "cannot be read",
            ),
            (
                dependency("a", Some("MIT"), "git+https://example.org/a"),
                "use crates.io",
            ),
            (
                dependency("a", Some("MIT"), "registry+https://other"),
                "use crates.io",
            ),
            (
                dependency("native-tls", Some("MIT"), "registry+https://index"),
                "is banned",
            ),
        ] {
            let messages = check_with_odd(candidate);
            assert_eq!(messages.len(), 1, "{messages:?}");
            assert!(messages[0].contains(expected), "{messages:?}");
        }
    }

    #[test]
    fn finds_exceptions_that_nothing_needs() {
        let messages = refusals(&toml::from_str(POLICY).unwrap(), &[]);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].contains("remove the line"), "{messages:?}");
    }

    #[test]
    fn fonts_have_their_licence_beside_them() {
        let tree = |paths: &[&str]| Tree {
            paths: paths.iter().map(PathBuf::from).collect(),
            ..Tree::default()
        };
        let licensed = tree(&["cli/fonts/A.ttf", "cli/fonts/OFL.txt", "cli/a.rs"]);
        assert_eq!(unlicensed_fonts(&licensed), []);
        let stray = tree(&["cli/fonts/A.ttf", "cli/OFL.txt", "docs/B.woff2"]);
        assert_eq!(unlicensed_fonts(&stray).len(), 2);
    }
}
