//! A seed decides everything, and finality takes as long as it may.

#![expect(clippy::unwrap_used, reason = "a test: a failure is the message")]

use qiantang_simulator::{Outcome, Plan, Trace, run};
use std::time::Duration;

/// Among its validators is one that votes for two things at once.
const SEED_OF_A_LIAR: u64 = 7;

fn outcome(plan: &Plan) -> Outcome {
    let outcome = run(plan, Trace::Off).unwrap();
    assert_eq!(outcome.broken, None, "{plan}");
    outcome
}

#[test]
fn a_seed_decides_everything_and_another_one_something_else() {
    for plan in [Plan::calm(7), Plan::troubled(9)] {
        let (first, again) = (outcome(&plan), outcome(&plan));
        assert_eq!(first.hash, again.hash);
        assert_eq!((first.height, first.bytes), (again.height, again.bytes));
    }
    assert_ne!(outcome(&Plan::calm(7)).hash, outcome(&Plan::calm(8)).hash);
}

#[test]
fn half_of_all_transactions_are_final_within_400_ms_where_each_link_takes_50_ms() {
    for validators in [4, 7, 16] {
        let outcome = outcome(&Plan::sized(validators));
        let median = outcome.latencies[outcome.latencies.len() / 2];
        let bound = Duration::from_millis(400);
        assert!(median < bound, "{validators} validators: {median:?}");
        // Three one-way trips at the least: the proposal, a vote on it, a vote to finalize.
        assert!(median > Duration::from_millis(100), "{median:?}");
    }
}

#[test]
fn who_votes_for_two_things_stands_on_the_ledger() {
    assert_eq!(outcome(&Plan::troubled(SEED_OF_A_LIAR)).accused, 1);
    assert_eq!(outcome(&Plan::calm(7)).accused, 0);
}

/// A disk that failed while the node was asked, a job of the last block, and a power cut after a
/// kill: what the simulator once held against the node.
#[test]
fn what_once_failed_holds() {
    for seed in [840, 1839, 4601] {
        outcome(&Plan::troubled(seed));
    }
}
