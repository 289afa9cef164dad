//! Operations and rules in words: what a person reads before it checks, approves or decides.

use crate::{
    commands::{governance, identity, names::Names, of_client},
    failure::Failure,
    messages::{ApprovalsAct as Act, words},
    output::{Output, plain, value_text},
};
use alloy_primitives::{Address, Bytes, FixedBytes, keccak256};
use alloy_sol_types::SolInterface as _;
use qiantang_client::{
    Interface as _, MODULES, ModuleCall,
    approvals::{
        Approvals,
        IApprovals::{IApprovalsCalls as Calls, Operation, Rule, Stage},
    },
    governance::Governance,
};
use std::time::Duration;

/// `amountWord` of a rule without an amount.
pub(super) const NO_AMOUNT: u8 = u8::MAX;

/// What an operation would do.
pub(super) async fn operation_text(
    output: Output,
    names: &Names,
    operation: &Operation,
) -> Result<String, Failure> {
    let target = (operation.module, &operation.input);
    call_text(output, names, operation.organisation, target).await
}

/// What a call of a module does: a change of rules and a proposal in words, any other with its
/// arguments, and one that no module knows by its hash.
pub(super) async fn call_text(
    output: Output,
    names: &Names,
    organisation: u64,
    (module, input): (Address, &Bytes),
) -> Result<String, Failure> {
    let Some(call) = ModuleCall::decode(module, input) else {
        let module = names.address(module).await?;
        let said: [&dyn std::fmt::Display; 3] = [&module, &input.len(), &keccak256(input)];
        return Ok(output.say(Act::Unreadable, &said));
    };
    if module == Approvals::ADDRESS {
        match Calls::abi_decode(input) {
            Ok(Calls::setRule(call)) => {
                let rule = rule_text(output, names, organisation, &call.rule).await?;
                return Ok(output.say(Act::RuleSet, &[&rule]));
            }
            Ok(Calls::removeRule(call)) => {
                let target = target_text(output, names, call.module, call.selector).await?;
                return Ok(output.say(Act::RuleRemoved, &[&target]));
            }
            _ => {}
        }
    }
    if module == Governance::ADDRESS && call.function.starts_with("propose") {
        let (what, reason) = governance::action(output, names, input).await?;
        return Ok(output.say(Act::Proposal, &[&what, &plain(&reason)]));
    }
    let arguments: Vec<String> = call
        .arguments
        .iter()
        .map(|(name, value)| format!("{name}: {}", value_text(value)))
        .collect();
    let (module, function) = (call.module, call.function);
    Ok(format!("{module} {function}({})", arguments.join(", ")))
}

/// What a rule is about: a module's operation, or all of them.
pub(super) async fn target_text(
    output: Output,
    names: &Names,
    module: Address,
    selector: FixedBytes<4>,
) -> Result<String, Failure> {
    let name = names.address(module).await?;
    if selector.is_zero() {
        return Ok(output.say(Act::EveryOperation, &[&name]));
    }
    let row = MODULES.iter().find(|row| row.address == module);
    let found = row.and_then(|row| row.function(&selector.to_string()));
    let function = found.map_or_else(|| selector.to_string(), |found| found.name);
    Ok(format!("{name} {function}"))
}

/// A rule of an organisation.
pub(super) async fn rule_text(
    output: Output,
    names: &Names,
    organisation: u64,
    rule: &Rule,
) -> Result<String, Failure> {
    let target = target_text(output, names, rule.module, rule.selector).await?;
    let expiry = humantime::format_duration(Duration::from_millis(rule.expiry));
    let act = match rule.checked {
        true => Act::RuleChecked,
        false => Act::RuleApproved,
    };
    let mut text = output.say(act, &[&target, &expiry]);
    if rule.amountWord == NO_AMOUNT {
        return Ok(text);
    }
    let roles = names.identity().roles(organisation).await;
    let roles = roles.map_err(of_client(output))?.entries;
    let mut limits = Vec::new();
    for limit in &rule.limits {
        let stage = words::STAGE.say(output.lang, limit.stage as u8);
        let found = roles.iter().find(|role| role.number == limit.role);
        let role = found.map_or_else(
            || limit.role.to_string(),
            |role| plain(&identity::role_name(output, role)),
        );
        let said: [&dyn std::fmt::Display; 3] = [&role, &stage, &limit.amount];
        limits.push(output.say(Act::LimitText, &said));
    }
    let separator = output.lang.text(Act::LimitSeparator);
    let limits = limits.join(separator);
    text.push_str(&output.say(Act::Limits, &[&rule.amountWord, &limits]));
    Ok(text)
}

/// The stage of a number, which came from the table of words.
pub(super) fn stage(number: u8) -> Stage {
    Stage::try_from(number).unwrap_or(Stage::None)
}
