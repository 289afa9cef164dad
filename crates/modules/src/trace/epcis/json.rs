//! Reads JSON (RFC 8259) into a tree, within named limits.
//!
//! Numbers keep their text, objects keep the order of their members, and a key that appears twice
//! is an error: two readers must never see different documents in the same bytes.

use super::error::{EpcisError, Path};
use json_event_parser::{JsonEvent, SliceJsonParser};
use std::borrow::Cow;

/// Longest document in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;
/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 64;
/// Most values in a document; arrays and objects count as well as what they hold.
pub const MAX_NODES: usize = 65_536;

/// A JSON value that borrows from the document's bytes where no escape forces a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as written.
    Number(Cow<'a, str>),
    /// A string without its quotes and escapes.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Self>),
    /// An object; no key appears twice.
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Json<'a> {
    /// Reads one JSON value from `bytes`.
    ///
    /// # Errors
    ///
    /// Every [`EpcisError`] but those about fields of events; also a key that appears twice.
    pub fn read(bytes: &'a [u8]) -> Result<Self, EpcisError> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(EpcisError::TooLarge {
                bytes: bytes.len(),
                max: MAX_DOCUMENT_BYTES,
            });
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            return Err(EpcisError::NotUtf8 {
                offset: error.valid_up_to(),
            });
        }
        let mut parser = SliceJsonParser::new(bytes);
        let mut builder = Builder::default();
        loop {
            let event = parser.parse_next().map_err(|error| {
                let start = error.location().start;
                EpcisError::Syntax {
                    line: start.line.saturating_add(1),
                    column: start.column.saturating_add(1),
                }
            })?;
            if event == JsonEvent::Eof {
                // The parser reports an end without a value as a syntax error.
                return builder
                    .root
                    .ok_or(EpcisError::Syntax { line: 1, column: 1 });
            }
            builder.apply(event)?;
        }
    }

    /// The member `key` of an object; `None` for other values.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members()
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of an array; none for other values.
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The members of an object; none for other values.
    pub fn members(&self) -> &[(Cow<'a, str>, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// What kind of value this is, for error messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// A container that is still open.
enum Frame<'a> {
    Array(Vec<Json<'a>>),
    /// The members so far and the key whose value comes next.
    Object(Members<'a>, Cow<'a, str>),
}

#[derive(Default)]
struct Builder<'a> {
    open: Vec<Frame<'a>>,
    root: Option<Json<'a>>,
    nodes: usize,
}

impl<'a> Builder<'a> {
    fn apply(&mut self, event: JsonEvent<'a>) -> Result<(), EpcisError> {
        match event {
            JsonEvent::StartArray => self.start(Frame::Array(Vec::new())),
            JsonEvent::StartObject => self.start(Frame::Object(Vec::new(), Cow::Borrowed(""))),
            JsonEvent::ObjectKey(name) => {
                if let Some(Frame::Object(_, key)) = self.open.last_mut() {
                    *key = name;
                }
                Ok(())
            }
            JsonEvent::EndArray | JsonEvent::EndObject => match self.open.pop() {
                Some(Frame::Array(elements)) => {
                    self.place(Json::Array(elements));
                    Ok(())
                }
                Some(Frame::Object(members, _)) => {
                    self.refuse_duplicates(&members)?;
                    self.place(Json::Object(members));
                    Ok(())
                }
                None => Ok(()),
            },
            JsonEvent::String(text) => self.leaf(Json::String(text)),
            JsonEvent::Number(text) => self.leaf(Json::Number(text)),
            JsonEvent::Boolean(value) => self.leaf(Json::Boolean(value)),
            JsonEvent::Null => self.leaf(Json::Null),
            JsonEvent::Eof => Ok(()),
        }
    }

    fn start(&mut self, frame: Frame<'a>) -> Result<(), EpcisError> {
        self.count()?;
        if self.open.len() >= MAX_DEPTH {
            return Err(EpcisError::TooDeep {
                path: self.here(),
                max: MAX_DEPTH,
            });
        }
        self.open.push(frame);
        Ok(())
    }

    fn leaf(&mut self, value: Json<'a>) -> Result<(), EpcisError> {
        self.count()?;
        self.place(value);
        Ok(())
    }

    fn count(&mut self) -> Result<(), EpcisError> {
        if self.nodes >= MAX_NODES {
            return Err(EpcisError::TooManyNodes {
                path: self.here(),
                max: MAX_NODES,
            });
        }
        self.nodes += 1;
        Ok(())
    }

    fn place(&mut self, value: Json<'a>) {
        match self.open.last_mut() {
            Some(Frame::Array(elements)) => elements.push(value),
            Some(Frame::Object(members, key)) => members.push((std::mem::take(key), value)),
            None => self.root = Some(value),
        }
    }

    fn refuse_duplicates(&self, members: &Members<'a>) -> Result<(), EpcisError> {
        let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
        keys.sort_unstable();
        match keys.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => self.with_path(|path| {
                let key = pair.first().copied().unwrap_or_default();
                Err(path.key(key).error("the key appears twice in its object"))
            }),
            None => Ok(()),
        }
    }

    fn here(&self) -> String {
        self.with_path(|path| path.to_string())
    }

    /// Calls `use_path` with the place of the value that comes next.
    fn with_path<T>(&self, use_path: impl FnOnce(&Path<'_>) -> T) -> T {
        fn descend<T>(
            frames: &[Frame<'_>],
            path: &Path<'_>,
            use_path: impl FnOnce(&Path<'_>) -> T,
        ) -> T {
            match frames.split_first() {
                None => use_path(path),
                Some((Frame::Array(elements), rest)) => {
                    descend(rest, &path.index(elements.len()), use_path)
                }
                Some((Frame::Object(_, key), rest)) => descend(rest, &path.key(key), use_path),
            }
        }
        descend(&self.open, &Path::Root, use_path)
    }
}
