//! Walks a document along the tables of [`schema`](super::schema) and names the first field that
//! breaks the standard.

use super::{
    decimal::{MAX_DECIMAL_DIGITS, canonical_decimal},
    error::{EpcisError, Path, quote},
    event::EventKind,
    json::Json,
    namespace::{MAX_NAMESPACE_BYTES, namespace_of},
    schema::{self, List, Others, Rule, Shape},
    time,
    uri::{is_uri, is_uri_or_blank_node},
    vocabulary::Vocabulary,
};

/// Checks `value` against `shape`; missing fields are reported after wrong ones.
pub(super) fn check_object(
    shape: &'static Shape,
    value: &Json<'_>,
    path: &Path<'_>,
) -> Result<(), EpcisError> {
    let Json::Object(members) = value else {
        return Err(expected("an object", value, path));
    };
    for (key, member) in members {
        let here = path.key(key);
        match shape.field(key) {
            Some(field) => check_value(&field.rule, member, &here)?,
            None => check_other(shape.others, key, &here)?,
        }
    }
    match shape
        .all()
        .find(|field| field.required && value.get(field.name).is_none())
    {
        Some(missing) => Err(path
            .key(missing.name)
            .error("missing: the standard requires it")),
        None => Ok(()),
    }
}

/// Checks an event: its `type` chooses the shape.
pub(super) fn check_event(value: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    if !matches!(value, Json::Object(_)) {
        return Err(expected("an event object", value, path));
    }
    let kind = event_kind(value, path)?;
    let shape = match kind {
        EventKind::Object => &schema::OBJECT_EVENT,
        EventKind::Aggregation => &schema::AGGREGATION_EVENT,
        EventKind::Transaction => &schema::TRANSACTION_EVENT,
        EventKind::Transformation => &schema::TRANSFORMATION_EVENT,
        EventKind::Association => &schema::ASSOCIATION_EVENT,
        EventKind::Extended => &schema::EXTENDED_EVENT,
    };
    check_object(shape, value, path)?;
    check_what(kind, value, path)?;
    let adds = value.get("action").and_then(Json::as_str) == Some("ADD");
    if kind == EventKind::Object && value.get("ilmd").is_some() && !adds {
        return Err(path
            .key("ilmd")
            .error("allowed in an object event with action ADD only"));
    }
    if value
        .get("persistentDisposition")
        .is_some_and(|both| both.members().is_empty())
    {
        return Err(path
            .key("persistentDisposition")
            .error("needs set, unset or both"));
    }
    Ok(())
}

/// The type of an event, from its `type` field.
pub(super) fn event_kind(event: &Json<'_>, path: &Path<'_>) -> Result<EventKind, EpcisError> {
    let path = path.key("type");
    let Some(value) = event.get("type") else {
        return Err(path.error("missing: it says what the object is, such as ObjectEvent"));
    };
    let Some(name) = value.as_str() else {
        return Err(expected("a string", value, &path));
    };
    match name {
        "ObjectEvent" => Ok(EventKind::Object),
        "AggregationEvent" => Ok(EventKind::Aggregation),
        "TransactionEvent" => Ok(EventKind::Transaction),
        "TransformationEvent" => Ok(EventKind::Transformation),
        "AssociationEvent" => Ok(EventKind::Association),
        uri if is_uri(uri) => Ok(EventKind::Extended),
        other => Err(path.error(format!(
            "{} is not one of ObjectEvent, AggregationEvent, TransactionEvent, \
             TransformationEvent, AssociationEvent, nor the URI of a private event type",
            quote(other)
        ))),
    }
}

/// Every event type says in its own fields what it is about (EPCIS 2.0 section 7.4).
fn check_what(kind: EventKind, event: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    let some = |key: &str| {
        event
            .get(key)
            .is_some_and(|list| !list.elements().is_empty())
    };
    let has = |key: &str| event.get(key).is_some();
    let deletes = event.get("action").and_then(Json::as_str) == Some("DELETE");
    let (is_complete, field, problem) = match kind {
        EventKind::Object => (
            has("epcList")
                || some("quantityList")
                || (some("sensorElementList") && has("readPoint")),
            "epcList",
            "missing: the event needs epcList, a quantityList that is not empty, or a \
             sensorElementList with a readPoint",
        ),
        EventKind::Transaction => (
            has("epcList") || some("quantityList") || deletes,
            "epcList",
            "missing: the event needs epcList, a quantityList that is not empty, or action DELETE",
        ),
        EventKind::Aggregation | EventKind::Association => (
            some("childEPCs") || some("childQuantityList") || deletes,
            "childEPCs",
            "missing: the event needs childEPCs or a childQuantityList that is not empty, or \
             action DELETE",
        ),
        EventKind::Transformation => {
            let inputs = some("inputEPCList") || some("inputQuantityList");
            let outputs = some("outputEPCList") || some("outputQuantityList");
            let joined = has("transformationID") && (inputs || outputs);
            (
                (inputs && outputs) || joined,
                if inputs {
                    "outputEPCList"
                } else {
                    "inputEPCList"
                },
                "missing: the event needs inputs and outputs, or one of them with a \
                 transformationID",
            )
        }
        EventKind::Extended => (true, "", ""),
    };
    if is_complete {
        Ok(())
    } else {
        Err(path.key(field).error(problem))
    }
}

fn check_other(others: Others, key: &str, path: &Path<'_>) -> Result<(), EpcisError> {
    match others {
        Others::Any => Ok(()),
        Others::Extensions if is_uri(key) => Ok(()),
        Others::Extensions => Err(path.error(
            "the standard has no such field here; a private field needs a namespace, such as \
             example:weight with example declared in @context",
        )),
        Others::Refused => {
            Err(path.error("the standard has no such field here and allows no private one"))
        }
    }
}

fn check_value(rule: &'static Rule, value: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    match rule {
        Rule::Object(shape) => check_object(shape, value, path),
        Rule::Event => check_event(value, path),
        Rule::List(list) => check_list(list, value, path),
        Rule::Context => check_context(value, path),
        Rule::UriOrUris => match value {
            Json::Array(_) => check_each(&Rule::Uri, value, path),
            _ => check_value(&Rule::Uri, value, path),
        },
        Rule::MasterDataValue => match value {
            Json::Number(_) | Json::String(_) | Json::Object(_) => Ok(()),
            _ => Err(expected("a number, a string or an object", value, path)),
        },
        Rule::Boolean => match value {
            Json::Boolean(_) => Ok(()),
            _ => Err(expected("true or false", value, path)),
        },
        Rule::Number => match value {
            Json::Number(text) if canonical_decimal(text).is_some() => Ok(()),
            Json::Number(_) => Err(path.error(format!(
                "the number needs more than {MAX_DECIMAL_DIGITS} digits"
            ))),
            _ => Err(expected("a number", value, path)),
        },
        Rule::Word(vocabulary) => check_word(vocabulary, value, path),
        _ => check_text(rule, value, path),
    }
}

/// The rules for strings that look at nothing but the string.
fn check_text(rule: &Rule, value: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    let Some(text) = value.as_str() else {
        return Err(expected("a string", value, path));
    };
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_unit_byte = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let (is_right, wanted) = match rule {
        Rule::Uri => (
            is_uri(text),
            "a URI, such as urn:epc:id:sgtin:4012345.011111.9876",
        ),
        Rule::Id => (
            is_uri_or_blank_node(text),
            "a URI or a blank node such as _:document1",
        ),
        Rule::Time => (
            time::parse_time_ms(text).is_some(),
            "a date and time with its offset, such as 2026-04-05T08:30:00.000+08:00",
        ),
        Rule::Offset => (time::is_offset(text), "an offset between -14:00 and +14:00"),
        Rule::Version => (text.split('.').all(is_digits), "a version such as 2.0"),
        Rule::Hexadecimal => (
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit()),
            "a string of hexadecimal digits",
        ),
        Rule::Unit => (
            (2..=3).contains(&text.len()) && text.bytes().all(is_unit_byte),
            "a unit code of two or three capitals or digits, such as KGM",
        ),
        Rule::Action => {
            let is_action = matches!(text, "ADD" | "OBSERVE" | "DELETE");
            (is_action, "one of ADD, OBSERVE, DELETE")
        }
        _ => (true, ""),
    };
    if is_right {
        Ok(())
    } else {
        Err(path.error(format!("{} is not {wanted}", quote(text))))
    }
}

fn check_word(
    vocabulary: &Vocabulary,
    value: &Json<'_>,
    path: &Path<'_>,
) -> Result<(), EpcisError> {
    let Some(text) = value.as_str() else {
        return Err(expected("a string", value, path));
    };
    if vocabulary.has_word(text) || (is_uri(text) && !vocabulary.is_reserved(text)) {
        return Ok(());
    }
    let text_quoted = quote(text);
    Err(path.error(match vocabulary.word_of_uri(text) {
        Some(word) => format!(
            "{text_quoted} must be written as the bare word {}",
            quote(word)
        ),
        None => format!(
            "{text_quoted} is not a {} of the standard, nor the URI of a private one",
            vocabulary.name
        ),
    }))
}

fn check_list(list: &'static List, value: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    check_each(&list.of, value, path)?;
    if value.elements().len() < list.at_least {
        return Err(path.error("the list is empty: leave the field out or fill it"));
    }
    if list.unique {
        refuse_repeated(value, path)
    } else {
        Ok(())
    }
}

fn check_each(rule: &'static Rule, value: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    let Json::Array(elements) = value else {
        return Err(expected("an array", value, path));
    };
    for (index, element) in elements.iter().enumerate() {
        check_value(rule, element, &path.index(index))?;
    }
    Ok(())
}

fn refuse_repeated(value: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    let mut texts: Vec<&str> = value.elements().iter().filter_map(Json::as_str).collect();
    texts.sort_unstable();
    match texts.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => {
            let text = quote(pair.first().copied().unwrap_or_default());
            Err(path.error(format!("{text} appears twice in the list")))
        }
        None => Ok(()),
    }
}

fn check_context(value: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    match value {
        Json::Array(parts) => {
            for (index, part) in parts.iter().enumerate() {
                check_context_part(part, &path.index(index))?;
            }
            refuse_repeated(value, path)
        }
        _ => check_context_part(value, path),
    }
}

fn check_context_part(value: &Json<'_>, path: &Path<'_>) -> Result<(), EpcisError> {
    match value {
        Json::String(_) => check_value(&Rule::Uri, value, path),
        Json::Object(members) => {
            let is_too_long = |definition: &Json<'_>| {
                namespace_of(definition).is_some_and(|uri| uri.len() > MAX_NAMESPACE_BYTES)
            };
            match members
                .iter()
                .find(|(_, definition)| is_too_long(definition))
            {
                Some((prefix, _)) => Err(path.key(prefix).error(format!(
                    "a namespace has at most {MAX_NAMESPACE_BYTES} bytes"
                ))),
                None => Ok(()),
            }
        }
        _ => Err(expected("a URI or an object", value, path)),
    }
}

/// The error for a value of the wrong JSON type.
pub(super) fn expected(wanted: &str, value: &Json<'_>, path: &Path<'_>) -> EpcisError {
    path.error(format!("found {}, expected {wanted}", value.kind()))
}
