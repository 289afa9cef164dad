//! Every JSON document of the test data, against what the JSON Schema of GS1 says of it.

use super::documents;
use crate::trace::epcis::{Json, parse};

/// Documents that the schema accepts and we refuse, with the field that the error names.
const REFUSED_THOUGH_ACCEPTED: &[(&str, &str)] = &[
    // The event has two different eventIDs. The schema sees only the last one, as its JSON readers
    // drop the first; we refuse what two readers may read differently.
    (
        "gs1-examples/JSON__AssociationEvent__AssociationEvent-h.jsonld",
        "epcisBody.eventList[0].eventID",
    ),
    // The same with a blank node as the id of the document.
    (
        "gs1-examples/JSON-simple-context__AssociationEvent__AssociationEvent-h.jsonld",
        "epcisBody.eventList[0].eventID",
    ),
];

/// Documents that the schema refuses, with the field that our error names too.
const REFUSED: &[(&str, &str)] = &[
    // Lists written as single objects.
    (
        "gs1-examples/JSON-simple-context__Example-TransactionEvents-2020_07_03y.jsonld",
        "epcisBody.eventList[1].sourceList",
    ),
    // `id` in an event.
    (
        "gs1-examples/JSON-simple-context__PersistentDisposition-example.jsonld",
        "epcisBody.eventList[0].id",
    ),
    // `type` in a sensor element, in this and the next seven; some have more mistakes.
    (
        "gs1-examples/JSON-simple-context__WithFullCombinationOfFields__\
         aggregation_event_all_possible_fields.jsonld",
        "epcisBody.eventList[0].sensorElementList[0].type",
    ),
    (
        "gs1-examples/JSON-simple-context__WithFullCombinationOfFields__\
         association_event_all_possible_fields.jsonld",
        "epcisBody.eventList[0].sensorElementList[0].type",
    ),
    (
        "gs1-examples/JSON-simple-context__WithFullCombinationOfFields__\
         object_event_all_possible_fields.jsonld",
        "epcisBody.eventList[0].sensorElementList[0].type",
    ),
    (
        "gs1-examples/JSON-simple-context__WithFullCombinationOfFields__\
         transaction_event_all_possible_fields.jsonld",
        "epcisBody.eventList[0].sensorElementList[0].type",
    ),
    (
        "gs1-examples/JSON-simple-context__WithFullCombinationOfFields__\
         transformation_event_all_possible_fields.jsonld",
        "epcisBody.eventList[0].sensorElementList[0].type",
    ),
    (
        "gs1-examples/JSON-simple-context__WithSensorData__SensorDataExample12.jsonld",
        "epcisBody.eventList[0].sensorElementList[0].type",
    ),
    (
        "gs1-examples/JSON-simple-context__WithSensorData__SensorDataExample14.jsonld",
        "epcisBody.eventList[0].sensorElementList[0].type",
    ),
    (
        "gs1-examples/JSON-simple-context__WithSensorData__SensorDataExample15.jsonld",
        "epcisBody.eventList[0].sensorElementList[0].type",
    ),
    // A version written as a number.
    (
        "gs1-examples/JSON-simple-context__WithSensorData__SensorDataExample17.jsonld",
        "schemaVersion",
    ),
    // Vocabulary as URNs, which belong to the XML binding.
    (
        "gs1-examples/XML__WithEventHashID__event_with_identical_hash_id_7.json",
        "epcisBody.eventList[0].bizStep",
    ),
    // persistentDisposition in an aggregation event.
    (
        "openepcis/core__src__main__resources__2.0__EPCIS__JSON__Capture__Documents__\
         AggregationEvent_with_persistentDisposition.json",
        "epcisBody.eventList[1].persistentDisposition",
    ),
    // Measurement types that the GS1 Web Vocabulary lacks, in this and the next two.
    (
        "openepcis/core__src__main__resources__2.0__EPCIS__JSON__Capture__Documents__\
         SensorData_with_combined_events.json",
        "epcisBody.eventList[7].sensorElementList[0].sensorReport[1].type",
    ),
    (
        "openepcis/core__src__main__resources__2.0__EPCIS__JSON__Capture__Documents__\
         TransactionEvent_with_userExtensions.json",
        "epcisBody.eventList[0].sensorElementList[0].sensorReport[0].type",
    ),
    (
        "openepcis/core__src__main__resources__2.0__EPCIS__JSON__Query__\
         TransactionEvent_with_userExtensions.json",
        "epcisBody.queryResults.resultsBody.eventList[0].sensorElementList[0].sensorReport[0].type",
    ),
];

/// The field that the error for each document of an `Invalid` folder must name.
const INVALID: &[(&str, &str)] = &[
    (
        "Combination_of_events_with_missing_mandatory_fields",
        "epcisBody.eventList[0].action",
    ),
    (
        "Combination_of_non_standard_bizStep_and_disposition",
        "epcisBody.eventList[0].bizStep",
    ),
    (
        "ObjectEvent_with_ilmd_field_without_namespace",
        "epcisBody.eventList[0].ilmd.materialType",
    ),
    (
        "ObjectEvent_with_invalid_certificationInfo",
        "epcisBody.eventList[0].certificationInfo[0]",
    ),
    (
        "ObjectEvent_with_non_standard_bizStep",
        "epcisBody.eventList[0].bizStep",
    ),
    (
        "ObjectEvent_with_non_standard_disposition",
        "epcisBody.eventList[0].disposition",
    ),
    (
        "ObjectEvent_with_unknown_field_in_quantityList",
        "epcisBody.eventList[0].quantityList[0].weight",
    ),
    (
        "ObjectEvent_without_identifier_list",
        "epcisBody.eventList[0].epcList",
    ),
    (
        "QueryDocument_with_invalid_eventType",
        "epcisBody.queryResults.resultsBody.eventList[0].type",
    ),
    // A query rather than a document.
    ("Query_with_unknown_parameter", "type"),
];

/// Whether a file is an example rather than a JSON Schema or a JSON-LD context.
fn is_document(name: &str) -> bool {
    !name.contains("JSON-LD-Context__")
        && !name.contains("JSON-Schema__schemas__")
        && !name.contains("JSON-Schema__test__schemas__")
        && !name.ends_with("JSON-Schema.json")
        && !name.ends_with("JSON-Schema-root.json")
}

/// All examples of the test data with their folder.
fn examples() -> Vec<(String, Vec<u8>)> {
    let named = |folder: &'static str| {
        documents(folder)
            .into_iter()
            .map(move |(name, bytes)| (format!("{folder}/{name}"), bytes))
    };
    let all = named("event-hash")
        .chain(named("gs1-examples"))
        .chain(named("openepcis"));
    all.filter(|(name, _)| is_document(name)).collect()
}

fn assert_names(name: &str, bytes: &[u8], field: &str) {
    let error = parse(bytes).expect_err(name).to_string();
    assert!(
        error.starts_with(&format!("{field}: ")) || error.contains(field),
        "{name}: {error}"
    );
}

#[test]
fn every_valid_document_is_parsed() {
    let examples = examples();
    let mut parsed = 0;
    for (name, bytes) in &examples {
        let is_refused = |list: &[(&str, &str)]| list.iter().any(|(other, _)| other == name);
        if name.contains("Invalid__") || is_refused(REFUSED) || is_refused(REFUSED_THOUGH_ACCEPTED)
        {
            continue;
        }
        let document = parse(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!document.events.is_empty(), "{name}");
        parsed += 1;
    }
    // 90 documents that the schema accepts and 32 that it refuses for nothing but the blank node
    // `_:document1`, which its format `uri` excludes; less the two in REFUSED_THOUGH_ACCEPTED.
    assert!(examples.is_empty() || parsed == 120, "{parsed} documents");
}

#[test]
fn what_the_schema_refuses_is_refused_at_the_same_field() {
    let examples = examples();
    for (name, field) in REFUSED.iter().chain(REFUSED_THOUGH_ACCEPTED) {
        let found = examples.iter().find(|(other, _)| other == name);
        match found {
            Some((_, bytes)) => assert_names(name, bytes, field),
            None => assert!(examples.is_empty(), "{name} is not in the test data"),
        }
    }
}

#[test]
fn every_invalid_document_is_refused_with_the_name_of_the_field() {
    let examples = examples();
    let invalid: Vec<_> = examples
        .iter()
        .filter(|(name, _)| name.contains("Invalid__"))
        .collect();
    for (name, bytes) in &invalid {
        let stem = name
            .rsplit_once("Invalid__")
            .unwrap()
            .1
            .trim_end_matches(".json");
        let (_, field) = INVALID
            .iter()
            .find(|(other, _)| *other == stem)
            .expect(name);
        assert_names(name, bytes, field);
    }
    assert!(
        examples.is_empty() || invalid.len() == INVALID.len(),
        "{} documents",
        invalid.len()
    );
}

/// The word lists are written by hand: every word of the schema is accepted, and nothing else.
#[test]
fn the_word_lists_are_those_of_the_schema() {
    let documents = documents("gs1-examples");
    let Some((_, bytes)) = documents
        .iter()
        .find(|(name, _)| name == "EPCIS-JSON-Schema.json")
    else {
        return;
    };
    let schema = Json::read(bytes).unwrap();
    let words = |definition: &str| -> Vec<String> {
        let variants = schema
            .get("definitions")
            .and_then(|all| all.get(definition))
            .unwrap();
        let lists = variants.get("anyOf").unwrap().elements().iter();
        let mut words: Vec<String> = lists
            .filter_map(|variant| variant.get("enum"))
            .flat_map(Json::elements)
            .map(|word| word.as_str().unwrap().to_owned())
            .collect();
        words.sort();
        words
    };
    use crate::trace::epcis::vocabulary as ours;
    for (definition, vocabulary) in [
        ("bizStep", &ours::BUSINESS_STEP),
        ("disposition", &ours::DISPOSITION),
        ("bizTransaction-type", &ours::BUSINESS_TRANSACTION),
        ("source-dest-type", &ours::SOURCE_DESTINATION),
        ("error-reason", &ours::ERROR_REASON),
        ("component", &ours::COMPONENT),
        ("measurementType", &ours::MEASUREMENT),
        ("sensorAlertType", &ours::SENSOR_ALERT),
    ] {
        assert_eq!(vocabulary.words(), words(definition), "{definition}");
    }
}
