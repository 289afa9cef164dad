//! Who may send, deploy and call what.
//!
//! There are two layers: the rules of the chain, set by Governance, and the rules of each
//! organisation for its own accounts. Each layer decides by itself, and both must allow. Within a
//! layer the rules that match are compared by their [`Level`]: first how narrow the target is, then
//! how narrow the subject. The narrowest level that matches decides alone; where it both allows and
//! denies, it denies; where no rule matches, it is allowed. Levels are a total order and a level
//! decides as a set, so neither the order in which rules were set nor their number matters.

use super::{
    Denial, INSTITUTIONS,
    IPolicy::{self, RuleSet, Subject},
    Policy, RULES_MAX, RULES_PER_TARGET_MAX, RuleRow,
    denial::Stop,
    invalid, limit_exceeded, listing, require_governance, require_organisation,
};
use crate::{
    Context, Halt, emit, gas, identity,
    identity::Permission,
    page::Page,
    storage::{List, Slot},
};
use alloy_primitives::{Address, FixedBytes};

/// Send value without a call.
pub(super) const SEND: u8 = 1;
/// Deploy a contract.
pub(super) const DEPLOY: u8 = 2;
/// Call.
pub(super) const CALL: u8 = 4;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deed {
    /// One of the actions.
    pub(super) action: u8,
    /// To what; zero for a deployment.
    pub(super) target: Address,
    /// The function that is called, where the input has room for one.
    pub(super) selector: Option<u32>,
}

/// How narrow a rule is. The order of the fields is the precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level {
    /// 0 everything, 1 one function of everything, 2 one target, 3 one function of it.
    target: u8,
    /// From [`Subject::Everyone`] to [`Subject::OrganisationRole`].
    subject: u8,
}

/// What the rules of a layer say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    level: Option<Level>,
    denial: Option<Origin>,
}

/// Which rule denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    target: Address,
    selector: Option<u32>,
}

impl Verdict {
    /// Takes one more matching rule into account. The order of the rules makes no difference to
    /// what is allowed.
    pub(super) fn add(&mut self, level: Level, denial: Option<Origin>) {
        if self.level > Some(level) {
            return;
        }
        if self.level < Some(level) {
            *self = Self {
                level: Some(level),
                denial: None,
            };
        }
        self.denial = self.denial.or(denial);
    }

    /// Whether nothing denies.
    #[cfg(test)]
    pub(super) const fn allows(&self) -> bool {
        self.denial.is_none()
    }
}

impl RuleRow {
    fn selector(&self) -> Option<u32> {
        self.has_selector.then_some(self.selector)
    }

    /// How narrow the rule is, in the list of one target or of all.
    pub(super) fn level(&self, target: Address) -> Level {
        let is_one = u8::from(target != Address::ZERO);
        let subject = match self.subject {
            Subject::None | Subject::Everyone | Subject::__Invalid => 0,
            Subject::Guests | Subject::Members => 1,
            Subject::Role => 2,
            Subject::Organisation => 3,
            Subject::OrganisationRole => 4,
        };
        Level {
            target: is_one * 2 + u8::from(self.has_selector),
            subject,
        }
    }

    /// Whether the rule is about this deed, and what it says.
    pub(super) fn speaks_of(&self, deed: &Deed) -> bool {
        let is_about = (self.allow | self.deny) & deed.action != 0;
        is_about && (!self.has_selector || deed.selector == Some(self.selector))
    }

    /// Where the rule comes from, if it denies an action.
    pub(super) fn denial(&self, target: Address, action: u8) -> Option<Origin> {
        (self.deny & action != 0).then(|| Origin {
            target,
            selector: self.selector(),
        })
    }

    /// Whether it is the same rule but for its actions.
    fn is_same(&self, other: &Self) -> bool {
        let blank = |row: &Self| Self {
            allow: 0,
            deny: 0,
            ..*row
        };
        blank(self) == blank(other)
    }
}

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) account: Address,
    pub(super) organisation: u64,
}

impl Who {
    fn is_meant(&self, ctx: &mut dyn Context, row: &RuleRow) -> Result<bool, Halt> {
        let is_own = self.organisation == row.organisation;
        Ok(match row.subject {
            Subject::Everyone => true,
            Subject::Guests => self.organisation == 0,
            Subject::Members => self.organisation != 0,
            Subject::Organisation => is_own,
            Subject::Role => {
                self.organisation != 0 && identity::has_role(ctx, self.account, row.role)?
            }
            Subject::OrganisationRole => is_own && identity::has_role(ctx, self.account, row.role)?,
            Subject::None | Subject::__Invalid => false,
        })
    }
}

/// Asks the rules of one layer: of the chain (0), or of an organisation.
pub(super) fn check(
    ctx: &mut dyn Context,
    layer: u64,
    who: Who,
    deed: &Deed,
) -> Result<(), Stop<Denial>> {
    if INSTITUTIONS.contains(&deed.target) {
        return Ok(());
    }
    let book = Policy::storage().rules.at(ctx, &layer)?;
    let counts = book.counts.get(ctx)?;
    let mut verdict = Verdict::default();
    if counts.everywhere > 0 {
        let rows = book.targets.at(ctx, &Address::ZERO)?;
        gather(ctx, rows, Address::ZERO, (who, deed, &mut verdict))?;
    }
    if counts.on_targets > 0 && deed.target != Address::ZERO {
        let rows = book.targets.at(ctx, &deed.target)?;
        gather(ctx, rows, deed.target, (who, deed, &mut verdict))?;
    }
    match verdict.denial {
        Some(Origin { target, selector }) => Err(Stop::Denied(Denial::Rule {
            organisation: layer,
            target,
            selector,
        })),
        None => Ok(()),
    }
}

/// Adds the rules of one list that match.
fn gather(
    ctx: &mut dyn Context,
    rows: List<Slot<RuleRow>>,
    target: Address,
    (who, deed, verdict): (Who, &Deed, &mut Verdict),
) -> Result<(), Halt> {
    for slot in rows.first(ctx, RULES_PER_TARGET_MAX)? {
        ctx.charge(gas::STEP)?;
        let row = slot.get(ctx)?;
        if row.speaks_of(deed) && who.is_meant(ctx, &row)? {
            verdict.add(row.level(target), row.denial(target, deed.action));
        }
    }
    Ok(())
}

/// Sets a rule of the chain.
pub(super) fn set_for_chain(ctx: &mut dyn Context, rule: IPolicy::Rule) -> Result<(), Halt> {
    require_governance(ctx)?;
    let needs_organisation = matches!(
        rule.subject,
        Subject::Organisation | Subject::OrganisationRole
    );
    if needs_organisation {
        require_organisation(ctx, rule.organisation)?;
    } else if rule.organisation != 0 {
        return Err(invalid("organisation", "only these subjects name one"));
    }
    set(ctx, 0, rule)
}

/// Sets a rule of the caller's organisation. Its subjects are all its accounts, or a role of it.
pub(super) fn set_own(ctx: &mut dyn Context, rule: IPolicy::Rule) -> Result<(), Halt> {
    let caller = ctx.caller();
    let own = identity::require_permission(ctx, caller, Permission::ManagePolicy)?;
    if !matches!(
        rule.subject,
        Subject::Organisation | Subject::OrganisationRole
    ) {
        let reason = "an organisation makes rules for Organisation or OrganisationRole";
        return Err(invalid("subject", reason));
    }
    if rule.organisation != own {
        return Err(invalid("organisation", "it must be the caller's own"));
    }
    set(ctx, own, rule)
}

fn set(ctx: &mut dyn Context, layer: u64, rule: IPolicy::Rule) -> Result<(), Halt> {
    let row = checked(&rule)?;
    let book = Policy::storage().rules.at(ctx, &layer)?;
    let rows = book.targets.at(ctx, &rule.target)?;
    let length = rows.len(ctx)?;
    let mut found = None;
    for slot in rows.first(ctx, RULES_PER_TARGET_MAX)? {
        ctx.charge(gas::STEP)?;
        if slot.get(ctx)?.is_same(&row) {
            found = Some(slot);
        }
    }
    let is_removal = row.allow | row.deny == 0;
    match (found, is_removal) {
        (None, true) => return Err(invalid("deny", "there is no such rule to remove")),
        (Some(slot), false) => slot.set(ctx, &row)?,
        (Some(slot), true) => {
            if let Some(last) = rows.get(ctx, length.saturating_sub(1))? {
                let moved = last.get(ctx)?;
                slot.set(ctx, &moved)?;
                last.set(ctx, &RuleRow::default())?;
            }
            rows.shrink(ctx)?;
            count(ctx, layer, rule.target, |number| number.checked_sub(1))?;
        }
        (None, false) => {
            if length >= RULES_PER_TARGET_MAX {
                return Err(limit_exceeded(
                    "rules about one target",
                    length.saturating_add(1),
                    RULES_PER_TARGET_MAX,
                ));
            }
            let counts = book.counts.get(ctx)?;
            let total = u64::from(counts.everywhere) + u64::from(counts.on_targets);
            if total >= RULES_MAX {
                return Err(limit_exceeded("rules", total.saturating_add(1), RULES_MAX));
            }
            rows.push(ctx)?.set(ctx, &row)?;
            count(ctx, layer, rule.target, |number| number.checked_add(1))?;
        }
    }
    let by = ctx.caller();
    emit(
        ctx,
        &RuleSet {
            organisation: layer,
            target: rule.target,
            rule,
            by,
        },
    )
}

/// Keeps the counters by which a check knows what it need not read.
fn count(
    ctx: &mut dyn Context,
    layer: u64,
    target: Address,
    change: impl Fn(u32) -> Option<u32>,
) -> Result<(), Halt> {
    let policy = Policy::storage();
    let lost = || Halt::Fatal("the number of rules is damaged: run `qiantang replay`".to_owned());
    let slot = policy.rules.at(ctx, &layer)?.counts;
    let mut counts = slot.get(ctx)?;
    let place = if target == Address::ZERO {
        &mut counts.everywhere
    } else {
        &mut counts.on_targets
    };
    *place = change(*place).ok_or_else(lost)?;
    slot.set(ctx, &counts)?;
    let mut settings = policy.settings.get(ctx)?;
    let place = if layer == 0 {
        &mut settings.chain_rules
    } else {
        &mut settings.own_rules
    };
    *place = change(*place).ok_or_else(lost)?;
    policy.settings.set(ctx, &settings)
}

/// The row of a rule that makes sense.
fn checked(rule: &IPolicy::Rule) -> Result<RuleRow, Halt> {
    let needs_role = matches!(rule.subject, Subject::Role | Subject::OrganisationRole);
    if INSTITUTIONS.contains(&rule.target) {
        let reason = "no rule can close Identity, Policy, Governance and Approvals to members";
        return Err(invalid("target", reason));
    }
    if matches!(rule.subject, Subject::None | Subject::__Invalid) {
        return Err(invalid("subject", "it must be one of the kinds"));
    }
    if needs_role == (rule.role == 0) {
        return Err(invalid("role", "exactly the subjects with a role name one"));
    }
    if !rule.hasSelector && !rule.selector.is_zero() {
        return Err(invalid(
            "selector",
            "it counts only where hasSelector is set",
        ));
    }
    if (rule.allow | rule.deny) & !(SEND | DEPLOY | CALL) != 0 {
        return Err(invalid("allow", "actions are 1 send, 2 deploy and 4 call"));
    }
    if rule.allow & rule.deny != 0 {
        return Err(invalid("deny", "a rule cannot allow and deny the same"));
    }
    let actions = rule.allow | rule.deny;
    if rule.hasSelector && actions & !CALL != 0 {
        return Err(invalid("selector", "only calls have a selector"));
    }
    if rule.target != Address::ZERO && actions & DEPLOY != 0 {
        return Err(invalid("target", "a deployment has no target"));
    }
    Ok(RuleRow {
        subject: rule.subject,
        organisation: rule.organisation,
        role: rule.role,
        has_selector: rule.hasSelector,
        selector: u32::from_be_bytes(rule.selector.0),
        allow: rule.allow,
        deny: rule.deny,
    })
}

/// Rules about a target, for the view.
pub(super) fn view(
    ctx: &mut dyn Context,
    call: &IPolicy::rulesCall,
) -> Result<IPolicy::rulesReturn, Halt> {
    let book = Policy::storage().rules.at(ctx, &call.organisation)?;
    let rows = book.targets.at(ctx, &call.target)?;
    let (rows, next) = listing::values(ctx, rows, Page::new(call.cursor, call.limit))?;
    let list = rows
        .into_iter()
        .map(|row| IPolicy::Rule {
            target: call.target,
            hasSelector: row.has_selector,
            selector: FixedBytes(row.selector.to_be_bytes()),
            subject: row.subject,
            organisation: row.organisation,
            role: row.role,
            allow: row.allow,
            deny: row.deny,
        })
        .collect();
    Ok(IPolicy::rulesReturn { list, next })
}
