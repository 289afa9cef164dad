//! Why a module refused: its custom errors, read with the generated ABIs in `specs/`.

use crate::{bindings::MODULES, error::ClientError};
use alloy_dyn_abi::{DynSolValue, JsonAbiExt as _};

/// A custom error that a module answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The first module that knows the error.
    pub module: &'static str,
    /// Its name.
    pub name: String,
    /// Its arguments, with their names.
    pub arguments: Vec<(String, DynSolValue)>,
}

impl Refusal {
    /// The refusal behind an error of the client.
    pub fn of(error: &ClientError) -> Option<Self> {
        match error {
            ClientError::Reverted { data, .. } => Self::decode(data),
            _ => None,
        }
    }

    /// Reads revert data.
    pub fn decode(data: &[u8]) -> Option<Self> {
        let (selector, arguments) = data.split_at_checked(4)?;
        for module in MODULES {
            let abi = module.abi();
            let found = abi.errors().find(|error| error.selector() == selector);
            let Some(error) = found else {
                continue;
            };
            let values = error.abi_decode_input(arguments).ok()?;
            let names = error.inputs.iter().map(|input| input.name.clone());
            return Some(Self {
                module: module.name,
                name: error.name.clone(),
                arguments: names.zip(values).collect(),
            });
        }
        None
    }

    /// Name and arguments of every error of every module, for whoever has words for them.
    pub fn all() -> Vec<(&'static str, String, Vec<String>)> {
        let mut all = Vec::new();
        for module in MODULES {
            for error in module.abi().errors() {
                let names = error.inputs.iter().map(|input| input.name.clone());
                all.push((module.name, error.name.clone(), names.collect()));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, hex};

    #[test]
    fn an_error_is_read_with_the_names_of_its_arguments() {
        // `NotPermitted(address account, uint8 permission)`.
        let data = hex!(
            "04b8c35a"
            "0000000000000000000000000101010101010101010101010101010101010101"
            "0000000000000000000000000000000000000000000000000000000000000008"
        );
        let mut data = data.to_vec();
        let abi = MODULES[0].abi();
        let error = abi.errors().find(|e| e.name == "NotPermitted").unwrap();
        data[..4].copy_from_slice(error.selector().as_slice());
        let refusal = Refusal::decode(&data).unwrap();
        assert_eq!(
            (refusal.module, &*refusal.name),
            ("Identity", "NotPermitted")
        );
        let account = DynSolValue::Address(Address::repeat_byte(1));
        assert_eq!(refusal.arguments[0], ("account".to_owned(), account));
        assert_eq!(refusal.arguments[1].0, "permission");
        assert_eq!(Refusal::decode(&data[..60]), None);
        assert_eq!(Refusal::decode(&[1, 2, 3, 4]), None);
        assert_eq!(Refusal::decode(&[]), None);
    }

    #[test]
    fn every_abi_is_read() {
        let all = Refusal::all();
        for module in MODULES {
            let name = module.name;
            assert!(all.iter().any(|(found, ..)| *found == name), "{name}");
        }
    }
}
