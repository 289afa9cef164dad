//! Every document of the test data that the standard accepts is captured.

use super::world::{ALICE, World, describe};
use crate::trace::{ITrace, epcis};
use alloy_primitives::B256;
use std::path::{Path, PathBuf};

/// The documents of the test data by name; none where the data is missing, which is an error under
/// CI.
fn documents() -> Vec<(String, Vec<u8>)> {
    let root = std::env::var_os("QIANTANG_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if !root.join("epcis").is_dir() {
        let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!is_ci, "test data is missing: {}", root.display());
        println!("skipped: no test data in {}", root.display());
        return Vec::new();
    }
    let mut documents = Vec::new();
    for folder in ["event-hash", "gs1-examples", "openepcis"] {
        for entry in std::fs::read_dir(root.join("epcis").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|ending| ending == "json" || ending == "jsonld")
            {
                let name = format!("{folder}/{}", path.file_name().unwrap().display());
                documents.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    documents.sort();
    documents
}

fn capture(world: &mut World, document: &[u8]) -> Result<Vec<B256>, String> {
    world.ctx.gas_limit = u64::MAX;
    let document = document.to_vec().into();
    world
        .send(ALICE, &ITrace::captureCall { document })
        .map_err(|halt| describe(&halt))
}

#[test]
fn every_document_of_the_standard_is_captured_on_its_own() {
    let (mut captured, mut refused) = (0, 0);
    for (name, document) in documents() {
        let mut world = World::new();
        match epcis::parse(&document) {
            Ok(parsed) => {
                let hashes = capture(&mut world, &document)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                let expected: Vec<B256> = parsed
                    .events
                    .iter()
                    .map(|event| B256::from(event.hash))
                    .collect();
                assert_eq!(hashes, expected, "{name}");
                captured += 1;
            }
            Err(_) => {
                let error = capture(&mut world, &document).unwrap_err();
                assert!(error.starts_with("InvalidDocument"), "{name}: {error}");
                refused += 1;
            }
        }
    }
    println!("captured {captured}, refused {refused}");
    assert!(captured == 0 || captured >= 100, "{captured}");
}

/// What the documents say about one serial number, each as if it were the only one: one example
/// puts it into a container and another ships it alone, or one uses it up and another uses it
/// again.
const CONTRADICTIONS: &[(&str, &str)] = &[
    ("Aggregated", "https://id.gs1.org/01/10614141073464/21/2017"),
    ("Aggregated", "https://id.gs1.org/01/10614141073464/21/2018"),
    ("Ended", "https://id.gs1.org/01/04012345111224/21/25"),
];

#[test]
fn on_one_chain_only_those_that_contradict_each_other_are_refused() {
    let mut world = World::new();
    let (mut captured, mut refused) = (0, 0);
    for (name, document) in documents() {
        if epcis::parse(&document).is_err() {
            continue;
        }
        match capture(&mut world, &document) {
            Ok(_) => captured += 1,
            Err(error) => {
                let is_known = CONTRADICTIONS
                    .iter()
                    .any(|(kind, item)| error.starts_with(kind) && error.contains(item));
                assert!(is_known, "{name}: {error}");
                refused += 1;
            }
        }
    }
    println!("captured {captured}, refused {refused}");
    assert!(captured == 0 || captured >= 100, "{captured}");
}
