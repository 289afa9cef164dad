//! Asks a Solidity compiler what it makes of a declaration. Tests only.

use crate::storage::{Stored, Types};
use alloy_primitives::U256;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The folder with the compiler's package and the twins.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layout")
}

/// Layout and ABI of every contract in a source; `None` where the compiler is not installed, which
/// is an error under CI.
pub(crate) fn compile(source: &str) -> Option<Value> {
    if !folder().join("node_modules/solc").is_dir() {
        let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(
            !is_ci,
            "no Solidity compiler: run `npm ci` in {}",
            folder().display()
        );
        println!(
            "skipped: no Solidity compiler; run `npm ci` in {}",
            folder().display()
        );
        return None;
    }
    let mut node = Command::new("node")
        .arg("layout.js")
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    node.stdin
        .take()
        .unwrap()
        .write_all(source.as_bytes())
        .unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// A field: name, slot, offset, type.
pub(crate) type Field = (String, U256, usize, String);

/// The fields of a contract's storage, and of every struct in it by the struct's name.
pub(crate) type Layout = BTreeMap<String, Vec<Field>>;

/// What the compiler reports for a contract.
pub(crate) fn reported(compiled: &Value, contract: &str) -> Layout {
    let layout = &compiled[contract]["storageLayout"];
    let types = &layout["types"];
    let label = |kind: &Value| {
        types[kind.as_str().unwrap()]["label"]
            .as_str()
            .unwrap()
            .replace(&format!("{contract}."), "")
    };
    let fields = |list: &Value| -> Vec<Field> {
        let field = |field: &Value| {
            (
                // Solidity reserves `event`; the twins write `event_`.
                field["label"]
                    .as_str()
                    .unwrap()
                    .trim_end_matches('_')
                    .to_owned(),
                field["slot"].as_str().unwrap().parse().unwrap(),
                usize::try_from(field["offset"].as_u64().unwrap()).unwrap(),
                label(&field["type"]),
            )
        };
        list.as_array().unwrap().iter().map(field).collect()
    };
    let mut all = Layout::from([(format!("struct {contract}"), fields(&layout["storage"]))]);
    for kind in types
        .as_object()
        .into_iter()
        .flat_map(|types| types.values())
    {
        if kind["members"].is_array() {
            let name = kind["label"]
                .as_str()
                .unwrap()
                .replace(&format!("{contract}."), "");
            all.insert(name, fields(&kind["members"]));
        }
    }
    all
}

/// What the storage framework does with a struct.
pub(crate) fn described<T: Stored>() -> Layout {
    let mut types = Types::new();
    T::describe(&mut types);
    let field = |member: &crate::storage::Member| {
        (
            member.name.to_owned(),
            member.slot,
            member.offset,
            member.kind.clone(),
        )
    };
    types
        .iter()
        .map(|(name, members)| (name.clone(), members.iter().map(field).collect()))
        .collect()
}
