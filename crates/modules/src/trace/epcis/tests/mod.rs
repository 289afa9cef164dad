//! Tests of the EPCIS core: single rules here, published vectors, whole documents and properties in
//! their own files.

mod cases;
mod corpus;
mod properties;
mod values;
mod vectors;

use std::path::{Path, PathBuf};

/// The folder of EPCIS test data, which is not part of the repository; `None` where it is missing,
/// which is an error under CI.
#[expect(clippy::disallowed_methods, reason = "tests say where they run")]
fn data() -> Option<PathBuf> {
    let root = match std::env::var_os("QIANTANG_TEST_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    let folder = root.join("epcis");
    if folder.is_dir() {
        return Some(folder);
    }
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!is_ci, "test data is missing: {}", folder.display());
    println!("skipped: no test data in {}", folder.display());
    None
}

/// Names and contents of the JSON files of one folder of the test data, sorted by name.
fn documents(folder: &str) -> Vec<(String, Vec<u8>)> {
    let Some(data) = data() else {
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(data.join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json") || name.ends_with(".jsonld"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|name| {
            let bytes = std::fs::read(data.join(folder).join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

/// An object event with the given fields in place of, or besides, the usual ones.
fn event_with(fields: &str) -> String {
    format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {{"example": "https://ns.example.com/epcis/"}}],
           "type": "ObjectEvent", "eventTime": "2026-04-05T08:30:00+08:00",
           "eventTimeZoneOffset": "+08:00", {fields}}}"#
    )
}
