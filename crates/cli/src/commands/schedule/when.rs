//! When something is due: as it is typed, and in words.

use super::arguments::When;
use crate::{
    commands::typed,
    failure::Failure,
    messages::{Message, ScheduleAct as Act, words},
    output::{Output, time},
};
use qiantang_client::schedule::IScheduler::{Adjustment, Kind, Schedule};
use std::time::Duration;

/// The schedule that was typed.
pub(super) fn schedule_of(output: Output, when: &When) -> Result<Schedule, Failure> {
    let number = typed::number(output, &words::SCHEDULE_KIND, &when.schedule_kind)?;
    let kind = Kind::try_from(number).unwrap_or(Kind::None);
    let moment = |text: &Option<String>| match text {
        None => Ok(0),
        Some(text) if is_by_height(kind) => typed::parse_number(output, text),
        Some(text) => typed::moment(output, text),
    };
    let adjustment = match &when.adjustment {
        None => 0,
        Some(text) => typed::number(output, &words::ADJUSTMENT, text)?,
    };
    Ok(Schedule {
        kind,
        start: moment(&when.start)?,
        every: every(output, kind, when.every.as_deref())?,
        timeOfDay: time_of_day(output, &when.at)?,
        day: days(output, kind, &when.day)?,
        zone: when.zone.clone(),
        calendar: when.calendar.clone(),
        adjustment: Adjustment::try_from(adjustment).unwrap_or(Adjustment::None),
        until: moment(&when.until)?,
        count: when.count,
    })
}

/// Whether a job counts blocks instead of time.
pub(super) const fn is_by_height(kind: Kind) -> bool {
    matches!(kind, Kind::AtHeight | Kind::EveryBlocks)
}

/// A duration in milliseconds, or a number.
pub(super) fn every(output: Output, kind: Kind, text: Option<&str>) -> Result<u64, Failure> {
    let Some(text) = text else {
        return Ok(0);
    };
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    let counted = matches!(kind, Kind::EveryMilliseconds | Kind::Once | Kind::None);
    let duration = humantime::parse_duration(text).ok().filter(|_| counted);
    let milliseconds = duration.and_then(|duration| u64::try_from(duration.as_millis()).ok());
    milliseconds.ok_or_else(|| {
        let kind = output.lang.text(Act::WordEvery);
        output.failure(Message::HashInvalid, &[&text, &kind])
    })
}

/// Hours, minutes and, where given, seconds, as milliseconds from midnight.
fn time_of_day(output: Output, text: &str) -> Result<u32, Failure> {
    let parsed = || -> Option<u32> {
        let mut parts = text.split(':').map(str::parse::<u32>);
        let hours = parts.next()?.ok().filter(|hours| *hours < 24)?;
        let minutes = parts.next()?.ok().filter(|minutes| *minutes < 60)?;
        let seconds = match parts.next() {
            Some(seconds) => seconds.ok().filter(|seconds| *seconds < 60)?,
            None => 0,
        };
        let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
        let seconds = minutes.checked_mul(60)?.checked_add(seconds)?;
        match parts.next() {
            None => seconds.checked_mul(1000),
            Some(_) => None,
        }
    };
    parsed().ok_or_else(|| {
        let kind = output.lang.text(Act::WordTimeOfDay);
        output.failure(Message::HashInvalid, &[&text, &kind])
    })
}

/// Days of the week as bits, or the day of the month.
fn days(output: Output, kind: Kind, typed: &[String]) -> Result<u8, Failure> {
    let wrong = |text: &str| {
        let kind = output.lang.text(Act::WordDays);
        output.failure(Message::HashInvalid, &[&text, &kind])
    };
    match (kind, typed) {
        (Kind::Monthly, [day]) => day.parse().map_err(|_| wrong(day)),
        (Kind::Monthly, _) => Err(wrong(&typed.join(" "))),
        (Kind::Weekly, days) => {
            let set = typed::set(output, &words::WEEKDAY, days)?;
            Ok(u8::try_from(set).unwrap_or_default())
        }
        _ => Ok(0),
    }
}

fn clock(milliseconds: u32) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match seconds % 60 {
        0 => format!("{hours:02}:{minutes:02}"),
        rest => format!("{hours:02}:{minutes:02}:{rest:02}"),
    }
}

/// A moment of a job: a time or a height.
pub(super) fn moment_text(output: Output, kind: Kind, moment: u64) -> String {
    match moment {
        0 => "-".to_owned(),
        height if is_by_height(kind) => output.say(Message::Height, &[&height]),
        moment => time(moment),
    }
}

/// When something is due, in words.
pub(super) fn text(output: Output, schedule: &Schedule) -> String {
    let (at, zone) = (clock(schedule.timeOfDay), &schedule.zone);
    let every = schedule.every.max(1);
    let mut text = match schedule.kind {
        Kind::Once => output.say(Act::Once, &[&time(schedule.start)]),
        Kind::AtHeight => output.say(Act::AtHeight, &[&schedule.start]),
        Kind::EveryMilliseconds => {
            let every = humantime::format_duration(Duration::from_millis(schedule.every));
            output.say(Act::EveryTime, &[&every])
        }
        Kind::EveryBlocks => output.say(Act::EveryBlocks, &[&schedule.every]),
        Kind::Daily => output.say(Act::Daily, &[&every, &at, zone]),
        Kind::Weekly => {
            let set = alloy_primitives::U256::from(schedule.day);
            let days = typed::set_text(output, &words::WEEKDAY, set);
            output.say(Act::Weekly, &[&every, &days, &at, zone])
        }
        Kind::Monthly => output.say(Act::Monthly, &[&every, &schedule.day, &at, zone]),
        Kind::BusinessDays => output.say(Act::BusinessDays, &[&schedule.calendar, &at, zone]),
        Kind::None | Kind::__Invalid => words::SCHEDULE_KIND.say(output.lang, 0).to_owned(),
    };
    if !matches!(schedule.adjustment, Adjustment::None) {
        let rule = words::ADJUSTMENT.say(output.lang, schedule.adjustment as u8);
        text.push_str(&output.say(Act::Adjusted, &[&rule, &schedule.calendar]));
    }
    if schedule.until != 0 {
        let until = moment_text(output, schedule.kind, schedule.until);
        text.push_str(&output.say(Act::Until, &[&until]));
    }
    if schedule.count != 0 {
        text.push_str(&output.say(Act::Count, &[&schedule.count]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Lang;

    const OUTPUT: Output = Output {
        lang: Lang::En,
        json: false,
    };

    #[test]
    fn times_of_day_are_exact() {
        let read = |text| time_of_day(OUTPUT, text).ok();
        assert_eq!(read("00:00"), Some(0));
        assert_eq!(read("09:30"), Some(34_200_000));
        assert_eq!(read("23:59:59"), Some(86_399_000));
        for wrong in ["24:00", "9", "9:60", "1:2:3:4", "a:b", "", "-1:00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(clock(34_200_000), "09:30");
        assert_eq!(clock(86_399_000), "23:59:59");
    }

    #[test]
    fn days_mean_what_the_kind_says() {
        let list = |days: &[&str]| days.iter().map(|day| (*day).to_owned()).collect::<Vec<_>>();
        let week = list(&["monday", "friday"]);
        assert_eq!(days(OUTPUT, Kind::Weekly, &week).ok(), Some(0b1_0001));
        assert_eq!(days(OUTPUT, Kind::Monthly, &list(&["31"])).ok(), Some(31));
        assert!(days(OUTPUT, Kind::Monthly, &week).is_err());
        assert!(days(OUTPUT, Kind::Weekly, &list(&["31"])).is_err());
    }

    #[test]
    fn intervals_are_durations_or_numbers() {
        let read = |kind, text| every(OUTPUT, kind, Some(text)).ok();
        assert_eq!(read(Kind::EveryMilliseconds, "1day"), Some(86_400_000));
        assert_eq!(read(Kind::EveryBlocks, "10"), Some(10));
        assert_eq!(read(Kind::EveryBlocks, "1day"), None);
        assert_eq!(every(OUTPUT, Kind::Daily, None).ok(), Some(0));
    }
}
