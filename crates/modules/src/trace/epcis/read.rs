//! From bytes to [`Document`]: read, check, then take out what the Trace module acts on.

use super::{
    check::{check_event, check_object, event_kind, expected},
    error::{EpcisError, Path},
    event::{Action, Document, DocumentKind, ErrorDeclaration, Event, EventKind, Party, Quantity},
    hash::event_hash_at,
    json::Json,
    namespace::Namespaces,
    schema,
    time::parse_time_ms,
    vocabulary::{
        BUSINESS_STEP, BUSINESS_TRANSACTION, DISPOSITION, ERROR_REASON, SOURCE_DESTINATION,
        Vocabulary,
    },
};

/// Reads an EPCIS 2.0 document in its JSON-LD binding: an `EPCISDocument`, an `EPCISQueryDocument`
/// or a single event.
///
/// # Errors
///
/// The first rule of the standard that the document breaks, with the path of the field.
pub fn parse(bytes: &[u8]) -> Result<Document, EpcisError> {
    let root = Json::read(bytes)?;
    let (kind, events) = checked_events(&root)?;
    let standard = Namespaces::default();
    let namespaces = standard.within(&root);
    let mut read = Vec::with_capacity(events.len());
    events.visit(&mut |event, path| {
        read.push(read_event(event, &namespaces.within(event), path)?);
        Ok(())
    })?;
    Ok(Document {
        kind,
        id: text(&root, "id"),
        events: read,
    })
}

/// The canonical pre-hash string of every event of a document, in order (CBV 2.0 section 8.9):
/// what [`Event::hash`] is the SHA-256 of. For people who want to see why two events differ.
///
/// # Errors
///
/// As [`parse`].
pub fn prehash_strings(bytes: &[u8]) -> Result<Vec<String>, EpcisError> {
    let root = Json::read(bytes)?;
    let (_, events) = checked_events(&root)?;
    let standard = Namespaces::default();
    let namespaces = standard.within(&root);
    let mut strings = Vec::with_capacity(events.len());
    events.visit(&mut |event, _| {
        strings.push(super::hash::prehash_string(
            event,
            &namespaces.within(event),
        )?);
        Ok(())
    })?;
    Ok(strings)
}

/// The events of a checked document and where they sit.
enum Events<'d> {
    One(&'d Json<'d>),
    List {
        events: &'d [Json<'d>],
        keys: &'static [&'static str],
    },
}

impl<'d> Events<'d> {
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::List { events, .. } => events.len(),
        }
    }

    fn visit(
        &self,
        each: &mut dyn FnMut(&'d Json<'d>, &Path<'_>) -> Result<(), EpcisError>,
    ) -> Result<(), EpcisError> {
        match self {
            Self::One(event) => each(event, &Path::Root),
            Self::List { events, keys } => visit_list(events, keys, &Path::Root, each),
        }
    }
}

fn visit_list<'d>(
    events: &'d [Json<'d>],
    keys: &[&str],
    path: &Path<'_>,
    each: &mut dyn FnMut(&'d Json<'d>, &Path<'_>) -> Result<(), EpcisError>,
) -> Result<(), EpcisError> {
    match keys.split_first() {
        Some((key, rest)) => visit_list(events, rest, &path.key(key), each),
        None => events
            .iter()
            .enumerate()
            .try_for_each(|(index, event)| each(event, &path.index(index))),
    }
}

/// Checks the whole document and finds its events.
fn checked_events<'d>(root: &'d Json<'d>) -> Result<(DocumentKind, Events<'d>), EpcisError> {
    if !matches!(root, Json::Object(_)) {
        return Err(expected("an object", root, &Path::Root));
    }
    let list = |keys: &'static [&'static str]| {
        let list = keys.iter().try_fold(root, |value, key| value.get(key));
        Events::List {
            events: list.map_or(&[], Json::elements),
            keys,
        }
    };
    match root.get("type").and_then(Json::as_str) {
        Some("EPCISDocument") => {
            check_object(&schema::DOCUMENT, root, &Path::Root)?;
            Ok((DocumentKind::Capture, list(&["epcisBody", "eventList"])))
        }
        Some("EPCISQueryDocument") => {
            check_object(&schema::QUERY_DOCUMENT, root, &Path::Root)?;
            let keys = &["epcisBody", "queryResults", "resultsBody", "eventList"];
            Ok((DocumentKind::Query, list(keys)))
        }
        _ => {
            check_event(root, &Path::Root)?;
            if root.get("@context").is_none() {
                let problem = "missing: an event outside a document needs it";
                return Err(Path::Root.key("@context").error(problem));
            }
            Ok((DocumentKind::SingleEvent, Events::One(root)))
        }
    }
}

/// Takes the fields out of an event that was checked; what the checker let pass is not checked
/// again.
fn read_event(
    event: &Json<'_>,
    namespaces: &Namespaces<'_>,
    path: &Path<'_>,
) -> Result<Event, EpcisError> {
    let kind = event_kind(event, path)?;
    let hash = event_hash_at(event, namespaces, path)?;
    let fields = Fields {
        event,
        namespaces,
        kind,
    };
    let declaration = event.get("errorDeclaration");
    let parties = |list, key| fields.parties(list, key, &SOURCE_DESTINATION);
    Ok(Event {
        kind,
        hash,
        event_id: text(event, "eventID"),
        event_time_ms: time(event, "eventTime").unwrap_or_default(),
        event_time_zone_offset: text(event, "eventTimeZoneOffset").unwrap_or_default(),
        action: fields
            .known("action")
            .and_then(Json::as_str)
            .and_then(read_action),
        biz_step: fields.word("bizStep", &BUSINESS_STEP),
        disposition: fields.word("disposition", &DISPOSITION),
        persistent_set: fields.persistent("set"),
        persistent_unset: fields.persistent("unset"),
        read_point: fields.place("readPoint"),
        biz_location: fields.place("bizLocation"),
        parent_id: fields.id("parentID"),
        epcs: fields.ids("epcList"),
        child_epcs: fields.ids("childEPCs"),
        input_epcs: fields.ids("inputEPCList"),
        output_epcs: fields.ids("outputEPCList"),
        quantities: fields.quantities("quantityList"),
        child_quantities: fields.quantities("childQuantityList"),
        input_quantities: fields.quantities("inputQuantityList"),
        output_quantities: fields.quantities("outputQuantityList"),
        transformation_id: fields.id("transformationID"),
        biz_transactions: fields.parties(
            "bizTransactionList",
            "bizTransaction",
            &BUSINESS_TRANSACTION,
        ),
        sources: parties("sourceList", "source"),
        destinations: parties("destinationList", "destination"),
        error_declaration: declaration.map(|object| read_error_declaration(object, namespaces)),
        has_ilmd: fields.known("ilmd").is_some(),
        has_sensor_data: !fields.list("sensorElementList").is_empty(),
    })
}

/// The fields of one checked event.
struct Fields<'e> {
    event: &'e Json<'e>,
    namespaces: &'e Namespaces<'e>,
    kind: EventKind,
}

impl<'e> Fields<'e> {
    /// A field beyond those of every event. An event type that the standard does not know has none,
    /// for nobody checked them.
    fn known(&self, key: &str) -> Option<&'e Json<'e>> {
        self.event
            .get(key)
            .filter(|_| self.kind != EventKind::Extended)
    }

    fn list(&self, key: &str) -> &'e [Json<'e>] {
        self.known(key).map_or(&[], Json::elements)
    }

    fn id(&self, key: &str) -> Option<String> {
        Some(expand(self.known(key)?.as_str()?, self.namespaces))
    }

    fn place(&self, key: &str) -> Option<String> {
        Some(expand(
            self.known(key)?.get("id")?.as_str()?,
            self.namespaces,
        ))
    }

    fn ids(&self, key: &str) -> Vec<String> {
        let ids = self.list(key).iter().filter_map(Json::as_str);
        ids.map(|id| expand(id, self.namespaces)).collect()
    }

    fn quantities(&self, key: &str) -> Vec<Quantity> {
        let read = |entry| read_quantity(entry, self.namespaces);
        self.list(key).iter().filter_map(read).collect()
    }

    fn parties(&self, list: &str, key: &str, vocabulary: &Vocabulary) -> Vec<Party> {
        let read = |entry| read_party(entry, key, vocabulary, self.namespaces);
        self.list(list).iter().filter_map(read).collect()
    }

    fn word(&self, key: &str, vocabulary: &Vocabulary) -> Option<String> {
        Some(vocabulary.normalise(self.known(key)?.as_str()?, self.namespaces))
    }

    fn persistent(&self, key: &str) -> Vec<String> {
        let list = self
            .known("persistentDisposition")
            .and_then(|both| both.get(key));
        let words = list
            .map_or(&[][..], Json::elements)
            .iter()
            .filter_map(Json::as_str);
        words
            .map(|word| DISPOSITION.normalise(word, self.namespaces))
            .collect()
    }
}

fn read_action(text: &str) -> Option<Action> {
    match text {
        "ADD" => Some(Action::Add),
        "OBSERVE" => Some(Action::Observe),
        "DELETE" => Some(Action::Delete),
        _ => None,
    }
}

fn read_quantity(entry: &Json<'_>, namespaces: &Namespaces<'_>) -> Option<Quantity> {
    Some(Quantity {
        epc_class: expand(entry.get("epcClass")?.as_str()?, namespaces),
        quantity: match entry.get("quantity") {
            Some(Json::Number(number)) => Some(number.to_string()),
            _ => None,
        },
        uom: text(entry, "uom"),
    })
}

fn read_party(
    entry: &Json<'_>,
    key: &str,
    vocabulary: &Vocabulary,
    namespaces: &Namespaces<'_>,
) -> Option<Party> {
    let kind = entry.get("type").and_then(Json::as_str);
    Some(Party {
        kind: kind.map(|word| vocabulary.normalise(word, namespaces)),
        id: expand(entry.get(key)?.as_str()?, namespaces),
    })
}

fn read_error_declaration(declaration: &Json<'_>, namespaces: &Namespaces<'_>) -> ErrorDeclaration {
    let reason = declaration.get("reason").and_then(Json::as_str);
    ErrorDeclaration {
        reason: reason.map(|word| ERROR_REASON.normalise(word, namespaces)),
        corrective_event_ids: declaration
            .get("correctiveEventIDs")
            .map(texts)
            .unwrap_or_default(),
        declaration_time_ms: time(declaration, "declarationTime").unwrap_or_default(),
    }
}

fn text(object: &Json<'_>, key: &str) -> Option<String> {
    object.get(key).and_then(Json::as_str).map(str::to_owned)
}

/// An identifier with its prefix written out, as JSON-LD reads it and the event hash covers it.
fn expand(id: &str, namespaces: &Namespaces<'_>) -> String {
    namespaces.expand_value(id).into_owned()
}

fn texts(list: &Json<'_>) -> Vec<String> {
    list.elements()
        .iter()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect()
}

fn time(object: &Json<'_>, key: &str) -> Option<i64> {
    object
        .get(key)
        .and_then(Json::as_str)
        .and_then(parse_time_ms)
}
