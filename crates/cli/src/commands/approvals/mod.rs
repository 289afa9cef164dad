//! `qiantang approvals`: operations that take more than one person.

pub(crate) mod arguments;
mod describe;
mod show;

use super::{acting::Actor, identity, of_client, typed};
use crate::{
    failure::Failure,
    messages::{ApprovalsAct as Act, words},
    output::Output,
};
use alloy_primitives::{Address, Bytes, FixedBytes};
use alloy_sol_types::SolCall;
use arguments::{About, Approvals as Arguments, One, Passing, Rule};
use describe::{NO_AMOUNT, call_text, operation_text, rule_text, stage, target_text};
use qiantang_client::{
    CallError, MODULES,
    approvals::{Approvals, IApprovals},
};
use show::Asked;

/// Runs one of the commands about rules and operations.
pub(crate) async fn run(output: Output, arguments: Arguments) -> Result<(), Failure> {
    match arguments {
        Arguments::Rules { organisation, rpc } => {
            show::rules(&Asked::new(output, &rpc)?, &organisation).await
        }
        Arguments::List {
            organisation,
            all,
            rpc,
        } => show::list(&Asked::new(output, &rpc)?, &organisation, all).await,
        Arguments::Show { operation, rpc } => {
            show::show(&Asked::new(output, &rpc)?, operation).await
        }
        Arguments::SetRule { rule, acting } => {
            let actor = Actor::open(output, &acting).await?;
            let rule = rule_of(&actor, *rule).await?;
            let organisation = actor.record.organisation;
            let text = rule_text(output, &actor.names, organisation, &rule).await?;
            let call = IApprovals::setRuleCall { rule };
            send(&actor, &call, Act::SetRule, &[&text]).await
        }
        Arguments::RemoveRule { about, acting } => {
            let (module, selector) = about_of(output, &about)?;
            let actor = Actor::open(output, &acting).await?;
            let text = target_text(output, &actor.names, module, selector).await?;
            let call = IApprovals::removeRuleCall { module, selector };
            send(&actor, &call, Act::RemoveRule, &[&text]).await
        }
        Arguments::Propose {
            module,
            function,
            arguments,
            acting,
        } => {
            let module = module_of(output, &module)?;
            let input = input_of(output, module, (&function, &arguments))?;
            let actor = Actor::open(output, &acting).await?;
            let organisation = actor.record.organisation;
            let what = call_text(output, &actor.names, organisation, (module, &input)).await?;
            let call = IApprovals::proposeCall { module, input };
            send(&actor, &call, Act::Propose, &[&what]).await
        }
        other => on_operation(output, other).await,
    }
}

/// What is done to operations that wait, and with the right to it.
async fn on_operation(output: Output, arguments: Arguments) -> Result<(), Failure> {
    match arguments {
        Arguments::Check(Passing { one, principal }) => {
            let call = IApprovals::checkCall {
                id: one.operation,
                principal: principal.unwrap_or_default(),
            };
            let acts = (Act::Check, Act::CheckFor);
            pass(output, &one, (call, acts, principal)).await
        }
        Arguments::Approve(Passing { one, principal }) => {
            let call = IApprovals::approveCall {
                id: one.operation,
                principal: principal.unwrap_or_default(),
            };
            let acts = (Act::Approve, Act::ApproveFor);
            pass(output, &one, (call, acts, principal)).await
        }
        Arguments::Reject { reason, one } => {
            let (id, said) = (one.operation, reason.clone());
            let call = IApprovals::rejectCall { id, reason };
            on(output, &one, (call, Act::Reject), &[&said]).await
        }
        Arguments::Withdraw(one) => {
            let call = IApprovals::withdrawCall { id: one.operation };
            on(output, &one, (call, Act::Withdraw), &[]).await
        }
        Arguments::Expire(one) => {
            let call = IApprovals::expireCall { id: one.operation };
            on(output, &one, (call, Act::Expire), &[]).await
        }
        Arguments::Delegate {
            stage: typed_stage,
            delegate,
            until,
            acting,
        } => {
            let number = typed::number(output, &words::STAGE, &typed_stage)?;
            let until = typed::moment(output, &until)?;
            let actor = Actor::open(output, &acting).await?;
            let name = actor.names.address(delegate).await?;
            let word = words::STAGE.say(output.lang, number);
            let call = IApprovals::delegateCall {
                stage: stage(number),
                account: delegate,
                until,
            };
            let ends = crate::output::time(until);
            send(&actor, &call, Act::Delegate, &[&name, &word, &ends]).await
        }
        Arguments::Rules { .. }
        | Arguments::List { .. }
        | Arguments::Show { .. }
        | Arguments::SetRule { .. }
        | Arguments::RemoveRule { .. }
        | Arguments::Propose { .. } => unreachable!("`run` does these itself"),
    }
}

async fn send(
    actor: &Actor,
    call: &impl SolCall,
    act: Act,
    said: &[&dyn std::fmt::Display],
) -> Result<(), Failure> {
    actor.act::<Approvals>(call, act, said).await?.done()
}

/// Does something to an operation; what is said of it begins with its number, its maker and what it
/// would do.
async fn on(
    output: Output,
    one: &One,
    (call, act): (impl SolCall, Act),
    more: &[&dyn std::fmt::Display],
) -> Result<(), Failure> {
    let actor = Actor::open(output, &one.acting).await?;
    let found = actor.module::<Approvals>().operation(one.operation).await;
    let found = found.map_err(of_client(output))?;
    let maker = actor.names.address(found.maker).await?;
    let what = operation_text(output, &actor.names, &found).await?;
    let mut said: Vec<&dyn std::fmt::Display> = vec![&one.operation, &maker, &what];
    said.extend_from_slice(more);
    send(&actor, &call, act, &said).await
}

/// Checks or approves, in one's own right or in the place of who delegated it.
async fn pass(
    output: Output,
    one: &One,
    (call, (own, delegated), principal): (impl SolCall, (Act, Act), Option<Address>),
) -> Result<(), Failure> {
    match principal {
        Some(principal) => on(output, one, (call, delegated), &[&principal]).await,
        None => on(output, one, (call, own), &[]).await,
    }
}

/// A module that was typed as its name or address.
fn module_of(output: Output, text: &str) -> Result<Address, Failure> {
    let named = MODULES
        .iter()
        .find(|row| row.name.eq_ignore_ascii_case(text))
        .map(|row| row.address);
    named.or_else(|| text.parse().ok()).ok_or_else(|| {
        let names: Vec<&str> = MODULES.iter().map(|row| row.name).collect();
        output.failure(Act::NoModule, &[&text, &names.join(", ")])
    })
}

/// The module and selector that a rule is about; selector zero for all of the module.
fn about_of(output: Output, about: &About) -> Result<(Address, FixedBytes<4>), Failure> {
    let module = module_of(output, &about.module)?;
    let Some(text) = &about.call else {
        return Ok((module, FixedBytes::ZERO));
    };
    let row = MODULES.iter().find(|row| row.address == module);
    match row.and_then(|row| row.function(text)) {
        Some(function) => Ok((module, function.selector())),
        None => Ok((module, typed::selector(output, text)?)),
    }
}

/// The rule that was typed.
async fn rule_of(actor: &Actor, rule: Rule) -> Result<IApprovals::Rule, Failure> {
    let output = actor.output;
    let (module, selector) = about_of(output, &rule.about)?;
    let mut limits = Vec::new();
    for limit in rule.limits {
        let number = typed::number(output, &words::STAGE, &limit.stage)?;
        let (role, _) = identity::find_role(actor, &limit.role).await?;
        limits.push(IApprovals::Limit {
            stage: stage(number),
            role,
            amount: limit.amount,
        });
    }
    Ok(IApprovals::Rule {
        module,
        selector,
        checked: rule.checked,
        amountWord: rule.amount_word.unwrap_or(NO_AMOUNT),
        expiry: u64::try_from(rule.expiry.as_millis()).unwrap_or(u64::MAX),
        limits,
    })
}

/// The call that was typed: its bytes, or a module's operation and its arguments.
fn input_of(
    output: Output,
    module: Address,
    (function, arguments): (&str, &[String]),
) -> Result<Bytes, Failure> {
    let row = MODULES.iter().find(|row| row.address == module);
    let known = row.filter(|row| row.function(function).is_some());
    if known.is_none()
        && arguments.is_empty()
        && let Ok(bytes) = function.parse()
        && function.starts_with("0x")
    {
        return Ok(bytes);
    }
    let Some(row) = row else {
        let names: Vec<&str> = MODULES.iter().map(|row| row.name).collect();
        return Err(output.failure(Act::NoModule, &[&module, &names.join(", ")]));
    };
    row.encode(function, arguments)
        .map_err(|error| match error {
            CallError::UnknownFunction { module, function } => {
                let all = row.operations().join(", ");
                output.failure(Act::NoFunction, &[&module, &function, &all])
            }
            CallError::Count {
                signature,
                needed,
                count,
            } => output.failure(Act::ArgumentCount, &[&signature, &needed, &count]),
            CallError::Argument {
                argument,
                kind,
                value,
            } => output.failure(Act::ArgumentKind, &[&value, &kind, &argument]),
        })
}
