//! Working days of a year.

use super::date::{Date, is_leap};
use alloy_primitives::U256;

/// Public holidays and make-up working days of China. Written by `scripts/china-calendar.mjs`.
const CHINA: &str = include_str!("china.txt");

/// One bit for each day of a year, 1 January being bit 0 of the first word: set on a working day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Year(pub(crate) [U256; 2]);

impl Year {
    /// Monday to Friday.
    pub(crate) fn weekdays(year: i64) -> Self {
        let mut days = Self::default();
        for ordinal in 0..Self::length(year) {
            let weekday = Date::of_year(year, ordinal).weekday();
            days.set(ordinal, weekday < 5);
        }
        days
    }

    /// Days of a year.
    pub(crate) const fn length(year: i64) -> i64 {
        if is_leap(year) { 366 } else { 365 }
    }

    /// Whether a day is a working day, by its number in the year from 0.
    pub(crate) fn is_working(&self, ordinal: i64) -> bool {
        let (word, bit) = Self::split(ordinal);
        self.0[word].bit(bit)
    }

    /// Whether the bits name days of the year only, and at least one.
    pub(crate) fn is_valid(&self, year: i64) -> bool {
        let (_, bits) = Self::split(Self::length(year));
        let has_days = self.0.iter().any(|word| !word.is_zero());
        has_days && self.0[1].bit_len() <= bits
    }

    fn set(&mut self, ordinal: i64, is_working: bool) {
        let (word, bit) = Self::split(ordinal);
        self.0[word].set_bit(bit, is_working);
    }

    fn split(ordinal: i64) -> (usize, usize) {
        if ordinal < 256 {
            (0, ordinal.unsigned_abs() as usize)
        } else {
            (1, (ordinal - 256).unsigned_abs() as usize)
        }
    }
}

/// The announced years of China.
pub(crate) fn china() -> Vec<(i64, Year)> {
    let mut years: Vec<(i64, Year)> = Vec::new();
    for line in CHINA.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let Some(year) = words.next().and_then(|year| year.parse().ok()) else {
            continue;
        };
        let is_working = words.next() == Some("on");
        if years.last().is_none_or(|(last, _)| *last != year) {
            years.push((year, Year::weekdays(year)));
        }
        let Some((_, days)) = years.last_mut() else {
            continue;
        };
        for word in words {
            let Some((month, day)) = word.split_once('-') else {
                continue;
            };
            if let (Ok(month), Ok(day)) = (month.parse(), day.parse()) {
                days.set(Date::clamped(year, month, day).ordinal(), is_working);
            }
        }
    }
    years
}
