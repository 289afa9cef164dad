//! Days and months of UTC, in whole numbers.

use qiantang_types::TimestampMs;

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// Days since 1970-01-01.
pub(super) const fn day(time: TimestampMs) -> u64 {
    time.get() / DAY
}

/// Months since the year 0, counted through the Gregorian calendar.
pub(super) const fn month(day: u64) -> u64 {
    let (year, month, _) = civil(day);
    year.saturating_mul(12).saturating_add(month)
}

/// Year, month from 1 and day from 1 of a day since 1970-01-01 (Hinnant, "chrono-compatible
/// low-level date algorithms", `civil_from_days`): years begin in March, so that the leap day is a
/// year's last day, and 400 years have always 146,097 days.
pub(super) const fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day.saturating_add(719_468);
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let leaps = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era + year_of_era / 100 - year_of_era / 4 - 365 * year_of_era;
    let from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + 400 * era + (month <= 2) as u64;
    (year, month, day_of_month)
}

/// A time for people: `2028-02-29T23:59:59Z`.
pub(super) fn spell(time: u64) -> String {
    let (year, month, day_of_month) = civil(time / DAY);
    let second = (time % DAY) / 1_000;
    let (hour, minute) = (second / 3_600, (second / 60) % 60);
    format!(
        "{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{:02}Z",
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_gregorian_calendar() {
        let table = [
            (0, (1970, 1, 1)),
            (58, (1970, 2, 28)),
            (59, (1970, 3, 1)),
            (789, (1972, 2, 29)),
            (790, (1972, 3, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (20_148, (2025, 3, 1)),
            (21_243, (2028, 2, 29)),
            (21_244, (2028, 3, 1)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ];
        for (day, date) in table {
            assert_eq!(civil(day), date, "{day}");
        }
        assert_eq!(spell(21_243 * DAY + 86_399_999), "2028-02-29T23:59:59Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        // Through every month and leap year of 1970 to 2499.
        let mut before = civil(0);
        for day in 1..193_600 {
            let (year, month, day_of_month) = civil(day);
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match before.1 {
                2 if is_leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            let expected = match before {
                (year, 12, 31) => (year + 1, 1, 1),
                (year, month, day) if day == last => (year, month + 1, 1),
                (year, month, day) => (year, month, day + 1),
            };
            assert_eq!((year, month, day_of_month), expected, "{day}");
            before = expected;
        }
        assert_eq!(month(21_243), month(21_243 - 28));
        assert_eq!(month(21_244), month(21_243) + 1);
        // The largest time that a block could carry does not overflow.
        assert!(civil(u64::MAX / DAY).0 > 500_000_000);
    }
}
