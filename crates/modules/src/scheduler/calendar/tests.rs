//! The arithmetic against jiff and its time zone database, and the defined answers to hard cases.

mod working;

use super::*;
use crate::testing::Rng;
use jiff::{
    Timestamp, civil,
    tz::{AmbiguousOffset, TimeZone},
};
use std::{convert::Infallible, sync::LazyLock};

static CHINA: LazyLock<Vec<(i64, Year)>> = LazyLock::new(china);

const SHANGHAI: &str = "Asia/Shanghai";

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap_or_else(|| panic!("no zone {name}"))
}

/// An instant from text such as `2025-03-09T01:30:00[America/New_York]`.
fn instant(text: &str) -> u64 {
    let zoned: jiff::Zoned = text.parse().unwrap();
    zoned.timestamp().as_millisecond().try_into().unwrap()
}

fn show(instant: u64, name: &str) -> String {
    let timestamp = Timestamp::from_millisecond(instant as i64).unwrap();
    let zoned = timestamp.to_zoned(TimeZone::get(name).unwrap());
    zoned.strftime("%Y-%m-%d %H:%M").to_string()
}

fn china_years(year: u16) -> Result<Option<Year>, Infallible> {
    let known = CHINA.iter().find(|(known, _)| *known == i64::from(year));
    Ok(known.map(|(_, days)| *days))
}

fn next(pattern: Pattern, after: u64, name: &str) -> Next {
    pattern
        .next(after, &zone(name), &mut china_years)
        .unwrap_or_else(|never| match never {})
}

/// The occurrences in a row, as local times.
fn occurrences(pattern: Pattern, after: u64, name: &str, count: usize) -> Vec<String> {
    let mut after = after;
    let mut shown = Vec::new();
    for _ in 0..count {
        match next(pattern, after, name) {
            Next::At(at) => {
                assert!(at > after);
                shown.push(show(at, name));
                after = at;
            }
            other => {
                shown.push(format!("{other:?}"));
                break;
            }
        }
    }
    shown
}

fn at(hour: u32, minute: u32) -> u32 {
    (hour * 60 + minute) * 60_000
}

fn daily(start: u64, time_of_day: u32) -> Local {
    Local {
        start,
        period: Period::Days,
        every: 1,
        time_of_day,
        adjustment: Adjustment::None,
    }
}

#[test]
fn dates_are_jiffs() {
    let epoch = civil::date(1970, 1, 1);
    let mut day = civil::date(1899, 12, 1);
    while day.year() < 2401 {
        let days = i64::from(epoch.until(day).unwrap().get_days());
        let date = Date::from_days(days);
        let (year, month) = (i64::from(day.year()), i64::from(day.month()));
        assert_eq!(date.civil(), (year, month, day.day().into()), "{day}");
        assert_eq!(Date::clamped(year, month, day.day().into()), date, "{day}");
        assert_eq!(
            date.weekday(),
            i64::from(day.weekday().to_monday_zero_offset()),
            "{day}"
        );
        assert_eq!(date.ordinal() + 1, i64::from(day.day_of_year()), "{day}");
        assert_eq!(Date::of_year(year, date.ordinal()), date, "{day}");
        day = day.tomorrow().unwrap();
    }
    assert_eq!(
        Date::clamped(9999, 12, 31).days() * DAY_MS,
        INSTANT_MAX as i64
    );
}

/// What the rules of this folder say of a local time, from jiff's answer.
fn expected(tz: &TimeZone, local: civil::DateTime) -> Timestamp {
    let ambiguous = tz.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(local).unwrap()
        }
        AmbiguousOffset::Gap { after, .. } => {
            let before_gap = after.to_timestamp(local).unwrap();
            let second = jiff::SignedDuration::from_secs(1);
            let change = tz.following(before_gap.checked_sub(second).unwrap()).next();
            change.unwrap().timestamp()
        }
    }
}

#[test]
fn every_zone_is_jiffs_from_2024_to_2100() {
    let from: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    let until: Timestamp = "2101-01-01T00:00:00Z".parse().unwrap();
    let (mut zones, mut changes, mut seen) = (0, 0, Vec::new());
    let mut rng = Rng::new(7);
    for name in Zone::names() {
        zones += 1;
        let (ours, theirs) = (zone(name), TimeZone::get(name).unwrap());
        // Many names are one zone.
        if seen.contains(&ours) {
            continue;
        }
        let mut moments = vec![from];
        for change in theirs.following(from) {
            if change.timestamp() > until {
                break;
            }
            moments.push(change.timestamp());
            changes += 1;
        }
        for moment in &moments {
            for shift in [-86_400_000, -1, 0, 1, 1_800_000, 40 * DAY_MS] {
                let instant = moment.as_millisecond() + shift;
                if instant < from.as_millisecond() {
                    continue;
                }
                let timestamp = Timestamp::from_millisecond(instant).unwrap();
                let offset = i64::from(theirs.to_offset(timestamp).seconds()) * 1_000;
                assert_eq!(ours.offset(instant), offset, "{name} at {timestamp}");
            }
            let noon = theirs.to_datetime(*moment);
            for _ in 0..4 {
                let minutes = rng.below(3 * 24 * 60) as i64 - 36 * 60;
                let minutes = if rng.chance(1, 2) {
                    minutes / 24
                } else {
                    minutes
                };
                let local = noon
                    .checked_add(jiff::Span::new().minutes(minutes))
                    .unwrap();
                if local.year() < 2024 {
                    continue;
                }
                let date = civil::date(1970, 1, 1).until(local.date()).unwrap();
                let date = Date::from_days(date.get_days().into());
                let time_of_day = local.time().duration_since(civil::Time::midnight());
                let answer = ours.instant(date, time_of_day.as_millis() as i64);
                let expected = expected(&theirs, local).as_millisecond();
                assert_eq!(answer, expected, "{name} at {local}");
            }
        }
        seen.push(ours);
    }
    assert!(
        zones > 590 && changes > 4_000,
        "{zones} zones, {changes} changes"
    );
}

#[test]
fn rules_of_zones_that_are_none() {
    for rule in [
        "",
        "A",
        "AB1",
        "CST",
        "CST-25",
        "CST-8X",
        "CST-8CDT,",
        "CST-8CDT,M3.2.0",
        "<>-8",
        "<+08-8",
        "CST-8CDT,M13.1.0,M10.1.0",
        "CST-8CDT,M3.6.0,M10.1.0",
        "CST-8CDT,M3.2.7,M10.1.0",
        "CST-8CDT,J0,J1",
        "CST-8CDT,366,1",
        "CST-8CDT,M3.2.0/168,M10.1.0",
        "CST-8:60",
        "CST-0008",
        "CST-8CDT,M3.2.0,M10.1.0 ",
        "时-8",
        "CST-8CDT",
    ] {
        assert_eq!(Rule::parse(rule), None, "{rule}");
    }
    assert_eq!(Rule::parse(&format!("<{}>-8", "A".repeat(80))), None);
    for name in [
        "",
        "Asia",
        "asia/shanghai",
        "Asia/Hangzhou",
        "#",
        "Factory",
        "Asia/Shanghai ",
    ] {
        assert!(Zone::named(name).is_none(), "{name}");
    }
}

#[test]
fn a_replaced_rule_holds_from_its_time_on() {
    let mut zone = zone("America/New_York");
    let from = instant("2026-01-01T00:00:00[UTC]") as i64;
    zone.replace(from, Rule::parse("EST5").unwrap());
    let hours = |text: &str| zone.offset(instant(text) as i64) / 3_600_000;
    assert_eq!(hours("2025-07-01T00:00:00[UTC]"), -4);
    assert_eq!(hours("2026-07-01T00:00:00[UTC]"), -5);
    assert_eq!(
        Zone::of(Rule::parse("<+08>-8").unwrap()).offset(0),
        28_800_000
    );
}

#[test]
fn the_hour_that_a_clock_change_skips_or_repeats() {
    let name = "America/New_York";
    let start = instant("2025-03-07T00:00:00[America/New_York]");
    assert_eq!(
        occurrences(Pattern::Local(daily(start, at(2, 30))), start, name, 4),
        [
            "2025-03-07 02:30",
            "2025-03-08 02:30",
            "2025-03-09 03:00",
            "2025-03-10 02:30"
        ]
    );
    let start = instant("2025-11-01T12:00:00[America/New_York]");
    let Next::At(first) = next(Pattern::Local(daily(start, at(1, 30))), start, name) else {
        panic!("no occurrence");
    };
    // 01:30 EDT is the first of the two; the next is a day and an hour later.
    assert_eq!(
        first,
        instant("2025-11-02T01:30:00-04:00[America/New_York]")
    );
    assert_eq!(
        next(Pattern::Local(daily(start, at(1, 30))), first, name),
        Next::At(first + 25 * 3_600_000)
    );
    // Samoa had no 30 December 2011; nothing of this kind is in the table's time, so a rule of our
    // own makes one.
    let mut zone = zone("Pacific/Pago_Pago");
    let change = instant("2026-01-01T00:00:00-11:00[Pacific/Pago_Pago]") as i64;
    zone.replace(change, Rule::parse("<+13>-13").unwrap());
    let day = Date::clamped(2026, 1, 1);
    assert_eq!(zone.instant(day, i64::from(at(9, 0))), change);
}

#[test]
fn days_that_a_month_does_not_have() {
    let start = instant("2024-01-31T00:00:00[Asia/Shanghai]");
    let monthly = |day, every| {
        Pattern::Local(Local {
            period: Period::Months(day),
            every,
            ..daily(start, at(9, 0))
        })
    };
    assert_eq!(
        occurrences(monthly(31, 1), start, SHANGHAI, 5),
        [
            "2024-01-31 09:00",
            "2024-02-29 09:00",
            "2024-03-31 09:00",
            "2024-04-30 09:00",
            "2024-05-31 09:00"
        ]
    );
    assert_eq!(
        occurrences(monthly(30, 3), start, SHANGHAI, 3),
        ["2024-04-30 09:00", "2024-07-30 09:00", "2024-10-30 09:00"]
    );
    let start = instant("2024-02-01T00:00:00[Asia/Shanghai]");
    let yearly = Pattern::Local(Local {
        period: Period::Months(29),
        every: 12,
        ..daily(start, 0)
    });
    assert_eq!(
        occurrences(yearly, start, SHANGHAI, 5),
        [
            "2024-02-29 00:00",
            "2025-02-28 00:00",
            "2026-02-28 00:00",
            "2027-02-28 00:00",
            "2028-02-29 00:00"
        ]
    );
}

#[test]
fn weeks_and_intervals() {
    // A Wednesday.
    let start = instant("2025-01-01T00:00:00[Asia/Shanghai]");
    let weekly = Pattern::Local(Local {
        period: Period::Weeks(0b0001_0001),
        every: 2,
        ..daily(start, at(18, 0))
    });
    assert_eq!(
        occurrences(weekly, start, SHANGHAI, 4),
        [
            "2025-01-03 18:00",
            "2025-01-13 18:00",
            "2025-01-17 18:00",
            "2025-01-27 18:00"
        ]
    );
    let every = Pattern::Every {
        first: 100,
        every: 30,
    };
    for (after, due) in [(0, 100), (99, 100), (100, 130), (129, 130), (130, 160)] {
        assert_eq!(next(every, after, "UTC"), Next::At(due), "after {after}");
    }
    assert_eq!(next(Pattern::Once(5), 4, "UTC"), Next::At(5));
    assert_eq!(next(Pattern::Once(5), 5, "UTC"), Next::Never);
    let endless = Pattern::Every {
        first: 1,
        every: u64::MAX,
    };
    assert_eq!(next(endless, 1, "UTC"), Next::Never);
    assert_eq!(next(weekly, INSTANT_MAX, "UTC"), Next::Never);
    assert_eq!(next(weekly, u64::MAX, "UTC"), Next::Never);
    assert_eq!(next(Pattern::Once(u64::MAX), 5, "UTC"), Next::Never);
}

#[test]
fn the_next_occurrence_is_what_a_slow_search_finds() {
    let mut rng = Rng::new(11);
    let names = [
        "Asia/Shanghai",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
    ];
    let begin = instant("2024-03-01T00:00:00[UTC]");
    for round in 0..3_000 {
        let name = *rng.pick(&names);
        let adjustments = [
            Adjustment::None,
            Adjustment::Following,
            Adjustment::Preceding,
            Adjustment::ModifiedFollowing,
        ];
        let periods = [
            Period::Days,
            Period::Weeks(1 + rng.below(127) as u8),
            Period::Months(1 + rng.below(31) as u8),
        ];
        let local = Local {
            start: begin + rng.below(300) * DAY_MS as u64,
            period: *rng.pick(&periods),
            every: 1 + rng.below(3),
            time_of_day: rng.below(DAY_MS as u64) as u32,
            adjustment: *rng.pick(&adjustments),
        };
        let after = local.start + rng.below(560 * DAY_MS as u64);
        let answer = next(Pattern::Local(local), after, name);
        assert_eq!(
            answer,
            slow(local, after, name),
            "round {round}: {local:?} after {after}"
        );
    }
}

/// Every nominal day from the start on, adjusted; the least instant after `after`.
fn slow(local: Local, after: u64, name: &str) -> Next {
    let zone = zone(name);
    let anchor = zone.date(local.start as i64);
    let monday = anchor.days() - anchor.weekday();
    let working = |date: Date| {
        let days = china_years(date.year() as u16).unwrap().unwrap();
        days.is_working(date.ordinal())
    };
    let step = |date: Date, step: i64| {
        let mut date = date;
        while !working(date) {
            date = date.plus(step);
        }
        date
    };
    let mut least = None;
    for day in 0..1_000 {
        let date = anchor.plus(day);
        let (year, month, number) = date.civil();
        let (first_year, first_month, _) = anchor.civil();
        let every = local.every as i64;
        let matches = match local.period {
            Period::Days => day % every == 0,
            Period::Weeks(mask) => {
                mask >> date.weekday() & 1 == 1 && (date.days() - monday) / 7 % every == 0
            }
            Period::Months(wanted) => {
                number == i64::from(wanted).min(super::date::last_day(year, month))
                    && ((year - first_year) * 12 + month - first_month) % every == 0
            }
        };
        let is_far = (date.days() - zone.date(after as i64).days()).abs() > 130;
        if !matches || is_far || date.year() > 2026 {
            continue;
        }
        let adjusted = match local.adjustment {
            Adjustment::None => date,
            Adjustment::Following => step(date, 1),
            Adjustment::Preceding => step(date, -1),
            Adjustment::ModifiedFollowing => {
                let following = step(date, 1);
                if following.civil().1 == month {
                    following
                } else {
                    step(date, -1)
                }
            }
        };
        let instant = zone.instant(adjusted, local.time_of_day.into()) as u64;
        if instant > after && instant >= local.start {
            least = Some(least.map_or(instant, |other: u64| other.min(instant)));
        }
    }
    least.map_or(Next::Never, Next::At)
}
