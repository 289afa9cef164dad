//! Working days: those of China, and what moves to one.

use super::{SHANGHAI, at, china_years, daily, instant, next, occurrences};
use crate::scheduler::calendar::*;
use jiff::civil;

/// Working days of each month, counted with PyPI's chinesecalendar 1.11.0, and the days that the
/// State Council's notices for 2025 and 2026 name.
#[test]
fn china_works_as_announced() {
    let table: &[(u16, [i64; 12])] = &[
        (2024, [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
        (2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]),
        (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
    ];
    let years = china();
    assert_eq!(years.len(), table.len());
    for (year, months) in table {
        let days = china_years(*year).unwrap().unwrap();
        assert!(days.is_valid((*year).into()));
        for (month, expected) in (1..).zip(months) {
            let first = Date::clamped((*year).into(), month, 1);
            let working = (0..31)
                .map(|day| first.plus(day))
                .filter(|day| day.civil().1 == month && days.is_working(day.ordinal()))
                .count();
            assert_eq!(working as i64, *expected, "{year}-{month}");
        }
    }
    let moved = [
        ("2025-01-01", false),
        ("2025-01-26", true),
        ("2025-01-28", false),
        ("2025-02-04", false),
        ("2025-02-08", true),
        ("2025-04-04", false),
        ("2025-04-27", true),
        ("2025-05-05", false),
        ("2025-06-02", false),
        ("2025-09-28", true),
        ("2025-10-08", false),
        ("2025-10-11", true),
        ("2026-01-02", false),
        ("2026-01-04", true),
        ("2026-02-14", true),
        ("2026-02-23", false),
        ("2026-02-28", true),
        ("2026-04-06", false),
        ("2026-05-09", true),
        ("2026-06-19", false),
        ("2026-09-20", true),
        ("2026-09-25", false),
        ("2026-10-07", false),
        ("2026-10-10", true),
        ("2026-10-08", true),
        ("2026-10-11", false),
    ];
    for (day, is_working) in moved {
        let day: civil::Date = day.parse().unwrap();
        let days = china_years(day.year() as u16).unwrap().unwrap();
        assert_eq!(
            days.is_working(i64::from(day.day_of_year()) - 1),
            is_working,
            "{day}"
        );
    }
}

#[test]
fn adjustments_to_working_days() {
    let start = instant("2026-01-01T00:00:00[Asia/Shanghai]");
    let monthly = |day, adjustment| {
        let local = Local {
            period: Period::Months(day),
            adjustment,
            ..daily(start, at(10, 0))
        };
        occurrences(Pattern::Local(local), start, SHANGHAI, 5)
    };
    assert_eq!(
        monthly(1, Adjustment::Following),
        [
            "2026-01-04 10:00",
            "2026-02-02 10:00",
            "2026-03-02 10:00",
            "2026-04-01 10:00",
            "2026-05-06 10:00"
        ]
    );
    assert_eq!(
        monthly(5, Adjustment::Preceding),
        [
            "2026-01-05 10:00",
            "2026-02-05 10:00",
            "2026-03-05 10:00",
            "2026-04-03 10:00",
            "2026-04-30 10:00"
        ]
    );
    assert_eq!(
        monthly(31, Adjustment::ModifiedFollowing),
        [
            "2026-01-30 10:00",
            "2026-02-28 10:00",
            "2026-03-31 10:00",
            "2026-04-30 10:00",
            "2026-05-29 10:00"
        ]
    );
    let business = Pattern::Local(Local {
        adjustment: Adjustment::Following,
        ..daily(instant("2026-02-13T00:00:00[Asia/Shanghai]"), at(9, 0))
    });
    let start = instant("2026-02-13T00:00:00[Asia/Shanghai]");
    assert_eq!(
        occurrences(business, start, SHANGHAI, 5),
        [
            "2026-02-13 09:00",
            "2026-02-14 09:00",
            "2026-02-24 09:00",
            "2026-02-25 09:00",
            "2026-02-26 09:00"
        ]
    );
}

#[test]
fn every_business_day_of_three_years_is_one_occurrence() {
    let start = instant("2024-01-01T00:00:00[Asia/Shanghai]");
    let business = Pattern::Local(Local {
        adjustment: Adjustment::Following,
        ..daily(start, at(9, 0))
    });
    let mut expected = Vec::new();
    for (year, days) in china() {
        for ordinal in 0..Year::length(year) {
            if days.is_working(ordinal) {
                let (year, month, day) = Date::of_year(year, ordinal).civil();
                expected.push(format!("{year}-{month:02}-{day:02} 09:00"));
            }
        }
    }
    let year_2027 = instant("2027-01-01T09:00:00[Asia/Shanghai]");
    expected.push(format!(
        "{:?}",
        Next::Lacks {
            year: 2027,
            until: year_2027
        }
    ));
    assert_eq!(occurrences(business, start, SHANGHAI, 2_000), expected);
}

#[test]
fn a_calendar_that_lacks_a_year_says_from_when_on_it_matters() {
    let start = instant("2026-12-20T00:00:00[Asia/Shanghai]");
    let monthly = |day, adjustment| {
        let local = Local {
            period: Period::Months(day),
            adjustment,
            ..daily(start, at(10, 0))
        };
        next(Pattern::Local(local), start, SHANGHAI)
    };
    // 31 December 2026 is a working day, 1 January 2027 unknown.
    let until = |text: &str| Next::Lacks {
        year: 2027,
        until: instant(text),
    };
    assert_eq!(
        monthly(31, Adjustment::Following),
        Next::At(instant("2026-12-31T10:00:00[Asia/Shanghai]"))
    );
    assert_eq!(
        monthly(1, Adjustment::Following),
        until("2027-01-01T10:00:00[Asia/Shanghai]")
    );
    assert_eq!(
        monthly(1, Adjustment::Preceding),
        until("2026-12-31T10:00:00[Asia/Shanghai]")
    );
}
