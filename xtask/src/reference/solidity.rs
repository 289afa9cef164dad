//! Reads a published Solidity interface into its items and their comments.
//!
//! It reads what [`qiantang_modules::specs`] writes, not any Solidity: one item begins on a line of
//! its own, after its comment.

use anyhow::{Context, Result, bail};

/// An interface as its file has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Interface {
    /// Its comment.
    pub(super) comment: String,
    /// In the file's order.
    pub(super) items: Vec<Item>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Type,
    Function,
    Event,
    Error,
}

/// A declaration with its comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) comment: String,
    /// The declaration without indent, over as many lines as the file has.
    pub(super) declaration: String,
}

/// Reads the text of a Solidity file that holds one interface.
///
/// # Errors
/// Fails on what the writer never writes, and names the line.
pub(super) fn parse(text: &str) -> Result<Interface> {
    let mut lines = text.lines();
    let mut comment = String::new();
    for line in lines.by_ref() {
        if line.starts_with("interface ") {
            break;
        }
        take_comment(&mut comment, line);
    }
    let mut items = Vec::new();
    let mut pending = String::new();
    while let Some(line) = lines.next() {
        let is_plain_comment =
            || line.trim_start().starts_with("//") && !line.trim_start().starts_with("///");
        if line == "}" || line.is_empty() || is_plain_comment() || take_comment(&mut pending, line)
        {
            continue;
        }
        let mut declaration = vec![line];
        while !is_whole(&declaration) {
            let next = lines.next();
            declaration.push(next.with_context(|| format!("`{line}` has no end"))?);
        }
        items.push(item(&declaration, std::mem::take(&mut pending))?);
    }
    let comment = comment.trim_end().to_owned();
    Ok(Interface { comment, items })
}

/// Whether the lines end a declaration: at a brace that closes the first one, or at a semicolon.
fn is_whole(lines: &[&str]) -> bool {
    let code: String = lines
        .iter()
        .filter(|line| !line.trim_start().starts_with("//"))
        .copied()
        .collect();
    if code.contains('{') {
        code.matches('{').count() == code.matches('}').count()
    } else {
        code.trim_end().ends_with(';')
    }
}

/// Appends a comment's line; whether the line was one.
fn take_comment(comment: &mut String, line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix("///") else {
        return false;
    };
    comment.push_str(rest.strip_prefix(' ').unwrap_or(rest));
    comment.push('\n');
    true
}

fn item(lines: &[&str], comment: String) -> Result<Item> {
    let first = lines.first().copied().unwrap_or_default();
    let indent = first.len().saturating_sub(first.trim_start().len());
    let declaration: Vec<&str> = lines
        .iter()
        .map(|line| line.get(indent..).unwrap_or_default())
        .collect();
    let mut words = first.trim_start().split([' ', '(']);
    let kind = match words.next() {
        Some("enum" | "struct") => Kind::Type,
        Some("function") => Kind::Function,
        Some("event") => Kind::Event,
        Some("error") => Kind::Error,
        _ => bail!("`{first}` is no item of an interface that this reads"),
    };
    Ok(Item {
        kind,
        name: words.next().unwrap_or_default().to_owned(),
        comment: comment.trim_end().to_owned(),
        declaration: declaration.join("\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Keeps things.
///
/// Times are seconds.
interface IThings {
    /// How it is.
    enum State { None, Kept }

    /// A thing; `{` in a comment is no brace.
    struct Thing {
        /// Its number {.
        uint64 number;
    }

    /// Keeps it.
    function keep(bytes calldata what, uint64 until)
        external returns (uint64 number);
    // Between two items.
    /// Kept.
    event Kept(
        uint64 indexed number
    );
    error Full();
}
";

    #[test]
    fn items_come_with_their_comments() {
        let found = parse(TEXT).unwrap();
        assert_eq!(found.comment, "Keeps things.\n\nTimes are seconds.");
        let seen: Vec<_> = found
            .items
            .iter()
            .map(|item| (item.kind, item.name.as_str(), item.comment.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (Kind::Type, "State", "How it is."),
                (
                    Kind::Type,
                    "Thing",
                    "A thing; `{` in a comment is no brace."
                ),
                (Kind::Function, "keep", "Keeps it."),
                (Kind::Event, "Kept", "Kept."),
                (Kind::Error, "Full", ""),
            ]
        );
        assert_eq!(
            found.items[1].declaration,
            "struct Thing {\n    /// Its number {.\n    uint64 number;\n}"
        );
        assert_eq!(
            found.items[2].declaration,
            "function keep(bytes calldata what, uint64 until)\n    external returns (uint64 number);"
        );
    }

    #[test]
    fn what_is_no_item_is_an_error() {
        for (body, words) in [
            ("    uint64 constant X = 1;", "no item"),
            ("    function f(", "no end"),
        ] {
            let text = format!("interface I {{\n{body}\n");
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
