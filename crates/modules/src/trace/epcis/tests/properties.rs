//! Properties over random bytes and over changed real documents.

use super::{documents, event_with};
use crate::trace::epcis::{
    Json, canonical_decimal, canonical_id, format_time_ms, parse, parse_time_ms, prehash_strings,
};
use proptest::prelude::*;
use std::{fmt::Write as _, sync::OnceLock};

/// Real documents of every shape, or a made-up one where the test data is missing.
fn corpus() -> &'static [Vec<u8>] {
    static CORPUS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let made_up =
            event_with(r#""action": "ADD", "epcList": ["urn:x:1"], "example:a": [1, {}]"#);
        let folders = ["event-hash", "gs1-examples", "openepcis"];
        let real = folders
            .iter()
            .flat_map(|folder| documents(folder))
            .map(|(_, bytes)| bytes);
        real.filter(|bytes| parse(bytes).is_ok())
            .chain([made_up.into_bytes()])
            .collect()
    })
}

fn document() -> impl Strategy<Value = &'static [u8]> {
    (0..corpus().len()).prop_map(|index| corpus()[index].as_slice())
}

/// Text that begins like a GS1 identifier and may be one.
fn identifier() -> impl Strategy<Value = String> {
    let start = "urn:epc:id:(sgtin|sgln|grai|giai|gdti|itip):|https://a\\.b/(01|414|8004|00)/";
    (start, "[0-9.]{0,22}(/(21|10|254)/)?[!-~]{0,12}").prop_map(|(start, rest)| start + &rest)
}

/// A small change somewhere in a document.
#[derive(Clone, Debug)]
enum Change {
    Replace(u8),
    Insert(u8),
    Remove(usize),
    Repeat(usize),
    Cut,
}

fn change() -> impl Strategy<Value = (prop::sample::Index, Change)> {
    let byte = prop_oneof![
        any::<u8>(),
        prop::sample::select(b"{}[]\",:\\09eE+-.nt".to_vec())
    ];
    let change = prop_oneof![
        byte.clone().prop_map(Change::Replace),
        byte.prop_map(Change::Insert),
        (1_usize..40).prop_map(Change::Remove),
        (1_usize..200).prop_map(Change::Repeat),
        Just(Change::Cut),
    ];
    (any::<prop::sample::Index>(), change)
}

fn apply(bytes: &mut Vec<u8>, at: usize, change: &Change) {
    let end = |length: usize, bytes: &[u8]| (at + length).min(bytes.len());
    match change {
        Change::Replace(byte) => bytes[at] = *byte,
        Change::Insert(byte) => bytes.insert(at, *byte),
        Change::Remove(length) => drop(bytes.drain(at..end(*length, bytes))),
        Change::Repeat(length) => {
            let piece = bytes[at..end(*length, bytes)].to_vec();
            bytes.splice(at..at, piece);
        }
        Change::Cut => bytes.truncate(at),
    }
}

/// Writes `json` with other white space, other escapes and its members in another order.
fn rewrite(json: &Json<'_>, seed: &mut u64, text: &mut String) {
    let mut next = |bound: u64| {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % bound
    };
    let space = [" ", "", "\n\t", "  "][next(4) as usize];
    text.push_str(space);
    match json {
        Json::Null => text.push_str("null"),
        Json::Boolean(value) => write!(text, "{value}").unwrap(),
        Json::Number(number) => text.push_str(number),
        Json::String(string) => write_string(string, next(5) == 0, text),
        Json::Array(elements) => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                rewrite(element, seed, text);
            }
            text.push(']');
        }
        Json::Object(members) => {
            let mut order: Vec<usize> = (0..members.len()).collect();
            for index in (1..order.len()).rev() {
                order.swap(index, next(index as u64 + 1) as usize);
            }
            text.push('{');
            for (index, member) in order.into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                let (key, value) = &members[member];
                write_string(key, false, text);
                text.push(':');
                rewrite(value, seed, text);
            }
            text.push('}');
        }
    }
    text.push_str(space);
}

fn write_string(string: &str, escape_all: bool, text: &mut String) {
    text.push('"');
    for unit in string.chars() {
        if escape_all || unit.is_control() || unit == '"' || unit == '\\' {
            for code in unit.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{code:04x}").unwrap();
            }
        } else {
            text.push(unit);
        }
    }
    text.push('"');
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default()
    })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn random_json_never_panics(text in "[\\[\\]{}\",:0-9eE.+\\-truefalsn \\\\u]{0,200}") {
        let _ = parse(text.as_bytes());
    }

    #[test]
    fn changed_documents_never_panic(
        bytes in document(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let mut bytes = bytes.to_vec();
        for (at, change) in &changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                apply(&mut bytes, at, change);
            }
        }
        if let Err(error) = parse(&bytes) {
            // A path of at most 64 steps of clipped keys, and one clipped value.
            prop_assert!(error.to_string().len() < 64 * 300, "{}", error);
        }
    }

    #[test]
    fn the_hash_does_not_depend_on_layout(bytes in document(), seed in any::<u64>()) {
        let json = Json::read(bytes).unwrap();
        let mut text = String::new();
        rewrite(&json, &mut { seed }, &mut text);
        prop_assert_eq!(prehash_strings(text.as_bytes()), prehash_strings(bytes));
        let (one, other) = (parse(text.as_bytes()).unwrap(), parse(bytes).unwrap());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn a_truncated_document_is_refused(bytes in document(), at in any::<prop::sample::Index>()) {
        let text = std::str::from_utf8(bytes).unwrap().trim_end();
        prop_assert!(parse(&text.as_bytes()[..at.index(text.len())]).is_err());
    }

    #[test]
    fn canonical_identifiers_stay(id in identifier()) {
        let canonical = canonical_id(&id);
        prop_assert_eq!(canonical_id(&canonical), canonical);
    }

    #[test]
    fn any_text_is_an_identifier(id in "\\PC{0,40}") {
        let canonical = canonical_id(&id);
        prop_assert_eq!(canonical_id(&canonical), canonical);
    }

    #[test]
    fn canonical_numbers_stay(text in "[+-]?[0-9]{1,20}(\\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?") {
        if let Some(canonical) = canonical_decimal(&text) {
            let again = canonical_decimal(&canonical);
            prop_assert_eq!(again, Some(canonical));
        }
    }

    #[test]
    fn whole_numbers_keep_their_value(value in any::<i64>(), zeros in 0_usize..5) {
        let text = format!("{value}.{}", "0".repeat(zeros + 1));
        prop_assert_eq!(canonical_decimal(&text), Some(value.to_string()));
        let scaled = format!("{value}e{zeros}");
        let expected = i128::from(value) * 10_i128.pow(zeros as u32);
        prop_assert_eq!(canonical_decimal(&scaled), Some(expected.to_string()));
    }

    #[test]
    fn times_survive_writing(time_ms in -62_135_596_800_000_i64..=253_402_300_799_999) {
        prop_assert_eq!(parse_time_ms(&format_time_ms(time_ms)), Some(time_ms));
    }

    #[test]
    fn any_text_may_be_read_as_a_time(text in "[0-9TZ:.+-]{0,32}|\\PC{0,32}") {
        let _ = parse_time_ms(&text);
    }
}
