//! What each module must keep towards others, whatever it does: tests of a module call this.

use crate::{
    Halt, IModule, MODULES, solc,
    specs::INTERFACES,
    storage::Stored,
    testing::{MapContext, spec},
};
use alloy_json_abi::Param;
use alloy_primitives::U256;
use alloy_sol_types::SolError as _;

/// Checks that a Solidity compiler lays out the twin contract `tests/layout/<name>.sol` as `T`.
pub(crate) fn assert_layout<T: Stored>(name: &str) {
    let source = std::fs::read_to_string(solc::folder().join(format!("{name}.sol"))).unwrap();
    if let Some(compiled) = solc::compile(&source) {
        assert_eq!(solc::described::<T>(), solc::reported(&compiled, name));
    }
}

/// Checks that every function of a module's published ABI reaches an operation, on a chain after
/// genesis and with arguments of zeros.
pub(crate) fn assert_dispatched(name: &str) {
    let module = MODULES.iter().find(|row| row.name == name).unwrap();
    let interface = INTERFACES.iter().find(|row| row.name == name).unwrap();
    let mut functions = 0;
    for function in interface.abi().functions() {
        let mut input = function.selector().to_vec();
        input.extend(zeros(&function.inputs));
        let result = MapContext::chain(&spec()).call(module, &input);
        let shown = function.signature();
        if let Err(Halt::Revert(data)) = &result {
            let undecoded = IModule::MalformedInput::abi_decode(data).is_ok()
                || IModule::UnknownSelector::abi_decode(data).is_ok();
            assert!(!undecoded, "{shown}: no operation took it");
        }
        assert!(
            !matches!(result, Err(Halt::Fatal(_))),
            "{shown}: {result:?}"
        );
        functions += 1;
    }
    assert!(functions > 0, "{name} has no operation");
}

/// The ABI encoding of arguments that are zero or empty.
fn zeros(parameters: &[Param]) -> Vec<u8> {
    let parts: Vec<(bool, Vec<u8>)> = parameters.iter().map(zero).collect();
    let head: usize = parts
        .iter()
        .map(|(is_dynamic, bytes)| if *is_dynamic { 32 } else { bytes.len() })
        .sum();
    let (mut heads, mut tails) = (Vec::new(), Vec::new());
    for (is_dynamic, bytes) in parts {
        if is_dynamic {
            let offset = U256::from(head + tails.len());
            heads.extend(offset.to_be_bytes::<32>());
            tails.extend(bytes);
        } else {
            heads.extend(bytes);
        }
    }
    heads.extend(tails);
    heads
}

/// Whether a parameter is encoded behind an offset, and the encoding of its zero.
fn zero(parameter: &Param) -> (bool, Vec<u8>) {
    let kind = parameter.ty.as_str();
    if kind == "string" || kind == "bytes" || kind.ends_with("[]") {
        return (true, vec![0; 32]);
    }
    if let Some((element, count)) = kind
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
    {
        let element = Param {
            ty: element.to_owned(),
            ..parameter.clone()
        };
        let elements = vec![element.clone(); count.parse().unwrap()];
        return (zero(&element).0, zeros(&elements));
    }
    if kind == "tuple" {
        let is_dynamic = parameter.components.iter().any(|part| zero(part).0);
        return (is_dynamic, zeros(&parameter.components));
    }
    (false, vec![0; 32])
}

#[test]
fn every_module_is_published_and_dispatched() {
    assert_eq!(MODULES.len(), INTERFACES.len());
    for module in MODULES {
        assert_dispatched(module.name);
    }
}
