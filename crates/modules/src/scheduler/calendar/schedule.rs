//! When something is due next.

use super::{INSTANT_MAX, date::Date, working::Year, zone::Zone};

/// Days that an adjustment moves at most; a calendar with a longer holiday has no answer.
const SHIFT_DAYS_MAX: i64 = 40;
/// Dates that one search looks at.
const DATES_MAX: u32 = 256;

/// What repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Once, at an instant or a height.
    Once(u64),
    /// From the first on every so many milliseconds or blocks.
    Every { first: u64, every: u64 },
    /// By the clock on the wall.
    Local(Local),
}

/// A local time of certain days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// The first instant that counts; the periods are counted from its date.
    pub(crate) start: u64,
    /// Which days.
    pub(crate) period: Period,
    /// Every so many periods.
    pub(crate) every: u64,
    /// Milliseconds of the day, below 86,400,000.
    pub(crate) time_of_day: u32,
    /// What happens on days that are no working days.
    pub(crate) adjustment: Adjustment,
}

/// Which days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    /// Days.
    Days,
    /// Days of weeks; bit 0 is Monday.
    Weeks(u8),
    /// A day of months; in a shorter month, its last.
    Months(u8),
}

/// What happens on a day that is no working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adjustment {
    /// Nothing.
    None,
    /// The next working day.
    Following,
    /// The working day before.
    Preceding,
    /// The next working day, or the one before where the next is in another month.
    ModifiedFollowing,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Due at this instant or height.
    At(u64),
    /// Never again.
    Never,
    /// The calendar lacks a year, and nothing is due before this instant.
    Lacks { year: u16, until: u64 },
}

/// Years of a calendar; `None` for a year that it lacks.
pub(crate) type Years<'a, E> = &'a mut dyn FnMut(u16) -> Result<Option<Year>, E>;

impl Pattern {
    /// The first occurrence strictly after an instant or height.
    pub(crate) fn next<E>(&self, after: u64, zone: &Zone, years: Years<'_, E>) -> Result<Next, E> {
        Ok(match *self {
            Self::Once(at) if at > after => Next::At(at),
            Self::Once(_) => Next::Never,
            Self::Every { first, .. } if first > after => Next::At(first),
            Self::Every { first, every } => after
                .checked_sub(first)
                .and_then(|passed| passed.checked_div(every))
                .and_then(|count| count.checked_add(1)?.checked_mul(every)?.checked_add(first))
                .map_or(Next::Never, Next::At),
            Self::Local(local) => return local.next(after, zone, years),
        }
        .bounded())
    }
}

impl Next {
    fn bounded(self) -> Self {
        match self {
            Self::At(at) if at > INSTANT_MAX => Self::Never,
            other => other,
        }
    }
}

impl Local {
    fn next<E>(&self, after: u64, zone: &Zone, years: Years<'_, E>) -> Result<Next, E> {
        if after >= INSTANT_MAX || self.start > INSTANT_MAX {
            return Ok(Next::Never);
        }
        let floor = after.max(self.start.saturating_sub(1)) as i64;
        let (anchor, today) = (zone.date(self.start as i64), zone.date(floor));
        let back = if self.adjustment == Adjustment::None {
            1
        } else {
            SHIFT_DAYS_MAX
        };
        let mut from = today.plus(-back).max(anchor);
        for _ in 0..DATES_MAX {
            let nominal = self.on_or_after(from, anchor);
            from = nominal.plus(1);
            let date = match self.adjust(nominal, years)? {
                Adjusted::To(date) => date,
                // What a calendar said about years that it has no more is over.
                Adjusted::Lacks(year) if year < today.year() => continue,
                Adjusted::Lacks(year) => {
                    let until = self.earliest(year, years)?;
                    let until = zone.instant(until, self.time_of_day.into()).max(floor + 1);
                    return Ok(Next::Lacks {
                        year: year.clamp(0, u16::MAX.into()) as u16,
                        until: until.unsigned_abs(),
                    });
                }
            };
            // What the clock has shown already cannot come.
            if date < today {
                continue;
            }
            let instant = zone.instant(date, self.time_of_day.into());
            if instant > floor {
                return Ok(Next::At(instant.unsigned_abs()).bounded());
            }
        }
        Ok(Next::Never)
    }

    /// The first day of the pattern on or after a day.
    fn on_or_after(&self, from: Date, anchor: Date) -> Date {
        let every = i64::try_from(self.every)
            .unwrap_or(i64::MAX)
            .clamp(1, 10_000);
        let distance = from.days() - anchor.days();
        match self.period {
            Period::Days => from.plus((-distance).rem_euclid(every)),
            Period::Weeks(mask) => {
                let monday = anchor.plus(-anchor.weekday());
                let mut day = from;
                // A week has the days of the mask, so two weeks' steps are enough.
                for _ in 0..14 {
                    let week = (day.days() - monday.days()).div_euclid(7);
                    let behind = week.rem_euclid(every);
                    if behind > 0 {
                        day = day.plus((every - behind) * 7 - day.weekday());
                    } else if mask & (1 << day.weekday()) == 0 {
                        day = day.plus(1);
                    } else {
                        break;
                    }
                }
                day
            }
            Period::Months(day) => {
                let (year, month, _) = anchor.civil();
                let first = year * 12 + month - 1;
                let (year, month, _) = from.civil();
                let mut index = year * 12 + month - 1;
                index += (first - index).rem_euclid(every);
                let on = |index: i64| {
                    Date::clamped(index.div_euclid(12), index.rem_euclid(12) + 1, day.into())
                };
                let date = on(index);
                if date < from { on(index + every) } else { date }
            }
        }
    }

    fn adjust<E>(&self, nominal: Date, years: Years<'_, E>) -> Result<Adjusted, E> {
        match self.adjustment {
            Adjustment::None => Ok(Adjusted::To(nominal)),
            Adjustment::Following => walk(nominal, 1, years),
            Adjustment::Preceding => walk(nominal, -1, years),
            Adjustment::ModifiedFollowing => {
                let (year, month, _) = nominal.civil();
                let end = Date::clamped(year, month, 31);
                let mut day = nominal;
                while day <= end {
                    match is_working(day, years)? {
                        None => return Ok(Adjusted::Lacks(day.year())),
                        Some(true) => return Ok(Adjusted::To(day)),
                        Some(false) => day = day.plus(1),
                    }
                }
                walk(nominal, -1, years)
            }
        }
    }

    /// The first day on which an occurrence that needs a missing year can be.
    fn earliest<E>(&self, year: i64, years: Years<'_, E>) -> Result<Date, E> {
        let first = Date::clamped(year, 1, 1);
        if self.adjustment != Adjustment::Preceding {
            return Ok(first);
        }
        Ok(match walk(first.plus(-1), -1, years)? {
            Adjusted::To(date) => date,
            Adjusted::Lacks(_) => first.plus(-SHIFT_DAYS_MAX),
        })
    }
}

enum Adjusted {
    To(Date),
    Lacks(i64),
}

/// The first working day from a day on, in a direction.
fn walk<E>(from: Date, step: i64, years: Years<'_, E>) -> Result<Adjusted, E> {
    let mut day = from;
    for _ in 0..SHIFT_DAYS_MAX {
        match is_working(day, years)? {
            None => return Ok(Adjusted::Lacks(day.year())),
            Some(true) => return Ok(Adjusted::To(day)),
            Some(false) => day = day.plus(step),
        }
    }
    Ok(Adjusted::Lacks(day.year()))
}

fn is_working<E>(day: Date, years: Years<'_, E>) -> Result<Option<bool>, E> {
    let Ok(year) = u16::try_from(day.year()) else {
        return Ok(None);
    };
    Ok(years(year)?.map(|days| days.is_working(day.ordinal())))
}
