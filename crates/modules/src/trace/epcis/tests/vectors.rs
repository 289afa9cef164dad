//! The published vectors of the event hash.

use super::{data, documents};
use crate::trace::epcis::{hash_uri, parse, prehash_strings};

/// Pre-hash strings that are published with a mistake: their SHA-256 is not the published hash. The
/// hashes of these vectors are right and are tested with all others; no JSON vector is left out.
const DAMAGED_PREHASHES: &[(&str, usize)] = &[
    // Pieces of the string are overwritten by pieces of itself.
    ("tests__examples__epcisDocWithAllGS1Keys", 0),
    // The first event's string again, in the order of an earlier draft.
    ("tests__examples__epcisDocWithCustomSchemaInContext", 1),
];

#[test]
fn every_vector_gives_the_published_hash() {
    let Some(data) = data() else { return };
    let folder = data.join("event-hash");
    let mut vectors = 0;
    for (name, bytes) in documents("event-hash") {
        let stem = name.rsplit_once('.').unwrap().0;
        let Ok(expected) = std::fs::read_to_string(folder.join(format!("{stem}.hashes"))) else {
            // Its own test is below.
            assert_eq!(
                name,
                "tests__expected_equal__ReferenceEventHashAlgorithm.json"
            );
            continue;
        };
        if let Ok(expected) = std::fs::read_to_string(folder.join(format!("{stem}.prehashes"))) {
            let strings = prehash_strings(&bytes).unwrap();
            assert_eq!(strings.len(), expected.lines().count(), "{name}");
            for (index, (string, expected)) in strings.iter().zip(expected.lines()).enumerate() {
                let is_damaged = DAMAGED_PREHASHES.contains(&(stem, index));
                assert_eq!(string == expected, !is_damaged, "{name}: {string}");
            }
        }
        let events = parse(&bytes).unwrap().events;
        let hashes: Vec<_> = events.iter().map(|event| hash_uri(&event.hash)).collect();
        assert_eq!(hashes, expected.lines().collect::<Vec<_>>(), "{name}");
        vectors += hashes.len();
    }
    assert_eq!(vectors, 16);
}

#[test]
fn events_that_must_have_equal_hashes_do() {
    let Some(data) = data() else { return };
    let read = |name: &str| std::fs::read(data.join("event-hash").join(name)).unwrap();
    let twice = read("tests__expected_equal__ReferenceEventHashAlgorithm.json");
    let once = read("tests__examples__ReferenceEventHashAlgorithm.jsonld");
    let (twice, once) = (parse(&twice).unwrap().events, parse(&once).unwrap().events);
    assert_eq!(twice.len(), 2);
    assert!(twice.iter().all(|event| event.hash == once[0].hash));
}

/// GS1 publishes most examples twice, with CURIEs and with bare words, and some also with GS1
/// Digital Link in place of EPC URNs: the spelling must not show in the hash.
#[test]
fn the_spelling_of_an_example_does_not_change_its_hash() {
    let documents = documents("gs1-examples");
    let hashes = |name: &str| -> Option<Vec<[u8; 32]>> {
        let (_, bytes) = documents.iter().find(|(candidate, _)| candidate == name)?;
        Some(
            parse(bytes)
                .ok()?
                .events
                .iter()
                .map(|event| event.hash)
                .collect(),
        )
    };
    let mut pairs = 0;
    for (name, _) in &documents {
        let Some(rest) = name.strip_prefix("JSON__") else {
            continue;
        };
        if rest == "WithSensorData__SensorDataExample13.jsonld" {
            // One of the two has a serial number more.
            continue;
        }
        let simple = hashes(&format!("JSON-simple-context__{rest}"));
        if let (Some(one), Some(other)) = (hashes(name), simple) {
            assert_eq!(one, other, "{name}");
            pairs += 1;
        }
    }
    let urn = hashes("JSON__Example_9.6.4-TransformationEvent.jsonld");
    let link = "JSON__WithDigitalLinkID__Example_9.6.4-TransformationEventWithDigitalLink.jsonld";
    assert_eq!(urn, hashes(link));
    assert!(documents.is_empty() || pairs == 33, "{pairs} pairs");
}
