use super::*;

fn krate(name: &str, dependencies: Vec<Dependency>) -> Vec<WorkspaceCrate> {
    let manifest = PathBuf::from(format!("crates/{name}/Cargo.toml"));
    let (name, description) = (name.to_owned(), "What it is.".to_owned());
    vec![WorkspaceCrate {
        name,
        manifest,
        description,
        dependencies,
    }]
}

fn ours(name: &str) -> Dependency {
    Dependency {
        name: name.to_owned(),
        ours: true,
        test_only: false,
    }
}

fn foreign(name: &str) -> Dependency {
    Dependency {
        name: name.to_owned(),
        ours: false,
        test_only: false,
    }
}

fn in_tests(dependency: Dependency) -> Dependency {
    Dependency {
        test_only: true,
        ..dependency
    }
}

/// `dependency` in crate `name` is refused exactly if `refused`.
#[track_caller]
fn expect(name: &str, dependency: Dependency, refused: bool) {
    let findings = check(&krate(name, vec![dependency.clone()]));
    assert_eq!(
        !findings.is_empty(),
        refused,
        "{name} -> {dependency:?}: {findings:?}"
    );
}

#[test]
fn refuses_edges_that_the_table_lacks() {
    expect("api", ours("consensus"), true);
    expect("api", in_tests(ours("consensus")), true);
    expect("types", ours("modules"), true);
    expect("client", ours("state"), true);
    expect("api", ours("state"), false);
    expect("state", in_tests(ours("state")), false);
    expect("state", in_tests(ours("verify")), false);
    expect("state", ours("verify"), true);
}

#[test]
fn refuses_engines_outside_their_crates() {
    expect("node", foreign("commonware-runtime"), true);
    expect("verify", foreign("commonware-storage"), true);
    expect("verify", in_tests(foreign("commonware-storage")), false);
    expect("consensus", foreign("commonware-consensus"), false);
    expect("api", foreign("revm"), true);
    expect("modules", foreign("revm-primitives"), true);
    expect("txpool", foreign("alloy-evm"), true);
    expect("execution", foreign("alloy-evm"), false);
}

#[test]
fn refuses_clocks_and_randomness_in_the_deterministic_zone() {
    expect("consensus", foreign("tokio"), true);
    expect("modules", foreign("rand"), true);
    expect("modules", in_tests(foreign("rand")), false);
    expect("node", foreign("tokio"), false);
}

#[test]
fn refuses_a_crate_without_a_row() {
    let findings = check(&krate("helpers", vec![]));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.contains("has no row"), "{findings:?}");
}

/// A row may import only rows above it, so the table itself has no cycle.
#[test]
fn table_is_ordered() {
    for (index, row) in TABLE.iter().enumerate() {
        for import in row.imports {
            let above = TABLE[..index].iter().any(|other| other.name == *import);
            assert!(
                above,
                "{} imports {import}, which is not above it",
                row.name
            );
        }
    }
}
