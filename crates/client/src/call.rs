//! Calls of modules in words: made from what was typed, and read back, by the published ABIs.

use crate::bindings::{MODULES, ModuleRow};
use alloy_dyn_abi::{DynSolType, DynSolValue, JsonAbiExt as _, Specifier as _};
use alloy_json_abi::{Function, Param, StateMutability};
use alloy_primitives::{Address, Bytes};

/// A call of a module, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleCall {
    /// The module's name.
    pub module: &'static str,
    /// The operation's name.
    pub function: String,
    /// Its arguments, with their names.
    pub arguments: Vec<(String, DynSolValue)>,
}

/// Why something that was typed is no call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No operation of this name, signature or selector.
    #[error("{module} has no operation `{function}`")]
    UnknownFunction {
        /// The module's name.
        module: &'static str,
        /// What was typed.
        function: String,
    },
    /// Too few or too many arguments.
    #[error("`{signature}` takes {needed} arguments, not {count}")]
    Count {
        /// The operation.
        signature: String,
        /// Arguments that it takes.
        needed: usize,
        /// Arguments that there are.
        count: usize,
    },
    /// An argument is none of its type.
    #[error("`{value}` is no {kind}, which the argument `{argument}` is")]
    Argument {
        /// The argument's name.
        argument: String,
        /// Its Solidity type.
        kind: String,
        /// What was typed.
        value: String,
    },
}

impl ModuleRow {
    /// An operation by its name, its signature or its selector in hexadecimal digits.
    pub fn function(&self, text: &str) -> Option<Function> {
        let selector = text.parse().ok();
        self.abi()
            .functions()
            .find(|function| {
                function.name == text
                    || function.signature() == text
                    || selector == Some(function.selector())
            })
            .cloned()
    }

    /// Names of the operations that change something.
    pub fn operations(&self) -> Vec<String> {
        let changes = |function: &&Function| {
            !matches!(
                function.state_mutability,
                StateMutability::View | StateMutability::Pure
            )
        };
        let abi = self.abi();
        let functions = abi.functions().filter(changes);
        functions.map(|function| function.name.clone()).collect()
    }

    /// The call of an operation with arguments as Solidity spells them: texts and hexadecimal bytes
    /// as they are, lists in `[]`, structs in `()`, enumerations by their number.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub fn encode(&self, function: &str, arguments: &[String]) -> Result<Bytes, CallError> {
        let found = self
            .function(function)
            .ok_or_else(|| CallError::UnknownFunction {
                module: self.name,
                function: function.to_owned(),
            })?;
        if found.inputs.len() != arguments.len() {
            return Err(CallError::Count {
                signature: found.signature(),
                needed: found.inputs.len(),
                count: arguments.len(),
            });
        }
        let values: Vec<DynSolValue> = found
            .inputs
            .iter()
            .zip(arguments)
            .map(|(parameter, text)| value_of(parameter, text))
            .collect::<Result<_, _>>()?;
        let encoded = found.abi_encode_input(&values);
        // Values that were read as the types of the inputs are encoded as them.
        encoded
            .map(Bytes::from)
            .map_err(|_| CallError::UnknownFunction {
                module: self.name,
                function: function.to_owned(),
            })
    }
}

impl ModuleCall {
    /// Takes a call apart, or answers `None` where no module has the operation, or the bytes are
    /// not exactly what its arguments are encoded as.
    pub fn decode(module: Address, input: &[u8]) -> Option<Self> {
        let row = MODULES.iter().find(|row| row.address == module)?;
        let (selector, rest) = input.split_at_checked(4)?;
        let abi = row.abi();
        let function = abi
            .functions()
            .find(|function| function.selector() == selector)?;
        let values = function.abi_decode_input(rest).ok()?;
        if function.abi_encode_input(&values).ok()? != input {
            return None;
        }
        let names = function.inputs.iter().map(|input| input.name.clone());
        Some(Self {
            module: row.name,
            function: function.name.clone(),
            arguments: names.zip(values).collect(),
        })
    }
}

fn value_of(parameter: &Param, text: &str) -> Result<DynSolValue, CallError> {
    let read = |kind: DynSolType| match kind {
        // Taken as it is: quotes and spaces at the ends belong to it.
        DynSolType::String => Some(DynSolValue::String(text.to_owned())),
        kind => kind.coerce_str(text).ok(),
    };
    let kind = parameter.resolve().ok();
    kind.and_then(read).ok_or_else(|| CallError::Argument {
        argument: parameter.name.clone(),
        kind: parameter.selector_type().into_owned(),
        value: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
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
}
