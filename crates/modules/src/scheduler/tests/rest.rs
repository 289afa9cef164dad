//! Jobs that rest: frozen owners, calendars that lack a year, rules that change.

use super::{
    jobs::add_clerk,
    runs::idle_loads,
    world::{BANK, BANKER, GOOD, GOVERNANCE, GROWER, World, call, every, once},
};
use crate::{
    identity::{self, IIdentity},
    policy::{self, IPolicy},
    scheduler::{
        IScheduler::{self, Kind, Schedule, Status},
        PROBE_BLOCKS, PROBE_MS,
        calendar::Year,
    },
};

/// 09:00 in Hangzhou.
const NINE: u32 = 9 * 3_600_000;
const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

fn hangzhou(kind: Kind) -> Schedule {
    Schedule {
        timeOfDay: NINE,
        zone: "Asia/Shanghai".to_owned(),
        ..Schedule::of(kind)
    }
}

fn business() -> Schedule {
    Schedule {
        calendar: "CN".to_owned(),
        ..hangzhou(Kind::BusinessDays)
    }
}

/// An instant from text such as `2026-12-31 09:00`, in Hangzhou.
fn instant(text: &str) -> u64 {
    let local: jiff::civil::DateTime = text.parse().unwrap();
    let zoned = local.to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap());
    zoned.unwrap().timestamp().as_millisecond() as u64
}

#[test]
fn jobs_of_a_suspended_organisation_rest_and_go_on_by_themselves() {
    let mut world = World::new();
    let start = world.now();
    let job = world.create(BANKER, call(GOOD, every(60_000)));
    let other = world.create(GROWER, call(GOOD, once(start + 60_000)));
    world.suspend(BANK);
    world.block_at(start + 60_000);
    assert_eq!(world.take_jobs(), [other]);
    let frozen = world.job(job);
    assert_eq!(frozen.status, Status::Frozen);
    assert_eq!(
        (frozen.due, frozen.queuedAt),
        (start + 60_000, start + 60_000 + PROBE_MS)
    );
    assert_eq!(idle_loads(&mut world), 1);
    world.block_at(start + 60_000 + PROBE_MS);
    assert!(world.ran.is_empty());
    world.restore(BANK);
    world.block_at(start + 60_000 + 2 * PROBE_MS);
    // Everything that was missed, in order.
    let expected: Vec<u64> = (1..=31).map(|n| start + n * 60_000).collect();
    assert_eq!(world.take_dues(), expected);
    assert_eq!(world.statuses(job), [Status::Frozen, Status::Active]);
}

#[test]
fn a_frozen_job_goes_on_at_once_when_its_owner_says_so() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    let job = world.create(BANKER, call(GOOD, once(due)));
    let height = Schedule {
        start: world.height() + 1,
        ..Schedule::of(Kind::AtHeight)
    };
    let by_height = world.create(BANKER, call(GOOD, height.clone()));
    world.suspend(BANK);
    world.block();
    let asked = world.job(by_height);
    assert_eq!(asked.status, Status::Frozen);
    assert_eq!(asked.queuedAt, height.start + PROBE_BLOCKS);
    world.restore(BANK);
    world.accept(BANKER, &IScheduler::resumeJobCall { job });
    world.accept(BANKER, &IScheduler::resumeJobCall { job: by_height });
    world.block();
    let mut ran = world.ran.clone();
    ran.sort_by_key(|ran| ran.job);
    assert_eq!([ran[0].due, ran[1].due], [due, height.start]);
    assert_eq!((ran.len(), ran[0].height), (2, 3));
}

#[test]
fn a_job_rests_when_its_owner_may_no_longer_schedule() {
    let mut world = World::new();
    let clerk = add_clerk(&mut world);
    let due = world.now() + 1_000;
    let job = world.create(clerk, call(GOOD, once(due)));
    let role = |account| IIdentity::revokeRoleCall { account, role: 2 };
    world
        .chain
        .send(BANKER, identity::ADDRESS, &role(clerk))
        .unwrap();
    world.block();
    assert_eq!(world.status(job), Status::Frozen);
    let new = call(GOOD, every(1_000));
    let refused = world.refuse(clerk, &IScheduler::changeJobCall { job, call: new });
    assert!(refused.contains("NotPermitted"), "{refused}");
    let grant = IIdentity::grantRoleCall {
        account: clerk,
        role: 2,
    };
    world.chain.send(BANKER, identity::ADDRESS, &grant).unwrap();
    world.block_at(due + PROBE_MS);
    assert_eq!(world.take_jobs(), [job]);
}

#[test]
fn an_order_against_the_target_stops_its_jobs() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    let job = world.create(BANKER, call(GOOD, once(due)));
    let freeze = IPolicy::freezeContractCall {
        target: GOOD,
        reason: "test".to_owned(),
    };
    world
        .chain
        .send(GOVERNANCE, policy::ADDRESS, &freeze)
        .unwrap();
    world.block();
    assert!(world.ran.is_empty());
    assert_eq!(world.status(job), Status::Frozen);
    let unfreeze = IPolicy::unfreezeContractCall { target: GOOD };
    world
        .chain
        .send(GOVERNANCE, policy::ADDRESS, &unfreeze)
        .unwrap();
    world.block_at(due + PROBE_MS);
    assert_eq!(world.take_dues(), [due]);
}

#[test]
fn looks_at_frozen_jobs_are_paid_by_their_organisation() {
    let mut world = World::new();
    let due = world.now() + 1_000;
    for _ in 0..20 {
        world.create(BANKER, call(GOOD, once(due)));
    }
    world.suspend(BANK);
    world.block();
    let view = IScheduler::allowanceCall { organisation: BANK };
    let used = world.chain.view(crate::scheduler::ADDRESS, &view).unwrap();
    assert_eq!(used.usedToday, 20 * crate::scheduler::BOOKKEEPING_GAS);
}

#[test]
fn a_job_waits_for_its_calendar_and_goes_on_when_the_year_is_there() {
    let mut world = World::new();
    world.block_at(instant("2026-12-30 08:00"));
    let job = world.create(BANKER, call(GOOD, business()));
    world.block_at(instant("2026-12-30 09:00"));
    assert_eq!(world.status(job), Status::Active);
    world.block_at(instant("2026-12-31 09:00"));
    assert_eq!(world.take_dues().len(), 2);
    let shown = world.job(job);
    assert_eq!(shown.status, Status::WaitingForCalendar);
    assert_eq!(
        (shown.due, shown.queuedAt),
        (0, instant("2027-01-01 09:00"))
    );
    // The year comes before it is needed: nothing is late.
    world.block_at(instant("2026-12-31 20:00"));
    let mut days = Year::weekdays(2027);
    for holiday in 0..3 {
        days.0[0].set_bit(holiday, false);
    }
    let year = IScheduler::setCalendarYearCall {
        calendar: "CN".to_owned(),
        year: 2027,
        workingDays: days.0,
    };
    world.accept(GOVERNANCE, &year);
    world.block_at(instant("2027-01-01 09:00"));
    assert!(world.ran.is_empty());
    let shown = world.job(job);
    assert_eq!(
        (shown.status, shown.due),
        (Status::Active, instant("2027-01-04 09:00"))
    );
    world.block_at(instant("2027-01-05 10:00"));
    assert_eq!(
        world.take_dues(),
        [instant("2027-01-04 09:00"), instant("2027-01-05 09:00")]
    );
}

#[test]
fn a_year_that_comes_late_is_made_up_for() {
    let mut world = World::new();
    world.block_at(instant("2026-12-31 10:00"));
    let job = world.create(BANKER, call(GOOD, business()));
    assert_eq!(world.status(job), Status::WaitingForCalendar);
    world.block_at(instant("2027-01-04 12:00"));
    assert!(world.ran.is_empty());
    assert_eq!(idle_loads(&mut world), 1);
    let year = IScheduler::setCalendarYearCall {
        calendar: "CN".to_owned(),
        year: 2027,
        workingDays: Year::weekdays(2027).0,
    };
    world.accept(GOVERNANCE, &year);
    world.block_at(instant("2027-01-04 12:15"));
    assert_eq!(
        world.take_dues(),
        [instant("2027-01-01 09:00"), instant("2027-01-04 09:00")]
    );
    assert_eq!(world.status(job), Status::Active);
}

#[test]
fn a_business_job_runs_on_every_working_day_of_two_years() {
    let mut world = World::new();
    let job = world.create(BANKER, call(GOOD, business()));
    let monthly = Schedule {
        day: 1,
        calendar: "CN".to_owned(),
        adjustment: IScheduler::Adjustment::Following,
        ..hangzhou(Kind::Monthly)
    };
    let monthly = world.create(GROWER, call(GOOD, monthly));
    let mut moment = instant("2025-01-01 09:00");
    while moment < instant("2027-01-01 00:00") {
        world.block_at(moment);
        moment += DAY;
    }
    let days = |of: u64| {
        let of_job = world.ran.iter().filter(|ran| ran.job == of);
        of_job.map(|ran| ran.due).collect::<Vec<u64>>()
    };
    // 248 working days in 2025 and 248 in 2026, counted with PyPI's chinesecalendar 1.11.0.
    assert_eq!(days(job).len(), 496);
    let firsts = [
        "2025-01-02 09:00",
        "2025-02-05 09:00",
        "2025-03-03 09:00",
        "2025-04-01 09:00",
        "2025-05-06 09:00",
        "2025-06-03 09:00",
        "2025-07-01 09:00",
        "2025-08-01 09:00",
        "2025-09-01 09:00",
        "2025-10-09 09:00",
        "2025-11-03 09:00",
        "2025-12-01 09:00",
        "2026-01-04 09:00",
        "2026-02-02 09:00",
        "2026-03-02 09:00",
        "2026-04-01 09:00",
        "2026-05-06 09:00",
        "2026-06-01 09:00",
        "2026-07-01 09:00",
        "2026-08-03 09:00",
        "2026-09-01 09:00",
        "2026-10-08 09:00",
        "2026-11-02 09:00",
        "2026-12-01 09:00",
    ];
    assert_eq!(days(monthly), firsts.map(instant));
    assert!(world.ran.iter().all(|ran| ran.success));
}

#[test]
fn a_changed_calendar_moves_what_was_planned() {
    let mut world = World::new();
    world.block_at(instant("2026-06-30 12:00"));
    let job = world.create(BANKER, call(GOOD, business()));
    assert_eq!(world.job(job).due, instant("2026-07-01 09:00"));
    // A storm closes the city on 1 July.
    let view = IScheduler::calendarYearCall {
        calendar: "CN".to_owned(),
        year: 2026,
    };
    let known = world.chain.view(crate::scheduler::ADDRESS, &view).unwrap();
    let mut days = known.workingDays;
    days[0].set_bit(181, false);
    let year = IScheduler::setCalendarYearCall {
        calendar: "CN".to_owned(),
        year: 2026,
        workingDays: days,
    };
    world.accept(GOVERNANCE, &year);
    world.block_at(instant("2026-07-01 09:00"));
    assert!(world.ran.is_empty());
    world.block_at(instant("2026-07-02 09:00"));
    assert_eq!(world.take_dues(), [instant("2026-07-02 09:00")]);
}

#[test]
fn a_changed_time_zone_moves_what_was_planned() {
    let mut world = World::new();
    world.block_at(instant("2026-06-30 12:00"));
    let daily = world.create(BANKER, call(GOOD, hangzhou(Kind::Daily)));
    let nine = instant("2026-07-01 09:00");
    assert_eq!(world.job(daily).due, nine);
    let zone = |rule: &str, from| IScheduler::setTimeZoneCall {
        name: "Asia/Shanghai".to_owned(),
        posixRule: rule.to_owned(),
        from,
    };
    // The clock goes back an hour: nine o'clock comes an hour later.
    world.accept(GOVERNANCE, &zone("CST-7", instant("2026-07-01 00:00")));
    world.block_at(nine);
    assert!(world.ran.is_empty());
    assert_eq!(world.job(daily).due, nine + HOUR);
    world.block_at(nine + HOUR);
    assert_eq!(world.take_dues(), [nine + HOUR]);
    // And forward two: nine o'clock has passed when the job is looked at.
    world.accept(GOVERNANCE, &zone("CST-9", instant("2026-07-02 00:00")));
    world.block_at(nine + DAY + HOUR);
    assert_eq!(world.take_dues(), [nine + DAY - HOUR]);
    let view = IScheduler::timeZoneCall {
        name: "Asia/Shanghai".to_owned(),
        time: nine,
    };
    assert_eq!(
        world.chain.view(crate::scheduler::ADDRESS, &view).unwrap(),
        7 * 3_600
    );
}
