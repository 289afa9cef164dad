//! Writes the files of `specs/` that describe the modules' interfaces.

use qiantang_modules::specs::INTERFACES;
use std::{fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    for interface in INTERFACES {
        let abi = serde_json::to_string_pretty(&interface.abi())? + "\n";
        fs::create_dir_all(specs.join("abi"))?;
        fs::write(
            specs.join("abi").join(format!("{}.json", interface.name)),
            abi,
        )?;
        fs::create_dir_all(specs.join("solidity"))?;
        let file = specs
            .join("solidity")
            .join(format!("I{}.sol", interface.name));
        fs::write(file, interface.solidity())?;
    }
    Ok(())
}
