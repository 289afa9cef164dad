use super::*;
use std::{ffi::OsString, fs};

fn load(text: &str, environment: &[(&str, &str)]) -> Result<NodeConfig, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, text).unwrap();
    let environment = environment
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    NodeConfig::load_with(&path, environment)
}

/// What an error says, without the folder of the file.
fn refusal(text: &str, environment: &[(&str, &str)]) -> String {
    let said = load(text, environment).unwrap_err().to_string();
    match said.split_once("config.toml:") {
        Some((_, rest)) => rest.to_owned(),
        None => said,
    }
}

#[test]
fn every_key_has_a_default_that_fits() {
    let config = NodeConfig::defaults(Path::new("/srv/qiantang")).unwrap();
    assert_eq!(config.dir, Path::new("/srv/qiantang"));
    assert_eq!(config.chain, Path::new("/srv/qiantang/chain.json"));
    assert_eq!(config.rpc, "127.0.0.1:8545".parse().unwrap());
    assert_eq!(config.p2p, "0.0.0.0:30545".parse().unwrap());
    assert_eq!(config.heartbeat, Duration::from_secs(1));
    assert_eq!(config.interval, Duration::from_millis(100));
    assert_eq!(config.store, StoreMode::Archive);
    assert_eq!(config.passphrase_file, None);
    assert!(!config.inject_faults);
    // The defaults as a file say the same.
    let mut text = String::new();
    for key in KEYS {
        text.push_str(&format!(
            "[{}]\n{} = {}\n",
            key.section, key.name, key.default
        ));
    }
    assert!(load(&text, &[]).is_err(), "TOML allows a section once");
    let mut text = String::new();
    let mut section = "";
    for key in KEYS {
        if key.section != section {
            text.push_str(&format!("[{}]\n", key.section));
            section = key.section;
        }
        text.push_str(&format!("{} = {}\n", key.name, key.default));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, text).unwrap();
    let read = NodeConfig::load_with(&path, []).unwrap();
    assert_eq!(read, NodeConfig::defaults(folder.path()).unwrap());
}

#[test]
fn a_file_sets_values_and_the_environment_goes_first() {
    let key = "02".repeat(33);
    let text = format!(
        "[rpc]\nlisten = \"[::1]:1\"\n[p2p]\nbootstrap = [\"{key}@a.example:30545\"]\n\
         [store]\nmode = \"prune\"\nbytes = 1_000\n[pace]\nheartbeat = \"250ms\"\n\
         [faults]\ninject = true\n[key]\npassphrase_file = \"/etc/pass\"\n"
    );
    let config = load(&text, &[]).unwrap();
    assert_eq!(config.rpc, "[::1]:1".parse().unwrap());
    assert_eq!(config.bootstrap[0].address.to_string(), "a.example:30545");
    assert_eq!(config.bootstrap[0].key.len(), 33);
    assert_eq!(
        config.store,
        StoreMode::Prune(NonZeroU64::new(1000).unwrap())
    );
    assert_eq!(config.heartbeat, Duration::from_millis(250));
    assert_eq!(
        config.passphrase_file.as_deref(),
        Some(Path::new("/etc/pass"))
    );
    let environment = [
        ("QIANTANG_RPC_LISTEN", "127.0.0.1:2"),
        ("QIANTANG_STORE_BYTES", "2 GiB"),
        ("QIANTANG_FOLLOW_UPSTREAM", "http://a:1/, https://b.example"),
        ("QIANTANG_FAULTS_INJECT", "false"),
        // Of others, or of other parts of the program.
        ("QIANTANG_RPC", "http://127.0.0.1:8545"),
        ("QIANTANG_KEY", "dev:0"),
        ("QIANTANG_LOG", "debug"),
        ("HOME", "/root"),
    ];
    let config = load(&text, &environment).unwrap();
    assert_eq!(config.rpc, "127.0.0.1:2".parse().unwrap());
    assert_eq!(
        config.store,
        StoreMode::Prune(NonZeroU64::new(2 << 30).unwrap())
    );
    assert_eq!(config.upstream, ["http://a:1", "https://b.example"]);
    assert!(!config.inject_faults);
}

#[test]
fn what_is_not_known_is_named_with_its_line_and_the_nearest() {
    let cases = [
        (
            "[rpc]\n\nlistn = 1\n",
            "3: there is no key `rpc.listn`; did you mean `rpc.listen`?",
        ),
        (
            "[rcp]\nlisten = \"a\"\n",
            "1: there is no section [rcp]; did you mean `rpc`?",
        ),
        (
            "# a comment\nlisten = \"127.0.0.1:1\"\n",
            "2: there is no key `listen`; did you mean `rpc.listen`?",
        ),
        (
            "[p2p]\nlisten = \"127.0.0.1:1\"\nupstream = []",
            "3: there is no key `p2p.upstream`; did you mean `follow.upstream`?",
        ),
        (
            "[xyzzy]\n",
            "1: there is no section [xyzzy]; `qiantang config default` lists what there is",
        ),
        ("[rpc\n", "1: unclosed table, expected `]`"),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text, &[]), expected, "{text}");
    }
    assert_eq!(
        refusal("", &[("QIANTANG_RPC_LISTN", "x")]),
        "$QIANTANG_RPC_LISTN: there is no key `QIANTANG_RPC_LISTN`; \
         did you mean `QIANTANG_RPC_LISTEN`?"
    );
}

#[test]
fn values_that_do_not_fit_are_refused_where_they_stand() {
    let cases = [
        (
            "[rpc]\nlisten = \"8545\"",
            "2: `8545` does not fit rpc.listen",
        ),
        ("[rpc]\nlisten = 8545", "2: `8545` does not fit rpc.listen"),
        (
            "[sync]\nmode = \"fast\"",
            "2: `fast` does not fit sync.mode; write \"state\" or \"replay\"",
        ),
        (
            "[store]\nmode = \"prune\"\nbytes = 0",
            "3: `0` does not fit store.bytes",
        ),
        (
            "[store]\nbytes = \"18446744073709551615 GB\"",
            "2: `18446744073709551615 GB`",
        ),
        ("[store]\nbytes = -1", "2: `-1` does not fit store.bytes"),
        ("[store]\nbytes = \"10 ℃\"", "2: `10 ℃` does not fit"),
        (
            "[pace]\nheartbeat = \"0s\"",
            "2: `0s` does not fit pace.heartbeat",
        ),
        (
            "[pace]\nheartbeat = \"9999999999999h\"",
            "2: `9999999999999h` does not fit",
        ),
        (
            "[p2p]\nbootstrap = [\n\"02ab@a:1\"]",
            "2: `02ab@a:1` does not fit p2p.bootstrap",
        ),
        (
            "[p2p]\nbootstrap = \"x\"",
            "2: `x` does not fit p2p.bootstrap",
        ),
        (
            "[p2p]\nbootstrap = [1]",
            "2: `[1]` does not fit p2p.bootstrap",
        ),
        (
            "[follow]\nupstream = [\"ftp://a\"]",
            "2: `ftp://a` does not fit follow.upstream",
        ),
        (
            "[followers]\nmax = \"1\"",
            "2: `1` does not fit followers.max",
        ),
        (
            "[faults]\ninject = \"yes\"",
            "2: `yes` does not fit faults.inject",
        ),
    ];
    for (text, expected) in cases {
        let said = refusal(text, &[]);
        assert!(said.starts_with(expected), "{text}: {said}");
    }
    let said = refusal("", &[("QIANTANG_FAULTS_INJECT", "yes")]);
    assert!(
        said.starts_with("$QIANTANG_FAULTS_INJECT: `yes` does not fit"),
        "{said}"
    );
    let missing = NodeConfig::load_with(Path::new("/nowhere/config.toml"), []);
    assert!(matches!(missing, Err(ConfigError::File { .. })));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*", value in ".*") {
        let _ = load(&text, &[("QIANTANG_STORE_BYTES", &value)]);
    }
}
