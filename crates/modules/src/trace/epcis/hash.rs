//! The standard event hash (CBV 2.0 section 8.9): an event in any spelling has one canonical
//! pre-hash string, whose SHA-256 names the event.
//!
//! The string is the event type, then the standard fields in a fixed order as `name=value`, values
//! of lists sorted, then everything else sorted. What is said about the event rather than in it
//! (`eventID`, `recordTime`, `errorDeclaration`, comments) does not count.
//!
//! Where the prose of the standard and the published test vectors differ, the vectors decide: the
//! `type` of a business transaction, source or destination stands before its value, and these
//! lists are sorted in among the master data and the private fields, behind the sensor data.

use super::{
    decimal::canonical_decimal,
    error::{EpcisError, Path},
    identifier::canonical_id,
    json::Json,
    namespace::Namespaces,
    time::{format_time_ms, parse_time_ms},
    vocabulary::{
        BUSINESS_STEP, BUSINESS_TRANSACTION, COMPONENT, DISPOSITION, MEASUREMENT, SENSOR_ALERT,
        SOURCE_DESTINATION, Vocabulary,
    },
};
use sha2::{Digest as _, Sha256};

/// Longest pre-hash string in bytes. Prefixes and identifiers grow when written out, so the limit
/// of the document does not bound it.
pub const MAX_PREHASH_BYTES: usize = 4 * super::json::MAX_DOCUMENT_BYTES;

/// The event hash of `event` under the prefixes of its document.
///
/// # Errors
///
/// [`EpcisError::Field`] where the canonical form is longer than [`MAX_PREHASH_BYTES`].
pub fn event_hash(event: &Json<'_>, namespaces: &Namespaces<'_>) -> Result<[u8; 32], EpcisError> {
    event_hash_at(event, namespaces, &Path::Root)
}

/// The canonical pre-hash string that [`event_hash`] is the SHA-256 of.
///
/// # Errors
///
/// As [`event_hash`].
pub fn prehash_string(event: &Json<'_>, namespaces: &Namespaces<'_>) -> Result<String, EpcisError> {
    prehash_string_at(event, namespaces, &Path::Root)
}

/// Writes an event hash as the URI that stands in `eventID`: `ni:///sha-256;…?ver=CBV2.0`
/// (RFC 6920).
pub fn hash_uri(hash: &[u8; 32]) -> String {
    format!(
        "ni:///sha-256;{}?ver=CBV2.0",
        alloy_primitives::hex::encode(hash)
    )
}

pub(super) fn event_hash_at(
    event: &Json<'_>,
    namespaces: &Namespaces<'_>,
    path: &Path<'_>,
) -> Result<[u8; 32], EpcisError> {
    let prehash = prehash_string_at(event, namespaces, path)?;
    Ok(Sha256::digest(prehash.as_bytes()).into())
}

fn prehash_string_at(
    event: &Json<'_>,
    namespaces: &Namespaces<'_>,
    path: &Path<'_>,
) -> Result<String, EpcisError> {
    let mut writer = Writer {
        namespaces,
        written: 0,
    };
    let name = event.get("type").and_then(Json::as_str).unwrap_or_default();
    let kind = writer.leaf("eventType", &namespaces.expand_value(name));
    let fields = writer.fields(event, EVENT);
    if writer.is_full() {
        let problem = format!("the canonical form is longer than {MAX_PREHASH_BYTES} bytes");
        return Err(path.error(problem));
    }
    Ok(kind + &fields)
}

/// One standard field and how its value is written.
struct Entry {
    name: &'static str,
    form: Form,
}

enum Form {
    /// `name=value`, for each element where the value is a list.
    Value,
    /// The same for a point in time.
    Time,
    /// The same for a word of a vocabulary.
    Word(&'static Vocabulary),
    /// The name once, then `epc=value` for each element.
    Epcs,
    /// The name once, then for each element the given word and its fields.
    Elements(&'static str, &'static [Entry]),
    /// For each element, or for the one object, the name and its fields.
    Fields(&'static [Entry]),
    /// As `Elements` without a word, but sorted in among the private fields.
    Late(&'static [Entry]),
    /// Not part of the hash.
    Ignored,
}

const fn entry(name: &'static str, form: Form) -> Entry {
    Entry { name, form }
}

static EVENT: &[Entry] = &[
    entry("@context", Form::Ignored),
    entry("type", Form::Ignored),
    entry("recordTime", Form::Ignored),
    entry("eventID", Form::Ignored),
    entry("errorDeclaration", Form::Ignored),
    entry("eventTime", Form::Time),
    entry("eventTimeZoneOffset", Form::Value),
    entry("certificationInfo", Form::Value),
    entry("parentID", Form::Value),
    entry("epcList", Form::Epcs),
    entry("inputEPCList", Form::Epcs),
    entry("childEPCs", Form::Epcs),
    entry("quantityList", Form::Elements("quantityElement", QUANTITY)),
    entry(
        "childQuantityList",
        Form::Elements("quantityElement", QUANTITY),
    ),
    entry(
        "inputQuantityList",
        Form::Elements("quantityElement", QUANTITY),
    ),
    entry("outputEPCList", Form::Epcs),
    entry(
        "outputQuantityList",
        Form::Elements("quantityElement", QUANTITY),
    ),
    entry("action", Form::Value),
    entry("transformationID", Form::Value),
    entry("bizStep", Form::Word(&BUSINESS_STEP)),
    entry("disposition", Form::Word(&DISPOSITION)),
    entry(
        "persistentDisposition",
        Form::Fields(PERSISTENT_DISPOSITION),
    ),
    entry("readPoint", Form::Fields(PLACE)),
    entry("bizLocation", Form::Fields(PLACE)),
    entry(
        "sensorElementList",
        Form::Elements("sensorElement", SENSOR_ELEMENT),
    ),
    entry("bizTransactionList", Form::Late(BUSINESS_TRANSACTION_ENTRY)),
    entry("sourceList", Form::Late(SOURCE)),
    entry("destinationList", Form::Late(DESTINATION)),
];

static QUANTITY: &[Entry] = &[
    entry("epcClass", Form::Value),
    entry("quantity", Form::Value),
    entry("uom", Form::Value),
];

static PERSISTENT_DISPOSITION: &[Entry] = &[
    entry("set", Form::Word(&DISPOSITION)),
    entry("unset", Form::Word(&DISPOSITION)),
];

static PLACE: &[Entry] = &[entry("id", Form::Value)];

static BUSINESS_TRANSACTION_ENTRY: &[Entry] = &[
    entry("type", Form::Word(&BUSINESS_TRANSACTION)),
    entry("bizTransaction", Form::Value),
];

static SOURCE: &[Entry] = &[
    entry("type", Form::Word(&SOURCE_DESTINATION)),
    entry("source", Form::Value),
];

static DESTINATION: &[Entry] = &[
    entry("type", Form::Word(&SOURCE_DESTINATION)),
    entry("destination", Form::Value),
];

static SENSOR_ELEMENT: &[Entry] = &[
    entry("sensorMetadata", Form::Fields(SENSOR_METADATA)),
    entry("sensorReport", Form::Fields(SENSOR_REPORT)),
];

static SENSOR_METADATA: &[Entry] = &[
    entry("time", Form::Time),
    entry("startTime", Form::Time),
    entry("endTime", Form::Time),
    entry("deviceID", Form::Value),
    entry("deviceMetadata", Form::Value),
    entry("rawData", Form::Value),
    entry("dataProcessingMethod", Form::Value),
    entry("bizRules", Form::Value),
];

static SENSOR_REPORT: &[Entry] = &[
    entry("type", Form::Word(&MEASUREMENT)),
    entry("exception", Form::Word(&SENSOR_ALERT)),
    entry("deviceID", Form::Value),
    entry("deviceMetadata", Form::Value),
    entry("rawData", Form::Value),
    entry("dataProcessingMethod", Form::Value),
    entry("time", Form::Time),
    entry("microorganism", Form::Value),
    entry("chemicalSubstance", Form::Value),
    entry("value", Form::Value),
    entry("component", Form::Word(&COMPONENT)),
    entry("stringValue", Form::Value),
    entry("booleanValue", Form::Value),
    entry("hexBinaryValue", Form::Value),
    entry("uriValue", Form::Value),
    entry("minValue", Form::Value),
    entry("maxValue", Form::Value),
    entry("meanValue", Form::Value),
    entry("sDev", Form::Value),
    entry("percRank", Form::Value),
    entry("percValue", Form::Value),
    entry("uom", Form::Value),
    entry("coordinateReferenceSystem", Form::Value),
];

/// Comments never count, wherever they stand.
const COMMENTS: &[&str] = &["rdfs:comment", "comment"];
/// The text of an element that has attributes too, where a document was converted from XML.
const TEXT_KEY: &str = "#text";

struct Writer<'w> {
    namespaces: &'w Namespaces<'w>,
    /// Bytes of names and values so far; past the limit nothing more is written.
    written: usize,
}

impl Writer<'_> {
    /// The standard fields of `object` in their order, then all others sorted.
    fn fields(&mut self, object: &Json<'_>, order: &[Entry]) -> String {
        let mut text = String::new();
        let mut late = Vec::new();
        for entry in order {
            let Some(value) = object.get(entry.name) else {
                continue;
            };
            match &entry.form {
                Form::Late(order) => {
                    late.extend(self.elements(entry.name, value, "", order));
                }
                form => text.push_str(&self.field(entry.name, value, form)),
            }
        }
        for (key, value) in object.members() {
            if order.iter().all(|entry| entry.name != key) {
                self.private(key, value, &mut late);
            }
        }
        late.sort_unstable();
        text + &late.concat()
    }

    fn field(&mut self, name: &str, value: &Json<'_>, form: &Form) -> String {
        match form {
            Form::Value => self.each(value, |writer, value| {
                writer.leaf(name, &canonical_value(value, writer.namespaces))
            }),
            Form::Time => self.each(value, |writer, value| {
                let time = value.as_str().and_then(|text| parse_time_ms(text.trim()));
                let text = time.map(format_time_ms);
                writer.leaf(name, &text.unwrap_or_else(|| plain(value)))
            }),
            Form::Word(vocabulary) => self.each(value, |writer, value| {
                let word = plain(value);
                writer.leaf(name, &vocabulary.expand(&word, writer.namespaces))
            }),
            Form::Epcs => {
                let epcs = self.each(value, |writer, value| {
                    writer.leaf("epc", &canonical_value(value, writer.namespaces))
                });
                if epcs.is_empty() {
                    epcs
                } else {
                    format!("{name}{epcs}")
                }
            }
            Form::Elements(word, order) => {
                self.elements(name, value, word, order).unwrap_or_default()
            }
            Form::Fields(order) => self.each(value, |writer, value| {
                let fields = writer.fields(value, order);
                if fields.is_empty() {
                    fields
                } else {
                    format!("{name}{fields}")
                }
            }),
            Form::Late(_) | Form::Ignored => String::new(),
        }
    }

    fn elements(
        &mut self,
        name: &str,
        value: &Json<'_>,
        word: &str,
        order: &[Entry],
    ) -> Option<String> {
        let elements = self.each(value, |writer, value| {
            let fields = writer.fields(value, order);
            if fields.is_empty() {
                fields
            } else {
                format!("{word}{fields}")
            }
        });
        (!elements.is_empty()).then(|| format!("{name}{elements}"))
    }

    /// What `write` makes of each element of a list, sorted; or of the value itself.
    fn each(&mut self, value: &Json<'_>, write: impl Fn(&mut Self, &Json<'_>) -> String) -> String {
        match value {
            Json::Array(elements) => {
                let mut texts: Vec<String> = elements
                    .iter()
                    .map(|element| write(self, element))
                    .collect();
                texts.sort_unstable();
                texts.concat()
            }
            _ => write(self, value),
        }
    }

    /// Master data or a private field: one text for each element of a list.
    fn private(&mut self, key: &str, value: &Json<'_>, texts: &mut Vec<String>) {
        if COMMENTS.contains(&key) || key == TEXT_KEY {
            return;
        }
        match value {
            Json::Array(elements) => {
                for element in elements {
                    texts.extend(self.private_one(key, element));
                }
            }
            _ => texts.extend(self.private_one(key, value)),
        }
    }

    fn private_one(&mut self, key: &str, value: &Json<'_>) -> Option<String> {
        if self.is_full() {
            return None;
        }
        let name = match self.namespaces.split_key(key) {
            Some((namespace, local)) => format!("{{{namespace}}}{local}"),
            None => key.to_owned(),
        };
        let mut inner = Vec::new();
        let text = match value {
            // JSON-LD takes null for a field that is not there.
            Json::Null => return None,
            Json::Array(_) => {
                self.private("", value, &mut inner);
                String::new()
            }
            Json::Object(members) => {
                for (key, value) in members {
                    self.private(key, value, &mut inner);
                }
                value.get(TEXT_KEY).map(plain).unwrap_or_default()
            }
            scalar => canonical_value(scalar, self.namespaces),
        };
        let head = if text.is_empty() {
            self.take(name)
        } else {
            self.leaf(&name, &text)
        };
        inner.sort_unstable();
        Some(head + &inner.concat())
    }

    /// `name=value`, or nothing where the value is empty.
    fn leaf(&mut self, name: &str, value: &str) -> String {
        if value.is_empty() || self.is_full() {
            return String::new();
        }
        self.take(format!("{name}={value}"))
    }

    fn take(&mut self, text: String) -> String {
        self.written = self.written.saturating_add(text.len());
        if self.is_full() { String::new() } else { text }
    }

    fn is_full(&self) -> bool {
        self.written > MAX_PREHASH_BYTES
    }
}

/// A string, number or boolean as text without space around it; empty for other values.
fn plain(value: &Json<'_>) -> String {
    match value {
        Json::String(text) | Json::Number(text) => text.trim().to_owned(),
        Json::Boolean(value) => value.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => String::new(),
    }
}

/// A value in its one canonical spelling: prefixes expanded, numbers without needless zeros, GS1
/// identifiers as canonical GS1 Digital Link.
///
/// Strings that look like numbers are treated as such, for in XML, where the same event must have
/// the same hash, the two cannot be told apart.
fn canonical_value(value: &Json<'_>, namespaces: &Namespaces<'_>) -> String {
    let text = plain(value);
    if let Some(number) = canonical_decimal(&text) {
        return number;
    }
    canonical_id(&namespaces.expand_value(&text))
}
