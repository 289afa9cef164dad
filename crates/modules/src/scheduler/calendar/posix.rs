//! The rule of a time zone as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.

use super::{
    DAY_MS,
    date::{Date, is_leap, last_day},
};

/// Longest rule that is read, in bytes.
pub(crate) const RULE_BYTES_MAX: usize = 64;

/// A rule: one offset, or two that alternate every year. RFC 9636, section 3.3.1. Offsets are
/// milliseconds east of Greenwich.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    standard: i64,
    daylight: Option<Daylight>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Daylight {
    offset: i64,
    start: Change,
    end: Change,
}

/// When an offset changes: a day and a local time on it, which may lie days off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    day: Day,
    time: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// From 1, without 29 February.
    Julian(i64),
    /// From 0, with 29 February.
    Ordinal(i64),
    /// Month, week from 1 where 5 is the last, and day where Sunday is 0.
    Week(i64, i64, i64),
}

impl Rule {
    /// No offset, ever.
    pub(crate) const UTC: Self = Self {
        standard: 0,
        daylight: None,
    };

    /// Reads a rule; `None` where the text is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > RULE_BYTES_MAX {
            return None;
        }
        let mut cursor = Cursor(text.as_bytes());
        cursor.name()?;
        let standard = -cursor.time(24)?;
        if cursor.0.is_empty() {
            return Some(Self {
                standard,
                daylight: None,
            });
        }
        cursor.name()?;
        let offset = match cursor.0.first() {
            Some(b',') => standard + 3_600_000,
            _ => -cursor.time(24)?,
        };
        let start = cursor.change()?;
        let end = cursor.change()?;
        cursor.0.is_empty().then_some(Self {
            standard,
            daylight: Some(Daylight { offset, start, end }),
        })
    }

    /// The offset at an instant.
    pub(crate) fn offset(&self, instant: i64) -> i64 {
        let mut offset = self.standard;
        for (from, then) in self.changes(instant) {
            if from <= instant {
                offset = then;
            }
        }
        offset
    }

    /// The changes of the years around an instant: when, and the offset from then on, in order.
    pub(crate) fn changes(&self, instant: i64) -> Vec<(i64, i64)> {
        let Some(daylight) = self.daylight else {
            return Vec::new();
        };
        let year = Date::from_days(instant.div_euclid(DAY_MS)).year();
        let mut changes = Vec::with_capacity(6);
        for year in year - 1..=year + 1 {
            changes.push((daylight.start.at(year) - self.standard, daylight.offset));
            changes.push((daylight.end.at(year) - daylight.offset, self.standard));
        }
        // Stable: where one year's end is the next one's start, the start comes last and wins.
        changes.sort_by_key(|(from, _)| *from);
        changes
    }
}

impl Change {
    /// The local time of the change, as if it were UTC.
    fn at(self, year: i64) -> i64 {
        let date = match self.day {
            Day::Julian(day) if is_leap(year) && day >= 60 => Date::of_year(year, day),
            Day::Julian(day) => Date::of_year(year, day - 1),
            Day::Ordinal(day) => Date::of_year(year, day),
            Day::Week(month, week, day) => {
                let first = Date::clamped(year, month, 1);
                let sunday_based = (first.weekday() + 1) % 7;
                let found = 1 + (day - sunday_based).rem_euclid(7) + (week - 1) * 7;
                let last = last_day(year, month);
                first.plus(if found > last { found - 8 } else { found - 1 })
            }
        };
        date.days() * DAY_MS + self.time
    }
}

/// What of the text is not read yet.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// A name of at least three letters, or anything of letters, digits and signs in `<>`.
    fn name(&mut self) -> Option<()> {
        let is_quoted = self.take(b'<');
        let belongs = |byte: &u8| {
            byte.is_ascii_alphabetic()
                || is_quoted && (byte.is_ascii_digit() || matches!(byte, b'+' | b'-'))
        };
        let length = self.0.iter().take_while(|byte| belongs(byte)).count();
        if length < 3 {
            return None;
        }
        self.0 = self.0.get(length..)?;
        (!is_quoted || self.take(b'>')).then_some(())
    }

    /// A number of at most three digits, in bounds.
    fn number(&mut self, minimum: i64, maximum: i64) -> Option<i64> {
        let length = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if !(1..=3).contains(&length) {
            return None;
        }
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let number = digits
            .iter()
            .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
        (minimum..=maximum).contains(&number).then_some(number)
    }

    /// `[+-]hh[:mm[:ss]]`, in milliseconds.
    fn time(&mut self, hours_max: i64) -> Option<i64> {
        let sign = if self.take(b'-') {
            -1
        } else {
            self.take(b'+');
            1
        };
        let mut seconds = self.number(0, hours_max)? * 3_600;
        if self.take(b':') {
            seconds += self.number(0, 59)? * 60;
            if self.take(b':') {
                seconds += self.number(0, 59)?;
            }
        }
        Some(sign * seconds * 1_000)
    }

    /// `,day[/time]`.
    fn change(&mut self) -> Option<Change> {
        if !self.take(b',') {
            return None;
        }
        let day = if self.take(b'J') {
            Day::Julian(self.number(1, 365)?)
        } else if self.take(b'M') {
            let month = self.number(1, 12)?;
            let week = self.take(b'.').then(|| self.number(1, 5))??;
            let day = self.take(b'.').then(|| self.number(0, 6))??;
            Day::Week(month, week, day)
        } else {
            Day::Ordinal(self.number(0, 365)?)
        };
        let time = if self.take(b'/') {
            self.time(167)?
        } else {
            7_200_000
        };
        Some(Change { day, time })
    }
}
