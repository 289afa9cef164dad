//! Evidence through the binary: a real folder on a real chain, then offline.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Where no node is.
const NOWHERE: &str = "http://127.0.0.1:9";

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

/// A folder in which commands run, and a development chain that ends with it.
struct Desk {
    folder: tempfile::TempDir,
    node: Option<Child>,
    rpc: String,
    anchor: String,
}

impl Desk {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chain = folder.path().join("chain");
        let mut node = Command::new(env!("CARGO_BIN_EXE_qiantang"))
            .args(["dev", "--http", "127.0.0.1:0", "--json", "--dir"])
            .arg(chain)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(node.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |field: &str| ready[field].as_str().unwrap().to_owned();
        Self {
            folder,
            rpc: text("rpc"),
            anchor: text("anchor"),
            node: Some(node),
        }
    }

    /// Ends the chain; from then on everything is offline.
    fn end_chain(&mut self) {
        let mut node = self.node.take().unwrap();
        node.kill().unwrap();
        node.wait().unwrap();
        self.rpc = NOWHERE.to_owned();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Runs `qiantang evidence …` in the folder.
    fn run(&self, words: &[&str]) -> Answer {
        let output = Command::new(env!("CARGO_BIN_EXE_qiantang"))
            .arg("evidence")
            .args(words)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env("LANG", "C.UTF-8")
            .env("QIANTANG_RPC", &self.rpc)
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env_remove("QIANTANG_KEY")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Answer {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed and answers its JSON.
    fn json(&self, words: &[&str]) -> Value {
        let answer = self.run(&[words, &["--json"]].concat());
        assert_eq!(
            answer.code, 0,
            "{words:?}: {}{}",
            answer.stdout, answer.stderr
        );
        answer.json()
    }

    fn verify(&self, file: &str, bundle: &str) -> Answer {
        let anchor = self.anchor.clone();
        self.run(&[
            "verify", file, "--bundle", bundle, "--anchor", &anchor, "--json",
        ])
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(node) = &mut self.node {
            let _ = node.kill();
            let _ = node.wait();
        }
    }
}

const FILES: [&str; 5] = [
    "case/合同.txt",
    "case/photos/1.jpg",
    "case/photos/2.jpg",
    "case/empty",
    "case/鑫𠮷 🍵.txt",
];

fn fill(desk: &Desk) {
    desk.write(FILES[0], "龙井 25 千克".as_bytes());
    desk.write(FILES[1], &[7; 100_000]);
    desk.write(FILES[2], &[8; 70_000]);
    desk.write(FILES[3], b"");
    desk.write(FILES[4], b"leaf\n");
}

#[test]
fn a_folder_is_deposited_and_its_report_alone_verifies_each_file() {
    let mut desk = Desk::open();
    fill(&desk);
    let words = [
        "add",
        "case",
        "--kind",
        "case",
        "--reference",
        "(2026)浙01民初17号",
    ];
    let added = desk.run(&[&words[..], &["--json"]].concat());
    let sentence = "Organisation West Lake Bank (number 1) deposits 5 files (case) as one tree";
    assert!(added.stderr.contains(sentence), "{}", added.stderr);
    let added = added.json();
    assert_eq!((&added["id"], &added["files"]), (&1.into(), &5.into()));
    assert_eq!(added["organisationName"], "West Lake Bank");
    assert_eq!(added["bundle"], "case.evidence.json");
    let again = desk.run(&words);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);

    let shown = desk.json(&["show", "1"]);
    assert_eq!(shown["deposit"]["digest"], added["digest"]);
    let listed = desk.json(&["list", "--of", "case"]);
    assert_eq!(listed["deposits"][0]["id"], 1);
    let bundle = "case.evidence.json";
    desk.json(&["proof", FILES[1], "--bundle", bundle, "-o", "one.json"]);
    desk.json(&["proof", "case", "--deposit", "1", "-o", "again.json"]);
    assert_eq!(
        fs::read(desk.path("again.json")).unwrap(),
        fs::read(desk.path(bundle)).unwrap()
    );
    let anchor = desk.anchor.clone();
    desk.end_chain();

    let report = [
        "report",
        "--bundle",
        bundle,
        "--anchor",
        &anchor,
        "-o",
        "report.pdf",
    ];
    assert_eq!(desk.json(&report)["deposit"], 1);
    for file in FILES {
        for bundle in [bundle, "report.pdf"] {
            let verdict = desk.verify(file, bundle).json();
            assert_eq!(verdict["verified"], true, "{verdict}");
            assert_eq!(verdict["files"][0]["names"][0], file);
            assert_eq!(verdict["organisationName"], "West Lake Bank");
            assert_eq!(verdict["height"], added["height"]);
        }
    }
    let verdict = desk.verify("case", "report.pdf").json();
    assert_eq!(
        (&verdict["verified"], &verdict["pagesUnaltered"]),
        (&true.into(), &true.into())
    );
    assert_eq!(desk.verify(FILES[1], "one.json").json()["verified"], true);
    assert_eq!(desk.verify(FILES[2], "one.json").code, 1);
    altered(&desk);
    damaged(&desk);
}

/// One byte of each file, at its beginning, middle and end.
fn altered(desk: &Desk) {
    for file in FILES {
        let good = fs::read(desk.path(file)).unwrap();
        for place in [0, good.len() / 2, good.len().saturating_sub(1)] {
            let mut bytes = good.clone();
            match bytes.get_mut(place) {
                Some(byte) => *byte ^= 1,
                None => bytes.push(0),
            }
            desk.write(file, &bytes);
            let answer = desk.verify(file, "report.pdf");
            assert_eq!(answer.code, 1);
            let verdict = answer.json();
            assert_eq!(verdict["verified"], false);
            assert_eq!(verdict["files"][0]["step"], "evidence-digest");
        }
        desk.write(file, &good);
    }
    assert_eq!(desk.verify("case", "report.pdf").code, 0);
}

/// Reports that were cut or are something else.
fn damaged(desk: &Desk) {
    let report = fs::read(desk.path("report.pdf")).unwrap();
    let place = report
        .windows(14)
        .position(|part| part == b"/EmbeddedFile\n");
    let place = place.or_else(|| report.windows(13).position(|part| part == b"/EmbeddedFile"));
    let mut flipped = report.clone();
    flipped[place.unwrap() + 400] ^= 0x40;
    for (name, bytes, expected) in [
        (
            "cut.pdf",
            &report[..report.len() / 10],
            "no file is attached",
        ),
        ("flip.pdf", &flipped[..], "damaged"),
        ("other.pdf", b"%PDF-1.7\n%%EOF\n", "no file is attached"),
    ] {
        desk.write(name, bytes);
        let answer = desk.verify(FILES[0], name);
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{name}");
        assert!(
            answer.stderr.contains(expected),
            "{name}: {}",
            answer.stderr
        );
        assert!(answer.stderr.contains("ask for the report again"));
    }
    // A page, which proves nothing, was altered: the proof holds, and the reader is warned.
    let page = report
        .windows(6)
        .position(|part| part == b"stream")
        .unwrap()
        + 40;
    let mut altered = report;
    altered[page] ^= 1;
    desk.write("page.pdf", &altered);
    let answer = desk.verify(FILES[0], "page.pdf");
    assert!(
        answer.stderr.contains("believe what is said here"),
        "{}",
        answer.stderr
    );
    let verdict = answer.json();
    assert_eq!(
        (&verdict["verified"], &verdict["pagesUnaltered"]),
        (&true.into(), &false.into())
    );

    let bundle = fs::read(desk.path("case.evidence.json")).unwrap();
    desk.write("cut.json", &bundle[..bundle.len() - 9]);
    let cut = desk.verify(FILES[0], "cut.json");
    assert_eq!(
        (cut.code, &cut.json()["step"]),
        (1, &"evidence-format".into())
    );
    let stranger = "qt16fv6hum4da8vpmnanw3dr8d7jl2yg5gpl6h4sq6hnndn3vm9htgqry6alm";
    let words = [
        "verify",
        FILES[0],
        "--bundle",
        "case.evidence.json",
        "--json",
    ];
    let answer = desk.run(&[&words[..], &["--anchor", stranger]].concat());
    assert_eq!((answer.code, &answer.json()["step"]), (1, &"anchor".into()));
}

#[test]
fn a_private_deposit_is_checked_with_its_key_until_it_is_erased() {
    let desk = Desk::open();
    fill(&desk);
    let words = [
        "add",
        FILES[0],
        "--private",
        "-o",
        "secret.json",
        "--lang",
        "zh",
    ];
    let added = desk.run(&[&words[..], &["--json"]].concat());
    assert!(added.stderr.contains("存入承诺"), "{}", added.stderr);
    let added = added.json();
    assert_eq!(added["content"], "commitment");
    assert_eq!(added["keyFile"], "secret.json.key");
    let bundle = fs::read_to_string(desk.path("secret.json")).unwrap();
    let file = desk.verify(FILES[0], "secret.json").json();
    assert_eq!(file["verified"], true);
    let digest = file["files"][0]["digest"].as_str().unwrap();
    assert!(
        !bundle.contains(&digest[2..]),
        "the bundle says nothing about the file"
    );
    let other = desk.verify(FILES[1], "secret.json").json();
    assert_eq!(other["files"][0]["step"], "evidence-opening");

    fs::copy(desk.path("secret.json.key"), desk.path("copy.key")).unwrap();
    let key = ["erase", "1", "--opening", "secret.json.key"];
    desk.json(&key);
    assert!(!desk.path("secret.json.key").exists());
    assert_eq!(desk.json(&["show", "1"])["deposit"]["erased"], true);
    let gone = desk.verify(FILES[0], "secret.json");
    assert_eq!(gone.code, 1);
    assert!(gone.stderr.contains("nobody can tell"), "{}", gone.stderr);
    // An interrupted attempt is repeated; a copy that turns up is destroyed the same way.
    desk.json(&["erase", "1", "--opening", "copy.key"]);
    assert!(!desk.path("copy.key").exists());
    // Who has destroyed a key in another way declares it.
    desk.json(&["add", FILES[1], "--private", "-o", "lost.json"]);
    fs::remove_file(desk.path("lost.json.key")).unwrap();
    desk.json(&["erase", "2"]);
    assert_eq!(desk.json(&["show", "2"])["deposit"]["erased"], true);
    let twice = desk.run(&["erase", "2"]);
    assert!(
        twice.stderr.contains("was erased before"),
        "{}",
        twice.stderr
    );
    let thesis = desk.run(&["erase", "1", "--opening", FILES[4]]);
    assert!(
        thesis.stderr.contains("cannot be used"),
        "{}",
        thesis.stderr
    );
    assert!(
        desk.path(FILES[4]).exists(),
        "what is no key file is never destroyed"
    );
}

#[test]
fn versions_withdrawals_and_refusals() {
    let desk = Desk::open();
    fill(&desk);
    let add = |file: &str, more: &[&str]| desk.run(&[&["add", file, "--json"], more].concat());
    let first = add(FILES[0], &["--algorithm", "sm3", "-o", "1.json"]).json();
    assert_eq!(first["algorithm"], "SM3");
    assert_eq!(desk.verify(FILES[0], "1.json").json()["verified"], true);
    let parties = [
        "--party",
        "2",
        "--party",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    ];
    let more = [&["--previous", "1", "-o", "2.json"], &parties[..]].concat();
    assert_eq!(add(FILES[1], &more).json()["id"], 2);
    assert_eq!(desk.json(&["list", "--party", "2"])["deposits"][0]["id"], 2);
    assert_eq!(
        desk.json(&["show", "1"])["versions"],
        serde_json::json!([1, 2])
    );
    desk.json(&["withdraw", "1", "--reason", "the annex was missing"]);
    let shown = desk.run(&["show", "1"]).stdout;
    assert!(
        shown.contains("WITHDRAWN") && shown.contains("the annex was missing"),
        "{shown}"
    );

    let long = "r".repeat(100_000);
    let stranger = ["withdraw", "2", "--reason", "no", "--key", "dev:9"];
    let cases: [(&[&str], &str); 8] = [
        (
            &["add", FILES[2], "--previous", "1", "-o", "x"],
            "has a newer version: 2",
        ),
        (
            &["add", FILES[2], "--previous", "99", "-o", "x"],
            "there is no deposit 99",
        ),
        (
            &["add", FILES[2], "--kind", " ", "-o", "x"],
            "the kind is empty",
        ),
        (
            &["add", FILES[2], "--reference", &long, "-o", "x"],
            "bytes of ownReference",
        ),
        (&["add", "absent", "-o", "x"], "absent: No such file"),
        (
            &["add", FILES[0], "case", "case/photos/1.jpg", "-o", "x"],
            "",
        ),
        (&stranger, "belongs to 0x"),
        (&["show", "77"], "there is no deposit 77"),
    ];
    for (words, expected) in cases {
        let answer = desk.run(words);
        let is_refused = !expected.is_empty();
        assert_eq!(answer.code == 1, is_refused, "{words:?}: {}", answer.stderr);
        assert!(
            answer.stderr.contains(expected),
            "{words:?}: {}",
            answer.stderr
        );
        assert_eq!(desk.path("x").exists(), !is_refused);
        let _ = fs::remove_file(desk.path("x"));
    }
    same_names_and_unreadable_files(&desk);
}

fn same_names_and_unreadable_files(desk: &Desk) {
    desk.write("other/1.jpg", b"another");
    let twice = desk.run(&["add", "case/photos/1.jpg", "other/1.jpg", "-o", "x"]);
    assert!(
        twice.stderr.contains("two files have the name 1.jpg"),
        "{}",
        twice.stderr
    );
    let words = ["add", "case", "absent", "-o", "rest.json"];
    let refused = desk.run(&words);
    assert!(
        refused.stderr.contains("--skip-unreadable"),
        "{}",
        refused.stderr
    );
    let skipped = desk.run(&[&words[..], &["--skip-unreadable", "--json"]].concat());
    assert!(
        skipped.stderr.contains("left out: absent"),
        "{}",
        skipped.stderr
    );
    assert_eq!(skipped.json()["files"], 5);
    assert!(Path::new(&desk.path("rest.json")).exists());
}
