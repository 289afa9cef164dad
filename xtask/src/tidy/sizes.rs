//! Files, functions and lines stay small enough to read.
//!
//! Test code does not count: neither `#[cfg(test)]` items nor files that hold only tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, Signature, TraitItemFn};

use super::Finding;
use super::tree::Tree;

const RULE: &str = "sizes";

/// Lines of a file without its tests.
const FILE_LINES_MAX: usize = 600;

/// The same for a file that carries [`GENERATED_MARKER`].
const GENERATED_FILE_LINES_MAX: usize = 1000;

/// Stands in the first lines of a file that a command writes.
const GENERATED_MARKER: &str = "@generated";

/// Lines of a function's body that hold code, counted as `clippy::too_many_lines` counts them.
const FUNCTION_LINES_MAX: usize = 70;

/// Characters of a line.
pub(crate) const LINE_CHARACTERS_MAX: usize = 100;

/// A line with a word this long cannot be broken: a URL, a test vector.
const UNBREAKABLE_WORD: usize = 60;

/// A line with a string this long stays whole: somebody will search for the message.
const UNBREAKABLE_STRING: usize = 40;

/// Every file, function and line that is too long.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let parsed: Vec<_> = tree
        .texts_ending("rs")
        .map(|(path, text)| (path, text, syn::parse_file(text)))
        .collect();
    let mut tests = BTreeSet::new();
    for (path, _, file) in &parsed {
        if let Ok(file) = file {
            tests.extend(test_modules(path, &file.items));
        }
    }
    let mut findings = Vec::new();
    for (path, text, file) in &parsed {
        findings.extend(check_lines(path, text));
        let file = match file {
            Ok(file) => file,
            Err(error) => {
                let message = format!("is not Rust: {error}");
                findings.push(Finding::new(RULE, path, error.span().start().line, message));
                continue;
            }
        };
        if !is_test_file(path, &tests) {
            findings.extend(check_file(path, text, file));
            findings.extend(check_functions(path, text, file));
        }
    }
    findings
}

fn check_lines(path: &Path, text: &str) -> Vec<Finding> {
    let with_long_strings = text
        .parse()
        .map(|tokens| lines_with_long_strings(text, &tokens))
        .unwrap_or_default();
    let too_long = |number: usize, line: &str| {
        line.chars().count() > LINE_CHARACTERS_MAX
            && !with_long_strings.contains(&number)
            && line
                .split_whitespace()
                .all(|word| word.chars().count() < UNBREAKABLE_WORD)
    };
    text.lines()
        .enumerate()
        .filter(|(index, line)| too_long(index + 1, line))
        .map(|(index, line)| {
            let count = line.chars().count();
            let message = format!("line of {count} characters, at most {LINE_CHARACTERS_MAX}");
            Finding::new(RULE, path, index + 1, message)
        })
        .collect()
}

/// Lines on which a string of code, and not a comment, begins that is too long to be broken.
fn lines_with_long_strings(text: &str, tokens: &TokenStream) -> BTreeSet<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = BTreeSet::new();
    let mut streams = vec![tokens.clone()];
    while let Some(stream) = streams.pop() {
        for token in stream {
            match token {
                TokenTree::Group(group) => streams.push(group.stream()),
                TokenTree::Literal(literal) => {
                    let start = literal.span().start();
                    let line = lines
                        .get(start.line.saturating_sub(1))
                        .copied()
                        .unwrap_or_default();
                    // A doc comment is a string to the compiler as well.
                    let is_comment = line.chars().skip(start.column).take(2).eq("//".chars());
                    let width = line.chars().count().saturating_sub(start.column);
                    let length = literal.to_string().chars().count().min(width);
                    if !is_comment && length >= UNBREAKABLE_STRING {
                        found.insert(start.line);
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
    found
}

fn check_file(path: &Path, text: &str, file: &syn::File) -> Option<Finding> {
    let generated = text
        .lines()
        .take(5)
        .any(|line| line.contains(GENERATED_MARKER));
    let limit = if generated {
        GENERATED_FILE_LINES_MAX
    } else {
        FILE_LINES_MAX
    };
    let test_lines: usize = file
        .items
        .iter()
        .filter(|item| is_test(item_attributes(item)))
        .map(|item| item.span().end().line - item.span().start().line + 1)
        .sum();
    let lines = text.lines().count() - test_lines;
    (lines > limit).then(|| {
        let message = format!("{lines} lines without tests, at most {limit}; split the file");
        Finding::new(RULE, path, 0, message)
    })
}

fn check_functions(path: &Path, text: &str, file: &syn::File) -> Vec<Finding> {
    let mut functions = Functions {
        path,
        lines: text.lines().collect(),
        findings: vec![],
        excused: 0,
    };
    functions.visit_file(file);
    functions.findings
}

/// Walks the functions of a file and keeps those that are too long.
struct Functions<'a> {
    path: &'a Path,
    lines: Vec<&'a str>,
    findings: Vec<Finding>,
    /// How many enclosing items carry a reasoned `#[expect(clippy::too_many_lines)]`.
    excused: usize,
}

impl Functions<'_> {
    fn check(&mut self, attributes: &[Attribute], signature: &Signature, block: &Block) {
        let count = self.code_lines(block);
        if count <= FUNCTION_LINES_MAX || self.excused > 0 || has_reason(attributes) {
            return;
        }
        let message = format!(
            "function `{}` has {count} lines of code, at most {FUNCTION_LINES_MAX}; split it, or \
             say why with #[expect(clippy::too_many_lines, reason = \"…\")]",
            signature.ident
        );
        let line = signature.span().start().line;
        self.findings
            .push(Finding::new(RULE, self.path, line, message));
    }

    /// Lines between the braces that hold more than blanks and comments.
    fn code_lines(&self, block: &Block) -> usize {
        let open = block.brace_token.span.open().end().line;
        let close = block.brace_token.span.close().start().line;
        let mut in_comment = false;
        let body = self
            .lines
            .get(open..close.saturating_sub(1))
            .unwrap_or_default();
        body.iter()
            .filter(|line| holds_code(line, &mut in_comment))
            .count()
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(item_attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.check(&function.attrs, &function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.check(&function.attrs, &function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.check(&function.attrs, &function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let excused = usize::from(has_reason(&item.attrs));
        self.excused += excused;
        visit::visit_item_impl(self, item);
        self.excused -= excused;
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let excused = usize::from(has_reason(&item.attrs));
        self.excused += excused;
        visit::visit_item_mod(self, item);
        self.excused -= excused;
    }
}

/// Whether the line holds code; `in_comment` carries a block comment over line ends.
fn holds_code(line: &str, in_comment: &mut bool) -> bool {
    let mut rest = line.trim();
    loop {
        if *in_comment {
            let Some(end) = rest.find("*/") else {
                return false;
            };
            *in_comment = false;
            rest = rest[end + 2..].trim_start();
        }
        if rest.is_empty() || rest.starts_with("//") {
            return false;
        }
        if !rest.starts_with("/*") {
            return true;
        }
        *in_comment = true;
    }
}

/// Whether the item exists in tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        path.is_ident("test")
            || (path.is_ident("cfg")
                && tokens(attribute)
                    .split([' ', '(', ')', ','])
                    .any(|t| t == "test"))
    })
}

/// Whether a long function is excused, with a reason.
fn has_reason(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = tokens(attribute);
        attribute.path().is_ident("expect")
            && text.contains("too_many_lines")
            && text.contains("reason")
    })
}

fn tokens(attribute: &Attribute) -> String {
    match &attribute.meta {
        syn::Meta::List(list) => list.tokens.to_string(),
        syn::Meta::Path(_) | syn::Meta::NameValue(_) => String::new(),
    }
}

fn item_attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The files of `#[cfg(test)] mod name;` items.
fn test_modules(path: &Path, items: &[Item]) -> Vec<PathBuf> {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let parent = path.parent().unwrap_or(Path::new(""));
    let folder = match stem {
        "lib" | "main" | "mod" => parent.to_owned(),
        _ => parent.join(stem),
    };
    items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(item) if item.content.is_none() && is_test(&item.attrs) => {
                Some(folder.join(item.ident.to_string()))
            }
            _ => None,
        })
        .collect()
}

/// Whether the file holds only tests: by its folder, by its name, or declared so.
fn is_test_file(path: &Path, test_modules: &BTreeSet<PathBuf>) -> bool {
    let folders = ["tests", "benches"];
    let by_folder = path
        .components()
        .any(|part| folders.iter().any(|f| part.as_os_str() == *f));
    let by_name = path.file_stem().is_some_and(|stem| stem == "tests");
    let declared = path.with_extension("");
    by_folder || by_name || declared.ancestors().any(|part| test_modules.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(path: &str, text: &str) -> Vec<String> {
        let texts = [(PathBuf::from(path), text.to_owned())].into();
        check(&Tree {
            texts,
            paths: vec![],
        })
        .into_iter()
        .map(|f| f.message)
        .collect()
    }

    fn function(lines: usize) -> String {
        format!(
            "fn long() {{\n{}}}\n",
            "    // Why.\n\n    call();\n".repeat(lines)
        )
    }

    #[test]
    fn finds_long_files() {
        let long = "const A: u8 = 0;\n".repeat(FILE_LINES_MAX + 1);
        let found = check_one("src/a.rs", &long);
        assert!(
            found.len() == 1 && found[0].contains("601 lines"),
            "{found:?}"
        );
        assert_eq!(check_one("src/a/tests.rs", &long), [""; 0]);
        assert_eq!(check_one("tests/a.rs", &long), [""; 0]);

        let generated = format!("// {GENERATED_MARKER} by a command.\n{long}");
        assert_eq!(check_one("src/a.rs", &generated), [""; 0]);

        let with_tests = format!("#[cfg(test)]\nmod tests {{\n{long}}}\nconst B: u8 = 0;\n");
        assert_eq!(check_one("src/a.rs", &with_tests), [""; 0]);
    }

    #[test]
    fn finds_long_functions() {
        let found = check_one("src/a.rs", &function(FUNCTION_LINES_MAX + 1));
        assert!(
            found.len() == 1 && found[0].contains("`long` has 71 lines"),
            "{found:?}"
        );
        assert_eq!(
            check_one("src/a.rs", &function(FUNCTION_LINES_MAX)),
            [""; 0]
        );
        let nested = format!(
            "mod m {{ impl A {{ {} }} }}",
            function(FUNCTION_LINES_MAX + 1)
        );
        assert_eq!(check_one("src/a.rs", &nested).len(), 1);
    }

    #[test]
    fn long_functions_need_a_reason() {
        let body = function(FUNCTION_LINES_MAX + 1);
        let silent = format!("#[expect(clippy::too_many_lines)]\n{body}");
        assert_eq!(check_one("src/a.rs", &silent).len(), 1);
        let reasoned =
            format!("#[expect(clippy::too_many_lines, reason = \"a gas table\")]\n{body}");
        assert_eq!(check_one("src/a.rs", &reasoned), [""; 0]);
        let in_test = format!("#[cfg(test)]\nmod tests {{\n{body}}}\n");
        assert_eq!(check_one("src/a.rs", &in_test), [""; 0]);
    }

    #[test]
    fn finds_long_lines() {
        let long = format!("// {}\n", "word ".repeat(20));
        let found = check_one("src/a.rs", &long);
        assert!(
            found.len() == 1 && found[0].contains("line of 103"),
            "{found:?}"
        );
        let url = format!(
            "// See https://example.org/{} for the rest of it.\n",
            "x".repeat(80)
        );
        assert_eq!(check_one("src/a.rs", &url), [""; 0]);
        let message = format!("const A: &str = \"{}\";\n", "word ".repeat(20));
        assert_eq!(check_one("src/a.rs", &message), [""; 0]);
        let documented = format!("/// {}\nconst A: u8 = 0;\n", "word ".repeat(20));
        assert_eq!(check_one("src/a.rs", &documented).len(), 1);
    }

    #[test]
    fn modules_declared_for_tests_hold_tests() {
        let long = "const A: u8 = 0;\n".repeat(FILE_LINES_MAX + 1);
        let tree = |declaration: &str| Tree {
            texts: [
                (PathBuf::from("src/lib.rs"), declaration.to_owned()),
                (PathBuf::from("src/vectors.rs"), long.clone()),
            ]
            .into(),
            paths: vec![],
        };
        assert_eq!(check(&tree("#[cfg(test)]\nmod vectors;\n")), []);
        assert_eq!(check(&tree("mod vectors;\n")).len(), 1);
    }

    #[test]
    fn comments_hold_no_code() {
        let mut in_comment = false;
        let lines = ["/* a", "b", "c */", "/* d */ e();", "// f", "", "g(); // h"];
        let code: Vec<_> = lines
            .into_iter()
            .filter(|line| holds_code(line, &mut in_comment))
            .collect();
        assert_eq!(code, ["/* d */ e();", "g(); // h"]);
    }
}
