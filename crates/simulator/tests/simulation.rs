//! A seed decides everything.

use qiantang_simulator::{Plan, Trace, run};

#[test]
fn a_seed_decides_everything_and_another_one_something_else() {
    let outcome = |seed| run(&Plan::calm(seed), Trace::Off).unwrap();
    let (first, again, other) = (outcome(7), outcome(7), outcome(8));
    assert_eq!(first.broken, None);
    assert_eq!(first.hash, again.hash);
    assert_eq!((first.height, first.bytes), (again.height, again.bytes));
    assert_ne!(first.hash, other.hash);
}
