//! A report from a canned bundle: made, opened, checked, damaged.

use super::{
    attachment::{AttachmentError, extract, is_pdf},
    make,
};
use alloy_primitives::B256;
use qiantang_client::evidence::{Algorithm, EvidenceBundle, EvidenceError};
use qiantang_types::Fingerprint;
use std::{fs, path::PathBuf, sync::LazyLock};

/// When the reports of these tests are made: 2026-11-22 15:00 UTC.
const NOW: u64 = 1_795_359_600_000;

/// A bundle of a folder that a development chain finalized, its anchor, and the folder's files.
struct Canned {
    bundle: Vec<u8>,
    anchor: Fingerprint,
    digests: Vec<B256>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../client/tests/fixtures/evidence")
}

static CANNED: LazyLock<Canned> = LazyLock::new(|| {
    let read = |name: &str| fs::read(folder().join(name)).unwrap();
    let anchor = String::from_utf8(read("anchor.txt")).unwrap();
    let digest = |name: &str| {
        Algorithm::Sha256
            .digest(&mut read(name).as_slice(), &|_| {})
            .unwrap()
    };
    Canned {
        bundle: read("case.json"),
        anchor: anchor.trim().parse().unwrap(),
        digests: vec![digest("case/合同.txt"), digest("case/photos/scene.svg")],
    }
});

fn report_of(bundle: &[u8]) -> Vec<u8> {
    let bundle = EvidenceBundle::decode(bundle).unwrap();
    let checked = bundle.check(None, &CANNED.anchor).unwrap();
    make(&bundle, &checked, &CANNED.anchor, NOW).unwrap()
}

static REPORT: LazyLock<Vec<u8>> = LazyLock::new(|| report_of(&CANNED.bundle));

/// What somebody who has only the PDF learns about a file.
fn verify(pdf: &[u8], digest: &B256) -> Result<usize, String> {
    let attached = extract(pdf).map_err(|error| error.to_string())?;
    let check = || -> Result<usize, EvidenceError> {
        let bundle = EvidenceBundle::decode(&attached)?;
        let checked = bundle.check(None, &CANNED.anchor)?;
        checked.file(digest).map(<[_]>::len)
    };
    check().map_err(|error| error.to_string())
}

#[test]
fn files_are_verified_from_the_report_alone() {
    assert!(is_pdf(&REPORT));
    assert_eq!(extract(&REPORT).unwrap(), CANNED.bundle, "byte for byte");
    for digest in &CANNED.digests {
        assert_eq!(verify(&REPORT, digest), Ok(1));
    }
    for position in 0..32 {
        let mut changed = CANNED.digests[0];
        changed.0[position] ^= 1;
        let error = verify(&REPORT, &changed).unwrap_err();
        assert!(error.starts_with("evidence-digest: "), "{error}");
    }
    assert_eq!(
        *REPORT,
        report_of(&CANNED.bundle),
        "the same report every time"
    );
}

#[test]
fn a_report_is_an_archival_pdf_with_the_data_attached() {
    let text = String::from_utf8_lossy(&REPORT);
    // The metadata stream of an archival document is not packed.
    for part in [
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "/AFRelationship/Data",
        "evidence.json",
        "电子数据存证报告",
        "2026-11-22T15:00:00",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn every_changed_byte_of_the_attachment_is_found() {
    let start = REPORT
        .windows(13)
        .position(|part| part == b"/EmbeddedFile")
        .unwrap();
    let from = start
        + REPORT[start..]
            .windows(6)
            .position(|part| part == b"stream")
            .unwrap();
    let end = from
        + REPORT[from..]
            .windows(9)
            .position(|part| part == b"endstream")
            .unwrap();
    assert!(end - from > 1_000, "{}", end - from);
    for position in (from + 7..end - 1).step_by(7) {
        let mut pdf = REPORT.clone();
        pdf[position] ^= 0x10;
        let error = verify(&pdf, &CANNED.digests[0]).unwrap_err();
        assert!(!error.is_empty(), "byte {position}");
    }
}

#[test]
fn a_damaged_report_says_so() {
    for length in (0..REPORT.len()).step_by(REPORT.len() / 97) {
        let cut = &REPORT[..length];
        if let Ok(attached) = extract(cut) {
            // The attachment stands whole before the cut: what it proves is still proved.
            assert_eq!(attached, CANNED.bundle);
        }
    }
    let cases: [(&[u8], AttachmentError); 5] = [
        (b"%PDF-1.7\n", AttachmentError::None),
        (b"%PDF-1.7 /EmbeddedFiles 3 0 R", AttachmentError::None),
        (
            b"%PDF-1.7 1 0 obj <</Type /EmbeddedFile /Length 2>> stream\n{}\nendstream",
            AttachmentError::Other,
        ),
        (
            b"%PDF-1.7 1 0 obj <</Type /EmbeddedFile /Length 7 0 R>> stream\n{}\nendstream",
            AttachmentError::Other,
        ),
        (
            b"%PDF-1.7 1 0 obj <</Type /EmbeddedFile /Length 2 /Filter /LZWDecode>> stream\n{}\n\
              endstream",
            AttachmentError::Packed,
        ),
    ];
    for (pdf, expected) in cases {
        assert_eq!(extract(pdf), Err(expected));
    }
    for pdf in [
        &b"%PDF-1.7 1 0 obj <</Type /EmbeddedFile /Length 99999999999999999999>> stream\n{}"[..],
        b"%PDF-1.7 1 0 obj <</Type /EmbeddedFile /Length 4>> stream\n{}\nendstream",
        b"%PDF-1.7 1 0 obj <</Type /EmbeddedFile /Length 2>>",
        b"%PDF-1.7 1 0 obj <</Type /EmbeddedFile /Length 2 /Filter [/FlateDecode]>> stream\n{}\n\
          endstream",
    ] {
        let error = extract(pdf).unwrap_err();
        assert!(matches!(error, AttachmentError::Damaged(_)), "{error}");
    }
}

#[test]
fn altered_pages_are_noticed() {
    let bundle = EvidenceBundle::decode(&CANNED.bundle).unwrap();
    let checked = bundle.check(None, &CANNED.anchor).unwrap();
    let is_unaltered = |pdf: &[u8]| super::is_unaltered(pdf, &bundle, &checked, &CANNED.anchor);
    assert!(is_unaltered(&REPORT));
    for position in (0..REPORT.len()).step_by(REPORT.len() / 61) {
        let mut pdf = REPORT.clone();
        pdf[position] ^= 1;
        assert!(!is_unaltered(&pdf), "byte {position}");
    }
    assert!(!is_unaltered(&[&REPORT[..], b"\n"].concat()));
}

#[test]
fn the_bundle_of_one_file_makes_a_report_too() {
    let bundle = EvidenceBundle::decode(&CANNED.bundle).unwrap();
    let (index, entry) = bundle.subject().entries()[0];
    let (name, digest) = (entry.name.clone(), entry.digest);
    let leaf = bundle.leaf(index).unwrap().encode().unwrap();
    let pdf = report_of(&leaf);
    assert_eq!(verify(&pdf, &digest), Ok(1));
    let other = CANNED
        .digests
        .iter()
        .find(|other| **other != digest)
        .unwrap();
    let error = verify(&pdf, other).unwrap_err();
    assert!(error.starts_with("evidence-digest: "), "{name}: {error}");
}

#[test]
fn a_report_that_another_program_saved_again_is_read() {
    let bundle = &CANNED.bundle;
    // The length in another object, lines that end with CR LF, no packing.
    let mut pdf = b"%PDF-1.4\r\n5 0 obj\r\n<</EmbeddedFiles 4 0 R>>\r\nendobj\r\n".to_vec();
    pdf.extend_from_slice(b"6 0 obj\r\n<</Length 7 0 R /Type /EmbeddedFile>>\r\nstream\r\n");
    pdf.extend_from_slice(bundle);
    pdf.extend_from_slice(b"\r\nendstream\r\nendobj\r\n");
    assert_eq!(extract(&pdf), Ok(bundle.clone()));
    assert_eq!(verify(&pdf, &CANNED.digests[0]), Ok(1));
}
