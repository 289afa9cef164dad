//! Single rules, as tables.

use super::event_with;
use crate::trace::epcis::{
    Action, DocumentKind, EpcisError, EventKind, Json, MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_NODES,
    Party, Quantity, format_time_ms, parse, prehash_strings,
};

fn error_of(document: &str) -> String {
    parse(document.as_bytes()).expect_err(document).to_string()
}

#[test]
fn json_keeps_order_and_number_text() {
    let json = Json::read(br#"{"b": 1.50, "a": [-0, 1E+2, "\u8336\ud83c\udf75"], "c": null}"#);
    let number = |text: &'static str| Json::Number(text.into());
    let expected = Json::Object(vec![
        ("b".into(), number("1.50")),
        (
            "a".into(),
            Json::Array(vec![
                number("-0"),
                number("1E+2"),
                Json::String("茶🍵".into()),
            ]),
        ),
        ("c".into(), Json::Null),
    ]);
    assert_eq!(json.unwrap(), expected);
}

#[test]
fn json_refuses_what_is_not_json() {
    for text in [
        "",
        " ",
        "{",
        "{\"a\"}",
        "{\"a\":1,}",
        "[1,]",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[NaN]",
        "{'a':1}",
        "{} {}",
        "[\"\\x\"]",
        "[\"\u{1}\"]",
        "[\"\\ud800\"]",
        "nul",
        "[1 2]",
        "// no\n{}",
        "\"open",
    ] {
        let error = Json::read(text.as_bytes()).expect_err(text);
        assert!(
            matches!(error, EpcisError::Syntax { .. }),
            "{text}: {error}"
        );
    }
    let error = Json::read(b"{\"a\":\n  tru}").unwrap_err();
    assert_eq!(error, EpcisError::Syntax { line: 2, column: 3 });
    let error = Json::read(b"\"\xff\"").unwrap_err();
    assert_eq!(error, EpcisError::NotUtf8 { offset: 1 });
}

#[test]
fn json_refuses_a_key_that_appears_twice() {
    for (text, path) in [
        (r#"{"a":1,"b":2,"a":1}"#, "a"),
        (r#"{"x":[0,{"y":{"k":1,"\u006b":2}}]}"#, "x[1].y.k"),
    ] {
        let error = Json::read(text.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{path}: the key appears twice in its object")
        );
    }
}

#[test]
fn json_limits_hold_exactly() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::read(nested(MAX_DEPTH).as_bytes()).is_ok());
    let error = Json::read(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err();
    assert!(matches!(error, EpcisError::TooDeep { .. }), "{error}");

    let wide = |nodes: usize| format!("[{}]", vec!["1"; nodes - 1].join(","));
    assert!(Json::read(wide(MAX_NODES).as_bytes()).is_ok());
    let error = Json::read(wide(MAX_NODES + 1).as_bytes()).unwrap_err();
    assert!(matches!(error, EpcisError::TooManyNodes { .. }), "{error}");

    let long = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    assert!(Json::read(long(MAX_DOCUMENT_BYTES).as_bytes()).is_ok());
    let error = Json::read(long(MAX_DOCUMENT_BYTES + 1).as_bytes()).unwrap_err();
    assert!(matches!(error, EpcisError::TooLarge { .. }), "{error}");
}

#[test]
fn fields_are_taken_out() {
    let document = event_with(
        r#""action": "ADD", "eventID": "_:e1", "bizStep": "cbv:BizStep-shipping",
           "disposition": "https://ref.gs1.org/cbv/Disp-in_transit",
           "persistentDisposition": {"set": ["recalled"], "unset": ["example:odd"]},
           "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
           "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1",
                             "quantity": 12.50, "uom": "KGM"}],
           "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
           "bizTransactionList": [{"bizTransaction": "urn:x:1"}],
           "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4000001.00000"}],
           "destinationList": [{"type": "example:yard", "destination": "urn:x:yard"}],
           "errorDeclaration": {"declarationTime": "2026-04-06T00:00:00Z",
                                "reason": "incorrect_data", "correctiveEventIDs": ["urn:x:e2"]},
           "ilmd": {"example:garden": "Shifeng"}"#,
    );
    let document = parse(document.as_bytes()).unwrap();
    assert_eq!(
        (document.kind, document.events.len()),
        (DocumentKind::SingleEvent, 1)
    );
    let event = &document.events[0];
    assert_eq!(
        (event.kind, event.action),
        (EventKind::Object, Some(Action::Add))
    );
    assert_eq!(event.event_id.as_deref(), Some("_:e1"));
    assert_eq!(event.biz_step.as_deref(), Some("shipping"));
    assert_eq!(event.disposition.as_deref(), Some("in_transit"));
    assert_eq!(event.persistent_set, ["recalled"]);
    assert_eq!(event.persistent_unset, ["https://ns.example.com/epcis/odd"]);
    assert_eq!(
        format_time_ms(event.event_time_ms),
        "2026-04-05T00:30:00.000Z"
    );
    assert_eq!(event.event_time_zone_offset, "+08:00");
    assert_eq!(event.epcs, ["urn:epc:id:sgtin:4012345.011111.9876"]);
    let quantity = Quantity {
        epc_class: "urn:epc:class:lgtin:4012345.012345.L1".to_owned(),
        quantity: Some("12.50".to_owned()),
        uom: Some("KGM".to_owned()),
    };
    assert_eq!(event.quantities, [quantity]);
    assert_eq!(
        event.read_point.as_deref(),
        Some("urn:epc:id:sgln:4012345.00005.0")
    );
    let party = |kind: Option<&str>, id: &str| Party {
        kind: kind.map(str::to_owned),
        id: id.to_owned(),
    };
    assert_eq!(event.biz_transactions, [party(None, "urn:x:1")]);
    assert_eq!(
        event.sources,
        [party(Some("owning_party"), "urn:epc:id:pgln:4000001.00000")]
    );
    let yard = party(Some("https://ns.example.com/epcis/yard"), "urn:x:yard");
    assert_eq!(event.destinations, [yard]);
    let declaration = event.error_declaration.as_ref().unwrap();
    assert_eq!(declaration.reason.as_deref(), Some("incorrect_data"));
    assert_eq!(declaration.corrective_event_ids, ["urn:x:e2"]);
    assert_eq!(
        format_time_ms(declaration.declaration_time_ms),
        "2026-04-06T00:00:00.000Z"
    );
    assert!(event.has_ilmd && !event.has_sensor_data);
}

/// A document must not say one thing to the hash and another to whoever reads the events.
#[test]
fn prefixes_are_written_out_in_identifiers() {
    let document = event_with(
        r#""action": "ADD", "epcList": ["example:tin", "urn:epc:id:sscc:4012345.0000000333"],
           "quantityList": [{"epcClass": "example:lot"}], "readPoint": {"id": "example:gate"},
           "sourceList": [{"type": "location", "source": "example:hill"}]"#,
    );
    let document = document.replace("{\"example\"", "{\"urn\": \"urn:odd:\", \"example\"");
    let event = parse(document.as_bytes()).unwrap().events.remove(0);
    let name = |local: &str| format!("https://ns.example.com/epcis/{local}");
    assert_eq!(
        event.epcs,
        [&name("tin"), "urn:odd:epc:id:sscc:4012345.0000000333"]
    );
    assert_eq!(event.quantities[0].epc_class, name("lot"));
    assert_eq!(event.read_point, Some(name("gate")));
    assert_eq!(event.sources[0].id, name("hill"));
    let prehash = prehash_strings(document.as_bytes()).unwrap().remove(0);
    assert!(
        event.epcs.iter().all(|epc| prehash.contains(epc.as_str())),
        "{prehash}"
    );
}

/// Fields of an object event and how the error about them begins.
const MISTAKES: &[(&str, &str)] = &[
    (
        r#""action": "MOVE""#,
        r#"action: "MOVE" is not one of ADD, OBSERVE, DELETE"#,
    ),
    (r#""action": "ADD""#, "epcList: missing"),
    (
        r#""action": "ADD", "epcList": "urn:x:1""#,
        "epcList: found a string, expected an array",
    ),
    (
        r#""action": "ADD", "epcList": ["x"]"#,
        r#"epcList[0]: "x" is not a URI"#,
    ),
    (
        r#""action": "ADD", "epcList": ["_:x"]"#,
        r#"epcList[0]: "_:x" is not a URI"#,
    ),
    (
        r#""action": "ADD", "epcList": ["urn:x:1", "urn:x:1"]"#,
        r#"epcList: "urn:x:1" appears twice in the list"#,
    ),
    (
        r#""action": "ADD", "epcList": [], "weight": 3"#,
        "weight: the standard has no such",
    ),
    (
        r#""action": "ADD", "epcList": [], "parentID": "urn:x:1""#,
        "parentID: the standard",
    ),
    (r#""epcList": []"#, "action: missing"),
    (
        r#""action": "OBSERVE", "epcList": [], "ilmd": {}"#,
        "ilmd: allowed in an object event",
    ),
    (
        r#""action": "ADD", "epcList": [], "ilmd": {"lot": 1}"#,
        "ilmd.lot: the standard",
    ),
    (
        r#""action": "ADD", "epcList": [], "persistentDisposition": {}"#,
        "persistentDisposition: needs set",
    ),
    (
        r#""action": "ADD", "epcList": [], "bizStep": "urn:epcglobal:cbv:bizstep:packing""#,
        "bizStep: \"urn:epcglobal:cbv:bizstep:packing\" must be written as the bare word \
             \"packing\"",
    ),
    (
        r#""action": "ADD", "quantityList": [{"epcClass": "urn:x:1", "quantity": "3"}]"#,
        "quantityList[0].quantity: found a string, expected a number",
    ),
    (
        r#""action": "ADD", "quantityList": [{"epcClass": "urn:x:1", "quantity": 1e99}]"#,
        "quantityList[0].quantity: the number needs more than 64 digits",
    ),
    (
        r#""action": "ADD", "quantityList": [{"epcClass": "urn:x:1", "uom": "kg"}]"#,
        r#"quantityList[0].uom: "kg" is not a unit code"#,
    ),
    (
        r#""action": "ADD", "epcList": [], "recordTime": "2026-02-29T00:00:00Z""#,
        r#"recordTime: "2026-02-29T00:00:00Z" is not a date and time"#,
    ),
    (
        r#""action": "ADD", "epcList": [], "sensorElementList": [{"sensorReport": []}]"#,
        "sensorElementList[0].sensorReport: the list is empty",
    ),
    (
        r#""action": "ADD", "epcList": [], "sensorElementList":
               [{"sensorReport": [{"type": "Temperature", "hexBinaryValue": "xyz"}]}]"#,
        "sensorElementList[0].sensorReport[0].hexBinaryValue:",
    ),
    (
        r#""action": "ADD", "epcList": [], "destinationList": [{"type": "location"}]"#,
        "destinationList[0].destination: missing",
    ),
    (
        r#""action": "ADD", "epcList": [], "readPoint": {"name": "gate"}"#,
        "readPoint.id: missing",
    ),
];

#[test]
fn an_error_names_the_field_the_value_and_what_is_allowed() {
    for (fields, expected) in MISTAKES {
        let error = error_of(&event_with(fields));
        assert!(error.starts_with(expected), "{fields}\ngave {error}");
    }
}

#[test]
fn an_error_repeats_only_the_beginning_of_a_long_value() {
    let error = error_of(&event_with(&format!(
        r#""action": "{}""#,
        "x".repeat(100_000)
    )));
    assert!(error.len() < 200 && error.contains('…'), "{error}");
    let error = error_of(&event_with(&format!(r#""{}": 1"#, "x".repeat(100_000))));
    assert!(error.len() < 400 && error.contains('…'), "{error}");
}

#[test]
fn the_envelope_is_checked() {
    let document = |fields: &str| {
        format!(
            r#"{{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
               "type": "EPCISDocument", {fields}}}"#
        )
    };
    let complete = r#""schemaVersion": "2.0", "creationDate": "2026-04-05T00:00:00Z""#;
    for (fields, expected) in [
        (complete.to_owned(), "epcisBody: missing"),
        (
            format!(r#"{complete}, "epcisBody": {{}}"#),
            "epcisBody.eventList: missing",
        ),
        (
            format!(r#"{complete}, "epcisBody": {{"eventList": {{}}}}"#),
            "epcisBody.eventList: found",
        ),
        (
            format!(r#"{complete}, "epcisBody": {{"eventList": [1]}}"#),
            "epcisBody.eventList[0]: found a number, expected an event object",
        ),
        (
            format!(r#"{complete}, "epcisBody": {{"eventList": [{{"type": "Event"}}]}}"#),
            r#"epcisBody.eventList[0].type: "Event" is not one of ObjectEvent"#,
        ),
        (
            r#""schemaVersion": 2"#.to_owned(),
            "schemaVersion: found a number",
        ),
        (
            r#""schemaVersion": "2.x""#.to_owned(),
            r#"schemaVersion: "2.x" is not a version"#,
        ),
        (
            r#""id": "document 1""#.to_owned(),
            r#"id: "document 1" is not a URI or a blank node"#,
        ),
    ] {
        let error = error_of(&document(&fields));
        assert!(error.starts_with(expected), "{fields}\ngave {error}");
    }
    let empty = document(&format!(r#"{complete}, "epcisBody": {{"eventList": []}}"#));
    assert_eq!(parse(empty.as_bytes()).unwrap().events, []);
    assert_eq!(
        error_of("[]"),
        "document: found an array, expected an object"
    );
    assert!(error_of("{}").starts_with("type: missing"));
    let bare = r#"{"type": "example:E", "eventTime": "2026-04-05T00:00:00Z",
                  "eventTimeZoneOffset": "+08:00"}"#;
    assert!(error_of(bare).starts_with("@context: missing"));
}

/// Event type, fields, and the field that is missing, if one is.
const SUBJECTS: &[(&str, &str, Option<&str>)] = &[
    ("AggregationEvent", r#""action": "DELETE""#, None),
    (
        "AggregationEvent",
        r#""action": "ADD", "childEPCs": []"#,
        Some("childEPCs"),
    ),
    (
        "AssociationEvent",
        r#""action": "DELETE""#,
        Some("parentID"),
    ),
    (
        "TransactionEvent",
        r#""bizTransactionList": [{"bizTransaction": "urn:x:1"}], "action": "DELETE""#,
        None,
    ),
    (
        "TransactionEvent",
        r#""bizTransactionList": [{"bizTransaction": "urn:x:1"}], "action": "ADD""#,
        Some("epcList"),
    ),
    (
        "TransactionEvent",
        r#""bizTransactionList": [], "action": "DELETE""#,
        Some("bizTransactionList"),
    ),
    (
        "TransformationEvent",
        r#""inputEPCList": ["urn:x:1"]"#,
        Some("outputEPCList"),
    ),
    (
        "TransformationEvent",
        r#""outputEPCList": ["urn:x:1"]"#,
        Some("inputEPCList"),
    ),
    (
        "TransformationEvent",
        r#""inputEPCList": ["urn:x:1"], "transformationID": "urn:x:t""#,
        None,
    ),
    (
        "TransformationEvent",
        r#""inputEPCList": ["urn:x:1"], "outputEPCList": ["urn:x:2"], "action": "ADD""#,
        Some("action"),
    ),
    (
        "example:Tasting",
        r#""action": 7, "epcList": "anything""#,
        None,
    ),
];

#[test]
fn events_say_what_they_are_about() {
    for (kind, fields, missing) in SUBJECTS {
        let document = event_with(fields).replace("\"ObjectEvent\"", &format!("\"{kind}\""));
        match missing {
            None => assert_eq!(
                parse(document.as_bytes()).unwrap().events.len(),
                1,
                "{document}"
            ),
            Some(field) => {
                let error = error_of(&document);
                assert!(
                    error.starts_with(&format!("{field}: ")),
                    "{document}\ngave {error}"
                );
            }
        }
    }
}

/// The standard says nothing of the fields of a private event type, so none is believed.
#[test]
fn an_extended_event_is_recorded_but_not_read() {
    let document = event_with(r#""action": "ADD", "epcList": ["urn:x:1"], "ilmd": {}"#)
        .replace("ObjectEvent", "example:Tasting");
    let event = parse(document.as_bytes()).unwrap().events.remove(0);
    assert_eq!((event.kind, event.action), (EventKind::Extended, None));
    assert!(event.epcs.is_empty() && !event.has_ilmd);
    let prehash = prehash_strings(document.as_bytes()).unwrap().remove(0);
    assert!(prehash.starts_with("eventType=https://ns.example.com/epcis/TastingeventTime="));
    assert!(prehash.contains("epc=urn:x:1action=ADD"), "{prehash}");
}

#[test]
fn what_is_said_about_an_event_does_not_change_its_hash() {
    let base = r#""action": "OBSERVE", "epcList": ["urn:epc:id:sscc:4012345.0000000333"]"#;
    let hash = |fields: &str| parse(event_with(fields).as_bytes()).unwrap().events[0].hash;
    let expected = hash(base);
    for same in [
        r#""action": "OBSERVE", "epcList": ["https://example.com/sscc/040123450000003338?a=b"]"#,
        &format!(r#"{base}, "eventID": "urn:x:1", "recordTime": "2026-04-06T00:00:00Z""#),
        &format!(r#"{base}, "errorDeclaration": {{"declarationTime": "2026-04-06T00:00:00Z"}}"#),
        &format!(r#"{base}, "rdfs:comment": "said besides""#),
        &format!(r#"{base}, "example:nothing": null"#),
        &format!(r#"{base}, "quantityList": []"#),
    ] {
        assert_eq!(hash(same), expected, "{same}");
    }
    for other in [
        r#""action": "OBSERVE", "epcList": ["urn:epc:id:sscc:4012345.0000000334"]"#,
        r#""action": "DELETE", "epcList": ["urn:epc:id:sscc:4012345.0000000333"]"#,
        &format!(r#"{base}, "example:a": {{"example:b": "c"}}"#),
        &format!(r#"{base}, "bizStep": "packing""#),
    ] {
        assert_ne!(hash(other), expected, "{other}");
    }
}

#[test]
fn private_fields_are_written_with_their_namespace() {
    let tail = |fields: &str| {
        let document = event_with(&format!(r#""action": "ADD", "epcList": [], {fields}"#));
        let prehash = prehash_strings(document.as_bytes()).unwrap().remove(0);
        prehash.split_once("action=ADD").unwrap().1.to_owned()
    };
    let name = "{https://ns.example.com/epcis/}";
    for (fields, expected) in [
        (r#""example:n": 10.0"#, format!("{name}n=10")),
        (r#""example:n": " 007 ""#, format!("{name}n=7")),
        (r#""example:n": true"#, format!("{name}n=true")),
        (r#""example:n": """#, format!("{name}n")),
        (
            r#""example:n": "gs1:Mass""#,
            format!("{name}n=https://gs1.org/voc/Mass"),
        ),
        (r#""example:n": [2, "1"]"#, format!("{name}n=1{name}n=2")),
        (
            r#""example:n": [[2, 1], 0]"#,
            format!("{name}n=0{name}n=1=2"),
        ),
        (
            r#""example:n": {"example:b": 2, "example:a": 1}"#,
            format!("{name}n{name}a=1{name}b=2"),
        ),
        (
            r##""example:n": {"#text": "t", "unit": "u"}"##,
            format!("{name}n=tunit=u"),
        ),
        (
            r#""example:n": {"comment": "c"}, "example:o": null"#,
            format!("{name}n"),
        ),
        (r#""example:n": []"#, String::new()),
        (r#""unknown:n": 1"#, "unknown:n=1".to_owned()),
        (
            r#""ilmd": {"cbvmda:lotNumber": "L1"}, "example:n": 1"#,
            format!("ilmd{{urn:epcglobal:cbv:mda:}}lotNumber=L1{name}n=1"),
        ),
        (
            r#""readPoint": {"example:n": 1, "id": "urn:x:1"}, "bizLocation": {"id": "urn:x:2"}"#,
            format!("readPointid=urn:x:1{name}n=1bizLocationid=urn:x:2"),
        ),
    ] {
        assert_eq!(tail(fields), expected, "{fields}");
    }
}

#[test]
fn the_innermost_context_wins() {
    let document = br#"{"@context": [{"example": "urn:outer:", "kept": {"@id": "urn:kept:"}}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-04-05T00:00:00Z",
        "epcisBody": {"eventList": [
            {"@context": {"example": "urn:inner:"}, "type": "ObjectEvent", "action": "ADD",
             "eventTime": "2026-04-05T00:00:00Z", "eventTimeZoneOffset": "+00:00", "epcList": [],
             "example:a": 1, "kept:b": 2},
            {"type": "ObjectEvent", "action": "ADD", "eventTime": "2026-04-05T00:00:00Z",
             "eventTimeZoneOffset": "+00:00", "epcList": [], "example:a": 1}]}}"#;
    let strings = prehash_strings(document).unwrap();
    assert!(
        strings[0].ends_with("{urn:inner:}a=1{urn:kept:}b=2"),
        "{}",
        strings[0]
    );
    assert!(strings[1].ends_with("{urn:outer:}a=1"), "{}", strings[1]);
}

#[test]
fn a_short_prefix_cannot_blow_up_the_canonical_form() {
    let long = "n".repeat(257);
    let document = event_with(r#""action": "ADD", "epcList": []"#)
        .replace("https://ns.example.com/epcis/", &format!("urn:{long}"));
    assert!(error_of(&document).starts_with("@context[1].example: a namespace has at most"));

    let namespace = format!("urn:{}", "n".repeat(250));
    let numbers = vec!["1"; 20_000].join(",");
    let document = event_with(&format!(
        r#""action": "ADD", "epcList": [], "example:n": [{numbers}]"#
    ))
    .replace("https://ns.example.com/epcis/", &namespace);
    assert!(error_of(&document).contains("the canonical form is longer than"));
}
