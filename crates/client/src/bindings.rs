//! The modules of every chain: where each lives, what it is called by, and its ABI. The one table.

use crate::module::Interface;
use alloy_json_abi::JsonAbi;
use alloy_primitives::{Address, address};

pub use generated::{IApprovals, IEvidence, IGovernance, IIdentity, IPolicy, IScheduler, ITrace};

#[expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the generator leaves items without, and a log's constructor takes all that is in it"
)]
mod generated {
    use alloy_sol_types::sol;

    sol!(
        #[sol(all_derives)]
        "../../specs/solidity/IIdentity.sol"
    );
    sol!(
        #[sol(all_derives)]
        "../../specs/solidity/IPolicy.sol"
    );
    sol!(
        #[sol(all_derives)]
        "../../specs/solidity/IGovernance.sol"
    );
    sol!(
        #[sol(all_derives)]
        "../../specs/solidity/IScheduler.sol"
    );
    sol!(
        #[sol(all_derives)]
        "../../specs/solidity/IApprovals.sol"
    );
    sol!(
        #[sol(all_derives)]
        "../../specs/solidity/ITrace.sol"
    );
    sol!(
        #[sol(all_derives)]
        "../../specs/solidity/IEvidence.sol"
    );
}

/// A row of the table of modules.
#[derive(Clone, Copy, Debug)]
pub struct ModuleRow {
    /// Name for people, and of the files in `specs/`.
    pub name: &'static str,
    /// Where it lives on every chain.
    pub address: Address,
    /// The ABI as JSON, from `specs/`.
    json: &'static str,
}

impl ModuleRow {
    /// The module's published ABI.
    pub(crate) fn abi(&self) -> JsonAbi {
        serde_json::from_str(self.json).unwrap_or_default()
    }
}

/// Makes the marker of each module and the table of all.
macro_rules! modules {
    ($($(#[$about:meta])* $marker:ident, $calls:ty, $address:literal;)*) => {
        $(
            $(#[$about])*
            ///
            /// Calls go through [`Module`](crate::Module).
            #[derive(Clone, Copy, Debug)]
            pub struct $marker;

            impl Interface for $marker {
                const ADDRESS: Address = address!($address);
                type Calls = $calls;
            }
        )*

        /// All modules. An error of the same name and shape means the same in all of them.
        pub const MODULES: &[ModuleRow] = &[$(ModuleRow {
            name: stringify!($marker),
            address: $marker::ADDRESS,
            json: include_str!(concat!("../../../specs/abi/", stringify!($marker), ".json")),
        }),*];
    };
}

modules! {
    /// Organisations, their accounts, and what each may do.
    Identity, IIdentity::IIdentityCalls, "0x7174000000000000000000000000000000000011";
    /// Rules, quotas, orders of regulators, and policies for transfers.
    Policy, IPolicy::IPolicyCalls, "0x7174000000000000000000000000000000000012";
    /// Proposals, votes, and what the members decided.
    Governance, IGovernance::IGovernanceCalls, "0x7174000000000000000000000000000000000014";
    /// Calls that the chain makes by itself when they are due.
    Scheduler, IScheduler::ISchedulerCalls, "0x7174000000000000000000000000000000000013";
    /// Operations that need more than one person.
    Approvals, IApprovals::IApprovalsCalls, "0x7174000000000000000000000000000000000016";
    /// The journey of goods.
    Trace, ITrace::ITraceCalls, "0x7174000000000000000000000000000000000010";
    /// Who presented which digest, and when.
    Evidence, IEvidence::IEvidenceCalls, "0x7174000000000000000000000000000000000015";
}
