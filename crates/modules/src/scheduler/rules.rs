//! Calendars and time zones: what governance keeps, and what genesis begins with.

use super::{
    CalendarYear, Head,
    IScheduler::{
        CalendarYearSet, InvalidCalendarYear, InvalidTimeZone, TimeZoneSet, UnknownCalendar,
        UnknownTimeZone,
    },
    NAME_BYTES_MAX, Scheduler, ZONE_RULES_MAX, authority,
    calendar::{Rule, Year, Zone, china},
};
use crate::{Context, Halt, IModule::LimitExceeded, emit, gas, within};
use alloy_primitives::U256;
use qiantang_types::ChainSpec;

/// The calendar that genesis installs.
const CHINA: &str = "CN";
/// Set in the last word of every year that a calendar has.
const PRESENT: usize = 255;
/// Gas of finding a zone in the table and reading its rules.
const ZONE_GAS: u64 = gas::STEP * 50;

/// Installs the working days of China.
pub(crate) fn genesis(ctx: &mut dyn Context, _: &ChainSpec) -> Result<(), Halt> {
    within(ctx, super::ADDRESS, |ctx| {
        for (year, days) in china() {
            let year = u16::try_from(year)
                .map_err(|_| Halt::Fatal(format!("the calendar of China has a year {year}")))?;
            put_year(ctx, CHINA, year, days)?;
        }
        Ok(())
    })
}

/// Sets the working days of a year.
pub(super) fn set_calendar_year(
    ctx: &mut dyn Context,
    calendar: &str,
    year: u16,
    days: [U256; 2],
) -> Result<(), Halt> {
    authority::require_governance(ctx)?;
    let days = Year(days);
    let is_year = (1970..=9999).contains(&year);
    if !is_name(calendar) || !is_year || !days.is_valid(year.into()) {
        return Err(Halt::revert(InvalidCalendarYear {
            calendar: shown(calendar),
            year,
        }));
    }
    put_year(ctx, calendar, year, days)?;
    changed(ctx)?;
    let calendar = calendar.to_owned();
    emit(ctx, &CalendarYearSet { calendar, year })
}

/// Gives a time zone another rule from a time on.
pub(super) fn set_time_zone(
    ctx: &mut dyn Context,
    name: &str,
    rule: &str,
    from: u64,
) -> Result<(), Halt> {
    authority::require_governance(ctx)?;
    if !is_name(name) || Rule::parse(rule).is_none() || i64::try_from(from).is_err() {
        return Err(Halt::revert(InvalidTimeZone {
            name: shown(name),
            posixRule: shown(rule),
        }));
    }
    let rules = Scheduler::storage().zones.at(ctx, &name.to_owned())?;
    let count = rules.len(ctx)?;
    if count >= ZONE_RULES_MAX {
        return Err(Halt::revert(LimitExceeded {
            limit: "rules of one time zone".to_owned(),
            value: U256::from(count),
            maximum: U256::from(ZONE_RULES_MAX),
        }));
    }
    let entry = rules.push(ctx)?;
    entry.from.set(ctx, &from)?;
    entry.rule.set(ctx, rule)?;
    changed(ctx)?;
    let event = TimeZoneSet {
        name: name.to_owned(),
        posixRule: rule.to_owned(),
        from,
    };
    emit(ctx, &event)
}

/// The time zone of a name, with what governance has changed.
pub(super) fn zone(ctx: &mut dyn Context, name: &str) -> Result<Zone, Halt> {
    ctx.charge(ZONE_GAS)?;
    let unknown = || Halt::revert(UnknownTimeZone { zone: shown(name) });
    if !is_name(name) {
        return Err(unknown());
    }
    let mut zone = Zone::named(name);
    let rules = Scheduler::storage().zones.at(ctx, &name.to_owned())?;
    for index in 0..rules.len(ctx)? {
        let Some(entry) = rules.get(ctx, index)? else {
            break;
        };
        let from = entry.from.get(ctx)?;
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let Some(rule) = Rule::parse(&entry.rule.get(ctx)?) else {
            continue;
        };
        match &mut zone {
            Some(zone) => zone.replace(from, rule),
            None => zone = Some(Zone::of(rule)),
        }
    }
    zone.ok_or_else(unknown)
}

/// The working days of a year; `None` where the calendar lacks it.
pub(super) fn year(ctx: &mut dyn Context, calendar: &str, year: u16) -> Result<Option<Year>, Halt> {
    let calendars = Scheduler::storage().calendars;
    let calendar = calendars.at(ctx, &calendar.to_owned())?;
    let mut days = calendar.years.at(ctx, &year)?.get(ctx)?;
    if !days.rest.bit(PRESENT) {
        return Ok(None);
    }
    days.rest.set_bit(PRESENT, false);
    Ok(Some(Year([days.first, days.rest])))
}

/// Refuses a calendar that has no year at all.
pub(super) fn require_calendar(ctx: &mut dyn Context, name: &str) -> Result<(), Halt> {
    if is_name(name) {
        let calendars = Scheduler::storage().calendars;
        let calendar = calendars.at(ctx, &name.to_owned())?;
        if calendar.count.get(ctx)? > 0 {
            return Ok(());
        }
    }
    Err(Halt::revert(UnknownCalendar {
        calendar: shown(name),
    }))
}

/// How often calendars and zones have changed.
pub(super) fn version(ctx: &mut dyn Context) -> Result<u32, Halt> {
    Ok(Scheduler::storage().head.get(ctx)?.rules)
}

fn put_year(ctx: &mut dyn Context, name: &str, year: u16, days: Year) -> Result<(), Halt> {
    let calendars = Scheduler::storage().calendars;
    let calendar = calendars.at(ctx, &name.to_owned())?;
    let slot = calendar.years.at(ctx, &year)?;
    if !slot.get(ctx)?.rest.bit(PRESENT) {
        let count = calendar.count.get(ctx)?;
        calendar.count.set(ctx, &count.saturating_add(1))?;
    }
    let Year([first, mut rest]) = days;
    rest.set_bit(PRESENT, true);
    slot.set(ctx, &CalendarYear { first, rest })
}

/// Occurrences planned so far are planned again when their time comes.
fn changed(ctx: &mut dyn Context) -> Result<(), Halt> {
    let slot = Scheduler::storage().head;
    let head = slot.get(ctx)?;
    let rules = head.rules.wrapping_add(1);
    slot.set(ctx, &Head { rules, ..head })
}

fn is_name(name: &str) -> bool {
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(belongs)
}

/// A text of a caller as an error shows it: not longer than a name.
fn shown(text: &str) -> String {
    text.chars().take(NAME_BYTES_MAX).collect()
}
