//! Days of the Gregorian calendar.

/// A day, as the number of days since 1970-01-01. The years 1900 to 10000 are what the callers
/// use; nothing in this file overflows for ten thousand times as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(i64);

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
/// Days of 400 years.
const CYCLE: i64 = 146_097;

impl Date {
    /// The day that many days after 1970-01-01.
    pub(crate) const fn from_days(days: i64) -> Self {
        Self(days)
    }

    /// The days since 1970-01-01.
    pub(crate) const fn days(self) -> i64 {
        self.0
    }

    /// A day of a month from 1 to 12; a day after the month's last is the last.
    pub(crate) const fn clamped(year: i64, month: i64, day: i64) -> Self {
        let last = last_day(year, month);
        Self::of(year, month, if day < last { day } else { last })
    }

    /// The day with this number in a year, from 0.
    pub(crate) const fn of_year(year: i64, ordinal: i64) -> Self {
        Self(Self::of(year, 1, 1).0 + ordinal)
    }

    // The year begins in March, so that the leap day is its last.
    const fn of(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let cycle = year.div_euclid(400);
        let year_of_cycle = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100;
        Self(cycle * CYCLE + day_of_cycle + day_of_year - EPOCH)
    }

    /// Year, month from 1 and day from 1.
    pub(crate) const fn civil(self) -> (i64, i64, i64) {
        let days = self.0 + EPOCH;
        let cycle = days.div_euclid(CYCLE);
        let day = days.rem_euclid(CYCLE);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = cycle * 400 + year;
        (if month <= 2 { year + 1 } else { year }, month, day)
    }

    /// The year.
    pub(crate) const fn year(self) -> i64 {
        self.civil().0
    }

    /// Number in the year, from 0.
    pub(crate) const fn ordinal(self) -> i64 {
        self.0 - Self::of(self.year(), 1, 1).0
    }

    /// Day of the week: Monday is 0.
    pub(crate) const fn weekday(self) -> i64 {
        (self.0 + 3).rem_euclid(7)
    }

    /// The day that many days later.
    pub(crate) const fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }
}

/// Whether a year has a 29 February.
pub(crate) const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The last day of a month.
pub(crate) const fn last_day(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
