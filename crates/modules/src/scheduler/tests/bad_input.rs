//! Input that makes no sense, and its answers.

use super::world::{BANKER, GOOD, GOVERNANCE, World, call, every, once};
use crate::scheduler::{
    ADDRESS,
    IScheduler::{self, Adjustment, Kind, NewJob, Schedule},
};
use alloy_primitives::{Bytes, U256};

fn daily() -> Schedule {
    Schedule::of(Kind::Daily)
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn schedules_that_make_no_sense() {
    let mut world = World::new();
    world.blocks(3);
    let (now, height) = (world.now(), world.height());
    let text = |text: &str| text.to_owned();
    let table = [
        (
            "InvalidSchedule { field: \"kind\"",
            Schedule::of(Kind::None),
        ),
        ("ScheduleInThePast", once(0)),
        ("ScheduleInThePast", once(now)),
        ("ScheduleInThePast", once(now - 1)),
        (
            "ScheduleInThePast",
            Schedule {
                start: height,
                ..Schedule::of(Kind::AtHeight)
            },
        ),
        (
            "ScheduleInThePast",
            Schedule {
                start: now,
                ..every(5_000)
            },
        ),
        (
            "ScheduleInThePast",
            Schedule {
                start: now - 1,
                ..daily()
            },
        ),
        (
            "ScheduleInThePast",
            Schedule {
                until: now,
                ..daily()
            },
        ),
        ("\"start\"", once(u64::MAX)),
        (
            "\"until\"",
            Schedule {
                until: u64::MAX,
                ..daily()
            },
        ),
        (
            "NothingDue",
            Schedule {
                until: now + 4_000,
                ..every(5_000)
            },
        ),
        (
            "NothingDue",
            Schedule {
                until: now + 1,
                ..once(now + 2)
            },
        ),
        ("\"every\"", every(999)),
        ("\"every\"", every(u64::MAX)),
        ("\"every\"", Schedule::of(Kind::EveryBlocks)),
        (
            "\"every\"",
            Schedule {
                every: 1,
                ..once(now + 5)
            },
        ),
        (
            "\"every\"",
            Schedule {
                every: 1_201,
                ..daily()
            },
        ),
        (
            "\"every\"",
            Schedule {
                every: 2,
                ..Schedule::of(Kind::BusinessDays)
            },
        ),
        (
            "\"timeOfDay\"",
            Schedule {
                timeOfDay: 86_400_000,
                ..daily()
            },
        ),
        (
            "\"timeOfDay\"",
            Schedule {
                timeOfDay: 1,
                ..once(now + 5)
            },
        ),
        ("\"day\"", Schedule { day: 1, ..daily() }),
        ("\"day\"", Schedule::of(Kind::Weekly)),
        (
            "\"day\"",
            Schedule {
                day: 128,
                ..Schedule::of(Kind::Weekly)
            },
        ),
        ("\"day\"", Schedule::of(Kind::Monthly)),
        (
            "\"day\"",
            Schedule {
                day: 32,
                ..Schedule::of(Kind::Monthly)
            },
        ),
        (
            "\"zone\"",
            Schedule {
                zone: text("UTC"),
                ..once(now + 5)
            },
        ),
        (
            "UnknownTimeZone",
            Schedule {
                zone: text("Asia/Hangzhou"),
                ..daily()
            },
        ),
        (
            "UnknownTimeZone",
            Schedule {
                zone: text("asia/shanghai"),
                ..daily()
            },
        ),
        (
            "UnknownTimeZone",
            Schedule {
                zone: "時".repeat(400_000),
                ..daily()
            },
        ),
        ("UnknownCalendar", Schedule::of(Kind::BusinessDays)),
        (
            "UnknownCalendar",
            Schedule {
                calendar: text("XX"),
                ..Schedule::of(Kind::BusinessDays)
            },
        ),
        (
            "UnknownCalendar",
            Schedule {
                calendar: "C".repeat(1 << 20),
                ..Schedule::of(Kind::BusinessDays)
            },
        ),
        (
            "UnknownCalendar",
            Schedule {
                adjustment: Adjustment::Following,
                ..daily()
            },
        ),
        (
            "\"calendar\"",
            Schedule {
                calendar: text("CN"),
                ..daily()
            },
        ),
        (
            "\"adjustment\"",
            Schedule {
                calendar: text("CN"),
                adjustment: Adjustment::Preceding,
                ..Schedule::of(Kind::BusinessDays)
            },
        ),
        (
            "\"adjustment\"",
            Schedule {
                adjustment: Adjustment::Following,
                ..every(5_000)
            },
        ),
        (
            "\"count\"",
            Schedule {
                count: 2,
                ..once(now + 5)
            },
        ),
    ];
    for (index, (expected, schedule)) in table.into_iter().enumerate() {
        let refused = world.refuse(
            BANKER,
            &IScheduler::createJobCall {
                call: call(GOOD, schedule),
            },
        );
        let shown: String = refused.chars().take(200).collect();
        assert!(
            refused.contains(expected),
            "row {index}: {expected}: {shown}"
        );
        assert!(refused.len() < 1_000, "row {index} repeats its input");
    }
}

#[test]
fn calls_that_make_no_sense() {
    let mut world = World::new();
    let new = call(GOOD, every(5_000));
    let quarter = world.chain.parameters.job_gas_per_block / 4;
    let table = [
        (
            "InvalidGasLimit",
            NewJob {
                gasLimit: 20_999,
                ..new.clone()
            },
        ),
        (
            "InvalidGasLimit",
            NewJob {
                gasLimit: quarter + 1,
                ..new.clone()
            },
        ),
        (
            "InvalidGasLimit",
            NewJob {
                gasLimit: u64::MAX,
                ..new.clone()
            },
        ),
        (
            "LimitExceeded",
            NewJob {
                input: Bytes::from(vec![0; 16_385]),
                ..new.clone()
            },
        ),
        (
            "LimitExceeded",
            NewJob {
                attempts: 17,
                ..new.clone()
            },
        ),
        (
            "LimitExceeded",
            NewJob {
                retryAfter: 30 * 86_400_000 + 1,
                ..new.clone()
            },
        ),
    ];
    for (expected, call) in table {
        let refused = world.refuse(BANKER, &IScheduler::createJobCall { call });
        assert!(refused.contains(expected), "{expected}: {refused}");
    }
    let most = NewJob {
        gasLimit: quarter,
        input: Bytes::from(vec![1; 16_384]),
        attempts: 16,
        retryAfter: 30 * 86_400_000,
        ..new
    };
    let job = world.create(BANKER, most.clone());
    assert_eq!(world.job(job).call.input, most.input);
    world.blocks(5);
    assert_eq!(world.take_jobs(), [job]);
}

#[test]
fn calendars_and_zones_that_make_no_sense() {
    let mut world = World::new();
    let days = [U256::ONE, U256::ZERO];
    let year = |calendar: &str, year, days| IScheduler::setCalendarYearCall {
        calendar: calendar.to_owned(),
        year,
        workingDays: days,
    };
    // Day 365 is the 366th: only a leap year has it.
    let last = [U256::ZERO, U256::ONE << 109];
    for wrong in [
        year("", 2027, days),
        year("C N", 2027, days),
        year(&"C".repeat(41), 2027, days),
        year("CN", 1969, days),
        year("CN", 10_000, days),
        year("CN", 2027, [U256::ZERO, U256::ZERO]),
        year("CN", 2027, last),
        year("CN", 2028, [U256::ZERO, U256::ONE << 110]),
        year("CN", 2028, [U256::MAX, U256::MAX]),
    ] {
        let refused = world.refuse(GOVERNANCE, &wrong);
        assert!(refused.contains("InvalidCalendarYear"), "{refused}");
    }
    world.accept(GOVERNANCE, &year("CN", 2028, last));
    let known = world.chain.view(
        ADDRESS,
        &IScheduler::calendarYearCall {
            calendar: "CN".to_owned(),
            year: 2028,
        },
    );
    let known = known.unwrap();
    assert_eq!((known.workingDays, known.known), (last, true));
    let zone = |name: &str, rule: &str, from| IScheduler::setTimeZoneCall {
        name: name.to_owned(),
        posixRule: rule.to_owned(),
        from,
    };
    for wrong in [
        zone("", "CST-8", 0),
        zone("Asia/Shang hai", "CST-8", 0),
        zone("Asia/Shanghai", "", 0),
        zone("Asia/Shanghai", "CST-8CDT", 0),
        zone("Asia/Shanghai", "CST-8", u64::MAX),
    ] {
        let refused = world.refuse(GOVERNANCE, &wrong);
        assert!(refused.contains("InvalidTimeZone"), "{refused}");
    }
    for from in 0..64 {
        world.accept(GOVERNANCE, &zone("City/Hangzhou", "CST-8", from));
    }
    let refused = world.refuse(GOVERNANCE, &zone("City/Hangzhou", "CST-8", 0));
    assert!(refused.contains("LimitExceeded"), "{refused}");
    let zone = Schedule {
        zone: "City/Hangzhou".to_owned(),
        ..daily()
    };
    world.create(BANKER, call(GOOD, zone));
}

#[test]
fn an_organisation_has_so_many_jobs_and_no_more() {
    let mut world = World::new();
    let due = world.now() + 10_000;
    world.create(BANKER, call(GOOD, once(due)));
    let account = crate::scheduler::queue::organisation(&mut world.chain, 1)
        .unwrap()
        .account;
    world.chain.address = ADDRESS;
    let mut full = account.get(&mut world.chain).unwrap();
    assert_eq!(full.live, 1);
    full.live = 1_000_000;
    account.set(&mut world.chain, &full).unwrap();
    let refused = world.refuse(
        BANKER,
        &IScheduler::createJobCall {
            call: call(GOOD, once(due)),
        },
    );
    assert!(refused.contains("LimitExceeded"), "{refused}");
}
