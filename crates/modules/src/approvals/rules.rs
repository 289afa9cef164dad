//! What organisations require.

use super::{
    ADDRESS, AMOUNT_WORD_LAST, Approvals, EXPIRY_MAX, EXPIRY_MIN,
    IApprovals::{
        InputTooShort, InvalidRule, Limit, NotModule, Rule, RuleEntry, RuleRemoved, RuleSet, Stage,
    },
    LIMITS_MAX, NO_AMOUNT, RULES_MAX, RuleHead, StoredLimit,
};
use crate::{Context, Halt, IModule::LimitExceeded, emit, gas, module_at};
use alloy_primitives::{Address, B256, FixedBytes, U256};

/// A rule in force, with its number.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) id: u64,
    pub(super) head: RuleHead,
}

/// The selector of a call, as a number; zero where the call is too short for one.
pub(super) fn selector_of(input: &[u8]) -> u32 {
    u32::from_be_bytes(input.first_chunk().copied().unwrap_or_default())
}

/// The rule that an operation meets: its own, or that for all of the module.
pub(super) fn effective(
    ctx: &mut dyn Context,
    organisation: u64,
    (module, selector): (Address, u32),
) -> Result<Option<Found>, Halt> {
    if let Some(own) = exact(ctx, organisation, (module, selector))? {
        return Ok(Some(own));
    }
    exact(ctx, organisation, (module, 0))
}

/// The rule with exactly this target.
pub(super) fn exact(
    ctx: &mut dyn Context,
    organisation: u64,
    target: (Address, u32),
) -> Result<Option<Found>, Halt> {
    let approvals = Approvals::storage();
    let owner = approvals.organisations.at(ctx, &organisation)?;
    let id = owner.by_target.at(ctx, &key(target))?.get(ctx)?;
    if id == 0 {
        return Ok(None);
    }
    let head = approvals.rules.at(ctx, &id)?.head.get(ctx)?;
    Ok(Some(Found { id, head }))
}

/// The key of a target: module, selector, zeros.
fn key((module, selector): (Address, u32)) -> B256 {
    let mut key = B256::ZERO;
    let (address, rest) = key.split_at_mut(20);
    address.copy_from_slice(module.as_slice());
    for (byte, value) in rest.iter_mut().zip(selector.to_be_bytes()) {
        *byte = value;
    }
    key
}

/// The limits of a rule.
pub(super) fn limits(ctx: &mut dyn Context, rule: u64) -> Result<Vec<StoredLimit>, Halt> {
    let list = Approvals::storage().rules.at(ctx, &rule)?.limits;
    let mut limits = Vec::new();
    for index in 0..list.len(ctx)? {
        ctx.charge(gas::STEP)?;
        if let Some(slot) = list.get(ctx, index)? {
            limits.push(slot.get(ctx)?);
        }
    }
    Ok(limits)
}

/// The amount of a call under a rule.
pub(super) fn amount(head: &RuleHead, input: &[u8]) -> Result<U256, Halt> {
    if head.amount_word == NO_AMOUNT {
        return Ok(U256::ZERO);
    }
    let start = usize::from(head.amount_word)
        .saturating_mul(32)
        .saturating_add(4);
    let end = start.saturating_add(32);
    input
        .get(start..end)
        .map(U256::from_be_slice)
        .ok_or_else(|| {
            Halt::revert(InputTooShort {
                length: U256::from(input.len()),
                needed: U256::from(end),
            })
        })
}

/// The highest limit of a stage; zero where there is none.
pub(super) fn highest(limits: &[StoredLimit], stage: Stage) -> U256 {
    limits
        .iter()
        .filter(|limit| limit.stage == stage)
        .map(|limit| limit.amount)
        .max()
        .unwrap_or_default()
}

/// Refuses a rule that contradicts itself or is for nothing.
pub(super) fn check(ctx: &mut dyn Context, rule: &Rule) -> Result<(), Halt> {
    check_module(ctx, rule.module)?;
    if !(EXPIRY_MIN..=EXPIRY_MAX).contains(&rule.expiry) {
        return Err(invalid("expiry", "from a minute to 90 days"));
    }
    let has_amount = rule.amountWord != NO_AMOUNT;
    if has_amount && rule.amountWord > AMOUNT_WORD_LAST {
        return Err(invalid("amountWord", "0 to 63, or 255 for none"));
    }
    if has_amount && rule.selector.is_zero() {
        return Err(invalid(
            "amountWord",
            "the amount is a word of one operation only",
        ));
    }
    if has_amount == rule.limits.is_empty() {
        return Err(invalid(
            "limits",
            "an amount needs limits, and limits an amount",
        ));
    }
    if rule.limits.len() > LIMITS_MAX {
        return Err(Halt::revert(LimitExceeded {
            limit: "limits of a rule".to_owned(),
            value: U256::from(rule.limits.len()),
            maximum: U256::from(LIMITS_MAX),
        }));
    }
    for limit in &rule.limits {
        let is_stage = match limit.stage {
            Stage::Make | Stage::Approve => true,
            Stage::Check => rule.checked,
            Stage::None | Stage::__Invalid => false,
        };
        if !is_stage || limit.role == 0 {
            return Err(invalid(
                "limits",
                "each is for a stage of the rule and a role",
            ));
        }
    }
    Ok(())
}

/// Refuses what is no module, and Approvals itself.
pub(super) fn check_module(ctx: &dyn Context, module: Address) -> Result<(), Halt> {
    if module == ADDRESS || module_at(module, ctx.height()).is_none() {
        return Err(Halt::revert(NotModule { module }));
    }
    Ok(())
}

fn invalid(field: &str, reason: &str) -> Halt {
    Halt::revert(InvalidRule {
        field: field.to_owned(),
        reason: reason.to_owned(),
    })
}

/// Puts a checked rule in the place of the present one.
pub(super) fn set(
    ctx: &mut dyn Context,
    organisation: u64,
    (operation, rule): (u64, &Rule),
) -> Result<(), Halt> {
    let approvals = Approvals::storage();
    let target = (rule.module, u32::from_be_bytes(rule.selector.0));
    remove(ctx, organisation, target)?;
    let owner = approvals.organisations.at(ctx, &organisation)?;
    let count = owner.rules.len(ctx)?;
    if count >= RULES_MAX {
        return Err(Halt::revert(LimitExceeded {
            limit: "rules of one organisation".to_owned(),
            value: U256::from(count).saturating_add(U256::ONE),
            maximum: U256::from(RULES_MAX),
        }));
    }
    let mut counters = approvals.counters.get(ctx)?;
    counters.rules = counters.rules.saturating_add(1);
    approvals.counters.set(ctx, &counters)?;
    let id = counters.rules;
    let stored = approvals.rules.at(ctx, &id)?;
    let since = ctx.time().get();
    stored.head.set(
        ctx,
        &RuleHead {
            module: target.0,
            selector: target.1,
            checked: rule.checked,
            amount_word: rule.amountWord,
            organisation,
            expiry: rule.expiry,
            operation,
            since,
        },
    )?;
    for limit in &rule.limits {
        stored.limits.push(ctx)?.set(
            ctx,
            &StoredLimit {
                stage: limit.stage,
                role: limit.role,
                amount: limit.amount,
            },
        )?;
    }
    owner.rules.insert(ctx, &id)?;
    owner.by_target.at(ctx, &key(target))?.set(ctx, &id)?;
    emit(
        ctx,
        &RuleSet {
            organisation,
            id,
            rule: rule.clone(),
        },
    )
}

/// Ends the rule with exactly this target, if there is one.
pub(super) fn remove(
    ctx: &mut dyn Context,
    organisation: u64,
    target: (Address, u32),
) -> Result<(), Halt> {
    let owner = Approvals::storage().organisations.at(ctx, &organisation)?;
    let slot = owner.by_target.at(ctx, &key(target))?;
    let id = slot.get(ctx)?;
    if id == 0 {
        return Ok(());
    }
    slot.set(ctx, &0)?;
    owner.rules.remove(ctx, &id)?;
    emit(ctx, &RuleRemoved { organisation, id })
}

/// A rule as views show it.
pub(super) fn entry(ctx: &mut dyn Context, id: u64) -> Result<RuleEntry, Halt> {
    let head = Approvals::storage().rules.at(ctx, &id)?.head.get(ctx)?;
    let shown = |limit: StoredLimit| Limit {
        stage: limit.stage,
        role: limit.role,
        amount: limit.amount,
    };
    Ok(RuleEntry {
        id,
        organisation: head.organisation,
        operation: head.operation,
        since: head.since,
        rule: Rule {
            module: head.module,
            selector: FixedBytes(head.selector.to_be_bytes()),
            checked: head.checked,
            amountWord: head.amount_word,
            expiry: head.expiry,
            limits: limits(ctx, id)?.into_iter().map(shown).collect(),
        },
    })
}
