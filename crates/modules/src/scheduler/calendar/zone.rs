//! Time zones: which offset holds when.

use super::{DAY_MS, date::Date, posix::Rule};
use std::sync::LazyLock;

/// The zones of the IANA database. Written by `cargo xtask zones`.
const TABLE: &str = include_str!("zones-2026e.txt");

static ROWS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect()
});

/// A zone: rules in order, each from an instant on. The first holds for all earlier time too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    eras: Vec<(i64, Rule)>,
}

impl Zone {
    /// The zone of this name in the table.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let index = ROWS.binary_search_by_key(&name, |(name, _)| name).ok()?;
        let (_, row) = ROWS.get(index)?;
        let mut words = row.split(' ');
        let mut eras = vec![(i64::MIN, Rule::parse(words.next()?)?)];
        while let (Some(from), Some(rule)) = (words.next(), words.next()) {
            let from: i64 = from.parse().ok()?;
            eras.push((from.checked_mul(1_000)?, Rule::parse(rule)?));
        }
        Some(Self { eras })
    }

    /// A zone with one rule.
    pub(crate) fn of(rule: Rule) -> Self {
        Self {
            eras: vec![(i64::MIN, rule)],
        }
    }

    /// Another rule from an instant on, whatever held then.
    pub(crate) fn replace(&mut self, from: i64, rule: Rule) {
        self.eras.retain(|(earlier, _)| *earlier < from);
        self.eras.push((from, rule));
    }

    /// Names of the table, in order.
    #[cfg(test)]
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|(name, _)| *name)
    }

    /// The offset at an instant, in milliseconds east of Greenwich.
    pub(crate) fn offset(&self, instant: i64) -> i64 {
        let era = self.eras.partition_point(|(from, _)| *from <= instant);
        self.eras
            .get(era.saturating_sub(1))
            .map_or(0, |(_, rule)| rule.offset(instant))
    }

    /// The local date at an instant.
    pub(crate) fn date(&self, instant: i64) -> Date {
        let local = instant.saturating_add(self.offset(instant));
        Date::from_days(local.div_euclid(DAY_MS))
    }

    /// The first instant at which the local clock shows a time of a day or a later one: the first
    /// of two where the clock repeats an hour, and the end of the gap where it skips one.
    pub(crate) fn instant(&self, date: Date, time_of_day: i64) -> i64 {
        let local = date.days() * DAY_MS + time_of_day;
        // No offset is larger than a day, so the instant lies between these.
        let (low, high) = (local - 2 * DAY_MS, local + 2 * DAY_MS);
        let mut cuts = vec![low];
        for (index, (from, rule)) in self.eras.iter().enumerate() {
            let until = self.eras.get(index + 1).map_or(i64::MAX, |(from, _)| *from);
            if *from > high || until <= low {
                continue;
            }
            let changes = rule.changes(local);
            cuts.push(*from);
            cuts.extend(changes.iter().map(|(from, _)| *from));
        }
        cuts.retain(|cut| (low..=high).contains(cut));
        cuts.sort_unstable();
        for (index, start) in cuts.iter().enumerate() {
            let offset = self.offset(*start);
            let end = cuts.get(index + 1).copied().unwrap_or(i64::MAX - DAY_MS);
            if end + offset > local {
                return (*start).max(local - offset);
            }
        }
        local - self.offset(high)
    }
}
