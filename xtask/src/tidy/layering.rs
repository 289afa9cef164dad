//! Which crate may import which.
//!
//! The table is the architecture; ARCHITECTURE.md explains it. A new edge is a change of this
//! file, and so the most visible kind of change.

use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata};

use super::Finding;

const RULE: &str = "layering";

/// One row: a crate and the crates of ours that it may import.
struct Row {
    name: &'static str,
    imports: &'static [&'static str],
    /// Further crates of ours that its tests may import.
    test_imports: &'static [&'static str],
}

const fn row(name: &'static str, imports: &'static [&'static str]) -> Row {
    Row {
        name,
        imports,
        test_imports: &[],
    }
}

/// The import table. A crate that has no row may not exist.
const TABLE: &[Row] = &[
    row("types", &[]),
    row("verify", &["types"]),
    row("modules", &["types", "verify"]),
    // Its proofs are checked by the code of those who will check them.
    Row {
        name: "state",
        imports: &["types"],
        test_imports: &["verify"],
    },
    row("execution", &["types", "modules", "state"]),
    row("txpool", &["types", "execution"]),
    row("consensus", &["types", "state", "execution", "txpool"]),
    row("api", &["types", "state", "execution", "txpool", "verify"]),
    row("client", &["types", "verify"]),
    row(
        "node",
        &[
            "types",
            "verify",
            "modules",
            "state",
            "execution",
            "txpool",
            "consensus",
            "api",
            // A follower asks other nodes as any program would.
            "client",
        ],
    ),
    row("indexer", &["types", "client"]),
    // `types` and `verify`: bundles and anchors are read offline, without a node.
    row("cli", &["types", "verify", "node", "client", "indexer"]),
    row(
        "simulator",
        &[
            "types",
            "verify",
            "modules",
            "state",
            "execution",
            "txpool",
            "consensus",
            "api",
            "node",
        ],
    ),
];

/// Engines that only the named crates may name in `[dependencies]`.
struct Engine {
    /// Matches the name itself and names that begin with it and a hyphen.
    family: &'static str,
    users: &'static [&'static str],
    /// Crates that may name it in `[dev-dependencies]` only.
    test_users: &'static [&'static str],
}

/// An engine's upgrade is then a change in these crates alone.
const ENGINES: &[Engine] = &[
    // `verify` re-implements the engine's proofs and compares itself with the engine in tests.
    Engine {
        family: "commonware",
        users: &["consensus", "state", "simulator"],
        test_users: &["verify"],
    },
    Engine {
        family: "revm",
        users: &["execution"],
        test_users: &[],
    },
    Engine {
        family: "alloy-evm",
        users: &["execution"],
        test_users: &[],
    },
];

/// Crates whose results every machine must reproduce.
pub(crate) const DETERMINISTIC: &[&str] = &["types", "modules", "execution", "consensus"];

/// What would let a machine's clock, scheduler or random source into a result.
const NONDETERMINISTIC: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "rand",
    "rand_chacha",
    "getrandom",
    "fastrand",
    "chrono",
];

/// A crate of the workspace with what it depends on.
#[derive(Debug, Clone)]
pub(crate) struct WorkspaceCrate {
    /// Folder name: the package's name without the project's prefix.
    pub(crate) name: String,
    /// Its `Cargo.toml`, relative to the root.
    pub(crate) manifest: PathBuf,
    /// One sentence: what it is for.
    pub(crate) description: String,
    /// What it depends on.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a crate's dependencies.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// Name in the registry, or ours with the prefix removed.
    pub(crate) name: String,
    /// Whether it is a crate of this workspace.
    pub(crate) ours: bool,
    /// Whether only tests and benches see it.
    pub(crate) test_only: bool,
}

/// The workspace's crates from cargo's metadata.
pub(crate) fn workspace_crates(metadata: &Metadata, root: &Path) -> Vec<WorkspaceCrate> {
    let packages = metadata.workspace_packages();
    packages
        .iter()
        .map(|package| WorkspaceCrate {
            name: short_name(&package.name),
            manifest: relative(package.manifest_path.as_std_path(), root),
            description: package.description.clone().unwrap_or_default(),
            dependencies: package
                .dependencies
                .iter()
                .map(|dependency| Dependency {
                    name: short_name(&dependency.name),
                    ours: dependency.path.is_some(),
                    test_only: dependency.kind == DependencyKind::Development,
                })
                .collect(),
        })
        .collect()
}

fn short_name(package: &str) -> String {
    package
        .strip_prefix("qiantang-")
        .unwrap_or(package)
        .to_owned()
}

fn relative(path: &Path, root: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

/// Every edge that the table lacks.
pub(crate) fn check(workspace: &[WorkspaceCrate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in workspace.iter().filter(|krate| krate.name != "xtask") {
        let Some(row) = TABLE.iter().find(|row| row.name == krate.name) else {
            let message = format!(
                "crate `{}` has no row in the import table; add it to xtask/src/tidy/layering.rs",
                krate.name
            );
            findings.push(Finding::new(RULE, &krate.manifest, 0, message));
            continue;
        };
        for dependency in &krate.dependencies {
            if let Some(message) = refusal(row, dependency) {
                findings.push(Finding::new(RULE, &krate.manifest, 0, message));
            }
        }
    }
    findings
}

/// Why the crate of `row` may not have this dependency.
fn refusal(row: &Row, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    if dependency.ours {
        let listed = row.imports.contains(&name);
        let listed_for_tests = dependency.test_only && row.test_imports.contains(&name);
        // A crate's tests may name the crate itself, to switch on its test helpers.
        let itself = dependency.test_only && name == row.name;
        return (!listed && !listed_for_tests && !itself).then(|| {
            format!(
                "`{}` may not import `{name}`; it may import {:?}",
                row.name, row.imports
            )
        });
    }
    if let Some(engine) = ENGINES.iter().find(|engine| engine.has(name)) {
        let allowed = engine.users.contains(&row.name)
            || (dependency.test_only && engine.test_users.contains(&row.name));
        return (!allowed).then(|| {
            format!(
                "`{}` may not name `{name}`; only {:?} do",
                row.name, engine.users
            )
        });
    }
    let forbidden = DETERMINISTIC.contains(&row.name)
        && !dependency.test_only
        && NONDETERMINISTIC.contains(&name);
    forbidden.then(|| {
        format!(
            "`{}` is in the deterministic zone and may not depend on `{name}`",
            row.name
        )
    })
}

impl Engine {
    fn has(&self, name: &str) -> bool {
        name.strip_prefix(self.family)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

#[cfg(test)]
mod tests;
