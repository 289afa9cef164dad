//! Wraps comments at the line limit, which rustfmt does on nightly only.
//!
//! Only a paragraph that has too long a line is touched. Lists keep their indent; tables, headings
//! and fenced code stay as they are, and so does whatever stands inside a string.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};

use crate::tidy::{LINE_CHARACTERS_MAX, Tree};

/// Wraps every Rust file below `root` that lies in one of `paths`; every one where none is named.
///
/// # Errors
/// Fails where a file cannot be read or written.
pub(crate) fn write(root: &Path, paths: &[PathBuf]) -> Result<()> {
    let tree = Tree::read(root)?;
    let wanted = |path: &Path| paths.is_empty() || paths.iter().any(|part| path.starts_with(part));
    for (path, text) in tree.texts_ending("rs").filter(|(path, _)| wanted(path)) {
        let wrapped = wrap(text);
        if wrapped != text {
            std::fs::write(root.join(path), wrapped)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

/// The text with its comments wrapped.
fn wrap(text: &str) -> String {
    let in_literals = text
        .parse()
        .map(|tokens| lines_in_literals(&tokens))
        .unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    let mut paragraph: Option<Paragraph<'_>> = None;
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        let comment = Comment::read(line).filter(|_| !in_literals.contains(&(index + 1)));
        let is_fence = comment
            .as_ref()
            .is_some_and(|c| c.text.trim_start().starts_with("```"));
        in_fence = comment.is_some() && (in_fence != is_fence);
        let flows = comment.filter(|c| !in_fence && !is_fence && c.flows());
        if let (Some(open), Some(next)) = (&mut paragraph, &flows)
            && open.continues(next)
        {
            open.lines.push((line, next.text));
            continue;
        }
        paragraph
            .take()
            .into_iter()
            .for_each(|open| open.write(&mut out));
        match flows {
            Some(first) => paragraph = Some(Paragraph::new(line, first)),
            None => push_line(&mut out, line),
        }
    }
    paragraph.into_iter().for_each(|open| open.write(&mut out));
    out
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// Lines that a string literal covers from the second on.
fn lines_in_literals(tokens: &TokenStream) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => lines.extend(lines_in_literals(&group.stream())),
            TokenTree::Literal(literal) => {
                let span = literal.span();
                lines.extend(span.start().line + 1..=span.end().line);
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
    lines
}

/// A line that holds a comment only.
struct Comment<'a> {
    /// Indent and marker, such as `    ///`.
    prefix: &'a str,
    /// What follows, without the one space after the marker.
    text: &'a str,
}

impl<'a> Comment<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let start = line.len() - line.trim_start().len();
        let marker = ["//!", "///", "//"]
            .into_iter()
            .find(|m| line[start..].starts_with(m))?;
        let (prefix, rest) = line.split_at(start + marker.len());
        let text = rest.strip_prefix(' ').unwrap_or(rest);
        Some(Self {
            prefix,
            text: text.trim_end(),
        })
    }

    /// Whether the text is prose that can be broken anywhere.
    fn flows(&self) -> bool {
        let text = self.text.trim_start();
        let is_definition = text.starts_with('[') && text.contains("]: ");
        !text.is_empty() && !text.starts_with(['|', '#', '<', '/']) && !is_definition
    }
}

/// Lines of prose that are one paragraph or one list item.
struct Paragraph<'a> {
    prefix: &'a str,
    /// Spaces before the text of the first line.
    first_indent: usize,
    /// Spaces before the text of the others: below the text of a list item.
    indent: usize,
    /// Each line as it is, and its text.
    lines: Vec<(&'a str, &'a str)>,
}

impl<'a> Paragraph<'a> {
    fn new(line: &'a str, first: Comment<'a>) -> Self {
        let first_indent = indent_of(first.text);
        let marker = list_marker(first.text.trim_start());
        let lines = vec![(line, first.text)];
        Self {
            prefix: first.prefix,
            first_indent,
            indent: first_indent + marker,
            lines,
        }
    }

    fn continues(&self, next: &Comment<'_>) -> bool {
        let is_item = list_marker(next.text.trim_start()) > 0;
        next.prefix == self.prefix && !is_item && indent_of(next.text) == self.indent
    }

    fn write(self, out: &mut String) {
        if self
            .lines
            .iter()
            .all(|(line, _)| line.chars().count() <= LINE_CHARACTERS_MAX)
        {
            self.lines.iter().for_each(|(line, _)| push_line(out, line));
            return;
        }
        let mut line = format!("{} {}", self.prefix, " ".repeat(self.first_indent));
        let mut is_empty = true;
        for word in unbreakable_words(self.lines.iter().map(|(_, text)| *text)) {
            let width = line.chars().count() + usize::from(!is_empty) + word.chars().count();
            if !is_empty && width > LINE_CHARACTERS_MAX {
                push_line(out, &line);
                line = format!("{} {}", self.prefix, " ".repeat(self.indent));
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(&word);
            is_empty = false;
        }
        push_line(out, &line);
    }
}

fn indent_of(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Characters of a list item's marker with its space; 0 where the text is no list item.
fn list_marker(text: &str) -> usize {
    if ["- ", "* ", "+ "]
        .iter()
        .any(|bullet| text.starts_with(bullet))
    {
        return 2;
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && text[digits..].starts_with(". ") {
        digits + 2
    } else {
        0
    }
}

/// Words that stay together: code in backticks, and what would begin a list or a heading if it
/// came to stand at the beginning of a line.
fn unbreakable_words<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_code = false;
    for word in lines.flat_map(str::split_whitespace) {
        let would_begin_block =
            ["-", "*", "+"].contains(&word) || word.starts_with(['#', '|', '>']) || is_number(word);
        match words.last_mut() {
            Some(last) if in_code || (would_begin_block && !last.is_empty()) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
        in_code ^= word.matches('`').count() % 2 == 1;
    }
    words
}

fn is_number(word: &str) -> bool {
    word.strip_suffix('.')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(words: usize) -> String {
        vec!["word"; words].join(" ")
    }

    #[test]
    fn breaks_long_comments_and_joins_what_follows() {
        let text = format!("/// {}\n/// end.\nfn f() {{}}\n", long(25));
        let expected = format!("/// {}\n/// {} end.\nfn f() {{}}\n", long(19), long(6));
        assert_eq!(wrap(&text), expected);
    }

    #[test]
    fn leaves_alone_what_is_short_or_no_prose() {
        for text in [
            "// Short.\n// Also short.\n",
            &format!("//! | {} |\n", long(25)),
            &format!("//! ```text\n//! {}\n//! ```\n", long(25)),
            &format!("const A: &str = \"\n/// {}\n\";\n", long(25)),
            &format!("//! [a]: {}\n", long(25)),
        ] {
            assert_eq!(wrap(text), text);
        }
    }

    #[test]
    fn list_items_keep_their_indent() {
        let text = format!("//! - {}\n//! - short\n", long(25));
        let expected = format!("//! - {}\n//!   {}\n//! - short\n", long(19), long(6));
        assert_eq!(wrap(&text), expected);
        // What was wrapped once stays as it is.
        assert_eq!(wrap(&expected), expected);
    }

    #[test]
    fn code_and_block_markers_are_not_torn() {
        let code = format!("`{}`", long(5));
        let text = format!("// {} {code} 2. - x\n", long(17));
        let expected = format!("// {}\n// {code} 2. - x\n", long(17));
        assert_eq!(wrap(&text), expected);
    }
}
