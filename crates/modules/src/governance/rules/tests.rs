use super::{FULL, KINDS, KINDS_MASK, Member, StoredRule, VOTING_PERIOD_MAX, undecidable};
use crate::{
    Halt,
    governance::IGovernance::{IGovernanceErrors as Errors, Kind, Rule},
};
use alloy_sol_types::SolInterface;
use proptest::prelude::*;

/// The field that a rule is refused for, or `None`.
fn refused(kind: Kind, rule: &StoredRule) -> Option<String> {
    match rule.check(kind) {
        Ok(()) => None,
        Err(Halt::Revert(data)) => match Errors::abi_decode(&data).unwrap() {
            Errors::RuleOutOfBounds(error) => Some(error.field),
            Errors::NobodyDecides(_) => Some("nobody".to_owned()),
            other => panic!("{other:?}"),
        },
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn kinds_are_numbered_from_one_without_gaps() {
    for (index, kind) in KINDS.iter().enumerate() {
        assert_eq!(*kind as usize, index + 1);
    }
    assert!(
        Kind::try_from(KINDS.len() as u8 + 1).is_err(),
        "a kind is missing"
    );
}

#[test]
fn the_first_rules_are_within_bounds_and_decidable_by_anybody() {
    let member = Member {
        organisation: 1,
        kind: 10,
        weight: 1,
        is_active: true,
    };
    for kind in KINDS {
        let rule = StoredRule::first(*kind);
        assert_eq!(refused(*kind, &rule), None, "{kind:?}");
        assert_eq!(undecidable(&[member], &[(*kind, rule)]), None);
        assert_eq!(StoredRule::from(&Rule::from(rule)), rule);
    }
}

#[test]
fn every_field_of_a_rule_has_bounds() {
    let good = StoredRule::first(Kind::Quota);
    type Change = fn(&mut StoredRule);
    let cases: &[(Kind, Change, Option<&str>)] = &[
        (Kind::Quota, |rule| rule.quorum = 0, Some("quorum")),
        (Kind::Quota, |rule| rule.quorum = FULL, None),
        (Kind::Quota, |rule| rule.quorum = FULL + 1, Some("quorum")),
        (Kind::Quota, |rule| rule.threshold = 0, Some("threshold")),
        (Kind::Quota, |rule| rule.threshold = 1, None),
        (
            Kind::Quota,
            |rule| rule.threshold = FULL + 1,
            Some("threshold"),
        ),
        (
            Kind::Quota,
            |rule| rule.voting_period = 0,
            Some("votingPeriod"),
        ),
        (
            Kind::Quota,
            |rule| rule.voting_period = 59_999,
            Some("votingPeriod"),
        ),
        (
            Kind::Quota,
            |rule| rule.voting_period = VOTING_PERIOD_MAX + 1,
            Some("votingPeriod"),
        ),
        (Kind::Quota, |rule| rule.delay = u64::MAX, Some("delay")),
        (
            Kind::Quota,
            |rule| rule.voter_kinds = KINDS_MASK + 1,
            Some("voterKinds"),
        ),
        (Kind::Quota, |rule| rule.voter_kinds = 1, Some("nobody")),
        (
            Kind::Quota,
            |rule| rule.veto_kinds = u16::MAX,
            Some("vetoKinds"),
        ),
        (Kind::Quota, |rule| rule.vetoes = 257, Some("vetoes")),
        // What repairs the rest must not hang on everybody, nor on a minority.
        (Kind::Rule, |rule| rule.quorum = 6_667, Some("quorum")),
        (Kind::Removal, |rule| rule.quorum = FULL, Some("quorum")),
        (
            Kind::Suspension,
            |rule| rule.threshold = 9_001,
            Some("threshold"),
        ),
        (Kind::Rule, |rule| rule.threshold = 5_000, Some("threshold")),
        (Kind::Upgrade, |rule| rule.threshold = FULL, None),
    ];
    for (kind, change, expected) in cases {
        let mut rule = good;
        change(&mut rule);
        assert_eq!(
            refused(*kind, &rule).as_deref(),
            *expected,
            "{kind:?} {rule:?}"
        );
    }
}

#[test]
fn a_kind_without_a_voter_is_found() {
    let member = |organisation, kind, weight| Member {
        organisation,
        kind,
        weight,
        is_active: true,
    };
    let courts = StoredRule {
        voter_kinds: 1 << 5,
        ..StoredRule::first(Kind::Quota)
    };
    let weighted = StoredRule {
        weighted: true,
        ..StoredRule::first(Kind::Upgrade)
    };
    let rules = [(Kind::Quota, courts), (Kind::Upgrade, weighted)];
    let (bank, court) = (member(1, 1, 1), member(2, 5, 1));
    assert_eq!(undecidable(&[bank, court], &rules), None);
    assert_eq!(undecidable(&[bank], &rules), Some(Kind::Quota));
    let away = Member {
        is_active: false,
        ..court
    };
    assert_eq!(undecidable(&[bank, away], &rules), Some(Kind::Quota));
    let light = [Member { weight: 0, ..bank }, Member { weight: 0, ..court }];
    assert_eq!(undecidable(&light, &rules), Some(Kind::Upgrade));
    assert_eq!(undecidable(&[], &rules), Some(Kind::Quota));
    assert_eq!(undecidable(&[], &[]), None);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    /// A rule within its bounds that somebody votes on passes when all of them say yes.
    #[test]
    fn an_accepted_rule_can_be_met(
        (voter_kinds, veto_kinds, quorum, threshold, vetoes) in
            (any::<u16>(), any::<u16>(), any::<u16>(), any::<u16>(), 0..4_u16),
        weighted in any::<bool>(),
        members in prop::collection::vec((1..=10_u8, 0..4_u32, any::<bool>()), 0..6),
        kind in prop::sample::select(KINDS),
    ) {
        use crate::governance::{
            IGovernance::{Choice, State},
            tally::{Count, Presence, Voter},
        };
        let first = StoredRule::first(kind);
        let rule = StoredRule {
            voter_kinds: voter_kinds & KINDS_MASK, veto_kinds: veto_kinds & KINDS_MASK,
            quorum: quorum % 10_001, threshold: threshold % 10_001, vetoes, weighted, ..first
        };
        let members: Vec<Member> = members
            .into_iter()
            .map(|(kind, weight, is_active)| Member { organisation: 1, kind, weight, is_active })
            .collect();
        if rule.check(kind).is_err() || undecidable(&members, &[(kind, rule)]).is_some() {
            return Ok(());
        }
        let voters: Vec<Voter> = members
            .iter()
            .map(|member| member.weight_under(&rule))
            .filter(|weight| *weight > 0)
            .map(|weight| Voter {
                weight, choice: Choice::Yes, presence: Presence::Active, has_veto: true,
            })
            .collect();
        let count = Count::of(&voters);
        prop_assert_eq!(count.outcome(&rule), State::Passed);
        prop_assert_eq!(count.settled(&rule), Some(State::Passed));
    }
}

#[test]
fn what_repairs_the_rest_is_left_to_one_only_where_there_is_one() {
    let member = |organisation, kind, is_active| Member {
        organisation,
        kind,
        weight: 1,
        is_active,
    };
    let banks = StoredRule {
        voter_kinds: 1 << 1,
        ..StoredRule::first(Kind::Rule)
    };
    let (bank, other, court) = (member(1, 1, true), member(2, 1, true), member(3, 5, true));
    let is_fine =
        |members: &[Member], kind| super::require_spare(members, &[(kind, banks)]).is_ok();
    assert!(is_fine(&[bank, other, court], Kind::Rule));
    assert!(!is_fine(&[bank, court], Kind::Rule));
    assert!(!is_fine(&[bank, court], Kind::Removal));
    assert!(is_fine(&[bank, court], Kind::Quota));
    assert!(is_fine(&[bank], Kind::Rule));
    assert!(is_fine(&[bank, member(4, 5, false)], Kind::Suspension));
}
