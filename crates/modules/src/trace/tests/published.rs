//! What others rely on: the layout of the storage and the files in `specs/`.

use crate::{IModule, published, solc, specs::INTERFACES, trace::Trace};
use serde_json::Value;

#[test]
fn the_storage_is_laid_out_as_a_compiler_lays_it_out() {
    published::assert_layout::<Trace>("Trace");
}

#[test]
fn the_solidity_file_means_the_same_as_the_abi() {
    let shared = IModule::abi::contract().errors().count();
    for interface in INTERFACES {
        let Some(compiled) = solc::compile(&interface.solidity()) else {
            return;
        };
        let mut theirs = compiled[format!("I{}", interface.name)]["abi"].clone();
        remove_internal_types(&mut theirs);
        let ours = serde_json::to_value(interface.abi()).unwrap();
        let entries = ours.as_array().unwrap();
        for entry in theirs.as_array().unwrap() {
            assert!(entries.contains(entry), "{entry}");
        }
        // The errors of every module are in the ABI only.
        assert_eq!(entries.len(), theirs.as_array().unwrap().len() + shared);
    }
}

#[test]
fn the_published_files_are_current() {
    let specs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    for interface in INTERFACES {
        let abi = std::fs::read(specs.join(format!("abi/{}.json", interface.name))).unwrap();
        let abi: Value = serde_json::from_slice(&abi).unwrap();
        let hint = "run `cargo xtask specs`";
        assert_eq!(
            abi,
            serde_json::to_value(interface.abi()).unwrap(),
            "{hint}"
        );
        let file = specs.join(format!("solidity/I{}.sol", interface.name));
        assert!(
            std::fs::read_to_string(file).unwrap() == interface.solidity(),
            "{hint}"
        );
    }
}

fn remove_internal_types(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(remove_internal_types),
        Value::Object(fields) => {
            fields.remove("internalType");
            fields.values_mut().for_each(remove_internal_types);
        }
        _ => {}
    }
}
