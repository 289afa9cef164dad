//! What `specs/` publishes about the modules: interfaces as Solidity source and as JSON ABI.
//!
//! `cargo xtask` writes the files and a test compares them; nothing on the chain calls this.

use crate::{IModule, approvals, evidence, governance, identity, policy, scheduler, trace};
use alloy_json_abi::JsonAbi;
use alloy_primitives::hex;

/// The published interface of a module.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// Name of the module: `specs/abi/<name>.json` and `specs/solidity/I<name>.sol`.
    pub name: &'static str,
    abi: fn() -> JsonAbi,
    source: &'static str,
}

/// The interface of every module.
pub static INTERFACES: &[Interface] = &[
    Interface {
        name: "Identity",
        abi: identity::IIdentity::abi::contract,
        source: include_str!("identity/interface.rs"),
    },
    Interface {
        name: "Policy",
        abi: policy::IPolicy::abi::contract,
        source: include_str!("policy/interface.rs"),
    },
    Interface {
        name: "Scheduler",
        abi: scheduler::IScheduler::abi::contract,
        source: include_str!("scheduler/interface.rs"),
    },
    Interface {
        name: "Governance",
        abi: governance::IGovernance::abi::contract,
        source: include_str!("governance/interface.rs"),
    },
    Interface {
        name: "Trace",
        abi: trace::ITrace::abi::contract,
        source: include_str!("trace/interface.rs"),
    },
    Interface {
        name: "Evidence",
        abi: evidence::IEvidence::abi::contract,
        source: include_str!("evidence/interface.rs"),
    },
    Interface {
        name: "Approvals",
        abi: approvals::IApprovals::abi::contract,
        source: include_str!("approvals/interface.rs"),
    },
];

/// What every module may answer with. Nothing is published of it alone.
pub static SHARED: Interface = Interface {
    name: "Module",
    abi: JsonAbi::new,
    source: include_str!("interface.rs"),
};

/// A refusal of a module in words: the error's name, and its arguments as the ABI encodes them.
pub fn error_text(module: &str, data: &[u8]) -> String {
    let interface = INTERFACES.iter().find(|known| known.name == module);
    let selector = data.first_chunk::<4>().copied().unwrap_or_default();
    let name = interface.and_then(|interface| {
        let abi = interface.abi();
        let error = abi.errors().find(|error| error.selector() == selector)?;
        Some(error.name.clone())
    });
    let arguments = data.get(4..).unwrap_or_default();
    let name = name.unwrap_or_else(|| format!("error {}", hex::encode_prefixed(selector)));
    if arguments.is_empty() {
        name
    } else {
        format!("{name} {}", hex::encode_prefixed(arguments))
    }
}

impl Interface {
    /// The ABI, with the errors that every module shares.
    pub fn abi(&self) -> JsonAbi {
        let mut abi = (self.abi)();
        abi.errors.append(&mut IModule::abi::contract().errors);
        abi
    }

    /// The interface as a Solidity file: the text inside `sol!`, with its comments and without
    /// Rust's attributes.
    pub fn solidity(&self) -> String {
        let body = self
            .source
            .split_once("sol! {\n")
            .map_or("", |(_, rest)| rest);
        let body = body.rsplit_once("\n}").map_or(body, |(inside, _)| inside);
        let mut out = String::from(
            "// SPDX-License-Identifier: Apache-2.0\n\
             // Generated from crates/modules; do not edit.\n\
             pragma solidity ^0.8.24;\n\n",
        );
        for line in body
            .lines()
            .filter(|line| !line.trim_start().starts_with("#["))
        {
            out.push_str(line.strip_prefix("    ").unwrap_or(line).trim_end());
            out.push('\n');
        }
        out
    }
}
