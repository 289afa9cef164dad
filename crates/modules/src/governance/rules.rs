//! The rule of each kind, and what keeps the members able to decide.

use super::{
    Governance,
    IGovernance::{Kind, NobodyDecides, NothingNamed, Rule, RuleOutOfBounds},
};
use crate::{Context, Halt, gas};
use alloy_primitives::U256;

/// The whole, in basis points.
pub(super) const FULL: u16 = 10_000;

/// A minute, in milliseconds.
const MINUTE: u64 = 60_000;
/// A day, in milliseconds.
const DAY: u64 = 24 * 60 * MINUTE;

/// Shortest voting period: people must have a chance to vote.
pub const VOTING_PERIOD_MIN: u64 = MINUTE;
/// Longest voting period.
pub const VOTING_PERIOD_MAX: u64 = 90 * DAY;
/// Longest delay between a decision and its effect.
pub const DELAY_MAX: u64 = 90 * DAY;
/// Highest quorum of a kind that repairs the membership or the rules: a third of the members may be
/// out of reach, and the rest can still suspend them.
pub const REPAIR_QUORUM_MAX: u16 = 6_666;
/// Highest threshold of such a kind: one member alone cannot hold up all others.
pub const REPAIR_THRESHOLD_MAX: u16 = 9_000;
/// Lowest threshold of such a kind: a minority cannot take the chain over.
pub const REPAIR_THRESHOLD_MIN: u16 = 5_001;

/// Every kind, in the order of their numbers.
pub(super) const KINDS: &[Kind] = &[
    Kind::Admission,
    Kind::Suspension,
    Kind::Restoration,
    Kind::Removal,
    Kind::ValidatorAddition,
    Kind::ValidatorRemoval,
    Kind::ValidatorRotation,
    Kind::Parameter,
    Kind::RegulatorAppointment,
    Kind::RegulatorDismissal,
    Kind::ReviewAuthority,
    Kind::ContractFreeze,
    Kind::ContractRelease,
    Kind::Quota,
    Kind::Allowance,
    Kind::CalendarYear,
    Kind::TimeZone,
    Kind::Upgrade,
    Kind::Rule,
    Kind::Weight,
    Kind::PolicyRule,
    Kind::ContractOrganisation,
];

crate::record! {
    /// [`Rule`] in one slot.
    pub(crate) struct StoredRule {
        /// Kinds that vote, a bit for each; zero for all.
        voter_kinds: u16,
        /// Kinds that may veto, a bit for each; zero for all.
        veto_kinds: u16,
        /// Basis points of the electorate.
        quorum: u16,
        /// Basis points of yes and no; zero where no rule was written.
        threshold: u16,
        /// Vetoes that defeat.
        vetoes: u16,
        /// Whether weights count.
        weighted: bool,
        /// Milliseconds.
        voting_period: u64,
        /// Milliseconds.
        delay: u64,
    }
}

impl StoredRule {
    /// No rule.
    pub(super) const ZERO: Self = Self {
        voter_kinds: 0,
        veto_kinds: 0,
        quorum: 0,
        threshold: 0,
        vetoes: 0,
        weighted: false,
        voting_period: 0,
        delay: 0,
    };

    /// The rule of a kind on a new chain: two thirds for what changes who decides and how, a
    /// majority for the rest.
    pub(super) fn first(kind: Kind) -> Self {
        let share = match kind {
            Kind::Restoration
            | Kind::RegulatorDismissal
            | Kind::ReviewAuthority
            | Kind::ContractFreeze
            | Kind::ContractRelease
            | Kind::Quota
            | Kind::ContractOrganisation
            | Kind::Allowance
            | Kind::CalendarYear
            | Kind::TimeZone => (5_000, 5_001),
            _ => (6_666, 6_666),
        };
        let is_urgent = matches!(kind, Kind::ContractFreeze | Kind::ContractRelease);
        let is_grave = matches!(kind, Kind::Removal | Kind::Rule | Kind::Weight);
        Self {
            quorum: share.0,
            threshold: share.1,
            voting_period: if is_urgent { DAY } else { 7 * DAY },
            delay: if is_grave { DAY } else { 0 },
            ..Self::ZERO
        }
    }

    /// Whether organisations of a kind vote.
    pub(super) const fn has_voter(&self, organisation_kind: u8) -> bool {
        includes(self.voter_kinds, organisation_kind)
    }

    /// Whether organisations of a kind may veto.
    pub(super) const fn has_veto(&self, organisation_kind: u8) -> bool {
        self.vetoes > 0 && includes(self.veto_kinds, organisation_kind)
    }

    /// Refuses a rule with a field out of its bounds.
    pub(super) fn check(&self, kind: Kind) -> Result<(), Halt> {
        let repairs = repairs(kind);
        let (quorum_max, threshold) = if repairs {
            (
                REPAIR_QUORUM_MAX,
                REPAIR_THRESHOLD_MIN..=REPAIR_THRESHOLD_MAX,
            )
        } else {
            (FULL, 1..=FULL)
        };
        let (quorum, vetoes) = (u64::from(self.quorum), u64::from(self.vetoes));
        let fields = [
            (
                "voterKinds",
                self.voter_kinds.into(),
                (0, KINDS_MASK.into()),
            ),
            ("quorum", quorum, (1, quorum_max.into())),
            (
                "threshold",
                self.threshold.into(),
                ((*threshold.start()).into(), (*threshold.end()).into()),
            ),
            (
                "votingPeriod",
                self.voting_period,
                (VOTING_PERIOD_MIN, VOTING_PERIOD_MAX),
            ),
            ("delay", self.delay, (0, DELAY_MAX)),
            ("vetoKinds", self.veto_kinds.into(), (0, KINDS_MASK.into())),
            ("vetoes", vetoes, (0, super::MEMBERS_MAX)),
        ];
        for (field, value, (minimum, maximum)) in fields {
            if !(minimum..=maximum).contains(&value) {
                return Err(Halt::revert(RuleOutOfBounds {
                    kind,
                    field: field.to_owned(),
                    value: U256::from(value),
                    minimum: U256::from(minimum),
                    maximum: U256::from(maximum),
                }));
            }
        }
        // Bit 0 would be the kind `None`, which no organisation has.
        if (self.voter_kinds | self.veto_kinds) & 1 == 1 {
            return Err(Halt::revert(NobodyDecides { kind }));
        }
        Ok(())
    }
}

/// Bits of the kinds of organisations that exist.
const KINDS_MASK: u16 = (1 << (super::ORGANISATION_KIND_LAST + 1)) - 1;

/// Whether a kind repairs the membership or the rules.
const fn repairs(kind: Kind) -> bool {
    matches!(kind, Kind::Suspension | Kind::Removal | Kind::Rule)
}

const fn includes(kinds: u16, organisation_kind: u8) -> bool {
    kinds == 0 || (kinds >> organisation_kind) & 1 == 1
}

impl From<&Rule> for StoredRule {
    fn from(rule: &Rule) -> Self {
        Self {
            voter_kinds: rule.voterKinds,
            veto_kinds: rule.vetoKinds,
            quorum: rule.quorum,
            threshold: rule.threshold,
            vetoes: rule.vetoes,
            weighted: rule.weighted,
            voting_period: rule.votingPeriod,
            delay: rule.delay,
        }
    }
}

impl From<StoredRule> for Rule {
    fn from(rule: StoredRule) -> Self {
        Self {
            voterKinds: rule.voter_kinds,
            weighted: rule.weighted,
            quorum: rule.quorum,
            threshold: rule.threshold,
            votingPeriod: rule.voting_period,
            delay: rule.delay,
            vetoKinds: rule.veto_kinds,
            vetoes: rule.vetoes,
        }
    }
}

/// What a member counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) organisation: u64,
    /// Number of its organisation kind.
    pub(super) kind: u8,
    pub(super) weight: u32,
    pub(super) is_active: bool,
}

impl Member {
    /// Its weight under a rule; zero where it does not vote.
    pub(super) const fn weight_under(&self, rule: &StoredRule) -> u32 {
        if !self.is_active || !rule.has_voter(self.kind) {
            0
        } else if rule.weighted {
            self.weight
        } else {
            1
        }
    }
}

/// The first kind that none of the members could decide.
pub(super) fn undecidable(members: &[Member], rules: &[(Kind, StoredRule)]) -> Option<Kind> {
    rules
        .iter()
        .find(|(_, rule)| members.iter().all(|member| member.weight_under(rule) == 0))
        .map(|(kind, _)| *kind)
}

/// Refuses members and rules with which a kind could not be decided any more.
pub(super) fn require_decidable(
    members: &[Member],
    rules: &[(Kind, StoredRule)],
) -> Result<(), Halt> {
    match undecidable(members, rules) {
        Some(kind) => Err(Halt::revert(NobodyDecides { kind })),
        None => Ok(()),
    }
}

/// Refuses to leave a kind that repairs the others to one organisation while there are more: the
/// day that one is out of reach, nobody could repair anything.
pub(super) fn require_spare(members: &[Member], rules: &[(Kind, StoredRule)]) -> Result<(), Halt> {
    let active = members.iter().filter(|member| member.is_active).count();
    for (kind, rule) in rules.iter().filter(|(kind, _)| repairs(*kind)) {
        let voters = members
            .iter()
            .filter(|member| member.weight_under(rule) > 0)
            .count();
        if voters < active.min(2) {
            return Err(Halt::revert(RuleOutOfBounds {
                kind: *kind,
                field: "voters".to_owned(),
                value: U256::from(voters),
                minimum: U256::from(2),
                maximum: U256::from(active),
            }));
        }
    }
    Ok(())
}

/// The rule of a kind as it is now.
pub(super) fn of_kind(ctx: &mut dyn Context, kind: Kind) -> Result<StoredRule, Halt> {
    if matches!(kind, Kind::None | Kind::__Invalid) {
        return Err(Halt::revert(NothingNamed {}));
    }
    let rule = Governance::storage()
        .rules
        .at(ctx, &(kind as u8))?
        .get(ctx)?;
    // A kind that came with a later release has no rule in an older chain's storage.
    Ok(if rule.threshold == 0 {
        StoredRule::first(kind)
    } else {
        rule
    })
}

/// Writes a rule that was checked.
pub(super) fn set(ctx: &mut dyn Context, kind: Kind, rule: &StoredRule) -> Result<(), Halt> {
    let slot = Governance::storage().rules.at(ctx, &(kind as u8))?;
    slot.set(ctx, rule)
}

/// The rules of all kinds as they are now.
pub(super) fn all(ctx: &mut dyn Context) -> Result<Vec<(Kind, StoredRule)>, Halt> {
    let mut rules = Vec::with_capacity(KINDS.len());
    for kind in KINDS {
        ctx.charge(gas::STEP)?;
        rules.push((*kind, of_kind(ctx, *kind)?));
    }
    Ok(rules)
}

#[cfg(test)]
mod tests;
