//! The command line, through the binary: what people and scripts see.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

#[path = "cli/institutions.rs"]
mod institutions;

use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// Runs the binary with a clean environment.
fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qiantang"));
    command
        .args(words)
        .env("NO_COLOR", "1")
        .env("LANG", "C.UTF-8");
    for name in [
        "LC_ALL",
        "LC_MESSAGES",
        "QIANTANG_RPC",
        "QIANTANG_KEY",
        "QIANTANG_PASSPHRASE",
    ] {
        command.env_remove(name);
    }
    command
}

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn run(words: &[&str]) -> Answer {
    command(words).output().unwrap().into()
}

/// Runs a command that must succeed and answers its JSON.
fn json(words: &[&str]) -> Value {
    let mut with_json = words.to_vec();
    with_json.push("--json");
    let answer = run(&with_json);
    assert_eq!(answer.code, 0, "{words:?}: {}", answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap()
}

/// A development chain that ends with the test.
struct Dev {
    child: Child,
    ready: Value,
}

impl Dev {
    fn start(dir: &Path) -> Self {
        let dir = dir.to_str().unwrap();
        let mut child = command(&["dev", "--dir", dir, "--http", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        if line.is_empty() {
            let mut talk = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut talk)
                .unwrap();
            panic!("the node did not start: {talk}");
        }
        let ready = serde_json::from_str(&line).unwrap();
        Self { child, ready }
    }

    fn text(&self, field: &str) -> String {
        self.ready[field].as_str().unwrap().to_owned()
    }

    /// Ends it as Ctrl-C does and answers its exit code and its talk.
    fn interrupt(mut self) -> (i32, String) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.wait().unwrap();
        let mut talk = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut talk)
            .unwrap();
        (status.code().unwrap_or(-1), talk)
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/longjing")
}

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
        "proof get",
        "proof verify",
        "bench transfers",
        "replay",
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

    let stranger = run(&[
        "trace", "recall", LEAVES, "--reason", "x", "--key", "dev:5", "--rpc", &rpc,
    ]);
    assert_eq!(stranger.code, 1);
    assert!(
        stranger.stderr.contains("only that account may recall it"),
        "{}",
        stranger.stderr
    );
    json(&[
        "trace", "recall", LEAVES, "--reason", "residue", "--key", "dev:1", "--rpc", &rpc,
    ]);
    let recalled = run(&["trace", "show", TIN, "--rpc", &rpc, "--lang", "zh"]);
    assert!(
        recalled.stdout.contains("已召回：residue"),
        "{}",
        recalled.stdout
    );

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
