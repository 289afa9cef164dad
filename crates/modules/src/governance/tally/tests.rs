use super::{Count, Presence, Voter, reaches};
use crate::governance::{
    IGovernance::{Choice, State},
    rules::StoredRule,
};
use proptest::prelude::*;

const MAJORITY: StoredRule = StoredRule {
    quorum: 5_000,
    threshold: 5_001,
    ..StoredRule::ZERO
};

fn voter(choice: Choice) -> Voter {
    Voter {
        weight: 1,
        choice,
        presence: Presence::Active,
        has_veto: false,
    }
}

/// Votes as letters: yes, no, abstain, `-` silent; `s` is suspended, `g` is gone after a yes.
fn voters(letters: &str) -> Vec<Voter> {
    let voter = |letter| match letter {
        'y' => voter(Choice::Yes),
        'n' => voter(Choice::No),
        'a' => voter(Choice::Abstain),
        'v' => voter(Choice::Veto),
        'o' => Voter {
            has_veto: true,
            ..voter(Choice::None)
        },
        's' => Voter {
            presence: Presence::Suspended,
            ..voter(Choice::Yes)
        },
        'g' => Voter {
            presence: Presence::Gone,
            ..voter(Choice::Yes)
        },
        _ => voter(Choice::None),
    };
    letters.chars().map(voter).collect()
}

#[test]
fn a_vote_ends_as_the_rule_says() {
    let two_thirds = StoredRule {
        threshold: 6_666,
        quorum: 6_666,
        ..MAJORITY
    };
    let unanimous = StoredRule {
        threshold: 10_000,
        quorum: 10_000,
        ..MAJORITY
    };
    let veto = StoredRule {
        vetoes: 1,
        ..MAJORITY
    };
    let cases = [
        (MAJORITY, "yy--", State::Passed, None),
        (MAJORITY, "yyy-", State::Passed, Some(State::Passed)),
        (MAJORITY, "yn--", State::Rejected, None),
        (MAJORITY, "yynn", State::Rejected, Some(State::Rejected)),
        (MAJORITY, "nn--", State::Rejected, Some(State::Rejected)),
        (MAJORITY, "y---", State::Expired, None),
        (MAJORITY, "----", State::Expired, None),
        (MAJORITY, "aaaa", State::Rejected, Some(State::Rejected)),
        (MAJORITY, "yaaa", State::Passed, Some(State::Passed)),
        (MAJORITY, "yaa-", State::Passed, None),
        (MAJORITY, "", State::Expired, Some(State::Rejected)),
        // The suspended neither vote nor count, but might come back before the end.
        (MAJORITY, "yyss", State::Passed, None),
        (MAJORITY, "yysgg", State::Passed, Some(State::Passed)),
        (MAJORITY, "gggg", State::Expired, Some(State::Rejected)),
        (MAJORITY, "nsss", State::Rejected, None),
        (two_thirds, "yyn", State::Passed, Some(State::Passed)),
        (two_thirds, "yy-", State::Passed, Some(State::Passed)),
        (two_thirds, "yynn", State::Rejected, Some(State::Rejected)),
        (unanimous, "yyyy", State::Passed, Some(State::Passed)),
        (unanimous, "yyy-", State::Expired, None),
        (unanimous, "yyyn", State::Rejected, Some(State::Rejected)),
        (veto, "yyyv", State::Vetoed, Some(State::Vetoed)),
        // What could still be vetoed is not settled.
        (veto, "yyyo", State::Passed, None),
        (veto, "yyy-", State::Passed, Some(State::Passed)),
    ];
    for (rule, letters, at_end, settled) in cases {
        let count = Count::of(&voters(letters));
        assert_eq!(count.outcome(&rule), at_end, "{letters}");
        assert_eq!(count.settled(&rule), settled, "{letters}");
    }
}

#[test]
fn shares_are_exact() {
    for (part, whole, share, expected) in [
        (2, 3, 6_666, true),
        (2, 3, 6_667, false),
        (1, 2, 5_000, true),
        (1, 2, 5_001, false),
        (0, 0, 0, false),
        (0, 5, 0, true),
        (u64::MAX, u64::MAX, 10_000, true),
        (u64::MAX - 1, u64::MAX, 10_000, false),
    ] {
        assert_eq!(
            reaches(part, whole, share),
            expected,
            "{part}/{whole} {share}"
        );
    }
}

fn any_choice() -> impl Strategy<Value = Choice> {
    prop::sample::select(vec![
        Choice::None,
        Choice::Yes,
        Choice::No,
        Choice::Abstain,
        Choice::Veto,
    ])
}

fn any_voter() -> impl Strategy<Value = Voter> {
    let presence = prop::sample::select(vec![
        Presence::Active,
        Presence::Active,
        Presence::Suspended,
        Presence::Gone,
    ]);
    (0..=1_000_000_u32, any_choice(), presence, any::<bool>()).prop_map(
        |(weight, choice, presence, has_veto)| Voter {
            weight,
            choice,
            presence,
            has_veto: has_veto || choice == Choice::Veto,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn votes_never_exceed_the_electorate(voters in prop::collection::vec(any_voter(), 0..12)) {
        let count = Count::of(&voters);
        prop_assert!(count.yes + count.no + count.abstain <= count.electorate);
    }

    /// Whatever the silent do and whoever comes back, a settled outcome is the outcome.
    #[test]
    fn what_is_settled_stays(
        voters in prop::collection::vec(any_voter(), 1..8),
        later in prop::collection::vec((any_choice(), any::<bool>()), 8),
        (quorum, threshold, vetoes) in (1..=10_000_u16, 1..=10_000_u16, 0..3_u16),
    ) {
        let rule = StoredRule { quorum, threshold, vetoes, ..StoredRule::ZERO };
        let Some(settled) = Count::of(&voters).settled(&rule) else { return Ok(()) };
        let mut at_end = voters;
        for (voter, (choice, returns)) in at_end.iter_mut().zip(later) {
            if voter.presence == Presence::Suspended && returns {
                voter.presence = Presence::Active;
            }
            if voter.presence == Presence::Active && voter.choice == Choice::None
                && (choice != Choice::Veto || voter.has_veto)
            {
                voter.choice = choice;
            }
        }
        let end = Count::of(&at_end).outcome(&rule);
        match settled {
            // The reason of a defeat can change, the defeat cannot.
            State::Rejected => prop_assert_ne!(end, State::Passed),
            other => prop_assert_eq!(end, other),
        }
    }
}
