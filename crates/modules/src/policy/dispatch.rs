//! Selector to operation, nothing else.

use super::{
    IPolicy::{self, IPolicyCalls as Calls},
    appointments, challenges, contracts, gate, orders, quota, registry, rules, transfers, views,
};
use crate::{
    Context, Halt,
    dispatch::{answer, decode},
    page::Page,
};
use alloy_primitives::Bytes;

/// Runs one call of the module.
pub(crate) fn call(ctx: &mut dyn Context, input: &[u8]) -> Result<Bytes, Halt> {
    let call = decode::<Calls>(ctx, input)?;
    match call {
        Calls::setRule(call) => rules::set_for_chain(ctx, call.rule)?,
        Calls::setOwnRule(call) => rules::set_own(ctx, call.rule)?,
        Calls::setQuota(call) => quota::set(ctx, call.organisation, call.quota)?,
        Calls::dismissRegulator(call) => appointments::dismiss(ctx, call.appointment)?,
        Calls::setReviewAuthority(call) => appointments::set_authority(ctx, call)?,
        Calls::freezeContract(call) => orders::freeze_by_vote(ctx, call.target, call.reason)?,
        Calls::unfreezeContract(call) => orders::unfreeze_by_vote(ctx, call.target)?,
        Calls::setContractOrganisation(call) => {
            contracts::set(ctx, call.target, call.organisation)?;
        }
        Calls::registerContract(call) => contracts::register(ctx, call.target, call.nonce)?,
        Calls::releaseOrder(call) => orders::release(ctx, &call)?,
        Calls::approveTransfer(call) => orders::approve_transfer(ctx, call)?,
        Calls::challengeOrder(call) => challenges::challenge(ctx, call.id, call.grounds)?,
        Calls::decideChallenge(call) => challenges::decide(ctx, call)?,
        Calls::changePolicy(call) => registry::change(ctx, call.policy, call.terms)?,
        Calls::setListed(call) => registry::set_listed(ctx, call)?,
        Calls::setToken(call) => registry::set_token(ctx, &call)?,
        Calls::checkTransfer(call) => transfers::check_call(ctx, &call)?,
        Calls::recordTransfer(call) => transfers::record_call(ctx, &call)?,
        other => return call_with_answer(ctx, other),
    }
    Ok(Bytes::new())
}

/// The operations that answer something.
fn call_with_answer(ctx: &mut dyn Context, call: Calls) -> Result<Bytes, Halt> {
    Ok(match call {
        Calls::appointRegulator(call) => {
            answer::<IPolicy::appointRegulatorCall>(&appointments::appoint(ctx, call)?)
        }
        Calls::issueOrder(call) => {
            answer::<IPolicy::issueOrderCall>(&orders::issue(ctx, call.appointment, call.order)?)
        }
        Calls::takeForcedTransfer(call) => {
            answer::<IPolicy::takeForcedTransferCall>(&orders::take_forced_transfer(ctx, call.id)?)
        }
        Calls::createPolicy(call) => {
            answer::<IPolicy::createPolicyCall>(&registry::create(ctx, call.name, call.terms)?)
        }
        Calls::mayAct(call) => answer::<IPolicy::mayActCall>(&gate::may_act(ctx, &call)?),
        Calls::mayTransfer(call) => {
            answer::<IPolicy::mayTransferCall>(&transfers::may_transfer(ctx, &call)?)
        }
        Calls::rules(call) => answer::<IPolicy::rulesCall>(&rules::view(ctx, &call)?),
        Calls::quotaOf(call) => {
            answer::<IPolicy::quotaOfCall>(&quota::view(ctx, call.organisation)?)
        }
        Calls::appointment(call) => {
            answer::<IPolicy::appointmentCall>(&appointments::view(ctx, call.id)?)
        }
        Calls::appointments(call) => {
            let page = Page::new(call.cursor, call.limit);
            answer::<IPolicy::appointmentsCall>(&appointments::view_all(ctx, page)?)
        }
        Calls::reviewAuthority(call) => answer::<IPolicy::reviewAuthorityCall>(
            &appointments::authority(ctx, &call.jurisdiction, 0)?,
        ),
        Calls::order(call) => answer::<IPolicy::orderCall>(&views::order(ctx, call.id)?),
        Calls::ordersOf(call) => answer::<IPolicy::ordersOfCall>(&views::orders_of(ctx, &call)?),
        Calls::contractOrganisation(call) => {
            answer::<IPolicy::contractOrganisationCall>(&contracts::of_contract(ctx, call.target)?)
        }
        Calls::isFrozen(call) => {
            answer::<IPolicy::isFrozenCall>(&views::is_frozen(ctx, call.target)?)
        }
        Calls::transferPolicy(call) => {
            answer::<IPolicy::transferPolicyCall>(&registry::view(ctx, call.id)?)
        }
        Calls::listed(call) => answer::<IPolicy::listedCall>(&registry::view_listed(ctx, &call)?),
        Calls::tokens(call) => answer::<IPolicy::tokensCall>(&registry::view_tokens(ctx, &call)?),
        Calls::spent(call) => answer::<IPolicy::spentCall>(&registry::view_spent(ctx, &call)?),
        other => {
            let selector = alloy_sol_types::SolInterface::selector(&other);
            let name = Calls::name_by_selector(selector);
            return Err(Halt::Fatal(format!(
                "operation {name:?} of Policy has no dispatch"
            )));
        }
    })
}
