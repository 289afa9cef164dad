//! SPDX licence expressions: which ones does a list of allowed licences satisfy?

/// Whether the `allowed` licences satisfy the expression.
///
/// Reads `OR`, `AND`, `WITH` and parentheses, and the older `MIT/Apache-2.0`, which means `OR`.
///
/// # Errors
/// Returns what is wrong with an expression that does not parse; such a crate needs a look.
pub(super) fn is_satisfied(expression: &str, allowed: &[&str]) -> Result<bool, String> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser {
        words: &words,
        allowed,
    };
    let satisfied = parser.any()?;
    match parser.words.first() {
        None => Ok(satisfied),
        Some(word) => Err(format!("`{expression}` has `{word}` where it should end")),
    }
}

/// Recursive descent over the words; OR binds loosest, WITH tightest.
struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a [&'a str],
}

impl Parser<'_> {
    fn any(&mut self) -> Result<bool, String> {
        let mut satisfied = self.all()?;
        while self.take("OR") {
            satisfied |= self.all()?;
        }
        Ok(satisfied)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut satisfied = self.one()?;
        while self.take("AND") {
            satisfied &= self.one()?;
        }
        Ok(satisfied)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let satisfied = self.any()?;
            return self
                .take(")")
                .then_some(satisfied)
                .ok_or("`)` is missing".to_owned());
        }
        let mut licence = self.next()?.to_owned();
        if self.take("WITH") {
            licence = format!("{licence} WITH {}", self.next()?);
        }
        Ok(self.allowed.contains(&licence.as_str()))
    }

    fn next(&mut self) -> Result<&str, String> {
        let (first, rest) = self.words.split_first().ok_or("a licence is missing")?;
        if ["OR", "AND", "WITH", ")"].contains(first) {
            return Err(format!("`{first}` stands where a licence should"));
        }
        self.words = rest;
        Ok(first)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: &[&str] = &["MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"];

    #[test]
    fn reads_expressions() {
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("GPL-2.0-only OR MIT", true),
            ("MIT AND GPL-2.0-only", false),
            ("MIT/GPL-2.0-only", true),
            ("Apache-2.0 / MIT", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0 WITH Other-exception", false),
            ("ISC AND (Apache-2.0 OR GPL-3.0-only)", true),
            ("GPL-3.0-only AND (MIT OR ISC)", false),
            ("MIT OR GPL-3.0-only AND LGPL-3.0-only", true),
        ] {
            assert_eq!(
                is_satisfied(expression, ALLOWED),
                Ok(expected),
                "{expression}"
            );
        }
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for expression in [
            "", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT ISC", "MIT WITH",
        ] {
            assert!(is_satisfied(expression, ALLOWED).is_err(), "{expression}");
        }
    }
}
