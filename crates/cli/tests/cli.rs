//! The command line, through the binary: what people and scripts see.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

#[path = "cli/approvals.rs"]
mod approvals;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/founding.rs"]
mod founding;
#[path = "cli/institutions.rs"]
mod institutions;
#[path = "cli/journey.rs"]
mod journey;
#[path = "cli/support.rs"]
mod support;

use serde_json::Value;
use std::{fs, path::Path, process::Stdio};
use support::{Answer, Dev, command, json, run};

#[test]
fn help_names_every_command_in_both_languages() {
    let commands = [
        "dev",
        "keys new",
        "keys list",
        "keys show",
        "trace capture",
        "trace register",
        "trace show",
        "trace lineage",
        "trace recall",
        "trace verify",
        "evidence add",
        "evidence verify",
        "evidence proof",
        "evidence report",
        "evidence list",
        "evidence show",
        "evidence withdraw",
        "evidence erase",
        "approvals list",
        "approvals set-rule",
        "approvals propose",
        "approvals delegate",
        "proof get",
        "proof verify",
        "bench transfers",
        "replay",
        "snapshot export",
        "snapshot import",
    ];
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        let help = |lang: &[&str]| {
            let answer = run(&[&words, lang, &["--help"]].concat());
            assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{command}");
            answer.stdout
        };
        let (en, zh) = (help(&[]), help(&["--lang", "zh"]));
        assert!(
            en.is_ascii() && en.contains(&format!("Usage: qiantang {command}")),
            "{en}"
        );
        assert!(
            zh.contains(&format!("用法: qiantang {command}")) && zh.contains("选项"),
            "{zh}"
        );
        for word in ["Usage", "Options", "[default:", "possible values"] {
            assert!(!zh.contains(word), "{command}: {word} in {zh}");
        }
    }
}

#[test]
fn the_environment_chooses_the_language() {
    let answer: Answer = command(&["dev", "--help"])
        .env("LANG", "zh_CN.UTF-8")
        .output()
        .unwrap()
        .into();
    assert!(answer.stdout.contains("开发链"), "{}", answer.stdout);
    let words = ["--lang", "en", "dev", "--help"];
    let answer: Answer = command(&words)
        .env("LANG", "zh_CN.UTF-8")
        .output()
        .unwrap()
        .into();
    assert!(
        answer.stdout.contains("development chain"),
        "{}",
        answer.stdout
    );
}

#[test]
fn wrong_words_get_a_hint() {
    let check = |words: &[&str], expected: &str| {
        let answer = run(words);
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{words:?}");
        assert_eq!(answer.stderr, expected, "{words:?}");
    };
    check(
        &["dev", "--heartbeet", "1s"],
        "error: unknown argument `--heartbeet`\nhint: did you mean `--heartbeat`?\n",
    );
    check(
        &["dev", "--heartbeat", "soon"],
        "error: `soon` is not a value for --heartbeat <TIME>\nhint: `qiantang dev --help` shows what is possible\n",
    );
    check(
        &["trace", "recall", "urn:x"],
        "error: an argument is missing: --reason <TEXT>\nhint: `qiantang trace recall --help` shows what is possible\n",
    );
    check(
        &["--lang", "zh", "trase"],
        "错误: 未知命令 `trase`\n提示: 您是不是想输入 `trace`？\n",
    );
}

#[test]
fn an_absent_node_is_named_with_the_way_out() {
    let words = [
        "trace",
        "show",
        "urn:epc:id:sgtin:952.1.1",
        "--rpc",
        "http://127.0.0.1:9",
    ];
    let answer = run(&words);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    assert!(
        answer
            .stderr
            .starts_with("error: no answer from http://127.0.0.1:9: ")
    );
    assert!(
        answer
            .stderr
            .contains("\nhint: start a chain with `qiantang dev`"),
        "{}",
        answer.stderr
    );
    let answer = run(&[&words[..], &["--json"]].concat());
    let error: Value = serde_json::from_str(&answer.stderr).unwrap();
    assert!(error["error"].as_str().unwrap().starts_with("no answer"));
    assert!(error["hint"].is_string());
}

#[test]
fn keys_are_made_listed_and_shown() {
    let home = tempfile::tempdir().unwrap();
    let keys = |words: &[&str], passphrase: Option<&str>| -> Answer {
        let mut command = command(words);
        command
            .env("QIANTANG_HOME", home.path())
            .stdin(Stdio::null());
        if let Some(passphrase) = passphrase {
            command.env("QIANTANG_PASSPHRASE", passphrase);
        }
        command.output().unwrap().into()
    };
    let answer = keys(&["keys", "new", "alice", "--json"], Some("open sesame"));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let made: Value = serde_json::from_str(&answer.stdout).unwrap();
    let address = made["address"].as_str().unwrap();
    let file = Path::new(made["file"].as_str().unwrap());
    assert_eq!(file, home.path().join("keys/alice.json"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
    }
    assert!(!fs::read_to_string(file).unwrap().contains("open sesame"));
    assert_eq!(fs::read_dir(home.path().join("keys")).unwrap().count(), 1);

    let again = keys(&["keys", "new", "alice"], Some("other"));
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("exists already") && again.stderr.contains("hint:"));
    let bad = keys(&["keys", "new", "../alice"], Some("other"));
    assert!(bad.stderr.contains("is not a name"), "{}", bad.stderr);
    let silent = keys(&["keys", "new", "bob"], None);
    assert_eq!(silent.code, 1);
    assert!(
        silent.stderr.contains("QIANTANG_PASSPHRASE"),
        "{}",
        silent.stderr
    );

    let list = keys(&["keys", "list"], None);
    assert!(
        list.stdout.contains("alice") && list.stdout.contains(address),
        "{}",
        list.stdout
    );
    let show = keys(&["keys", "show", "alice"], None);
    assert!(show.stdout.contains(address));
    let dev = keys(&["keys", "show", "dev:0", "--json"], None);
    assert!(
        dev.stdout
            .contains("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
        "{}",
        dev.stdout
    );
    let secret = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    let shown = keys(&["keys", "show", secret], None);
    assert!(
        shown
            .stdout
            .contains("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
    );
    assert!(!shown.stdout.contains(secret));
    let none = keys(&["keys", "show", "nobody"], None);
    assert!(
        none.code == 1 && none.stderr.contains("`qiantang keys list`"),
        "{}",
        none.stderr
    );
}

#[test]
fn nonsense_is_no_proof() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proof.json");
    fs::write(&file, b"{}").unwrap();
    let file = file.to_str().unwrap();
    let anchor = "qt1nonsense";
    let answer = run(&["proof", "verify", file, "--anchor", anchor]);
    assert_eq!(answer.code, 1);
    assert!(
        answer
            .stderr
            .starts_with("error: `qt1nonsense` is not an anchor\nhint: ")
    );
    let missing = run(&["proof", "verify", "/nowhere/at-all", "--anchor", anchor]);
    assert_eq!(missing.code, 1);
}

/// A small bench, with every option that changes what it does.
fn measure(rpc: &str) {
    let bench = json(&[
        "bench",
        "transfers",
        "--transactions",
        "300",
        "--accounts",
        "7",
        "--recipients",
        "11",
        "--connections",
        "3",
        "--batch",
        "20",
        "--prefill",
        "20",
        "--rpc",
        rpc,
    ]);
    assert_eq!(bench["transactions"], 300);
    assert!(
        bench["transactionsPerSecond"].as_f64().unwrap() > 0.0,
        "{bench}"
    );
    assert!(bench["latencyP99Ms"].as_f64() >= bench["latencyP50Ms"].as_f64());
    assert!(bench["gasPerTransaction"].as_u64().unwrap() > 21_000);
    if cfg!(target_os = "linux") {
        assert!(
            bench["serverCpuMicrosecondsPerTransaction"].is_number(),
            "{bench}"
        );
    }
}

#[test]
fn a_chain_stops_in_order_starts_again_and_replays() {
    let folder = tempfile::tempdir().unwrap();
    let chain = folder.path().join("chain");
    let dev = Dev::start(&chain);
    let (rpc, anchor) = (dev.text("rpc"), dev.text("anchor"));
    measure(&rpc);

    let path = chain.to_str().unwrap();
    let second = run(&["dev", "--dir", path, "--http", "127.0.0.1:0"]);
    assert_eq!(second.code, 1);
    assert!(
        second.stderr.contains(path) && second.stderr.contains("in use"),
        "{}",
        second.stderr
    );

    assert!(second.stderr.contains("hint: stop that process"));
    let address = rpc.trim_start_matches("http://");
    let other = folder.path().join("other");
    let words = ["dev", "--dir", other.to_str().unwrap(), "--http", address];
    let taken = run(&words);
    assert_eq!(taken.code, 1);
    assert!(
        taken
            .stderr
            .contains(&format!("cannot listen on {address}"))
    );
    assert!(
        taken.stderr.contains("\nhint: choose another address"),
        "{}",
        taken.stderr
    );

    let (code, talk) = dev.interrupt();
    assert_eq!(code, 0, "{talk}");
    assert!(talk.contains("stopped"), "{talk}");
    let replayed = json(&["replay", "--dir", path]);
    assert!(replayed["height"].as_u64().unwrap() > 0);

    let again = Dev::start(&chain);
    assert_eq!(again.text("anchor"), anchor);
    assert_eq!(again.interrupt().0, 0);

    let nowhere = folder.path().join("nowhere");
    let nothing = run(&["replay", "--dir", nowhere.to_str().unwrap()]);
    assert_eq!(nothing.code, 1);
    assert!(nothing.stderr.contains("nowhere"), "{}", nothing.stderr);
    assert!(!nowhere.exists(), "a replay makes no directory");
}

#[test]
fn a_named_key_signs() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("chain"));
    let rpc = dev.text("rpc");
    let key = folder.path().join("key.txt");
    // A key file in hex, of the fourth development account.
    fs::write(
        &key,
        "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6\n",
    )
    .unwrap();
    let party = "https://id.gs1.org/417/9521101000009";
    let words = [
        "trace",
        "register",
        party,
        "--key",
        key.to_str().unwrap(),
        "--rpc",
        &rpc,
    ];
    let registered = json(&words);
    assert_eq!(
        registered[0]["account"],
        "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
    );
    let other = run(&["trace", "register", party, "--key", "dev:0", "--rpc", &rpc]);
    assert!(
        other.code == 1 && other.stderr.contains("is bound to"),
        "{}",
        other.stderr
    );
}
