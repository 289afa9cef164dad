//! Selector to operation, nothing else.

use super::{
    IGovernance::{self, IGovernanceCalls as Calls},
    actions, faults, proposals, validators, views, votes,
};
use crate::{
    Context, Halt,
    dispatch::{answer, decode},
    page::Page,
};
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolInterface, SolValue};

/// Runs one call of the module.
pub(crate) fn call(ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    let call = decode::<Calls>(ctx, input)?;
    if actions::subject(&call).is_some() {
        // Every operation that proposes answers with the number of the proposal.
        let id = proposals::propose(ctx, &call, input)?;
        return Ok(U256::from(id).abi_encode().into());
    }
    Ok(match call {
        Calls::vote(call) => {
            answer::<IGovernance::voteCall>(&votes::vote(ctx, call.id, call.choice)?)
        }
        Calls::withdraw(call) => {
            proposals::withdraw(ctx, call.id)?;
            Bytes::new()
        }
        Calls::setValidatorAddress(call) => {
            validators::set_address(ctx, &call.key, &call.peerAddress)?;
            Bytes::new()
        }
        Calls::reportFault(call) => {
            faults::report(ctx, &call.evidence)?;
            Bytes::new()
        }
        Calls::anchor(_) => answer::<IGovernance::anchorCall>(&faults::anchor(ctx)?),
        Calls::close(call) => answer::<IGovernance::closeCall>(&votes::close(ctx, call.id)?),
        Calls::execute(call) => {
            answer::<IGovernance::executeCall>(&proposals::execute(ctx, call.id)?)
        }
        Calls::proposal(call) => {
            answer::<IGovernance::proposalCall>(&views::proposal(ctx, call.id)?)
        }
        Calls::rule(call) => answer::<IGovernance::ruleCall>(&views::rule(ctx, call.kind)?),
        Calls::parameters(_) => answer::<IGovernance::parametersCall>(&views::parameters(ctx)?),
        Calls::protocolVersion(_) => {
            answer::<IGovernance::protocolVersionCall>(&views::version(ctx)?)
        }
        paged => return call_page(ctx, paged),
    })
}

/// The operations that answer in pages.
fn call_page(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    Ok(match call {
        Calls::proposals(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next) = views::proposals(ctx, call.state, page)?;
            answer::<IGovernance::proposalsCall>(&IGovernance::proposalsReturn { list, next })
        }
        Calls::openProposals(call) => {
            let (list, next) = views::open(ctx, Page::new(call.cursor, call.limit))?;
            answer::<IGovernance::openProposalsCall>(&IGovernance::openProposalsReturn {
                list,
                next,
            })
        }
        Calls::ballots(call) => {
            let page = Page::new(call.cursor, call.limit);
            let (list, next) = views::ballots(ctx, call.id, page)?;
            answer::<IGovernance::ballotsCall>(&IGovernance::ballotsReturn { list, next })
        }
        Calls::members(call) => {
            let (list, next) = views::members(ctx, Page::new(call.cursor, call.limit))?;
            answer::<IGovernance::membersCall>(&IGovernance::membersReturn { list, next })
        }
        Calls::validators(call) => {
            let (list, next) = views::validators(ctx, Page::new(call.cursor, call.limit))?;
            answer::<IGovernance::validatorsCall>(&IGovernance::validatorsReturn { list, next })
        }
        Calls::faults(call) => {
            let (list, next) = faults::list(ctx, Page::new(call.cursor, call.limit))?;
            answer::<IGovernance::faultsCall>(&IGovernance::faultsReturn { list, next })
        }
        other => {
            let name =
                IGovernance::IGovernanceCalls::name_by_selector(SolInterface::selector(&other));
            return Err(Halt::Fatal(format!(
                "operation {name:?} of Governance has no dispatch"
            )));
        }
    })
}
