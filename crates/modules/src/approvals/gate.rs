//! The question before every call from outside.

use super::{ADDRESS, Approvals, IApprovals::ApprovalNeeded, rules};
use crate::{Context, Halt, MODULES, calls, identity, identity::IIdentity, specs::INTERFACES};
use alloy_primitives::{Address, FixedBytes};
use alloy_sol_types::SolCall;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// Operations of Identity that concern the caller's own account and no organisation: no rule of an
/// organisation stands between a person and its key.
pub const PERSONAL: [[u8; 4]; 3] = [
    IIdentity::rotateKeyCall::SELECTOR,
    IIdentity::objectToRecoveryCall::SELECTOR,
    IIdentity::leaveOrganisationCall::SELECTOR,
];

/// Refuses a call for which the caller's organisation requires approval.
///
/// # Errors
/// [`ApprovalNeeded`]; as [`Context::load`].
pub fn require(ctx: &mut dyn Context, module: Address, input: &[u8]) -> Result<(), Halt> {
    if module == ADDRESS || ctx.is_static() {
        return Ok(());
    }
    let account = ctx.caller();
    calls::enter(ctx, ADDRESS, module, |ctx| {
        let organisation = identity::account(ctx, account)?.organisation;
        if organisation == 0 {
            return Ok(());
        }
        let owner = Approvals::storage().organisations.at(ctx, &organisation)?;
        if owner.rules.len(ctx)? == 0 {
            return Ok(());
        }
        let selector = rules::selector_of(input);
        match rules::effective(ctx, organisation, (module, selector))? {
            Some(rule) if !is_free(module, selector) => Err(Halt::revert(ApprovalNeeded {
                organisation,
                module,
                selector: FixedBytes(selector.to_be_bytes()),
                rule: rule.id,
            })),
            _ => Ok(()),
        }
    })
}

/// Whether no rule reaches an operation: it only answers, or it is personal.
pub(super) fn is_free(module: Address, selector: u32) -> bool {
    let selector = selector.to_be_bytes();
    if module == identity::ADDRESS && PERSONAL.contains(&selector) {
        return true;
    }
    VIEWS
        .get(&module)
        .is_some_and(|views| views.contains(&selector))
}

/// Selectors of the operations that only answer, by module, from the published interfaces.
static VIEWS: LazyLock<BTreeMap<Address, BTreeSet<[u8; 4]>>> = LazyLock::new(|| {
    let views = |name: &str| {
        let interface = INTERFACES.iter().find(|interface| interface.name == name);
        let abi = interface
            .map(crate::specs::Interface::abi)
            .unwrap_or_default();
        let selectors = abi
            .functions()
            .filter(|function| {
                matches!(
                    function.state_mutability,
                    alloy_json_abi::StateMutability::View | alloy_json_abi::StateMutability::Pure
                )
            })
            .map(|function| function.selector().0);
        selectors.collect()
    };
    MODULES
        .iter()
        .map(|module| (module.address, views(module.name)))
        .collect()
});
