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
mod tests;
