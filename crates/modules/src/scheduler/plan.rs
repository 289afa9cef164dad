//! From a schedule to the next moment.

use super::{
    INTERVAL_MS_MIN,
    IScheduler::{self, InvalidSchedule, Kind, ScheduleInThePast},
    PERIODS_MAX, Plan,
    calendar::{self, Adjustment, Local, Next, Pattern, Period, Zone},
    queue::Unit,
    rules,
};
use crate::{Context, Halt, gas};
use alloy_primitives::U256;
use std::collections::BTreeMap;

/// Gas of a search through the days.
const SEARCH_GAS: u64 = gas::STEP * 100;

/// A schedule that has been checked.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) plan: Plan,
    pub(super) until: u64,
    pub(super) count: u32,
    pub(super) zone: String,
    pub(super) calendar: String,
}

impl Draft {
    /// Checks a schedule that begins now.
    pub(super) fn new(
        ctx: &mut dyn Context,
        schedule: &IScheduler::Schedule,
    ) -> Result<Self, Halt> {
        let now = Unit::of(schedule.kind).now(ctx);
        check_numbers(schedule)?;
        check_times(schedule, now)?;
        check_names(ctx, schedule)?;
        let every = match schedule.kind {
            Kind::Once | Kind::AtHeight => 0,
            _ => schedule.every.max(1),
        };
        let start = match (schedule.kind, schedule.start) {
            (Kind::EveryMilliseconds | Kind::EveryBlocks, 0) => now.saturating_add(every),
            (_, 0) => now,
            (_, start) => start,
        };
        let zone = if is_local(schedule.kind) && schedule.zone.is_empty() {
            "UTC".to_owned()
        } else {
            schedule.zone.clone()
        };
        Ok(Self {
            kind: schedule.kind,
            plan: Plan {
                start,
                every,
                time_of_day: schedule.timeOfDay,
                day: schedule.day,
                adjustment: schedule.adjustment,
                rules: rules::version(ctx)?,
            },
            until: schedule.until,
            count: schedule.count,
            zone,
            calendar: schedule.calendar.clone(),
        })
    }

    /// The first occurrence after a moment.
    pub(super) fn next(&self, ctx: &mut dyn Context, after: u64) -> Result<Next, Halt> {
        let zone = if is_local(self.kind) {
            ctx.charge(SEARCH_GAS)?;
            rules::zone(ctx, &self.zone)?
        } else {
            Zone::of(calendar::Rule::UTC)
        };
        let mut known = BTreeMap::new();
        let next = self.pattern().next(after, &zone, &mut |year| {
            if let Some(days) = known.get(&year) {
                return Ok(*days);
            }
            let days = rules::year(ctx, &self.calendar, year)?;
            known.insert(year, days);
            Ok::<_, Halt>(days)
        })?;
        Ok(match next {
            Next::At(at) if self.until != 0 && at > self.until => Next::Never,
            Next::Lacks { until, .. } if self.until != 0 && until > self.until => Next::Never,
            next => next,
        })
    }

    fn pattern(&self) -> Pattern {
        let plan = self.plan;
        let adjustment = match plan.adjustment {
            IScheduler::Adjustment::Following => Adjustment::Following,
            IScheduler::Adjustment::Preceding => Adjustment::Preceding,
            IScheduler::Adjustment::ModifiedFollowing => Adjustment::ModifiedFollowing,
            _ => Adjustment::None,
        };
        let local = |period, adjustment| {
            Pattern::Local(Local {
                start: plan.start,
                period,
                every: plan.every,
                time_of_day: plan.time_of_day,
                adjustment,
            })
        };
        match self.kind {
            Kind::EveryMilliseconds | Kind::EveryBlocks => Pattern::Every {
                first: plan.start,
                every: plan.every,
            },
            Kind::Daily => local(Period::Days, adjustment),
            Kind::Weekly => local(Period::Weeks(plan.day), adjustment),
            Kind::Monthly => local(Period::Months(plan.day), adjustment),
            // Every day, moved to a working day: each working day once.
            Kind::BusinessDays => local(Period::Days, Adjustment::Following),
            _ => Pattern::Once(plan.start),
        }
    }
}

/// Whether a kind of schedule is by the clock on the wall.
pub(super) const fn is_local(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Daily | Kind::Weekly | Kind::Monthly | Kind::BusinessDays
    )
}

fn invalid(field: &str, value: u64, reason: &str) -> Halt {
    Halt::revert(InvalidSchedule {
        field: field.to_owned(),
        value: U256::from(value),
        reason: reason.to_owned(),
    })
}

fn check_numbers(schedule: &IScheduler::Schedule) -> Result<(), Halt> {
    let is_local = is_local(schedule.kind);
    let (every, reason) = match schedule.kind {
        Kind::None => return Err(invalid("kind", 0, "a schedule needs a kind")),
        Kind::Once | Kind::AtHeight => (0..=0, "it is due once: 0"),
        Kind::EveryMilliseconds => (
            INTERVAL_MS_MIN..=calendar::INSTANT_MAX,
            "at least 1000 milliseconds",
        ),
        Kind::EveryBlocks => (1..=calendar::INSTANT_MAX, "at least 1 block"),
        Kind::BusinessDays => (0..=1, "every business day: 0 or 1"),
        _ => (0..=PERIODS_MAX, "at most 1200"),
    };
    if !every.contains(&schedule.every) {
        return Err(invalid("every", schedule.every, reason));
    }
    let time_max = if is_local { 86_399_999 } else { 0 };
    if schedule.timeOfDay > time_max {
        let reason = "milliseconds of a day, and only for local times";
        return Err(invalid("timeOfDay", schedule.timeOfDay.into(), reason));
    }
    let (days, reason) = match schedule.kind {
        Kind::Weekly => (1..=127, "bits of the days, Monday 1 to Sunday 64"),
        Kind::Monthly => (1..=31, "a day from 1 to 31"),
        _ => (0..=0, "only for Weekly and Monthly"),
    };
    if !days.contains(&schedule.day) {
        return Err(invalid("day", schedule.day.into(), reason));
    }
    Ok(())
}

fn check_times(schedule: &IScheduler::Schedule, now: u64) -> Result<(), Halt> {
    let past = |moment: u64| Halt::revert(ScheduleInThePast { start: moment, now });
    let (start, until) = (schedule.start, schedule.until);
    let is_optional = !matches!(schedule.kind, Kind::Once | Kind::AtHeight);
    if start <= now && !(start == 0 && is_optional) {
        return Err(past(start));
    }
    if until != 0 && until <= now {
        return Err(past(until));
    }
    for (field, moment) in [("start", start), ("until", until)] {
        if moment > calendar::INSTANT_MAX {
            return Err(invalid(field, moment, "after the year 9999"));
        }
    }
    Ok(())
}

fn check_names(ctx: &mut dyn Context, schedule: &IScheduler::Schedule) -> Result<(), Halt> {
    let is_local = is_local(schedule.kind);
    if !is_local && !schedule.zone.is_empty() {
        return Err(invalid("zone", 0, "only for local times"));
    }
    if is_local && !schedule.zone.is_empty() {
        rules::zone(ctx, &schedule.zone)?;
    }
    let is_adjusted = schedule.adjustment != IScheduler::Adjustment::None;
    let is_business = schedule.kind == Kind::BusinessDays;
    if is_adjusted && (!is_local || is_business) {
        let reason = "only for Daily, Weekly and Monthly";
        return Err(invalid("adjustment", schedule.adjustment as u64, reason));
    }
    if is_adjusted || is_business {
        return rules::require_calendar(ctx, &schedule.calendar);
    }
    if !schedule.calendar.is_empty() {
        let reason = "only with an adjustment, or for BusinessDays";
        return Err(invalid("calendar", 0, reason));
    }
    Ok(())
}
