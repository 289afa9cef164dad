//! `qiantang doctor` on a real node. e2e/tests/doctor.test.mjs asks it about a network whose
//! validators end.

use super::{Dev, json, run};

#[test]
fn a_chain_that_runs_is_healthy_and_a_node_that_ended_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("chain"));
    let rpc = dev.text("rpc");
    // The first block is waited for: until then it is not known whether there are blocks.
    let report = loop {
        let report = json(&["doctor", "--rpc", &rpc]);
        assert_eq!(report["healthy"], true, "{report}");
        match report["findings"][0]["kind"].as_str() {
            Some("justStarted") => {}
            _ => break report,
        }
    };
    // Whether the disk of this machine is nearly full, or slow, is not what is tested.
    let findings = report["findings"].as_array().unwrap();
    let chain: Vec<_> = findings
        .iter()
        .filter(|finding| finding["kind"] != "diskFull" && finding["kind"] != "slowDisk")
        .collect();
    let [moves, votes] = chain[..] else {
        panic!("{report}");
    };
    assert_eq!(moves["kind"], "moves");
    assert!(moves["height"].as_u64().unwrap() > 0);
    assert_eq!(
        (&votes["kind"], &votes["voting"], &votes["needed"]),
        (&"votes".into(), &1.into(), &1.into())
    );
    let chinese = run(&["doctor", "--rpc", &rpc, "--lang", "zh"]);
    assert_eq!(chinese.code, 0);
    assert!(
        chinese.stdout.starts_with("说明：链在出块：区块 "),
        "{}",
        chinese.stdout
    );

    assert_eq!(dev.interrupt().0, 0);
    let gone = run(&["doctor", "--rpc", &rpc]);
    assert_eq!(gone.code, 2, "{}", gone.stdout);
    assert!(
        gone.stdout
            .starts_with(&format!("stop: no answer from {rpc}: "))
    );
    assert!(gone.stdout.contains("qiantang start"), "{}", gone.stdout);
}
