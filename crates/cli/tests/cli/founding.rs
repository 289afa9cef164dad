//! Three organisations found a chain: `init`, `genesis build`, `genesis check`, `start`; and what
//! their files and passphrases must be.

use super::{Answer, Dev, command, json, run};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const PASSPHRASE: &str = "a long enough passphrase";

/// The directories of organisations, one below the other.
struct Founders {
    folder: tempfile::TempDir,
    /// What `init` said.
    made: Vec<Value>,
}

impl Founders {
    /// Three organisations: the first keeps its key as it is, the others encrypt theirs, one with
    /// a passphrase in a file.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let passphrase = folder.path().join("passphrase");
        fs::write(&passphrase, PASSPHRASE).unwrap();
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
        let mut founders = Self {
            folder,
            made: Vec::new(),
        };
        let file = founders.path("passphrase");
        for more in [
            vec![],
            vec!["--encrypt"],
            vec!["--encrypt", "--passphrase-file", &file],
        ] {
            founders.init(&more);
        }
        founders
    }

    fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    fn request(&self, number: usize) -> String {
        self.path(&format!("m{number}/request.json"))
    }

    fn init(&mut self, more: &[&str]) {
        let number = self.made.len() + 1;
        let (dir, address) = (self.path(&format!("m{number}")), free_address());
        let (name, account) = (
            format!("Organisation {number}"),
            format!("0x000000000000000000000000000000000000100{number}"),
        );
        let mut words = vec!["init", &dir, "--address", &address, "--json"];
        words.extend(["--organisation", &name, "--kind", "bank"]);
        words.extend(["--jurisdiction", "CN-330100", "--administrator", &account]);
        words.extend(more);
        let made = command(&words)
            .env("QIANTANG_PASSPHRASE", PASSPHRASE)
            .output();
        let made = Answer::from(made.unwrap());
        assert_eq!(made.code, 0, "{}", made.stderr);
        self.made.push(serde_json::from_str(&made.stdout).unwrap());
    }

    /// Builds a chain spec of requests in this order.
    fn build(&self, order: &[usize], out: &str) -> Answer {
        let (requests, out): (Vec<_>, _) = (
            order.iter().map(|number| self.request(*number)).collect(),
            self.path(out),
        );
        let mut words = vec!["genesis", "build", "--name", "Three", "--out", &out];
        words.extend(requests.iter().map(String::as_str));
        words.push("--json");
        run(&words)
    }

    fn check(&self, spec: &str, number: usize) -> Answer {
        let (spec, request) = (self.path(spec), self.request(number));
        run(&["genesis", "check", &spec, &request, "--json"])
    }

    /// The command that starts a member's node, at ports of loopback.
    fn node(&self, number: usize) -> Command {
        let config = self.path(&format!("m{number}/config.toml"));
        let address = self.made[number - 1]["address"].as_str().unwrap();
        let mut node = command(&["start", "--config", &config, "--json"]);
        node.env("QIANTANG_RPC_LISTEN", "127.0.0.1:0")
            .env("QIANTANG_P2P_LISTEN", address)
            .stdin(Stdio::null());
        node
    }
}

/// An address of this machine at which nobody listens.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

fn refused(answer: &Answer, reasons: &[&str]) {
    assert_eq!(answer.code, 1, "{}", answer.stdout);
    assert!(answer.stdout.is_empty(), "{}", answer.stdout);
    for reason in reasons {
        assert!(
            answer.stderr.contains(reason),
            "{reason}: {}",
            answer.stderr
        );
    }
}

fn parsed(answer: &Answer) -> Value {
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap()
}

/// Writes a JSON file again after a change.
fn change(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

#[test]
fn three_organisations_found_a_chain_and_their_nodes_agree() {
    let founders = Founders::new();
    let built = parsed(&founders.build(&[1, 2, 3], "chain.json"));
    let again = parsed(&founders.build(&[3, 1, 2], "again.json"));
    assert_eq!(built["anchor"], again["anchor"]);
    let [spec, other] = ["chain.json", "again.json"].map(|name| founders.path(name));
    assert_eq!(fs::read(&spec).unwrap(), fs::read(other).unwrap());
    for (number, made) in (1..).zip(&founders.made) {
        let checked = parsed(&founders.check("chain.json", number));
        assert_eq!(checked["anchor"], built["anchor"]);
        let [key, address] = ["publicKey", "address"].map(|field| made[field].as_str().unwrap());
        let member = json!(format!("{key}@{address}"));
        assert!(checked["validators"].as_array().unwrap().contains(&member));
        let name = json!(format!("Organisation {number}"));
        assert!(checked["organisations"].as_array().unwrap().contains(&name));
        fs::copy(&spec, founders.path(&format!("m{number}/chain.json"))).unwrap();
    }

    // The second one's passphrase is in no file.
    let closed = Answer::from(founders.node(2).output().unwrap());
    refused(&closed, &["is encrypted", "QIANTANG_PASSPHRASE"]);
    let wrong = founders
        .node(2)
        .env("QIANTANG_PASSPHRASE", "another passphrase")
        .output();
    refused(&wrong.unwrap().into(), &["the passphrase does not open"]);

    let nodes = [1, 2, 3].map(|number| {
        let mut node = founders.node(number);
        if number == 2 {
            node.env("QIANTANG_PASSPHRASE", PASSPHRASE);
        }
        Dev::run(&mut node)
    });
    let rpc = nodes.each_ref().map(|node| node.text("rpc")).join(",");
    for (node, made) in nodes.iter().zip(&founders.made) {
        assert_eq!(node.ready["anchor"], built["anchor"]);
        assert_eq!(node.ready["publicKey"], made["publicKey"]);
        assert_eq!(node.ready["role"], "validator");
    }
    // A block of three validators needs the votes of all.
    loop {
        let report = json(&["doctor", "--rpc", &rpc]);
        let moves = &report["findings"][0];
        if moves["kind"] == "moves" && moves["height"].as_u64().unwrap() >= 3 {
            break;
        }
    }
    for node in nodes {
        let (code, talk) = node.interrupt();
        assert_eq!(code, 0, "{talk}");
    }
}

#[test]
fn what_was_changed_or_contradicts_itself_is_refused() {
    let mut founders = Founders::new();
    assert_eq!(founders.build(&[1, 2, 3], "chain.json").code, 0);
    refused(
        &founders.build(&[1, 2, 3], "chain.json"),
        &["chain.json is there already"],
    );

    let whole = fs::read(founders.path("chain.json")).unwrap();
    let spec = PathBuf::from(founders.path("chain.json"));
    let key = founders.made[1]["publicKey"].as_str().unwrap().to_owned();
    change(&spec, |spec| spec["addresses"][&key] = "192.0.2.9:1".into());
    refused(
        &founders.check("chain.json", 2),
        &["does not hold what", "the validator has another address"],
    );
    assert_eq!(founders.check("chain.json", 1).code, 0, "the first has all");
    fs::write(&spec, whole).unwrap();

    let (first, second) = (founders.request(1), founders.request(2));
    let request = fs::read(&second).unwrap();
    change(Path::new(&second), |request| {
        request["organisation"]["administrators"][0] =
            "0x0000000000000000000000000000000000009999".into();
    });
    let reasons = ["m2/request.json is no valid request", "it was changed"];
    refused(&founders.build(&[1, 2, 3], "changed.json"), &reasons);
    refused(&founders.check("chain.json", 2), &reasons);
    assert!(!Path::new(&founders.path("changed.json")).exists());
    fs::write(&second, request).unwrap();

    fs::copy(&first, founders.path("m3/request.json")).unwrap();
    refused(
        &founders.build(&[1, 3], "twice.json"),
        &["m1/request.json and", "m3/request.json have the same key"],
    );
    refused(
        &founders.check("chain.json", 4),
        &["m4/request.json: No such file"],
    );
    founders.init(&["--scheme", "ed25519"]);
    refused(
        &founders.build(&[1, 2, 4], "schemes.json"),
        &["m4/request.json have keys of different schemes"],
    );
    refused(
        &founders.check("chain.json", 4),
        &["another signature scheme", "the key is no validator"],
    );
}

#[test]
fn keys_are_kept_from_others_and_never_written_over() {
    let founders = Founders::new();
    for (number, is_encrypted) in [(1, false), (2, true), (3, true)] {
        let key = founders.path(&format!("m{number}/validator.key"));
        let mode = fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = fs::read_to_string(&key).unwrap();
        let is_json = serde_json::from_str::<Value>(&text).is_ok_and(|key| key.is_object());
        assert_eq!(is_json, is_encrypted, "{key}");
    }
    let dir = founders.path("m1");
    let before = fs::read(founders.path("m1/validator.key")).unwrap();
    refused(&run(&["init", &dir]), &["validator.key is there already"]);
    assert_eq!(fs::read(founders.path("m1/validator.key")).unwrap(), before);

    let key = founders.path("m1/validator.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let exposed = Answer::from(founders.node(1).output().unwrap());
    refused(&exposed, &["others may read", "(mode 0640)", "chmod 600"]);
    let half = ["init", &founders.path("m9"), "--organisation", "A"];
    assert_eq!(run(&half).code, 1);
    assert!(!Path::new(&founders.path("m9")).exists());
}

#[test]
fn a_configuration_is_checked_with_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let file = path.to_str().unwrap();
    let check = || command(&["config", "check", file, "--json"]);
    for lang in ["en", "zh"] {
        let printed = run(&["config", "default", "--lang", lang]);
        fs::write(&path, printed.stdout).unwrap();
        assert_eq!(
            parsed(&check().output().unwrap().into())
                .as_array()
                .unwrap()
                .len(),
            16
        );
    }
    let described = json(&["config", "default"]);
    let known = described.as_array().unwrap();
    let [variable, about] = ["variable", "about"].map(|field| {
        let heartbeat = known.iter().find(|key| key["key"] == "pace.heartbeat");
        heartbeat.unwrap()[field].as_str().unwrap()
    });
    assert!(!about.is_empty());
    let shown = parsed(&check().env(variable, "3s").output().unwrap().into());
    let shown = shown.as_array().unwrap();
    let heartbeat = shown.iter().find(|key| key["key"] == "pace.heartbeat");
    let expected =
        json!({ "key": "pace.heartbeat", "value": "3s", "origin": "$QIANTANG_PACE_HEARTBEAT" });
    assert_eq!(heartbeat, Some(&expected));

    for (text, reasons) in [
        (
            "[rpc]\nlistn = \"127.0.0.1:1\"",
            ["config.toml:2", "`rpc.listn`", "rpc.listen"],
        ),
        (
            "\n[peers]\nlisten = 1",
            ["config.toml:2", "[peers]", "config default"],
        ),
        (
            "[rpc]\nlisten = \"here\"",
            ["config.toml:2", "`here`", "an address and port"],
        ),
        ("[rpc\n", ["config.toml:1", "no TOML", ""]),
    ] {
        fs::write(&path, text).unwrap();
        refused(&check().output().unwrap().into(), &reasons);
    }
    let gone = folder.path().join("none.toml");
    refused(
        &run(&["start", "--config", gone.to_str().unwrap()]),
        &["none.toml"],
    );
}

/// Types at a terminal, which `script` of util-linux is for the command: an answer behind each of
/// the questions, as soon as what is typed is not shown. What was shown, and the exit code.
fn typed(words: &[&str], answers: &[(&str, &str)]) -> (String, i32) {
    let program = env!("CARGO_BIN_EXE_qiantang");
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let line = format!("tty; exec '{program}' {}", quoted.join(" "));
    let mut terminal = Command::new("timeout")
        .args(["60", "script", "--quiet", "--return", "--command"])
        .args([&line, "/dev/null"])
        .env_remove("QIANTANG_PASSPHRASE")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keyboard = terminal.stdin.take().unwrap();
    let mut screen = BufReader::new(terminal.stdout.take().unwrap());
    let mut device = String::new();
    screen.read_line(&mut device).unwrap();
    let mut shown = Vec::new();
    for (question, answer) in answers {
        while !String::from_utf8_lossy(&shown).ends_with(question) {
            let mut byte = [0];
            screen.read_exact(&mut byte).unwrap();
            shown.extend(byte);
        }
        while shows_typing(device.trim()) {}
        writeln!(keyboard, "{answer}").unwrap();
    }
    while screen.read_until(b'\n', &mut shown).unwrap() > 0 {}
    let code = terminal.wait().unwrap().code().unwrap_or(-1);
    (String::from_utf8(shown).unwrap(), code)
}

fn shows_typing(device: &str) -> bool {
    let asked = Command::new("stty").args(["-F", device, "-a"]).output();
    let Answer {
        code,
        stdout,
        stderr,
    } = asked.unwrap().into();
    assert_eq!(code, 0, "{stderr}");
    !stdout.contains(" -echo ")
}

#[test]
fn a_passphrase_is_asked_for_at_the_terminal_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("node");
    let dir = dir.to_str().unwrap();
    let init = ["init", dir, "--encrypt"];
    let questions = |second| [("Passphrase: ", PASSPHRASE), ("Passphrase again: ", second)];
    let (shown, code) = typed(&init, &questions("something else"));
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("the two passphrases differ"), "{shown}");
    assert!(!Path::new(dir).exists());

    let (shown, code) = typed(&init, &questions(PASSPHRASE));
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains(PASSPHRASE), "{shown}");

    let spec = folder.path().join("node/chain.json");
    let request = folder.path().join("node/request.json");
    let [spec, request] = [spec, request].map(|path| path.to_str().unwrap().to_owned());
    json(&[
        "genesis", "build", &request, "--name", "One", "--out", &spec,
    ]);
    let config = folder.path().join("node/config.toml");
    let start = ["start", "--config", config.to_str().unwrap()];
    let (shown, code) = typed(&start, &[("Passphrase: ", "wrong")]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("the passphrase does not open"), "{shown}");
}
