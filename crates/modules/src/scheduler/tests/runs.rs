//! What happens when jobs are due.

use super::world::{BAD, BANK, BANKER, GOOD, GOVERNANCE, GROWER, World, call, every, once};
use crate::scheduler::{
    ADDRESS, BOOKKEEPING_GAS,
    IScheduler::{self, Kind, NewJob, Schedule, Status},
    next_due,
};
use alloy_primitives::{B256, keccak256};
use alloy_sol_types::{SolCall, SolEvent as _};

#[test]
fn jobs_run_by_time_and_then_by_number() {
    let mut world = World::new();
    let now = world.now();
    let third = world.create(BANKER, call(GOOD, once(now + 900)));
    let first = world.create(BANKER, call(GOOD, once(now + 500)));
    let second = world.create(BANKER, call(GOOD, once(now + 500)));
    world.block();
    assert_eq!(world.take_jobs(), [first, second, third]);
}

#[test]
fn jobs_by_height_count_blocks() {
    let mut world = World::new();
    let height = world.height();
    let at = Schedule {
        start: height + 3,
        ..Schedule::of(Kind::AtHeight)
    };
    let once = world.create(BANKER, call(GOOD, at));
    let repeated = Schedule {
        every: 2,
        count: 3,
        ..Schedule::of(Kind::EveryBlocks)
    };
    let every = world.create(BANKER, call(GOOD, repeated));
    for _ in 0..10 {
        // Time stands almost still.
        let time = world.now() + 1;
        world.block_at(time);
    }
    let ran: Vec<_> = world
        .ran
        .drain(..)
        .map(|ran| (ran.height - height, ran.job))
        .collect();
    assert_eq!(ran, [(2, every), (3, once), (4, every), (6, every)]);
    assert_eq!(world.status(every), Status::Done);
}

#[test]
fn organisations_take_turns_whatever_the_flood() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    let flood: Vec<u64> = (0..30)
        .map(|_| world.create(BANKER, call(GOOD, once(due))))
        .collect();
    let few: Vec<u64> = (0..3)
        .map(|_| world.create(GROWER, call(GOOD, once(due))))
        .collect();
    world.block();
    let ran = world.take_jobs();
    assert_eq!(ran.len(), 33);
    assert_eq!(
        ran[..6],
        [flood[0], few[0], flood[1], few[1], flood[2], few[2]]
    );
    assert_eq!(ran[6..], flood[3..]);
}

#[test]
fn times_and_heights_take_turns() {
    let mut world = World::new();
    let (due, height) = (world.now() + 1_000, world.height() + 1);
    let at = Schedule {
        start: height,
        ..Schedule::of(Kind::AtHeight)
    };
    let heights: Vec<u64> = (0..10)
        .map(|_| world.create(BANKER, call(GOOD, at.clone())))
        .collect();
    let times: Vec<u64> = (0..2)
        .map(|_| world.create(GROWER, call(GOOD, once(due))))
        .collect();
    world.block();
    let ran = world.take_jobs();
    assert_eq!(ran.len(), 12);
    assert_eq!(ran[..4], [times[0], heights[0], times[1], heights[1]]);
}

#[test]
fn what_does_not_fit_runs_first_in_the_next_block() {
    let mut world = World::new();
    world.chain.parameters.job_gas_per_block = 10_000_000;
    world.gas_used = u64::MAX;
    let due = world.now() + 1_000;
    let big = |gas_limit| NewJob {
        gasLimit: gas_limit,
        ..call(GOOD, once(due))
    };
    let jobs: Vec<u64> = [2_500_000, 2_500_000, 2_500_000, 2_500_000, 100_000]
        .map(|gas_limit| world.create(BANKER, big(gas_limit)))
        .to_vec();
    world.block();
    assert_eq!(world.take_jobs(), jobs[..3]);
    assert!(world.block_gas <= 10_000_000);
    // The small one fits, but it is not its turn.
    world.block();
    assert_eq!(world.take_jobs(), jobs[3..]);
}

#[test]
fn a_failing_job_is_tried_again_and_then_rests_with_the_reason() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    let new = NewJob {
        attempts: 3,
        retryAfter: 5_000,
        schedule: Schedule {
            start: due,
            ..every(60_000)
        },
        ..call(BAD, once(due))
    };
    let job = world.create(BANKER, new.clone());
    world.blocks(30);
    let ran: Vec<_> = world
        .ran
        .drain(..)
        .map(|ran| (ran.height, ran.due, ran.attempt))
        .collect();
    assert_eq!(ran, [(2, due, 1), (7, due, 2), (12, due, 3)]);
    assert_eq!(world.status(job), Status::Dead);
    let letters = world.dead(BANK);
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].job, letters[0].due, letters[0].attempts),
        (job, due, 3)
    );
    assert_eq!((letters[0].height, letters[0].reason.len()), (12, 256));
    let ran = world
        .chain
        .logs
        .iter()
        .find_map(|log| IScheduler::JobRan::decode_log_data(&log.data).ok());
    let ran = ran.unwrap();
    assert_eq!(
        (ran.job, ran.due, ran.success, ran.attempt),
        (job, due, false, 1)
    );
    assert_eq!(
        (ran.gasUsed, ran.outputHash),
        (100_000, keccak256([0xee; 300]))
    );
    // Another target, then the same occurrence once more.
    world.accept(BANKER, &IScheduler::retryDeadCall { job });
    assert!(world.dead(BANK).is_empty());
    world.blocks(12);
    assert_eq!(world.take_dues(), [due, due, due]);
    world.accept(BANKER, &IScheduler::skipDeadCall { job });
    world.block();
    let refused = world.refuse(BANKER, &IScheduler::skipDeadCall { job });
    assert!(refused.contains("WrongStatus"), "{refused}");
    let shown = world.job(job);
    assert_eq!(
        (shown.status, shown.done, shown.due),
        (Status::Active, 1, due + 60_000)
    );
    world.blocks(60);
    world.accept(
        BANKER,
        &IScheduler::changeJobCall {
            job,
            call: NewJob {
                target: GOOD,
                schedule: every(1_000),
                ..new
            },
        },
    );
    world.take_dues();
    world.blocks(3);
    assert_eq!(world.take_jobs(), [job, job, job]);
    assert!(world.dead(BANK).is_empty());
}

#[test]
fn an_outage_is_made_up_for_exactly_once_and_in_order() {
    let mut world = World::new();
    let start = world.now();
    let all = world.create(BANKER, call(GOOD, every(10_000)));
    let one = world.create(
        GROWER,
        NewJob {
            skipMissed: true,
            ..call(GOOD, every(10_000))
        },
    );
    world.block_at(start + 55_000);
    let expected: Vec<_> = [
        (all, 10_000),
        (one, 10_000),
        (all, 20_000),
        (all, 30_000),
        (all, 40_000),
        (all, 50_000),
    ]
    .map(|(job, due)| (job, start + due))
    .to_vec();
    let ran: Vec<_> = world.ran.drain(..).map(|ran| (ran.job, ran.due)).collect();
    assert_eq!(ran, expected);
    world.block_at(start + 60_000);
    let ran: Vec<_> = world.ran.drain(..).map(|ran| (ran.job, ran.due)).collect();
    // The bank was served last.
    assert_eq!(ran, [(one, start + 60_000), (all, start + 60_000)]);
}

#[test]
fn what_was_missed_is_spread_over_blocks_by_the_budget() {
    let mut world = World::new();
    world.chain.parameters.job_gas_per_block = 1_000_000;
    let start = world.now();
    let job = world.create(BANKER, call(GOOD, every(1_000)));
    world.block_at(start + 100_000);
    let first = world.take_dues();
    assert!(
        first.len() > 5 && first.len() < 50,
        "{} in one block",
        first.len()
    );
    let mut dues = first;
    for millisecond in 1..=20 {
        world.block_at(start + 100_000 + millisecond);
        dues.append(&mut world.take_dues());
    }
    let expected: Vec<u64> = (1..=100).map(|n| start + n * 1_000).collect();
    assert_eq!(dues, expected);
    assert_eq!(world.job(job).done, 100);
}

#[test]
fn a_job_may_call_the_scheduler_and_itself() {
    let mut world = World::new();
    let calls = |call: &dyn Fn(u64) -> Vec<u8>, id: u64| NewJob {
        input: call(id).into(),
        ..super::world::call(ADDRESS, every(1_000))
    };
    let cancel = |job| IScheduler::cancelJobCall { job }.abi_encode();
    let first = world.create(BANKER, calls(&cancel, 1));
    assert_eq!(first, 1);
    world.blocks(3);
    assert_eq!(world.take_jobs(), [1]);
    assert_eq!(world.job(1).status, Status::Cancelled);
    assert_eq!(world.job(1).runs, 1);
    // A job that makes another each time it runs: never in the same block.
    let due = world.now() + 5_000;
    let new = call(GOOD, once(due));
    let create = move |_| IScheduler::createJobCall { call: new.clone() }.abi_encode();
    let maker = world.create(BANKER, calls(&create, 2));
    world.blocks(4);
    assert_eq!(world.take_jobs(), [maker; 4]);
    world.block();
    // From now on what it makes is in the past, and its own run fails.
    assert_eq!(world.take_jobs(), [maker, 3, 4, 5, 6]);
    assert_eq!(world.status(maker), Status::Dead);
    // A job that changes its own schedule while it runs.
    let next = call(GOOD, every(7_000));
    let change = move |job| {
        IScheduler::changeJobCall {
            job,
            call: next.clone(),
        }
        .abi_encode()
    };
    let changer = world.create(GROWER, calls(&change, 7));
    assert_eq!(changer, 7);
    let changed = world.now() + 1_000;
    world.blocks(9);
    assert_eq!(world.take_dues(), [changed, changed + 7_000]);
    // A job that runs itself finds that it is not dead, and fails.
    let retry = |job| IScheduler::retryDeadCall { job }.abi_encode();
    let selfish = world.create(GROWER, calls(&retry, 8));
    world.block();
    assert_eq!(world.status(selfish), Status::Dead);
}

#[test]
fn the_gas_of_a_day_ends_and_comes_back() {
    let mut world = World::new();
    world.chain.parameters.job_gas_per_day = 10 * (100_000 + BOOKKEEPING_GAS);
    world.gas_used = u64::MAX;
    let due = world.now() + 1_000;
    let jobs: Vec<u64> = (0..15)
        .map(|_| world.create(BANKER, call(GOOD, once(due))))
        .collect();
    let height = Schedule {
        start: world.height() + 2,
        ..Schedule::of(Kind::AtHeight)
    };
    let by_height = world.create(BANKER, call(GOOD, height));
    let other = world.create(GROWER, call(GOOD, once(due)));
    world.blocks(5);
    let ran = world.take_jobs();
    assert_eq!(ran.len(), 11);
    assert!(ran.contains(&other) && !ran.contains(&by_height));
    let resting = world
        .chain
        .logs
        .iter()
        .filter_map(|log| IScheduler::AllowanceUsed::decode_log_data(&log.data).ok());
    // Once for each of its two queues.
    let until: Vec<u64> = resting.map(|event| event.until).collect();
    let tomorrow = (due / 86_400_000 + 1) * 86_400_000;
    assert_eq!(until, [tomorrow, tomorrow]);
    let view = IScheduler::allowanceCall { organisation: BANK };
    let used = world.chain.view(ADDRESS, &view).unwrap();
    assert_eq!((used.gasPerDay - used.usedToday, used.jobs), (0, 6));
    // An idle block reads one slot, also while an organisation rests.
    assert_eq!(idle_loads(&mut world), 1);
    world.block_at(tomorrow);
    let mut expected = jobs[10..].to_vec();
    expected.push(by_height);
    let mut ran = world.take_jobs();
    ran.sort_unstable();
    assert_eq!(ran, expected);
}

#[test]
fn a_larger_allowance_ends_the_rest() {
    let mut world = World::new();
    world.chain.parameters.job_gas_per_day = 100_000 + BOOKKEEPING_GAS;
    world.gas_used = u64::MAX;
    let due = world.now() + 1_000;
    let jobs = [0; 3].map(|_| world.create(BANKER, call(GOOD, once(due))));
    world.blocks(3);
    assert_eq!(world.take_jobs(), jobs[..1]);
    let more = IScheduler::setAllowanceCall {
        organisation: BANK,
        gasPerDay: 1_000_000,
    };
    world.accept(GOVERNANCE, &more);
    world.block();
    assert_eq!(world.take_jobs(), jobs[1..]);
    // Less than one job of a day: the job can never run, and says so.
    let job = world.create(BANKER, call(GOOD, once(world.chain.time.get() + 1_000)));
    let less = IScheduler::setAllowanceCall {
        organisation: BANK,
        gasPerDay: 100_000,
    };
    world.accept(GOVERNANCE, &less);
    let tomorrow = (due / 86_400_000 + 1) * 86_400_000;
    world.block_at(tomorrow);
    assert!(world.ran.is_empty());
    assert_eq!(world.status(job), Status::Dead);
    let reason = IScheduler::GasAboveAllowance {
        gasLimit: 100_000,
        gasPerDay: 100_000,
    };
    let letter = world.dead(BANK).remove(0);
    assert_eq!(
        letter.reason,
        alloy_sol_types::SolError::abi_encode(&reason)
    );
    assert_eq!(letter.attempts, 0);
}

#[test]
fn a_job_that_fits_into_no_block_does_not_stop_the_others() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    let big = world.create(
        BANKER,
        NewJob {
            gasLimit: 50_000_000,
            ..call(GOOD, once(due))
        },
    );
    let small = world.create(BANKER, call(GOOD, once(due)));
    world.chain.parameters.job_gas_per_block = 40_000_000;
    world.block();
    assert_eq!(world.take_jobs(), [small]);
    assert_eq!(world.status(big), Status::Dead);
}

#[test]
fn an_unfinished_job_is_named_again() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    world.create(BANKER, call(GOOD, once(due)));
    world.chain.time = qiantang_types::TimestampMs::new(due);
    world.chain.height = qiantang_types::Height::new(9);
    let budget = world.chain.parameters.job_gas_per_block;
    let first = world.next(budget).unwrap();
    let slots = world.chain.slots.clone();
    assert_eq!(world.next(budget), Some(first));
    assert!(world.chain.slots == slots, "asking changes nothing");
    assert_eq!(world.next(100_000), None);
    assert_eq!(world.next(0), None);
    // A context that has less than it says ends the jobs of the block and changes nothing.
    for gas in (0..60_000).step_by(1_000) {
        world.chain.gas_limit = gas;
        world.chain.gas_used = 0;
        let named = next_due(&mut world.chain, budget).unwrap();
        assert!(named.is_none() || gas > 20_000, "with {gas}");
        assert!(world.chain.slots == slots);
    }
}

#[test]
fn the_log_says_what_the_answer_was() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    let job = world.create(
        BANKER,
        NewJob {
            input: vec![1, 2, 3].into(),
            ..call(GOOD, once(due))
        },
    );
    world.block();
    let log = world
        .chain
        .logs
        .iter()
        .find(|log| log.data.topics().first() == Some(&IScheduler::JobRan::SIGNATURE_HASH));
    let log = log.unwrap();
    assert_eq!(log.address, ADDRESS);
    assert_eq!(
        log.data.topics()[1..],
        [job, due].map(|n| B256::from(alloy_primitives::U256::from(n)))
    );
    let ran = IScheduler::JobRan::decode_log_data(&log.data).unwrap();
    assert_eq!(
        (ran.gasUsed, ran.outputHash),
        (30_000, keccak256([1, 2, 3]))
    );
}

/// Slots that a block reads in which nothing is due.
pub(super) fn idle_loads(world: &mut World) -> u64 {
    world.chain.loads = 0;
    world.block();
    assert!(world.ran.is_empty());
    world.chain.loads
}
