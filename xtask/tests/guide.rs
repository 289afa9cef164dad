//! The guide on writing a module, followed to the letter: its commands are run, its blocks of code
//! are put into their files, and the module's tests pass. Beside it stands a module as the scaffold
//! makes it.
//!
//! The work is done in a copy of the workspace whose other crates are empty. They keep their
//! manifests and the build its features, so that everything that was built for the tests of the
//! workspace is used again and only `types`, `verify` and `modules` are compiled: offline, in
//! seconds.

#![expect(clippy::unwrap_used, reason = "a failing step fails its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The guide below the root.
const GUIDE: &str = "docs/guides/write-a-module.md";

/// Crates whose sources the module needs; the others are empty in the copy.
const NEEDED: [&str; 3] = ["crates/types", "crates/verify", "crates/modules"];

/// A module that stays as the scaffold makes it.
const UNTOUCHED: (&str, &str) = ("Untouched", "untouched");

/// A library that only a build of the whole workspace has.
const WHOLE_WORKSPACE: &str = "libcommonware_consensus-";

/// A block of code of the guide.
struct Block {
    language: String,
    /// File that it belongs to, below the root; empty for commands.
    path: String,
    text: String,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn blocks(guide: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let (language, path) = info.split_once(' ').unwrap_or((info, ""));
        let inside = lines.by_ref().take_while(|line| *line != "```");
        let text = inside.fold(String::new(), |text, line| text + line + "\n");
        blocks.push(Block {
            language: language.to_owned(),
            path: path.to_owned(),
            text,
        });
    }
    blocks
}

/// The line of the workspace's version.
const VERSION: &str = concat!("\nversion = \"", env!("CARGO_PKG_VERSION"), "\"\n");

/// Copies a file or a folder, without what tests have installed.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            if name != "node_modules" {
                copy(&from.join(&name), &to.join(&name));
            }
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

/// The workspace with all manifests, and what is needed of the rest.
fn copy_workspace(to: &Path) {
    let from = repository();
    for file in [
        "Cargo.toml",
        "Cargo.lock",
        "rustfmt.toml",
        "rust-toolchain.toml",
    ] {
        copy(&from.join(file), &to.join(file));
    }
    // What is built here shares a folder with what the workspace has built, and the names of its
    // files depend on the crates' version: another one keeps the two apart.
    let manifest = read(&to.join("Cargo.toml"));
    let versions = manifest.matches(VERSION).count();
    assert_eq!(versions, 1, "the workspace has one version");
    write(
        &to.join("Cargo.toml"),
        &manifest.replacen(VERSION, "\nversion = \"0.0.0\"\n", 1),
    );
    let crates = fs::read_dir(from.join("crates")).unwrap();
    let mut members: Vec<String> = crates
        .map(|entry| format!("crates/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    members.push("xtask".to_owned());
    for member in members {
        let (from, to) = (from.join(&member), to.join(&member));
        if NEEDED.contains(&member.as_str()) {
            copy(&from, &to);
        } else {
            // Nothing needs the crates of the workspace, and they take the longest to build.
            let manifest = read(&from.join("Cargo.toml"));
            let lines = manifest.split_inclusive('\n');
            let foreign: String = lines
                .filter(|line| !line.starts_with("qiantang-"))
                .collect();
            write(&to.join("Cargo.toml"), &foreign);
            empty_targets(&from, &to);
        }
    }
}

/// A crate's targets without their code: a manifest may name each of them.
fn empty_targets(from: &Path, to: &Path) {
    for file in ["src/lib.rs", "src/main.rs", "build.rs"] {
        if from.join(file).exists() {
            let is_library = file.ends_with("lib.rs");
            write(
                &to.join(file),
                if is_library { "" } else { "fn main() {}\n" },
            );
        }
    }
    for folder in ["benches", "examples", "tests"] {
        if from.join(folder).is_dir() {
            empty_sources(&from.join(folder), &to.join(folder));
        }
    }
}

fn empty_sources(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            empty_sources(&from, &to);
        } else if from.extension().is_some_and(|kind| kind == "rs") {
            write(&to, "");
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Runs the scaffold with the words of a command of the guide.
fn scaffold(root: &Path, words: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(words)
        .arg("--root")
        .arg(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}: {}", shown(&output));
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

/// Puts the guide's code where it belongs: a block is a file, or lines added to one.
fn follow(root: &Path, blocks: &[Block]) {
    for block in blocks.iter().filter(|block| !block.path.is_empty()) {
        let path = root.join(&block.path);
        if block.language != "diff" {
            write(&path, &block.text);
            continue;
        }
        let side = |sign: char| {
            let lines = block.text.lines().filter(|line| !line.starts_with(sign));
            lines.fold(String::new(), |text, line| {
                text + line.get(1..).unwrap() + "\n"
            })
        };
        let (before, after, text) = (side('+'), side('-'), read(&path));
        let places = text.matches(&before).count();
        assert_eq!(
            places, 1,
            "{} is not as the guide says:\n{before}",
            block.path
        );
        fs::write(&path, text.replace(&before, &after)).unwrap();
    }
}

/// Makes `to` equal to `from` and leaves files alone that are equal already, so that nothing is
/// compiled again that did not change.
fn synchronise(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let names = |folder: &Path| -> BTreeSet<_> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    for name in names(to).difference(&names(from)) {
        let path = to.join(name);
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_symlink() {
            if !to.is_symlink() {
                std::os::unix::fs::symlink(fs::read_link(from).unwrap(), to).unwrap();
            }
        } else if from.is_dir() {
            synchronise(&from, &to);
        } else {
            let text = fs::read(from).unwrap();
            if fs::read(&to).ok().as_ref() != Some(&text) {
                fs::write(to, text).unwrap();
            }
        }
    }
}

/// Runs the tests of modules in the copy, with what was built for the tests that run now.
fn run_tests(root: &Path, filters: &[&str]) -> Output {
    let executable = std::env::current_exe().unwrap();
    let libraries = executable.parent().unwrap();
    let target = libraries.ancestors().nth(2).unwrap();
    let built: Vec<_> = fs::read_dir(libraries)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    // Features depend on what is built together, so a build of one crate has other libraries.
    let is_whole = built
        .iter()
        .any(|name| name.to_string_lossy().starts_with(WHOLE_WORKSPACE));
    let scope: &[&str] = if is_whole {
        &["--workspace"]
    } else {
        &["--package", "qiantang-modules"]
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo)
        .args(["test", "--lib", "--offline"])
        .args(scope)
        .arg("--")
        .args(filters)
        .env("CARGO_TARGET_DIR", target)
        .current_dir(root)
        .output()
        .unwrap()
}

/// The names of the tests in a file.
fn tests_in(text: &str) -> Vec<String> {
    let after = text.split("#[test]\nfn ").skip(1);
    let names = after.filter_map(|rest| rest.split_once('('));
    names.map(|(name, _)| name.to_owned()).collect()
}

fn assert_formatted(root: &Path, folder: &str) {
    let output = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .arg(root.join(folder).join("mod.rs"))
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", shown(&output));
}

#[test]
fn the_guides_module_and_an_untouched_one_compile_and_pass_their_tests() {
    let blocks = blocks(&read(&repository().join(GUIDE)));
    let commands: Vec<&str> = blocks
        .iter()
        .filter(|block| block.language == "sh")
        .flat_map(|block| block.text.lines())
        .collect();
    let word_lists = |start: &str| -> Vec<Vec<String>> {
        let rest = commands.iter().filter_map(|line| line.strip_prefix(start));
        rest.map(|rest| rest.split_whitespace().map(str::to_owned).collect())
            .collect()
    };
    let make = word_lists("cargo xtask ");
    let make: Vec<&str> = make[0].iter().map(String::as_str).collect();
    assert_eq!(make[0], "new-module");
    let filters = word_lists("cargo test -p qiantang-modules ");
    let filter = filters[0][0].as_str();

    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let stage = tempfile::tempdir_in(scratch).unwrap();
    copy_workspace(stage.path());
    scaffold(stage.path(), &make);
    scaffold(stage.path(), &["new-module", UNTOUCHED.0]);
    follow(stage.path(), &blocks);
    let untouched = format!("crates/modules/src/{}", UNTOUCHED.1);
    for folder in ["crates/modules/src/loans", &untouched] {
        assert_formatted(stage.path(), folder);
    }
    let compiler = "crates/modules/tests/layout/node_modules";
    if repository().join(compiler).is_dir() {
        let link = stage.path().join(compiler);
        std::os::unix::fs::symlink(repository().join(compiler), link).unwrap();
    }
    let copy = scratch.join("guide");
    synchronise(stage.path(), &copy);

    let own = format!("{}::", UNTOUCHED.1);
    let same = "the_solidity_file_means_the_same_as_the_abi";
    let others = ["registry::", "published::every_module", same];
    let output = run_tests(&copy, &[&[filter, &own][..], &others].concat());
    let text = shown(&output);
    assert!(output.status.success(), "{text}");
    for module in ["loans", UNTOUCHED.1] {
        let tests = tests_in(&read(
            &copy.join(format!("crates/modules/src/{module}/tests.rs")),
        ));
        assert!(tests.len() > 4, "{module}: {tests:?}");
        for test in tests {
            let line = format!("test {module}::tests::{test} ... ok");
            assert!(text.contains(&line), "{line}\n{text}");
        }
        let warned = text.contains(&format!("crates/modules/src/{module}/"));
        assert!(!warned, "the compiler warns:\n{text}");
    }
}
