//! Why a document is refused, and where in the document the reason sits.

use std::fmt;
use thiserror::Error;

/// Longest piece of a document that an error message repeats, in characters.
pub const MAX_QUOTED_CHARS: usize = 64;

/// Why [`parse`](super::parse) refuses a document.
///
/// The texts are deterministic: they may become revert data, which contracts can read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EpcisError {
    /// The document is longer than [`MAX_DOCUMENT_BYTES`](super::MAX_DOCUMENT_BYTES).
    #[error("the document has {bytes} bytes, the limit is {max}: split it into several captures")]
    TooLarge {
        /// Length of the document in bytes.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The bytes are not UTF-8.
    #[error("byte {offset} of the document is not UTF-8")]
    NotUtf8 {
        /// Offset of the first wrong byte.
        offset: usize,
    },
    /// The text is not JSON (RFC 8259).
    #[error("line {line}, column {column}: not JSON; documents are taken in the JSON-LD binding")]
    Syntax {
        /// Line of the mistake, from 1.
        line: u64,
        /// Column of the mistake, from 1.
        column: u64,
    },
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("{path}: nested deeper than {max} levels")]
    TooDeep {
        /// Where the limit was passed.
        path: String,
        /// The limit.
        max: usize,
    },
    /// The document has more values than [`MAX_NODES`](super::MAX_NODES).
    #[error("{path}: the document has more than {max} values: split it into several captures")]
    TooManyNodes {
        /// Where the limit was passed.
        path: String,
        /// The limit.
        max: usize,
    },
    /// A field breaks a rule of the standard.
    #[error("{path}: {problem}")]
    Field {
        /// Path of the field, such as `epcisBody.eventList[2].action`.
        path: String,
        /// What is wrong with it and what the standard allows.
        problem: String,
    },
}

/// A place in a document, held on the stack while the checker descends and written out only for an
/// error.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'a> {
    Root,
    Key(&'a Self, &'a str),
    Index(&'a Self, usize),
}

impl<'a> Path<'a> {
    pub(super) fn key(&'a self, key: &'a str) -> Self {
        Self::Key(self, key)
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Self::Index(self, index)
    }

    /// The error that `problem` holds at this place.
    pub(super) fn error(&self, problem: impl Into<String>) -> EpcisError {
        EpcisError::Field {
            path: self.to_string(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("document"),
            Self::Key(Path::Root, key) => f.write_str(&clip(key)),
            Self::Key(parent, key) => write!(f, "{parent}.{}", clip(key)),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// `text` in double quotes, shortened to [`MAX_QUOTED_CHARS`].
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", clip(text))
}

fn clip(text: &str) -> String {
    let mut chars = text.chars();
    let mut clipped: String = chars
        .by_ref()
        .take(MAX_QUOTED_CHARS)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    if chars.next().is_some() {
        clipped.push('…');
    }
    clipped
}
