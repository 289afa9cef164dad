//! A new module: its folder, its rows in the tables, its twin contract.
//!
//! What is made is a small module that works, with tests that pass; its author replaces it step by
//! step. `docs/guides/write-a-module.md` shows how.

mod tables;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Sources of the modules below the root.
const SOURCES: &str = "crates/modules/src";

/// Twin contracts below the root.
const TWINS: &str = "crates/modules/tests/layout";

/// The first address that was given to a module; all have these digits but the last eight.
const ADDRESS_DIGITS: &str = "7174000000000000000000000000000000000000";

/// Digits of an address that tell modules apart.
const OWN_DIGITS: usize = 8;

/// Letters of a module's name.
const NAME_LETTERS_MAX: usize = 32;

/// What a template becomes: folder below the root, file, text.
const TEMPLATES: &[(&str, &str)] = &[
    ("mod.rs", include_str!("templates/mod.rs.txt")),
    ("interface.rs", include_str!("templates/interface.rs.txt")),
    ("dispatch.rs", include_str!("templates/dispatch.rs.txt")),
    ("tests.rs", include_str!("templates/tests.rs.txt")),
];

const TWIN: &str = include_str!("templates/twin.sol.txt");

/// Makes a module below `root` and returns what was written.
///
/// # Errors
/// Fails before it writes anything where the name or the address cannot be taken or a table is not
/// where it should be; fails where a file cannot be written.
pub(crate) fn write(root: &Path, name: &str, address: Option<&str>) -> Result<Vec<PathBuf>> {
    let files = plan(root, name, address)?;
    for (path, text) in &files {
        let path = root.join(path);
        let folder = path.parent().unwrap_or(root);
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Folder of a module's sources: the words of its name, joined by underscores.
pub(crate) fn folder_of(name: &str) -> String {
    let mut folder = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !folder.is_empty() {
            folder.push('_');
        }
        folder.push(letter.to_ascii_lowercase());
    }
    folder
}

/// Every file to write, with its text.
fn plan(root: &Path, name: &str, address: Option<&str>) -> Result<Vec<(PathBuf, String)>> {
    let folder = checked_name(name)?;
    let sources = root.join(SOURCES);
    for taken in [sources.join(&folder), sources.join(format!("{folder}.rs"))] {
        let shown = taken.display();
        ensure!(
            !taken.exists(),
            "{shown} is there already; choose another name"
        );
    }
    let known = known_addresses(&sources)?;
    let address = match address {
        Some(address) => checked_address(address, &known)?,
        None => next_address(&known)?,
    };
    let fill = |template: &str| {
        template
            .replace("{{Name}}", name)
            .replace("{{address}}", &address)
    };
    let mut files = Vec::new();
    for (file, template) in TEMPLATES {
        let path = Path::new(SOURCES).join(&folder).join(file);
        files.push((path, fill(template)));
    }
    files.push((Path::new(TWINS).join(format!("{name}.sol")), fill(TWIN)));
    for (file, edit) in [
        ("lib.rs", tables::modules as fn(&str, &str, &str) -> _),
        ("specs.rs", tables::interfaces),
    ] {
        let path = Path::new(SOURCES).join(file);
        let shown = root.join(&path);
        let text = std::fs::read_to_string(&shown)
            .with_context(|| format!("cannot read {}", shown.display()))?;
        let text = edit(&text, name, &folder).with_context(|| path.display().to_string())?;
        files.push((path, text));
    }
    Ok(files)
}

/// The folder of a name that can be a Rust type, a Solidity contract and a file.
fn checked_name(name: &str) -> Result<String> {
    let is_name = name.len() <= NAME_LETTERS_MAX
        && name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric());
    ensure!(
        is_name,
        "`{name}` is no name for a module: use up to {NAME_LETTERS_MAX} letters and digits that \
         begin with a capital, such as `LetterOfCredit`"
    );
    let folder = folder_of(name);
    let is_word = syn::parse_str::<syn::Ident>(&folder).is_ok();
    ensure!(is_word, "`{folder}` is a word of Rust; choose another name");
    Ok(folder)
}

/// The digits of every address of a module in the sources.
fn known_addresses(folder: &Path) -> Result<Vec<String>> {
    let mut known = Vec::new();
    let unreadable = || format!("cannot read {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry?.path();
        if path.is_dir() {
            known.extend(known_addresses(&path)?);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).with_context(unreadable)?;
            let prefix = shared_digits();
            let found = text.split("address!(\"0x").skip(1);
            let digits = found.filter_map(|rest| rest.get(..ADDRESS_DIGITS.len()));
            known.extend(
                digits
                    .filter(|digits| digits.starts_with(prefix))
                    .map(str::to_ascii_lowercase),
            );
        }
    }
    Ok(known)
}

fn shared_digits() -> &'static str {
    let own = ADDRESS_DIGITS.len().saturating_sub(OWN_DIGITS);
    ADDRESS_DIGITS.split_at(own).0
}

/// The address after the greatest one.
fn next_address(known: &[String]) -> Result<String> {
    let greatest = known.iter().max().context("no module has an address")?;
    let (_, own) = greatest.split_at(shared_digits().len());
    let number = u32::from_str_radix(own, 16).with_context(|| format!("address 0x{greatest}"))?;
    let next = number.checked_add(1).context("all addresses are taken")?;
    Ok(format!("0x{}{next:08x}", shared_digits()))
}

fn checked_address(address: &str, known: &[String]) -> Result<String> {
    let digits = address.strip_prefix("0x").unwrap_or_default();
    let is_address = digits.len() == ADDRESS_DIGITS.len()
        && digits.starts_with(shared_digits())
        && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    ensure!(
        is_address,
        "`{address}` is no address for a module: it must be 0x{} and {OWN_DIGITS} digits",
        shared_digits()
    );
    let digits = digits.to_ascii_lowercase();
    ensure!(!known.contains(&digits), "`{address}` is taken");
    Ok(format!("0x{digits}"))
}

#[cfg(test)]
mod tests;
