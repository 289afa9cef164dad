//! The binary, development chains, and commands on them.

use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// Runs the binary with a clean environment.
pub(crate) fn command(words: &[&str]) -> Command {
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

pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
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

pub(crate) fn run(words: &[&str]) -> Answer {
    command(words).output().unwrap().into()
}

/// Runs a command that must succeed and answers its JSON.
pub(crate) fn json(words: &[&str]) -> Value {
    let mut with_json = words.to_vec();
    with_json.push("--json");
    let answer = run(&with_json);
    assert_eq!(answer.code, 0, "{words:?}: {}", answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap()
}

/// A node that ends with the test: of a development chain, unless another command starts it.
pub(crate) struct Dev {
    child: Child,
    pub(crate) ready: Value,
}

impl Dev {
    pub(crate) fn start(dir: &Path) -> Self {
        let dir = dir.to_str().unwrap();
        let words = ["dev", "--dir", dir, "--http", "127.0.0.1:0", "--json"];
        Self::run(&mut command(&words))
    }

    /// Runs a command whose first line says that it serves.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command
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

    pub(crate) fn text(&self, field: &str) -> String {
        self.ready[field].as_str().unwrap().to_owned()
    }

    /// Ends it as Ctrl-C does and answers its exit code and its talk.
    pub(crate) fn interrupt(mut self) -> (i32, String) {
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

pub(crate) fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/longjing")
}

/// A chain, and commands on it.
pub(crate) struct Chain {
    pub(crate) dev: Dev,
    _dir: tempfile::TempDir,
}

impl Chain {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let dev = Dev::start(&dir.path().join("chain"));
        Self { dev, _dir: dir }
    }

    pub(crate) fn words<'a>(words: &'a str, rpc: &'a str) -> Vec<&'a str> {
        // A word with spaces is written with `_` here.
        let mut words: Vec<&str> = words.split(' ').collect();
        words.extend(["--rpc", rpc]);
        words
    }

    pub(crate) fn json(&self, words: &str) -> Value {
        let rpc = self.dev.text("rpc");
        let words = spaced(&Self::words(words, &rpc));
        json(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// What is said about an action, and what it did.
    pub(crate) fn act(&self, words: &str) -> (String, Value) {
        let rpc = self.dev.text("rpc");
        let words = spaced(&Self::words(words, &rpc));
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.push("--json");
        let answer = run(&words);
        assert_eq!(answer.code, 0, "{words:?}: {}", answer.stderr);
        let done: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(done["action"], answer.stderr.trim(), "{words:?}");
        assert!(done["height"].as_u64().unwrap() > 0);
        (answer.stderr.trim().to_owned(), done)
    }

    /// What a command is refused with.
    pub(crate) fn refused(&self, words: &str) -> String {
        let rpc = self.dev.text("rpc");
        let words = spaced(&Self::words(words, &rpc));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answer = run(&words);
        assert_eq!(answer.code, 1, "{words:?}: {}", answer.stdout);
        assert!(answer.stdout.is_empty(), "{}", answer.stdout);
        answer.stderr
    }
}

pub(crate) fn spaced(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| word.replace('_', " ")).collect()
}
