//! A hundred thousand jobs.

use super::{
    invariants::check,
    runs::idle_loads,
    world::{BANKER, GOOD, GROWER, World, call, once},
};
use crate::scheduler::{ADDRESS, BOOKKEEPING_GAS, FINISH_GAS, IScheduler, STEP_GAS};
use alloy_primitives::Address;

const JOBS: u64 = 100_000;
const DUE: u64 = 1_000;

#[test]
fn a_hundred_thousand_jobs_of_which_a_thousand_are_due_at_once() {
    let mut world = World::new();
    let owners = [
        BANKER,
        GROWER,
        Address::repeat_byte(3),
        Address::repeat_byte(4),
    ];
    let start = world.now();
    let together = start + 3_600_000;
    let mut expected: Vec<Vec<u64>> = vec![Vec::new(); owners.len()];
    for index in 0..JOBS {
        let owner = (index % 4) as usize;
        // Spread over a year, but for every hundredth.
        let due = if index / 4 % (JOBS / DUE) == 0 {
            together
        } else {
            together + 1 + index * 315_000
        };
        let job = world.create(owners[owner], call(GOOD, once(due)));
        if due == together {
            expected[owner].push(job);
        }
    }
    assert_eq!(expected.iter().map(Vec::len).sum::<usize>() as u64, DUE);
    // Idle jobs cost nothing: one read, as without any job.
    assert_eq!(idle_loads(&mut world), 1);
    assert_eq!(idle_loads(&mut World::new()), 1);

    // A budget for a third of them.
    let each = world.gas_used + 20_000;
    let reserve = 100_000 + FINISH_GAS + STEP_GAS;
    world.chain.parameters.job_gas_per_block = 400_000.max(each * 350 + reserve);
    world.chain.loads = 0;
    world.block_at(together);
    let reads = world.chain.loads / world.ran.len() as u64;
    assert!(reads < 80, "{reads} reads for a run among {JOBS} jobs");
    let first = world.ran.len() as u64;
    assert!((345..=351).contains(&first), "{first} in the first block");
    assert!(world.block_gas <= world.chain.parameters.job_gas_per_block);
    world.blocks(2);
    assert_eq!(world.ran.len() as u64, DUE);
    assert!(
        world
            .ran
            .iter()
            .all(|ran| ran.due == together && ran.success)
    );
    // The organisations take turns, and each one's jobs come in order.
    for (index, ran) in world.ran.iter().enumerate() {
        assert_eq!(ran.job, expected[index % 4][index / 4], "run {index}");
    }
    let delays: Vec<u64> = (0..3)
        .map(|late| {
            world
                .ran
                .iter()
                .filter(|ran| ran.height == world.height() - late)
                .count() as u64
        })
        .collect();
    assert_eq!(delays.iter().sum::<u64>(), DUE);
    world.ran.clear();
    world.blocks(5);
    assert!(world.ran.is_empty(), "nothing runs twice");
    check(&mut world, 1..=JOBS);
}

#[test]
fn everything_due_at_once_is_spread_by_the_budget() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    let jobs: Vec<u64> = (0..5_000)
        .map(|_| world.create(BANKER, call(GOOD, once(due))))
        .collect();
    let other = world.create(GROWER, call(GOOD, once(due)));
    world.chain.parameters.job_gas_per_block = 5_000_000;
    let mut blocks = 0;
    while world.ran.len() < 5_001 {
        let before = world.ran.len();
        world.block();
        assert!(world.ran.len() > before, "every block makes progress");
        assert!(world.block_gas <= 5_000_000);
        blocks += 1;
    }
    assert!(blocks > 40, "{blocks} blocks");
    // The flood of one organisation does not delay another.
    let position = world.ran.iter().position(|ran| ran.job == other).unwrap();
    assert!(position <= 1, "in turn {position}");
    world.ran.remove(position);
    assert_eq!(world.take_jobs(), jobs);
}

#[test]
fn what_changes_leave_behind_is_swept_at_its_makers_cost() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    let job = world.create(BANKER, call(GOOD, once(due)));
    for _ in 0..200 {
        let call = call(GOOD, once(due));
        world.accept(BANKER, &IScheduler::changeJobCall { job, call });
    }
    let others =
        [GROWER, Address::repeat_byte(3)].map(|who| world.create(who, call(GOOD, once(due))));
    world.block();
    // The others need not wait for the sweeping.
    assert_eq!(world.take_jobs(), [others[0], others[1], job]);
    assert_eq!(idle_loads(&mut world), 1);
    let used = |world: &mut World, organisation| {
        let call = IScheduler::allowanceCall { organisation };
        world.chain.view(ADDRESS, &call).unwrap().usedToday
    };
    let run = world.gas_used + BOOKKEEPING_GAS;
    // Eight entries at a time.
    assert_eq!(used(&mut world, 1), run + 25 * BOOKKEEPING_GAS);
    assert_eq!(used(&mut world, 2), run);
}
