//! Selector to operation, nothing else.

use super::{
    IApprovals::{self, IApprovalsCalls as Calls},
    delegations, operations, views,
};
use crate::{
    Context, Halt,
    dispatch::{answer, decode},
    page::Page,
};
use alloy_primitives::Bytes;
use alloy_sol_types::SolInterface;

/// Runs one call of the module.
pub(crate) fn call(ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    Ok(match decode::<Calls>(ctx, input)? {
        call @ (Calls::setRule(_) | Calls::removeRule(_)) => {
            let id = operations::propose_rule(ctx, &call, input)?;
            answer::<IApprovals::setRuleCall>(&id)
        }
        Calls::propose(call) => {
            let id = operations::propose(ctx, call.module, &call.input)?;
            answer::<IApprovals::proposeCall>(&id)
        }
        Calls::check(call) => {
            operations::check(ctx, call.id, call.principal)?;
            Bytes::new()
        }
        Calls::approve(call) => {
            let output = operations::approve(ctx, call.id, call.principal)?;
            answer::<IApprovals::approveCall>(&output)
        }
        Calls::reject(call) => {
            operations::reject(ctx, call.id, &call.reason)?;
            Bytes::new()
        }
        Calls::withdraw(call) => {
            operations::withdraw(ctx, call.id)?;
            Bytes::new()
        }
        Calls::expire(call) => {
            operations::expire(ctx, call.id)?;
            Bytes::new()
        }
        Calls::delegate(call) => {
            delegations::delegate(ctx, (call.stage, call.account), call.until)?;
            Bytes::new()
        }
        view => return answer_view(ctx, view),
    })
}

/// The operations that only answer.
fn answer_view(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    Ok(match call {
        Calls::operation(call) => {
            answer::<IApprovals::operationCall>(&views::operation(ctx, call.id)?)
        }
        Calls::ruleFor(call) => {
            let entry = views::rule_for(ctx, call.account, (call.module, call.selector))?;
            answer::<IApprovals::ruleForCall>(&entry)
        }
        Calls::delegation(call) => {
            let delegation = delegations::of(ctx, call.account, call.stage)?;
            answer::<IApprovals::delegationCall>(&delegation)
        }
        Calls::pending(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next) = views::pending(ctx, call.organisation, page)?;
            answer::<IApprovals::pendingCall>(&IApprovals::pendingReturn { list, next })
        }
        Calls::operations(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next) = views::operations(ctx, call.organisation, page)?;
            answer::<IApprovals::operationsCall>(&IApprovals::operationsReturn { list, next })
        }
        Calls::rules(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next) = views::rules(ctx, call.organisation, page)?;
            answer::<IApprovals::rulesCall>(&IApprovals::rulesReturn { list, next })
        }
        other => {
            let name =
                IApprovals::IApprovalsCalls::name_by_selector(SolInterface::selector(&other));
            return Err(Halt::Fatal(format!(
                "operation {name:?} of Approvals has no dispatch"
            )));
        }
    })
}
