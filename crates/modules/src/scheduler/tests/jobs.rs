//! What owners do with their jobs.

use super::world::{
    BAD, BANK, BANKER, GOOD, GOVERNANCE, GROWER, STRANGER, TEA, World, call, every, once,
};
use crate::{
    identity::{self, IIdentity},
    scheduler::{
        ADDRESS,
        IScheduler::{self, Kind, NewJob, Schedule, Status},
    },
};
use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolEvent as _;
use qiantang_types::{DEV_CHAIN_ID, signer_of};

#[test]
fn a_job_runs_once_at_its_time_and_is_done() {
    let mut world = World::new();
    let due = world.now() + 3_000;
    let job = world.create(BANKER, call(GOOD, once(due)));
    assert_eq!(job, 1);
    let log = world.chain.logs.last().unwrap();
    let created = IScheduler::JobCreated::decode_log_data(&log.data).unwrap();
    assert_eq!(
        (created.owner, created.organisation, created.due),
        (BANKER, BANK, due)
    );
    world.blocks(2);
    assert!(world.ran.is_empty());
    world.block();
    assert_eq!(world.take_dues(), [due]);
    let found = world.job(job);
    assert_eq!(
        (found.status, found.due, found.queuedAt),
        (Status::Done, 0, 0)
    );
    assert_eq!((found.done, found.runs, found.attempt), (1, 1, 0));
    world.blocks(10);
    assert!(world.ran.is_empty());
    let runs = world
        .chain
        .view(ADDRESS, &IScheduler::runsOfCall { job })
        .unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].due, runs[0].time, runs[0].height), (due, due, 4));
    assert!(runs[0].success);
}

#[test]
fn a_job_shows_what_was_asked_for() {
    let mut world = World::new();
    let new = NewJob {
        input: Bytes::from(vec![7; 100]),
        attempts: 3,
        retryAfter: 60_000,
        skipMissed: true,
        schedule: Schedule {
            timeOfDay: 9 * 3_600_000,
            day: 31,
            every: 3,
            zone: "Asia/Shanghai".to_owned(),
            calendar: "CN".to_owned(),
            adjustment: IScheduler::Adjustment::ModifiedFollowing,
            until: world.now() + 400 * 86_400_000,
            count: 3,
            ..Schedule::of(Kind::Monthly)
        },
        ..call(GOOD, Schedule::of(Kind::Monthly))
    };
    let start = world.now();
    let job = world.create(BANKER, new.clone());
    let shown = world.job(job);
    let mut expected = new;
    expected.schedule.start = start;
    assert_eq!(shown.call, expected);
    assert_eq!((shown.owner, shown.organisation), (BANKER, BANK));
    assert_eq!(shown.due, shown.queuedAt);
}

#[test]
fn a_job_is_paused_resumed_changed_and_cancelled() {
    let mut world = World::new();
    let start = world.now();
    let job = world.create(BANKER, call(GOOD, every(10_000)));
    world.accept(BANKER, &IScheduler::pauseJobCall { job });
    assert_eq!(world.status(job), Status::Paused);
    world.blocks(25);
    assert!(world.ran.is_empty());
    // What was due in between is left out.
    world.accept(BANKER, &IScheduler::resumeJobCall { job });
    assert_eq!(world.job(job).due, start + 30_000);
    world.blocks(5);
    assert_eq!(world.take_dues(), [start + 30_000]);
    let changed = world.now();
    let new = call(GOOD, every(2_000));
    world.accept(BANKER, &IScheduler::changeJobCall { job, call: new });
    world.blocks(10);
    let expected: Vec<u64> = (1..=5).map(|n| changed + n * 2_000).collect();
    assert_eq!(world.take_dues(), expected);
    world.accept(BANKER, &IScheduler::cancelJobCall { job });
    world.blocks(10);
    assert!(world.ran.is_empty());
    assert_eq!(world.status(job), Status::Cancelled);
    for refused in [
        world.refuse(BANKER, &IScheduler::cancelJobCall { job }),
        world.refuse(BANKER, &IScheduler::pauseJobCall { job }),
        world.refuse(BANKER, &IScheduler::resumeJobCall { job }),
        world.refuse(BANKER, &IScheduler::retryDeadCall { job }),
        world.refuse(BANKER, &IScheduler::skipDeadCall { job }),
    ] {
        assert!(refused.contains("WrongStatus"), "{refused}");
    }
    let allowance = IScheduler::allowanceCall { organisation: BANK };
    assert_eq!(world.chain.view(ADDRESS, &allowance).unwrap().jobs, 0);
}

#[test]
fn a_paused_job_stays_paused_when_it_is_changed() {
    let mut world = World::new();
    let job = world.create(BANKER, call(GOOD, every(10_000)));
    world.accept(BANKER, &IScheduler::pauseJobCall { job });
    let new = call(GOOD, every(3_000));
    world.accept(BANKER, &IScheduler::changeJobCall { job, call: new });
    assert_eq!(world.status(job), Status::Paused);
    world.blocks(5);
    assert!(world.ran.is_empty());
    let resumed = world.now();
    world.accept(BANKER, &IScheduler::resumeJobCall { job });
    assert!(world.job(job).due > resumed);
    world.blocks(6);
    assert_eq!(world.take_jobs(), [job, job]);
}

#[test]
fn others_may_not_touch_a_job() {
    let mut world = World::new();
    let due = world.now() + 10_000;
    let job = world.create(BANKER, call(GOOD, once(due)));
    let new = call(GOOD, every(2_000));
    for who in [GROWER, STRANGER, GOVERNANCE] {
        for refused in [
            world.refuse(who, &IScheduler::cancelJobCall { job }),
            world.refuse(who, &IScheduler::pauseJobCall { job }),
            world.refuse(who, &IScheduler::resumeJobCall { job }),
            world.refuse(who, &IScheduler::retryDeadCall { job }),
            world.refuse(who, &IScheduler::skipDeadCall { job }),
            world.refuse(
                who,
                &IScheduler::changeJobCall {
                    job,
                    call: new.clone(),
                },
            ),
        ] {
            assert!(refused.contains("NotOwner"), "{refused}");
        }
    }
    let refused = world.refuse(STRANGER, &IScheduler::createJobCall { call: new });
    assert!(refused.contains("NotPermitted"), "{refused}");
    let refused = world.refuse(BANKER, &IScheduler::cancelJobCall { job: 99 });
    assert!(refused.contains("UnknownJob"), "{refused}");
    assert_eq!(world.status(job), Status::Active);
}

#[test]
fn only_governance_maintains_calendars_zones_and_allowances() {
    let mut world = World::new();
    for who in [BANKER, STRANGER] {
        for refused in [
            world.refuse(
                who,
                &IScheduler::setCalendarYearCall {
                    calendar: "CN".to_owned(),
                    year: 2027,
                    workingDays: [U256::ONE, U256::ZERO],
                },
            ),
            world.refuse(
                who,
                &IScheduler::setTimeZoneCall {
                    name: "Asia/Shanghai".to_owned(),
                    posixRule: "CST-9".to_owned(),
                    from: 0,
                },
            ),
            world.refuse(
                who,
                &IScheduler::setAllowanceCall {
                    organisation: BANK,
                    gasPerDay: u64::MAX,
                },
            ),
        ] {
            assert!(refused.contains("NotGovernance"), "{refused}");
        }
    }
}

#[test]
fn who_manages_the_members_can_stop_their_jobs() {
    let mut world = World::new();
    let clerk = add_clerk(&mut world);
    let due = world.now() + 10_000;
    let job = world.create(clerk, call(GOOD, once(due)));
    let refused = world.refuse(BANKER, &IScheduler::resumeJobCall { job });
    assert!(refused.contains("NotOwner"), "{refused}");
    world.accept(BANKER, &IScheduler::pauseJobCall { job });
    world.accept(clerk, &IScheduler::resumeJobCall { job });
    world.accept(BANKER, &IScheduler::cancelJobCall { job });
    assert_eq!(world.status(job), Status::Cancelled);
    // The clerk manages nobody.
    let job = world.create(BANKER, call(GOOD, once(due)));
    let refused = world.refuse(clerk, &IScheduler::cancelJobCall { job });
    assert!(refused.contains("NotOwner"), "{refused}");
}

/// A new account that is an operator of the bank.
pub(super) fn add_clerk(world: &mut World) -> Address {
    let secret = B256::with_last_byte(9);
    let sign = |digest| sign_message(secret, digest).unwrap().as_bytes();
    let account = signer_of(B256::ZERO, &sign(B256::ZERO)).unwrap();
    let membership = IIdentity::Membership {
        organisation: BANK,
        account,
        nonce: 0,
        deadline: u64::MAX,
    };
    let digest = identity::membership_digest(DEV_CHAIN_ID, &membership);
    let call = IIdentity::addAccountCall {
        account,
        roles: vec![2],
        level: 1,
        deadline: u64::MAX,
        signature: sign(digest).into(),
    };
    world.chain.send(BANKER, identity::ADDRESS, &call).unwrap();
    account
}

#[test]
fn governance_has_jobs_of_its_own_without_an_allowance() {
    let mut world = World::new();
    world.chain.parameters.job_gas_per_day = 0;
    let due = world.now() + 1_000;
    let job = world.create(GOVERNANCE, call(GOOD, once(due)));
    assert_eq!(world.job(job).organisation, 0);
    world.block();
    assert_eq!(world.take_jobs(), [job]);
}

#[test]
fn lists_come_in_pages() {
    let mut world = World::new();
    let due = world.now() + 10_000;
    for _ in 0..5 {
        world.create(BANKER, call(BAD, once(due)));
    }
    world.create(GROWER, call(BAD, once(due)));
    let page = |cursor: u64, limit: u64| IScheduler::jobsOfCall {
        owner: BANKER,
        cursor: U256::from(cursor),
        limit: U256::from(limit),
    };
    let first = world.chain.view(ADDRESS, &page(0, 3)).unwrap();
    assert_eq!((first.jobs, first.next), (vec![1, 2, 3], U256::from(3)));
    let second = world.chain.view(ADDRESS, &page(3, 3)).unwrap();
    assert_eq!((second.jobs, second.next), (vec![4, 5], U256::ZERO));
    world.blocks(10);
    assert_eq!((world.dead(BANK).len(), world.dead(TEA).len()), (5, 1));
    let call = IScheduler::deadLettersCall {
        organisation: BANK,
        cursor: U256::from(4),
        limit: U256::from(4),
    };
    let last = world.chain.view(ADDRESS, &call).unwrap();
    assert_eq!((last.letters.len(), last.next), (1, U256::ZERO));
    let refused = world.refuse(
        BANKER,
        &IScheduler::deadLettersCall {
            organisation: u64::MAX,
            ..call
        },
    );
    assert!(refused.contains("LimitExceeded"), "{refused}");
}

#[test]
fn a_preview_says_when_and_whether_more_follows() {
    let mut world = World::new();
    let now = world.now();
    let call = |schedule, limit: u64| IScheduler::previewCall {
        schedule,
        limit: U256::from(limit),
    };
    let counted = Schedule {
        count: 2,
        ..every(5_000)
    };
    let shown = world.chain.view(ADDRESS, &call(counted, 0)).unwrap();
    assert_eq!(
        (shown.due, shown.complete),
        (vec![now + 5_000, now + 10_000], true)
    );
    let shown = world
        .chain
        .view(ADDRESS, &call(every(5_000), 1_000))
        .unwrap();
    assert_eq!((shown.due.len(), shown.complete), (64, false));
    let ended = Schedule {
        until: now + 12_000,
        ..every(5_000)
    };
    let shown = world.chain.view(ADDRESS, &call(ended, 0)).unwrap();
    assert_eq!((shown.due.len(), shown.complete), (2, true));
    let business = Schedule {
        zone: "Asia/Shanghai".to_owned(),
        calendar: "CN".to_owned(),
        start: 1_798_563_600_000,
        ..Schedule::of(Kind::BusinessDays)
    };
    // From 30 December 2026, 01:00 in Hangzhou: the calendar ends with the year.
    let shown = world.chain.view(ADDRESS, &call(business, 0)).unwrap();
    assert_eq!(
        (shown.due, shown.complete),
        (vec![1_798_646_400_000], false)
    );
}
