use super::*;
use crate::{
    Interface as _,
    approvals::{Approvals, IApprovals},
    identity::{IIdentity, Identity},
};
use alloy_primitives::U256;
use alloy_sol_types::SolCall as _;

fn row(name: &str) -> &'static ModuleRow {
    MODULES.iter().find(|row| row.name == name).unwrap()
}

fn typed(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_typed_call_is_what_the_bindings_encode_and_reads_back() {
    let call = IIdentity::createRoleCall {
        name: " clerk, \"first\"".to_owned(),
        permissions: U256::from(8),
    };
    let arguments = typed(&[" clerk, \"first\"", "8"]);
    for function in ["createRole", "createRole(string,uint256)"] {
        let encoded = row("Identity").encode(function, &arguments).unwrap();
        assert_eq!(encoded, call.abi_encode());
    }
    let read = ModuleCall::decode(Identity::ADDRESS, &call.abi_encode()).unwrap();
    assert_eq!((read.module, &*read.function), ("Identity", "createRole"));
    let name = DynSolValue::String(call.name);
    assert_eq!(read.arguments[0], ("name".to_owned(), name));
    assert_eq!(read.arguments[1].0, "permissions");
}

#[test]
fn structs_and_lists_are_typed_as_solidity_spells_them() {
    let call = IApprovals::setRuleCall {
        rule: IApprovals::Rule {
            module: Identity::ADDRESS,
            selector: IIdentity::setLevelCall::SELECTOR.into(),
            checked: true,
            amountWord: 1,
            expiry: 60_000,
            limits: vec![IApprovals::Limit {
                stage: IApprovals::Stage::Approve,
                role: 1,
                amount: U256::from(9),
            }],
        },
    };
    let selector = row("Identity").function("setLevel").unwrap().selector();
    let rule = format!(
        "({}, {selector}, true, 1, 60000, [(3, 1, 9)])",
        Identity::ADDRESS
    );
    let encoded = row("Approvals").encode("setRule", &[rule]).unwrap();
    assert_eq!(encoded, call.abi_encode());
    assert!(ModuleCall::decode(Approvals::ADDRESS, &encoded).is_some());
}

#[test]
fn what_is_no_call_is_refused() {
    let identity = row("Identity");
    let refused = |function: &str, texts: &[&str]| {
        let error = identity.encode(function, &typed(texts));
        error.unwrap_err().to_string()
    };
    assert_eq!(refused("fly", &[]), "Identity has no operation `fly`");
    assert_eq!(
        refused("createRole", &["clerk"]),
        "`createRole(string,uint256)` takes 2 arguments, not 1"
    );
    let wrong = refused("createRole", &["clerk", "many"]);
    assert!(wrong.contains("`many` is no uint256"), "{wrong}");
    let mut input = IIdentity::removeRoleCall { role: 16 }.abi_encode();
    assert!(ModuleCall::decode(Identity::ADDRESS, &input).is_some());
    input.push(0);
    assert_eq!(ModuleCall::decode(Identity::ADDRESS, &input), None);
    assert_eq!(ModuleCall::decode(Identity::ADDRESS, &[1, 2, 3]), None);
    assert_eq!(ModuleCall::decode(Address::ZERO, &input), None);
}

/// A name stands for one operation.
#[test]
fn no_module_has_two_operations_of_one_name() {
    for row in MODULES {
        let abi = row.abi();
        assert!(!abi.functions.is_empty(), "{}", row.name);
        assert!(abi.functions.values().all(|same| same.len() == 1));
    }
}
