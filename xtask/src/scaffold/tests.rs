//! What the scaffold makes, and what it refuses. The module that it makes is compiled and tested in
//! `tests/guide.rs`.

use super::*;

fn repository() -> PathBuf {
    crate::repository_root().unwrap()
}

/// A repository that has nothing but the tables and one module.
fn small() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sources = folder.path().join(SOURCES);
    std::fs::create_dir_all(sources.join("trace")).unwrap();
    for file in ["lib.rs", "specs.rs"] {
        std::fs::copy(repository().join(SOURCES).join(file), sources.join(file)).unwrap();
    }
    let root = "pub const ADDRESS: Address = \
                address!(\"0x7174000000000000000000000000000000000010\");\n\
                const OTHER: Address = address!(\"0x71740000000000000000000000000000000000ff\");\n\
                const FAR: Address = address!(\"0x7174ffffffffffffffffffffffffffffffffffff\");\n";
    std::fs::write(sources.join("trace/mod.rs"), root).unwrap();
    folder
}

#[test]
fn a_module_gets_its_folder_twin_and_rows() {
    let folder = small();
    let written = write(folder.path(), "LetterOfCredit", None).unwrap();
    let expected = [
        "crates/modules/src/letter_of_credit/mod.rs",
        "crates/modules/src/letter_of_credit/interface.rs",
        "crates/modules/src/letter_of_credit/dispatch.rs",
        "crates/modules/src/letter_of_credit/tests.rs",
        "crates/modules/tests/layout/LetterOfCredit.sol",
        "crates/modules/src/lib.rs",
        "crates/modules/src/specs.rs",
    ];
    assert_eq!(written, expected.map(PathBuf::from));
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    for path in expected {
        let text = read(path);
        assert!(!text.contains("{{"), "{path} has a place left to fill");
        assert!(text.contains("LetterOfCredit"), "{path}");
        if path.ends_with(".rs") {
            syn::parse_file(&text).unwrap();
        }
    }
    let root = read(expected[0]);
    // The address after the greatest one that looks like a module's.
    assert!(root.contains("address!(\"0x7174000000000000000000000000000000000100\")"));
    assert!(read(expected[5]).contains("pub mod letter_of_credit;\n"));
    let again = write(folder.path(), "LetterOfCredit", None).unwrap_err();
    assert!(again.to_string().contains("there already"), "{again}");
}

#[test]
fn an_address_can_be_chosen() {
    let folder = small();
    let free = "0x7174000000000000000000000000000000abcDEF";
    write(folder.path(), "Loans", Some(free)).unwrap();
    let root = folder.path().join(SOURCES).join("loans/mod.rs");
    let root = std::fs::read_to_string(root).unwrap();
    assert!(root.contains(&free.to_lowercase()), "{root}");
}

#[test]
fn what_cannot_be_a_module_is_refused_before_anything_is_written() {
    let folder = small();
    let before = std::fs::read(folder.path().join(SOURCES).join("lib.rs")).unwrap();
    let taken = "0x7174000000000000000000000000000000000010";
    for (name, address, words) in [
        ("", None, "no name"),
        ("loans", None, "no name"),
        ("Lo ans", None, "no name"),
        ("../Loans", None, "no name"),
        ("Kredit\u{fc}", None, "no name"),
        ("A234567890123456789012345678901234", None, "no name"),
        ("Match", None, "word of Rust"),
        ("Trace", None, "there already"),
        ("Loans", Some(taken), "is taken"),
        ("Loans", Some("0x12"), "no address"),
        (
            "Loans",
            Some("7174000000000000000000000000000000000020"),
            "no address",
        ),
        (
            "Loans",
            Some("0x717400000000000000000000000000000000002g"),
            "no address",
        ),
        (
            "Loans",
            Some("0x0000000000000000000000000000000000000001"),
            "no address",
        ),
    ] {
        let error = write(folder.path(), name, address).unwrap_err().to_string();
        assert!(error.contains(words), "{name}: {error}");
    }
    let after = std::fs::read(folder.path().join(SOURCES).join("lib.rs")).unwrap();
    assert_eq!(before, after);
    assert!(!folder.path().join(SOURCES).join("loans").exists());
}

#[test]
fn the_tables_of_the_repository_can_take_a_row() {
    plan(&repository(), "NobodyTakesThisName", None).unwrap();
}
