//! Answers: what is recorded, in pages.

use super::{
    Approvals,
    IApprovals::{self, RuleEntry, State},
    operations, rules,
};
use crate::{Context, Halt, gas, identity, page::Page};
use alloy_primitives::{Address, FixedBytes, U256};

pub(super) fn operation(ctx: &mut dyn Context, id: u64) -> Result<IApprovals::Operation, Halt> {
    let (operation, head) = operations::find(ctx, id)?;
    let people = operation.people.get(ctx)?;
    let has_expired = head.state == State::Pending && ctx.time().get() >= head.expires;
    Ok(IApprovals::Operation {
        id,
        organisation: head.organisation,
        state: if has_expired {
            State::Expired
        } else {
            head.state
        },
        module: head.module,
        input: operation.input.get(ctx)?.into(),
        rule: head.rule,
        checked: head.checked,
        maker: people.maker,
        checker: people.checker,
        checkerPrincipal: people.checker_principal,
        approver: people.approver,
        approverPrincipal: people.approver_principal,
        made: head.made,
        expires: head.expires,
        closed: head.closed,
        rejecter: people.rejecter,
        reason: operation.reason.get(ctx)?,
    })
}

pub(super) fn pending(
    ctx: &mut dyn Context,
    organisation: u64,
    page: Page,
) -> Result<(Vec<IApprovals::Operation>, U256), Halt> {
    let owner = Approvals::storage().organisations.at(ctx, &organisation)?;
    let count = owner.pending.len(ctx)?;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        if let Some(id) = owner.pending.get(ctx, index)? {
            list.push(operation(ctx, id)?);
        }
    }
    Ok((list, page.next(count)))
}

pub(super) fn operations(
    ctx: &mut dyn Context,
    organisation: u64,
    page: Page,
) -> Result<(Vec<IApprovals::Operation>, U256), Halt> {
    let owner = Approvals::storage().organisations.at(ctx, &organisation)?;
    let count = owner.operations.len(ctx)?;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        // The newest is the last of the list.
        let from_end = count.saturating_sub(index).saturating_sub(1);
        if let Some(slot) = owner.operations.get(ctx, from_end)? {
            let id = slot.get(ctx)?;
            list.push(operation(ctx, id)?);
        }
    }
    Ok((list, page.next(count)))
}

pub(super) fn rules(
    ctx: &mut dyn Context,
    organisation: u64,
    page: Page,
) -> Result<(Vec<RuleEntry>, U256), Halt> {
    let owner = Approvals::storage().organisations.at(ctx, &organisation)?;
    let count = owner.rules.len(ctx)?;
    let mut list = Vec::new();
    for index in page.range(count) {
        ctx.charge(gas::STEP)?;
        if let Some(id) = owner.rules.get(ctx, index)? {
            list.push(rules::entry(ctx, id)?);
        }
    }
    Ok((list, page.next(count)))
}

/// The rule that an account's call would meet; zeros where it would meet none.
pub(super) fn rule_for(
    ctx: &mut dyn Context,
    account: Address,
    (module, selector): (Address, FixedBytes<4>),
) -> Result<RuleEntry, Halt> {
    let organisation = identity::organisation_of(ctx, account)?;
    let selector = u32::from_be_bytes(selector.0);
    let found = rules::effective(ctx, organisation, (module, selector))?;
    match found.filter(|_| !super::gate::is_free(module, selector)) {
        Some(rule) => rules::entry(ctx, rule.id),
        None => Ok(RuleEntry {
            id: 0,
            organisation,
            operation: 0,
            since: 0,
            rule: IApprovals::Rule {
                module,
                selector: FixedBytes(selector.to_be_bytes()),
                checked: false,
                amountWord: super::NO_AMOUNT,
                expiry: 0,
                limits: Vec::new(),
            },
        }),
    }
}
