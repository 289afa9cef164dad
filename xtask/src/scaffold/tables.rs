//! Rows of a new module in the tables that name every module.

use anyhow::{Context, Result, ensure};

/// `lib.rs` with the module declared and a row at the end of `MODULES`, where it may call all
/// others.
///
/// # Errors
/// Fails where the declarations or the table are not there.
pub(super) fn modules(text: &str, name: &str, folder: &str) -> Result<String> {
    let text = declare(text, folder)?;
    append(
        &text,
        "pub static MODULES: &[Module] = &[\n",
        &format!(
            "    Module {{\n        name: \"{name}\",\n        address: {folder}::ADDRESS,\n        \
             activation: Height::GENESIS,\n        call: {folder}::call,\n        \
             genesis: no_genesis,\n    }},\n"
        ),
    )
}

/// `specs.rs` with a row at the end of `INTERFACES`.
///
/// # Errors
/// Fails where the table is not there.
pub(super) fn interfaces(text: &str, name: &str, folder: &str) -> Result<String> {
    append(
        text,
        "pub static INTERFACES: &[Interface] = &[\n",
        &format!(
            "    Interface {{\n        name: \"{name}\",\n        \
             abi: crate::{folder}::I{name}::abi::contract,\n        \
             source: include_str!(\"{folder}/interface.rs\"),\n    }},\n"
        ),
    )
}

/// Puts a row at the end of the table that begins with `head`.
fn append(text: &str, head: &str, row: &str) -> Result<String> {
    let missing = || format!("there is no `{}`", head.trim_end());
    let (before, rest) = text.split_once(head).with_context(missing)?;
    let (rows, after) = rest
        .split_once("\n];\n")
        .with_context(|| format!("`{}` has no end", head.trim_end()))?;
    Ok(format!("{before}{head}{rows}\n{row}];\n{after}"))
}

/// Puts `pub mod` in its place among the declarations, which are sorted by name.
fn declare(text: &str, folder: &str) -> Result<String> {
    let mut place = None;
    let mut end = None;
    // Where the declaration that is being read begins: its attributes stand before it.
    let mut begin = None;
    let mut offset = 0_usize;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset = offset.saturating_add(line.len());
        if line.starts_with("#[") {
            begin = begin.or(Some(start));
            continue;
        }
        let declared = line
            .trim_start_matches("pub ")
            .strip_prefix("mod ")
            .and_then(|rest| rest.trim_end().strip_suffix(';'));
        if let Some(declared) = declared {
            ensure!(declared != folder, "`mod {folder}` is declared already");
            if declared > folder && place.is_none() {
                place = begin.or(Some(start));
            }
            end = Some(offset);
        } else if end.is_some() {
            break;
        }
        begin = None;
    }
    let end = end.context("there is no declaration of a module")?;
    let (before, after) = text.split_at(place.unwrap_or(end));
    Ok(format!("{before}pub mod {folder};\n{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "\
//! Docs.

mod calls;
pub mod gas;
#[cfg(test)]
mod solc;
#[cfg(any(test, feature = \"x\"))]
pub mod testing;

pub use calls::run;

/// Every module.
pub static MODULES: &[Module] = &[
    Module {
        name: \"Trace\",
    },
];

static OTHER: &[u8] = &[
];

mod late {}
";

    #[test]
    fn a_module_is_declared_in_its_place() {
        for (folder, before) in [
            ("account", "pub mod account;\nmod calls;"),
            ("loans", "pub mod loans;\n#[cfg(test)]\nmod solc;"),
            ("tea", "pub mod tea;\n#[cfg(any(test, feature = \"x\"))]\n"),
            ("zoo", "pub mod testing;\npub mod zoo;\n\npub use"),
        ] {
            let text = declare(LIB, folder).unwrap();
            assert!(text.contains(before), "{text}");
            assert_eq!(text.len(), LIB.len() + "pub mod ;\n".len() + folder.len());
        }
        assert!(declare(LIB, "gas").is_err());
        assert!(declare("fn main() {}\n", "gas").is_err());
    }

    #[test]
    fn a_row_is_the_last_of_its_table() {
        let text = modules(LIB, "Loans", "loans").unwrap();
        let (_, table) = text.split_once("= &[\n").unwrap();
        let (rows, _) = table.split_once("];").unwrap();
        let row = "    },\n    Module {\n        name: \"Loans\",\n        \
                   address: loans::ADDRESS,\n        activation: Height::GENESIS,\n        \
                   call: loans::call,\n        genesis: no_genesis,\n    },\n";
        assert!(rows.ends_with(row), "{rows}");
        assert!(text.ends_with("static OTHER: &[u8] = &[\n];\n\nmod late {}\n"));
        for broken in ["", "pub static MODULES: &[Module] = &[\n"] {
            let broken = format!("mod calls;\n{broken}");
            assert!(modules(&broken, "Loans", "loans").is_err());
        }
    }
}
