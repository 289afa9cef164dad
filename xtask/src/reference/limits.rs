//! The named limits of a module, out of its sources.

use std::path::Path;

use anyhow::{Context, Result};
use syn::{BinOp, Expr, Item, ItemConst, Lit, Meta};

/// A limit: a constant with the word `MAX` or `MIN` in its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) comment: String,
}

/// The limits of every source file below a folder, in the order of paths and lines. Tests are left
/// out.
///
/// # Errors
/// Fails where a file cannot be read or is not Rust.
pub(super) fn below(folder: &Path) -> Result<Vec<Limit>> {
    let mut limits = Vec::new();
    let unreadable = || format!("cannot read {}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        paths.push(entry?.path());
    }
    // The module's root first: what it exports matters most.
    paths.sort_by_key(|path| (!path.ends_with("mod.rs"), path.clone()));
    for path in paths {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if stem == Some("tests") {
            continue;
        }
        if path.is_dir() {
            limits.extend(below(&path)?);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            limits.extend(of_file(&path)?);
        }
    }
    Ok(limits)
}

/// The limits of one source file.
///
/// # Errors
/// Fails where it cannot be read or is not Rust.
pub(super) fn of_file(path: &Path) -> Result<Vec<Limit>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    in_text(&text).with_context(|| format!("{shown} is not Rust"))
}

fn in_text(text: &str) -> Result<Vec<Limit>> {
    let file = syn::parse_file(text)?;
    let constants = file.items.iter().filter_map(|item| match item {
        Item::Const(constant) => Some(constant),
        _ => None,
    });
    Ok(constants.filter_map(|item| limit(text, item)).collect())
}

fn limit(text: &str, constant: &ItemConst) -> Option<Limit> {
    let name = constant.ident.to_string();
    let is_limit = name.split('_').any(|word| word == "MAX" || word == "MIN");
    let comment = comment(constant);
    (is_limit && !comment.is_empty()).then(|| Limit {
        value: number(&constant.expr).map_or_else(|| source(text, &constant.expr), grouped),
        name,
        comment,
    })
}

fn comment(constant: &ItemConst) -> String {
    let lines = constant.attrs.iter().filter_map(|attribute| {
        let Meta::NameValue(meta) = &attribute.meta else {
            return None;
        };
        match &meta.value {
            Expr::Lit(literal) if meta.path.is_ident("doc") => match &literal.lit {
                Lit::Str(line) => Some(line.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join(" ")
}

/// The value of arithmetic on literals.
fn number(expression: &Expr) -> Option<u128> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Paren(inner) => number(&inner.expr),
        Expr::Cast(inner) => number(&inner.expr),
        Expr::Binary(binary) => {
            let (left, right) = (number(&binary.left)?, number(&binary.right)?);
            match binary.op {
                BinOp::Mul(_) => left.checked_mul(right),
                BinOp::Add(_) => left.checked_add(right),
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Shl(_) => left.checked_shl(u32::try_from(right).ok()?),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The digits in groups of three.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The expression as its author wrote it.
fn source(text: &str, expression: &Expr) -> String {
    use syn::spanned::Spanned as _;
    let (start, end) = (expression.span().start(), expression.span().end());
    let line = text.lines().nth(start.line.saturating_sub(1));
    let line = line.filter(|_| start.line == end.line).unwrap_or_default();
    let chars = line.chars().skip(start.column);
    let source: String = chars
        .take(end.column.saturating_sub(start.column))
        .collect();
    format!("`{source}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_found_with_their_values() {
        let text = "
/// Bytes of a name.
pub const NAME_BYTES_MAX: usize = 128;
/// Two
/// lines.
const DELAY_MIN_MS: u64 = 48 * (3_600_000 + 1);
/// From elsewhere.
pub(crate) const MAX_TEXT: usize = 4 * super::BYTES;
/// A megabyte.
const FILE_MAX: u64 = 1 << 20;
/// Not a limit.
const MAXIMAL: u64 = 1;
const UNTOLD_MAX: u64 = 1;
mod tests { /// In a test.
const TEST_MAX: u64 = 1; }
";
        let limit = |name: &str, value: &str, comment: &str| Limit {
            name: name.to_owned(),
            value: value.to_owned(),
            comment: comment.to_owned(),
        };
        assert_eq!(
            in_text(text).unwrap(),
            [
                limit("NAME_BYTES_MAX", "128", "Bytes of a name."),
                limit("DELAY_MIN_MS", "172,800,048", "Two lines."),
                limit("MAX_TEXT", "`4 * super::BYTES`", "From elsewhere."),
                limit("FILE_MAX", "1,048,576", "A megabyte."),
            ]
        );
        assert!(in_text("const").is_err());
    }
}
