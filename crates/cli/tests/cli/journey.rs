//! A journey of goods from the first document to a recall, and what proves it.

use super::support::{Dev, json, run, samples};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Registers the parties of the tea's journey and captures its documents.
fn record_journey(rpc: &str) -> (usize, usize) {
    let parties = [
        ("garden", "https://id.gs1.org/417/9521101000009", "dev:1"),
        ("factory", "https://id.gs1.org/417/9521102000008", "dev:2"),
        ("carrier", "https://id.gs1.org/417/9521103000007", "dev:3"),
        ("shop", "https://id.gs1.org/417/9521104000006", "dev:4"),
    ];
    for (_, party, key) in parties {
        json(&["trace", "register", party, "--key", key, "--rpc", rpc]);
    }
    let mut documents: Vec<PathBuf> = fs::read_dir(samples())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonld")
        })
        .collect();
    documents.sort();
    let (mut events, mut declared) = (0, 0);
    for path in &documents {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (.., key) = parties
            .into_iter()
            .find(|(role, ..)| name.contains(role))
            .unwrap();
        let path = path.to_str().unwrap();
        let captured = json(&["trace", "capture", path, "--key", key, "--rpc", rpc]);
        events += captured[0]["events"].as_array().unwrap().len();
        declared += captured[0]["declared"].as_array().unwrap().len();
    }
    (events, declared)
}

const TIN: &str = "https://id.gs1.org/01/09521102002026/21/LJ260007";

const LEAVES: &str = "https://id.gs1.org/01/09521101001013/10/SF-20260402";

#[test]
fn a_journey_is_recorded_told_proved_and_recalled() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("chain"));
    let (rpc, anchor) = (dev.text("rpc"), dev.text("anchor"));
    assert_eq!(dev.ready["chainId"], 571_571);
    assert_eq!(dev.ready["accounts"].as_array().unwrap().len(), 10);
    assert!(anchor.starts_with("qt1"));

    assert_eq!(record_journey(&rpc), (25, 1));
    let shown = json(&["trace", "show", TIN, "--rpc", &rpc]);
    let told = shown["story"].as_array().unwrap().len();
    assert!(told > 5 && shown["complete"] == true, "{shown}");
    assert_eq!(shown["item"]["recalled"], false);

    let verified = json(&["trace", "verify", TIN, "--anchor", &anchor, "--rpc", &rpc]);
    let steps = verified["story"].as_array().unwrap();
    assert_eq!(steps.len(), told);
    assert!(steps.iter().all(|step| step["proof"]["signers"] == 1));
    assert!(
        steps.iter().all(|step| step["event"]["type"].is_string()),
        "{verified}"
    );
    let text = run(&["trace", "verify", TIN, "--rpc", &rpc]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(
        text.stderr
            .contains("the anchor was asked from the same node"),
        "{}",
        text.stderr
    );
    assert!(
        text.stdout
            .contains(&format!("every step holds: {told} events proved"))
    );

    let lineage = json(&["trace", "lineage", TIN, "--rpc", &rpc]);
    let ancestors = lineage["ancestors"].as_array().unwrap();
    assert!(
        ancestors.iter().any(|ancestor| ancestor["id"] == LEAVES),
        "{lineage}"
    );

    recall(&rpc);
    let unknown = run(&[
        "trace",
        "show",
        "https://id.gs1.org/01/09521102002026/21/NONE",
        "--rpc",
        &rpc,
    ]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.stderr.contains("nothing is recorded under"),
        "{}",
        unknown.stderr
    );

    prove_and_refute(folder.path(), &verified, &rpc, &anchor);
    prove_the_registry(folder.path(), &rpc, &anchor);
}

/// A stranger may not recall the leaves, the garden may, and the tin shows it.
fn recall(rpc: &str) {
    let stranger = run(&[
        "trace", "recall", LEAVES, "--reason", "x", "--key", "dev:5", "--rpc", rpc,
    ]);
    assert_eq!(stranger.code, 1);
    assert!(
        stranger.stderr.contains("only that account may recall it"),
        "{}",
        stranger.stderr
    );
    let recall = run(&[
        "trace", "recall", LEAVES, "--reason", "residue", "--key", "dev:1", "--rpc", rpc,
    ]);
    let said = format!(
        "Organisation Longjing Tea Cooperative recalls {LEAVES} with everything that came from it, \
         because: residue"
    );
    assert_eq!((recall.code, recall.stderr.trim()), (0, &*said));
    let recalled = run(&["trace", "show", TIN, "--rpc", rpc, "--lang", "zh"]);
    assert!(
        recalled.stdout.contains("已召回：residue"),
        "{}",
        recalled.stdout
    );
}

/// Takes proofs in both forms, checks them offline, and sees altered ones refused.
fn prove_and_refute(folder: &Path, verified: &Value, rpc: &str, anchor: &str) {
    let transaction = verified["story"][0]["proof"]["transaction"]
        .as_str()
        .unwrap();
    for (name, binary) in [("proof.json", &[][..]), ("proof.qtb", &["--binary"][..])] {
        let file = folder.join(name);
        let path = file.to_str().unwrap();
        let words = [
            "proof",
            "get",
            "--tx",
            transaction,
            "--log",
            "0",
            "-o",
            path,
            "--rpc",
            rpc,
        ];
        json(&[&words[..], binary].concat());
        let verdict = json(&["proof", "verify", path, "--anchor", anchor]);
        assert_eq!(verdict["verified"], true);
        assert_eq!(verdict["facts"][0]["transactionHash"], transaction);

        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).unwrap();
        let altered = run(&["proof", "verify", path, "--anchor", anchor]);
        assert_eq!((altered.code, altered.stdout.as_str()), (1, ""));
        assert!(
            altered.stderr.contains("does not hold, at step "),
            "{}",
            altered.stderr
        );
        let altered = run(&["proof", "verify", path, "--anchor", anchor, "--json"]);
        let verdict: Value = serde_json::from_str(&altered.stdout).unwrap();
        assert_eq!(
            (altered.code, &verdict["verified"]),
            (1, &Value::Bool(false))
        );
        assert!(verdict["step"].is_string());
    }
    let unknown = format!("0x{}", "11".repeat(32));
    let file = folder.join("none.json");
    let path = file.to_str().unwrap();
    let none = run(&["proof", "get", "--tx", &unknown, "-o", path, "--rpc", rpc]);
    assert!(
        none.code == 1 && none.stderr.contains("is not known"),
        "{}",
        none.stderr
    );
    assert!(!file.exists());
}

/// All entries of the registry, from the command line to the verdict.
fn prove_the_registry(folder: &Path, rpc: &str, anchor: &str) {
    let file = folder.join("range.json");
    let path = file.to_str().unwrap();
    let last = format!("0x{}", "f".repeat(64));
    let get = |first: &str, last: &str| {
        let words = ["proof", "get", "--registry", first, last, "-o", path];
        run(&[&words[..], &["--rpc", rpc, "--json"]].concat())
    };
    let got = get("0x0", &last);
    let written: Value = serde_json::from_str(&got.stdout).unwrap();
    // The whole fits into one answer, so nothing says where to go on.
    assert_eq!((got.code, &written["next"]), (0, &Value::Null));
    let verdict = json(&["proof", "verify", path, "--anchor", anchor]);
    let fact = &verdict["facts"][0];
    assert_eq!(fact["kind"], "registryRange");
    assert_eq!(fact["first"], "0x0");
    assert_eq!(fact["last"], last);
    let entries = fact["entries"].as_array().unwrap().len();
    let shown = run(&["proof", "verify", path, "--anchor", anchor]);
    let sentence = format!("just these {entries} entries from 0x0 to {last}");
    assert!(shown.stdout.contains(&sentence), "{}", shown.stdout);
    let reversed = get("0x2", "0x1");
    assert_eq!(reversed.code, 1);
    assert!(reversed.stderr.contains("swap them"), "{}", reversed.stderr);
}
